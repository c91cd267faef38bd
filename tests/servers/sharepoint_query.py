"""What Microsoft Graph understands of a question about items: $filter, $orderby, $expand and $select."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

QUOTED = r"'(?:[^']|'')*'"
COMPARED = rf"fields/(?P<name>\w+)\s+(?P<op>eq|ne|gt|ge|lt|le)\s+(?P<value>{QUOTED}|[-\w.:]+)"
BEGUN = rf"startswith\(\s*fields/(?P<of>\w+)\s*,\s*(?P<start>{QUOTED})\s*\)"
TERM = re.compile(rf"\s*(?:{COMPARED}|{BEGUN})\s*")


class Problem(Exception):
    """What Graph answers instead."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Term(NamedTuple):
    column: str
    op: str
    value: str | float


class Question(msgspec.Struct, frozen=True):
    """One question about the items of a list.

    Attributes:
        expands: the fields wanted of each; None for none of them, () for all.
        risks: it takes what is not indexed, and may fail.
    """

    terms: tuple[Term, ...] = ()
    order: str = ""
    falling: bool = False
    expands: tuple[str, ...] | None = None
    selects: tuple[str, ...] = ()
    top: int = 200
    risks: bool = False

    @property
    def columns(self) -> set[str]:
        """Give the columns it looks at."""
        return {term.column for term in self.terms} | ({self.order} if self.order else set())


def question(query: Mapping[str, str], prefer: str) -> Question:
    known = {"$filter", "$orderby", "$expand", "$select", "$top", "$skiptoken", "$count"}
    if odd := set(query) - known:
        raise Problem(400, "invalidRequest", f"The query option {min(odd)} is not known here")
    order, _, way = query.get("$orderby", "").partition(" ")
    top = query.get("$top", "200")
    if not top.isdecimal() or not 0 < int(top) <= 5000:
        raise Problem(400, "invalidRequest", "$top must be from 1 to 5000")
    return Question(
        terms=tuple(_terms(query.get("$filter", ""))),
        order=_column(order),
        falling=way.strip() == "desc",
        expands=_expanded(query.get("$expand", "")),
        selects=tuple(filter(None, query.get("$select", "").split(","))),
        top=int(top),
        risks="HonorNonIndexedQueriesWarningMayFailRandomly".lower() in prefer.lower(),
    )


def holds(term: Term, cell: Any) -> bool:
    """Tell whether a cell is as a term wants it; what is empty is not."""
    if cell is None:
        return term.op == "ne"
    if isinstance(cell, str) != isinstance(term.value, str):
        raise Problem(400, "invalidRequest", f"{term.column} is compared with another kind of value")
    one, other = (value.casefold() if isinstance(value, str) else value for value in (cell, term.value))
    if term.op == "startswith":
        return str(one).startswith(str(other))
    compared: dict[str, bool] = {
        "eq": one == other,
        "ne": one != other,
        "gt": one > other,
        "ge": one >= other,
        "lt": one < other,
        "le": one <= other,
    }
    return compared[term.op]


def shown(told: dict[str, Any], selects: Sequence[str], always: Sequence[str]) -> dict[str, Any]:
    """Leave of an answer what was asked for."""
    return {name: value for name, value in told.items() if not selects or name in selects or name in always}


def _terms(words: str) -> list[Term]:
    found, at = [], 0
    while at < len(words):
        match = TERM.match(words, at)
        if match is None:
            raise Problem(400, "invalidRequest", f"Syntax error at position {at} in '{words}'")
        found.append(_term(match))
        at = match.end()
        if at < len(words):
            if not words.startswith("and", at):
                raise Problem(400, "invalidRequest", f"Syntax error at position {at} in '{words}'")
            at += len("and")
    return found


def _term(match: re.Match[str]) -> Term:
    if match["of"]:
        return Term(match["of"], "startswith", _literal(match["start"]))
    return Term(match["name"], match["op"], _literal(match["value"]))


def _literal(words: str) -> str | float:
    if words.startswith("'"):
        return words[1:-1].replace("''", "'")
    try:
        return float(words)
    except ValueError:
        raise Problem(400, "invalidRequest", f"{words} is no literal") from None


def _column(words: str) -> str:
    if words and not words.startswith("fields/"):
        raise Problem(400, "invalidRequest", f"{words} cannot be ordered by")
    return words.removeprefix("fields/")


def _expanded(words: str) -> tuple[str, ...] | None:
    if not words:
        return None
    match = re.fullmatch(r"fields(?:\(\$?select=([\w,]+)\))?", words)
    if match is None:
        raise Problem(400, "invalidRequest", f"{words} cannot be expanded")
    return tuple(match[1].split(",")) if match[1] else ()
