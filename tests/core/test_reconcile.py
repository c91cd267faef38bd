"""What one reading does: opens, persists, escalates, heals, reopens, waits."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.core.activity import Day, Ended, EndReason, Outcome, Reading, Running
from bot.core.incident import ChangeKind, State
from bot.core.policy import Policy
from bot.core.reconcile import NO_RESULT, reconcile
from classifier import classify
from classifier.facts import JobFacts
from classifier.verdict import Disposition, Patience
from tests.builders import (
    DISK_FULL,
    NAS_GONE,
    STRANGE,
    WEDNESDAY,
    a_batch,
    a_memory,
    after,
    an_activity,
    at,
)

LATER = WEDNESDAY + timedelta(hours=8)
KNOWN = a_batch([an_activity("03 02:10")], now=at("03 06:45"))  # Acme was read before, and was well


def changes(memory, batch):
    return [(change.kind, change.after.subject.workload.name) for change in reconcile(memory, batch).changes]


def test_a_failure_opens_an_incident_with_the_next_number():
    memory = replace(a_memory(KNOWN), last_number=41)

    (change,) = reconcile(memory, a_batch([an_activity("04 02:10", DISK_FULL)])).changes

    assert (change.kind, change.after.number, change.after.failed_runs) == (ChangeKind.OPENED, 42, 1)
    assert change.after.last_good_at == at("03 02:10")
    assert not change.after.baseline


def test_numbers_are_given_by_age_whatever_the_order_of_the_batch():
    batch = a_batch(
        [an_activity("04 03:00", DISK_FULL, workload="B"), an_activity("04 02:00", DISK_FULL, workload="A")]
    )

    numbers = {i.subject.workload.name: i.number for i in reconcile(a_memory(KNOWN), batch).incidents}

    assert numbers == {"A": 1, "B": 2}


def test_what_already_failed_at_the_first_reading_is_baseline():
    read = reconcile(a_memory(), a_batch([an_activity("04 02:10", DISK_FULL)]))

    assert [change.after.baseline for change in read.changes] == [True]
    assert read.baseline == ("c-Acme",)


def test_what_came_went_and_came_back_before_the_first_reading_is_baseline_too():
    nights = [an_activity("02 02:00", DISK_FULL), an_activity("03 02:00"), an_activity("04 02:00", DISK_FULL)]

    (incident,) = reconcile(a_memory(), a_batch(nights)).incidents

    assert (incident.reopened, incident.baseline) == (1, True)


def test_a_client_read_for_the_first_time_is_baseline_though_others_are_known():
    read = reconcile(
        a_memory(KNOWN),
        a_batch([an_activity("04 02:10", DISK_FULL), an_activity("04 02:20", DISK_FULL, client="Fenn")]),
    )

    assert {c.after.subject.client.name: c.after.baseline for c in read.changes} == {"Acme": False, "Fenn": True}


def test_the_next_failed_night_persists_and_counts():
    memory = a_memory(KNOWN, a_batch([an_activity("04 02:10", NAS_GONE)]))

    (change,) = reconcile(memory, a_batch([an_activity("05 02:10", NAS_GONE)], now=at("05 06:45"))).changes

    assert (change.kind, change.after.failed_runs) == (ChangeKind.PERSISTS, 2)
    assert change.after.first_failed_at == at("04 02:10")


def test_the_third_failed_night_of_a_watched_one_escalates():
    memory = a_memory(KNOWN, a_batch([an_activity("04 02:10", NAS_GONE), an_activity("05 02:10", NAS_GONE)]))

    (change,) = reconcile(memory, a_batch([an_activity("06 02:10", NAS_GONE)], now=at("06 06:45"))).changes

    assert (change.kind, change.after.disposition) == (ChangeKind.ESCALATED, Disposition.ACT_NOW)
    assert change.after.is_escalated


def test_another_code_is_a_changed_cause_in_the_same_incident():
    memory = a_memory(KNOWN, a_batch([an_activity("04 02:10", NAS_GONE)]))

    (change,) = reconcile(memory, a_batch([an_activity("05 02:10", DISK_FULL)], now=at("05 06:45"))).changes

    assert (change.kind, change.after.number) == (ChangeKind.CAUSE_CHANGED, change.before.number)


def test_a_good_backup_resolves():
    memory = a_memory(KNOWN, a_batch([an_activity("04 02:10", DISK_FULL)]))

    (change,) = reconcile(memory, a_batch([an_activity("04 09:00")], now=LATER)).changes

    assert (change.kind, change.after.state) == (ChangeKind.RECOVERED, State.RESOLVED)
    assert change.after.ended_at == at("04 09:00")


def test_trouble_that_healed_inside_one_reading_is_no_news_but_remembered():
    memory = a_memory(KNOWN)

    read = reconcile(memory, a_batch([an_activity("04 02:10", DISK_FULL), an_activity("04 03:10")]))

    assert read.changes == ()
    assert [incident.state for incident in read.incidents] == [State.RESOLVED]


@pytest.mark.parametrize(
    ("days", "kind", "number"), [(1, ChangeKind.REOPENED, 1), (9, ChangeKind.OPENED, 2)], ids=["soon", "much later"]
)
def test_trouble_that_returns_soon_is_the_same_incident(days, kind, number):
    memory = a_memory(KNOWN, a_batch([an_activity("04 02:10", DISK_FULL), an_activity("04 03:10")]))
    again = an_activity(f"{4 + days:02} 02:10", DISK_FULL)

    (change,) = reconcile(memory, a_batch([again], now=at(f"{4 + days:02} 06:45"))).changes

    assert (change.kind, change.after.number, change.after.failed_runs) == (kind, number, 1)


def test_a_run_older_than_the_newest_judged_changes_no_incident():
    memory = a_memory(KNOWN, a_batch([an_activity("04 05:00")]))

    assert changes(memory, a_batch([an_activity("04 02:10", DISK_FULL)], now=LATER)) == []


def test_a_success_told_late_still_counts_as_the_last_good_backup():
    memory = a_memory(a_batch([an_activity("04 05:00", DISK_FULL)]))

    late = reconcile(memory, a_batch([an_activity("04 02:10")], now=LATER))

    assert [standing.last_good_at for standing in late.standings] == [at("04 02:10")]
    assert [(change.kind, change.after.last_good_at) for change in late.changes] == [
        (ChangeKind.PERSISTS, at("04 02:10"))
    ]


def test_a_success_told_late_that_lies_inside_the_trouble_shortens_it():
    memory = a_memory(a_batch([an_activity(f"{day:02} 02:10", NAS_GONE) for day in (2, 3, 4)]))

    late = reconcile(memory, a_batch([an_activity("03 14:00")], now=LATER))

    (incident,) = late.incidents
    assert (incident.first_failed_at, incident.failed_runs) == (at("04 02:10"), 1)
    assert incident.last_good_at == at("03 14:00")


def test_a_run_from_before_the_end_told_after_it_brings_nothing_back():
    ended = Ended("c-Acme", EndReason.PLAN_REVOKED, at=at("04 03:00"))
    memory = a_memory(KNOWN, a_batch([], ended=[ended]))

    late = reconcile(memory, a_batch([an_activity("04 02:10", DISK_FULL)], now=LATER))

    assert late.changes == ()
    assert late.standings == ()


def test_a_client_whose_mark_is_unknown_is_still_read_for_the_first_time():
    batch = a_batch([an_activity("04 02:10", DISK_FULL)])
    partly = replace(batch.coverage.clients[0], reading=Reading.PARTIAL, until=None)
    batch = replace(batch, coverage=replace(batch.coverage, clients=(partly,)))

    assert [change.after.baseline for change in reconcile(a_memory(), batch).changes] == [True]


def test_a_warned_run_left_a_backup_but_no_clean_one():
    read = reconcile(a_memory(KNOWN), a_batch([an_activity("04 02:10", STRANGE, outcome=Outcome.WARNED)]))

    (standing,) = read.standings
    assert (standing.last_backup_at, standing.last_good_at) == (at("04 02:10"), at("03 02:10"))


def test_a_day_keeps_its_worst_outcome_and_its_number_of_runs():
    batch = a_batch([an_activity("04 01:00"), an_activity("04 02:00", DISK_FULL), an_activity("04 03:00")])

    (standing,) = reconcile(a_memory(), batch).standings

    assert standing.days == (Day(at("04 00:00").date(), Outcome.FAILED, 3),)


def test_history_forgets_after_sixty_days():
    early, late = an_activity("2026-01-01T02:00:00"), an_activity("2026-03-04T02:00:00")

    (standing,) = reconcile(a_memory(), a_batch([early, late])).standings

    assert [day.on.isoformat() for day in standing.days] == ["2026-03-04"]


def test_a_plan_revoked_closes_only_its_own_incident():
    memory = a_memory(
        a_batch([an_activity("04 02:10", DISK_FULL, plan="A"), an_activity("04 02:20", DISK_FULL, plan="B")])
    )
    ended = Ended("c-Acme", EndReason.PLAN_REVOKED, at=WEDNESDAY, workload_id="w-SRV1", plan_id="p-A")

    read = reconcile(memory, a_batch([], now=LATER, ended=[ended]))

    assert [(c.kind, c.after.subject.plan.name) for c in read.changes] == [(ChangeKind.CLOSED, "A")]


def test_a_run_after_the_end_says_that_it_came_back():
    memory = a_memory(a_batch([an_activity("04 02:10", DISK_FULL)]))
    ended = Ended("c-Acme", EndReason.PLAN_REVOKED, at=at("04 03:00"))

    read = reconcile(memory, a_batch([an_activity("04 09:00", DISK_FULL)], now=LATER, ended=[ended]))

    assert [change.kind for change in read.changes] == [ChangeKind.PERSISTS]


# --- no activity (S9) ------------------------------------------------------------------------------------------


def running(bytes_done=None, when="04 02:00"):
    return an_activity(when, outcome=Outcome.RUNNING, id="job", facts=JobFacts(bytes_processed=bytes_done))


def test_a_job_without_a_result_is_seen_and_left_alone():
    memory = a_memory(KNOWN)

    read = reconcile(memory, a_batch([running(5)]))

    assert read.changes == ()
    assert read.standings[0].running == Running("job", at("04 02:00"), WEDNESDAY, bytes_done=5)


def waits(memory, refreshes, *, scheduled=True, unread=()):
    """Go through that many later readings in which nothing of the job was updated."""
    kinds = []
    for number in range(1, refreshes + 1):
        batch = a_batch([], now=WEDNESDAY + number * timedelta(hours=8), scheduled=scheduled, unread=unread)
        read = reconcile(memory, batch)
        kinds += [(change.kind, change.after.disposition) for change in read.changes]
        memory = after(memory, read, batch)
    return memory, kinds


def test_after_one_ignored_refresh_it_is_watched_and_then_acted_on():
    _, kinds = waits(a_memory(KNOWN, a_batch([running(5)])), 2)

    assert kinds == [(ChangeKind.OPENED, Disposition.MONITOR), (ChangeKind.ESCALATED, Disposition.ACT_NOW)]


@pytest.mark.parametrize("reading", [{"scheduled": False}, {"unread": ["Acme"]}], ids=["asked for", "client not read"])
def test_a_refresh_somebody_asked_for_or_that_missed_the_client_uses_up_no_grace(reading):
    memory, kinds = waits(a_memory(KNOWN, a_batch([running(5)])), 5, **reading)

    assert kinds == []
    assert [standing.running.reads for standing in memory.standings.values()] == [0]


def test_grace_lasts_while_the_bytes_advance():
    memory = a_memory(KNOWN, a_batch([running(5)]))
    for number in range(1, 6):
        batch = a_batch([running(5 + number)], now=WEDNESDAY + number * timedelta(hours=8))
        read = reconcile(memory, batch)
        assert read.changes == ()
        memory = after(memory, read, batch)

    assert [standing.running.moving for standing in memory.standings.values()] == [True]


def test_the_same_reading_twice_uses_up_grace_once():
    memory = a_memory(KNOWN, a_batch([running(5)]))
    batch = a_batch([], now=LATER)
    once = after(memory, reconcile(memory, batch), batch)

    assert reconcile(once, batch).standings == ()


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (an_activity("05 09:00", id="job"), ChangeKind.RECOVERED),
        (an_activity("05 09:00", DISK_FULL, id="job"), ChangeKind.CAUSE_CHANGED),
    ],
    ids=["well", "badly"],
)
def test_a_job_that_concludes_at_last_says_how(end, kind):
    memory, _ = waits(a_memory(KNOWN, a_batch([running(5)])), 1)

    read = reconcile(memory, a_batch([end], now=at("05 14:45")))

    assert [change.kind for change in read.changes] == [kind]
    assert read.standings[0].running is None


def test_a_stuck_job_does_not_hide_the_failure_before_it():
    memory = a_memory(KNOWN, a_batch([an_activity("04 01:00", DISK_FULL), running(5)]))

    memory, _ = waits(memory, 3)

    assert [i.failure for i in memory.incidents.values()] == [DISK_FULL]


def test_a_stuck_job_makes_a_quieter_trouble_urgent():
    memory = a_memory(KNOWN, a_batch([an_activity("04 01:00", NAS_GONE), running(5)]))

    _, kinds = waits(memory, 2)

    assert kinds == [(ChangeKind.ESCALATED, Disposition.ACT_NOW)]


def test_a_job_that_moves_again_gets_its_grace_anew():
    memory, _ = waits(a_memory(KNOWN, a_batch([running(5)])), 2)
    batch = a_batch([running(500)], now=WEDNESDAY + timedelta(hours=24))

    read = reconcile(memory, batch)

    assert [(i.disposition, i.state) for i in read.incidents] == [(Disposition.IGNORE, State.OPEN)]
    assert read.standings[0].running.reads == 0


def test_the_reading_somebody_asked_for_does_not_start_the_grace():
    asked = a_batch([running(5)], scheduled=False)
    memory = a_memory(KNOWN, asked)

    _, kinds = waits(memory, 1)

    assert kinds == []


def test_a_job_without_a_result_says_so_by_the_source_documents_name():
    memory, _ = waits(a_memory(KNOWN, a_batch([running(5)])), 1)

    (incident,) = memory.incidents.values()

    assert (incident.failure, incident.outcome, incident.failed_runs) == (NO_RESULT, Outcome.RUNNING, 0)
    assert incident.first_failed_at == at("04 02:00")


def test_a_changed_rule_shows_at_the_next_reading_though_nothing_ran():
    memory = a_memory(KNOWN, a_batch([an_activity("04 02:10", NAS_GONE)]))
    quiet = a_batch([], now=LATER)

    read = reconcile(memory, quiet, judge=_urgently)

    assert [(i.disposition, i.verdict.rule) for i in read.incidents] == [(Disposition.ACT_NOW, "ours")]
    assert [change.kind for change in read.changes] == [ChangeKind.ESCALATED]
    assert reconcile(after(memory, read, quiet), a_batch([], now=LATER), judge=_urgently).incidents == ()


def test_a_rule_that_calms_is_no_news():
    memory = a_memory(KNOWN, a_batch([an_activity("04 02:10", DISK_FULL)]))

    read = reconcile(memory, a_batch([], now=LATER), judge=_calmly)

    assert [i.disposition for i in read.incidents] == [Disposition.MONITOR]
    assert read.changes == ()


def _urgently(failure, facts):
    return replace(classify(failure, facts), rule="ours", disposition=Disposition.ACT_NOW)


def _calmly(failure, facts):
    return replace(classify(failure, facts), rule="ours", disposition=Disposition.MONITOR, patience=Patience(3))


def test_a_changed_rule_shows_though_the_same_run_is_read_again():
    again = a_batch([an_activity("04 02:10", NAS_GONE)], now=LATER)

    read = reconcile(a_memory(KNOWN, a_batch([an_activity("04 02:10", NAS_GONE)])), again, judge=_urgently)

    assert [i.verdict.rule for i in read.incidents] == ["ours"]


def test_a_changed_word_calms_nothing_that_was_raised_for_another_reason():
    memory = a_memory(KNOWN, a_batch([an_activity("04 02:10", NAS_GONE)]))
    (key, known) = next(iter(memory.incidents.items()))
    raised = replace(memory, incidents={key: replace(known, disposition=Disposition.ACT_NOW)})

    (after_it,) = reconcile(raised, a_batch([], now=LATER), judge=_in_other_words).incidents

    assert (after_it.verdict.note, after_it.disposition) == ("Ours.", Disposition.ACT_NOW)


def test_a_shorter_patience_of_the_operator_shows_at_once():
    nights = [an_activity("04 02:10", NAS_GONE), an_activity("05 02:10", NAS_GONE)]
    memory = a_memory(KNOWN, a_batch(nights, now=at("05 06:45")))
    impatient = Policy(patience={Disposition.MONITOR: 2})

    (incident,) = reconcile(memory, a_batch([], now=at("05 14:45")), policy=impatient).incidents

    assert incident.disposition is Disposition.ACT_NOW


def _in_other_words(failure, facts):
    return replace(classify(failure, facts), note="Ours.")
