"""`status`: how the bot itself is."""

from bot.commands.command import Command
from bot.commands.seams import Seams
from bot.core.intent import Answer, Intent
from bot.wording.answers import status_message


def handle(intent: Intent, seams: Seams) -> Answer:  # noqa: ARG001 - every handler is called alike
    """Answer with when it last read, how much of it, and what it waits for."""
    return Answer(status_message(seams.store.memory(), seams.voice, now=seams.now(), next_at=seams.next_at()))


COMMAND = Command("status", "", "when the bot last read, and how much", handle, also=("coverage", "health"))
