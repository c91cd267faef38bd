"""The rows of one list: what is asked of them, and what is told. They are found by their key, which has an index."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from bot.net.answer import Answer
from bot.net.graph import Graph, Step
from bot.publishers.sharepoint.fields import Value
from bot.publishers.sharepoint.schema import KEY

KEYS_AT_ONCE = 2000  # of a page that holds keys alone; Graph gives up to 5,000
ROWS_AT_ONCE = 500


class Item(msgspec.Struct, frozen=True):
    """A row as Graph tells of it.

    Attributes:
        version: of all of it, whoever changed it; "" when nothing was said of it.
    """

    id: str
    version: str = msgspec.field(name="eTag", default="")
    fields: dict[str, Any] = {}

    @property
    def key(self) -> str:
        """Give what we made of the sheet's key; "" for a row of somebody else's."""
        return str(self.fields.get(KEY) or "")


class Standing(NamedTuple):
    """A row that is there."""

    item: str
    version: str


class _Found(msgspec.Struct):
    value: list[Item]


class _Written(msgspec.Struct):
    version: str = msgspec.field(name="@odata.etag", default="")


class Rows:
    """The rows of one list.

    Args:
        path: of the list.
    """

    def __init__(self, graph: Graph, path: str) -> None:
        self._graph, self._path = graph, path

    def keys(self) -> dict[str, Standing]:
        """Read which rows there are, and their versions: all that is needed when nothing has changed.

        Rows without a key are other people's.
        """
        asked = f"{self._path}/items?$select=id,eTag&$expand=fields($select={KEY})&$top={KEYS_AT_ONCE}"
        return {item.key: Standing(item.id, item.version) for item in self._graph.rows(asked, Item) if item.key}

    def whole(self) -> Iterator[Item]:
        """Read all rows with all they say."""
        asked = f"{self._path}/items?$select=id,eTag&$expand=fields&$top={ROWS_AT_ONCE}"
        return (item for item in self._graph.rows(asked, Item) if item.key)

    def looking(self, key: str) -> Step:
        """Ask for a row, wherever it is."""
        sought = quote(f"fields/{KEY} eq '{key}'", safe="/'")  # no key holds a quote; see key_of
        return Step("GET", f"{self._path}/items?$filter={sought}&$select=id,eTag&$expand=fields")

    def creating(self, fields: Mapping[str, Value]) -> Step:
        said = {name: value for name, value in fields.items() if value is not None}
        return Step("POST", f"{self._path}/items", {"fields": said})

    def changing(self, standing: Standing, fields: Mapping[str, Value]) -> Step:
        """Write our columns of a row, unless somebody has changed the row since."""
        return Step("PATCH", f"{self._path}/items/{standing.item}/fields", fields, match=standing.version)


def found_in(answer: Answer) -> Item | None:
    """Give the row that was looked for; None when it is not there."""
    found = answer.read(_Found).value
    return found[0] if found else None


def made_in(answer: Answer) -> Standing:
    """Give what was made."""
    item = answer.read(Item)
    return Standing(item.id, item.version)


def version_in(answer: Answer) -> str:
    """Give the version that a change has made; "" when it is not said, and the row will be looked at next time."""
    return answer.read(_Written).version
