"""What fortress remembers between two readings, and one reading's outcome as it is written down."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from bot.core.activity import NOTHING_LEARNT, ClientCoverage, Coverage, Learnt, Standing
from bot.core.incident import Acknowledgement, ChangeKind, Incident
from bot.core.raised import Raised


class News(msgspec.Struct, frozen=True, gc=False):
    """A change, as remembered: what happened to which incident."""

    kind: ChangeKind
    key: str


class Extent(msgspec.Struct, frozen=True):
    """How much of what there was a reading could see."""

    clients_read: int
    clients: int
    workloads_read: int
    workloads: int


class Run(msgspec.Struct, frozen=True):
    """One reading, as committed: enough to tell it, also after a crash.

    Attributes:
        slot: the slot it answered (`2026-03-04T06:45:00Z`), or `asked-…` when a person asked for it.
        attempt: the claim's fencing token.
        baseline: clients that were read for the first time.
        counts: ended activities by outcome, repeats left out.
        lapsed: targets of acknowledgements that stopped holding.
        exposed: keys of exposures that were not there before (see exposure.py).
        announced: what every place is to hear of it is written down; from then on it cannot be lost.
        ended_at: when all of it was read and judged; None when that was not noted.
        extent: how much it saw; None when that was not noted.
    """

    slot: str
    attempt: int
    read_at: datetime
    scheduled: bool
    coverage: Coverage
    news: tuple[News, ...] = ()
    baseline: tuple[str, ...] = ()
    counts: Mapping[str, int] = {}
    lapsed: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    announced: bool = False
    ended_at: datetime | None = None
    extent: Extent | None = None


class Memory(msgspec.Struct, frozen=True):
    """A consistent, unchanging picture of everything remembered.

    Attributes:
        incidents: by incident key; ended ones stay for a while, so that they can come back.
        standings: by subject key.
        acknowledgements: by target; one that no longer holds may still be here.
        clients: what was last read of each, by client id.
        runs: the last readings, oldest first.
        last_number: the highest incident number ever given.
        learnt: what the source learned in all readings so far.
        tickets: those raised, open and closed ones, by target and desk.
    """

    incidents: Mapping[str, Incident] = {}
    standings: Mapping[str, Standing] = {}
    acknowledgements: Mapping[str, Acknowledgement] = {}
    clients: Mapping[str, ClientCoverage] = {}
    runs: tuple[Run, ...] = ()
    last_number: int = 0
    learnt: Learnt = NOTHING_LEARNT
    tickets: Mapping[str, Raised] = {}


class Commit(msgspec.Struct, frozen=True):
    """All that one reading changes, written in one piece or not at all.

    Attributes:
        forgotten: keys of incidents too old to keep.
        lapsed: acknowledgements whose facts changed, as (target, given at). One given since stays.
        learnt: tables of what the source learned, each in place of the one known.
    """

    run: Run
    incidents: tuple[Incident, ...] = ()
    standings: tuple[Standing, ...] = ()
    clients: tuple[ClientCoverage, ...] = ()
    forgotten: tuple[str, ...] = ()
    lapsed: tuple[tuple[str, datetime], ...] = ()
    last_number: int = 0
    learnt: Learnt = NOTHING_LEARNT


class Claim(msgspec.Struct, frozen=True):
    """The right to work on a slot. `attempt` is the fencing token: a later claimant has a higher one."""

    slot: str
    owner: str
    attempt: int


MISSED = "slot missed"  # the action by which the audit keeps a slot nobody read, because we were not running


class AuditEntry(msgspec.Struct, frozen=True):
    """Who did what, when. Never holds a secret or a payload."""

    at: datetime
    actor: str
    action: str
    target: str = ""
    before: str = ""
    after: str = ""
