"""Everything there is now, sorted for one person: what needs hands, what is theirs, what lasts."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.core.digest import Row, Seen, exposed_of, what_was_seen
from bot.core.exposure import Exposure
from bot.core.memory import Memory
from bot.core.policy import DEFAULT, Policy, is_lasting
from classifier.verdict import Disposition


class Pane(msgspec.Struct, frozen=True):
    """What one person sees at a glance. A row stands in one of the three parts at the most.

    Attributes:
        rows: every open cause.
        hands: what must be acted on, and nobody has.
        mine: what this person has, or put off.
        lasting: what has failed often and long enough, and stands in neither.
        read_at: when anything was last read; None when nothing ever was.
        is_blind: something could not be seen, so nothing may look green.
    """

    rows: tuple[Row, ...]
    hands: tuple[Row, ...]
    mine: tuple[Row, ...]
    lasting: tuple[Row, ...]
    seen: Seen
    exposed: tuple[Exposure, ...]
    read_at: datetime | None
    is_blind: bool


def pane_of(memory: Memory, rows: Sequence[Row], me: str, *, policy: Policy = DEFAULT) -> Pane:
    """Sort the open causes for the person with this id."""
    mine = tuple(row for row in rows if any(given.by == me for given in row.held))
    own = {row.target for row in mine}
    hands = tuple(row for row in rows if row.target not in own and _needs_hands(row))
    told = own | {row.target for row in hands}
    seen, last = what_was_seen(memory), memory.runs[-1] if memory.runs else None
    missing = last is None or last.coverage.gaps or last.coverage.quarantined or seen.unread or seen.newest is None
    return Pane(
        rows=tuple(rows),
        hands=hands,
        mine=mine,
        lasting=tuple(row for row in rows if row.target not in told and _lasts(row, policy)),
        seen=seen,
        exposed=exposed_of(memory),
        read_at=last.read_at if last is not None else None,
        is_blind=bool(missing),
    )


def _needs_hands(row: Row) -> bool:
    return row.disposition is Disposition.ACT_NOW and not row.is_quiet and row.owner is None


def _lasts(row: Row, policy: Policy) -> bool:
    return not row.is_quiet and any(is_lasting(incident, policy) for incident in row.incidents)
