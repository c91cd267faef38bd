"""Socket Mode: the line to Slack, and the watch that it carries anything.

The SDK's client mends a line that it sees is gone. Two reports tell of lines that were up and delivered nothing
(bolt-python#1529, python-slack-sdk#1701), and while it cannot connect it tries the same address for ever, every few
seconds. So somebody else looks at it, and has a new line made, or a new client.
"""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec
from aiohttp import ClientError, WSMessage
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.chats.slack.account import INSTALL
from bot.chats.slack.http import Dispatch
from bot.chats.slack.quiet import quiet
from bot.net.asgi import Said
from bot.net.health import Health

log = logging.getLogger(__name__)

# What apps.connections.open says of a token that waiting does not mend;
# https://docs.slack.dev/reference/methods/apps.connections.open
REFUSED = frozenset({"invalid_auth", "not_authed", "not_allowed_token_type", "token_revoked", "token_expired"}) | {
    "account_inactive", "forbidden_team", "missing_scope", "no_permission", "access_denied",
}  # fmt: skip
CLOSES_S = 5


class Watch(msgspec.Struct, frozen=True):
    """How closely the line is watched, in seconds.

    Attributes:
        ping: between pings; a pong says that the line is there.
        look: between two looks.
        patience: how long the SDK may mend the line alone.
        silent: after so long without a word from Slack a new line is made; a quiet night costs four an hour.
        give_up: how long one try to connect may take.
        pauses: between tries; the last one is repeated.
        refused: between tries when Slack refuses the token.
    """

    ping: float = 3
    look: float = 1
    patience: float = 15
    silent: float = 900
    give_up: float = 30
    pauses: tuple[float, ...] = (1, 2, 5, 10, 20, 30, 60)
    refused: float = 300


class SocketLine:
    """One line to Slack, for as long as `run` runs.

    Args:
        dispatch: takes what Slack sends, and gives its acknowledgement.
    """

    def __init__(self, dispatch: Dispatch, *, token: str, address: str, health: Health, watch: Watch) -> None:
        self._dispatch, self._token, self._address = dispatch, token, address
        self._health, self._watch = health, watch
        self._heard_at = 0.0

    async def run(self) -> None:
        """Keep a line until cancelled."""
        tries = 0
        while True:
            client = self._client()
            try:
                if pause := await self._connect(client, tries):
                    tries += 1
                else:
                    tries = 0
                    await self._while_it_carries(client)
            finally:
                with suppress(Exception):  # it is thrown away; the next one is new
                    async with asyncio.timeout(CLOSES_S):
                        await client.close()
            await asyncio.sleep(pause)

    def _client(self) -> Any:
        logger = quiet(f"{__name__}.sdk")
        web = AsyncWebClient(token=self._token, base_url=self._address, retry_handlers=[], logger=logger)
        client = SocketModeClient(self._token, logger=logger, web_client=web, ping_interval=self._watch.ping)
        client.on_message_listeners.append(self._heard)
        client.socket_mode_request_listeners.append(self._take)
        return client

    async def _take(self, client: Any, request: SocketModeRequest) -> None:
        """Hand an envelope on and acknowledge it, also when nobody could read it: it would only come again."""
        said = await self._dispatch(request.payload, _retries(request))
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, _payload(said)))

    async def _heard(self, _message: WSMessage) -> None:
        self._heard_at = time.monotonic()
        self._health.heard()

    async def _connect(self, client: Any, tries: int) -> float:
        """Have a new line made; give the seconds to wait before the next try, 0 when it stands."""
        pause = self._watch.pauses[min(tries, len(self._watch.pauses) - 1)]
        try:
            async with asyncio.timeout(self._watch.give_up):
                await client.connect_to_new_endpoint(force=True)
        except SlackApiError as error:
            said = str(error.response.get("error") or error.response.status_code)
            if said in REFUSED:
                self._lost(f"Slack refuses the app token ({said}); {INSTALL} to make another", is_new=tries == 0)
                return self._watch.refused
            self._lost(f"no line to Slack ({said}), trying again", is_new=tries == 0)
            return pause
        except (ClientError, OSError, TimeoutError) as error:
            self._lost(f"no line to Slack ({type(error).__name__}), trying again", is_new=tries == 0)
            return pause
        self._connected()
        return 0

    async def _while_it_carries(self, client: Any) -> None:
        """Look at the line until the SDK has failed to mend it for too long."""
        down_at: float | None = None
        while True:
            await asyncio.sleep(self._watch.look)
            now = time.monotonic()
            if not await client.is_connected():
                if down_at is None:
                    down_at = now
                    self._lost("the line to Slack broke, mending it", is_new=True)
                elif now - down_at > self._watch.patience:
                    return
            elif down_at is not None:
                down_at = None
                self._connected()
            elif now - self._heard_at > self._watch.silent:
                log.info("no word from Slack for %.0f s; making a new line", self._watch.silent)
                if await self._connect(client, 0):
                    return

    def _connected(self) -> None:
        self._heard_at = time.monotonic()
        self._health.connected()
        log.info("connected to Slack")

    def _lost(self, why: str, *, is_new: bool) -> None:
        self._health.lost(why)
        if is_new:
            log.warning("%s", why)


def _retries(request: SocketModeRequest) -> Mapping[str, str]:
    if not request.retry_attempt:
        return {}
    return {"x-slack-retry-num": str(request.retry_attempt), "x-slack-retry-reason": str(request.retry_reason)}


def _payload(said: Said) -> dict[str, Any] | None:
    if said.status != 200 or not said.body:
        return None
    text = said.body.decode()
    return dict(json.loads(text)) if said.content_type.startswith("application/json") else {"text": text}
