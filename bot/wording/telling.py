"""What is said about telling itself: what was late, what was not told, and which ways are in trouble."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from bot.core.message import Block, Message, Paragraph, Tone, bold, paragraph, quiet, text
from bot.core.route import Route
from bot.wording.phrases import Voice, listed, name, sentence

MAY_REPEAT = "May repeat: an earlier attempt to say this may have been heard. "
TAKEN_SINCE, OVER_SINCE = "taken since", "over since"  # of an older digest: so it stays, whatever comes
WHY_MAX = 300  # characters of what the platform said
NAMED_MAX = 3


def may_repeat(message: Message) -> Message:
    """Mark a message that may have been heard before; we rather repeat than stay silent."""
    return _led(message, MAY_REPEAT.strip())


def meant_for(message: Message, place: str) -> Message:
    """Say for which place this was meant, where another has to do."""
    return _led(message, f"Meant for {place}, where I cannot post.")


def as_of_now(message: Message, since: Callable[[int], str]) -> Message:
    """Take the buttons off causes of which an older digest is out of date, and say why in two words.

    Args:
        since: what happened to the cause of a number since then; "" for nothing.
    """
    return replace(message, blocks=tuple(_as_of_now(block, since) for block in message.blocks))


def _as_of_now(block: Block, since: Callable[[int], str]) -> Block:
    if not isinstance(block, Paragraph) or block.button is None or block.button.verb != "ack":
        return block
    words = since(int(block.button.argument))
    return Paragraph((*block.spans, text(" · "), bold(words))) if words else block


def with_missed(message: Message, slots: Sequence[datetime], voice: Voice, *, now: datetime) -> Message:
    """Say which readings were not told here; what they found is in this one."""
    if not slots:
        return message
    when = listed([voice.moment(at, now) for at in slots], most=NAMED_MAX)
    words = f"Could not be told here: {when}. What was found then is in this one."
    first, rest = message.blocks[:1], message.blocks[1:]
    return replace(message, blocks=(*first, paragraph(bold("LATE: "), words), *rest))


def paused_note(route: Route, voice: Voice, *, now: datetime) -> Message:
    """Say afterwards that nothing could be said here for a while."""
    since = voice.moment(route.paused_at, now) if route.paused_at is not None else "a while ago"
    until = voice.moment(now, now)
    words = f"I was told to wait from {since} to {until}. What stands above came late; nothing is lost."
    return Message(words, (paragraph(quiet(words)),))


def broken_note(route: Route, fallback: str, voice: Voice, *, now: datetime) -> Message:
    """Tell the owner that a place cannot be posted to, and what to do."""
    line = f"I cannot post in {route.place}"
    until_then = f"Until then {fallback} hears it." if fallback else "Until then it waits; nothing is lost."
    since = f" since {voice.moment(route.broken_at, now)}" if route.broken_at is not None else ""
    words = sentence(f"{line}{since}: {name(route.why, most=WHY_MAX)}")
    return Message(f"{words} {until_then}", (paragraph(bold(words)), paragraph(until_then)), Tone.ALARM)


def mended_note(route: Route) -> Message:
    words = f"I can post in {route.place} again."
    return Message(words, (paragraph(words),), Tone.GOOD)


def more_note(left: int) -> Message:
    """Count the causes that get no post of their own this time."""
    those = "1 more cause needs hands or lasts" if left == 1 else f"{left:,} more causes need hands or last"
    words = f"And {those}; “open” lists {'it' if left == 1 else 'them'}."
    return Message(words, (paragraph(words),), Tone.WATCH)


def route_words(route: Route, voice: Voice, *, now: datetime) -> str:
    """Say what is wrong with a way, for `status` and the Home."""
    where = f"{route.chat.capitalize()} {route.place}"
    if route.broken_at is not None:
        why = name(route.why, most=WHY_MAX)
        return sentence(f"{where} cannot be posted to since {voice.moment(route.broken_at, now)}: {why}")
    until = voice.moment(route.paused_until, now) if route.paused_until is not None else "it answers"
    return f"{where} is paused until {until}, as it asked."


def not_filed(route: Route, voice: Voice, *, now: datetime) -> str:
    """Say where reports are not filed, and why, for `status` and the Home."""
    since = f", since {voice.moment(route.broken_at, now)}" if route.broken_at is not None else ""
    return sentence(f"reports in {route.place}{since}: {name(route.why, most=WHY_MAX)}")


def _led(message: Message, words: str) -> Message:
    blocks = message.blocks or (paragraph(message.summary),)
    return replace(message, summary=f"{words} {message.summary}", blocks=(paragraph(bold(words)), *blocks))
