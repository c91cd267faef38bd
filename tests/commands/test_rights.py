"""Who may do what: checked where an intent is answered, whatever a chat showed."""

import pytest

from bot.commands import COMMANDS, answer, read_intent
from bot.core.intent import Actor, Form, Intent
from bot.core.message import Message, Paragraph, Style
from bot.core.rights import ORDER, Right, Roles
from tests.commands.bot import NIGHT, WELL, Bot

VERA, ACE, ADA = (Actor(id, name, "slack") for id, name in (("U1", "Vera"), ("U2", "Ace"), ("U3", "Ada")))
ROLES = Roles(Right.VIEW, {"slack:U2": Right.ACT, "slack:U3": Right.ADMINISTER, "teams:T9": Right.ADMINISTER})
NEEDED = {
    Right.VIEW: {"home", "open", "client", "job", "error", "explain", "history", "status", "tickets"},
    Right.ACT: {"ack", "unack", "snooze", "ticket", "raise", "told", "retry", "share"},
    Right.RUN: {"run"},
    Right.ADMINISTER: {"audit"},
}


@pytest.fixture
def bot():
    return Bot(WELL, NIGHT, roles=ROLES)


def test_each_command_needs_one_right():
    assert {right: {c.verb for c in COMMANDS if c.right is right} for right in Right} == NEEDED


@pytest.mark.parametrize("held", Right)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.verb)
def test_each_right_includes_those_before_it(command, held):
    bot = Bot(WELL, NIGHT, roles=Roles(held))

    given = bot.ask(f"{command.verb} 1", VERA)

    was_allowed = not any(entry.action.startswith("refused") for entry in bot.audit.entries())
    assert was_allowed == (ORDER.index(held) >= ORDER.index(command.right))
    assert given.refused or was_allowed


def test_a_refusal_says_which_right_is_needed_and_who_has_it(bot):
    given = bot.ask("ack 1", VERA)

    assert given.refused
    assert given.body.summary == (
        "“ack” needs the right “act” (acknowledge, snooze, raise tickets, share); yours is “view”. Who has it: U2, U3."
    )
    assert [span.target for block in given.body.blocks for span in block.spans if span.style is Style.MENTION] == [
        "U2",
        "U3",
    ]
    assert bot.store.memory().acknowledgements == {}


def test_where_nobody_is_named_the_refusal_says_who_gives_rights():
    given = Bot(WELL, NIGHT).ask("run", VERA)

    assert given.body.summary.endswith("whoever runs the bot gives rights under roles in app.yaml.")


def test_a_refusal_is_written_down_with_what_was_wanted(bot):
    bot.ask("ack 1, 3 mine", VERA)
    bot.ask("run", ACE)

    told = [(e.actor, e.action, e.target, e.before, e.after) for e in bot.audit.entries()]
    assert told == [
        ("slack:U1 Vera", "refused: ack", "#1 #3", "has view", "needs act"),
        ("slack:U2 Ace", "refused: run", "", "has act", "needs run"),
    ]
    assert bot.refreshed == 0


def test_a_button_and_a_form_are_checked_like_words(bot):
    pressed = answer(Intent("ack", "1", VERA), bot.seams)
    filled = answer(Intent("snooze", "1", VERA, inputs={"until": "tomorrow"}), bot.seams)

    assert (pressed.refused, filled.refused) == (True, True)
    assert bot.store.memory().acknowledgements == {}


def test_a_form_is_not_shown_to_who_may_not_send_it(bot):
    assert isinstance(bot.ask("snooze 1", ACE).body, Form)
    assert isinstance(bot.ask("snooze 1", VERA).body, Message)


def test_another_word_for_a_command_needs_the_same_right(bot):
    assert bot.ask("acknowledge 1", VERA).refused
    assert bot.ask("refresh", ACE).refused


def test_the_same_id_in_another_chat_is_another_person(bot):
    assert bot.ask("audit", Actor("U3", "Ada", "teams")).refused
    assert not bot.ask("audit", Actor("T9", "Tea", "teams")).refused


def test_whoever_sits_at_the_console_may_do_everything(bot):
    assert bot.ask("audit", Actor("os:root", "root", "console")).refused is False


# --- who did what ------------------------------------------------------------------------------------------------


def lines_of(message: Message) -> list[str]:
    return ["".join(span.text for span in block.spans) for block in message.blocks if isinstance(block, Paragraph)]


def test_the_audit_says_who_did_what_when_and_what_it_was_before(bot):
    bot.ask("ack 1 disk is on order", ACE)
    bot.ask("unack 1", ADA)

    held = "Ace until 2026-03-07 07:45 UTC: disk is on order"
    assert lines_of(bot.ask("audit", ADA).body) == [
        f"07:45 Ada unacknowledge #1 Acme · FILE1 and those like it: {held} → nobody  slack:U3",
        f"07:45 Ace acknowledge #1 Acme · FILE1 and those like it: nobody → {held}  slack:U2",
    ]


def test_the_audit_can_be_asked_about_a_number_or_a_person(bot):
    for typed, actor in (("ack 1", ACE), ("ack 3", ADA), ("ack 4", VERA), ("ack 1", VERA)):
        bot.ask(typed, actor)

    assert bot.ask("audit #1", ADA).body.summary == "Audit of #1: 2 entries"
    assert bot.ask("audit vera", ADA).body.summary == "Audit, “vera”: 2 entries"
    assert bot.ask("audit refused", ADA).body.summary == "Audit, “refused”: 2 entries"
    assert bot.ask("audit", ADA).body.summary == "Audit: 4 entries"


def test_a_long_audit_is_cut_and_says_how_to_see_the_rest(bot):
    for _ in range(30):
        bot.ask("ack 1", VERA)

    told = lines_of(bot.ask("audit", ADA).body)
    assert len(told) == 21
    assert told[-1] == "and 10 older: `fortress audit --last 30` where it runs"


def test_intent_of_a_stranger_is_everybodys():
    assert ROLES.of(read_intent("open", Actor("U99", "New", "slack")).actor) is Right.VIEW
