"""Read a folder of tables in one consistent picture, also beside a running writer; nothing is written here.

A damaged file is answered with its last good copy, an older format is brought up to date in memory.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from bot.errors import Refused, Unavailable
from bot.stores.atomic import table_in
from bot.stores.formats import check, format_of, migrated
from bot.stores.tables import FORMAT, META, NAMES, ROWS, SINCE, Meta, Tables

log = logging.getLogger(__name__)

PENDING = "pending.json"
COPY = ".bak"
TOGETHER = frozenset({"incidents", "standings", "clients", "runs"})  # one reading writes them: all new or all old
TRIES = 100
BETWEEN_TRIES_S = 0.02
BROKEN = (msgspec.DecodeError, UnicodeDecodeError)  # msgspec raises the second for bytes that are not UTF-8

Contents = Mapping[str, bytes | None]
Rows = TypeVar("Rows")
DECODERS: Mapping[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(row) for name, row in ROWS.items()}
PLAIN = msgspec.json.Decoder(dict[str, dict[str, Any]])


class Found(NamedTuple):
    """What a folder holds.

    Attributes:
        format: of the files as they are; None for a new folder.
        mended: tables taken from their last good copy.
    """

    tables: Tables
    format: int | None
    mended: tuple[str, ...] = ()


def read(folder: Path) -> Found:
    """Give what a folder holds.

    Raises:
        Refused: a file and its copy are both damaged, or a newer fortress wrote them.
        Unavailable: it was written to all the time.
    """
    contents = steady(folder)
    if all(raw is None and not copy_of(file_of(folder, name)).exists() for name, raw in contents.items()):
        return Found(Tables(meta={META: Meta(format=FORMAT)}), format=None)
    meta, meta_mended = parsed(folder, {"meta": contents["meta"]}, parse=plain_rows)
    number = format_of(meta["meta"])
    check(number, where=str(folder))
    if number == FORMAT:
        rows, mended = parsed(folder, contents, parse=typed_rows)
    else:
        had = {name: raw for name, raw in contents.items() if SINCE.get(name, 0) <= number}
        plain, mended = parsed(folder, had, parse=plain_rows)
        rows = {name: convert(folder, name, table) for name, table in migrated(plain).items()}
    tables = Tables(**rows)
    mended = tuple(sorted({*mended, *meta_mended}))
    return Found(renumbered(tables) if mended else tables, format=number, mended=mended)


def steady(folder: Path) -> Contents:
    """Read every file in one consistent state, again if a commit began or ended meanwhile.

    Every commit replaces meta's file while `pending.json` is there. So the order of looking matters:
    a commit that slips in between two looks shows in the other one.
    """
    meta, decided = file_of(folder, "meta"), folder / PENDING
    for _ in range(TRIES):
        meta_before, decided_before = identity(meta), identity(decided)
        contents = contents_of(folder)
        decided_after, meta_after = identity(decided), identity(meta)
        if (meta_before, decided_before) == (meta_after, decided_after):
            return contents
        time.sleep(BETWEEN_TRIES_S)
    raise Unavailable(f"{folder} is being written to all the time")


def identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def contents_of(folder: Path) -> Contents:
    """Read each table where it stands: where a decided commit staged it, or, renamed by then, in its file."""
    staged = pending(folder)
    return {name: first_of(folder, staged.get(f"{name}.json"), f"{name}.json") for name in NAMES}


def first_of(folder: Path, *files: str | None) -> bytes | None:
    for file in files:
        found = content(folder / file) if file else None
        if found is not None:
            return found
    return None


def pending(folder: Path) -> Mapping[str, str]:
    """Give the renames of a decided commit, staged file by file; none when all is finished."""
    raw = content(folder / PENDING)
    try:
        return msgspec.json.decode(raw, type=dict[str, str]) if raw is not None else {}
    except BROKEN as error:
        raise unreadable(folder / PENDING, str(error)) from error


def content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def file_of(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"


def copy_of(file: Path) -> Path:
    return file.with_name(file.name + COPY)


def parsed(
    folder: Path, contents: Contents, *, parse: Callable[[Path, str, bytes | None], Rows | None]
) -> tuple[dict[str, Rows], tuple[str, ...]]:
    """Parse tables; where one is damaged take its copy, and the copies of all that belongs together with it."""
    rows = {name: parse(file_of(folder, name), name, raw) for name, raw in contents.items()}
    mended = to_mend(name for name, table in rows.items() if table is None)
    for name in mended:
        copy = copy_of(file_of(folder, name))
        log.error("%s is damaged or missing: going on with its last good copy, %s", file_of(folder, name), copy)
        rows[name] = parse(copy, name, content(copy))
    return {name: whole(folder, name, table) for name, table in rows.items()}, mended


def to_mend(damaged: Iterable[str]) -> tuple[str, ...]:
    names = frozenset(damaged)
    return tuple(sorted(names | TOGETHER if names & TOGETHER else names))


def whole(folder: Path, name: str, table: Rows | None) -> Rows:
    if table is None:
        raise unreadable(file_of(folder, name), "it is damaged or missing, and so is its copy")
    return table


def typed_rows(path: Path, name: str, raw: bytes | None) -> Any:
    return decoded(path, raw, lambda good: table_in(good, name, DECODERS[name]))


def plain_rows(path: Path, name: str, raw: bytes | None) -> Any:
    return decoded(path, raw, lambda good: PLAIN.decode(good).get(name))


def decoded(path: Path, raw: bytes | None, decode: Callable[[bytes], Any]) -> Any:
    """Give a table's rows, or None when the file is damaged; one without the table is.

    Raises:
        Refused: it is sound JSON that means something else; an older copy would only hide that.
    """
    if raw is None:
        return None
    try:
        return decode(raw)
    except msgspec.ValidationError as error:
        if is_json(raw):
            raise unreadable(path, str(error)) from error
    except BROKEN:
        pass
    return None


def is_json(raw: bytes) -> bool:
    try:
        msgspec.json.decode(raw)
    except BROKEN:
        return False
    return True


def convert(folder: Path, name: str, table: Mapping[str, Any]) -> Any:
    try:
        return {key: msgspec.convert(row, ROWS[name]) for key, row in table.items()}
    except msgspec.ValidationError as error:
        raise unreadable(file_of(folder, name), str(error)) from error


def unreadable(path: Path, why: str) -> Refused:
    return Refused(
        f"cannot read {path} ({why})",
        remedy=f"put it back from your own backup, or move {path.parent} away to begin anew",
    )


def renumbered(tables: Tables) -> Tables:
    """Make sure, after mending, that no incident number is given twice."""
    highest = max((incident.number for incident in tables.incidents.values()), default=0)
    row = tables.meta[META]
    return replace(tables, meta={META: replace(row, last_number=max(row.last_number, highest))})
