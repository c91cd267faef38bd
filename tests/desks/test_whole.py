"""Desks as app.yaml switches them on, and a ticket from the press to its end in the whole bot."""

import json
from datetime import timedelta

import pytest

from bot.app import desks_of
from bot.desks.webhook import WebhookDesk
from bot.settings import SettingsError, load
from tests.servers.scripted import Said, scripted
from tests.test_line import Office

EMAIL = (
    "desks: {email: {enabled: yes, host: smtp.msp.example, sender: a@msp.example, clients: {Acme: it@acme.example}}}"
)
WEBHOOK = "desks: {webhook: {enabled: yes, url: 'https://tickets.msp.example/in?queue=1'}}"


@pytest.fixture
def loaded(tmp_path):
    def load_from(text, environ=None):
        file = tmp_path / "app.yaml"
        file.write_text(text)
        return load(file, environ)

    return load_from


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", {"acronis"}),
        ("desks: {acronis: {enabled: no}}", set()),
        (EMAIL, {"acronis", "email"}),
        (WEBHOOK, {"acronis", "webhook"}),
    ],
)
def test_desks_are_those_that_are_switched_on(loaded, text, names):
    settings = loaded(text, {"FORTRESS_WEBHOOK_SECRET": "hush-hush"})

    assert desks_of(settings).keys() == names
    assert "hush-hush" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("desks: {email: {enabled: yes}}", {"host", "sender", "clients"}),
        (EMAIL.replace("host", "user: bot, host"), {"password"}),
        ("desks: {webhook: {enabled: yes}}", {"url", "secret"}),
        ("desks: {email: {enabled: no}, webhook: {}}", set()),
    ],
)
def test_what_a_desk_lacks_is_named_at_once(loaded, text, missing):
    try:
        loaded(text)
        told = set()
    except SettingsError as error:
        told = {mistake.name.rpartition(".")[2] for mistake in error.mistakes}

    assert told == missing


@pytest.mark.parametrize(
    "text",
    [
        EMAIL.replace("it@acme.example", '"it@acme.example\\nBcc: x@evil.example"'),
        EMAIL.replace("a@msp.example", "'Fortress <a@msp.example>'"),
        EMAIL.replace("host: smtp.msp.example", "host: 'smtp.msp.example:25'"),
        EMAIL.replace("enabled", "tls: none, enabled"),
        WEBHOOK.replace("https", "http"),
        WEBHOOK.replace("tickets", "me:pw@tickets"),
        WEBHOOK.replace("url", "secret: hush-hush, url"),
    ],
)
def test_an_address_that_would_do_something_else_is_refused(loaded, text):
    with pytest.raises(SettingsError) as raised:
        loaded(text, {"FORTRESS_WEBHOOK_SECRET": "hush-hush"})

    assert not any(word in str(raised.value) for word in ("hush-hush", "pw"))


def test_a_ticket_lives_from_the_press_to_the_healing(tmp_path):
    office = Office(tmp_path / "data")
    with office.app, scripted(Said(201, b'{"reference": "4411"}')) as server:
        office.app.desks = {"webhook": WebhookDesk(server.url, "hush-hush", clock=lambda: office.now)}
        office.digest()
        numbers = sorted(i.number for i in office.app.keeping.store.memory().incidents.values() if i.ended_at is None)
        pressed = [office.ask(f"raise {number} webhook") for number in numbers]
        digests = [office.next_digest() for _ in range(6)]
        states = {each.closed_at is not None for each in office.app.keeping.tickets.all()}

    events = [json.loads(heard.partition("\r\n\r\n")[2])["event"] for heard in server.heard]
    raised = [words for words in pressed if "webhook has it as #4411" in words]
    assert len(raised) == events.count("raise") > 0
    assert any("ticket #4411 (webhook)" in digest for digest in digests)
    assert "closed" in events
    assert True in states


POLICY = """
desks:
  webhook: {enabled: yes, url: "https://tickets.msp.example/in"}
  policy:
    enabled: yes
    most: 1
    rules:
      - {name: not-fenn, desk: none, clients: [Fenn]}
      - {name: at-once, desk: webhook}
"""
SECRET = {"FORTRESS_WEBHOOK_SECRET": "hush-hush"}


def test_rules_raise_tickets_after_a_reading_but_none_for_the_first_and_say_what_waits(tmp_path, loaded):
    office = Office(tmp_path / "data")
    office.app.settings = loaded(POLICY, SECRET)
    with office.app, scripted(Said(201, b'{"reference": "4411"}')) as server:
        office.app.desks = {"webhook": WebhookDesk(server.url, "hush-hush", clock=lambda: office.now)}
        office.digest()
        after_first = office.app.keeping.tickets.all()
        would = office.ask("tickets would")
        for _ in range(2):
            office.next_digest()
        office.app.go_on()
        raised = office.app.keeping.tickets.all()
        screen = office.app.chats["console"]._console.file.getvalue()
        audited = {entry.actor for entry in office.app.keeping.audit.entries() if entry.action == "ticket raised"}

    assert after_first == ()
    assert would.startswith("Tickets by policy: 0 are due now")
    assert [each.policy_rule for each in raised] == ["at-once"]
    assert not any("Fenn" in client.name for each in raised for client in each.clients)
    assert audited == {"fortress:policy:at-once fortress"}
    assert screen.count("1 ticket was raised by policy, as many as desks.policy.most allows. 1 more cause waits") == 1


def test_nothing_is_raised_from_a_reading_when_a_newer_one_is_due(tmp_path, loaded):
    office = Office(tmp_path / "data")
    office.app.settings = loaded(POLICY, SECRET)
    with office.app, scripted(Said(201, b"{}")) as server:
        for _ in range(3):
            office.next_digest()
        office.app.desks = {"webhook": WebhookDesk(server.url, "hush-hush", clock=lambda: office.now)}
        office.now += timedelta(hours=9)
        office.app.go_on()
        when_late = office.app.keeping.tickets.all()
        office.now -= timedelta(hours=9)
        office.app.go_on()

        assert when_late == ()
        assert office.app.keeping.tickets.all()


def test_rules_that_raise_tickets_are_taken_over_without_a_restart(tmp_path, loaded):
    office = Office(tmp_path / "data")
    with office.app:
        done = office.app.reload(loaded("desks: {reopen_days: 3, policy: {most: 9}}"))

        assert done.taken == ("desks.policy.most",)
        assert "desks.reopen_days" in done.waiting
        assert office.app.settings.desks.policy.most == 9
        assert office.app.settings.desks.reopen_days == 7
