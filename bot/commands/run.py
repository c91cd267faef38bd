"""`run`: read everything now. It uses up no grace: only scheduled readings do."""

from bot.commands.command import Command
from bot.commands.seams import Seams
from bot.core.intent import Answer, Intent
from bot.core.rights import Right


def handle(intent: Intent, seams: Seams) -> Answer:
    """Read once more, and answer with the digest of it."""
    seams.note(intent.actor, "run")
    return Answer(seams.refresh(intent.actor))


COMMAND = Command("run", "", "read everything now", handle, also=("refresh",), right=Right.RUN, writes=True)
