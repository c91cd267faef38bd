"""How many requests a first reading takes, and how long it takes over a slow line: real waiting, nothing faked.

    python -m tests.bench.bench_requests [--clients 400] [--workloads 6000]

The sandbox's server runs beside the reader. First it answers as it does, then each answer leaves 100 ms later, then
besides each twentieth request is refused with 429 and Retry-After: 1.
"""

import argparse
import time
from datetime import timedelta

from bot.core.activity import Coverage, Reading, Window
from bot.sources.acronis import build
from bot.sources.sandbox import START, Sandbox, World
from bot.sources.sandbox.faults import busy

NOW = START + timedelta(days=2, hours=7)
LATENCY_S = 0.1
EVERY = 20


class Far(Sandbox):
    """A server at the end of a long line."""

    def answer(self, *args):
        time.sleep(LATENCY_S)
        return super().answer(*args)


def measure(name: str, world: World, kind: type[Sandbox], back: timedelta, **options) -> None:
    sandbox = kind(world, lambda: NOW, **options)
    source = build(url=sandbox.url, client_id=sandbox.client_id, client_secret=sandbox.client_secret)
    begun = time.perf_counter()
    coverage = list(source.fetch(Window(NOW - back, NOW)))[-1]
    took = time.perf_counter() - begun
    source.close()
    sandbox.close()
    assert isinstance(coverage, Coverage)
    read = sum(each.reading is Reading.READ for each in coverage.clients)
    print(
        f"{name:<44} {len(sandbox.requests):>5} requests {took:>7.1f} s = {took / 60:.2f} min, {read} clients read",
        flush=True,
    )


def main() -> None:
    asks = argparse.ArgumentParser()
    asks.add_argument("--clients", type=int, default=400)
    asks.add_argument("--workloads", type=int, default=6000)
    told = asks.parse_args()
    world = World(clients=told.clients, workloads=told.workloads)
    for days in (1, 3):
        back = timedelta(days=days)
        measure(f"{days} d, as it is", world, Sandbox, back)
        measure(f"{days} d, 100 ms a request", world, Far, back)
        measure(f"{days} d, 100 ms, 429 every 20th (1 s)", world, Far, back, faults=(busy(EVERY),))


if __name__ == "__main__":
    main()
