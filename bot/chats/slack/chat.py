"""Slack as a chat: posts, replies and edits through the Web API, one call at a time and in its own pace.

Nothing here tries again: a call whose outcome is unknown is the outbox's to settle. The SDK would, by default,
post twice when a line drops after Slack has taken the message.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse, WebClient

from bot.app_yaml import SlackSettings
from bot.chats.slack.limits import POST_PACE, TEXT_MAX, TIMEOUT_S, UPDATE_PACE
from bot.chats.slack.refusals import BROKEN, Undrawable, translated
from bot.chats.slack.render import Payload, render, words
from bot.chats.slack.words import Json, inert
from bot.core.message import Message, Receipt
from bot.core.words import is_address
from bot.errors import Gone, Refused, Unavailable
from bot.net.kept import Kept
from bot.net.pace import Pace
from bot.ports import Abilities

log = logging.getLogger(__name__)

EVENT_TYPE = "fortress_delivery"
SAFE: Json = {"parse": "none", "link_names": False}  # of both: chat.update would set them anew
ROWS = 15  # with their buttons they fill two thirds of a message; a phone shows three at a time


class SlackChat:
    """One workspace, spoken to with one bot token."""

    name = "slack"
    abilities = Abilities(threads=True, edits=True, buttons=True, rows=ROWS, posts=True)

    def __init__(self, client: WebClient, *, pace: Pace, kept: Kept) -> None:
        self._client, self._pace, self._kept = client, pace, kept
        self._home = ""  # the workspace's address, once it is known

    def post(self, place: str, message: Message) -> Receipt:
        pages = render(message)
        receipt = self._post(place, pages[0], message)
        self._continue(receipt, pages[1:], message)
        return receipt

    def reply(self, receipt: Receipt, message: Message) -> Receipt:
        pages = render(message)
        thread = receipt.thread_id or receipt.message_id
        said = self._post(receipt.place, pages[0], message, thread=thread)
        self._continue(said, pages[1:], message)
        return said

    def update(self, receipt: Receipt, message: Message) -> None:
        page = render(message)[0]  # what went on in the thread stays as it was said
        where = {"channel": receipt.place, "ts": receipt.message_id}
        self._pace.turn("chat.update", UPDATE_PACE)
        self._drawn("chat.update", "chat.update", where | SAFE, page, message)

    def _post(self, place: str, page: Payload, message: Message, *, thread: str = "") -> Receipt:
        body = {"channel": place, "unfurl_links": False, "unfurl_media": False, "mrkdwn": False} | SAFE
        body |= {"metadata": _mark(page)} | ({"thread_ts": thread} if thread else {})
        self._pace.turn(place, POST_PACE)
        said = self._drawn("chat.postMessage", place, body, page, message)
        if thread and _floats(said):
            self._take_back(said)
            raise Gone("Slack took a reply out of its thread", remedy="say it anew: the post it answered is gone")
        where, ts = str(said.get("channel") or place), str(said["ts"])
        return Receipt(self.name, _place(place, where), ts, thread, self._link(where, ts, thread))

    def _continue(self, first: Receipt, pages: Sequence[Payload], message: Message) -> None:
        """Post the further pages into the thread of the first.

        Raises:
            Unavailable: and never how long to wait: the first page stands, so that all of it may repeat.
        """
        for page in pages:
            try:
                self._post(first.place, page, message, thread=first.thread_id or first.message_id)
            except Unavailable as error:
                raise Unavailable(f"{error}; only its beginning stands") from error

    def _drawn(self, method: str, kind: str, body: Json, page: Payload, message: Message) -> SlackResponse:
        """Send blocks; where Slack does not take them, say the same in plain text, once."""
        payload = {"text": page.text, "blocks": list(page.blocks)}
        try:
            return self._call(method, kind, body | payload)
        except Undrawable as error:
            self._kept.keep(method, error.code, error.said, payload)
        self._pace.turn(kind, UPDATE_PACE)
        try:
            return self._call(method, kind, body | {"text": inert(words(message), TEXT_MAX)})
        except Undrawable as error:
            raise Refused(f"Slack takes no text of ours: {error.code}", remedy="report it, with the log") from error

    def _call(self, method: str, kind: str, body: Json) -> SlackResponse:
        try:
            return self._client.api_call(method, json=body)
        except BROKEN as error:
            told = translated(error, method)
            if isinstance(told, Unavailable) and told.retry_after is not None:
                self._pace.hold(kind, told.retry_after)
            raise told from (None if isinstance(error, SlackApiError) else error)

    def _take_back(self, said: SlackResponse) -> None:
        try:
            self._call("chat.delete", "chat.delete", {"channel": said.get("channel"), "ts": said["ts"]})
        except (Refused, Unavailable) as error:
            log.warning("a reply whose post was deleted stands in the channel: %s", error)

    def _link(self, place: str, ts: str, thread: str) -> str:
        """Give the address of a post; "" while the workspace's own is not known. It costs no call a post."""
        if not self._home:
            self._home = self._asked_home()
        if not self._home:
            return ""
        inside = f"?thread_ts={thread}&cid={place}" if thread else ""
        return f"{self._home}archives/{place}/p{ts.replace('.', '')}{inside}"

    def _asked_home(self) -> str:
        try:
            url = str(self._call("auth.test", "auth.test", {}).get("url") or "")
        except (Refused, Unavailable) as error:
            log.info("the workspace's address is not known yet: %s", error)
            return ""
        return f"{url.rstrip('/')}/" if is_address(url) else ""


def connect(
    section: SlackSettings, *, folder: Path | None = None, now: Callable[[], datetime] | None = None
) -> SlackChat:
    """Put the chat together from its settings. Nothing is asked of Slack before something is said.

    Args:
        section: chats.slack of app.yaml.
        folder: the data folder, for what Slack would not draw.
    """
    token = section.bot_token.get_secret_value() if section.bot_token is not None else ""
    kept = Kept(folder / "slack-refused" if folder else None, now=now or (lambda: datetime.now(UTC)))
    return SlackChat(web_client(token, section.address), pace=Pace("Slack"), kept=kept)


def web_client(token: str, address: str, *, timeout_s: int = TIMEOUT_S) -> WebClient:
    """Make a client that calls once, soon gives up, and writes nothing into the log."""
    silent = logging.getLogger(f"{__name__}.sdk")  # at DEBUG the SDK logs payloads, at ERROR what we raise anyway
    silent.setLevel(logging.CRITICAL)
    client = WebClient(token, base_url=address, timeout=timeout_s, retry_handlers=[], logger=silent)
    client.proxy = None  # urllib knows HTTPS_PROXY too, and NO_PROXY, which the SDK does not
    return client


def _mark(page: Payload) -> Json:
    """Mark a post, so that a person or a later version finds out whether it was heard. No name is in it."""
    return {"event_type": EVENT_TYPE, "event_payload": {"mark": hashlib.sha256(page.json.encode()).hexdigest()[:16]}}


def _floats(said: SlackResponse) -> bool:
    """Tell whether a reply became a post of its own.

    When the parent was deleted, Slack answers ok and posts into the channel; only the missing thread_ts of
    the message it gives back tells. Source: github.com/slack-go/slack/issues/1571, 2026-07.
    """
    message = said.get("message")
    return isinstance(message, dict) and "ts" in message and "thread_ts" not in message


def _place(asked: str, given: str) -> str:
    """Keep the place that was asked for; a person's is the conversation Slack opened, as only that can be edited."""
    return given if asked[:1] in ("U", "W") else asked
