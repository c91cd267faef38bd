"""Lists of a SharePoint site as Microsoft Graph shows them: their columns, their items, and what is refused.

Text is compared without regard to case, times are kept to the second, and what is empty is not shown, as there.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.servers.sharepoint_query import Problem, Question, holds, shown

KINDS = ("text", "number", "dateTime", "boolean", "choice", "personOrGroup", "hyperlinkOrPicture")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML 1.0 knows no such character
INDEXES_MAX = 20
LINE_MAX = 255
TAKEN = frozenset(
    ("title", "id", "created", "modified", "author", "editor", "attachments", "contenttype", "guid", "order", "version")
)  # what every list has


class Item:
    def __init__(self, number: int, guid: str) -> None:
        self.number, self.guid, self.version = number, guid, 1
        self.fields: dict[str, Any] = {}

    @property
    def tag(self) -> str:
        return f'"{self.guid},{self.version}"'


class Listed:
    """One list.

    Attributes:
        title: how people call it now.
        columns: by name, as they are told.
        items: by number; what is deleted is gone.
        writes: how many times each item was written.
    """

    def __init__(self, name: str, *, threshold: int = 5000) -> None:
        self.name, self.title, self.id = name, name, str(uuid5(NAMESPACE_URL, f"list {name}"))
        self.threshold = threshold
        self.columns: dict[str, dict[str, Any]] = {}
        self.items: dict[int, Item] = {}
        self.description = ""
        self._numbers = count(1)
        self._holders: dict[tuple[str, str], int] = {}  # the number of the item, by column and value
        self.add_column({"name": "Title_", "displayName": "Title", "text": {}})
        self.columns = {"Title": {**self.columns.pop("Title_"), "name": "Title"}}

    def told(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "displayName": self.title,
            "description": self.description,
            "webUrl": f"https://contoso.sharepoint.com/sites/backups/Lists/{self.name}",
            "createdDateTime": "2026-03-02T09:00:00Z",
            "list": {"contentTypesEnabled": False, "hidden": False, "template": "genericList"},
        }

    def add_column(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        name, kinds = asked.get("name", ""), [kind for kind in KINDS if kind in asked]
        if not NAME.fullmatch(name) or len(kinds) != 1:
            raise Problem(400, "invalidRequest", f"The column '{name}' is not well formed")
        if name.lower() in TAKEN or name.lower() in {known.lower() for known in self.columns}:
            raise Problem(409, "nameAlreadyExists", f"A column named '{name}' exists already")
        made = {
            "id": str(uuid5(NAMESPACE_URL, f"{self.id} {name}")),
            "name": name,
            "displayName": asked.get("displayName", name),
            "description": asked.get("description", ""),
            "columnGroup": "Custom Columns",
            "hidden": False,
            "readOnly": False,
            "required": asked.get("required", False),
            "indexed": asked.get("indexed", False),
            "enforceUniqueValues": asked.get("enforceUniqueValues", False),
            kinds[0]: _spelled(kinds[0], asked[kinds[0]]),
        }
        self._check_column(made)
        self.columns[name] = made
        return made

    def change_column(self, ident: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        known = next((one for one in self.columns.values() if ident in (one["id"], one["name"])), None)
        if known is None:
            raise Problem(404, "itemNotFound", "The column is not there")
        if asked.get("name", known["name"]) != known["name"]:
            raise Problem(400, "invalidRequest", "The name of a column is fixed")
        made = {**known, **asked}
        self._check_column(made)
        self.columns[known["name"]] = made
        return made

    def _check_column(self, made: Mapping[str, Any]) -> None:
        others = [one for one in self.columns.values() if one["name"] != made["name"]]
        if made["enforceUniqueValues"] and not made["indexed"]:
            raise Problem(400, "invalidRequest", "A column of unique values must be indexed")
        if made["indexed"] and made.get("text", {}).get("allowMultipleLines"):
            raise Problem(400, "invalidRequest", "A column of several lines cannot be indexed")
        if made["indexed"] and sum(one["indexed"] for one in others) >= INDEXES_MAX:
            raise Problem(400, "invalidRequest", f"A list has {INDEXES_MAX} indexes at the most")

    def add(self, fields: Mapping[str, Any]) -> Item:
        item = Item(next(self._numbers), "")
        item.guid = str(uuid5(NAMESPACE_URL, f"{self.id} item {item.number}"))
        item.fields = self._kept(fields, item)
        self.items[item.number] = item
        return item

    def change(self, item: Item, fields: Mapping[str, Any], match: str = "") -> Item:
        if match not in ("", "*", item.tag):
            raise Problem(412, "resourceModified", "The resource has changed since the caller last read it")
        item.fields = {**item.fields, **self._kept(fields, item)}
        item.version += 1
        return item

    def item(self, ident: str) -> Item:
        found = self.items.get(int(ident)) if ident.isdecimal() else None
        if found is None:
            raise Problem(404, "itemNotFound", "The specified item was not found")
        return found

    def find(self, asked: Question) -> list[Item]:
        """Give what answers a question, in the order asked for; a list that is long wants an index for it."""
        for name in asked.columns:
            if name not in self.columns:
                raise Problem(400, "invalidRequest", f"Field '{name}' is not recognized")
            if not self.columns[name]["indexed"] and not (asked.risks and len(self.items) <= self.threshold):
                raise Problem(
                    400,
                    "invalidRequest",
                    f"Field '{name}' cannot be referenced in filter or orderby as it is not indexed. Provide the "
                    "'Prefer: HonorNonIndexedQueriesWarningMayFailRandomly' header to allow this",
                )
        found = [item for item in self.items.values() if all(self._holds(term, item) for term in asked.terms)]
        if asked.terms and len(found) > self.threshold:
            raise Problem(400, "notSupported", "The attempted operation exceeds the list view threshold")
        if asked.order:
            found.sort(key=lambda item: _sorting(item.fields.get(asked.order)), reverse=asked.falling)
        return found

    def item_told(self, item: Item, asked: Question) -> dict[str, Any]:
        told = {
            "@odata.etag": item.tag,
            "id": str(item.number),
            "eTag": item.tag,
            "createdDateTime": "2026-03-02T09:00:00Z",
            "lastModifiedDateTime": "2026-03-02T09:00:00Z",
            "webUrl": f"https://contoso.sharepoint.com/sites/backups/Lists/{self.name}/{item.number}_.000",
            "contentType": {"id": "0x0100", "name": "Item"},
        }
        told = shown(told, asked.selects, ("@odata.etag",))
        if asked.expands is not None:
            told["fields"] = shown(self.fields_told(item), asked.expands, ("@odata.etag",))
        return told

    def fields_told(self, item: Item) -> dict[str, Any]:
        given = {name: value for name, value in item.fields.items() if value not in (None, "")}
        return {"@odata.etag": item.tag, **given, "id": str(item.number), "ContentType": "Item", "Attachments": False}

    def _holds(self, term: Any, item: Item) -> bool:
        return holds(term, item.fields.get(term.column))

    def _kept(self, fields: Mapping[str, Any], item: Item) -> dict[str, Any]:
        kept = {}
        for name, value in fields.items():
            if name not in self.columns:
                raise Problem(400, "invalidRequest", f"Field '{name}' is not recognized")
            kept[name] = _stored(self.columns[name], value)
            if self.columns[name]["enforceUniqueValues"] and kept[name] is not None:
                self._claim(name, str(kept[name]).casefold(), item)
        return kept

    def _claim(self, name: str, said: str, item: Item) -> None:
        """Note who has a value that only one may have; who had it once and has not any more is in nobody's way."""
        other = self.items.get(self._holders.get((name, said), 0))
        if other is not None and other is not item and str(other.fields.get(name)).casefold() == said:
            raise Problem(409, "invalidRequest", f"One or more field values are not unique: {name}")
        self._holders[name, said] = item.number


def _spelled(kind: str, given: Any) -> dict[str, Any]:
    """Give what a column of a kind says of itself."""
    if not isinstance(given, dict):
        raise Problem(400, "invalidRequest", f"{kind} wants an object")
    if kind == "text":
        text = {"allowMultipleLines": False, "appendChangesToExistingText": False, "linesForEditing": 0, **given}
        most = text.setdefault("maxLength", LINE_MAX)
        if not text["allowMultipleLines"] and not 0 < most <= LINE_MAX:
            raise Problem(400, "invalidRequest", "maxLength must be from 1 to 255")
        return text
    if kind == "dateTime":
        return {"displayAs": "default", "format": "dateOnly", **given}
    return dict(given)


def _stored(column: Mapping[str, Any], value: Any) -> Any:
    wrong = Problem(400, "invalidRequest", f"The value of field '{column['name']}' is not valid")
    if value is None:
        return None
    if "text" in column:
        if not isinstance(value, str) or ILLEGAL.search(value):
            raise wrong
        if not column["text"]["allowMultipleLines"] and len(value) > column["text"]["maxLength"]:
            raise wrong
        return value or None
    if "number" in column:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong
        return int(value) if float(value).is_integer() else value
    if "dateTime" in column:
        try:
            at = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise wrong from None
        if at.tzinfo is None or at.year < 1900:
            raise wrong
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def _sorting(cell: Any) -> tuple[bool, Any]:
    return (cell is not None, cell.casefold() if isinstance(cell, str) else cell or 0)
