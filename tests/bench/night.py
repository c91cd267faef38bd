"""One account on two nights, recorded, for the benches: `python -m tests.bench.night FOLDER WORKLOADS` records it."""

import sys
from datetime import datetime, timedelta
from pathlib import Path

from bot.core.slot import slot_id
from bot.jobs.refresh import refresh
from bot.net.http import Http
from bot.sources.acronis import AcronisSource
from bot.sources.acronis.client import ALLOWED, Client
from bot.sources.sandbox import START, Sandbox, World
from bot.stores import memory
from tests.bench.replay import Replay

FIRST, SECOND = START + timedelta(days=1, hours=7), START + timedelta(days=2, hours=7)
LOOKBACK = timedelta(hours=12)  # of the first reading: one night
CLIENT_ID = "3f0f7a52-5b0c-4d57-9d6e-000000000004"  # the sandbox's


def recorded(folder: Path, moment: datetime, *, asks: Http | None = None, secret: str = "-") -> AcronisSource:
    """Give a source whose answers lie in a folder; what does not yet is asked for."""
    return AcronisSource(Client(Replay(folder / f"{moment:%d}", asks), client_id=CLIENT_ID, client_secret=secret))


def record(folder: Path, workloads: int) -> None:
    """Ask the sandbox for both nights, and keep its answers."""
    world = World(workloads=workloads, clients=max(30, workloads // 15))
    keeping = memory.build()
    for moment in (FIRST, SECOND):
        sandbox = Sandbox(world, lambda moment=moment: moment)
        http = Http(sandbox.url, allowed=ALLOWED, who="Acronis", address_setting="source.url")
        source = recorded(folder, moment, asks=http, secret=sandbox.client_secret)
        refresh(slot_id(moment), source=source, store=keeping.store, now=lambda at=moment: at, lookback=LOOKBACK)
        print(f"{slot_id(moment)}: {len(sandbox.requests):,} requests", flush=True)
        source.close()
        sandbox.close()


if __name__ == "__main__":
    record(Path(sys.argv[1]), int(sys.argv[2]))
