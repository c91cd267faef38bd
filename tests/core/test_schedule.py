"""When a backup should have begun: every rhythm, through every change of clocks, and learnt from the past."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.activity import Day, Outcome, Schedule
from bot.core.schedule import DAY, interval, last_due, learnt, may_take, next_due
from classifier.facts import Rhythm
from tests.builders import NIGHTLY, at

ZONES = ("UTC", "Europe/Lisbon", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "America/Sao_Paulo")
MON_TO_FRI = (0, 1, 2, 3, 4)

times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
timed = st.one_of(
    st.builds(Schedule, st.just(Rhythm.DAILY), st.lists(times, min_size=1, max_size=4).map(tuple)),
    st.builds(
        Schedule,
        st.just(Rhythm.WEEKLY),
        st.lists(times, min_size=1, max_size=2).map(tuple),
        st.lists(st.integers(0, 6), min_size=1, max_size=6, unique=True).map(tuple),
    ),
    st.builds(
        Schedule,
        st.just(Rhythm.MONTHLY),
        st.lists(times, min_size=1, max_size=2).map(tuple),
        st.just(()),
        st.lists(st.integers(1, 31), min_size=1, max_size=3, unique=True).map(tuple),
    ),
    st.builds(
        Schedule, st.just(Rhythm.HOURLY), every=st.sampled_from([timedelta(minutes=m) for m in (15, 60, 240, 700)])
    ),
)
moments = st.integers(0, 10 * 366 * 24 * 60).map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=n))
zones = st.sampled_from(ZONES).map(ZoneInfo)


def due(schedule: Schedule, now: str, zone: str = "UTC") -> str:
    found = last_due(schedule, at(now), ZoneInfo(zone))
    return f"{found:%d %H:%M}" if found else ""


@given(timed, moments, zones)
@settings(max_examples=300, deadline=None)
def test_now_lies_between_the_last_start_and_the_next(schedule, now, zone):
    last, following = last_due(schedule, now, zone), next_due(schedule, now, zone)

    assert last is not None
    assert following is not None
    assert last <= now < following
    assert (last_due(schedule, last, zone), next_due(schedule, last, zone)) == (last, following)


@given(timed, moments, st.integers(0, 400), zones)
@settings(max_examples=200, deadline=None)
def test_a_later_moment_never_has_an_earlier_start(schedule, now, hours, zone):
    earlier, later = (last_due(schedule, each, zone) for each in (now, now + timedelta(hours=hours)))

    assert earlier is not None
    assert later is not None
    assert earlier <= later


@given(times, moments, zones)
@settings(max_examples=200, deadline=None)
def test_a_daily_plan_starts_once_on_each_local_day_whatever_the_clocks_do(when, now, zone):
    schedule, starts = Schedule(Rhythm.DAILY, times=(when,)), []
    for _ in range(8):
        now = next_due(schedule, now, zone)
        starts.append(now)

    days = [start.astimezone(zone).date() for start in starts]
    assert days == [days[0] + n * DAY for n in range(8)]


def test_a_time_the_clocks_skip_is_due_after_the_jump_and_one_that_comes_twice_the_first_time():
    at_half_past_one = Schedule(Rhythm.DAILY, times=(time(1, 30),))

    assert due(at_half_past_one, "2026-03-29T12:00:00", "Europe/Lisbon") == "29 01:30"  # 02:30 there
    assert due(at_half_past_one, "2026-10-25T12:00:00", "Europe/Lisbon") == "25 00:30"  # summer's 01:30


@pytest.mark.parametrize(
    ("schedule", "now", "expected"),
    [
        (NIGHTLY, "04 02:00", "04 02:00"),
        (NIGHTLY, "04 01:59", "03 02:00"),
        (Schedule(Rhythm.WEEKLY, (time(20),), weekdays=MON_TO_FRI), "08 06:45", "06 20:00"),  # a Sunday
        (Schedule(Rhythm.WEEKLY, (time(2),), weekdays=(6,)), "04 06:45", "01 02:00"),
        (Schedule(Rhythm.MONTHLY, (time(2),), days=(31,)), "2026-03-04T06:45:00", "28 02:00"),  # February's last
        (Schedule(Rhythm.MONTHLY, (time(2),), days=(1, 15)), "20 06:45", "15 02:00"),
        (Schedule(Rhythm.HOURLY, every=timedelta(hours=4)), "04 06:45", "04 04:00"),
        (Schedule(Rhythm.HOURLY, (time(8),), every=timedelta(hours=4)), "04 06:45", "03 20:00"),
        (Schedule(Rhythm.HOURLY, (time(9), time(13), time(17))), "04 06:45", "03 17:00"),
    ],
)
def test_each_rhythm_has_its_last_start(schedule, now, expected):
    assert due(schedule, now) == expected


def test_every_second_week_is_late_only_when_both_days_have_passed():
    fortnightly = Schedule(Rhythm.WEEKLY, (time(2),), weekdays=(6,), every=timedelta(days=14))

    assert due(fortnightly, "09 06:45") == "01 02:00"  # a run since then answers
    assert next_due(fortnightly, at("09 06:45"), UTC) == at("22 02:00")  # by then for sure


def test_a_plan_without_a_time_of_day_has_the_whole_day():
    assert due(Schedule(Rhythm.DAILY), "04 06:45") == "04 00:00"
    assert may_take(Schedule(Rhythm.DAILY)) == DAY
    assert may_take(NIGHTLY) == timedelta()


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(Rhythm.BY_EVENT),
        Schedule(Rhythm.BY_EVENT, (time(2),)),
        Schedule(Rhythm.CONTINUOUS),
        Schedule(Rhythm.HOURLY),
        Schedule(Rhythm.HOURLY, every=timedelta()),
        Schedule(Rhythm.DAILY, (time(2),), every=timedelta(hours=-1)),
    ],
)
def test_what_says_too_little_is_never_due(schedule):
    assert (last_due(schedule, at("04 06:45"), UTC), next_due(schedule, at("04 06:45"), UTC)) == (None, None)
    assert interval(schedule) is None


# --- learnt from the past --------------------------------------------------------------------------------------

LAST = at("04 02:10")


def past(*days_ago: int) -> tuple[Day, ...]:
    return tuple(Day(LAST.date() - n * DAY, Outcome.SUCCEEDED, 1) for n in sorted(days_ago, reverse=True))


def test_two_weeks_without_a_gap_are_daily():
    schedule = learnt(past(*range(14)), LAST)

    assert schedule is not None
    assert (schedule.rhythm, schedule.times, schedule.weekdays) == (Rhythm.DAILY, (time(2, 10),), tuple(range(7)))


def test_what_never_runs_at_the_weekend_is_not_due_then():
    weekdays = [n for n in range(28) if (LAST - n * DAY).weekday() < 5]

    schedule = learnt(past(*weekdays), LAST)

    assert schedule is not None
    assert due(schedule, "08 12:00") == "06 02:10"


def test_four_weeks_on_one_day_are_weekly_and_three_are_not_known():
    assert learnt(past(0, 7, 14), LAST) is None
    assert learnt(past(0, 7, 14, 21), LAST) == Schedule(
        Rhythm.WEEKLY, (time(2, 10),), weekdays=(2,), delay=timedelta(hours=4)
    )


@pytest.mark.parametrize(
    "days", [(), (0,), tuple(range(13)), (0, 1, 2, 4, *range(5, 28)), (0, 30, 59), (0, 1, 5, 8, 9, 15, 20, 22)]
)
def test_what_is_not_regular_is_not_known(days):
    assert learnt(past(*days), LAST) is None


@given(st.sets(st.integers(0, 59), max_size=30))
@settings(max_examples=200, deadline=None)
def test_what_is_learnt_fits_every_week_it_was_learnt_from(days):
    schedule = learnt(past(*days), LAST)

    if schedule is not None:
        ran = {LAST.date() - n * DAY for n in days}
        fortnight = [LAST.date() - n * DAY for n in range(14)]
        assert all((day in ran) == (day.weekday() in schedule.weekdays) for day in fortnight)


def test_dates_that_a_calendar_does_not_have_do_not_hurt():
    assert next_due(Schedule(Rhythm.MONTHLY, (time(2),), weekdays=(0,), days=(31,)), at("04 06:45"), UTC) == at(
        "2026-08-31T02:00:00"
    )
    assert date(2026, 8, 31).weekday() == 0
