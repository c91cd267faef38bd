"""What was heard already: platforms deliver again what they think we missed."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

# The last of Slack's repeats comes five minutes later (https://docs.slack.dev/apis/events-api); a token of Teams, with
# which a call could be made again, is good for an hour.
KEPT_S = 3900.0
MOST = 20_000


class Seen:
    """Remembers keys for a while, and never more than `most` of them.

    Args:
        clock: monotonic, in seconds.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, kept_s: float = KEPT_S, most: int = MOST
    ) -> None:
        self._clock, self._kept_s, self._most = clock, kept_s, most
        self._lock = threading.Lock()
        self._at: OrderedDict[str, float] = OrderedDict()

    def is_new(self, key: str) -> bool:
        """Tell whether this is its first delivery, and remember it. What has no key is always new."""
        if not key:
            return True
        now = self._clock()
        with self._lock:
            while self._at and next(iter(self._at.values())) <= now - self._kept_s:
                self._at.popitem(last=False)
            if key in self._at:
                return False
            if len(self._at) >= self._most:
                self._at.popitem(last=False)
            self._at[key] = now
        return True

    def __len__(self) -> int:
        return len(self._at)
