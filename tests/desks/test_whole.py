"""Desks as app.yaml switches them on, and a ticket from the press to its end in the whole bot."""

import json
from datetime import timedelta

import pytest

from bot.app import desks_of
from bot.chats.console.render import render
from bot.commands import read_intent
from bot.core.company import Company, sheet_of
from bot.core.trouble import Lack
from bot.desks.halopsa.api import Halo
from bot.desks.halopsa.companies import Companies
from bot.desks.halopsa.desk import HaloDesk, Rules
from bot.desks.webhook import WebhookDesk
from bot.publishers.folder import write_file
from bot.settings import SettingsError, load
from tests.servers.halo import CLIENT_ID, TENANT, halo_server
from tests.servers.halo import SECRET as HALO_SECRET
from tests.servers.scripted import Said, scripted
from tests.test_line import JO, Office

EMAIL = (
    "desks: {email: {enabled: yes, host: smtp.msp.example, sender: a@msp.example, clients: {Acme: it@acme.example}}}"
)
WEBHOOK = "desks: {webhook: {enabled: yes, url: 'https://tickets.msp.example/in?queue=1'}}"
HALOPSA = "desks: {halopsa: {enabled: yes, url: 'https://acme.halopsa.com', client_id: app-1, ticket_type: 21}}"
SECRETS = {"FORTRESS_WEBHOOK_SECRET": "hush-hush", "FORTRESS_HALOPSA_SECRET": "hush-hush"}


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
        (HALOPSA, {"acronis", "halopsa"}),
        (EMAIL.replace("host", "own: t@msp.example, host"), {"acronis", "email", "mailbox"}),
        (EMAIL.replace("yes", "no").replace("host", "own: t@msp.example, host"), {"acronis"}),
    ],
)
def test_desks_are_those_that_are_switched_on(loaded, text, names):
    settings = loaded(text, SECRETS)

    assert desks_of(settings).keys() == names
    assert "hush-hush" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("desks: {email: {enabled: yes}}", {"host", "sender", "clients"}),
        (EMAIL.replace("host", "user: bot, host"), {"password"}),
        (EMAIL.replace("clients: {Acme: it@acme.example}", "own: t@msp.example"), set()),
        ("desks: {webhook: {enabled: yes}}", {"url", "secret"}),
        ("desks: {halopsa: {enabled: yes}}", {"url", "client_id", "secret", "ticket_type"}),
        ("desks: {email: {enabled: no}, webhook: {}, halopsa: {}}", set()),
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
        EMAIL.replace("enabled", "own: 'Tickets <t@msp.example>', enabled"),
        EMAIL.replace("enabled", "own_text: vendor, enabled"),
        WEBHOOK.replace("https", "http"),
        WEBHOOK.replace("tickets", "me:pw@tickets"),
        WEBHOOK.replace("url", "secret: hush-hush, url"),
        HALOPSA.replace("https", "http"),
        HALOPSA.replace("acme.halopsa.com", "acme.halopsa.com/api?x=1"),
        HALOPSA.replace("client_id", "secret: hush-hush, client_id"),
        HALOPSA.replace("client_id", "tenant: 'a&b', client_id"),
        HALOPSA.replace("client_id", "fields: {client_id: 7}, client_id"),
        HALOPSA.replace("client_id", "fields: {team: [1]}, client_id"),
        HALOPSA.replace("client_id", "closed: [], client_id"),
        HALOPSA.replace("client_id", "closed: [9, 2], client_id"),
        HALOPSA.replace("client_id", "reopened: 9, client_id"),
    ],
)
def test_an_address_that_would_do_something_else_is_refused(loaded, text):
    with pytest.raises(SettingsError) as raised:
        loaded(text, SECRETS)

    assert not any(word in str(raised.value) for word in ("hush-hush", "pw"))


def test_the_file_of_companies_lies_beside_app_yaml(loaded, tmp_path):
    assert loaded(HALOPSA, SECRETS).desks.halopsa.companies == tmp_path / "halopsa-companies.csv"


def test_a_ticket_in_halo_is_shown_as_it_stands_there_and_closed_when_it_heals(tmp_path):
    office = Office(tmp_path / "data")
    with office.app, halo_server() as server:
        office.digest()
        clients = [each.client for each in office.app.keeping.store.memory().clients.values()]
        mapped = [Company(each.id, each.name, 12, "Acme", is_confirmed=True) for each in clients]
        write_file(tmp_path / "companies.csv", (sheet_of(mapped),), "csv", office.now)
        halo = Halo(server.url, CLIENT_ID, HALO_SECRET, tenant=TENANT)
        rules = Rules(ticket_type=21, shared=1)
        desk = HaloDesk(halo, Companies(tmp_path / "companies.csv"), rules, clock=lambda: office.now)
        office.app.desks = {"halopsa": desk}
        numbers = sorted(i.number for i in office.app.keeping.store.memory().incidents.values() if i.ended_at is None)
        pressed = [office.ask(f"raise {number} halopsa") for number in numbers]
        digests = [office.next_digest() for _ in range(6)]

    tickets = server.tickets.values()
    assert len(tickets) == sum("halopsa has it as #44" in words for words in pressed) > 0
    assert any("(halopsa: New, seen " in digest for digest in digests)
    assert {each["status_id"] for each in tickets} == {1, 9}
    told = {action["ticket_id"] for action in server.actions if action["note_html"].startswith(("Healed: ", "Over: "))}
    assert told == {each["id"] for each in tickets if each["status_id"] == 9}


def test_a_note_that_a_desk_refused_is_said_by_status_and_in_the_list_though_its_row_has_healed(tmp_path):
    office = Office(tmp_path / "data")
    with office.app, scripted(Said(201, b'{"reference": "4411"}'), Said(410)) as server:
        office.app.desks = {"webhook": WebhookDesk(server.url, "hush-hush", clock=lambda: office.now)}
        office.digest()
        memory = office.app.keeping.store.memory()
        office.ask(f"raise {passing(memory)} webhook")
        for _ in range(4):
            office.next_digest()
        status, listed = shown(office, "status"), shown(office, "tickets")

    assert f"NOT HEARD: webhook, of #{passing(memory)}, ticket 4411 (" in status
    assert "did not take our note that it is over" in listed
    assert len(server.heard) == 2


def passing(memory):
    """Give the number of a laptop's trouble, which heals by itself."""
    open_ones = (each for each in memory.incidents.values() if each.ended_at is None)
    return next(each.number for each in open_ones if each.subject.workload.name.startswith("LT-"))


def shown(office, asked):
    return str(render(office.app.answer(read_intent(asked, JO)).body))


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


def test_what_a_desk_refused_is_not_counted_as_raised_and_is_not_said_to_be_due(tmp_path, loaded):
    office = Office(tmp_path / "data")
    office.app.settings = loaded(POLICY, SECRET)
    with office.app, scripted(*[Said(422)] * 2, Said(201, b'{"reference": "4411"}')) as server:
        office.app.desks = {"webhook": WebhookDesk(server.url, "hush-hush", clock=lambda: office.now)}
        for _ in range(3):
            office.next_digest()
        would = shown(office, "tickets would")
        office.app.go_on()
        raised = office.app.keeping.tickets.all()
        screen = office.app.chats["console"]._console.file.getvalue()

    assert "1 was not taken by its desk" in would
    assert len(raised) == 1
    assert "raised by policy" not in screen


def test_copies_are_brought_up_to_date_after_rules_raised_and_what_a_desk_refused_is_in_status(tmp_path, loaded):
    office = Office(tmp_path / "data")
    office.app.settings = loaded(POLICY, SECRET)
    with office.app, scripted(Said(401)) as server:
        office.app.desks = {"webhook": WebhookDesk(server.url, "hush-hush", clock=lambda: office.now)}
        office.digest()
        is_due_before = office.app.retelling.is_due
        for _ in range(2):
            office.next_digest()
        troubles = [(each.lack, each.words) for each in office.app._troubles()]

        assert (is_due_before, office.app.retelling.is_due) == (False, True)
        assert [lack for lack, _ in troubles] == [Lack.RAISED]
        assert ", by rule at-once: the webhook answered 401: check desks.webhook.url" in troubles[0][1]


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
