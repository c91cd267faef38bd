"""What is kept, table by table, as typed values. One immutable `Tables` is one consistent state."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from bot.core.activity import ClientCoverage, Standing
from bot.core.filed import FiledSheet
from bot.core.incident import Acknowledgement, Incident
from bot.core.memory import Memory, Run
from bot.core.message import Delivery
from bot.core.raised import Raised
from bot.core.reference import Reference
from bot.core.route import Route
from bot.core.thread import Thread


class Slot(msgspec.Struct, frozen=True):
    """Who works, or worked, on a slot.

    Attributes:
        attempt: the fencing token; each claim of the slot has a higher one.
        lease_until: nobody else may have it before; None once it was committed or given back.
    """

    owner: str
    attempt: int
    claimed_at: datetime
    lease_until: datetime | None
    done: bool = False


class Lesson(msgspec.Struct, frozen=True):
    """One table of what the source learned."""

    names: Mapping[str, str]


class Meta(msgspec.Struct, frozen=True):
    """What is true of the store as a whole: the format its files have, the highest incident number given."""

    format: int
    last_number: int = 0


class Tables(msgspec.Struct, frozen=True):
    """Everything kept. A write makes a new one, which shares every table it did not touch."""

    incidents: Mapping[str, Incident] = {}
    standings: Mapping[str, Standing] = {}
    acknowledgements: Mapping[str, Acknowledgement] = {}
    clients: Mapping[str, ClientCoverage] = {}
    runs: Mapping[str, Run] = {}
    slots: Mapping[str, Slot] = {}
    outbox: Mapping[str, Delivery] = {}
    threads: Mapping[str, Thread] = {}
    routes: Mapping[str, Route] = {}
    references: Mapping[str, Reference] = {}
    learnt: Mapping[str, Lesson] = {}
    tickets: Mapping[str, Raised] = {}
    filed: Mapping[str, FiledSheet] = {}
    meta: Mapping[str, Meta] = {}


NAMES: tuple[str, ...] = Tables.__struct_fields__
ROWS: Mapping[str, type[msgspec.Struct]] = {
    "incidents": Incident,
    "standings": Standing,
    "acknowledgements": Acknowledgement,
    "clients": ClientCoverage,
    "runs": Run,
    "slots": Slot,
    "outbox": Delivery,
    "threads": Thread,
    "routes": Route,
    "references": Reference,
    "learnt": Lesson,
    "tickets": Raised,
    "filed": FiledSheet,
    "meta": Meta,
}
FORMAT = 6  # of the files; see formats.py
# the format that brought a table; the others are from the start
SINCE: Mapping[str, int] = {"threads": 2, "routes": 2, "references": 3, "learnt": 4, "tickets": 5, "filed": 6}
META = "fortress"  # the one row of `meta`


def changed(before: Tables, after: Tables) -> tuple[str, ...]:
    """Name the tables that a write touched."""
    return tuple(name for name in NAMES if getattr(before, name) is not getattr(after, name))


def run_id(run: Run) -> str:
    """Tell readings of one slot apart: a second attempt must not wipe out what the first found."""
    return f"{run.slot}#{run.attempt}"


def delivery_id(delivery: Delivery) -> str:
    """Name a delivery by key, chat and place, unmistakably whatever they hold."""
    return msgspec.json.encode((delivery.key, delivery.chat, delivery.place)).decode()


def thread_id(thread: Thread) -> str:
    return msgspec.json.encode((thread.target, thread.chat, thread.place)).decode()


def route_id(route: Route) -> str:
    return msgspec.json.encode((route.chat, route.place)).decode()


def reference_id(reference: Reference) -> str:
    return msgspec.json.encode((reference.chat, reference.place)).decode()


def ticket_id(ticket: Raised) -> str:
    """Name a ticket: there is one for each target and desk."""
    return msgspec.json.encode((ticket.target, ticket.desk)).decode()


def filed_id(filed: FiledSheet) -> str:
    return msgspec.json.encode((filed.place, filed.sheet)).decode()


def picture(tables: Tables) -> Memory:
    """Give what the core may see."""
    return Memory(
        incidents=tables.incidents,
        standings=tables.standings,
        acknowledgements=tables.acknowledgements,
        clients=tables.clients,
        runs=in_order(tables.runs),
        last_number=tables.meta[META].last_number if tables.meta else 0,
        learnt={name: lesson.names for name, lesson in tables.learnt.items()},
        tickets=tables.tickets,
    )


def in_order(runs: Mapping[str, Run]) -> tuple[Run, ...]:
    """Give readings, oldest first."""
    return tuple(sorted(runs.values(), key=lambda run: (run.read_at, run.slot, run.attempt)))
