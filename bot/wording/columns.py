"""How a column of a report is made: what it is called, and what a row says in it. What is not known says so."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Generic, NamedTuple, TypeVar

from bot.core.activity import Subject
from bot.core.sheet import Cell, Column, Form, Shade
from bot.wording.facts import ORDER, said
from bot.wording.phrases import Voice, name
from classifier.facts import JobFacts

T = TypeVar("T")
LONG = 250  # characters of what others named; a cell has more room than a line in a chat
NOTHING: Cell = ""
UNKNOWN: Cell = None
LONG_TEXTS = frozenset({"cause", "first_step", "source", "why", "gaps", "link", "comment", "steps", "destinations"})
SOUGHT = frozenset(
    {"number", "client", "state", "disposition", "lead", "outcome", "last_failed_at", "reading", "read_at"}
)
GOOD_IF_YES = frozenset({"steps", "policy_applied", "backup_completed", "retention_applied"})


class Told(NamedTuple, Generic[T]):
    """A column, and what a row says in it."""

    column: Column
    cell: Callable[[T], Cell]


class When:
    """Makes columns of times, in the reader's zone, which their titles name."""

    def __init__(self, voice: Voice) -> None:
        self._zone: tzinfo = voice.zone

    def column(
        self,
        called: str,
        title: str,
        at: Callable[[T], datetime | None],
        *,
        missing: Cell | Callable[[T], Cell] = UNKNOWN,
    ) -> Told[T]:
        def cell(row: T) -> Cell:
            moment = at(row)
            if moment is None:
                return missing(row) if callable(missing) else missing
            return moment.astimezone(self._zone)

        return Told(Column(called, title, Form.TIME, 17, zone=str(self._zone), is_sought=called in SOUGHT), cell)


def text(
    called: str, title: str, cell: Callable[[T], Cell], width: int, shades: Mapping[str, Shade] | None = None
) -> Told[T]:
    looks = {str(word): shade for word, shade in (shades or {}).items()}
    is_long, is_sought = called in LONG_TEXTS, called in SOUGHT
    return Told(Column(called, title, Form.TEXT, width, looks, is_long=is_long, is_sought=is_sought), cell)


def number(called: str, title: str, cell: Callable[[T], Cell], width: int = 11) -> Told[T]:
    return Told(Column(called, title, Form.NUMBER, width), cell)


def handle(called: str, title: str, cell: Callable[[T], Cell]) -> Told[T]:
    return Told(Column(called, title, Form.HANDLE, 10, is_sought=called in SOUGHT), cell)


def subject_columns(voice: Voice, of: Callable[[T], Subject]) -> tuple[Told[T], ...]:
    def plan(row: T) -> str:
        ours = of(row).plan
        return named(ours.name or ours.id) or "no plan"

    return (
        text("client", "Client", lambda row: voice.client(of(row).client), 24),
        text("workload", "Workload", lambda row: named(of(row).workload.name or of(row).workload.id) or UNKNOWN, 24),
        text("plan", "Plan", plan, 22),
    )


def fact_columns(of: Callable[[T], JobFacts]) -> tuple[Told[T], ...]:
    """Make the columns of the eleven facts; the fourth is two numbers."""
    made: list[Told[T]] = []
    for fact, label in ORDER:
        if fact == "bytes":
            made.append(number("bytes_processed", "Bytes processed", lambda row: of(row).bytes_processed, 18))
            made.append(number("bytes_saved", "Bytes saved", lambda row: of(row).bytes_saved, 18))
        else:
            made.append(_fact(fact, label, of))
    return tuple(made)


def _fact(fact: str, label: str, of: Callable[[T], JobFacts]) -> Told[T]:
    width = 30 if fact in ("destinations", "steps") else 16
    return text(fact, label, lambda row: said(fact, of(row)), width, {"no": Shade.MIND} if fact in GOOD_IF_YES else {})


def named(words: str) -> str:
    return name(words, most=LONG)
