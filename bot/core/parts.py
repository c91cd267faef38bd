"""A reading that comes in parts, oldest first, is told as if it had come in one."""

from msgspec.structs import replace

from bot.core.incident import Change, Incident
from bot.core.memory import Memory
from bot.core.reconcile import Reconciled, what_changed


def after(memory: Memory, part: Reconciled) -> Memory:
    """Give what the next part is compared with.

    What was read of clients stays as it was before the reading: what a first reading finds is a baseline to its end.
    """
    return replace(
        memory,
        incidents={**memory.incidents, **{incident.key: incident for incident in part.incidents}},
        standings={**memory.standings, **{standing.subject.key: standing for standing in part.standings}},
        last_number=part.last_number,
    )


def joined(memory: Memory, before: Reconciled, last: Reconciled) -> Reconciled:
    """Join what the parts so far did with what the next one did.

    Args:
        memory: what was remembered before the reading.
    """
    incidents = {incident.key: incident for incident in (*before.incidents, *last.incidents)}
    news = dict.fromkeys(change.after.key for change in (*before.changes, *last.changes))
    changes = [_change(memory, key, incidents[key]) for key in news]
    return replace(
        last,
        changes=tuple(sorted((each for each in changes if each is not None), key=_by_number)),
        incidents=tuple(incidents.values()),
        standings=tuple({each.subject.key: each for each in (*before.standings, *last.standings)}.values()),
        counts={
            outcome: before.counts.get(outcome, 0) + last.counts.get(outcome, 0)
            for outcome in dict.fromkeys((*before.counts, *last.counts))
        },
    )


def _change(memory: Memory, key: str, after: Incident) -> Change | None:
    was = memory.incidents.get(key)
    kind = what_changed(was, after)
    return Change(kind, was, after) if kind is not None else None


def _by_number(change: Change) -> int:
    return change.after.number
