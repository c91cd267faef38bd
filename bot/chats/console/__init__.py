"""The console: where fortress speaks without any account."""

from rich.console import Console

from bot.chats.console.chat import ConsoleChat


def build(console: Console) -> ConsoleChat:
    return ConsoleChat(console)
