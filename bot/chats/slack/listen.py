"""What Slack sends, taken by Bolt: acknowledged at once, done once, and no error after the acknowledgement.

Bolt 1.30 loses an acknowledgement when its listener raises right after it, and Slack then tells the person that the
app did not respond (measured: tests/chats/test_slack_listen.py). So nothing here raises.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.chats.slack import parse
from bot.chats.slack.account import Account
from bot.chats.slack.answering import Answering
from bot.chats.slack.parse import JSON, Heard
from bot.chats.slack.quiet import quiet
from bot.net.asgi import Said
from bot.net.health import Health
from bot.net.seen import Seen

log = logging.getLogger(__name__)

ANY = re.compile(".*", re.DOTALL)
REVOKED = re.compile("app_uninstalled|tokens_revoked")
Ack = Callable[..., Awaitable[Any]]
Doing = Coroutine[Any, Any, None]


class Ears:
    """Everything Bolt may call.

    Args:
        begin: runs what comes after an acknowledgement.
    """

    def __init__(
        self, *, account: Account, answering: Answering, health: Health, seen: Seen, begin: Callable[[Doing], None]
    ) -> None:
        self._account, self._answering, self._health = account, answering, health
        self._seen, self._begin = seen, begin

    def app(self, *, address: str, token: str) -> AsyncApp:
        """Make Bolt's app. That it is Slack who speaks was checked before it: by the line, or by the signature."""

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            """Say who we are without asking Slack: an acknowledgement must not wait for it."""
            bot, bot_id = self._account.bot or None, self._account.bot_id or None
            return AuthorizeResult(
                enterprise_id=enterprise_id, team_id=team_id, bot_user_id=bot, bot_id=bot_id, bot_token=token
            )

        app = AsyncApp(
            name="fortress",
            logger=quiet(f"{__name__}.bolt"),
            client=AsyncWebClient(base_url=address, retry_handlers=[]),
            authorize=authorize,
            request_verification_enabled=False,
        )
        app.command(ANY)(self.command)
        app.action(ANY)(self.press)
        app.view(ANY)(self.form)
        app.event("app_home_opened")(self.home)
        app.event("message")(self.message)
        app.event("app_mention")(self.mention)
        app.event(REVOKED)(self.revoked)
        for rest in (app.event, app.view_closed, app.shortcut, app.options):
            rest(ANY)(self.nothing)  # what nobody takes, Slack sends again
        app.error(self.broke)
        return app

    async def command(self, ack: Ack, body: JSON) -> None:
        await ack()
        self._take(parse.command, body, self._answering.typed)

    async def message(self, ack: Ack, body: JSON) -> None:
        await ack()
        self._take(parse.message, body, self._answering.typed)

    async def mention(self, ack: Ack, body: JSON) -> None:
        await ack()
        self._take(lambda said: parse.mention(said, bot=self._account.bot), body, self._answering.typed)

    async def press(self, ack: Ack, body: JSON) -> None:
        await ack()
        self._take(parse.press, body, self._answering.pressed)

    async def home(self, ack: Ack, body: JSON) -> None:
        await ack()
        self._take(parse.home, body, self._answering.opened)

    async def form(self, ack: Ack, body: JSON) -> None:
        """Take a filled form: what it is acknowledged with says whether it closes."""
        said: Mapping[str, Any] = {}
        try:
            self._health.heard()
            heard = parse.form(body)
            if heard is not None and self._seen.is_new(heard.key):
                said, given = await self._answering.filled(heard)
                if given is not None:
                    self._begin(self._answering.after(heard, given, is_open=bool(said)))
        except Exception:
            log.exception("a form could not be taken")
        await ack(**said)

    async def revoked(self, ack: Ack, body: JSON) -> None:
        """Note that the app, or its token, was taken away. Slack goes on sending to a socket all the same."""
        await ack()
        event = body.get("event")
        kind = event.get("type") if isinstance(event, dict) else ""
        self._account.gone("app_uninstalled" if kind == "app_uninstalled" else "token_revoked")

    async def nothing(self, ack: Ack) -> None:
        await ack()

    async def broke(self, error: Exception, ack: Any) -> BoltResponse:
        """Keep what was acknowledged when something raises in spite of all that; refuse what Bolt could not read."""
        log.error("what Slack sent could not be taken", exc_info=error)
        return BoltResponse(status=200 if ack.response is not None else 400)

    def _take(self, read: Callable[[JSON], Heard | None], body: JSON, do: Callable[[Heard], Doing]) -> None:
        """Begin what was asked for, unless it was before."""
        try:
            self._health.heard()
            heard = read(body)
            if heard is not None and self._seen.is_new(heard.key):
                self._begin(do(heard))
        except Exception:
            log.exception("what Slack sent could not be taken")


async def dispatch(app: AsyncApp, body: dict[str, Any], headers: Mapping[str, str]) -> Said:
    """Hand what Slack sent, by either transport, to Bolt: in the shape it takes from a socket, checked and read."""
    try:
        said = await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body, headers=dict(headers)))
    except Exception:  # Bolt trusts the shape of what it gets
        log.exception("what Slack sent could not be read")
        return Said(400)
    if said.status >= 500:
        return Said(400)
    kind = said.headers.get("content-type", ["text/plain;charset=utf-8"])[0]
    return Said(said.status, (said.body or "").encode(), kind)
