"""What each write does to the tables: values in, values out. Who keeps them, and where, is not here."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from msgspec.structs import replace

from bot.core.activity import Learnt
from bot.core.filed import FiledSheet
from bot.core.incident import Acknowledgement
from bot.core.memory import Claim, Commit, Run
from bot.core.message import Delivery, Message, Receipt
from bot.core.raised import Raised
from bot.core.reference import Reference
from bot.core.route import Route
from bot.core.thread import Thread
from bot.errors import Conflict
from bot.stores.tables import (
    FORMAT,
    META,
    Lesson,
    Meta,
    Slot,
    Tables,
    delivery_id,
    filed_id,
    in_order,
    reference_id,
    route_id,
    run_id,
    thread_id,
    ticket_id,
)

LEASE = timedelta(hours=2)  # longer than the slowest reading; a process that died frees its claims at the next open
RUNS_KEPT = 90
SLOTS_KEPT = timedelta(days=60)
OUTBOX_KEPT = timedelta(days=45)
THREADS_KEPT = timedelta(days=100)  # after they closed: longer than trouble may take to come back as the same
TICKETS_KEPT = timedelta(days=100)  # after they closed: longer than one may be opened again

Row = TypeVar("Row")


def claim(tables: Tables, slot: str, *, owner: str, now: datetime) -> tuple[Tables, Claim | None]:
    """Take a slot that is neither done nor held."""
    row = tables.slots.get(slot)
    if row and (row.done or (row.lease_until and row.lease_until > now)):
        return tables, None
    attempt = row.attempt + 1 if row else 1
    taken = Slot(owner=owner, attempt=attempt, claimed_at=now, lease_until=now + LEASE)
    return replace(tables, slots={**tables.slots, slot: taken}), Claim(slot=slot, owner=owner, attempt=attempt)


def release(tables: Tables, claim: Claim, *, done: bool) -> Tables:
    row = held(tables, claim)
    if row is None:
        return tables
    return replace(tables, slots={**tables.slots, claim.slot: replace(row, lease_until=None, done=done)})


def held(tables: Tables, claim: Claim) -> Slot | None:
    """Give the slot's row while the claim is good; time alone takes nothing away, only a later claim does."""
    row = tables.slots.get(claim.slot)
    if row is None or (row.owner, row.attempt) != (claim.owner, claim.attempt) or row.lease_until is None:
        return None
    return row


def orphaned(tables: Tables) -> Tables:
    """Free every slot, when it is sure that nobody who held one is still alive."""
    if all(row.lease_until is None for row in tables.slots.values()):
        return tables
    return replace(tables, slots={slot: replace(row, lease_until=None) for slot, row in tables.slots.items()})


def commit(tables: Tables, claim: Claim, commit: Commit) -> Tables:
    """Write one reading down, its slot done, and let go of what is too old to keep, as of when it was read.

    Done with the same write: a crash right after it must not have the slot read again.
    """
    row = held(tables, claim)
    if row is None:
        raise Conflict(f"somebody else has taken {claim.slot} since")
    now = commit.run.read_at
    done = replace(row, lease_until=None, done=True)
    return replace(
        tables,
        incidents=merged(tables.incidents, {one.key: one for one in commit.incidents}, without=commit.forgotten),
        standings=merged(tables.standings, {one.subject.key: one for one in commit.standings}),
        clients=merged(tables.clients, {one.client.id: one for one in commit.clients}),
        acknowledgements=merged(tables.acknowledgements, {}, without=really_lapsed(tables, commit)),
        runs=latest({**tables.runs, run_id(commit.run): commit.run}),
        slots={**recent_slots(tables.slots, since=now - SLOTS_KEPT), claim.slot: done},
        outbox=recent_deliveries(tables, since=now - OUTBOX_KEPT),
        threads=recent_threads(tables.threads, since=now - THREADS_KEPT),
        tickets=recent_tickets(tables.tickets, since=now - TICKETS_KEPT),
        learnt=taught(tables.learnt, commit.learnt),
        meta=counted(tables.meta, commit.last_number),
    )


def taught(known: Mapping[str, Lesson], learnt: Learnt) -> Mapping[str, Lesson]:
    """Put in what was learned; the very same table when it was all known."""
    lessons = {name: Lesson(names) for name, names in learnt.items()}
    return merged(known, {name: lesson for name, lesson in lessons.items() if known.get(name) != lesson})


def merged(rows: Mapping[str, Row], new: Mapping[str, Row], *, without: tuple[str, ...] = ()) -> Mapping[str, Row]:
    """Put rows in and take rows out; the very same table when there is nothing to do."""
    gone = [key for key in without if key in rows]
    if not new and not gone:
        return rows
    kept = dict(rows)
    for key in gone:
        del kept[key]
    kept.update(new)
    return kept


def really_lapsed(tables: Tables, commit: Commit) -> tuple[str, ...]:
    """Name the targets whose acknowledgement is still the one that lapsed; one given since stays."""
    known = tables.acknowledgements
    return tuple(target for target, at in commit.lapsed if target in known and known[target].at == at)


def latest(runs: Mapping[str, Run]) -> Mapping[str, Run]:
    return {run_id(run): run for run in in_order(runs)[-RUNS_KEPT:]}


def recent_slots(slots: Mapping[str, Slot], *, since: datetime) -> Mapping[str, Slot]:
    return merged(slots, {}, without=tuple(slot for slot, row in slots.items() if row.claimed_at < since))


def recent_deliveries(tables: Tables, *, since: datetime) -> Mapping[str, Delivery]:
    """Let go of old deliveries, but not of the posts under which something may still be said."""
    old = {id: row for id, row in tables.outbox.items() if row.intended_at < since}
    posts = {thread.receipt for thread in tables.threads.values()} if old else set()
    gone = tuple(id for id, row in old.items() if row.receipt is None or row.receipt not in posts)
    return merged(tables.outbox, {}, without=gone)


def recent_threads(threads: Mapping[str, Thread], *, since: datetime) -> Mapping[str, Thread]:
    gone = tuple(id for id, row in threads.items() if row.closed_at is not None and row.closed_at < since)
    return merged(threads, {}, without=gone)


def recent_tickets(tickets: Mapping[str, Raised], *, since: datetime) -> Mapping[str, Raised]:
    gone = tuple(id for id, row in tickets.items() if row.closed_at is not None and row.closed_at < since)
    return merged(tickets, {}, without=gone)


def counted(meta: Mapping[str, Meta], last_number: int) -> Mapping[str, Meta]:
    """Remember the highest incident number; it never goes down."""
    row = meta.get(META, Meta(format=FORMAT))
    return {META: replace(row, last_number=max(row.last_number, last_number))}


def announced(tables: Tables, slot: str) -> Tables:
    told = {key: replace(run, announced=True) for key, run in tables.runs.items() if run.slot == slot}
    if all(tables.runs[key].announced for key in told):
        return tables
    return replace(tables, runs={**tables.runs, **told})


def acknowledge(tables: Tables, given: Acknowledgement, *, instead_of: Acknowledgement | None) -> Tables:
    if tables.acknowledgements.get(given.target) != instead_of:
        raise Conflict(f"somebody was first at {given.target}")
    return replace(tables, acknowledgements={**tables.acknowledgements, given.target: given})


def withdraw(tables: Tables, seen: Acknowledgement) -> Tables:
    if tables.acknowledgements.get(seen.target) != seen:
        raise Conflict(f"the acknowledgement of {seen.target} has changed since")
    return replace(tables, acknowledgements=merged(tables.acknowledgements, {}, without=(seen.target,)))


def plan(tables: Tables, deliveries: Sequence[Delivery]) -> Tables:
    """Add what is not known yet."""
    new = {delivery_id(one): replace(one, attempts=0, receipt=None) for one in deliveries}
    return with_rows(tables, "outbox", {id: row for id, row in new.items() if id not in tables.outbox})


def intend(tables: Tables, delivery: Delivery) -> tuple[Tables, Delivery]:
    """Count one more attempt, unless it was said already or is not to be said any more."""
    key = delivery_id(delivery)
    known = tables.outbox.get(key)
    if known and not known.is_pending:
        return tables, known
    begun = replace(known, attempts=known.attempts + 1) if known else replace(delivery, attempts=1, receipt=None)
    return replace(tables, outbox={**tables.outbox, key: begun}), begun


def unheard(tables: Tables, delivery: Delivery) -> Tables:
    key = delivery_id(delivery)
    known = tables.outbox.get(key)
    if known is None or known.attempts == 0:
        return tables
    return replace(tables, outbox={**tables.outbox, key: replace(known, attempts=known.attempts - 1)})


def sent(tables: Tables, delivery: Delivery, receipt: Receipt) -> Tables:
    key = delivery_id(delivery)
    said = replace(tables.outbox.get(key, delivery), receipt=receipt)
    return replace(tables, outbox={**tables.outbox, key: said})


def edited(tables: Tables, delivery: Delivery, message: Message) -> Tables:
    key = delivery_id(delivery)
    known = tables.outbox.get(key)
    if known is None or known.message == message:
        return tables
    return replace(tables, outbox={**tables.outbox, key: replace(known, message=message)})


def give_up(tables: Tables, deliveries: Sequence[Delivery]) -> Tables:
    known = {id: tables.outbox[id] for id in map(delivery_id, deliveries) if id in tables.outbox}
    return with_rows(tables, "outbox", {id: replace(row, given_up=True) for id, row in known.items() if row.is_pending})


def forget_deliveries(tables: Tables, deliveries: Sequence[Delivery]) -> Tables:
    return with_rows(tables, "outbox", {}, without=tuple(map(delivery_id, deliveries)))


def keep_threads(tables: Tables, threads: Sequence[Thread]) -> Tables:
    return with_rows(tables, "threads", {thread_id(one): one for one in threads})


def forget_threads(tables: Tables, threads: Sequence[Thread]) -> Tables:
    return with_rows(tables, "threads", {}, without=tuple(map(thread_id, threads)))


def keep_routes(tables: Tables, routes: Sequence[Route]) -> Tables:
    return with_rows(tables, "routes", {route_id(one): one for one in routes})


def forget_routes(tables: Tables, routes: Sequence[Route]) -> Tables:
    return with_rows(tables, "routes", {}, without=tuple(map(route_id, routes)))


def keep_references(tables: Tables, references: Sequence[Reference]) -> Tables:
    news = {reference_id(one): one for one in references if tables.references.get(reference_id(one)) != one}
    return with_rows(tables, "references", news, without=tuple(news))  # so that they stand at the end


def forget_references(tables: Tables, references: Sequence[Reference]) -> Tables:
    return with_rows(tables, "references", {}, without=tuple(map(reference_id, references)))


def keep_ticket(tables: Tables, ticket: Raised, *, instead_of: Raised | None) -> Tables:
    id = ticket_id(ticket)
    if tables.tickets.get(id) != instead_of:
        raise Conflict(f"somebody was first at the ticket of {ticket.target} at {ticket.desk}")
    return with_rows(tables, "tickets", {id: ticket})


def forget_ticket(tables: Tables, seen: Raised) -> Tables:
    id = ticket_id(seen)
    if tables.tickets.get(id) != seen:
        raise Conflict(f"the ticket of {seen.target} at {seen.desk} has changed since")
    return with_rows(tables, "tickets", {}, without=(id,))


def keep_filed(tables: Tables, filed: FiledSheet) -> Tables:
    id = filed_id(filed)
    return tables if tables.filed.get(id) == filed else with_rows(tables, "filed", {id: filed})


def with_rows(tables: Tables, name: str, new: Mapping[str, Any], *, without: tuple[str, ...] = ()) -> Tables:
    """Put rows into one table and take some out; the very same tables when there is nothing to do."""
    before = getattr(tables, name)
    after = merged(before, new, without=without)
    return tables if after is before else replace(tables, **{name: after})
