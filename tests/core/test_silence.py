"""A start that was due and that nothing answered (S9): ignored once, watched, then acted on."""

from datetime import time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core.activity import Ended, EndReason, Outcome, Schedule
from bot.core.incident import ChangeKind, State
from bot.core.memory import Memory
from bot.core.reconcile import reconcile
from bot.core.silence import NO_START
from classifier.facts import JobFacts, Rhythm, Trigger
from classifier.failure import Failure
from classifier.verdict import Disposition
from tests.builders import DISK_FULL, NIGHTLY, WEEKLY, a_batch, a_memory, a_protection, after, an_activity, at

LISTED = (a_protection(),)
WEEKDAYS = Schedule(Rhythm.WEEKLY, (time(2),), weekdays=(0, 1, 2, 3, 4))
WELL = a_batch([an_activity("03 02:10")], now=at("03 06:45"), protections=LISTED)
MISSED = Failure(code="BackupDidNotStart", alert="BackupDidNotStart")
WATCH, ACT = (ChangeKind.OPENED, Disposition.MONITOR), (ChangeKind.ESCALATED, Disposition.ACT_NOW)


def read(memory, *batches):
    """Read these one after the other; give the memory and each change with how urgent it left things."""
    told = []
    for batch in batches:
        changed = reconcile(memory, batch)
        told += [(change.kind, change.after.disposition) for change in changed.changes]
        memory = after(memory, changed, batch)
    return memory, told


def quiet(*whens, listed=LISTED, **more):
    return [a_batch([], now=at(when), protections=listed, **more) for when in whens]


def incident_of(memory: Memory):
    (incident,) = memory.incidents.values()
    return incident


def test_after_one_ignored_reading_it_is_watched_and_then_acted_on():
    memory, told = read(a_memory(WELL), *quiet("04 06:45", "04 14:45", "04 22:45"))

    assert told == [WATCH, ACT]
    incident = incident_of(memory)
    assert (incident.outcome, incident.failure, incident.failed_runs) == (Outcome.MISSED, NO_START, 0)
    assert (incident.first_failed_at, incident.last_good_at) == (at("04 02:00"), at("03 02:10"))
    assert incident.verdict.brief == "backup did not start"


def test_what_has_only_just_begun_is_given_an_hour_and_the_vendors_random_delay():
    late = replace(NIGHTLY, delay=timedelta(hours=4))
    listed = (a_protection(schedule=late),)
    memory = a_memory(replace(WELL, protections=listed))

    _, told = read(memory, *quiet("04 06:45", "04 14:45", listed=listed))
    _, later = read(memory, *quiet("04 06:45", "04 14:45", "04 22:45", listed=listed))

    assert (told, later) == ([], [WATCH])


@pytest.mark.parametrize("how", [{"scheduled": False}, {"unread": ["Acme"]}], ids=["asked for", "client not read"])
def test_a_reading_that_somebody_asked_for_or_that_missed_the_client_uses_up_no_grace(how):
    whens = [f"{day:02} {hour}" for day in range(4, 9) for hour in ("06:45", "14:45")]

    memory, told = read(a_memory(WELL), *quiet(*whens, **how))

    assert told == []
    assert [standing.silence for standing in memory.standings.values()] == [None]


def test_the_same_reading_twice_counts_once():
    memory, _ = read(a_memory(WELL), *quiet("04 06:45", "04 14:45"))

    again = reconcile(memory, *quiet("04 14:45"))

    assert (again.changes, again.standings, again.incidents) == ((), (), ())


@pytest.mark.parametrize(
    ("run", "kind"),
    [
        (an_activity("04 15:30"), ChangeKind.RECOVERED),
        (an_activity("04 15:30", DISK_FULL), ChangeKind.CAUSE_CHANGED),
    ],
    ids=["well", "badly"],
)
def test_a_run_that_ends_says_how(run, kind):
    memory, _ = read(a_memory(WELL), *quiet("04 06:45", "04 14:45"))

    memory, told = read(memory, a_batch([run], now=at("04 22:45"), protections=LISTED))

    assert [each for each, _ in told] == [kind]
    assert [standing.silence for standing in memory.standings.values()] == [None]


def test_a_run_that_begins_late_gets_the_grace_of_a_running_job():
    memory, _ = read(a_memory(WELL), *quiet("04 06:45", "04 14:45", "04 22:45"))
    begun = an_activity("05 06:00", outcome=Outcome.RUNNING, facts=JobFacts(bytes_processed=5))

    memory, told = read(memory, a_batch([begun], now=at("05 06:45"), protections=LISTED))

    incident = incident_of(memory)
    assert told == [(ChangeKind.PERSISTS, Disposition.IGNORE)]
    assert (incident.state, incident.outcome, incident.first_failed_at) == (State.OPEN, Outcome.RUNNING, at("05 06:00"))


def test_absence_ends_nothing_but_the_vendors_word_does():
    memory, _ = read(a_memory(WELL), *quiet("04 06:45", "04 14:45"))
    gone = Ended("c-Acme", EndReason.PLAN_REVOKED, at("04 20:00"), "w-SRV1", "p-Nightly")

    unlisted, nothing = read(memory, *quiet("04 22:45", "05 06:45", listed=()))
    _, told = read(memory, a_batch([], now=at("04 22:45"), ended=[gone], protections=()))

    assert nothing == []
    assert incident_of(unlisted).state is State.OPEN
    assert [kind for kind, _ in told] == [ChangeKind.CLOSED]


@pytest.mark.parametrize("plan", ["Nightly", ""], ids=["of the plan", "that names no plan"])
def test_an_alert_about_the_same_start_does_not_double_it(plan):
    alert = an_activity("04 02:30", MISSED, outcome=Outcome.MISSED, plan=plan)
    alert = replace(alert, subject=a_protection(plan=plan).subject)
    told_at_once = a_batch([alert], now=at("04 06:45"), protections=LISTED)

    memory, _ = read(a_memory(WELL), told_at_once, *quiet("04 14:45", "04 22:45"))

    assert [i.failure for i in memory.incidents.values()] == [MISSED]


def test_an_alert_that_comes_later_joins_the_same_incident():
    memory, _ = read(a_memory(WELL), *quiet("04 06:45", "04 14:45"))
    alert = an_activity("04 16:00", MISSED, outcome=Outcome.MISSED)

    memory, _ = read(memory, a_batch([alert], now=at("04 22:45"), protections=LISTED))

    assert (incident_of(memory).number, incident_of(memory).failed_runs) == (1, 1)


def test_trouble_that_is_said_already_only_becomes_urgent():
    failed = a_batch(
        [an_activity("03 02:10", Failure(code="OperationCanceledByUser"))], now=at("03 06:45"), protections=LISTED
    )

    memory, told = read(a_memory(failed), *quiet("04 06:45", "04 14:45", "04 22:45"))

    assert told == [ACT]
    assert incident_of(memory).failure.code == "OperationCanceledByUser"


@pytest.mark.parametrize(
    "listed",
    [
        a_protection(enabled=False),
        a_protection(schedule=Schedule(Rhythm.BY_EVENT)),
        a_protection(schedule=None),
        a_protection(schedule=Schedule(Rhythm.WEEKLY, (time(2),), weekdays=(6,))),
    ],
    ids=["switched off", "by event", "not known", "on Sundays"],
)
def test_a_plan_that_was_not_due_is_not_missed(listed):
    memory = a_memory(a_batch([an_activity("03 02:10")], now=at("03 06:45"), protections=[listed]))

    _, told = read(memory, *quiet("04 06:45", "04 14:45", "04 22:45", "05 06:45", listed=[listed]))

    assert told == []


def test_a_start_before_the_plan_was_first_seen_or_changed_is_not_missed():
    fresh = (a_protection(), a_protection("NEW"))
    evening = (a_protection(schedule=Schedule(Rhythm.DAILY, (time(5),))),)

    _, added = read(
        a_memory(WELL),
        a_batch([an_activity("04 02:10")], protections=fresh),
        *quiet("04 14:45", "04 22:45", listed=fresh),
    )
    _, moved = read(
        a_memory(WELL),
        a_batch([an_activity("04 02:10")], protections=evening),
        *quiet("04 14:45", "04 22:45", listed=evening),
    )

    assert (added, moved) == ([], [])


def test_a_run_by_a_clock_some_hours_ahead_answers():
    memory = a_memory(a_batch([an_activity("02 21:10")], now=at("03 06:45"), protections=LISTED))
    night = a_batch([an_activity("03 21:10")], now=at("04 06:45"), protections=LISTED)

    _, told = read(memory, night, *quiet("04 14:45"))

    assert told == []


@given(st.integers(-12, 12), st.sampled_from((NIGHTLY, WEEKDAYS, WEEKLY)), st.integers(0, 23))
@example(-3, NIGHTLY, 7)  # it began just before we watched, and is read twice before the next night
@settings(max_examples=80, deadline=None)
def test_a_machine_in_another_time_zone_is_never_said_to_have_missed_its_start(hours, schedule, read_at):
    listed = (a_protection(schedule=schedule),)
    memory, told = a_memory(a_batch([], now=at("02 00:00"), protections=listed)), []
    apart = timedelta(hours=hours)
    nights = [an_activity(f"{day:02} 02:10") for day in range(2, 28)]
    runs = [
        replace(run, started_at=run.started_at + apart, finished_at=run.started_at + apart + timedelta(minutes=10))
        for run in nights
        if not schedule.weekdays or run.started_at.weekday() in schedule.weekdays
    ]
    since = at("02 00:00")
    for now in (at("02 00:00") + timedelta(hours=read_at + 8 * n) for n in range(1, 72)):
        new = [run for run in runs if since < run.finished_at <= now]
        memory, more = read(memory, a_batch(new, now=now, since=since, protections=listed))
        told, since = told + more, now

    assert told == []


def test_a_start_of_a_machine_whose_clock_we_do_not_know_has_half_a_day_more():
    memory = a_memory(a_batch([], now=at("03 06:45"), protections=LISTED))

    _, told = read(memory, *quiet("04 06:45", "04 14:45", "04 22:45"))
    _, later = read(memory, *quiet("04 06:45", "04 14:45", "04 22:45", "05 06:45"))

    assert (told, later) == ([], [WATCH])


def test_a_machine_whose_last_run_began_five_hours_later_is_due_five_hours_later():
    known = a_memory(WELL, a_batch([an_activity("04 07:10")], now=at("04 14:45"), protections=LISTED))

    _, told = read(known, *quiet("05 06:45", "05 14:45"))
    _, later = read(known, *quiet("05 06:45", "05 14:45", "05 22:45"))

    assert (told, later) == ([], [WATCH])


def test_a_run_started_by_hand_says_nothing_of_the_machines_clock():
    by_hand = an_activity("03 13:10", facts=JobFacts(trigger=Trigger.MANUAL))
    memory = a_memory(WELL, a_batch([by_hand], now=at("03 14:45"), protections=LISTED))

    (standing,) = memory.standings.values()

    assert standing.begun_at == at("03 02:00")


def test_what_had_long_been_silent_when_we_first_looked_is_baseline_and_no_news():
    first = a_batch([an_activity("2026-02-20T02:10:00")], protections=LISTED)

    changed = reconcile(Memory(), first)

    (change,) = changed.changes
    assert (change.after.baseline, change.after.disposition, change.after.failure) == (
        True,
        Disposition.ACT_NOW,
        NO_START,
    )


def regular(nights: int):
    return [an_activity(f"2026-02-{1 + night:02}T02:10:00") for night in range(nights)]


def test_without_a_schedule_its_own_regular_past_says_when_it_was_due():
    memory = a_memory(a_batch(regular(20), now=at("2026-02-20T06:45:00")))
    later = [a_batch([], now=at(f"2026-02-21T{hour}:00")) for hour in ("06:45", "14:45", "22:45")]

    _, told = read(memory, *later)

    assert told == [WATCH]


def test_a_past_that_a_complete_list_does_not_know_is_not_expected():
    memory = a_memory(a_batch(regular(20), now=at("2026-02-20T06:45:00"), protections=()))
    later = [a_batch([], now=at(f"2026-02-{day}T06:45:00"), protections=()) for day in range(21, 28)]

    _, told = read(memory, *later)

    assert told == []


@given(st.lists(st.booleans(), min_size=3, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_it_never_speaks_before_one_whole_reading_was_ignored(nights_well, random):
    """Nights go well or do not begin; after each there are three readings, some of them not of this client."""
    memory, silent_since, reads = a_memory(WELL), None, 0
    for n, well in enumerate(nights_well):
        day = 4 + n
        for hour in ("06:45", "14:45", "22:45"):
            now, seen = at(f"{day:02} {hour}"), random.random() < 0.7
            runs = [an_activity(f"{day:02} 02:10")] if well and seen else []
            batch = a_batch(runs, now=now, protections=LISTED if seen else (), unread=[] if seen else ["Acme"])
            memory = after(memory, reconcile(memory, batch), batch)
            if seen:
                silent_since = None if well else silent_since or now
                reads = 0 if well or silent_since == now else reads + 1
            open_now = [i for i in memory.incidents.values() if i.state is State.OPEN]
            assert bool(open_now) == (silent_since is not None and reads >= 1)


def test_the_grace_is_of_scheduled_readings_alone():
    memory, told = read(a_memory(WELL), *quiet("04 06:45"), *quiet("04 10:00", "04 11:00", scheduled=False))

    assert told == []
    assert [standing.silence.reads for standing in memory.standings.values()] == [0]
