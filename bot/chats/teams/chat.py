"""Teams as a chat: posts, replies and edits through the Bot Connector, in each conversation's own pace.

A post is sent once: a call whose outcome is unknown is the outbox's to settle, as the Connector has no key by which it
would know a repeat. An edit is safe to repeat, and is.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from bot.chats.teams.limits import EDIT_TRIES, PACE, ROWS, SCOPE, TIMEOUT_S
from bot.chats.teams.places import Places, Where, link_to
from bot.chats.teams.refusals import LEFT, Undrawable, code_of, translated
from bot.chats.teams.render import Payload, plainly, render
from bot.chats.teams.service import Services
from bot.chats.teams.words import Json
from bot.core.message import Message, Paragraph, Receipt, Span, link, paragraph, quiet
from bot.core.words import cut
from bot.errors import Refused, Unavailable
from bot.net.call import Caller, Told
from bot.net.entra import Tokens, tokens_of
from bot.net.kept import Kept
from bot.net.pace import Pace
from bot.ports import Abilities, References

log = logging.getLogger(__name__)

QUOTED = 500  # posts whose words are remembered, for chats in which nothing can stand under another


class TeamsChat:
    """One bot in one tenant's Teams.

    Args:
        tokens: signs us in.
        places: how each conversation is reached.
    """

    name = "teams"
    abilities = Abilities(threads=True, edits=True, buttons=True, rows=ROWS, posts=True)

    def __init__(self, caller: Caller, tokens: Tokens, *, places: Places, pace: Pace, kept: Kept) -> None:
        self._caller, self._tokens, self._places = caller, tokens, places
        self._pace, self._kept = pace, kept
        self._said: OrderedDict[str, str] = OrderedDict()  # summaries by id

    def post(self, place: str, message: Message) -> Receipt:
        where = self._places.find(place)
        return self._whole(where, message)

    def reply(self, receipt: Receipt, message: Message) -> Receipt:
        where = self._places.find(receipt.place)
        root = receipt.thread_id or receipt.message_id
        return self._whole(where, message if where.has_threads else self._quoting(where, root, message), thread=root)

    def update(self, receipt: Receipt, message: Message) -> None:
        where = self._places.find(receipt.place)
        self._drawn("PUT", where, f"/{quote(receipt.message_id, safe='')}", render(message)[0], message)
        self._remember(receipt.message_id, message)

    def _whole(self, where: Where, message: Message, *, thread: str = "") -> Receipt:
        """Post all pages of a message, the further ones under the first.

        Raises:
            Unavailable: once the first page stands never how long to wait, so that all of it may repeat.
        """
        first, *others = render(message)
        receipt = self._post(where, first, message, thread=thread)
        for page in others:
            try:
                self._post(where, page, message, thread=thread or receipt.message_id)
            except Unavailable as error:
                raise Unavailable(f"{error}; only its beginning stands") from error
        self._remember(receipt.message_id, message)
        return receipt

    def _post(self, where: Where, page: Payload, message: Message, *, thread: str) -> Receipt:
        told = self._drawn("POST", where.under(thread), "", page, message)
        ident = _id_in(told)
        if not ident:
            raise Unavailable("Teams took a post and did not say where it stands")
        return Receipt(self.name, where.place, ident, thread, link_to(where, ident, thread))

    def _quoting(self, where: Where, root: str, message: Message) -> Message:
        """Say what a message is about, where it cannot stand under it."""
        about, address = self._said.get(root, "an earlier post"), link_to(where, root, "")
        line = paragraph(quiet("About: "), link(cut(about, 120), address) if address else quiet(cut(about, 120)))
        return replace(message, blocks=(line, *(message.blocks or (Paragraph((Span(message.summary),)),))))

    def _remember(self, ident: str, message: Message) -> None:
        self._said[ident] = message.summary
        while len(self._said) > QUOTED:
            self._said.popitem(last=False)

    def _drawn(self, method: str, where: Where, after: str, page: Payload, message: Message) -> Told:
        """Send a card; where Teams does not take it, say the same in a card of plain lines, once."""
        try:
            return self._call(method, where, after, page.activity)
        except Undrawable as error:
            self._kept.keep(method, error.code, (error.said,), page.activity)
        try:
            return self._call(method, where, after, plainly(message).activity)
        except Undrawable as error:
            raise Refused(f"Teams takes no card of ours: {error.code}", remedy="report it, with the log") from error

    def _call(self, method: str, where: Where, after: str, activity: Json) -> Told:
        self._pace.turn(where.place, *PACE)
        token = self._tokens.token(SCOPE)
        body = activity | {"channelData": {"tenant": {"id": where.tenant}}}
        tries = EDIT_TRIES if method == "PUT" else 1
        told = self._caller.call(method, where.activities + after, token=token, body=body, tries=tries)
        if told.is_good:
            return told
        error = translated(told, _named(method, where), is_about_a_post=method == "PUT" or where.is_thread)
        if isinstance(error, Unavailable) and error.retry_after is not None:
            self._pace.hold(where.place, error.retry_after)
        if told.status == 403 and code_of(told) in LEFT:
            self._places.forget(where)
        raise error


def connect(
    section: Any, *, references: References, folder: Path | None = None, now: Callable[[], datetime] | None = None
) -> TeamsChat:
    """Put the chat together from its settings. Nothing is asked of Microsoft before something is said.

    Args:
        section: chats.teams of app.yaml.
        folder: the data folder, for what Teams would not draw.
    """
    places = Places(references, Services(section.service), service=section.service, tenant=section.tenant_id)
    kept = Kept(folder / "teams-refused" if folder is not None else None, now=now or (lambda: datetime.now(UTC)))
    caller = Caller("Teams", timeout_s=TIMEOUT_S)
    return TeamsChat(caller, tokens_of(section, setting="chats.teams"), places=places, pace=Pace("Teams"), kept=kept)


def _named(method: str, where: Where) -> str:
    return "an edit" if method == "PUT" else "a reply" if where.is_thread else "a post"


def _id_in(told: Told) -> str:
    try:
        return str(msgspec.json.decode(told.body).get("id") or "")
    except (msgspec.DecodeError, AttributeError):
        return ""
