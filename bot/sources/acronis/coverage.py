"""How much of each client was read. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from bot.core.activity import Activity, ClientCoverage, Reading, Ref, Window
from bot.sources.acronis import wire
from bot.sources.acronis.chains import Chain
from bot.sources.acronis.fold import Folded
from bot.sources.acronis.parse import Notice, Owner, Piece
from bot.sources.acronis.protections import Listing
from bot.sources.acronis.tenants import Directory

NO_ACCESS = "this client does not let partners in (self-managed)"
NOTHING_SEEN = "nothing of it was seen: no activity, workload or plan"
NOBODY_KNOWN = "workloads name a client by a number we do not know"
ODD_MIN, ODD_SHARE = 10, 0.05  # records, and of all: so many may be odd before nothing is sure


class Extent(msgspec.Struct, frozen=True):
    """How far was read.

    Attributes:
        until: what holds for every client; None when nothing surely was read.
        why: what kept us from more; "" when nothing did.
        cut: how many jobs of a client could not be read in full.
        seen: clients of which something was seen; None where silence says nothing, as no lists are shown.
        listed: True when every client's workloads were listed.
    """

    since: datetime
    until: datetime | None
    why: str
    cut: Mapping[str, int]
    seen: frozenset[str] | None
    listed: bool


def extent_of(
    window: Window,
    known: Directory,
    *,
    chains: Sequence[Chain[Notice] | Chain[Piece]],
    listing: Listing,
    seen: Iterable[Owner],
    strangers: Sequence[Owner],
    unread: Sequence[Owner],
) -> Extent:
    """Sum up a reading.

    Args:
        seen: the owners of all that was read.
        strangers: the owners of results that belong to no client.
        unread: the owners of jobs that could not be read in full, one each.

    Records that cannot be understood are counted. More than a few of them are another format, not odd records: what
    they held is read again.
    """
    reasons = [chain.why for chain in chains if chain.why]
    surely = [chain.until for chain in chains]
    until = min((each for each in surely if each), default=None) if None not in surely else None
    for chain in chains:
        if chain.odd >= ODD_MIN and chain.odd > ODD_SHARE * (chain.odd + chain.count):
            reasons.append(f"{chain.odd:,} of {chain.odd + chain.count:,} records could not be understood")
            until = until and window.since
    nameless = sum(known.may_be_ours(each) for each in strangers)
    if nameless:  # any client may be theirs: nobody was surely read
        reasons.append(f"{nameless} results name a client by a number we do not know")
        until = until and window.since
    if listing.why:
        reasons.append(listing.why)
    owners = (known.client_of(each) for each in unread)
    clients = {client.id for each in (*seen, *listing.owners) if (client := known.client_of(each))}
    return Extent(
        since=window.since,
        until=until,
        why="; ".join(reasons),
        cut=Counter(each.id for each in owners if each),
        seen=frozenset(clients) if listing.shown else None,
        listed=listing.is_whole and not any(known.may_be_ours(each) for each in listing.owners),
    )


def coverage_of(
    known: Directory, extent: Extent, activities: Sequence[Activity], clients: frozenset[str] | None
) -> tuple[ClientCoverage, ...]:
    """Say of every client how much was read; of those asked for alone, when some were."""
    newest = dict[str, datetime]()
    for each in activities:
        if each.finished_at:
            client = each.subject.client.id
            newest[client] = max(each.finished_at, newest.get(client, each.finished_at))
    named = [
        _client(each, newest.get(each.id.lower()), extent)
        for each in known.present()
        if clients is None or each.id.lower() in clients
    ]
    missing = (clients or frozenset()) - {each.client.id for each in named}
    lost = [
        ClientCoverage(client=Ref(each), reading=Reading.UNREAD, why="this client is not in the account")
        for each in sorted(missing)
    ]
    return (*named, *lost)


def gaps_of(known: Directory, folded: Folded, unread: Sequence[Owner], listing: Listing) -> tuple[str, ...]:
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
    nameless = sum(known.may_be_ours(each.owner) for each in listing.workloads)
    if nameless:
        said.append(f"{nameless} {NOBODY_KNOWN}")
    return tuple(said)


def _client(client: wire.Tenant, newest: datetime | None, extent: Extent) -> ClientCoverage:
    ref = Ref(client.id.lower(), client.name)
    if client.ancestral_access is False:
        return ClientCoverage(client=ref, reading=Reading.NO_ACCESS, newest=newest, why=NO_ACCESS)
    until, why, cut = extent.until, extent.why, extent.cut.get(ref.id, 0)
    if cut:
        until = until and extent.since
        why = "; ".join(filter(None, (why, "some of its jobs could not be read again in full")))
    if not why and client.enabled and extent.seen is not None and ref.id not in extent.seen:
        return ClientCoverage(client=ref, reading=Reading.UNREAD, newest=newest, why=NOTHING_SEEN)
    reading = Reading.PARTIAL if why else Reading.READ
    return ClientCoverage(client=ref, reading=reading, until=until, newest=newest, why=why, listed=extent.listed)
