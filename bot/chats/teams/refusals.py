"""What the Bot Connector's refusals mean for whoever calls, and what a person does about them.

Codes: learn.microsoft.com/microsoftteams/platform, the pages on proactive messages and on rate limits, read 2026-11.
"""

import re
from typing import Any

import msgspec

from bot.errors import Gone, Refused, Unavailable
from bot.net.call import Told

NOT_NOW = (412, 429)  # both before anything was done
UNDRAWABLE = (400, 413)
LEFT = frozenset({"BotNotInConversationRoster", "MessageWritesBlocked", "ConversationBlockedByUser"})

_ADD = "add the app where it should speak (Teams: Manage team or the chat's “…”, Apps), and check the id in app.yaml"
_IDENTITY = "check chats.teams.app_id and tenant_id, and that the Azure Bot has the same app id"
REMEDIES = {
    "MessageWritesBlocked": "the person has blocked the app: they have to unblock it in its chat",
    "ConversationBlockedByUser": "the person has blocked the app: they have to unblock it in its chat",
    "BotDisabledByAdmin": "an administrator has blocked the app: allow it in the Teams admin center, Manage apps",
    "BotNotRegistered": "add the Teams channel to the Azure Bot (Azure portal, the bot, Channels)",
}


class Undrawable(Exception):
    """Teams does not take the card. `said` are its own words about it."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(code)
        self.code = code
        self.said = said


def translated(told: Told, what: str, *, is_about_a_post: bool) -> Exception:
    """Give the error by what the caller should do. No token and no payload is in it.

    Args:
        what: the call, in a few words.
        is_about_a_post: it changes or answers to an earlier post, which may be gone.
    """
    code = code_of(told)
    said = f"Teams answered {told.status}{f' {code}' if code else ''} to {what}"
    if told.status in NOT_NOW:
        return Unavailable(said, retry_after=told.retry_after, unheard=True)
    if told.status == 408 or told.status >= 500:
        return Unavailable(said)
    if told.status in UNDRAWABLE:
        return Undrawable(code or str(told.status), _error(told).get("message", "")[:300])
    if is_about_a_post and told.status in (403, 404, 405):
        return Gone(said, remedy="say it anew: the post is gone, or may not be changed any more")
    if told.status == 401:
        return Refused(said, remedy=_IDENTITY)
    if told.status in (403, 404):
        return Refused(said, remedy=REMEDIES.get(code, _ADD))
    return Refused(said, remedy="check chats.teams.service: what answers there is not the Bot Connector")


def code_of(told: Told) -> str:
    """Give Microsoft's word for it; "" when what answered was something else, whose words may be anything."""
    error = _error(told)
    inner = error.get("innerHttpError")
    named = inner.get("body", {}).get("code") if isinstance(inner, dict) and isinstance(inner.get("body"), dict) else ""
    code = str(error.get("subCode") or named or error.get("code") or "")
    return code if re.fullmatch(r"[A-Za-z0-9_]{1,60}", code) else ""


def _error(told: Told) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(told.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}
