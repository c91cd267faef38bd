"""`explain <number | code>`: why a row says what it says; for anything else, what a code means."""

from bot.commands import error
from bot.commands.command import Command
from bot.commands.find import incident_of, look
from bot.commands.seams import Seams
from bot.commands.words import read_number, unquoted
from bot.core.digest import row_of
from bot.core.intent import Answer, Intent
from bot.wording.explain import explain_message


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer about the incident of that number; a number that no incident has is a code."""
    number = read_number(unquoted(intent.argument))
    seen = look(seams.store, now=seams.now(), policy=seams.policy)
    incident = incident_of(number, seen.memory) if number is not None else None
    if incident is None:
        return error.handle(intent, seams)
    return Answer(explain_message(incident, row_of(incident.key, seen.rows), seams.voice, now=seen.now))


COMMAND = Command("explain", "<number | code>", "why it says so, and how sure that is", handle, also=("why",))
