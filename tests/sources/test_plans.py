"""From the vendor's policies to plans: what is known, and what stays unknown with a reason."""

from datetime import time, timedelta
from typing import Any

import msgspec
import pytest

from bot.core.activity import Schedule
from bot.sources.acronis import wire
from bot.sources.acronis.plans import (
    NO_SCHEDULE,
    ODD_SCHEDULE,
    OPEN_METHOD,
    Naming,
    Plans,
    destinations_of,
    method_of,
    schedule_of,
)
from classifier.facts import Destination, Kind, Method, Rhythm

WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]
LATE = [{"hour": 21, "minute": 30}]
AT = (time(21, 30),)


def starting(type_: str, **when: Any) -> dict[str, Any]:
    return {"type": "auto", "schedule": {"type": type_, "alarms": {"time": when}}}


def schedule(*sets: dict[str, Any], **scheduling: Any) -> Schedule | None:
    return schedule_of({"enabled": True, "scheme": "always_incremental", "backup_sets": list(sets), **scheduling})[0]


def policy(id_: str, type_: str = "policy.backup.machine", **changed: Any) -> wire.Policy:
    return wire.read(msgspec.json.encode({"id": id_, "type": type_, **changed}), wire.Policy)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (starting("weekly", weekdays=WORKDAYS, repeat_at=LATE), Schedule(Rhythm.DAILY, AT, (0, 1, 2, 3, 4))),
        (starting("weekly", weekdays=[*WORKDAYS, "sat", "sun"], repeat_at=LATE), Schedule(Rhythm.DAILY, AT)),
        (starting("weekly", weekdays=["fri"], repeat_at=LATE), Schedule(Rhythm.WEEKLY, AT, (4,))),
        (starting("weekly", weekdays=["mon", "thu"], repeat_at=LATE), Schedule(Rhythm.WEEKLY, AT, (0, 3))),
        (starting("daily", repeat_at=[*LATE, {"hour": 9}]), Schedule(Rhythm.DAILY, (time(9), *AT))),
        (starting("monthly", monthdays=[15, 1], repeat_at=LATE), Schedule(Rhythm.MONTHLY, AT, days=(1, 15))),
        (
            starting("monthly", include_last_day_of_month=True, repeat_at=LATE),
            Schedule(Rhythm.MONTHLY, AT, days=(31,)),
        ),
        (
            starting("hourly", repeat_every={"type": "hours", "count": 2}),
            Schedule(Rhythm.HOURLY, every=timedelta(hours=2)),
        ),
        (
            starting(
                "hourly",
                repeat_every={"type": "hours", "count": 4},
                time_from={"hour": 8, "minute": 0},
                time_to={"hour": 18, "minute": 0},
                weekdays=WORKDAYS,
            ),
            Schedule(Rhythm.HOURLY, (time(8), time(12), time(16)), (0, 1, 2, 3, 4)),
        ),
        ({"schedule": {"type": "event", "alarms": {}}}, Schedule(Rhythm.BY_EVENT)),
        (
            {"schedule": {"type": "x", "alarms": {"since_last_exec_time": {"delay": {"type": "days", "count": 1}}}}},
            Schedule(Rhythm.DAILY, every=timedelta(days=1)),
        ),
    ],
)
def test_the_known_schedules(told: dict[str, Any], expected: Schedule):
    assert schedule(told) == expected


@pytest.mark.parametrize(
    "told",
    [
        starting("yearly", repeat_at=LATE),
        starting("weekly", repeat_at=LATE),
        starting("weekly", weekdays=[], repeat_at=LATE),
        starting("weekly", weekdays=["lun"], repeat_at=LATE),
        starting("weekly", weekdays=WORKDAYS, repeat_at=[{"hour": 25}]),
        starting("weekly", weekdays=WORKDAYS, repeat_at=LATE, repeat_every={"type": "weeks", "count": 2}),
        starting("daily", repeat_at=LATE, repeat_every={"type": "days", "count": 3}),
        starting("monthly", monthdays=[1, 40], repeat_at=LATE),
        starting("monthly", weekdays=["mon"], monthdays=[1], repeat_at=LATE),
        starting("monthly", monthdays=[1], months=[1, 6], repeat_at=LATE),
        starting("hourly"),
        starting("hourly", repeat_every={"type": "fortnights", "count": 1}),
        {"schedule": "nightly"},
        {"schedule": {"type": ["weekly"], "alarms": 7}},
        {},
    ],
    ids=str,
)
def test_what_has_another_shape_is_unknown_and_no_guess(told: dict[str, Any]):
    assert schedule_of({"enabled": True, "backup_sets": [told]}) == (None, ODD_SCHEDULE)
    assert schedule_of({"enabled": True, "backup_sets": [starting("daily", repeat_at=LATE), told]})[0] is None


def test_the_random_delay_is_the_schedules_or_the_plans():
    minutes, own = {"type": "minutes", "count": 30}, {"type": "hours", "count": 1}

    assert schedule(starting("daily", repeat_at=LATE), rand_max_delay=minutes).delay == timedelta(minutes=30)
    told = starting("daily", repeat_at=LATE, rand_max_delay=own)
    assert schedule(told, rand_max_delay=minutes).delay == timedelta(hours=1)


def test_of_several_schedules_the_most_frequent_counts_and_the_days_of_a_week_are_one():
    monthly = starting("monthly", monthdays=[1], repeat_at=LATE)
    full, others = (starting("weekly", weekdays=days, repeat_at=LATE) for days in (["sun"], [*WORKDAYS, "sat"]))

    assert schedule(monthly, others).rhythm is Rhythm.DAILY
    assert schedule(full, others) == Schedule(Rhythm.DAILY, AT)


def test_a_plan_without_a_schedule_and_a_continuous_one():
    assert schedule_of({"enabled": False, "backup_sets": [starting("daily", repeat_at=LATE)]}) == (None, NO_SCHEDULE)
    assert schedule_of({"enabled": True, "scheme": "cdp"})[0] == Schedule(Rhythm.CONTINUOUS)


def test_the_method_is_known_only_where_the_scheme_leaves_no_choice():
    assert method_of({"scheme": "always_full"}) is Method.FULL
    assert method_of({"scheme": "custom", "backup_sets": [{"type": "full"}]}) is Method.FULL
    assert method_of({"scheme": "custom", "backup_sets": [{"type": "full"}, {"type": "incremental"}]}) is None
    assert {method_of({"scheme": each}) for each in ("always_incremental", "simple", "new", None)} == {None}


def test_every_copy_is_a_destination_and_an_unknown_one_hides_them_all():
    share = {"type": "network_share", "path": "\\\\NAS01\\backup"}
    both = {"vault": share, "replication": {"enabled": True, "targets": [{"vault": {"type": "cloud"}}]}}

    assert destinations_of({"vault": share}) == (Destination("network_share", "\\\\NAS01\\backup"),)
    assert destinations_of(both) == (Destination("network_share", "\\\\NAS01\\backup"), Destination("cloud"))
    assert destinations_of({"vault": share, "replication": {"enabled": False}}) == destinations_of({"vault": share})
    assert destinations_of({"vault": share, "replication": {"enabled": True, "rules": []}}) == ()
    assert destinations_of({"vault": "cloud"}) == ()


def tree(*more: wire.Policy, **root: Any) -> Plans:
    settings = {"scheduling": {"enabled": True, "backup_sets": [starting("daily", repeat_at=LATE)]}}
    return Plans(
        [
            policy("ROOT", "policy.protection.total", name="Servers", **root),
            policy("CHILD", parent_ids=["ROOT"], settings=settings, source_type="files"),
            policy("SCAN", "policy.security.url_filtering", parent_ids=["ROOT"]),
            *more,
        ]
    )


def test_a_plan_is_found_by_the_id_of_its_root_or_of_its_backups():
    plans = tree()

    assert plans.find("root") == plans.find("child") != None  # noqa: E711 - all three
    plan = plans.find("root")
    assert (plan.id, plan.root, plan.name, plan.kind) == ("child", "root", "Servers", Kind.FILES)
    assert (plan.schedule.rhythm, plan.why_method) == (Rhythm.DAILY, OPEN_METHOD)
    assert plans.find("scan") is None


def test_a_plan_is_on_when_its_root_and_its_backups_are():
    assert tree().find("child").enabled
    assert not tree(enabled=False).find("child").enabled


def test_a_root_above_two_sorts_of_backups_names_neither():
    plans = tree(policy("MAIL", "policy.backup.office365", parent_ids=["ROOT"]))

    assert plans.find("root") is None
    assert plans.find("mail").kind is Kind.MICROSOFT_365
    assert plans.several == {"root"}


def test_templates_deleted_plans_and_circles_do_no_harm():
    gone = policy("GONE", deleted_at="2026-01-01T00:00:00Z")
    circle = [policy("A", parent_ids=["B"]), policy("B", parent_ids=["A"])]

    assert {each.id for each in Plans([policy("T", template=True), gone, *circle]).all} == {"a", "b"}


def test_settings_of_a_strange_shape_cost_only_themselves():
    plan = Plans([policy("P", settings=[1, 2])]).find("p")

    assert (plan.schedule, plan.method, plan.destinations) == (None, None, ())
    assert plan.why_schedule


def test_a_plan_goes_by_the_id_that_activities_carry():
    plans = tree()

    assert Naming(plans, {"root": 5, "child": 1}, {}).name("child") == "root"
    assert Naming(plans, {"child": 1}, {}).name("root") == "child"
    assert Naming(plans, {}, {"child": "root"}).name("child") == "root"
    assert Naming(plans, {}, {}).name("root") == "child"
    assert Naming(plans, {"unknown": 1}, {}).name("unknown") == "unknown"


def test_a_plan_that_did_not_run_goes_as_most_others_do():
    plans = tree(policy("ROOT2", "policy.protection.total"), policy("CHILD2", parent_ids=["ROOT2"]))

    assert Naming(plans, {"root": 3}, {}).name("child2") == "root2"
