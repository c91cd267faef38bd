"""How fast we speak: calls of one kind some time apart, and none while Slack has asked us to wait."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Lock

from bot.errors import Unavailable


class Pace:
    """Gives turns. Two callers never get the same one.

    Args:
        clock, sleep: injected, so that tests never wait; the clock is monotonic, in seconds.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = Lock()
        self._next: dict[str, float] = {}
        self._held: dict[str, float] = {}

    def turn(self, kind: str, *, gap_s: float) -> None:
        """Wait for a turn.

        Raises:
            Unavailable: Slack asked us to wait, and that is not over.
        """
        with self._lock:
            now = self._clock()
            left = self._held.get(kind, now) - now
            if left > 0:
                raise Unavailable("Slack asked us to wait", retry_after=timedelta(seconds=left))
            at = max(now, self._next.get(kind, now))
            self._next[kind] = at + gap_s
        if at > now:
            self._sleep(at - now)

    def hold(self, kind: str, wait: timedelta) -> None:
        """Give no turn for so long."""
        with self._lock:
            self._held[kind] = self._clock() + wait.total_seconds()
