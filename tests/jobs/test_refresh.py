"""The refresh: claim, read, compare, commit; what a bad source or a second replica does to it."""

from datetime import timedelta

import pytest

from bot.core.activity import ClientCoverage, Coverage, Page, Reading, Ref
from bot.core.incident import Acknowledgement
from bot.errors import Refused, Unavailable
from bot.jobs.refresh import LOOKBACK, OVERLAP, refresh
from bot.stores.memory import MemoryStore
from tests.builders import DISK_FULL, WEDNESDAY, a_protection, an_activity, at


class Pages:
    """A source that gives what it was told, and remembers what was asked of it."""

    name = "pages"

    def __init__(self, *activities, unread=(), clients=("Acme", "Fenn"), error=None):
        self.activities, self.unread, self.clients, self.error = activities, unread, clients, error
        self.asked, self.protections = [], ()

    def fetch(self, window, *, clients=None):
        self.asked.append((window.since, window.until, clients))
        if self.error is not None:
            raise self.error
        for activity in self.activities:
            yield Page((activity,))
        if self.protections:
            yield Page(protections=self.protections)
        yield Coverage(
            window,
            tuple(
                ClientCoverage(Ref(f"c-{name}", name), Reading.UNREAD, why="timed out")
                if name in self.unread
                else ClientCoverage(Ref(f"c-{name}", name), Reading.READ, until=window.until)
                for name in self.clients
            ),
        )


def run(source, store, *, now=WEDNESDAY, slot="", **options):
    return refresh(slot or now.isoformat(), source=source, store=store, now=lambda: now, **options)


def test_the_first_reading_looks_back_and_the_next_starts_at_the_mark():
    store, source = MemoryStore(), Pages()
    later = WEDNESDAY + timedelta(hours=8)

    run(source, store)
    run(source, store, now=later)

    assert [(since, until) for since, until, _ in source.asked] == [
        (WEDNESDAY - LOOKBACK, WEDNESDAY),
        (WEDNESDAY - OVERLAP, later),
    ]


def test_a_slot_is_done_once():
    store = MemoryStore()

    assert run(Pages(), store, slot="one") is not None
    assert run(Pages(), store, slot="one") is None


def test_what_is_listed_is_remembered_and_what_is_newly_exposed_noted_with_the_reading():
    store, source = MemoryStore(), Pages()
    run(source, store)
    source.protections = (a_protection("LAB", plan=""),)

    told = run(source, store, now=WEDNESDAY + timedelta(hours=8))

    (standing,) = store.memory().standings.values()
    assert standing.protection == a_protection("LAB", plan="")
    assert told.exposed == ("unprotected:c-Acme/w-LAB",)


def test_what_was_found_is_committed_and_marked_as_not_told():
    store = MemoryStore()

    run(Pages(an_activity("04 02:00", DISK_FULL)), store)

    memory = store.memory()
    assert [i.number for i in memory.incidents.values()] == [1]
    assert [past.announced for past in memory.runs] == [False]


def test_a_client_that_was_away_is_read_from_its_own_mark():
    store = MemoryStore()
    run(Pages(), store)
    for hours in (8, 16):
        run(Pages(unread=["Fenn"]), store, now=WEDNESDAY + timedelta(hours=hours))
    back = Pages()

    run(back, store, now=WEDNESDAY + timedelta(hours=24))

    assert back.asked == [
        (WEDNESDAY + timedelta(hours=16) - OVERLAP, WEDNESDAY + timedelta(hours=24), None),
        (WEDNESDAY - OVERLAP, WEDNESDAY + timedelta(hours=16) - OVERLAP, frozenset({"c-Fenn"})),
    ]
    assert store.memory().clients["c-Fenn"].until == WEDNESDAY + timedelta(hours=24)


@pytest.mark.parametrize(
    "error", [Unavailable("no answer"), Refused("the secret is wrong", remedy="renew it")], ids=["away", "refused"]
)
def test_an_account_that_lets_nobody_in_is_said_and_resolves_nothing(error):
    store = MemoryStore()
    run(Pages(an_activity("04 02:00", DISK_FULL)), store)

    failed = run(Pages(error=error), store, now=WEDNESDAY + timedelta(hours=8))

    memory = store.memory()
    assert failed.coverage.gaps == (str(error),)
    assert {str(c.reading) for c in memory.clients.values()} == {"unread"}
    assert {c.until for c in memory.clients.values()} == {WEDNESDAY}
    assert [i.ended_at for i in memory.incidents.values()] == [None]


def test_an_acknowledgement_whose_incident_healed_goes_with_the_commit():
    store = MemoryStore()
    run(Pages(an_activity("04 02:00", DISK_FULL)), store)
    (incident,) = store.memory().incidents.values()
    given = Acknowledgement(incident.key, "u1", "Jo", WEDNESDAY, incident.cause, incident.disposition)
    store.acknowledge(given, instead_of=None)

    run(Pages(an_activity("04 09:00")), store, now=at("04 14:45"))

    assert store.memory().acknowledgements == {}


def test_a_crash_in_the_middle_gives_the_slot_back():
    store = MemoryStore()
    with pytest.raises(ZeroDivisionError):
        run(Pages(error=ZeroDivisionError()), store, slot="one")

    assert store.memory().runs == ()
    assert run(Pages(), store, slot="one") is not None


def test_progress_is_told_page_by_page():
    seen = []

    run(Pages(an_activity("04 02:00"), an_activity("04 03:00")), MemoryStore(), progress=seen.append)

    assert seen == [1, 2]
