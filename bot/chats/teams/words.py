"""Words that others chose, made harmless for Teams. Pure.

A TextBlock, a FactSet and a heading read Markdown. A TextRun does not: everything we say is one, but for the name
of a mention, which is ours. What a TextRun still reads is `{{DATE(…)}}` and `{{TIME(…)}}`.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

from bot.chats.teams.limits import CODE_WORD_MAX, WORD_MAX
from bot.core.message import Block, Paragraph, Span, Style, clean
from bot.core.words import cut, is_address

Json: TypeAlias = dict[str, Any]

PERSON = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UNSEEN = "\u2060"  # has no width; what people type is read without it, and without the next
BREAK = "\u200b"  # has no width, and a line may end there


class Mention(NamedTuple):
    """Somebody who is notified: what stands in the text, and who it is."""

    text: str
    id: str
    name: str

    @property
    def entity(self) -> Json:
        return {"type": "mention", "text": self.text, "mentioned": {"id": self.id, "name": self.name}}


def inert(words: str, most: int) -> str:
    """Take out what cannot be seen, and what Teams would put a date in place of."""
    return re.sub(r"\{(?=\{)", f"{{{UNSEEN}", cut(clean(words), most))


def run(words: str, most: int, *, word: int = WORD_MAX, **how: Any) -> Json:
    """Make words in which nothing is read.

    Args:
        word: letters that fit side by side; a longer word may be broken.
    """
    return {"type": "TextRun", "text": breakable(inert(words, most), word), **how}


def code_run(line: str, **how: Any) -> Json:
    """Make a line to be copied: spaces stay, ids are left whole (a line may end at their hyphens), few words broken."""
    parts = re.split(rf"({PERSON.pattern})", inert(line, len(line) + 1), flags=re.IGNORECASE)
    shown = "".join(each if at % 2 else breakable(each, CODE_WORD_MAX) for at, each in enumerate(parts))
    return {"type": "TextRun", "text": shown.replace("  ", "\u00a0 ") or "\u00a0", "fontType": "Monospace", **how}


def breakable(words: str, most: int) -> str:
    """Let a line end within long words, at their joints if they have some: a TextRun would be cut off, or run over."""
    return re.sub(rf"\S{{{most + 1},}}", lambda long: _broken(long[0], most), words)


def _broken(word: str, most: int) -> str:
    jointed = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[/\\_.:+-])(?=\w)", BREAK, word)
    return re.sub(rf"([^{BREAK}]{{{most}}})(?=[^{BREAK}])", rf"\1{BREAK}", jointed)


def rich(spans: Iterable[Span], **how: Any) -> Json:
    """Make a block of spans, which wraps."""
    return {"type": "RichTextBlock", "inlines": [_inline(span, how) for span in spans]}


def mention_of(span: Span) -> Mention | None:
    """Read a mention; None when it names nobody whom Teams knows."""
    if span.style is not Style.MENTION or not PERSON.fullmatch(span.target):
        return None
    name = re.sub(r"[^\w ]+", " ", clean(span.text)).strip()
    name = "on duty" if span.text == span.target or not name else cut(name, 40)
    return Mention(f"<at>{name}</at>", span.target, name)


def mentions_in(blocks: Iterable[Block]) -> Iterator[Mention]:
    spans = (span for block in blocks if isinstance(block, Paragraph) for span in block.spans)
    return (mention for span in spans if (mention := mention_of(span)) is not None)


def _inline(span: Span, how: Json) -> Json:
    drawn = run(span.text, len(span.text) + 1, **how)
    match span.style:
        case Style.LINK if is_address(span.target):
            return drawn | {"color": "Accent", "selectAction": {"type": "Action.OpenUrl", "url": span.target}}
        case Style.BOLD | Style.MENTION:
            return drawn | {"weight": "Bolder"}
        case Style.CODE:
            return drawn | {"fontType": "Monospace"}
        case Style.QUIET:
            return drawn | {"isSubtle": True}
        case Style.PLAIN | Style.LINK:
            return drawn
