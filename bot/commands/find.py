"""Find what a person means: a client, a workload, a row. Exact first, then near, never a guess."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime

import msgspec
from rapidfuzz import fuzz, process

from bot.core.activity import Standing
from bot.core.correlate import group_keys
from bot.core.digest import Row, member_row, rows_of
from bot.core.incident import Incident
from bot.core.memory import Memory
from bot.core.policy import Policy
from bot.errors import Refused
from bot.ports import Store
from bot.wording.phrases import Voice

NEAR = 60  # rapidfuzz score from which a name is worth suggesting
SUGGESTIONS = 5


class Named(msgspec.Struct, frozen=True):
    """What a name led to: exactly one key, or names that are near."""

    key: str | None
    near: tuple[str, ...] = ()


def by_name(asked: str, names: Mapping[str, Sequence[str]]) -> Named:
    """Find the one key that is called so: exactly, by its beginning, or by a part of its name.

    Args:
        names: what each key is called; several names are several ways to ask.
    """
    wanted = asked.casefold().strip()
    if not wanted:
        return Named(None)
    spelled = {key: [name.casefold() for name in called] for key, called in names.items()}
    for fits in (str.__eq__, str.startswith, str.__contains__):
        keys = [key for key, called in spelled.items() if any(fits(name, wanted) for name in called)]
        if len(keys) == 1:
            return Named(keys[0])
        if keys:
            return Named(None, _first_names(keys, names))
    return Named(None, _near(wanted, spelled, names))


def _first_names(keys: Iterable[str], names: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(sorted({names[key][0] for key in keys})[:SUGGESTIONS])


def _near(wanted: str, spelled: Mapping[str, Sequence[str]], names: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    choices = {f"{key}\n{index}": name for key, called in spelled.items() for index, name in enumerate(called)}
    found = process.extract(wanted, choices, scorer=fuzz.WRatio, limit=SUGGESTIONS, score_cutoff=NEAR)
    return tuple(dict.fromkeys(names[key.split("\n")[0]][0] for _, _, key in found))


def client_names(memory: Memory, voice: Voice) -> dict[str, list[str]]:
    """Name every client ever seen, alias first: what we show is what people type.

    Two that share a name are told apart by the beginning of their ids.
    """
    refs = {standing.subject.client.id: standing.subject.client for standing in memory.standings.values()}
    refs |= {coverage.client.id: coverage.client for coverage in memory.clients.values()}
    shared = Counter(voice.client(ref) for ref in refs.values())
    named = {}
    for id, ref in refs.items():
        shown = voice.client(ref)
        names = [f"{shown} ({id[:8]})"] if shared[shown] > 1 else [shown]
        named[id] = list(dict.fromkeys((*names, *((ref.name,) if ref.name and shared[shown] == 1 else ()))))
    return named


def client_called(asked: str, memory: Memory, voice: Voice) -> str:
    """Find a client's id by its name, alias or id.

    Raises:
        Refused: none, or more than one, is called so; names those that are near.
    """
    names = client_names(memory, voice)
    found = Named(asked) if asked in names else by_name(asked, names)
    if found.key is None:
        near = [f"“{one}”" for one in found.near]
        remedy = f"did you mean {' or '.join(near)}?" if near else "`fortress export --what clients` lists them"
        raise Refused(f"no one client is called “{asked}”", remedy=remedy)
    return found.key


def job_names(memory: Memory, voice: Voice) -> dict[str, list[str]]:
    """Name every workload, alone and after its client (`acme dc01`), by standing key."""
    named = {}
    for key, standing in memory.standings.items():
        workload, client = voice.workload(standing.subject), voice.client(standing.subject.client)
        named[key] = [f"{client} {workload}", workload, f"{client}/{workload}"]
    return named


def one_of_each_workload(standings: Iterable[Standing], troubled: Set[str]) -> dict[str, Standing]:
    """Keep one standing a workload, for names that mean the machine and not a plan.

    The one in trouble before a healthy one, one that is watched before one that ended, then the newest.

    Args:
        troubled: keys of subjects with an open incident.
    """
    best: dict[tuple[str, str], Standing] = {}
    for standing in standings:
        key = (standing.subject.client.id, standing.subject.workload.id)
        if key not in best or _telling(standing, troubled) > _telling(best[key], troubled):
            best[key] = standing
    return {standing.subject.key: standing for standing in best.values()}


def _telling(standing: Standing, troubled: Set[str]) -> tuple[bool, bool, float]:
    ran_at = standing.judged[0].timestamp() if standing.judged is not None else 0.0
    return (standing.subject.key in troubled, standing.ended is None, ran_at)


class Look(msgspec.Struct, frozen=True):
    """What there is at one moment, worked out once for a whole line."""

    memory: Memory
    rows: tuple[Row, ...]
    now: datetime
    policy: Policy

    def number(self, number: int) -> Row | Incident | None:
        """Find what a number means: the row that shows it, a member by itself, or an incident that has ended.

        A member that healed leads to the rest of its group: the number stood on the group's button.
        """
        incident = incident_of(number, self.memory)
        for row in self.rows:
            if row.number == number:
                return row
            if incident is not None and any(member.key == incident.key for member in row.incidents):
                return member_row(incident, row, self.memory, now=self.now, policy=self.policy)
        if incident is None:
            return None
        keys = group_keys(incident)
        return next((row for row in self.rows if row.target in keys), incident)


def incident_of(number: int, memory: Memory) -> Incident | None:
    """Find the incident of a number, open or ended."""
    return next((incident for incident in memory.incidents.values() if incident.number == number), None)


def look(store: Store, *, now: datetime, policy: Policy) -> Look:
    memory = store.memory()
    return Look(memory, tuple(rows_of(memory, now=now, policy=policy)), now, policy)
