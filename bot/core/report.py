"""What is filed of a reading, as rows: every incident, client, refresh and job. Saying them is wording's work."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from bot.core.activity import ClientCoverage, Reading, Ref, Standing
from bot.core.digest import FAILING, Row, over_limit, rows_of, workload_key
from bot.core.exposure import Exposure, exempted, exposures
from bot.core.incident import Acknowledgement, Incident, State
from bot.core.memory import Memory, Run
from bot.core.policy import DEFAULT, Policy
from bot.core.raised import Ledger, Raised
from classifier.verdict import Disposition, Party


class IncidentRow(msgspec.Struct, frozen=True, gc=False):
    """One incident.

    Attributes:
        cause: the number of the row it is told in: its group's, or its own.
        owner: who has it, if that still holds.
        over: the recovery point its workload is over; None when it is not.
        tickets: its own and its group's, closed ones too.
    """

    incident: Incident
    cause: int
    owner: Acknowledgement | None = None
    over: timedelta | None = None
    tickets: tuple[Raised, ...] = ()


class ClientRow(msgspec.Struct, frozen=True):
    """One client.

    Attributes:
        coverage: what was last read of it; None when nothing ever was.
        causes: its open causes by the party that leads.
        act_now: how many of these need hands now.
        failing: workloads without a backup from their newest run.
        exposed: workloads that are not safe, whether or not an incident speaks of them; see exposure.py.
        over: workloads that are over their recovery point.
        oldest_good_at: the oldest last good backup of a workload; None when one has none, or there is no workload.
    """

    client: Ref
    coverage: ClientCoverage | None
    workloads: int = 0
    causes: Mapping[Party, int] = {}
    act_now: int = 0
    failing: int = 0
    exposed: int = 0
    over: int = 0
    oldest_good_at: datetime | None = None

    @property
    def is_read(self) -> bool:
        return self.coverage is not None and self.coverage.reading is Reading.READ


class JobRow(msgspec.Struct, frozen=True, gc=False):
    """One workload under one plan, healthy or not.

    Attributes:
        number: of its open incident; None when it has none.
        is_over: its workload is over its recovery point; None when its client was not read, or nobody asks for one.
    """

    standing: Standing
    number: int | None = None
    is_over: bool | None = None


class Jobs:
    """Every job, in the order of their clients and workloads. They are made one by one, each time anew."""

    def __init__(self, memory: Memory, *, client: str | None = None) -> None:
        self._memory = memory
        self._client = client

    def __iter__(self) -> Iterator[JobRow]:
        memory = self._memory
        mine = (s for s in memory.standings.values() if self._client in (None, s.subject.client.id))
        for standing in sorted(mine, key=_by_name):
            incident = memory.incidents.get(standing.subject.key)
            is_open = incident is not None and incident.state is State.OPEN
            client = memory.clients.get(standing.subject.client.id)
            yield JobRow(standing, incident.number if incident and is_open else None, _is_over(standing, client))


class Report(msgspec.Struct, frozen=True):
    """All that is filed of one reading.

    Attributes:
        incidents: open ones in the order they are told, then those that ended, the newest first.
        refreshes: the newest first.
    """

    slot: str
    at: datetime
    incidents: tuple[IncidentRow, ...]
    clients: tuple[ClientRow, ...]
    refreshes: tuple[Run, ...]
    jobs: Jobs


def report(memory: Memory, run: Run, *, now: datetime, policy: Policy = DEFAULT, client: str | None = None) -> Report:
    """Make the rows of what is remembered after a reading.

    Args:
        client: the id of the only client wanted; None for all. Refreshes are of all clients.
    """
    rows = rows_of(memory, now=now, policy=policy)
    ledger = Ledger(memory.tickets.values())
    incidents = (*_open(rows, memory, ledger), *_ended(memory, ledger))
    clients = _clients(memory, rows, now=now, policy=policy)
    return Report(
        slot=run.slot,
        at=run.read_at,
        incidents=tuple(row for row in incidents if client in (None, row.incident.subject.client.id)),
        clients=tuple(row for row in clients if client in (None, row.client.id)),
        refreshes=tuple(reversed(memory.runs)),
        jobs=Jobs(memory, client=client),
    )


def _open(rows: Iterable[Row], memory: Memory, ledger: Ledger) -> Iterator[IncidentRow]:
    for row in rows:
        whole = next((given for given in row.held if given.target == row.target or row.group is None), None)
        theirs = {given.target: given for given in row.held}
        for incident in row.incidents:
            owner = theirs.get(incident.key) or whole
            tickets = ledger.about(incident, told_in=row.target)
            yield IncidentRow(incident, row.number, owner, _over(incident, memory), tickets)


def _ended(memory: Memory, ledger: Ledger) -> list[IncidentRow]:
    ended = [each for each in memory.incidents.values() if each.state is not State.OPEN]
    return [IncidentRow(each, each.number, tickets=ledger.about(each)) for each in sorted(ended, key=_newest_first)]


def _newest_first(incident: Incident) -> tuple[float, int]:
    return (-(incident.ended_at or incident.last_failed_at).timestamp(), incident.number)


def _over(incident: Incident, memory: Memory) -> timedelta | None:
    return over_limit(memory.standings.get(incident.key), memory.clients.get(incident.subject.client.id))


def _is_over(standing: Standing, client: ClientCoverage | None) -> bool | None:
    if over_limit(standing, client) is not None:
        return True
    return False if standing.recovery is not None and client is not None and client.is_whole else None


def _by_name(standing: Standing) -> tuple[str, str, str, str]:
    subject = standing.subject
    return (subject.client.name, subject.workload.name, subject.plan.name, subject.key)


def _clients(memory: Memory, rows: Iterable[Row], *, now: datetime, policy: Policy) -> list[ClientRow]:
    exposed, _ = exempted(exposures(memory.standings.values(), memory.clients), policy.exempt, now=now)
    standings: dict[str, list[Standing]] = {}
    for standing in memory.standings.values():
        standings.setdefault(standing.subject.client.id, []).append(standing)
    theirs = _by_client(rows)
    unsafe = _exposed_by_client(exposed)
    known = {id: mine[0].subject.client for id, mine in standings.items()}
    known |= {id: coverage.client for id, coverage in memory.clients.items()}
    found = [
        _client(ref, standings.get(id, []), theirs.get(id, []), memory, exposed=unsafe[id]) for id, ref in known.items()
    ]
    return sorted(found, key=lambda row: (row.client.name, row.client.id))


def _by_client(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        for client in {incident.subject.client.id for incident in row.incidents}:
            found.setdefault(client, []).append(row)
    return found


def _exposed_by_client(exposed: Iterable[Exposure]) -> Counter[str]:
    return Counter(each.subject.client.id for each in exposed)


def _client(ref: Ref, standings: list[Standing], rows: list[Row], memory: Memory, *, exposed: int) -> ClientRow:
    coverage = memory.clients.get(ref.id)
    watched = [standing for standing in standings if standing.ended is None]
    mine = [incident for row in rows for incident in row.incidents if incident.subject.client.id == ref.id]
    good = _newest_good(watched)
    return ClientRow(
        client=ref,
        coverage=coverage,
        workloads=len(good),
        causes=Counter(row.verdict.lead for row in rows),
        act_now=sum(row.disposition is Disposition.ACT_NOW for row in rows),
        failing=len({workload_key(incident) for incident in mine if incident.outcome in FAILING}),
        exposed=exposed,
        over=len({each.subject.workload.id for each in watched if over_limit(each, coverage) is not None}),
        oldest_good_at=min((at for at in good.values() if at is not None), default=None)
        if None not in good.values()
        else None,
    )


def _newest_good(standings: Iterable[Standing]) -> dict[str, datetime | None]:
    """Give the newest good backup of each workload, under any of its plans; None when none is known."""
    found: dict[str, datetime | None] = {}
    for standing in standings:
        id, at = standing.subject.workload.id, standing.last_good_at
        known = found.setdefault(id, at)
        if at is not None and (known is None or known < at):
            found[id] = at
    return found
