"""`ticket <number> [acronis | msp | client]`: the pack that a support desk asks for, ready to be copied."""

from bot.commands.command import Command
from bot.commands.find import look
from bot.commands.own import not_there
from bot.commands.seams import Seams
from bot.commands.words import numbers_first
from bot.core.digest import Row
from bot.core.intent import Answer, Intent
from bot.core.rights import Right
from bot.core.ticket import Level, ticket_of
from bot.wording.answers import plain_message
from bot.wording.ticket import LEVEL_OF, ticket_message
from classifier.verdict import Party


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer with the pack for who leads, or for the desk that was named."""
    numbers, desk = numbers_first(intent.argument)
    party = next((each for each in Party if desk.casefold() == each.casefold()), None)
    if len(numbers) != 1 or (desk and party is None):
        return Answer(plain_message("Which one, for whom? For example: ticket 12, or ticket 12 acronis"), refused=True)
    seen = look(seams.store, now=seams.now(), policy=seams.policy)
    row = seen.number(numbers[0])
    if not isinstance(row, Row):
        return not_there(numbers[0], row, seams)
    level = LEVEL_OF[party or row.verdict.lead]
    if level is Level.CLIENT and len(row.clients) > 1:
        words = f"#{row.number} touches {len(row.clients)} clients. Ask for one of its members: open {row.number}"
        return Answer(plain_message(words), refused=True)
    seams.note(intent.actor, "ticket shown", target=f"#{row.number} {row.target}", after=level)
    ticket = ticket_of(row, seen.memory, data_centre=seams.data_centre)
    return Answer(ticket_message(ticket, seams.voice, level=level, now=seen.now))


COMMAND = Command(
    "ticket",
    "<number> [acronis | msp | client]",
    "the text of a ticket, ready to copy",
    handle,
    also=("pack", "case"),
    right=Right.ACT,
    writes=True,
)
