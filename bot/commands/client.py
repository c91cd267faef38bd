"""`client <name>`: how is this client doing?"""

from bot.commands.command import Command
from bot.commands.find import by_name, look
from bot.commands.seams import Seams
from bot.commands.words import unquoted
from bot.core.digest import narrowed
from bot.core.intent import Answer, Intent
from bot.wording.answers import client_message, did_you_mean, plain_message


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer with everything about one client, or with the names that are near."""
    asked = unquoted(intent.argument)
    if not asked:
        return Answer(plain_message("Which client? For example: client acme"), refused=True)
    now = seams.now()
    seen = look(seams.store, now=now, policy=seams.policy)
    memory = seen.memory
    found = by_name(asked, seams.directory.names(memory, seams.voice))
    if found.key is None:
        return Answer(did_you_mean("client", asked, found.near, "client"), refused=True)
    mine = seams.directory.standings(found.key, memory, seams.voice)
    rows = [narrowed(row, found.key) for row in seen.rows if any(c.id == found.key for c in row.clients)]
    coverage = memory.clients.get(found.key)
    return Answer(client_message(coverage, mine, rows, seams.voice, now=now, exempt=seams.policy.exempt))


COMMAND = Command("client", "<name>", "how one client is doing", handle, also=("customer", "c"))
