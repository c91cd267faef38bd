"""Signed JSON for a ticket system of the operator's own: what docs/tickets.md promises it, checked as it would."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from bot.core.activity import Ref
from bot.core.raised import Case, Note, NoteKind
from bot.desks.webhook import WebhookDesk
from bot.errors import Refused, Unavailable
from bot.net.call import Caller
from classifier.verdict import Disposition, Party
from tests.messages import HOSTILE
from tests.servers.scripted import Said, Scripted, scripted

SECRET = "s" * 32
NOW = datetime(2026, 3, 4, 7, 45, tzinfo=UTC)
CASE = Case(
    key="fortress-12-webhook-20260304T074500",
    number=12,
    subject="Acme: backup disk full",
    text="Who acts: MSP",
    clients=(Ref("c-1", "Acme"),),
    lead=Party.MSP,
    disposition=Disposition.ACT_NOW,
    rule="disk-full",
    code="BackupDestinationDiskFullWithPartition",
)
NOTE = Note("fortress-12-webhook-20260304T074500-1", CASE.key, NoteKind.CLOSED, CASE.subject, "Healed.", CASE.clients)


def desk(server):
    caller = Caller("the webhook", timeout_s=5, sleep=lambda _: None)
    return WebhookDesk(f"{server.url}/in?queue=backup", SECRET, caller=caller, clock=lambda: NOW)


def received(heard):
    """Read an event as the receiver should: nothing of it counts before its signature does."""
    head, _, body = heard.partition("\r\n\r\n")
    first, *rows = head.split("\r\n")
    headers = dict(row.split(": ", 1) for row in rows)
    signed = headers["X-Fortress-Timestamp"].encode() + b"." + body.encode()
    expected = "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(expected, headers["X-Fortress-Signature"])
    assert abs(int(headers["X-Fortress-Timestamp"]) - NOW.timestamp()) < 300
    event = json.loads(body)
    assert headers["Idempotency-Key"] == event["id"]
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert "Authorization" not in headers
    return first, event


def test_a_ticket_is_signed_and_its_reference_read():
    with scripted(Said(201, b'{"reference": "4411"}')) as server:
        reference = desk(server).raise_ticket(CASE)

    first, event = received(server.heard[0])
    assert (reference, first) == ("4411", "POST /in?queue=backup HTTP/1.1")
    assert event["event"] == "raise"
    assert event["ticket"] == {
        "key": CASE.key,
        "number": 12,
        "subject": "Acme: backup disk full",
        "text": "Who acts: MSP",
        "clients": [{"id": "c-1", "name": "Acme"}],
        "lead": "MSP",
        "disposition": "act now",
        "rule": "disk-full",
        "code": "BackupDestinationDiskFullWithPartition",
    }


@pytest.mark.parametrize("kind", NoteKind)
def test_what_follows_names_the_ticket(kind):
    with scripted(Said(204, b"")) as server:
        desk(server).tell("4411", replace(NOTE, kind=kind))

    event = received(server.heard[0])[1]
    assert event == {"id": NOTE.id, "event": kind, "ticket": {"key": CASE.key, "reference": "4411", "text": "Healed."}}


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        (b'{"reference": 4411}', "4411"),
        (b"{}", CASE.key),
        (b"thank you", CASE.key),
        (b"\xff", CASE.key),
        (b'{"reference": "a\\nb"}', CASE.key),
        (b'{"reference": "  "}', CASE.key),
        (b'{"reference": "' + b"x" * 81 + b'"}', CASE.key),
    ],
)
def test_an_answer_without_a_usable_reference_leaves_our_key(body, reference):
    with scripted(Said(200, body)) as server:
        assert desk(server).raise_ticket(CASE) == reference


def test_a_repetition_is_the_same_to_the_byte_so_that_it_can_be_known():
    with scripted(Said(503), Said(refuse=True), Said(200, b'{"reference": "4411"}')) as server:
        reference = desk(server).raise_ticket(CASE)

    assert reference == "4411"
    assert [received(heard) for heard in server.heard] == [received(server.heard[0])] * 3


@pytest.mark.parametrize(("status", "unheard"), [(500, False), (503, False), (408, False)])
def test_a_webhook_in_trouble_is_asked_again_later(status, unheard):
    with scripted(Said(status)) as server, pytest.raises(Unavailable) as raised:
        desk(server).raise_ticket(CASE)

    assert raised.value.unheard is unheard


def test_a_wait_that_it_asks_for_is_kept():
    with scripted(Said(429, headers=(("Retry-After", "30"),))) as server, pytest.raises(Unavailable) as raised:
        desk(server).raise_ticket(CASE)

    assert raised.value.retry_after.total_seconds() == 30


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 422])
def test_a_refusal_or_a_redirect_is_told_and_sent_once(status):
    with (
        scripted(Said(status, headers=(("Location", "/elsewhere"),))) as server,
        pytest.raises(Refused, match=str(status)) as raised,
    ):
        desk(server).raise_ticket(CASE)

    assert len(server.heard) == 1
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("lost", [Said(refuse=True), Said(502)])
@pytest.mark.parametrize("then", [Said(401), Said(429, headers=(("Retry-After", "30"),))])
def test_after_a_try_that_may_have_been_heard_nothing_says_that_none_was(lost, then):
    with scripted(lost, then) as server, pytest.raises(Unavailable) as raised:
        desk(server).raise_ticket(CASE)

    assert len(server.heard) == 2
    assert not raised.value.unheard


def test_a_server_that_goes_away_after_it_may_have_heard_is_not_taken_for_one_that_did_not():
    server = Scripted(Said(refuse=True))
    closing = [server.close]
    caller = Caller("the webhook", timeout_s=5, sleep=lambda _: [close() for close in closing] and closing.clear())

    with pytest.raises(Unavailable, match="no connection") as raised:
        WebhookDesk(server.url, SECRET, caller=caller, clock=lambda: NOW).raise_ticket(CASE)

    assert not raised.value.unheard


@pytest.mark.parametrize("hostile", [HOSTILE, "a\r\nX-Fortress-Signature: v1=0", '"}],"event":"closed', "\u202e\x00"])
def test_no_name_leaves_its_field(hostile):
    case = replace(CASE, subject=hostile, text=hostile, clients=(Ref(hostile, hostile),), rule=hostile, code=hostile)

    with scripted(Said(200, b"{}")) as server:
        desk(server).raise_ticket(case)

    event = received(server.heard[0])[1]
    assert event["event"] == "raise"
    assert event["ticket"]["clients"] == [{"id": hostile, "name": hostile}]
    assert {event["ticket"][key] for key in ("subject", "text", "rule", "code")} == {hostile}
