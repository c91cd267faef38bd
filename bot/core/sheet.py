"""What publishers file: sheets of cells under titles. What rows mean is said in report.py, and how, in wording."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum

import msgspec

Cell = str | int | float | datetime | None  # None: not known; "": nothing to say here; a time is in the reader's zone


class Form(StrEnum):
    """How a column's cells are to be read."""

    TEXT = "text"
    NUMBER = "number"
    HANDLE = "handle"  # a number that names something: nobody adds it up
    TIME = "time"


class Shade(StrEnum):
    """What a cell says at a glance."""

    BAD = "bad"
    MIND = "mind"
    GOOD = "good"


class Column(msgspec.Struct, frozen=True):
    """One column.

    Attributes:
        name: how programs know it; it stays when the title changes.
        width: of a usual cell, in characters.
        shades: what cells that begin with these words say at a glance.
        zone: in which its times are given; "" for what is no time.
        is_long: its texts may be longer than a line.
        is_sought: rows are looked for by it.
    """

    name: str
    title: str
    form: Form = Form.TEXT
    width: int = 16
    shades: Mapping[str, Shade] = {}
    zone: str = ""
    is_long: bool = False
    is_sought: bool = False

    @property
    def heading(self) -> str:
        """Give the title for who sees the cells as they are: in no zone but theirs."""
        return f"{self.title} ({self.zone})" if self.zone else self.title


class Leaving(msgspec.Struct, frozen=True):
    """What a row says once its sheet has it no more, where rows stay.

    Attributes:
        column: tells whether all is over with a row.
        over: cells of it that say so; such a row stays as it is.
        says: cells by column, said of any other row.
        only: by column, the cells that a row must have to be said so of: what could not be read tells nothing.
    """

    column: str
    over: tuple[Cell, ...]
    says: Mapping[str, Cell]
    only: Mapping[str, AbstractSet[Cell]] = {}


class Sheet(msgspec.Struct, frozen=True):
    """One table. The cells of its last column, the key, are different in each row.

    Attributes:
        name: how programs know it ("incidents").
        rows: may be gone through more than once, and is not held in one piece.
        leaving: for rows that stay where they were filed; None when these are to stay as they are.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[tuple[Cell, ...]]
    leaving: Leaving | None = None


class Filing(msgspec.Struct, frozen=True):
    """One reading's report in words, ready to be filed.

    Attributes:
        slot: of the reading; filing it once more replaces what was filed.
        at: when it was read.
        sheets: what is current, each in place of the one before.
        jobs: every job of every workload, kept by date.
    """

    slot: str
    at: datetime
    sheets: tuple[Sheet, ...]
    jobs: Sheet
