"""Looks whether SharePoint lets us file all that the settings ask for, and says of each thing what to do.

It leaves no trace: nothing is written, and nothing is asked that would be.
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import islice
from urllib.parse import quote

import msgspec

from bot.app_yaml import Settings, SharePointSettings
from bot.core.sheet import Filing
from bot.errors import Refused, Unavailable
from bot.net.answer import PROVISION, Answer
from bot.net.entra import Tokens, tokens_of
from bot.net.graph import Graph
from bot.net.http import Missing
from bot.ports import Finding
from bot.publishers.sharepoint.provision import INSTALL, wanted
from bot.publishers.sharepoint.schema import KEY, ListSchema, lacking, unindexed
from bot.publishers.sharepoint.site import SETTING, FoundList, Site, columns_of, list_path, lists_of, named, site_path

BUDGET = timedelta(minutes=1)
ENOUGH = "Sites.Selected"
TOO_MUCH = frozenset({"Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All", "Files.ReadWrite.All"})
NOBODYS_VERSION = '"00000000-0000-0000-0000-000000000000,0"'


class _Claims(msgspec.Struct):
    roles: list[str] = []


class _Row(msgspec.Struct):
    id: str
    fields: dict[str, object] = {}


def examine(
    settings: Settings,
    *,
    filing: Filing,
    tokens: Tokens | None = None,
    wait: Callable[[timedelta], bool] | None = None,
) -> Iterator[Finding]:
    """Look at everything, one finding after the other.

    Args:
        filing: one without rows will do; its sheets say what lists there have to be.
        tokens: signs in, instead of as the settings say.
        wait: waits so long before asking again; False when there is no time for it.
    """
    section = settings.publishers.sharepoint
    yield _switched_on(section)
    signing = tokens or tokens_of(section, setting=SETTING)
    found, token = _signed_in(section, signing)
    yield found
    if not token:
        return
    yield from _rights(token)
    with closing(Graph(section.graph, signing, setting=SETTING, budget=BUDGET, wait=wait)) as graph:
        try:
            site = graph.get(site_path(section.site), Site)
            yield Finding("fine", f"the site is there, at {site.web or section.site}")
            yield from _lists(graph, site, wanted(section, filing))
            yield _library(graph, site, section)
        except Unavailable as error:
            yield Finding("unknown", f"what stands there: {error}")
        except Refused as error:
            yield Finding("wrong", error.what, error.remedy)


def _switched_on(section: SharePointSettings) -> Finding:
    if section.enabled:
        return Finding("fine", "SharePoint is switched on")
    return Finding("wrong", "SharePoint is switched off", f"set {SETTING}.enabled: true in app.yaml")


def _signed_in(section: SharePointSettings, tokens: Tokens) -> tuple[Finding, str]:
    if not (section.site and section.app_id and section.tenant_id):
        remedy = f"set {SETTING}.site, app_id and tenant_id ({INSTALL}, step 3)"
        return Finding("wrong", "app.yaml names no site, no app, or no directory", remedy), ""
    try:
        token = tokens.token(f"{section.graph.rstrip('/')}/.default")
    except Unavailable as error:
        remedy = "allow outgoing HTTPS to login.microsoftonline.com, or set HTTPS_PROXY"
        return Finding("wrong", str(error), remedy), ""
    except Refused as error:
        return Finding("wrong", error.what, error.remedy), ""
    return Finding("fine", f"Microsoft lets us sign in as {section.app_id}"), token


def _rights(token: str) -> Iterator[Finding]:
    """Say what the app was given in the whole directory, as its token names it."""
    roles = _roles_in(token)
    if roles is None:
        yield Finding("unknown", "what the app may do in the directory: its token does not say")
        return
    if not roles:
        remedy = f"add the application permission {ENOUGH}, and grant admin consent ({INSTALL}, step 2)"
        yield Finding("wrong", "the app has no permission to Microsoft Graph", remedy)
    elif much := sorted(TOO_MUCH & set(roles)):
        remedy = f"take it away (Entra, the app, API permissions); {ENOUGH} is enough"
        yield Finding("wrong", f"the app may change every site of the directory ({', '.join(much)})", remedy)
    elif ENOUGH in roles:
        yield Finding("fine", f"the app may open the sites it was let into, and no others ({ENOUGH})")
    else:
        yield Finding("unknown", f"whether {', '.join(sorted(roles))} lets the app into the site")


def _roles_in(token: str) -> list[str] | None:
    """Read the permissions out of a token; None when it cannot be read. Nothing but this sentence rests on it."""
    try:
        middle = token.split(".")[1]
        return msgspec.json.decode(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)), type=_Claims).roles
    except (IndexError, binascii.Error, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _lists(graph: Graph, site: Site, schemas: Sequence[ListSchema]) -> Iterator[Finding]:
    known = lists_of(graph, site)
    there = [(schema, found) for schema in schemas if (found := named(known, schema.name)) is not None]
    for schema in schemas:
        if schema not in [one for one, _ in there]:
            yield Finding("wrong", f"there is no list {schema.name}", PROVISION)
    for schema, found in there:
        yield from _list(graph, site, found, schema)
    if there:
        yield _writing(graph, site, [found for _, found in there])


def _list(graph: Graph, site: Site, found: FoundList, schema: ListSchema) -> Iterator[Finding]:
    columns = columns_of(graph, list_path(site, found))
    if lacks := lacking(schema, columns):
        yield Finding("wrong", f"the list {schema.name} cannot be filed in ({'; '.join(lacks)})", PROVISION)
        return
    if without := unindexed(schema, columns):
        names = ", ".join(column.title for column in without)
        says = f"the list {schema.name} has no index on {names}: its views fail beyond 5,000 rows"
        yield Finding("wrong", says, PROVISION)
        return
    indexed = sum(column.is_indexed for column in schema.columns)
    yield Finding("fine", f"the list {schema.name} has its {len(schema.columns)} columns, and {indexed} indexes")


def _writing(graph: Graph, site: Site, lists: Sequence[FoundList]) -> Finding:
    """Ask for what the version forbids: who may write is told that it is another, who may not is told so."""
    for found in lists:
        path = list_path(site, found)
        for row in islice(graph.rows(f"{path}/items?$top=1&$expand=fields($select={KEY})", _Row), 1):
            body = {KEY: row.fields[KEY]} if KEY in row.fields else {}
            if body:
                return _may_write(graph.ask("PATCH", f"{path}/items/{row.id}/fields", body, match=NOBODYS_VERSION))
    return Finding("unknown", "whether the app may write: no row is there to try it on; the first refresh shows it")


def _may_write(answer: Answer) -> Finding:
    if answer.status == 412 or answer.is_good:
        return Finding("fine", "the app may write to the site")
    if answer.status == 403:
        return Finding("wrong", "the app may only read the site", f"let it write: {PROVISION}")
    return Finding("unknown", f"whether the app may write: Microsoft Graph answered {answer.status or 'nothing'}")


def _library(graph: Graph, site: Site, section: SharePointSettings) -> Finding:
    if not section.formats:
        return Finding("fine", f"no files are wanted ({SETTING}.formats)")
    drive = graph.get(f"/sites/{site.id}/drive", Site)
    try:
        folder = graph.get(f"/drives/{drive.id}/root:/{quote(section.folder)}", Site)
    except Missing:
        return Finding("fine", f"the site has documents, where the folder {section.folder} will be made")
    return Finding("fine", f"the folder {section.folder} is there, at {folder.web}")
