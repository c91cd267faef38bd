"""One reading as batches: the newest results, and before them, part by part, what was not read yet."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.core.activity import (
    Activity,
    Batch,
    ClientCoverage,
    Coverage,
    Ended,
    Learnt,
    Protection,
    Reading,
    Ref,
    Window,
)
from bot.core.evidence import believed
from bot.core.memory import Memory
from bot.errors import Refused, Unavailable
from bot.ports import Source

log = logging.getLogger(__name__)

OVERLAP = timedelta(hours=2)  # re-read this much: results that were updated late are seen, repeats change nothing
LOOKBACK = timedelta(days=1)  # how far back a first reading goes at once; what is older comes in parts
PART_RUNS = 20_000  # about so many results are held at a time; 50,000 workloads have as many in ten hours
PART_MOST, PART_LEAST = timedelta(days=7), timedelta(hours=6)  # however quiet or busy the newest hours were

Progress = Callable[[int], None]


def read(
    source: Source,
    memory: Memory,
    *,
    until: datetime,
    scheduled: bool,
    lookback: timedelta = LOOKBACK,
    progress: Progress = lambda _: None,
) -> Iterator[Batch]:
    """Read every client from where it was last read up to now. The last batch is the newest, and says what was covered.

    Clients that could not be read for a while, or never were, are read from further back: by the batches before the
    last, oldest first. Those use up no grace, and what is missing from them has not vanished.
    An account that lets nobody in gives a batch in which nothing was read, and says why.
    """
    window = Window(_start(memory, until, lookback), until)
    newest = _Found(progress)
    try:
        coverage = _begun(newest.fetch(source, window, learnt=memory.learnt), memory)
    except (Unavailable, Refused) as error:
        log.warning("source %s: %s", source.name, error)
        yield newest.batch(_nothing_read(memory, window, str(error)), read_at=until, scheduled=scheduled)
        return
    behind = _behind(memory, coverage, window, first=until - lookback)
    late, learnt = list[Coverage](), coverage.learnt
    for part in _parts(window, behind.values(), runs=len(newest.activities)):
        older = _Found(progress, before=newest.told)
        late.append(older.fetch_late(source, part, behind, learnt))
        newest.told, learnt = older.told, late[-1].learnt
        yield older.batch(late[-1], read_at=until, scheduled=False)
    joined = replace(_with_late(coverage, late, behind, memory), learnt=learnt)
    yield believed(memory, newest.batch(joined, read_at=until, scheduled=scheduled))


class _Found:
    """What the pages of one window hold together.

    Args:
        before: results told of as progress before these.
    """

    def __init__(self, progress: Progress, *, before: int = 0) -> None:
        self.activities: list[Activity] = []
        self.ended: list[Ended] = []
        self.protections: list[Protection] = []
        self.told = before
        self._progress = progress

    def fetch(
        self, source: Source, window: Window, *, learnt: Learnt, clients: frozenset[str] | None = None
    ) -> Coverage:
        for page in source.fetch(window, clients=clients, learnt=learnt):
            if isinstance(page, Coverage):
                return page
            self.activities += page.activities
            self.ended += page.ended
            self.protections += page.protections
            self.told += len(page.activities)
            self._progress(self.told)
        raise Unavailable(f"{source.name} ended without saying what it covered")

    def fetch_late(self, source: Source, window: Window, clients: Mapping[str, datetime], learnt: Learnt) -> Coverage:
        """Read an older window of some clients. What is listed belongs to now, and is none of it."""
        try:
            coverage = self.fetch(source, window, clients=frozenset(clients), learnt=learnt)
        except (Unavailable, Refused) as error:
            log.warning("source %s, results up to %s: %s", source.name, window.until, error)
            unread = tuple(ClientCoverage(Ref(id), Reading.UNREAD, why=str(error)) for id in clients)
            return Coverage(window, unread, learnt=learnt)
        return replace(coverage, clients=tuple(replace(client, listed=False) for client in coverage.clients))

    def batch(self, coverage: Coverage, *, read_at: datetime, scheduled: bool) -> Batch:
        return Batch(
            tuple(self.activities),
            coverage,
            read_at=read_at,
            ended=tuple(self.ended),
            scheduled=scheduled,
            protections=tuple(self.protections),
        )


def _start(memory: Memory, until: datetime, lookback: timedelta) -> datetime:
    """Start at the oldest mark of the clients that were read last time, wholly or in part.

    Those that were not read at all are caught up apart from the others (see `_behind`).
    """
    seen = (Reading.READ, Reading.PARTIAL)
    marks = [c.until for c in memory.clients.values() if c.until is not None and c.reading in seen]
    return min(marks) - OVERLAP if marks else until - min(lookback, LOOKBACK)


def _begun(coverage: Coverage, memory: Memory) -> Coverage:
    """Leave a client that was never read, and of which nothing was surely read now, without a mark: it is not begun."""
    clients = tuple(
        replace(client, until=None)
        if client.until == coverage.window.since and _mark(memory, client.client.id) is None
        else client
        for client in coverage.clients
    )
    return replace(coverage, clients=clients)


def _behind(memory: Memory, coverage: Coverage, window: Window, *, first: datetime) -> dict[str, datetime]:
    """Find clients that must be read from further back: read again after a while, or for the first time.

    Args:
        first: where a client's first reading begins.
    """
    behind = {}
    for client in coverage.clients:
        mark = _mark(memory, client.client.id)
        since = mark - OVERLAP if mark is not None else first
        if client.until is not None and since < window.since - OVERLAP:
            behind[client.client.id] = since
    return behind


def _mark(memory: Memory, client_id: str) -> datetime | None:
    known = memory.clients.get(client_id)
    return known.until if known is not None else None


def _parts(newest: Window, since: Iterable[datetime], *, runs: int) -> list[Window]:
    """Cut what lies before the newest window into parts of about as many results as may be held, a little overlapped.

    Args:
        runs: how many results the newest window had; the others will have about as many a day.
    """
    step = PART_RUNS * (newest.until - newest.since) / max(runs, 1)
    step = max(PART_LEAST, min(step, PART_MOST))
    begins, parts = min(since, default=newest.since), list[Window]()
    while begins < newest.since:
        ends = min(begins + step, newest.since)
        parts.append(Window(begins - OVERLAP if parts else begins, ends))
        begins = ends
    return parts


def _with_late(
    coverage: Coverage, late: Sequence[Coverage], behind: Mapping[str, datetime], memory: Memory
) -> Coverage:
    """Join the parts of a reading: a client whose older part failed is only partly read, and its mark stays.

    What failed of a first reading's past is said once and not read again: it would keep a client from ever being read.
    """
    missed = _missed(late, behind)
    known = {id: why for id, why in missed.items() if _mark(memory, id) is not None}
    read_now = {client.client.id for client in coverage.clients if client.is_whole}
    new = [why for id, why in missed.items() if id not in known and id in read_now]
    clients = tuple(
        replace(client, reading=Reading.PARTIAL, until=None, why=known[client.client.id], listed=False)
        if client.client.id in known
        else client
        for client in coverage.clients
    )
    gaps = [gap for each in (coverage, *late) for gap in each.gaps]
    if new:
        clients_read = "a client" if len(new) == 1 else f"{len(new):,} clients"
        gaps.append(f"the past of {clients_read} read for the first time is not complete: {new[0]}")
    return replace(
        coverage,
        clients=clients,
        quarantined=coverage.quarantined + sum(each.quarantined for each in late),
        gaps=tuple(dict.fromkeys(gaps)),
    )


def _missed(late: Sequence[Coverage], behind: Mapping[str, datetime]) -> dict[str, str]:
    """Say of which clients an older part was not read, and why."""
    missed: dict[str, str] = {}
    for part in late:
        seen = {client.client.id: client for client in part.clients}
        for id in behind:
            client = seen.get(id)
            if client is None or client.reading is not Reading.READ:
                missed.setdefault(id, client.why if client is not None else "its older results were not read")
    return missed


def _nothing_read(memory: Memory, window: Window, why: str) -> Coverage:
    clients = tuple(ClientCoverage(known.client, Reading.UNREAD, why=why) for known in memory.clients.values())
    return Coverage(window, clients, gaps=(why,))
