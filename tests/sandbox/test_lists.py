"""The lists agree with the activities: the same plans, workloads and times."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.sources.sandbox import START, World
from bot.sources.sandbox import plans as plans_module
from bot.sources.sandbox.roster import CLOUD, DISK, Workload
from bot.sources.sandbox.server import (
    ACTIVITIES_PATH,
    APPLICATIONS_PATH,
    BACKUPS_PATH,
    POLICIES_PATH,
    RESOURCES_PATH,
    STATUSES_PATH,
    TENANTS_PATH,
)
from bot.sources.sandbox.stories import TALES
from tests.sandbox.conftest import Line, morning

ROOT = "D332948D-A7A9-4E07-B76C-253DCF6E17FB"


def names(line: Line, path: str = RESOURCES_PATH) -> set[str]:
    return {each.get("name") or each["context"]["name"] for each in line.all(path)}


def applied(line: Line) -> dict[str, dict]:
    """The backup plan's part of each application, by workload id."""
    return {pair[1]["context"]["id"]: pair[1] for pair in line.all(APPLICATIONS_PATH)}


def stands(line: Line, name: str) -> dict:
    return next(each for each in line.all(STATUSES_PATH) if each["context"]["name"] == name)


@pytest.mark.parametrize("child_plans", [False, True])
def test_activities_name_plans_and_workloads_that_are_listed(line, child_plans):
    asked = line(morning(3), of=World(child_plans=child_plans))
    trees = [each["policy"] for each in asked.all(POLICIES_PATH)]
    ids = {plan["id"] for tree in trees for plan in tree}
    roots, children = {tree[0]["id"] for tree in trees}, {tree[1]["id"] for tree in trees}

    activities = asked.all(ACTIVITIES_PATH, updatedAt="ge(2026-03-04T22:45:00Z)", limit="1000")

    named = {each["policy"]["id"] for each in activities if "policy" in each}
    assert len(ids) == 2 * len(trees)
    assert named <= (children if child_plans else roots)
    listed = {each["id"] for each in asked.all(RESOURCES_PATH)}
    workloads = {each["resource"]["id"] for each in activities if "resource" in each}
    hosts = {each["resource"]["id"] for each in activities if each.get("resource", {}).get("name") == "ESX1"}
    assert workloads - hosts <= listed


def test_each_protected_workload_has_one_application_of_a_listed_plan(line):
    asked = line(morning(3))
    trees = {each["policy"][0]["id"]: each["policy"][1]["id"] for each in asked.all(POLICIES_PATH)}

    pairs = asked.all(APPLICATIONS_PATH)

    assert len({pair[0]["context"]["id"] for pair in pairs}) == len(pairs)
    assert all(trees[pair[0]["policy"]["id"]] == pair[1]["policy"]["id"] for pair in pairs)
    bare = {each["context"]["id"] for each in asked.all(STATUSES_PATH) if "policies" not in each}
    assert bare == {each["id"] for each in asked.all(RESOURCES_PATH)} - {pair[0]["context"]["id"] for pair in pairs}


def test_the_last_run_is_the_last_one_the_activities_tell(line):
    asked = line(morning(3))
    roots = [each for each in asked.all(ACTIVITIES_PATH, limit="1000") if each["type"] == ROOT and "result" in each]
    ends: dict[str, str] = {}
    for each in roots:
        id_ = each["resource"]["id"]
        ends[id_] = max(each["completedAt"][:19], ends.get(id_, ""))

    backups = applied(asked)

    compared = {id_ for id_ in ends if id_ in backups}
    assert len(compared) > 100
    assert all(backups[id_]["last_run_time"][:19] == ends[id_] for id_ in compared)


def test_a_plans_schedule_explains_when_its_runs_start(line):
    asked = line(morning(5))
    schedules = {}
    for each in asked.all(POLICIES_PATH, include_settings="true"):
        root, child = each["policy"]
        if "scheduling" in child["settings"]:
            schedules[root["id"]] = child["settings"]["scheduling"]["backup_sets"][0]["schedule"]

    runs = [each for each in asked.all(ACTIVITIES_PATH, limit="1000") if each["type"] == ROOT]

    scheduled = [
        each for each in runs if each["context"]["runMode"] == "scheduled" and each["policy"]["id"] in schedules
    ]
    assert len(scheduled) > 800
    for each in scheduled:
        began = datetime.fromisoformat(each["startedAt"])
        assert explains(schedules[each["policy"]["id"]], began), (each["context"]["PlanName"], began)
    assert {schedule["type"] for schedule in schedules.values()} == {"daily", "weekly", "monthly", "hourly", "event"}


def explains(schedule: dict, began: datetime) -> bool:
    time_ = schedule["alarms"].get("time")
    if not time_:
        return True
    spread = timedelta(minutes=time_["rand_max_delay"]["count"])
    if "repeat_every" in time_:
        hours = range(time_["time_from"]["hour"], time_["time_to"]["hour"] + 1, time_["repeat_every"]["count"])
        return began.hour in hours and timedelta(minutes=began.minute) <= spread
    at = time_["repeat_at"][0]
    for day in (began, began - timedelta(days=1)):
        planned = day.replace(hour=at["hour"], minute=at["minute"], second=0, microsecond=0)
        fits = day.strftime("%a").lower() in time_.get("weekdays", [day.strftime("%a").lower()])
        fits = fits and day.day in time_.get("monthdays", [day.day])
        if fits and planned <= began <= planned + spread + timedelta(seconds=1):
            return True
    return False


def test_the_next_start_is_when_the_next_run_starts(line):
    now, later = line(morning(4)), line(morning(5))
    began = {
        each["resource"]["id"]: each["startedAt"][:19]
        for each in later.all(ACTIVITIES_PATH, updatedAt="ge(2026-03-06T20:00:00Z)", limit="1000")
        if each["type"] == ROOT
    }

    planned = {id_: each["next_run_time"][:19] for id_, each in applied(now).items() if "next_run_time" in each}

    usual = [id_ for id_ in began if planned.get(id_, "") >= "2026-03-06T20"]
    assert len(usual) > 80
    assert sum(planned[id_] == began[id_] for id_ in usual) > 0.9 * len(usual)  # stories start when they like


def test_weekdays_weekly_and_monthly():
    night = [START + timedelta(days=day) for day in range(31)]  # 2 March, a Monday, to 1 April

    def nights(rhythm: str) -> list[str]:
        workload = Workload(3, "x", "x", DISK, CLOUD, 0, rhythm=rhythm)
        return [f"{each:%a %d}" for each in night if plans_module.starts(workload, each.date())]

    assert nights("weekdays")[:6] == ["Mon 02", "Tue 03", "Wed 04", "Thu 05", "Fri 06", "Mon 09"]
    assert nights("weekly") == ["Fri 06", "Fri 13", "Fri 20", "Fri 27"]
    assert nights("monthly") == ["Wed 01"]
    assert 15 < len(nights("by event")) < 25


def test_every_tale_says_when_it_plays_and_what_to_expect():
    for tale in TALES:
        told = tale.__doc__ or ""
        assert any(month in told for month in ("February", "March")), tale.__name__
        assert "Expect" in told, tale.__name__
        assert tale()


def test_a_retired_machine_leaves_the_lists_and_so_does_one_that_vanishes(line):
    before, after = line(morning(1)), line(morning(2))

    assert names(before) - names(after) == {"OLD1", "KIOSK-03"}
    assert names(before, STATUSES_PATH) - names(after, STATUSES_PATH) == {"OLD1", "KIOSK-03"}
    revoked = [each for each in after.all(ACTIVITIES_PATH, limit="1000") if each["type"].startswith("44328016")]
    assert [each["resource"]["name"] for each in revoked] == ["OLD1"]


def test_a_machine_whose_agent_is_gone_keeps_the_start_it_missed(line):
    (policy,) = stands(line(morning(3)), "KIOSK-04")["policies"]

    assert policy["next_run"][:13] == "2026-03-04T01"  # the night of Tuesday; now it is Thursday
    assert policy["last_run"] < "2026-03-03T12"


def test_an_unprotected_machine_has_a_status_and_nothing_else(line):
    asked = line(morning(3))

    bare = stands(asked, "LT-INTERN")

    assert bare["aggregate"]["status"] == "not_protected"
    assert bare["context"]["id"] not in applied(asked)
    assert not any(each.get("resource", {}).get("name") == "LT-INTERN" for each in asked.all(ACTIVITIES_PATH))


def test_a_first_full_copies_for_thirty_hours_and_is_the_only_full_one(line):
    first = stands(line(morning(1)), "ARCHIVE1")
    more = stands(line(morning(1) + timedelta(hours=8)), "ARCHIVE1")

    assert "last_run" not in first["policies"][0]
    assert 0 < first["aggregate"]["running"]["progress"] < more["aggregate"]["running"]["progress"] < 100
    asked = line(morning(2))
    id_ = stands(asked, "ARCHIVE1")["context"]["id"]
    (made,) = asked.all(BACKUPS_PATH, resourceId=id_)
    assert made["type"] == "full"


def test_a_client_that_locks_us_out_takes_everything_with_it(line, world):
    before, after = line(morning(2)), line(morning(2) + timedelta(hours=8))
    tallow = world.tenant("Tallow Brewing")

    for path in (ACTIVITIES_PATH, POLICIES_PATH, APPLICATIONS_PATH, RESOURCES_PATH, STATUSES_PATH, BACKUPS_PATH):
        for asked, there in ((before, True), (after, False)):
            text = str(asked.all(path, limit="1000"))
            assert (f"'{tallow.number}'" in text) is there, path
    for asked, open_ in ((before, True), (after, False)):
        tree = asked.all(TENANTS_PATH, subtree_root_id=world.partner)
        assert next(each for each in tree if each["name"] == "Tallow Brewing")["ancestral_access"] is open_


def test_a_client_with_nothing_at_all(line, world):
    asked, umber = line(morning(3)), world.tenant("Umber Studio")

    for path in (POLICIES_PATH, APPLICATIONS_PATH, RESOURCES_PATH, STATUSES_PATH):
        assert asked.all(path, tenant_id=str(umber.number)) == asked.all(path, tenant_id=umber.uuid) == []


def test_lists_are_filtered_by_tenant_in_every_spelling(line, world):
    asked, acme, kite = line(morning(3)), world.tenant("Acme"), world.tenant("Kite")

    both = [f"or({acme.uuid},{kite.number})", f"{acme.number},{kite.uuid}"]

    assert [len(asked.all(RESOURCES_PATH, tenant_id=each)) for each in both] == [18, 18]
    assert {each["tenant_id"] for each in asked.all(RESOURCES_PATH, tenant_id=acme.uuid)} == {str(acme.number)}


def test_slices_of_a_span_hold_each_change_once(line):
    asked = line(morning(2))
    whole = asked.all(ACTIVITIES_PATH, updatedAt="ge(2026-03-03T22:45:00Z)", order="asc(updatedAt)", limit="1000")
    cuts = ["2026-03-03T22:45:00Z", "2026-03-04T00:00:00.5Z", "2026-03-04T01:10:07.25Z", "2026-03-05T00:00:00Z"]

    parts = [
        each
        for since, until in pairwise(cuts)
        for each in asked.all(
            ACTIVITIES_PATH, ("updatedAt", f"ge({since})"), ("updatedAt", f"lt({until})"), limit="1000"
        )
    ]

    assert [each["uuid"] for each in parts] == [each["uuid"] for each in whole]
    assert [each["updatedAt"] for each in whole] == sorted(each["updatedAt"] for each in whole)


def test_ten_thousand_workloads_are_there_page_by_page(line):
    asked = line(morning(2), of=World(workloads=10_000))

    page = asked.get(STATUSES_PATH, limit="50").json()
    changed = asked.get(ACTIVITIES_PATH, updatedAt="ge(2026-03-03T22:45:00Z)", limit="50").json()

    assert page["paging"]["cursors"]["total"] >= 9_990
    assert changed["paging"]["cursors"]["after"]
