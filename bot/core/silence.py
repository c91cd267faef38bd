"""A start that was due and that nothing answered. It gets the grace of a job without a result, then it speaks.

What answers a start: a run, or an alert about one, from half a rhythm before it on. Half a rhythm,
because a machine may live by another clock than ours, and a backup of this noon is one for tonight.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from msgspec.structs import replace

from bot.core.activity import Outcome, Schedule, Silence, Standing
from bot.core.schedule import interval, last_due, learnt, may_take
from classifier.failure import Failure
from classifier.verdict import Verdict

NO_START = Failure(code="No activity", text="No run has begun since it was due.")
SETTLING = timedelta(hours=1)  # what begins now is told to us a little later
OTHER_CLOCK_MOST = timedelta(hours=12)  # time zones lie no further apart
READS_OF_OLD = 2  # what two starts had not answered when we first looked is no news: it needs no grace either

Due = Callable[[Schedule, datetime, tzinfo], datetime | None]


def as_no_start(verdict: Verdict) -> Verdict:
    """Say of a start that nothing answered what the rule says of a job that does not end."""
    return replace(
        verdict,
        brief="backup did not start",
        cause="A backup was due, and no run of it has begun since; Acronis gave no reason.",
        first_step="Check that the machine is on and its agent online, then start the backup by hand.",
    )


def silence_of(
    standing: Standing,
    *,
    until: datetime,
    zone: tzinfo,
    is_listed: bool,
    is_first_reading: bool,
    alerted_at: datetime | None = None,
    due_of: Due = last_due,
) -> Silence | None:
    """Work out, after a complete scheduled reading of its client, what of a backup is due and did not begin.

    Args:
        until: how far the client was read.
        zone: the clock of its schedule.
        is_listed: its client's workloads were all listed, so that what is missing there is not expected.
        is_first_reading: nothing of its client was read before.
        alerted_at: the newest alert that may mean this backup, though it names no plan or no workload.
    Returns:
        None when nothing is due, or it was answered. The same one when this window was looked at before.
    """
    schedule = _schedule(standing, until, is_listed=is_listed)
    if schedule is None:
        return None
    clock = zone if standing.protection is not None and standing.protection.schedule is not None else UTC
    due = due_of(schedule, until - may_take(schedule) - SETTLING, clock)
    known, seen_at = standing.silence, standing.seen_at
    if alerted_at is not None and (seen_at is None or seen_at < alerted_at):
        seen_at = alerted_at
    if known is None and (due is None or (seen_at is not None and seen_at >= due)):
        return None
    margin = min((interval(schedule) or timedelta()) / 2, OTHER_CLOCK_MOST)
    answered = seen_at + margin if seen_at is not None else None
    is_same_plan = known is not None and not _is_watched_since(standing, after=known.looked_at)
    if known is not None and is_same_plan and (answered is None or answered < known.due_at):
        return replace(known, looked_at=until, reads=known.reads + 1) if known.looked_at < until else known
    if due is None or (answered is not None and answered >= due):
        return None
    if is_first_reading:
        before = due_of(schedule, due - timedelta(seconds=1), clock)
        is_old = answered is not None and before is not None and answered < before
        return Silence(due, until, READS_OF_OLD) if is_old else None
    return None if _is_watched_since(standing, after=due) else Silence(due, until)


def _schedule(standing: Standing, until: datetime, *, is_listed: bool) -> Schedule | None:
    """Give what says when it should run: its plan as listed now, else its own past."""
    if standing.ended is not None or standing.missing_since is not None or standing.running is not None:
        return None
    known = standing.protection
    if known is not None and not (known.enabled and known.is_protected):
        return None
    if known is not None and known.schedule is not None:
        return known.schedule
    if (known is None and is_listed) or standing.judged is None:
        return None
    if until - standing.judged[0] < OTHER_CLOCK_MOST:  # nothing it learns could be due yet
        return None
    return learnt(standing.days, standing.judged[0])


def _is_watched_since(standing: Standing, *, after: datetime) -> bool:
    """Tell whether it was first listed, or got the schedule it has, after a moment: what was due then is none of it."""
    return standing.watched_since is not None and standing.watched_since > after


def alerts_at(standings: Iterable[Standing]) -> Mapping[tuple[str, str, str], datetime]:
    """Give the newest missed run told of a workload without its plan, or of a plan without a workload."""
    found: dict[tuple[str, str, str], datetime] = {}
    for standing in standings:
        subject = standing.subject
        nameless = not subject.plan.id or not subject.workload.id
        if nameless and standing.last_outcome is Outcome.MISSED and standing.judged is not None:
            found[subject.client.id, subject.workload.id, subject.plan.id] = standing.judged[0]
    return found


def alert_for(standing: Standing, alerts: Mapping[tuple[str, str, str], datetime]) -> datetime | None:
    subject = standing.subject
    keys = ((subject.client.id, subject.workload.id, ""), (subject.client.id, "", subject.plan.id))
    return max((alerts[key] for key in keys if key in alerts), default=None)
