"""The refresh: claim, read, compare, commit; what a bad source or a second replica does to it."""

import itertools
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.core.activity import ClientCoverage, Coverage, Page, Reading, Ref
from bot.core.incident import Acknowledgement, ChangeKind
from bot.core.memory import Extent
from bot.errors import Refused, Unavailable
from bot.jobs.reading import LOOKBACK, OVERLAP, PART_MOST
from bot.jobs.refresh import refresh
from bot.stores.memory import MemoryStore
from tests.builders import DISK_FULL, WEDNESDAY, a_protection, an_activity, at


class Pages:
    """A source that gives what it was told, and remembers what was asked of it."""

    name = "pages"

    def __init__(self, *activities, unread=(), clients=("Acme", "Fenn"), error=None):
        self.activities, self.unread, self.clients, self.error = activities, unread, clients, error
        self.asked, self.protections = [], ()

    def fetch(self, window, *, clients=None, learnt=None):
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


class History(Pages):
    """A source that gives what ended in a window, and can lose windows that end before a moment."""

    lost_before = at("2025-01-01 00:00")

    def fetch(self, window, *, clients=None, learnt=None):
        self.asked.append((window.since, window.until, clients))
        if window.until < self.lost_before:
            raise Unavailable("the answer broke off")
        told = [each for each in self.activities if window.since < each.finished_at <= window.until]
        yield from Pages(*told, clients=self.clients).fetch(window, clients=clients)


def test_a_first_reading_of_ninety_days_comes_in_parts_the_oldest_first():
    source = History()

    run(source, MemoryStore(), lookback=timedelta(days=90))

    windows = [(since, until) for since, until, _ in source.asked]
    newest, *older = windows
    assert newest == (WEDNESDAY - LOOKBACK, WEDNESDAY)
    assert older[0][0] == WEDNESDAY - timedelta(days=90)
    assert older[-1][1] == WEDNESDAY - LOOKBACK
    assert all(until - since <= PART_MOST + OVERLAP for since, until in older)
    assert all(later[0] == earlier[1] - OVERLAP for earlier, later in itertools.pairwise(older))


def test_a_busy_account_is_read_in_smaller_parts():
    nights = [an_activity("04 02:00", workload=f"PC-{n}", id=f"{n}") for n in range(10_000)]
    source = History(*nights)

    run(source, MemoryStore(), lookback=timedelta(days=7))

    spans = [until - since for since, until, _ in source.asked[2:-1]]
    assert set(spans) == {timedelta(days=2) + OVERLAP}


def test_what_has_failed_for_weeks_is_known_to_have_at_the_first_reading():
    nights = [an_activity(f"2026-02-{day:02d} 02:00") for day in range(1, 11)]
    nights += [an_activity(f"2026-02-{day:02d} 02:00", DISK_FULL) for day in range(11, 29)]
    store = MemoryStore()

    told = run(History(*nights, an_activity("04 02:00", DISK_FULL)), store, lookback=timedelta(days=90))

    (incident,) = store.memory().incidents.values()
    (standing,) = store.memory().standings.values()
    assert (incident.first_failed_at, incident.failed_runs) == (at("2026-02-11 02:00"), 19)
    assert (incident.baseline, incident.last_good_at) == (True, at("2026-02-10 02:00"))
    assert [news.kind for news in told.news] == [ChangeKind.OPENED]
    assert len(standing.days) == 29


def test_what_came_and_went_before_the_first_reading_is_no_news_but_remembered():
    nights = [an_activity("2026-01-10 02:00", DISK_FULL), an_activity("2026-01-11 02:00"), an_activity("04 02:00")]
    store = MemoryStore()

    told = run(History(*nights), store, lookback=timedelta(days=90))

    assert told.news == ()
    assert [incident.ended_at for incident in store.memory().incidents.values()] == [at("2026-01-11 02:00")]


def test_what_failed_of_a_first_readings_past_is_said_once_and_holds_nobody_back():
    store, source = MemoryStore(), History(an_activity("04 02:00"))
    source.lost_before = at("2026-02-01 00:00")

    first = run(source, store, lookback=timedelta(days=90))
    source.asked.clear()
    second = run(source, store, now=WEDNESDAY + timedelta(hours=8), lookback=timedelta(days=90))

    assert first.coverage.gaps == (
        "the past of 2 clients read for the first time is not complete: the answer broke off",
    )
    assert {client.reading for client in store.memory().clients.values()} == {Reading.READ}
    assert second.coverage.gaps == ()
    assert len(source.asked) == 1


def test_the_past_of_a_client_that_is_not_wholly_read_now_is_no_gap_of_its_own():
    class Partly(History):
        def fetch(self, window, *, clients=None, learnt=None):
            for page in super().fetch(window, clients=clients):
                partial = getattr(page, "clients", None) and not clients
                yield replace(page, clients=tuple(map(_partial, page.clients))) if partial else page

    source = Partly(an_activity("04 02:00"))
    source.lost_before = at("2026-02-01 00:00")

    told = run(source, MemoryStore(), lookback=timedelta(days=90))

    assert told.coverage.gaps == ()


def _partial(client):
    return replace(client, reading=Reading.PARTIAL, why="the answer broke off")


class Learning(History):
    """A source that learns one word in each window, and can fail in the older ones."""

    def __init__(self, *activities):
        super().__init__(*activities)
        self.given = []

    def fetch(self, window, *, clients=None, learnt=None):
        self.given.append(learnt)
        for page in super().fetch(window, clients=clients):
            taught = {"words": {**learnt.get("words", {}), str(len(self.given)): "known"}}
            yield replace(page, learnt=taught) if isinstance(page, Coverage) else page


def test_what_a_source_learned_is_given_to_it_in_every_part_and_in_the_next_reading():
    store, source = MemoryStore(), Learning(an_activity("04 02:00"))
    source.lost_before = at("2026-01-01 00:00")

    first = run(source, store, lookback=timedelta(days=90))
    parts = len(source.given)
    run(source, store, now=WEDNESDAY + timedelta(hours=8))

    assert parts > 2
    assert source.given[:2] == [{}, {"words": {"1": "known"}}]
    assert source.given[parts] == {"words": dict.fromkeys(store_words(source), "known")}
    assert store.memory().learnt["words"].keys() == {*source.given[parts]["words"], str(parts + 1)}
    assert first.coverage.learnt == {}


def store_words(source):
    """Give what those windows taught that could be read."""
    return [str(n) for n, (_, until, _) in enumerate(source.asked, start=1) if until >= source.lost_before][:-1]


def test_a_source_that_lets_nobody_in_forgets_nothing():
    store = MemoryStore()
    run(Learning(an_activity("04 02:00")), store)

    run(Pages(error=Refused("the secret is wrong", remedy="renew it")), store, now=WEDNESDAY + timedelta(hours=8))

    assert store.memory().learnt == {"words": {"1": "known"}}


class Blind(Pages):
    """A source that surely read nothing of anybody."""

    def fetch(self, window, *, clients=None, learnt=None):
        self.asked.append((window.since, window.until, clients))
        found = (ClientCoverage(Ref("c-Acme", "Acme"), Reading.PARTIAL, until=window.since, why="odd"),)
        yield Coverage(window, found)


def test_a_client_of_which_nothing_was_surely_read_at_first_is_still_to_be_begun():
    store, source = MemoryStore(), Blind()

    run(source, store, lookback=timedelta(days=90))

    assert store.memory().clients["c-Acme"].until is None
    assert len(source.asked) == 1


def test_a_new_client_of_a_known_account_opens_nothing_loudly():
    store = MemoryStore()
    run(Pages(clients=("Acme",)), store)
    bare = a_protection("LAB", client="Fenn", plan="")
    source = Pages(an_activity("04 02:00", DISK_FULL, client="Fenn"), clients=("Acme", "Fenn"))
    source.protections = (bare,)

    told = run(source, store, now=WEDNESDAY + timedelta(hours=8))

    assert told.baseline == ("c-Fenn",)
    assert told.exposed == ()
    assert [incident.baseline for incident in store.memory().incidents.values()] == [True]


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


def test_a_reading_notes_how_much_it_saw_and_when_it_was_done():
    store, ticks = MemoryStore(), itertools.count()
    source = Pages(an_activity(), an_activity(client="Fenn"), unread=["Fenn"])

    refresh("s", source=source, store=store, now=lambda: WEDNESDAY + timedelta(seconds=next(ticks)))

    (noted,) = store.memory().runs
    assert noted.extent == Extent(clients_read=1, clients=2, workloads_read=1, workloads=2)
    assert noted.ended_at > noted.read_at
