"""What is done soon, in a thread of its own, so that nobody waits for it."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

log = logging.getLogger(__name__)


class Soon:
    """Does one thing once it was touched; touched often meanwhile, it does it once more.

    Args:
        name: of the thread.
        act: does it.
        wait: waits so long. False: the process ends.
        after: how long to wait for more touches.
    """

    def __init__(
        self, name: str, act: Callable[[], object], *, wait: Callable[[timedelta], bool], after: timedelta = timedelta()
    ) -> None:
        self._name, self._act = name, act
        self._wait = wait
        self._after = after
        self._touched = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._stopping = False

    @property
    def is_due(self) -> bool:
        return self._touched.is_set()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def touched(self) -> None:
        """Note that there is something to do."""
        self._touched.set()

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, within: timedelta) -> bool:
        """Do nothing more, and wait a while for what is under way. What was not done is after the next start.

        Returns:
            False when it is still under way: the thread is left behind.
        """
        self._stopping = True
        self._touched.set()
        self._thread.join(within.total_seconds())
        return not self._thread.is_alive()

    def flush(self) -> None:
        """Do it here and now, if anything was touched."""
        if self._touched.is_set():
            self._touched.clear()
            self._act()

    def _work(self) -> None:
        while True:
            self._touched.wait()
            if self._stopping or not self._wait(self._after):
                return
            try:
                self.flush()
            except Exception:
                if not self._stopping:
                    log.exception("the %s failed; it goes on when it is touched again", self._name)
