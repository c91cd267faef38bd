"""How much of the vendor's material the rules cover. Reads the folder that FORTRESS_REFERENCE names.

FORTRESS_REFERENCE=… .venv/bin/python -m tests.bench.coverage
"""

import csv
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from classifier import Cause, Failure, classify, find
from classifier.rulebook import DEFAULT
from classifier.shapes import split_ser_code
from classifier.verdict import Basis

OWN, FAMILY, WRAPPER, NOTHING = "own rule", "family", "wrapper", "nothing"
SERVICES = frozenset(
    {
        "Access",
        "DisasterRecovery",
        "General",
        "Licensing",
        "PlatformAccountServer",
        "PolicyManagement",
        "ResourceManagement",
        "RunVMAgent",
        "RunVMAgentGateway",
    }
)
BACKUP_ALERTS = frozenset({"Backup", "Licensing", "System", "Public clouds connection", "Search", "Disaster recovery"})


class Item(msgspec.Struct, frozen=True):
    """One thing of the reference: what kind it is, how it is called, what covers it."""

    kind: str
    name: str
    covered: str


def folder() -> Path:
    root = Path(os.environ["FORTRESS_REFERENCE"])
    return root / "acronis" if (root / "acronis").is_dir() else root


def table(name: str) -> list[dict[str, str]]:
    with (folder() / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def items() -> Iterator[Item]:
    """Give every code, message, alert, row of advice and chain, with what covers it."""
    for row in table("error_codes"):
        yield from _code(row)
    for row in table("alert_types"):
        if row["category"] in BACKUP_ALERTS:
            yield Item("alert of backups and what they need", row["type"] or row["title"], _alert(row))
    for row in table("triage"):
        yield Item("row of advice, pasted whole", row["code"], _pasted(row["code"]))
    for row in table("observed_error_chains"):
        yield Item("chain seen live", row["ser_code"], _chain(row["ser_code"]))


def _code(row: dict[str, str]) -> Iterator[Item]:
    code, service, text = row["code"], row["domain"], row["text"]
    if not code:
        yield Item("message without a code", text, by_failure(Failure(text=text)))
    elif re.match("0x[0-9A-Fa-f]{8}", code):
        yield Item("number", code, by_failure(Failure(chain=(Cause(int(code[:10], 16)),))))
    elif service in SERVICES:
        yield Item("code of a service", f"{service}/{code}", by_failure(Failure(code=code, module=service)))
    else:
        yield Item("backup code", code, by_failure(Failure(code=code, module=service)))


def by_failure(failure: Failure) -> str:
    verdict = classify(failure)
    if verdict.basis is Basis.FAMILY:
        return FAMILY
    if verdict.basis is not Basis.NONE:
        return OWN
    wraps = failure.code in DEFAULT.wrapper_names or any(link.number in DEFAULT.wrappers for link in failure.chain)
    return WRAPPER if wraps else NOTHING


def _alert(row: dict[str, str]) -> str:
    return by_failure(Failure(alert=row["type"] or row["title"])) if row["type"] != "BackupFailed" else WRAPPER


def _pasted(code: str) -> str:
    exact = [found for found in find(code) if found.exact]
    if not exact:
        return NOTHING
    verdict = exact[0].verdict
    return WRAPPER if verdict is None else FAMILY if verdict.basis is Basis.FAMILY else OWN


def _chain(ser_code: str) -> str:
    alert, numbers = split_ser_code(ser_code)
    return by_failure(Failure(alert=alert, chain=tuple(Cause(number) for number in numbers)))


def figures() -> dict[str, Counter[str]]:
    """Count what covers what, by kind."""
    counted: dict[str, Counter[str]] = {}
    for item in items():
        counted.setdefault(item.kind, Counter())[item.covered] += 1
    return counted


def main() -> None:
    columns = (OWN, FAMILY, WRAPPER, NOTHING)
    print(f"{'':40}" + "".join(f"{column:>10}" for column in columns))
    for kind, counted in figures().items():
        print(f"{kind:40}" + "".join(f"{counted[column]:10}" for column in columns))
    judged = Counter("who acts: our judgement" if rule.inferred else "who acts: the source" for rule in DEFAULT.rules)
    print(f"\n{len(DEFAULT.rules)} rules, {len(DEFAULT.by_match)} matches; {dict(judged)}")
    print("\nNothing:")
    for item in items():
        if item.covered == NOTHING:
            print(f"  {item.kind}: {item.name[:110]}")


if __name__ == "__main__":
    main()
