"""What is said of raised tickets: to a desk, in a row, and to who asks for them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.core.digest import Row
from bot.core.incident import Incident, State
from bot.core.message import Block, Button, Buttons, Heading, Message, Table, bold, paragraph
from bot.core.raised import Case, Raised, Refusal
from bot.core.ticket import Level, Ticket
from bot.wording.left import NO_NAME, closed_words, desk_name, left_blocks, seen_words, stands, view_words
from bot.wording.phrases import DISPOSITION_WORDS, Voice, count, listed, name, parties, sentence
from bot.wording.ticket import ticket_text

REFERENCE_MAX = 40
SUBJECT_MAX = 200
SHOWN_MAX = 30  # rows of `tickets`


def case_of(key: str, ticket: Ticket, voice: Voice, *, level: Level) -> Case:
    """Make what leaves for a desk: the pack for its eyes, its first line as the subject."""
    subject, _, text = ticket_text(ticket, voice, level=level).partition("\n")
    return Case(
        key=key,
        number=ticket.number,
        subject=name(subject.removeprefix("Subject: "), most=SUBJECT_MAX),
        text=text.strip("\n"),
        clients=ticket.clients,
        lead=ticket.lead,
        disposition=ticket.disposition,
        rule=ticket.verdict.rule,
        code=ticket.failure.code,
    )


def changed_note(row: Row) -> str:
    """Say what is thought of it now. It goes to clients too: no name of anybody is in it."""
    verdict = row.verdict
    return "\n".join(
        (
            f"Now: {sentence(name(verdict.brief))}",
            f"Who acts: {parties(verdict.parties)} ({DISPOSITION_WORDS[row.disposition].lower()})",
            f"First step: {sentence(name(verdict.first_step, most=400))}",
        )
    )


def over_note(incident: Incident | None, voice: Voice) -> str:
    """Say how it ended. Of a group, or of what is long forgotten, only that it did."""
    if incident is None or incident.ended_at is None:
        return "Over: nothing of it fails any more."
    when = voice.dated(incident.ended_at)
    if incident.state is State.RESOLVED:
        return f"Healed: there is a good backup again, {when}."
    return f"Over: this backup is not there any more, {when}."


def reference_words(ticket: Raised) -> str:
    """Name a ticket: `#4411`; one that the desk has not confirmed has no name yet."""
    reference = name(ticket.reference, most=REFERENCE_MAX)
    return f"#{reference}" if reference.isdecimal() else reference or NO_NAME


def state_words(ticket: Raised) -> str:
    """Say how a ticket stands, in a cell."""
    if ticket.closed_at is not None:
        return "closed"
    return "open" if ticket.reference else NO_NAME


def by_words(ticket: Raised) -> str:
    """Name who raised it: a person, or fortress with the operator's rule."""
    rule = f" (rule {name(ticket.policy_rule)})" if ticket.policy_rule else ""
    return f"{name(ticket.by_name)}{rule}"


def tickets_words(tickets: Sequence[Raised], voice: Voice, now: datetime) -> str:
    """Name a row's tickets in a few words: `ticket #4411 (halopsa: In Progress, seen 14:10)`."""
    return ", ".join(f"ticket {reference_words(each)} ({_where(each, voice, now)})" for each in tickets)


def _where(ticket: Raised, voice: Voice, now: datetime) -> str:
    parts = [view_words(ticket.view, voice, now)] if ticket.view is not None else []
    parts += [_refused(ticket.refused)] if ticket.refused is not None else []
    parts += ["tell them yourself"] if ticket.owed is not None else []
    return f"{ticket.desk}: {', '.join(parts)}" if parts else ticket.desk


def _refused(refused: Refusal) -> str:
    return "our note was refused" if refused.kind is not None else "refused"


def raise_blocks(row: Row, level: Level, desks: Mapping[str, Level], voice: Voice, now: datetime) -> list[Block]:
    """Say below a pack what was raised, and offer the desks that it was written for."""
    single = {each.key for each in row.incidents} - {row.target}
    blocks: list[Block] = [paragraph(bold(sentence(_raised(each, voice, now)))) for each in row.tickets]
    blocks += left_blocks(row.tickets, voice, now)
    taken = {each.desk for each in row.tickets if each.reference and each.target not in single}
    free = {desk: eyes for desk, eyes in desks.items() if desk not in taken}
    fitting = [desk for desk, eyes in free.items() if eyes is level]
    if fitting:
        blocks.append(offered(row, fitting))
    others = [desk for desk, eyes in free.items() if eyes is not level and _may_have(eyes, row)]
    if others:
        blocks.append(_looked_at(row, others))
    return blocks


def _may_have(eyes: Level, row: Row) -> bool:
    """Tell whether there is a text of this row for such eyes: a client is told of itself alone."""
    return eyes is not Level.CLIENT or len(row.clients) == 1


def _looked_at(row: Row, desks: Sequence[str]) -> Buttons:
    """Offer to look at what other desks would get."""
    return Buttons(tuple(Button(f"For {desk_name(desk)}", "ticket", f"{row.number} {desk}") for desk in desks))


def offered(row: Row, desks: Sequence[str]) -> Buttons:
    """Offer to raise a row's ticket at some desks."""
    return Buttons(tuple(Button(_offer(desk), "raise", f"{row.number} {desk}", primary=True) for desk in desks))


def _offer(desk: str) -> str:
    return "I have raised it" if desk == "acronis" else f"Raise it ({desk})"


def _raised(ticket: Raised, voice: Voice, now: datetime) -> str:
    at = voice.moment(ticket.raised_at, now)
    there = f". There: {view_words(ticket.view, voice, now)}" if ticket.view is not None else ""
    return f"Ticket {reference_words(ticket)} at {ticket.desk}, by {by_words(ticket)}, {at}{there}"


def raised_words(ticket: Raised, row: Row, voice: Voice, *, is_new: bool, now: datetime) -> str:
    """Answer who pressed."""
    if is_new and ticket.desk == "acronis":
        noted = f"#{row.number} is noted as raised with {desk_name(ticket.desk)}, as {reference_words(ticket)} here."
        return f"{noted} I sent nothing: “ticket {row.number} acronis” has the text for a case of theirs."
    if is_new:
        return f"#{row.number} is raised: {ticket.desk} has it as {reference_words(ticket)}."
    if not ticket.reference:
        return f"#{row.number} is being raised with {ticket.desk} just now."
    at = voice.moment(ticket.raised_at, now)
    said = (
        f"#{row.number} has a ticket: {reference_words(ticket)} at {ticket.desk}, "
        f"raised by {by_words(ticket)} {at}. No second one was made."
    )
    view = ticket.closed_there
    return f"{said} {closed_words(ticket.desk, view, voice, now)}" if view is not None else said


def no_desk_words(verb: str, numbers: Sequence[int], desk: str, desks: Iterable[str]) -> str:
    """Say that a desk is not there, or was not named, and which are."""
    asked = f"There is no desk “{name(desk)}” here." if desk else "Which one, at which desk?"
    known = list(desks)
    if not known:
        return f"{asked} None is switched on in app.yaml, under desks."
    number = numbers[0] if len(numbers) == 1 else 12
    return f"{asked} Desks here: {', '.join(known)}. For example: {verb} {number} {known[0]}"


def tickets_message(tickets: Sequence[Raised], voice: Voice, *, now: datetime) -> Message:
    """List what was raised, open ones first, the newest on top."""
    is_open = sum(each.is_open for each in tickets)
    title = f"{count(is_open, 'open ticket')}, {len(tickets) - is_open:,} closed"
    if not tickets:
        words = "No ticket was raised yet. “ticket 12” shows how one would read."
        return Message(words, (paragraph(words),))
    ordered = sorted(tickets, key=lambda each: (not each.is_open, -each.raised_at.timestamp()))
    shown = ordered[:SHOWN_MAX]
    columns = {
        "ticket": [reference_words(each) for each in shown],
        "desk": [each.desk for each in shown],
        "row": [f"#{each.number}" for each in shown],
        "client": [listed([voice.client(client) for client in each.clients]) for each in shown],
        "raised": [f"{voice.moment(each.raised_at, now)}, {by_words(each)}" for each in shown],
        "state": [_state(each, voice, now) for each in shown],
    }
    if any(each.view is not None for each in shown):
        columns["at the desk"] = [_there(each, voice, now) for each in shown]
    rows = tuple(zip(*columns.values(), strict=True))
    table = Table(tuple(columns), rows, max(0, len(ordered) - SHOWN_MAX))
    return Message(title, (Heading(title), *left_blocks(ordered, voice, now), table))


def _state(ticket: Raised, voice: Voice, now: datetime) -> str:
    return f"closed {voice.moment(ticket.closed_at, now)}" if ticket.closed_at is not None else "open"


def _there(ticket: Raised, voice: Voice, now: datetime) -> str:
    return f"{stands(ticket.view)}, {seen_words(ticket.view, voice, now)}" if ticket.view is not None else ""
