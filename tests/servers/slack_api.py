"""A small Slack: the Web API's methods for what goes out, with its refusals, and faults on request.

It keeps what was said, so that tests look at what a person in a channel would see. It refuses what Slack
refuses (unknown tokens and channels, too many blocks, posts that are gone); `fail` makes the next calls go wrong.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from tests.servers.played import Fault, Played

TOKEN = "xoxb-1-test"
MAIN, OTHER, ARCHIVED, NOT_IN = "C0MAIN0001", "C0OTHER001", "C0ARCHIVED", "C0NOTIN001"
OWNER = "U0OWNER001"
HOME = "https://msp.slack.example/"
BLOCKS_BYTES_MAX = 13_000  # near where Slack refuses


RATE_LIMITED = Fault(status=429, body='{"ok":false,"error":"ratelimited"}', retry_after="30")
BROKEN_500 = Fault(status=500, body="<html>oops</html>")


class Post(msgspec.Struct):
    """One message as it stands. `thread` is the ts of the post it is under; "" for one of its own."""

    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    thread: str = ""
    metadata: dict[str, Any] = {}
    edits: int = 0


class Call(msgspec.Struct, frozen=True):
    method: str
    token: str
    body: dict[str, Any]


class SlackApi(Played):
    """Use `slack_api()`."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.members = {MAIN, OTHER, OWNER}
        super().__init__("/api/")

    def fail(self, *faults: Fault, method: str = "chat.postMessage") -> None:
        """Let the next calls of a method go wrong, one fault each."""
        self.fail_next(method, *faults)

    def said(self, channel: str) -> list[Post]:
        """Give what stands in a channel, oldest first."""
        with self.lock:
            return [post for post in self.posts if post.channel == channel]

    def delete(self, ts: str) -> None:
        """Do what a person does who deletes a message."""
        with self.lock:
            self.posts = [post for post in self.posts if post.ts != ts]

    def delete_all(self) -> None:
        with self.lock:
            self.posts = []

    def read(self, command: str, path: str, token: str, body: Any) -> Call:
        return Call(path.removeprefix("/api/"), token, body)

    def refuse(self, fault: Fault) -> dict[str, Any]:
        return {"ok": False, "error": fault.error}

    def answer(self, call: Call) -> tuple[int, dict[str, Any]]:
        return 200, self._answer(call.method, call.token, call.body)

    def _answer(self, method: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        if token != TOKEN:
            return _no("invalid_auth" if token else "not_authed")
        match method:
            case "auth.test":
                return {
                    "ok": True,
                    "url": HOME,
                    "team_id": "T0MSP00001",
                    "user_id": "U0FORTRESS",
                    "bot_id": "B0FORTRESS",
                }
            case "chat.postMessage":
                return self._post(body)
            case "chat.update":
                return self._update(body)
            case "chat.delete":
                self.posts = [post for post in self.posts if post.ts != body["ts"]]
                return {"ok": True, "channel": body["channel"], "ts": body["ts"]}
            case _:
                return _no("unknown_method")

    def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        asked = body.get("channel", "")
        refusal = {ARCHIVED: "is_archived", NOT_IN: "not_in_channel"}.get(asked)
        if refusal or asked not in self.members:
            return _no(refusal or "channel_not_found")
        if wrong := _wrong(body):
            return wrong
        channel = f"D{asked[1:]}" if asked.startswith("U") else asked
        stands = {post.ts for post in self.posts if post.channel == channel}
        thread = body.get("thread_ts", "")
        thread = thread if thread in stands else ""  # a deleted parent: Slack says ok, and the reply floats
        post = Post(
            channel,
            f"17720{len(self.calls):05}.000100",
            body["text"],
            body.get("blocks", []),
            thread,
            body.get("metadata", {}),
        )
        self.posts.append(post)
        message = {"type": "message", "ts": post.ts, "text": post.text} | ({"thread_ts": thread} if thread else {})
        return {"ok": True, "channel": channel, "ts": post.ts, "message": message}

    def _update(self, body: dict[str, Any]) -> dict[str, Any]:
        place = (body.get("channel"), body.get("ts"))
        post = next((post for post in self.posts if (post.channel, post.ts) == place), None)
        if post is None:
            return _no("message_not_found")
        if wrong := _wrong(body):
            return wrong
        if len(body["text"]) > 4000:
            return _no("msg_too_long")
        post.text, post.blocks, post.edits = body["text"], body.get("blocks", []), post.edits + 1
        return {"ok": True, "channel": post.channel, "ts": post.ts, "text": post.text}


def _no(error: str, *said: str) -> dict[str, Any]:
    return {"ok": False, "error": error, **({"response_metadata": {"messages": list(said)}} if said else {})}


def _wrong(body: dict[str, Any]) -> dict[str, Any] | None:
    blocks = body.get("blocks", [])
    if not body.get("text") and not blocks:
        return _no("no_text")
    if len(blocks) > 50:
        return _no("invalid_blocks", "[ERROR] no more than 50 items allowed [json-pointer:/blocks]")
    if len(json.dumps(blocks, ensure_ascii=False).encode()) > BLOCKS_BYTES_MAX:
        return _no("msg_blocks_too_long")
    return None


@contextmanager
def slack_api() -> Iterator[SlackApi]:
    server = SlackApi()
    try:
        yield server
    finally:
        server.close()
