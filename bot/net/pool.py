"""The few threads in which answers are made, and the line before them, which has an end."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
THREADS = 3  # an answer needs the processor alone; more threads make acknowledgements wait. One may read for minutes
WAITING = 400  # at 20 ms each the last one is answered within two seconds


class Busy(Exception):
    """So many wait already that one more would wait in vain."""


class Pool:
    def __init__(self, *, threads: int = THREADS, waiting: int = WAITING, name: str = "answer") -> None:
        self._most = threads + waiting
        self._inside = 0
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)

    def submit(self, job: Callable[[], T]) -> "Future[T]":
        """Have a job done by one of the threads.

        Raises:
            Busy: the line is full.
        """
        with self._lock:
            if self._inside >= self._most:
                raise Busy
            self._inside += 1
        try:
            future = self._threads.submit(job)
        except BaseException:
            self._leave()
            raise
        future.add_done_callback(lambda _: self._leave())
        return future

    def close(self) -> None:
        """Take no more; whoever still waits is let go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _leave(self) -> None:
        with self._lock:
            self._inside -= 1
