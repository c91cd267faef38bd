"""What every part of telling works with, and the places that hear."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec.structs import replace

from bot.core.activity import Ref
from bot.core.digest import Digest, Row, narrowed
from bot.core.memory import Memory
from bot.core.policy import DEFAULT, Policy
from bot.core.thread import Thread
from bot.jobs.deliver import Place, Ways
from bot.jobs.hearing import Hearing
from bot.ports import Abilities, Store
from bot.wording.digest import ROWS_MAX
from bot.wording.phrases import Voice


@dataclass(frozen=True)
class Telling:
    """All that telling needs.

    Attributes:
        next_at: when the first reading after a moment is due; None when nothing is.
        rows_max: causes that a digest lists, as far as its chat can show them.
    """

    store: Store
    ways: Ways
    policy: Policy = DEFAULT
    next_at: Callable[[datetime], datetime | None] = lambda _: None
    rows_max: int = ROWS_MAX

    def abilities(self, chat: str) -> Abilities:
        return self.ways.chats[chat].abilities

    def rows_in(self, chat: str) -> int:
        return min(self.rows_max, self.abilities(chat).rows)

    def voice(self, spot: "Spot") -> Voice:
        """Give the voice for a place. A client is called by its own name where nobody else is spoken of."""
        return self.ways.voice if spot.is_main else replace(self.ways.voice, aliases={})

    def threads(self, spot: "Spot") -> tuple[Thread, ...]:
        return tuple(one for one in self.ways.threads.all() if (one.chat, one.place) == spot.where)


class Spot(msgspec.Struct, frozen=True):
    """One place, and of whom it hears: of everybody, or of some clients alone."""

    chat: str
    place: str
    clients: tuple[Ref, ...] = ()

    @property
    def is_main(self) -> bool:
        return not self.clients

    @property
    def where(self) -> Place:
        return (self.chat, self.place)

    def rows(self, digest: Digest) -> tuple[Row, ...]:
        """Give the causes that may be spoken of here, the quiet ones too."""
        everything = (*digest.rows, *digest.snoozed, *digest.muted)
        if self.is_main:
            return everything
        mine = [_of(row, client) for row in everything for client in self.clients if client in row.clients]
        return tuple({row.target: row for row in reversed(mine)}.values())[::-1]


def _of(row: Row, client: Ref) -> Row:
    """Show a cause as one client may see it; what others have of it is left out."""
    own = narrowed(row, client.id)
    keys = {row.target, *(incident.key for incident in own.incidents)}
    return replace(own, held=tuple(given for given in own.held if given.target in keys))


def spots(hearing: Hearing, memory: Memory) -> Iterator[Spot]:
    """Give every place of a chat once: the main ones, then the channels of clients."""
    for place in hearing.main:
        yield Spot(hearing.chat, place)
    found: dict[str, list[Ref]] = {}
    for coverage in memory.clients.values():
        place = hearing.of_client(coverage.client)
        if place and place not in hearing.main:
            found.setdefault(place, []).append(coverage.client)
    for place, clients in found.items():
        yield Spot(hearing.chat, place, tuple(clients))
