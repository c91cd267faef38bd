"""The guarded session: what leaves, what is tried again, what is said when it does not work."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import requests
from requests.adapters import HTTPAdapter

from bot.errors import Refused, Unavailable
from bot.net.http import (
    CONNECT_S,
    CUTS_MAX,
    TRIES,
    TRIES_BUSY,
    Bearer,
    Cut,
    Forbidden,
    Http,
    Missing,
    Misuse,
    Unacceptable,
    Unauthorised,
    user_agent,
)
from tests.servers.scripted import Said, Scripted, scripted

NOW = datetime(2026, 3, 3, 6, 45, tzinfo=UTC)
ALLOWED = frozenset({("GET", "*"), ("POST", "/token")})


class Clock:
    """A clock that sleeping moves, and reading too when it ticks."""

    def __init__(self, tick: float = 0.0) -> None:
        self.at, self.tick, self.slept = 0.0, tick, list[float]()

    def __call__(self) -> float:
        self.at += self.tick
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@contextmanager
def http_to(url: str, clock: Clock | None = None, deadline: timedelta = timedelta(minutes=10)) -> Iterator[Http]:
    clock = clock or Clock()
    http = Http(
        url,
        allowed=ALLOWED,
        who="Them",
        address_setting="them.url",
        sleep=clock.sleep,
        clock=clock,
        now=lambda: NOW,
        deadline=deadline,
    )
    try:
        yield http
    finally:
        http.close()


def asked(server: Scripted) -> list[str]:
    return [each.split(" HTTP")[0] for each in server.heard]


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/alerts"), ("DELETE", "/token"), ("PUT", "/x"), ("POST", "/x"), ("PATCH", "/token")],
)
def test_what_is_not_allowed_never_leaves(method: str, path: str):
    with scripted(Said()) as server, http_to(server.url) as http:
        with pytest.raises(Misuse):
            http.send(method, path)

        assert server.heard == []


def test_the_gate_holds_even_for_the_session_itself():
    with scripted(Said()) as server, http_to(server.url) as http:
        with pytest.raises(Misuse):
            http._session.delete(f"{server.url}/alerts")

        assert server.heard == []


def test_nothing_is_sent_to_another_host():
    with scripted(Said()) as server, http_to("http://127.0.0.1:9") as http:
        with pytest.raises(Misuse):
            http._session.get(f"{server.url}/x")

        assert server.heard == []


@pytest.mark.parametrize(
    "trouble",
    [
        Said(status=500),
        Said(status=503),
        Said(status=429),
        Said(status=408),
        Said(body=b"x" * 5000, cut=100),
        Said(refuse=True),
    ],
    ids=["500", "503", "429", "408", "cut body", "hung up"],
)
def test_what_may_pass_is_tried_again(trouble: Said):
    clock = Clock()
    with scripted(trouble, trouble, Said(body=b"good")) as server, http_to(server.url, clock) as http:
        reply = http.get("/x")

        assert reply.body == b"good"
        assert asked(server) == ["GET /x"] * 3
        assert len(clock.slept) == 2


def test_a_token_request_is_tried_again_too():
    with scripted(Said(status=429), Said(body=b"good")) as server, http_to(server.url) as http:
        assert http.post_form("/token", form={"a": "b"}).body == b"good"
        assert asked(server) == ["POST /token"] * 2
        assert server.heard[1].endswith("a=b")


def test_five_tries_and_no_more():
    with scripted(Said(status=502)) as server, http_to(server.url) as http:
        with pytest.raises(Unavailable, match="502"):
            http.get("/x")

        assert len(server.heard) == TRIES


def test_being_told_to_wait_uses_up_no_try():
    busy, broken = Said(status=429, headers=(("Retry-After", "1"),)), Said(status=502)
    answers = [each for _ in range(TRIES - 1) for each in (busy, busy, broken)]
    with scripted(*answers, Said(body=b"good")) as server, http_to(server.url) as http:
        assert http.get("/x").body == b"good"
        assert len(server.heard) == 3 * (TRIES - 1) + 1


def test_a_service_that_is_always_too_busy_is_given_up():
    with scripted(Said(status=429, headers=(("Retry-After", "1"),))) as server, http_to(server.url) as http:
        with pytest.raises(Unavailable, match="429"):
            http.get("/x")

        assert len(server.heard) == TRIES_BUSY


def test_an_answer_that_keeps_breaking_off_is_told_apart_and_sooner():
    with scripted(Said(body=b"x" * 5000, cut=100)) as server, http_to(server.url) as http:
        with pytest.raises(Cut, match="broke off"):
            http.get("/x")

        assert len(server.heard) == CUTS_MAX


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_request_that_is_not_taken_like_this_is_told_apart(status: int):
    with scripted(Said(status=status)) as server, http_to(server.url) as http, pytest.raises(Unacceptable):
        http.get("/x")


@pytest.mark.parametrize(
    ("header", "waited"),
    [("7", 7.0), ("60", 60.0), ("Tue, 03 Mar 2026 06:45:20 GMT", 20.0), ("Tue, 03 Mar 2026 06:00:00 GMT", 0.0)],
    ids=["seconds", "a minute", "a date", "a date gone by"],
)
def test_retry_after_is_honoured(header: str, waited: float):
    clock, busy = Clock(), Said(status=429, headers=(("Retry-After", header),))
    with scripted(busy, Said()) as server, http_to(server.url, clock) as http:
        http.get("/x")

    assert clock.slept == [waited]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("3600", timedelta(hours=1)),
        ("99999999999999999", timedelta(days=7)),
        ("9" * 400, timedelta(days=7)),
        ("Fri, 31 Dec 9999 23:59:59 -2300", timedelta(days=7)),
    ],
    ids=["an hour", "for ever", "beyond numbers", "the last date"],
)
def test_asked_to_wait_longer_than_we_can_it_gives_up_at_once_and_says_how_long(header: str, told: timedelta):
    busy = Said(status=503, headers=(("Retry-After", header),))
    clock = Clock()
    with scripted(busy) as server, http_to(server.url, clock) as http:
        with pytest.raises(Unavailable) as caught:
            http.get("/x")

        assert len(server.heard) == 1
    assert caught.value.retry_after == told
    assert clock.slept == []


@pytest.mark.parametrize("header", ["soon", "-5", "\xb2", "1e3", ""])
def test_a_retry_after_that_says_nothing_is_ignored(header: str):
    busy = Said(status=503, headers=(("Retry-After", header),))
    with scripted(busy, Said()) as server, http_to(server.url) as http:
        assert http.get("/x").status == 200


def test_no_wait_reaches_past_the_deadline():
    busy = Said(status=503, headers=(("Retry-After", "50"),))
    clock = Clock()
    with scripted(busy) as server, http_to(server.url, clock, timedelta(seconds=90)) as http:
        with pytest.raises(Unavailable):
            http.get("/x")

        assert clock.slept == [50.0]
        assert len(server.heard) == 2


def test_a_body_that_only_drips_is_given_up():
    drip = Said(body=b"x" * 400_000, pieces=40)
    with (
        scripted(drip) as server,
        http_to(server.url, Clock(tick=50.0), timedelta(seconds=100)) as http,
        pytest.raises(Unavailable, match="too slowly"),
    ):
        http.get("/x")


@pytest.mark.parametrize(("status", "kind"), [(401, Unauthorised), (403, Forbidden), (404, Missing), (400, Refused)])
def test_what_a_person_must_change_is_refused_at_once(status: int, kind: type[Refused]):
    html = Said(status=status, body=b"<html><center>nginx</center></html>")
    with scripted(html) as server, http_to(server.url) as http:
        with pytest.raises(kind) as caught:
            http.get("/x")

        assert caught.value.remedy
        assert len(server.heard) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"domain":"Access","code":"AccessDeniedError"}',
        b'{"error":{"code":"AccessDeniedError","domain":"Access"}}',
        b'{"error":"Access AccessDeniedError","error_description":"no"}',
    ],
    ids=["flat", "in an envelope", "alone, as the services that give tokens do"],
)
def test_the_vendors_name_for_an_error_is_told(body: bytes):
    with (
        scripted(Said(status=403, body=body)) as server,
        http_to(server.url) as http,
        pytest.raises(Forbidden, match="Access AccessDeniedError"),
    ):
        http.get("/x")


def test_redirects_are_not_followed():
    elsewhere = Said(status=302, headers=(("Location", "http://127.0.0.1:9/login"),))
    with scripted(elsewhere) as server, http_to(server.url) as http:
        with pytest.raises(Refused, match=r"them\.url"):
            http.get("/x")

        assert len(server.heard) == 1


class Noting(HTTPAdapter):
    """An end of the line that notes what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.timeouts: list[object] = []

    def send(self, request, **given):  # type: ignore[no-untyped-def,override]
        self.timeouts.append(given["timeout"])
        raise requests.exceptions.ReadTimeout


def test_a_slow_page_has_all_the_time_that_is_left():
    noting, clock = Noting(), Clock(tick=10.0)
    with http_to("https://them.example", clock, timedelta(seconds=300)) as http:
        http._session.mount("https://", noting)
        with pytest.raises(Unavailable, match="no answer in time"):
            http.get("/x")

    assert noting.timeouts[0] == (CONNECT_S, 290.0)
    assert all(later[1] < 290.0 for later in noting.timeouts[1:])


def test_a_server_on_this_machine_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    with scripted(Said(body=b"good")) as server, http_to(server.url) as http:
        assert http.get("/x").body == b"good"


def test_a_host_in_capitals_is_the_same_host():
    with scripted(Said()) as server, http_to(server.url.replace("127.0.0.1", "LocalHost")) as http:
        assert http.get("/x").status == 200


def test_no_connection_says_so_without_the_address():
    with http_to("http://127.0.0.1:9") as http, pytest.raises(Unavailable, match="no connection") as caught:
        http.get("/x", params=(("after", "s3cret-cursor"),))

    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_secrets_are_in_no_error_and_no_log(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, logger="bot")
    body = b'{"secret": "s3cret-body"}'
    with (
        scripted(Said(status=500, body=body), Said(status=403, body=body)) as server,
        http_to(server.url) as http,
        pytest.raises(Refused) as caught,
    ):
        http.get("/x", params=(("after", "s3cret-cursor"),), auth=Bearer("s3cret-token"))

    assert "s3cret" not in f"{caught.value!r} {caught.value.__cause__!r} {caplog.text}"


def test_we_say_who_we_are_and_a_netrc_file_has_no_say(tmp_path, monkeypatch: pytest.MonkeyPatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with scripted(Said()) as server, http_to(server.url) as http:
        http.get("/a", auth=Bearer("token"))
        http.get("/b")

        assert f"User-Agent: {user_agent()}" in server.heard[0]
        assert "Authorization: Bearer token" in server.heard[0]
        assert "Authorization" not in server.heard[1]
