"""What a platform would not draw, kept for the operator: files in the data folder, readable by us alone.

They hold names of clients and machines, which is why they are not in the log; a token is in none of them.
"""

import json
import logging
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

log = logging.getLogger(__name__)

FILES_MAX = 10  # the newest; one is enough to see what is wrong


class Kept:
    """Keeps refused payloads.

    Args:
        folder: made when it is needed; None keeps nothing, and says so.
    """

    def __init__(self, folder: Path | None, *, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now

    def keep(self, method: str, code: str, said: Sequence[str], payload: object) -> None:
        """Write one down. A full or read-only disk keeps nobody from being told."""
        if self._folder is None:
            log.warning("%s refused blocks: %s; there is no data folder to keep them in", method, code)
            return
        at = self._now()
        path = self._folder / f"{at:%Y%m%dT%H%M%S%f}-{method}.json"
        found = {"at": at.isoformat(), "method": method, "error": code, "said": list(said), "payload": payload}
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump(found, file, ensure_ascii=False, indent=1)
            for old in sorted(self._folder.glob("*.json"))[:-FILES_MAX]:
                old.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s refused blocks: %s; they could not be kept: %s", method, code, error.strerror)
            return
        log.warning("%s refused blocks: %s; kept in %s, said in plain text instead", method, code, path)
