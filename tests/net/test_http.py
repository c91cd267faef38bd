"""The guarded session: what leaves, what is tried again, what is said when it does not work."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import Refused, Unavailable
from bot.net.http import TRIES, Bearer, Forbidden, Http, Missing, Misuse, Unauthorised, user_agent
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
    [Said(status=500), Said(status=503), Said(status=429), Said(body=b"x" * 5000, cut=100), Said(refuse=True)],
    ids=["500", "503", "429", "cut body", "hung up"],
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


@pytest.mark.parametrize(
    ("header", "waited"),
    [("7", 7.0), ("86400", 60.0), ("Tue, 03 Mar 2026 06:45:20 GMT", 20.0), ("Tue, 03 Mar 2026 06:00:00 GMT", 0.0)],
    ids=["seconds", "a day is capped", "a date", "a date gone by"],
)
def test_retry_after_is_honoured_and_capped(header: str, waited: float):
    clock, busy = Clock(), Said(status=429, headers=(("Retry-After", header),))
    with scripted(busy, Said()) as server, http_to(server.url, clock) as http:
        http.get("/x")

    assert clock.slept == [waited]


def test_the_callers_hear_how_long_they_were_asked_to_wait():
    busy = Said(status=503, headers=(("Retry-After", "3600"),))
    with scripted(busy) as server, http_to(server.url) as http, pytest.raises(Unavailable) as caught:
        http.get("/x")

    assert caught.value.retry_after == timedelta(hours=1)


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
    [b'{"domain":"Access","code":"AccessDeniedError"}', b'{"error":{"code":"AccessDeniedError","domain":"Access"}}'],
    ids=["flat", "in an envelope"],
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
