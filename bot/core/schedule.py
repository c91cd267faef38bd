"""When a backup should have begun: by its plan's schedule, or by its own regular past. Nothing here looks at a clock.

What the vendor does not publish is decided here, on the side of saying nothing too early:

* a day of the month that a month does not have (29 to 31) means its last day;
* a time that the change of clocks skips means the hour after it, one that comes twice means the first;
* "every two weeks on Monday" does not say which Monday: it is late only when both have passed;
* a plan whose time of day is not known has the whole day for it.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.core.activity import Day, Schedule
from classifier.facts import Rhythm

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MONTH_AT_MOST = timedelta(days=35)  # from one first Sunday of a month to the next
SPANS = {Rhythm.HOURLY: HOUR, Rhythm.DAILY: DAY, Rhythm.WEEKLY: 7 * DAY, Rhythm.MONTHLY: 31 * DAY}
SHORTEST = timedelta(minutes=1)  # a plan that repeats more often is a mistake of whoever told us
LOOK_DAYS = 366  # a start further away than this is not looked for
WEEKS_LEARNT = (4, 2)  # weeks of its own past that must be alike; two are enough for what runs on most days
LEAST = timedelta(days=7 + 4)  # from a first Monday to the second Friday
MOST_DAYS = 5  # weekdays; a plan for Monday to Friday is daily to everybody but the vendor
LEARNT_SLACK = timedelta(hours=4)  # what we remember of the past is when runs ended, and some take longer


def last_due(schedule: Schedule, now: datetime, zone: tzinfo) -> datetime | None:
    """Give the newest start that was due at `now` or before it, in UTC.

    Where only a span is known in which one start lies, give its beginning: what ran after that answered it.

    Args:
        zone: the workload's own clock.
    Returns:
        None when the plan starts by an event, or its schedule says too little.
    """
    if not _is_timed(schedule):
        return None
    loose, found = _loose(schedule), None
    today = now.astimezone(zone).date()
    for day in (today - ahead * DAY for ahead in range(LOOK_DAYS)):
        starts = [at for at in _starts(schedule, day, zone) if at <= now]
        if loose is None and starts:
            return starts[-1]
        if loose is not None:
            inside = [at for at in starts if at > now - loose - HOUR]  # an hour for the change of clocks
            found = inside[0] if inside else found
            if now - datetime.combine(day, time(), zone) > loose + DAY:
                return found
    return found


def next_due(schedule: Schedule, now: datetime, zone: tzinfo) -> datetime | None:
    """Give the first start due after `now`, in UTC: the last moment at which it can be, where only a span is known."""
    if not _is_timed(schedule):
        return None
    loose, found = _loose(schedule), None
    today = now.astimezone(zone).date()
    for day in (today + ahead * DAY for ahead in range(LOOK_DAYS)):
        starts = [at for at in _starts(schedule, day, zone) if at > now]
        if loose is None and starts:
            return starts[0]
        if loose is not None:
            inside = [at for at in starts if at <= now + loose + HOUR]
            found = inside[-1] if inside else found
            if datetime.combine(day, time(), zone) - now > loose + DAY:
                return found
    return found


def may_take(schedule: Schedule) -> timedelta:
    """Say how long after a due start the vendor may still begin it: by chance, or because we know no better."""
    if schedule.times:
        return schedule.delay
    repeats = schedule.every is not None and schedule.every < DAY
    return schedule.delay + (schedule.every if repeats and schedule.every is not None else DAY)


def interval(schedule: Schedule) -> timedelta | None:
    """Give the usual time between two starts, pauses left out; None when there is none."""
    if not _is_timed(schedule):
        return None
    if schedule.every is not None:
        return schedule.every
    if schedule.rhythm is Rhythm.WEEKLY:
        return SPANS[Rhythm.WEEKLY] / max(1, len(schedule.weekdays)) if len(schedule.weekdays) < MOST_DAYS else DAY
    if schedule.rhythm is Rhythm.MONTHLY:
        return SPANS[Rhythm.MONTHLY] / max(1, len(schedule.days))
    return DAY / max(1, len(schedule.times))


def pauses(schedule: Schedule) -> bool:
    """Tell whether some gaps between starts are longer than others: nights, weekends."""
    is_uneven = 1 < len(schedule.weekdays) < 7 or len(schedule.days) > 1
    within_a_day = len(schedule.times) > 1 or (schedule.every is not None and schedule.every < DAY)
    return is_uneven or within_a_day


def learnt(days: Sequence[Day], ended_at: datetime) -> Schedule | None:
    """Learn from a backup's own past when it runs, where nobody says.

    Regular enough is: in the four weeks up to its newest run, each weekday had a run every week or
    never. Two weeks are enough where that holds for five weekdays or more. Anything else, and all
    that is monthly (60 days are too few to tell), is not known.

    Args:
        ended_at: when its newest run ended.
    Returns:
        A schedule on UTC's clock, its time the end of the newest run; None when the past is not regular.
    """
    newest = ended_at.astimezone(UTC).date()
    if not days or newest - days[0].on < LEAST:  # too young to tell
        return None
    for weeks in WEEKS_LEARNT:
        seen = Counter(day.on.weekday() for day in days if newest - 7 * weeks * DAY < day.on <= newest)
        regular = tuple(sorted(weekday for weekday, runs in seen.items() if runs == weeks))
        if regular and len(regular) == len(seen) and (weeks == WEEKS_LEARNT[0] or len(regular) >= MOST_DAYS):
            return Schedule(
                rhythm=Rhythm.DAILY if len(regular) >= MOST_DAYS else Rhythm.WEEKLY,
                times=(ended_at.astimezone(UTC).time(),),
                weekdays=regular,
                delay=LEARNT_SLACK,
            )
    return None


def _is_timed(schedule: Schedule) -> bool:
    if schedule.rhythm not in SPANS or (schedule.every is not None and schedule.every < SHORTEST):
        return False
    return schedule.rhythm is not Rhythm.HOURLY or bool(schedule.times) or schedule.every is not None


def _loose(schedule: Schedule) -> timedelta | None:
    """Give the span in which one of the possible starts is the real one; None when each is."""
    if schedule.every is not None:
        return schedule.every if schedule.every > DAY else None
    if schedule.rhythm is Rhythm.WEEKLY and not schedule.weekdays:
        return SPANS[Rhythm.WEEKLY]
    if schedule.rhythm is Rhythm.MONTHLY and not schedule.days:
        return MONTH_AT_MOST
    return None


def _starts(schedule: Schedule, day: date, zone: tzinfo) -> list[datetime]:
    """List the starts of one local day, in UTC and in order."""
    if not _is_its_day(schedule, day):
        return []
    first = [datetime.combine(day, at, zone).astimezone(UTC) for at in schedule.times or (time(),)]
    if schedule.every is not None and schedule.every < DAY:
        return list(_repeated(min(first), schedule.every, until=datetime.combine(day + DAY, time(), zone)))
    return sorted(set(first))


def _repeated(at: datetime, every: timedelta, *, until: datetime) -> Iterator[datetime]:
    while at < until:
        yield at
        at += every


def _is_its_day(schedule: Schedule, day: date) -> bool:
    if schedule.weekdays and day.weekday() not in schedule.weekdays:
        return False
    if not schedule.days or day.day in schedule.days:
        return True
    last = monthrange(day.year, day.month)[1]
    return day.day == last and any(wanted > last for wanted in schedule.days)
