"""A cell as a file holds it. Pure. Nothing that others named can become a formula, a link or a second cell."""

import re
from datetime import UTC, datetime

from bot.core.sheet import Cell

UNKNOWN = "unknown"
TEXT_MAX = 32_767  # characters a cell of a spreadsheet holds
DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they turn what stands beside them
CONTROLS = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{DIRECTIONS}]")
FORMULA = re.compile(
    r"(^|[;,|])([\s\"]*)(?=[=+\-@＝＋－＠])"
)  # also behind what a program may take for the end of a cell


def text(words: str) -> str:
    """Make words one line that every file and spreadsheet can hold."""
    line = CONTROLS.sub(" ", words).encode("utf-8", "replace").decode()
    return line if len(line) <= TEXT_MAX else f"{line[: TEXT_MAX - 1]}…"


def in_csv(cell: Cell) -> str | int | float:
    """Give a cell for CSV: a time as ISO 8601 with its offset, and no text that a spreadsheet would calculate."""
    if isinstance(cell, str):
        return defused(cell)
    return cell if isinstance(cell, int | float) else in_words(cell)


def in_json(cell: Cell) -> str | int | float | None:
    """Give a cell for JSON; null is not known."""
    if isinstance(cell, str):
        return text(cell)
    return in_words(cell) if isinstance(cell, datetime) else cell


def in_words(cell: datetime | None) -> str:
    return UNKNOWN if cell is None else cell.isoformat(timespec="seconds")


def defused(words: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula.

    CSV has no types: a program that opens it decides by the first sign of a cell, and some end cells at a semicolon.

    Source:
        OWASP, CSV Injection (= + - @ tab, carriage return, and their full-width forms)
    """
    return FORMULA.sub(r"\1\2'", text(words))


def in_sheet(cell: datetime) -> datetime:
    """Give a time as a spreadsheet knows it: as the clock on the wall shows it, without a zone."""
    return cell.replace(tzinfo=None, microsecond=0)


def stamp(at: datetime) -> str:
    """Name a moment in UTC so that files sort by it (`20260304T064500Z`)."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
