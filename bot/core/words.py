"""Words that others chose, before a renderer spells them for its platform: what is the same for every platform."""

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from bot.core.message import Span, clean

ADDRESS_MAX = 3_000  # characters; longer ones no platform takes


def cut(words: str, most: int) -> str:
    """Keep so many characters; the last of them is … when more were there."""
    return words if len(words) <= most else f"{words[: most - 1]}…"


def portions(words: str, most: int) -> Iterator[str]:
    """Part a text between its lines into pieces of at most so many characters; a line that is longer alone is cut."""
    piece: list[str] = []
    length = 0
    for line in (cut(each, most) for each in words.split("\n")):
        if piece and length + len(line) > most:
            yield "\n".join(piece)
            piece, length = [], 0
        piece.append(line)
        length += len(line) + 1
    yield "\n".join(piece)


def is_address(target: str) -> bool:
    """Tell whether something may stand behind a link: a web address, and no other scheme."""
    if len(target) > ADDRESS_MAX or not target.isprintable() or re.search(r"[\s<>|\"]", target):
        return False
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def tidied(spans: Iterable[Span], most: int) -> tuple[Span, ...]:
    """Take out what cannot be seen, join neighbours of one style, and keep so many characters in all."""
    joined: list[Span] = []
    for span in spans:
        words = clean(span.text)
        if joined and (joined[-1].style, joined[-1].target) == (span.style, span.target):
            words = joined.pop().text + words
        if words:
            joined.append(Span(words, span.style, span.target))
    return tuple(_within(joined, most))


def _within(spans: Sequence[Span], most: int) -> Iterator[Span]:
    for span in spans:
        if len(span.text) > most:
            yield Span(cut(span.text, max(most, 1)), span.style, span.target)
            return
        most -= len(span.text)
        yield span
