"""A row of a sheet as an item of a list holds it. Pure. Times go as UTC: SharePoint shows them in its reader's zone."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from bot.core.sheet import Cell, Column, Form, Sheet
from bot.publishers.cells import UNKNOWN, text
from bot.publishers.sharepoint.schema import KEY, LINE_MAX, NOT_KNOWN, TITLE, name_of

Value = str | float | None
TEXT_MAX = 10_000  # ours; SharePoint has room for six times as much
YEAR_MIN = 1901  # a list takes no time before 1900, in any zone; no backup is as old
HASH_BYTES = 12
BEGINS_A_FORMULA = re.compile(r"\"*[=+\-@＝＋－＠]")
NO_SIGN = re.compile("[\ufffe\uffff]")  # XML, in which SharePoint keeps its rows, does not know them
PLAIN_KEY = re.compile(r"[a-z0-9][a-z0-9/._:@#-]*")


def fields_of(columns: Sequence[Column], row: Sequence[Cell]) -> dict[str, Value]:
    """Say a row as the fields of an item; None for a cell that is empty."""
    *others, key = zip(columns, row, strict=True)
    fields = {name_of(column.name): value_of(column, cell) for column, cell in others}
    empty = (column for column, cell in others if cell != "" and fields[name_of(column.name)] is None)
    unknown = [column.title for column in empty if column.form is not Form.TEXT]
    first = fields[name_of(columns[0].name)]
    return {
        TITLE: line(words(first)) if first is not None else UNKNOWN,
        **fields,
        NOT_KNOWN: ", ".join(unknown) or None,
        KEY: key_of(key[1]),
    }


def leaving_fields(sheet: Sheet) -> dict[str, Value]:
    """Give what a row is to say once the sheet has it no more; {} when it is to stay as it is."""
    by_name = {column.name: column for column in sheet.columns}
    says = sheet.leaving.says if sheet.leaving is not None else {}
    return {name_of(name): value_of(by_name[name], cell) for name, cell in says.items()}


def leaving_only(sheet: Sheet) -> dict[str, frozenset[Value]]:
    """Give what a row has to say, by column, for it to leave at all."""
    by_name = {column.name: column for column in sheet.columns}
    only = sheet.leaving.only if sheet.leaving is not None else {}
    return {name_of(name): frozenset(value_of(by_name[name], cell) for cell in cells) for name, cells in only.items()}


def value_of(column: Column, cell: Cell) -> Value:
    """Give a cell as a list holds it. Numbers and times that are not known stay empty; NOT_KNOWN names them."""
    if column.form is Form.TEXT:
        said = words(UNKNOWN if cell is None else cell)
        return (long(said) if column.is_long else line(said)) or None
    if isinstance(cell, datetime):
        return f"{cell.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if cell.year >= YEAR_MIN else None
    return float(cell) if isinstance(cell, int | float) else None


def words(cell: Cell) -> str:
    """Say a cell in plain words. SharePoint exports lists as CSV: none begins like a formula."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    said = " ".join(text(NO_SIGN.sub("?", cell if isinstance(cell, str) else str(cell))).split())
    return f"'{said}" if BEGINS_A_FORMULA.match(said) else said


def line(said: str) -> str:
    """Cut to what a text may have that can be looked for. Half of a sign that counts as two is no sign."""
    units = said.encode("utf-16-le")
    if len(units) <= 2 * LINE_MAX:
        return said
    return f"{units[: 2 * (LINE_MAX - 1)].decode('utf-16-le', 'ignore')}…"


def long(said: str) -> str:
    return said if len(said) <= TEXT_MAX else f"{said[: TEXT_MAX - 1]}…"


def key_of(cell: Cell) -> str:
    """Give a key that stays different from all others in a list, which takes Ab and aB for the same."""
    said = str(cell)
    if PLAIN_KEY.fullmatch(said) and len(said) <= LINE_MAX:
        return said
    return f"sha256:{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()}"


def digest(fields: Mapping[str, object], names: Sequence[str]) -> str:
    """Give a hash of what these columns say, the same for what we send and for what comes back of it."""
    said = [_canonical(fields.get(name)) for name in names]
    return hashlib.blake2b(msgspec.json.encode(said), digest_size=HASH_BYTES).hexdigest()


def _canonical(value: object) -> Value:
    if isinstance(value, bool) or value is None or value == "":
        return None
    return float(value) if isinstance(value, int | float) else str(value)
