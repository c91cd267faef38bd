"""`ticket <number> [desk]`: what a support desk would get, to be looked at, copied, or raised with one press."""

from collections.abc import Sequence

from msgspec.structs import replace

from bot.commands.command import Command
from bot.commands.find import look
from bot.commands.own import not_there
from bot.commands.seams import Seams
from bot.commands.words import numbers_first
from bot.core.digest import Row
from bot.core.intent import Answer, Intent
from bot.core.rights import Right
from bot.core.ticket import Level, ticket_of
from bot.core.ticket_policy import planned, strangers
from bot.errors import Conflict, Refused, Unavailable
from bot.wording.answers import plain_message
from bot.wording.raised import no_desk_words, offered, raise_blocks, raised_words, tickets_message
from bot.wording.ticket import LEVEL_OF, ticket_message
from bot.wording.ticket_policy import would_message
from classifier.verdict import Party

WOULD = "would"


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer with the pack for who leads, or for the desk that was named; nothing leaves yet."""
    numbers, desk = numbers_first(intent.argument)
    wanted = _level_of(desk, seams)
    if len(numbers) == 1 and desk and wanted is None:
        return Answer(plain_message(no_desk_words("ticket", numbers, desk, seams.desks)), refused=True)
    if len(numbers) != 1:
        return Answer(plain_message("Which one, for whom? For example: ticket 12, or ticket 12 acronis"), refused=True)
    seen = look(seams.store, now=seams.now(), policy=seams.policy)
    row = seen.number(numbers[0])
    if not isinstance(row, Row):
        return not_there(numbers[0], row, seams)
    level = wanted or LEVEL_OF[row.verdict.lead]
    if level is Level.CLIENT and len(row.clients) > 1:
        words = f"#{row.number} touches {len(row.clients)} clients. Ask for one of its members: open {row.number}"
        return Answer(plain_message(words), refused=True)
    seams.note(intent.actor, "ticket shown", target=f"#{row.number} {row.target}", after=level)
    ticket = ticket_of(row, seen.memory, data_centre=seams.data_centre)
    shown = ticket_message(ticket, seams.voice, level=level)
    below = raise_blocks(row, level, seams.desks, seams.voice, seen.now)
    return Answer(replace(shown, blocks=(*shown.blocks, *below)))


def _level_of(desk: str, seams: Seams) -> Level | None:
    """Tell for whose eyes a desk is, a party's or one of app.yaml's; None when there is none called so."""
    party = next((each for each in Party if desk.casefold() == each.casefold()), None)
    return LEVEL_OF[party] if party is not None else seams.desks.get(desk.casefold())


def handle_raise(intent: Intent, seams: Seams) -> Answer:
    """Raise one ticket at one desk, once."""
    numbers, words = numbers_first(intent.argument)
    desk = words.casefold()
    if len(numbers) != 1 or desk not in seams.desks or seams.raise_ticket is None:
        return Answer(plain_message(no_desk_words("raise", numbers, words, seams.desks)), refused=True)
    seen = look(seams.store, now=seams.now(), policy=seams.policy)
    row = seen.number(numbers[0])
    if not isinstance(row, Row):
        return not_there(numbers[0], row, seams)
    try:
        ticket, is_new = seams.raise_ticket(row, desk, intent.actor)
    except Refused as error:
        others = ["mailbox"] if desk == "email" and "mailbox" in seams.desks else []
        return _not_raised(row, f"was not raised: {error.what}. To do: {error.remedy}.", others)
    except Conflict:
        return _not_raised(row, "has just changed. Please look again.")
    except Unavailable as error:
        heard = "It may have been heard: I try again by myself, as the same ticket."
        return _not_raised(row, f"was not raised yet: {error}. {'Please try again.' if error.unheard else heard}")
    said = raised_words(ticket, row, seams.voice, is_new=is_new, now=seams.now())
    return Answer(plain_message(said), touched=(row.target,))


def _not_raised(row: Row, why: str, others: Sequence[str] = ()) -> Answer:
    """Say why not, and offer other desks that may do."""
    said = plain_message(f"#{row.number} {why}")
    said = replace(said, blocks=(*said.blocks, offered(row, others))) if others else said
    return Answer(said, touched=(row.target,), refused=True)


def handle_list(intent: Intent, seams: Seams) -> Answer:
    """List every ticket remembered; or what the operator's rules would raise now."""
    if intent.argument.casefold() == WOULD:
        return _would(seams)
    return Answer(tickets_message(tuple(seams.store.memory().tickets.values()), seams.voice, now=seams.now()))


def _would(seams: Seams) -> Answer:
    """Hold the rules against what is open, and raise nothing."""
    policy, seen = seams.ticket_policy, look(seams.store, now=seams.now(), policy=seams.policy)
    plan = planned(seen.rows, seen.memory, policy, refused=seams.not_taken())
    return Answer(would_message(plan, policy, seams.voice, strangers=strangers(policy, seen.memory)))


COMMAND = Command(
    "ticket",
    "<number> [desk]",
    "a ticket's text to look at, copy or raise",
    handle,
    also=("pack", "case"),
    right=Right.ACT,
    writes=True,
)
RAISE = Command(
    "raise", "<number> <desk>", "raise the ticket you looked at", handle_raise, right=Right.ACT, writes=True
)
LIST = Command("tickets", "[would]", "what was raised where; what rules would raise", handle_list)
