"""Socket Mode when the line breaks, falls silent, or cannot be had: it comes back, and says how it is meanwhile."""

import logging

import msgspec
import pytest

from bot.app_yaml import SlackSettings
from bot.chats.slack.hear import listener
from bot.commands import read_intent
from tests.chats.slack_listening import ENDS, QUICK, echo, listening, told
from tests.servers.slack_people import slack_people


@pytest.fixture
def slack():
    with slack_people() as server:
        yield server


def is_heard_again(slack, many=1):
    """A new line was made, and carries a command and its answer."""
    slack.wait(lambda: len(slack.opened) > many)
    slack.ack(slack.command("status"))
    return told(slack.heard("respond")) == "status  for Jo Kim"


def test_slack_asks_for_a_new_line(slack):
    with listening(slack) as ears:
        slack.wait(lambda: bool(slack.opened))
        slack.disconnect()

        assert is_heard_again(slack)
        assert ears.says.startswith("connected for")


def test_the_line_is_cut(slack):
    with listening(slack):
        slack.wait(lambda: bool(slack.opened))
        slack.reset()

        assert is_heard_again(slack)


def test_the_line_is_up_and_answers_no_ping(slack):
    with listening(slack):
        slack.wait(lambda: bool(slack.opened))
        slack.is_silent = True
        slack.wait(lambda: len(slack.opened) > 1)
        slack.is_silent = False

        assert is_heard_again(slack)


def test_the_line_answers_pings_and_brings_nothing(slack):
    with listening(slack, watch=msgspec.structs.replace(QUICK, silent=0.2)):
        slack.wait(lambda: len(slack.opened) > 2)
        slack.ack(slack.command("status"))


def test_slack_is_down_when_we_start_and_comes_back(slack):
    slack.refuse("apps.connections.open", *["internal_error"] * 4)
    with listening(slack) as ears:
        slack.heard("apps.connections.open", many=2)
        slack.wait(lambda: "no line to Slack (internal_error), trying again" in ears.says or bool(slack.opened))

        assert is_heard_again(slack, many=0)


def test_the_line_is_cut_while_slack_gives_no_other(slack):
    with listening(slack):
        slack.wait(lambda: bool(slack.opened))
        slack.refuse("apps.connections.open", *["service_unavailable"] * 3)
        slack.reset()

        assert is_heard_again(slack)


def test_a_refused_token_is_said_with_what_to_do(slack):
    slack.refuse("apps.connections.open", *["invalid_auth"] * 50)
    with listening(slack) as ears:
        slack.heard("apps.connections.open", many=2)
        said = ears.says

    assert said.startswith("Slack refuses the app token (invalid_auth); docs/install-slack.md says how to make another")


def test_it_starts_where_nobody_answers_at_all():
    with slack_people() as gone:
        address = gone.address
    made = listener(
        SlackSettings(address=address, bot_token="xoxb-1", app_token="xapp-1"), answer=echo, read=read_intent
    )
    made.start()
    says, lives = made.says, made.is_alive

    assert made.stop(within=ENDS)
    assert lives
    assert says.startswith(("connecting to Slack", "no line to Slack"))


def test_the_token_is_looked_at_and_what_is_wrong_is_said(slack):
    slack.refuse("auth.test", "token_revoked")
    with listening(slack) as ears:
        slack.wait(lambda: "Slack refuses the bot's token (token_revoked): install the app again" in ears.says)


def test_no_log_holds_the_ticket_that_opens_the_line(slack, caplog):
    caplog.set_level(logging.DEBUG)
    slack.refuse("apps.connections.open", *["internal_error"] * 2)
    with listening(slack):
        slack.wait(lambda: bool(slack.opened))
        slack.reset()
        is_heard_again(slack)

    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("aiohttp")]
    assert ours
    assert not any("secret-ticket" in line or "xapp-1" in line or "xoxb-1" in line for line in ours)
