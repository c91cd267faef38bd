"""Killed with kill -9 at every request, while it is sent, done or half done: the lists end as the report says."""

import copy
import os
import shutil
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.app_yaml import SharePointSettings
from bot.core.sheet import Filing
from bot.publishers.sharepoint.publisher import SharePointPublisher
from bot.stores.tinydb import build as open_folder
from tests.bench.bench_kill import CAN_KILL, PROCESSES
from tests.builders import WEDNESDAY
from tests.publishers.filings import COLUMNS, a_filing, a_row, a_sheet
from tests.publishers.sharepoint import INCIDENTS, Tokens, a_site, fields_in
from tests.servers.played import DROPPED
from tests.servers.sharepoint_site import SITE

READINGS = "Fortress Refreshes"
FIRST, SECOND = range(25), range(5, 50)
pytestmark = pytest.mark.skipif(not CAN_KILL, reason="needs kill -9, and processes that are copies of another")


def told(second: bool = False) -> Filing:
    """Give a report; in the second, some rows are new, some say something else, and some are gone."""
    rows = [a_row(n, "Fenn" if second and not n % 3 else "Acme") for n in (SECOND if second else FIRST)]
    readings = replace(a_sheet(*map(a_row, range(1 + second))), name="refreshes", title="Refreshes", leaving=None)
    filing = a_filing(*rows, at=WEDNESDAY + timedelta(hours=8 * second), jobs=[a_row(1)])
    return replace(filing, sheets=(*filing.sheets, readings))


def publish(folder: Path, graph: str, filing: Filing) -> None:
    """File as a process does that has just started, with what the last one left."""
    keeping = open_folder(folder)
    section = SharePointSettings.model_validate({"enabled": True, "site": SITE, "graph": graph, "formats": ["csv"]})
    try:
        SharePointPublisher(section, Tokens(), keeping.register).publish(filing)
    finally:
        keeping.close()


class Stage:
    """A site that shows the first report, and a folder that remembers it; both can be had again."""

    def __init__(self, site, folder: Path) -> None:
        self.server, self._folder = site.server, folder
        self.graph = site.server.url.removesuffix("v1.0")
        publish(folder / "kept", self.graph, told())
        self._site = copy.deepcopy(self.server.site)
        self.folder = folder / "life"

    def reset(self) -> None:
        self.server.before = lambda _: None
        self.server.site = copy.deepcopy(self._site)
        self.server.asks.clear()
        self.server._faults.clear()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self._folder / "kept", self.folder)

    def die(self, *, at: int, inside: bool = False, drop: int = 0) -> bool:
        """File in a process of its own, which is killed while its `at`-th request, or part of a batch, is done.

        Args:
            drop: so many, from that one on, are not done.
        Returns:
            False when it ended before that.
        """
        self.reset()
        life = PROCESSES.Process(target=publish, args=(self.folder, self.graph, told(second=True)))
        seen = 0

        def before(ask) -> None:
            nonlocal seen
            seen += ask.inside is inside
            if ask.inside is inside and seen == at:
                os.kill(life.pid, signal.SIGKILL)
                self.server.fail(*[DROPPED] * drop, inside=inside)

        self.server.before = before
        life.start()
        life.join()
        self.server.before = lambda _: None
        self.server._faults.clear()
        return life.exitcode == -signal.SIGKILL

    def assert_ends_equal(self) -> None:
        """File once more, and look."""
        publish(self.folder, self.graph, told(second=True))
        site, wanted = self.server.site, fields_in(COLUMNS, told(second=True).sheets[0].rows)
        gone = {f"k{n}" for n in FIRST if n not in SECOND}

        rows = [{name: row.get(name) for name in wanted[0]} for row in in_order(site.rows(INCIDENTS))]

        assert [row for row in rows if row["FortressKey"] not in gone] == in_order(wanted)
        closed = [row["FortressKey"] for row in site.rows(INCIDENTS) if row["FortressState"] == "closed"]
        assert sorted(closed) == sorted(gone)
        assert [row["FortressNumber"] for row in in_order(site.rows(READINGS))] == [0, 1]
        assert "Fortress/jobs-20260304T144500Z.csv" in site.library.files

    def assert_all_is_known(self) -> None:
        """File once more, which writes nothing."""
        written = self._writes()
        publish(self.folder, self.graph, told(second=True))
        assert self._writes() == written

    def _writes(self) -> int:
        asked = self.server.asked
        return len(asked("PATCH")) + len(asked("PUT")) + len(asked("POST", "/items"))


def in_order(rows):
    return sorted(rows, key=lambda row: row["FortressNumber"])


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with a_site(told()) as site:
        yield Stage(site, tmp_path_factory.mktemp("killed"))


@pytest.mark.parametrize("drop", [0, 1], ids=["done", "not done"])
def test_killed_at_each_request_the_lists_end_equal(stage, drop):
    deaths = 0
    while stage.die(at=deaths + 1, drop=drop):
        deaths += 1
        stage.assert_ends_equal()

    assert deaths > 12


@pytest.mark.parametrize("done", [1, 7, 19, 24, 31])
def test_killed_in_the_midst_of_a_batch_the_lists_end_equal(stage, done):
    assert stage.die(at=done + 1, inside=True, drop=20 - done % 20)
    stage.assert_ends_equal()
    stage.assert_all_is_known()
