"""What the clock starts, at each refresh time and every few minutes: is a slot due that nobody has answered?"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta, tzinfo
from threading import RLock

from bot.core.incident import Acknowledgement
from bot.core.memory import MISSED, AuditEntry, Claim, Commit, Memory, Run
from bot.core.slot import due_slot, slot_at, slot_id, slots_between
from bot.jobs.announce import untold
from bot.ports import Audit, Store

log = logging.getLogger(__name__)

NAMED_MAX = 10  # missed slots named in one line of the log
LOOK_BACK = timedelta(days=60)  # as long as a store keeps its slots; see `bot/stores/decisions.py`


class Stopped(Exception):
    """The process ends: what was being read is given up, and is read by the next one."""


def tick(
    *,
    times: Sequence[time],
    zone: tzinfo,
    store: Store,
    audit: Audit,
    now: Callable[[], datetime],
    read: Callable[[str], Run | None],
    tell: Callable[[Run], bool],
    since: datetime | None = None,
    missed: Callable[[str], None] = lambda _: None,
    go_on: Callable[[], object] = lambda: None,
) -> Run | None:
    """Answer the newest slot that is due, unless somebody has.

    1. tell what was written down and not told everywhere: we died in between, or a chat was away
    2. find the newest slot that is due; when it is answered, say what still waits, and that is all
    3. note the older ones that nobody answered as missed: one reading catches up with all of them
    4. read for it, and tell it

    However often it is called, and by however many replicas, a slot is read once and told once.

    Args:
        read: answers one slot; None when it is done, or somebody has it.
        since: the refresh times are these only since then: what would have been due before is not.
        missed: told each slot that is noted as missed.
        go_on: says what waits to be said, and brings older words up to date.
    Returns:
        What was read; None when there was nothing to do.
    """
    _tell_untold(store, tell)
    memory, at = store.memory(), now()
    due = due_slot(times, zone, at)
    if slot_id(due) in {run.slot for run in memory.runs} or (since is not None and due <= since):
        go_on()
        return None
    _note_missed(unanswered(memory, times, zone, before=due, since=since), store, audit, at, missed)
    run = read(slot_id(due))
    if run is not None:
        log.info("slot %s: read, %s", run.slot, "told" if tell(run) else "not told everywhere yet")
    return run


def _note_missed(
    slots: Sequence[datetime], store: Store, audit: Audit, now: datetime, missed: Callable[[str], None]
) -> None:
    noted = [slot_id(slot) for slot in slots if miss(slot, store=store, audit=audit, now=now)]
    for slot in noted:
        missed(slot)
    if noted:
        left_out = f" and {len(noted) - NAMED_MAX} more" if len(noted) > NAMED_MAX else ""
        named = ", ".join(noted[-NAMED_MAX:])
        log.warning("missed, fortress was not running or could not read: slot %s%s", named, left_out)


def _tell_untold(store: Store, tell: Callable[[Run], bool]) -> None:
    run = untold(store.memory())
    if run is None:
        return
    try:
        log.info("slot %s: not told everywhere; %s", run.slot, "told now" if tell(run) else "not possible yet")
    except Exception:  # a chat that breaks must not keep us from reading
        log.exception("slot %s could not be told", run.slot)


def unanswered(
    memory: Memory, times: Sequence[time], zone: tzinfo, *, before: datetime, since: datetime | None = None
) -> tuple[datetime, ...]:
    """Give the slots since the newest answered one that were due and have no reading, oldest first.

    None before the first reading ever: nobody expected any.
    """
    newest = newest_slot(memory)
    if newest is None:
        return ()
    after = max(newest, before - LOOK_BACK, since or newest)
    return tuple(slots_between(times, zone, after, before))


def newest_slot(memory: Memory) -> datetime | None:
    """Give the newest slot that has a reading; None before the first."""
    return max((slot_at(run.slot) for run in memory.runs if run.scheduled), default=None)


def miss(slot: datetime, *, store: Store, audit: Audit, now: datetime) -> bool:
    """Note that nobody read for a slot and nobody will: done, without a reading. False: it was noted before."""
    claim = store.claim(slot_id(slot), now=now)
    if claim is None:
        return False
    try:
        audit.record(AuditEntry(now, "fortress", MISSED, claim.slot))
    except BaseException:
        store.release(claim, done=False)
        raise
    store.release(claim, done=True)
    return True


class Claims:
    """A Store that knows the claims taken through it, so that another thread can give them back.

    A reading may hang in the network for minutes; a process has ten seconds to end. Once its claim is
    given back the reading can write nothing any more: the store's fencing answers its commit with Conflict.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = RLock()
        self._held: dict[str, Claim] = {}
        self._stopped = False

    @property
    def held(self) -> tuple[str, ...]:
        """Name the slots that are being worked on."""
        return tuple(self._held)

    def abandon(self) -> tuple[str, ...]:
        """Give every claim back, to be tried again, and let no other be taken. Names their slots."""
        with self._lock:
            self._stopped = True
            given = tuple(self._held.values())
            self._held = {}
        for claim in given:
            self._store.release(claim, done=False)
        return tuple(claim.slot for claim in given)

    def check(self) -> None:
        """Say to a reading that it should not go on.

        Raises:
            Stopped: the claims were given back.
        """
        if self._stopped:
            raise Stopped("the process ends")

    def claim(self, slot: str, *, now: datetime) -> Claim | None:
        with self._lock:
            self.check()
            claim = self._store.claim(slot, now=now)
            if claim is not None:
                self._held = {**self._held, slot: claim}
            return claim

    def release(self, claim: Claim, *, done: bool) -> None:
        self._store.release(claim, done=done)
        self._forget(claim)

    def commit(self, claim: Claim, commit: Commit) -> None:
        try:
            self._store.commit(claim, commit)
        finally:
            self._forget(claim)

    def _forget(self, claim: Claim) -> None:
        with self._lock:
            self._held = {slot: one for slot, one in self._held.items() if one != claim}

    def memory(self) -> Memory:
        return self._store.memory()

    def announced(self, slot: str) -> None:
        self._store.announced(slot)

    def acknowledge(self, given: Acknowledgement, *, instead_of: Acknowledgement | None) -> None:
        self._store.acknowledge(given, instead_of=instead_of)

    def withdraw(self, seen: Acknowledgement) -> None:
        self._store.withdraw(seen)

    def close(self) -> None:
        self._store.close()
