"""Workloads that no failed run speaks of: unprotected, switched off, vanished, without a backup, over their limit."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core.activity import Ended, EndReason, Outcome
from bot.core.digest import rows_of, summarise
from bot.core.exposure import Exemption, ExposureKind, exposures
from bot.core.incident import State
from bot.core.memory import Memory
from bot.core.policy import DEFAULT, Policy, RecoveryPoints
from bot.core.reconcile import reconcile
from tests.builders import (
    DISK_FULL,
    WEDNESDAY,
    a_batch,
    a_memory,
    a_protection,
    after,
    an_activity,
    at,
)

LATER = WEDNESDAY + timedelta(hours=8)
LISTED = (a_protection(), a_protection("SRV2"))
RUNS = [an_activity("03 02:10"), an_activity("03 02:10", workload="SRV2")]
WELL = a_batch(RUNS, now=at("03 06:45"), protections=LISTED)
TONIGHT = [an_activity("04 02:10"), an_activity("04 02:10", workload="SRV2")]


def exposed(memory: Memory):
    return [(e.kind, e.subject.workload.name) for e in exposures(memory.standings.values(), memory.clients)]


def new_of(memory: Memory):
    return [(e.kind, e.subject.workload.name) for e in told(memory).newly_exposed]


def told(memory: Memory):
    return summarise(memory, memory.runs[-1], now=memory.runs[-1].read_at)


def reading(*protections, when="04 06:45", runs=TONIGHT, **more):
    return a_batch(runs, now=at(when), protections=protections, **more)


def test_a_listed_workload_becomes_a_standing_though_nothing_ran():
    memory = a_memory(WELL, reading(*LISTED, a_protection("NEW")))

    assert memory.standings["c-Acme/w-NEW/p-Nightly"].listed_at == WEDNESDAY
    assert new_of(memory) == [(ExposureKind.NO_BACKUP, "NEW")]


def test_what_nothing_protects_is_said_within_one_reading():
    memory = a_memory(WELL, reading(*LISTED, a_protection("LAB", plan="")))

    assert new_of(memory) == [(ExposureKind.UNPROTECTED, "LAB")]


def test_a_workload_that_lost_its_plan_is_unprotected_and_one_that_got_one_is_not():
    lost = a_memory(WELL, reading(LISTED[0], a_protection("SRV2", plan="")))
    back = after_reading(lost, reading(*LISTED, when="04 14:45", runs=[]))

    assert new_of(lost) == [(ExposureKind.UNPROTECTED, "SRV2")]
    assert exposed(back) == []


def after_reading(memory, batch):
    return after(memory, reconcile(memory, batch), batch)


def test_a_plan_switched_off_protects_nothing_unless_another_does():
    off = a_protection("SRV2", enabled=False)

    assert exposed(a_memory(WELL, reading(LISTED[0], off))) == [(ExposureKind.PLAN_OFF, "SRV2")]
    assert exposed(a_memory(WELL, reading(*LISTED, replace(off, subject=a_protection("SRV2", plan="B").subject)))) == []


def test_what_a_complete_list_no_longer_names_has_vanished():
    memory = a_memory(WELL, reading(LISTED[0]))

    assert new_of(memory) == [(ExposureKind.VANISHED, "SRV2")]
    assert memory.standings["c-Acme/w-SRV2/p-Nightly"].missing_since == WEDNESDAY


@pytest.mark.parametrize("missing", [{"unread": ["Acme"]}, {"listed": False}], ids=["not read", "not all listed"])
def test_a_list_with_gaps_loses_nobody(missing):
    batch = reading(LISTED[0], unread=missing.get("unread", ()))
    if "listed" in missing:
        clients = tuple(replace(client, listed=False) for client in batch.coverage.clients)
        batch = replace(batch, coverage=replace(batch.coverage, clients=clients))

    assert exposed(a_memory(WELL, batch)) == []


@pytest.mark.parametrize("order", ["before", "with it", "after"])
def test_a_plan_revoked_on_purpose_is_not_vanished(order):
    gone = Ended("c-Acme", EndReason.PLAN_REVOKED, at("04 05:00"), "w-SRV2", "p-Nightly")
    first = reading(LISTED[0], ended=[gone] if order != "after" else ())
    memory = a_memory(WELL, *([replace(first, protections=LISTED)] if order == "before" else []), first)
    memory = after_reading(memory, reading(LISTED[0], when="04 14:45", runs=[], ended=[gone]))

    assert exposed(memory) == []


def test_a_plan_applied_again_is_watched_again():
    gone = Ended("c-Acme", EndReason.PLAN_REVOKED, at("04 05:00"), "w-SRV2", "p-Nightly")
    memory = a_memory(WELL, reading(LISTED[0], ended=[gone]))
    again = a_batch([], now=at("05 06:45"), since=at("04 20:45"), protections=LISTED)

    memory = after_reading(memory, again)

    assert memory.standings["c-Acme/w-SRV2/p-Nightly"].ended is None
    assert told(memory).left == ()


def test_what_is_missing_from_the_list_but_still_runs_has_not_vanished():
    memory = a_memory(WELL, reading(LISTED[0]))
    late = reading(LISTED[0], when="05 06:45", runs=[an_activity("05 02:10", workload="SRV2"), an_activity("05 02:10")])

    assert exposed(after_reading(memory, late)) == []


def test_the_vendors_newer_last_success_counts_but_heals_nothing():
    failed = a_batch([an_activity("04 02:10", DISK_FULL)], protections=[a_protection()])
    knows = a_protection(last_good_at=at("04 09:00"))

    changed = reconcile(a_memory(failed), reading(knows, when="04 14:45", runs=[]))

    assert [standing.last_good_at for standing in changed.standings] == [at("04 09:00")]
    assert (changed.changes, changed.incidents) == ((), ())


def test_an_earlier_success_the_vendor_knows_of_shows_in_the_open_incident():
    failed = a_batch([an_activity("04 02:10", DISK_FULL)], protections=[a_protection()])
    knows = a_protection(last_good_at=at("01 02:10"))

    (change,) = reconcile(a_memory(failed), reading(knows, when="04 14:45", runs=[])).changes

    assert (change.after.last_good_at, change.after.state) == (at("01 02:10"), State.OPEN)


def test_a_success_of_the_future_is_not_believed():
    memory = a_memory(reading(a_protection(last_good_at=at("09 02:10")), runs=[]))

    assert [standing.last_good_at for standing in memory.standings.values()] == [None]


OLD = (a_protection("OLD", schedule=None, last_good_at=at("2026-02-20T02:00:00")),)


def test_over_its_recovery_point_is_said_by_the_row_of_its_trouble_and_not_twice():
    listed = (*OLD, a_protection("DB", schedule=None, last_good_at=at("2026-02-20T02:00:00")))
    night = a_batch([an_activity("04 02:10", DISK_FULL, workload="DB")], protections=listed)
    memory = a_memory(a_batch([], now=at("03 06:45"), protections=listed), night)

    digest = told(memory)

    assert [(e.kind, e.subject.workload.name) for e in digest.exposed] == [(ExposureKind.OVER, "OLD")]
    assert [(row.incidents[0].subject.workload.name, row.over) for row in digest.rows] == [
        ("DB", (("c-Acme", timedelta(days=8)),))
    ]


def test_it_is_over_as_of_what_was_read_and_not_because_nobody_looked():
    listed = (a_protection(last_good_at=at("03 02:10")),)
    memory = a_memory(a_batch([], now=at("03 06:45"), protections=listed))
    unread = after_reading(memory, a_batch([], now=at("06 06:45"), unread=["Acme"]))

    assert exposed(unread) == []
    assert exposed(after_reading(unread, reading(*listed, when="06 14:45", runs=[]))) == [(ExposureKind.OVER, "SRV1")]


def test_todays_limits_show_at_the_next_reading():
    memory = a_memory(reading(*OLD, runs=[]))
    longer = replace(DEFAULT, recovery=RecoveryPoints(by_client={"Acme": timedelta(days=30)}))
    batch = reading(*OLD, when="04 14:45", runs=[])

    calm = after(memory, reconcile(memory, batch, policy=longer), batch)

    assert (exposed(memory), exposed(calm)) == ([(ExposureKind.OVER, "OLD")], [])


def test_the_first_reading_of_an_account_finds_and_announces_nothing():
    digest = told(a_memory(reading(*OLD, a_protection("LAB", plan=""), runs=[])))

    assert (len(digest.exposed), digest.newly_exposed) == (2, ())


def test_a_new_clients_exposed_workloads_are_counted_as_found_and_are_no_news():
    bare = a_protection("LAB", client="Fenn", plan="")

    digest = told(a_memory(WELL, reading(*LISTED, bare, runs=[*TONIGHT, an_activity("04 02:10", client="Fenn")])))

    assert (digest.newly_exposed, digest.found_exposed) == ((), 1)


@pytest.mark.parametrize(
    ("client", "workload", "until", "is_spared"),
    [
        ("Acme", "KIOSK-2", None, True),
        ("c-Acme", "w-KIOSK-2", None, True),
        ("Acme", "KIOSK-*", None, True),
        ("Acme", "*", WEDNESDAY + timedelta(hours=1), True),
        ("Acme", "*", WEDNESDAY, False),
        ("Acme", "KIOSK", None, False),
        ("Fenn", "*", None, False),
    ],
)
def test_what_the_operator_says_needs_no_backup_is_counted_and_not_told(client, workload, until, is_spared):
    memory = a_memory(WELL, reading(*LISTED, a_protection("KIOSK-2", plan="")))
    policy = Policy(exempt=(Exemption(client, workload, "rebuilt from an image", until),))

    digest = summarise(memory, memory.runs[-1], now=WEDNESDAY, policy=policy)

    assert (len(digest.exposed), len(digest.newly_exposed), digest.exempt) == ((0, 0, 1) if is_spared else (1, 1, 0))


def test_a_machine_that_needs_no_backup_and_fails_is_told_all_the_same():
    memory = a_memory(WELL, reading(*LISTED, runs=[an_activity("04 02:10", DISK_FULL)]))

    digest = summarise(memory, memory.runs[-1], now=WEDNESDAY, policy=Policy(exempt=(Exemption("Acme", "*", "lab"),)))

    assert [row.novelty for row in digest.rows] == ["new"]


def test_what_was_found_and_not_told_is_still_new():
    memory = a_memory(WELL)
    for batch in (
        reading(*LISTED, a_protection("LAB", plan="")),
        reading(*LISTED, a_protection("LAB", plan=""), when="04 14:45"),
    ):
        memory = after(memory, reconcile(memory, batch), batch, told=False)

    assert new_of(memory) == [(ExposureKind.UNPROTECTED, "LAB")]


def test_a_revoked_plan_that_leaves_a_machine_bare_is_said_once():
    gone = Ended("c-Acme", EndReason.PLAN_REVOKED, at("04 05:00"), "w-SRV2", "p-Nightly")

    digest = told(a_memory(WELL, reading(LISTED[0], a_protection("SRV2", plan=""), ended=[gone])))

    assert ([e.kind for e in digest.exposed], digest.left) == ([ExposureKind.UNPROTECTED], ())


# --- laws --------------------------------------------------------------------------------------------------------

NAMES = ("A", "B", "C")


@st.composite
def lists(draw: st.DrawFn):
    """What may be listed of three workloads, and whether all of it was."""
    listed = []
    for name in NAMES:
        plan = draw(st.sampled_from(("Nightly", "Weekly", "", None)))
        if plan is not None:
            good = draw(st.sampled_from((None, at("02 02:00"), at("04 02:00"))))
            listed.append(a_protection(name, plan=plan, enabled=draw(st.booleans()), last_good_at=good))
    return listed, draw(st.booleans())


@st.composite
def histories(draw: st.DrawFn):
    batches = []
    for n, (listed, whole) in enumerate(draw(st.lists(lists(), min_size=1, max_size=6))):
        now = WEDNESDAY + timedelta(hours=8 * n)
        ran = draw(st.sampled_from((None, "A", "B")))
        outcome = draw(st.sampled_from((Outcome.SUCCEEDED, Outcome.FAILED)))
        run = an_activity(workload=ran or "", failure=DISK_FULL if outcome is Outcome.FAILED else None, id=f"run{n}")
        run = replace(run, finished_at=now - timedelta(minutes=30), started_at=now - timedelta(hours=1))
        batch = a_batch([run] if ran else [], now=now, since=now - timedelta(hours=10), protections=listed)
        clients = tuple(replace(client, listed=whole) for client in batch.coverage.clients)
        batches.append(replace(batch, coverage=replace(batch.coverage, clients=clients)))
    return batches


@given(histories())
@settings(max_examples=150, deadline=None)
def test_law_1_a_list_read_twice_changes_nothing(batches):
    memory = a_memory(*batches)

    again = reconcile(memory, batches[-1])

    assert (again.changes, again.incidents, again.standings, again.exposed) == ((), (), (), ())


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_law_1_the_order_of_a_list_does_not_matter(batches, random):
    shuffled = [
        replace(batch, protections=tuple(random.sample(batch.protections, len(batch.protections)))) for batch in batches
    ]

    assert a_memory(*shuffled) == a_memory(*batches)


def test_law_1_two_pictures_of_one_workload_give_the_same_whatever_their_order():
    pictures = (a_protection(last_good_at=at("03 02:00")), a_protection(last_good_at=at("02 02:00"), enabled=False))

    one, other = (a_memory(reading(*some, runs=[])) for some in (pictures, pictures[::-1]))

    assert one == other


@given(histories())
@settings(max_examples=150, deadline=None)
def test_law_2_nothing_listed_or_missing_ever_resolves(batches):
    memory = Memory()
    for batch in batches:
        changed = reconcile(memory, replace(batch, activities=()))
        assert not [change for change in changed.changes if change.after.state is not State.OPEN]
        memory = after_reading(memory, batch)


@given(histories())
@settings(max_examples=150, deadline=None)
def test_what_is_exposed_is_new_exactly_once_for_as_long_as_it_lasts(batches):
    memory, before, first = Memory(), set(), True
    for batch in batches:
        memory = after_reading(memory, batch)
        now = {e.key for e in exposures(memory.standings.values(), memory.clients)}
        assert set(memory.runs[-1].exposed) == (set() if first else now - before)
        before, first = now, False


@given(histories())
@settings(max_examples=100, deadline=None)
def test_each_workload_is_exposed_in_one_way_and_never_said_twice(batches):
    memory = a_memory(*batches)

    said = [each.standing.workload_key for each in exposures(memory.standings.values(), memory.clients)]
    rows = rows_of(memory, now=WEDNESDAY)

    assert len(said) == len(set(said))
    quiet = {ExposureKind.OVER, ExposureKind.NO_BACKUP}
    in_rows = {(i.subject.client.id, i.subject.workload.id) for row in rows for i in row.incidents}
    assert not {e.standing.workload_key for e in told(memory).exposed if e.kind in quiet} & in_rows
