"""The console: where fortress speaks without any account."""

from collections.abc import Callable
from datetime import datetime

from rich.console import Console

from bot.chats.console.chat import ConsoleChat
from bot.core.intent import Answer, Intent
from bot.ports import Joined


def build(
    _section: object,
    *,
    answer: Callable[[Intent], Answer],  # noqa: ARG001 - every front door is called alike
    read: Callable[..., Intent],  # noqa: ARG001
    clock: Callable[[], datetime],  # noqa: ARG001
    console: Console,
) -> Joined:
    """Print what is said. It asks nobody: the prompt is started by a person (see `talk`)."""
    return Joined(ConsoleChat(console))
