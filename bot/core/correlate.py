"""One cause behind many failures? Groups are worked out from what is open, never stored.

A group covers its members while they belong: its verdict replaces theirs in every list, and an
acknowledgement of it quiets them. A member that heals or fails for another reason leaves by itself.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from bot.core.activity import Outcome, Ref, Standing
from bot.core.incident import Incident, State
from bot.core.policy import DEFAULT, Policy, disposition_after
from classifier.verdict import URGENCY, Basis, Concern, Disposition, Domain, Party, Patience, Verdict

NEARBY = timedelta(hours=1)  # network failures this near to a loss of cloud storage belong to it


class GroupKind(StrEnum):
    CLOUD_STORAGE = "cloud storage"
    DESTINATION = "destination"
    CAUSE = "cause"


class Group(msgspec.Struct, frozen=True):
    """One cause behind several incidents.

    Attributes:
        key: the kind and what the members share; the same tomorrow.
        shared: what they share, in words ("NAS01"); "" when it is only the cause.
        members: incidents, the most urgent first, then the oldest.
        unharmed: for cloud storage, other workloads whose backups to it succeeded in the same hours.
    """

    key: str
    kind: GroupKind
    verdict: Verdict
    disposition: Disposition
    members: tuple[Incident, ...]
    shared: str = ""
    unharmed: int = 0

    @property
    def clients(self) -> tuple[Ref, ...]:
        return tuple(sorted({incident.subject.client for incident in self.members}, key=lambda ref: ref.name))


def correlate(
    incidents: Iterable[Incident], standings: Iterable[Standing] = (), *, policy: Policy = DEFAULT
) -> tuple[Group, ...]:
    """Find the groups among open incidents. Each incident belongs to one group at most.

    Tried in this order: cloud storage lost by many clients together (then it is Acronis', not
    theirs), one destination of one client, one cause at one client.
    """
    rest = sorted((i for i in incidents if i.state is State.OPEN), key=_worst_first)
    cloud, rest = _cloud_storage(rest, standings, policy)
    by_destination, rest = _alike(rest, _destination_key, GroupKind.DESTINATION, policy)
    by_cause, _ = _alike(rest, _cause_key, GroupKind.CAUSE, policy)
    return (*cloud, *by_destination, *by_cause)


def _worst_first(incident: Incident) -> tuple[int, datetime, int]:
    return (-URGENCY[incident.disposition], incident.first_failed_at, incident.number)


def _cloud_storage(
    incidents: Sequence[Incident], standings: Iterable[Standing], policy: Policy
) -> tuple[list[Group], list[Incident]]:
    core = [incident for incident in incidents if incident.verdict.concerns is Concern.CLOUD_STORAGE]
    wave = _wave(core, policy)
    if not wave:
        return [], list(incidents)
    begun, ended = wave[0].first_failed_at - NEARBY, wave[-1].first_failed_at + NEARBY
    taken = {i.key for i in (*wave, *(i for i in incidents if _fell_with_it(i, begun, ended)))}
    members = [incident for incident in incidents if incident.key in taken]
    verdict = _acronis_trouble(members)
    group = Group(
        key=GroupKind.CLOUD_STORAGE,
        kind=GroupKind.CLOUD_STORAGE,
        verdict=verdict,
        disposition=disposition_after(
            verdict,
            failed_runs=max(incident.failed_runs for incident in members),
            lasted=max(incident.last_failed_at for incident in members) - wave[0].first_failed_at,
            policy=policy,
        ),
        members=tuple(members),
        shared="cloud storage",
        unharmed=_unharmed(standings, since=wave[0].first_failed_at),
    )
    return [group], [incident for incident in incidents if incident.key not in taken]


def _wave(core: Sequence[Incident], policy: Policy) -> list[Incident]:
    """Find the incidents that began together at enough clients: the most in any span of `together`.

    What has failed for days is no part of tonight's wave, and one that comes later dissolves none.
    """
    ordered = sorted(core, key=lambda incident: (incident.first_failed_at, incident.number))
    best: list[Incident] = []
    most, start = policy.cloud_clients - 1, 0
    clients: Counter[str] = Counter()
    for end, incident in enumerate(ordered):
        clients[incident.subject.client.id] += 1
        while incident.first_failed_at - ordered[start].first_failed_at > policy.together:
            clients[ordered[start].subject.client.id] -= 1
            clients += Counter()  # drops those that left
            start += 1
        if len(clients) > most or (best and len(clients) == most and end - start + 1 > len(best)):
            most, best = len(clients), ordered[start : end + 1]
    return best


def _fell_with_it(incident: Incident, since: datetime, until: datetime) -> bool:
    """Tell whether a network failure on the way to the cloud is a part of the trouble: it began in its hours."""
    on_the_way = incident.verdict.domain in (Domain.NETWORK, Domain.CLOUD_PLATFORM)
    to_the_cloud = any(destination.is_cloud for destination in incident.facts.destinations)
    return on_the_way and to_the_cloud and since <= incident.first_failed_at <= until


def _unharmed(standings: Iterable[Standing], *, since: datetime) -> int:
    """Count the others whose backups reached the same storage after the trouble began."""
    return sum(
        1
        for standing in standings
        if standing.last_outcome is Outcome.SUCCEEDED
        and standing.last_good_at is not None
        and standing.last_good_at >= since
        and any(destination.is_cloud for destination in standing.facts.destinations)
    )


def _acronis_trouble(members: Sequence[Incident]) -> Verdict:
    """Move the blame: what is one client's internet alone is Acronis' trouble when many lose it at once."""
    clients = len({incident.subject.client.id for incident in members})
    return Verdict(
        rule="many-clients-lose-cloud-storage",
        domain=Domain.CLOUD_PLATFORM,
        lead=Party.ACRONIS,
        parties=(Party.ACRONIS, Party.MSP),
        disposition=Disposition.SELF_HEAL,
        patience=Patience(failed_runs=3),
        cause=f"{clients} clients lost the cloud storage in the same hours. That many lines do not break at once.",
        first_step="No client to call yet; look at Acronis' status page. If the next run fails too, raise one ticket.",
        source="docs/decisions/0005-blame-moves-with-the-evidence.md",
        basis=Basis.CORRELATION,
        inferred=True,
        brief="cloud storage lost by many clients at once",
        concerns=Concern.CLOUD_STORAGE,
    )


def _destination_key(incident: Incident) -> tuple[str, str] | None:
    """Name the local destination an incident's backup goes to, when the destination is what fails."""
    local = sorted(d.name for d in incident.facts.destinations if d.name and not d.is_cloud)
    if not local or incident.verdict.concerns is not Concern.DESTINATION:
        return None
    return (f"{incident.subject.client.id}/{local[0].lower()}/{incident.verdict.rule}", local[0])


def _cause_key(incident: Incident) -> tuple[str, str] | None:
    """Name what must be alike for one row: the client, the rule, and for unknown codes the code itself."""
    seen = incident.cause if incident.verdict.domain is Domain.UNKNOWN else ""
    unfinished = "running" if incident.outcome is Outcome.RUNNING else ""
    return (f"{incident.subject.client.id}/{incident.verdict.rule}{seen}{unfinished}", "")


def group_keys(incident: Incident) -> tuple[str, ...]:
    """Name the groups an incident would belong to if others were like it.

    So an acknowledgement of a group still covers its last member, and a member that healed leads to the rest.
    """
    found = ((GroupKind.DESTINATION, _destination_key(incident)), (GroupKind.CAUSE, _cause_key(incident)))
    return tuple(f"{kind}:{key[0]}" for kind, key in found if key is not None)


def _alike(
    incidents: Sequence[Incident],
    key_of: Callable[[Incident], tuple[str, str] | None],
    kind: GroupKind,
    policy: Policy,
) -> tuple[list[Group], list[Incident]]:
    """Put incidents with one key together; those left alone stay by themselves."""
    found: dict[str, list[Incident]] = defaultdict(list)
    shared: dict[str, str] = {}
    for incident in incidents:
        key = key_of(incident)
        if key is not None:
            found[key[0]].append(incident)
            shared[key[0]] = key[1]
    groups = [
        _group(f"{kind}:{key}", kind, members, shared[key])
        for key, members in found.items()
        if len(members) >= policy.group_from
    ]
    taken = {incident.key for group in groups for incident in group.members}
    return groups, [incident for incident in incidents if incident.key not in taken]


def _group(key: str, kind: GroupKind, members: Sequence[Incident], shared: str) -> Group:
    worst = members[0]  # they come worst first
    verdict = replace(worst.verdict, basis=_common_basis(members))
    return Group(key, kind, verdict, worst.disposition, tuple(members), shared)


def _common_basis(members: Sequence[Incident]) -> Basis:
    return Counter(incident.verdict.basis for incident in members).most_common(1)[0][0]
