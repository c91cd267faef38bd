"""What Slack sends when a person types, presses or looks, as values; past this point no dict of theirs. Pure."""

import html
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from bot.chats.slack.form import ANSWER
from bot.chats.slack.press import pressed
from bot.core.intent import fill
from bot.core.message import Receipt

JSON = Mapping[str, Any]

# <@U1|jo>, <#C1|acme>, <!subteam^S1|@ops>, <mailto:a@b|a@b>, <https://…|…>; https://docs.slack.dev/messaging/formatting-message-text
_MARKED = re.compile(r"<([^<>|\s]+)(?:\|([^<>]*))?>")
FILLED = ("value", "selected_date", "selected_time")
_LINK = re.compile(r"(?:https?://|mailto:|tel:)(.*)", re.DOTALL)


class Surface(StrEnum):
    """Where in Slack somebody turned to us; it decides how an answer comes back."""

    COMMAND = "command"
    MESSAGE = "message"  # in the app's own tab
    MENTION = "mention"
    BUTTON = "button"
    MODAL = "modal"
    FORM = "form"  # a filled modal
    HOME = "home"


class Caller(msgspec.Struct, frozen=True):
    """Who turned to us, and every way to answer.

    Attributes:
        handle: the name the payload has for them; "" when it has none.
        team: the workspace they belong to, "" unknown; with Slack Connect it need not be ours.
        place: the channel; the person's own id where there is none (the Home).
        thread: the post in whose thread they are; "" outside one.
        response_url: takes an answer for 30 minutes, five times; "" where Slack gave none.
        trigger: opens a modal for three seconds; "" where Slack gave none.
    """

    user: str
    surface: Surface
    handle: str = ""
    team: str = ""
    enterprise: str = ""
    place: str = ""
    thread: str = ""
    response_url: str = ""
    trigger: str = ""
    origin: Receipt | None = None


class Heard(msgspec.Struct, frozen=True):
    """One thing a person did.

    Attributes:
        key: the same for every delivery of it; "" when nothing tells deliveries apart.
        typed: the line, where one was typed; else `verb` and `argument` say what is asked for.
        inputs: what was filled into a form.
        view: id of the modal or Home it was done in; "" elsewhere.
        first_field: the block of a form at which a refusal is shown.
    """

    key: str
    by: Caller
    typed: str = ""
    verb: str = ""
    argument: str = ""
    inputs: Mapping[str, str] = {}
    view: str = ""
    first_field: str = ""


class Carried(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a modal keeps for us: what it asks for, and where it was opened."""

    verb: str = ""
    argument: str = ""
    place: str = ""
    origin: Receipt | None = None

    def __str__(self) -> str:
        return msgspec.json.encode(self).decode()


def command(body: JSON) -> Heard:
    """Read a slash command."""
    by = Caller(
        user=_text(body, "user_id"),
        surface=Surface.COMMAND,
        handle=_text(body, "user_name"),
        team=_text(body, "team_id"),
        enterprise=_text(body, "enterprise_id"),
        place=_text(body, "channel_id"),
        response_url=_text(body, "response_url"),
        trigger=_text(body, "trigger_id"),
    )
    return Heard(_key("command", by.trigger), by, typed=plain(_text(body, "text")))


def message(body: JSON) -> Heard | None:
    """Read a message in the app's own tab. None: nobody typed it (edits, deletions, bots), or it is empty."""
    event = _part(body, "event")
    if event.get("subtype") or event.get("bot_id") or event.get("channel_type") != "im" or not event.get("user"):
        return None
    typed = plain(_text(event, "text"))
    return _said(body, event, Surface.MESSAGE, typed) if typed else None


def mention(body: JSON, *, bot: str) -> Heard | None:
    """Read a message that names the bot: what stands behind its name, or before it when nothing does.

    Args:
        bot: the bot's own user id; "" takes the first name for it.
    """
    event = _part(body, "event")
    if event.get("subtype") or event.get("bot_id") or not event.get("user"):
        return None
    before, found, behind = _split(_text(event, "text"), bot)
    return _said(body, event, Surface.MENTION, plain(behind) or plain(before)) if found else None


def home(body: JSON) -> Heard | None:
    """Read that somebody opened a tab of the app. None: not the Home."""
    event = _part(body, "event")
    if event.get("tab") != "home":
        return None
    user = _text(event, "user")
    by = Caller(user, Surface.HOME, team=_text(body, "team_id"), place=user)
    return Heard(_key("event", _text(body, "event_id")), by)


def press(body: JSON) -> Heard | None:
    """Read a press of a button or a choice of a menu. None: it is none of ours."""
    actions = body.get("actions")
    action: JSON = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}
    action_id, at = _text(action, "action_id"), _text(action, "action_ts")
    asked = pressed(action_id, _text(_part(action, "selected_option"), "value") or _text(action, "value"))
    if asked is None:
        return None
    view = _text(_part(body, "view"), "id")
    by = _presser(body)
    where = view or (by.origin.message_id if by.origin else "")
    key = _key("press", where, action_id, *asked, at, by.user) if at else _key("press", by.trigger)
    return Heard(key, by, verb=asked.verb, argument=asked.argument, view=view)


def form(body: JSON) -> Heard | None:
    """Read a filled form. None: it is none of ours."""
    view = _part(body, "view")
    asked = _carried(view)
    if not asked.verb:
        return None
    blocks = view.get("blocks")
    fields = (
        [_text(block, "block_id") for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    )
    values = _part(_part(view, "state"), "values")
    return Heard(
        _key("form", _text(body, "trigger_id")),
        msgspec.structs.replace(_presser(body), surface=Surface.FORM),
        verb=asked.verb,
        argument=asked.argument,
        inputs=fill({name: _filled(_part(element, ANSWER)) for name, element in values.items()}),
        view=_text(view, "id"),
        first_field=next(iter(fields), ""),
    )


def plain(marked: str) -> str:
    """Undo what Slack does to text: links, mentions and channels become the words a person saw or typed."""
    return html.unescape(_MARKED.sub(_words, marked)).strip()


def _words(match: re.Match[str]) -> str:
    target, label = match[1], match[2] or ""
    if target[0] in "@#!":
        return label or target.lstrip("@#!").partition("^")[0]
    link = _LINK.fullmatch(target)
    if link is None:
        return match[0]
    return label if label and link[1].rstrip("/").endswith(label.rstrip("/")) else target.removeprefix("mailto:")


def _split(text: str, bot: str) -> tuple[str, str, str]:
    name = re.search(rf"<@{re.escape(bot) if bot else '[UW][A-Z0-9]+'}(?:\|[^<>]*)?>", text)
    return (text[: name.start()], name[0], text[name.end() :]) if name else (text, "", "")


def _said(body: JSON, event: JSON, surface: Surface, typed: str) -> Heard:
    place, ts = _text(event, "channel"), _text(event, "ts")
    by = Caller(
        user=_text(event, "user"),
        surface=surface,
        team=_text(event, "user_team") or _text(event, "source_team") or _text(body, "team_id"),
        enterprise=_text(body, "enterprise_id"),
        place=place,
        thread=_text(event, "thread_ts"),
        origin=Receipt("slack", place, ts, _text(event, "thread_ts")),
    )
    return Heard(_key("said", place, ts), by, typed=typed)


def _presser(body: JSON) -> Caller:
    user, team, view, box = (_part(body, name) for name in ("user", "team", "view", "container"))
    place = _text(_part(body, "channel"), "id") or _text(box, "channel_id")
    by = Caller(
        user=_text(user, "id"),
        surface=Surface.BUTTON,
        handle=_text(user, "name") or _text(user, "username"),
        team=_text(user, "team_id") or _text(team, "id"),
        enterprise=_text(_part(body, "enterprise"), "id") or _text(team, "enterprise_id"),
        place=place,
        response_url=_text(body, "response_url"),
        trigger=_text(body, "trigger_id"),
    )
    if view.get("type") == "home":
        return msgspec.structs.replace(by, surface=Surface.HOME, place=by.user, response_url="")
    if view:
        kept = _carried(view)
        thread = kept.origin.thread_id if kept.origin else ""
        return msgspec.structs.replace(
            by, surface=Surface.MODAL, place=kept.place or by.user, thread=thread, origin=kept.origin, response_url=""
        )
    ts, thread = _text(box, "message_ts"), _text(box, "thread_ts")
    thread = thread if thread != ts else ""
    return msgspec.structs.replace(by, thread=thread, origin=Receipt("slack", place, ts, thread))


def _carried(view: JSON) -> Carried:
    """Read what a modal of ours keeps; nothing when it is another's."""
    try:
        return msgspec.json.decode(_text(view, "private_metadata"), type=Carried)
    except msgspec.MsgspecError:
        return Carried()


def _filled(element: JSON) -> str:
    """Give what one field holds: a text, a choice, a day or a time of day."""
    chosen = _text(_part(element, "selected_option"), "value")
    return chosen or next((said for name in FILLED if (said := _text(element, name))), "")


def _key(kind: str, *parts: str) -> str:
    """Join what tells deliveries apart; "" when nothing does."""
    return f"{kind}:{':'.join(parts)}" if any(parts) else ""


def _part(body: JSON, name: str) -> JSON:
    part = body.get(name)
    return part if isinstance(part, dict) else {}


def _text(body: JSON, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
