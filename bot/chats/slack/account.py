"""Who we are in Slack, asked every minute: it keeps trouble with the token, and a sleepy line, in sight."""

import asyncio
import logging
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.chats.slack.parse import Caller
from bot.net.health import Health

log = logging.getLogger(__name__)

INSTALL = "docs/install-slack.md says how"

EVERY_S = 60.0
REFUSED = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "no_permission"}
)


class Account:
    """What `auth.test` says of the bot's token.

    Attributes:
        bot: the bot's user id; "" until Slack said it. `bot_id` is the id of its posts.
    """

    def __init__(self, client: AsyncWebClient, health: Health, *, every_s: float = EVERY_S) -> None:
        self._client, self._health, self._every_s = client, health, every_s
        self._refused = ""
        self.bot = self.bot_id = self.team = self.enterprise = ""

    async def run(self) -> None:
        """Ask again and again, until cancelled."""
        while True:
            await self.check()
            await asyncio.sleep(self._every_s)

    async def check(self) -> None:
        """Ask once. Slack being away leaves what is known."""
        try:
            said = await self._client.auth_test()
        except SlackApiError as error:
            self._note(str(error.response.get("error") or ""))
        except (ClientError, OSError, TimeoutError):
            return  # the line has its own words for it
        else:
            self._learn(said.data if isinstance(said.data, dict) else {})

    def gone(self, why: str) -> None:
        """Note that somebody took the app or its token away."""
        self._note(why)

    def is_stranger(self, by: Caller) -> bool:
        """Tell whether a person belongs to another workspace, which shares a channel with ours."""
        if not by.team or not self.team or by.team == self.team:
            return False
        return not (self.enterprise and by.enterprise == self.enterprise)

    def _learn(self, said: dict[str, Any]) -> None:
        self.bot, self.bot_id = str(said.get("user_id") or ""), str(said.get("bot_id") or "")
        self.team, self.enterprise = str(said.get("team_id") or ""), str(said.get("enterprise_id") or "")
        if self._refused:
            log.info("Slack takes the bot's token again")
        self._refused = ""
        self._health.token()

    def _note(self, why: str) -> None:
        if why not in REFUSED and why != "app_uninstalled":
            return
        words = f"Slack refuses the bot's token ({why}): install the app again, {INSTALL}"
        if why != self._refused:
            log.error("%s", words)
        self._refused = why
        self._health.token(words)
