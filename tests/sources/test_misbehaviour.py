"""What the next digest says when Acronis misbehaves, on top of one good reading; docs/faults.md is made here."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime
from functools import cache
from io import StringIO
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from rich.console import Console

from bot.app import acronis, build
from bot.app_yaml import Settings
from bot.core.activity import Activity, Coverage, Page, Reading, Window
from bot.core.incident import State
from bot.core.slot import next_slot
from bot.ports import Source
from bot.sources.sandbox import Fault, Sandbox, World
from bot.sources.sandbox.faults import ALWAYS, busy, old_account
from bot.sources.sandbox.server import (
    ACTIVITIES_PATH,
    ALERTS_PATH,
    APPLICATIONS_PATH,
    BACKUPS_PATH,
    POLICIES_PATH,
    STATUSES_PATH,
    TENANTS_PATH,
    TYPES_PATH,
)
from tests.sandbox.conftest import morning

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "faults.md"
EVENING = morning(2).replace(hour=22)  # of Wednesday: the next morning much heals and a little breaks
SETTINGS = Settings.model_validate({"source": {"lookback_days": 2}})  # the sandbox's older past takes long to read
NIGHT = Window(EVENING, next_slot(SETTINGS.refresh.times, SETTINGS.refresh.tzinfo, EVENING))
SMALL = 50  # records a page: a night is a dozen pages, read in six chains
UNSEEN = {"Coastal Vets", "Tallow Brewing", "Umber Studio"}  # not read on a good day either
SAID = ("Backups, ", "Read ", "GAP: ")
PAGES = range(20)  # the first twenty about activities
LISTS = (  # each a first page of its own
    TENANTS_PATH,
    ACTIVITIES_PATH,
    ALERTS_PATH,
    TYPES_PATH,
    POLICIES_PATH,
    APPLICATIONS_PATH,
    STATUSES_PATH,
    BACKUPS_PATH,
)
EVERYBODY = frozenset({"everybody"})


class Case(msgspec.Struct, frozen=True):
    """One misbehaviour, which lasts for one reading.

    Attributes:
        missing: clients of which something is missing then; () when all can be read in spite of it.
    """

    faults: tuple[Fault, ...] = ()
    missing: frozenset[str] = frozenset()
    page_size: int = 500


def always(path: str, **how: Any) -> tuple[Fault, ...]:
    return (Fault(path, times=ALWAYS, **how),)


CASES: Mapping[str, Case] = {
    "no fault, to compare with": Case(),
    "an activity's `tenant` has another name": Case(always(ACTIVITIES_PATH, rename={"tenant": "owner"}), EVERYBODY),
    "an activity's `result` has another name": Case(always(ACTIVITIES_PATH, rename={"result": "outcome"}), EVERYBODY),
    "an activity's `type` has another name": Case(always(ACTIVITIES_PATH, rename={"type": "kind"}), EVERYBODY),
    "the ids in an activity have another name": Case(
        always(ACTIVITIES_PATH, rename={"id": "key"}),
        EVERYBODY,
    ),
    "the cursor of activities has another name": Case(
        always(ACTIVITIES_PATH, rename={"after": "next"}),
        EVERYBODY,
        SMALL,
    ),
    "an empty page of activities, and no more": Case(always(ACTIVITIES_PATH, empty=True), EVERYBODY),
    "an empty list of what plans protect": Case(always(APPLICATIONS_PATH, empty=True), EVERYBODY),
    "empty pages of activities without end": Case(always(ACTIVITIES_PATH, new_cursors=True), EVERYBODY),
    "an empty tree of clients": Case(always(TENANTS_PATH, empty=True), EVERYBODY),
    "403 for one client, and nothing of it in any list": Case(
        always("/api/", client="Brightwater"), frozenset({"Brightwater"})
    ),
    "403 for one client's results, its plans still listed": Case(
        (*always(ACTIVITIES_PATH, client="Brightwater"), *always(ALERTS_PATH, client="Brightwater")),
        frozenset({"Brightwater"}),
    ),
    "half a tree: a folder is missing": Case(
        always(TENANTS_PATH, without="West region"), frozenset({"Quarry Logistics"})
    ),
    "403 for the tree of clients": Case(always(TENANTS_PATH, status=403), EVERYBODY),
    "the token ends in mid-chain": Case((Fault(ACTIVITIES_PATH, skip=1, expires=True),), page_size=SMALL),
    "no token is good for activities": Case(always(ACTIVITIES_PATH, status=401), EVERYBODY),
    "each 20th request fails (500)": Case(always("/api/", every=20, status=500), page_size=20),
    "activities fail (500)": Case(always(ACTIVITIES_PATH, status=500), EVERYBODY),
    "two answers break off": Case((Fault(ACTIVITIES_PATH, cut=True, times=2),)),
    "every answer about activities breaks off": Case(always(ACTIVITIES_PATH, cut=True), EVERYBODY),
    "each third request is one too many (429, wait 1 s)": Case((busy(3),), page_size=100),
    "429, wait an hour": Case(always(ACTIVITIES_PATH, status=429, headers={"Retry-After": "3600"}), EVERYBODY),
    "HTML instead of activities": Case(
        always(ACTIVITIES_PATH, status=200, body=b"<html>maintenance</html>"), EVERYBODY
    ),
    "503 for everything": Case(always("/api/", status=503), EVERYBODY),
    "404 for the lists of plans, which were there before": Case(old_account(), EVERYBODY),
    "only one condition of a filter is honoured": Case(always("/api/", one_condition=True), page_size=SMALL),
}


class Told(msgspec.Struct, frozen=True):
    """What a reading under a fault left behind: what was said, and what is remembered right after it and later.

    Attributes:
        states: of every incident, by key; `later` after one more reading, without the fault.
        readings: how each client was read, by name.
    """

    text: str
    tone: str
    before: Mapping[str, State]
    states: Mapping[str, State]
    later: Mapping[str, State]
    readings: Mapping[str, Reading]

    @property
    def said(self) -> list[str]:
        return [line.strip() for line in self.text.splitlines() if line.startswith(SAID)]

    @property
    def resolved(self) -> set[str]:
        return {key for key, state in self.states.items() if state is State.RESOLVED} - _resolved(self.before)


def account(sandbox: Sandbox, page_size: int) -> Source:
    return acronis(sandbox.url, sandbox.client_id, sandbox.client_secret, sleep=lambda _: None, page_size=page_size)


class Office:
    """A bot on the sandbox and a simulated clock, in a process of its own: it knows what its folder remembers.

    Args:
        folder: where it remembers what was read before.
    """

    def __init__(self, folder: Path, page_size: int = 500, *, now: datetime = EVENING) -> None:
        self.now = now
        self.sandbox = Sandbox(_world(), lambda: self.now)
        source = account(self.sandbox, page_size)
        self.app = build(
            SETTINGS,
            console=Console(file=StringIO(), width=100_000),
            clock=lambda: self.now,
            folder=folder,
            source=lambda: source,
        )
        self.app.closing.enter_context(closing(self.sandbox))

    def digest(self) -> tuple[str, str]:
        """Refresh, tell, and give what was told and in which tone."""
        screen = self.app.chats["console"]._console.file
        before = len(screen.getvalue())
        run = self.app.refresh()
        assert run is not None
        tone = self.app.digest(run).tone
        self.app.announce(run)
        return screen.getvalue()[before:], tone

    def next_digest(self) -> tuple[str, str]:
        self.now = next_slot(self.app.settings.refresh.times, self.app.settings.refresh.tzinfo, self.now)
        return self.digest()

    def states(self) -> dict[str, State]:
        return {key: each.state for key, each in self.app.keeping.store.memory().incidents.items()}

    def readings(self) -> dict[str, Reading]:
        return {each.client.name: each.reading for each in self.app.keeping.store.memory().clients.values()}


@cache
def _world() -> World:
    return World()


@cache
def _evening() -> TemporaryDirectory[str]:
    """Give what is remembered after one good reading. All cases begin with it."""
    kept = TemporaryDirectory()
    office = Office(Path(kept.name))
    with office.app:
        office.digest()
    return kept


def after_the_evening(folder: Path, page_size: int) -> Office:
    copytree(_evening().name, folder, dirs_exist_ok=True)
    return Office(folder, page_size)


@cache
def told(name: str) -> Told:
    case = CASES[name]
    with TemporaryDirectory() as folder:
        office = after_the_evening(Path(folder), case.page_size)
        with office.app:
            before = office.states()
            office.sandbox.faults += [msgspec.structs.replace(each) for each in case.faults]
            text, tone = office.next_digest()
            states, readings = office.states(), office.readings()
        office = Office(Path(folder), case.page_size, now=office.now)
        with office.app:
            office.next_digest()
            return Told(text, tone, before, states, office.states(), readings)


def _resolved(states: Mapping[str, State]) -> set[str]:
    return {key for key, state in states.items() if state is State.RESOLVED}


def control() -> Told:
    return told("no fault, to compare with")


def affected(case: Case) -> set[str]:
    """Name the clients of which something is missing and that are read on a good day; or the one that never was."""
    return set(control().readings) - UNSEEN - {"Old Mill"} if case.missing is EVERYBODY else set(case.missing)


def cases(*, missing: bool) -> list[str]:
    return [name for name, case in CASES.items() if bool(case.missing) is missing and case.faults]


@pytest.mark.parametrize("name", cases(missing=True))
def test_what_is_missing_is_said_with_the_clients_names_and_is_never_green(name):
    now, clients = told(name), affected(CASES[name])
    (coverage,) = [line for line in now.said if line.startswith("Read ")]

    assert "all well" not in now.text
    assert now.tone != "good"
    assert {client: now.readings[client] for client in clients if now.readings[client] is Reading.READ} == {}
    assert "NOT READ: " in coverage or "ONLY PARTLY READ: " in coverage
    if CASES[name].missing is EVERYBODY:
        assert "Read 0 of " in coverage
        assert "Acme, Brightwater, " in coverage
        assert " more (123 workloads), " in coverage
    else:
        assert all(client in coverage for client in clients)
    assert now.resolved <= control().resolved
    assert now.states.keys() <= control().states.keys()


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.missing])
def test_what_was_missed_is_made_up_for_once_it_can_be_read(name):
    assert told(name).later == control().later


@pytest.mark.parametrize("name", cases(missing=False))
def test_what_can_be_read_in_spite_of_it_is_told_as_usual(name):
    assert told(name).text == control().text
    assert told(name).later == control().later


def test_the_fault_free_reading_heals_and_opens_something_to_compare_with():
    now = control()

    assert len(now.resolved) > 20
    assert now.states.keys() - now.before.keys()
    assert {client for client, reading in now.readings.items() if reading is not Reading.READ} == UNSEEN


def test_what_is_not_missing_is_told_as_usual():
    tree, one = told("half a tree: a folder is missing"), told("403 for one client, and nothing of it in any list")

    assert "22 workloads healed" in tree.said[0]
    assert "8 workloads healed" in one.said[0]
    assert "15 machines behind" in one.text
    assert "PC-01, PC-02 and 13 more (network path not found)" in tree.text


def test_at_whichever_page_the_token_ends_nothing_is_missing():
    cases = [(path, 0) for path in LISTS] + [(ACTIVITIES_PATH, page) for page in PAGES[:8]]
    with closing(Sandbox(_world(), lambda: NIGHT.until)) as sandbox, closing(account(sandbox, 20)) as source:
        good = list(source.fetch(NIGHT))
        for path, page in cases:
            ends = Fault(path, skip=page, expires=True)
            sandbox.faults[:] = [ends]

            assert list(source.fetch(NIGHT)) == good, (path, page)
            assert ends.times == 0, (path, page)


def test_whichever_of_twenty_pages_fails_the_mark_stays_where_what_it_held_is_read_again():
    with closing(Sandbox(_world(), lambda: NIGHT.until)) as sandbox, closing(account(sandbox, 20)) as source:
        good = ended(source.fetch(NIGHT))[0]
        for page in PAGES:
            sandbox.faults[:] = always(ACTIVITIES_PATH, skip=page, sticks=True, status=500)
            told, coverage = ended(source.fetch(NIGHT))

            assert Reading.READ not in {client.reading for client in coverage.clients}, page
            marks = {client.client.id: client.until or NIGHT.since for client in coverage.clients}
            lost = [good[id] for id in good.keys() - told.keys()]  # steps of one moment may lie on two pages
            assert all(marks[run.subject.client.id] <= run.finished_at for run in lost), page
            assert all(told[id] == good[id] for id in told.keys() & good.keys()), page


def ended(items: Iterable[Page | Coverage]) -> tuple[dict[str, Activity], Coverage]:
    """Give the runs that ended, by id, and what was covered."""
    *pages, coverage = items
    return {each.id: each for page in pages for each in page.activities if each.finished_at}, coverage


def test_from_whichever_page_on_all_fails_nothing_is_resolved_by_what_was_not_read(tmp_path):
    office = after_the_evening(tmp_path, 20)
    with office.app:
        before = _resolved(office.states())
        office.now = NIGHT.until
        for page in (0, 4, 19):
            office.sandbox.faults[:] = always(ACTIVITIES_PATH, skip=page, status=500)
            text, tone = office.digest()

            assert "Read 0 of 15 clients" in text, page
            assert "ONLY PARTLY READ: Acme, Brightwater, " in text, page
            assert tone != "good"
            assert _resolved(office.states()) - before <= control().resolved
            assert office.states().keys() <= control().states.keys()

        office.sandbox.faults.clear()
        office.digest()
        assert _resolved(office.states()) - before == control().resolved


@pytest.mark.parametrize("name", ["activities fail (500)", "an empty page of activities, and no more"])
def test_a_fault_in_the_very_first_reading_names_nothing_by_guess(name, tmp_path):
    office = Office(tmp_path)
    with office.app:
        office.sandbox.faults += [msgspec.structs.replace(each) for each in CASES[name].faults]
        text, _ = office.digest()
        assert office.app.keeping.store.memory().standings == {}
    office = Office(tmp_path, now=EVENING)
    with office.app:
        office.next_digest()
        known = office.app.keeping.store.memory()

    assert "nothing is known" in text
    assert "Read 0 of 16 clients" in text
    assert len(known.incidents) > 40
    assert known.incidents.keys() <= control().states.keys()


def test_the_table_for_people_is_what_the_digests_said(request):
    text = document()
    if request.config.getoption("--update-golden"):
        DOCUMENT.write_text(text, encoding="utf-8")

    assert DOCUMENT.read_text(encoding="utf-8") == text


def document() -> str:
    lines = [*INTRODUCTION, "| what Acronis did | what the digest said |", "| --- | --- |"]
    for name in CASES:
        said = "as without a fault" if _same(name) else "<br>".join(map(_cell, told(name).said))
        lines.append(f"| {_cell(name)} | {said} |")
    return "\n".join(lines) + "\n"


def _same(name: str) -> bool:
    return bool(CASES[name].faults) and told(name).text == control().text


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


INTRODUCTION = (
    "# When Acronis misbehaves",
    "",
    "What the next digest says, on top of one good reading: Wednesday 22:45 is read, then the fault lasts for the",
    "reading of Thursday 06:45. Told are its headline, its line of coverage and its gaps; the causes are left out.",
    "",
    "In all rows nothing is resolved or opened by what could not be read, and the reading after the fault makes up",
    "for it. Coastal Vets, Tallow Brewing and Umber Studio cannot be read on a good day either.",
    "",
    "Made by `tests/sources/test_misbehaviour.py`; `./fortress test --update-golden` makes it anew. Then look at it.",
    "",
)
