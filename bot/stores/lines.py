"""The audit on disk: one JSON line an entry, one file a month, only ever appended to."""

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import RLock

import msgspec

from bot.core.memory import AuditEntry
from bot.errors import Unavailable
from bot.files import sync_folder
from bot.stores.atomic import encoded
from bot.stores.keeping import read_only_refusal

log = logging.getLogger(__name__)


class LineAudit:
    """An Audit in `audit-YYYY-MM.jsonl`, by the month of each entry."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.folder = folder
        self._read_only = read_only
        self._lock = RLock()

    def record(self, entry: AuditEntry) -> None:
        if self._read_only:
            raise read_only_refusal()
        with self._lock:
            try:
                append(self.folder / f"audit-{entry.at:%Y-%m}.jsonl", encoded(entry))
            except OSError as error:
                raise Unavailable(f"cannot write to {self.folder} ({error})") from error

    def entries(self, *, last: int = 100) -> Sequence[AuditEntry]:
        newest: list[AuditEntry] = []
        for path in sorted(self.folder.glob("audit-????-??.jsonl"), reverse=True):
            if len(newest) >= last:
                break
            newest = [*entries_of(path), *newest]
        return tuple(newest[-last:] if last > 0 else ())


def append(path: Path, line: bytes) -> None:
    """Add a line durably. A line cut off by a crash stays alone on its own."""
    is_new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "ab+", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        try:
            whole = b"\n" + line + b"\n" if size and last_byte(file.fileno(), size) != b"\n" else line + b"\n"
            written = file.write(whole)
            if written != len(whole):
                raise OSError(f"only {written} of {len(whole)} bytes fit")
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), size)
            raise
    if is_new:
        sync_folder(path.parent)


def last_byte(descriptor: int, size: int) -> bytes:
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1)


def entries_of(path: Path) -> Iterator[AuditEntry]:
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            yield msgspec.json.decode(line, type=AuditEntry)
        except (msgspec.DecodeError, UnicodeDecodeError):
            if line:
                log.warning("%s, line %d cannot be read and is left out", path, number)
