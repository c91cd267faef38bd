"""The front door of Slack: what it joins, and that nothing is asked of Slack before somebody speaks or listens."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from bot.app import build as build_app
from bot.app_yaml import ChatsSettings, Settings
from bot.chats.slack import build
from bot.commands import read_intent
from bot.core.message import Message
from tests.chats.slack_listening import echo, settings
from tests.servers.slack_people import slack_people


def test_it_joins_what_talks_and_what_listens():
    with slack_people() as slack:
        joined = build(settings(slack), answer=echo, read=read_intent, clock=lambda: datetime.now(UTC))
        before = list(slack.calls)
        receipt = joined.chat.post("C0BACKUPS", Message("hello"))

    assert before == []
    assert receipt.place == "C0BACKUPS"
    assert joined.listener is not None
    assert joined.listener.routes() == {}


def test_by_http_it_answers_at_the_door():
    with slack_people() as slack:
        section = settings(slack, transport="http", app_token=None)
        joined = build(section, answer=echo, read=read_intent, clock=lambda: datetime.now(UTC))

    assert joined.listener is not None
    assert list(joined.listener.routes()) == ["/slack/events"]


def test_an_app_with_slack_has_a_listener_and_a_reader_beside_it_has_none(tmp_path):
    with slack_people() as slack:
        wanted = Settings(chats=ChatsSettings(slack=settings(slack)))
        screen = Console(file=StringIO())
        with build_app(wanted, console=screen, folder=tmp_path) as app:
            names = list(app.chats), [listener.name for listener in app.listeners]
        with build_app(wanted, console=screen, folder=tmp_path, read_only=True) as reader:
            beside = list(reader.chats)

    assert names == (["console", "slack"], ["slack"])
    assert beside == ["console"]
