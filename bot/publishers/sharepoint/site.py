"""Where things are in a site: its id, its lists by the names we give them, its documents. Nothing is written here."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import msgspec

from bot.errors import Refused
from bot.net.answer import PROVISION
from bot.net.graph import Graph
from bot.publishers.sharepoint.schema import Found, ListSchema, lacking

SETTING = "publishers.sharepoint"


class Site(msgspec.Struct, frozen=True):
    """A site, or a drive, as Graph tells of it."""

    id: str
    web: str = msgspec.field(name="webUrl", default="")


class FoundList(msgspec.Struct, frozen=True):
    """A list as Graph tells of it: people may change how it is called; what its address says stays."""

    id: str
    name: str = ""
    title: str = msgspec.field(name="displayName", default="")
    web: str = msgspec.field(name="webUrl", default="")


class Where(NamedTuple):
    """Where to file.

    Attributes:
        lists: the path of each list, by the name of its sheet.
    """

    site: Site
    lists: dict[str, str]


def site_path(address: str) -> str:
    """Give where Graph tells of a site that people know by its address."""
    parts = urlsplit(address)
    path = quote(parts.path.rstrip("/"), safe="/%")
    return f"/sites/{parts.netloc}:{path}" if path else f"/sites/{parts.netloc}"


def where(graph: Graph, address: str, schemas: Sequence[ListSchema]) -> Where:
    """Find the lists in a site, and make sure that they can be filed in.

    Raises:
        Refused: a list is missing, or lacks something; it says which, and what to do.
    """
    site = graph.get(site_path(address), Site)
    known = lists_of(graph, site)
    return Where(site, {schema.sheet: _checked(graph, site, known, schema) for schema in schemas})


def lists_of(graph: Graph, site: Site) -> list[FoundList]:
    return list(graph.rows(f"/sites/{site.id}/lists?$select=id,name,displayName,webUrl", FoundList))


def named(lists: Sequence[FoundList], name: str) -> FoundList | None:
    """Find a list by the name it was made with, or is called now; SharePoint knows no case."""
    sought = name.casefold()
    found = (each for by in ("title", "name") for each in lists if getattr(each, by).casefold() == sought)
    return next(found, None)


def list_path(site: Site, found: FoundList) -> str:
    return f"/sites/{site.id}/lists/{found.id}"


def columns_of(graph: Graph, path: str) -> list[Found]:
    return list(graph.rows(f"{path}/columns", Found))


def _checked(graph: Graph, site: Site, known: Sequence[FoundList], schema: ListSchema) -> str:
    found = named(known, schema.name)
    if found is None:
        raise Refused(f"the site has no list {schema.name}", remedy=PROVISION)
    path = list_path(site, found)
    if lacks := lacking(schema, columns_of(graph, path)):
        raise Refused(f"the list {schema.name} cannot be filed in ({'; '.join(lacks[:3])})", remedy=PROVISION)
    return path
