"""Heartbeats of the threads. A thread says how long it may now be silent; whoever is silent for longer has stopped."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import msgspec


class Heartbeat(msgspec.Struct, frozen=True):
    """How one thread is: seconds since it was last heard, and how many it may be silent."""

    age_s: float
    within_s: float

    @property
    def is_fine(self) -> bool:
        return self.age_s <= self.within_s


class Vitals:
    """Collects heartbeats from any thread.

    Args:
        clock: monotonic, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._heard: dict[str, tuple[float, float]] = {}

    def beat(self, name: str, within: timedelta) -> None:
        """Note that a thread is alive, and for how long it may be silent from now on."""
        with self._lock:
            self._heard[name] = (self._clock(), within.total_seconds())

    def heartbeats(self) -> dict[str, Heartbeat]:
        with self._lock:
            heard = dict(self._heard)
        now = self._clock()
        return {name: Heartbeat(round(now - at, 1), within_s) for name, (at, within_s) in heard.items()}
