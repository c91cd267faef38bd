"""What the main line costs: decode, verdict, reconcile, commit, digest, beside `orjson.loads` of the same bytes.

    .venv/bin/python -m tests.bench.bench_line [workloads ...]

CPU seconds of this process, the best of three rounds. The answers of the sandbox's server are recorded first and given
again from memory. One night is read on top of a remembered one.
"""

import gc
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import orjson

from bot.core.activity import Page, Window
from bot.core.digest import summarise
from bot.jobs.refresh import refresh
from bot.net.http import Http
from bot.sources.acronis import AcronisSource
from bot.sources.acronis.client import ALLOWED, Client
from bot.sources.sandbox import START, Sandbox, World
from bot.stores import memory, tinydb
from bot.wording.digest import digest_message
from bot.wording.phrases import Voice
from tests.bench.replay import Replay

ROUNDS = 3
FIRST, SECOND = START + timedelta(days=1, hours=7), START + timedelta(days=2, hours=7)


class Recorded:
    """One account as it stands at a moment, its answers kept in memory."""

    def __init__(self, world: World, moment) -> None:
        sandbox = Sandbox(world, lambda: moment)
        self.replay = Replay(Http(sandbox.url, allowed=ALLOWED, who="Acronis", address_setting="source.url"))
        self.source = AcronisSource(
            Client(self.replay, client_id=sandbox.client_id, client_secret=sandbox.client_secret, page_size=1000)
        )
        self.close = sandbox.close


def cpu(work):
    """Give the least CPU time of some rounds, and what the last one gave."""
    times = []
    for _ in range(ROUNDS):
        gc.collect()
        begun = time.process_time()
        given = work()
        times.append(time.process_time() - begun)
    return min(times), given


def whole_line(build, before, night):
    """Read one night on top of another; CPU seconds of the second refresh and of its digest."""
    with tempfile.TemporaryDirectory() as folder:
        keeping = build(Path(folder), read_only=False)
        refresh("before", source=before.source, store=keeping.store, now=lambda: FIRST, lookback=timedelta(days=2))
        gc.collect()
        begun = time.process_time()
        run = refresh("night", source=night.source, store=keeping.store, now=lambda: SECOND)
        read = time.process_time()
        digest_message(summarise(keeping.store.memory(), run, now=SECOND), Voice())
        told = time.process_time()
        keeping.close()
    return read - begun, told - read


def measure(workloads: int) -> None:
    world = World(workloads=workloads)
    before, night = Recorded(world, FIRST), Recorded(world, SECOND)
    for store in (memory, tinydb):
        whole_line(store.build, before, night)  # records the answers, warms everything up
    before.close()
    night.close()
    pages = night.replay.pages
    loads, _ = cpu(lambda: [orjson.loads(page) for page in pages])
    window = Window(FIRST - timedelta(hours=2), SECOND)
    fetch, read = cpu(lambda: list(night.source.fetch(window)))
    runs = sum(len(page.activities) for page in read if isinstance(page, Page))
    kept = [min(whole_line(store.build, before, night) for _ in range(ROUNDS)) for store in (memory, tinydb)]
    megabytes = sum(len(page) for page in pages) / 1e6
    columns = [loads, fetch, kept[0][0], kept[1][0], kept[1][1]]
    figures = " ".join(f"{seconds:>9.3f}" for seconds in columns)
    print(f"{workloads:>9,} {runs:>7,} {megabytes:>7.1f} {figures} {kept[1][0] / loads:>9.1f} x")


if __name__ == "__main__":
    print("workloads    runs      MB    orjson     fetch   +memory   +tinydb    digest  tinydb/orjson")
    for argument in sys.argv[1:] or ("1000", "10000"):
        measure(int(argument))
