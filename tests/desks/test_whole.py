"""Desks as app.yaml switches them on, and a ticket from the press to its end in the whole bot."""

import json

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
