"""The way of an answer to people: where they typed, or into their own chat; drawn as the card of a press."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from msgspec.structs import replace

from bot.chats.teams.parse import PANE, Caller, Kind
from bot.chats.teams.words import Json
from bot.core.intent import Form
from bot.core.message import Block, Button, Buttons, Message, Paragraph, Receipt, paragraph
from bot.errors import Refused, Unavailable
from bot.net.pool import Busy, Pool
from bot.ports import Chat

log = logging.getLogger(__name__)


class Bring:
    """Says answers through the chat, in threads of its own.

    Args:
        draw: draws a message as one card or more.
        form: draws a form as one card.
    """

    def __init__(
        self,
        chat: Chat,
        pool: Pool,
        *,
        draw: Callable[[Message], Sequence[Json]],
        form: Callable[[Form], Json],
    ) -> None:
        self._chat, self._pool = chat, pool
        self._draw, self._form = draw, form

    async def say(self, by: Caller, body: Message | Form, *, pane: bool = False) -> bool:
        message = asked(body, pane=pane)
        if by.kind is Kind.CHANNEL and by.thread:
            under = Receipt("teams", by.place, by.thread)
            return await self._done(partial(self._chat.reply, under, message))
        return await self._done(partial(self._chat.post, by.place, message))

    async def alone(self, by: Caller, body: Message | Form, *, pane: bool = False) -> bool:
        place = by.place if by.kind is Kind.PERSONAL else by.user
        return await self._done(partial(self._chat.post, place, asked(body, pane=pane)))

    def card(self, body: Message | Form, *, pane: bool = False) -> Json | None:
        if isinstance(body, Form):
            return self._form(body)
        drawn = self._draw(in_pane(body) if pane else body)
        return drawn[0] if len(drawn) == 1 else None

    async def _done(self, job: Callable[[], object]) -> bool:
        try:
            await asyncio.wrap_future(self._pool.submit(job))
        except (Refused, Unavailable, Busy) as error:
            log.warning("an answer could not be given: %s", error or "too many wait to be told")
            return False
        return True


def asked(body: Message | Form, *, pane: bool = False) -> Message:
    """Leave a button that opens a form: only who presses it gets the form, in their own card."""
    if isinstance(body, Message):
        return in_pane(body) if pane else body
    words = f"{body.title}: press to fill it in."
    button = Button(body.submit, body.verb, body.argument, primary=True)
    return Message(words, (paragraph(words), Buttons((button,))))


def in_pane(body: Message) -> Message:
    """Mark every button as one of a person's own pane, which shows then what was done."""
    return replace(body, blocks=tuple(_in_pane(block) for block in body.blocks))


def _in_pane(block: Block) -> Block:
    match block:
        case Buttons(buttons=buttons):
            return Buttons(tuple(_marked(button) for button in buttons))
        case Paragraph(button=Button() as button):
            return replace(block, button=_marked(button))
        case _:
            return block


def _marked(button: Button) -> Button:
    return replace(button, verb=f"{PANE}{button.verb}")
