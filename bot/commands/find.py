"""Find what a person means: a client, a workload, a row. Exact first, then near, never a guess."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from rapidfuzz import fuzz, process

from bot.core.activity import Ref, Standing
from bot.core.digest import Row, incident_row, rows_of
from bot.core.incident import Incident, State
from bot.core.memory import Memory
from bot.core.policy import Policy
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
    """Name every client ever seen, alias first: what we show is what people type."""
    refs: dict[str, Ref] = {
        standing.subject.client.id: standing.subject.client for standing in memory.standings.values()
    }
    refs |= {coverage.client.id: coverage.client for coverage in memory.clients.values()}
    return {id: list(dict.fromkeys((voice.client(ref), ref.name))) for id, ref in refs.items() if ref.name}


def job_names(memory: Memory, voice: Voice) -> dict[str, list[str]]:
    """Name every workload, alone and after its client (`acme dc01`), by standing key."""
    named = {}
    for key, standing in memory.standings.items():
        workload, client = voice.workload(standing.subject), voice.client(standing.subject.client)
        named[key] = [f"{client} {workload}", workload, f"{client}/{workload}"]
    return named


def newest_of_each_workload(standings: Iterable[Standing]) -> dict[str, Standing]:
    """Keep one standing a workload, the one that ran last, for names that mean the machine and not a plan."""
    newest: dict[tuple[str, str], Standing] = {}
    for standing in standings:
        key = (standing.subject.client.id, standing.subject.workload.id)
        if key not in newest or _ran_at(standing) > _ran_at(newest[key]):
            newest[key] = standing
    return {standing.subject.key: standing for standing in newest.values()}


def _ran_at(standing: Standing) -> float:
    return standing.judged[0].timestamp() if standing.judged is not None else 0.0


def row_by_number(number: int, memory: Memory, *, now: datetime, policy: Policy) -> Row | Incident | None:
    """Find what a number means: the row that shows it, a member by itself, or an incident that has ended."""
    for row in rows_of(memory, now=now, policy=policy):
        if row.number == number:
            return row
    for incident in memory.incidents.values():
        if incident.number == number:
            return incident_row(incident, memory, now=now) if incident.state is State.OPEN else incident
    return None
