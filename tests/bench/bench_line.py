"""What a refresh costs: decode, fold, verdict, reconcile, commit, beside `orjson.loads` of the same bytes.

    python -m tests.bench.bench_line [--folder FOLDER] [--switch SECONDS] [workloads ...]

The answers of the sandbox's server are recorded first, in the folder (72 MB for 10,000 workloads, used again the next
time), and given again from there: no server, no network. One night is read on top of a remembered one, by a process
of its own that opens a TinyDB store with the first: CPU seconds of all its threads from the claim to the end of the
commit, and the most memory it ever took. Then once more, while a person asks `client` and `ack` all the time.
"""

import argparse
import gc
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import orjson

from bot.collector import resting
from bot.commands import answer
from bot.commands.seams import Seams
from bot.core.digest import summarise
from bot.core.intent import Actor, Intent
from bot.core.slot import slot_id
from bot.jobs.refresh import refresh
from bot.stores import tinydb
from bot.wording.digest import digest_message
from bot.wording.phrases import Voice
from tests.bench.night import FIRST, LOOKBACK, SECOND, recorded
from tests.bench.replay import Replay

ROUNDS = 3
PAUSE_S = 0.02  # between two commands
JO = Actor("U1", "Jo", "console")


def seed(folder: Path) -> None:
    """Remember the first night."""
    keeping = tinydb.build(folder / "store")
    refresh(slot_id(FIRST), source=recorded(folder, FIRST), store=keeping.store, now=lambda: FIRST, lookback=LOOKBACK)
    keeping.close()


def loads(folder: Path) -> dict[str, float]:
    """Decode the pages to dicts: each dropped at once, and all kept as a program that holds the night would."""
    pages = list(Replay(folder / f"{SECOND:%d}").pages())
    dropped = min(cpu(lambda: [orjson.loads(page) and None for page in pages]) for _ in range(ROUNDS))
    kept = min(cpu(lambda: [orjson.loads(page) for page in pages]) for _ in range(ROUNDS))
    return {"mb": sum(map(len, pages)) / 1e6, "dropped": dropped, "kept": kept}


def cpu(work) -> float:
    gc.collect()
    begun = time.process_time()
    work()
    return time.process_time() - begun


def alone(folder: Path) -> dict[str, float]:
    """Read the second night on top of the first."""
    keeping = tinydb.build(folder / "store")
    gc.collect()
    opened = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun, at = time.process_time(), time.perf_counter()
    with resting():
        run = refresh(slot_id(SECOND), source=recorded(folder, SECOND), store=keeping.store, now=lambda: SECOND)
    read, wall = time.process_time() - begun, time.perf_counter() - at
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = cpu(lambda: digest_message(summarise(keeping.store.memory(), run, now=SECOND), Voice()))
    keeping.close()
    return {
        "cpu": read,
        "wall": wall,
        "opened_mb": opened,
        "mb": peak,
        "digest": told,
        "runs": sum(run.counts.values()),
    }


def asked(folder: Path) -> dict[str, float]:
    """Ask and acknowledge, first while nothing else happens, then while the second night is read."""
    keeping = tinydb.build(folder / "store")
    seams = Seams(keeping.store, keeping.audit, lambda: SECOND, Voice(), refresh=lambda _: None)
    seams.directory.learn(keeping.store.memory(), seams.voice)  # as after each reading
    idle = commands(seams, threading.Event(), rounds=300)
    over, source = threading.Event(), recorded(folder, SECOND)

    def read() -> None:
        with resting():
            refresh(slot_id(SECOND), source=source, store=keeping.store, now=lambda: SECOND)
        over.set()

    threading.Thread(target=read).start()
    busy = commands(seams, over)
    keeping.close()
    return {f"{when}_{name}": value for when, told in (("idle", idle), ("busy", busy)) for name, value in told.items()}


def commands(seams: Seams, over: threading.Event, *, rounds: int = 10**9) -> dict[str, float]:
    """Alternate `client` and `ack` (and give back what was taken) until it is over; milliseconds."""
    memory = seams.store.memory()
    names = sorted({each.client.name for each in memory.clients.values()})
    numbers = sorted(each.number for each in memory.incidents.values())
    took: dict[str, list[float]] = {"client": [], "ack": [], "unack": []}
    for number in range(rounds):
        if over.is_set():
            break
        mine = numbers[number % len(numbers)]
        for verb, argument in (("client", names[number % len(names)]), ("ack", str(mine)), ("unack", str(mine))):
            begun = time.perf_counter()
            answer(Intent(verb, argument, JO), seams)
            took[verb].append(1000 * (time.perf_counter() - begun))
            time.sleep(PAUSE_S)
    shares = (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
    told = {f"{verb}_{name}": at_share(took[verb], share) for verb in ("client", "ack") for name, share in shares}
    return told | {"commands": len(took["client"])}


def at_share(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def child(name: str, folder: Path, *, switch: float) -> dict[str, float]:
    """Measure in a process of its own, on a copy of the remembered night."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as copy:
        for each in folder.iterdir():
            if each.name == "store":
                shutil.copytree(each, Path(copy) / "store")
            else:
                (Path(copy) / each.name).symlink_to(each)
        told = ["--child", name, "--folder", copy, "--switch", str(switch)]
        command = [sys.executable, "-m", "tests.bench.bench_line", *told]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def measure(folder: Path, workloads: int, *, switch: float) -> None:
    if not (folder / "store").exists():
        subprocess.run([sys.executable, "-m", "tests.bench.night", str(folder), str(workloads)], check=True)
        seed(folder)
    base = child("loads", folder, switch=switch)
    rounds = [child("alone", folder, switch=switch) for _ in range(ROUNDS)]
    best = min(rounds, key=lambda each: each["cpu"])
    print(
        f"{workloads:>9,} {base['mb']:>6.0f} {base['dropped']:>8.2f} {base['kept']:>8.2f} {best['cpu']:>8.2f}"
        f" {best['cpu'] / base['dropped']:>6.1f} x {best['cpu'] / base['kept']:>5.1f} x"
        f" {1e6 * best['cpu'] / workloads:>8.0f} {best['digest']:>7.2f} {best['opened_mb']:>6.0f} {best['mb']:>6.0f}",
        flush=True,
    )
    told = child("asked", folder, switch=switch)
    for when in ("idle", "busy"):
        figures = " ".join(
            f"{verb} {told[f'{when}_{verb}_p50']:.0f}/{told[f'{when}_{verb}_p99']:.0f}/{told[f'{when}_{verb}_max']:.0f}"
            for verb in ("client", "ack")
        )
        print(f"{'':>9} {when}: {figures} ms (p50/p99/max of {told[f'{when}_commands']:.0f})", flush=True)


CHILDREN = {each.__name__: each for each in (loads, alone, asked)}


def main() -> None:
    asks = argparse.ArgumentParser()
    asks.add_argument("--folder", type=Path)
    asks.add_argument("--child", choices=CHILDREN)
    asks.add_argument("--switch", type=float, default=sys.getswitchinterval())
    asks.add_argument("workloads", nargs="*", type=int, default=[1000, 10000])
    told = asks.parse_args()
    sys.setswitchinterval(told.switch)
    if told.child:
        print(json.dumps(CHILDREN[told.child](told.folder)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        print("workloads     MB  dropped     kept      cpu   of dropped, kept   us each  digest opened   peak MB")
        for each in told.workloads:
            measure((told.folder or Path(scratch)) / str(each), each, switch=told.switch)


if __name__ == "__main__":
    main()
