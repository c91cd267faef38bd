"""Values for tests, with everything that does not matter filled in."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from msgspec.structs import replace

from bot.core.activity import (
    Activity,
    Batch,
    ClientCoverage,
    Coverage,
    Ended,
    Outcome,
    Protection,
    Reading,
    Ref,
    Schedule,
    Standing,
    Subject,
    Window,
)
from bot.core.incident import Incident, State
from bot.core.memory import Memory, News, Run
from bot.core.policy import DEFAULT, Policy
from bot.core.reconcile import Reconciled, reconcile
from classifier import classify
from classifier.facts import Destination, JobFacts, Rhythm
from classifier.failure import Failure
from classifier.verdict import Disposition

WEDNESDAY = datetime(2026, 3, 4, 6, 45, tzinfo=UTC)  # a morning, by which all nights in the tests have passed
DISK_FULL = Failure(code="BackupDestinationDiskFullWithPartition")
NAS_GONE = Failure(code="CannotConnectToMachineWithBackupDestination")
CLOUD_GONE = Failure(code="CloudStorageUnavailable")
CORRUPTED = Failure(code="BackupCorrupted")
STRANGE = Failure(code="NeverSeenBefore")
CLOUD = JobFacts(destinations=(Destination("cloud"),), cloud_only=True)

NIGHTLY = Schedule(Rhythm.DAILY, times=(time(2),))
WEEKLY = Schedule(Rhythm.WEEKLY, times=(time(2),), weekdays=(6,))


def at(text: str) -> datetime:
    """Read `04 02:10`, `04T02:10` or a whole ISO time as a moment of March 2026, UTC."""
    if len(text) > 10:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    return datetime.fromisoformat(f"2026-03-{text.replace(' ', 'T')}").replace(tzinfo=UTC)


def a_subject(client: str = "Acme", workload: str = "SRV1", plan: str = "Nightly") -> Subject:
    return Subject(Ref(f"c-{client}", client), Ref(f"w-{workload}", workload), Ref(f"p-{plan}", plan))


def an_activity(
    when: str = "04 02:10",
    failure: Failure | None = None,
    *,
    client: str = "Acme",
    workload: str = "SRV1",
    plan: str = "Nightly",
    outcome: Outcome | None = None,
    facts: JobFacts | None = None,
    id: str = "",
    link: str = "",
) -> Activity:
    """A run that ended at `when`: a success, or with `failure` a failure, unless `outcome` says otherwise."""
    outcome = outcome or (Outcome.FAILED if failure is not None else Outcome.SUCCEEDED)
    ended = at(when)
    running = outcome is Outcome.RUNNING
    return Activity(
        id=id or f"{client}-{workload}-{plan}-{when}",
        subject=a_subject(client, workload, plan),
        started_at=ended if running else ended - timedelta(minutes=10),
        finished_at=None if running else ended,
        outcome=outcome,
        facts=facts or JobFacts(),
        failure=failure,
        link=link,
    )


def a_batch(
    activities: Iterable[Activity] = (),
    *,
    now: datetime = WEDNESDAY,
    since: datetime | None = None,
    unread: Iterable[str] = (),
    clients: Iterable[str] = ("Acme",),
    ended: Iterable[Ended] = (),
    scheduled: bool = True,
    protections: Iterable[Protection] | None = None,
) -> Batch:
    """What a reading gave: every client named is read, but for those in `unread`.

    With `protections`, () included, all workloads of those read were listed.
    """
    activities = tuple(activities)
    window = Window(since or now - timedelta(days=3), now)
    listed = tuple(protections or ())
    names = (each.subject.client.name for each in (*activities, *listed))
    named = dict.fromkeys([*clients, *names, *unread])
    missing = set(unread)
    whole = protections is not None
    newest = _newest(activities)
    covered = tuple(
        ClientCoverage(Ref(f"c-{name}", name), Reading.UNREAD, why="timed out")
        if name in missing
        else ClientCoverage(Ref(f"c-{name}", name), Reading.READ, until=now, newest=newest.get(name), listed=whole)
        for name in named
    )
    return Batch(
        activities, Coverage(window, covered), read_at=now, ended=tuple(ended), scheduled=scheduled, protections=listed
    )


def a_protection(
    workload: str = "SRV1",
    *,
    client: str = "Acme",
    plan: str = "Nightly",
    schedule: Schedule | None = NIGHTLY,
    **more: Any,
) -> Protection:
    """A workload as the vendor lists it; with plan "" nothing protects it."""
    subject = a_subject(client, workload, plan) if plan else replace(a_subject(client, workload), plan=Ref(""))
    return Protection(subject, schedule=schedule if plan else None, **more)


def _newest(activities: Iterable[Activity]) -> dict[str, datetime]:
    """When the newest run of each client ended, by name."""
    newest: dict[str, datetime] = {}
    for each in activities:
        if each.finished_at is not None:
            client = each.subject.client.name
            newest[client] = max(newest.get(client, each.finished_at), each.finished_at)
    return newest


def a_memory(*batches: Batch, policy: Policy = DEFAULT, told: bool = True) -> Memory:
    """What is remembered after reading these batches, one after the other; every reading was told."""
    memory = Memory()
    for batch in batches:
        memory = after(memory, reconcile(memory, batch, policy=policy), batch, told=told)
    return memory


def after(memory: Memory, changed: Reconciled, batch: Batch, *, told: bool = True) -> Memory:
    """Do to a memory what a store's commit does."""
    run = Run(
        slot=batch.read_at.isoformat(),
        attempt=1,
        read_at=batch.read_at,
        scheduled=batch.scheduled,
        coverage=replace(batch.coverage, clients=()),
        news=tuple(News(change.kind, change.after.key) for change in changed.changes),
        baseline=changed.baseline,
        counts=changed.counts,
        exposed=changed.exposed,
        announced=told,
    )
    return Memory(
        incidents={**memory.incidents, **{i.key: i for i in changed.incidents}},
        standings={**memory.standings, **{s.subject.key: s for s in changed.standings}},
        acknowledgements=memory.acknowledgements,
        clients={**memory.clients, **{c.client.id: c for c in changed.clients}},
        runs=(*memory.runs, run),
        last_number=changed.last_number,
    )


def an_incident(
    failure: Failure = DISK_FULL,
    *,
    number: int = 1,
    client: str = "Acme",
    workload: str = "SRV1",
    state: State = State.OPEN,
    failed_runs: int = 1,
    first: str = "04 02:10",
    last: str = "04 02:10",
    facts: JobFacts | None = None,
    disposition: Disposition | None = None,
    last_good: str = "03 02:10",
) -> Incident:
    verdict = classify(failure)
    return Incident(
        number=number,
        subject=a_subject(client, workload),
        verdict=verdict,
        state=state,
        disposition=disposition or verdict.disposition,
        outcome=Outcome.FAILED,
        first_failed_at=at(first),
        last_failed_at=at(last),
        failed_runs=failed_runs,
        opened_at=WEDNESDAY,
        failure=failure,
        facts=facts or JobFacts(),
        last_good_at=at(last_good),
        ended_at=None if state is State.OPEN else WEDNESDAY,
    )


def a_standing(client: str = "Acme", workload: str = "SRV1", *, good: str = "03 02:10") -> Standing:
    moment = at(good)
    return Standing(
        a_subject(client, workload),
        judged=(moment, "x"),
        last_good_at=moment,
        last_backup_at=moment,
        last_outcome=Outcome.SUCCEEDED,
    )
