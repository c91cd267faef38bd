"""Workloads that no failed run speaks of and that are not safe: no plan, no backup, gone, or too long without one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from bot.core.activity import ClientCoverage, Standing, Subject


class ExposureKind(StrEnum):
    """How a workload is exposed. A workload is said under the first of these that fits."""

    UNPROTECTED = "unprotected"
    PLAN_OFF = "plan switched off"
    VANISHED = "vanished"
    NO_BACKUP = "no good backup known"
    OVER = "over its recovery point"


class Exemption(msgspec.Struct, frozen=True):
    """The operator's word that a workload needs no backup.

    Attributes:
        client: its id or name.
        workload: its id or name; with * at the end, all of the client's whose name begins so.
        until: from then on it is told again; None: for good.
    """

    client: str
    workload: str
    why: str
    until: datetime | None = None

    def covers(self, subject: Subject, *, now: datetime) -> bool:
        is_over = self.until is not None and self.until <= now
        if is_over or self.client not in (subject.client.id, subject.client.name):
            return False
        if self.workload.endswith("*"):
            return subject.workload.name.startswith(self.workload[:-1])
        return self.workload in (subject.workload.id, subject.workload.name)


class Exposure(msgspec.Struct, frozen=True):
    """One workload without a backup to rely on.

    Attributes:
        standing: the one that tells: as last listed, or with the newest good backup.
        good_at: the last good backup under any of its plans; None when none is known.
        listed_at: when it was last in a list; None when it never was.
    """

    kind: ExposureKind
    standing: Standing
    good_at: datetime | None
    listed_at: datetime | None

    @property
    def subject(self) -> Subject:
        return self.standing.subject

    @property
    def key(self) -> str:
        """Name it for telling what is new: what kind, and of which workload."""
        return f"{self.kind}:{self.subject.client.id}/{self.subject.workload.id}"


def exposures(standings: Iterable[Standing], clients: Mapping[str, ClientCoverage]) -> tuple[Exposure, ...]:
    """List the exposed workloads, each once, the worst kind and the oldest backup first.

    A workload is judged as of the time up to which its client was read: what came after is not known.
    """
    workloads: dict[tuple[str, str], list[Standing]] = {}
    for standing in standings:
        if standing.subject.workload.id:
            workloads.setdefault(standing.workload_key, []).append(standing)
    found = (
        _exposure(mine, clients.get(client)) for (client, _), mine in workloads.items() if not _is_safe(mine, clients)
    )
    return tuple(sorted((each for each in found if each is not None), key=_worst_first))


def exempted(
    found: Iterable[Exposure], exemptions: Sequence[Exemption], *, now: datetime
) -> tuple[tuple[Exposure, ...], tuple[tuple[Exposure, Exemption], ...]]:
    """Part what is to be told from what needs no backup, each of these with the operator's word for it."""
    told, spared = list[Exposure](), list[tuple[Exposure, Exemption]]()
    for each in found:
        word = next((word for word in exemptions if word.covers(each.subject, now=now)), None)
        if word is None:
            told.append(each)
        else:
            spared.append((each, word))
    return tuple(told), tuple(spared)


def _worst_first(exposure: Exposure) -> tuple[int, float, str, str]:
    subject = exposure.subject
    good = exposure.good_at.timestamp() if exposure.good_at is not None else 0.0
    return (ORDER[exposure.kind], good, subject.client.name, subject.workload.name)


ORDER = {kind: rank for rank, kind in enumerate(ExposureKind)}


def _is_safe(mine: Sequence[Standing], clients: Mapping[str, ClientCoverage]) -> bool:
    """See at a glance, for most workloads there are, that nothing is wrong."""
    one = mine[0]
    if len(mine) > 1 or one.missing_since is not None or one.ended is not None or one.recovery is None:
        return False
    if one.protection is not None and not (one.protection.enabled and one.protection.subject.plan.id):
        return False
    client, over_at = clients.get(one.subject.client.id), one.recovery.over_at
    return over_at is not None and client is not None and client.until is not None and client.until < over_at


def _exposure(every: Sequence[Standing], client: ClientCoverage | None) -> Exposure | None:
    mine = [each for each in every if each.ended is None]
    kind = _kind(mine, client) if mine else None
    if kind is None:
        return None
    good = max((each.last_good_at for each in every if each.last_good_at is not None), default=None)
    listed_at = max((each.listed_at for each in mine if each.listed_at is not None), default=None)
    return Exposure(kind, max(mine, key=_tells_most), good, listed_at)


def _tells_most(standing: Standing) -> tuple[bool, float, float, str]:
    listed = standing.listed_at.timestamp() if standing.listed_at is not None else 0.0
    good = standing.last_good_at.timestamp() if standing.last_good_at is not None else 0.0
    return (standing.missing_since is None and listed > 0, listed, good, standing.subject.key)


def _kind(mine: Sequence[Standing], client: ClientCoverage | None) -> ExposureKind | None:
    listed = [each for each in mine if each.protection is not None]
    present = [each for each in listed if each.missing_since is None]
    if present:
        newest = max(each.listed_at for each in present if each.listed_at is not None)
        now = [each.protection for each in present if each.listed_at == newest and each.protection is not None]
        if not any(each.is_protected for each in now):
            return ExposureKind.UNPROTECTED
        if not any(each.is_protected and each.enabled for each in now):
            return ExposureKind.PLAN_OFF
    elif listed and not _ran_since(mine, listed):
        return ExposureKind.VANISHED
    return _without_backup(mine, client, is_listed=bool(present))


def _ran_since(mine: Sequence[Standing], listed: Sequence[Standing]) -> bool:
    """Tell whether a run came after the list had lost it: then it is the list that is wrong."""
    gone = max(each.missing_since for each in listed if each.missing_since is not None)
    return any(each.running is not None or (each.judged is not None and each.judged[0] > gone) for each in mine)


def _without_backup(mine: Sequence[Standing], client: ClientCoverage | None, *, is_listed: bool) -> ExposureKind | None:
    point = next((each.recovery for each in mine if each.recovery is not None), None)
    if point is None:
        return None
    if point.over_at is None:
        warned = any(each.last_backup_at is not None for each in mine)
        return ExposureKind.NO_BACKUP if is_listed and not warned else None
    read_to = client.until if client is not None else None
    return ExposureKind.OVER if read_to is not None and point.over_at <= read_to else None
