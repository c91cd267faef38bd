"""The client and the source against a server with Acronis' manners, good and bad."""

import logging
import time
from datetime import timedelta

import pytest

from bot.core.activity import Reading, Window
from bot.errors import Refused, Unavailable
from bot.net.http import Misuse
from bot.sources.acronis import build
from bot.sources.acronis.client import (
    ALERT_TYPES_PATH,
    ALERTS_PATH,
    APPLICATIONS_PATH,
    POLICIES_PATH,
    STATUSES_PATH,
    TOKEN_PATH,
)
from bot.sources.sandbox import Fault, World
from bot.sources.sandbox.server import ACTIVITIES_PATH, TENANTS_PATH
from tests.sources.account import Account, serving
from tests.sources.conftest import morning, read

WHEN, BEFORE = morning(2), morning(2) - timedelta(hours=8)


def test_whatever_the_page_size_the_reading_is_the_same(served):
    _, large = served(WHEN, page_size=500)
    sandbox, small = served(WHEN, page_size=7)

    assert read(small, BEFORE, WHEN) == read(large, BEFORE, WHEN)
    assert len(sandbox.requests) > 30


def test_next_pages_carry_the_cursor_and_no_filters(served):
    sandbox, source = served(WHEN, page_size=50)

    read(source, BEFORE, WHEN)

    asked = [dict(each.params) for each in sandbox.requests if each.path == ACTIVITIES_PATH]
    assert any("after" in each for each in asked)
    assert all(set(each) == {"after", "limit", "lod"} for each in asked if "after" in each)
    assert all(each.user_agent.startswith("fortress-chatops/") for each in sandbox.requests)


def test_only_get_and_the_token_ever_leave(served):
    sandbox, source = served(WHEN)
    read(source, BEFORE, WHEN)

    with pytest.raises(Misuse):
        source._client._http.send("DELETE", ALERTS_PATH)

    assert {(each.method, each.path) for each in sandbox.requests if each.method != "GET"} == {("POST", TOKEN_PATH)}


def test_the_alerts_are_asked_for_in_nanoseconds(served):
    sandbox, source = served(WHEN)
    read(source, BEFORE, WHEN)

    asked = next(dict(each.params)["updated_at"] for each in sandbox.requests if each.path == ALERTS_PATH)

    assert asked == f"ge({int(BEFORE.timestamp())}000000000)"


def test_dismissed_alerts_are_asked_for_and_alert_types_have_no_pages(served):
    sandbox, source = served(WHEN)
    read(source, BEFORE, WHEN)

    asked = {each.path: dict(each.params) for each in sandbox.requests}
    assert asked[ALERTS_PATH]["show_deleted"] == "true"
    assert asked[ALERT_TYPES_PATH] == {"os_type": "windows"}


def test_what_waits_for_somebody_is_asked_for_beside_what_runs(served):
    sandbox, source = served(WHEN)
    read(source, BEFORE, WHEN)

    states = [[value for name, value in each.params if name == "state"] for each in sandbox.requests]
    assert ["started", "paused"] in states


def test_plans_come_without_what_else_could_be_set(served):
    sandbox, source = served(WHEN)
    read(source, BEFORE, WHEN)

    asked = next(dict(each.params) for each in sandbox.requests if each.path == POLICIES_PATH)
    assert (asked["include_settings"], asked["include_settings_constraints"]) == ("true", "false")


def tokens(sandbox) -> int:
    return sum(each.path == TOKEN_PATH for each in sandbox.requests)


def test_one_token_serves_a_whole_reading(served):
    sandbox, source = served(WHEN, page_size=20)
    read(source, BEFORE, WHEN)

    assert tokens(sandbox) == 1


def test_a_token_refused_in_mid_chain_is_renewed_once(served):
    refusal = Fault(ACTIVITIES_PATH, skip=3, status=401, body=b"<html>401</html>")
    sandbox, source = served(WHEN, refusal, page_size=50)
    _, calm = served(WHEN)

    assert read(source, BEFORE, WHEN) == read(calm, BEFORE, WHEN)
    assert tokens(sandbox) == 2


@pytest.mark.parametrize(
    ("life", "kept"),
    [(timedelta(hours=2), timedelta(minutes=105)), (timedelta(minutes=8), timedelta(minutes=7))],
    ids=["a long one", "a short one"],
)
def test_a_token_is_renewed_shortly_before_it_expires_and_not_earlier(served, life: timedelta, kept: timedelta):
    sandbox, source = served(WHEN, token_life=life)
    now = time.time()
    source._client._wall = lambda: now
    asked = list[int]()

    for later in (timedelta(0), kept - timedelta(seconds=9), kept + timedelta(seconds=9)):
        source._client._wall = lambda later=later: now + later.total_seconds()
        source._client.own_tenant()
        asked.append(tokens(sandbox))

    assert asked == [1, 1, 2]


@pytest.mark.parametrize(
    ("said", "kept"),
    [({}, timedelta(minutes=105)), ({"expires_in": 600}, timedelta(seconds=525))],
    ids=["nothing", "its length"],
)
def test_a_token_that_does_not_say_when_it_ends_is_renewed_in_time(said: dict[str, int], kept: timedelta):
    account, now = Account(), time.time()
    account.token = {"access_token": "t", "token_type": "bearer", "id_token": "", **said}
    with serving(account) as source:
        asked = list[int]()
        for later in (timedelta(0), kept - timedelta(seconds=9), kept + timedelta(seconds=9)):
            source._client._wall = lambda later=later: now + later.total_seconds()
            source._client.own_tenant()
            asked.append(account.sent.count(("POST", TOKEN_PATH)))

    assert asked == [1, 1, 2]


def test_a_token_that_is_over_by_our_clock_is_used_until_it_is_refused(served):
    sandbox, source = served(WHEN)
    source._client._wall = lambda: time.time() + 86400
    source._client.own_tenant()
    source._client.own_tenant()

    assert tokens(sandbox) == 1


def test_a_token_that_is_refused_again_is_a_gap_with_a_remedy(served):
    _, source = served(WHEN, Fault(ACTIVITIES_PATH, times=99, status=401, body=b"<html>401</html>"))

    _, _, coverage = read(source, BEFORE, WHEN)

    assert {each.reading for each in coverage.clients} == {Reading.PARTIAL, Reading.NO_ACCESS}
    assert all("client id" in each.why for each in coverage.clients if each.reading is Reading.PARTIAL)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(ACTIVITIES_PATH, skip=1, status=500, times=2),
        Fault(ACTIVITIES_PATH, status=429, headers={"Retry-After": "3"}),
        Fault(ACTIVITIES_PATH, skip=1, cut=True),
        Fault(ALERTS_PATH, status=502, body=b"<html>bad gateway</html>"),
        Fault(TENANTS_PATH, cut=True),
        Fault(TOKEN_PATH, status=503),
    ],
    ids=["500 twice", "429", "cut page", "html 502", "cut tree", "no token at first"],
)
def test_what_passes_leaves_no_trace(served, fault: Fault):
    _, source = served(WHEN, fault, page_size=100)
    _, calm = served(WHEN)

    assert read(source, BEFORE, WHEN) == read(calm, BEFORE, WHEN)


def test_a_chain_that_breaks_covers_what_was_surely_read(served):
    _, source = served(WHEN, Fault(ACTIVITIES_PATH, skip=2, times=99, status=500), page_size=100)
    _, calm = served(WHEN)

    activities, _, coverage = read(source, BEFORE, WHEN)

    known = {each.id for each in read(calm, BEFORE, WHEN)[0]}
    partial = [each for each in coverage.clients if each.reading is Reading.PARTIAL]
    assert len(partial) == len(coverage.clients) - 1
    assert all(BEFORE < each.until < WHEN and "500" in each.why for each in partial)
    assert activities
    assert {each.id for each in activities} < known


def test_a_first_page_that_never_comes_covers_nothing(served):
    _, source = served(WHEN, Fault(ACTIVITIES_PATH, times=99, status=500))

    _, _, coverage = read(source, BEFORE, WHEN)

    assert {each.until for each in coverage.clients} == {None}
    assert all("could not be listed" in each.why for each in coverage.clients if each.reading is Reading.PARTIAL)


def test_alerts_that_never_come_make_every_client_partial(served):
    _, source = served(WHEN, Fault(ALERTS_PATH, times=99, status=403))

    activities, _, coverage = read(source, BEFORE, WHEN)

    assert activities
    assert Reading.READ not in {each.reading for each in coverage.clients}


def test_a_cursor_that_comes_back_ends_the_chain_as_a_gap(served):
    again = Fault(ACTIVITIES_PATH, times=99, same_cursor=True)
    sandbox, source = served(WHEN, again)

    _, _, coverage = read(source, BEFORE, WHEN)

    assert any(each.reading is Reading.PARTIAL for each in coverage.clients)
    assert len(sandbox.requests) < 30


def test_empty_pages_without_end_are_a_gap(served):
    sandbox, source = served(WHEN, Fault(ALERTS_PATH, times=99, new_cursors=True))

    _, _, coverage = read(source, BEFORE, WHEN)

    assert {each.reading for each in coverage.clients} == {Reading.PARTIAL, Reading.NO_ACCESS}
    assert sum(each.path == ALERTS_PATH for each in sandbox.requests) == 3


def test_results_that_name_no_client_we_know_leave_nobody_read(served):
    no_lists = [Fault(path, status=404, times=99) for path in (POLICIES_PATH, APPLICATIONS_PATH, STATUSES_PATH)]
    _, source = served(WHEN, *no_lists, of=World(uuids=False))

    activities, _, coverage = read(source, BEFORE, WHEN)

    assert activities == []
    assert {each.reading for each in coverage.clients} == {Reading.PARTIAL, Reading.NO_ACCESS}
    partial = [each for each in coverage.clients if each.reading is Reading.PARTIAL]
    assert all(each.until == BEFORE and "by a number we do not know" in each.why for each in partial)


def test_a_wrong_secret_is_refused_with_a_remedy_that_does_not_tell_it(served, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, logger="bot")
    sandbox, _ = served(WHEN)
    source = build(url=sandbox.url, client_id=sandbox.client_id, client_secret="wr0ng-secret", sleep=lambda _: None)

    with pytest.raises(Refused, match="client id and its secret") as caught:
        read(source, BEFORE, WHEN)

    source.close()
    assert "wr0ng" not in f"{caught.value} {caplog.text}"


def test_a_service_that_is_down_is_unavailable(served):
    _, source = served(WHEN, Fault("/api/2/", times=999, status=503))

    with pytest.raises(Unavailable):
        read(source, BEFORE, WHEN)


def test_a_secret_is_not_sent_in_the_clear():
    with pytest.raises(Refused, match="https"):
        build(url="http://eu2-cloud.example", client_id="a", client_secret="b")


def test_a_full_page_without_a_cursor_is_a_gap_unless_a_smaller_one_shows_that_cursors_work(served):
    _, source = served(WHEN, Fault(ACTIVITIES_PATH, times=99, rename={"after": "next"}), page_size=50)

    _, _, coverage = read(source, BEFORE, WHEN)

    assert {each.reading for each in coverage.clients if each.until} == {Reading.PARTIAL}
    assert "gives full pages of /api/task_manager/v2/activities without a next one" in coverage.clients[0].why


def test_a_list_that_just_fills_its_page_is_read_to_its_end():
    account = Account()
    account.lists[STATUSES_PATH] = [
        {"context": {"id": f"M-{number}", "type": "resource.machine", "tenant_id": "110"}} for number in range(50)
    ]
    with serving(account, page_size=50) as source:
        *_, coverage = source.fetch(Window(BEFORE, WHEN))

    assert [params["limit"] for params in account.of(STATUSES_PATH) if "tenant_id" not in params] == ["50", "49"]
    assert "could not be listed" not in coverage.clients[0].why
