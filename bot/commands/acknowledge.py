"""`ack <number> [comment]`: I have it. `unack <number>`: nobody has it."""

from bot.commands.command import Command
from bot.commands.own import Owning
from bot.commands.seams import Seams
from bot.commands.words import numbers_first
from bot.core.intent import Answer, Intent
from bot.core.message import Message
from bot.core.rights import Right
from bot.wording.answers import joined, plain_message


def handle(intent: Intent, seams: Seams) -> Answer:
    """Acknowledge one or several rows, and say for each whose it is now."""
    numbers, comment = numbers_first(intent.argument)
    if not numbers:
        return Answer(plain_message("Which one? For example: ack 12 disk is on order"), refused=True)
    until = seams.now() + seams.policy.acknowledgement_lasts
    comment = comment or intent.inputs.get("comment", "")
    owning = Owning(intent.actor, seams)
    return together([owning.take(number, until=until, comment=comment) for number in numbers])


def handle_back(intent: Intent, seams: Seams) -> Answer:
    """Give one or several rows back."""
    numbers, _ = numbers_first(intent.argument)
    if not numbers:
        return Answer(plain_message("Which one? For example: unack 12"), refused=True)
    owning = Owning(intent.actor, seams)
    return together([owning.give_back(number) for number in numbers])


def together(answers: list[Answer]) -> Answer:
    """Make one answer of several."""
    if len(answers) == 1:
        return answers[0]
    bodies = [answer.body for answer in answers if isinstance(answer.body, Message)]
    touched = tuple(key for answer in answers for key in answer.touched)
    return Answer(joined(bodies), touched=touched, refused=all(answer.refused for answer in answers))


COMMAND = Command(
    "ack",
    "<number> [comment]",
    "say that you have it",
    handle,
    also=("acknowledge", "take"),
    right=Right.ACT,
    writes=True,
)
BACK = Command(
    "unack",
    "<number>",
    "give it back",
    handle_back,
    also=("unacknowledge", "release"),
    right=Right.ACT,
    writes=True,
)
