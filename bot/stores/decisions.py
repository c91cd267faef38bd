"""What each write does to the tables: values in, values out. Who keeps them, and where, is not here."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec.structs import replace

from bot.core.incident import Acknowledgement
from bot.core.memory import Claim, Commit, Run
from bot.core.message import Delivery, Receipt
from bot.errors import Conflict
from bot.stores.tables import FORMAT, META, Meta, Slot, Tables, delivery_id, in_order, run_id

LEASE = timedelta(hours=2)  # longer than the slowest reading; a process that died frees its claims at the next open
RUNS_KEPT = 90
SLOTS_KEPT = timedelta(days=60)
OUTBOX_KEPT = timedelta(days=45)

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
        outbox=recent_deliveries(tables.outbox, since=now - OUTBOX_KEPT),
        meta=counted(tables.meta, commit.last_number),
    )


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


def recent_deliveries(outbox: Mapping[str, Delivery], *, since: datetime) -> Mapping[str, Delivery]:
    return merged(outbox, {}, without=tuple(key for key, row in outbox.items() if row.intended_at < since))


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


def intend(tables: Tables, delivery: Delivery) -> tuple[Tables, Delivery]:
    """Count one more attempt, unless it was said already."""
    key = delivery_id(delivery)
    known = tables.outbox.get(key)
    if known and known.receipt:
        return tables, known
    begun = replace(known, attempts=known.attempts + 1) if known else replace(delivery, attempts=1, receipt=None)
    return replace(tables, outbox={**tables.outbox, key: begun}), begun


def sent(tables: Tables, delivery: Delivery, receipt: Receipt) -> Tables:
    key = delivery_id(delivery)
    said = replace(tables.outbox.get(key, delivery), receipt=receipt)
    return replace(tables, outbox={**tables.outbox, key: said})
