"""`run`: read everything now. It uses up no grace: only scheduled readings do."""

from bot.commands.command import Command
from bot.commands.seams import Seams
from bot.core.intent import Answer, Intent
from bot.core.memory import AuditEntry


def handle(intent: Intent, seams: Seams) -> Answer:
    """Read once more, and answer with the digest of it."""
    actor = intent.actor
    seams.audit.record(AuditEntry(seams.now(), f"{actor.chat}:{actor.id} {actor.name}", "run"))
    return Answer(seams.refresh(actor))


COMMAND = Command("run", "", "read everything now", handle, also=("refresh",), writes=True)
