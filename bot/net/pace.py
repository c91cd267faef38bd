"""How fast we speak: so many calls of one kind in some time, and none while the other side has asked us to wait."""

import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import NamedTuple

from bot.errors import Unavailable

WAIT_MAX_S = 30.0  # whoever has to wait longer is told so instead


class Allowed(NamedTuple):
    """At most so many calls begin within so many seconds."""

    calls: int
    within_s: float


class Pace:
    """Gives turns. Two callers never get the same one.

    Args:
        who: the other side's name, for messages a person reads.
        clock, sleep: injected, so that tests never wait; the clock is monotonic, in seconds.
    """

    def __init__(
        self, who: str, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._who, self._clock, self._sleep = who, clock, sleep
        self._lock = Lock()
        self._turns: dict[str, deque[float]] = {}  # when the latest turns of a kind were, or will be
        self._held: dict[str, float] = {}

    def turn(self, kind: str, *allowed: Allowed) -> None:
        """Wait for a turn.

        Raises:
            Unavailable: the other side asked us to wait, and that is not over; or the next turn is far away.
        """
        with self._lock:
            now = self._clock()
            left = self._held.get(kind, now) - now
            if left > 0:
                raise Unavailable(f"{self._who} asked us to wait", retry_after=timedelta(seconds=left))
            wait = self._wait(kind, allowed, now)
        if wait > 0:
            self._sleep(wait)

    def hold(self, kind: str, wait: timedelta) -> None:
        """Give no turn for so long."""
        with self._lock:
            self._held[kind] = self._clock() + wait.total_seconds()

    def _wait(self, kind: str, allowed: tuple[Allowed, ...], now: float) -> float:
        """Take the next turn, and give the seconds until it comes."""
        turns = self._turns.setdefault(kind, deque(maxlen=max(each.calls for each in allowed)))
        at = max([now, *(turns[-calls] + within_s for calls, within_s in allowed if len(turns) >= calls)])
        if at - now > WAIT_MAX_S:
            raise Unavailable(f"{self._who} takes no more for now", retry_after=timedelta(seconds=at - now))
        turns.append(at)
        return at - now
