"""Chats in app.yaml: where people read and press, and who they are there."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import unquote

from pydantic import BeforeValidator, Field, SecretStr

from bot.app_yaml.forms import (
    EXAMPLE_GUID,
    GUID,
    ApiAddress,
    Guid,
    Name,
    PageAddress,
    Section,
    each_once,
    lower,
    number,
    pem,
    says,
    token,
)
from bot.core.rights import Right

SLACK_API = "https://slack.com/api/"
TEAMS_SERVICE = "https://smba.trafficmanager.net/teams/"
TEAMS_LOGIN = "https://login.microsoftonline.com/"
TEAMS_KEYS = "https://login.botframework.com/v1/.well-known/openidconfiguration"
_RIGHTS = f"{', '.join(tuple(Right)[:-1])} or {tuple(Right)[-1]}"
PERSON = re.compile(r"([a-z]+):(\S+)")
SLACK_PERSON = r"[UW][A-Z0-9]{4,}"
TEAMS_CHANNEL = r"19:[A-Za-z0-9_.-]+@thread\.(?:tacv2|skype|v2)"  # the last is a group chat's
TEAMS_HOST = r"teams\.microsoft\.com|teams\.cloud\.microsoft|(?:gov|dod)\.teams\.microsoft\.us"
TEAMS_LINK = re.compile(rf"https://(?:{TEAMS_HOST})/l/channel/([^/?#]+)")
PERSON_IDS: Mapping[str, tuple[str, str]] = {  # chat -> shape of an id, and how one is told
    "slack": (SLACK_PERSON, "each person of Slack by their member id, as U012AB3CD, not by a name"),
    "teams": (GUID, "each person of Teams by their object id in Entra, not by a name or an address"),
}
EXAMPLE_CHANNEL = "19:a1b2c3d4e5f6@thread.tacv2"
_TEAMS_CHANNEL_IS = "the id of a channel (19:…@thread.tacv2), or the link that Teams gives for it"


def _person(value: object) -> object:
    """Take a person as a chat and their id there: `slack:U012AB3CD`."""
    match = PERSON.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[1] not in ChatsSettings.model_fields:
        known = ", ".join(ChatsSettings.model_fields)
        raise ValueError(f"each person as a chat ({known}), a colon and their id there, with a right: {_RIGHTS}")
    shape, told = PERSON_IDS.get(match[1], (r".*", ""))
    if not re.fullmatch(shape, match[2]):
        raise ValueError(told)
    return value


def _teams_channel(value: object) -> object:
    """Take a channel by its id, or by the link that Teams gives for it, which holds the id."""
    match = TEAMS_LINK.match(value) if isinstance(value, str) else None
    return unquote(match[1]) if match else value


Channel = Annotated[str, Field(pattern=r"^(|[CG][A-Z0-9]{4,})$")]
Mentioned = Annotated[str, Field(pattern=r"^(|[USW][A-Z0-9]{4,})$")]
Member = Annotated[str, Field(pattern=rf"^(|{SLACK_PERSON})$")]
TeamsChannel = Annotated[str, BeforeValidator(_teams_channel), Field(pattern=rf"^(|{TEAMS_CHANNEL})$")]
Person = Annotated[str, BeforeValidator(_person)]
Role = Annotated[Right, BeforeValidator(lower)]


class ConsoleSettings(Section):
    enabled: bool = says(True, "true or false", "true")


class SlackSettings(Section):
    """Slack. Places and people are given by id: names change, and looking them up costs rights we do not ask for."""

    enabled: bool = says(False, "true or false", "true")
    transport: Annotated[Literal["socket", "http"], BeforeValidator(lower)] = says("socket", "socket or http")
    hears: Annotated[tuple[Literal["messages", "mentions"], ...], BeforeValidator(each_once)] = says(
        ("messages", "mentions"), "a list of messages and mentions, or []", ["messages"]
    )
    channel: Channel = says("", "the id of a channel, C… or G…", "C012AB3CD")
    fallback: Channel = says("", "the id of a channel, C… or G…", "C045EF6GH")
    clients: Mapping[Name, Annotated[Channel, Field(min_length=1)]] = says(
        {}, "ids of channels, by client id or name", '{"Acme Ltd": C078JK9LM}'
    )
    on_duty: Mentioned = says("", "the id of a person (U…) or of a user group (S…)", "S034CD5EF")
    owner: Member = says("", "the id of a person, U…", "U012AB3CD")
    posts: int = number(10, 0, 50, of=" of posts")
    address: ApiAddress = says(SLACK_API, "an address that begins with https:// and ends with /api/", SLACK_API)
    bot_token_file: str = says("", "a readable file that holds the token alone", "/run/secrets/slack-bot")
    bot_token: Annotated[SecretStr | None, token("xoxb-")] = says(
        None, "the bot's token, from a variable or a file", "FORTRESS_SLACK_BOT_TOKEN=xoxb-… ./fortress serve"
    )
    app_token_file: str = says("", "a readable file that holds the token alone", "/run/secrets/slack-app")
    app_token: Annotated[SecretStr | None, token("xapp-")] = says(
        None, "the app-level token, from a variable or a file", "FORTRESS_SLACK_APP_TOKEN=xapp-… ./fortress serve"
    )
    signing_secret_file: str = says("", "a readable file that holds the secret alone", "/run/secrets/slack-signing")
    signing_secret: SecretStr | None = says(
        None, "the app's signing secret, from a variable or a file", "FORTRESS_SLACK_SIGNING_SECRET=… ./fortress serve"
    )


class TeamsSettings(Section):
    """Microsoft Teams. Places are conversation ids, which a link to a channel holds; people are object ids in Entra."""

    enabled: bool = says(False, "true or false", "true")
    app_id: Guid = says("", "the application (client) id of the bot's app in Entra", EXAMPLE_GUID)
    tenant_id: Guid = says("", "the id of the directory (tenant) in which Teams is used", EXAMPLE_GUID)
    tenants: Annotated[tuple[Annotated[Guid, Field(min_length=1)], ...], BeforeValidator(each_once)] = says(
        (), "a list of ids of directories (tenants), or []", [EXAMPLE_GUID]
    )
    channel: TeamsChannel = says("", _TEAMS_CHANNEL_IS, EXAMPLE_CHANNEL)
    fallback: TeamsChannel = says("", _TEAMS_CHANNEL_IS, EXAMPLE_CHANNEL)
    clients: Mapping[Name, Annotated[TeamsChannel, Field(min_length=1)]] = says(
        {}, "ids of channels or links to them, by client id or name", f'{{"Acme Ltd": "{EXAMPLE_CHANNEL}"}}'
    )
    on_duty: Guid = says("", "the object id of a person in Entra", EXAMPLE_GUID)
    owner: Guid = says("", "the object id of a person in Entra", EXAMPLE_GUID)
    posts: int = number(10, 0, 50, of=" of posts")
    managed_identity: bool = says(False, "true or false", "true")
    service: ApiAddress = says(TEAMS_SERVICE, "an address that begins with https://", TEAMS_SERVICE)
    login: ApiAddress = says(TEAMS_LOGIN, "an address that begins with https://", TEAMS_LOGIN)
    keys: PageAddress = says(TEAMS_KEYS, "an address that begins with https://", TEAMS_KEYS)
    secret_file: str = says("", "a readable file that holds the secret alone", "/run/secrets/teams")
    secret: SecretStr | None = says(
        None, "the app's client secret, from a variable or a file", "FORTRESS_TEAMS_SECRET=… ./fortress serve"
    )
    certificate_file: str = says("", "a readable PEM file with the certificate and its key", "/run/secrets/teams.pem")
    certificate: Annotated[SecretStr | None, BeforeValidator(pem)] = says(
        None,
        "the app's certificate and its key as PEM text, from a variable or a file",
        'FORTRESS_TEAMS_CERTIFICATE="$(cat teams.pem)" ./fortress serve',
    )


class ChatsSettings(Section):
    """Where people read and press."""

    console: ConsoleSettings = ConsoleSettings()
    slack: SlackSettings = SlackSettings()
    teams: TeamsSettings = TeamsSettings()


class RolesSettings(Section):
    """Who may do what."""

    everybody: Role = says(Right.ACT, _RIGHTS, "view")
    people: Mapping[Person, Role] = says({}, f"rights by chat and id: {_RIGHTS}", '{"slack:U012AB3CD": administer}')
