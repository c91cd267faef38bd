"""The listener: what comes in from Teams, in the event loop of the web door; it has no thread of its own."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from bot.chats.teams import parse
from bot.chats.teams.answering import Answering
from bot.chats.teams.book import Book
from bot.chats.teams.door import NO_ANSWER, PATH, TeamsDoor
from bot.chats.teams.verify import Verifier
from bot.net.asgi import Said
from bot.net.health import Health
from bot.net.pool import Pool
from bot.net.seen import Seen
from bot.net.tasks import Tasks
from bot.ports import Asgi

log = logging.getLogger(__name__)

PRESS = "adaptiveCard/action"


class TeamsListener:
    """Hears people in Teams.

    Args:
        pools: threads: `checks` for tokens, `answers`, and `talk` for what is said and written down.
        close: lets go of what the others keep open.
    """

    name = "teams"

    def __init__(
        self,
        verifier: Verifier,
        *,
        answering: Answering,
        book: Book,
        health: Health,
        tasks: Tasks,
        pools: Mapping[str, Pool],
        close: Callable[[], None],
    ) -> None:
        self._answering, self._book, self._health, self._tasks = answering, book, health, tasks
        self._pools, self._close = pools, close
        self._seen = Seen()
        self._hears = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._door = TeamsDoor(verifier, checks=pools["checks"], take=self.take, hears=lambda: self._hears)

    def start(self) -> None:
        self._hears = True

    def stop(self, *, within: timedelta) -> bool:
        self._hears = False
        is_clean = self._settled(within)
        for pool in self._pools.values():
            pool.close()
        self._close()
        return is_clean

    @property
    def says(self) -> str:
        return self._health.says

    @property
    def is_alive(self) -> bool:
        return True  # the web door's thread is looked after where it is started

    def routes(self) -> Mapping[str, Asgi]:
        return {PATH: self._door}

    async def take(self, activity: Mapping[str, Any]) -> Said:
        """Take a call that was checked. Whatever is no press is worked on after it was answered."""
        self._loop = asyncio.get_running_loop()
        self._health.heard()
        kind = activity.get("type")
        if kind == "invoke" and activity.get("name") == PRESS:
            heard = parse.press(activity)
            self._tasks.begin(self._note(activity))
            return await self._answering.pressed(heard) if heard is not None else NO_ANSWER
        if kind == "message":
            self._tasks.begin(self._typed(activity))
        elif kind in ("installationUpdate", "conversationUpdate"):
            self._tasks.begin(self._note(activity))
        return NO_ANSWER

    async def _typed(self, activity: Mapping[str, Any]) -> None:
        heard = parse.message(activity)
        if heard is not None and self._seen.is_new(heard.key):
            await self._note(activity)
            await self._answering.typed(heard)

    async def _note(self, activity: Mapping[str, Any]) -> None:
        """Write down where we are, or are not any more; the store has a lock, so that is no business of this loop."""
        by = parse.caller(activity)
        if parse.has_left(activity):
            noting = partial(self._book.drop, by, team=parse.has_left_team(activity))
        else:
            noting = partial(self._book.keep, by)
        if by.place:
            await asyncio.wrap_future(self._pools["talk"].submit(noting))

    def _settled(self, within: timedelta) -> bool:
        """Wait until no answer is under way any more."""
        if self._loop is None or self._loop.is_closed():
            return True
        settling = asyncio.run_coroutine_threadsafe(self._tasks.settle(), self._loop)
        try:
            settling.result(within.total_seconds())
        except TimeoutError:
            return False
        return True
