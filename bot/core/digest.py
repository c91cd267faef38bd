"""One reading's story: what is broken, who has to move, what can wait, and what could not be seen."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, tzinfo
from enum import StrEnum

import msgspec

from bot.core.activity import ClientCoverage, Outcome, Reading, Ref, Standing
from bot.core.correlate import Group, correlate
from bot.core.incident import Acknowledgement, ChangeKind, Incident, State
from bot.core.memory import Memory, Run
from bot.core.policy import DEFAULT, URGENCY, Policy, lapse_of, why_lapsed
from classifier.verdict import Disposition, Domain, Party, Verdict

FAILING = frozenset({Outcome.FAILED, Outcome.MISSED, Outcome.RUNNING})
PARTY_ORDER = (Party.MSP, Party.CLIENT, Party.ACRONIS)  # the reader is the MSP: their own work first


class Novelty(StrEnum):
    """What the last reading did to a row; OLD when nothing but time passed."""

    NEW = "new"
    BACK = "back"
    WORSE = "worse"
    OTHER_CAUSE = "other cause"
    OLD = "old"


class Row(msgspec.Struct, frozen=True):
    """One cause: an incident alone, or a group said once.

    Attributes:
        target: what an acknowledgement of it names: an incident's key or a group's.
        number: the handle people type; of a group, its lowest member's.
        incidents: its members, the worst first.
        owner: who has it, if that still holds.
        last_good_at: the oldest last clean success among them; None when one of them has none we know of.
    """

    target: str
    number: int
    verdict: Verdict
    disposition: Disposition
    incidents: tuple[Incident, ...]
    novelty: Novelty
    first_failed_at: datetime
    last_failed_at: datetime
    failed_runs: int
    last_good_at: datetime | None
    owner: Acknowledgement | None = None
    group: Group | None = None

    @property
    def cause(self) -> str:
        """What an acknowledgement of this row is given for."""
        return self.target if self.group is not None else self.incidents[0].cause

    @property
    def clients(self) -> tuple[Ref, ...]:
        return tuple(sorted({i.subject.client for i in self.incidents}, key=lambda ref: ref.name))

    @property
    def is_snoozed(self) -> bool:
        return self.owner is not None and self.owner.snoozed


class Digest(msgspec.Struct, frozen=True):
    """What to tell after one reading.

    Attributes:
        since: when the last telling was; None for the first.
        full: everything that is open; otherwise what changed.
        rows: causes, act now first, then by party; snoozed ones left out.
        snoozed: rows that somebody put off.
        still: jobs without a result that nobody has to look at yet.
        healed: incidents that a success ended in this reading.
        closed: incidents that ended without healing.
        found: how many workloads already failed when a client was read for the first time.
        unknown: vendor codes that no rule knows, with how many workloads have them now.
        unread: clients of which nothing or not all was read.
        workloads_read: workloads of clients that were fully read, and all that are known.
    """

    at: datetime
    since: datetime | None
    full: bool
    rows: tuple[Row, ...]
    snoozed: tuple[Row, ...] = ()
    still: tuple[Standing, ...] = ()
    healed: tuple[Incident, ...] = ()
    closed: tuple[Incident, ...] = ()
    found: int = 0
    first_reading: bool = False
    unknown: tuple[tuple[str, int], ...] = ()
    clients_read: int = 0
    clients_all: int = 0
    workloads_read: int = 0
    workloads_all: int = 0
    newest: datetime | None = None
    unread: tuple[tuple[ClientCoverage, int], ...] = ()
    quarantined: int = 0
    gaps: tuple[str, ...] = ()
    ended_runs: int = 0

    @property
    def need_hands(self) -> int:
        return sum(1 for row in self.rows if row.disposition is Disposition.ACT_NOW)

    @property
    def failing(self) -> int:
        """Workloads without a backup, each once, snoozed ones too. A warning is not a failure."""
        return len(self._workloads(FAILING))

    @property
    def warned(self) -> int:
        """Workloads whose newest backup was made with warnings, and that fail in nothing else."""
        return len(self._workloads({Outcome.WARNED}) - self._workloads(FAILING))

    @property
    def cancelled(self) -> int:
        return len(self._workloads({Outcome.CANCELLED}) - self._workloads(FAILING))

    def _workloads(self, outcomes: Set[Outcome]) -> set[tuple[str, str]]:
        rows = (*self.rows, *self.snoozed)
        return {workload_key(i) for row in rows for i in row.incidents if i.outcome in outcomes}

    @property
    def causes(self) -> int:
        return len(self.rows) + len(self.snoozed)

    @property
    def new_causes(self) -> int:
        return sum(1 for row in self.rows if row.novelty in (Novelty.NEW, Novelty.BACK))

    @property
    def is_blind(self) -> bool:
        """True when something could not be seen, or nothing was: then nothing may look green."""
        missing = self.unread or self.gaps or self.quarantined
        return bool(missing) or self.clients_read < self.clients_all or self.newest is None

    @property
    def changed(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.novelty is not Novelty.OLD)


def workload_key(incident: Incident) -> tuple[str, str]:
    return (incident.subject.client.id, incident.subject.workload.id)


def summarise(memory: Memory, run: Run, *, now: datetime, full: bool = True, policy: Policy = DEFAULT) -> Digest:
    """Tell one reading's story, and what was not told before it, from what is remembered after it.

    Args:
        full: list everything open, not only what changed.
    """
    kinds = news_since_told(memory.runs, run)
    touched = [memory.incidents[key] for key in kinds if key in memory.incidents]
    rows = rows_of(memory, now=now, kinds=kinds, policy=policy)
    known = _workloads(memory.standings.values())
    over = _over(memory.standings.values())
    clients = [c for id, c in memory.clients.items() if id not in over]
    unread = [(c, len(known.get(c.client.id, ()))) for c in clients if c.reading is not Reading.READ]
    earlier = [past for past in memory.runs if past.announced and past.read_at < run.read_at]
    return Digest(
        at=run.read_at,
        since=earlier[-1].read_at if earlier else None,
        full=full,
        rows=tuple(row for row in rows if not row.is_snoozed),
        snoozed=tuple(row for row in rows if row.is_snoozed),
        still=_still(memory.standings.values(), memory.incidents),
        healed=tuple(i for i in touched if kinds[i.key] is ChangeKind.RECOVERED),
        closed=tuple(i for i in touched if kinds[i.key] is ChangeKind.CLOSED),
        found=len({workload_key(i) for i in touched if i.baseline and kinds[i.key] is ChangeKind.OPENED}),
        first_reading=not earlier,
        unknown=unknown_codes(memory.incidents.values()),
        clients_read=sum(1 for c in clients if c.reading is Reading.READ),
        clients_all=len(clients),
        workloads_read=sum(len(known.get(c.client.id, ())) for c in clients if c.reading is Reading.READ),
        workloads_all=sum(len(known.get(c.client.id, ())) for c in clients),
        newest=max((c.newest for c in clients if c.newest is not None), default=None),
        unread=tuple(sorted(unread, key=lambda pair: pair[0].client.name)),
        quarantined=run.coverage.quarantined,
        gaps=run.coverage.gaps,
        ended_runs=sum(run.counts.values()),
    )


def news_since_told(runs: Iterable[Run], run: Run) -> dict[str, ChangeKind]:
    """Join one reading's news with that of earlier readings nobody was told of (we died, or a person asked).

    The newest word wins, but what was opened stays new until it was told as such.
    """
    before = [past for past in runs if past.read_at < run.read_at and past.slot != run.slot]
    told = max((index for index, past in enumerate(before) if past.announced), default=-1)
    kinds: dict[str, ChangeKind] = {}
    for past in (*before[told + 1 :], run):
        for news in past.news:
            known = kinds.get(news.key)
            still_new = known in (ChangeKind.OPENED, ChangeKind.REOPENED) and news.kind in GOING_ON
            if not still_new and (known is None or news.kind is not ChangeKind.PERSISTS):
                kinds[news.key] = news.kind
    return kinds


GOING_ON = frozenset({ChangeKind.PERSISTS, ChangeKind.ESCALATED, ChangeKind.CAUSE_CHANGED})


def rows_of(
    memory: Memory, *, now: datetime, kinds: Mapping[str, ChangeKind] | None = None, policy: Policy = DEFAULT
) -> list[Row]:
    """List every open cause: act now first, then by lead party, the largest first."""
    groups = correlate(memory.incidents.values(), memory.standings.values(), policy=policy)
    grouped = {incident.key for group in groups for incident in group.members}
    alone = [i for i in memory.incidents.values() if i.state is State.OPEN and i.key not in grouped]
    kinds = kinds or {}
    rows = [_row(group.members, memory, now, kinds, group) for group in groups]
    rows += [_row((incident,), memory, now, kinds, None) for incident in alone]
    return sorted(rows, key=_reading_order)


def row_of(key: str, memory: Memory, *, now: datetime, policy: Policy = DEFAULT) -> Row | None:
    """Find the row an open incident or group stands in; None when it is not open."""
    for row in rows_of(memory, now=now, policy=policy):
        if row.target == key or any(incident.key == key for incident in row.incidents):
            return row
    return None


def _row(
    members: Sequence[Incident],
    memory: Memory,
    now: datetime,
    kinds: Mapping[str, ChangeKind],
    group: Group | None,
) -> Row:
    first = members[0]
    good = [incident.last_good_at for incident in members]
    row = Row(
        target=group.key if group is not None else first.key,
        number=min(incident.number for incident in members),
        verdict=group.verdict if group is not None else first.verdict,
        disposition=group.disposition if group is not None else first.disposition,
        incidents=tuple(members),
        novelty=_novelty(members, kinds),
        first_failed_at=min(incident.first_failed_at for incident in members),
        last_failed_at=max(incident.last_failed_at for incident in members),
        failed_runs=max(incident.failed_runs for incident in members),
        last_good_at=min((at for at in good if at is not None), default=None) if None not in good else None,
        group=group,
    )
    return msgspec.structs.replace(row, owner=owner_of(row, memory.acknowledgements, now=now))


def owner_of(row: Row, acknowledgements: Mapping[str, Acknowledgement], *, now: datetime) -> Acknowledgement | None:
    """Say who has a row: by its own acknowledgement, or because every member of it is theirs."""
    given = acknowledgements.get(row.target)
    if (
        given is not None
        and why_lapsed(given, cause=row.cause, disposition=row.disposition, is_open=True, now=now) is None
    ):
        return given
    each = [acknowledgements.get(incident.key) for incident in row.incidents]
    if row.group is not None and all(
        one is not None and lapse_of(one, incident, now=now) is None
        for one, incident in zip(each, row.incidents, strict=True)
    ):
        return each[0]
    return None


def lapsed(memory: Memory, *, now: datetime, policy: Policy = DEFAULT) -> tuple[tuple[str, datetime], ...]:
    """List acknowledgements that no longer hold, as (target, given at)."""
    rows = rows_of(memory, now=now, policy=policy)
    by_target = {row.target: row for row in rows}
    over = []
    for target, given in memory.acknowledgements.items():
        incident = memory.incidents.get(target)
        row = by_target.get(target)
        if incident is not None:
            gone = lapse_of(given, incident, now=now) is not None
        else:
            gone = row is None or owner_of(row, {target: given}, now=now) is None
        if gone:
            over.append((target, given.at))
    return tuple(over)


def _novelty(members: Sequence[Incident], kinds: Mapping[str, ChangeKind]) -> Novelty:
    """A row is new when all of it is; worse or back when any of it is."""
    seen = [kinds.get(incident.key) for incident in members]
    if all(kind is ChangeKind.OPENED and not i.baseline for kind, i in zip(seen, members, strict=True)):
        return Novelty.NEW
    if ChangeKind.ESCALATED in seen:
        return Novelty.WORSE
    if ChangeKind.REOPENED in seen:
        return Novelty.BACK
    if ChangeKind.CAUSE_CHANGED in seen:
        return Novelty.OTHER_CAUSE
    return Novelty.OLD


def _reading_order(row: Row) -> tuple[int, int, int, datetime, int]:
    return (
        -URGENCY[row.disposition],
        PARTY_ORDER.index(row.verdict.lead),
        -len(row.incidents),
        row.first_failed_at,
        row.number,
    )


def _workloads(standings: Iterable[Standing]) -> dict[str, set[str]]:
    """Known workloads of each client; those whose plan was revoked or that are gone are not counted."""
    known: dict[str, set[str]] = {}
    for standing in standings:
        if standing.ended is None:
            known.setdefault(standing.subject.client.id, set()).add(standing.subject.workload.id)
    return known


def _over(standings: Iterable[Standing]) -> set[str]:
    """Clients every backup of which was ended by the vendor's word (disabled, deleted, all plans revoked)."""
    seen: dict[str, bool] = {}
    for standing in standings:
        id = standing.subject.client.id
        seen[id] = seen.get(id, True) and standing.ended is not None
    return {id for id, over in seen.items() if over}


def _still(standings: Iterable[Standing], incidents: Mapping[str, Incident]) -> tuple[Standing, ...]:
    """List unfinished jobs that no open incident speaks of."""
    found = []
    for standing in standings:
        incident = incidents.get(standing.subject.key)
        spoken_of = incident is not None and incident.state is State.OPEN and incident.outcome is Outcome.RUNNING
        if standing.running is not None and not spoken_of:
            found.append(standing)
    return tuple(sorted(found, key=lambda s: (s.subject.client.name, s.subject.workload.name)))


def unknown_codes(incidents: Iterable[Incident]) -> tuple[tuple[str, int], ...]:
    """Count open incidents by the code no rule knows, the most frequent first."""
    seen = Counter(
        incident.code or "no code at all"
        for incident in incidents
        if incident.state is State.OPEN and incident.verdict.domain is Domain.UNKNOWN
    )
    return tuple(sorted(seen.items(), key=lambda pair: (-pair[1], pair[0])))


def is_first_of_day(at: datetime, earlier: Iterable[datetime], *, zone: tzinfo) -> bool:
    """Tell whether nothing was told on this day before, as the calendar of `zone` has it."""
    today = at.astimezone(zone).date()
    return not any(past < at and past.astimezone(zone).date() == today for past in earlier)


def incident_row(incident: Incident, memory: Memory, *, now: datetime) -> Row:
    """Show one incident by itself, also when it belongs to a group."""
    return _row((incident,), memory, now, {}, None)
