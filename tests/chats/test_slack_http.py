"""Signed HTTP through the web door: who cannot sign gets nowhere, and nothing makes it answer 500."""

import json
import random
import time
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import requests
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.chats.slack.hear import listener
from bot.chats.slack.http import PATH
from bot.commands import read_intent
from bot.web.door import Door
from tests.chats.slack_listening import ENDS, SECRET, echo, settings, told
from tests.servers.slack_people import a_command, a_press, an_event, in_a_form, signed, slack_people

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


class Posting:
    """A listener behind a web door, and a hand that posts to it."""

    def __init__(self, slack, url):
        self.slack, self.url = slack, url

    def post(self, body, headers, *, secret=SECRET, at=None, **changed):
        given = {**headers, **signed(secret, body, at=at), **changed}
        return requests.post(self.url + PATH, data=body, headers=given, timeout=10)

    def command(self, text):
        return self.post(urlencode(a_command(self.slack, text)).encode(), FORM)


@contextmanager
def posting(slack, answer=echo):
    made = listener(settings(slack, transport="http", app_token=None), answer=answer, read=read_intent)
    door = Door("127.0.0.1", 0)
    door.start(Starlette(routes=[Mount(path, app) for path, app in made.routes().items()]))
    made.start()
    try:
        yield Posting(slack, door.url)
    finally:
        assert made.stop(within=ENDS)
        door.stop(within=timedelta(seconds=5))


@pytest.fixture(scope="module")
def http():
    with slack_people() as slack, posting(slack) as hand:
        yield hand


def test_a_signed_command_is_acknowledged_and_answered(http):
    said = http.command("client acme")

    assert (said.status_code, said.content) == (200, b"")
    http.slack.wait(lambda: any(told(call.given) == "client acme for Jo Kim" for call in http.slack.of("respond")))


def test_a_command_about_a_payload_is_no_interaction(http):
    """Bolt 1.30 takes every form that holds the word for JSON, and would lose this one."""
    http.command("error payload")

    http.slack.wait(lambda: any(told(call.given) == "error payload for Jo Kim" for call in http.slack.of("respond")))


def test_a_signed_press_is_answered(http):
    said = http.post(in_a_form(a_press(http.slack, "ack 12")), FORM)

    assert said.status_code == 200
    http.slack.wait(lambda: any(told(call.given) == "ack 12 for Jo Kim" for call in http.slack.of("respond")))


def test_the_address_is_verified_only_for_who_can_sign(http):
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()

    assert http.post(body, JSON).json() == {"challenge": "abc"}
    assert http.post(body, JSON, secret="another").status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Slack-Request-Timestamp": "abc"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": "9" * 40},
        {"X-Slack-Request-Timestamp": "１７００００００００".encode()},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": b"v0=\xe9\xe9"},
        {"X-Slack-Signature": "v1=nonsense"},
    ],
)
def test_a_signature_that_is_none_is_refused(http, changed):
    assert http.post(b"{}", JSON, **changed).status_code == 401


@pytest.mark.parametrize("ago", [-310, 310])
def test_a_signature_of_another_time_is_refused(http, ago):
    assert http.post(b"{}", JSON, at=time.time() - ago).status_code == 401


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{not json", JSON),
        (b"[1, 2]", JSON),
        (b"", JSON),
        (b"null", JSON),
        (b"[" * 100_000, JSON),
        (b"payload={not json", FORM),
        (b"payload=[]", FORM),
        (b'{"type": "event_callback", "event": "none"}', JSON),
        (b'payload={"type": "view_submission", "view": 7}', FORM),
    ],
)
def test_a_signed_body_that_cannot_be_read_is_refused(http, body, headers):
    assert http.post(body, headers).status_code in (400, 404)


def test_a_body_that_is_no_text_is_refused(http):
    given = {**JSON, "X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "v0=" + "0" * 64}

    assert requests.post(http.url + PATH, data=b"\xff\xfe", headers=given, timeout=10).status_code == 401


def test_a_body_without_end_is_refused(http):
    assert http.post(b"x" * 1_000_001, FORM).status_code == 413


def test_other_methods_are_refused(http):
    assert requests.get(http.url + PATH, timeout=10).status_code == 405


def test_nothing_signed_makes_it_answer_500(http):
    chance = random.Random(20260106)
    seeds = [a_press(http.slack, "ack 12"), an_event({"type": "message", "channel_type": "im", "user": "U0JO"})]

    statuses = set()
    for _ in range(150):
        bent = _bent(chance.choice(seeds), chance)
        body, headers = (json.dumps(bent).encode(), JSON) if chance.random() < 0.5 else (in_a_form(bent), FORM)
        statuses.add(http.post(body, headers).status_code)
    assert statuses <= {200, 400, 404}


def test_one_that_has_ended_sends_slack_to_the_next():
    with slack_people() as slack:
        made = listener(settings(slack, transport="http", app_token=None), answer=echo, read=read_intent)
        door = Door("127.0.0.1", 0)
        door.start(Starlette(routes=[Mount(path, app) for path, app in made.routes().items()]))
        made.start()
        made.stop(within=ENDS)

        assert Posting(slack, door.url).command("status").status_code == 503
        door.stop(within=timedelta(seconds=5))


def _bent(value, chance):
    if chance.random() < 0.1:
        return chance.choice([None, "", "x", 7, [], {}, ["x"], [{}], True])
    if isinstance(value, dict):
        return {name: _bent(part, chance) for name, part in value.items()}
    return [_bent(part, chance) for part in value] if isinstance(value, list) else value
