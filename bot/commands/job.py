"""`job <workload>`: the eleven facts of a workload's last run."""

from bot.commands.command import Command
from bot.commands.find import by_name, job_names, newest_of_each_workload
from bot.commands.seams import Seams
from bot.commands.words import unquoted
from bot.core.digest import row_of
from bot.core.intent import Answer, Intent
from bot.core.memory import Memory
from bot.wording.answers import did_you_mean, job_message, plain_message


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer with one workload's last run, healthy or not."""
    asked = unquoted(intent.argument)
    if not asked:
        return Answer(plain_message("Which workload? For example: job dc01, or job acme dc01"), refused=True)
    memory, now = seams.store.memory(), seams.now()
    newest = newest_of_each_workload(memory.standings.values())
    found = by_name(asked, job_names(Memory(standings=newest), seams.voice))
    if found.key is None:
        return Answer(did_you_mean("workload", asked, found.near, "job"), refused=True)
    row = row_of(found.key, memory, now=now, policy=seams.policy)
    return Answer(job_message(memory.standings[found.key], row, seams.voice, now=now))


COMMAND = Command("job", "<workload>", "the eleven facts of its last run", handle, also=("workload", "machine", "j"))
