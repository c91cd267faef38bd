"""Slack: where most people read and press."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.app_yaml import SlackSettings
from bot.chats.slack.chat import connect
from bot.chats.slack.hear import listener
from bot.core.intent import Answer, Intent
from bot.ports import Joined


def build(
    section: SlackSettings,
    *,
    answer: Callable[[Intent], Answer],
    read: Callable[..., Intent],
    clock: Callable[[], datetime],
    folder: Path | None = None,
) -> Joined:
    """Post with the bot's token, and hear people by the transport of the settings. Nothing is asked of Slack yet.

    Args:
        folder: the data folder, for what Slack would not draw.
    """
    return Joined(connect(section, folder=folder, now=clock), listener(section, answer=answer, read=read))
