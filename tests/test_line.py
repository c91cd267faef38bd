"""The main line, whole: a server that plays Acronis, the real client, a real store, a console."""

from contextlib import closing
from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from bot.app import acronis, build
from bot.app_yaml import Settings
from bot.commands import read_intent
from bot.core.intent import Actor
from bot.core.message import Message
from bot.core.slot import next_slot
from bot.sources.sandbox import START, Fault, Sandbox, World

JO = Actor("os:jo", "jo", "console")
MONDAY_AFTERNOON = START + timedelta(hours=14, minutes=45)


class Office:
    """A bot on the sandbox and a simulated clock."""

    def __init__(self, folder):
        self.now = MONDAY_AFTERNOON
        self.sandbox = Sandbox(World(), lambda: self.now)
        self.app = build(
            Settings(),
            console=Console(file=StringIO(), width=100_000),
            clock=lambda: self.now,
            folder=folder,
            source=self._source,
        )
        self.app.closing.enter_context(closing(self.sandbox))

    def _source(self):
        return acronis(self.sandbox.url, self.sandbox.client_id, self.sandbox.client_secret, sleep=lambda _: None)

    def digest(self) -> str:
        """Refresh, tell, and give what was told."""
        screen = self.app.chats["console"]._console.file
        before = len(screen.getvalue())
        run = self.app.refresh()
        assert run is not None
        self.app.announce(run)
        return screen.getvalue()[before:]

    def next_digest(self) -> str:
        self.now = next_slot(self.app.settings.refresh.times, self.app.settings.refresh.tzinfo, self.now)
        return self.digest()

    def ask(self, typed: str) -> str:
        body = self.app.answer(read_intent(typed, JO)).body
        assert isinstance(body, Message)
        return body.summary


@pytest.fixture
def office(tmp_path):
    place = Office(tmp_path)
    with place.app:
        yield place


@pytest.fixture
def days(office):
    """The digests of Monday afternoon to Thursday morning, by day and time."""
    told = {"Mon 14:45": office.digest()}
    for _ in range(8):
        text = office.next_digest()
        told[f"{office.now:%a %H:%M}"] = text
    return told


def rows(digest: str, about: str) -> list[str]:
    return [line for line in digest.splitlines() if about in line]


def test_the_three_days_read_as_the_stories_go(days):
    assert "First reading: found" in days["Mon 14:45"]
    assert "NOT READ: Coastal Vets" in days["Tue 06:45"]
    (full,) = rows(days["Tue 06:45"], "SRV-FILE1, SRV-SQL2")
    assert " NEW Acme" in full
    (corrupted,) = rows(days["Tue 06:45"], "Delta Law · DC01")
    assert "DAY" in corrupted
    (unknown,) = rows(days["Tue 06:45"], "Fenn · APP7")
    assert "code 0x01E50023, not known to us" in unknown
    (nas,) = rows(days["Tue 06:45"], "Brightwater")
    assert "22 machines behind" in nas
    assert rows(days["Tue 06:45"], "still running: Kite FS1, Lumen SQL1")


def test_one_row_says_that_the_cloud_failed_for_many(days):
    (cloud,) = rows(days["Wed 06:45"], "cloud storage lost by many")

    assert "clients" in cloud
    assert not rows(days["Thu 06:45"], "cloud storage lost by many")


def test_what_healed_is_said_the_next_morning(days):
    assert "Healed: " in days["Thu 06:45"]
    assert not rows(days["Thu 06:45"], "machines behind")


def test_a_job_that_does_not_end_is_left_alone_then_watched_then_acted_on(days):
    assert rows(days["Tue 06:45"], "still running: Kite FS1, Lumen SQL1")
    (watched,) = rows(days["Tue 14:45"], "Lumen · SQL1")
    (urgent,) = rows(days["Tue 22:45"], "Lumen · SQL1")
    assert "NEW" in watched
    assert "WORSE" in urgent
    assert not rows(days["Tue 14:45"], "FS1")


def test_every_digest_says_how_much_was_read(days):
    assert all("Read " in text and " clients, " in text for text in days.values())


def test_the_afternoon_says_only_what_changed(days):
    assert len(days["Tue 14:45"]) < len(days["Tue 06:45"]) / 2
    assert "as before; “open”" in days["Tue 14:45"]


def test_a_hostile_name_stays_text(days):
    assert all("\x1b" not in text for text in days.values())


def test_people_ask_and_press_on_what_was_told(office):
    office.digest()
    for _ in range(2):
        office.next_digest()

    assert office.ask("client acme").startswith("Acme: 2 of ")
    number = office.ask("open acme")
    assert number.startswith("Open for Acme: 1 cause, 2 workloads")
    row = next(line for line in office.next_digest().splitlines() if line)
    assert row.startswith("Backups, Tue 14:45")


def test_a_restart_forgets_nothing(tmp_path):
    first = Office(tmp_path)
    with first.app:
        first.digest()
        before = first.app.keeping.store.memory()

    second = Office(tmp_path)
    with second.app:
        assert second.app.keeping.store.memory() == before
        assert second.app.catch_up() is None


def test_a_reading_nobody_was_told_of_is_told_after_a_restart(tmp_path):
    first = Office(tmp_path)
    with first.app:
        first.app.refresh()

    second = Office(tmp_path)
    with second.app:
        assert second.app.catch_up() is not None
        assert second.app.catch_up() is None


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/api/task_manager/v2/activities", status=500, times=1000),
        Fault("/api/2/tenants", status=403, times=1000),
        Fault("/api/2/idp/token", status=401, times=1000),
    ],
    ids=["activities never come", "no right to see clients", "a wrong secret"],
)
def test_a_broken_account_is_never_green(office, fault):
    office.digest()
    office.sandbox.faults.append(fault)

    text = office.next_digest()

    assert "all well" not in text
    assert "Read 0 of" in text or "PARTLY READ" in text or "NOT READ" in text
    assert not rows(text, "Healed")
