"""`python -m classifier`: explain anything pasted, judge one JSON object, or print the table of all rules."""

import argparse
import io
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from classifier.classify import UNKNOWN, classify, leaf, telling_name
from classifier.failure import Failure
from classifier.found import Found
from classifier.lookup import find
from classifier.rule import Rule, Words, spelling
from classifier.rulebook import DEFAULT
from classifier.rules import wrappers
from classifier.shapes import read_failure
from classifier.verdict import Domain, Verdict

FOUND, NOT_FOUND, UNREADABLE = 0, 1, 2
FILE_MAX = 50_000_000  # bytes; one object is a few kilobytes
LOOKED_FOR = "an alert, its details, an activity or task, a result, or an error with code, reason, serCode or suberror"

DOMAIN_WORDS = {
    Domain.BUG: "The product tripped over itself.",
    Domain.ENVIRONMENT: "Disks, power, space, snapshots and the machine around the agent.",
    Domain.NETWORK: "The way between the agent, its storage and the cloud.",
    Domain.OS_CRASH: "The machine or the agent's process ended under the backup.",
    Domain.CLOUD_PLATFORM: "Acronis' own side answered wrongly, or not at all.",
    Domain.CONFIGURATION: "Credentials, rights and plans; it does not heal by itself.",
    Domain.LICENSING: "Quotas, offering items and licences; somebody has to buy, assign or clean up.",
    Domain.NO_RESULT: "Nothing ran, nothing ended, or nothing was told. Never shown as green.",
    Domain.UNKNOWN: "",
}

TABLE_OPENING = """\
# What the errors mean

Generated from `classifier/rules/` by `python -m classifier --table`; change the rules, not this page.

Read a row like this: when Acronis reports any of the **codes**, this **happened**; the first of **who** leads and the
others may have to help; **what to do** says whether hands are needed now; the **first step** is where to begin.
*Our judgement* means that no published source says so: an engineer's reading stands behind it.

The innermost telling code of a failure decides. Codes come before messages; wrappers (at the end) never decide.

| what to do | means |
|---|---|
| act now | it will not go away; start today |
| monitor | look again at the next run; it becomes *act now* after the number of failed runs in a row given |
| self-heal | the next run mostly mends it; it becomes *act now* after the number of failed runs in a row given |
| ignore for now | there is no result yet; wait for the number of refreshes given |
"""


class Unreadable(Exception):
    """What was given cannot be judged; the text says why, in one line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and give its exit code: 0 found, 1 nothing found, 2 not readable."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    parser = _parser()
    asked = parser.parse_args(argv)
    if asked.table:
        print(table(), end="")
        return FOUND
    if asked.json is not None:
        return _judge(asked.json)
    question = " ".join(asked.text).strip()
    if not question:
        parser.error("say what to explain, or use --json FILE or --table")
    return _explain(question)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m classifier",
        description="Says what an Acronis backup failure means: whose it is, and what to do now.",
    )
    parser.add_argument("text", nargs="*", help="a code, HRESULT, number, serCode, alert type, KB number or message")
    parser.add_argument("--json", metavar="FILE", help="judge one JSON object and print one ('-' reads standard input)")
    parser.add_argument("--table", action="store_true", help="print every rule as a Markdown page")
    return parser


# --- one JSON object --------------------------------------------------------------------------------------------


def _judge(path: str) -> int:
    try:
        failure = _failure_in(_parsed(_read(path), path), path)
    except Unreadable as error:
        print(f"classifier: {error}", file=sys.stderr)
        return UNREADABLE
    print(json.dumps(answer(failure, classify(failure)), ensure_ascii=False, indent=2))
    return FOUND


def _read(path: str) -> bytes:
    try:
        raw = sys.stdin.buffer.read(FILE_MAX + 1) if path == "-" else _head(Path(path))
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot read {_line(path)}: {getattr(error, 'strerror', None) or error}") from error
    if len(raw) > FILE_MAX:
        raise Unreadable(f"{_line(path)} is larger than {FILE_MAX // 1_000_000} MB; pass one object")
    return raw


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(FILE_MAX + 1)


def _parsed(raw: bytes, path: str) -> object:
    try:
        if b"\0" in raw[:4]:  # UTF-16 or UTF-32 without its mark
            raise UnicodeError("not UTF-8")
        return json.loads(raw.decode("utf-8-sig"), parse_int=_whole)
    except UnicodeError as error:
        raise Unreadable(f"{_line(path)} is not JSON in UTF-8; save it as UTF-8") from error
    except RecursionError as error:
        raise Unreadable(f"{_line(path)} is nested too deeply to be an Acronis object") from error
    except ValueError as error:
        raise Unreadable(f"{_line(path)} is not JSON: {error}") from error


def _whole(digits: str) -> int | float:
    """Read a whole number; one that Python would refuse is beyond any code, so about right is enough."""
    return int(digits) if len(digits) < 100 else float(digits)


def _failure_in(parsed: object, path: str) -> Failure:
    if isinstance(parsed, list) or (isinstance(parsed, dict) and isinstance(parsed.get("items"), list)):
        raise Unreadable(f"{_line(path)} holds a list; pass one object of it")
    if not isinstance(parsed, dict):
        raise Unreadable(f"{_line(path)} holds no JSON object; pass {LOOKED_FOR}")
    failure = read_failure(parsed)
    if failure is None:
        raise Unreadable(f"{_line(path)} has no error in it; looked for {LOOKED_FOR}")
    return failure


def _line(text: str) -> str:
    """Name a file on one line, whatever its name is."""
    return "standard input" if text == "-" else text.encode("unicode_escape", "backslashreplace").decode("ascii")


def answer(failure: Failure, verdict: Verdict) -> dict[str, object]:
    """Lay a judged failure out for other programs; the order of the keys is part of it."""
    told: dict[str, object] = {
        "code": failure.code or None,
        "module": failure.module or None,
        "leaf": _leaf(failure),
        "chain": [link.code for link in failure.chain],
        "domain": str(verdict.domain),
        "lead": str(verdict.lead),
        "parties": [str(party) for party in verdict.parties],
        "disposition": str(verdict.disposition),
        "patience": msgspec.to_builtins(verdict.patience),
        "basis": verdict.how_sure,
        "rule": verdict.rule,
        "cause": verdict.cause,
        "first_step": verdict.first_step,
        "source": verdict.source,
    }
    return told | {"note": verdict.note} if verdict.note else told


def _leaf(failure: Failure) -> dict[str, str | None] | None:
    innermost = leaf(failure)
    if innermost is not None:
        return {"code": innermost.code, "text": innermost.text or None}
    name = telling_name(failure)
    return {"code": name, "text": failure.text or None} if name else None


# --- words for a person -----------------------------------------------------------------------------------------


def _explain(question: str) -> int:
    answers = find(question)
    exact = [found for found in answers if found.exact]
    if exact:
        print("\n\n".join("\n".join(_explained(found)) for found in exact))
        if len(exact) < len(answers):
            print("\nIt may also be:")
            _suggest(answers)
        return FOUND
    print(f"Nothing here knows “{question[:200]}”.")
    if answers:
        print("Did you mean:")
        _suggest(answers)
    else:
        print("Read the log of the failed activity from its innermost line up, and ask for the code found there.")
    return NOT_FOUND


def _suggest(answers: Sequence[Found]) -> None:
    for found in answers:
        if not found.exact:
            print(f"  {found.matched}: {found.verdict.cause if found.verdict else found.note}")


def _explained(found: Found) -> Iterator[str]:
    yield found.matched + (f" ({found.note})" if found.note else "")
    verdict = found.verdict
    if verdict is None:
        return
    yield f"  What happened  {verdict.cause}"
    yield f"  First step     {verdict.first_step}"
    yield f"  Who            {_parties(verdict.parties)}"
    yield f"  What to do     {_deed(verdict)}"
    yield f"  Error domain   {verdict.domain}"
    if verdict.unknown_leaf and verdict.rule != UNKNOWN:
        yield f"  Not known      {verdict.unknown_leaf}, the innermost code; it may say more than this rule"
    if verdict.note:
        yield f"  Note           {verdict.note}"
    yield f"  How sure       {verdict.how_sure} (rule {verdict.rule})"
    yield f"  Source         {verdict.source}"


def _parties(parties: Sequence[str]) -> str:
    return f"{parties[0]} leads, with {' and '.join(parties[1:])}" if len(parties) > 1 else parties[0]


def _deed(what: Verdict | Rule) -> str:
    patience = what.patience
    if patience.refreshes is not None:
        return f"{what.disposition}, for {_count(patience.refreshes, 'refresh', 'refreshes')}"
    if patience.failed_runs is not None and patience.failed_runs > 1:
        return f"{what.disposition}, up to {_count(patience.failed_runs, 'failed run', 'failed runs')} in a row"
    return str(what.disposition)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


# --- the page of all rules --------------------------------------------------------------------------------------


def table() -> str:
    """Write every rule as one Markdown page, by error domain."""
    return "\n".join([TABLE_OPENING, *_sections(), *_wrapper_section(), ""])


def _sections() -> Iterator[str]:
    for domain in Domain:
        rules = sorted((rule for rule in DEFAULT.rules if rule.domain is domain), key=lambda rule: rule.name)
        if not rules:
            continue
        yield f"## {domain}\n\n{DOMAIN_WORDS[domain]}\n"
        yield "| codes | what happened | who | what to do | first step | source |"
        yield "|---|---|---|---|---|---|"
        yield from (f"| {' | '.join(_cells(rule))} |" for rule in rules)
        yield ""


def _cells(rule: Rule) -> Iterator[str]:
    yield "<br>".join(
        _cell(spelling(match)) if isinstance(match, Words) else f"`{spelling(match)}`"
        for match in {spelling(match): match for match in rule.matches}.values()
    )
    yield _cell(rule.cause) + (f"<br>*{_cell(rule.note)}*" if rule.note else "")
    yield ", ".join([f"**{rule.lead}**", *rule.parties[1:]])
    yield _deed(rule)
    yield _cell(rule.first_step)
    yield _linked(rule.source) + ("; *our judgement*" if rule.inferred else "")


def _wrapper_section() -> Iterator[str]:
    yield "## Wrappers\n\nThey say where a failure surfaced, never why. Look beneath them.\n"
    yield "| number | says only that |"
    yield "|---|---|"
    yield from (f"| `0x{number:08X}` | {_cell(words)} |" for number, words in sorted(wrappers.NUMBERS.items()))
    yield f"\nNames that wrap: {', '.join(f'`{name}`' for name in sorted(wrappers.NAMES))}."


def _cell(text: str) -> str:
    return re.sub(r"([|<>*_\[\]`\\])", r"\\\1", " ".join(text.split()))


def _linked(source: str) -> str:
    """Turn addresses into links named by their host."""
    return re.sub(r"https?://([^/\s;]+)[^\s;)]*", lambda found: f"[{_host(found)}]({found[0]})", source)


def _host(found: re.Match[str]) -> str:
    article = re.search(r"/content/(\d+)", found[0])
    return f"KB {article[1]}" if article else found[1]


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FOUND
    sys.exit(code)
