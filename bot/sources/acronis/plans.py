"""From policies to plans: when they start, what they make, where it goes. Pure.

A plan is a tree: a root (`policy.protection.total`) and its children, of which the backup ones matter here. What is
of a shape we do not know is unknown, with the reason; nothing is guessed.

Source: the settings of machine backups as the developer guide lists them (creating-protection-plan); the members
`repeat_every`, `time_from`, `time_to`, `monthdays`, `include_last_day_of_month`, `months` and `since_last_exec_time` as
the public API of a cloud provider that resells these very policies spells them (docs of yandex-cloud, Policy, 2025).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import time, timedelta
from typing import Any

import msgspec

from bot.core.activity import Schedule
from bot.sources.acronis import wire, words
from classifier.facts import Destination, Kind, Method, Rhythm

WEEKDAYS = {name: number for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
DAILY_FROM = 5  # weekdays: the console's "daily, Monday to Friday" is stored as weekly with five of them
DAY, WEEK = timedelta(days=1), timedelta(days=7)
UNITS = {
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": DAY,
    "weeks": WEEK,
}
COUNT_MAX = 10**6  # of any unit; what is more is no span of a schedule
STARTS_MAX = 96  # a day; what starts more often than each quarter of an hour is no schedule of a backup
ADDRESSES = ("path", "name", "uri", "url")  # where a vault says which one it is; the guide shows only its type
OFTEN = (Rhythm.CONTINUOUS, Rhythm.HOURLY, Rhythm.DAILY, Rhythm.WEEKLY, Rhythm.MONTHLY, Rhythm.BY_EVENT)

ODD_SCHEDULE = "the plan's schedule has a shape we do not know"
NO_SCHEDULE = "the plan has no schedule: it is started by hand"
NO_SETTINGS = "Acronis did not show the plan's settings"
OPEN_METHOD = "the plan leaves open which runs are full"
ODD_DESTINATION = "the plan's destination has a shape we do not know"


class Plan(msgspec.Struct, frozen=True):
    """The backup part of one plan.

    Attributes:
        id, root: of the backup policy, and of the tree's root, in lower case. Records name either.
        why_schedule, why_method, why_destinations: what kept us from knowing; "" when known.
    """

    id: str
    root: str
    name: str = ""
    enabled: bool = True
    kind: Kind | None = None
    schedule: Schedule | None = None
    method: Method | None = None
    destinations: tuple[Destination, ...] = ()
    why_schedule: str = NO_SETTINGS
    why_method: str = NO_SETTINGS
    why_destinations: str = NO_SETTINGS


class Plans:
    """The account's backup plans, found by the id of the root or of the backup policy."""

    def __init__(self, policies: Iterable[wire.Policy] = (), *, known: tuple[str, ...] = words.BACKUP_POLICIES) -> None:
        by_id = {each.id.lower(): each for each in policies if not each.template and not each.deleted_at}
        self.all = tuple(_plan(each, by_id) for each in by_id.values() if words.makes_backups(each.type, known))
        found = defaultdict[str, list[Plan]](list)
        for plan in self.all:
            for id_ in {plan.id, plan.root}:
                found[id_].append(plan)
        self._found = {id_: plans[0] for id_, plans in found.items() if len(plans) == 1}
        self.several = frozenset(found) - self._found.keys()

    def find(self, id_: str) -> Plan | None:
        """Give the plan behind an id; None when there is none, or the tree makes backups of several sorts."""
        return self._found.get(id_)


class Naming:
    """Which id of a plan the activities carry: a record that names the other one means the same plan.

    Args:
        carried: how many activities carry each plan id.
        before: what was carried in earlier readings, by the backup policy's id.
    """

    def __init__(self, plans: Plans, carried: Mapping[str, int], before: Mapping[str, str]) -> None:
        self._plans = plans
        self.by_plan = {**before, **_carried(plans, carried)}
        roots = sum(self.by_plan.get(plan.id) == plan.root != plan.id for plan in plans.all)
        self._by_root = roots * 2 > len(self.by_plan)

    @property
    def is_a_guess(self) -> bool:
        """True when plans are listed and no run has ever told by which id they go."""
        return bool(self._plans.all) and not self.by_plan

    def name(self, id_: str) -> str:
        """Give the id by which the activities call the plan; an id of no known plan is left as it is."""
        plan = self._plans.find(id_)
        if plan is None:
            return id_
        by_root = self._by_root and self._plans.find(plan.root) is plan
        return self.by_plan.get(plan.id) or (plan.root if by_root else plan.id)


def schedule_of(scheduling: object) -> tuple[Schedule | None, str]:
    """Read when a plan starts, or say why that is not known."""
    told = _object(scheduling)
    if not told:
        return None, NO_SETTINGS
    if told.get("enabled") is False:
        return None, NO_SCHEDULE
    if told.get("scheme") == "cdp":
        return Schedule(Rhythm.CONTINUOUS), ""
    sets = [_object(each) for each in _list(told.get("backup_sets"))]
    delay = _span(told.get("rand_max_delay")) or timedelta()
    found = [_of_set(each, delay) for each in sets]
    if not found or None in found:
        return None, ODD_SCHEDULE
    return _often(_weeks([each for each in found if each])), ""


def method_of(scheduling: object) -> Method | None:
    """Tell what every run makes. The first run of an incremental plan is full: only full ones leave no choice."""
    told = _object(scheduling)
    if told.get("scheme") == "always_full":
        return Method.FULL
    types = {_object(each).get("type") for each in _list(told.get("backup_sets"))}
    return Method.FULL if told.get("scheme") == "custom" and types == {"full"} else None


def destinations_of(settings: Mapping[str, Any]) -> tuple[Destination, ...]:
    """List where the backups go, copies included; () as soon as one of them is of an unknown shape."""
    first = _destination(settings.get("vault"))
    copies = list(_copies(settings.get("replication")))
    if first is None or None in copies:
        return ()
    return tuple(dict.fromkeys((first, *(each for each in copies if each))))


def _plan(policy: wire.Policy, by_id: Mapping[str, wire.Policy]) -> Plan:
    root = _root(policy, by_id)
    known = Plan(
        id=policy.id.lower(),
        root=root.id.lower(),
        name=root.name or policy.name or "",
        enabled=policy.enabled and root.enabled,
        kind=words.kind_of_policy(policy.type, policy.source_type or ""),
    )
    settings = _settings(policy.settings)
    if not settings:
        return known
    schedule, why = schedule_of(settings.get("scheduling"))
    method, destinations = method_of(settings.get("scheduling")), destinations_of(settings)
    return msgspec.structs.replace(
        known,
        schedule=schedule,
        method=method,
        destinations=destinations,
        why_schedule=why,
        why_method="" if method else OPEN_METHOD,
        why_destinations="" if destinations else ODD_DESTINATION,
    )


def _root(policy: wire.Policy, by_id: Mapping[str, wire.Policy]) -> wire.Policy:
    seen = set[str]()
    while policy.parent_ids and policy.id not in seen:
        seen.add(policy.id)
        above = by_id.get(policy.parent_ids[0].lower())
        if above is None:
            break
        policy = above
    return policy


def _settings(raw: msgspec.Raw) -> Mapping[str, Any]:
    try:
        return _object(msgspec.json.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _carried(plans: Plans, carried: Mapping[str, int]) -> dict[str, str]:
    """Choose for each plan the id more activities carry."""
    found = dict[str, str]()
    for plan in plans.all:
        count, id_ = max((carried.get(id_, 0), id_) for id_ in (plan.id, plan.root))
        if count and plans.find(id_) is plan:
            found[plan.id] = id_
    return found


# --- one schedule of a plan ---


def _of_set(backup_set: Mapping[str, Any], delay: timedelta) -> Schedule | None:
    schedule = _object(backup_set.get("schedule"))
    alarms = _object(schedule.get("alarms")) or schedule
    kind = str(schedule.get("type") or _object(alarms.get("time")).get("type") or "").lower()
    if "event" in kind:
        return Schedule(Rhythm.BY_EVENT)
    if isinstance(alarms.get("since_last_exec_time"), dict):
        return _since_last(_span(alarms["since_last_exec_time"].get("delay")))
    when = _object(alarms.get("time"))
    delay = _span(when.get("rand_max_delay")) or delay
    match kind:
        case "hourly":
            return _hourly(when, delay)
        case "daily" | "weekly":
            return _by_weekdays(when, delay, kind)
        case "monthly":
            return _monthly(when, delay)
        case _:
            return None


def _since_last(every: timedelta | None) -> Schedule | None:
    """A start so long after the one before."""
    rhythm = {DAY: Rhythm.DAILY, WEEK: Rhythm.WEEKLY}.get(every or timedelta())
    rhythm = Rhythm.HOURLY if every and every < DAY else rhythm
    return Schedule(rhythm, every=every) if rhythm else None


def _hourly(when: Mapping[str, Any], delay: timedelta) -> Schedule | None:
    """Starts all day long, or between two times of day; then each of them is known."""
    every, days = _span(when.get("repeat_every")), _weekdays(when)
    if days is None or every is None or not timedelta() < every < DAY:
        return None
    if "time_from" not in when and "time_to" not in when:
        return Schedule(Rhythm.HOURLY, weekdays=days, every=every, delay=delay)
    first, last = _time(when.get("time_from", {"hour": 0})), _time(when.get("time_to", {"hour": 23, "minute": 59}))
    if first is None or last is None or first > last:
        return None
    begin, end, starts = _minutes(first), _minutes(last), max(1, every // timedelta(minutes=1))
    times = tuple(time(minute // 60, minute % 60) for minute in range(begin, end + 1, starts))
    return Schedule(Rhythm.HOURLY, times=times, weekdays=days, delay=delay) if len(times) <= STARTS_MAX else None


def _by_weekdays(when: Mapping[str, Any], delay: timedelta, kind: str) -> Schedule | None:
    days, times = _weekdays(when), _times(when)
    if "repeat_every" in when and not _repeats_once(when["repeat_every"], kind):
        every = _span(when["repeat_every"])
        return _hourly(when, delay) if every and every < DAY and not times else None
    if days is None or not times or (kind == "weekly" and "weekdays" not in when):
        return None
    rhythm = Rhythm.WEEKLY if 0 < len(days) < DAILY_FROM else Rhythm.DAILY
    return Schedule(rhythm, times=times, weekdays=days, delay=delay)


def _repeats_once(every: object, kind: str) -> bool:
    """True for "every one day" of a daily plan and "every one week" of a weekly one, which say nothing new."""
    told = _object(every)
    return told.get("count") == 1 and told.get("type") == {"daily": "days", "weekly": "weeks"}[kind]


def _monthly(when: Mapping[str, Any], delay: timedelta) -> Schedule | None:
    """On days of every month. 31 stands for the last one, as the vendor's own flag for it does."""
    months, times = _list(when.get("months")), _times(when)
    days = {day for day in _list(when.get("monthdays")) if isinstance(day, int) and 1 <= day <= 31}
    if len(days) != len(_list(when.get("monthdays"))) or (months and set(months) != set(range(1, 13))):
        return None
    if when.get("include_last_day_of_month") is True:
        days.add(31)
    if not days or not times or when.get("weekdays"):
        return None
    return Schedule(Rhythm.MONTHLY, times=times, days=tuple(sorted(days)), delay=delay)


def _weeks(found: Sequence[Schedule]) -> list[Schedule]:
    """Join the sets that start at the same times on different weekdays: full on Sunday, the rest on the others."""
    joined, rest = dict[tuple[tuple[time, ...], timedelta], set[int]](), list[Schedule]()
    for each in found:
        if each.rhythm in (Rhythm.DAILY, Rhythm.WEEKLY) and each.times:
            joined.setdefault((each.times, each.delay), set()).update(each.weekdays or range(7))
        else:
            rest.append(each)
    for (times, delay), days in joined.items():
        rhythm = Rhythm.WEEKLY if len(days) < DAILY_FROM else Rhythm.DAILY
        weekdays = tuple(sorted(days)) if len(days) < 7 else ()
        rest.append(Schedule(rhythm, times=times, weekdays=weekdays, delay=delay))
    return rest


def _often(found: Sequence[Schedule]) -> Schedule:
    """Of a plan's several schedules the most frequent one counts."""
    return min(found, key=lambda each: OFTEN.index(each.rhythm))


def _weekdays(when: Mapping[str, Any]) -> tuple[int, ...] | None:
    """Give the weekdays, () for all of them; None when one is not a weekday."""
    told = [str(each).lower()[:3] for each in _list(when.get("weekdays"))]
    if any(each not in WEEKDAYS for each in told) or ("weekdays" in when and not told):
        return None
    days = sorted({WEEKDAYS[each] for each in told})
    return tuple(days) if len(days) < 7 else ()


def _times(when: Mapping[str, Any]) -> tuple[time, ...]:
    """Give the times of day; () when there is none, or one is no time."""
    found = [_time(each) for each in _list(when.get("repeat_at"))]
    return tuple(sorted({each for each in found if each})) if None not in found else ()


def _time(told: object) -> time | None:
    given = _object(told)
    try:
        return time(given["hour"], given.get("minute", 0))
    except (KeyError, TypeError, ValueError):
        return None


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _span(told: object) -> timedelta | None:
    given = _object(told)
    unit, count = UNITS.get(str(given.get("type"))), given.get("count")
    if unit is None or not isinstance(count, int) or isinstance(count, bool) or not 0 <= count < COUNT_MAX:
        return None
    return unit * count


# --- where the backups go ---


def _destination(vault: object) -> Destination | None:
    told = _object(vault)
    kind = told.get("type")
    if not isinstance(kind, str) or not kind:
        return None
    name = next((each for key in ADDRESSES if isinstance(each := told.get(key), str) and each), "")
    return Destination(kind=kind, name=name)


def _copies(replication: object) -> Iterator[Destination | None]:
    """Find the vaults named anywhere below; a replication that is on and names none gives None."""
    told = _object(replication)
    if not told and isinstance(replication, list):
        told = {"targets": replication}
    if not told or told.get("enabled") is False:
        return
    vaults = list(_vaults(told))
    yield from (_destination(each) for each in vaults)
    if not vaults:
        yield None


def _vaults(told: object) -> Iterator[object]:
    if isinstance(told, list):
        for each in told:
            yield from _vaults(each)
    for name, value in _object(told).items():
        if name == "vault":
            yield value
        else:
            yield from _vaults(value)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
