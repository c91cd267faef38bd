"""Every adapter that remembers, for the contracts of Store, Outbox and Audit."""

from importlib import import_module
from pathlib import Path

from bot.stores.keeping import Keeping

STORES = {"memory": "bot.stores.memory:build", "tinydb": "bot.stores.tinydb:build"}


def opened(name: str, folder: Path, *, read_only: bool = False) -> Keeping:
    module, function = STORES[name].split(":")
    keeping: Keeping = getattr(import_module(module), function)(folder, read_only=read_only)
    return keeping
