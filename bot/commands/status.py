"""`status`: how the bot itself is."""

from datetime import timedelta

from bot.commands.command import Command
from bot.commands.find import look
from bot.commands.seams import Seams
from bot.core.intent import Answer, Intent
from bot.core.memory import MISSED
from bot.core.slot import slot_at
from bot.wording.answers import status_message

ENTRIES = 500  # of the audit, the newest
RECENT = timedelta(days=7)


def handle(intent: Intent, seams: Seams) -> Answer:  # noqa: ARG001 - every handler is called alike
    """Answer with when it last read, how much of it, and what it waits for."""
    seen = look(seams.store, now=seams.now(), policy=seams.policy)
    noted = (entry.target for entry in seams.audit.entries(last=ENTRIES) if entry.action == MISSED)
    return Answer(
        status_message(
            seen.memory,
            seen.rows,
            seams.voice,
            now=seen.now,
            due_at=seams.due_at(),
            next_at=seams.next_at(),
            troubles=seams.troubles(),
            chats=seams.chats(),
            waiting=seams.waiting(),
            missed=tuple(at for slot in noted if seen.now - (at := slot_at(slot)) <= RECENT),
        )
    )


COMMAND = Command("status", "", "when the bot last read, and how much", handle, also=("coverage", "health"))
