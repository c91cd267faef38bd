"""The names of people: as they are shown in Slack, not the handle that payloads carry."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.chats.slack.parse import Caller
from bot.core.intent import Actor

KEPT_S = 12 * 3600.0
UNKNOWN_KEPT_S = 300.0  # then Slack is asked again
WAIT_S = 0.7  # a modal must be opened within three seconds, all in all
MOST = 5_000


class People:
    """Knows people by their id, for half a day.

    Args:
        clock: monotonic, in seconds.
    """

    def __init__(self, client: AsyncWebClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._clock = client, clock
        self._names: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def actor(self, by: Caller) -> Actor:
        """Give a person with their name, or what the payload calls them when Slack does not say it in time."""
        name, until = self._names.get(by.user, ("", 0.0))
        if self._clock() >= until:
            name = await self._ask(by.user)
            self._names[by.user] = (name, self._clock() + (KEPT_S if name else UNKNOWN_KEPT_S))
            if len(self._names) > MOST:
                self._names.popitem(last=False)
        return Actor(by.user, name or by.handle or by.user, "slack")

    async def _ask(self, user: str) -> str:
        """users.info needs users:read; https://docs.slack.dev/reference/methods/users.info."""
        try:
            async with asyncio.timeout(WAIT_S):
                said = await self._client.users_info(user=user)
        except (SlackApiError, ClientError, OSError, TimeoutError):
            return ""
        found = said.get("user") or {}
        profile = found.get("profile") or {}
        names = (profile.get("display_name"), profile.get("real_name"), found.get("real_name"), found.get("name"))
        return next((str(name) for name in names if name), "")
