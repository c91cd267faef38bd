"""Files in a site's documents: small ones in one go, large ones in parts. One that is the same is left alone."""

import hashlib
from collections.abc import Mapping
from typing import BinaryIO
from urllib.parse import quote

import msgspec

from bot.core.filed import FiledRow
from bot.errors import Unavailable
from bot.net.answer import Answer
from bot.net.graph import Graph
from bot.publishers.sharepoint.site import Site

# https://learn.microsoft.com/graph/api/driveitem-put-content (to 250 MB) and .../driveitem-createuploadsession, read
# 2026-11. A file of some megabytes goes in parts: a line that breaks then costs a part, not all of it.
WHOLE_MAX = 4 * 1024 * 1024
PART = 16 * 320 * 1024  # a multiple of 320 KiB
REPLACE = {"@microsoft.graph.conflictBehavior": "replace"}


class Item(msgspec.Struct, frozen=True):
    """A file as Graph tells of it."""

    id: str
    version: str = msgspec.field(name="eTag", default="")
    size: int = 0


class _Upload(msgspec.Struct):
    address: str = msgspec.field(name="uploadUrl", default="")
    wanted: list[str] = msgspec.field(name="nextExpectedRanges", default_factory=list)

    @property
    def next(self) -> int | None:
        """Give the first byte that is still wanted; None when nothing was said."""
        first = self.wanted[0].partition("-")[0] if self.wanted else ""
        return int(first) if first.isdecimal() else None


class Library:
    """A folder in a site's documents, made when it is not there."""

    def __init__(self, graph: Graph, site: Site, folder: str) -> None:
        self._graph = graph
        self._root = f"/drives/{graph.get(f'/sites/{site.id}/drive', Item).id}/root"
        self._folder = folder
        self._has_folder = False

    def file(self, name: str, content: BinaryIO, kind: str, *, known: FiledRow | None) -> FiledRow:
        """Put a file in its place.

        Args:
            content: read from its beginning on.
            kind: its media type.
            known: what stood there last, if anything did.
        Returns:
            What stands there now.
        """
        size, hashed = _measured(content)
        there = self._there(name)
        if known is not None and there is not None and (known.version, known.digest) == (there.version, hashed):
            return known
        self._make_folder()
        answer = self._in_parts(name, content, size) if size > WHOLE_MAX else self._whole(name, content, kind)
        item = self._taken(name, size, before=there) if answer.status == 404 else None
        item = item or self._graph.good(answer, "file the jobs").read(Item)
        return FiledRow(item.id, item.version, hashed)

    def _taken(self, name: str, size: int, *, before: Item | None) -> Item | None:
        """Look whether a file is there, when nobody knows its upload any more: the last answer may have been lost."""
        now = self._there(name)
        is_ours = now is not None and now.size == size and (before is None or before.version != now.version)
        return now if is_ours else None

    def _there(self, name: str) -> Item | None:
        answer = self._graph.ask("GET", self._path(name))
        return None if answer.status == 404 else self._graph.good(answer, "look for a file").read(Item)

    def _make_folder(self) -> None:
        if self._has_folder:
            return
        if self._graph.ask("GET", f"{self._root}:/{quote(self._folder)}").status == 404:
            body: Mapping[str, object] = {
                "name": self._folder,
                "folder": {},
                "@microsoft.graph.conflictBehavior": "fail",
            }
            answer = self._graph.ask("POST", f"{self._root}/children", body)
            if answer.status != 409:  # somebody was first
                self._graph.good(answer, "make a folder")
        self._has_folder = True

    def _path(self, name: str) -> str:
        return f"{self._root}:/{quote(self._folder)}/{quote(name)}"

    def _whole(self, name: str, content: BinaryIO, kind: str) -> Answer:
        content.seek(0)
        return self._graph.put(f"{self._path(name)}:/content", content.read(), kind)

    def _in_parts(self, name: str, content: BinaryIO, size: int) -> Answer:
        """Send a file part by part, from wherever the other side says that it wants the next."""
        begun = self._graph.ask("POST", f"{self._path(name)}:/createUploadSession", {"item": REPLACE})
        address = self._graph.good(begun, "file the jobs").read(_Upload).address
        at = 0
        for _ in range(2 * (size // PART + 1)):  # each part, and a question about it
            content.seek(at)
            part = content.read(PART)
            answer = self._graph.send_part(address, part, f"bytes {at}-{at + len(part) - 1}/{size}")
            if answer.status in (200, 201, 404):
                return answer
            if answer.status == 416:  # it has that part already: an answer was lost
                answer = self._graph.look_at_parts(address)
                if answer.status == 404:
                    return answer
            wanted = self._graph.good(answer, "file the jobs").read(_Upload).next
            at = at + len(part) if wanted is None else wanted
        raise Unavailable("the site takes no part of the file of jobs")


def _measured(content: BinaryIO) -> tuple[int, str]:
    content.seek(0)
    hashed = hashlib.sha256()
    while chunk := content.read(PART):
        hashed.update(chunk)
    return content.tell(), hashed.hexdigest()
