"""The document library of a SharePoint site as Microsoft Graph shows it: small files in one go, large ones in parts."""

import re
from collections.abc import Mapping
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.servers.sharepoint_query import Problem

PUT_MAX = 250 * 1024 * 1024
PART = 320 * 1024  # parts are a multiple of it, the last one excepted
PART_MAX = 60 * 1024 * 1024
RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
FORBIDDEN = re.compile(r'["*:<>?\\|]')


class Upload:
    def __init__(self, path: str) -> None:
        self.path, self.given = path, b""


class Library:
    """Files by their path ("Fortress/jobs.xlsx"), and uploads under way.

    Attributes:
        writes: how many times each file was put in place.
    """

    def __init__(self) -> None:
        self.id = "b!library"
        self.files: dict[str, bytes] = {}
        self.folders: set[str] = set()
        self.writes: dict[str, int] = {}
        self.uploads: dict[str, Upload] = {}
        self.put_max = PUT_MAX
        self._numbers = count(1)

    def told(self) -> dict[str, Any]:
        at = "https://contoso.sharepoint.com/sites/backups/Shared%20Documents"
        return {"id": self.id, "name": "Documents", "driveType": "documentLibrary", "webUrl": at}

    def item(self, path: str) -> dict[str, Any]:
        path = path.strip("/")
        if path in self.files:
            return self._told(path)
        if not path or path in self.folders:
            return {"id": _id(path), "name": path.rpartition("/")[2] or "root", "folder": {}, "webUrl": _web(path)}
        raise Problem(404, "itemNotFound", "The resource could not be found")

    def children(self, path: str) -> list[dict[str, Any]]:
        self.item(path)
        before = f"{path.strip('/')}/" if path.strip("/") else ""
        names = sorted({*self.files, *self.folders})
        return [self.item(name) for name in names if name.startswith(before) and "/" not in name[len(before) :]]

    def make_folder(self, under: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        self.item(under)
        path = f"{under.strip('/')}/{asked.get('name', '')}".strip("/")
        if "folder" not in asked or not asked.get("name"):
            raise Problem(400, "invalidRequest", "A folder wants a name and the facet folder")
        if path in self.folders and asked.get("@microsoft.graph.conflictBehavior") != "replace":
            raise Problem(409, "nameAlreadyExists", "The specified item name already exists")
        self.folders.add(path)
        return self.item(path)

    def put(self, path: str, data: bytes, behaviour: str) -> tuple[int, dict[str, Any]]:
        """Put a file in place, whole; folders above it are made."""
        if len(data) > self.put_max:
            raise Problem(413, "requestEntityTooLarge", "The content is larger than one call may bring")
        return self._placed(path.strip("/"), data, behaviour)

    def begin(self, path: str, asked: Mapping[str, Any]) -> str:
        """Begin an upload in parts; gives its handle."""
        behaviour = asked.get("item", {}).get("@microsoft.graph.conflictBehavior", "fail")
        self._check(path.strip("/"), behaviour)
        handle = f"upload-{next(self._numbers)}"
        self.uploads[handle] = Upload(path.strip("/"))
        return handle

    def part(self, handle: str, content_range: str, data: bytes) -> tuple[int, dict[str, Any]]:
        upload, match = self.uploads.get(handle), RANGE.fullmatch(content_range)
        if upload is None:
            raise Problem(404, "itemNotFound", "The upload session was not found")
        if match is None:
            raise Problem(400, "invalidRequest", "Content-Range is missing or not well formed")
        first, last, whole = (int(number) for number in match.groups())
        if first != len(upload.given):
            raise Problem(416, "invalidRange", "The fragment does not follow the one before")
        if len(data) != last - first + 1 or len(data) > PART_MAX or (last + 1 < whole and len(data) % PART):
            raise Problem(400, "invalidRequest", "The fragment has a size that is not taken")
        upload.given += data
        if last + 1 < whole:
            return 202, {"expirationDateTime": "2099-01-01T00:00:00Z", "nextExpectedRanges": [f"{last + 1}-"]}
        del self.uploads[handle]
        return self._placed(upload.path, upload.given, "replace")

    def expected(self, handle: str) -> dict[str, Any]:
        if handle not in self.uploads:
            raise Problem(404, "itemNotFound", "The upload session was not found")
        return {"nextExpectedRanges": [f"{len(self.uploads[handle].given)}-"]}

    def _placed(self, path: str, data: bytes, behaviour: str) -> tuple[int, dict[str, Any]]:
        self._check(path, behaviour)
        known = path in self.files
        parts = path.split("/")[:-1]
        self.folders |= {"/".join(parts[:n]) for n in range(1, len(parts) + 1)}
        self.files[path] = data
        self.writes[path] = self.writes.get(path, 0) + 1
        return (200 if known else 201), self._told(path)

    def _check(self, path: str, behaviour: str) -> None:
        if not path or FORBIDDEN.search(path):
            raise Problem(400, "invalidRequest", "The name holds what a name may not hold")
        if behaviour not in ("replace", "fail", "rename"):
            raise Problem(400, "invalidRequest", "conflictBehavior is replace, fail or rename")
        if behaviour == "fail" and path in self.files:
            raise Problem(409, "nameAlreadyExists", "The specified item name already exists")

    def _told(self, path: str) -> dict[str, Any]:
        return {
            "id": _id(path),
            "name": path.rpartition("/")[2],
            "size": len(self.files[path]),
            "eTag": f'"{_id(path)},{self.writes[path]}"',
            "file": {"mimeType": "application/octet-stream"},
            "webUrl": _web(path),
        }


def _id(path: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"drive item {path}"))


def _web(path: str) -> str:
    return f"https://contoso.sharepoint.com/sites/backups/Shared%20Documents/{path}"
