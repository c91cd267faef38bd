"""From what a person did to an intent, and from its answer back to where they are."""

import asyncio
import logging
from collections.abc import Callable

import msgspec

from bot.chats.slack.account import Account
from bot.chats.slack.back import Back
from bot.chats.slack.form import modal
from bot.chats.slack.parse import Caller, Carried, Heard, Surface
from bot.chats.slack.people import People
from bot.chats.slack.render import home, sheet
from bot.chats.slack.words import Json
from bot.core.intent import Answer, Audience, Form, Intent
from bot.core.message import Button, Buttons, Message, paragraph
from bot.net.asking import WAITING, Asking, refusal

log = logging.getLogger(__name__)

ERROR_MAX = 1_000  # characters at a field of a form; Slack names no limit
TITLE = "fortress"
STRANGER = "This bot answers people of its own workspace only."
POSTED = Message("It is in the channel now.")
NOT_POSTED = Message("It could not be posted there; the log says why.")
Given = asyncio.Future[Answer]


class Patience(msgspec.Struct, frozen=True):
    """How long an answer may take, in seconds, before the person sees that it is being made.

    Attributes:
        press: of the three that a trigger lives; the rest is for the way to Slack.
        form: of the three within which a filled form must be acknowledged.
    """

    press: float = 1.0
    form: float = 2.0


class Answering:
    """Answers people, whatever they did.

    Args:
        asking: has answers made.
        read: makes an intent of a typed line.
    """

    def __init__(
        self,
        *,
        asking: Asking,
        read: Callable[..., Intent],
        people: People,
        account: Account,
        back: Back,
        patience: Patience,
    ) -> None:
        self._asking, self._read = asking, read
        self._people, self._account, self._back = people, account, back
        self._patience = patience

    async def typed(self, heard: Heard) -> None:
        """Answer a slash command, a message or a mention."""
        await self._bring(heard.by, await self._given(heard))

    async def pressed(self, heard: Heard) -> None:
        """Answer a button. When that takes long, say so in a modal while one can still be opened."""
        by = heard.by
        given: Given = asyncio.ensure_future(self._given(heard))
        done, _ = await asyncio.wait({given}, timeout=self._patience.press)
        view = heard.view if by.surface is Surface.MODAL else ""
        if not done:
            view = await self._wait_in(by, view)
        answer = await given
        if by.surface is Surface.HOME and (answer.touched or answer.refused):
            await self.opened(heard)
            if not answer.refused and not view:
                return  # the Home itself shows what was done
        await self._bring(by, answer, view=view)

    async def opened(self, heard: Heard) -> None:
        """Show a person their Home."""
        answer = await self._given(msgspec.structs.replace(heard, typed="", verb="home", argument="", inputs={}))
        if isinstance(answer.body, Message):
            await self._back.publish(heard.by.user, home(answer.body))

    async def filled(self, heard: Heard) -> tuple[Json, Given | None]:
        """Take a filled form; give what to acknowledge it with, and the answer that is still to be brought.

        A refusal is shown in the form. When the answer takes long, the form says so, and is changed later.
        """
        given: Given = asyncio.ensure_future(self._given(heard))
        done, _ = await asyncio.wait({given}, timeout=self._patience.form)
        if not done:
            return {"response_action": "update", "view": self._sheet(heard.by, WAITING)}, given
        answer = given.result()
        if isinstance(answer.body, Form):
            return {"response_action": "update", "view": self._modal(heard.by, answer.body)}, None
        if answer.refused and heard.first_field:
            said = answer.body.summary[:ERROR_MAX]
            return {"response_action": "errors", "errors": {heard.first_field: said}}, None
        return {}, given

    async def after(self, heard: Heard, given: Given, *, is_open: bool) -> None:
        """Bring the answer to a form that was acknowledged.

        Args:
            is_open: the form stands there and waits for it.
        """
        by, answer = heard.by, await given
        if by.place == by.user and answer.touched:  # it was opened from the Home, which shows what was done
            await self.opened(heard)
            if not is_open and not answer.refused:
                return
        await self._bring(by, answer, view=heard.view if is_open else "")

    async def _wait_in(self, by: Caller, view: str) -> str:
        waiting = self._sheet(by, WAITING)
        if view and await self._back.change(view, waiting):
            return view
        return await self._back.open(by.trigger, waiting)

    async def _given(self, heard: Heard) -> Answer:
        """Have it answered; what goes wrong is an answer too."""
        if self._account.is_stranger(heard.by):
            return refusal(STRANGER)
        return await self._asking.given(self._intent(heard), about=heard.verb or "a typed line")

    async def _intent(self, heard: Heard) -> Intent:
        by = heard.by
        actor = await self._people.actor(by)
        if not heard.verb:
            return self._read(heard.typed, actor, place=by.place, origin=by.origin)
        return Intent(heard.verb, heard.argument, actor, heard.inputs, by.place, by.origin)

    async def _bring(self, by: Caller, answer: Answer, *, view: str = "") -> None:
        """Bring an answer into the modal that is open, into a new one, or to where it was asked."""
        if isinstance(answer.body, Form):
            await self._ask(by, answer.body, view)
        elif answer.audience is Audience.EVERYONE and not answer.refused:
            is_posted = await self._back.everyone(by, answer.body)
            if view:
                await self._back.change(view, self._sheet(by, POSTED if is_posted else NOT_POSTED))
        elif not await self._show(by, answer.body, view):
            await self._back.only_to(by, answer.body)

    async def _show(self, by: Caller, message: Message, view: str) -> bool:
        """Show a message in a modal, where there is one or where nothing else would be seen."""
        is_home = by.surface is Surface.HOME
        if not view and not is_home:
            return False
        shown = self._sheet(by, message)
        if view and await self._back.change(view, shown):
            return True
        return is_home and bool(await self._back.open(by.trigger, shown))

    async def _ask(self, by: Caller, form: Form, view: str) -> None:
        """Open a form. Where none can be opened, or not any more, leave a button that does."""
        drawn = self._modal(by, form)
        if view and await self._back.change(view, drawn):
            return
        if by.trigger and await self._back.open(by.trigger, drawn):
            return
        words = f"{form.title}: press to fill it in."
        button = Button(form.submit, form.verb, form.argument, primary=True)
        await self._back.only_to(by, Message(words, (paragraph(words), Buttons((button,)))))

    def _modal(self, by: Caller, form: Form) -> Json:
        return modal(form, private=str(Carried(form.verb, form.argument, by.place, by.origin)))

    def _sheet(self, by: Caller, message: Message) -> Json:
        return sheet(message, title=TITLE, private=str(Carried(place=by.place, origin=by.origin)))
