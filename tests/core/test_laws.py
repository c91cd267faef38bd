"""The nine laws of the core, as properties: over generated histories, in any order, cut anywhere."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core import parts
from bot.core.activity import Activity, Ended, EndReason, Outcome
from bot.core.incident import TRANSITIONS, Acknowledgement, ChangeKind, Event, State
from bot.core.memory import Memory
from bot.core.parts import joined
from bot.core.policy import holds
from bot.core.reconcile import Reconciled, reconcile
from classifier import classify
from classifier.facts import JobFacts
from classifier.failure import Failure
from classifier.verdict import Disposition, Verdict
from tests.builders import (
    CLOUD_GONE,
    CORRUPTED,
    DISK_FULL,
    NAS_GONE,
    STRANGE,
    WEDNESDAY,
    a_batch,
    a_memory,
    after,
    an_activity,
    an_incident,
)

FAILURES = (DISK_FULL, NAS_GONE, CLOUD_GONE, CORRUPTED, STRANGE)
ENDINGS = (Outcome.SUCCEEDED, Outcome.WARNED, Outcome.CANCELLED, Outcome.MISSED, Outcome.FAILED)
START = WEDNESDAY - timedelta(days=3)


@st.composite
def runs(draw: st.DrawFn) -> Activity:
    outcome = draw(st.sampled_from(ENDINGS))
    minutes = draw(st.integers(0, 3 * 24 * 60))
    workload = draw(st.sampled_from(("A", "B")))
    failure = None if outcome is Outcome.SUCCEEDED else draw(st.sampled_from(FAILURES))
    activity = an_activity(failure=failure, outcome=outcome, workload=workload, id=f"{workload}{minutes}")
    ended = START + timedelta(minutes=minutes)
    return replace(activity, started_at=ended - timedelta(minutes=5), finished_at=ended)


histories = st.lists(runs(), max_size=12, unique_by=lambda a: a.id)


def told_alike(memory: Memory) -> tuple[object, ...]:
    """All that matters of a memory: numbers and the times of our own clock left out."""
    incidents = sorted(
        (replace(i, number=0, opened_at=WEDNESDAY, baseline=False) for i in memory.incidents.values()),
        key=lambda i: i.key,
    )
    return (incidents, sorted(memory.standings.values(), key=lambda s: s.subject.key))


@given(histories)
@settings(max_examples=150, deadline=None)
def test_law_1_reading_the_same_batch_twice_changes_nothing(history):
    batch = a_batch(history)
    memory = a_memory(batch)

    again = reconcile(memory, batch)

    assert again.changes == ()
    assert again.incidents == ()
    assert again.standings == ()


@given(histories, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_law_1_order_inside_a_batch_does_not_matter(history, random):
    shuffled = list(history)
    random.shuffle(shuffled)

    assert a_memory(a_batch(shuffled)) == a_memory(a_batch(history))


@given(histories, st.integers(0, 72), st.integers(0, 24))
@settings(max_examples=200, deadline=None)
def test_law_1_overlapping_windows_give_what_one_window_gives(history, cut_h, overlap_h):
    cut, again = START + timedelta(hours=cut_h), START + timedelta(hours=cut_h - overlap_h)
    first = a_batch([a for a in history if a.finished_at <= cut], now=cut)
    second = a_batch([a for a in history if a.finished_at > again])

    assert told_alike(a_memory(first, second)) == told_alike(a_memory(a_batch(history)))


@given(histories, histories, st.lists(st.integers(0, 72), max_size=3))
@settings(max_examples=100, deadline=None)
def test_law_1_a_reading_in_parts_gives_what_one_piece_gives(known, history, cuts_h):
    memory = a_memory(a_batch(known, now=START + timedelta(hours=24)))
    whole = a_batch(history)
    told, all_of_it = memory, Reconciled()
    for since, until in itertools.pairwise([-1, *sorted(cuts_h), 72]):
        begins, ends = START + timedelta(hours=since), START + timedelta(hours=until)
        part = a_batch([a for a in history if begins < a.finished_at <= ends])
        changed = reconcile(told, part)
        all_of_it, told = joined(memory, all_of_it, changed), parts.after(told, changed)

    at_once = reconcile(memory, whole)

    assert told_alike(after(memory, all_of_it, whole)) == told_alike(after(memory, at_once, whole))
    assert _news(all_of_it) == _news(at_once)
    assert all_of_it.counts == at_once.counts


def _news(told: Reconciled) -> set[tuple[ChangeKind, str]]:
    return {(change.kind, change.after.key) for change in told.changes}


@given(histories, st.booleans())
@settings(max_examples=100, deadline=None)
def test_law_2_absence_is_not_success(history, unread):
    memory = a_memory(a_batch(history))
    later = WEDNESDAY + timedelta(hours=8)

    nothing = reconcile(memory, a_batch([], now=later, unread=["Acme"] if unread else []))

    assert nothing.changes == ()
    assert nothing.incidents == ()


def test_law_2_an_unread_client_becomes_a_gap_and_keeps_its_mark():
    memory = a_memory(a_batch([an_activity("04 02:10", DISK_FULL)]))
    later = WEDNESDAY + timedelta(hours=8)

    unread = reconcile(memory, a_batch([], now=later, unread=["Acme"]))

    (client,) = unread.clients
    assert (client.until, client.why, client.since) == (WEDNESDAY, "timed out", later)


def test_law_2_a_client_missing_from_the_list_is_said_not_forgotten():
    memory = a_memory(a_batch(clients=["Acme", "Fenn"]))

    read = reconcile(memory, a_batch(now=WEDNESDAY + timedelta(hours=8), clients=["Acme"]))

    assert [(c.client.name, str(c.reading)) for c in read.clients] == [("Acme", "read"), ("Fenn", "unread")]


def another_rule(failure: Failure, facts: JobFacts) -> Verdict:
    return replace(classify(failure, facts), rule="edited", cause="Edited.", first_step="Edited.")


@given(histories)
@settings(max_examples=100, deadline=None)
def test_law_3_editing_a_rule_never_reopens(history):
    batch = a_batch(history)
    memory = a_memory(batch)
    more = a_batch([replace(a, id=f"{a.id}+") for a in history], now=WEDNESDAY + timedelta(hours=8))

    edited = reconcile(memory, more, judge=another_rule)

    assert not {ChangeKind.OPENED, ChangeKind.REOPENED, ChangeKind.CAUSE_CHANGED} & {
        change.kind
        for change in edited.changes
        if change.before is not None and change.before.state is State.OPEN and change.before.cause == change.after.cause
    }
    assert {i.key for i in edited.incidents} <= {a.subject.key for a in history}


def given_for(incident, **changes) -> Acknowledgement:
    ack = Acknowledgement(incident.key, "u1", "Jo", WEDNESDAY, incident.cause, incident.disposition)
    return replace(ack, **changes)


def test_law_4_acknowledged_is_quiet_while_the_facts_stay():
    incident = an_incident(NAS_GONE)
    again = replace(incident, failed_runs=2, last_failed_at=WEDNESDAY)

    assert holds(given_for(incident), again, now=WEDNESDAY)


@pytest.mark.parametrize(
    "changed",
    [
        {"failure": DISK_FULL},
        {"disposition": Disposition.ACT_NOW},
        {"state": State.RESOLVED},
        {"state": State.CLOSED},
    ],
    ids=["a new cause", "more urgent", "healed", "closed"],
)
def test_law_4_an_acknowledgement_ends_when_the_facts_change(changed):
    incident = an_incident(NAS_GONE)

    assert not holds(given_for(incident), replace(incident, **changed), now=WEDNESDAY)


def test_law_4_an_acknowledgement_ends_when_its_time_is_over():
    incident = an_incident(NAS_GONE)
    until = WEDNESDAY + timedelta(days=3)

    assert holds(given_for(incident, until=until), incident, now=until - timedelta(seconds=1))
    assert not holds(given_for(incident, until=until), incident, now=until)


@given(st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_law_5_a_code_no_rule_knows_is_loud(code, words):
    memory = a_memory(a_batch([an_activity(failure=Failure(code=f"zz{code}", text=f"qqqq {words}"))]))

    (incident,) = memory.incidents.values()

    if incident.verdict.rule == "unknown":
        assert incident.disposition is Disposition.ACT_NOW
    assert incident.state is State.OPEN


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", list(Event))
def test_every_state_answers_every_event(state, event):
    assert isinstance(TRANSITIONS[state, event], State)


def test_only_trouble_opens_and_only_success_resolves():
    into = {to: {event for (state, event), now in TRANSITIONS.items() if now is to and state is not to} for to in State}

    assert into == {State.OPEN: {Event.TROUBLE}, State.RESOLVED: {Event.SUCCESS}, State.CLOSED: {Event.END}}


def test_law_8_refreshes_are_no_clock():
    memory = a_memory(a_batch([an_activity("04 02:10", NAS_GONE)]))
    for hours in range(8, 80, 8):
        batch = a_batch([], now=WEDNESDAY + timedelta(hours=hours))
        memory = after(memory, reconcile(memory, batch), batch)

    (incident,) = memory.incidents.values()

    assert (incident.failed_runs, incident.disposition) == (1, Disposition.MONITOR)


def test_law_8_lasting_is_counted_in_failed_runs():
    nights = [an_activity(f"{day:02} 02:10", NAS_GONE) for day in (2, 3, 4)]

    (incident,) = a_memory(a_batch(nights)).incidents.values()

    assert (incident.failed_runs, incident.disposition) == (3, Disposition.ACT_NOW)


def test_law_8_three_failures_of_one_hour_are_not_three_nights():
    (incident,) = a_memory(
        a_batch([an_activity(f"04 02:{minute}", NAS_GONE) for minute in (10, 30, 50)])
    ).incidents.values()

    assert (incident.failed_runs, incident.disposition) == (3, Disposition.MONITOR)


@given(histories)
@settings(max_examples=150, deadline=None)
def test_law_9_only_a_success_of_the_same_subject_resolves(history):
    memory = a_memory(a_batch(history))

    for incident in memory.incidents.values():
        mine = sorted((a for a in history if a.subject == incident.subject), key=lambda a: a.order)
        healed = mine[-1].outcome is Outcome.SUCCEEDED
        assert (incident.state is State.RESOLVED) == healed
        assert (incident.state is State.OPEN) == (not healed)


def test_law_9_a_warning_after_a_failure_is_still_trouble():
    failed, warned = an_activity("03 02:10", DISK_FULL), an_activity("04 02:10", STRANGE, outcome=Outcome.WARNED)

    (incident,) = a_memory(a_batch([failed, warned])).incidents.values()

    assert (incident.state, incident.outcome, incident.failed_runs) == (State.OPEN, Outcome.WARNED, 1)


@pytest.mark.parametrize("reason", list(EndReason))
def test_law_9_what_the_vendor_ends_closes_and_says_why(reason):
    memory = a_memory(a_batch([an_activity("04 02:10", DISK_FULL)]))
    ended = Ended("c-Acme", reason, at=WEDNESDAY)

    closed = reconcile(memory, a_batch(now=WEDNESDAY + timedelta(hours=8), ended=[ended]))

    (change,) = closed.changes
    assert (change.kind, change.after.state, change.after.close_reason) == (ChangeKind.CLOSED, State.CLOSED, reason)
