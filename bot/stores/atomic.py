"""TinyDB's storage on top of files that are replaced whole or not at all."""

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import tinydb

from bot.files import publish, stage
from bot.stores.sharing import Sharing

TABLES = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])
AT_ONCE = 200  # rows encoded in one go: a large table would keep the interpreter, and every command, waiting


class AtomicStorage(tinydb.Storage):
    """One table in one file, in TinyDB's own layout, its rows typed.

    What was read or written last is kept, so that reading costs nothing; rows are frozen, so that
    nothing can leak into them. After a failed write it is dropped, and read again from the file.
    """

    def __init__(self, path: Path, *, name: str, row: type[msgspec.Struct], rows: Mapping[str, Any]) -> None:
        self.path = path
        self._name, self._decoder = name, msgspec.json.Decoder(row)
        self._kept: dict[str, dict[str, Any]] | None = {name: dict(rows)}

    def read(self) -> dict[str, dict[str, Any]]:
        if self._kept is None:
            self._kept = {self._name: table_in(self.path.read_bytes(), self._name, self._decoder) or {}}
        return self._kept

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        self._kept = None
        publish(self.stage(data), self.path)
        self._kept = data

    def stage(self, data: dict[str, dict[str, Any]]) -> Path:
        """Write down, beside the file, what it will be. What can go wrong goes wrong here."""
        return stage(self.path, written(data))

    def published(self, data: dict[str, dict[str, Any]]) -> None:
        """Note that what was staged has become the file."""
        self._kept = data


def table_in(raw: bytes, name: str, decoder: msgspec.json.Decoder[Any]) -> dict[str, Any] | None:
    """Decode a table, row by row, so that rows can share what they hold alike; None when it is not there."""
    rows, sharing = TABLES.decode(raw).get(name), Sharing()
    return {key: sharing.row(decoder.decode(row)) for key, row in rows.items()} if rows is not None else None


def written(data: Mapping[str, Mapping[str, Any]]) -> Iterator[bytes]:
    """Encode tables to JSON, some rows at a time."""
    yield b"{"
    for number, (name, rows) in enumerate(data.items()):
        yield b"," * (number > 0) + encoded(name) + b":{"
        keys = iter(rows)
        for first in range(0, len(rows), AT_ONCE):
            some = {key: rows[key] for key in itertools.islice(keys, AT_ONCE)}
            yield b"," * (first > 0) + encoded(some)[1:-1]
        yield b"}"
    yield b"}"


def encoded(data: object) -> bytes:
    """Encode to JSON. Half characters (lone surrogates), which no file can hold, become question marks."""
    try:
        return msgspec.json.encode(data)
    except UnicodeEncodeError:
        return msgspec.json.encode(speakable(msgspec.to_builtins(data)))


def speakable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {speakable(key): speakable(one) for key, one in value.items()}
    return [speakable(one) for one in value] if isinstance(value, list | tuple) else value
