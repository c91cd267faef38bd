"""An independent Teams: the Microsoft 365 Agents Playground, driven over its own HTTP interface and its page's socket.

It knows no limits, no retries and no tokens (those come from the relay before it), and shows no card to one person
alone: what a press is answered is the caller's to look at.
"""

import asyncio
import json
import os
import random
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import aiohttp
import requests

SCRIPT = os.environ.get("FORTRESS_TEST_TEAMS", "")
MISSING = (
    "FORTRESS_TEST_TEAMS names no Agents Playground (npm @microsoft/m365agentsplayground@0.2.28): "
    "Teams was not tried end to end"
)
NODE = os.environ.get("FORTRESS_TEST_NODE", "")  # 24 or newer: an older one takes no tokens through a proxy
WITHOUT_NODE = "FORTRESS_TEST_NODE names no Node 24 (npm node@24): tokens were not checked both ways"
NOTHING: Mapping[str, str] = MappingProxyType({})
WAITS_S = 20.0
TENANT = "11111111-1111-4111-8111-111111111111"
APP = "22222222-2222-4222-8222-222222222222"
BOT = f"28:{APP}"
ALEX, MEGAN = "29:user-alex", "29:u1"
IDS = {ALEX: "00000000-0000-4000-8000-000000000020", MEGAN: "00000000-0000-4000-8000-000000000021"}
CHAT, GROUP = "a:personal-chat-1", "19:groupchat@thread.v2"
UNSEEN = "\u00ad\u200b\u2060"
MAIN, ACME = "19:backups@thread.tacv2", "19:team-general@thread.tacv2"


def is_here() -> bool:
    return bool(SCRIPT) and Path(SCRIPT).exists() and shutil.which("node") is not None


class Playground:
    """The running client, and everything that was said in it.

    Args:
        bot: where what people do is sent.
        service: the address of its connector as it tells it; the way of what the bot says.
        more: further options, and
        environ: variables, with which it signs in and asks the bot for tokens.
    """

    def __init__(
        self,
        folder: Path,
        *,
        bot: str,
        service: Callable[[str], str],
        node: str = "node",
        more: Sequence[str] = (),
        environ: Mapping[str, str] = NOTHING,
    ) -> None:
        config = folder / ".m365agentsplayground.yml"
        config.write_text(json.dumps(_config()), encoding="utf-8")  # JSON is YAML
        self.port = free_low_port()
        self.url = f"http://127.0.0.1:{self.port}"
        around = {**os.environ, "TEAMSAPPTESTER_BROWSER": "none", "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(config)}
        asked = ["start", "-e", bot, "-c", "msteams", "-p", str(self.port), "--su", service(self.url), "--dt", *more]
        self._process = subprocess.Popen(
            [node, SCRIPT, *asked],
            cwd=folder,
            env={**around, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for line in self._process.stdout or ():
            if "Listening on" in line:
                assert str(self.port) in line, f"it took another port: {line}"
                break
        self._drain = threading.Thread(target=lambda: list(self._process.stdout or ()), daemon=True)
        self._drain.start()
        self.frames: list[dict[str, Any]] = []
        self._said: dict[tuple[str, str], dict[str, Any]] = {}
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._page: aiohttp.ClientWebSocketResponse | None = None
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        self.wait(lambda: self._page is not None)

    def close(self) -> None:
        if self._page is not None:
            with suppress(RuntimeError):
                asyncio.run_coroutine_threadsafe(self._page.close(), self._loop).result(5)
        self._thread.join(5)
        self._process.kill()
        self._process.wait()
        self._drain.join(5)
        if self._process.stdout is not None:
            self._process.stdout.close()

    # --- what people do

    def install(self, place: str) -> None:
        self._post(f"/_debug/conversation/{quote(place, safe='')}/installation", {})

    def say(self, text: str, place: str = CHAT) -> None:
        """Say something as the current user; where others read along, to the bot."""
        body: dict[str, Any] = {"from": {"id": ALEX}, "text": text, "textFormat": "plain"}
        if place != CHAT:
            body["text"] = f"<at>fortress</at>{text}"
            body["mentions"] = [{"mentioned": {"id": BOT}, "text": "<at>fortress</at>"}]
        self._post(f"/_conversation/v1/conversations/{quote(place, safe='')}/messages", body)

    def press(
        self, message: dict[str, Any], verb: str, argument: str = "", *, user: str = ALEX, **filled: str
    ) -> dict[str, Any]:
        """Press a button that is on a card, and give what Teams is answered."""
        action = button(message, verb, argument)
        data = {**action["data"], **filled}
        pressed = {"type": "Action.Execute", "verb": action["verb"], "data": data}
        body = {
            "name": "adaptiveCard/action",
            "from": {"id": user},
            "conversation": {"id": thread(message)},
            "replyToId": message["messageId"],
            "value": {"action": pressed},
        }
        answered = self._post("/_conversation/v1/invoke", body)
        found: dict[str, Any] = answered.json()
        return found

    def submit(self, message: dict[str, Any], data: dict[str, str], *, user: str = ALEX) -> None:
        """Press a button as a client does that knows no Action.Execute."""
        body = {
            "conversation": {"id": thread(message)},
            "from": {"id": user},
            "replyToId": message["messageId"],
            "value": data,
        }
        self._post("/_conversation/v1/submit", body)

    def activity(self, kind: str, place: str) -> dict[str, Any]:
        """Give an activity of a kind that the client could send."""
        asked = f"{self.url}/_internal/v1/customActivities/template"
        found: dict[str, Any] = requests.get(asked, params={"conversationId": place, "type": kind}, timeout=10).json()
        return found

    def send(self, activity: dict[str, Any]) -> requests.Response:
        return self._post("/_internal/v1/customActivities", activity)

    # --- what became of it

    def messages(self, place: str | None = None) -> list[dict[str, Any]]:
        """Give what the bot said, as it stands now; `place` may be a thread."""
        with self._changed:
            return [one for (where, _), one in self._said.items() if place is None or where == place]

    def again(self, message: dict[str, Any]) -> dict[str, Any]:
        """Give the same message as it stands now."""
        return self._said[message["place"], message["messageId"]]

    def wait_until_said(self, until: Callable[[dict[str, Any]], bool], place: str | None = None) -> dict[str, Any]:
        self.wait(lambda: any(until(message) for message in self.messages(place)))
        return next(message for message in self.messages(place) if until(message))

    def wait(self, until: Callable[[], bool]) -> None:
        with self._changed:
            if not self._changed.wait_for(until, WAITS_S):
                seen = [(one["place"], summary(one)) for one in self._said.values()][-15:]
                raise AssertionError(f"it did not come in {WAITS_S:.0f} s; the last that was said: {seen}")

    def _post(self, path: str, body: Any) -> requests.Response:
        answer = requests.post(self.url + path, json=body, timeout=60)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text[:400]}"
        return answer

    def _look(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._loop.close()

    async def _listen(self) -> None:
        address = f"ws://127.0.0.1:{self.port}/_ws_conversation/v1/conversations/stream"
        async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as page:
            with self._changed:
                self._page = page
                self._changed.notify_all()
            async for frame in page:
                self._note(json.loads(frame.data))

    def _note(self, frame: dict[str, Any]) -> None:
        with self._changed:
            self.frames.append(frame)
            message = frame.get("message")
            if isinstance(message, dict) and "messageId" in message and message.get("from", {}).get("id") == BOT:
                place = frame["actionConversationId"]
                self._said[place, message["messageId"]] = {**message, "place": place}
            self._changed.notify_all()


def thread(message: dict[str, Any]) -> str:
    """Give the conversation of a press: in a channel, that of the post."""
    is_post = message["place"] in (MAIN, ACME)
    return f"{message['place']};messageid={message['messageId']}" if is_post else str(message["place"])


def card(message: dict[str, Any]) -> dict[str, Any]:
    """Give the card of a message; an empty one where it has none."""
    found = next((each["content"] for each in message.get("attachments") or () if each.get("content")), {})
    return dict(found)


def words(part: Any) -> str:
    """Give all words of a message or card, without the marks at which long ones may be broken."""
    whole = " ".join(_words(card(part) if isinstance(part, dict) and "attachments" in part else part))
    return whole.translate(dict.fromkeys(map(ord, UNSEEN)))


def summary(message: dict[str, Any]) -> str:
    return str(card(message).get("fallbackText") or message.get("text") or "")


def buttons(part: Any) -> list[dict[str, Any]]:
    """Give what can be pressed in a message or card."""
    found: list[dict[str, Any]] = []
    if isinstance(part, list):
        for each in part:
            found += buttons(each)
    elif isinstance(part, dict):
        if part.get("type") == "Action.Execute":
            return [part]
        for name, each in part.items():
            if name != "fallback":
                found += buttons(each)
    return found


def asked(part: Any) -> list[str]:
    """Give what the buttons ask for, as people would type it."""
    return [f"{each['data']['verb']} {each['data']['argument']}".strip() for each in buttons(part)]


def button(part: Any, verb: str, argument: str = "") -> dict[str, Any]:
    line = f"{verb} {argument}".strip()
    found = [each for each, does in zip(buttons(part), asked(part), strict=True) if does == line]
    assert found, f"nothing in it does {line!r}: {asked(part)}"
    return found[0]


def _words(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name in ("text", "title", "value", "label") and isinstance(value, str):
                yield value
            elif name not in ("fallback", "fallbackText"):
                yield from _words(value)
    elif isinstance(part, list):
        for item in part:
            yield from _words(item)


def _config() -> dict[str, Any]:
    def user(ident: str, name: str, number: int) -> dict[str, str]:
        first, _, last = name.partition(" ")
        mail = f"{first.lower()}@example.com"
        person = IDS.get(ident, f"00000000-0000-4000-8000-0000000000{number}")
        return {
            "id": ident,
            "name": name,
            "userPrincipleName": mail,
            "aadObjectId": person,
            "givenName": first,
            "surname": last,
            "email": mail,
        }

    others = ("Megan Bowen", "Adele Vance", "Isaiah Langer", "Patti Fernandez", "Lynne Robbins")
    return {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": BOT, "name": "fortress"},
        "currentUser": user(ALEX, "Alex Wilber", 20),
        "users": [user(f"29:u{number}", name, 20 + number) for number, name in enumerate(others, start=1)],
        "personalChat": {"id": CHAT},
        "groupChat": {"id": GROUP, "name": "Backup crew"},
        "team": {
            "id": ACME,
            "name": "Service desk",
            "aadGroupId": "00000000-0000-4000-8000-000000000031",
            "channels": [{"id": MAIN, "name": "Backups"}],
        },
    }


def free_low_port() -> int:
    """Give a port below those that the system hands out: when it is taken, the client silently takes another."""
    for port in random.sample(range(15_000, 20_000), 50):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")


@contextmanager
def playground(folder: Path, *, bot: str, service: Callable[[str], str], **more: Any) -> Iterator[Playground]:
    running = Playground(folder, bot=bot, service=service, **more)
    try:
        yield running
    finally:
        running.close()
