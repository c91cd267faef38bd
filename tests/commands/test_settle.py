"""What tickets leave to people, said where people look, and ended with one press."""

import dataclasses
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.core.message import Button, Paragraph, Table, plain
from bot.core.raised import DeskView
from bot.core.rights import Right, Roles
from bot.errors import Conflict, Refused, Unavailable
from bot.jobs.settle import told_by_hand, try_again
from bot.jobs.tickets import look_after
from tests.builders import DISK_FULL, STRANGE, WEDNESDAY, a_batch, an_activity
from tests.commands.bot import NIGHT, WELL
from tests.commands.test_tickets import JO, VERA, a_bot
from tests.messages import HOSTILE

SICK = a_batch([an_activity("04 02:00", DISK_FULL)])


def settling(*batches, **more):
    """Make a bot whose people can settle what tickets leave to them."""
    bot = a_bot(
        *(batches or (WELL, NIGHT)),
        told_by_hand=lambda number, desk, by, notes: told_by_hand(number, desk, by, bot.desking, notes=notes),
        try_again=lambda number, desk, by: try_again(number, desk, by, bot.desking),
        **more,
    )
    return bot


def changed(bot, desk, *failing):
    """Raise row 1 at a desk, then let what it was told be outdated."""
    bot.ask(f"raise 1 {desk}")
    ticket = the_ticket(bot)
    bot.desking.tickets.keep(with_told(ticket, "something/MSP/else"), instead_of=ticket)
    bot.ledger.failing = list(failing)
    look_after(bot.desking)


def the_ticket(bot):
    [ticket] = bot.desking.tickets.all()
    return ticket


def with_told(ticket, told):
    return replace(ticket, told=told)


def left(message):
    """Find what has a button that settles it."""
    return [
        (plain(block.spans), block.button)
        for block in message.blocks
        if isinstance(block, Paragraph) and block.button is not None and block.button.verb in ("told", "retry")
    ]


@pytest.mark.parametrize("asked", ["tickets", "open 1", "ticket 1 acronis"])
def test_what_is_to_be_told_to_acronis_by_hand_is_said_until_somebody_did(asked):
    bot = settling()
    changed(bot, "acronis")

    [(words, button)] = left(bot.ask(asked).body)
    assert words.startswith("#1, ticket A-1: tell Acronis' support yourself, since 06:45: Now: ")
    assert button == Button("I have told them", "told", "1 acronis 1")

    assert bot.ask(f"{button.verb} {button.argument}").body.summary == "Noted: you told Acronis' support about #1."
    assert left(bot.ask(asked).body) == []


def test_a_row_says_in_a_few_words_that_somebody_has_to_tell_them():
    bot = settling()
    changed(bot, "acronis")

    assert "ticket A-1 (acronis: tell them yourself)" in bot.say("open")


@pytest.mark.parametrize("asked", ["tickets", "open 1", "ticket 1 webhook"])
def test_a_refused_note_is_said_with_its_reason_and_what_to_do(asked):
    bot = settling()
    changed(bot, "webhook", Refused("the webhook answered 410", remedy="check desks.webhook.url"))

    [(words, button)] = left(bot.ask(asked).body)
    assert words == (
        "#1, ticket 4401: webhook did not take our note that something has changed. 06:45: the webhook answered 410. "
        "To do: check desks.webhook.url. It is not sent again by itself."
    )
    assert bot.ask(f"{button.verb} {button.argument}").body.summary == "webhook has it now (#1)."
    assert left(bot.ask(asked).body) == []


def test_a_row_says_in_a_few_words_that_a_note_was_refused():
    bot = settling()
    changed(bot, "webhook", Refused("no", remedy="ask"))

    assert "ticket #4401 (webhook: our note was refused)" in bot.say("open")


@pytest.mark.parametrize("asked", ["tickets", "open 1", "ticket 1 webhook"])
def test_a_ticket_refused_after_a_lost_answer_is_said_with_what_to_do(asked):
    bot = settling()
    bot.ledger.failing = [Unavailable("cut"), Refused("the webhook answered 401", remedy="check the secret")]
    bot.ask("raise 1 webhook")
    bot.desking = dataclasses.replace(bot.desking, now=lambda: WEDNESDAY + timedelta(minutes=5))
    look_after(bot.desking)

    [(words, button)] = left(bot.ask(asked).body)

    assert words == (
        "#1, ticket not confirmed yet: webhook did not take the ticket. 06:50: the webhook answered 401. "
        "To do: check the secret. An earlier try may have reached it: look there too. It is not sent again by itself."
    )
    assert "ticket not confirmed yet (webhook: refused)" in bot.say("open")
    assert bot.ask(f"{button.verb} {button.argument}").body.summary == "webhook has it now (#1)."
    assert left(bot.ask(asked).body) == []


@pytest.mark.parametrize(
    ("failing", "says"),
    [
        (Refused("the webhook answered 401", remedy="check the secret"), "answered 401. Check the secret."),
        (Unavailable("the webhook: timeout"), "Please try again later."),
        (Conflict(), "has just changed"),
    ],
)
def test_what_does_not_work_again_is_said(failing, says):
    bot = settling()
    changed(bot, "webhook", Refused("no", remedy="ask"))
    bot.ledger.failing = [failing]

    given = bot.ask("retry 1 webhook")

    assert given.refused
    assert says in given.body.summary


@pytest.mark.parametrize(
    "asked",
    ["told", "told 1", "told 1 webhook", "told 1 2 acronis", "told 1 acronis x", "retry", "retry 1", "retry 1 acronis"],
)
def test_what_names_nothing_settles_nothing(asked):
    bot = settling()
    changed(bot, "acronis")

    assert bot.ask(asked).refused
    assert the_ticket(bot).owed is not None


def test_only_who_may_act_settles():
    bot = settling(roles=Roles(Right.VIEW, {"slack:U2": Right.ACT}))
    bot.ask("raise 1 acronis", JO)
    changed_by = the_ticket(bot)
    bot.desking.tickets.keep(with_told(changed_by, "x/MSP/y"), instead_of=changed_by)
    look_after(bot.desking)

    assert bot.ask("told 1 acronis", VERA).refused
    assert bot.ask("retry 1 acronis", VERA).refused
    assert not bot.ask("told 1 acronis", JO).refused


def seen(bot, state, **more):
    bot.ask("raise 1 webhook")
    bot.ledger.seen = {"4401": DeskView(state, **{"is_closed": False, "at": WEDNESDAY, **more})}
    look_after(bot.desking)


def test_what_the_desk_says_stands_where_the_reference_stands_with_its_age():
    bot = settling()
    seen(bot, "In Progress", who="Ann")

    assert "ticket #4401 (webhook: In Progress (Ann), seen 06:45)" in bot.say("open")
    assert "icket #4401 (webhook: In Progress (Ann), seen 06:45)" in bot.say("open 1")
    assert "There: In Progress (Ann), seen 06:45" in bot.say("ticket 1 webhook")
    [table] = [block for block in bot.ask("tickets").body.blocks if isinstance(block, Table)]
    assert (table.columns[-1], table.rows[0][-2:]) == ("at the desk", ("open", "In Progress (Ann), seen 06:45"))


@pytest.mark.parametrize("asked", ["tickets", "open 1", "ticket 1 webhook", "raise 1 webhook"])
def test_a_ticket_closed_there_while_it_fails_is_said(asked):
    bot = settling()
    seen(bot, "Closed", is_closed=True)

    said = bot.say(asked)

    assert "At webhook it is closed: Closed, seen 06:45. It still fails." in said
    assert "Nothing opens it again by itself: do that there." in said


def test_a_ticket_that_the_desk_does_not_know_any_more_is_said():
    bot = settling()
    seen(bot, "")

    assert "ticket #4401 (webhook: not there any more, seen 06:45)" in bot.say("open")


def test_hostile_words_of_a_desk_stay_in_one_line():
    bot = settling(SICK)
    seen(bot, HOSTILE, who=HOSTILE)
    ticket = the_ticket(bot)
    bot.desking.tickets.keep(with_told(ticket, "x/MSP/y"), instead_of=ticket)
    bot.ledger.failing = [Refused(HOSTILE, remedy=HOSTILE)]
    look_after(bot.desking)

    [(words, _)] = left(bot.ask("tickets").body)
    assert words.isprintable()
    assert all(line.isprintable() for line in bot.say("open").splitlines())


def test_of_very_many_the_first_are_shown_and_the_others_counted():
    nights = [an_activity("04 02:00", STRANGE, client=f"C{at}", workload=f"PC{at}") for at in range(12)]
    bot = settling(a_batch(nights))
    for number in range(1, 13):
        bot.ask(f"raise {number} acronis")
    for ticket in bot.desking.tickets.all():
        bot.desking.tickets.keep(with_told(ticket, "x/MSP/y"), instead_of=ticket)
    look_after(bot.desking)

    message = bot.ask("tickets").body

    assert len(left(message)) == 10
    assert "And 2 others" in bot.say("tickets")
