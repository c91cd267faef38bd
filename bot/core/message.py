"""What to say, not how to draw it: one small, closed set of blocks that every platform renders.

Text is plain everywhere; renderers escape it for their platform. Whatever a customer could have
named (machines, plans, error texts) may hold anything.
"""

from datetime import datetime
from enum import StrEnum

import msgspec


class Tone(StrEnum):
    """How a message feels; renderers choose a colour or a symbol."""

    CALM = "calm"
    WATCH = "watch"
    ALARM = "alarm"
    GOOD = "good"


class Style(StrEnum):
    PLAIN = "plain"
    BOLD = "bold"
    CODE = "code"
    LINK = "link"
    MENTION = "mention"
    QUIET = "quiet"


class Span(msgspec.Struct, frozen=True, gc=False):
    """A run of text. `target` is the address of a link or the id of a mentioned person."""

    text: str
    style: Style = Style.PLAIN
    target: str = ""


class Button(msgspec.Struct, frozen=True):
    """An intent somebody does not have to type.

    Attributes:
        menu: one of those that a platform with little room puts behind “more”.
    """

    label: str
    verb: str
    argument: str = ""
    primary: bool = False
    menu: bool = False


class Heading(msgspec.Struct, frozen=True, tag=True):
    text: str


class Paragraph(msgspec.Struct, frozen=True, tag=True):
    """A few sentences, and at most one button that belongs to them."""

    spans: tuple[Span, ...]
    button: Button | None = None


class Facts(msgspec.Struct, frozen=True, tag=True):
    """Names with values, in order."""

    pairs: tuple[tuple[str, str], ...]


class Table(msgspec.Struct, frozen=True, tag=True):
    """Rows under columns. `more` counts rows that exist but are not here."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0


class Code(msgspec.Struct, frozen=True, tag=True):
    text: str


class Image(msgspec.Struct, frozen=True, tag=True):
    """A picture; `alt` says the same in words."""

    url: str
    alt: str


class Divider(msgspec.Struct, frozen=True, tag=True):
    pass


class Buttons(msgspec.Struct, frozen=True, tag=True):
    buttons: tuple[Button, ...]


Block = Heading | Paragraph | Facts | Table | Code | Image | Divider | Buttons


class Message(msgspec.Struct, frozen=True):
    """One thing to say. `summary` is the whole of it in one plain line (notifications, screen readers)."""

    summary: str
    blocks: tuple[Block, ...] = ()
    tone: Tone = Tone.CALM


class Receipt(msgspec.Struct, frozen=True):
    """Where something was said, so that it can be answered to and changed for weeks.

    Attributes:
        thread_id: the post in whose thread it stands; "" for a post of its own.
        link: the address by which a person opens it; "" where the platform has none.
    """

    chat: str
    place: str
    message_id: str
    thread_id: str = ""
    link: str = ""


class Delivery(msgspec.Struct, frozen=True):
    """Something meant to be said in one place, and whether it was.

    Attributes:
        key: what it is, so that it is said once: one digest per slot and place.
        attempts: how often sending was begun. More than one without a receipt: it may have been heard.
        receipt: where it stands; None until the platform told us.
        under: key of the delivery, in the same chat and place, in whose thread it belongs; "": a post of its own.
        given_up: not to be said any more: something newer says it, or it was said elsewhere.
    """

    key: str
    chat: str
    place: str
    message: Message
    intended_at: datetime
    attempts: int = 0
    receipt: Receipt | None = None
    under: str = ""
    given_up: bool = False

    @property
    def is_pending(self) -> bool:
        return self.receipt is None and not self.given_up


def text(words: str) -> Span:
    return Span(words)


def bold(words: str) -> Span:
    return Span(words, Style.BOLD)


def quiet(words: str) -> Span:
    return Span(words, Style.QUIET)


def code(words: str) -> Span:
    return Span(words, Style.CODE)


def link(words: str, address: str) -> Span:
    return Span(words, Style.LINK, address)


def paragraph(*spans: Span | str, button: Button | None = None) -> Paragraph:
    return Paragraph(tuple(Span(span) if isinstance(span, str) else span for span in spans), button)


def plain(block_spans: tuple[Span, ...]) -> str:
    """Join spans to the words alone."""
    return "".join(span.text for span in block_spans)


def clean(words: str, *, keep_lines: bool = False) -> str:
    """Replace whatever a reader could not see but a terminal or chat would obey: escapes, bells, direction marks."""
    return "".join(c if c.isprintable() or (keep_lines and c == "\n") else " " for c in words)
