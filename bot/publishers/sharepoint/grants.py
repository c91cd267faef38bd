"""What apps may do in a site: a list of grants, one for each app that was let in."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import msgspec

from bot.net.graph import Graph
from bot.publishers.sharepoint.site import Site

WRITERS = frozenset({"write", "owner", "fullcontrol"})
NAME = "fortress"


class Lack(NamedTuple):
    """One thing that a site lacks: what will be done about it, and what does it."""

    says: str
    mend: Callable[[], None]


class _App(msgspec.Struct):
    id: str = ""


class _Identities(msgspec.Struct):
    application: _App | None = None


class Grant(msgspec.Struct):
    """What one app may do. A list of grants leaves the roles out; each of them alone does not."""

    id: str
    roles: list[str] = []
    whom: list[_Identities] = msgspec.field(name="grantedToIdentitiesV2", default=[])

    def is_for(self, app_id: str) -> bool:
        apps = [each.application.id.lower() for each in self.whom if each.application is not None]
        return app_id.lower() in apps


def granting(graph: Graph, site: Site, app_id: str) -> list[Lack]:
    """Give what lets an app write to a site; [] when it may already.

    Raises:
        Forbidden: whoever signed in may not see who is let in.
    """
    path = f"/sites/{site.id}/permissions"
    ours = [grant for grant in graph.rows(path, Grant) if grant.is_for(app_id)]
    whole = [graph.get(f"{path}/{grant.id}", Grant) for grant in ours]
    if any(WRITERS & set(grant.roles) for grant in whole):
        return []
    mend = partial(_widen, graph, path, whole[0]) if whole else partial(_grant, graph, path, app_id)
    return [Lack(f"let the app {app_id} write to this site", mend)]


def _grant(graph: Graph, path: str, app_id: str) -> None:
    whom = [{"application": {"id": app_id, "displayName": NAME}}]
    answer = graph.ask("POST", path, {"roles": ["write"], "grantedToIdentities": whom})
    graph.good(answer, "let the app write to the site")


def _widen(graph: Graph, path: str, grant: Grant) -> None:
    graph.good(graph.ask("PATCH", f"{path}/{grant.id}", {"roles": ["write"]}), "let the app write to the site")
