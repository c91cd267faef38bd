"""Each misbehaviour, seen from outside: what a plain HTTP client gets."""

import time

import pytest
import requests

from bot.sources.sandbox import Fault
from bot.sources.sandbox.faults import ALWAYS, NEW_PATHS, busy, old_account
from bot.sources.sandbox.server import (
    ACTIVITIES_PATH,
    ALERTS_PATH,
    APPLICATIONS_PATH,
    BACKUPS_PATH,
    POLICIES_PATH,
    RESOURCES_PATH,
    STATUSES_PATH,
    TENANTS_PATH,
    TYPES_PATH,
)
from tests.sandbox.conftest import morning

WHEN = morning(2)


def statuses(line, path: str, count: int, **params: str) -> list[int]:
    return [line.get(path, **params).status_code for _ in range(count)]


def test_too_many_requests_each_third_time_with_a_time_to_wait(line):
    asked = line(WHEN)
    asked.sandbox.faults.append(busy(3, after_s=7))

    answers = [asked.get(STATUSES_PATH) for _ in range(6)]

    assert [each.status_code for each in answers] == [200, 200, 429, 200, 200, 429]
    assert answers[2].headers["Retry-After"] == "7"


def test_a_service_that_fails_and_recovers(line):
    asked = line(WHEN, Fault(POLICIES_PATH, times=2, status=500))

    assert statuses(asked, POLICIES_PATH, 3) == [500, 500, 200]
    assert statuses(asked, STATUSES_PATH, 1) == [200]


def test_each_of_so_many_pages_fails(line):
    asked = line(WHEN, Fault(ACTIVITIES_PATH, times=ALWAYS, every=4, status=500))

    assert statuses(asked, ACTIVITIES_PATH, 8, limit="5") == [200, 200, 200, 500, 200, 200, 200, 500]


def test_a_body_that_breaks_off(line):
    asked = line(WHEN, Fault(APPLICATIONS_PATH, cut=True))

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        asked.get(APPLICATIONS_PATH)
    assert asked.get(APPLICATIONS_PATH).status_code == 200


def test_a_body_that_drips(line):
    asked = line(WHEN, Fault(TYPES_PATH, drip_s=0.00001))

    began = time.monotonic()
    answer = asked.get(TYPES_PATH, os_type="windows")

    assert answer.json()["items"]
    assert time.monotonic() - began > 0.00001 * len(answer.content)


def test_a_field_that_has_another_name(line):
    asked = line(WHEN, Fault(ACTIVITIES_PATH, rename={"updatedAt": "changedAt"}))

    odd, good = (asked.get(ACTIVITIES_PATH, limit="3").json()["items"] for _ in range(2))

    assert all("updatedAt" not in each and each["changedAt"] for each in odd)
    assert [each["changedAt"] for each in odd] == [each["updatedAt"] for each in good]


def test_an_empty_page(line):
    asked = line(WHEN, Fault(RESOURCES_PATH, empty=True))

    assert asked.get(RESOURCES_PATH).json() == {"items": [], "paging": {"cursors": {}}}
    assert asked.get(RESOURCES_PATH).json()["items"]


@pytest.mark.parametrize("path", [ACTIVITIES_PATH, ALERTS_PATH, STATUSES_PATH, APPLICATIONS_PATH, POLICIES_PATH])
def test_one_client_is_refused_and_missing_everywhere(line, path):
    acme = line(WHEN).sandbox.world.tenant("Acme")
    params = {"limit": "1000"} if path != ALERTS_PATH else {}
    whole = line(WHEN).get(path, **params).text
    asked = line(WHEN, Fault("/api/", times=ALWAYS, client="Acme"))

    told = asked.get(path, **params)

    assert f'"{acme.number}"' in whole
    assert told.status_code == 200
    assert f'"{acme.number}"' not in told.text
    for name in (acme.uuid, str(acme.number)):
        assert asked.get(path, tenant_id=name).status_code == 403


def test_the_tree_still_shows_the_client_that_is_refused(line):
    asked = line(WHEN, Fault("/api/", times=ALWAYS, client="Acme"))

    root = asked.sandbox.world.partner

    assert "Acme" in {each["name"] for each in asked.all(TENANTS_PATH, subtree_root_id=root)}


def test_half_a_tree(line):
    asked = line(WHEN, Fault(TENANTS_PATH, without="West region"))

    half, whole = (
        {each["name"] for each in asked.get(TENANTS_PATH, subtree_root_id=asked.sandbox.world.partner).json()["items"]}
        for _ in range(2)
    )

    assert whole - half == {"West region", "Quarry Logistics"}


def test_a_token_that_ends_in_the_midst_of_a_chain(line):
    asked = line(WHEN, Fault(ACTIVITIES_PATH, skip=1, expires=True))
    after = asked.get(ACTIVITIES_PATH, limit="5").json()["paging"]["cursors"]["after"]

    assert asked.get(ACTIVITIES_PATH, after=after, limit="5").status_code == 401
    asked.sign_in()
    assert asked.get(ACTIVITIES_PATH, after=after, limit="5").status_code == 200


def test_a_service_that_honours_one_condition_of_two(line):
    since, until = ("updatedAt", "ge(2026-03-03T22:00:00Z)"), ("updatedAt", "le(2026-03-04T00:00:00Z)")
    asked = line(WHEN, Fault(ACTIVITIES_PATH, skip=1, one_condition=True))

    both, one = (asked.get(ACTIVITIES_PATH, since, until, limit="1000").json()["items"] for _ in range(2))

    assert all("2026-03-03T22" <= each["updatedAt"] <= "2026-03-04T00:00:00Z" for each in both)
    assert any(each["updatedAt"] > "2026-03-04T00:00:01Z" for each in one)


def test_an_old_account_has_none_of_the_lists(line):
    asked = line(WHEN, *old_account())

    lists = (POLICIES_PATH, APPLICATIONS_PATH, RESOURCES_PATH, STATUSES_PATH, TYPES_PATH, BACKUPS_PATH)

    assert all(path.startswith(NEW_PATHS) for path in lists)
    assert {path: asked.get(path, os_type="linux").status_code for path in lists} == dict.fromkeys(lists, 404)
    assert asked.get(ACTIVITIES_PATH).status_code == 200
    assert asked.get(ALERTS_PATH).status_code == 200


def test_vaults_may_be_closed_to_api_clients(line):
    answer = line(WHEN, vault=False).get(BACKUPS_PATH)

    assert (answer.status_code, answer.json()["code"]) == (403, "AccessDeniedError")


def test_pages_that_are_too_large_are_refused(line):
    asked = line(WHEN, Fault(ACTIVITIES_PATH, times=ALWAYS, limit_over=200))

    assert [asked.get(ACTIVITIES_PATH, limit=limit).status_code for limit in ("500", "200")] == [400, 200]
    assert line(WHEN).get(BACKUPS_PATH, limit="1001").status_code == 400
