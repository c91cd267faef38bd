"""`home`: everything on one pane, for the person who asks."""

from bot.commands.command import Command
from bot.commands.find import look
from bot.commands.seams import Seams
from bot.core.intent import Answer, Intent
from bot.core.pane import pane_of
from bot.wording.answers import is_stale
from bot.wording.home import home_message


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer with what needs hands, what is theirs, what lasts, and how old all that is."""
    seen = look(seams.store, now=seams.now(), policy=seams.policy)
    pane = pane_of(seen.memory, seen.rows, intent.actor.id, policy=seams.policy)
    stale = is_stale(seen.memory, due_at=seams.due_at(), now=seen.now)
    return Answer(
        home_message(
            pane, seams.voice, now=seen.now, next_at=seams.next_at(), is_stale=stale, troubles=seams.troubles()
        )
    )


COMMAND = Command(
    "home", "", "all of it on one pane, and what is yours", handle, also=("me", "dashboard"), private=True
)
