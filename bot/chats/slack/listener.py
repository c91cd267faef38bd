"""The listener: one thread and one event loop for all that comes in from Slack, by either transport."""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from aiohttp import ClientSession, TCPConnector

from bot.chats.slack.account import Account
from bot.chats.slack.http import PATH, Dispatch, SignedHttp
from bot.chats.slack.socket import SocketLine
from bot.net.asgi import Said
from bot.net.health import Health
from bot.net.pool import Pool
from bot.net.tasks import Tasks
from bot.ports import Asgi

log = logging.getLogger(__name__)

CANCEL_S = 0.5
CALLS_MAX, ANSWERS_MAX = 20, 8  # at once; answers wait for each other, so that what must be acknowledged does not wait
CLOSING = Said(503)  # Slack delivers it again, to whoever listens then


class SlackListener:
    """Hears people in Slack.

    Args:
        dispatch: hands what Slack sent to Bolt.
        use: takes what keeps lines to Slack open, for calls and for answers; made in the loop that uses it.
        line: Socket Mode; None when Slack comes through the web door.
        secret: what Slack signs its requests with, for the web door; "" with Socket Mode.
    """

    name = "slack"

    def __init__(
        self,
        dispatch: Dispatch,
        *,
        account: Account,
        health: Health,
        pool: Pool,
        tasks: Tasks,
        use: Callable[[ClientSession, ClientSession], None],
        line: SocketLine | None = None,
        secret: str = "",
    ) -> None:
        self._dispatch, self._account, self._health = dispatch, account, health
        self._pool, self._tasks, self._use, self._line = pool, tasks, use, line
        self._door = SignedHttp(secret, self._through_the_door) if line is None else None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = asyncio.Event()
        self._runs = threading.Event()
        self._hears = False
        self._thread = threading.Thread(target=self._serve, name="slack", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._runs.wait()
        self._hears = True

    def stop(self, *, within: timedelta) -> bool:
        self._hears = False
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join(within.total_seconds())
        self._pool.close()
        return not self._thread.is_alive()

    @property
    def says(self) -> str:
        return self._health.says

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def routes(self) -> Mapping[str, Asgi]:
        return {PATH: self._door} if self._door is not None else {}

    def _serve(self) -> None:
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        """Listen until told to end. Whatever else ends is a fault, and ends the thread, which others see."""
        self._loop = asyncio.get_running_loop()
        calls, answers = (ClientSession(connector=TCPConnector(limit=limit)) for limit in (CALLS_MAX, ANSWERS_MAX))
        async with calls, answers:
            self._use(calls, answers)
            self._runs.set()
            await self._until_told()

    async def _until_told(self) -> None:
        parts = [self._account.run(), *([self._line.run()] if self._line is not None else [])]
        running = [asyncio.ensure_future(part) for part in parts]
        ending = asyncio.ensure_future(self._ending.wait())
        done, _ = await asyncio.wait([ending, *running], return_when=asyncio.FIRST_COMPLETED)
        await _end(running)
        if ending in done:
            await self._tasks.settle()

    async def _through_the_door(self, body: dict[str, Any], headers: Mapping[str, str]) -> Said:
        """Hand a request over from the web door's loop to ours."""
        if self._loop is None or not self._hears:
            return CLOSING
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._dispatch(body, headers), self._loop))


async def _end(running: Sequence["asyncio.Future[None]"]) -> None:
    """Cancel until it is done: the SDK waits with `wait_for`, which may swallow it (bpo-37658, until Python 3.12)."""
    pending = set(running)
    while pending:
        for part in pending:
            part.cancel()
        done, pending = await asyncio.wait(pending, timeout=CANCEL_S)
        for ended in done:
            if not ended.cancelled() and (error := ended.exception()) is not None:
                log.critical("listening to Slack has ended", exc_info=error)
