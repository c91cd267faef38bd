"""`snooze <number> <until> [why]`: no word of it before then, unless it gets worse."""

from datetime import datetime, timedelta

from bot.commands.acknowledge import together
from bot.commands.command import Command
from bot.commands.own import Owning
from bot.commands.seams import Seams
from bot.commands.words import looks_like_a_time, numbers_first, read_until, unquoted
from bot.core.intent import Answer, Choice, Form, Intent, Line, Moment
from bot.core.rights import Right
from bot.wording.answers import plain_message

LONGEST = timedelta(days=90)  # longer than that is not a snooze but a rule
EXAMPLES = "4h, 2d, 18:00, tomorrow, mon 09:00 or 2026-03-05 07:00"


def handle(intent: Intent, seams: Seams) -> Answer:
    """Snooze rows until a time; without a time, ask for it."""
    numbers, rest = numbers_first(intent.argument)
    if not numbers:
        return Answer(
            plain_message("Which one, until when? For example: snooze 12 tomorrow disk is on order"), refused=True
        )
    now = seams.now()
    asked = intent.inputs.get("at", "") or intent.inputs.get("until", "")
    until, why = (_read(asked, now, seams), intent.inputs.get("why", "")) if asked else _split(rest, now, seams)
    owning = Owning(intent.actor, seams)
    if not asked and not rest:
        kept = [given for number in numbers if (given := owning.kept_from(number)) is not None]
        return together(kept) if len(kept) == len(numbers) else Answer(_form(numbers, now, seams))
    if until is None:
        words = f"“{asked or rest}” names no time I understand. For example: {EXAMPLES}."
        return Answer(plain_message(words), refused=True)
    if not now < until <= now + LONGEST:
        return Answer(plain_message(f"A snooze ends in the future and within {LONGEST.days} days."), refused=True)
    return together([owning.take(number, until=until, comment=why, snoozed=True) for number in numbers])


def _read(typed: str, now: datetime, seams: Seams) -> datetime | None:
    return read_until(typed, now=now, zone=seams.voice.zone)


def _split(rest: str, now: datetime, seams: Seams) -> tuple[datetime | None, str]:
    """Take the longest beginning that names a time; what follows is why."""
    words = rest.split()
    for end in range(min(4, len(words)), 0, -1):
        until = _read(" ".join(words[:end]), now, seams)
        if until is not None:
            why = unquoted(" ".join(words[end:]).removeprefix("because ").strip())
            return (None, "") if looks_like_a_time(why) else (until, why)
    return None, ""


def _form(numbers: list[int], now: datetime, seams: Seams) -> Form:
    choices = _choices(now, seams)
    return Form(
        title=f"Snooze {', '.join(f'#{number}' for number in numbers)}",
        submit="Snooze",
        verb="snooze",
        argument=" ".join(str(number) for number in numbers),
        inputs=(
            Choice("until", "Until", choices, value=choices[1][0]),
            Moment("at", "Or exactly", optional=True),
            Line("why", "Why", optional=True),
        ),
    )


def _choices(now: datetime, seams: Seams) -> tuple[tuple[str, str], ...]:
    """Offer the ends a thumb can pick, as (what is understood, what is shown): the day is said with each."""
    named = (("4h", "in 4 hours"), ("tomorrow", "tomorrow morning"), ("monday", "Monday morning"), ("7d", "in a week"))
    ends = [(_read(typed, now, seams), words) for typed, words in named]
    zone = seams.voice.zone
    return tuple(
        (f"{end.astimezone(zone):%Y-%m-%d %H:%M}", f"{words} ({end.astimezone(zone):%a %H:%M})")
        for end, words in ends
        if end is not None
    )


COMMAND = Command(
    "snooze",
    "<number> <until> [why]",
    "no word of it before then",
    handle,
    also=("mute", "later"),
    right=Right.ACT,
    writes=True,
)
