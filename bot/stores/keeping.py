"""The seams over any place that can keep tables: one lock, decisions from `decisions`, writing from the adapter."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from threading import Lock, RLock
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from bot.core.filed import FiledSheet
from bot.core.incident import Acknowledgement
from bot.core.memory import Claim, Commit, Memory
from bot.core.message import Delivery, Message, Receipt
from bot.core.raised import Raised
from bot.core.reference import Reference
from bot.core.route import Route
from bot.core.thread import Thread
from bot.errors import Refused
from bot.ports import Audit, Outbox, References, Register, Routes, Store, Threads, Tickets
from bot.stores import decisions
from bot.stores.tables import NAMES, Tables, filed_id, picture

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Keeping:
    """All that remembers, opened together and closed together."""

    store: Store
    outbox: Outbox
    threads: Threads
    routes: Routes
    references: References
    tickets: Tickets
    register: Register
    audit: Audit
    close: Callable[[], None]


Prepare = Callable[[Tables, Tables], AbstractContextManager[None]]


def _nothing_to_prepare(_before: Tables, _after: Tables) -> AbstractContextManager[None]:
    return nullcontext()


class Keeper:
    """Hold the current tables. Writers take turns; readers take the tables as they are and never wait.

    Args:
        write: makes the step from one state to the next durable, all or nothing; whatever it
            raises leaves the state as it was.
        prepare: does what of a large step can be done while others still write; asked for by one thread at a time.
    """

    def __init__(
        self, tables: Tables, *, write: Callable[[Tables, Tables], None], prepare: Prepare = _nothing_to_prepare
    ) -> None:
        self._lock, self._preparing = RLock(), Lock()
        self._tables = tables
        self._write, self._prepare = write, prepare

    @property
    def tables(self) -> Tables:
        return self._tables

    def change(self, decide: Callable[[Tables], Tables]) -> None:
        self.ask(lambda tables: (decide(tables), None))

    def ask(self, decide: Callable[[Tables], tuple[Tables, Answer]]) -> Answer:
        """Decide on the current tables, keep the outcome, and give the answer once it is kept."""
        with self._lock:
            after, answer = decide(self._tables)
            if after is not self._tables:
                self._write(self._tables, after)
                self._tables = after
            return answer

    def change_much(self, decide: Callable[[Tables], Tables]) -> None:
        """Decide and prepare while others still write, and take a turn only for what is left to do.

        Args:
            decide: makes each table from that table alone, so that those nobody touched meanwhile stay as prepared.
        """
        with self._preparing:
            before = self._tables
            after = decide(before)
            with self._prepare(before, after), self._lock:
                now = self._tables
                if now is not before:
                    same = [name for name in NAMES if getattr(now, name) is getattr(before, name)]
                    after = replace(decide(now), **{name: getattr(after, name) for name in same})
                self._write(now, after)
                self._tables = after

    def close(self) -> None:
        """Let the write under way end and refuse all later ones."""
        with self._lock:
            self._write = refuse_closed


class KeptStore:
    """The Store over a keeper."""

    def __init__(self, keeper: Keeper, *, owner: str, close: Callable[[], None]) -> None:
        self.keeper = keeper
        self.owner = owner
        self._close = close

    def memory(self) -> Memory:
        return picture(self.keeper.tables)

    def claim(self, slot: str, *, now: datetime) -> Claim | None:
        return self.keeper.ask(lambda tables: decisions.claim(tables, slot, owner=self.owner, now=now))

    def release(self, claim: Claim, *, done: bool) -> None:
        self.keeper.change(lambda tables: decisions.release(tables, claim, done=done))

    def commit(self, claim: Claim, commit: Commit) -> None:
        self.keeper.change_much(lambda tables: decisions.commit(tables, claim, commit))
        log.info(
            "committed slot=%s attempt=%d incidents=%d standings=%d",
            claim.slot,
            claim.attempt,
            len(commit.incidents),
            len(commit.standings),
        )

    def announced(self, slot: str) -> None:
        self.keeper.change(lambda tables: decisions.announced(tables, slot))

    def acknowledge(self, given: Acknowledgement, *, instead_of: Acknowledgement | None) -> None:
        self.keeper.change(lambda tables: decisions.acknowledge(tables, given, instead_of=instead_of))

    def withdraw(self, seen: Acknowledgement) -> None:
        self.keeper.change(lambda tables: decisions.withdraw(tables, seen))

    def close(self) -> None:
        self._close()


class KeptOutbox:
    """The Outbox over a keeper."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self._sorted = _sorted_by_key({})

    def plan(self, *deliveries: Delivery) -> None:
        self.keeper.change(lambda tables: decisions.plan(tables, deliveries))

    def intend(self, delivery: Delivery) -> Delivery:
        return self.keeper.ask(lambda tables: decisions.intend(tables, delivery))

    def unheard(self, delivery: Delivery) -> None:
        self.keeper.change(lambda tables: decisions.unheard(tables, delivery))

    def sent(self, delivery: Delivery, receipt: Receipt) -> None:
        self.keeper.change(lambda tables: decisions.sent(tables, delivery, receipt))

    def edited(self, delivery: Delivery, message: Message) -> None:
        self.keeper.change(lambda tables: decisions.edited(tables, delivery, message))

    def give_up(self, *deliveries: Delivery) -> None:
        self.keeper.change(lambda tables: decisions.give_up(tables, deliveries))

    def forget(self, *deliveries: Delivery) -> None:
        self.keeper.change(lambda tables: decisions.forget_deliveries(tables, deliveries))

    def pending(self) -> Sequence[Delivery]:
        return oldest_first(row for row in self.keeper.tables.outbox.values() if row.is_pending)

    def find(self, key: str) -> Sequence[Delivery]:
        rows, found = self.keeper.tables.outbox, self._sorted
        if found.of is not rows:  # a pass asks thousands of times between two writes
            found = self._sorted = _sorted_by_key(rows)
        return found.rows.get(key, ())

    def at(self, receipt: Receipt) -> Delivery | None:
        rows = self.keeper.tables.outbox.values()
        return next((row for row in rows if row.receipt is not None and _is_same(row.receipt, receipt)), None)


class _ByKey(NamedTuple):
    """One state of the outbox, and its rows by key, the oldest first."""

    of: Mapping[str, Delivery]
    rows: Mapping[str, Sequence[Delivery]]


def _sorted_by_key(outbox: Mapping[str, Delivery]) -> _ByKey:
    rows: dict[str, list[Delivery]] = {}
    for row in oldest_first(outbox.values()):
        rows.setdefault(row.key, []).append(row)
    return _ByKey(outbox, {key: tuple(some) for key, some in rows.items()})


class KeptThreads:
    """The Threads over a keeper."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper

    def all(self) -> Sequence[Thread]:
        return tuple(sorted(self.keeper.tables.threads.values(), key=lambda thread: thread.opened_at))

    def keep(self, *threads: Thread) -> None:
        self.keeper.change(lambda tables: decisions.keep_threads(tables, threads))

    def forget(self, *threads: Thread) -> None:
        self.keeper.change(lambda tables: decisions.forget_threads(tables, threads))


class KeptRoutes:
    """The Routes over a keeper."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper

    def all(self) -> Sequence[Route]:
        return tuple(self.keeper.tables.routes.values())

    def keep(self, *routes: Route) -> None:
        self.keeper.change(lambda tables: decisions.keep_routes(tables, routes))

    def forget(self, *routes: Route) -> None:
        self.keeper.change(lambda tables: decisions.forget_routes(tables, routes))


class KeptReferences:
    """The References over a keeper."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper

    def all(self) -> Sequence[Reference]:
        return tuple(self.keeper.tables.references.values())

    def keep(self, *references: Reference) -> None:
        self.keeper.change(lambda tables: decisions.keep_references(tables, references))

    def forget(self, *references: Reference) -> None:
        self.keeper.change(lambda tables: decisions.forget_references(tables, references))


class KeptTickets:
    """The Tickets over a keeper."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper

    def all(self) -> Sequence[Raised]:
        return tuple(sorted(self.keeper.tables.tickets.values(), key=lambda ticket: ticket.raised_at))

    def keep(self, ticket: Raised, *, instead_of: Raised | None) -> None:
        self.keeper.change(lambda tables: decisions.keep_ticket(tables, ticket, instead_of=instead_of))

    def forget(self, seen: Raised) -> None:
        self.keeper.change(lambda tables: decisions.forget_ticket(tables, seen))


class KeptRegister:
    """The Register over a keeper."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper

    def of(self, place: str, sheet: str) -> FiledSheet:
        nothing = FiledSheet(place, sheet)
        return self.keeper.tables.filed.get(filed_id(nothing), nothing)

    def keep(self, filed: FiledSheet) -> None:
        self.keeper.change(lambda tables: decisions.keep_filed(tables, filed))


def kept(keeper: Keeper, *, store: Store, audit: Audit, close: Callable[[], None]) -> Keeping:
    """Give all the seams over one keeper."""
    return Keeping(
        store,
        KeptOutbox(keeper),
        KeptThreads(keeper),
        KeptRoutes(keeper),
        KeptReferences(keeper),
        KeptTickets(keeper),
        KeptRegister(keeper),
        audit,
        close,
    )


def _is_same(one: Receipt, other: Receipt) -> bool:
    return (one.chat, one.place, one.message_id) == (other.chat, other.place, other.message_id)


def oldest_first(deliveries: Iterable[Delivery]) -> tuple[Delivery, ...]:
    return tuple(sorted(deliveries, key=lambda delivery: delivery.intended_at))


def refuse(_before: Tables, _after: Tables) -> None:
    raise read_only_refusal()


def refuse_closed(_before: Tables, _after: Tables) -> None:
    raise Refused("the store is closed", remedy="start the bot again")


def read_only_refusal() -> Refused:
    return Refused("the store is open for reading only", remedy="ask the running bot, or stop it first")
