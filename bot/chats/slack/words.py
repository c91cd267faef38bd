"""Words that others chose, made harmless for Slack. Pure.

Where it can be had we take the places in which Slack parses nothing: `plain_text`, `rich_text` and a
table's `raw_text`. Only `mrkdwn` and a message's `text` are parsed: `&`, `<` and `>` have an escape there,
and `*`, `_`, `~`, a backtick and `:emoji:` have none, so that words with one of them never go into `mrkdwn`.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from bot.chats.slack.limits import URL_MAX
from bot.core.message import Span, Style
from bot.core.words import cut, is_address

Json: TypeAlias = dict[str, Any]

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_FORMATS = re.compile(r"[*~`]|(?<![^\W_])_|_(?![^\W_])|:(?=[\w+'-]+:)|^\s*>", re.MULTILINE)
_PERSON = re.compile(r"[UW][A-Z0-9]{4,}")
_PEOPLE = re.compile(r"S[A-Z0-9]{4,}")


def escaped(words: str, most: int) -> str:
    """Escape what Slack would obey, within so many characters; never cut through an entity."""
    pieces = [_ESCAPES.get(character, character) for character in cut(words, most)]
    total = 0
    for index, piece in enumerate(pieces):
        total += len(piece)
        if total > most:
            return _ending(pieces[:index], most)
    return "".join(pieces)


def _ending(pieces: list[str], most: int) -> str:
    while sum(map(len, pieces)) >= most:
        pieces.pop()
    return f"{''.join(pieces)}…"


def inert(words: str, most: int) -> str:
    """Escape words, and set a mark of no width before all that would format: for a `text` that people read."""
    return escaped(_FORMATS.sub("\u2060\\g<0>", words), most)


def plain_text(words: str, most: int) -> Json:
    """Make a text object in which nothing is parsed, not even :emoji:."""
    return {"type": "plain_text", "text": cut(words, most), "emoji": False}


def rich(spans: Iterable[Span]) -> list[Json]:
    """Make elements of a rich_text_section: styles, links and mentions are ours, words are literal."""
    return [_element(span) for span in spans]


def _element(span: Span) -> Json:
    match span.style:
        case Style.LINK if is_address(span.target):
            return {"type": "link", "url": span.target, "text": span.text}
        case Style.MENTION if _PERSON.fullmatch(span.target):
            return {"type": "user", "user_id": span.target}
        case Style.MENTION if _PEOPLE.fullmatch(span.target):
            return {"type": "usergroup", "usergroup_id": span.target}
        case Style.BOLD | Style.MENTION:
            return {"type": "text", "text": span.text, "style": {"bold": True}}
        case Style.CODE:
            return {"type": "text", "text": span.text, "style": {"code": True}}
        case Style.PLAIN | Style.QUIET | Style.LINK:
            return {"type": "text", "text": span.text}


def marked(spans: Sequence[Span], most: int) -> Json | None:
    """Make a mrkdwn text object, shorter than rich_text and able to stand beside a button.

    None: Slack would read something into the words, or they are too long; take rich_text.
    """
    texts = [span.text for span in spans]
    if any(_FORMATS.search(words) for words in (*texts, "".join(texts))) or _sticks(spans):
        return None
    said = "".join(_mark(span) for span in spans).strip()
    if not said or len(said) > most:
        return None
    return {"type": "mrkdwn", "text": said, "verbatim": True}  # verbatim: names and addresses are not made links


def _mark(span: Span) -> str:
    words = escaped(span.text, len(span.text) * 5)
    match span.style:
        case Style.LINK if is_address(span.target):
            return f"<{escaped(span.target, URL_MAX * 5)}|{words}>"
        case Style.MENTION if _PERSON.fullmatch(span.target):
            return f"<@{span.target}>"
        case Style.MENTION if _PEOPLE.fullmatch(span.target):
            return f"<!subteam^{span.target}>"
        case Style.BOLD | Style.MENTION:
            return _wrapped(words, "*")
        case Style.CODE:
            return _wrapped(words, "`")
        case Style.PLAIN | Style.QUIET | Style.LINK:
            return words


def _wrapped(words: str, mark: str) -> str:
    """Put marks around words; a space between them and the words would make them literal."""
    bare = words.strip()
    return words.replace(bare, f"{mark}{bare}{mark}", 1) if bare else words


def _sticks(spans: Sequence[Span]) -> bool:
    """Tell whether marks would touch a letter outside them, or a label would end too early: Slack shows them then."""
    if any("|" in span.text for span in spans if span.style is Style.LINK):
        return True
    for before, after in pairwise(spans):
        touching = before.text[-1:].isalnum() and after.text[:1].isalnum()
        if touching and {before.style, after.style} & {Style.BOLD, Style.CODE, Style.MENTION}:
            return True
    return False
