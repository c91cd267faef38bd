"""Reports as files in a folder: what is current under fixed names, every job under the date it was read."""

import errno
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from bot.core.sheet import Filing, Sheet
from bot.errors import Refused, Unavailable
from bot.files import NEW, replacing, scratch
from bot.publishers.cells import stamp
from bot.publishers.formats import WRITERS

ENDINGS = {"csv": "csv", "xlsx": "xlsx", "json": "jsonl"}
BOOK = "fortress"
DEFAULT_FOLDER = "reports"
JOBS = "jobs-"
OF_JOBS = re.compile(rf"({JOBS}\d{{8}}T\d{{6}}Z)\.({'|'.join(ENDINGS.values())})")
LEFT_BEHIND = re.compile(rf"\.[a-z]+(-\d{{8}}T\d{{6}}Z)?\.({'|'.join(ENDINGS.values())})\.\d+-\d+{re.escape(NEW)}")
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class FolderPublisher:
    """Files reports in a folder.

    Args:
        formats: some of csv, xlsx and json, of what is current.
        jobs: some of them, of every job; () for none.
        keep: readings whose jobs are kept; the oldest go.
    """

    name = "folder"

    def __init__(self, folder: Path, *, formats: Sequence[str], jobs: Sequence[str], keep: int) -> None:
        self.place = str(folder)
        self._folder = folder
        self._formats = tuple(formats)
        self._jobs = tuple(jobs)
        self._keep = keep

    def publish(self, filing: Filing) -> str:
        """File a report: each file is the old one or the new one, whenever somebody looks."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for path, sheets, kind in self._files(filing):
                _write(path, sheets, kind, filing.at)
            self._clear(filing.at)
        except OSError as error:
            raise self._translated(error) from error
        return str(self._folder)

    def _files(self, filing: Filing) -> Iterator[tuple[Path, tuple[Sheet, ...], str]]:
        for kind in self._formats:
            ending = ENDINGS[kind]
            if kind == "xlsx":
                yield self._folder / f"{BOOK}.{ending}", filing.sheets, kind
            else:
                for sheet in filing.sheets:
                    yield self._folder / f"{sheet.name}.{ending}", (sheet,), kind
        for kind in self._jobs:
            yield self._folder / f"{JOBS}{stamp(filing.at)}.{ENDINGS[kind]}", (filing.jobs,), kind

    def _clear(self, at: datetime) -> None:
        """Let the oldest jobs go, and what a process that died before this reading was writing."""
        names = [path.name for path in self._folder.iterdir()]
        found = {name: match[1] for name in names if (match := OF_JOBS.fullmatch(name))}
        kept = sorted(set(found.values()))[-self._keep :]
        for name, date in found.items():
            if date not in kept:
                (self._folder / name).unlink(missing_ok=True)
        for name in filter(LEFT_BEHIND.fullmatch, names):
            _clear_left(self._folder / name, older_than=at)

    def _translated(self, error: OSError) -> Exception:
        why = (error.strerror or str(error)).lower()
        if error.errno in FULL:
            return Unavailable(f"{self._folder} cannot be written: {why}; make space there")
        remedy = f"make {self._folder} a folder that fortress may write, or name another in publishers.folder.path"
        return Refused(why, remedy=remedy)


def _clear_left(path: Path, *, older_than: datetime) -> None:
    """Remove what a process was writing that died; what is as young as this reading is somebody's who lives."""
    if path.stat().st_mtime >= older_than.timestamp():
        return
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def build(section: Any, *, beside: Path | None = None) -> FolderPublisher:
    """Make it from its section of app.yaml.

    Args:
        beside: the folder of the store, in which reports are filed when app.yaml names no other place.
    """
    folder = section.path if section.path is not None else (beside or Path()) / DEFAULT_FOLDER
    return FolderPublisher(folder, formats=section.formats, jobs=section.jobs, keep=section.keep)


def write_file(path: Path, sheets: Sequence[Sheet], kind: str, made_at: datetime) -> None:
    """Write one file, in place of what was there, once all of it is written.

    Raises:
        Refused: it cannot be written there.
    """
    try:
        _write(path, sheets, kind, made_at)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise Refused(f"{path} cannot be written ({why})", remedy="name another file with --out") from None


def write_out(screen: BinaryIO, sheet: Sheet, kind: str, made_at: datetime) -> None:
    """Write to a stream. Who stops listening half-way (`| head`) has seen enough."""
    try:
        WRITERS[kind]((sheet,), screen, made_at)
        screen.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), screen.fileno())  # what is still buffered goes nowhere


def _write(path: Path, sheets: Sequence[Sheet], kind: str, made_at: datetime) -> None:
    with replacing(path) as file, scratch(path) as place:
        WRITERS[kind](sheets, file, made_at, place)
