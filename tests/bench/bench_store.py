"""How long the TinyDB store takes: `python -m tests.bench.bench_store [sizes]`. Prints a table, asserts nothing."""

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

from bot.core.activity import Coverage, Window
from bot.core.memory import Commit, Run
from bot.ports import Store
from bot.stores.keeping import Keeping
from bot.stores.tinydb import build
from tests.stores.samples import (
    NOON,
    a_client,
    a_delivery,
    a_receipt,
    a_standing,
    a_subject,
    an_acknowledgement,
    an_entry,
    an_incident,
)

HISTORY_DAYS = 60
WORKLOADS_PER_CLIENT = 25
RUNS_BEFORE = 5


def main(sizes: Iterable[int]) -> None:
    columns = ("standings", "commit", "small commit", "ack", "claim", "intend", "sent", "audit", "announced", "open")
    print(" | ".join((*columns, "read-only", "MB on disk", "peak MB")))
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(" | ".join(measured(Path(folder) / "data", size)), flush=True)


def measured(folder: Path, size: int) -> tuple[str, ...]:
    keeping = build(folder)
    commits = [timed(lambda n=n: read(keeping.store, n, size)) for n in range(RUNS_BEFORE)]
    small = [timed(lambda n=n: read(keeping.store, 100 + n, 20)) for n in range(5)]
    writes = small_writes(keeping)
    keeping.close()
    opening = [timed(lambda: build(folder).close()) for _ in range(3)]
    reading = [timed(lambda: build(folder, read_only=True)) for _ in range(3)]
    on_disk = sum(path.stat().st_size for path in folder.glob("*.json")) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = [ms(commits[1:]), ms(small), *map(ms, writes), ms(opening), ms(reading)]
    return (f"{size:>6}", *figures, f"{on_disk:.0f}", f"{peak:.0f}")


def read(store: Store, number: int, size: int) -> None:
    claim = store.claim(f"slot-{number}", now=NOON)
    assert claim is not None
    read_at = NOON + timedelta(minutes=number)
    clients = tuple(a_client(f"client-{n}", until=read_at) for n in range(max(1, size // WORKLOADS_PER_CLIENT)))
    subjects = [a_subject(f"workload-{n}", client=f"client-{n // WORKLOADS_PER_CLIENT}") for n in range(size)]
    commit = Commit(
        run=Run(claim.slot, claim.attempt, read_at, True, Coverage(Window(NOON, read_at), clients)),
        incidents=tuple(an_incident(n + 1, subject=subject) for n, subject in enumerate(subjects[::20])),
        standings=tuple(a_standing(subject, days=HISTORY_DAYS) for subject in subjects),
        clients=clients,
        last_number=size,
    )
    STARTED.append(time.perf_counter())
    store.commit(claim, commit)


def small_writes(keeping: Keeping) -> list[list[float]]:
    outbox, store = keeping.outbox, keeping.store
    return [
        [timed(lambda n=n: store.acknowledge(an_acknowledgement(f"a/{n}"), instead_of=None)) for n in range(20)],
        [timed(lambda n=n: store.claim(f"claim-{n}", now=NOON)) for n in range(20)],
        [timed(lambda n=n: outbox.intend(a_delivery(f"key-{n}"))) for n in range(20)],
        [timed(lambda n=n: outbox.sent(a_delivery(f"key-{n}"), a_receipt())) for n in range(20)],
        [timed(lambda: keeping.audit.record(an_entry())) for _ in range(20)],
        [timed(lambda n=n: store.announced(f"slot-{n}")) for n in range(RUNS_BEFORE)],
    ]


STARTED: list[float] = []  # a measurement that has to prepare says here when it really began


def timed(action: Callable[[], object]) -> float:
    STARTED[:] = [time.perf_counter()]
    action()
    return time.perf_counter() - STARTED[-1]


def ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.1f}"


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000, 10_000, 50_000])
