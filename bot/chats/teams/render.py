"""A Message as what Teams takes: one Adaptive Card a post. Pure: the same message gives the same JSON."""

import json
from collections.abc import Sequence

import msgspec

from bot.chats.teams.blocks import drawn, note
from bot.chats.teams.form import fields
from bot.chats.teams.limits import CARD_BYTES_MAX, PAGES_MAX, PARAGRAPH_MAX, PLAIN_MAX, SUMMARY_MAX
from bot.chats.teams.words import Json, Mention, inert, mentions_in, rich
from bot.core.intent import Form
from bot.core.lines import lines
from bot.core.message import Heading, Message, Paragraph, Span, Tone
from bot.core.packing import groups, size
from bot.core.words import cut

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION = "1.5"  # the newest that Teams draws for bots; Action.Execute needs 1.4
CONTENT = "application/vnd.microsoft.card.adaptive"
CONTINUED = "Continued below."
TOO_LONG = "There is more than fits here. Ask for a part of it; “help” tells how."
MARKS_BYTES = 1_500  # of what stands around the elements of a page
ELEMENTS_MAX = 150  # ours: more, and a phone draws slowly


class Payload(msgspec.Struct, frozen=True):
    """One post: a card, and the line that notifications and the list of chats show."""

    summary: str
    card: Json

    @property
    def json(self) -> str:
        """Spell it as a file that the Adaptive Cards designer opens."""
        return json.dumps(self.card, ensure_ascii=False, indent=1) + "\n"

    @property
    def activity(self) -> Json:
        """Give what is posted. One card a message: with two, Teams gives no id back."""
        return {
            "type": "message",
            "summary": self.summary,
            "attachments": [{"contentType": CONTENT, "content": self.card}],
        }


def render(message: Message) -> tuple[Payload, ...]:
    """Draw a message as one post, or as several when it is too long: the others follow it."""
    blocks = message.blocks or (Paragraph((Span(message.summary),)),)
    found = list(drawn(blocks, message.tone)) or [note("–")]
    pages = list(groups(found, most=ELEMENTS_MAX, weigh=size, heaviest=CARD_BYTES_MAX - MARKS_BYTES))
    mentions = tuple(mentions_in(blocks))
    return tuple(
        _page(message, page, number, len(pages), mentions) for number, page in enumerate(pages[:PAGES_MAX], start=1)
    )


def ask(form: Form) -> Payload:
    """Draw a form as a card."""
    heading = drawn((Heading(form.title),), Tone.CALM)
    return Payload(inert(form.title, SUMMARY_MAX), _card(form.title, [*heading, *fields(form)], ()))


def plainly(message: Message) -> Payload:
    """Draw a message as lines and nothing else, for where Teams refuses its card; buttons become what one types."""
    said = [line for line in lines(message, str) if line.strip()] or [message.summary]
    body = [rich((Span(cut(line, PARAGRAPH_MAX)),)) for line in said[:PLAIN_MAX]]
    body += [note(TOO_LONG)] if len(said) > PLAIN_MAX else []
    summary = _summary(message)
    return Payload(summary, _card(summary, body, ()))


def _page(message: Message, elements: Sequence[Json], number: int, pages: int, mentions: Sequence[Mention]) -> Payload:
    summary = _summary(message)
    if number > 1:
        summary = inert(f"Continued: {summary}", SUMMARY_MAX)
    before = [note(f"Continued, {number} of {min(pages, PAGES_MAX)}")] if number > 1 else []
    after = [note(CONTINUED)] if number == 1 < pages else []
    after += [note(TOO_LONG)] if number == PAGES_MAX < pages else []
    return Payload(summary, _card(summary, [*before, *elements, *after], mentions))


def _summary(message: Message) -> str:
    return inert(message.summary, SUMMARY_MAX).strip() or "fortress"


def _card(summary: str, body: list[Json], mentions: Sequence[Mention]) -> Json:
    said = {each.get("text") for each in body}
    entities = [mention.entity for mention in dict.fromkeys(mentions) if mention.text in said]
    teams: Json = {"width": "Full"} | ({"entities": entities} if entities else {})
    fallback = inert(summary, SUMMARY_MAX)
    head: Json = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": VERSION, "fallbackText": fallback}
    return head | {"body": body, "msteams": teams}
