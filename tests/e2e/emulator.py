"""An independent Slack: local-slack, whose web page is listened to so that nobody waits by the clock.

It is laxer than Slack (it checks no limit, no token and no trigger's age), and sends each envelope to every socket
of an app. A press in a Home it sends as if it came from a message; see `press_in_home`.
"""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import requests

from tests.servers.slack_people import in_a_form, signed

BINARY = os.environ.get("FORTRESS_TEST_SLACK", "")
MISSING = "FORTRESS_TEST_SLACK names no local-slack (npm local-slack-linux-x64@0.1.8): Slack was not tried end to end"
WAITS_S = 60.0
LOOK_S = 1.0  # an edit in place is no event of its own
ALICE, BOB, BOT, TEAM = "U01ALICE", "U02BOB", "U0BOT", "T01TEST"
MAIN, ACME = "C01GEN", "C02ACME"
BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-test-token", "xapp-test-token", "a1b2c3d4e5f60718293a4b5c6d7e8f90"


def is_here() -> bool:
    return bool(BINARY) and shutil.which(BINARY) is not None


class Emulator:
    """One running local-slack, and everything its page was told."""

    def __init__(self, folder: Path, *, events_to: str = "") -> None:
        self.port = free_port()
        config = folder / "slack.json"
        config.write_text(json.dumps(_config(events_to)), encoding="utf-8")  # JSON is YAML
        self._process = subprocess.Popen(
            [BINARY, "--config", str(config), "--port", str(self.port)], stdout=subprocess.PIPE, text=True
        )
        self.log: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._page: aiohttp.ClientWebSocketResponse | None = None
        for line in self._process.stdout or ():
            if "is running" in line:
                break
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        self.wait(lambda: self._page is not None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return f"{self.url}/api/"

    def close(self) -> None:
        if self._page is not None:
            with suppress(RuntimeError):
                asyncio.run_coroutine_threadsafe(self._page.close(), self._loop).result(5)
        self._thread.join(5)
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    # --- what people do

    def command(self, text: str, *, user: str = ALICE, channel: str = MAIN) -> None:
        self._control("command", channel=channel, user=user, command="/fortress", text=text)

    def say(self, text: str, *, user: str = ALICE, channel: str = MAIN) -> None:
        self._control("message", channel=channel, user=user, text=text)

    def open_home(self, user: str = ALICE) -> None:
        self._control("open-home", user=user)

    def press(self, message: dict[str, Any], value: str, *, user: str = ALICE) -> None:
        """Press the button, or choose the option of a menu, that holds a value."""
        block, element, option = button(message, value)
        action = {"type": element["type"], "action_id": element["action_id"], "block_id": block.get("block_id", "b")}
        action |= {"selected_option": option} if option else {"value": value}
        self._control("interact", channel=message["channel"], messageTs=message["ts"], user=user, action=action)

    def press_in_home(self, view: dict[str, Any], value: str, *, user: str, door: str) -> requests.Response:
        """Press a button in a Home as Slack sends it, signed; the emulator would send a press without a view."""
        block, element, option = button(view, value)
        action = {"type": element["type"], "action_id": element["action_id"], "block_id": block.get("block_id", "b")}
        action |= {"selected_option": option} if option else {"value": value}
        payload = {
            "type": "block_actions",
            "user": {"id": user, "name": "somebody", "team_id": TEAM},
            "team": {"id": TEAM},
            "trigger_id": f"{time.monotonic_ns()}.1",
            "container": {"type": "view", "view_id": "V0HOME"},
            "view": {**view, "id": "V0HOME", "private_metadata": ""},
            "actions": [{**action, "action_ts": f"{time.time():.6f}"}],
        }
        body = in_a_form(payload)
        headers = {"Content-Type": "application/x-www-form-urlencoded", **signed(SECRET, body)}
        return requests.post(door, data=body, headers=headers, timeout=10)

    def submit(self, values: dict[str, Any], *, user: str = ALICE) -> None:
        """Fill and send the modal that is open."""
        assert self._page is not None
        said = {"t": "view_submit", "user": user, "values": values}
        asyncio.run_coroutine_threadsafe(self._page.send_json(said), self._loop).result(10)

    # --- what became of it

    def messages(self, channel: str = MAIN) -> list[dict[str, Any]]:
        said: list[dict[str, Any]] = requests.get(f"{self.url}/_control/messages/{channel}", timeout=10).json()[
            "messages"
        ]
        return said

    def calls(self, kind: str) -> list[dict[str, Any]]:
        """Give what a method was given, call by call."""
        return [entry.get("detail") or {} for entry in self.log if entry["summary"].split(" ")[0] == kind]

    def wait_for(self, kind: str, until: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """Wait for a call of a method that fits, and give what it was given."""
        self.wait(lambda: any(until(given) for given in self.calls(kind)))
        return next(given for given in self.calls(kind) if until(given))

    def wait_until_said(self, until: Callable[[dict[str, Any]], bool], channel: str = MAIN) -> dict[str, Any]:
        """Wait for a message that fits, and give it as it stands now."""
        self.wait(lambda: any(until(message) for message in self.messages(channel)))
        return next(message for message in self.messages(channel) if until(message))

    def wait(self, until: Callable[[], bool]) -> None:
        end = time.monotonic() + WAITS_S
        with self._changed:
            while not until():
                if time.monotonic() > end:
                    seen = [f"{entry['direction']} {entry['summary']}" for entry in self.log][-40:]
                    raise AssertionError(f"it did not come in {WAITS_S:.0f} s; the last of the log: {seen}")
                self._changed.wait(LOOK_S)

    def _control(self, what: str, **given: Any) -> None:
        answer = requests.post(f"{self.url}/_control/{what}", json=given, timeout=30)
        assert answer.ok, answer.text

    def _look(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._loop.close()

    async def _listen(self) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"ws://127.0.0.1:{self.port}/ui", max_msg_size=0) as page,
        ):
            self._page = page
            self._note(None)
            async for event in page:
                told = json.loads(event.data)
                self._note(told["entry"] if told.get("t") == "log" else None)

    def _note(self, entry: dict[str, Any] | None) -> None:
        with self._changed:
            if entry is not None:
                self.log.append(entry)
            self._changed.notify_all()


def button(message: dict[str, Any], value: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any] | None]:
    """Find what can be pressed by its value: (block, element, option of a menu)."""
    for block in message.get("blocks", []):
        for element in [*block.get("elements", []), block.get("accessory", {})]:
            if element.get("value") == value:
                return block, element, None
            for option in element.get("options", []):
                if option["value"] == value:
                    return block, element, option
    raise AssertionError(f"nothing in it does {value!r}: {values(message)}")


def values(message: dict[str, Any]) -> list[str]:
    """Give what can be pressed in a message or view."""
    found = []
    for block in message.get("blocks", []):
        for element in [*block.get("elements", []), block.get("accessory", {})]:
            found += [element["value"]] if "value" in element else []
            found += [option["value"] for option in element.get("options", [])]
    return found


def words(part: Any) -> str:
    """Give all words in the blocks of a message or view."""
    return " ".join(_words(part.get("blocks", [])))


def _words(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            yield part["text"]
        for name, value in part.items():
            if name != "text" or not isinstance(value, str):
                yield from _words(value)
    elif isinstance(part, list):
        for item in part:
            yield from _words(item)


def _config(events_to: str) -> dict[str, Any]:
    how = {"mode": "events", "requestUrl": events_to} if events_to else {"mode": "socket"}
    return {
        "workspace": {"name": "MSP", "domain": "msp", "teamId": TEAM},
        "app": {
            "appId": "A01APP",
            "botUserId": BOT,
            "botName": "fortress",
            "botToken": BOT_TOKEN,
            "appToken": APP_TOKEN,
            "signingSecret": SECRET,
            **how,
        },
        "users": [
            {"id": ALICE, "name": "alice", "real_name": "Alice Anderson", "tz": "Europe/Dublin"},
            {"id": BOB, "name": "bob", "real_name": "Bob Brown", "tz": "Europe/Dublin"},
        ],
        "channels": [
            {"id": MAIN, "name": "backups", "members": [ALICE, BOB, BOT]},
            {"id": ACME, "name": "acme", "members": [ALICE, BOB, BOT]},
        ],
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@contextmanager
def emulator(folder: Path, *, events_to: str = "") -> Iterator[Emulator]:
    running = Emulator(folder, events_to=events_to)
    try:
        yield running
    finally:
        running.close()
