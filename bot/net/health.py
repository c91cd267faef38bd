"""How the listener is, in words for an operator. Written by one thread, read by any."""

import time
from collections.abc import Callable


class Health:
    """Collects what is known of the line and of the token.

    Args:
        begin: what is said before anything is known.
        who: the platform's name, for people.
        clock: monotonic, in seconds.
    """

    def __init__(self, begin: str, *, who: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._who = clock, who
        self._line, self._since = begin, clock()
        self._is_up = False
        self._heard_at: float | None = None
        self._token = ""

    def connected(self) -> None:
        self._line, self._since, self._is_up = "connected", self._clock(), True
        self._heard_at = self._clock()

    def lost(self, why: str) -> None:
        """Note that the line is gone; the first reason's time counts."""
        self._since = self._clock() if self._is_up else self._since
        self._line, self._is_up = why, False

    def heard(self) -> None:
        self._heard_at = self._clock()

    def token(self, trouble: str = "") -> None:
        """Note what is wrong with the bot's token; "" when the platform takes it."""
        self._token = trouble

    @property
    def says(self) -> str:
        now = self._clock()
        words = f"{self._line} for {_span(now - self._since)}"
        if self._heard_at is not None:
            words += f", last word from {self._who} {_span(now - self._heard_at)} ago"
        return f"{words}; {self._token}" if self._token else words


def _span(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"
