"""What a chat needs to answer at the web door for itself: a request read to its end, an answer sent."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import msgspec

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Said(msgspec.Struct, frozen=True):
    """What the other side gets back."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain;charset=utf-8"


def headers_of(scope: MutableMapping[str, Any]) -> Mapping[str, str]:
    """Give a request's headers, by their names in small letters."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def read_whole(receive: Receive, *, most: int) -> bytes | None:
    """Read a body; None when it has more than so many bytes, or the other side went away."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def say(send: Send, said: Said) -> None:
    """Send an answer that nobody keeps."""
    headers = [(b"content-type", said.content_type.encode("latin-1")), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": said.status, "headers": headers})
    await send({"type": "http.response.body", "body": said.body})
