"""How old a last good backup may become: by rhythm, pauses, kind and client; the best of a workload's plans."""

from datetime import time, timedelta

import pytest
from msgspec.structs import replace

from bot.core.activity import Day, EndReason, Outcome, Schedule, Standing
from bot.core.policy import DEFAULT, RecoveryPoints
from bot.core.recovery import recovery_point
from classifier.facts import JobFacts, Kind, Rhythm
from tests.builders import NIGHTLY, WEEKLY, a_protection, a_subject, at

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def standing(good: str | None = "03 02:10", *, plan: str = "Nightly", ended: EndReason | None = None, **listed):
    protection = a_protection(plan=plan, **listed)
    return Standing(a_subject(plan=plan), last_good_at=at(good) if good else None, protection=protection, ended=ended)


def limit_of(*standings, **points):
    found = recovery_point(standings, replace(DEFAULT, recovery=RecoveryPoints(**points)))
    return found.limit if found else None


@pytest.mark.parametrize(
    ("schedule", "limit"),
    [
        (NIGHTLY, 36 * HOUR),
        (WEEKLY, 10.5 * DAY),
        (Schedule(Rhythm.MONTHLY, (time(2),), days=(1,)), 46.5 * DAY),
        (Schedule(Rhythm.WEEKLY, (time(20),), weekdays=(0, 1, 2, 3, 4)), 36 * HOUR),
        (Schedule(Rhythm.WEEKLY, (time(20),), weekdays=(0, 2, 4)), 3.5 * DAY),
        (Schedule(Rhythm.WEEKLY, (time(20),), weekdays=(6,), every=14 * DAY), 21 * DAY),
        (Schedule(Rhythm.DAILY, (time(2),), every=2 * DAY), 3 * DAY),
        (Schedule(Rhythm.DAILY, (time(9), time(13), time(17))), 12 * HOUR),
        (Schedule(Rhythm.HOURLY, every=HOUR), 6 * HOUR),
        (Schedule(Rhythm.BY_EVENT), 8 * DAY),
        (None, 8 * DAY),
    ],
)
def test_the_limit_is_one_and_a_half_times_the_rhythm(schedule, limit):
    assert limit_of(standing(schedule=schedule)) == limit


def test_a_weekend_that_the_plan_leaves_out_is_not_held_against_it():
    mon_to_fri = Schedule(Rhythm.WEEKLY, (time(20),), weekdays=(0, 1, 2, 3, 4))
    friday, monday = standing("06 20:30", schedule=mon_to_fri), standing("02 20:30", schedule=mon_to_fri)

    assert recovery_point([friday], DEFAULT).over_at == at("10 08:00")  # half a day after Monday's start
    assert recovery_point([monday], DEFAULT).over_at == at("04 08:30")


def test_the_newest_backup_of_any_plan_counts_and_the_plan_that_runs_most_often_asks():
    point = recovery_point(
        [standing("01 02:10", schedule=WEEKLY, plan="Weekly"), standing("03 02:10"), standing(None, plan="New")],
        DEFAULT,
    )

    assert (point.limit, point.good_at, point.over_at) == (36 * HOUR, at("03 02:10"), at("04 14:10"))


def test_a_backup_under_a_plan_that_is_gone_is_still_a_backup():
    gone = standing("03 02:10", plan="Old", ended=EndReason.PLAN_REVOKED)

    assert recovery_point([gone, standing(None, schedule=WEEKLY)], DEFAULT).good_at == at("03 02:10")
    assert recovery_point([gone], DEFAULT) is None


def test_a_plan_switched_off_asks_for_nothing():
    assert limit_of(standing(enabled=False)) is None


def test_a_client_comes_before_a_kind_and_a_kind_before_the_rhythm():
    sql, day = standing(kind=Kind.SQL), timedelta(hours=24)

    assert limit_of(sql, by_kind={Kind.SQL: day}) == day
    assert limit_of(sql, by_kind={Kind.SQL: day}, by_client={"Acme": 2 * day}) == 2 * day
    assert limit_of(sql, by_client={"c-Acme": None}) is None
    assert limit_of(sql, by_kind={Kind.FILES: day}, daily=40 * HOUR) == 40 * HOUR
    assert limit_of(sql, on=False) is None


def test_without_a_list_the_last_runs_facts_or_the_past_say_the_rhythm():
    days = tuple(Day(at("03 02:10").date() - n * DAY, Outcome.SUCCEEDED, 1) for n in range(13, -1, -1))
    unlisted = Standing(a_subject(), judged=(at("03 02:10"), "x"), last_good_at=at("03 02:10"))

    assert limit_of(unlisted) == 8 * DAY
    assert limit_of(replace(unlisted, facts=JobFacts(rhythm=Rhythm.WEEKLY))) == 10.5 * DAY
    assert limit_of(replace(unlisted, days=days)) == 36 * HOUR


def test_without_a_good_backup_there_is_a_limit_and_no_moment():
    point = recovery_point([standing(None)], DEFAULT)

    assert (point.limit, point.good_at, point.over_at) == (36 * HOUR, None, None)
