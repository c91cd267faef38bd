"""Sets up what reports are filed in, once, with more rights than the running bot has. Takes nothing away."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial

from bot.app_yaml import Settings, SharePointSettings
from bot.core.sheet import Filing
from bot.errors import Refused
from bot.net.entra import Tokens, by_person, tokens_of
from bot.net.graph import Graph
from bot.net.http import Forbidden
from bot.publishers.sharepoint.grants import Lack, granting
from bot.publishers.sharepoint.schema import (
    Found,
    ListColumn,
    ListSchema,
    column_body,
    list_body,
    schema_of,
    unindexed,
)
from bot.publishers.sharepoint.site import (
    SETTING,
    FoundList,
    Site,
    columns_of,
    list_path,
    lists_of,
    named,
    site_path,
)

# What a person lends us: lists and columns take Sites.Manage.All, letting an app into a site takes this.
# https://learn.microsoft.com/graph/api/site-post-permissions, read 2026-11
RIGHT = "Sites.FullControl.All"
PATIENCE = timedelta(hours=1)  # as long as a person's sign-in lasts; they look for a phone, and read before they agree
ROUNDS = 3  # what was made is looked at again: Graph may take a list and leave out an index
THERE_ALREADY = 409
MORE = f"sign in as an administrator of SharePoint, or give the app {RIGHT} for a while and add --as-app"
INSTALL = "docs/install-sharepoint.md"


def provision(
    settings: Settings,
    *,
    filing: Filing,
    tell: Callable[[str], None],
    agree: Callable[[], bool],
    as_app: bool = False,
    by: str = "",
    tokens: Tokens | None = None,
) -> bool:
    """Make lists, columns and indexes, and let the app write to the site. What is there already is left alone.

    1. sign in: as a person who types a code, or as the app itself
    2. look at what is there, and say what is missing
    3. when that is agreed to, make it; then look again, until nothing is missing

    Args:
        filing: one without rows will do; its sheets say what lists there are.
        tell: shows a line.
        as_app: sign in as the app, which has been given more rights for a while.
        by: the id of another app, with which a person may sign in.
        tokens: signs in, instead of as the settings say.
    Returns:
        False when nothing was done since it was not agreed to.
    Raises:
        Refused: something is in the way; says what to do.
        Unavailable: not now; what is done already stays, and is left alone next time.
    """
    section = settings.publishers.sharepoint
    _check(section)
    signing = tokens or _signing_in(section, as_app=as_app, by=by, tell=tell)
    graph = Graph(section.graph, signing, setting=SETTING, budget=PATIENCE)
    try:
        return _provisioned(graph, section, filing, tell, agree)
    except Forbidden as error:
        raise Refused(error.what, remedy=MORE) from None
    finally:
        graph.close()


def _provisioned(
    graph: Graph, section: SharePointSettings, filing: Filing, tell: Callable[[str], None], agree: Callable[[], bool]
) -> bool:
    site = graph.get(site_path(section.site), Site)
    tell(f"The site is {site.web or section.site}.")
    schemas, grants = wanted(section, filing), _grants(graph, site, section.app_id)
    if grants is None:
        tell("Whether the app may write there cannot be seen by who signed in; `fortress doctor sharepoint` tells.")
    for turn in range(ROUNDS):
        lacks = [*missing(graph, site, schemas), *(grants or () if turn == 0 else ())]
        if not lacks:
            tell("All lists are there." if grants is None else "All that fortress needs is there.")
            return True
        for lack in lacks:
            tell(f"- {lack.says}")
        if turn == 0 and not agree():
            return False
        for lack in lacks:
            lack.mend()
    raise Refused("Microsoft Graph took all of it, and it is not there yet", remedy="run this again in ten minutes")


def _grants(graph: Graph, site: Site, app_id: str) -> list[Lack] | None:
    """Give what lets the app write; None when that cannot be seen."""
    try:
        return granting(graph, site, app_id)
    except Forbidden:
        return None


def wanted(section: SharePointSettings, filing: Filing) -> tuple[ListSchema, ...]:
    """Say what lists there have to be."""
    sheets = (*filing.sheets, *((filing.jobs,) if section.jobs_list else ()))
    return tuple(schema_of(sheet, prefix=section.prefix) for sheet in sheets)


def missing(graph: Graph, site: Site, schemas: Sequence[ListSchema]) -> Iterator[Lack]:
    """Say what the lists lack, each with what mends it.

    Raises:
        Refused: a column has the name of one of ours, and is something else.
    """
    known = lists_of(graph, site)
    for schema in schemas:
        found = named(known, schema.name)
        if found is None:
            yield Lack(_made_words(schema), partial(_make_list, graph, site, schema))
        else:
            yield from _columns(graph, site, found, schema)


def _columns(graph: Graph, site: Site, found: FoundList, schema: ListSchema) -> Iterator[Lack]:
    path = list_path(site, found)
    there = {column.name: column for column in columns_of(graph, path)}
    _check_kinds(schema, there)
    if new := [column for column in schema.columns if column.name not in there]:
        says = f"add to the list {schema.name}: {_titles(new)}"
        yield Lack(says, partial(_add_columns, graph, path, new))
    keys = [c for c in schema.columns if c.is_key and c.name in there and not there[c.name].unique]
    plain = [column for column in unindexed(schema, there.values()) if column not in keys]
    if plain:
        says = f"index in the list {schema.name}: {_titles(plain)}"
        yield Lack(says, partial(_change, graph, path, [there[c.name] for c in plain], {"indexed": True}))
    if keys:
        says = f"let no two rows of the list {schema.name} have the same {_titles(keys)}"
        unique = {"indexed": True, "enforceUniqueValues": True}
        yield Lack(says, partial(_change, graph, path, [there[c.name] for c in keys], unique))


def _check_kinds(schema: ListSchema, there: dict[str, Found]) -> None:
    wrong = [c.name for c in schema.columns if c.name in there and there[c.name].kind is not c.kind]
    if wrong:
        raise Refused(
            f"in the list {schema.name} the column {', '.join(wrong)} is of another kind",
            remedy=f"delete that column in the list's settings, or set another {SETTING}.prefix, and run this again",
        )


def _make_list(graph: Graph, site: Site, schema: ListSchema) -> None:
    answer = graph.ask("POST", f"/sites/{site.id}/lists", list_body(schema))
    if answer.status != THERE_ALREADY:
        graph.good(answer, f"make the list {schema.name}")


def _add_columns(graph: Graph, path: str, columns: Sequence[ListColumn]) -> None:
    for column in columns:
        answer = graph.ask("POST", f"{path}/columns", column_body(column))
        if answer.status != THERE_ALREADY:
            graph.good(answer, f"add the column {column.name}")


def _change(graph: Graph, path: str, columns: Sequence[Found], what: dict[str, bool]) -> None:
    for column in columns:
        graph.good(graph.ask("PATCH", f"{path}/columns/{column.id}", what), f"change the column {column.name}")


def _made_words(schema: ListSchema) -> str:
    indexed = sum(column.is_indexed for column in schema.columns)
    return f"make the list {schema.name}: {len(schema.columns)} columns, {indexed} of them indexed"


def _titles(columns: Sequence[ListColumn]) -> str:
    return ", ".join(column.title for column in columns)


def _check(section: SharePointSettings) -> None:
    unset = [name for name in ("site", "app_id", "tenant_id") if not getattr(section, name)]
    if unset:
        keys = " and ".join(f"{SETTING}.{name}" for name in unset)
        raise Refused(f"app.yaml does not say {keys}", remedy=f"set it ({INSTALL}, step 3)")


def _signing_in(section: SharePointSettings, *, as_app: bool, by: str, tell: Callable[[str], None]) -> Tokens:
    if as_app:
        return tokens_of(section, setting=SETTING)
    if section.managed_identity and not by:
        remedy = f"name an app with which a person may, by --with and its id ({INSTALL}, step 2)"
        raise Refused("nobody can sign in with a managed identity", remedy=remedy)
    app = by or section.app_id
    return by_person(app, tenant=section.tenant_id, login=section.login, right=RIGHT, setting=SETTING, tell=tell)
