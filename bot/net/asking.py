"""From an event loop to the threads in which answers are made; what goes wrong is an answer too."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from bot.core.intent import Answer, Intent
from bot.core.message import Message
from bot.errors import Refused, Unavailable
from bot.net.pool import Busy, Pool

log = logging.getLogger(__name__)

BUSY = "Many are asking at once, and this did not get a turn. Please try again in a minute."
WRONG = "That went wrong on our side; the log says how. Nothing else is affected."
WAITING = Message("One moment: this takes longer than usual. The answer comes here.")


class Asking:
    """Has answers made, a few at a time.

    Args:
        answer: gives the answer to an intent. It may take long, and is called in the pool's threads.
    """

    def __init__(self, answer: Callable[[Intent], Answer], pool: Pool) -> None:
        self._answer, self._pool = answer, pool

    async def given(self, intent: Awaitable[Intent], *, about: str) -> Answer:
        """Have something answered.

        Args:
            about: what it is, for the log.
        """
        try:
            return await asyncio.wrap_future(self._pool.submit(partial(self._answer, await intent)))
        except Busy:
            return refusal(BUSY)
        except (Refused, Unavailable) as error:
            log.warning("could not answer %s: %s", about, error)
            return refusal(f"Not now: {error}.")
        except Exception:
            log.exception("could not answer %s", about)
            return refusal(WRONG)


def refusal(words: str) -> Answer:
    return Answer(Message(words), refused=True)
