"""Looking at a ticket, raising it once, and seeing it wherever its row is."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from bot.commands import answer
from bot.core.intent import Actor, Audience, Intent
from bot.core.message import Buttons, Message, Table
from bot.core.policy import DEFAULT
from bot.core.rights import Right, Roles
from bot.core.ticket import Level
from bot.core.ticket_policy import TicketPolicy, TicketRule
from bot.desks.acronis import AcronisDesk
from bot.errors import Refused, Unavailable
from bot.jobs.ticket_policy import Unsent, raise_by_policy
from bot.jobs.tickets import Desking, raise_ticket
from bot.stores.keeping import KeptTickets
from bot.wording.phrases import Voice
from tests.builders import DISK_FULL, WEDNESDAY, a_batch, an_activity
from tests.commands.bot import NIGHT, WELL, Bot, words_of
from tests.jobs.test_tickets import Ledger
from tests.messages import HOSTILE

JO, VERA = Actor("U2", "Jo", "slack"), Actor("U1", "Vera", "slack")


def a_bot(*batches, **more):
    """Make a bot with two desks: Acronis', and one that remembers."""
    ledger = Ledger()
    desks = {"acronis": AcronisDesk(), "webhook": ledger}
    bot = Bot(
        *batches,
        desks={name: desk.level for name, desk in desks.items()},
        raise_ticket=lambda row, name, by: raise_ticket(row, name, by, bot.desking),
        **more,
    )
    bot.ledger = ledger
    bot.desking = Desking(
        store=bot.store,
        tickets=KeptTickets(bot.store.keeper),
        desks=desks,
        audit=bot.audit,
        voice=Voice(),
        policy=DEFAULT,
        now=lambda: WEDNESDAY,
        reopen_within=timedelta(days=7),
    )
    return bot


@pytest.fixture
def bot():
    return a_bot(WELL, NIGHT)


def offered(message):
    return [
        (b.label, f"{b.verb} {b.argument}")
        for block in message.blocks
        if isinstance(block, Buttons)
        for b in block.buttons
    ]


ACRONIS_TOO, WEBHOOK_TOO = ("For Acronis' support", "ticket 1 acronis"), ("For webhook", "ticket 1 webhook")


@pytest.mark.parametrize(
    ("asked", "buttons"),
    [
        ("ticket 1 webhook", [("Raise it (webhook)", "raise 1 webhook"), ACRONIS_TOO]),
        ("ticket 1 msp", [("Raise it (webhook)", "raise 1 webhook"), ACRONIS_TOO]),
        ("ticket 1 acronis", [("I have raised it", "raise 1 acronis"), WEBHOOK_TOO]),
        ("ticket 1 client", [ACRONIS_TOO, WEBHOOK_TOO]),
    ],
)
def test_a_look_offers_desks_that_the_text_is_for_and_a_look_at_others_and_sends_nothing(bot, asked, buttons):
    assert offered(bot.ask(asked).body) == buttons
    assert bot.ledger.cases == []


def test_a_press_raises_it_and_every_list_shows_its_name(bot):
    given = bot.ask("raise 1 webhook", JO)

    assert given.body.summary == "#1 is raised: webhook has it as #4401."
    assert given.touched
    assert not given.refused
    assert "ticket #4401 (webhook)" in bot.say("open")
    assert "ticket #4401 (webhook)" in bot.say("open 1")
    assert "Ticket #4401 at webhook, by Jo, 06:45." in bot.say("ticket 1 webhook")
    assert offered(bot.ask("ticket 1 webhook").body) == [ACRONIS_TOO]
    assert bot.audit.entries()[0].actor == "slack:U2 Jo"


def test_pressed_again_it_says_who_raised_it(bot):
    bot.ask("raise 1 webhook", JO)

    again = bot.say("raise 1 webhook")

    assert again.splitlines()[0].startswith("#1 has a ticket: #4401 at webhook, raised by Jo 06:45.")
    assert len(bot.ledger.cases) == 1


def test_the_webhook_gets_what_the_look_showed(bot):
    shown = bot.ask("ticket 1 webhook").body
    bot.ask("raise 1 webhook")

    [case] = bot.ledger.cases
    code = next(block.text for block in shown.blocks if hasattr(block, "text") and "Who acts" in block.text)
    assert code == f"Subject: {case.subject}\n\n{case.text}"


def test_a_copied_case_is_noted_under_a_name_of_ours(bot):
    said = bot.ask("raise 1 acronis").body.summary

    assert said == (
        "#1 is noted as raised with Acronis' support, as A-1 here. I sent nothing: "
        "“ticket 1 acronis” has the text for a case of theirs."
    )


def test_tickets_lists_them_and_says_when_there_is_none(bot):
    assert bot.say("tickets").startswith("No ticket was raised yet.")

    bot.ask("raise 1 webhook", JO)
    message = bot.ask("tickets").body

    assert isinstance(message, Message)
    [table] = [block for block in message.blocks if isinstance(block, Table)]
    assert message.summary == "1 open ticket, 0 closed"
    assert (table.rows[0][:3], table.rows[0][-1]) == (("#4401", "webhook", "#1"), "open")


def test_the_list_can_be_shared_but_not_in_a_clients_own_channel(bot):
    bot.seams = replace(bot.seams, own_channels={"C1": "Acme"})
    bot.ask("raise 1 webhook", JO)

    shared = answer(Intent("share", "tickets", VERA, place="C2"), bot.seams)
    refused = answer(Intent("share", "tickets", VERA, place="C1"), bot.seams)

    assert shared.audience is Audience.EVERYONE
    assert shared.body.summary == "1 open ticket, 0 closed"
    assert refused.refused


def ruled(bot, *rules, enabled=False, most=5):
    bot.seams = replace(bot.seams, ticket_policy=TicketPolicy(enabled, most, rules))
    return bot


AT_ONCE = TicketRule("at-once", "webhook", dispositions=())


def test_would_says_what_rules_would_raise_and_why_they_leave_the_rest_and_raises_nothing():
    bot = ruled(a_bot(WELL, NIGHT), msgspec.structs.replace(AT_ONCE, clients=("Fenn", "Nobody")), most=1)

    words = bot.say("tickets would")
    [table] = [block for block in bot.ask("tickets would").body.blocks if isinstance(block, Table)]

    assert words.splitlines()[0] == (
        "Tickets by policy are switched off; 1 would be raised now, 1 more would wait: the most for one refresh is 1"
    )
    assert "No ticket: 1 fits no rule." in words
    assert "Rules name clients that nobody here is called: Nobody." in words
    assert table.rows[0][2:] == ("webhook", "at-once", "now")
    assert table.rows[1][2:] == ("webhook", "at-once", "waits")
    assert bot.ledger.cases == []


def test_would_calls_clients_as_chats_do_and_says_when_there_is_no_rule():
    bot = a_bot(WELL, NIGHT)
    none = bot.say("tickets would")
    bot.seams = replace(bot.seams, voice=Voice(aliases={"Acme": "A-17"}))

    [table] = [block for block in ruled(bot, AT_ONCE).ask("tickets would").body.blocks if isinstance(block, Table)]

    assert none.startswith("No rule raises tickets by itself.")
    assert any("A-17" in row[1] for row in table.rows)
    assert not any("Acme" in row[1] for row in table.rows)


def test_who_raised_it_by_a_rule_is_named_with_the_rule(bot):
    raise_by_policy(TicketPolicy(True, 5, (AT_ONCE,)), bot.desking, Unsent())

    assert "Ticket #4401 at webhook, by fortress (rule at-once), 06:45." in bot.say("ticket 1 webhook")
    assert "raised by fortress (rule at-once) 06:45" in bot.say("raise 1 webhook")
    assert "policy:at-once" in bot.audit.entries()[0].actor


def test_the_list_calls_clients_as_chats_do(bot):
    bot.seams = replace(bot.seams, voice=Voice(aliases={"Acme": "A-17"}))
    bot.ask("raise 1 webhook")

    [table] = [block for block in bot.ask("tickets").body.blocks if isinstance(block, Table)]
    assert table.rows[0][3] == "A-17"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            Refused("the webhook answered 401", remedy="check the secret"),
            "was not raised: the webhook answered 401.",
        ),
        (Unavailable("the webhook: timeout"), "I try again by myself"),
        (Unavailable("the webhook: no connection", unheard=True), "Please try again."),
    ],
)
def test_a_desk_that_fails_is_said_and_nothing_claimed(bot, error, says):
    bot.ledger.failing = [error]

    given = bot.ask("raise 1 webhook")

    assert given.refused
    assert says in words_of(given.body)


def test_where_a_client_cannot_be_written_to_the_mailbox_of_ones_own_is_offered(bot):
    ledger = Ledger()
    bot.desking.desks["email"] = ledger
    ledger.failing = [Refused("nobody knows an address of Acme", remedy="add it")] * 2

    alone = bot.seams = replace(bot.seams, desks={**bot.seams.desks, "email": Level.CLIENT})
    without = bot.ask("raise 1 email")
    bot.seams = replace(alone, desks={**alone.desks, "mailbox": Level.INTERNAL})
    given = bot.ask("raise 1 email")

    assert offered(without.body) == []
    assert offered(given.body) == [("Raise it (mailbox)", "raise 1 mailbox")]
    assert given.refused


@pytest.mark.parametrize("asked", ["raise", "raise 1", "raise 1 halo", "raise 1 2 webhook", "raise 99 webhook"])
def test_what_names_no_row_or_desk_raises_nothing(bot, asked):
    assert bot.ask(asked).refused
    assert bot.ledger.cases == []


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (
            "raise 1 email",
            "There is no desk “email” here. Desks here: acronis, webhook. For example: raise 1 acronis",
        ),
        ("raise 1", "Which one, at which desk? Desks here: acronis, webhook. For example: raise 1 acronis"),
        ("raise", "Which one, at which desk? Desks here: acronis, webhook. For example: raise 12 acronis"),
        (
            "ticket 1 email",
            "There is no desk “email” here. Desks here: acronis, webhook. For example: ticket 1 acronis",
        ),
    ],
)
def test_a_desk_that_is_not_there_is_said_with_those_that_are(bot, asked, says):
    assert bot.ask(asked).body.summary == says


def test_without_any_desk_it_is_said_that_none_is_switched_on():
    bot = Bot(WELL, NIGHT)

    said = bot.ask("raise 1 acronis").body.summary

    assert said == "There is no desk “acronis” here. None is switched on in app.yaml, under desks."


def test_only_who_may_act_raises():
    bot = a_bot(WELL, NIGHT, roles=Roles(Right.VIEW))

    assert bot.ask("raise 1 webhook", VERA).refused
    assert bot.ledger.cases == []
    assert not bot.ask("tickets", VERA).refused


def test_hostile_names_stay_in_one_line_and_in_their_place():
    bot = a_bot(a_batch([an_activity("04 02:00", DISK_FULL, client=HOSTILE, workload=HOSTILE)]))

    bot.ask("raise 1 webhook", Actor("U9", HOSTILE, "slack"))

    [case] = bot.ledger.cases
    table = next(block for block in bot.ask("tickets").body.blocks if isinstance(block, Table))
    assert all(cell.isprintable() for cell in (case.subject, *table.rows[0]))
    assert all(line.isprintable() for line in case.text.splitlines())
