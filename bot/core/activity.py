"""What is protected, what its backups did, and what we remember of them. Values only."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import msgspec

from classifier.facts import NOTHING_KNOWN, Destination, JobFacts, Kind, Method, Rhythm
from classifier.failure import Failure


class Ref(msgspec.Struct, frozen=True, order=True, gc=False):
    """A thing Acronis gave an id. Names may change or be hostile; the id is what we compare."""

    id: str
    name: str = ""


class Subject(msgspec.Struct, frozen=True, order=True, gc=False):
    """What is protected: one workload of one client under one plan.

    `plan.id` is "" when the vendor names no plan, `workload.id` when a whole plan failed to start.
    """

    client: Ref
    workload: Ref
    plan: Ref

    @property
    def key(self) -> str:
        """Identify it by ids alone, so that renaming a machine starts no second story."""
        return f"{self.client.id}/{self.workload.id}/{self.plan.id}"


class Outcome(StrEnum):
    """How a run ended. The order is from best to worst; RUNNING has not ended."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"
    WARNED = "warned"
    MISSED = "missed"
    FAILED = "failed"

    @property
    def is_trouble(self) -> bool:
        return self in TROUBLE

    @property
    def badness(self) -> int:
        return BADNESS[self]


TROUBLE = frozenset({Outcome.CANCELLED, Outcome.WARNED, Outcome.MISSED, Outcome.FAILED})
BADNESS: Mapping[Outcome, int] = {outcome: rank for rank, outcome in enumerate(Outcome)}


class Activity(msgspec.Struct, frozen=True, gc=False):
    """One run of one backup, children folded in.

    Attributes:
        id: the vendor's uuid of the run's root; a missed run takes the alert's.
        finished_at: None while it runs.
        failure: None when it went well or still runs.
        link: where a person would look next in Acronis' console; "" when unknown.
    """

    id: str
    subject: Subject
    started_at: datetime
    finished_at: datetime | None
    outcome: Outcome
    facts: JobFacts = NOTHING_KNOWN
    failure: Failure | None = None
    link: str = ""

    @property
    def order(self) -> tuple[datetime, str]:
        """Sort runs of one subject by when they ended; unfinished ones by when they began."""
        return (self.finished_at or self.started_at, self.id)


class Schedule(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """When a plan starts its backups, on the workload's own clock.

    Attributes:
        times: of day; () when only `every` says, or the plan starts by an event.
        weekdays: 0 is Monday; () means every day.
        days: of the month, 1 to 31; () when the month does not count.
        every: for plans that repeat within a day or a week; None for those that do not.
        delay: the vendor starts at random within this span after the time.
    """

    rhythm: Rhythm
    times: tuple[time, ...] = ()
    weekdays: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    every: timedelta | None = None
    delay: timedelta = timedelta()


class Protection(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One workload under one plan, as the vendor lists it. `subject.plan.id` is "" when no plan protects it.

    Attributes:
        kind: what is protected; None when the vendor does not say.
        schedule: None when it is not known, or the plan has none.
        method: full, incremental or differential, where the plan leaves no choice; None otherwise.
        destinations: where the plan's backups go; () when unknown.
        enabled: False when somebody switched the plan off.
        applied: True when the plan is deployed on the workload; None when the vendor does not say.
        last_run_at: when the vendor says it ran last, however that ended; None when it does not say.
        last_good_at: when the vendor says the last success was; None when it names none.
        next_at: when the vendor means to start next; None when it does not say.
        since: when the vendor first knew the workload; None when it does not say.
    """

    subject: Subject
    kind: Kind | None = None
    schedule: Schedule | None = None
    method: Method | None = None
    destinations: tuple[Destination, ...] = ()
    enabled: bool = True
    applied: bool | None = None
    last_run_at: datetime | None = None
    last_good_at: datetime | None = None
    next_at: datetime | None = None
    since: datetime | None = None

    @property
    def is_protected(self) -> bool:
        return bool(self.subject.plan.id)


class EndReason(StrEnum):
    """Why a backup is no longer ours to watch. Ending is not healing."""

    PLAN_REVOKED = "plan revoked"
    WORKLOAD_DELETED = "workload deleted"
    WORKLOAD_MOVED = "workload moved"
    CLIENT_DISABLED = "client disabled"
    CLIENT_DELETED = "client deleted"


class Ended(msgspec.Struct, frozen=True, gc=False):
    """Something the vendor told us is over. Empty workload or plan ids mean: all of them."""

    client_id: str
    reason: EndReason
    at: datetime
    workload_id: str = ""
    plan_id: str = ""


class Reading(StrEnum):
    """How much of a client was read."""

    READ = "read"
    PARTIAL = "partial"
    NO_ACCESS = "no access"
    UNREAD = "unread"


LEFT_THE_LIST = "no longer in the account's list of clients"


class ClientCoverage(msgspec.Struct, frozen=True, gc=False):
    """What was read of one client in one window.

    Attributes:
        until: read without a gap up to here; None when nothing was.
        newest: when the newest result of it ended; None when there was none.
        why: what kept us from reading all of it; "" when all was read.
        since: since when it has been read like this; filled in when remembered.
        listed: True when all its workloads were listed, so that one missing from the list is gone.
    """

    client: Ref
    reading: Reading
    until: datetime | None = None
    newest: datetime | None = None
    why: str = ""
    since: datetime | None = None
    listed: bool = False

    @property
    def is_whole(self) -> bool:
        return self.reading is Reading.READ


class Window(msgspec.Struct, frozen=True):
    """A span of results to read: (since, until]."""

    since: datetime
    until: datetime


class Page(msgspec.Struct, frozen=True):
    """Part of a reading: handled, folded in, and dropped.

    Attributes:
        protections: what the vendor lists as protected, or not protected, now.
    """

    activities: tuple[Activity, ...] = ()
    ended: tuple[Ended, ...] = ()
    protections: tuple[Protection, ...] = ()


Learnt = Mapping[str, Mapping[str, str]]  # table by table; only its source knows what it means
NOTHING_LEARNT: Learnt = {}


class Coverage(msgspec.Struct, frozen=True):
    """What a source really read, client by client, at the end of its pages.

    Attributes:
        quarantined: records that could not be understood; counted, said, never guessed at.
        gaps: sentences about what is missing and belongs to no one client.
        learnt: what the source must know next time, in whichever process, to name all as it did before.
    """

    window: Window
    clients: tuple[ClientCoverage, ...] = ()
    quarantined: int = 0
    gaps: tuple[str, ...] = ()
    learnt: Learnt = NOTHING_LEARNT


class Batch(msgspec.Struct, frozen=True):
    """All of one reading.

    Attributes:
        read_at: when it was read; our clock.
        scheduled: False when a person asked for it. Such a reading uses up no grace.
        protections: what the vendor lists as protected, or not protected, now.
    """

    activities: tuple[Activity, ...]
    coverage: Coverage
    read_at: datetime
    ended: tuple[Ended, ...] = ()
    scheduled: bool = True
    protections: tuple[Protection, ...] = ()


class Day(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One day of one subject: the worst outcome, and how many runs ended."""

    on: date
    worst: Outcome
    runs: int


class Running(msgspec.Struct, frozen=True, gc=False):
    """A job that has not concluded.

    Attributes:
        looked_at: end of the window in which we last looked; a second look at the same window counts nothing.
        bytes_done: bytes processed when last looked; None when the vendor does not say.
        reads: complete scheduled readings of the client since, without an end and without progress;
            -1 when only a reading that a person asked for has seen it yet.
        moving: bytes advanced between the last two looks.
    """

    id: str
    started_at: datetime
    looked_at: datetime
    bytes_done: int | None = None
    reads: int = 0
    moving: bool = False


class Silence(msgspec.Struct, frozen=True, gc=False):
    """A start that was due, and no run since.

    Attributes:
        due_at: the first start that nothing answered.
        looked_at: end of the window in which we last looked; a second look at the same window counts nothing.
        reads: complete scheduled readings of the client since the one that first missed it.
    """

    due_at: datetime
    looked_at: datetime
    reads: int = 0


class RecoveryPoint(msgspec.Struct, frozen=True, gc=False):
    """How old the last good backup of a workload may become: the best of its plans counts.

    Attributes:
        limit: as people are told it.
        good_at: the last good backup under any of its plans; None when none is known.
        over_at: when it is too old, unless another comes before; None when none is known.
    """

    limit: timedelta
    good_at: datetime | None = None
    over_at: datetime | None = None


class Standing(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What we remember of one subject, healthy or not.

    Attributes:
        judged: (ended at, id) of the newest run taken into account; older or equal ones are repeats.
        last_good_at: when the last clean success ended; None when none is known.
        last_backup_at: the last run that left a backup, warned ones included; None when none is known.
        last_outcome: how the newest run ended; None before the first end.
        begun_at: when its newest run that nobody started by hand began; None when none is known.
        days: the last 60 days that had a run, oldest first.
        running: the job that has not concluded; None when there is none.
        ended: why it is no longer watched; None while it is.
        ended_at: when that was; runs that ended before it do not bring it back.
        protection: what the vendor last listed of it; None when it was never listed.
        listed_at: when it was last in a list; None when it never was.
        missing_since: the first complete list of its client that it was not in; None while it is listed.
        watched_since: since when it is listed with this schedule; a start that was due before is none of it.
        silence: a start that was due and that no run answered; None when there is none.
        recovery: of the whole workload, the same in each of its standings; None when nobody asks for one.
    """

    subject: Subject
    judged: tuple[datetime, str] | None = None
    last_good_at: datetime | None = None
    last_backup_at: datetime | None = None
    last_outcome: Outcome | None = None
    facts: JobFacts = NOTHING_KNOWN
    days: tuple[Day, ...] = ()
    running: Running | None = None
    ended: EndReason | None = None
    ended_at: datetime | None = None
    protection: Protection | None = None
    listed_at: datetime | None = None
    missing_since: datetime | None = None
    watched_since: datetime | None = None
    silence: Silence | None = None
    recovery: RecoveryPoint | None = None
    begun_at: datetime | None = None

    @property
    def workload_key(self) -> tuple[str, str]:
        return (self.subject.client.id, self.subject.workload.id)

    @property
    def seen_at(self) -> datetime | None:
        """When something last spoke of a run of it: its end, an alert, or the vendor's last success; None: never."""
        newest = self.judged[0] if self.judged is not None else None
        for at in (self.last_good_at, self.last_backup_at):
            if at is not None and (newest is None or newest < at):
                newest = at
        return newest


HISTORY = timedelta(days=60)
