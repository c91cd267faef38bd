"""Who is remembered, by client: worked out once, and good for as long as nothing new was read."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.commands.find import client_names
from bot.core.activity import ClientCoverage, Standing
from bot.core.memory import Memory
from bot.wording.phrases import Voice


class Known(NamedTuple):
    """What was worked out, and of what."""

    standings: Mapping[str, Standing]
    clients: Mapping[str, ClientCoverage]
    voice: Voice
    names: Mapping[str, Sequence[str]]
    by_client: Mapping[str, Sequence[Standing]]

    def is_of(self, memory: Memory, voice: Voice) -> bool:
        return self.standings is memory.standings and self.clients is memory.clients and self.voice == voice


class Directory:
    """Spares each question a walk over every workload. Stores give the same tables until one of them changes."""

    def __init__(self) -> None:
        self._known: Known | None = None

    def names(self, memory: Memory, voice: Voice) -> Mapping[str, Sequence[str]]:
        """Give what each client is called, as `client_names`."""
        return self._of(memory, voice).names

    def standings(self, client: str, memory: Memory, voice: Voice) -> Sequence[Standing]:
        """List the standings of a client, by its id."""
        return self._of(memory, voice).by_client.get(client, ())

    def learn(self, memory: Memory, voice: Voice) -> None:
        """Work it out now, so that nobody waits for it later, and let go of the picture before."""
        self._of(memory, voice)

    def _of(self, memory: Memory, voice: Voice) -> Known:
        known = self._known
        if known is None or not known.is_of(memory, voice):
            names = client_names(memory, voice)
            self._known = known = Known(memory.standings, memory.clients, voice, names, _by_client(memory))
        return known


def _by_client(memory: Memory) -> dict[str, list[Standing]]:
    found: dict[str, list[Standing]] = {}
    for standing in memory.standings.values():
        found.setdefault(standing.subject.client.id, []).append(standing)
    return found
