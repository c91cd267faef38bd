"""Every adapter by name, imported only when it is configured: a new one is a row here."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

# name -> "module:function"
SOURCES: Mapping[str, str] = {"acronis": "bot.sources.acronis:build", "sandbox": "bot.sources.sandbox:build"}
STORES: Mapping[str, str] = {"tinydb": "bot.stores.tinydb:build", "memory": "bot.stores.memory:build"}
CHATS: Mapping[str, str] = {
    "console": "bot.chats.console:build",
    "slack": "bot.chats.slack:build",
    "teams": "bot.chats.teams:build",
}
DESKS: Mapping[str, str] = {
    "acronis": "bot.desks.acronis:build",
    "email": "bot.desks.email:build",
    "mailbox": "bot.desks.email:build_mailbox",
    "webhook": "bot.desks.webhook:build",
    "halopsa": "bot.desks.halopsa.desk:build",
}
MANIFESTS: Mapping[str, str] = {  # what a platform has to be told of us
    "slack": "bot.chats.slack.manifest:manifest",
    "teams": "bot.chats.teams.manifest:package",
}
DOCTORS: Mapping[str, str] = {
    "slack": "bot.chats.slack.doctor:examine",
    "teams": "bot.chats.teams.doctor:examine",
    "sharepoint": "bot.publishers.sharepoint.doctor:examine",
    "halopsa": "bot.desks.halopsa.doctor:examine",
}
COMPANIES: Mapping[str, str] = {"halopsa": "bot.desks.halopsa.desk:matching"}  # desks that file by client
PROVISIONS: Mapping[str, str] = {"sharepoint": "bot.publishers.sharepoint.provision:provision"}
PUBLISHERS: Mapping[str, str] = {
    "folder": "bot.publishers.folder:build",
    "sharepoint": "bot.publishers.sharepoint:build",
}


def load(table: Mapping[str, str], name: str) -> Callable[..., Any]:
    """Import an adapter's front door by its name in one of the tables."""
    module, _, function = table[name].partition(":")
    front_door: Callable[..., Any] = getattr(import_module(module), function)
    return front_door
