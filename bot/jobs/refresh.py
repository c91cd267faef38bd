"""Read what the backups did, decide what changed, write it down. Telling is announce.py's work."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.core.activity import (
    Activity,
    Batch,
    ClientCoverage,
    Coverage,
    Ended,
    Page,
    Protection,
    Reading,
    Window,
)
from bot.core.digest import lapsed
from bot.core.memory import Commit, Memory, News, Run
from bot.core.policy import DEFAULT, Policy
from bot.core.reconcile import Judge, Reconciled, reconcile
from bot.errors import Conflict, Refused, Unavailable
from bot.ports import Source, Store
from classifier import classify

log = logging.getLogger(__name__)

OVERLAP = timedelta(hours=2)  # re-read this much: results that were updated late are seen, repeats change nothing
LOOKBACK = timedelta(days=3)  # how far back a client's first reading goes
Progress = Callable[[int], None]


def refresh(
    slot: str,
    *,
    source: Source,
    store: Store,
    now: Callable[[], datetime],
    scheduled: bool = True,
    policy: Policy = DEFAULT,
    judge: Judge = classify,
    lookback: timedelta = LOOKBACK,
    progress: Progress = lambda _: None,
) -> Run | None:
    """Answer one slot.

    1. claim it; somebody else's slot is none of ours
    2. read from the high-water mark of each client, a little overlapped
    3. reconcile with what is remembered
    4. commit everything in one piece, marked as not yet told

    Args:
        scheduled: False when a person asked: it uses up no grace.
        judge: says what a failure means.
        progress: told how many activities were read so far.
    Returns:
        What was committed; None when the slot is done or somebody has it.
    """
    claim = store.claim(slot, now=now())
    if claim is None:
        log.info("refresh %s: done already, or somebody has it", slot)
        return None
    try:
        memory = store.memory()
        batch = read(source, memory, until=now(), scheduled=scheduled, lookback=lookback, progress=progress)
        changed = reconcile(memory, batch, policy=policy, judge=judge)
        gone = _lapsed(memory, changed, batch.read_at, policy)
        run = _run(slot, claim.attempt, batch, changed, gone)
        store.commit(claim, _commit(run, changed, gone))
    except Conflict:
        log.warning("refresh %s: somebody took the slot over; nothing of ours was written", slot)
        return None
    except BaseException:
        store.release(claim, done=False)
        raise
    log.info("refresh %s: %d runs, %d changes", slot, sum(changed.counts.values()), len(changed.changes))
    return run


def read(
    source: Source,
    memory: Memory,
    *,
    until: datetime,
    scheduled: bool,
    lookback: timedelta = LOOKBACK,
    progress: Progress = lambda _: None,
) -> Batch:
    """Read every client from where it was last read up to now.

    A client that could not be read for a while is read from its own mark, apart from the others.
    An account that lets nobody in gives a batch in which nothing was read, and says why.
    """
    window = Window(_start(memory, until, lookback), until)
    found = _Found()
    coverage = Coverage(window)
    try:
        coverage = _fetch(source, window, found, progress)
        behind = _behind(memory, coverage, window, first=until - lookback)
        if behind:
            older = Window(min(behind.values()), window.since)
            late = _fetch(source, older, found, progress, clients=frozenset(behind))
            coverage = _with_late(coverage, late, behind)
    except (Unavailable, Refused) as error:
        log.warning("source %s: %s", source.name, error)
        coverage = _nothing_read(memory, window, str(error))
    return Batch(
        tuple(found.activities),
        coverage,
        read_at=until,
        ended=tuple(found.ended),
        scheduled=scheduled,
        protections=tuple(found.protections),
    )


class _Found:
    """What the pages of one reading hold together."""

    def __init__(self) -> None:
        self.activities: list[Activity] = []
        self.ended: list[Ended] = []
        self.protections: list[Protection] = []

    def take(self, page: Page) -> None:
        self.activities += page.activities
        self.ended += page.ended
        self.protections += page.protections


def _start(memory: Memory, until: datetime, lookback: timedelta) -> datetime:
    """Start at the oldest mark of the clients that were read last time, wholly or in part.

    Those that were not read at all are caught up apart from the others (see `_behind`).
    """
    seen = (Reading.READ, Reading.PARTIAL)
    marks = [c.until for c in memory.clients.values() if c.until is not None and c.reading in seen]
    return min(marks) - OVERLAP if marks else until - lookback


def _behind(memory: Memory, coverage: Coverage, window: Window, *, first: datetime) -> dict[str, datetime]:
    """Find clients that must be read from further back: read again after a while, or for the first time.

    Args:
        first: where a client's first reading begins.
    """
    behind = {}
    for client in coverage.clients:
        known = memory.clients.get(client.client.id)
        since = known.until - OVERLAP if known is not None and known.until is not None else first
        if client.until is not None and since < window.since - OVERLAP:
            behind[client.client.id] = since
    return behind


def _fetch(
    source: Source,
    window: Window,
    found: _Found,
    progress: Progress,
    *,
    clients: frozenset[str] | None = None,
) -> Coverage:
    for page in source.fetch(window, clients=clients):
        if isinstance(page, Coverage):
            return page
        found.take(page)
        progress(len(found.activities))
    raise Unavailable(f"{source.name} ended without saying what it covered")


def _with_late(coverage: Coverage, late: Coverage, behind: dict[str, datetime]) -> Coverage:
    """Join two readings: a client whose older part failed is only partly read, and its mark stays."""
    second = {client.client.id: client for client in late.clients}
    clients = []
    for client in coverage.clients:
        older = second.get(client.client.id)
        if client.client.id in behind and (older is None or older.reading is not Reading.READ):
            why = older.why if older is not None else "its older results were not read"
            client = replace(client, reading=Reading.PARTIAL, until=None, why=why, listed=False)
        clients.append(client)
    return replace(
        coverage,
        clients=tuple(clients),
        quarantined=coverage.quarantined + late.quarantined,
        gaps=tuple(dict.fromkeys((*coverage.gaps, *late.gaps))),
    )


def _nothing_read(memory: Memory, window: Window, why: str) -> Coverage:
    clients = tuple(ClientCoverage(known.client, Reading.UNREAD, why=why) for known in memory.clients.values())
    return Coverage(window, clients, gaps=(why,))


def _run(slot: str, attempt: int, batch: Batch, changed: Reconciled, gone: tuple[tuple[str, datetime], ...]) -> Run:
    return Run(
        slot=slot,
        attempt=attempt,
        read_at=batch.read_at,
        scheduled=batch.scheduled,
        coverage=replace(batch.coverage, clients=()),
        news=tuple(News(change.kind, change.after.key) for change in changed.changes),
        baseline=changed.baseline,
        counts=changed.counts,
        lapsed=tuple(target for target, _ in gone),
        exposed=changed.exposed,
    )


def _lapsed(memory: Memory, changed: Reconciled, now: datetime, policy: Policy) -> tuple[tuple[str, datetime], ...]:
    incidents = {**memory.incidents, **{incident.key: incident for incident in changed.incidents}}
    return lapsed(replace(memory, incidents=incidents), now=now, policy=policy)


def _commit(run: Run, changed: Reconciled, gone: tuple[tuple[str, datetime], ...]) -> Commit:
    return Commit(
        run=run,
        incidents=changed.incidents,
        standings=changed.standings,
        clients=changed.clients,
        forgotten=changed.forgotten,
        lapsed=gone,
        last_number=changed.last_number,
    )
