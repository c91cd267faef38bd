"""Microsoft Teams: where most people who have no Slack read and press."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.app_yaml import TeamsSettings
from bot.chats.teams.chat import connect
from bot.chats.teams.hear import listener
from bot.core.intent import Answer, Intent
from bot.core.message import Message, Receipt
from bot.ports import Joined, References


def build(
    section: TeamsSettings,
    *,
    answer: Callable[[Intent], Answer],
    read: Callable[..., Intent],
    clock: Callable[[], datetime],
    references: References,
    posted: Callable[[Receipt], Message | None],
    folder: Path | None = None,
) -> Joined:
    """Post as the app of the settings, and hear people through the web door. Nothing is asked of Microsoft yet.

    Args:
        posted: gives what stands in a post; None when that is not kept.
        folder: the data folder, for what Teams would not draw.
    """
    chat = connect(section, references=references, folder=folder, now=clock)
    hears = listener(section, answer=answer, read=read, chat=chat, references=references, posted=posted)
    return Joined(chat, hears)
