"""Is it worth saying, why, and when again. Every threshold has a name and a default here."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

import msgspec

from bot.core.activity import Outcome
from bot.core.exposure import Exemption
from bot.core.incident import Acknowledgement, Incident, State
from classifier.facts import Kind
from classifier.verdict import URGENCY, Disposition, Verdict


class RecoveryPoints(msgspec.Struct, frozen=True):
    """How old a last good backup may become.

    Attributes:
        on: False: nobody asks.
        hourly: at least this for plans that run several times a day; else one and a half times their interval.
        daily, weekly, monthly: one and a half times the rhythm.
        unknown: where nobody says how often it runs; a guess would call a monthly plan late every day.
        by_kind: instead of these, by what is protected; None: nobody asks.
        by_client: instead of all these, by the client's id or name; None: nobody asks.
    """

    on: bool = True
    hourly: timedelta = timedelta(hours=6)
    daily: timedelta = timedelta(hours=36)
    weekly: timedelta = timedelta(hours=252)
    monthly: timedelta = timedelta(hours=1116)
    unknown: timedelta = timedelta(days=8)
    by_kind: Mapping[Kind, timedelta | None] = {}
    by_client: Mapping[str, timedelta | None] = {}


class Policy(msgspec.Struct, frozen=True):
    """The thresholds an operator may change.

    Attributes:
        patience: failed runs in a row, by disposition, that replace what our rules say; {} keeps that.
        lasting_for: a failure younger than this is never escalated, however often an hourly plan failed.
        acknowledgement_lasts: after this an acknowledgement ends by itself.
        reopen_within: trouble that returns within this is the same incident again.
        keep_ended: how long an ended incident is remembered.
        cloud_clients: clients that lose cloud storage together before it is Acronis' trouble.
        together: failures this far apart may still have one cause.
        group_from: incidents of one client with one cause that make one row.
        zone: the clock of machines that do not say theirs: where the MSP is.
        recovery: how old a last good backup may become.
        exempt: workloads that need no backup.
    """

    patience: dict[Disposition, int] = {}
    lasting_for: timedelta = timedelta(hours=12)
    acknowledgement_lasts: timedelta = timedelta(days=3)
    reopen_within: timedelta = timedelta(days=7)
    keep_ended: timedelta = timedelta(days=90)
    cloud_clients: int = 3
    together: timedelta = timedelta(hours=12)
    group_from: int = 2
    zone: tzinfo = UTC
    recovery: RecoveryPoints = RecoveryPoints()
    exempt: tuple[Exemption, ...] = ()


DEFAULT = Policy()


def is_more_urgent(one: Disposition, other: Disposition) -> bool:
    return URGENCY[one] > URGENCY[other]


def disposition_after(
    verdict: Verdict,
    *,
    outcome: Outcome = Outcome.FAILED,
    failed_runs: int,
    lasted: timedelta,
    policy: Policy = DEFAULT,
) -> Disposition:
    """Raise a verdict's disposition to act now once its patience is over.

    Counted in failed runs of this backup, never in our refreshes: a nightly job that failed once
    stays young all day. Warned and cancelled runs use up no patience. A warned run left a backup, so
    what would be act now is watched.

    Args:
        outcome: how the newest run ended.
        failed_runs: failed or missed runs in a row, the first included.
        lasted: from the first of them to the newest.
    Source:
        docs/decisions/0004-when-monitor-becomes-act-now.md
    """
    if outcome is Outcome.WARNED:
        return Disposition.MONITOR if verdict.disposition is Disposition.ACT_NOW else verdict.disposition
    patience = _patience(verdict, policy)
    if patience is not None and failed_runs >= patience and (patience == 1 or lasted >= policy.lasting_for):
        return Disposition.ACT_NOW
    return verdict.disposition


def runs_left(verdict: Verdict, *, failed_runs: int, policy: Policy = DEFAULT) -> int | None:
    """Say how many more failed runs end a verdict's patience; None when failed runs are not what counts."""
    patience = _patience(verdict, policy)
    return max(0, patience - failed_runs) if patience is not None else None


def _patience(verdict: Verdict, policy: Policy) -> int | None:
    """Count by the operator's own rule, else by their general number, else by ours; None where runs do not count."""
    said = verdict.patience.failed_runs
    return said if verdict.own or said is None else policy.patience.get(verdict.disposition, said)


def disposition_unfinished(verdict: Verdict, *, reads: int) -> Disposition:
    """Say how urgent a job without a result is: quiet for its grace, then watched, then act now.

    Args:
        reads: complete scheduled readings of its client since we first saw it, without progress.
    """
    grace = verdict.patience.refreshes or 1
    if reads < grace:
        return verdict.disposition
    return Disposition.MONITOR if reads == grace else Disposition.ACT_NOW


def is_lasting(incident: Incident, policy: Policy = DEFAULT) -> bool:
    """Tell whether it has failed often and long enough that a thread should hear of it again."""
    lasted = incident.last_failed_at - incident.first_failed_at
    return incident.state is State.OPEN and incident.failed_runs >= 2 and lasted >= policy.lasting_for


def needs_follow_up(incident: Incident, *, said_at_runs: int, policy: Policy = DEFAULT) -> bool:
    """Tell whether its thread should hear of it: at 2 failed runs, then at each doubling (4, 8, 16 …).

    Args:
        said_at_runs: failed runs when the thread last heard of it; 0 when it never did.
    """
    return is_lasting(incident, policy) and incident.failed_runs >= max(2, said_at_runs * 2)


class Lapse(StrEnum):
    """Why an acknowledgement no longer holds."""

    OVER = "its time is over"
    ENDED = "it is no longer open"
    CAUSE_CHANGED = "the cause changed"
    WORSE = "it became more urgent"


def why_lapsed(
    given: Acknowledgement, *, cause: str, disposition: Disposition, is_open: bool, now: datetime
) -> Lapse | None:
    """Say why an acknowledgement no longer holds for these facts; None while it does."""
    if not is_open:
        return Lapse.ENDED
    if given.until is not None and given.until <= now:
        return Lapse.OVER
    if given.cause != cause:
        return Lapse.CAUSE_CHANGED
    if is_more_urgent(disposition, given.disposition):
        return Lapse.WORSE
    return None


def holds(given: Acknowledgement, incident: Incident, *, now: datetime) -> bool:
    """Tell whether an acknowledgement of this incident still quiets it."""
    return lapse_of(given, incident, now=now) is None


def lapse_of(given: Acknowledgement, incident: Incident, *, now: datetime) -> Lapse | None:
    return why_lapsed(
        given,
        cause=incident.cause,
        disposition=incident.disposition,
        is_open=incident.state is State.OPEN,
        now=now,
    )


def counts_as_failed(outcome: Outcome) -> bool:
    """Tell whether a run uses up patience. A warning left a backup, a cancellation was somebody's will."""
    return outcome in (Outcome.FAILED, Outcome.MISSED)
