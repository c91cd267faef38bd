"""A start that was due and that nothing answered. It gets the grace of a job without a result, then it speaks.

What answers a start: a run, or an alert about one, from half a rhythm before it on. Half a rhythm,
because a backup of this noon is one for tonight.

A plan starts by the machine's own clock, and nobody tells us which that is. Its last run does: one that
began when the plan says, by our clock, lives by ours; one that began five hours later is due five hours
later. Until such a run was seen, a start is overdue only when it is so by every clock there may be.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from msgspec.structs import replace

from bot.core.activity import Outcome, Schedule, Silence, Standing
from bot.core.schedule import DAY, interval, last_due, learnt, may_take, next_due, pauses
from classifier.failure import Failure
from classifier.verdict import Verdict

NO_START = Failure(code="No activity", text="No run has begun since it was due.")
SETTLING = timedelta(hours=1)  # what begins now is told to us a little later
HALF_A_DAY = timedelta(hours=12)
FURTHEST_CLOCK = timedelta(hours=26)  # from UTC+14 to UTC-12
SAME_CLOCK = timedelta()
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
        zone: our clock, by which its schedule is read.
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
    later, earlier = _other_clock(standing, schedule, clock)
    if later and known is None:
        due = due_of(schedule, until - may_take(schedule) - SETTLING - later, clock)
    margin = max(min((interval(schedule) or timedelta()) / 2, HALF_A_DAY), earlier)
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
    # By a clock ahead of ours it was due before, perhaps before we watched: then the next one tells.
    return None if _is_watched_since(standing, after=due - earlier) else Silence(due, until)


def _other_clock(standing: Standing, schedule: Schedule, clock: tzinfo) -> tuple[timedelta, timedelta]:
    """Say how much later, and how much earlier, than by our clock a plan may start its backup on this machine.

    A run that began late for another reason only makes us wait.
    """
    reach = _reach(schedule)
    apart = _apart(standing, schedule, clock)
    if apart is None:
        return reach, reach
    return min(max(apart, SAME_CLOCK), reach), min(max(-apart, SAME_CLOCK), reach)


def _reach(schedule: Schedule) -> timedelta:
    """Give the furthest that a start may be shifted by another clock before it is the next start's turn."""
    span = interval(schedule) or timedelta()
    if span > DAY:
        return min(span / 2, FURTHEST_CLOCK)
    return HALF_A_DAY if span == DAY or pauses(schedule) else span / 2


def _apart(standing: Standing, schedule: Schedule, clock: tzinfo) -> timedelta | None:
    """Learn from the last run that nobody started by hand how far the machine's clock is from ours; None: not known."""
    begun = standing.begun_at
    if begun is None:
        return None
    near = (last_due(schedule, begun, clock), next_due(schedule, begun, clock))
    apart = min((begun - due for due in near if due is not None), key=abs, default=None)
    if apart is None or SAME_CLOCK <= apart <= may_take(schedule) + SETTLING:
        return SAME_CLOCK
    return None if _is_watched_since(standing, after=begun) else apart  # it may have begun by an older schedule


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
    if until - standing.judged[0] < HALF_A_DAY:  # nothing it learns could be due yet
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
