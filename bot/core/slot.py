"""When readings are due. Pure: the same clock gives the same slot, through every change of the clocks."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAYS_AROUND = range(-2, 3)  # two: where a zone leaves a whole day out, the newest slot is of the day before yesterday
NAME = "%Y-%m-%dT%H:%M:%SZ"


def due_slot(times: Sequence[time], zone: tzinfo, now: datetime) -> datetime:
    """Give the newest slot that is due: at or before now."""
    return max(slot for slot in _around(times, zone, now) if slot <= now)


def next_slot(times: Sequence[time], zone: tzinfo, now: datetime) -> datetime:
    """Give the first slot after now."""
    return min(slot for slot in _around(times, zone, now) if slot > now)


def slots_between(times: Sequence[time], zone: tzinfo, after: datetime, before: datetime) -> Iterator[datetime]:
    """Give the slots after one moment and before another, oldest first."""
    slot = next_slot(times, zone, after)
    while slot < before:
        yield slot
        slot = next_slot(times, zone, slot)


def slot_id(at: datetime) -> str:
    """Name a slot by its UTC time, so that every replica calls it the same."""
    return f"{at.astimezone(UTC):{NAME}}"


def slot_at(slot: str) -> datetime:
    """Give the moment that a slot's name says.

    Raises:
        ValueError: it is no slot's name, but that of a reading somebody asked for.
    """
    return datetime.strptime(slot, NAME).replace(tzinfo=UTC)


def _around(times: Sequence[time], zone: tzinfo, now: datetime) -> Iterator[datetime]:
    """Slots of the days around now, in UTC. A time the zone skips is due when the clocks have jumped over it.

    A time that comes twice is due the first time; two times of one gap may be the same moment, and one slot.
    """
    today = now.astimezone(zone).date()
    for days in DAYS_AROUND:
        for at in times:
            yield _moment(today + timedelta(days=days), at, zone)


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at.replace(fold=0), zone).astimezone(UTC)
