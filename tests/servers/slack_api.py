"""A small Slack: the Web API's methods for what goes out, with its refusals, and faults on request.

It keeps what was said, so that tests look at what a person in a channel would see. It refuses what Slack
refuses (unknown tokens and channels, too many blocks, posts that are gone); `fail` makes the next calls go wrong.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

TOKEN = "xoxb-1-test"
MAIN, OTHER, ARCHIVED, NOT_IN = "C0MAIN0001", "C0OTHER001", "C0ARCHIVED", "C0NOTIN001"
OWNER = "U0OWNER001"
HOME = "https://msp.slack.example/"
BLOCKS_BYTES_MAX = 13_000  # near where Slack refuses


class Fault(msgspec.Struct, frozen=True):
    """How one call goes wrong.

    Attributes:
        error: Slack's word for it, in an answer of 200.
        status: another status, with `body`.
        accept: do what was asked all the same; the caller does not learn of it.
        drop: hang up without an answer.
        silent: hold the line without an answer until the server is closed.
    """

    error: str = ""
    status: int = 200
    body: str = ""
    retry_after: str = ""
    accept: bool = False
    drop: bool = False
    silent: bool = False


RATE_LIMITED = Fault(status=429, body='{"ok":false,"error":"ratelimited"}', retry_after="30")
DROPPED_AFTER_ACCEPT = Fault(accept=True, drop=True)
DROPPED = Fault(drop=True)
SILENT = Fault(accept=True, silent=True)
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


class SlackApi:
    """Use `slack_api()`. Everything public may be read from the test's thread."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.posts: list[Post] = []
        self.members = {MAIN, OTHER, OWNER}
        self._faults: list[tuple[str, Fault]] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.slack = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/api/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def fail(self, *faults: Fault, method: str = "chat.postMessage") -> None:
        """Let the next calls of a method go wrong, one fault each."""
        with self._lock:
            self._faults += [(method, fault) for fault in faults]

    def said(self, channel: str) -> list[Post]:
        """Give what stands in a channel, oldest first."""
        with self._lock:
            return [post for post in self.posts if post.channel == channel]

    def called(self, method: str) -> list[Call]:
        with self._lock:
            return [call for call in self.calls if call.method == method]

    def delete(self, ts: str) -> None:
        """Do what a person does who deletes a message."""
        with self._lock:
            self.posts = [post for post in self.posts if post.ts != ts]

    def delete_all(self) -> None:
        with self._lock:
            self.posts = []

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, method: str, token: str, body: dict[str, Any]) -> tuple[Fault | None, dict[str, Any]]:
        """Do one call: give the fault it meets, if any, and Slack's answer."""
        with self._lock:
            self.calls.append(Call(method, token, body))
            fault = next((one for name, one in self._faults if name == method), None)
            if fault is not None:
                self._faults.remove((method, fault))
                if not fault.accept:
                    return fault, {"ok": False, "error": fault.error}
            return fault, self._answer(method, token, body)

    def hold(self) -> None:
        self._closing.wait()

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


class _Server(ThreadingHTTPServer):
    slack: SlackApi
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: who hangs up early has its reasons."""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        slack: SlackApi = server.slack
        said = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        method = self.path.removeprefix("/api/")
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        fault, answer = slack.take(method, token, json.loads(said) if said.startswith(b"{") else {})
        if fault is not None and fault.silent:
            slack.hold()
        if fault is not None and (fault.drop or fault.silent):
            self.close_connection = True
            return
        self._say(fault or Fault(), answer)

    def _say(self, fault: Fault, answer: dict[str, Any]) -> None:
        body = (fault.body or json.dumps(answer)).encode()
        with suppress(OSError):
            self.send_response(fault.status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            if fault.retry_after:
                self.send_header("Retry-After", fault.retry_after)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@contextmanager
def slack_api() -> Iterator[SlackApi]:
    server = SlackApi()
    try:
        yield server
    finally:
        server.close()
