"""The TinyDB store when a write is cut off: by a kill, at every step of it, or by a disk that is full."""

import os
import random
import shutil
import signal
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.memory import Memory
from bot.errors import Conflict, Unavailable
from bot.stores.keeping import Keeping
from bot.stores.tinydb import build
from tests.stores.crash_writer import write_until_killed
from tests.stores.samples import (
    NOON,
    SLOT,
    a_client,
    a_commit,
    a_run,
    a_standing,
    a_subject,
    after,
    an_acknowledgement,
    an_entry,
    an_incident,
)

resource = pytest.importorskip("resource")
pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),  # 3.12 on, when another test left a thread
]

Write = Callable[[Keeping], None]
KILLS = 20
BROKEN_DISK, NOT_REACHED, DIED = 3, 4, 9


def a_reading(keeping: Keeping) -> None:
    claim = keeping.store.claim(SLOT, now=NOON)
    assert claim is not None
    commit = a_commit(
        a_run(read_at=after(5)),
        incidents=(an_incident(2),),
        standings=tuple(a_standing(a_subject(f"srv{n}"), days=60) for n in range(20)),
        clients=(a_client(until=after(5)),),
        forgotten=(an_incident(1).key,),
        lapsed=(("old", NOON),),
        last_number=2,
    )
    keeping.store.commit(claim, commit)


def a_press(keeping: Keeping) -> None:
    keeping.store.acknowledge(an_acknowledgement("new"), instead_of=None)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Give a folder with one reading and one acknowledgement in it."""
    folder = tmp_path / "before"
    keeping = build(folder)
    claim = keeping.store.claim("earlier", now=NOON)
    assert claim is not None
    keeping.store.commit(
        claim, a_commit(a_run("earlier"), incidents=(an_incident(1),), clients=(a_client(),), last_number=1)
    )
    keeping.store.acknowledge(an_acknowledgement("old"), instead_of=None)
    keeping.close()
    return folder


def remembered(folder: Path) -> Memory:
    return build(folder, read_only=True).store.memory()


def in_a_child(work: Callable[[], None]) -> int:
    """Run in a forked process; give how it ended: 0 well, or as it exited."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except Unavailable:
            os._exit(BROKEN_DISK)
        except BaseException as error:
            sys.stderr.write(repr(error))
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def at_step(folder: Path, number: int, act: Callable[[], None]) -> list[int]:
    """Act when this process is about to open, rename or remove its nth file in a folder.

    Gives a list that holds how many are left; such a hook cannot be taken away, so only for a child.
    """
    left = [number]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event in {"open", "os.rename", "os.remove"} and str(arguments[0]).startswith(str(folder)):
            left[0] -= 1
            if left[0] == 0:
                act()

    sys.addaudithook(watch)
    return left


def break_disk() -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("write", [a_reading, a_press])
def test_dying_at_any_step_leaves_all_of_a_write_or_nothing(tmp_path: Path, before: Path, write: Write) -> None:
    old, seen, step, ended = remembered(before), [], 0, DIED
    while ended == DIED:
        step += 1
        folder = Path(shutil.copytree(before, tmp_path / f"step-{step}"))

        def work(folder: Path = folder, step: int = step) -> None:
            keeping = build(folder)
            at_step(folder, step, lambda: os._exit(DIED))
            write(keeping)

        ended = in_a_child(work)
        beside = remembered(folder)
        build(folder).close()
        assert remembered(folder) == beside
        assert not list(folder.glob(".*.new"))
        assert not (folder / "pending.json").exists()
        seen.append(beside)

    assert ended == 0
    new = seen[-1]
    assert new != old
    assert [one in (old, new) for one in seen] == [True] * step
    assert old in seen
    assert seen == sorted(seen, key=lambda one: one == new), "once decided, always done"


@pytest.mark.parametrize("write", [a_reading, a_press])
def test_a_disk_failing_at_any_step_leaves_all_of_a_write_or_nothing_and_the_store_goes_on(
    tmp_path: Path, before: Path, write: Write
) -> None:
    old = remembered(before)
    new = remembered(written(shutil.copytree(before, tmp_path / "done"), write))
    outcomes: list[int] = []
    while NOT_REACHED not in outcomes:
        folder = Path(shutil.copytree(before, tmp_path / f"step-{len(outcomes) + 1}"))

        def work(folder: Path = folder, step: int = len(outcomes) + 1) -> None:
            keeping = build(folder)
            left = at_step(folder, step, break_disk)
            failed = has_failed(write, keeping)
            reached, left[0] = left[0] <= 0, 0
            memory = keeping.store.memory()
            assert memory == (old if failed else new), "half, or said one thing and did another"
            keeping.store.acknowledge(an_acknowledgement("after"), instead_of=None)
            memory = keeping.store.memory()
            assert remembered(folder) == memory, "a reader sees something else"
            keeping.close()
            assert remembered(written(folder, lambda _: None)) == memory, "not what it was before closing"
            os._exit((BROKEN_DISK if failed else 0) if reached else NOT_REACHED)

        outcomes.append(in_a_child(work))

    assert set(outcomes[:-1]) <= {0, BROKEN_DISK}
    assert BROKEN_DISK in outcomes


def written(folder: Path, write: Write) -> Path:
    keeping = build(folder)
    write(keeping)
    keeping.close()
    return folder


def has_failed(write: Write, keeping: Keeping) -> bool:
    try:
        write(keeping)
    except Unavailable:
        return True
    return False


@pytest.mark.parametrize("writer_fails_at", [0, 12, 20, 24, 28, 29])
def test_a_reader_overtaken_by_a_write_sees_all_of_it_or_nothing(before: Path, writer_fails_at: int) -> None:
    """A commit, whole or left half done, slips in just before the reader opens its nth file."""

    def overtaken(nth: int) -> None:
        keeping = build(before)

        def overtake() -> None:
            left = at_step(before, writer_fails_at, break_disk)
            has_failed(a_reading, keeping)
            left[0] = 0

        old = keeping.store.memory()
        at_step(before, nth, overtake)
        seen = remembered(before)
        assert seen in (old, keeping.store.memory()), "half"

    for nth in range(1, 11):
        folder = before.with_name(f"nth-{nth}")
        shutil.copytree(before, folder)
        assert in_a_child(lambda nth=nth: overtaken(nth)) == 0
        shutil.rmtree(before)
        folder.rename(before)


@pytest.mark.parametrize("limit", [0, 100, 2_000, 20_000])
def test_a_full_disk_costs_the_write_and_nothing_else(before: Path, limit: int) -> None:
    old = remembered(before)

    def work() -> None:
        keeping = build(before)
        claim = keeping.store.claim(SLOT, now=NOON)
        assert claim is not None
        commit = a_commit(standings=tuple(a_standing(a_subject(f"srv{n}"), days=60) for n in range(50)))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        try:
            keeping.store.commit(claim, commit)
        except Unavailable:
            assert keeping.store.memory() == old
            assert not list(before.glob(".*.new"))
            raise

    assert in_a_child(work) == BROKEN_DISK
    assert remembered(before) == old


def test_an_audit_line_that_does_not_fit_leaves_no_piece_behind(before: Path) -> None:
    def work() -> None:
        keeping = build(before)
        keeping.audit.record(an_entry("fits"))
        size = (before / "audit-2026-03.jsonl").stat().st_size
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        keeping.audit.record(an_entry("does not"))

    assert in_a_child(work) == BROKEN_DISK
    assert (before / "audit-2026-03.jsonl").read_bytes().endswith(b'"}\n')
    assert [entry.action for entry in build(before, read_only=True).audit.entries()] == ["fits"]


def test_a_decided_write_is_finished_by_whoever_opens_next(before: Path) -> None:
    staged = {"incidents.json": ".incidents.json.1-1.new", "clients.json": ".clients.json.1-2.new"}
    (before / staged["incidents.json"]).write_text('{"incidents":{}}')
    (before / staged["clients.json"]).write_text('{"clients":{}}')
    (before / ".runs.json.1-0.new").write_text("never decided")
    (before / "pending.json").write_text(str(staged).replace("'", '"'))

    beside = remembered(before)
    build(before).close()

    assert (beside.incidents, beside.clients, len(beside.runs)) == ({}, {}, 1)
    assert remembered(before) == beside
    assert not list(before.glob(".*.new"))


def test_kill_9_at_random_moments_loses_nothing_that_was_confirmed(tmp_path: Path) -> None:
    rng = random.Random(20260304)
    confirmed: dict[str, set[int]] = defaultdict(set)
    for _ in range(KILLS):
        for line in said_until_killed(tmp_path, lines=rng.randrange(1, 40), spins=rng.randrange(40_000)):
            what, n = line.split()
            confirmed[what].add(int(n))
        check(tmp_path, confirmed)
    assert len(confirmed["commit"]) > KILLS


def said_until_killed(folder: Path, *, lines: int, spins: int) -> list[str]:
    """Let a writer say some lines, spin for a moment, kill it, and give all whole lines it said."""
    read_end, write_end = os.pipe()
    writer = os.fork()
    if writer == 0:
        try:
            write_until_killed(folder, out=write_end)
        except BaseException as error:
            sys.stderr.write(repr(error))
        finally:
            os._exit(1)
    os.close(write_end)
    with os.fdopen(read_end) as heard:
        said = [heard.readline() for _ in range(lines)]
        for _ in range(spins):
            pass
        os.kill(writer, signal.SIGKILL)
        ended = os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1])
        said += heard.readlines()
    assert ended == -signal.SIGKILL, "it ended before it was killed"
    return [line for line in said if line.endswith("\n")]


def check(folder: Path, confirmed: dict[str, set[int]]) -> None:
    keeping = build(folder, read_only=True)
    memory = keeping.store.memory()
    last = memory.last_number
    assert last >= max(confirmed["commit"], default=0)
    numbers = {one.number for one in memory.incidents.values()}
    assert numbers == set(range(max(1, last - 99), last + 1))
    assert set(memory.standings) == {a_subject(f"srv{n}").key for n in range(1, last + 1)}
    assert [run.slot for run in memory.runs] == [f"slot-{n}" for n in range(max(1, last - 89), last + 1)]
    assert not last or memory.clients["acme"].until == after(last)
    assert {a_subject(f"srv{n}").key for n in confirmed["acknowledge"]} <= set(memory.acknowledgements)
    assert all(keeping.outbox.find(f"slot-{n}")[0].receipt for n in confirmed["sent"])
    assert {run.slot for run in memory.runs if run.announced} >= {
        f"slot-{n}" for n in confirmed["announced"] if n > last - 90
    }
    assert {str(n) for n in confirmed["audit"]} <= {entry.action for entry in keeping.audit.entries(last=10_000)}
    writer = build(folder)
    assert all(writer.store.claim(f"slot-{n}", now=NOON) is None for n in confirmed["done"])
    writer.close()


def test_a_claim_from_before_a_restart_commits_no_more(tmp_path: Path) -> None:
    keeping = build(tmp_path)
    claim = keeping.store.claim(SLOT, now=NOON)
    assert claim is not None
    keeping.close()
    again = build(tmp_path)

    with pytest.raises(Conflict):
        again.store.commit(claim, a_commit())
    again.close()
