"""A backup in trouble, over time.

An incident belongs to a subject, not to a cause: its key is the subject's key, so that editing a
rule never starts a new story and one suffering backup has one thread. The cause may change inside
it. It is opened by a run that did not go well, and ends in two ways only: *resolved*, by a success
of the same subject, or *closed*, because the vendor told us that the backup is no longer there.
Not hearing of it ends nothing.

How urgent it is stands beside its state: `disposition` starts as the verdict's and is raised once
the verdict's patience is over (an escalation). Who owns it is not a state either but a record of
its own, an Acknowledgement, which holds only for the facts it was given for.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from bot.core.activity import EndReason, Outcome, Subject
from classifier import leaf
from classifier.facts import NOTHING_KNOWN, JobFacts
from classifier.failure import Failure
from classifier.verdict import Disposition, Verdict

VARYING = re.compile(r"\d+|'[^']*'|\"[^\"]*\"|\b[A-Za-z]:\\\S*|\\\\\S+|/\S+")  # numbers, names in quotes, paths


class State(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Event(StrEnum):
    """What a run, or the vendor, can say of a subject that has an incident."""

    TROUBLE = "trouble"
    SUCCESS = "success"
    END = "end"


# Every move there is. Success after a closure leaves it closed: nothing was healed, it came back healthy.
TRANSITIONS: Mapping[tuple[State, Event], State] = {
    (State.OPEN, Event.TROUBLE): State.OPEN,
    (State.OPEN, Event.SUCCESS): State.RESOLVED,
    (State.OPEN, Event.END): State.CLOSED,
    (State.RESOLVED, Event.TROUBLE): State.OPEN,
    (State.RESOLVED, Event.SUCCESS): State.RESOLVED,
    (State.RESOLVED, Event.END): State.CLOSED,
    (State.CLOSED, Event.TROUBLE): State.OPEN,
    (State.CLOSED, Event.SUCCESS): State.CLOSED,
    (State.CLOSED, Event.END): State.CLOSED,
}


class Incident(msgspec.Struct, frozen=True, gc=False):
    """One backup in trouble.

    Attributes:
        number: a short handle for people ("#42"); never reused.
        disposition: the verdict's, or act now once its patience was over.
        outcome: how its newest run ended; RUNNING for a job that does not conclude.
        activity_id: the run the failure was taken from, for the way into Acronis' console.
        first_failed_at: end of the first run that failed since the last success; for a job that
            does not conclude, when it began.
        last_failed_at: end of the newest one.
        failed_runs: failed or missed runs since the last success, warned and cancelled ones not counted.
        opened_at: when we first said so (our clock).
        ended_at: when it was resolved or closed (the healing run's end, or the vendor's word); None while open.
        close_reason: why it was closed; None unless it was.
        last_good_at: the last clean success before it; None when we know of none.
        baseline: found on the first reading of its client, so never news.
        reopened: how often it came back within the time that counts as the same trouble.
    """

    number: int
    subject: Subject
    verdict: Verdict
    state: State
    disposition: Disposition
    outcome: Outcome
    first_failed_at: datetime
    last_failed_at: datetime
    failed_runs: int
    opened_at: datetime
    failure: Failure
    facts: JobFacts = NOTHING_KNOWN
    activity_id: str = ""
    link: str = ""
    last_good_at: datetime | None = None
    ended_at: datetime | None = None
    close_reason: EndReason | None = None
    baseline: bool = False
    reopened: int = 0

    @property
    def key(self) -> str:
        return self.subject.key

    @property
    def cause(self) -> str:
        """Name what is wrong, for telling whether it changed: never the rule that said so."""
        return cause_of(self.failure)

    @property
    def code(self) -> str:
        """Name what a person would search for: the leaf, else the vendor's name or words; "" when it gave none."""
        innermost = leaf(self.failure)
        if innermost is not None:
            return innermost.code
        return self.failure.code or self.failure.alert or self.failure.text

    @property
    def is_escalated(self) -> bool:
        return self.disposition is Disposition.ACT_NOW and self.verdict.disposition is not Disposition.ACT_NOW


def cause_of(failure: Failure) -> str:
    """Name a failure's cause by the vendor's own codes, so that editing our rules changes nothing.

    Its name and the innermost number; how deep that is wrapped, or whether an alert told it, changes
    nothing. Only without both: the alert's type, then the text without what differs each run.
    """
    name = failure.code or (failure.inner[-1] if failure.inner else "")
    number = failure.chain[-1].code if failure.chain else ""
    return "/".join(part for part in (name, number) if part) or failure.alert or VARYING.sub("#", failure.text)


class ChangeKind(StrEnum):
    OPENED = "opened"
    PERSISTS = "persists"
    CAUSE_CHANGED = "cause changed"
    ESCALATED = "escalated"
    RECOVERED = "recovered"
    REOPENED = "reopened"
    CLOSED = "closed"


class Change(msgspec.Struct, frozen=True, gc=False):
    """What one reading did to one incident. `before` is None when it was opened."""

    kind: ChangeKind
    before: Incident | None
    after: Incident


class Acknowledgement(msgspec.Struct, frozen=True, gc=False):
    """Somebody owns it, or wants no word of it, for now.

    Attributes:
        target: an incident's key or a group's.
        by: the person's id on their platform; `by_name` is what we show.
        until: when it ends by itself; None: when the facts change.
        cause: what was wrong when it was given; another cause ends it.
        disposition: how urgent it was then; more urgent ends it.
        snoozed: not "I have it" but "not before `until`".
    """

    target: str
    by: str
    by_name: str
    at: datetime
    cause: str
    disposition: Disposition
    until: datetime | None = None
    comment: str = ""
    snoozed: bool = False
