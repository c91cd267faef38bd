"""`fortress doctor slack`: each thing looked at, and what to do about it; nothing stays behind in Slack."""

import pytest

from bot.app_yaml import ChatsSettings, Settings, WebSettings
from bot.chats.slack.doctor import examine
from tests.chats.slack_listening import SECRET, settings
from tests.servers.slack_people import slack_people


@pytest.fixture
def slack():
    with slack_people() as server:
        yield server


def found(slack, *, web=True, **more):
    given = {"fallback": "C0SPARE", "clients": {"Acme": "C0ACME"}, "owner": "U0JOKIM", **more}
    section = settings(slack, **given)
    return list(examine(Settings(chats=ChatsSettings(slack=section), web=WebSettings(enabled=web))))


def wrong(findings):
    return [finding for finding in findings if finding.state == "wrong"]


def test_all_is_well_and_nothing_is_left_behind(slack):
    findings = found(slack)

    assert wrong(findings) == []
    assert [finding.says for finding in findings if finding.state == "fine"] == [
        "Slack is switched on",
        "the bot's token is taken, as fortress in Ours",
        "the app's token opens a line (Socket Mode)",
        "the token has every right it needs (chat:write, commands, users:read, im:history, app_mentions:read)",
        "it may post to C0BACKUPS (channel)",
        "it may post to C0SPARE (fallback)",
        "it may post to C0ACME (clients: Acme)",
        "U0JOKIM (owner) is Jo Kim",
        "Slack takes a digest as we draw it",
        "Slack takes a Home as we draw it",
    ]
    assert slack.scheduled == set()
    assert slack.of("chat.postMessage") == []


@pytest.mark.parametrize(
    ("method", "error", "says", "remedy"),
    [
        ("auth.test", "invalid_auth", "refuses the bot's token (invalid_auth)", "copy the Bot User OAuth Token"),
        ("apps.connections.open", "invalid_auth", "gives no line", "connections:write"),
        ("chat.scheduleMessage", "not_in_channel", "may not post to C0BACKUPS", "/invite @fortress"),
        ("chat.scheduleMessage", "is_archived", "may not post to C0BACKUPS", "unarchive"),
        ("users.info", "user_not_found", "no person U0JOKIM", "Copy member ID"),
        ("blocks.validate", "invalid_blocks", "refuses a digest as we draw it: /0/text too long", "plain words"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(slack, method, error, says, remedy):
    slack.refuse(method, error)

    told = wrong(found(slack))
    assert len(told) == 1
    assert says in told[0].says
    assert remedy in told[0].remedy


def test_a_right_that_is_missing_and_one_too_many_are_named(slack):
    slack.scopes = "chat:write,commands,files:write,im:history,app_mentions:read"
    lacking = wrong(found(slack))
    slack.scopes += ",users:read"
    told = found(slack)

    assert [finding.says for finding in lacking] == ["the token lacks users:read"]
    assert wrong(told) == []
    assert any("it also has files:write, which nothing here uses" in finding.says for finding in told)


def test_what_slack_does_not_know_is_left_open(slack):
    slack.refuse("chat.scheduleMessage", *["unknown_method"] * 3)
    slack.refuse("blocks.validate", *["unknown_method"] * 2)

    findings = found(slack)
    assert wrong(findings) == []
    assert sum(finding.state == "unknown" for finding in findings) == 6


def test_by_http_the_door_and_the_secret_are_looked_at(slack):
    by_http = {"transport": "http", "app_token": None}

    assert wrong(found(slack, **by_http, signing_secret="8f742231b10e8888abcd998877665544")) == []
    told = wrong(found(slack, **by_http, signing_secret=SECRET, web=False))
    assert [finding.says for finding in told] == [
        "Slack calls the web door, which is switched off",
        "the signing secret has not the form of one",
    ]


def test_when_nobody_is_there_it_says_so_and_looks_no_further():
    with slack_people() as gone:
        section = gone
    findings = found(section)

    assert [finding.says for finding in wrong(findings)] == ["Slack cannot be reached from here"]
    assert len(findings) == 2
