"""Signed HTTP: what comes through the web door, checked and read before Bolt sees it.

Bolt 1.30 answers a garbage timestamp, signature or body with 500, and takes every form that holds the word "payload"
for JSON, so that `/fortress error payload` would be lost. Whoever cannot sign costs nothing here.
"""

import json
import re
from collections.abc import Callable, Coroutine, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from slack_sdk.signature import SignatureVerifier

from bot.net.asgi import Receive, Said, Send, headers_of, read_whole, say

PATH = "/slack/events"
BODY_MAX = 1_000_000  # bytes; a view holds 250,000 at the most
TIMESTAMP = re.compile(r"\d{1,12}", re.ASCII)
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)
HEADERS = ("x-slack-retry-num", "x-slack-retry-reason")


Dispatch = Callable[[dict[str, Any], Mapping[str, str]], Coroutine[Any, Any, Said]]


class SignedHttp:
    """The ASGI app at PATH.

    Args:
        dispatch: takes what Slack sent, and the headers that matter.
    """

    def __init__(self, secret: str, dispatch: Dispatch) -> None:
        self._verifier = SignatureVerifier(secret)
        self._dispatch = dispatch

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        await say(send, await self._answer(scope, receive))

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive) -> Said:
        if scope["method"] != "POST":
            return Said(405)
        headers = headers_of(scope)
        body = await read_whole(receive, most=BODY_MAX)
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
