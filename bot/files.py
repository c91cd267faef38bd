"""Files that are replaced whole or not at all: written beside, synced, renamed over."""

import itertools
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

WINDOWS = sys.platform == "win32"
NEW = ".new"  # ends the name of a file that is written but does not count yet
COUNTER = itertools.count()
OURS_ALONE, AS_USUAL = 0o600, 0o666  # who may read it: we alone, or whom the process' umask lets


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file durably: after a crash it is the old one or the new one."""
    publish(stage(path, (content,)), path)


def stage(path: Path, content: Iterable[bytes]) -> Path:
    staged = _beside(path)
    with _written(staged, OURS_ALONE) as file:
        file.writelines(content)
    return staged


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write that takes the place of another once all of it is written, and not before."""
    staged = _beside(path)
    with _written(staged, AS_USUAL) as file:
        yield file
    publish(staged, path)


@contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """Give a folder of our own beside a file, for what is needed only while it is made."""
    place = _beside(path)
    place.mkdir(mode=0o700)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}-{next(COUNTER)}{NEW}")


@contextmanager
def _written(staged: Path, mode: int) -> Iterator[BinaryIO]:
    """Give a new file to write, and sync it; what goes wrong leaves nothing behind."""
    try:
        descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def publish(staged: Path, path: Path) -> None:
    try:
        move(staged, path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def move(staged: Path, path: Path) -> None:
    """Rename over. On Windows somebody who is just reading the file holds it for a moment."""
    for patience_s in (0.01, 0.1, 0.5):
        try:
            staged.replace(path)
        except PermissionError:
            if not WINDOWS:
                raise
            time.sleep(patience_s)
        else:
            return
    staged.replace(path)


def sync_folder(folder: Path) -> None:
    """Make renames last. Windows has no such call and keeps renames in its own journal."""
    if WINDOWS:
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
