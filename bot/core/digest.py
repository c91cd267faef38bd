"""One reading's story: what is broken, who has to move, what can wait, and what could not be seen."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

import msgspec

from bot.core.activity import LEFT_THE_LIST, ClientCoverage, EndReason, Outcome, Reading, Ref, Standing
from bot.core.correlate import Group, correlate, group_keys
from bot.core.exposure import Exposure, ExposureKind, exempted, exposures
from bot.core.incident import Acknowledgement, ChangeKind, Incident, State
from bot.core.memory import Memory, Run
from bot.core.policy import DEFAULT, Policy, holds, runs_left, why_lapsed
from bot.core.raised import Raised, tickets_on
from classifier.verdict import URGENCY, Disposition, Domain, Party, Verdict

FAILING = frozenset({Outcome.FAILED, Outcome.MISSED, Outcome.RUNNING})
PARTY_ORDER = (Party.MSP, Party.CLIENT, Party.ACRONIS)  # the reader is the MSP: their own work first


class Novelty(StrEnum):
    """What the last reading did to a row; OLD when nothing but time passed."""

    NEW = "new"
    BACK = "back"
    WORSE = "worse"
    GREW = "grew"
    OTHER_CAUSE = "other cause"
    FREE = "free again"
    OLD = "old"


class Row(msgspec.Struct, frozen=True):
    """One cause: an incident alone, or a group said once.

    Attributes:
        target: what an acknowledgement of it names: an incident's key or a group's.
        number: the handle people type; of a group, its lowest member's.
        incidents: its members, the worst first.
        owner: who has it, if that still holds.
        held: every acknowledgement that holds for it: its own, its group's, or some members'.
        joined: incidents that the last reading added to it.
        runs_left: failed runs until it must be acted on; 0 when the next one decides; None when no count does.
        muted_until: the operator's own rule wants no word of it before this; None when it is not muted now.
        last_good_at: the oldest last clean success among them; None when one of them has none we know of.
        over: its workloads that are over their recovery point, as (client id, what that is), one each.
        kinds: what the last reading did to its members, by incident key; without those that only went on.
        tickets: open ones: its own, its group's, and those of single members.
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
    held: tuple[Acknowledgement, ...] = ()
    joined: int = 0
    runs_left: int | None = None
    muted_until: datetime | None = None
    over: tuple[tuple[str, timedelta], ...] = ()
    kinds: Mapping[str, ChangeKind] = {}
    tickets: tuple[Raised, ...] = ()

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

    @property
    def is_quiet(self) -> bool:
        """True when a person or the operator's own rule wants no word of it for now."""
        return self.is_snoozed or self.muted_until is not None


class Seen(msgspec.Struct, frozen=True):
    """How much of what there is was read last time: one way of counting, for every answer.

    Attributes:
        clients: those whose backups are still ours to watch.
        unread: of these, the ones not fully read, each with its number of known workloads.
        newest: when the newest result of all ended; None when there is none.
    """

    clients: tuple[ClientCoverage, ...]
    unread: tuple[tuple[ClientCoverage, int], ...]
    workloads_read: int
    workloads_all: int
    newest: datetime | None

    @property
    def clients_read(self) -> int:
        return len(self.clients) - len(self.unread)


class Digest(msgspec.Struct, frozen=True):
    """What to tell after one reading.

    Attributes:
        since: when the last telling was; None for the first.
        full: everything that is open; otherwise what changed.
        rows: causes, act now first, then by party; snoozed and muted ones left out.
        snoozed: rows that somebody put off.
        muted: rows that the operator's own rules keep quiet; counted, as the snoozed ones are.
        still: jobs without a result that nobody has to look at yet.
        healed: incidents that a success ended since the last telling.
        closed: incidents that ended without healing.
        left: healthy backups that are no longer watched, because the vendor says so.
        found: how many workloads already failed when a client was read for the first time.
        unknown: vendor codes that no rule knows, with how many workloads have them now.
        unread: clients of which nothing or not all was read.
        workloads_read: workloads of clients that were fully read, and all that are known.
        exposed: workloads that no row speaks of and that are not safe, the worst first (see exposure.py).
        newly_exposed: of these, the ones that are since the last telling.
        exempt: how many more need no backup, as the operator says.
        found_exposed: how many were exposed when a client was read for the first time.
    """

    at: datetime
    since: datetime | None
    full: bool
    rows: tuple[Row, ...]
    snoozed: tuple[Row, ...] = ()
    muted: tuple[Row, ...] = ()
    still: tuple[Standing, ...] = ()
    healed: tuple[Incident, ...] = ()
    closed: tuple[Incident, ...] = ()
    left: tuple[Standing, ...] = ()
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
    exposed: tuple[Exposure, ...] = ()
    newly_exposed: tuple[Exposure, ...] = ()
    exempt: int = 0
    found_exposed: int = 0

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
        rows = (*self.rows, *self.snoozed, *self.muted)
        return {workload_key(i) for row in rows for i in row.incidents if i.outcome in outcomes}

    @property
    def causes(self) -> int:
        return len(self.rows) + len(self.snoozed) + len(self.muted)

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
    freed = frozenset(target for past in untold_until(memory.runs, run) for target in past.lapsed)
    rows = rows_of(memory, now=now, kinds=kinds, freed=freed, policy=policy)
    found = {key for past in untold_until(memory.runs, run) for key in past.exposed}
    every = exposed_of(memory)
    exposed, exempt = exempted(every, policy.exempt, now=now)
    first_read = {id for past in untold_until(memory.runs, run) for id in past.baseline}
    seen = what_was_seen(memory)
    earlier = [past for past in memory.runs if past.announced and past.read_at < run.read_at]
    since = earlier[-1].read_at if earlier else None
    return Digest(
        at=run.read_at,
        since=since,
        full=full,
        rows=tuple(row for row in rows if not row.is_quiet),
        snoozed=tuple(row for row in rows if row.is_snoozed),
        muted=tuple(row for row in rows if row.is_quiet and not row.is_snoozed),
        still=_still(memory),
        healed=tuple(i for i in touched if kinds[i.key] is ChangeKind.RECOVERED),
        closed=tuple(i for i in touched if kinds[i.key] is ChangeKind.CLOSED),
        left=_left(memory, every, since=since, until=run.read_at),
        found=len({workload_key(i) for i in touched if i.baseline and kinds[i.key] is ChangeKind.OPENED}),
        first_reading=not earlier,
        unknown=unknown_codes(memory.incidents.values(), now=now),
        clients_read=seen.clients_read,
        clients_all=len(seen.clients),
        workloads_read=seen.workloads_read,
        workloads_all=seen.workloads_all,
        newest=seen.newest,
        unread=seen.unread,
        quarantined=run.coverage.quarantined,
        gaps=run.coverage.gaps,
        ended_runs=sum(run.counts.values()),
        exposed=exposed,
        newly_exposed=tuple(each for each in exposed if each.key in found),
        exempt=len(exempt),
        found_exposed=sum(1 for each in exposed if each.subject.client.id in first_read and each.key not in found),
    )


SAID_BY_A_ROW = frozenset({ExposureKind.NO_BACKUP, ExposureKind.OVER})  # beside its last good backup


def exposed_of(memory: Memory) -> tuple[Exposure, ...]:
    """List the exposed workloads; how old a backup is stands in the row of its trouble, when there is one."""
    spoken_of = {workload_key(i) for i in memory.incidents.values() if i.state is State.OPEN}
    return tuple(
        each
        for each in exposures(memory.standings.values(), memory.clients)
        if each.kind not in SAID_BY_A_ROW or each.standing.workload_key not in spoken_of
    )


def over_limit(standing: Standing | None, client: ClientCoverage | None) -> timedelta | None:
    """Give the recovery point that a backup's workload is over, as far as its client was read; None when it is not."""
    point = standing.recovery if standing is not None else None
    if point is None or point.over_at is None or client is None or client.until is None:
        return None
    return point.limit if point.over_at <= client.until else None


def what_was_seen(memory: Memory) -> Seen:
    """Count clients and workloads, and which of them the last reading of each could see."""
    known = _workloads(memory.standings.values())
    over = _over(memory.standings.values())
    clients = tuple(
        client
        for id, client in memory.clients.items()
        if id not in over and (id in known or client.why != LEFT_THE_LIST)
    )
    sizes = {client.client.id: len(known.get(client.client.id, ())) for client in clients}
    unread = [(client, sizes[client.client.id]) for client in clients if client.reading is not Reading.READ]
    return Seen(
        clients=clients,
        unread=tuple(sorted(unread, key=lambda pair: pair[0].client.name)),
        workloads_read=sum(sizes[c.client.id] for c in clients if c.reading is Reading.READ),
        workloads_all=sum(sizes.values()),
        newest=max((client.newest for client in clients if client.newest is not None), default=None),
    )


def _left(
    memory: Memory, exposed: Iterable[Exposure], *, since: datetime | None, until: datetime
) -> tuple[Standing, ...]:
    """List healthy backups that ended since the last telling: no closed incident says so, nor an exposure."""
    said = {each.standing.workload_key for each in exposed}
    return tuple(
        standing
        for key, standing in memory.standings.items()
        if standing.ended_at is not None
        and since is not None
        and since < standing.ended_at <= until
        and standing.workload_key not in said
        and (key not in memory.incidents or memory.incidents[key].state is State.RESOLVED)
    )


def untold_until(runs: Iterable[Run], run: Run) -> tuple[Run, ...]:
    """Give a reading with those before it that nobody was told of, oldest first."""
    before = [past for past in runs if past.read_at < run.read_at]
    told = max((index for index, past in enumerate(before) if past.announced), default=-1)
    return (*before[told + 1 :], run)


def news_since_told(runs: Iterable[Run], run: Run) -> dict[str, ChangeKind]:
    """Join one reading's news with that of earlier readings nobody was told of (we died, or a person asked).

    The newest word wins, but what was opened stays new until it was told as such.
    """
    kinds: dict[str, ChangeKind] = {}
    for past in untold_until(runs, run):
        for news in past.news:
            known = kinds.get(news.key)
            still_new = known in (ChangeKind.OPENED, ChangeKind.REOPENED) and news.kind in GOING_ON
            if not still_new and (known is None or news.kind is not ChangeKind.PERSISTS):
                kinds[news.key] = news.kind
    return kinds


GOING_ON = frozenset({ChangeKind.PERSISTS, ChangeKind.ESCALATED, ChangeKind.CAUSE_CHANGED})


def rows_of(
    memory: Memory,
    *,
    now: datetime,
    kinds: Mapping[str, ChangeKind] | None = None,
    freed: Set[str] = frozenset(),
    policy: Policy = DEFAULT,
) -> list[Row]:
    """List every open cause: act now first, then by lead party, the largest first.

    Args:
        kinds: what the last reading did, by incident key.
        freed: targets of acknowledgements that stopped holding with it.
    """
    groups = correlate(memory.incidents.values(), memory.standings.values(), policy=policy)
    grouped = {incident.key for group in groups for incident in group.members}
    alone = [i for i in memory.incidents.values() if i.state is State.OPEN and i.key not in grouped]
    last = _Last(kinds or {}, freed, memory, now, policy)
    rows = [_row(group.members, last, group=group) for group in groups]
    rows += [_row((incident,), last) for incident in alone]
    return sorted(rows, key=_reading_order)


def row_of(key: str, rows: Iterable[Row]) -> Row | None:
    """Find the row an open incident or group stands in; None when it is not open."""
    for row in rows:
        if row.target == key or any(incident.key == key for incident in row.incidents):
            return row
    return None


def member_row(incident: Incident, row: Row, memory: Memory, *, now: datetime, policy: Policy = DEFAULT) -> Row:
    """Show one member of a row by itself; whoever has the whole has it too."""
    alone = _row((incident,), _Last({}, frozenset(), memory, now, policy))
    held = tuple(dict.fromkeys((*alone.held, *(given for given in row.held if given.target == row.target))))
    tickets = tuple(dict.fromkeys((*alone.tickets, *(each for each in row.tickets if each.target == row.target))))
    return msgspec.structs.replace(alone, held=held, owner=alone.owner or _first_owner(held), tickets=tickets)


def narrowed(row: Row, client_id: str) -> Row:
    """Show what of a row is one client's: the others are none of its business, nor is what changed for them."""
    mine = tuple(incident for incident in row.incidents if incident.subject.client.id == client_id)
    if not mine:
        return row
    own = msgspec.structs.replace(
        row,
        incidents=mine,
        over=tuple(each for each in row.over if each[0] == client_id),
        joined=_joined(mine, row.kinds),
        kinds=_kinds_of(mine, row.kinds),
        tickets=_told_to(client_id, row),
        **_span(mine),
    )
    return msgspec.structs.replace(own, novelty=_novelty(own, freed=row.novelty is Novelty.FREE))


def _told_to(client_id: str, row: Row) -> tuple[Raised, ...]:
    """Leave out tickets of other clients' members; one of the whole row is everybody's."""
    others = {each.key for each in row.incidents if each.subject.client.id != client_id}
    return tuple(each for each in row.tickets if each.target not in others)


def _span(members: Sequence[Incident]) -> dict[str, Any]:
    """Work out what a row says of all its members: since when, how often, and the oldest last good backup."""
    good = [incident.last_good_at for incident in members]
    return {
        "first_failed_at": min(incident.first_failed_at for incident in members),
        "last_failed_at": max(incident.last_failed_at for incident in members),
        "failed_runs": max(incident.failed_runs for incident in members),
        "last_good_at": min((at for at in good if at is not None), default=None) if None not in good else None,
    }


class _Last(msgspec.Struct, frozen=True):
    """What rows are made with: what the last reading did, what is remembered, and the time."""

    kinds: Mapping[str, ChangeKind]
    freed: Set[str]
    memory: Memory
    now: datetime
    policy: Policy


def _row(members: Sequence[Incident], last: _Last, *, group: Group | None = None) -> Row:
    first = members[0]
    span = _span(members)
    verdict = group.verdict if group is not None else first.verdict
    row_key = group.key if group is not None else first.key
    row = Row(
        target=row_key,
        number=min(incident.number for incident in members),
        verdict=verdict,
        disposition=group.disposition if group is not None else first.disposition,
        incidents=tuple(members),
        novelty=Novelty.OLD,
        **span,
        group=group,
        joined=_joined(members, last.kinds),
        runs_left=runs_left(verdict, failed_runs=span["failed_runs"], policy=last.policy),
        muted_until=_muted_until(members, last.now),
        over=_over_theirs(members, last.memory),
        kinds=_kinds_of(members, last.kinds),
        tickets=tickets_on(row_key, members, group is not None, last.memory.tickets),
    )
    held = _held(row, last.memory.acknowledgements, now=last.now)
    owner = _first_owner(held) if _covers(row, held) else None
    return msgspec.structs.replace(row, novelty=_novelty(row, freed=row.target in last.freed), held=held, owner=owner)


def _over_theirs(members: Iterable[Incident], memory: Memory) -> tuple[tuple[str, timedelta], ...]:
    found = {
        workload_key(i): over_limit(memory.standings.get(i.key), memory.clients.get(i.subject.client.id))
        for i in members
    }
    return tuple((client, limit) for (client, _), limit in found.items() if limit is not None)


JOINED = frozenset({ChangeKind.OPENED, ChangeKind.REOPENED})


def _joined(members: Iterable[Incident], kinds: Mapping[str, ChangeKind]) -> int:
    return sum(1 for incident in members if kinds.get(incident.key) in JOINED and not incident.baseline)


def _kinds_of(members: Iterable[Incident], kinds: Mapping[str, ChangeKind]) -> dict[str, ChangeKind]:
    found = ((incident.key, kinds.get(incident.key)) for incident in members)
    return {key: kind for key, kind in found if kind is not None and kind is not ChangeKind.PERSISTS}


def _held(row: Row, acknowledgements: Mapping[str, Acknowledgement], *, now: datetime) -> tuple[Acknowledgement, ...]:
    """List the acknowledgements that hold for a row: of all of it, else of its members one by one."""
    if not acknowledgements:
        return ()
    keys = (row.target,) if row.group is not None else (row.target, *group_keys(row.incidents[0]))
    for key in keys:
        given = acknowledgements.get(key)
        cause = row.incidents[0].cause if key == row.incidents[0].key else key
        if given is not None and not why_lapsed(given, cause=cause, disposition=row.disposition, is_open=True, now=now):
            return (given,)
    if row.group is None:
        return ()
    found = ((incident, acknowledgements.get(incident.key)) for incident in row.incidents)
    return tuple(given for incident, given in found if given is not None and holds(given, incident, now=now))


def _muted_until(members: Sequence[Incident], now: datetime) -> datetime | None:
    """Say until when a row is muted: as long as all of it is."""
    ends = [incident.verdict.muted_until for incident in members]
    first = min((end for end in ends if end is not None), default=None)
    return first if None not in ends and first is not None and now < first else None


def _covers(row: Row, held: Sequence[Acknowledgement]) -> bool:
    members = {incident.key for incident in row.incidents}
    return any(given.target not in members for given in held) or {given.target for given in held} == members


def _first_owner(held: Sequence[Acknowledgement]) -> Acknowledgement | None:
    """Name who has it: somebody who works on it before somebody who put it off."""
    return min(held, key=lambda given: (given.snoozed, given.at), default=None)


def lapsed(memory: Memory, *, now: datetime, policy: Policy = DEFAULT) -> tuple[tuple[str, datetime], ...]:
    """List acknowledgements that no longer hold, as (target, given at)."""
    if not memory.acknowledgements:
        return ()
    rows = rows_of(memory, now=now, policy=policy)
    valid = {given.target for row in rows for given in row.held}
    valid |= {
        target
        for target, given in memory.acknowledgements.items()
        if (incident := memory.incidents.get(target)) is not None and holds(given, incident, now=now)
    }
    return tuple((target, given.at) for target, given in memory.acknowledgements.items() if target not in valid)


def _novelty(row: Row, *, freed: bool) -> Novelty:
    """Say what the last reading did to a row. It is new when all of it is."""
    seen = {row.kinds.get(incident.key) for incident in row.incidents}
    if row.joined == len(row.incidents):
        return Novelty.NEW if seen == {ChangeKind.OPENED} else Novelty.BACK
    if ChangeKind.ESCALATED in seen:
        return Novelty.WORSE
    if row.joined:
        return Novelty.GREW
    if ChangeKind.CAUSE_CHANGED in seen:
        return Novelty.OTHER_CAUSE
    return Novelty.FREE if freed else Novelty.OLD


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


GONE = frozenset({EndReason.CLIENT_DISABLED, EndReason.CLIENT_DELETED})


def _over(standings: Iterable[Standing]) -> set[str]:
    """Clients that the vendor says were disabled or deleted. One whose plans were revoked is still a client."""
    seen: dict[str, bool] = {}
    for standing in standings:
        id = standing.subject.client.id
        seen[id] = seen.get(id, True) and standing.ended in GONE
    return {id for id, over in seen.items() if over}


def _still(memory: Memory) -> tuple[Standing, ...]:
    """List jobs that are in their grace, or move, and that no open incident speaks of."""
    found = []
    for standing in memory.standings.values():
        if standing.running is None or standing.running.reads > 0:
            continue
        incident = memory.incidents.get(standing.subject.key)
        spoken_of = incident is not None and incident.state is State.OPEN and incident.outcome is Outcome.RUNNING
        if not spoken_of:
            found.append(standing)
    return tuple(sorted(found, key=lambda s: (s.subject.client.name, s.subject.workload.name)))


def unknown_codes(incidents: Iterable[Incident], *, now: datetime) -> tuple[tuple[str, int], ...]:
    """Count open incidents by the code no rule knows, the most frequent first.

    Also where a wrapper's own name answered: the leaf beneath it is still unknown. Muted ones are known
    to the operator.
    """
    seen = Counter(
        incident.verdict.unknown_leaf or incident.code or "no code at all"
        for incident in incidents
        if incident.state is State.OPEN
        and (incident.verdict.domain is Domain.UNKNOWN or incident.verdict.unknown_leaf)
        and _muted_until((incident,), now) is None
    )
    return tuple(sorted(seen.items(), key=lambda pair: (-pair[1], pair[0])))


def is_first_of_day(at: datetime, earlier: Iterable[datetime], *, zone: tzinfo) -> bool:
    """Tell whether nothing was told on this day before, as the calendar of `zone` has it."""
    today = at.astimezone(zone).date()
    return not any(past < at and past.astimezone(zone).date() == today for past in earlier)
