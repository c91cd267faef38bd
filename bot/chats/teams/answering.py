"""From what a person did in Teams to an intent, and from its answer back to where they are.

Teams has nothing that one person alone sees in a channel, but for the card they press: that one changes for them. So a
press is answered in its own card, a typed line where it was typed, for all there to read; what is one person's own, or
names clients that a channel is not for, goes to their personal chat.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Protocol

from msgspec.structs import replace

from bot.chats.teams import invoke
from bot.chats.teams.last import Last
from bot.chats.teams.parse import Caller, Heard, Kind
from bot.chats.teams.words import Json
from bot.core.intent import Actor, Answer, Audience, Form, Intent
from bot.core.message import Block, Button, Buttons, Message, Receipt
from bot.net.asgi import Said
from bot.net.asking import WAITING, Asking
from bot.net.tasks import Tasks

log = logging.getLogger(__name__)

CARD_S = 2.5  # Teams tells a person that we do not answer after some; a second of it is the way
BACK = "back"  # asks for the post as it stands; answered here
HOME = "home"
SHARE = "share"  # a button that is of no use where all see the answer already
COMES_HERE = "The answer comes here."
COMES_ALONE = "It is longer than a card: it comes to your personal chat."
COMES_LATER = "This takes longer than usual. The answer comes to your personal chat."
COMES_FOR_ALL = "It comes into this conversation, for all to see."
SENT_ALONE = "The answer is in your personal chat: not everything may be said here."
UNREACHED = "That is for you alone, and you have no personal chat with me. Open one, and ask there."
UNCHANGED = "The post is not kept any more; it is unchanged for everybody else."


class Way(Protocol):
    """How an answer gets to people; see bring.py. `pane`: its buttons are those of a person's own pane."""

    async def say(self, by: Caller, body: Message | Form, *, pane: bool = False) -> bool:
        """Say something where they are: in the thread of a channel, in the chat. False: no way led there."""

    async def alone(self, by: Caller, body: Message | Form, *, pane: bool = False) -> bool:
        """Say something in a person's own chat. False: there is none, and none can be opened."""

    def card(self, body: Message | Form, *, pane: bool = False) -> Json | None:
        """Draw something as one card. None: one card is not enough."""


class Answering:
    """Answers people, whatever they did.

    Args:
        asking: has answers made.
        read: makes an intent of a typed line.
        posted: gives what stands in a post; None when that is not kept.
        own: conversations that are for one client alone.
    """

    def __init__(
        self,
        *,
        asking: Asking,
        read: Callable[..., Intent],
        way: Way,
        tasks: Tasks,
        posted: Callable[[Receipt], Message | None],
        own: Collection[str] = (),
        card_s: float = CARD_S,
    ) -> None:
        self._asking, self._read, self._way, self._tasks = asking, read, way, tasks
        self._posted, self._own, self._card_s = posted, frozenset(own), card_s
        self._last = Last()

    async def typed(self, heard: Heard) -> None:
        """Answer a typed line, or a press of a client that cannot wait for an answer."""
        await self._bring(heard, await self._given(heard))

    async def pressed(self, heard: Heard) -> Said:
        """Answer a press in its own HTTP answer; when that takes long, say so and bring it later.

        A press that is delivered again gets the answer of the first, and does nothing twice.
        """
        if heard.verb == BACK:
            return self._back(heard)
        answering, is_new = self._last.of(heard, self._given)
        done, _ = await asyncio.wait({answering}, timeout=self._card_s)
        if done:
            return await self._in_card(heard, answering.result(), is_new=is_new)
        if is_new:
            self._tasks.begin(self._late(heard, answering))
        return invoke.line(WAITING.summary if heard.by.kind is Kind.PERSONAL else COMES_LATER)

    def _back(self, heard: Heard) -> Said:
        shown = self._posted(heard.origin) if heard.origin is not None else None
        drawn = self._way.card(shown) if shown is not None else None
        return invoke.card(drawn) if drawn is not None else invoke.refusal(UNCHANGED)

    async def _given(self, heard: Heard) -> Answer:
        return await self._asking.given(self._intent(heard), about=heard.verb or "a typed line")

    async def _intent(self, heard: Heard) -> Intent:
        by = heard.by
        actor = Actor(by.user, by.name or by.user, "teams")
        if not heard.verb:
            return self._read(heard.typed, actor, place=by.place, origin=heard.origin)
        return Intent(heard.verb, heard.argument, actor, heard.inputs, by.place, heard.origin)

    async def _in_card(self, heard: Heard, answer: Answer, *, is_new: bool) -> Said:
        """Answer within the card. A second delivery gets the same words, and nothing is said anew beside them."""
        body = answer.body
        if answer.refused and isinstance(body, Message):
            return invoke.refusal(body.summary)
        if isinstance(body, Form):
            return self._shown(heard, body, is_new=is_new)
        if answer.audience is Audience.EVERYONE:
            if is_new:
                self._tasks.begin(self._say(heard.by, body))
            return invoke.line(COMES_FOR_ALL)
        if answer.touched and heard.pane:
            return await self._pane(heard)
        if answer.touched and not heard.is_form:
            return invoke.line(body.summary)  # the card itself is brought up to date, for everybody
        if heard.by.kind is Kind.PERSONAL and not heard.is_form:
            if is_new:
                self._tasks.begin(self._say(heard.by, body))
            return invoke.line(COMES_HERE)
        return self._shown(heard, body, is_new=is_new)

    def _shown(self, heard: Heard, body: Message | Form, *, is_new: bool) -> Said:
        """Show something in place of the card, with a way back to it."""
        drawn = self._way.card(self._with_way_back(heard, body))
        if drawn is not None:
            return invoke.card(drawn)
        if is_new:
            self._tasks.begin(self._say_alone(heard.by, body))
        return invoke.line(COMES_ALONE)

    def _with_way_back(self, heard: Heard, body: Message | Form) -> Message | Form:
        if isinstance(body, Form) or heard.origin is None or self._posted(heard.origin) is None:
            return body
        back = Button("Back", BACK)
        last = body.blocks[-1] if body.blocks else None
        if isinstance(last, Buttons):
            return replace(body, blocks=(*body.blocks[:-1], Buttons((back, *last.buttons))))
        return replace(body, blocks=(*body.blocks, Buttons((back,))))

    async def _pane(self, heard: Heard) -> Said:
        """Show a person's own pane anew, after something was done in it."""
        answer = await self._given(replace(heard, verb=HOME, argument="", inputs={}))
        drawn = self._way.card(answer.body, pane=True)
        if drawn is not None:
            return invoke.card(drawn)
        return invoke.line(answer.body.summary if isinstance(answer.body, Message) else answer.body.title)

    async def _late(self, heard: Heard, answering: "asyncio.Future[Answer]") -> None:
        answer = await answering
        if answer.audience is Audience.EVERYONE and not answer.refused:
            await self._say(heard.by, answer.body)
        else:
            await self._say_alone(heard.by, answer.body)

    async def _bring(self, heard: Heard, answer: Answer) -> None:
        """Bring an answer to where it was typed, or to the person alone."""
        by = heard.by
        is_for_all = answer.audience is Audience.EVERYONE and not answer.refused
        may_stand = by.place not in self._own and answer.audience is not Audience.OWN
        if by.kind is Kind.PERSONAL or is_for_all or may_stand:
            await self._say(by, answer.body, pane=answer.audience is Audience.OWN)
            return
        is_told = await self._way.alone(by, without(answer.body, SHARE), pane=answer.audience is Audience.OWN)
        await self._say(by, Message(SENT_ALONE if is_told else UNREACHED))

    async def _say(self, by: Caller, body: Message | Form, *, pane: bool = False) -> None:
        if not await self._way.say(by, without(body, SHARE), pane=pane):
            log.warning("an answer could not be given in %s", by.kind)

    async def _say_alone(self, by: Caller, body: Message | Form) -> None:
        if not await self._way.alone(by, without(body, SHARE)):
            log.warning("an answer could not be given to a person alone")


def without(body: Message | Form, verb: str) -> Message | Form:
    """Leave out the buttons that ask for one thing."""
    if isinstance(body, Form):
        return body
    kept = (_without(block, verb) for block in body.blocks)
    return replace(body, blocks=tuple(block for block in kept if block is not None))


def _without(block: Block, verb: str) -> Block | None:
    if not isinstance(block, Buttons):
        return block
    buttons = tuple(button for button in block.buttons if button.verb != verb)
    return Buttons(buttons) if buttons else None
