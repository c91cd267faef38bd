"""What tickets leave to a person: to tell a desk that hears nobody else, what was refused, one closed too early."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.core.message import Block, Button, Paragraph, bold, paragraph, text
from bot.core.raised import DeskView, NoteKind, Owed, Raised, Refusal
from bot.wording.phrases import Voice, count, name, sentence

LEFT_MAX = 10  # tickets of which it is said; the others are counted
WORDS_MAX = 600  # characters of what is to be told
WHY_MAX = 300
STATE_MAX = 40
NO_NAME = "not confirmed yet"  # what a ticket is called that its desk has not named
DESK_NAMES = {"acronis": "Acronis' support"}
KIND_WORDS = {
    NoteKind.NOTE: "something has changed",
    NoteKind.CLOSED: "it is over",
    NoteKind.REOPENED: "it is back",
}


def left_blocks(tickets: Sequence[Raised], voice: Voice, now: datetime) -> list[Block]:
    """Say of each ticket what a person has to do about it, with the button that ends it."""
    found = [block for ticket in tickets for block in _left(ticket, voice, now)]
    more = len(found) - LEFT_MAX
    shown: list[Block] = list(found[:LEFT_MAX])
    return [*shown, paragraph(f"And {count(more, 'other')}: “tickets” shows which.")] if more > 0 else shown


def _left(ticket: Raised, voice: Voice, now: datetime) -> Iterator[Paragraph]:
    if ticket.owed is not None:
        yield _owed(ticket, ticket.owed, voice, now)
    if ticket.refused is not None:
        yield _refused(ticket, ticket.refused, voice, now)
    if ticket.closed_there is not None:
        yield paragraph(bold(f"{_named(ticket)}: "), closed_words(ticket.desk, ticket.closed_there, voice, now))


def _owed(ticket: Raised, owed: Owed, voice: Voice, now: datetime) -> Paragraph:
    lead = bold(f"{_named(ticket)}: tell {desk_name(ticket.desk)} yourself, since {voice.moment(owed.at, now)}: ")
    words = text(name(owed.words, most=WORDS_MAX))
    return Paragraph((lead, words), Button("I have told them", "told", f"{ticket.number} {ticket.desk} {ticket.notes}"))


def _refused(ticket: Raised, refused: Refusal, voice: Voice, now: datetime) -> Paragraph:
    what = f"our note that {KIND_WORDS[refused.kind]}" if refused.kind is not None else "the ticket"
    lead = bold(f"{_named(ticket)}: {ticket.desk} did not take {what}. ")
    why = sentence(f"{voice.moment(refused.at, now)}: {name(refused.why, most=WHY_MAX)}")
    there = "" if refused.kind is not None else " An earlier try may have reached it: look there too."
    words = text(f"{why} To do: {sentence(name(refused.remedy, most=WHY_MAX))}{there} It is not sent again by itself.")
    return Paragraph((lead, words), Button("Try again", "retry", f"{ticket.number} {ticket.desk}"))


def unheard_words(ticket: Raised, refused: Refusal, voice: Voice, now: datetime) -> str:
    """Say for `status` and the Home that a desk did not take a note, or a ticket."""
    why = f"{voice.moment(refused.at, now)}: {name(refused.why, most=WHY_MAX)}"
    return f"{ticket.desk}, of {_named(ticket)} ({why}); “tickets” says what to do"


def closed_words(desk: str, view: DeskView, voice: Voice, now: datetime) -> str:
    """Say that somebody closed it although its trouble stands."""
    how = f"{stands(view)}, {seen_words(view, voice, now)}"
    return f"At {desk} it is closed: {how}. It still fails. Nothing opens it again by itself: do that there."


def view_words(view: DeskView, voice: Voice, now: datetime) -> str:
    """Say how it stands at its desk, and as of when: `In Progress (Ann), seen 14:10`."""
    words = f"{stands(view)}, {seen_words(view, voice, now)}"
    return f"closed there: {words}" if view.is_closed else words


def seen_words(view: DeskView, voice: Voice, now: datetime) -> str:
    """Say when a desk was asked, by the clock: posts stand for hours, and an age would be that of the post."""
    return f"seen {voice.moment(view.at, now)}"


def stands(view: DeskView) -> str:
    """Say what a desk says of a ticket, and who has it there."""
    state = name(view.state, most=STATE_MAX) or "not there any more"
    return f"{state} ({name(view.who)})" if view.who else state


def desk_name(desk: str) -> str:
    return DESK_NAMES.get(desk, desk)


def _named(ticket: Raised) -> str:
    reference = name(ticket.reference, most=STATE_MAX) or NO_NAME
    return f"#{ticket.number}, ticket {reference}"
