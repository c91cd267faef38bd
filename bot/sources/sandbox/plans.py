"""The sandbox's plans: when they start, what they keep, and how the Policy Manager spells their settings. Pure.

Only weekly schedules were seen in the vendor's own examples. Those of the other rhythms are spelled after the public
schema of Yandex Cloud Backup, a service built on Acronis' (repeat_every, time_from, time_to, monthdays,
since_last_exec_time); `schedule.type: event` is our own word.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from bot.net.http import JSON
from bot.sources.sandbox import roster
from bot.sources.sandbox.roster import Workload

MACHINE, SAAS, ROOT = "policy.backup.machine", "policy.backup.saas", "policy.protection.total"
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FRIDAY = 4
NIGHT_SPREAD = 7 * 60  # minutes over which nightly plans spread their starts: 20:00 to 03:00
SPREAD = 30  # the same of all others
HOURS = (0, *range(12 * 60, 23 * 60, 120))  # after 20:00: 20:00, then 08:00, 10:00 … 18:00
NEXT_WITHIN = 40  # days looked ahead for the next start: a month and some


class Plan(msgspec.Struct, frozen=True):
    """What the workloads of one client share.

    Attributes:
        vault: (type, path) of the destination.
        scheme: how full and incremental backups follow each other.
    """

    name: str
    type: str
    rhythm: str
    vault: tuple[str, str]
    scheme: str


NAMES = {
    roster.NIGHTLY: "Nightly",
    roster.WEEKDAYS: "On weekdays",
    roster.WEEKLY: "Fridays",
    roster.MONTHLY: "Monthly",
    roster.HOURLY: "Every two hours",
    roster.BY_EVENT: "After an event",
}
PLACES = {"cloud": "to the cloud", "local_folder": "to disk D:", "network_share": "to NAS01"}


def plan_of(workload: Workload) -> Plan:
    """Give the plan a workload is under. It must have one."""
    if workload.kind == roster.SAAS:
        return Plan("Cloud to cloud", SAAS, roster.NIGHTLY, workload.goes_to, "")
    scheme = "weekly_full_daily_incremental" if workload.goes_to == roster.LOCAL else "always_incremental"
    name = f"{NAMES[workload.rhythm]} {PLACES[workload.goes_to[0]]}"
    return Plan(name, MACHINE, workload.rhythm, workload.goes_to, scheme)


def starts(workload: Workload, evening: date) -> Sequence[int]:
    """Say when a workload's plan starts it in the 24 hours from an evening on, in minutes after 20:00."""
    late = workload.number % SPREAD
    match workload.rhythm:
        case roster.NIGHTLY:
            return (workload.slot,)
        case roster.WEEKDAYS:
            return (60 + late,) if evening.weekday() <= FRIDAY else ()
        case roster.WEEKLY:
            return (60 + late,) if evening.weekday() == FRIDAY else ()
        case roster.MONTHLY:
            return (60 + late,) if evening.day == 1 else ()
        case roster.HOURLY:
            return tuple(each + late // 3 for each in HOURS)
        case roster.BY_EVENT:  # its owner logs on two days of three, some time from 08:00 to 15:00
            day = evening.toordinal() + workload.number
            return (720 + day * 97 % 420,) if day % 3 else ()
        case _:
            return ()


def next_start(workload: Workload, evening: datetime, after: datetime) -> datetime | None:
    """Say when its plan means to start a workload next; None for a plan that waits for an event.

    Args:
        evening: 20:00 of any day not after the moment.
    """
    if workload.rhythm == roster.BY_EVENT:
        return None
    days = (evening + timedelta(days=day) for day in range(NEXT_WITHIN))
    times = (day + timedelta(minutes=each) for day in days for each in starts(workload, day.date()))
    return next((each for each in times if each > after), None)


def is_full(workload: Workload, evening: date) -> bool:
    """Say whether a plan's scheme makes this night's backup a full one; the very first is one by any scheme."""
    return workload.goes_to == roster.LOCAL and (workload.rhythm == roster.WEEKLY or evening.weekday() == FRIDAY)


def settings(plan: Plan) -> dict[str, JSON]:
    """Spell a backup plan's settings; those of a cloud-to-cloud plan are published nowhere, and left out."""
    kind, path = plan.vault
    vault: dict[str, JSON] = {"type": kind, "use_policy_credentials": True}
    if path:
        vault["path"] = path  # our own word: no example with a path was seen
    if plan.type == SAAS:
        return {"vault": vault}
    return {
        "archive": {"name": "[Machine Name]-[Plan ID]-[Unique ID]A"},
        "compression": "normal",
        "format": "auto",
        "reattempts": {"enabled": True, "interval": _span("seconds", 30), "max_attempts": 30},
        "vss": {"enabled": True, "provider": "target_system_defined"},
        "retention": {
            "rules": [
                {"backup_set": ["daily"], "max_age": _span("days", 7)},
                {"backup_set": ["weekly"], "max_age": _span("weeks", 4)},
                {"backup_set": ["monthly"], "max_age": _span("months", 6)},
            ],
            "after_backup": True,
        },
        "vault": vault,
        "alerts": {"enabled": True, "max_days_without_backup": 5},
        "scheduling": {
            "backup_sets": [{"type": "auto", "schedule": _schedule(plan)}],
            "enabled": True,
            "rand_max_delay": _span("minutes", _spread(plan)),
            "scheme": plan.scheme,
            "task_failure": {"enabled": True, "interval": _span("hours", 1), "max_attempts": 1},
            "weekly_backup_day": WEEK[FRIDAY],
        },
    }


def _schedule(plan: Plan) -> dict[str, JSON]:
    if plan.rhythm == roster.BY_EVENT:
        since_last: JSON = {"since_last_exec_time": {"delay": _span("days", 1)}}
        return {"type": "event", "alarms": since_last, "conditions": {}, "prevent_sleep": True}
    type_, time = _time(plan)
    spread = _span("minutes", _spread(plan))
    return {
        "type": type_,
        "alarms": {"time": {**time, "rand_max_delay": spread}},
        "conditions": {},
        "prevent_sleep": True,
    }


def _time(plan: Plan) -> tuple[str, dict[str, JSON]]:
    """Give a schedule's type and times. A plan for seven days is stored as daily or, of disks D:, as weekly."""
    at: JSON = [{"hour": 20 if plan.rhythm == roster.NIGHTLY else 21, "minute": 0}]
    match plan.rhythm:
        case roster.NIGHTLY if plan.vault != roster.LOCAL:
            return "daily", {"repeat_at": at}
        case roster.HOURLY:
            hours: dict[str, JSON] = {"repeat_every": _span("hours", 2)}
            return "hourly", {**hours, "time_from": {"hour": 8, "minute": 0}, "time_to": {"hour": 20, "minute": 0}}
        case roster.MONTHLY:
            return "monthly", {"monthdays": [1], "include_last_day_of_month": False, "repeat_at": at}
        case _:
            known = {roster.WEEKDAYS: WEEK[: FRIDAY + 1], roster.WEEKLY: WEEK[FRIDAY : FRIDAY + 1]}
            return "weekly", {"weekdays": list(known.get(plan.rhythm, WEEK)), "repeat_at": at}


def _spread(plan: Plan) -> int:
    return NIGHT_SPREAD if plan.rhythm == roster.NIGHTLY else SPREAD


def _span(type_: str, count: int) -> dict[str, JSON]:
    return {"type": type_, "count": count}
