"""The simulated MSP: deterministic, told night by night, with the real API's manners."""

from collections import Counter
from datetime import timedelta

import pytest
import requests

from bot.core.activity import EndReason, Outcome
from bot.sources.sandbox import START, World
from bot.sources.sandbox.roster import HOSTILE
from bot.sources.sandbox.server import ACTIVITIES_PATH, ALERTS_PATH, TOKEN_PATH
from tests.sources.conftest import morning, read


def night(served, day: int):
    """Read what the reading of 06:45 of a day reads."""
    _, source = served(morning(day))
    return read(source, morning(day) - timedelta(hours=8), morning(day))


def failures(activities) -> Counter:
    return Counter(
        (each.subject.client.name, each.failure.code) for each in activities if each.outcome is Outcome.FAILED
    )


def test_the_first_night(served):
    activities, _, _ = night(served, 1)

    assert failures(activities) == {
        ("Acme", "BackupDestinationDiskFullWithPartition"): 2,
        ("Delta Law", "BackupCorrupted"): 1,
        ("Fenn", ""): 1,
        ("Orchard", ""): 1,
        ("Brightwater", "CannotConnectToMachineWithBackupDestination"): 22,
        ("Harbour Dental", "InternalError"): 1,
        ("Northgate School", "MemoErrorGracefulShutdown"): 1,
        ("Ridgeway Clinic", "MemoErrorCrashUnknown"): 1,
        ("Ridgeway Clinic", "NetworkConnectionFailedHost"): 1,
    }
    assert {a.subject.workload.name for a in activities if a.outcome is Outcome.RUNNING} == {"FS1", "SQL1", "ARCHIVE1"}
    assert {a.subject.workload.name for a in activities if a.outcome is Outcome.WARNED} == {"FS1", "WEB2"}
    assert sum(a.outcome is Outcome.MISSED for a in activities) == 6


def test_the_night_of_the_cloud_storage(served):
    activities, _, _ = night(served, 2)

    away = [each for each in activities if each.failure and each.failure.code == "CloudStorageUnavailable"]
    assert len(away) == 8
    assert len({each.subject.client for each in away}) == 6
    assert {f"{each.finished_at:%H:%M}" for each in away} >= {"03:05", "03:40"}
    assert all(each.facts.cloud_only for each in away)
    assert HOSTILE in {each.subject.workload.name for each in activities if each.outcome is Outcome.FAILED}


def test_the_third_night_heals(served):
    activities, _, _ = night(served, 3)

    assert {client for client, _ in failures(activities)} == {
        "Acme",
        "Delta Law",
        "Fenn",
        "Orchard",
        "Northgate School",
        "Ridgeway Clinic",
        "Stonegate Museum",
    }


def test_shares_stand_behind_the_nas(served):
    activities, _, _ = night(served, 1)

    behind = {
        destination.name
        for each in activities
        if each.subject.client.name == "Brightwater" and each.failure
        for destination in each.facts.destinations
    }
    assert behind == {"\\\\NAS01\\backup"}


def test_of_two_long_jobs_one_ends_and_one_is_stuck(served):
    def running(until) -> dict[str, int | None]:
        _, source = served(until)
        found, _, _ = read(source, until - timedelta(hours=8), until)
        return {a.subject.workload.name: a.facts.bytes_processed for a in found if a.outcome is Outcome.RUNNING}

    early, late = running(morning(1)), running(morning(1) + timedelta(hours=8))
    assert running(morning(1) + timedelta(hours=1))["FS1"] > early["FS1"] > 0
    assert set(late) == {"SQL1", "ARCHIVE1"}
    assert late["SQL1"] == early["SQL1"]
    assert late["ARCHIVE1"] > early["ARCHIVE1"]


def test_the_days_hold_a_manual_run_and_a_revoked_plan(served):
    until = morning(1) + timedelta(hours=8)
    _, source = served(until)
    activities, ended, _ = read(source, morning(1), until)

    assert [a.subject.workload.name for a in activities if a.facts.trigger == "manual"] == ["FS2"]
    assert {each.reason for each in ended} == {EndReason.CLIENT_DISABLED, EndReason.PLAN_REVOKED}


def test_the_past_begins_before_the_first_monday(served):
    _, source = served(morning(0))
    activities, _, coverage = read(source, START - timedelta(days=9), morning(0))

    assert len(activities) > 600
    assert failures(activities)[("Delta Law", "BackupCorrupted")] == 2
    assert coverage.quarantined == 0
    assert coverage.gaps == ()


def test_the_same_seed_tells_the_same(world: World):
    assert World().activities(morning(1)) == world.activities(morning(1))
    assert World().alerts(morning(1)) == world.alerts(morning(1))
    assert World(seed=5).activities(morning(1)) != world.activities(morning(1))


def test_a_later_look_misses_nothing_that_changed_since(world: World):
    until = morning(4)
    for since in (morning(1), morning(3) + timedelta(hours=4)):
        stamp = since.isoformat().replace("+00:00", "")
        changed = [each for each in world.activities(until) if str(each["updatedAt"]) >= stamp]
        assert world.activities(until, since) == changed
        assert world.alerts(until, since) == [each for each in world.alerts(until) if str(each["updatedAt"]) >= stamp]


def test_what_has_ended_does_not_change_later(world: World):
    def ended(until):
        return {a["uuid"]: a for a in world.activities(until) if a["state"] == "completed"}

    early, late = ended(morning(1)), ended(morning(2))

    assert early.items() <= late.items()


def test_ids_are_too_near_for_floats(world: World):
    ids = [int(str(each["id"])) for each in world.activities(morning(1))]

    assert len(set(ids)) == len(ids) > len({float(each) for each in ids})


@pytest.mark.parametrize(("clients", "workloads"), [(1, 0), (3, 50), (40, 2000)])
def test_worlds_of_any_size(clients: int, workloads: int):
    world = World(clients=clients, workloads=workloads)

    customers = [each for each in world.tenants() if each["kind"] == "customer"]
    assert len(customers) == len({each["name"] for each in customers}) == clients
    assert len(world.workloads) >= workloads


@pytest.fixture
def asking(served):
    """Give a way to ask the server what our client never would."""
    sandbox, _ = served(morning(1))
    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between
        form = {"grant_type": "client_credentials"}
        given = session.post(
            sandbox.url + TOKEN_PATH, data=form, auth=(sandbox.client_id, sandbox.client_secret), timeout=5
        )
        headers = {"Authorization": f"Bearer {given.json()['access_token']}"}

        def ask(method: str, path: str, params: object = None, **changed: object) -> requests.Response:
            return session.request(method, sandbox.url + path, params=params, headers=changed or headers, timeout=5)  # type: ignore[arg-type]

        yield ask


def test_the_servers_manners(asking):
    first = asking("GET", ACTIVITIES_PATH, {"limit": "2"})
    cursor = first.json()["paging"]["cursors"]["after"]

    assert len(first.json()["items"]) == 2
    assert asking("GET", ACTIVITIES_PATH, {"after": cursor, "limit": "2", "lod": "full"}).status_code == 200
    assert asking("GET", ACTIVITIES_PATH, {"after": cursor, "order": "asc(updatedAt)"}).status_code == 400
    assert asking("GET", ACTIVITIES_PATH, {"after": "invented"}).status_code == 400
    assert asking("GET", ACTIVITIES_PATH, {"tenant_id": "x"}).json()["message"] == "bad condition field 'tenant_id'"
    assert asking("DELETE", ALERTS_PATH).status_code == 405
    assert asking("POST", ALERTS_PATH).status_code == 405
    assert asking("GET", "/api/elsewhere").status_code == 404


def test_without_a_token_there_is_html_or_an_error_and_no_data(asking):
    alerts = asking("GET", ALERTS_PATH, Authorization="Bearer nonsense")

    assert (alerts.status_code, alerts.headers["Content-Type"]) == (401, "text/plain")
    assert b"nginx" in alerts.content
    assert asking("GET", ACTIVITIES_PATH, Authorization="Bearer nonsense").status_code == 401
