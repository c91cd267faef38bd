"""Everything app.yaml may say: each key, its default, what it should be, and how one would write it.

What a setting does lives where it is used; how it is read lives in settings.py. What is wrong with one is a Mistake.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.app_yaml.chats import ChatsSettings, ConsoleSettings, RolesSettings, SlackSettings, TeamsSettings
from bot.app_yaml.desks import DesksSettings
from bot.app_yaml.forms import HOST, Name, Rules, Section, says
from bot.app_yaml.mistake import Mistake, cut, shown
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
    "Settings",
    "SharePointSettings",
    "SlackSettings",
    "SourceSettings",
    "StoreSettings",
    "TeamsSettings",
    "WebSettings",
    "clock_warnings",
    "cut",
    "describe",
    "example_of",
    "expected_of",
    "setting_of",
    "shown",
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
