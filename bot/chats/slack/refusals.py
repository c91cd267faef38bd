"""What Slack's refusals mean for whoever calls, and what a person does about them.

Codes: the pages of chat.postMessage and chat.update on docs.slack.dev, read 2026-08.
"""

import re
import ssl
from collections.abc import Mapping
from datetime import timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import Gone, Refused, Unavailable

BROKEN = (SlackClientError, HTTPException, OSError, ValueError)  # all that a call may raise; a timeout is an OSError
RETRY_AFTER_MAX = timedelta(days=7)

UNDRAWABLE = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})
GONE = frozenset(
    {
        "message_not_found",
        "thread_not_found",
        "cannot_reply_to_message",
        "cant_update_message",
        "edit_window_closed",
        "is_inactive",
        "restricted_action_thread_locked",
    }
)
NOT_NOW = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded", "service_unavailable", "request_timeout"})
NOT_NOW |= frozenset({"external_channel_migrating", "team_added_to_org", "accesslimited"})
IN_DOUBT = frozenset({"fatal_error", "internal_error", "update_failed"})  # "some aspect of the operation" may be done

_REPORT = "this is a fault of ours: report it"
_ANEW = (
    "install the app again (api.slack.com/apps, Install App) and put the new bot token into FORTRESS_SLACK_BOT_TOKEN"
)
_CHANNEL = (
    "check the channel's id in app.yaml (chats.slack); a private channel has to invite the app first: "
    "type “/invite @fortress” there"
)
_RULES = (
    "a rule of the workspace keeps apps from posting there: ask an owner of the workspace, or choose another channel"
)
_APPROVAL = "an owner of the workspace has to approve the app"
REMEDIES: Mapping[str, str] = {
    "not_in_channel": "type “/invite @fortress” in that channel",
    "channel_not_found": _CHANNEL,
    "is_archived": "bring the channel back from the archive, or name another in app.yaml (chats.slack.channel)",
    "restricted_action": _RULES,
    "restricted_action_non_threadable_channel": _RULES,
    "restricted_action_read_only_channel": _RULES,
    "restricted_action_thread_only_channel": _RULES,
    "posting_to_channel_denied": _RULES,
    "invalid_auth": _ANEW,
    "not_authed": _ANEW,
    "token_revoked": _ANEW,
    "token_expired": _ANEW,
    "account_inactive": _ANEW,
    "not_allowed_token_type": "FORTRESS_SLACK_BOT_TOKEN takes the bot's token, which begins with xoxb-",
    "missing_scope": "give the app the rights that `fortress manifest slack` lists, then install it again",
    "no_permission": "give the app the rights that `fortress manifest slack` lists, then install it again",
    "messages_tab_disabled": "switch on the Messages tab of the app (api.slack.com/apps, App Home)",
    "user_not_found": "check the person's id in app.yaml (U…, in their profile under “Copy member ID”)",
    "cannot_dm_bot": "name a person, not an app, in app.yaml (chats.slack.owner)",
    "app_access_restricted": _APPROVAL,
    "ekm_access_denied": "ask an owner of the workspace: its own keys do not let messages through",
    "team_access_not_granted": _APPROVAL,
    "access_denied": _APPROVAL,
    "metadata_too_large": _REPORT,
    "no_text": _REPORT,
}


class Undrawable(Exception):
    """Slack does not take the blocks. `said` are its own words about them."""

    def __init__(self, code: str, said: tuple[str, ...]) -> None:
        super().__init__(code)
        self.code = code
        self.said = said


def translated(error: Exception, method: str) -> Exception:
    """Give the error by what the caller should do. No token and no payload is in it."""
    if isinstance(error, SlackApiError):
        return _answered(error, method)
    if isinstance(error, URLError) and isinstance(error.reason, ssl.SSLCertVerificationError):
        remedy = "check chats.slack.address, and SSL_CERT_FILE if a proxy signs your traffic"
        return Refused("Slack showed a certificate that is not trusted here", remedy=remedy)
    if isinstance(error, URLError):  # raised before the last byte of the call has left
        return Unavailable(f"Slack {method}: no connection ({type(error.reason).__name__})", unheard=True)
    if isinstance(error, TimeoutError):
        return Unavailable(f"Slack {method}: no answer in time")
    return Unavailable(f"Slack {method}: the answer broke off ({type(error).__name__})")


def _answered(error: SlackApiError, method: str) -> Exception:
    code, status = code_of(error), status_of(error)
    what = f"Slack answered {code or status} to {method}"
    if status == 429 or code in NOT_NOW:
        return Unavailable(what, retry_after=_retry_after(error), unheard=True)
    if status >= 500 or code in IN_DOUBT:
        return Unavailable(what)
    if code in UNDRAWABLE:
        return Undrawable(code, _said(error))
    if code in GONE:
        return Gone(what, remedy="say it anew: the post is gone, or may not be changed any more")
    if not code:
        remedy = "check chats.slack.address: what answers there is not Slack"
        return Refused(what, remedy=remedy) if status >= 300 else Unavailable(f"{what}, not in Slack's words")
    remedy = f"run `fortress doctor slack`; https://docs.slack.dev/reference/methods/{method} explains the code"
    return Refused(what, remedy=REMEDIES.get(code, remedy))


def code_of(error: SlackApiError) -> str:
    """Give Slack's word for it; "" when what answered was not Slack, whose words may be anything."""
    code = str(_body(error).get("error") or "")
    return code if re.fullmatch(r"[a-z0-9_]{1,60}", code) else ""


def status_of(error: SlackApiError) -> int:
    status = getattr(error.response, "status_code", 200)
    return status if isinstance(status, int) else 200


def _body(error: SlackApiError) -> Mapping[str, Any]:
    body = getattr(error.response, "data", error.response)
    return body if isinstance(body, dict) else {}


def _said(error: SlackApiError) -> tuple[str, ...]:
    metadata = _body(error).get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    return tuple(str(message)[:300] for message in messages[:20]) if isinstance(messages, list) else ()


def _retry_after(error: SlackApiError) -> timedelta | None:
    headers = getattr(error.response, "headers", {})
    said = next((str(value) for name, value in headers.items() if name.lower() == "retry-after"), "")
    return min(timedelta(seconds=int(said)), RETRY_AFTER_MAX) if said.isascii() and said.isdigit() else None
