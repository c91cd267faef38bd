"""Looks whether Slack lets us do all that the settings ask for, and says of each thing what to do. Nobody sees it."""

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import chain
from typing import Any, NamedTuple

from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient

from bot.app_yaml import Settings, SlackSettings
from bot.chats.slack.http import PATH
from bot.chats.slack.manifest import COMMAND, scopes
from bot.chats.slack.quiet import quiet
from bot.chats.slack.render import home, render
from bot.core.message import Button, Buttons, Code, Facts, Heading, Message, Table, code, paragraph
from bot.ports import Finding

CALL_S = 10
# As far ahead as Slack takes it (120 days), so that it is gone long before anybody could see it.
AHEAD = timedelta(days=119)
PROBE = "fortress doctor looked whether it may post here. Nobody should ever read this."
SIGNING = re.compile(r"[0-9a-f]{32}")
INSTALL = "docs/install-slack.md"
NEW_TOKEN = f"copy the Bot User OAuth Token anew, or install the app again ({INSTALL}, step 3)"
CHANNEL_REMEDIES: Mapping[str, str] = {
    "not_in_channel": "open the channel in Slack and type /invite @fortress",
    "channel_not_found": "compare the id with the channel's details; a private channel must also /invite @fortress",
    "is_archived": "unarchive the channel, or name another",
    "restricted_action": "the workspace restricts who may post there: ask its owner to allow the app",
    "restricted_action_read_only_channel": "the channel is read-only: allow the app to post, or name another",
    "missing_scope": "make the manifest anew (fortress manifest slack) and install the app again",
}
SAMPLE = Message(
    "A sample of everything fortress draws.",
    (
        Heading("Backups, Wed 06:45 · 1 thing needs hands"),
        paragraph("#1 NEW Acme · ", code("SRV-FILE1"), " · backup destination full", button=Button("Take", "ack", "1")),
        Facts((("Plan", "Nightly"), ("Destination", "D:"))),
        Table(("workload", "last good"), (("SRV-FILE1", "31 h"),)),
        Code("0x80070070"),
        Buttons((Button("Acknowledge", "ack", "1", primary=True), Button("History", "history", "1", menu=True))),
    ),
)


class Said(NamedTuple):
    """What a call gave: `error` is Slack's word for it, "" when all went well, None when nobody could be reached."""

    error: str | None
    data: Mapping[str, Any]
    headers: Mapping[str, str]


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, one finding after the other."""
    section = settings.chats.slack
    yield _switched_on(section)
    web = _web(section, _secret(section.bot_token))
    who = _call(web, "auth.test")
    yield _token(who)
    if who.error is None:
        return
    if section.transport == "socket":
        yield _app_token(section)
    else:
        yield from _door(settings)
    if who.error:
        return
    yield _rights(section, who.headers)
    for place, name in _channels(section):
        yield from _channel(web, place, name)
    yield from chain(_person(web, section.owner, "owner"), _person(web, section.on_duty, "on_duty"))
    yield from _blocks(web)
    yield Finding("unknown", f"whether {COMMAND} is this app's: in Slack, type {COMMAND} status; it must answer")


def _switched_on(section: SlackSettings) -> Finding:
    if section.enabled:
        return Finding("fine", "Slack is switched on")
    return Finding("wrong", "Slack is switched off", "set chats.slack.enabled: true in app.yaml")


def _token(who: Said) -> Finding:
    if who.error is None:
        return Finding(
            "wrong", "Slack cannot be reached from here", "allow outgoing HTTPS to slack.com, or set HTTPS_PROXY"
        )
    if who.error:
        return Finding("wrong", f"Slack refuses the bot's token ({who.error})", NEW_TOKEN)
    return Finding("fine", f"the bot's token is taken, as {who.data.get('user')} in {who.data.get('team')}")


def _app_token(section: SlackSettings) -> Finding:
    token = _secret(section.app_token)
    said = _call(_web(section, token), "apps.connections.open")
    if said.error:
        remedy = f"make an app-level token with the scope connections:write ({INSTALL}, step 4), Socket Mode on"
        return Finding("wrong", f"Slack gives no line for the app's token ({said.error})", remedy)
    return Finding("fine", "the app's token opens a line (Socket Mode)")


def _door(settings: Settings) -> Iterator[Finding]:
    if not settings.web.enabled:
        yield Finding("wrong", "Slack calls the web door, which is switched off", "set web.enabled: true in app.yaml")
    if not SIGNING.fullmatch(_secret(settings.chats.slack.signing_secret)):
        remedy = "copy it from Basic Information, App Credentials: 32 characters, 0-9 and a-f"
        yield Finding("wrong", "the signing secret has not the form of one", remedy)
    words = (
        f"whether Slack reaches {PATH}: under Event Subscriptions the Request URL must say Verified while serve runs"
    )
    yield Finding("unknown", words)


def _rights(section: SlackSettings, headers: Mapping[str, str]) -> Finding:
    given = headers.get("x-oauth-scopes")
    if given is None:
        return Finding("unknown", "which rights the token has: Slack did not say")
    has, wanted = {one.strip() for one in given.split(",")}, list(scopes(section))
    if missing := [one for one in wanted if one not in has]:
        remedy = "make the manifest anew (fortress manifest slack), paste it under App Manifest, install the app again"
        return Finding("wrong", f"the token lacks {', '.join(missing)}", remedy)
    more = sorted(has - set(wanted) - {""})
    beside = f"; it also has {', '.join(more)}, which nothing here uses" if more else ""
    return Finding("fine", f"the token has every right it needs ({', '.join(wanted)}){beside}")


def _channels(section: SlackSettings) -> Iterator[tuple[str, str]]:
    named = {section.channel: "channel", section.fallback: "fallback"}
    for client, place in section.clients.items():
        named.setdefault(place, f"clients: {client}")
    yield from ((place, name) for place, name in named.items() if place)


def _channel(web: WebClient, place: str, name: str) -> Iterator[Finding]:
    """Plan a post for far ahead and take it back: the one way to ask that needs no further right and shows nothing."""
    at = int(time.time() + AHEAD.total_seconds())
    said = _call(web, "chat.scheduleMessage", channel=place, post_at=at, text=PROBE)
    if said.error in ("unknown_method", None):
        yield Finding("unknown", f"whether it may post to {place} ({name})")
        return
    if said.error:
        remedy = CHANNEL_REMEDIES.get(
            said.error, f"look up {said.error} at docs.slack.dev/reference/methods/chat.postMessage"
        )
        yield Finding("wrong", f"it may not post to {place} ({name}): {said.error}", remedy)
        return
    number = str(said.data.get("scheduled_message_id") or "")
    back = _call(web, "chat.deleteScheduledMessage", channel=place, scheduled_message_id=number)
    if back.error != "":
        yield Finding(
            "wrong", f"the trial post to {place} could not be taken back ({back.error}); it comes in 119 days"
        )
    yield Finding("fine", f"it may post to {place} ({name})")


def _person(web: WebClient, who: str, name: str) -> Iterator[Finding]:
    if not who:
        return
    if who.startswith("S"):
        yield Finding("unknown", f"whether the user group {who} ({name}) exists: that takes the right usergroups:read")
        return
    said = _call(web, "users.info", user=who)
    found = said.data.get("user") or {}
    if said.error == "user_not_found" or found.get("deleted"):
        remedy = "copy the member id from the person's profile in Slack: ⋮, Copy member ID"
        yield Finding("wrong", f"there is no person {who} ({name})", remedy)
    elif said.error == "":
        yield Finding("fine", f"{who} ({name}) is {found.get('real_name') or found.get('name')}")
    else:
        yield Finding("unknown", f"who {who} ({name}) is: {said.error or 'no answer'}")


def _blocks(web: WebClient) -> Iterator[Finding]:
    """Have Slack look at a sample of all we draw; https://docs.slack.dev/reference/methods/blocks.validate."""
    drawn: Mapping[str, Any] = {"blocks": list(render(SAMPLE)[0].blocks), "view": home(SAMPLE)}
    for kind, what in drawn.items():
        said = _call(web, "blocks.validate", **{kind: json.dumps(what)})
        name = "a digest" if kind == "blocks" else "a Home"
        if said.error == "":
            yield Finding("fine", f"Slack takes {name} as we draw it")
        elif said.error in ("invalid_blocks", "invalid_view", "invalid_message"):
            first = next(iter(said.data.get("errors") or [{}]))
            words = f"Slack refuses {name} as we draw it: {first.get('pointer')} {first.get('message')}"
            yield Finding("wrong", words, "it is said in plain words instead; please report this")
        else:
            yield Finding("unknown", f"whether Slack takes {name} as we draw it: {said.error or 'no answer'}")


def _web(section: SlackSettings, token: str) -> WebClient:
    logger = quiet(f"{__name__}.sdk", level=logging.CRITICAL)  # what it would say is a finding
    return WebClient(token, section.address, CALL_S, retry_handlers=[], logger=logger)


def _secret(secret: Any) -> str:
    return secret.get_secret_value() if secret is not None else ""


def _call(web: WebClient, method: str, **given: Any) -> Said:
    try:
        said = web.api_call(method, data=given)
    except SlackApiError as error:
        data = error.response.data if isinstance(error.response.data, dict) else {}
        word = data.get("error") or f"HTTP {error.response.status_code}"
        return Said(str(word), data, _lower(error.response.headers))
    except OSError:  # urllib's URLError, a time-out, a reset
        return Said(None, {}, {})
    return Said("", said.data if isinstance(said.data, dict) else {}, _lower(said.headers))


def _lower(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}
