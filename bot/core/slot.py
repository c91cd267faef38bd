"""When readings are due. Pure: the same clock gives the same slot, through every change of the clocks."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo


def due_slot(times: Sequence[time], zone: tzinfo, now: datetime) -> datetime:
    """Give the newest slot that is due: at or before now."""
    return max(slot for slot in _around(times, zone, now) if slot <= now)


def next_slot(times: Sequence[time], zone: tzinfo, now: datetime) -> datetime:
    """Give the first slot after now."""
    return min(slot for slot in _around(times, zone, now) if slot > now)


def slot_id(at: datetime) -> str:
    """Name a slot by its UTC time, so that every replica calls it the same."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _around(times: Sequence[time], zone: tzinfo, now: datetime) -> Iterator[datetime]:
    """Slots of the days around now, in UTC. A time the zone skips is due when the clocks have jumped over it."""
    today = now.astimezone(zone).date()
    for days in (-1, 0, 1):
        for at in times:
            yield _moment(today + timedelta(days=days), at, zone)


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
