"""What Teams sends when a person types, presses, adds or removes us, as values; past this no dict of theirs. Pure.

Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-messages and
https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model, read 2026-11
"""

import html
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from bot.chats.teams.press import pressed
from bot.core.message import Receipt

JSON = Mapping[str, Any]

PANE = "pane."  # begins the verbs of the buttons in a person's own pane
_THREAD = ";messageid="
_TAG = re.compile(r"<at[^<>]*>(.*?)</at>", re.DOTALL | re.IGNORECASE)
_WITHOUT_US = ("teamMemberRemoved", "channelDeleted", "teamDeleted", "teamHardDeleted", "teamArchived")


class Kind(StrEnum):
    """Who else reads along; Teams' own words."""

    PERSONAL = "personal"
    CHANNEL = "channel"
    GROUP = "groupChat"


class Caller(msgspec.Struct, frozen=True):
    """Who turned to us, and where.

    Attributes:
        user: their object id in Entra; "" where Teams names none (a guest of another directory, a connector).
        user_id: what Teams calls them, for us alone (29:…).
        bot_id: what Teams calls us there (28:…).
        place: the conversation, without the thread.
        thread: the post in whose thread they are; "" outside one.
        team: the team of a channel; "" elsewhere.
        service: the address where this conversation is answered; verified.
    """

    user: str
    kind: Kind
    name: str = ""
    user_id: str = ""
    bot_id: str = ""
    place: str = ""
    thread: str = ""
    team: str = ""
    tenant: str = ""
    service: str = ""


class Heard(msgspec.Struct, frozen=True):
    """One thing a person did.

    Attributes:
        key: the same for every delivery of it.
        typed: the line, where one was typed; else `verb` and `argument` say what is asked for.
        inputs: what was filled into a form.
        origin: the post whose button was pressed, or the message that was typed.
        pane: it was pressed in somebody's own pane, which shows then what was done.
        is_form: a form was sent, filled or not.
    """

    key: str
    by: Caller
    typed: str = ""
    verb: str = ""
    argument: str = ""
    inputs: Mapping[str, str] = {}
    origin: Receipt | None = None
    pane: bool = False
    is_form: bool = False


def caller(activity: JSON) -> Caller:
    """Read who turned to us and where, of any activity."""
    sender, conversation, data = (_part(activity, name) for name in ("from", "conversation", "channelData"))
    place, _, thread = _text(conversation, "id").partition(_THREAD)
    return Caller(
        user=_text(sender, "aadObjectId").casefold(),
        kind=_kind(conversation),
        name=_text(sender, "name"),
        user_id=_text(sender, "id"),
        bot_id=_text(_part(activity, "recipient"), "id"),
        place=place,
        thread=thread,
        team=_text(_part(data, "team"), "id"),
        tenant=_text(conversation, "tenantId") or _text(_part(data, "tenant"), "id"),
        service=_text(activity, "serviceUrl"),
    )


def message(activity: JSON) -> Heard | None:
    """Read what somebody typed, or a form or button that an old client sends as a message. None: neither."""
    by, ident = caller(activity), _text(activity, "id")
    key = f"said:{by.place}:{ident}" if ident else ""
    value = activity.get("value")
    if isinstance(value, dict) and not _text(activity, "text").strip():
        return _asked(key, by, value, Receipt("teams", by.place, _text(activity, "replyToId"), by.thread))
    typed = said_to_us(activity)
    if not typed or not by.user:
        return None
    return Heard(key, by, typed=typed, origin=Receipt("teams", by.place, ident, by.thread))


def press(activity: JSON) -> Heard | None:
    """Read a press of a button on a card. None: it is none of ours, or nobody pressed (Teams asks by itself)."""
    by, value = caller(activity), _part(activity, "value")
    if _text(value, "trigger") == "automatic":
        return None
    origin = Receipt("teams", by.place, _text(activity, "replyToId"), by.thread)
    ident = _text(activity, "id")
    key = f"press:{by.place}:{ident}" if ident else ""
    return _asked(key, by, _part(_part(value, "action"), "data"), origin)


def said_to_us(activity: JSON) -> str:
    """Take our own name off a line; other people's stay as words."""
    us = _text(_part(activity, "recipient"), "id")
    text = _text(activity, "text")
    entities = activity.get("entities")
    for entity in entities if isinstance(entities, list) else []:
        named = _text(entity, "text") if isinstance(entity, dict) else ""
        if named and us and _text(_part(entity, "mentioned"), "id") == us:
            text = text.replace(named, " ")
    return " ".join(html.unescape(_TAG.sub(r"\1", text)).split())


def has_left(activity: JSON) -> bool:
    """Tell whether this says that we are not in a conversation, or its team, any more."""
    kind = _text(activity, "type")
    if kind == "installationUpdate":
        return _text(activity, "action").startswith("remove")
    if kind != "conversationUpdate":
        return False
    event, us = _text(_part(activity, "channelData"), "eventType"), _text(_part(activity, "recipient"), "id")
    removed = activity.get("membersRemoved")
    ids = [_text(one, "id") for one in removed if isinstance(one, dict)] if isinstance(removed, list) else []
    return us in ids if ids else event in _WITHOUT_US


def has_left_team(activity: JSON) -> bool:
    """Tell whether it is the whole team that we left, and not one channel of it."""
    return bool(caller(activity).team) and _text(_part(activity, "channelData"), "eventType") != "channelDeleted"


def _asked(key: str, by: Caller, data: JSON, origin: Receipt) -> Heard | None:
    asked = pressed(data)
    if asked is None or not by.user:
        return None
    return Heard(
        key,
        by,
        verb=asked.verb.removeprefix(PANE),
        argument=asked.argument,
        inputs=asked.inputs,
        origin=origin,
        pane=asked.verb.startswith(PANE),
        is_form=bool(asked.inputs),
    )


def _kind(conversation: JSON) -> Kind:
    """Read the kind of a conversation; one we do not know is one where others read along."""
    try:
        return Kind(_text(conversation, "conversationType"))
    except ValueError:
        return Kind.GROUP


def _part(body: JSON, name: str) -> JSON:
    part = body.get(name)
    return part if isinstance(part, dict) else {}


def _text(body: JSON, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
