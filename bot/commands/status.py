"""`status`: how the bot itself is."""

from bot.commands.command import Command
from bot.commands.find import look
from bot.commands.seams import Seams
from bot.core.intent import Answer, Intent
from bot.wording.answers import status_message


def handle(intent: Intent, seams: Seams) -> Answer:  # noqa: ARG001 - every handler is called alike
    """Answer with when it last read, how much of it, and what it waits for."""
    seen = look(seams.store, now=seams.now(), policy=seams.policy)
    return Answer(
        status_message(
            seen.memory, seen.rows, seams.voice, now=seen.now, due_at=seams.due_at(), next_at=seams.next_at()
        )
    )


COMMAND = Command("status", "", "when the bot last read, and how much", handle, also=("coverage", "health"))
