"""Taking and giving back a row: what `ack`, `snooze` and `unack` share. First press wins."""

from datetime import datetime

from bot.commands.find import row_by_number
from bot.commands.seams import Seams
from bot.core.digest import Row
from bot.core.incident import Acknowledgement, Incident
from bot.core.intent import Actor, Answer
from bot.core.memory import AuditEntry
from bot.errors import Conflict
from bot.wording.answers import acknowledged_words, ended_words, plain_message, taken_words

TRIES = 3  # a lost race is settled by the second look; a third means the store itself is wrong


def take(
    number: int, actor: Actor, seams: Seams, *, until: datetime | None, comment: str, snoozed: bool = False
) -> Answer:
    """Give a row to a person, unless somebody else has it: then say who."""
    for _ in range(TRIES):
        memory, now = seams.store.memory(), seams.now()
        row = row_by_number(number, memory, now=now, policy=seams.policy)
        if not isinstance(row, Row):
            return not_there(number, row, seams)
        if row.owner is not None and row.owner.by != actor.id:
            words = taken_words(row, row.owner, seams.voice, now=now)
            return Answer(plain_message(words), touched=(row.target,), refused=True)
        given = Acknowledgement(
            target=row.target,
            by=actor.id,
            by_name=actor.name,
            at=now,
            cause=row.cause,
            disposition=row.disposition,
            until=until,
            comment=comment,
            snoozed=snoozed,
        )
        before = memory.acknowledgements.get(row.target)
        try:
            seams.store.acknowledge(given, instead_of=before)
        except Conflict:
            continue
        seams.audit.record(entry(actor, "snooze" if snoozed else "acknowledge", row, seams, after=comment))
        words = acknowledged_words(row, given, seams.voice, now=now)
        return Answer(plain_message(words), touched=(row.target,))
    return Answer(plain_message(f"#{number} changes too fast to take. Please try again."), refused=True)


def give_back(number: int, actor: Actor, seams: Seams) -> Answer:
    """Take an acknowledgement or snooze away again, whoever gave it; the audit says who did."""
    memory, now = seams.store.memory(), seams.now()
    row = row_by_number(number, memory, now=now, policy=seams.policy)
    if not isinstance(row, Row):
        return not_there(number, row, seams)
    given = memory.acknowledgements.get(row.target)
    if given is None or row.owner is None:
        return Answer(plain_message(f"#{number} is nobody's already."), touched=(row.target,))
    try:
        seams.store.withdraw(given)
    except Conflict:
        return Answer(plain_message(f"#{number} has just changed hands. Please look again."), refused=True)
    seams.audit.record(entry(actor, "unacknowledge", row, seams, before=given.by_name))
    whose = "yours" if given.by == actor.id else f"{given.by_name}'s"
    return Answer(plain_message(f"#{number} is nobody's now; it was {whose}."), touched=(row.target,))


def not_there(number: int, found: Incident | None, seams: Seams) -> Answer:
    """Tell a stale button or a wrong number the truth."""
    if found is None:
        return Answer(plain_message(f"There is no #{number}. “open” lists what is."), refused=True)
    words = ended_words(found, seams.voice, now=seams.now())
    return Answer(plain_message(words), touched=(found.key,), refused=True)


def entry(actor: Actor, action: str, row: Row, seams: Seams, *, before: str = "", after: str = "") -> AuditEntry:
    who = f"{actor.chat}:{actor.id} {actor.name}"
    return AuditEntry(seams.now(), who, action, f"#{row.number} {row.target}", before, after)
