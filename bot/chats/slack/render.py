"""A Message as what Slack takes: pages of a post, a Home tab, a sheet. Pure: the same message gives the same JSON."""

import json
from collections.abc import Iterator, Sequence
from itertools import count

import msgspec

from bot.chats.slack.blocks import drawn, note
from bot.chats.slack.limits import (
    BLOCKS_MAX,
    MESSAGE_BYTES_MAX,
    PAGES_MAX,
    TEXT_MAX,
    TITLE_MAX,
    VIEW_BLOCKS_MAX,
    VIEW_BYTES_MAX,
)
from bot.chats.slack.words import Json, escaped, plain_text
from bot.core.lines import lines
from bot.core.message import (
    Heading,
    Message,
    Paragraph,
    Span,
    Tone,
    clean,
)
from bot.core.packing import size

SIGNS = {Tone.CALM: "", Tone.WATCH: "👀", Tone.ALARM: "🚨", Tone.GOOD: "✅"}  # told apart by shape, not by colour
CONTINUED = "Continued in the thread."
TOO_LONG = "There is more than fits here. Ask for a part of it: /fortress help"
MARKS_BYTES = 300  # of what stands around a page: where it goes on, and that it does


class Payload(msgspec.Struct, frozen=True):
    """One post. `text` is for notifications and screen readers, and escaped."""

    text: str
    blocks: tuple[Json, ...]

    @property
    def json(self) -> str:
        """Spell it as a file that Slack's Block Kit Builder opens."""
        return json.dumps({"text": self.text, "blocks": self.blocks}, ensure_ascii=False, indent=1) + "\n"


def render(message: Message) -> tuple[Payload, ...]:
    """Draw a message as one post, or as several when it is too long: the others belong in the thread of the first."""
    pages = list(_pages(_blocks(message)))
    kept = pages[:PAGES_MAX]
    return tuple(_page(message, blocks, number, len(pages)) for number, blocks in enumerate(kept, start=1))


def home(message: Message) -> Json:
    """Draw a message as a person's Home tab."""
    return {"type": "home", "blocks": _all_in_one(message)}


def sheet(message: Message, *, title: str, private: str = "") -> Json:
    """Draw a message as a modal in which nothing is asked.

    Args:
        private: what the modal carries for us; Slack takes 3,000 characters.
    """
    view = {"type": "modal", "title": plain_text(clean(title), TITLE_MAX), "close": plain_text("Close", TITLE_MAX)}
    return view | {"private_metadata": private, "blocks": _all_in_one(message)}


def words(message: Message) -> str:
    """Say the whole message in plain lines, for where Slack refuses its blocks; buttons become what one types."""
    return "\n".join(lines(message, "/fortress {}".format)) or clean(message.summary)


def spoken(message: Message) -> str:
    """Give the sentence for notifications and screen readers, escaped; never empty, which Slack refuses."""
    return escaped(clean(message.summary).strip() or words(message).strip() or "fortress", TEXT_MAX)


def _blocks(message: Message, *, tables: bool = True) -> Iterator[Json]:
    numbers = count()
    sign = SIGNS[message.tone]
    for block in message.blocks or (Paragraph((Span(message.summary),)),):
        yield from drawn(block, numbers, sign=sign, tables=tables)
        if isinstance(block, Heading):
            sign = ""  # the first heading alone says how it feels


def _pages(blocks: Iterator[Json]) -> Iterator[list[Json]]:
    """Fill pages in order. Slack takes one table a message."""
    page: list[Json] = []
    weight = 2
    for block in blocks:
        heavy = size(block) + 2
        is_second_table = block["type"] == "table" and any(each["type"] == "table" for each in page)
        is_full = len(page) == BLOCKS_MAX - 2 or weight + heavy > MESSAGE_BYTES_MAX - MARKS_BYTES
        if page and (is_second_table or is_full):
            yield page
            page, weight = [], 2
        page.append(block)
        weight += heavy
    yield page or [note("–")]


def _page(message: Message, blocks: Sequence[Json], number: int, pages: int) -> Payload:
    if pages == 1:
        return Payload(spoken(message), tuple(blocks))
    before = [note(f"Continued, {number} of {min(pages, PAGES_MAX)}")] if number > 1 else []
    after = [note(CONTINUED)] if number == 1 else []
    after += [note(TOO_LONG)] if number == PAGES_MAX < pages else []
    text = spoken(message) if number == 1 else escaped(f"Continued: {clean(message.summary)}", TEXT_MAX)
    return Payload(text, (*before, *blocks, *after))


def _all_in_one(message: Message) -> list[Json]:
    """Draw as much as one view takes. Whether it takes tables Slack's own pages disagree on."""
    view: list[Json] = []
    weight = 2
    for block in _blocks(message, tables=False):
        weight += size(block) + 2
        if len(view) == VIEW_BLOCKS_MAX - 1 or weight > VIEW_BYTES_MAX:
            return [*view, note(TOO_LONG)]
        view.append(block)
    return view or [note("–")]
