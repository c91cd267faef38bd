"""`python -m classifier`: explain anything pasted, judge one JSON object, or print the table of all rules."""

import argparse
import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from classifier.classify import UNKNOWN, classify, leaf, telling_name
from classifier.failure import Failure
from classifier.found import NO_RULE, Found, how_sure, is_unknown, whose_rule
from classifier.lookup import find
from classifier.page import page
from classifier.shapes import read_failure
from classifier.verdict import Basis, Verdict

FOUND, NOT_FOUND, UNREADABLE = 0, 1, 2
FILE_MAX = 50_000_000  # bytes; one object is a few kilobytes
QUOTED_MAX = 200  # characters of a question that are said again
LOOKED_FOR = "an alert, its details, an activity or task, a result, or an error with code, reason, serCode or suberror"


class Unreadable(Exception):
    """What was given cannot be judged; the text says why, in one line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and give its exit code: 0 found, 1 nothing found, 2 not readable."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    parser = _parser()
    asked = parser.parse_args(argv)
    if asked.table:
        print(page(), end="")
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
    parser.add_argument("text", nargs="*", help="a code, HRESULT, number, serCode, alert, KB number or message")
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
        print("\n\n".join("\n".join(explained(found)) for found in exact))
        if len(exact) < len(answers):
            print("\nIt may also be:")
            _suggest(answers)
        return FOUND
    print(f"Nothing here knows “{' '.join(question.split())[:QUOTED_MAX]}”.")
    if answers:
        print("Did you mean:")
        _suggest(answers)
    else:
        print("Read the log of the failed activity from its innermost line up, and ask for the code found there.")
    return NOT_FOUND


def _suggest(answers: Sequence[Found]) -> None:
    for found in answers:
        if not found.exact:
            only = f" ({found.note})" if found.note and found.verdict else ""
            print(f"  {found.matched}{only}: {found.verdict.cause if found.verdict else found.note}")


def explained(found: Found) -> Iterator[str]:
    """Say one answer in lines: what it means, whose it is, what to do, and how that is known."""
    verdict = found.verdict
    if verdict is None:
        yield found.note if found.note.endswith(".") else f"{found.note}."
        return
    yield found.matched + (f" ({found.note})" if found.note else "")
    yield f"  What happened  {verdict.cause}"
    yield f"  First step     {verdict.first_step}"
    yield f"  Who            {_parties(verdict.parties)}"
    yield f"  What to do     {_deed(verdict)}"
    if verdict.retried:
        yield f"  Already tried  {verdict.retried.removeprefix('tried ')}, by the agent itself"
    if verdict.muted_until:
        why = f": {verdict.muted_why}" if verdict.muted_why else ""
        yield f"  Muted          until {verdict.muted_until:%Y-%m-%d %H:%M}{why}"
    yield f"  Error domain   {verdict.domain}"
    if verdict.unknown_leaf and verdict.basis is not Basis.FAMILY and verdict.rule != UNKNOWN:
        yield f"  Not known      {verdict.unknown_leaf}, the innermost code; it may say more than this rule"
    if verdict.note:
        yield f"  Note           {verdict.note}"
    if is_unknown(verdict):
        yield f"  How sure       {NO_RULE}"
        return
    yield f"  How sure       {how_sure(verdict, found.by)} ({whose_rule(verdict)})"
    yield f"  Source         {verdict.source}"


def _parties(parties: Sequence[str]) -> str:
    return f"{parties[0]} leads, with {' and '.join(parties[1:])}" if len(parties) > 1 else parties[0]


def _deed(what: Verdict) -> str:
    patience = what.patience
    if patience.refreshes is not None:
        return f"{what.disposition}, for {_count(patience.refreshes, 'refresh', 'refreshes')}"
    if patience.failed_runs is not None and patience.failed_runs > 1:
        return f"{what.disposition}, up to {_count(patience.failed_runs, 'failed run', 'failed runs')} in a row"
    return str(what.disposition)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FOUND
    sys.exit(code)
