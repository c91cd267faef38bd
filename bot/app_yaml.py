"""Everything app.yaml may say: each key, its default, what it should be, and how one would write it.

What a setting does lives where it is used; how it is read lives in settings.py. What is wrong with one is a Mistake.
"""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import msgspec
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    PlainSerializer,
    SecretStr,
    model_validator,
)
from pydantic.fields import FieldInfo

from bot.core.rights import Right
from classifier.facts import Kind
from classifier.own import OwnRules

PREFIX = "FORTRESS_"
DELIMITER = "__"
SECRETS: Mapping[str, str] = {  # setting -> variable
    "source.client_secret": "FORTRESS_ACRONIS_SECRET",
    "chats.slack.bot_token": "FORTRESS_SLACK_BOT_TOKEN",
    "chats.slack.app_token": "FORTRESS_SLACK_APP_TOKEN",
    "chats.slack.signing_secret": "FORTRESS_SLACK_SIGNING_SECRET",
    "chats.teams.secret": "FORTRESS_TEAMS_SECRET",
    "chats.teams.certificate": "FORTRESS_TEAMS_CERTIFICATE",
    "desks.email.password": "FORTRESS_EMAIL_PASSWORD",
    "desks.webhook.secret": "FORTRESS_WEBHOOK_SECRET",
}
SLACK_API = "https://slack.com/api/"
TEAMS_SERVICE = "https://smba.trafficmanager.net/teams/"
TEAMS_LOGIN = "https://login.microsoftonline.com/"
TEAMS_KEYS = "https://login.botframework.com/v1/.well-known/openidconfiguration"
MAIL = r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"  # what people have; nothing that a header obeys
HOST = re.compile(r"[a-z0-9.:-]+")
HOST_CHARS = 253  # of a name; RFC 1035, 2.3.4
SHOWN_CHARS = 80
_RIGHTS = f"{', '.join(tuple(Right)[:-1])} or {tuple(Right)[-1]}"
PERSON = re.compile(r"([a-z]+):(\S+)")
SLACK_PERSON = r"[UW][A-Z0-9]{4,}"
GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TEAMS_CHANNEL = r"19:[A-Za-z0-9_.-]+@thread\.(?:tacv2|skype|v2)"  # the last is a group chat's
TEAMS_HOST = r"teams\.microsoft\.com|teams\.cloud\.microsoft|(?:gov|dod)\.teams\.microsoft\.us"
TEAMS_LINK = re.compile(rf"https://(?:{TEAMS_HOST})/l/channel/([^/?#]+)")
PERSON_IDS: Mapping[str, tuple[str, str]] = {  # chat -> shape of an id, and how one is told
    "slack": (SLACK_PERSON, "each person of Slack by their member id, as U012AB3CD, not by a name"),
    "teams": (GUID, "each person of Teams by their object id in Entra, not by a name or an address"),
}


def _time_of_day(value: object) -> object:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError('times of day with two digits each, in quotes, from "00:00" to "23:59"')
    return time.fromisoformat(value)


def _each_once(value: object) -> object:
    if isinstance(value, list | tuple) and any(item in value[:at] for at, item in enumerate(value)):
        raise ValueError("each entry once")
    return value


def _known_zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(value, available_timezones(), n=1)
        hint = f"; the nearest is {near[0]}" if near else ""
        raise ValueError(f"the name of a time zone, as in the IANA list{hint}") from None
    return value


def _web_address(value: object) -> object:
    if not isinstance(value, str) or value == "":
        return value
    base, parts = _base_of(value)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(
            f"the address alone: leave away what follows the host, as in {parts.scheme}://{parts.hostname}"
        )
    return base


def _api_address(value: object) -> object:
    """Keep the path of an address, and end it with a slash: calls are named behind it."""
    if not isinstance(value, str):
        return value
    base, parts = _base_of(value)
    if parts.query or parts.fragment:
        raise ValueError("an address without ? or #")
    return f"{base}{parts.path.rstrip('/')}/"


def _page_address(value: object) -> object:
    """Keep an address as it is, of one page and with nothing asked of it."""
    address = _api_address(value)
    return address.rstrip("/") if isinstance(address, str) else address


def _call_address(value: object) -> object:
    """Keep an address with all that is asked of it; "" is none."""
    if not isinstance(value, str) or value == "":
        return value
    base, parts = _base_of(value)
    if parts.fragment:
        raise ValueError("an address without #")
    return f"{base}{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"


def _base_of(address: str) -> tuple[str, SplitResult]:
    """Read scheme, host and port in one form, and all the parts."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("an address that begins with https:// and a host") from None
    is_own = host in ("localhost", "127.0.0.1", "::1")
    if not HOST.fullmatch(host) or parts.scheme not in (("http", "https") if is_own else ("https",)):
        raise ValueError("an address that begins with https:// and a host")
    if "@" in parts.netloc:
        raise ValueError("an address that begins with https:// and holds no name or password")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}", parts


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


def _guid(value: object) -> object:
    """Take an id of Entra in either case; ids are compared in one."""
    return value.lower().strip() if isinstance(value, str) else value


def _teams_channel(value: object) -> object:
    """Take a channel by its id, or by the link that Teams gives for it, which holds the id."""
    match = TEAMS_LINK.match(value) if isinstance(value, str) else None
    return unquote(match[1]) if match else value


def _pem(value: object) -> object:
    """Take a certificate only together with its key: signing in needs both."""
    if isinstance(value, str) and not ("BEGIN CERTIFICATE" in value and "PRIVATE KEY" in value):
        raise ValueError("PEM text with the certificate and, in the same text, its private key")
    return value


def _token(begins: str) -> BeforeValidator:
    """Take a secret only as Slack makes it: each kind of token begins in its own way."""

    def check(value: object) -> object:
        if isinstance(value, str) and not value.startswith(begins):
            raise ValueError(f"a token that begins with {begins}")
        return value

    return BeforeValidator(check)


def _host(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return str(ip_address(value))
    except ValueError:
        name = value.lower()
    if ":" in name or not HOST.fullmatch(name) or len(name) > HOST_CHARS:
        raise ValueError("an address or name of this machine, without a port")
    return name


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _off(value: object) -> object:
    return "off" if value is False else value  # what YAML makes of the bare word


def _as_clock(value: time) -> str:
    return value.strftime("%H:%M")


def _as_names(value: OwnRules) -> list[str]:
    return list(value.names)


def _says(default: Any, expected: str, *examples: object, **limits: Any) -> Any:
    """Make a field of what it is, what it should be, and how one would write it."""
    return Field(default=default, description=expected, examples=list(examples or (default,)), **limits)


def _number(default: int | None, low: int, high: int, *, of: str = "", example: int | None = None) -> Any:
    words = f"a whole number{of} from {low} to {high}" + (", or null for each rule's own" if default is None else "")
    return _says(default, words, example or default, ge=low, le=high)


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day), PlainSerializer(_as_clock)]
TimesOfDay = Annotated[tuple[TimeOfDay, ...], BeforeValidator(_each_once)]
Zone = Annotated[str, BeforeValidator(_known_zone)]
WebAddress = Annotated[str, BeforeValidator(_web_address)]
Host = Annotated[str, BeforeValidator(_host)]
Name = Annotated[str, Field(min_length=1)]
Rules = Annotated[InstanceOf[OwnRules], PlainSerializer(_as_names, when_used="json")]  # read by own_rules.py
Hours = Annotated[Annotated[int, Field(ge=1, le=8760)] | Literal["off"], BeforeValidator(_off)]
ApiAddress = Annotated[str, BeforeValidator(_api_address)]
PageAddress = Annotated[str, BeforeValidator(_page_address)]
MailAddress = Annotated[str, Field(pattern=rf"^(|{MAIL})$", max_length=254)]
CallAddress = Annotated[str, BeforeValidator(_call_address)]
Channel = Annotated[str, Field(pattern=r"^(|[CG][A-Z0-9]{4,})$")]
Mentioned = Annotated[str, Field(pattern=r"^(|[USW][A-Z0-9]{4,})$")]
Member = Annotated[str, Field(pattern=rf"^(|{SLACK_PERSON})$")]
Guid = Annotated[str, BeforeValidator(_guid), Field(pattern=rf"^(|{GUID})$")]
TeamsChannel = Annotated[str, BeforeValidator(_teams_channel), Field(pattern=rf"^(|{TEAMS_CHANNEL})$")]
Person = Annotated[str, BeforeValidator(_person)]
Role = Annotated[Right, BeforeValidator(_lower)]
Level = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)]
EXAMPLE_GUID = "8f0f1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
EXAMPLE_CHANNEL = "19:a1b2c3d4e5f6@thread.tacv2"
_TEAMS_CHANNEL_IS = "the id of a channel (19:…@thread.tacv2), or the link that Teams gives for it"
DEFAULT_TIMES = (time(6, 45), time(14, 45), time(22, 45))
DEFAULT_POLICY_TYPES = ("backup", "policy.backup.*", "policy.protection.total")


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_the_default(cls, given: object) -> object:
        """Take a key with nothing after it, all its lines commented out perhaps, as left out."""
        if not isinstance(given, dict):
            return given
        return {key: value for key, value in given.items() if value is not None or key not in cls.model_fields}


class SourceSettings(Section):
    """Where backup results are read."""

    kind: Literal["sandbox", "acronis"] = _says("sandbox", "sandbox or acronis", "acronis")
    url: WebAddress = _says("", "the address of the account's data centre", "https://eu2-cloud.acronis.com")
    client_id: str = _says("", "the id of the API client, in quotes", '"0e6b9bb0-5f0c-4f0e-9d5e-6f0b8a3c1d2e"')
    client_secret_file: str = _says("", "a readable file that holds the secret alone", "/run/secrets/acronis")
    client_secret: SecretStr | None = _says(
        None, "the API client's secret, from a variable or a file", "FORTRESS_ACRONIS_SECRET=… ./fortress serve"
    )
    page_size: int = _number(500, 10, 1000)
    lookback_days: int = _number(90, 1, 90, of=" of days")
    policy_types: tuple[Name, ...] = _says(
        DEFAULT_POLICY_TYPES, "a list of policy types, as Acronis names them", ["backup"], min_length=1
    )


class RefreshSettings(Section):
    """When results are read. `times` are in the zone."""

    times: TimesOfDay = _says(
        DEFAULT_TIMES, "a list of 1 to 24 times of day", ["06:45", "14:45", "22:45"], min_length=1, max_length=24
    )
    zone: Zone = _says("UTC", "the name of a time zone, as in the IANA list", "Europe/Lisbon")

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class StoreSettings(Section):
    """Where fortress remembers."""

    kind: Literal["tinydb", "memory"] = _says("tinydb", "tinydb or memory")
    folder: Path = _says(Path("fortress-data"), "the path of a folder")


class ConsoleSettings(Section):
    enabled: bool = _says(True, "true or false", "true")


class SlackSettings(Section):
    """Slack. Places and people are given by id: names change, and looking them up costs rights we do not ask for."""

    enabled: bool = _says(False, "true or false", "true")
    transport: Annotated[Literal["socket", "http"], BeforeValidator(_lower)] = _says("socket", "socket or http")
    hears: Annotated[tuple[Literal["messages", "mentions"], ...], BeforeValidator(_each_once)] = _says(
        ("messages", "mentions"), "a list of messages and mentions, or []", ["messages"]
    )
    channel: Channel = _says("", "the id of a channel, C… or G…", "C012AB3CD")
    fallback: Channel = _says("", "the id of a channel, C… or G…", "C045EF6GH")
    clients: Mapping[Name, Annotated[Channel, Field(min_length=1)]] = _says(
        {}, "ids of channels, by client id or name", '{"Acme Ltd": C078JK9LM}'
    )
    on_duty: Mentioned = _says("", "the id of a person (U…) or of a user group (S…)", "S034CD5EF")
    owner: Member = _says("", "the id of a person, U…", "U012AB3CD")
    posts: int = _number(10, 0, 50, of=" of posts")
    address: ApiAddress = _says(SLACK_API, "an address that begins with https:// and ends with /api/", SLACK_API)
    bot_token_file: str = _says("", "a readable file that holds the token alone", "/run/secrets/slack-bot")
    bot_token: Annotated[SecretStr | None, _token("xoxb-")] = _says(
        None, "the bot's token, from a variable or a file", "FORTRESS_SLACK_BOT_TOKEN=xoxb-… ./fortress serve"
    )
    app_token_file: str = _says("", "a readable file that holds the token alone", "/run/secrets/slack-app")
    app_token: Annotated[SecretStr | None, _token("xapp-")] = _says(
        None, "the app-level token, from a variable or a file", "FORTRESS_SLACK_APP_TOKEN=xapp-… ./fortress serve"
    )
    signing_secret_file: str = _says("", "a readable file that holds the secret alone", "/run/secrets/slack-signing")
    signing_secret: SecretStr | None = _says(
        None, "the app's signing secret, from a variable or a file", "FORTRESS_SLACK_SIGNING_SECRET=… ./fortress serve"
    )


class TeamsSettings(Section):
    """Microsoft Teams. Places are conversation ids, which a link to a channel holds; people are object ids in Entra."""

    enabled: bool = _says(False, "true or false", "true")
    app_id: Guid = _says("", "the application (client) id of the bot's app in Entra", EXAMPLE_GUID)
    tenant_id: Guid = _says("", "the id of the directory (tenant) in which Teams is used", EXAMPLE_GUID)
    tenants: Annotated[tuple[Annotated[Guid, Field(min_length=1)], ...], BeforeValidator(_each_once)] = _says(
        (), "a list of ids of directories (tenants), or []", [EXAMPLE_GUID]
    )
    channel: TeamsChannel = _says("", _TEAMS_CHANNEL_IS, EXAMPLE_CHANNEL)
    fallback: TeamsChannel = _says("", _TEAMS_CHANNEL_IS, EXAMPLE_CHANNEL)
    clients: Mapping[Name, Annotated[TeamsChannel, Field(min_length=1)]] = _says(
        {}, "ids of channels or links to them, by client id or name", f'{{"Acme Ltd": "{EXAMPLE_CHANNEL}"}}'
    )
    on_duty: Guid = _says("", "the object id of a person in Entra", EXAMPLE_GUID)
    owner: Guid = _says("", "the object id of a person in Entra", EXAMPLE_GUID)
    posts: int = _number(10, 0, 50, of=" of posts")
    managed_identity: bool = _says(False, "true or false", "true")
    service: ApiAddress = _says(TEAMS_SERVICE, "an address that begins with https://", TEAMS_SERVICE)
    login: ApiAddress = _says(TEAMS_LOGIN, "an address that begins with https://", TEAMS_LOGIN)
    keys: PageAddress = _says(TEAMS_KEYS, "an address that begins with https://", TEAMS_KEYS)
    secret_file: str = _says("", "a readable file that holds the secret alone", "/run/secrets/teams")
    secret: SecretStr | None = _says(
        None, "the app's client secret, from a variable or a file", "FORTRESS_TEAMS_SECRET=… ./fortress serve"
    )
    certificate_file: str = _says("", "a readable PEM file with the certificate and its key", "/run/secrets/teams.pem")
    certificate: Annotated[SecretStr | None, BeforeValidator(_pem)] = _says(
        None,
        "the app's certificate and its key as PEM text, from a variable or a file",
        'FORTRESS_TEAMS_CERTIFICATE="$(cat teams.pem)" ./fortress serve',
    )


class ChatsSettings(Section):
    """Where people read and press."""

    console: ConsoleSettings = ConsoleSettings()
    slack: SlackSettings = SlackSettings()
    teams: TeamsSettings = TeamsSettings()


class AcronisDeskSettings(Section):
    enabled: bool = _says(True, "true or false", "true")


class EmailDeskSettings(Section):
    """Mail to clients, over TLS only."""

    enabled: bool = _says(False, "true or false", "true")
    host: str = _says("", "the name of a mail server", "smtp.example.com", pattern=r"^[A-Za-z0-9.-]*$")
    port: int = _says(587, "a port from 1 to 65535", 587, ge=1, le=65535)
    tls: Annotated[Literal["starttls", "tls"], BeforeValidator(_lower)] = _says("starttls", "starttls or tls")
    sender: MailAddress = _says("", "a mail address", "backups@msp.example")
    clients: Mapping[Name, Annotated[MailAddress, Field(min_length=1)]] = _says(
        {}, "mail addresses, by client id or name", '{"Acme Ltd": it@acme.example}'
    )
    user: str = _says("", "the name to sign in with, or nothing", "backups@msp.example")
    password_file: str = _says("", "a readable file that holds the password alone", "/run/secrets/mail")
    password: SecretStr | None = _says(
        None, "the password, from a variable or a file", "FORTRESS_EMAIL_PASSWORD=… ./fortress serve"
    )


class WebhookDeskSettings(Section):
    """A ticket system of the operator's own."""

    enabled: bool = _says(False, "true or false", "true")
    url: CallAddress = _says("", "an address that begins with https://", "https://tickets.msp.example/fortress")
    secret_file: str = _says("", "a readable file that holds the secret alone", "/run/secrets/webhook")
    secret: SecretStr | None = _says(
        None, "the secret that signs, from a variable or a file", "FORTRESS_WEBHOOK_SECRET=… ./fortress serve"
    )


class DesksSettings(Section):
    """Where tickets are raised."""

    reopen_days: int = _number(7, 0, 90, of=" of days")
    acronis: AcronisDeskSettings = AcronisDeskSettings()
    email: EmailDeskSettings = EmailDeskSettings()
    webhook: WebhookDeskSettings = WebhookDeskSettings()


class RolesSettings(Section):
    """Who may do what."""

    everybody: Role = _says(Right.ACT, _RIGHTS, "view")
    people: Mapping[Person, Role] = _says({}, f"rights by chat and id: {_RIGHTS}", '{"slack:U012AB3CD": administer}')


class WebSettings(Section):
    """Where `serve` answers. It asks nobody who they are."""

    enabled: bool = _says(True, "true or false", "true")
    host: Host = _says("127.0.0.1", "an address or name of this machine, without a port", "127.0.0.1")
    port: int = _says(8480, "a port from 1 to 65535, or 0 for any that is free", 8480, ge=0, le=65535)


class PolicySettings(Section):
    """When something is worth saying. None: what each rule says itself."""

    monitor_failed_runs: int | None = _number(None, 1, 100, example=3)
    self_heal_failed_runs: int | None = _number(None, 1, 100, example=5)
    lasting_hours: int = _number(12, 0, 720, of=" of hours")
    acknowledgement_days: int = _number(3, 1, 90, of=" of days")
    reopen_days: int = _number(7, 0, 90, of=" of days")
    keep_ended_days: int = _number(90, 1, 730, of=" of days")


class CorrelationSettings(Section):
    """When several failures are one trouble."""

    clients_for_cloud_trouble: int = _number(3, 2, 1000, of=" of clients")
    machines_for_destination: int = _number(2, 2, 1000, of=" of machines")
    together_hours: int = _number(12, 1, 168, of=" of hours")


class RecoveryPointSettings(Section):
    """How old a workload's last good backup may become. The lowest of each: a run, and some time for it."""

    enabled: bool = _says(True, "true or false", "true")
    hourly_hours: int = _number(6, 2, 48, of=" of hours")
    daily_hours: int = _number(36, 26, 720, of=" of hours")
    weekly_hours: int = _number(252, 192, 2160, of=" of hours")
    monthly_hours: int = _number(1116, 768, 8760, of=" of hours")
    unknown_hours: int = _number(192, 26, 8760, of=" of hours")
    by_kind: Mapping[Kind, Hours] = _says(
        {},
        f"hours from 1 to 8760, or off, by kind: {', '.join(Kind)}",
        "{SQL: 24, files: off}",
    )
    by_client: Mapping[str, Hours] = _says(
        {}, "hours from 1 to 8760, or off, by client id or name", '{"Acme Ltd": 24, "Our own lab": off}'
    )


class ExemptSettings(Section):
    """Workloads of a client that need no backup."""

    client: Name
    workload: Name
    why: Name
    until: date | None = None


class DigestSettings(Section):
    """How long a digest may be."""

    rows: int = _number(20, 5, 200)


class FolderSettings(Section):
    """Reports as files."""

    enabled: bool = _says(False, "true or false", "true")
    path: Path = _says(Path("fortress-reports"), "the path of a folder")
    formats: Annotated[tuple[Literal["csv", "xlsx", "json"], ...], BeforeValidator(_each_once)] = _says(
        ("csv", "xlsx"), "a list of some of csv, xlsx and json", ["csv", "xlsx"], min_length=1
    )
    keep: int = _number(21, 1, 1000, of=" of readings")


class PublishersSettings(Section):
    """Where reports are filed after each reading."""

    folder: FolderSettings = FolderSettings()


class LogSettings(Section):
    """What fortress says about itself."""

    level: Level = _says("info", "debug, info, warning or error")
    format: Literal["text", "json"] = _says("text", "text or json", "json")


class Settings(Section):
    """All that may be set. `rules`: the operator's own. `aliases`: the name to show instead, by client id or name."""

    source: SourceSettings = SourceSettings()
    refresh: RefreshSettings = RefreshSettings()
    store: StoreSettings = StoreSettings()
    chats: ChatsSettings = ChatsSettings()
    desks: DesksSettings = DesksSettings()
    roles: RolesSettings = RolesSettings()
    web: WebSettings = WebSettings()
    policy: PolicySettings = PolicySettings()
    correlation: CorrelationSettings = CorrelationSettings()
    recovery_point: RecoveryPointSettings = RecoveryPointSettings()
    no_backup_needed: tuple[ExemptSettings, ...] = _says(
        (),
        "a list of workloads, each with client, workload and why, and until when if not for good",
        '[{client: Acme Ltd, workload: "KIOSK-*", why: rebuilt from an image, until: 2027-03-01}]',
    )
    digest: DigestSettings = DigestSettings()
    publishers: PublishersSettings = PublishersSettings()
    rules: Rules = _says(
        OwnRules(), "a list of your own rules: add, change or mute", "[{mute: FileLockErrorPath, until: 2026-12-24}]"
    )
    aliases: Mapping[str, Name] = _says({}, "names to show, by client id or name", '{"Acme Ltd": "A-17"}')
    log: LogSettings = LogSettings()


class Mistake(msgspec.Struct, frozen=True):
    """One thing that cannot be used, and what would be.

    Attributes:
        found: never a secret.
        where: file and line, or the environment variable; "" when it is nowhere.
    """

    name: str
    found: str
    expected: str
    example: str
    where: str = ""

    def __str__(self) -> str:
        head = f"{self.name} ({self.where})" if self.where else self.name
        return f"{head}\n  found     {self.found}\n  expected  {self.expected}\n  example   {self.example}"


def shown(value: object) -> str:
    """Show what was found, short, on one line, and without the password of an address."""
    match value:
        case None | "":
            return "nothing"
        case bool():
            return str(value).lower()
        case dict():
            return "a section"
        case list() | tuple():
            return f"a list of {len(value)}"
        case _:
            return cut(re.sub(r"//[^/@\s]*@", "//…@", " ".join(str(value).split())))


def cut(text: str, most: int = SHOWN_CHARS) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


class Key(msgspec.Struct, frozen=True):
    """One thing that may be set.

    Attributes:
        default: as it would be written in app.yaml; None for null.
        variable: what sets it in the environment.
        secret: never in app.yaml.
    """

    name: str
    default: object
    expected: str
    example: str
    variable: str
    secret: bool = False


def describe() -> tuple[Key, ...]:
    """Give every key there is, in the order of app.yaml."""
    return tuple(_keys(Settings))


def _keys(model: type[BaseModel], above: str = "") -> Iterator[Key]:
    defaults = model().model_dump(mode="json")
    for key, field in model.model_fields.items():
        name = f"{above}{key}"
        if _is_section(field):
            yield from _keys(cast(type[BaseModel], field.annotation), f"{name}.")
        else:
            variable = SECRETS.get(name) or PREFIX + name.upper().replace(".", DELIMITER)
            yield Key(name, defaults[key], expected_of(name), example_of(name), variable, name in SECRETS)


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _field(name: str) -> FieldInfo:
    model: Any = Settings
    for part in name.split("."):
        field: FieldInfo = model.model_fields[part]
        model = field.annotation
    return field


def expected_of(name: str) -> str:
    return _field(name).description or "a section"


def example_of(name: str) -> str:
    """Write it as a person would, on one line."""
    key = name.rpartition(".")[2]
    field = _field(name)
    if _is_section(field):
        first = next(iter(field.annotation.model_fields))  # type: ignore[union-attr]
        return f"{key}: {{{example_of(f'{name}.{first}')}}}"
    example = (field.examples or [""])[0]
    if name in SECRETS:
        return str(example)
    return f"{key}: {json.dumps(example) if isinstance(example, list) else example}"


def setting_of(name: str) -> str:
    """Cut a place inside a value (`refresh.times.0`) back to the setting it belongs to."""
    return next((key.name for key in describe() if name.startswith(f"{key.name}.")), name)


def clock_warnings(refresh: RefreshSettings, *, today: date) -> tuple[str, ...]:
    """Name the refresh times that the zone skips or has twice within a year, when clocks change."""
    return tuple(
        f"refresh.times {_as_clock(at)}: {what} on {day.isoformat()} in {refresh.zone}"
        for at in refresh.times
        for day in (today + timedelta(days=ahead) for ahead in range(366))
        if (what := _clock_trouble(datetime.combine(day, at, refresh.tzinfo)))
    )


def _clock_trouble(moment: datetime) -> str:
    early, late = moment.replace(fold=0).utcoffset(), moment.replace(fold=1).utcoffset()
    if early == late or early is None or late is None:
        return ""
    return "does not exist" if late > early else "comes twice"
