"""The presses of the last while, each with its answer: Teams makes a call again that it thinks was lost.

The same press comes with the same id, or, some say, with a new one; who presses the same button of the same card twice
within seconds means it once.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from bot.chats.teams.parse import Heard
from bot.core.intent import Answer

KEPT_S = 3900.0  # a token, with which a call could be made again, is good for an hour
SAME_S = 3.0
MOST = 2_000
Answering = asyncio.Future[Answer]


class Press(NamedTuple):
    """What was asked for, when, and what became of it."""

    asked: tuple[str, str, Mapping[str, str]]
    at: float
    answering: Answering


class Last:
    """Remembers presses. Used in one event loop.

    Args:
        clock: monotonic, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._by_key: OrderedDict[str, Press] = OrderedDict()
        self._by_card: OrderedDict[tuple[str, str, str], Press] = OrderedDict()

    def of(self, heard: Heard, begin: Callable[[Heard], Awaitable[Answer]]) -> tuple[Answering, bool]:
        """Give the answer to a press, and whether this is its first delivery; begin to answer it if so."""
        now = self._clock()
        card = (heard.by.user, heard.by.place, heard.origin.message_id if heard.origin is not None else "")
        asked = (heard.verb, heard.argument, heard.inputs)
        before = self._by_key.get(heard.key) if heard.key else None
        if before is not None and before.asked == asked and now < before.at + KEPT_S:
            return before.answering, False
        again = self._by_card.get(card)
        if again is not None and again.asked == asked and (not again.answering.done() or now < again.at + SAME_S):
            return again.answering, False
        press = Press(asked, now, asyncio.ensure_future(begin(heard)))
        self._by_card[card] = press
        self._by_card.move_to_end(card)
        if heard.key:
            self._by_key[heard.key] = press
        for kept in (self._by_key, self._by_card):
            while len(kept) > MOST:
                kept.popitem(last=False)
        return press.answering, True
