"""What publishers file: sheets of cells under titles. What rows mean is said in report.py, and how, in wording."""

from collections.abc import Iterable, Mapping
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
    """

    name: str
    title: str
    form: Form = Form.TEXT
    width: int = 16
    shades: Mapping[str, Shade] = {}


class Sheet(msgspec.Struct, frozen=True):
    """One table. The cells of its last column, the key, are different in each row.

    Attributes:
        name: how programs know it ("incidents").
        rows: may be gone through more than once, and is not held in one piece.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[tuple[Cell, ...]]


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
