"""Which cause is talked about in which thread, which deserves one, and what a thread has not heard yet."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from bot.core.correlate import group_keys
from bot.core.digest import Novelty, Row
from bot.core.incident import Incident, State
from bot.core.memory import Memory
from bot.core.message import Message
from bot.core.policy import DEFAULT, Policy, is_lasting, is_more_urgent, needs_follow_up
from bot.core.thread import Thread
from classifier.verdict import Disposition

FOR_WORSE = frozenset({Novelty.BACK, Novelty.WORSE, Novelty.GREW, Novelty.OTHER_CAUSE})


class Paired(msgspec.Struct, frozen=True):
    """The causes that are open and the threads of one place, brought together.

    Attributes:
        going: threads with the cause they are about.
        back: threads that had ended, with a cause that came back in time to be the same.
        absorbed: threads whose cause is now a part of one that another thread is about.
        ended: threads that are open, and whose cause is not.
        bare: causes without a thread.
    """

    going: tuple[tuple[Thread, Row], ...] = ()
    back: tuple[tuple[Thread, Row], ...] = ()
    absorbed: tuple[tuple[Thread, Row], ...] = ()
    ended: tuple[Thread, ...] = ()
    bare: tuple[Row, ...] = ()

    @property
    def by_target(self) -> Mapping[str, Thread]:
        """Give the thread in which each row is talked about, by the row's target."""
        return {row.target: thread for thread, row in (*self.going, *self.back)}


def paired(rows: Sequence[Row], threads: Iterable[Thread], *, now: datetime, policy: Policy = DEFAULT) -> Paired:
    """Find each cause's thread: by its name, else by any of its members, as groups come and go.

    Args:
        threads: those of one place, oldest first.
    """
    threads = tuple(threads)
    known = _Open(rows)
    found = {thread: known.of(thread) for thread in threads}
    going: dict[str, Thread] = {}
    still = [thread for thread in threads if thread.closed_at is None]
    for thread in sorted(still, key=lambda thread: not _is_named(thread, found[thread])):  # by name before by member
        row = found[thread]
        if row is not None:
            going.setdefault(row.target, thread)
    back: dict[str, Thread] = {}
    for thread in reversed(threads):
        row = found[thread]
        if row is not None and row.target not in going and _may_return(thread, now, policy):
            back.setdefault(row.target, thread)
    by_target = {row.target: row for row in rows}
    return Paired(
        going=tuple((thread, by_target[target]) for target, thread in going.items()),
        back=tuple((thread, by_target[target]) for target, thread in back.items()),
        absorbed=tuple((t, row) for t in still if (row := found[t]) is not None and going[row.target] != t),
        ended=tuple(thread for thread in still if found[thread] is None),
        bare=tuple(row for row in rows if row.target not in going and row.target not in back),
    )


class _Open:
    """The open causes, to be found by whatever a thread knows of its own."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._named = {row.target: row for row in rows}
        self._of_member = {incident.key: row for row in rows for incident in row.incidents}
        alone = [row for row in rows if row.group is None]
        self._last = {key: row for row in reversed(alone) for key in group_keys(row.incidents[0])}

    def of(self, thread: Thread) -> Row | None:
        """Find the cause a thread is about: of its name, else with the most of its members, else a group's last one."""
        if thread.target in self._named:
            return self._named[thread.target]
        shared = Counter(self._of_member[key].target for key in thread.members if key in self._of_member)
        if shared:
            return self._named[shared.most_common(1)[0][0]]
        return self._last.get(thread.target)


def _is_named(thread: Thread, row: Row | None) -> bool:
    return row is not None and row.target == thread.target


def _may_return(thread: Thread, now: datetime, policy: Policy) -> bool:
    return thread.closed_at is not None and now - thread.closed_at <= policy.reopen_within


def wants_post(row: Row, policy: Policy = DEFAULT) -> bool:
    """Tell whether a cause deserves a post of its own: it needs hands that nobody has lent yet, or it lasts.

    What already failed when its client was read for the first time does not, until it gets worse.
    """
    if row.is_quiet or row.owner is not None:
        return False
    if all(incident.baseline for incident in row.incidents) and row.novelty not in FOR_WORSE:
        return False
    return row.disposition is Disposition.ACT_NOW or any(is_lasting(incident, policy) for incident in row.incidents)


class Fresh(msgspec.Struct, frozen=True):
    """What a thread has not heard of its cause.

    Attributes:
        joined, left: members that it never spoke of, and the keys of those that are no longer in it.
        other_cause: what is wrong is not what it was.
        escalated: it became more urgent.
        owner: who has it since; "" when that did not change, or nobody has.
        freed: who had it and has not any more; "" when that did not change.
        lasts: it has lasted, and long enough since the thread last heard.
    """

    joined: tuple[Incident, ...] = ()
    left: tuple[str, ...] = ()
    other_cause: bool = False
    escalated: bool = False
    owner: str = ""
    freed: str = ""
    lasts: bool = False


def fresh(thread: Thread, row: Row, policy: Policy = DEFAULT) -> Fresh:
    """Compare a cause with what its thread heard last."""
    known = set(thread.members)
    members = {incident.key for incident in row.incidents}
    owner = row.owner.by_name if row.owner is not None else ""
    return Fresh(
        joined=tuple(incident for incident in row.incidents if incident.key not in known),
        left=tuple(key for key in thread.members if key not in members),
        other_cause=thread.cause != row.verdict.rule,
        escalated=is_more_urgent(row.disposition, thread.disposition),
        owner=owner if owner != thread.owner else "",
        freed=thread.owner if thread.owner and not owner else "",
        lasts=any(needs_follow_up(i, said_at_runs=thread.said_runs, policy=policy) for i in row.incidents),
    )


def is_worth_saying(new: Fresh, thread: Thread, row: Row) -> bool:
    """Tell whether a thread should hear now. Whoever has a cause, or put it off, is left in peace until it is worse."""
    if row.is_quiet:
        return False
    if new.escalated or new.other_cause:
        return True
    if row.owner is not None:
        return False
    return new.lasts or len(new.joined) >= len(thread.members)


def heard(thread: Thread, row: Row, *, now: datetime) -> Thread:
    """Note that a thread has heard of all there is to its cause now."""
    return msgspec.structs.replace(
        thread,
        members=tuple(incident.key for incident in row.incidents),
        said_at=now,
        said_runs=row.failed_runs,
        cause=row.verdict.rule,
        disposition=row.disposition,
        owner=row.owner.by_name if row.owner is not None else "",
        closed_at=None,
    )


def opened(row: Row, chat: str, place: str, card: Message, *, now: datetime) -> Thread:
    """Open a thread for a cause; its post is still to be made."""
    raw = Thread(row.target, row.number, chat, place, (), card, opened_at=now, said_at=now)
    return heard(raw, row, now=now)


def without_lapsed(memory: Memory, *, now: datetime) -> Memory:
    """Leave out acknowledgements whose time is over, so that older facts are shown with today's owners."""
    known = memory.acknowledgements
    valid = {target: given for target, given in known.items() if given.until is None or given.until > now}
    return memory if len(valid) == len(known) else msgspec.structs.replace(memory, acknowledgements=valid)


def ended_of(thread: Thread, memory: Memory) -> tuple[Incident, ...]:
    """Give what a thread spoke of and is over, the last to end first."""
    found = (memory.incidents.get(key) for key in thread.members)
    over = [incident for incident in found if incident is not None and incident.state is not State.OPEN]
    return tuple(sorted(over, key=lambda incident: incident.ended_at or incident.last_failed_at, reverse=True))


def lasted(incidents: Sequence[Incident]) -> timedelta | None:
    """Say how long ended incidents lasted, from the first failure to the last end; None when nobody knows."""
    ends = [incident.ended_at for incident in incidents if incident.ended_at is not None]
    if not ends:
        return None
    return max(ends) - min(incident.first_failed_at for incident in incidents)
