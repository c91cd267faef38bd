"""Reads one Acronis account: the tree of clients, then alerts, then activities, folded into runs."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import msgspec

from bot.core.activity import Activity, ClientCoverage, Coverage, Ended, Page, Reading, Ref, Window
from bot.errors import Refused, Unavailable
from bot.sources.acronis import parse, wire, words
from bot.sources.acronis.client import Client, Records, quarantined
from bot.sources.acronis.fold import Folded, fold, incomplete
from bot.sources.acronis.parse import Notice, Odd, Owner, Piece
from bot.sources.acronis.tenants import Directory, directory

PAGE = 500  # activities handed on at a time
LOOKUPS_MAX = 200  # jobs cut by the window that are read again in full; more than that is said as a gap
LOST_MAX = 3  # of them in a row that could not be read; then the rest is not asked for
RUNNING_SINCE = timedelta(days=14)  # older "started" steps were lost by their agent and never end
NO_ACCESS = "this client does not let partners in (self-managed)"

R = TypeVar("R", wire.Activity, wire.Alert)
V = TypeVar("V", Piece, Notice)
log = logging.getLogger(__name__)


class Chain(msgspec.Struct, Generic[V], frozen=True):
    """What one chain of pages gave.

    Attributes:
        until: read without a gap up to here; None when nothing surely was.
        why: what broke it; "" when it was read to its end.
    """

    items: tuple[V, ...]
    odd: int
    until: datetime | None
    why: str = ""


class Lookup(msgspec.Struct, frozen=True):
    """What reading cut jobs again gave; `unread` are the owners of those that could not be."""

    items: tuple[Piece, ...] = ()
    odd: int = 0
    unread: tuple[Owner, ...] = ()


class Extent(msgspec.Struct, frozen=True):
    """How far was read.

    Attributes:
        until: what holds for every client; None when nothing surely was read.
        why: what kept us from more; "" when nothing did.
        cut: how many jobs of a client could not be read in full.
    """

    since: datetime
    until: datetime | None
    why: str
    cut: Mapping[str, int]


class AcronisSource:
    """One partner account. Implements `bot.ports.Source`."""

    name = "acronis"

    def __init__(self, client: Client, *, link: str = "", policies: tuple[str, ...] = words.BACKUP_POLICIES) -> None:
        self._client = client
        self._link = link
        self._policies = policies

    def fetch(self, window: Window, *, clients: frozenset[str] | None = None) -> Iterator[Page | Coverage]:
        """Read a window. See `bot.ports.Source`; with `clients`, the coverage names only those."""
        tenants, odd_tenants = self._tenants()
        alerts = _chain(self._client.alerts(window.since), parse.notice, window)
        changed = _chain(self._client.activities(window.since), parse.piece, window)
        running = self._running(window)
        pieces = [*running.items, *changed.items]
        cut = self._completed(pieces) if not changed.why else Lookup()
        pieces += cut.items
        known = tenants.learn([*(each.owner for each in pieces), *(each.owner for each in alerts.items)])
        folded = fold(
            pieces,
            alerts.items,
            client_of=known.client_of,
            link=self._link,
            policies=self._policies,
            whole=not changed.why,
        )
        log.info(
            "read %d steps and %d alerts: %d runs of %d clients, %d rootless, %d strangers",
            len(pieces),
            len(alerts.items),
            len(folded.activities),
            len(known.customers),
            len(folded.rootless),
            len(folded.strangers),
        )
        extent = _extent(window, known, (alerts, changed, running), cut.unread, folded.strangers)
        yield from _handed_on(folded, known.ended(seen_at=window.until), clients)
        yield Coverage(
            window=window,
            clients=_coverage(known, extent, folded.activities, clients),
            quarantined=odd_tenants + alerts.odd + changed.odd + running.odd + cut.odd,
            gaps=_gaps(known, folded, cut.unread),
        )

    def close(self) -> None:
        self._client.close()

    def _tenants(self) -> tuple[Directory, int]:
        pages = list(self._client.tenants(self._client.own_tenant()))
        return directory(each for page in pages for each in page.items), sum(page.odd for page in pages)

    def _running(self, window: Window) -> Chain[Piece]:
        """Read what runs now: a job that hangs does not change, and would be in no window."""
        found, odd = list[Piece](), 0
        try:
            for page in self._client.started():
                pieces, worse = _reduced(page, parse.piece)
                found += [each for each in pieces if window.until - RUNNING_SINCE < each.started_at <= window.until]
                odd += worse
        except (Unavailable, Refused) as error:
            why = f"jobs that run without any change could not be listed: {error}"
            return Chain(items=tuple(found), odd=odd, until=window.until, why=why)  # the next reading lists them anew
        return Chain(items=tuple(found), odd=odd, until=window.until)

    def _completed(self, pieces: Sequence[Piece]) -> Lookup:
        """Read again in full the jobs that the window cut."""
        tasks = incomplete(pieces)
        found, odd, lost, in_a_row = list[Piece](), 0, set(tasks[LOOKUPS_MAX:]), 0
        for task in tasks[:LOOKUPS_MAX]:
            if in_a_row == LOST_MAX:
                lost.add(task)
                continue
            try:
                for page in self._client.task(task):
                    more, worse = _reduced(page, parse.piece)
                    found += more
                    odd += worse
                in_a_row = 0
            except (Unavailable, Refused) as error:
                log.warning("job %s could not be read again: %s", task, error)
                lost.add(task)
                in_a_row += 1
        owners = {each.task: each.owner for each in pieces if each.task in lost}
        return Lookup(items=tuple(found), odd=odd, unread=tuple(owners.values()))


def _chain(pages: Iterator[Records[R]], reduce: Callable[[R], V | None], window: Window) -> Chain[V]:
    """Read a chain, oldest change first, and keep what the window asked for. Breaking is a gap, not an error."""
    kept, odd, until, in_order = list[V](), 0, window.since, True
    try:
        for page in pages:
            found, worse = _reduced(page, reduce)
            odd += worse
            for each in found:
                in_order = in_order and each.updated_at >= until
                until = max(until, each.updated_at)
                if window.since < each.updated_at <= window.until:
                    kept.append(each)
            if in_order and until > window.until:
                break
    except (Unavailable, Refused) as error:
        sure = min(until, window.until) if in_order and until > window.since else None
        return Chain(items=tuple(kept), odd=odd, until=sure, why=str(error))
    return Chain(items=tuple(kept), odd=odd, until=window.until)


def _reduced(page: Records[R], reduce: Callable[[R], V | None]) -> tuple[list[V], int]:
    found, odd = list[V](), page.odd
    for record in page.items:
        try:
            value = reduce(record)
        except Odd as error:
            odd += 1
            id_ = record.uuid if isinstance(record, wire.Activity) else record.id
            quarantined(type(record).__name__, id_, str(error))
            continue
        if value is not None:
            found.append(value)
    return found, odd


def _handed_on(folded: Folded, over: Sequence[Ended], clients: frozenset[str] | None) -> Iterator[Page]:
    ended = tuple(each for each in (*over, *folded.ended) if clients is None or each.client_id in clients)
    activities = [each for each in folded.activities if clients is None or each.subject.client.id in clients]
    for start in range(0, max(len(activities), 1), PAGE):
        page = tuple(activities[start : start + PAGE])
        if page or ended:
            yield Page(activities=page, ended=ended)
        ended = ()


def _extent(
    window: Window,
    known: Directory,
    chains: Sequence[Chain[Notice] | Chain[Piece]],
    unread: Sequence[Owner],
    strangers: Sequence[Owner],
) -> Extent:
    reasons = [chain.why for chain in chains if chain.why]
    surely = [chain.until for chain in chains]
    until = min((each for each in surely if each), default=None) if None not in surely else None
    nameless = sum(known.may_be_ours(each) for each in strangers)
    if nameless:  # any client may be theirs: nobody was surely read
        reasons.append(f"{nameless} results name a client by a number we do not know")
        until = until and window.since
    owners = (known.client_of(each) for each in unread)
    return Extent(
        since=window.since, until=until, why="; ".join(reasons), cut=Counter(each.id for each in owners if each)
    )


def _coverage(
    known: Directory, extent: Extent, activities: Sequence[Activity], clients: frozenset[str] | None
) -> tuple[ClientCoverage, ...]:
    newest = dict[str, datetime]()
    for each in activities:
        if each.finished_at:
            client = each.subject.client.id
            newest[client] = max(each.finished_at, newest.get(client, each.finished_at))
    named = [
        _client_coverage(each, newest.get(each.id.lower()), extent)
        for each in known.present()
        if clients is None or each.id.lower() in clients
    ]
    missing = (clients or frozenset()) - {each.client.id for each in named}
    lost = [
        ClientCoverage(client=Ref(each), reading=Reading.UNREAD, why="this client is not in the account")
        for each in sorted(missing)
    ]
    return (*named, *lost)


def _client_coverage(client: wire.Tenant, newest: datetime | None, extent: Extent) -> ClientCoverage:
    ref = Ref(client.id.lower(), client.name)
    if client.ancestral_access is False:
        return ClientCoverage(client=ref, reading=Reading.NO_ACCESS, newest=newest, why=NO_ACCESS)
    until, why, cut = extent.until, extent.why, extent.cut.get(ref.id, 0)
    if cut:
        until = until and extent.since
        why = "; ".join(filter(None, (why, f"{cut} jobs that the window cut could not be read again in full")))
    reading = Reading.PARTIAL if why else Reading.READ
    return ClientCoverage(client=ref, reading=reading, until=until, newest=newest, why=why)


def _gaps(known: Directory, folded: Folded, unread: Sequence[Owner]) -> tuple[str, ...]:
    """Say what is missing and belongs to no client; what does is said with the client."""
    said = []
    others = sum(not known.may_be_ours(each) for each in folded.strangers)
    if others:
        said.append(f"{others} results belong to no client of this account that we can see")
    if folded.rootless:
        steps = sum(folded.rootless.values())
        said.append(f"{steps} steps belong to {len(folded.rootless)} jobs that Acronis did not show")
    nobodys = sum(known.client_of(each) is None for each in unread)
    if nobodys:
        said.append(f"{nobodys} jobs that the window cut could not be read again in full")
    return tuple(said)
