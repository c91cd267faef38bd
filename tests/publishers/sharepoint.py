"""A site with the lists of a report, and a publisher that files there without ever waiting."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from bot.app_yaml import SharePointSettings
from bot.core.sheet import Cell, Column, Filing
from bot.net.graph import Graph
from bot.ports import Register
from bot.publishers.sharepoint.fields import Value, fields_of
from bot.publishers.sharepoint.publisher import SharePointPublisher
from bot.publishers.sharepoint.schema import column_body, schema_of
from bot.stores.memory import build as in_memory
from tests.servers.sharepoint import SharePoint, sharepoint
from tests.servers.sharepoint_lists import Listed
from tests.servers.sharepoint_site import SITE

INCIDENTS = "Fortress Incidents"


class Tokens:
    def token(self, scope: str) -> str:
        return "a-token"


class Site:
    """A running site, and what is known of it.

    Attributes:
        now: what the clock shows, in seconds; only waiting moves it.
        waited: the seconds of each wait; nobody really waits.
        stops: the process ends.
    """

    def __init__(self, server: SharePoint, register: Register) -> None:
        self.server, self.register = server, register
        self.now = 0.0
        self.waited: list[float] = []
        self.stops = False

    def publisher(self, *, budget: timedelta = timedelta(hours=1), **settings: object) -> SharePointPublisher:
        """Make it anew, as a restart does."""
        section = self.section(**settings)
        seams = {"wait": self.wait, "budget": budget, "clock": lambda: self.now}
        return SharePointPublisher(section, Tokens(), self.register, **seams)

    def section(self, **settings: object) -> SharePointSettings:
        graph = self.server.url.removesuffix("v1.0")
        return SharePointSettings.model_validate({"enabled": True, "site": SITE, "graph": graph, **settings})

    def graph(self) -> Graph:
        return Graph(self.server.url.removesuffix("v1.0"), Tokens(), setting="publishers.sharepoint", wait=self.wait)

    def wait(self, span: timedelta) -> bool:
        if span:
            self.waited.append(span.total_seconds())
            self.now += span.total_seconds()
        return not self.stops

    def provide(self, told: Filing) -> None:
        """Make the lists that a report wants."""
        for sheet in (*told.sheets, told.jobs):
            schema = schema_of(sheet, prefix="Fortress")
            made = Listed(schema.name)
            for column in schema.columns:
                made.add_column(column_body(column))
            self.server.site.lists[schema.name] = made

    def rows(self, name: str = INCIDENTS) -> list[dict[str, object]]:
        return self.server.site.rows(name)

    def looks(self) -> int:
        """Count the rows that were looked at one by one."""
        return len([ask for ask in self.server.asked("GET", "/items") if "$filter" in ask.query])

    def writes(self) -> int:
        """Count what was written, files included."""
        return sum(len(self.server.asked(method)) for method in ("PATCH", "PUT")) + len(
            self.server.asked("POST", "/items")
        )


def fields_in(columns: Sequence[Column], rows: Iterable[tuple[Cell, ...]]) -> list[dict[str, Value]]:
    """Say rows as SharePoint is to hold them."""
    return [fields_of(columns, row) for row in rows]


@contextmanager
def a_site(told: Filing, register: Register | None = None) -> Iterator[Site]:
    with sharepoint() as server:
        site = Site(server, register or in_memory().register)
        site.provide(told)
        yield site
        assert server.offences == []
