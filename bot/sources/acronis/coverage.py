"""How much of each client was read. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from bot.core.activity import Activity, ClientCoverage, Outcome, Reading, Ref, Window
from bot.core.evidence import NOTHING_SHOWN
from bot.sources.acronis import wire
from bot.sources.acronis.chains import Chain
from bot.sources.acronis.fold import ClientOf, Folded
from bot.sources.acronis.parse import Notice, Owner, Piece
from bot.sources.acronis.protections import Listing
from bot.sources.acronis.tenants import Directory

NO_ACCESS = "no access (self-managed)"
HALF_SHOWN = "it is self-managed: some of its results are shown, and none of its workloads"
NOTHING_SEEN = "nothing seen: no activity, workload or plan"
NOBODY_KNOWN = "workloads name a client by a number we do not know"
ODD_MIN, ODD_SHARE = 10, 0.05  # records, and of all: so many may be odd before nothing is sure
SETTLING = timedelta(minutes=30)  # the lists are of now; a run that ended a moment ago need not be among the results


class Extent(msgspec.Struct, frozen=True):
    """How far was read.

    Attributes:
        until: what holds for every client; None when nothing surely was read.
        why: what kept us from more; "" when nothing did.
        cut: how many jobs of a client could not be read in full.
        seen: clients of which something was seen; None where silence says nothing, as no lists are shown.
        named: those of which the lists of now name something; None where no lists are shown.
        listed: True when every client's workloads were listed.
        withheld: how many workloads of a client ran, of a client of which no result was shown.
    """

    since: datetime
    until: datetime | None
    why: str
    cut: Mapping[str, int]
    seen: frozenset[str] | None
    named: frozenset[str] | None
    listed: bool
    withheld: Mapping[str, int] = {}


def extent_of(
    window: Window,
    known: Directory,
    *,
    chains: Sequence[Chain[Notice] | Chain[Piece]],
    listing: Listing,
    seen: Iterable[Owner],
    strangers: Sequence[Owner],
    unread: Sequence[Owner],
    withheld: Mapping[str, int],
    shown: bool,
) -> Extent:
    """Sum up a reading.

    Args:
        seen: the owners of all that was read.
        strangers: the owners of results that belong to no client.
        unread: the owners of jobs that could not be read in full, one each.
        withheld: how many workloads ran, by client of which no result was shown.
        shown: True when a run of anybody was shown.

    Records that cannot be understood are counted. Many of them are another format: what they held is read again, as
    soon as it can be understood. A few are odd records, and will never be: to wait for those would keep every client
    from being read until Acronis forgets them, 90 days later. So they are set aside and said as a gap. Ten records are
    the steps of two runs, and one in twenty is far below what a field with another name spoils: all records, or all
    of one kind. No share tells a few odd records from a format that only failed runs have, which in the sandbox are
    0.3 % of a large account's records and 30 % of a small one's: a run that they hide is found by the lists, which
    say that its workload ran (bot/core/evidence.py).
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
    if withheld and not shown and not reasons:  # who has no backup tonight is no better seen than the others
        reasons.append(NOTHING_SHOWN)
        until = until and window.since
    owners = (known.client_of(each) for each in unread)
    named = _clients(known, listing.owners)
    return Extent(
        since=window.since,
        until=until,
        why="; ".join(reasons),
        cut=Counter(each.id for each in owners if each),
        seen=named | _clients(known, seen) if listing.shown else None,
        named=named if listing.shown else None,
        listed=listing.is_whole and not any(known.may_be_ours(each) for each in listing.owners),
        withheld=withheld,
    )


def _clients(known: Directory, owners: Iterable[Owner]) -> frozenset[str]:
    return frozenset(client.id for each in owners if (client := known.client_of(each)))


def shown_clients(folded: Folded, client_of: ClientOf) -> frozenset[str]:
    """Name the clients of which a run was shown, whether or not it says of which workload."""
    told = (each for each in folded.activities if each.id not in folded.hearsay and each.outcome is not Outcome.MISSED)
    nameless = (client_of(each) for each in folded.nameless)
    return frozenset({each.subject.client.id for each in told} | {client.id for client in nameless if client})


def withheld(
    folded: Folded, listing: Listing, client_of: ClientOf, window: Window, shown: frozenset[str]
) -> dict[str, int]:
    """Count the workloads that ran in a window by what the lists or an alert say, of clients of which no run is shown.

    That nothing ran and that we may not see it look the same in the results alone.
    """
    ran = [(client.id, id_, at) for owner, id_, at in listing.last_runs if (client := client_of(owner))] + [
        (each.subject.client.id, each.subject.workload.id, each.finished_at)
        for each in folded.activities
        if each.id in folded.hearsay and each.finished_at
    ]
    surely = (window.since, window.until - SETTLING)
    return Counter(
        client for client, _ in {(c, w) for c, w, at in ran if surely[0] < at <= surely[1] and c not in shown}
    )


def told_of(folded: Folded, unseen: Mapping[str, int]) -> Folded:
    """Leave out what only alerts tell of clients of which no result is shown.

    Told now by the alert and later by the run, one failure would count as two; and whether it healed is not known.
    """
    if not unseen:
        return folded
    kept = (each for each in folded.activities if each.id not in folded.hearsay or each.subject.client.id not in unseen)
    return msgspec.structs.replace(folded, activities=tuple(kept))


def without_hearsay(folded: Folded) -> Folded:
    """Leave out all that only alerts tell, missed starts too: the plans they name may be known by another id."""
    told = (each for each in folded.activities if each.id not in folded.hearsay)
    kept = tuple(each for each in told if each.outcome is not Outcome.MISSED)
    return msgspec.structs.replace(folded, activities=kept)


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
    if client.ancestral_access is False and newest is None and ref.id not in (extent.seen or ()):
        return ClientCoverage(client=ref, reading=Reading.NO_ACCESS, why=NO_ACCESS)
    until, why, cut = extent.until, extent.why, extent.cut.get(ref.id, 0)
    ran = extent.withheld.get(ref.id, 0)
    if ran and not why:
        until, why = until and extent.since, _withheld(ran)
    if cut:
        until = until and extent.since
        why = "; ".join(filter(None, (why, "some of its jobs could not be read again in full")))
    if not why and client.ancestral_access is False and extent.named is not None and ref.id not in extent.named:
        why = HALF_SHOWN  # it may have closed the door after those
    if not why and client.enabled and extent.seen is not None and ref.id not in extent.seen:
        return ClientCoverage(client=ref, reading=Reading.UNREAD, newest=newest, why=NOTHING_SEEN)
    reading = Reading.PARTIAL if why else Reading.READ
    return ClientCoverage(client=ref, reading=reading, until=until, newest=newest, why=why, listed=extent.listed)


def _withheld(ran: int) -> str:
    workloads = "one of its workloads" if ran == 1 else f"{ran:,} of its workloads"
    return f"no results of it are shown, though the lists say that {workloads} ran: check what the API client may see"
