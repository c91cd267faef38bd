"""What goes on in an event loop after somebody was answered that we heard them."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class Tasks:
    """What goes on after an acknowledgement, so that an end can wait for it."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, what: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(_logged(what))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settle(self) -> None:
        """Wait until nothing goes on, what begins meanwhile included."""
        while self._running:
            await asyncio.wait(self._running)


async def _logged(what: Coroutine[Any, Any, None]) -> None:
    try:
        await what
    except Exception:
        log.exception("an answer could not be brought")
