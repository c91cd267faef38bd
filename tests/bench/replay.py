"""Answers of a source's server, recorded once and given again, so that only our own work is measured."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bot.errors import Refused
from bot.net import http
from bot.net.http import Http, Reply

GOOD, REFUSED = b"+", b"-"


class Replay:
    """Stands where an Http stands: asks the real one the first time, and its folder ever after.

    In files, so that another process can read them and none keeps them in its memory.

    Args:
        asks: None when all that will be asked for is in the folder.
    """

    def __init__(self, folder: Path, asks: Http | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._asks = folder, asks

    def get(self, path, *, params=(), auth=None):
        return self._given((path, *params), lambda: self._asks.get(path, params=params, auth=auth))

    def post_form(self, path, *, form, auth=None):
        return self._given((path, "POST"), lambda: self._asks.post_form(path, form=form, auth=auth))

    def close(self) -> None:
        if self._asks:
            self._asks.close()

    def pages(self) -> Iterator[bytes]:
        """Give every good answer, one at a time."""
        for file in sorted(self._folder.iterdir()):
            told = file.read_bytes()
            if told[:1] == GOOD:
                yield told[1:]

    def _given(self, key, ask) -> Reply:
        file = self._folder / hashlib.blake2s(msgspec.json.encode(key)).hexdigest()
        if not file.exists():
            try:
                file.write_bytes(GOOD + ask().body)
            except Refused as error:
                file.write_bytes(REFUSED + type(error).__name__.encode())
        told = file.read_bytes()
        if told[:1] == REFUSED:
            raise getattr(http, told[1:].decode())("refused, as recorded", remedy="none")
        return Reply(status=200, body=told[1:])
