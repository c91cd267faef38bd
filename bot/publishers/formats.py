"""Sheets as CSV, JSON lines and XLSX, written a row at a time into an open file."""

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import msgspec
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from bot.core.sheet import Cell, Column, Form, Shade, Sheet
from bot.errors import Refused
from bot.publishers.cells import UNKNOWN, in_csv, in_json, in_sheet, text

ROWS_MAX = 1_048_575  # of a spreadsheet, its header left out
TITLE_ROWS = 1
HEADER_HEIGHT = 48  # three lines: titles are longer than what stands below them
HANDLE, WHOLE, BROKEN, TIME = "0", "#,##0", "#,##0.0", "yyyy-mm-dd hh:mm"
COLOURS: Mapping[Shade, Mapping[str, str]] = {
    Shade.BAD: {"bg_color": "#F8D7DA", "font_color": "#842029"},
    Shade.MIND: {"bg_color": "#FFF3CD", "font_color": "#664D03"},
    Shade.GOOD: {"bg_color": "#D1E7DD", "font_color": "#0F5132"},
}
NUMBER = {"valign": "top", "align": "right", "indent": 1}  # some air before the text that follows
NOT_KNOWN = {"font_color": "#6C757D", "italic": True}


class Writer(Protocol):
    """Writes sheets into an open file. `scratch`: a folder for what is needed while it does; None: the system's."""

    def __call__(
        self, sheets: Sequence[Sheet], file: BinaryIO, made_at: datetime, scratch: Path | None = None
    ) -> None: ...


def write_csv(sheets: Sequence[Sheet], file: BinaryIO, made_at: datetime, scratch: Path | None = None) -> None:  # noqa: ARG001 - all are called alike
    """Write one sheet as UTF-8, with the mark by which Excel knows it."""
    (sheet,) = sheets
    words = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    rows = csv.writer(words, quoting=csv.QUOTE_NONNUMERIC)
    rows.writerow(in_csv(column.heading) for column in sheet.columns)
    rows.writerows([in_csv(cell) for cell in row] for row in sheet.rows)
    words.flush()
    words.detach()


def write_json(sheets: Sequence[Sheet], file: BinaryIO, made_at: datetime, scratch: Path | None = None) -> None:  # noqa: ARG001 - all are called alike
    """Write one sheet as JSON lines: an object a row, by the columns' names."""
    (sheet,) = sheets
    names = [column.name for column in sheet.columns]
    encoder = msgspec.json.Encoder()
    file.writelines(encoder.encode(dict(zip(names, map(in_json, row), strict=True))) + b"\n" for row in sheet.rows)


def write_xlsx(sheets: Sequence[Sheet], file: BinaryIO, made_at: datetime, scratch: Path | None = None) -> None:
    """Write a workbook, a row in memory at a time; the same sheets give the same bytes.

    Raises:
        Refused: a sheet has more rows than a spreadsheet holds.
        OSError: it cannot be written there.
    """
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": str(scratch) if scratch is not None else None})
    book.set_properties({"title": "fortress", "created": made_at.replace(tzinfo=None)})
    looks = _Looks(book)
    try:
        for sheet in sheets:
            _write_page(book.add_worksheet(sheet.title), sheet, looks)
    except BaseException:
        with suppress(Exception):
            book.close()  # lets go of its temporary files; what it writes is thrown away
        raise
    if why := _closed(book):
        raise OSError(*why)


WRITERS: Mapping[str, Writer] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "json": write_json,
}


def _closed(book: Any) -> tuple[Any, ...]:
    """Write a workbook out; gives what the system said against it, without what holds on to the half of it."""
    try:
        book.close()
    except FileCreateError as error:  # wraps it
        return error.__context__.args if isinstance(error.__context__, OSError) else (str(error),)
    return ()


class _Looks:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self.header = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#1F2937", "font_color": "#FFFFFF"}
        )
        self.text = book.add_format({"valign": "top"})
        self.handle = book.add_format({"num_format": HANDLE, "valign": "top", "align": "left"})
        self.whole = book.add_format({"num_format": WHOLE, **NUMBER})
        self.broken = book.add_format({"num_format": BROKEN, **NUMBER})
        self.time = book.add_format({"num_format": TIME, "valign": "top", "align": "left"})
        self.unknown = book.add_format(NOT_KNOWN)
        self.shades = {shade: book.add_format(dict(colours)) for shade, colours in COLOURS.items()}

    def of(self, cell: Cell) -> Any:
        """Give how a cell looks by what it holds."""
        if isinstance(cell, str) or cell is None:
            return self.text
        if isinstance(cell, datetime):
            return self.time
        return self.broken if isinstance(cell, float) else self.whole


def _write_page(page: Any, sheet: Sheet, looks: _Looks) -> None:
    page.freeze_panes(TITLE_ROWS, min(2, len(sheet.columns) - 1))
    page.set_row(0, HEADER_HEIGHT)
    page.set_landscape()
    page.repeat_rows(0)
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width)
        page.write_string(0, place, text(column.heading), looks.header)
    last = 0
    for last, row in enumerate(sheet.rows, TITLE_ROWS):
        if last > ROWS_MAX:
            raise Refused(f"{sheet.title} has more rows than a spreadsheet holds", remedy="file it as csv or json")
        for place, (column, cell) in enumerate(zip(sheet.columns, row, strict=True)):
            _write_cell(page, last, place, cell, looks.handle if column.form is Form.HANDLE else looks.of(cell))
    page.autofilter(0, 0, max(last, TITLE_ROWS), len(sheet.columns) - 1)
    for place, column in enumerate(sheet.columns):
        _shade(page, place, max(last, TITLE_ROWS), column, looks)


def _write_cell(page: Any, row: int, place: int, cell: Cell, look: Any) -> None:
    """Write one cell by its type; text is never read as a formula, a number or a link."""
    if isinstance(cell, str):
        if cell:
            page.write_string(row, place, text(cell), look)
    elif isinstance(cell, datetime):
        page.write_datetime(row, place, in_sheet(cell), look)
    elif cell is None:
        page.write_string(row, place, UNKNOWN, look)
    else:
        page.write_number(row, place, cell, look)


def _shade(page: Any, place: int, last: int, column: Column, looks: _Looks) -> None:
    shades = [(word, looks.shades[shade]) for word, shade in column.shades.items()]
    for word, look in (*shades, (UNKNOWN, looks.unknown)):
        rule = {"type": "text", "criteria": "begins with", "value": word, "format": look, "stop_if_true": True}
        page.conditional_format(TITLE_ROWS, place, last, place, rule)
