"""Slots through the years: none lost, none twice, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.slot import due_slot, next_slot, slot_at, slot_id, slots_between

TIMES = (time(6, 45), time(14, 45), time(22, 45))
ZONES = ("UTC", "Europe/Lisbon", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata")
TEN_YEARS = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2034, 1, 1, tzinfo=UTC))
SKIPPED_AND_DOUBLED = {  # of each zone a time that a day skips, one that comes twice, and one that neither touches
    "Europe/Lisbon": (time(1, 30), time(1, 59), time(6, 45)),
    "America/New_York": (time(1, 30), time(2, 30), time(22, 45)),
    "Australia/Lord_Howe": (time(1, 45), time(2, 15), time(14, 45)),  # its clocks change by half an hour
    "Asia/Kolkata": (time(0, 0), time(2, 30), time(23, 59)),
    "Pacific/Apia": (time(3, 30), time(0, 30), time(22, 45)),  # has no 30 December 2011
}
LEFT_OUT = {"Pacific/Apia": (datetime(2006, 1, 1, tzinfo=UTC), datetime(2016, 1, 1, tzinfo=UTC))}
moments = st.datetimes(TEN_YEARS[0].replace(tzinfo=None), TEN_YEARS[1].replace(tzinfo=None), timezones=st.just(UTC))
some_times = st.lists(
    st.times().map(lambda at: at.replace(second=0, microsecond=0)), min_size=1, max_size=5, unique=True
)


def moment_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Work out when a wall clock shows a time, without asking `fold`: the first of its moments.

    When no moment shows it, the clocks jumped over it: as late after the jump as it would have been without.
    """
    wanted = datetime.combine(day, at)
    guess = wanted.replace(tzinfo=UTC)
    offsets = [(guess + timedelta(hours=hours)).astimezone(zone).utcoffset() or timedelta() for hours in (-36, 0, 36)]
    shown = [guess - offset for offset in offsets if (guess - offset).astimezone(zone).replace(tzinfo=None) == wanted]
    return min(shown, default=guess - offsets[0])


def walked(times: tuple[time, ...], zone: ZoneInfo, since: datetime, until: datetime) -> list[datetime]:
    slots, now = [], since
    while (now := next_slot(times, zone, now)) < until:
        slots.append(now)
    return slots


@given(moments, st.sampled_from(ZONES))
def test_now_lies_between_the_slot_that_is_due_and_the_next(now, zone):
    due, coming = due_slot(TIMES, ZoneInfo(zone), now), next_slot(TIMES, ZoneInfo(zone), now)

    assert due <= now < coming
    assert timedelta(hours=6) <= coming - due <= timedelta(hours=10)


@pytest.mark.parametrize("zone", ZONES)
def test_ten_years_of_slots_are_three_a_day(zone):
    slots = walked(TIMES, ZoneInfo(zone), *TEN_YEARS)

    assert abs(len(slots) - 3 * 3653) <= 1
    assert all(due_slot(TIMES, ZoneInfo(zone), two - timedelta(seconds=1)) == one for one, two in pairwise(slots))


@pytest.mark.parametrize(("name", "times"), SKIPPED_AND_DOUBLED.items())
def test_in_ten_years_every_day_has_each_slot_once_and_in_order(name, times):
    zone, (since, until) = ZoneInfo(name), LEFT_OUT.get(name, TEN_YEARS)
    slots = walked(times, zone, since, until)

    days = [since.date() + timedelta(days=ahead) for ahead in range(-1, (until - since).days + 2)]
    wanted = sorted({moment_of(day, at, zone) for day in days for at in times})

    assert slots == [at for at in wanted if since < at < until]
    assert all(due_slot(times, zone, two - timedelta(microseconds=1)) == one for one, two in pairwise(slots))


@given(moments, st.sampled_from(sorted(SKIPPED_AND_DOUBLED)), some_times)
@example(datetime(2024, 11, 1, tzinfo=UTC), "America/New_York", [time(0, 0), time(1, 0, fold=1)])
def test_whatever_the_times_a_week_has_each_slot_once_and_in_order(start, name, times):
    zone, until = ZoneInfo(name), start + timedelta(days=7)

    slots = walked(tuple(times), zone, start, until)

    days = [start.date() + timedelta(days=ahead) for ahead in range(-2, 10)]
    wanted = sorted({moment_of(day, at, zone) for day in days for at in times})
    assert slots == [at for at in wanted if start < at < until]


@given(moments, st.sampled_from(sorted(SKIPPED_AND_DOUBLED)), some_times)
def test_a_slot_is_due_until_the_next_is(now, name, times):
    zone = ZoneInfo(name)
    due, coming = due_slot(times, zone, now), next_slot(times, zone, now)

    assert due <= now < coming
    assert next_slot(times, zone, due) == coming
    assert due_slot(times, zone, coming) == coming


def test_a_time_that_the_clocks_skip_is_due_once_after_the_jump():
    lisbon = ZoneInfo("Europe/Lisbon")
    day = datetime(2027, 3, 28, tzinfo=lisbon)

    slots = walked((time(1, 30),), lisbon, day, day + timedelta(days=1))

    assert [f"{at.astimezone(lisbon):%H:%M %Z}" for at in slots] == ["02:30 WEST"]


def test_a_time_that_comes_twice_is_due_the_first_time():
    lisbon = ZoneInfo("Europe/Lisbon")
    day = datetime(2026, 10, 25, tzinfo=lisbon)

    slots = walked((time(1, 30),), lisbon, day, day + timedelta(days=1))

    assert [f"{at.astimezone(lisbon):%H:%M %Z}" for at in slots] == ["01:30 WEST"]


def test_a_slot_is_due_where_a_zone_leaves_a_whole_day_out():
    apia = ZoneInfo("Pacific/Apia")

    early = due_slot((time(22, 45),), apia, datetime(2011, 12, 31, 0, 30, tzinfo=apia))

    assert f"{early.astimezone(apia):%d %H:%M}" == "29 22:45"


def test_slots_between_two_leave_both_out():
    first, last = (datetime(2026, 7, day, 6, 45, tzinfo=UTC) for day in (1, 2))

    assert [f"{at:%d %H:%M}" for at in slots_between(TIMES, UTC, first, last)] == ["01 14:45", "01 22:45"]
    assert list(slots_between(TIMES, UTC, first, next_slot(TIMES, UTC, first))) == []


def test_a_slot_has_one_name_everywhere():
    due = due_slot(TIMES, ZoneInfo("Europe/Lisbon"), datetime(2026, 7, 1, 6, tzinfo=UTC))

    assert slot_id(due) == "2026-07-01T05:45:00Z"
    assert slot_at(slot_id(due)) == due


def test_a_reading_somebody_asked_for_is_no_slot():
    with pytest.raises(ValueError, match="does not match"):
        slot_at("asked-2026-07-01T05:45:00Z-1a2b3c4d")
