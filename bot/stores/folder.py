"""The one writer of a folder of tables: every step all or nothing.

A step that touches one table replaces that table's file. A step that touches several stages each
beside its file, then names them all in one durable `pending.json`: from that moment it has
happened, and whoever comes next, this process or the one after a crash, finishes the renaming.
Before that moment nothing has happened.
"""

import contextlib
import logging
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import msgspec
import tinydb

from bot.errors import Unavailable
from bot.files import NEW, move, stage, sync_folder, write_whole
from bot.stores.atomic import AtomicStorage, written
from bot.stores.reading import PENDING, Found, copy_of, file_of, pending, read
from bot.stores.tables import FORMAT, NAMES, ROWS, Tables, changed

log = logging.getLogger(__name__)

COPY_AGE_S = 24 * 3600


class Folder:
    """Keep tables in a folder. Its owner has the process lock and lets one thread in at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        finish(path)
        sweep(path)
        found = read(path)
        self.tables = found.tables
        self._files = {name: table_file(path, name, rows=getattr(found.tables, name)) for name in NAMES}
        self._ready: dict[str, tuple[object, Path]] = {}
        self._bring_up_to_date(found)
        keep_copies(path, found.tables, older_than_s=0)

    def write(self, before: Tables, after: Tables) -> None:
        """Make a step durable.

        Raises:
            Unavailable: it could not be written, the disk being full for instance.
        """
        try:
            finish(self.path)
            self._replace(after, changed(before, after))
        except OSError as error:
            raise Unavailable(f"cannot write to {self.path} ({error})") from error

    @contextmanager
    def preparing(self, before: Tables, after: Tables) -> Iterator[None]:
        """Stage the tables of a large step before its turn comes: writing 50,000 rows takes a second.

        What is not needed in the end is removed.
        """
        try:
            keep_copies(self.path, before, older_than_s=COPY_AGE_S)
            for name in changed(before, after):
                rows = getattr(after, name)
                self._ready[name] = (rows, self._storage(name).stage({name: rows}))
            yield
        except OSError as error:
            raise Unavailable(f"cannot write to {self.path} ({error})") from error
        finally:
            for _, path in list(self._ready.values()):
                path.unlink(missing_ok=True)
            self._ready.clear()

    def _staged(self, name: str, rows: dict[str, Any]) -> Path:
        prepared, path = self._ready.pop(name, (None, None))
        if path is not None and prepared is rows:
            return path
        if path is not None:
            path.unlink(missing_ok=True)
        return self._storage(name).stage({name: rows})

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _bring_up_to_date(self, found: Found) -> None:
        for name in found.mended:
            set_aside(file_of(self.path, name))
        if found.format is not None and found.format != FORMAT:
            keep_before_migration(self.path)
        if found.mended or found.format != FORMAT:
            self._replace(found.tables, NAMES)

    def _replace(self, tables: Tables, names: Iterable[str]) -> None:
        data = {name: {name: cast(dict[str, Any], getattr(tables, name))} for name in names}
        if len(data) == 1:
            [(name, rows)] = data.items()
            self._files[name].storage.write(rows)
            return
        data["meta"] = {"meta": cast(dict[str, Any], tables.meta)}  # readers beside us watch it
        self._declare(data)
        self._finish_or_leave()
        for name, rows in data.items():
            self._storage(name).published(rows)

    def _declare(self, data: Mapping[str, dict[str, dict[str, Any]]]) -> None:
        """Stage every table, then decide for all of them at once."""
        staged: dict[str, Path] = {}
        try:
            for name, rows in data.items():
                staged[name] = self._staged(name, rows[name])
            sync_folder(self.path)
            renames = {file_of(self.path, name).name: path.name for name, path in staged.items()}
            write_whole(self.path / PENDING, msgspec.json.encode(renames))
        except BaseException:
            (self.path / PENDING).unlink(missing_ok=True)
            for path in staged.values():
                path.unlink(missing_ok=True)
            raise

    def _finish_or_leave(self) -> None:
        """Rename. What is decided stays decided, so a failure here is left to the next write or start."""
        try:
            finish(self.path)
        except OSError:
            log.warning("%s: written, but not yet in its place; the next write tries again", self.path, exc_info=True)

    def _storage(self, name: str) -> AtomicStorage:
        return cast(AtomicStorage, self._files[name].storage)


def table_file(folder: Path, name: str, *, rows: Mapping[str, Any]) -> tinydb.TinyDB:
    return tinydb.TinyDB(file_of(folder, name), name=name, row=ROWS[name], rows=rows, storage=AtomicStorage)


def finish(folder: Path) -> None:
    """Carry out the renames of a decided step. Doing it twice, or after half of it, comes to the same."""
    renames = pending(folder)
    if not renames:
        return
    for file, staged in renames.items():
        if (folder / staged).exists():
            move(folder / staged, folder / file)
    sync_folder(folder)
    (folder / PENDING).unlink()
    sync_folder(folder)


def sweep(folder: Path) -> None:
    """Remove what a process that died had staged and not decided."""
    for path in folder.glob(f".*{NEW}"):
        path.unlink(missing_ok=True)


def keep_copies(folder: Path, tables: Tables, *, older_than_s: float) -> None:
    """Write the copies anew once they are old, from memory: a file may be damaged by now.

    Failing is no reason to stop.
    """
    copies = {name: copy_of(file_of(folder, name)) for name in NAMES}
    staged: dict[Path, Path] = {}
    try:
        if not any(is_older(copy, file_of(folder, name), by_s=older_than_s) for name, copy in copies.items()):
            return
        for name, copy in copies.items():
            staged[copy] = stage(copy, written({name: getattr(tables, name)}))
        for copy, path in staged.items():
            move(path, copy)
        sync_folder(folder)
    except OSError:
        log.warning("%s: no copy of the tables could be kept", folder, exc_info=True)
        with contextlib.suppress(OSError):
            for path in staged.values():
                path.unlink(missing_ok=True)


def is_older(copy: Path, file: Path, *, by_s: float) -> bool:
    return not copy.exists() or file.stat().st_mtime - copy.stat().st_mtime > by_s


def set_aside(file: Path) -> None:
    """Keep a damaged file for whoever wants to look."""
    if file.exists():
        shutil.copy2(file, file.with_name(f"{file.name}.damaged"))


def keep_before_migration(folder: Path) -> None:
    """Copy the files as the older format has them, whole or not at all."""
    kept = folder / f"before-format-{FORMAT}"
    if kept.exists():
        return
    unfinished = folder / f"{kept.name}{NEW}"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    for name in NAMES:
        if file_of(folder, name).exists():
            shutil.copy2(file_of(folder, name), unfinished)
    unfinished.rename(kept)
    sync_folder(folder)
