"""Signed HTTP: what comes through the web door, checked and read before Bolt sees it.

Bolt 1.30 answers a garbage timestamp, signature or body with 500, and takes every form that holds the word "payload"
for JSON, so that `/fortress error payload` would be lost. Whoever cannot sign costs nothing here.
"""

import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from slack_sdk.signature import SignatureVerifier

PATH = "/slack/events"
BODY_MAX = 1_000_000  # bytes; a view holds 250,000 at the most
TIMESTAMP = re.compile(r"\d{1,12}", re.ASCII)
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)
HEADERS = ("x-slack-retry-num", "x-slack-retry-reason")


class Said(msgspec.Struct, frozen=True):
    """What Slack gets back."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain;charset=utf-8"


Dispatch = Callable[[dict[str, Any], Mapping[str, str]], Coroutine[Any, Any, Said]]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class SignedHttp:
    """The ASGI app at PATH.

    Args:
        dispatch: takes what Slack sent, and the headers that matter.
    """

    def __init__(self, secret: str, dispatch: Dispatch) -> None:
        self._verifier = SignatureVerifier(secret)
        self._dispatch = dispatch

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        said = await self._answer(scope, receive)
        headers = [(b"content-type", said.content_type.encode("latin-1")), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": said.status, "headers": headers})
        await send({"type": "http.response.body", "body": said.body})

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive) -> Said:
        if scope["method"] != "POST":
            return Said(405)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        body = await _read(receive)
        if body is None:
            return Said(413)
        if not self._is_signed(headers, body):
            return Said(401)
        read = read_body(body.decode(), headers.get("content-type", ""))
        if read is None:
            return Said(400)
        return await self._dispatch(read, {name: headers[name] for name in HEADERS if name in headers})

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        timestamp = headers.get("x-slack-request-timestamp", "")
        signature = headers.get("x-slack-signature", "")
        if not TIMESTAMP.fullmatch(timestamp) or not SIGNATURE.fullmatch(signature):
            return False
        try:
            return self._verifier.is_valid(body=body, timestamp=timestamp, signature=signature)
        except UnicodeDecodeError:  # it signs text alone
            return False


def read_body(text: str, content_type: str) -> dict[str, Any] | None:
    """Read an event (JSON), an interaction (JSON in a form) or a command (a form). None: none of them."""
    if content_type.startswith("application/json"):
        return _dict(text)
    fields = dict(parse_qsl(text, keep_blank_values=True))
    return _dict(fields["payload"]) if "payload" in fields else fields


def _dict(text: str) -> dict[str, Any] | None:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


async def _read(receive: Receive) -> bytes | None:
    """Read a body; None when it is too long, or the other side went away."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_MAX:
            return None
        if not message.get("more_body"):
            return b"".join(parts)
