"""Which settings may change while we run, and how they are taken over."""

from typing import Any, NamedTuple

from bot.app_yaml import Section, Settings, describe

# The rest needs a restart.
CHANGEABLE = (
    "policy",
    "correlation",
    "recovery_point",
    "no_backup_needed",
    "digest",
    "aliases",
    "roles",
    "rules",
    "refresh.times",
    "desks.policy",
    "log",
)


class Reloaded(NamedTuple):
    """Settings that differ, by name: those taken over, and those that wait for a restart."""

    taken: tuple[str, ...]
    waiting: tuple[str, ...]


def is_changeable(name: str) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in CHANGEABLE)


def _value(settings: Settings, name: str) -> object:
    value: object = settings
    for part in name.split("."):
        value = getattr(value, part)
    return value


def taken_over(settings: Settings, wanted: Settings) -> Settings:
    for name in CHANGEABLE:
        settings = _with_value(settings, name, _value(wanted, name))
    return settings


def _with_value(section: Section, name: str, value: object) -> Any:
    """Give a section in which one key, by its dotted name, is another."""
    key, _, below = name.partition(".")
    return section.model_copy(update={key: _with_value(getattr(section, key), below, value) if below else value})


def changed(settings: Settings, wanted: Settings) -> list[str]:
    """Name every setting that is another."""
    return [key.name for key in describe() if _value(settings, key.name) != _value(wanted, key.name)]
