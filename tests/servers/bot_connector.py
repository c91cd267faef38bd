"""A small Bot Connector: posts, replies and edits, with its refusals, and faults on request.

It keeps what was said, so that tests look at what a person in a conversation would see. It refuses what the real one
refuses (a bad token, conversations it is not in, posts that are gone); `fail` makes the next calls go wrong.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import msgspec

from tests.servers.played import Fault, Played

TOKEN = "eyJ.test.token"
TENANT = "7b0e3a52-3f0a-4c8e-9d55-0a1b2c3d4e5f"
MAIN, OTHER, UNKNOWN = (f"19:{name}@thread.tacv2" for name in ("main", "other", "unknown"))
GROUP, CHAT, BLOCKED = "19:crew@thread.v2", "a:1owner", "a:1blocked"
OWNER, BLOCKER = "8f0f1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b", "9f0f1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
ACTIVITY_MAX = 100_000  # bytes as UTF-16


RATE_LIMITED = Fault(429, "TooManyRequests", retry_after="30")
PRECONDITION = Fault(412, "PreconditionFailed", retry_after="5")
BAD_GATEWAY = Fault(502, body="<html>502</html>")
TOO_BIG = Fault(413, "MessageSizeTooBig")
BAD_SYNTAX = Fault(400, "BadSyntax")


class Post(msgspec.Struct):
    """One message as it stands. `thread` is the id of the post it is under; "" for one of its own."""

    conversation: str
    id: str
    activity: dict[str, Any]
    thread: str = ""
    edits: int = 0

    @property
    def card(self) -> dict[str, Any]:
        return self.activity["attachments"][0]["content"]


class Call(msgspec.Struct, frozen=True):
    method: str
    path: str
    token: str
    activity: dict[str, Any]


class BotConnector(Played):
    """Use `bot_connector()`."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.members = {MAIN, OTHER, GROUP, CHAT}
        super().__init__("/teams/")

    def fail(self, *faults: Fault, method: str = "POST") -> None:
        """Let the next calls of a method go wrong, one fault each."""
        self.fail_next(method, *faults)

    def said(self, conversation: str) -> list[Post]:
        """Give what stands in a conversation, oldest first."""
        with self.lock:
            return [post for post in self.posts if post.conversation == conversation]

    def delete_all(self) -> None:
        """Do what people do who delete every message."""
        with self.lock:
            self.posts = []

    def read(self, command: str, path: str, token: str, body: Any) -> Call:
        return Call(command, path, token, body)

    def refuse(self, fault: Fault) -> dict[str, Any]:
        return _no(fault.error, "said by a fault")

    def answer(self, call: Call) -> tuple[int, dict[str, Any]]:
        if call.token != TOKEN:
            return 401, _no("Unauthorized", "Authorization has been denied for this request.")
        kind, conversation, ident = _parts(call.path)
        place, _, thread = conversation.partition(";messageid=")
        if place == BLOCKED:
            return 403, {"error": {"code": "ForbiddenOperationException", "subCode": "MessageWritesBlocked"}}
        if kind != "activities" or place not in self.members:
            return 404, _no("ConversationNotFound", "Conversation not found.")
        if wrong := _wrong(call.activity):
            return wrong
        return self._edit(ident, call.activity) if call.method == "PUT" else self._post(place, thread, call.activity)

    def _post(self, place: str, thread: str, activity: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if thread and thread not in {post.id for post in self.posts}:
            return 404, _no("ConversationNotFound", "Thread not found.")
        post = Post(place, f"17720{len(self.calls):08}", activity, thread)
        self.posts.append(post)
        return (201, {"id": post.id}) if len(activity["attachments"]) == 1 else (202, {})

    def _edit(self, ident: str, activity: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        post = next((post for post in self.posts if post.id == ident), None)
        if post is None:
            return 404, _no("ActivityNotFoundInConversation", "Activity not found.")
        post.activity, post.edits = activity, post.edits + 1
        return 200, {"id": post.id}


def _parts(path: str) -> tuple[str, str, str]:
    """Split …/v3/conversations/{c}/activities/{id}."""
    parts = [unquote(part) for part in path.partition("/v3/conversations/")[2].split("/")] + ["", ""]
    return parts[1], parts[0], parts[2]


def _no(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def _wrong(activity: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
    attachments = activity.get("attachments", [])
    if activity.get("type") != "message" or not all(each.get("content") for each in attachments):
        return 400, _no("BadSyntax", "Bad format of attachment.")
    if not attachments and not activity.get("text"):
        return 400, _no("BadSyntax", "Empty message.")
    if len(json.dumps(activity, ensure_ascii=False).encode("utf-16-le", "surrogatepass")) > ACTIVITY_MAX:
        return 413, _no("MessageSizeTooBig", "Message size too large.")
    return None


@contextmanager
def bot_connector() -> Iterator[BotConnector]:
    server = BotConnector()
    try:
        yield server
    finally:
        server.close()
