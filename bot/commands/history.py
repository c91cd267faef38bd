"""`history <number>`: one incident's story, and the last 30 days of its backup."""

from bot.commands.command import Command
from bot.commands.find import incident_of
from bot.commands.own import not_there
from bot.commands.seams import Seams
from bot.commands.words import numbers_first
from bot.core.correlate import GroupKind, group_keys
from bot.core.incident import Incident
from bot.core.intent import Answer, Intent
from bot.core.memory import AuditEntry
from bot.wording.answers import plain_message
from bot.wording.history import history_message

ENTRIES = 1000  # of the audit, the newest


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer with what happened to one backup, and what people did about it."""
    numbers, _ = numbers_first(intent.argument)
    if len(numbers) != 1:
        return Answer(plain_message("Which one? For example: history 12"), refused=True)
    memory = seams.store.memory()
    incident = incident_of(numbers[0], memory)
    if incident is None:
        return not_there(numbers[0], None, seams)
    changes = [(run.read_at, news.kind) for run in memory.runs for news in run.news if news.key == incident.key]
    done = [entry for entry in seams.audit.entries(last=ENTRIES) if _is_about(entry, incident)]
    standing = memory.standings.get(incident.key)
    return Answer(history_message(incident, standing, seams.voice, now=seams.now(), changes=changes, done=done))


def _is_about(entry: AuditEntry, incident: Incident) -> bool:
    """Tell whether an entry is about an incident, or a group it may have been in while it was open."""
    key = entry.target.partition(" ")[2]
    groups = (*group_keys(incident), GroupKind.CLOUD_STORAGE)
    return key == incident.key or (key in groups and entry.at >= incident.first_failed_at)


COMMAND = Command("history", "<number>", "what happened, day by day", handle, also=("story", "timeline"))
