"""Weigh a reading against what is remembered and what the vendor lists: what it surely cannot have seen is a gap. Pure.

Two things look like good news and are not: a list that has lost most of what it held, and a night without results.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.core.activity import Batch, ClientCoverage, Outcome, Protection, Reading
from bot.core.memory import Memory

LEFT_MOST = 0.5  # of a client's protected workloads may leave its list at once; more is a list that is not whole
BELIEVED_AFTER = timedelta(days=3)  # a list that has been short for so long is the truth
SETTLING = timedelta(minutes=30)  # a run that ended a moment ago need not be among the results
SLACK = timedelta(minutes=5)  # between two services' times of one end
NEVER_SEEN = "nothing of it was ever seen, and Acronis no longer lists any plan or workload"
LISTS_GONE = "its plans and workloads, which Acronis listed before, are not listed any more"
NOTHING_SHOWN = "no results at all are shown, though the lists say that backups ran"
SHORT_LIST = "most of its protected workloads are missing from Acronis' list, all at once"

Workloads = Mapping[str, set[str]]


def believed(memory: Memory, batch: Batch) -> Batch:
    """Give the same reading with every client that was not surely read called so; by a bad list nothing vanishes."""
    before, now = _listed_before(memory), _by_client(each for each in batch.protections if each.is_protected)
    shown = _shown(batch)
    unseen, gone = _unseen(memory, batch, shown), bool(before) and not batch.protections
    clients, short = list[ClientCoverage](), set[str]()
    for client in batch.coverage.clients:
        id = client.client.id
        if not client.is_whole:
            clients.append(client)
        elif gone:
            clients.append(_unlisted(memory, batch, client, was_listed=id in before))
        elif why := _why_short(memory, batch, client, before.get(id, set()), now.get(id, set())):
            short.add(id)
            clients.append(replace(client, reading=Reading.PARTIAL, why=why, listed=False))
        elif id in unseen:
            clients.append(replace(client, reading=Reading.PARTIAL, until=None, why=_why_unseen(unseen[id])))
        elif unseen and not shown:  # who has no backup just now is no better seen than the others
            clients.append(replace(client, reading=Reading.PARTIAL, until=None, why=NOTHING_SHOWN))
        else:
            clients.append(client)
    kept = tuple(each for each in batch.protections if each.is_protected or not _was_protected(each, before, short))
    return replace(batch, coverage=replace(batch.coverage, clients=tuple(clients)), protections=kept)


def _listed_before(memory: Memory) -> Workloads:
    """Give the protected workloads of each client that were listed last time, by client."""
    there = (
        each.protection
        for each in memory.standings.values()
        if each.protection is not None and each.missing_since is None and each.ended is None
    )
    return _by_client(each for each in there if each.is_protected)


def _by_client(protections: Iterable[Protection]) -> Workloads:
    found = defaultdict[str, set[str]](set)
    for each in protections:
        found[each.subject.client.id].add(each.subject.workload.id)
    return found


def _was_protected(bare: Protection, before: Workloads, short: set[str]) -> bool:
    client = bare.subject.client.id
    return client in short and bare.subject.workload.id in before[client]


def _unlisted(memory: Memory, batch: Batch, client: ClientCoverage, *, was_listed: bool) -> ClientCoverage:
    known = memory.clients.get(client.client.id)
    ran = any(each.subject.client.id == client.client.id for each in batch.activities)
    if was_listed:
        return replace(client, reading=Reading.PARTIAL, why=LISTS_GONE, listed=False)
    if known is not None and known.until is None and not ran:
        return replace(client, reading=Reading.UNREAD, until=None, why=NEVER_SEEN, listed=False)
    return client


def _why_short(memory: Memory, batch: Batch, client: ClientCoverage, before: set[str], now: set[str]) -> str:
    """Say how much a whole list has lost since last time; "" for what may well have left, or has been gone for days."""
    lost = len(before - now)
    if not client.listed or lost <= LEFT_MOST * len(before):
        return ""
    known = memory.clients.get(client.client.id)
    since = known.since if known is not None and known.why == SHORT_LIST else None
    if since is not None and batch.read_at - since >= BELIEVED_AFTER:
        return ""
    return SHORT_LIST


def _shown(batch: Batch) -> frozenset[str]:
    """Name the clients of which a run is shown; a missed one is told by an alert alone."""
    return frozenset(each.subject.client.id for each in batch.activities if each.outcome is not Outcome.MISSED)


def _unseen(memory: Memory, batch: Batch, shown: frozenset[str]) -> Workloads:
    """Give the workloads that ran by the vendor's list, and of which that run was not shown as those before it were."""
    ends: dict[tuple[str, str], datetime] = {}
    until, since = batch.coverage.window.until, batch.coverage.window.since
    for each in batch.activities:
        key = (each.subject.client.id, each.subject.workload.id)
        ends[key] = max(each.finished_at or until, ends.get(key, since))
    found = defaultdict[str, set[str]](set)
    for listed in batch.protections:
        subject = listed.subject
        standing = memory.standings.get(subject.key)
        if standing is None or standing.judged is None:
            continue
        due = None if subject.client.id in shown else standing.protection
        ran = _surely_ran(listed, due, until - SETTLING)
        newest = max(standing.judged[0], ends.get((subject.client.id, subject.workload.id), since))
        if ran is not None and since < ran and newest < ran - SLACK:
            found[subject.client.id].add(subject.workload.name or subject.workload.id)
    return found


def _surely_ran(listed: Protection, due: Protection | None, settled: datetime) -> datetime | None:
    """Give since when a run must be shown: from its end, or of one that ended a moment ago, from when it was due.

    Args:
        due: as it was listed last time, where the start it told of counts.
    """
    ran = listed.last_run_at
    if ran is None or ran <= settled:
        return ran
    start = due.next_at if due is not None else None
    return start if start is not None and start <= settled else None


def _why_unseen(workloads: set[str]) -> str:
    first, *others = sorted(workloads)
    more = f" and of {len(others):,} more" if others else ""
    return f"the newest result of {first}{more} is not shown, though Acronis says that it ran"
