"""A listener that hears a fake Slack, for the tests of what comes in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from bot.app_yaml import SlackSettings
from bot.chats.slack.hear import listener
from bot.chats.slack.listener import SlackListener
from bot.chats.slack.socket import Watch
from bot.commands import read_intent
from bot.core.intent import Answer, Intent
from bot.core.message import Message
from tests.servers.slack_people import SlackPeople

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
QUICK = Watch(ping=0.1, look=0.02, patience=0.3, silent=30, give_up=2, pauses=(0.02, 0.04), refused=0.1)
ENDS = timedelta(seconds=10)


def settings(slack: SlackPeople, **more: Any) -> SlackSettings:
    given = {"bot_token": "xoxb-1", "app_token": "xapp-1", "signing_secret": SECRET, "channel": "C0BACKUPS"}
    return SlackSettings(enabled=True, address=slack.address, **{**given, **more})


def echo(intent: Intent) -> Answer:
    return Answer(Message(f"{intent.verb} {intent.argument} for {intent.actor.name}"))


@contextmanager
def listening(
    slack: SlackPeople, answer: Callable[[Intent], Answer] = echo, *, watch: Watch = QUICK, **more: Any
) -> Iterator[SlackListener]:
    made = listener(settings(slack), answer=answer, read=read_intent, watch=watch, **more)
    made.start()
    try:
        yield made
    finally:
        assert made.stop(within=ENDS)


def told(given: dict[str, Any]) -> str:
    """Give the words of a payload, wherever its blocks have them."""
    return " ".join(_texts(given.get("blocks", given.get("view", given))))


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        return
    for name, value in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        if name == "text" and isinstance(value, str):
            yield value
        else:
            yield from _texts(value)
