"""What a reading surely cannot have seen: short lists, lists that are gone, runs that nobody showed."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.core.activity import Batch, ClientCoverage, Coverage, Reading, Ref, Standing, Window
from bot.core.evidence import BELIEVED_AFTER, NOTHING_SHOWN, believed
from bot.core.memory import Memory
from tests.builders import WEDNESDAY, a_protection, an_activity

WINDOW = Window(WEDNESDAY - timedelta(hours=10), WEDNESDAY)
MACHINES = ("PC-1", "PC-2", "PC-3", "PC-4")
CLIENT = Ref("c-Acme", "Acme")


def listed(workload: str, **changed):
    known = a_protection(workload=workload)
    return replace(known, **changed)


def a_memory(*, judged=None, reading=Reading.READ, why="", since=None, next_at=None) -> Memory:
    standings = [
        Standing(each.subject, protection=each, listed_at=WINDOW.since, judged=judged)
        for each in (listed(name, next_at=next_at) for name in MACHINES)
    ]
    client = ClientCoverage(CLIENT, reading, until=WINDOW.since, why=why, since=since)
    return Memory(standings={each.subject.key: each for each in standings}, clients={CLIENT.id: client})


def a_batch(*protections, activities=()) -> Batch:
    client = ClientCoverage(CLIENT, Reading.READ, until=WINDOW.until, listed=True)
    return Batch(tuple(activities), Coverage(WINDOW, (client,)), read_at=WEDNESDAY, protections=protections)


def weighed(memory: Memory, batch: Batch) -> ClientCoverage:
    (client,) = believed(memory, batch).coverage.clients
    return client


@pytest.mark.parametrize(
    ("left", "reading"), [(4, Reading.READ), (2, Reading.READ), (1, Reading.PARTIAL)], ids=["all", "half", "a quarter"]
)
def test_of_a_list_that_lost_most_at_once_nothing_has_vanished(left: int, reading: Reading):
    client = weighed(a_memory(), a_batch(*map(listed, MACHINES[:left])))

    assert (client.reading, client.listed) == (reading, reading is Reading.READ)


def test_workloads_of_a_short_list_are_not_called_unprotected():
    bare = listed("PC-4", subject=replace(listed("PC-4").subject, plan=Ref("")))

    assert believed(a_memory(), a_batch(listed("PC-1"), bare)).protections == (listed("PC-1"),)


def test_a_list_that_stays_short_for_days_is_believed():
    why = weighed(a_memory(), a_batch(listed("PC-1"))).why
    short = a_memory(reading=Reading.PARTIAL, why=why, since=WEDNESDAY - BELIEVED_AFTER)

    assert weighed(short, a_batch(listed("PC-1"))).is_whole


def test_lists_that_were_there_before_and_are_not_now_are_a_gap():
    client = weighed(a_memory(), a_batch())

    assert (client.reading, client.listed, client.until) == (Reading.PARTIAL, False, WINDOW.until)
    assert "not listed any more" in client.why


def test_an_account_that_never_showed_lists_is_read_without_them():
    assert weighed(Memory(), a_batch()).is_whole


RAN = WEDNESDAY - timedelta(hours=4)


def test_a_run_that_the_list_tells_of_and_nobody_showed_holds_the_mark_of_its_client():
    before = a_memory(judged=(WINDOW.since - timedelta(hours=14), "A"))

    client = weighed(before, a_batch(listed("PC-1", last_run_at=RAN), *map(listed, MACHINES[1:])))

    assert (client.reading, client.until) == (Reading.PARTIAL, None)
    assert "the newest result of PC-1 is not shown" in client.why


@pytest.mark.parametrize(
    ("ran", "judged"),
    [(RAN, None), (RAN, (RAN, "A")), (WEDNESDAY - timedelta(minutes=5), (RAN, "A")), (None, (RAN, "A"))],
    ids=["its runs were never shown", "known already", "a moment ago", "the list does not say"],
)
def test_a_run_that_need_not_be_shown_is_no_gap(ran, judged):
    batch = a_batch(listed("PC-1", last_run_at=ran), *map(listed, MACHINES[1:]))

    assert weighed(a_memory(judged=judged), batch).is_whole


def test_a_run_that_was_shown_is_no_gap():
    shown = replace(an_activity("04 02:00"), subject=listed("PC-1").subject, finished_at=RAN)
    before = a_memory(judged=(WINDOW.since - timedelta(hours=14), "A"))

    batch = a_batch(listed("PC-1", last_run_at=RAN), *map(listed, MACHINES[1:]), activities=[shown])

    assert weighed(before, batch).is_whole


BEFORE = (WINDOW.since - timedelta(hours=14), "A")
A_MOMENT_AGO = WEDNESDAY - timedelta(minutes=5)


def test_of_a_client_that_shows_nothing_a_run_that_was_due_long_ago_is_missed_even_if_it_ended_just_now():
    before = a_memory(judged=BEFORE, next_at=RAN)

    client = weighed(before, a_batch(listed("PC-1", last_run_at=A_MOMENT_AGO), *map(listed, MACHINES[1:])))

    assert (client.reading, client.until) == (Reading.PARTIAL, None)
    assert "PC-1 is not shown" in client.why


@pytest.mark.parametrize(
    ("next_at", "runs"),
    [(A_MOMENT_AGO, ()), (None, ()), (RAN, ("PC-2",))],
    ids=["it was due just now", "nobody knows when it was due", "others of the client are shown"],
)
def test_a_run_that_ended_just_now_need_not_be_shown(next_at, runs):
    shown = [replace(an_activity("04 02:00"), subject=listed(name).subject, finished_at=RAN) for name in runs]
    ran = a_batch(listed("PC-1", last_run_at=A_MOMENT_AGO), *map(listed, MACHINES[1:]), activities=shown)

    assert weighed(a_memory(judged=BEFORE, next_at=next_at), ran).is_whole


def test_where_nothing_of_anybody_is_shown_and_one_client_ran_nobody_was_surely_read():
    quiet = ClientCoverage(Ref("c-Fenn", "Fenn"), Reading.READ, until=WINDOW.until, listed=True)
    batch = a_batch(listed("PC-1", last_run_at=RAN), *map(listed, MACHINES[1:]))
    batch = replace(batch, coverage=replace(batch.coverage, clients=(*batch.coverage.clients, quiet)))

    _, fenn = believed(a_memory(judged=BEFORE), batch).coverage.clients

    assert (fenn.reading, fenn.until, fenn.why) == (Reading.PARTIAL, None, NOTHING_SHOWN)
