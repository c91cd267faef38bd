"""`audit [who | #number]`: who did what, and who was refused."""

from collections.abc import Sequence

from bot.commands.command import Command
from bot.commands.seams import Seams
from bot.commands.words import read_number, unquoted
from bot.core.intent import Answer, Intent
from bot.core.memory import AuditEntry
from bot.core.rights import Right
from bot.wording.audit import audit_message

ENTRIES = 1000  # the newest that are looked through


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer with the newest entries of everybody, of one person, or about one number."""
    asked = unquoted(intent.argument)
    entries = narrowed(seams.audit.entries(last=ENTRIES), asked)
    number = read_number(asked)
    what = f"Audit of #{number}" if number is not None else f"Audit, “{asked[:60]}”" if asked else "Audit"
    known = {incident.number: incident for incident in seams.store.memory().incidents.values()}
    return Answer(audit_message(entries, what, seams.voice, now=seams.now(), incidents=known))


def narrowed(entries: Sequence[AuditEntry], asked: str) -> list[AuditEntry]:
    """Keep the entries about a number, or by whoever is called so or did so; all for ""."""
    number = read_number(asked)
    if number is not None:
        return [entry for entry in entries if f"#{number}" in entry.target.replace(",", " ").split()]
    wanted = asked.casefold()
    return [entry for entry in entries if wanted in f"{entry.actor} {entry.action}".casefold()]


COMMAND = Command(
    "audit", "[who | #number]", "who did what, and who was refused", handle, right=Right.ADMINISTER, private=True
)
