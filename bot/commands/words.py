"""Read what a person typed, on a phone as well as on a keyboard."""

import re
from datetime import datetime, time, timedelta, tzinfo

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_QUOTES = {**dict.fromkeys(map(ord, "“”„‟«»″"), '"'), **dict.fromkeys(map(ord, "‘’‚‛′"), "'")}
_INVISIBLE = dict.fromkeys(
    map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"),
    None,
)
_TIDY = {**_DASHES, **_QUOTES, **_INVISIBLE}

_SPAN = re.compile(r"^(\d{1,3})\s*(m|min|minutes?|h|hours?|d|days?|w|weeks?)$")
_CLOCK = re.compile(r"^(\d{1,2})(?::(\d{2}))?(am|pm)?$")
_TIMELIKE = re.compile(r"^(\d{1,2}(:\d{2}|\s?(am|pm)\b)|\d{4}-\d{2}-\d{2})", re.IGNORECASE)
_NUMBER = re.compile(r"#?(\d{1,9})")
_DATED = re.compile(r"^(\d{4}-\d{2}-\d{2})(?:[t ](\d{1,2}:\d{2}))?$")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = {name[:letters]: index for index, name in enumerate(_NAMES) for letters in (3, len(name))}
NUMBERS_MAX = 20  # in one line; more is a slip of the finger
MORNING = time(7, 0)  # "until tomorrow" means: when people are back


def tidy(typed: str) -> str:
    """Undo what phones do to text: no-break spaces, smart quotes, long dashes, invisible marks."""
    return " ".join(typed.translate(_TIDY).split())


def unquoted(typed: str) -> str:
    """Take off the quotes around a whole argument."""
    quoted = len(typed) > 1 and typed[0] == typed[-1] and typed[0] in "\"'`"
    return typed[1:-1].strip() if quoted else typed


def read_number(typed: str) -> int | None:
    """Read an incident's number, with or without its #; None when it is none."""
    match = _NUMBER.fullmatch(typed)
    return int(match[1]) if match else None


def numbers_first(typed: str) -> tuple[list[int], str]:
    """Split `#12, 13 disk is on order` into [12, 13] and the rest.

    A bare number that words follow begins the rest (`12 2 disks ordered` is about #12 alone), unless a
    comma or a # says that it is one more. Twenty at most are numbers.
    """
    words = tidy(typed).replace(",", " , ").split()
    only_numbers = all(word == "," or read_number(word) is not None for word in words)
    numbers: list[int] = []
    joined = True
    while words and len(numbers) < NUMBERS_MAX:
        number = read_number(words[0])
        if words[0] == ",":
            joined = True
        elif number is not None and (joined or only_numbers or words[0].startswith("#")):
            numbers.append(number)
            joined = False
        else:
            break
        words.pop(0)
    return numbers, unquoted(" ".join(words).replace(" , ", ", "))


def looks_like_a_time(words: str) -> bool:
    """Tell whether words begin with a time of day or a date, so that it is not taken for a reason."""
    return _TIMELIKE.match(words) is not None


def read_until(typed: str, *, now: datetime, zone: tzinfo) -> datetime | None:
    """Read when something should end: `4h`, `2d`, `18:00`, `tomorrow`, `mon 09:00`, `2026-03-05 07:00`.

    A clock time that has passed today means tomorrow. None: not understood.
    """
    words = tidy(typed).lower().removeprefix("until ").removeprefix("for ").strip()
    local = now.astimezone(zone)
    if match := _SPAN.match(words):
        return now + int(match[1]) * _UNITS[match[2][0]]
    if match := _DATED.match(words):
        return _at(words[:10], match[2], zone)
    day, _, clock = words.partition(" ")
    if day == "tomorrow":
        return _on(local + timedelta(days=1), clock)
    if day in _WEEKDAYS:
        ahead = (_WEEKDAYS[day] - local.weekday() - 1) % 7 + 1
        return _on(local + timedelta(days=ahead), clock)
    at = _clock(words)
    if at is not None:
        today = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
        return today if today > now else _on(local + timedelta(days=1), words)
    return None


def _on(day: datetime, clock: str) -> datetime | None:
    at = _clock(clock) if clock else MORNING
    return day.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0) if at is not None else None


def _clock(typed: str) -> time | None:
    """Read `18:00`, `9am` or `9:30pm`; a bare `9` is no time."""
    match = _CLOCK.match(typed.replace(" ", ""))
    if match is None or not (match[2] or match[3]):
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _at(day: str, clock: str | None, zone: tzinfo) -> datetime | None:
    try:
        start = datetime.fromisoformat(day).replace(tzinfo=zone)
    except ValueError:
        return None
    return _on(start, clock or "")
