"""The way back to a person: an answer only they see, a post everybody sees, a modal, their Home.

Every way has another behind it, so that nobody is left without an answer: the address Slack gave for answers
(five uses in half an hour), a post only the person sees, a direct message.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from aiohttp import ClientError, ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.chats.slack.limits import TEXT_MAX
from bot.chats.slack.parse import Caller, Surface
from bot.chats.slack.refusals import UNDRAWABLE
from bot.chats.slack.render import Payload, render, words
from bot.chats.slack.words import Json, inert
from bot.core.message import Message

log = logging.getLogger(__name__)

CALL_S = 10  # for one call
USES_MAX = 4  # of the five that a response_url has; one is left for a press that comes after
WAIT_MAX_S = 30  # a person has left by then
AWAY = (SlackApiError, ClientError, OSError, TimeoutError)


class Back:
    """Calls Slack from the listener's loop.

    Attributes:
        session: keeps lines to the addresses for answers; None makes a new one for each.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self.session: ClientSession | None = None

    async def only_to(self, by: Caller, message: Message) -> bool:
        """Tell a person alone. False: no way led to them, and the log says why."""
        pages = render(message)
        if by.response_url and await self._respond(by, pages, message, kind="ephemeral"):
            return True
        if by.surface is Surface.MESSAGE or by.place in ("", by.user):
            return await self._post(by.place or by.user, pages, message, thread=by.thread)
        if await self._ephemeral(by, pages, message):
            return True
        return await self._post(by.user, pages, message)

    async def everyone(self, by: Caller, message: Message) -> bool:
        """Tell everybody where it was asked: in the thread of a mention, else in the channel."""
        pages = render(message)
        if by.response_url and await self._respond(by, pages, message, kind="in_channel"):
            return True
        is_mention = by.surface is Surface.MENTION and by.origin is not None
        thread = by.thread or (by.origin.message_id if is_mention and by.origin else "")
        return await self._post(by.place or by.user, pages, message, thread=thread)

    async def open(self, trigger: str, view: Json) -> str:
        """Open a modal; give its id, "" when it is too late for that."""
        try:
            said = await self._client.views_open(trigger_id=trigger, view=view)
        except AWAY as error:
            log.info("a modal could not be opened: %s", _why(error))
            return ""
        return str((said.get("view") or {}).get("id") or "")

    async def change(self, view_id: str, view: Json) -> bool:
        """Put something else into an open modal. False: the person closed it."""
        try:
            await self._client.views_update(view_id=view_id, view=view)
        except AWAY as error:
            log.info("a modal could not be changed: %s", _why(error))
            return False
        return True

    async def publish(self, user: str, view: Json) -> bool:
        """Show a person their Home."""
        try:
            await self._call(self._client.views_publish, user_id=user, view=view)
        except AWAY as error:
            log.warning("a Home could not be shown: %s", _why(error))
            return False
        return True

    async def _respond(self, by: Caller, pages: Sequence[Payload], message: Message, *, kind: str) -> bool:
        hook = AsyncWebhookClient(by.response_url, session=self.session, retry_handlers=[], timeout=CALL_S)
        common: Json = {"response_type": kind, "replace_original": False}
        if by.thread:
            common["thread_ts"] = by.thread
        for number, page in enumerate(pages[:USES_MAX]):
            try:
                said = await hook.send_dict({**common, "text": page.text, "blocks": list(page.blocks)})
                if said.status_code != 200 and any(code in str(said.body) for code in UNDRAWABLE):
                    said = await hook.send_dict({**common, "text": _in_words(message)})
            except (ClientError, OSError, TimeoutError) as error:
                log.info("an answer could not be given at its address: %s", _why(error))
                return number > 0
            if said.status_code != 200:
                log.info("an answer was refused at its address: %s", said.status_code)
                return number > 0
        return True

    async def _ephemeral(self, by: Caller, pages: Sequence[Payload], message: Message) -> bool:
        where: Json = {"channel": by.place, "user": by.user}
        if by.thread:
            where["thread_ts"] = by.thread
        return await self._say(self._client.chat_postEphemeral, where, pages, message)

    async def _post(self, place: str, pages: Sequence[Payload], message: Message, *, thread: str = "") -> bool:
        where: Json = {"channel": place, "unfurl_links": False, "unfurl_media": False}
        if thread:
            where["thread_ts"] = thread
        return await self._say(self._client.chat_postMessage, where, pages, message)

    async def _say(self, call: Any, where: Json, pages: Sequence[Payload], message: Message) -> bool:
        for number, page in enumerate(pages):
            try:
                await self._call(call, **where, text=page.text, blocks=list(page.blocks))
            except AWAY as error:
                if _why(error) in UNDRAWABLE:
                    return await self._in_words(call, where, message)
                log.warning("an answer could not be given: %s", _why(error))
                return number > 0
        return True

    async def _in_words(self, call: Any, where: Json, message: Message) -> bool:
        try:
            await self._call(call, **where, text=_in_words(message))
        except AWAY as error:
            log.warning("an answer could not be given in words either: %s", _why(error))
            return False
        return True

    async def _call(self, call: Any, **given: Any) -> Any:
        """Call Slack, once more when it asks us to wait and that is worth it."""
        try:
            return await call(**given)
        except SlackApiError as error:
            wait = _asked_to_wait(error)
            if wait is None or wait > WAIT_MAX_S:
                raise
        await asyncio.sleep(wait)
        return await call(**given)


def _in_words(message: Message) -> str:
    return inert(words(message), TEXT_MAX)


def _asked_to_wait(error: SlackApiError) -> float | None:
    if error.response.get("error") != "ratelimited":
        return None
    given = str(error.response.headers.get("Retry-After", "1"))
    return float(given) if given.isdecimal() else 1.0


def _why(error: BaseException) -> str:
    """Give Slack's own word for it, or the kind of error: never a payload."""
    if isinstance(error, SlackApiError):
        return str(error.response.get("error") or error.response.status_code)
    return type(error).__name__
