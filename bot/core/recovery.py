"""How old a workload's last good backup may become, and when it is too old. The best of its plans counts."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.core.activity import RecoveryPoint, Schedule, Standing
from bot.core.policy import Policy, RecoveryPoints
from bot.core.schedule import DAY, SPANS, interval, learnt, next_due, pauses
from classifier.facts import Kind, Rhythm

LATE = 1.5  # of the time between two starts: one run may fail, two may not
NO_PAUSE = timedelta()


def recovery_point(standings: Iterable[Standing], policy: Policy) -> RecoveryPoint | None:
    """Say how old the last good backup of one workload may become.

    Of several plans the one that runs most often decides. A client's own limit comes before one for
    the kind, and that before the rhythm's.

    Args:
        standings: the workload's, under all its plans. A backup made under a plan that is gone is still a
            backup; how often there should be one is said by those that are not.
    Returns:
        None when nobody asks, or nothing protects it.
    """
    if not policy.recovery.on:
        return None
    mine = list(standings)
    if len(mine) == 1:  # most workloads have one plan
        return _asked(mine[0], mine[0].last_good_at, policy) if mine[0].ended is None and _protects(mine[0]) else None
    good = max((each.last_good_at for each in mine if each.last_good_at is not None), default=None)
    watched = [each for each in mine if each.ended is None and _protects(each)]
    listed = [each for each in watched if each.missing_since is None]
    asked = [point for each in listed or watched if (point := _asked(each, good, policy)) is not None]
    return min(asked, key=_soonest, default=None)


def _soonest(point: RecoveryPoint) -> tuple[float, timedelta]:
    return (point.over_at.timestamp() if point.over_at is not None else 0.0, point.limit)


def _protects(standing: Standing) -> bool:
    known = standing.protection
    return known is None or (known.enabled and known.is_protected)


def _asked(standing: Standing, good: datetime | None, policy: Policy) -> RecoveryPoint | None:
    points = policy.recovery
    own = _own_limits(standing, points) if points.by_client or points.by_kind else []
    if own:
        limit, pause = own[0], NO_PAUSE
        if limit is None:
            return None
    else:
        schedule = _schedule_of(standing)
        limit = _limit(schedule, standing.facts.rhythm, points)
        pause = _pause(schedule, good, limit, policy) if schedule is not None and good is not None else NO_PAUSE
    return RecoveryPoint(limit, good, good + limit + pause if good is not None else None)


def _own_limits(standing: Standing, points: RecoveryPoints) -> list[timedelta | None]:
    """List what the operator says of this client, then of this kind; None is their word that nobody asks."""
    client, kind = standing.subject.client, kind_of(standing)
    of_client = [points.by_client[key] for key in (client.id, client.name) if key in points.by_client]
    return of_client + ([points.by_kind[kind]] if kind is not None and kind in points.by_kind else [])


def kind_of(standing: Standing) -> Kind | None:
    known = standing.protection.kind if standing.protection is not None else None
    return known or standing.facts.kind


def _schedule_of(standing: Standing) -> Schedule | None:
    """Give the plan's schedule, else what the past teaches."""
    if standing.protection is not None and standing.protection.schedule is not None:
        return standing.protection.schedule
    return learnt(standing.days, standing.judged[0]) if standing.judged is not None else None


def _limit(schedule: Schedule | None, told: Rhythm | None, points: RecoveryPoints) -> timedelta:
    """Take the limit of a rhythm, for every second day or three days a week in proportion."""
    span = interval(schedule) if schedule is not None else SPANS.get(told) if told is not None else None
    if span is None:
        return points.unknown
    if span < DAY:
        return min(max(points.hourly, span * LATE), points.daily)
    if span >= SPANS[Rhythm.MONTHLY] or (schedule is not None and schedule.rhythm is Rhythm.MONTHLY):
        return max(points.daily, points.monthly * (span / SPANS[Rhythm.MONTHLY]))
    if span >= SPANS[Rhythm.WEEKLY] or (schedule is not None and schedule.rhythm is Rhythm.WEEKLY and span > DAY):
        return max(points.daily, points.weekly * (span / SPANS[Rhythm.WEEKLY]))
    return points.daily * (span / DAY)


def _pause(schedule: Schedule, good: datetime, limit: timedelta, policy: Policy) -> timedelta:
    """Give what a plan that pauses (nights, weekends) may take longer: as late after its next start as always."""
    span = interval(schedule)
    due = next_due(schedule, good, policy.zone) if span is not None and pauses(schedule) else None
    if due is None or span is None:
        return NO_PAUSE
    return max(NO_PAUSE, due + (limit - span) - (good + limit))
