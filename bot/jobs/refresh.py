"""Read what the backups did, decide what changed, write it down. Telling is announce.py's work."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.core.activity import NOTHING_LEARNT, Batch, Learnt
from bot.core.digest import lapsed, what_was_seen
from bot.core.memory import Commit, Extent, Memory, News, Run
from bot.core.parts import after, joined
from bot.core.policy import DEFAULT, Policy
from bot.core.reconcile import Judge, Reconciled, reconcile
from bot.errors import Conflict
from bot.jobs.reading import LOOKBACK, Progress, read
from bot.ports import Source, Store
from classifier import classify

log = logging.getLogger(__name__)


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
        lookback: how far back a client's first reading goes.
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
        parts = read(source, memory, until=now(), scheduled=scheduled, lookback=lookback, progress=progress)
        batch, changed = _reconciled(memory, parts, policy, judge)
        gone = _lapsed(memory, changed, batch.read_at, policy)
        run = replace(_run(slot, claim.attempt, batch, changed, gone), extent=_extent(memory, changed), ended_at=now())
        store.commit(claim, _commit(run, batch.coverage.learnt, changed, gone))
    except Conflict:
        log.warning("refresh %s: somebody took the slot over; nothing of ours was written", slot)
        return None
    except BaseException:
        store.release(claim, done=False)
        raise
    log.info("refresh %s: %d runs, %d changes", slot, sum(changed.counts.values()), len(changed.changes))
    return run


def _reconciled(memory: Memory, parts: Iterator[Batch], policy: Policy, judge: Judge) -> tuple[Batch, Reconciled]:
    """Reconcile a reading part by part, so that no more than one is held; gives the last part and what all did."""
    told, all_of_it = memory, Reconciled(last_number=memory.last_number)
    for batch in parts:
        changed = reconcile(told, batch, policy=policy, judge=judge)
        all_of_it = joined(memory, all_of_it, changed)
        told = after(told, changed)
    return batch, all_of_it


def _run(slot: str, attempt: int, batch: Batch, changed: Reconciled, gone: tuple[tuple[str, datetime], ...]) -> Run:
    return Run(
        slot=slot,
        attempt=attempt,
        read_at=batch.read_at,
        scheduled=batch.scheduled,
        coverage=replace(batch.coverage, clients=(), learnt=NOTHING_LEARNT),
        news=tuple(News(change.kind, change.after.key) for change in changed.changes),
        baseline=changed.baseline,
        counts=changed.counts,
        lapsed=tuple(target for target, _ in gone),
        exposed=changed.exposed,
    )


def _extent(memory: Memory, changed: Reconciled) -> Extent:
    clients = {**memory.clients, **{each.client.id: each for each in changed.clients}}
    seen = what_was_seen(replace(after(memory, changed), clients=clients))
    return Extent(seen.clients_read, len(seen.clients), seen.workloads_read, seen.workloads_all)


def _lapsed(memory: Memory, changed: Reconciled, now: datetime, policy: Policy) -> tuple[tuple[str, datetime], ...]:
    incidents = {**memory.incidents, **{incident.key: incident for incident in changed.incidents}}
    return lapsed(replace(memory, incidents=incidents), now=now, policy=policy)


def _commit(run: Run, learnt: Learnt, changed: Reconciled, gone: tuple[tuple[str, datetime], ...]) -> Commit:
    return Commit(
        run=run,
        incidents=changed.incidents,
        standings=changed.standings,
        clients=changed.clients,
        forgotten=changed.forgotten,
        lapsed=gone,
        last_number=changed.last_number,
        learnt=learnt,
    )
