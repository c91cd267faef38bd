"""Remember in a folder of TinyDB files: one writer, any number of readers beside it."""

import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import filelock

from bot.errors import Refused
from bot.files import write_whole
from bot.stores.decisions import orphaned
from bot.stores.folder import Folder
from bot.stores.keeping import Keeper, Keeping, KeptStore, kept, refuse
from bot.stores.lines import LineAudit
from bot.stores.reading import read

LOCK = ".lock"
OWNER = ".owner"  # who holds the lock: the lock file itself cannot be read on Windows while it is held


def build(folder: Path | None, *, read_only: bool = False) -> Keeping:
    """Open a folder; the writer makes it when it is not there.

    A reader has what was there when it opened, and refuses every write.

    Raises:
        Refused: another process writes there, or the files cannot be read; says what to do.
        Unavailable: the folder cannot be written just now.
    """
    if folder is None:
        raise Refused("the tinydb store has no folder", remedy="say where to keep it, `store: folder: data`")
    try:
        return reader(folder) if read_only else writer(folder)
    except OSError as error:
        raise Refused(
            f"cannot open {folder} ({error})", remedy="make room, or give the bot's user the right"
        ) from error


def reader(folder: Path) -> Keeping:
    keeper = Keeper(read(folder).tables, write=refuse)
    return keeping(folder, keeper, close=keeper.close, read_only=True)


def writer(folder: Path) -> Keeping:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = locked(folder)
    try:
        return written(folder, lock)
    except BaseException:
        lock.release()
        raise


def written(folder: Path, lock: filelock.BaseFileLock) -> Keeping:
    opened = Folder(folder)
    # Holding the lock proves that whoever held a slot before is gone.
    keeper = Keeper(orphaned(opened.tables), write=opened.write, prepare=opened.preparing)

    def close() -> None:
        keeper.close()
        opened.close()
        lock.release()

    return keeping(folder, keeper, close=close, read_only=False)


def keeping(folder: Path, keeper: Keeper, *, close: Callable[[], None], read_only: bool) -> Keeping:
    store = KeptStore(keeper, owner=f"{os.getpid()}-{uuid4().hex}", close=close)
    return kept(keeper, store=store, audit=LineAudit(folder, read_only=read_only), close=close)


def locked(folder: Path) -> filelock.BaseFileLock:
    """Take the folder for the life of this process; the system lets go of it when the process dies."""
    lock = filelock.FileLock(folder / LOCK, mode=0o600, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise Refused(
            f"another fortress (process {owner_of(folder)}) writes to {folder}",
            remedy="stop it, or give this one a folder of its own",
        ) from error
    write_whole(folder / OWNER, str(os.getpid()).encode())
    return lock


def owner_of(folder: Path) -> str:
    try:
        return (folder / OWNER).read_text() or "unknown"
    except OSError:
        return "unknown"
