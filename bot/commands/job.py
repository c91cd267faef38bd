"""`job <workload>`: the eleven facts of a workload's last run."""

from bot.commands.command import Command
from bot.commands.find import by_name, job_names, look, one_of_each_workload
from bot.commands.seams import Seams
from bot.commands.words import unquoted
from bot.core.digest import row_of
from bot.core.intent import Answer, Intent
from bot.core.memory import Memory
from bot.wording.answers import did_you_mean, job_message, plain_message


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer with one workload's last run, healthy or not: of several plans the one in trouble."""
    asked = unquoted(intent.argument)
    if not asked:
        return Answer(plain_message("Which workload? For example: job dc01, or job acme dc01"), refused=True)
    now = seams.now()
    seen = look(seams.store, now=now, policy=seams.policy)
    standings = seen.memory.standings
    troubled = {incident.key for row in seen.rows for incident in row.incidents}
    one_each = one_of_each_workload(standings.values(), troubled)
    found = by_name(asked, job_names(Memory(standings=one_each), seams.voice))
    if found.key is None:
        return Answer(did_you_mean("workload", asked, found.near, "job"), refused=True)
    standing = standings[found.key]
    subject = standing.subject
    others = [
        each
        for key, each in standings.items()
        if each.subject.workload.id == subject.workload.id
        and each.subject.client.id == subject.client.id
        and key != found.key
        and each.ended is None
    ]
    row = row_of(found.key, seen.rows)
    return Answer(job_message(standing, row, seams.voice, now=now, others=others))


COMMAND = Command("job", "<workload>", "the eleven facts of its last run", handle, also=("workload", "machine", "j"))
