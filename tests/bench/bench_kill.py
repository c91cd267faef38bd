"""kill -9 at random moments of refresh and acknowledgement: is anything lost, missed, or said twice?

    .venv/bin/python -m tests.bench.bench_kill 200

A process runs the real app over a folder of its own: the simulated account and its server, the TinyDB store, the
console chat writing to a file, the clock moved from slot to slot. It reads slot after slot with `App.tick`, and
acknowledges rows between and during the readings. Another process kills it, looks at the folder as a reader would,
and starts it again, now and then some slots later. Half of the moments are random in time, half are random within a
phase that is too short to be hit often.

Prints one line, and exits with 1 after any violation; the folder is then kept. What is checked is in `Campaign.check`.
A kill is not a power cut: what was written and not synced survives it (tests/stores/test_tinydb_crash.py has more).
"""

import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from rich.console import Console

from bot.app import acronis, build
from bot.app_yaml import Settings, SourceSettings
from bot.commands.find import look
from bot.core.incident import State
from bot.core.intent import Actor, Intent
from bot.core.memory import MISSED
from bot.core.slot import slot_at, slot_id, slots_between
from bot.jobs.tick import Claims
from bot.sources.sandbox import START, Sandbox, World
from bot.stores.tinydb import build as open_folder
from bot.wording.telling import MAY_REPEAT

KILLS, EACH, LANES = 200, 25, 2
CAN_KILL = "forkserver" in multiprocessing.get_all_start_methods()
PROCESSES = multiprocessing.get_context("forkserver" if CAN_KILL else None)
PRELOAD = ["bot.app", "bot.publishers.sharepoint", "bot.sources.acronis", "bot.sources.sandbox", "bot.stores.tinydb"]
if CAN_KILL:  # each life is a copy of a process that has no threads, and has imported nearly all
    PROCESSES.set_forkserver_preload(PRELOAD)
FIRST = START + timedelta(hours=14, minutes=45)
LIFE_S = 1.5  # the longest life that a moment random in time gives
PATIENCE_S = 4.0  # for a phase that does not come
MARK = "\x1e"  # begins each attempt to tell, in the file the console writes to
JO = Actor("U1", "Jo", "console")
PHASES = ("starting", "idle", "reading", "committing", "telling", "acknowledging")
# where the app is -> the phase it is in from there on
POINTS = {
    "starting": "starting",
    "idle": "idle",
    "claimed": "reading",
    "committing": "committing",
    "committed": "telling",
    "intended": "telling",
    "heard": "telling",
    "noted as told": "telling",
    "announced": "telling",
    "acknowledging": "acknowledging",
    "acknowledged": "acknowledging",
    "confirmed": "idle",
}


# --- the process that is killed ---


class Watch:
    """Says where the app is in memory that outlives the process; may end it there."""

    def __init__(self, die_at: str = "") -> None:
        self.shared = PROCESSES.RawArray("B", 2)
        self.die_at = die_at

    def at(self, point: str) -> None:
        if point == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.shared[0] = PHASES.index(POINTS[point])

    def beside(self, on: bool) -> None:
        self.shared[1] = on

    @property
    def phase(self) -> str:
        return PHASES[self.shared[0]]

    @property
    def acknowledges_beside(self) -> bool:
        return bool(self.shared[1])


class Watched:
    """A seam as it is, some of its methods with points before and after."""

    def __init__(self, seam, watch, **points) -> None:
        self._seam, self._watch, self._points = seam, watch, points

    def __getattr__(self, name):
        method = getattr(self._seam, name)
        before, after = self._points.get(name, ("", ""))

        def watched(*args, **kwargs):
            if before:
                self._watch.at(before)
            given = method(*args, **kwargs)
            if after and given is not False:
                self._watch.at(after)
            return given

        return watched if before or after else method


class MarkingOutbox:
    """An outbox that writes beside what is heard which slot is going to be."""

    def __init__(self, outbox, told) -> None:
        self._outbox, self._told = outbox, told

    def intend(self, delivery):
        known = self._outbox.intend(delivery)
        if known.receipt is None:
            self._told.write(f"{MARK}{delivery.key.removeprefix('digest:')}\n")
            self._told.flush()
        return known

    def __getattr__(self, name):
        return getattr(self._outbox, name)


class Life:
    """One process' life: open the folder, then read slot after slot, acknowledging in between and beside."""

    def __init__(self, folder: Path, watch: Watch, *, now: datetime, seed: int, stack: ExitStack) -> None:
        self.watch, self.now, self.rng = watch, now, random.Random(seed)
        self.life, self.count, self.one_at_a_time = seed, 0, threading.Lock()
        self.journal = os.open(folder / "journal.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        watch.at("starting")
        told = stack.enter_context((folder / "told.txt").open("a", encoding="utf-8"))
        sandbox = stack.enter_context(closing(Sandbox(World(), lambda: self.now)))
        self.app = stack.enter_context(
            build(
                Settings(source=SourceSettings(lookback_days=2)),
                console=Console(file=told, width=400),
                clock=lambda: self.now,
                folder=folder / "data",
                source=lambda: acronis(sandbox.url, sandbox.client_id, sandbox.client_secret),
            )
        )
        keeping = self.app.keeping
        store = Watched(
            keeping.store,
            watch,
            claim=("", "claimed"),
            commit=("committing", "committed"),
            announced=("", "announced"),
        )
        outbox = Watched(
            MarkingOutbox(keeping.outbox, told), watch, intend=("", "intended"), sent=("heard", "noted as told")
        )
        self.app.keeping = replace(keeping, store=store, outbox=outbox)
        self.app.claims = Claims(store)

    def slots(self, count: int | None) -> None:
        """Answer so many slots; None: until killed."""
        while count is None or count > 0:
            self.slot()
            count = None if count is None else count - 1
            if count != 0:
                self.now = self.app.next_at()

    def slot(self) -> None:
        due = slot_id(self.app.due_at())
        self.say(begun=due)
        ended = threading.Event()
        beside = threading.Thread(target=self.acknowledge_until, args=(ended,))
        beside.start()
        try:
            self.app.tick()
        finally:
            ended.set()
            beside.join()
        self.say(answered=due, really=due in {run.slot for run in self.app.keeping.store.memory().runs})
        self.watch.at("idle")
        for _ in range(self.rng.randrange(1, 8)):
            self.watch.at("acknowledging")
            self.acknowledge(self.rng, between=True)
            self.watch.at("confirmed")
            time.sleep(self.rng.random() * 0.02)

    def acknowledge_until(self, ended: threading.Event) -> None:
        rng = random.Random(self.now.timestamp())
        try:
            while not ended.wait(rng.random() * 0.02):
                self.watch.beside(True)
                self.acknowledge(rng)
                self.watch.beside(False)
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    def acknowledge(self, rng: random.Random, *, between: bool = False) -> None:
        """Take some rows, or give some back; write down what is tried, and that it was confirmed."""
        with self.one_at_a_time:
            self.now += timedelta(seconds=1)
            rows = look(self.app.keeping.store, now=self.now, policy=self.app.policy).rows
            owned = [row for row in rows if row.held]
            back = between and bool(owned) and rng.random() < 0.25
            from_these = owned if back else rows
            # beside a reading one at a time: of several, some may just have healed, and the answer covers them all
            chosen = rng.sample(from_these, k=min(len(from_these), rng.choice((1, 1, 3)) if between else 1))
            if not chosen:
                return
            self.count += 1
            token = f"token-{self.life}-{self.count}"
            numbers = ", ".join(f"#{row.number}" for row in chosen)
            targets = [given.target for row in chosen for given in row.held] if back else [r.target for r in chosen]
            self.say(tried=token, back=back, targets=targets)
            line = ("unack", numbers) if back else ("ack", f"{numbers} {token}")
            answer = self.app.answer(Intent(*line, JO, place="console"))
            if between:
                self.watch.at("acknowledged")
            touched = targets if back else list(answer.touched)
            self.say(confirmed=token, back=back, targets=touched, refused=answer.refused, beside=not between)

    def say(self, **what) -> None:
        os.write(self.journal, (json.dumps({**what, "at": self.now.isoformat()}) + "\n").encode())


def live(folder: Path, watch: Watch, now: datetime, seed: int, count: int | None) -> None:
    """Live in a process of its own, to its end."""
    try:
        errors = os.open(folder / "errors.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(errors, 2)
        with ExitStack() as stack:
            Life(folder, watch, now=now, seed=seed, stack=stack).slots(count)
        os._exit(0)
    except BaseException:
        traceback.print_exc(file=os.fdopen(2, "w", closefd=False))
    finally:
        os._exit(1)


# --- the process that kills ---


@dataclass
class Found:
    """What some lives and their ends came to."""

    phases: Counter[str] = field(default_factory=Counter)
    beside: int = 0
    confirmed: int = 0
    lapsed: int = 0
    slots: int = 0
    missed: int = 0
    repeats: int = 0
    violations: list[str] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        self.phases += other.phases
        for name in ("beside", "confirmed", "lapsed", "slots", "missed", "repeats", "violations"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Campaign:
    """One folder, many lives.

    Args:
        away: True for a clock that is some slots further at the start of some lives.
    """

    def __init__(self, folder: Path, *, seed: int, away: bool = True) -> None:
        self.chance_away = 0.15 if away else 0.0
        self.folder, self.rng, self.now = folder, random.Random(seed), FIRST
        self.lives = 0
        self.found = Found()
        self.away: list[tuple[datetime, datetime]] = []  # the clock jumped here while nothing ran
        self.seen: dict[str, str] = {}  # committed slot -> its id with the attempt
        self.told_of: set[str] = set()

    def kill(self) -> None:
        """Live, and be killed at a random moment."""
        watch = Watch()
        process = self.begin(watch, count=None)
        began = time.monotonic()
        if self.rng.random() < 0.5:
            time.sleep(self.rng.random() * LIFE_S)
        else:
            self.wait_for(watch, self.rng.choice(("starting", "reading", "committing", "telling", "acknowledging")))
            time.sleep(self.rng.random() * 0.006)
        process.kill()
        self.end(process, watch)
        assert time.monotonic() - began < 60

    def wait_for(self, watch: Watch, phase: str) -> None:
        """Wait for a phase to begin, for the so-manieth time."""
        began = time.monotonic()
        for _ in range(self.rng.randrange(1, 4)):
            while watch.phase == phase and phase != "starting" and time.monotonic() - began < PATIENCE_S:
                time.sleep(0.0002)
            while watch.phase != phase and time.monotonic() - began < PATIENCE_S:
                time.sleep(0.0002)

    def die_at(self, point: str) -> None:
        """Live, and be killed at a point; the same each time."""
        watch = Watch(point)
        self.end(self.begin(watch, count=None), watch)

    def finish(self) -> Found:
        """Live two slots more and end in order."""
        watch = Watch()
        process = self.begin(watch, count=2)
        process.join()
        if code := process.exitcode:
            self.violated(f"the last one ended with {code}")
        self.check(last=True)
        return self.found

    def begin(self, watch: Watch, *, count: int | None) -> BaseProcess:
        self.lives += 1
        process = PROCESSES.Process(target=live, args=(self.folder, watch, self.now, self.lives, count))
        process.start()
        return process

    def end(self, process: BaseProcess, watch: Watch) -> None:
        process.join()
        if process.exitcode != -signal.SIGKILL:
            self.violated(f"it ended with {process.exitcode} before it was killed; see errors.txt")
        self.found.phases[watch.phase] += 1
        self.found.beside += watch.acknowledges_beside
        self.check()
        moments = [datetime.fromisoformat(line["at"]) for line in self.journal()]
        reached = max((self.now, *moments))
        self.now = reached + timedelta(minutes=1)
        if self.rng.random() < self.chance_away:
            self.now += timedelta(hours=self.rng.randrange(5, 30))
            self.away.append((reached, self.now))

    def violated(self, words: str) -> None:
        if words not in self.told_of:
            self.told_of.add(words)
            self.found.violations.append(f"{self.folder}, life {self.lives}: {words}")

    def journal(self) -> list[dict]:
        path = self.folder / "journal.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def check(self, *, last: bool = False) -> None:
        """Look at the folder beside nobody: acknowledgements, slots, and what was told."""
        data = self.folder / "data"
        if not (data / "meta.json").exists():
            if self.seen or last:
                self.violated("the tables are gone")
            return
        with closing(open_folder(data, read_only=True)) as keeping:
            memory = keeping.store.memory()
            audit = keeping.audit.entries(last=10**9)
            kept = {run.slot: keeping.outbox.find(f"digest:{run.slot}") for run in memory.runs}
        journal = self.journal()
        self.check_acknowledgements(memory, audit, journal)
        self.check_slots(memory, audit, journal, last=last)
        self.check_told(memory, kept, last=last)
        errors = (self.folder / "errors.txt").read_text()
        if "Traceback" in errors and not any("Traceback" in words for words in self.found.violations):
            self.violated("a Traceback in errors.txt")

    def check_acknowledgements(self, memory, audit, journal) -> None:
        """What was confirmed is there and in the audit, unless a later word or a reading ended it."""
        confirmed: dict[str, dict] = {}
        maybe: dict[str, list[dict]] = defaultdict(list)  # tried since then, and nobody knows
        whole = {line["confirmed"] for line in journal if "confirmed" in line}
        for line in journal:
            if "tried" in line and line["tried"] not in whole:
                for target in line["targets"]:
                    maybe[target].append(line)
            if "confirmed" in line and not line["refused"]:
                for target in line["targets"]:
                    confirmed[target] = line
                    maybe[target] = []
        lapsed = 0
        for target, line in confirmed.items():
            there = memory.acknowledgements.get(target)
            allowed = {one["tried"] for one in maybe[target] if not one["back"]}
            if there is not None and (
                there.comment in allowed or (not line["back"] and there.comment == line["confirmed"])
            ):
                continue
            if there is None and (line["back"] or any(one["back"] for one in maybe[target])):
                continue
            if there is None and self.is_explained(target, line, memory):
                lapsed += 1
                continue
            has = there.comment if there is not None else "nobody's"
            self.violated(f"{target} is {has}, after {line} and {maybe[target]}")
        self.found.lapsed = lapsed
        given = (entry for entry in audit if entry.action == "acknowledge")
        noted = {f"{entry.after.rpartition(': ')[2]} {entry.target}" for entry in given}  # who, until when: comment
        noted = {re.sub(" #[0-9]+ ", " ", words) for words in noted}
        given_back = {entry.at.isoformat() for entry in audit if entry.action == "unacknowledge"}
        done = [line for line in journal if "confirmed" in line and not line["refused"]]
        for line in done:
            if line["back"]:
                is_noted = line["at"] in given_back
            else:
                is_noted = all(f"{line['confirmed']} {target}" in noted for target in line["targets"])
            if not is_noted:
                self.violated(f"the audit does not have {line}")
        self.found.confirmed = len(done)

    def is_explained(self, target, line, memory) -> bool:
        """Say whether a reading ended an acknowledgement that was given, and had a reason in the facts.

        What was given during a reading may have been for facts that this very reading changed.
        """
        at = datetime.fromisoformat(line["at"])
        runs = [run for run in memory.runs if run.read_at >= at]
        if not any(target in run.lapsed for run in runs):
            return False
        incident = memory.incidents.get(target)
        if incident is None or incident.state is not State.OPEN:
            return True  # a group's members changed, or it ended
        is_over = any(run.read_at >= at + timedelta(days=5) for run in runs)
        during = [run for run in memory.runs if run.read_at < at][-1:] if line["beside"] else []
        return is_over or any(news.key == target for run in (*during, *runs) for news in run.news)

    def check_slots(self, memory, audit, journal, *, last: bool) -> None:
        """Each slot is committed once and for good, or noted as missed while nothing ran."""
        runs = [run for run in memory.runs if run.scheduled]
        for slot, times in Counter(run.slot for run in runs).items():
            if times > 1:
                self.violated(f"slot {slot} was read {times} times")
        now_there = {run.slot: f"{run.slot}#{run.attempt}" for run in runs}
        oldest = min(now_there, default="")
        for slot, name in self.seen.items():
            if slot >= oldest and now_there.get(slot) != name:
                self.violated(f"the reading {name} is {now_there.get(slot)} now")
        self.seen |= now_there
        missed = {entry.target for entry in audit if entry.action == MISSED}
        for line in journal:
            if "answered" in line and (not line["really"] or line["answered"] not in self.seen):
                self.violated(f"slot {line['answered']} went by unread")
        for slot in missed & set(self.seen):
            self.violated(f"slot {slot} is noted as missed and has a reading")
        for slot in missed:
            if not any(since - timedelta(hours=10) <= slot_at(slot) <= until for since, until in self.away):
                self.violated(f"slot {slot} is noted as missed; it was running")
        self.found.slots, self.found.missed = len(self.seen), len(missed)
        if last:
            settings = Settings().refresh
            ends = slot_at(min(self.seen)) - timedelta(minutes=1), slot_at(max(self.seen)) + timedelta(minutes=1)
            for slot in map(slot_id, slots_between(settings.times, settings.tzinfo, *ends)):
                if slot not in self.seen and slot not in missed:
                    self.violated(f"slot {slot} has no reading and is not noted as missed")

    def check_told(self, memory, kept, *, last: bool) -> None:
        """No slot was heard twice, in whole or in part, unless the later ones say that they may repeat.

        What was written down to be told was heard, or waits, or a later one tells it.
        """
        path = self.folder / "told.txt"
        attempts = path.read_text(encoding="utf-8").split(MARK)[1:] if path.exists() else []
        heard: dict[str, list[str]] = defaultdict(list)
        for attempt in attempts:
            slot, _, words = attempt.partition("\n")
            if words.strip():
                heard[slot].append(words)
        for slot, times in heard.items():
            for words in times[1:]:
                if MAY_REPEAT.strip() not in words.strip().splitlines()[0]:
                    self.violated(f"slot {slot} was told again, unmarked")
        self.found.repeats = sum(len(times) - 1 for times in heard.values())
        for run in memory.runs:
            is_heard = any(words.endswith("\n\n") for words in heard[run.slot])
            waits = any(one.is_pending for one in kept[run.slot])
            if run.announced and not is_heard and not waits and not any(one.given_up for one in kept[run.slot]):
                self.violated(f"slot {run.slot} counts as told, was not, and waits nowhere")
            if last and (waits or not run.announced):
                self.violated(f"slot {run.slot} was never told")


def campaign(seed: int, kills: int) -> Found:
    folder = Path(tempfile.mkdtemp(prefix=f"fortress-kill-{seed}-"))
    ours = Campaign(folder, seed=seed)
    for _ in range(kills):
        ours.kill()
    found = ours.finish()
    if not found.violations:
        shutil.rmtree(folder)
    return found


def main(kills: int) -> int:
    began = time.monotonic()
    parts = [(seed, min(EACH, kills - first)) for seed, first in enumerate(range(0, kills, EACH), start=1)]
    found = Found()
    with ProcessPoolExecutor(LANES, mp_context=multiprocessing.get_context("spawn")) as pool:
        for part in pool.map(campaign, *zip(*parts, strict=True)):
            found.add(part)
    phases = ", ".join(f"{phase} {found.phases[phase]}" for phase in PHASES)
    for words in found.violations:
        print(words)
    print(
        f"{sum(found.phases.values())} kills ({phases}; {found.beside} of them while a row was acknowledged beside), "
        f"{found.confirmed:,} confirmed, {found.slots} slots read, {found.missed} noted as missed, "
        f"{found.repeats} marked repeats: {len(found.violations)} violations, {time.monotonic() - began:.0f} s"
    )
    return 1 if found.violations else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else KILLS))
