"""Who may do what, and who did what, in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.core.incident import Incident
from bot.core.intent import Actor
from bot.core.memory import AuditEntry
from bot.core.message import Block, Heading, Message, Paragraph, Span, Style, bold, paragraph, quiet, text
from bot.core.rights import Right, Roles
from bot.wording.phrases import Voice, count, name

NAMED_MAX = 5  # people named in a refusal
ENTRIES_MAX = 20
WORDS_MAX = 160  # characters of what it was before, or after
RIGHT_WORDS = {
    Right.VIEW: "ask",
    Right.ACT: "acknowledge, snooze, raise tickets, share",
    Right.RUN: "have everything read now",
    Right.ADMINISTER: "see who did what",
}


def may_not_message(actor: Actor, verb: str, needed: Right, roles: Roles) -> Message:
    """Say what right a person lacks, and who has it."""
    words = f"“{verb}” needs the right “{needed}” ({RIGHT_WORDS[needed]}); yours is “{roles.of(actor)}”."
    named = roles.named_with(needed, chat=actor.chat)
    if not named:
        return Message(f"{words} {NOBODY_NAMED}", (paragraph(words), paragraph(NOBODY_NAMED)))
    who: list[Span] = [text("Who has it: ")]
    for id in named[:NAMED_MAX]:
        who += [text(", ") if len(who) > 1 else text(""), Span(id, Style.MENTION, id)]
    if len(named) > NAMED_MAX:
        who.append(text(f" and {len(named) - NAMED_MAX} more"))
    ids = ", ".join(named[:NAMED_MAX])
    return Message(f"{words} Who has it: {ids}.", (paragraph(words), Paragraph(tuple(who))))


NOBODY_NAMED = "Nobody here is named with it; whoever runs the bot gives rights under roles in app.yaml."


def audit_message(
    entries: Sequence[AuditEntry],
    what: str,
    voice: Voice,
    *,
    now: datetime,
    incidents: Mapping[int, Incident],
) -> Message:
    """List who did what, the newest first.

    Args:
        entries: oldest first.
        what: the list in words ("Audit of #12").
        incidents: by number, for names instead of keys.
    """
    title = f"{what}: {count(len(entries), 'entry', 'entries')}"
    blocks: list[Block] = [Heading(title)]
    blocks += [_entry(entry, voice, now, incidents) for entry in reversed(entries[-ENTRIES_MAX:])]
    if len(entries) > ENTRIES_MAX:
        older = len(entries) - ENTRIES_MAX
        blocks.append(paragraph(quiet(f"and {older:,} older: `fortress audit --last {len(entries)}` where it runs")))
    return Message(title, tuple(blocks))


def _entry(entry: AuditEntry, voice: Voice, now: datetime, incidents: Mapping[int, Incident]) -> Paragraph:
    changed = " → ".join(name(words, most=WORDS_MAX) for words in (entry.before, entry.after) if words)
    about = about_words(entry.target, voice, incidents)
    return paragraph(
        bold(f"{voice.moment(entry.at, now)} {name(who_did(entry))}"),
        f" {name(entry.action)}{f' {about}' if about else ''}{f': {changed}' if changed else ''}",
        quiet(f"  {name(entry.actor.partition(' ')[0])}"),
    )


def who_did(entry: AuditEntry) -> str:
    """Name who did it; their id where nobody knew a name."""
    id, _, known_as = entry.actor.partition(" ")
    return known_as or id


def about_words(target: str, voice: Voice, incidents: Mapping[int, Incident]) -> str:
    """Name what an entry is about: `#12 Acme · SRV1` for the key of an incident, the words as they are else."""
    handle, _, key = target.partition(" ")
    incident = incidents.get(int(handle[1:])) if handle[:1] == "#" and handle[1:].isdecimal() else None
    if incident is None:
        return name(handle if key and handle.startswith("#") else target)
    rest = " and those like it" if key not in ("", incident.key) else ""
    return f"{handle} {voice.client(incident.subject.client)} · {voice.workload(incident.subject)}{rest}"
