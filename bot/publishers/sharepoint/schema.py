"""What the lists of a site have to look like, made from the sheets they show. Pure.

A column of ours is known by its name, which stays; its title may be changed by whoever owns the site. Columns that
people add beside ours are theirs.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from bot.core.sheet import Column, Form, Sheet

OURS = "Fortress"  # what names of our columns begin with: no name of SharePoint's own does
NAME_MAX = 32  # characters of a column's name; SharePoint cuts longer ones, and then knows them by another name
LINE_MAX = 255  # of a text that can be looked for, counted as UTF-16
INDEXES_MAX = 20  # of one list
TITLE = "Title"  # every list has it; here it says what stands first in a row
KEY = f"{OURS}Key"
NOT_KNOWN = f"{OURS}NotKnown"


class Kind(StrEnum):
    """What cells of a list can be."""

    LINE = "line"
    TEXT = "text"  # may be long; nobody can look for it
    NUMBER = "number"
    TIME = "time"


class ListColumn(msgspec.Struct, frozen=True):
    """One column.

    Attributes:
        name: how Graph knows it.
        is_key: it has an index, and is different in each row.
        is_handle: a number that names something.
    """

    name: str
    title: str
    kind: Kind
    is_indexed: bool = False
    is_key: bool = False
    is_handle: bool = False


class ListSchema(msgspec.Struct, frozen=True):
    """One list.

    Attributes:
        sheet: the name of the sheet it shows.
        name: how people know it.
        columns: in the order of the sheet's, and one more for what is not known. `Title` is not among them.
    """

    sheet: str
    name: str
    columns: tuple[ListColumn, ...]

    def column(self, name: str) -> ListColumn | None:
        return next((each for each in self.columns if each.name == name), None)


class Found(msgspec.Struct, frozen=True):
    """A column as Graph tells of it."""

    name: str
    id: str = ""
    indexed: bool = False
    unique: bool = msgspec.field(name="enforceUniqueValues", default=False)
    text: dict[str, object] | None = None
    number: dict[str, object] | None = None
    time: dict[str, object] | None = msgspec.field(name="dateTime", default=None)

    @property
    def kind(self) -> Kind | None:
        """Give what its cells are; None for something that is not ours."""
        if self.text is not None:
            return Kind.TEXT if self.text.get("allowMultipleLines") else Kind.LINE
        if self.number is not None:
            return Kind.NUMBER
        return Kind.TIME if self.time is not None else None


def schema_of(sheet: Sheet, *, prefix: str) -> ListSchema:
    """Say what the list of a sheet has to look like."""
    *others, key = sheet.columns
    columns = [_column(column) for column in others]
    columns.append(ListColumn(NOT_KNOWN, "Not known", Kind.TEXT))
    columns.append(ListColumn(KEY, key.title, Kind.LINE, is_indexed=True, is_key=True))
    return ListSchema(sheet.name, f"{prefix} {sheet.title}".strip(), tuple(columns))


def name_of(column: str) -> str:
    """Name a column of a sheet as Graph is to know it (`last_good_at` becomes `FortressLastGoodAt`)."""
    return OURS + "".join(part.capitalize() for part in column.split("_"))


def list_body(schema: ListSchema) -> dict[str, object]:
    """Give what makes a list, as Graph wants it."""
    return {
        "displayName": schema.name,
        "list": {"template": "genericList"},
        "columns": [column_body(column) for column in schema.columns],
    }


def column_body(column: ListColumn) -> dict[str, object]:
    """Give what makes a column, as Graph wants it.

    Source:
        https://learn.microsoft.com/graph/api/resources/columndefinition, read 2026-11
    """
    body: dict[str, object] = {"name": column.name, "displayName": column.title, **_facet(column)}
    if column.is_indexed:
        body["indexed"] = True
    if column.is_key:
        body |= {"enforceUniqueValues": True, "required": False}
    return body


def lacking(schema: ListSchema, found: Sequence[Found]) -> tuple[str, ...]:
    """Say what a list lacks to be filed in, column by column; () when it has everything."""
    known = {each.name: each for each in found}
    return tuple(why for column in schema.columns if (why := _lack(column, known.get(column.name))))


def unindexed(schema: ListSchema, found: Iterable[Found]) -> tuple[ListColumn, ...]:
    """Name the columns without the index they should have; rows can be filed, and large views do not open."""
    without = {each.name for each in found if not each.indexed}
    return tuple(column for column in schema.columns if column.is_indexed and column.name in without)


def _lack(column: ListColumn, found: Found | None) -> str:
    if found is None:
        return f"no column {column.name}"
    if found.kind is not column.kind:
        return f"the column {column.name} is no {column.kind}"
    if column.is_key and not (found.indexed and found.unique):
        return f"the column {column.name} does not have an index and different cells in each row"
    return ""


def _column(column: Column) -> ListColumn:
    name, title = name_of(column.name), column.title
    match column.form:
        case Form.TIME:
            return ListColumn(name, title, Kind.TIME, column.is_sought)
        case Form.NUMBER | Form.HANDLE:
            return ListColumn(name, title, Kind.NUMBER, column.is_sought, is_handle=column.form is Form.HANDLE)
        case Form.TEXT:
            return ListColumn(name, title, Kind.TEXT if column.is_long else Kind.LINE, column.is_sought)


def _facet(column: ListColumn) -> dict[str, object]:
    match column.kind:
        case Kind.LINE:
            return {"text": {"allowMultipleLines": False, "maxLength": LINE_MAX}}
        case Kind.TEXT:
            return {"text": {"allowMultipleLines": True, "appendChangesToExistingText": False, "textType": "plain"}}
        case Kind.NUMBER:
            return {"number": {"decimalPlaces": "none"} if column.is_handle else {"decimalPlaces": "automatic"}}
        case Kind.TIME:
            return {"dateTime": {"format": "dateTime", "displayAs": "standard"}}
