"""Slots through the years: none lost, none twice, whatever the clocks do."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.slot import due_slot, next_slot, slot_id

TIMES = (time(6, 45), time(14, 45), time(22, 45))
ZONES = ("UTC", "Europe/Lisbon", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu")
TEN_YEARS = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2034, 1, 1, tzinfo=UTC))
moments = st.datetimes(TEN_YEARS[0].replace(tzinfo=None), TEN_YEARS[1].replace(tzinfo=None), timezones=st.just(UTC))


@given(moments, st.sampled_from(ZONES))
def test_now_lies_between_the_slot_that_is_due_and_the_next(now, zone):
    due, coming = due_slot(TIMES, ZoneInfo(zone), now), next_slot(TIMES, ZoneInfo(zone), now)

    assert due <= now < coming
    assert timedelta(hours=6) <= coming - due <= timedelta(hours=10)


@pytest.mark.parametrize("zone", ZONES)
def test_ten_years_of_slots_are_three_a_day(zone):
    now, slots = TEN_YEARS[0], []
    while now < TEN_YEARS[1]:
        now = next_slot(TIMES, ZoneInfo(zone), now)
        slots.append(now)

    assert abs(len(slots) - 3 * 3653) <= 1
    assert all(due_slot(TIMES, ZoneInfo(zone), two - timedelta(seconds=1)) == one for one, two in pairwise(slots))


def test_a_slot_has_one_name_everywhere():
    due = due_slot(TIMES, ZoneInfo("Europe/Lisbon"), datetime(2026, 7, 1, 6, tzinfo=UTC))

    assert slot_id(due) == "2026-07-01T05:45:00Z"
