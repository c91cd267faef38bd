"""A Slack in which somebody types and presses: Socket Mode, the methods a listener calls, and faults on request."""

import asyncio
import hashlib
import hmac
import itertools
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import WSMsgType, web

WAITS_S = 10.0
LOOK_S = 0.05
TEAM, BOT, BOT_ID = "T0OURS", "U0FORTRESS", "B0FORTRESS"
NAMES = {"U0JO": "Jo Kim", "U0JOKIM": "Jo Kim", "U0SAM": "Sam Field"}


class Call(msgspec.Struct, frozen=True):
    """One call of a method, or an answer at a response_url (`respond`)."""

    method: str
    given: dict[str, Any]
    at: float


class SlackPeople:
    """Remembers what it was told. Everything public may be called from any thread."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.opened: list[float] = []  # when each line was made
        self.acks: dict[str, tuple[dict[str, Any] | None, float]] = {}
        self.refusals: dict[str, list[str]] = {}  # method -> errors to answer with, one a call
        self.scopes = "chat:write,commands,users:read,im:history,app_mentions:read"
        self.scheduled: set[str] = set()
        self.is_silent = False
        self.port = 0
        self._dumb: set[int] = set()
        self._sent: dict[str, float] = {}
        self._lines: list[tuple[web.WebSocketResponse, web.Request]] = []
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self._ready.wait(WAITS_S)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    @property
    def response_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/respond"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    # --- what a person does

    def send(self, kind: str, payload: dict[str, Any], *, envelope: str = "", retry: int = 0) -> str:
        """Send an envelope over the newest line, and give its id."""
        self.wait(lambda: bool(self._lines))
        name = envelope or f"envelope-{next(self._numbers)}"
        said = {"envelope_id": name, "type": kind, "accepts_response_payload": True, "payload": payload}
        said |= {"retry_attempt": retry, "retry_reason": "timeout"} if retry else {}
        self._sent[name] = time.monotonic()
        self._run(self._lines[-1][0].send_str(json.dumps(said)))
        return name

    def command(self, text: str, **more: Any) -> str:
        return self.send("slash_commands", a_command(self, text, **more))

    def ack(self, envelope: str) -> dict[str, Any] | None:
        """Wait for an acknowledgement, and give what it carries."""
        self.wait(lambda: envelope in self.acks)
        return self.acks[envelope][0]

    def took(self, envelope: str) -> float:
        """Give the seconds until an envelope was acknowledged."""
        self.ack(envelope)
        return self.acks[envelope][1] - self._sent[envelope]

    # --- what became of it

    def heard(self, method: str, many: int = 1) -> dict[str, Any]:
        """Wait for so many calls of a method, and give what the last of them was given."""
        self.wait(lambda: len(self.of(method)) >= many)
        return self.of(method)[many - 1].given

    def of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def wait(self, until: Callable[[], bool]) -> None:
        end = time.monotonic() + WAITS_S
        with self._changed:
            while not until():
                if time.monotonic() > end:
                    methods = [call.method for call in self.calls]
                    acks = list(self.acks)
                    raise AssertionError(f"nothing came of it in {WAITS_S} s; calls: {methods}, acks: {acks}")
                self._changed.wait(LOOK_S)  # what changes in the bot alone tells nobody

    # --- faults

    def refuse(self, method: str, *errors: str) -> None:
        self.refusals.setdefault(method, []).extend(errors)

    def disconnect(self) -> None:
        """Ask for a new line, as Slack does every few hours."""
        self._run(self._lines[-1][0].send_str(json.dumps({"type": "disconnect", "reason": "refresh_requested"})))

    def reset(self) -> None:
        """Cut the line with a TCP reset."""

        async def cut() -> None:
            transport = self._lines.pop()[1].transport
            assert transport is not None
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()

        self._run(cut())

    def mute(self) -> None:
        """Let every line there is fall silent: it stays open, and nothing is answered on it, not even a ping."""
        self._dumb.update(id(line) for line, _ in self._lines)
        self._lines.clear()

    def _run(self, what: Any) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(WAITS_S)

    def _note(self, change: Callable[[], None]) -> None:
        with self._changed:
            change()
            self._changed.notify_all()

    # --- the server

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._method)
        app.router.add_post("/respond", self._respond)
        app.router.add_get("/line", self._line)
        runner = web.AppRunner(app, shutdown_timeout=0, access_log=None)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.port = runner.addresses[0][1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _method(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        given = await _given(request)
        errors = self.refusals.get(method, [])
        error = errors.pop(0) if errors else ""
        self._note(lambda: self.calls.append(Call(method, given, time.monotonic())))
        if error:
            headers = {"Retry-After": "0"} if error == "ratelimited" else {}
            said = {"ok": False, "error": error, "errors": [{"pointer": "/0/text", "message": "too long"}]}
            return web.json_response(said, status=429 if headers else 200, headers=headers)
        return web.json_response({"ok": True, **self._answer(method, given)}, headers={"X-OAuth-Scopes": self.scopes})

    def _answer(self, method: str, given: dict[str, Any]) -> dict[str, Any]:
        if method == "apps.connections.open":
            return {"url": f"ws://127.0.0.1:{self.port}/line?ticket=secret-ticket"}
        if method == "auth.test":
            return {"team_id": TEAM, "user_id": BOT, "bot_id": BOT_ID, "team": "Ours", "user": "fortress"}
        if method == "users.info":
            name = NAMES.get(given["user"], "")
            return {"user": {"id": given["user"], "real_name": name, "profile": {"display_name": name}}}
        if method == "chat.scheduleMessage":
            self.scheduled.add(f"Q{given['channel']}")
            return {"scheduled_message_id": f"Q{given['channel']}"}
        if method == "chat.deleteScheduledMessage":
            self.scheduled.remove(given["scheduled_message_id"])
        if method.startswith("views."):
            return {"view": {"id": f"V{next(self._numbers)}"}}
        return {"ts": f"{next(self._numbers)}.000100", "channel": given.get("channel", "")}

    async def _respond(self, request: web.Request) -> web.Response:
        given = await request.json()
        errors = self.refusals.get("respond", [])
        error = errors.pop(0) if errors else ""
        self._note(lambda: self.calls.append(Call("respond", given, time.monotonic())))
        return web.Response(text=error or "ok", status=404 if error else 200)

    async def _line(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse(autoping=False)
        await line.prepare(request)
        here = (line, request)

        def begin() -> None:
            self._lines.append(here)
            self.opened.append(time.monotonic())

        if not self.is_silent:
            await line.send_str(json.dumps({"type": "hello", "num_connections": 1}))
        self._note(begin)
        async for message in line:
            if self.is_silent or id(line) in self._dumb:
                continue
            if message.type is WSMsgType.PING:
                await line.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                said = json.loads(message.data)
                took = (said.get("payload"), time.monotonic())
                self._note(lambda name=said["envelope_id"], took=took: self.acks.setdefault(name, took))  # type: ignore[misc]
        self._note(lambda: self._lines.remove(here) if here in self._lines else None)
        return line


async def _given(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        return dict(await request.json())
    given = dict(await request.post()) or dict(request.query)
    return {name: json.loads(value) if name in ("view", "blocks") else value for name, value in given.items()}


# --- payloads, as Slack makes them; https://docs.slack.dev/interactivity


def a_command(
    slack: SlackPeople, text: str, *, user: str = "U0JO", trigger: str = "", team: str = TEAM
) -> dict[str, Any]:
    return {
        "command": "/fortress",
        "text": text,
        "user_id": user,
        "user_name": "jo.k",
        "team_id": team,
        "channel_id": "C0BACKUPS",
        "response_url": slack.response_url,
        "trigger_id": trigger or f"trigger-{time.monotonic_ns()}",
    }


def a_press(
    slack: SlackPeople, value: str, *, user: str = "U0JO", action_id: str = "press.0", at: str = "", **box: Any
) -> dict[str, Any]:
    """Make a press of a button under a post; `view` for one in a Home or a modal."""
    view = box.pop("view", None)
    ts = box.pop("ts", "1700000000.000100")
    body: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": user, "name": "jo.k", "team_id": TEAM},
        "team": {"id": TEAM},
        "trigger_id": f"trigger-{time.monotonic_ns()}",
        "actions": [
            {
                "type": "button",
                "action_id": action_id,
                "block_id": "b1",
                "value": value,
                "action_ts": at or f"{time.time():.6f}",
            }
        ],
    }
    if view is not None:
        return body | {"view": view, "container": {"type": "view", "view_id": view["id"]}}
    container = {"type": "message", "message_ts": ts, "channel_id": "C0BACKUPS", **box}
    return body | {
        "container": container,
        "channel": {"id": "C0BACKUPS", "name": "backups"},
        "message": {"ts": ts},
        "response_url": slack.response_url,
    }


def a_form(view: dict[str, Any], values: dict[str, Any], *, user: str = "U0JO") -> dict[str, Any]:
    """Make a submission of a modal that was opened with this view."""
    return {
        "type": "view_submission",
        "user": {"id": user, "name": "jo.k", "team_id": TEAM},
        "team": {"id": TEAM},
        "trigger_id": f"trigger-{time.monotonic_ns()}",
        "view": {**view, "id": "V0FORM", "state": {"values": values}},
    }


def an_event(event: dict[str, Any], *, event_id: str = "") -> dict[str, Any]:
    made = event_id or f"Ev{time.monotonic_ns()}"
    return {"type": "event_callback", "team_id": TEAM, "event_id": made, "event": event, "authorizations": []}


def signed(secret: str, body: bytes, *, at: float | None = None) -> dict[str, str]:
    """Give the headers with which Slack signs a request; https://docs.slack.dev/authentication/verifying-requests-from-slack."""
    timestamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:%s:%s" % (timestamp.encode(), body), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def in_a_form(payload: dict[str, Any]) -> bytes:
    """Spell an interaction as Slack posts it."""
    return urlencode({"payload": json.dumps(payload)}).encode()


@contextmanager
def slack_people() -> Iterator[SlackPeople]:
    server = SlackPeople()
    try:
        yield server
    finally:
        server.close()
