"""Remember for as long as the process lives: for the demo and for tests, under the same contract as the others."""

from collections.abc import Sequence
from pathlib import Path
from threading import RLock
from uuid import uuid4

from bot.core.memory import AuditEntry, Memory
from bot.stores.keeping import Keeper, Keeping, KeptOutbox, KeptStore, kept, read_only_refusal, refuse
from bot.stores.tables import FORMAT, META, Lesson, Meta, Tables, run_id


def build(_folder: Path | None = None, *, read_only: bool = False) -> Keeping:
    """Remember in this process only; no folder is touched."""
    keeper = forgetful(Memory(), read_only=read_only)
    audit = MemoryAudit(read_only=read_only)
    return kept(keeper, store=MemoryStore(keeper=keeper), audit=audit, close=keeper.close)


class MemoryStore(KeptStore):
    """A Store in memory.

    Args:
        memory: what it remembers to begin with.
        keeper: shared with an outbox, or with another store that plays another replica.
    """

    def __init__(self, memory: Memory | None = None, *, keeper: Keeper | None = None, owner: str = "") -> None:
        keeper = keeper or forgetful(memory or Memory())
        super().__init__(keeper, owner=owner or uuid4().hex, close=keeper.close)


class MemoryOutbox(KeptOutbox):
    """An Outbox in memory."""

    def __init__(self, keeper: Keeper | None = None) -> None:
        super().__init__(keeper or forgetful(Memory()))


class MemoryAudit:
    """An Audit in memory."""

    def __init__(self, *, read_only: bool = False) -> None:
        self._read_only = read_only
        self._lock = RLock()
        self._entries: list[AuditEntry] = []

    def record(self, entry: AuditEntry) -> None:
        if self._read_only:
            raise read_only_refusal()
        with self._lock:
            self._entries.append(entry)

    def entries(self, *, last: int = 100) -> Sequence[AuditEntry]:
        with self._lock:
            return tuple(self._entries[-last:] if last > 0 else ())


def forgetful(memory: Memory, *, read_only: bool = False) -> Keeper:
    """Hold tables that nobody writes down."""
    return Keeper(tables_of(memory), write=refuse if read_only else accept)


def tables_of(memory: Memory) -> Tables:
    return Tables(
        incidents=memory.incidents,
        standings=memory.standings,
        acknowledgements=memory.acknowledgements,
        clients=memory.clients,
        runs={run_id(run): run for run in memory.runs},
        learnt={name: Lesson(names) for name, names in memory.learnt.items()},
        tickets=memory.tickets,
        meta={META: Meta(format=FORMAT, last_number=memory.last_number)},
    )


def accept(_before: Tables, _after: Tables) -> None:
    """Being in memory is all there is to it."""
