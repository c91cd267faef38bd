"""Everything app.yaml may say: each key, its default, what it should be, and how one would write it.

What a setting does lives where it is used; how it is read lives in settings.py. What is wrong with one is a Mistake.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast, get_args

import msgspec
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.app_yaml.chats import ChatsSettings, ConsoleSettings, RolesSettings, SlackSettings, TeamsSettings
from bot.app_yaml.desks import DesksSettings, TicketRuleSettings
from bot.app_yaml.forms import HOST, Name, Rules, Section, says
from bot.app_yaml.mistake import Mistake, cut, ordinal, place_of, shown, spoken
from bot.app_yaml.publishers import FolderSettings, PublishersSettings, SharePointSettings
from bot.app_yaml.sections import (
    CorrelationSettings,
    DigestSettings,
    ExemptSettings,
    LogSettings,
    PolicySettings,
    RecoveryPointSettings,
    RefreshSettings,
    SourceSettings,
    StoreSettings,
    WebSettings,
    clock_warnings,
)
from classifier.own import OwnRules

__all__ = [
    "DELIMITER",
    "HOST",
    "PREFIX",
    "SECRETS",
    "ChatsSettings",
    "ConsoleSettings",
    "ExemptSettings",
    "FolderSettings",
    "Key",
    "LogSettings",
    "Mistake",
    "PolicySettings",
    "PublishersSettings",
    "RefreshSettings",
    "RolesSettings",
    "Section",
    "Settings",
    "SharePointSettings",
    "SlackSettings",
    "SourceSettings",
    "StoreSettings",
    "TeamsSettings",
    "TicketRuleSettings",
    "WebSettings",
    "clock_warnings",
    "cut",
    "describe",
    "entry_keys",
    "example_of",
    "expected_of",
    "ordinal",
    "place_of",
    "setting_of",
    "shown",
    "spoken",
]
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
    "desks.halopsa.secret": "FORTRESS_HALOPSA_SECRET",
    "publishers.sharepoint.secret": "FORTRESS_SHAREPOINT_SECRET",
    "publishers.sharepoint.certificate": "FORTRESS_SHAREPOINT_CERTIFICATE",
}


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
    no_backup_needed: tuple[ExemptSettings, ...] = says(
        (),
        "a list of workloads, each with client, workload and why, and until when if not for good",
        '[{client: Acme Ltd, workload: "KIOSK-*", why: rebuilt from an image, until: 2027-03-01}]',
    )
    digest: DigestSettings = DigestSettings()
    publishers: PublishersSettings = PublishersSettings()
    rules: Rules = says(
        OwnRules(), "a list of your own rules: add, change or mute", "[{mute: FileLockErrorPath, until: 2026-12-24}]"
    )
    aliases: Mapping[str, Name] = says({}, "names to show, by client id or name", '{"Acme Ltd": "A-17"}')
    log: LogSettings = LogSettings()


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
    """Find a key, also one of an entry of a list (`desks.policy.rules.0.desk`)."""
    model: Any = Settings
    field = FieldInfo()
    for part in name.split("."):
        if part.isdecimal():
            model = _entry_of(field)
        else:
            field = model.model_fields[part]
            model = field.annotation
    return field


def _entry_of(field: FieldInfo) -> type[BaseModel] | None:
    """Give what a list's entries are, when they are sections whose every key says what it should be."""
    kind = next(iter(get_args(field.annotation)), None)
    if not isinstance(kind, type) or not issubclass(kind, BaseModel):
        return None
    return kind if all(each.description for each in kind.model_fields.values()) else None


def entry_keys(name: str) -> tuple[str, ...]:
    """Name the keys beside one of a list's entry; () when it is in none."""
    above = re.match(r"(.+)\.\d+\.[^.]+", name)
    entry = _entry_of(_field(above[1])) if above else None
    return tuple(entry.model_fields) if entry is not None else ()


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
    """Cut a place inside a value (`refresh.times.0`) back to the setting, or the key of an entry, it belongs to."""
    found = next((key.name for key in describe() if name.startswith(f"{key.name}.")), name)
    at, _, inside = name.removeprefix(found).removeprefix(".").partition(".")
    key = inside.partition(".")[0]
    return f"{found}.{at}.{key}" if key and _entry_of(_field(found)) is not None else found
