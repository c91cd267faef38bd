"""`told <number> <desk>` and `retry <number> <desk>`: what is left to a person about a ticket."""

from bot.commands.command import Command
from bot.commands.seams import Seams
from bot.commands.words import numbers_first
from bot.core.intent import Answer, Intent
from bot.core.rights import Right
from bot.errors import Conflict, Refused, Unavailable
from bot.wording.answers import plain_message
from bot.wording.left import desk_name


def handle_told(intent: Intent, seams: Seams) -> Answer:
    """Take what a desk was to be told as told."""
    number, desk, notes = _read(intent)
    if number is None or seams.told_by_hand is None:
        return _refused("Which one, at which desk? For example: told 12 acronis")
    try:
        ticket = seams.told_by_hand(number, desk, intent.actor, notes)
    except Refused as error:
        return _refused(f"Not noted: {error.what}. {_begun(error.remedy)}.")
    except Conflict:
        return _refused(f"The ticket of #{number} has just changed. Please look again: tickets")
    words = f"Noted: you told {desk_name(desk)} about #{number}."
    return Answer(plain_message(words), touched=(ticket.target,))


def handle_retry(intent: Intent, seams: Seams) -> Answer:
    """Send a refused note once more."""
    number, desk, _ = _read(intent)
    if number is None or seams.try_again is None:
        return _refused("Which one, at which desk? For example: retry 12 webhook")
    try:
        ticket = seams.try_again(number, desk, intent.actor)
    except Refused as error:
        return _refused(f"Not sent: {error.what}. {_begun(error.remedy)}.")
    except Conflict:
        return _refused(f"The ticket of #{number} has just changed. Please look again: tickets")
    except Unavailable as error:
        return _refused(f"Not sent yet: {error}. Please try again later.")
    return Answer(plain_message(f"{desk_name(desk)} has it now (#{number})."), touched=(ticket.target,))


def _read(intent: Intent) -> tuple[int | None, str, int | None]:
    """Read a row's number, a desk, and how many notes there were when the button was shown."""
    numbers, words = numbers_first(intent.argument)
    desk, _, notes = words.casefold().partition(" ")
    is_one = len(numbers) == 1 and bool(desk) and (not notes or notes.isdecimal())
    return (numbers[0] if is_one else None), desk, int(notes) if is_one and notes else None


def _begun(remedy: str) -> str:
    return f"{remedy[:1].upper()}{remedy[1:]}"


def _refused(words: str) -> Answer:
    return Answer(plain_message(words), refused=True)


TOLD = Command(
    "told", "<number> <desk>", "you told a desk yourself what changed", handle_told, right=Right.ACT, writes=True
)
RETRY = Command(
    "retry", "<number> <desk>", "send a note again that a desk refused", handle_retry, right=Right.ACT, writes=True
)
