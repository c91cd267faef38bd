"""The eleven answers of one run, each a value or an honest unknown with its reason. Pure."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from bot.core.activity import Outcome
from bot.sources.acronis import words
from bot.sources.acronis.parse import Notice, Piece, Thing
from classifier.facts import JobFacts, Step

NOT_ASKED = "the plan's settings are not read yet"
WHY = {
    "trigger": "Acronis did not say how it was started",
    "rhythm": NOT_ASKED,
    "method": NOT_ASKED,
    "bytes_processed": "Acronis reported no progress",
    "bytes_saved": "Acronis reported no progress",
    "kind": "Acronis names only a machine; disks or files is in the plan's settings, not read yet",
    "policy_applied": "no deployment of the plan was seen in this reading",
    "backup_completed": "no backup step was reported",
    "retention_applied": "no clean-up step was reported",
    "cloud_only": "only alerts name the destination, and this run has none",
    "destinations": "only alerts name the destination, and this run has none",
}
STILL_RUNNING = "it is still running"
NOTHING_SAID: tuple[object, ...] = (None, ())


def facts_of(
    steps: Sequence[Piece],
    *,
    tops: Sequence[Piece],
    outcome: Outcome,
    workload: Thing,
    alert: Notice | None,
    applied: bool | None,
) -> JobFacts:
    """Answer for a run made of these steps, in order of their start; `tops` are its roots."""
    inner = [each for each in steps if each not in tops] or list(steps)
    # never parent plus child: both count the same bytes
    counted = _last_counted([each for each in steps if words.is_backing_up(each.type)]) or _last_counted(tops)
    kept = [each.ok for each in steps if each.type.upper() in words.RETENTION]
    return _with_reasons(
        JobFacts(
            trigger=next((each.trigger for each in (*tops, *inner) if each.trigger), None),
            bytes_processed=counted.bytes_processed if counted else None,
            bytes_saved=counted.bytes_saved if counted else None,
            kind=words.kind_of(
                step_types=frozenset(each.type for each in steps),
                suite=next((each.suite for each in (*tops, *inner) if each.suite), ""),
                resource_type=workload.type,
                resource_id=workload.id,
                source=alert.source if alert else "",
            ),
            steps=tuple(Step(name=_name(each), ok=each.ok) for each in inner),
            policy_applied=applied,
            backup_completed=_completed(steps, outcome),
            retention_applied=kept[-1] if kept else None,
            destinations=alert.destinations if alert else (),
            cloud_only=_cloud_only(alert),
        ),
        running=outcome is Outcome.RUNNING,
    )


def facts_of_alert(alert: Notice, *, applied: bool | None, backup_completed: bool | None) -> JobFacts:
    """Answer for a run of which only the alert is known."""
    kind = words.kind_of(
        step_types=frozenset(), suite="", resource_type="", resource_id=alert.workload.id, source=alert.source
    )
    known = JobFacts(
        kind=kind,
        policy_applied=applied,
        backup_completed=backup_completed,
        destinations=alert.destinations,
        cloud_only=_cloud_only(alert),
    )
    return _with_reasons(known, running=False)


def _with_reasons(known: JobFacts, *, running: bool) -> JobFacts:
    missing = tuple(name for name in WHY if getattr(known, name) in NOTHING_SAID)
    return msgspec.structs.replace(known, why=_reasons(missing, running=running))


@lru_cache(maxsize=512)
def _reasons(missing: tuple[str, ...], *, running: bool) -> dict[str, str]:
    """Give the reasons; runs that lack the same share them. Never changed."""
    why = {name: WHY[name] for name in missing}
    return why | {name: STILL_RUNNING for name in ("backup_completed", "retention_applied") if running and name in why}


def _last_counted(steps: Sequence[Piece]) -> Piece | None:
    return next((each for each in reversed(steps) if each.bytes_processed is not None), None)


def _completed(steps: Sequence[Piece], outcome: Outcome) -> bool | None:
    """The backup step answers; without one, a run that went well did back up, and one that failed did not."""
    moved = [each.ok for each in steps if words.is_backing_up(each.type)]
    if moved:
        return moved[-1]
    if outcome is Outcome.RUNNING:
        return None
    return outcome in (Outcome.SUCCEEDED, Outcome.WARNED)


def _cloud_only(alert: Notice | None) -> bool | None:
    return all(each.is_cloud for each in alert.destinations) if alert and alert.destinations else None


def _name(step: Piece) -> str:
    return words.STEPS.get(step.type.upper(), step.type)
