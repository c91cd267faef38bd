"""What Halo's API answers, as far as it matters here. Pure.

Source:
    Halo's OpenAPI document (`/api/swagger/v2/swagger.json` of any instance), as kept in 2026 by
    github.com/covenanttechnologysolutions/halopsa-rest; where client libraries know another shape, both are read
    (docs/unverified.md)
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float = 3600.0  # seconds


class Ticket(msgspec.Struct, frozen=True):
    """A ticket ("fault").

    Attributes:
        third_party_id_string: our key; None where it has none, and where a list leaves it out.
    """

    id: int
    status_id: int | None = None
    status_name: str | None = None
    agent_name: str | None = None
    third_party_id_string: str | None = None


class Action(msgspec.Struct, frozen=True):
    """What somebody did to a ticket: a note, for one."""

    note: str | None = None
    note_html: str | None = None


class Named(msgspec.Struct, frozen=True):
    """A client, a status or a ticket type."""

    id: int
    name: str = ""


class NotRead(Exception):
    """An answer has another shape than we know."""


def one(body: bytes, kind: type[T]) -> T:
    """Read one thing: as it is, or as the only entry of a list, as some calls answer."""
    found = many(body, kind) if body.lstrip()[:1] == b"[" else [_decoded(body, kind)]
    if len(found) != 1:
        raise NotRead
    return found[0]


def many(body: bytes, kind: type[T], *, under: str = "") -> Sequence[T]:
    """Read a list: bare, or beside its count under a name, as what pages is answered; null there is an empty one."""
    if body.lstrip()[:1] == b"[":
        return _rows(body, kind)
    rows = _decoded(body, dict[str, msgspec.Raw]).get(under)
    if rows is None:
        raise NotRead
    return _rows(bytes(rows), kind)


def why(body: bytes) -> str:
    """Read why something was refused; "" when nothing readable is said."""
    try:
        said: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    if isinstance(said, dict):
        words = (said.get(key) for key in ("error_description", "message", "Message", "error", "title"))
        said = next((each for each in words if isinstance(each, str)), "")
    return said if isinstance(said, str) else ""


def _rows(body: bytes, kind: type[T]) -> Sequence[T]:
    rows: Sequence[T] | None = _decoded(body, list[kind] | None)  # type: ignore[valid-type]
    return rows or ()


def _decoded(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind, strict=False)  # some give numbers as text
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotRead from None
