"""One SharePoint site as Microsoft Graph shows it: which path asks for what, who may, and what a call costs."""

import re
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

import msgspec

from tests.servers.sharepoint_files import Library
from tests.servers.sharepoint_lists import Item, Listed
from tests.servers.sharepoint_query import Problem, question

HOST, PATH = "contoso.sharepoint.com", "/sites/backups"
SITE = f"https://{HOST}{PATH}"
SITE_ID = f"{HOST},{uuid5(NAMESPACE_URL, 'site')},{uuid5(NAMESPACE_URL, 'web')}"
ROLES = ("read", "write", "manage", "fullcontrol")


class Ask(msgspec.Struct):
    """One call, or one part of a batch.

    Attributes:
        path: without the version, and decoded.
        body: what its JSON says, or the bytes of a file.
        role: of whoever asks.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None
    inside: bool = False
    role: str = ""

    @property
    def units(self) -> int:
        """Give what it costs, as SharePoint counts: 1 for one thing read, 2 for many or a write, 5 for permissions."""
        if self.path == "/$batch":
            return 0
        if "permissions" in self.path:
            return 5
        many = re.search(r"/(lists|columns|items|children|drives)$", self.path) is not None
        return 2 if many or self.method != "GET" else 1


class Told(NamedTuple):
    """What is answered; text where it is not JSON."""

    status: int
    body: Any
    headers: Mapping[str, str] = {}


class Site:
    """What a person sees there.

    Attributes:
        lists: by name.
        grants: what apps may do here, by the grant's id.
    """

    def __init__(self) -> None:
        self.lists: dict[str, Listed] = {}
        self.library = Library()
        self.grants: dict[str, dict[str, Any]] = {}
        self.threshold = 5000
        self._pages: dict[str, dict[str, str]] = {}
        self._numbers = count(1)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Give what stands in a list, in the order it came in."""
        return [dict(item.fields) for item in self.lists[name].items.values()]

    def item(self, name: str, **fields: Any) -> Item:
        """Give the one item whose fields are these."""
        found = [item for item in self.lists[name].items.values() if fields.items() <= item.fields.items()]
        (only,) = found
        return only

    def edit(self, name: str, item: Item, **fields: Any) -> None:
        """Do what a person does who changes an item."""
        self.lists[name].change(item, fields)

    def remove(self, name: str, item: Item) -> None:
        """Do what a person does who deletes an item."""
        del self.lists[name].items[item.number]

    def answer(self, ask: Ask, links: str) -> Told:
        for method, pattern, role, do in ROUTES:
            match = re.fullmatch(pattern, ask.path)
            if match is not None and method == ask.method:
                if ROLES.index(ask.role or "fullcontrol") < ROLES.index(role):
                    raise Problem(403, "accessDenied", "Access denied")
                return do(self, ask, links, **match.groupdict())
        raise Problem(404, "itemNotFound", f"nothing answers {ask.method} {ask.path}")

    def told(self) -> dict[str, Any]:
        return {
            "id": SITE_ID,
            "name": "backups",
            "displayName": "Backups",
            "webUrl": SITE,
            "siteCollection": {"hostname": HOST},
            "root": {},
        }

    def by_path(self, _ask: Ask, _links: str, host: str, at: str) -> Told:
        if (host.lower(), f"/{at}".rstrip("/").lower()) != (HOST, PATH):
            raise Problem(404, "itemNotFound", "Requested site could not be found")
        return Told(200, self.told())

    def by_id(self, _ask: Ask, _links: str, site: str) -> Told:
        self._here(site)
        return Told(200, self.told())

    def all_lists(self, ask: Ask, links: str, site: str) -> Told:
        self._here(site)
        query = self._query(ask)
        wanted = re.fullmatch(r"displayName eq '((?:[^']|'')*)'", query.get("$filter", ""))
        if query.get("$filter") and wanted is None:
            raise Problem(400, "invalidRequest", "lists are filtered by displayName")
        name = wanted[1].replace("''", "'").casefold() if wanted else None
        found = [each for each in self.lists.values() if name is None or each.title.casefold() == name]
        told = [self._list_told(each, query) for each in found]
        return self._page(told, int(query.get("$top", "200")), ask.path, query, links)

    def one_list(self, ask: Ask, _links: str, site: str, listed: str) -> Told:
        return Told(200, self._list_told(self._list(site, listed), ask.query))

    def make_list(self, ask: Ask, _links: str, site: str) -> Told:
        self._here(site)
        name, template = ask.body.get("displayName", ""), ask.body.get("list", {}).get("template")
        if not name or template != "genericList":
            raise Problem(400, "invalidRequest", "A list wants a displayName and a template")
        if name.casefold() in {each.title.casefold() for each in self.lists.values()}:
            raise Problem(409, "nameAlreadyExists", "A list of that name exists already")
        made = Listed(name, threshold=self.threshold)
        made.description = ask.body.get("description", "")
        for column in ask.body.get("columns", []):
            made.add_column(column)
        self.lists[name] = made
        return Told(201, made.told())

    def columns(self, ask: Ask, links: str, site: str, listed: str) -> Told:
        query = self._query(ask)
        told = list(self._list(site, listed).columns.values())
        return self._page(told, int(query.get("$top", "200")), ask.path, query, links)

    def add_column(self, ask: Ask, _links: str, site: str, listed: str) -> Told:
        return Told(201, self._list(site, listed).add_column(ask.body))

    def change_column(self, ask: Ask, _links: str, site: str, listed: str, column: str) -> Told:
        return Told(200, self._list(site, listed).change_column(column, ask.body))

    def items(self, ask: Ask, links: str, site: str, listed: str) -> Told:
        there, query = self._list(site, listed), self._query(ask)
        asked = question(query, ask.headers.get("prefer", ""))
        told = [there.item_told(item, asked) for item in there.find(asked)]
        return self._page(told, asked.top, ask.path, query, links)

    def add_item(self, ask: Ask, _links: str, site: str, listed: str) -> Told:
        there = self._list(site, listed)
        made = there.add(_fields(ask.body))
        return Told(201, there.item_told(made, question({"$expand": "fields"}, "")))

    def one_item(self, ask: Ask, _links: str, site: str, listed: str, item: str) -> Told:
        there = self._list(site, listed)
        return Told(200, there.item_told(there.item(item), question(ask.query, "")))

    def fields(self, _ask: Ask, _links: str, site: str, listed: str, item: str) -> Told:
        there = self._list(site, listed)
        return Told(200, there.fields_told(there.item(item)))

    def change_fields(self, ask: Ask, _links: str, site: str, listed: str, item: str) -> Told:
        there = self._list(site, listed)
        changed = there.change(there.item(item), _fields({"fields": ask.body}), ask.headers.get("if-match", ""))
        return Told(200, there.fields_told(changed), {"ETag": changed.tag})

    def drive(self, _ask: Ask, _links: str, site: str) -> Told:
        self._here(site)
        return Told(200, self.library.told())

    def file(self, ask: Ask, links: str, path: str | None = None, verb: str = "", **_where: str) -> Told:
        """Answer for what stands in the library; `verb` is what follows the path, and no path is the root."""
        path = path or ""
        match (ask.method, verb):
            case ("GET", ""):
                return Told(200, self.library.item(path))
            case ("GET", "children"):
                return Told(200, {"value": self.library.children(path)})
            case ("POST", "children"):
                return Told(201, self.library.make_folder(path, ask.body))
            case ("PUT", "content"):
                data = ask.body if isinstance(ask.body, bytes) else b""
                return Told(
                    *self.library.put(path, data, ask.query.get("@microsoft.graph.conflictBehavior", "replace"))
                )
            case ("POST", "createUploadSession"):
                handle = self.library.begin(path, ask.body or {})
                told = {"uploadUrl": f"{links}/uploads/{handle}?tempauth=s3cret", "nextExpectedRanges": ["0-"]}
                return Told(200, {**told, "expirationDateTime": "2099-01-01T00:00:00Z"})
            case _:
                raise Problem(404, "itemNotFound", f"nothing answers {ask.method} …:/{verb}")

    def part(self, ask: Ask, _links: str, handle: str) -> Told:
        return Told(*self.library.part(handle, ask.headers.get("content-range", ""), ask.body))

    def expected(self, _ask: Ask, _links: str, handle: str) -> Told:
        return Told(200, self.library.expected(handle))

    def all_grants(self, _ask: Ask, _links: str, site: str) -> Told:
        self._here(site)
        without_roles = [{**grant, "roles": []} for grant in self.grants.values()]  # as Graph lists them
        return Told(200, {"value": without_roles})

    def one_grant(self, _ask: Ask, _links: str, site: str, ident: str) -> Told:
        self._here(site)
        return Told(200, self._grant(ident))

    def _grant(self, ident: str) -> dict[str, Any]:
        if ident not in self.grants:
            raise Problem(404, "itemNotFound", "no such grant")
        return self.grants[ident]

    def grant(self, ask: Ask, _links: str, site: str) -> Told:
        self._here(site)
        roles, whom = _roles(ask.body), ask.body.get("grantedToIdentities", [])
        if len(whom) != 1 or not whom[0].get("application", {}).get("id"):
            raise Problem(400, "invalidRequest", "A grant names one application")
        ident = f"grant-{next(self._numbers)}"
        self.grants[ident] = {"id": ident, "roles": roles, "grantedToIdentitiesV2": whom, "grantedToIdentities": whom}
        return Told(201, self.grants[ident])

    def change_grant(self, ask: Ask, _links: str, site: str, ident: str) -> Told:
        self._here(site)
        self.grants[ident] = {**self._grant(ident), "roles": _roles(ask.body)}
        return Told(200, self.grants[ident])

    def _list_told(self, listed: Listed, query: Mapping[str, str]) -> dict[str, Any]:
        columns = {"columns": list(listed.columns.values())} if "columns" in query.get("$expand", "") else {}
        return {**listed.told(), **columns}

    def _here(self, site: str) -> None:
        if site != SITE_ID:
            raise Problem(404, "itemNotFound", "Requested site could not be found")

    def _list(self, site: str, listed: str) -> Listed:
        self._here(site)
        found = next((each for each in self.lists.values() if listed in (each.id, each.title)), None)
        if found is None:
            raise Problem(404, "itemNotFound", "List not found")
        return found

    def _query(self, ask: Ask) -> dict[str, str]:
        """Give what was asked first, where this asks for a later page of it."""
        token = ask.query.get("$skiptoken")
        if token is None:
            return ask.query
        if len(ask.query) > 1 or token not in self._pages:
            raise Problem(400, "invalidRequest", "The token of the next page is not one that was given")
        return self._pages[token]

    def _page(self, told: list[Any], top: int, path: str, query: Mapping[str, str], links: str) -> Told:
        begin = int(query.get("$skiptoken", "0"))
        more: dict[str, Any] = {}
        if begin + top < len(told):
            token = f"UGFnZWQ9VFJVRSZw{next(self._numbers)}"
            self._pages[token] = {**query, "$skiptoken": str(begin + top)}
            more = {"@odata.nextLink": f"{links}{path}?$skiptoken={token}"}
        return Told(200, {**more, "value": told[begin : begin + top]})


def _fields(body: Any) -> dict[str, Any]:
    fields = body.get("fields") if isinstance(body, dict) else None
    if not isinstance(fields, dict) or set(body) - {"fields"}:
        raise Problem(400, "invalidRequest", "An item is written by its fields")
    return fields


def _roles(body: Any) -> list[str]:
    roles = body.get("roles", [])
    if len(roles) != 1 or roles[0] not in ("read", "write", "owner", "fullcontrol"):
        raise Problem(400, "invalidRequest", "A grant has one role")
    return list(roles)


Route = tuple[str, str, str, Callable[..., Told]]
IN_SITE, IN_LIST = r"/sites/(?P<site>[^/:]+)", r"/sites/(?P<site>[^/:]+)/lists/(?P<listed>[^/]+)"
IN_DRIVE = r"/(?:drives/b!library|sites/(?P<site>[^/:]+)/drive)/root"
ROUTES: tuple[Route, ...] = (
    ("GET", r"/sites/(?P<host>[^/:,]+):/(?P<at>[^:]+):?", "read", Site.by_path),
    ("GET", IN_SITE, "read", Site.by_id),
    ("GET", rf"{IN_SITE}/lists", "read", Site.all_lists),
    ("POST", rf"{IN_SITE}/lists", "manage", Site.make_list),
    ("GET", IN_LIST, "read", Site.one_list),
    ("GET", rf"{IN_LIST}/columns", "read", Site.columns),
    ("POST", rf"{IN_LIST}/columns", "manage", Site.add_column),
    ("PATCH", rf"{IN_LIST}/columns/(?P<column>[^/]+)", "manage", Site.change_column),
    ("GET", rf"{IN_LIST}/items", "read", Site.items),
    ("POST", rf"{IN_LIST}/items", "write", Site.add_item),
    ("GET", rf"{IN_LIST}/items/(?P<item>[^/]+)", "read", Site.one_item),
    ("GET", rf"{IN_LIST}/items/(?P<item>[^/]+)/fields", "read", Site.fields),
    ("PATCH", rf"{IN_LIST}/items/(?P<item>[^/]+)/fields", "write", Site.change_fields),
    ("GET", rf"{IN_SITE}/drive", "read", Site.drive),
    ("GET", rf"{IN_DRIVE}(?::/(?P<path>[^:]+):?)?", "read", Site.file),
    ("GET", rf"{IN_DRIVE}(?::/(?P<path>[^:]+):)?/(?P<verb>\w+)", "read", Site.file),
    ("POST", rf"{IN_DRIVE}(?::/(?P<path>[^:]+):)?/(?P<verb>\w+)", "write", Site.file),
    ("PUT", rf"{IN_DRIVE}:/(?P<path>[^:]+):/(?P<verb>content)", "write", Site.file),
    ("PUT", r"/uploads/(?P<handle>[^/]+)", "read", Site.part),
    ("GET", r"/uploads/(?P<handle>[^/]+)", "read", Site.expected),
    ("GET", rf"{IN_SITE}/permissions", "fullcontrol", Site.all_grants),
    ("POST", rf"{IN_SITE}/permissions", "fullcontrol", Site.grant),
    ("GET", rf"{IN_SITE}/permissions/(?P<ident>[^/]+)", "fullcontrol", Site.one_grant),
    ("PATCH", rf"{IN_SITE}/permissions/(?P<ident>[^/]+)", "fullcontrol", Site.change_grant),
)
