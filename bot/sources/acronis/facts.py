"""The eleven answers of one run, each a value or an honest unknown with its reason. Pure.

What the run itself tells comes first, then what its plan and its application tell; the alert's destinations win,
for they are those of that very run.
"""

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from bot.core.activity import Outcome
from bot.sources.acronis import words
from bot.sources.acronis.parse import Notice, Piece, Thing
from bot.sources.acronis.protections import KINDLESS, NOT_APPLIED, Told
from classifier.facts import Destination, JobFacts, Kind, Method, Step

NOT_ASKED = "its plan was not asked for"
WHY = {
    "trigger": "Acronis did not say how it was started",
    "rhythm": NOT_ASKED,
    "method": NOT_ASKED,
    "bytes_processed": "Acronis reported no progress",
    "bytes_saved": "Acronis reported no progress",
    "kind": KINDLESS,
    "policy_applied": NOT_APPLIED,
    "backup_completed": "no backup step was reported",
    "retention_applied": "no clean-up step was reported",
    "cloud_only": NOT_ASKED,
    "destinations": NOT_ASKED,
}
STILL_RUNNING = "it is still running"
NOTHING_TOLD = Told()


def facts_of(
    steps: Sequence[Piece], *, tops: Sequence[Piece], outcome: Outcome, workload: Thing, source: str = ""
) -> JobFacts:
    """Tell what a run tells by itself. Its steps are in order of their start; `tops` are its roots.

    Args:
        source: what is protected, as its alert names it; "" without one.
    """
    roots = {each.id for each in tops}
    inner = [each for each in steps if each.id not in roots] or steps
    # never parent plus child: both count the same bytes
    moving = [each for each in steps if words.is_backing_up(each.type)]
    counted = _last_counted(moving) or _last_counted(tops)
    kept = [each.ok for each in steps if words.is_retention(each.type)]
    spoken = (*tops, *inner)
    return JobFacts(
        trigger=next((each.trigger for each in spoken if each.trigger), None),
        bytes_processed=counted.bytes_processed if counted else None,
        bytes_saved=counted.bytes_saved if counted else None,
        kind=_kind(
            frozenset([each.type for each in steps]),
            next((each.suite for each in spoken if each.suite), ""),
            workload.type,
            _scheme(workload.id),
            source,
        ),
        steps=_steps(tuple([(each.type, each.ok) for each in inner])),
        backup_completed=_completed(moving, outcome),
        retention_applied=kept[-1] if kept else None,
    )


def facts_of_alert(alert: Notice, *, backup_completed: bool | None) -> JobFacts:
    """Tell what an alert tells of a run of which nothing else is known."""
    kind = _kind(frozenset(), "", "", _scheme(alert.workload.id), alert.source)
    return JobFacts(kind=kind, backup_completed=backup_completed)


def joined(
    own: JobFacts,
    *,
    alert: Notice | None,
    applied: bool | None,
    running: bool = False,
    listed: Told = NOTHING_TOLD,
    method: Method | None = None,
) -> JobFacts:
    """Add what others tell of a run to what it tells itself, and a reason for what nobody does.

    Args:
        applied: how the last deployment seen in this reading ended; what is listed now wins.
        listed: what the account's lists tell of this workload and plan.
        method: what the run left in the vault; wins over what the plan means to make.
    """
    destinations = _destinations(alert, listed)
    known = JobFacts(
        trigger=own.trigger,
        rhythm=listed.rhythm,
        method=method or listed.method,
        bytes_processed=own.bytes_processed,
        bytes_saved=own.bytes_saved,
        kind=own.kind or listed.kind,
        steps=own.steps,
        policy_applied=applied if listed.applied is None else listed.applied,
        backup_completed=own.backup_completed,
        retention_applied=own.retention_applied,
        destinations=destinations,
        cloud_only=_cloud_only(destinations),
    )
    missing = tuple([name for name in WHY if (said := getattr(known, name)) is None or said == ()])
    return msgspec.structs.replace(known, why=_reasons(missing, running, listed.why)) if missing else known


@lru_cache(maxsize=1024)
def _reasons(missing: tuple[str, ...], running: bool, told: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Give the reasons; runs that lack the same share them. Never changed."""
    known = WHY | {name: why for name, why in told if why}
    why = {name: known[name] for name in missing}
    return why | {name: STILL_RUNNING for name in ("backup_completed", "retention_applied") if running and name in why}


def _scheme(resource_id: str) -> str:
    """Keep of an id what tells its kind (`mssql:`), so that few questions are asked again and again."""
    scheme, colon, _ = resource_id.partition(":")
    return scheme + colon if colon else ""


@lru_cache(maxsize=4096)
def _kind(step_types: frozenset[str], suite: str, resource_type: str, scheme: str, source: str) -> Kind | None:
    return words.kind_of(
        step_types=step_types, suite=suite, resource_type=resource_type, resource_id=scheme, source=source
    )


def _last_counted(steps: Sequence[Piece]) -> Piece | None:
    return next((each for each in reversed(steps) if each.bytes_processed is not None), None)


def _completed(moving: Sequence[Piece], outcome: Outcome) -> bool | None:
    """The backup step answers; without one, a run that went well did back up, and one that failed did not."""
    if moving:
        return moving[-1].ok
    if outcome is Outcome.RUNNING:
        return None
    return outcome in (Outcome.SUCCEEDED, Outcome.WARNED)


def _destinations(alert: Notice | None, listed: Told) -> tuple[Destination, ...]:
    return alert.destinations if alert and alert.destinations else listed.destinations


def _cloud_only(destinations: Sequence[Destination]) -> bool | None:
    return all(each.is_cloud for each in destinations) if destinations else None


@lru_cache(maxsize=4096)
def _steps(steps: tuple[tuple[str, bool | None], ...]) -> tuple[Step, ...]:
    """Name the steps; runs of the same make share them."""
    return tuple([Step(words.STEPS.get(type_.upper(), type_), ok) for type_, ok in steps])
