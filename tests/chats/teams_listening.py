"""A listener behind a web door, a Teams that calls it, and a chat that remembers what was said."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import Condition
from typing import Any

import requests
from starlette.applications import Starlette
from starlette.routing import Route

from bot.chats.teams.answering import Answering
from bot.chats.teams.book import Book
from bot.chats.teams.bring import Bring
from bot.chats.teams.door import PATH
from bot.chats.teams.keys import Keys
from bot.chats.teams.listener import TeamsListener
from bot.chats.teams.service import Services
from bot.chats.teams.verify import Verifier
from bot.commands import read_intent
from bot.core.intent import Answer, Intent
from bot.core.message import Message, Receipt
from bot.core.reference import Reference
from bot.net.asking import Asking
from bot.net.health import Health
from bot.net.pool import Pool
from bot.net.tasks import Tasks
from bot.ports import Abilities
from bot.web.door import Door
from bot.web.routes import Beside
from tests.servers.bot_keys import APP, SERVICE, TENANT, BotKeys, token

ENDS = timedelta(seconds=10)
JO, SAM = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
CHANNEL, ACME, GROUP, CHAT = "19:backups@thread.tacv2", "19:acme@thread.tacv2", "19:crew@thread.v2", "a:personal-jo"
GENERAL = "19:general@thread.tacv2"
BOT = f"28:{APP}"
ids = itertools.count(1)


def echo(intent: Intent) -> Answer:
    return Answer(Message(f"{intent.verb} {intent.argument} for {intent.actor.name}".replace("  ", " ")))


class Said:
    """A chat that remembers: (how, where, what)."""

    name = "teams"
    abilities = Abilities()

    def __init__(self) -> None:
        self.all: list[tuple[str, str, Message]] = []
        self.raises: dict[str, Exception] = {}
        self._changed = Condition()

    def post(self, place: str, message: Message) -> Receipt:
        return self._said("post", place, message)

    def reply(self, receipt: Receipt, message: Message) -> Receipt:
        return self._said("reply", f"{receipt.place};{receipt.message_id}", message)

    def update(self, receipt: Receipt, message: Message) -> None:
        self._said("update", f"{receipt.place};{receipt.message_id}", message)

    def wait(self, count: int = 1) -> list[tuple[str, str, str]]:
        """Wait until so much was said, and give it with the summaries alone."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.all) >= count, 10), self.all
        return self.summaries

    @property
    def summaries(self) -> list[tuple[str, str, str]]:
        return [(how, place, message.summary) for how, place, message in self.all]

    def _said(self, how: str, place: str, message: Message) -> Receipt:
        if place in self.raises:
            raise self.raises[place]
        with self._changed:
            self.all.append((how, place, message))
            self._changed.notify_all()
        return Receipt("teams", place, str(next(ids)))


class Known:
    """References that remember what was done to them."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str]] = []
        self._all: dict[str, Reference] = {}
        self._changed = Condition()

    def all(self) -> Sequence[Reference]:
        return tuple(self._all.values())

    def keep(self, *references: Reference) -> None:
        for each in references:
            self._all[each.place] = each
            self._note("keep", each.place)

    def forget(self, *references: Reference) -> None:
        for each in references:
            self._all.pop(each.place, None)
            self._note("forget", each.place)

    def wait(self, what: str, place: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: (what, place) in self.noted, 10), self.noted

    def _note(self, what: str, place: str) -> None:
        with self._changed:
            self.noted.append((what, place))
            self._changed.notify_all()


class Teams:
    """A Teams that calls the listener, with a good token unless a test says otherwise."""

    def __init__(self, url: str, chat: Said, book: Known) -> None:
        self.url, self.chat, self.book = url, chat, book

    def call(self, activity: Any, *, authorization: str | None = None, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token()}" if authorization is None else authorization}
        body = {"data": activity} if isinstance(activity, bytes) else {"json": activity}
        return requests.post(self.url + PATH, headers=headers, timeout=20, **body, **more)

    def type(self, text: str, **more: Any) -> requests.Response:
        return self.call(a_message(text, **more))

    def press(self, verb: str, argument: str = "", **more: Any) -> Any:
        """Press a button, and give what Teams is answered."""
        answered = self.call(a_press(verb, argument, **more))
        assert answered.status_code == 200
        return answered.json()


def conversation(place: str) -> dict[str, Any]:
    kind = "personal" if place.startswith("a:") else "channel" if "tacv2" in place else "groupChat"
    return {"id": place, "conversationType": kind, "tenantId": TENANT}


def an_activity(kind: str, place: str = CHAT, *, user: str = JO, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "id": str(next(ids)),
        "channelId": "msteams",
        "serviceUrl": SERVICE,
        "from": {"id": f"29:{user}", "aadObjectId": user, "name": "Jo Kim" if user == JO else "Sam Lee"},
        "recipient": {"id": BOT, "name": "fortress"},
        "conversation": conversation(place),
        "channelData": {"tenant": {"id": TENANT}, **({"team": {"id": "19:team"}} if "tacv2" in place else {})},
        **more,
    }


def a_message(text: str, place: str = CHAT, **more: Any) -> dict[str, Any]:
    return an_activity("message", place, text=text, **more)


def mentioned(text: str, place: str = CHANNEL, **more: Any) -> dict[str, Any]:
    """A message that begins with our name, as Teams writes it."""
    entity = {"type": "mention", "text": "<at>fortress</at>", "mentioned": {"id": BOT, "name": "fortress"}}
    return a_message(f"<at>fortress</at>{text}", place, entities=[entity], **more)


def a_press(verb: str, argument: str = "", *, place: str = CHAT, on: str = "post-1", **more: Any) -> dict[str, Any]:
    data = {"verb": verb, "argument": argument, **more.pop("inputs", {})}
    value = {"action": {"type": "Action.Execute", "verb": "press", "data": data}, **more.pop("value", {})}
    return an_activity("invoke", place, name="adaptiveCard/action", replyToId=on, value=value, **more)


def draw(message: Message) -> list[dict[str, Any]]:
    """Draw a card a page, so that tests see what is shown without the real cards."""
    pages = max(1, len(message.blocks) // 10)
    return [{"type": "AdaptiveCard", "of": message} for _ in range(pages)] if pages > 1 else [shown(message)]


def shown(message: Message) -> dict[str, Any]:
    pressed = [button.verb for block in message.blocks for button in getattr(block, "buttons", ())]
    return {"type": "AdaptiveCard", "says": message.summary, "buttons": pressed}


@contextmanager
def teams(keys: BotKeys, answer: Any = echo, *, posted: Any = lambda _: None, card_s: float = 2.5) -> Iterator[Teams]:
    chat, book, tasks = Said(), Known(), Tasks()
    pools = {name: Pool() for name in ("checks", "answers", "talk")}
    made_keys = Keys(keys.document)
    services = Services("https://smba.trafficmanager.net/teams/")
    answering = Answering(
        asking=Asking(answer, pools["answers"]),
        read=read_intent,
        way=Bring(chat, pools["talk"], draw=draw, form=lambda form: {"type": "AdaptiveCard", "asks": form.title}),
        tasks=tasks,
        posted=posted,
        own=[ACME],
        card_s=card_s,
    )
    listener = TeamsListener(
        Verifier(app_id=APP, tenants=[TENANT], services=services, keys=made_keys),
        answering=answering,
        book=Book(book),
        health=Health("listening", who="Teams"),
        tasks=tasks,
        pools=pools,
        close=made_keys.close,
    )
    door = Door("127.0.0.1", 0)
    door.start(Starlette(routes=[Route(path, Beside(app)) for path, app in listener.routes().items()]))
    listener.start()
    try:
        yield Teams(door.url, chat, book)
    finally:
        assert listener.stop(within=ENDS)
        door.stop(within=timedelta(seconds=5))
