"""Looks whether Teams lets us do all that the settings ask for, and says of each thing what to do. Nobody sees it."""

from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from bot.app_yaml import Settings, TeamsSettings
from bot.chats.teams.door import PATH
from bot.chats.teams.keys import Keys
from bot.chats.teams.limits import SCOPE
from bot.chats.teams.refusals import code_of
from bot.errors import Refused, Unavailable
from bot.net.call import Caller, Told
from bot.net.entra import Tokens, tokens_of
from bot.ports import Finding

CALL_S = 10.0
INSTALL = "docs/install-teams.md"
ADD = f"add the app to the team of that channel ({INSTALL}, step 4), and compare the id with the channel's link"


class Asking:
    """Asks the Bot Connector as the bot."""

    def __init__(self, section: TeamsSettings, token: str) -> None:
        self._service, self._token = section.service.rstrip("/"), token
        self._caller = Caller("Teams", timeout_s=CALL_S)

    def get(self, path: str) -> Told | None:
        """Ask for something; None when nothing was answered."""
        try:
            return self._caller.call("GET", f"{self._service}/v3/conversations/{path}", token=self._token, body=None)
        except (Unavailable, Refused):
            return None

    def close(self) -> None:
        self._caller.close()


def examine(settings: Settings, *, tokens: Tokens | None = None) -> Iterator[Finding]:
    """Look at everything, one finding after the other.

    Args:
        tokens: signs in, instead of as the settings say.
    """
    section = settings.chats.teams
    yield _switched_on(section)
    yield _door(settings)
    yield _keys(section)
    found, token = _signed_in(section, tokens)
    yield found
    if token:
        yield from _places(section, token)
    yield Finding(
        "unknown", f"whether Microsoft reaches {PATH}: while serve runs, write status to the app; it must answer"
    )


def _switched_on(section: TeamsSettings) -> Finding:
    if section.enabled:
        return Finding("fine", "Teams is switched on")
    return Finding("wrong", "Teams is switched off", "set chats.teams.enabled: true in app.yaml")


def _door(settings: Settings) -> Finding:
    if settings.web.enabled:
        return Finding("fine", f"the web door is open at port {settings.web.port}, where {PATH} is answered")
    return Finding("wrong", "Teams calls the web door, which is switched off", "set web.enabled: true in app.yaml")


def _keys(section: TeamsSettings) -> Finding:
    keys = Keys(section.keys)
    try:
        issuer, _ = keys.find("")
    except Unavailable:
        remedy = "allow outgoing HTTPS to login.botframework.com, or set HTTPS_PROXY"
        return Finding("wrong", "the keys by which Microsoft is known cannot be fetched", remedy)
    except Refused as error:
        return Finding("wrong", error.what, error.remedy)
    finally:
        keys.close()
    return Finding("fine", f"the keys by which Microsoft is known are there ({issuer})")


def _signed_in(section: TeamsSettings, tokens: Tokens | None) -> tuple[Finding, str]:
    if not section.app_id or not section.tenant_id:
        remedy = f"set chats.teams.app_id and tenant_id ({INSTALL}, step 1)"
        return Finding("wrong", "app.yaml names no app, or no directory", remedy), ""
    try:
        token = (tokens or tokens_of(section, setting="chats.teams")).token(SCOPE)
    except Unavailable as error:
        remedy = "allow outgoing HTTPS to login.microsoftonline.com, or set HTTPS_PROXY"
        return Finding("wrong", str(error), remedy), ""
    except Refused as error:
        return Finding("wrong", error.what, error.remedy), ""
    return Finding("fine", f"Microsoft lets us sign in as {section.app_id}"), token


def _places(section: TeamsSettings, token: str) -> Iterator[Finding]:
    asking = Asking(section, token)
    try:
        for place, name in _channels(section):
            yield _channel(asking, place, name)
        for who, name in ((section.owner, "owner"), (section.on_duty, "on_duty")):
            if who:
                yield _person(asking, section, who, name)
    finally:
        asking.close()


def _channels(section: TeamsSettings) -> Iterator[tuple[str, str]]:
    named = {section.channel: "channel", section.fallback: "fallback"}
    for client, place in section.clients.items():
        named.setdefault(place, f"clients: {client}")
    yield from ((place, name) for place, name in named.items() if place)


def _channel(asking: Asking, place: str, name: str) -> Finding:
    """Ask who is in a conversation: only a bot that is in it is told."""
    told = asking.get(f"{quote(place, safe='')}/pagedmembers?pageSize=50")
    if told is None or told.status == 429 or told.status >= 500:
        return Finding("unknown", f"whether the bot is in {place} ({name}): no answer")
    if told.is_good:
        return Finding("fine", f"the bot is in {place} ({name})")
    said = f"{told.status} {code_of(told)}".strip()
    if told.status == 401:
        remedy = f"make the Azure Bot with this app id, and switch its Teams channel on ({INSTALL}, step 2)"
        return Finding("wrong", f"the bot is not known to Teams ({said})", remedy)
    return Finding("wrong", f"the bot is not in {place} ({name}): {said}", ADD)


def _person(asking: Asking, section: TeamsSettings, who: str, name: str) -> Finding:
    told = asking.get(f"{quote(section.channel, safe='')}/members/{who}")
    if told is not None and told.is_good:
        return Finding("fine", f"{who} ({name}) is {_name_in(told) or 'in the team'}")
    if told is not None and told.status == 404:
        remedy = "copy the object id from Entra, Users; who is told has to be in the team of the main channel"
        return Finding("wrong", f"{who} ({name}) is nobody in the team of the main channel", remedy)
    return Finding("unknown", f"who {who} ({name}) is: {told.status if told is not None else 'no answer'}")


def _name_in(told: Told) -> str:
    try:
        return str(msgspec.json.decode(told.body).get("name") or "")
    except (msgspec.DecodeError, AttributeError):
        return ""
