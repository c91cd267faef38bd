"""Small values for the tests of the stores; only what matters is named."""

from datetime import UTC, date, datetime, time, timedelta

from bot.core.activity import (
    ClientCoverage,
    Coverage,
    Day,
    Outcome,
    Protection,
    Reading,
    RecoveryPoint,
    Ref,
    Schedule,
    Silence,
    Standing,
    Subject,
    Window,
)
from bot.core.incident import Acknowledgement, ChangeKind, Incident, State
from bot.core.memory import AuditEntry, Commit, News, Run
from bot.core.message import Delivery, Message, Receipt, bold, paragraph
from bot.core.thread import Thread
from classifier.facts import Destination, JobFacts, Kind, Method, Rhythm, Step, Trigger
from classifier.failure import Cause, Failure
from classifier.verdict import Basis, Disposition, Domain, Party, Patience, Verdict

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SLOT = "2026-03-04T06:45:00Z"

VERDICT = Verdict(
    rule="disk-full",
    domain=Domain.ENVIRONMENT,
    lead=Party.MSP,
    parties=(Party.MSP, Party.CLIENT),
    disposition=Disposition.ACT_NOW,
    patience=Patience(failed_runs=2),
    cause="The backup disk is full.",
    first_step="Make room on it.",
    source="docs/errors.md",
    basis=Basis.EXACT_CODE,
)
FAILURE = Failure(code="DiskFull", chain=(Cause(0x01E50023, "voll", "DiskFull"),), text="Kein Platz", inner=("A", "B"))
FACTS = JobFacts(
    trigger=Trigger.SCHEDULED,
    rhythm=Rhythm.DAILY,
    method=Method.INCREMENTAL,
    bytes_processed=10**13,
    steps=(Step("backup", False), Step("retention", None)),
    destinations=(Destination("network_share", r"\\nas\b"),),
    why={"bytes_saved": "not told"},
)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def a_subject(workload: str = "srv1", *, client: str = "acme") -> Subject:
    return Subject(Ref(client, f"Client {client}"), Ref(workload, workload.upper()), Ref("plan", "Daily"))


def an_incident(number: int = 1, *, subject: Subject | None = None) -> Incident:
    return Incident(
        number=number,
        subject=subject or a_subject(f"srv{number}"),
        verdict=VERDICT,
        state=State.OPEN,
        disposition=Disposition.ACT_NOW,
        outcome=Outcome.FAILED,
        first_failed_at=after(-600),
        last_failed_at=after(-60),
        failed_runs=number,
        opened_at=after(-50),
        failure=FAILURE,
        facts=FACTS,
    )


def a_standing(subject: Subject | None = None, *, days: int = 3) -> Standing:
    return Standing(
        subject=subject or a_subject(),
        judged=(after(-60), "run-1"),
        last_good_at=after(-1440),
        last_outcome=Outcome.FAILED,
        facts=FACTS,
        days=tuple(Day(date(2026, 1, 1) + timedelta(days=n), Outcome.SUCCEEDED, 1) for n in range(days)),
    )


def a_listed_standing(subject: Subject | None = None) -> Standing:
    """One of which everything is known that can be."""
    subject = subject or a_subject()
    return Standing(
        subject=subject,
        protection=Protection(
            subject,
            kind=Kind.SQL,
            schedule=Schedule(
                Rhythm.WEEKLY, (time(2, 30), time(14)), (0, 6), (1, 31), timedelta(days=14), timedelta(minutes=30)
            ),
            method=Method.FULL,
            destinations=(Destination("cloud"),),
            enabled=False,
            applied=True,
            last_good_at=after(-1440),
            next_at=after(600),
            since=after(-99999),
        ),
        listed_at=after(-480),
        missing_since=NOON,
        watched_since=after(-960),
        silence=Silence(after(-700), NOON, reads=2),
        recovery=RecoveryPoint(timedelta(hours=36), after(-1440), after(720)),
    )


def a_client(client: str = "acme", *, until: datetime = NOON) -> ClientCoverage:
    return ClientCoverage(Ref(client, f"Client {client}"), Reading.READ, until=until, since=after(-1440))


def a_run(slot: str = SLOT, *, attempt: int = 1, read_at: datetime = NOON) -> Run:
    coverage = Coverage(
        Window(read_at - timedelta(hours=8), read_at), clients=(a_client(),), gaps=("one page was cut",)
    )
    news = (News(ChangeKind.OPENED, a_subject().key),)
    return Run(
        slot=slot, attempt=attempt, read_at=read_at, scheduled=True, coverage=coverage, news=news, counts={"a": 1}
    )


def a_commit(run: Run | None = None, **parts: object) -> Commit:
    return Commit(run=run or a_run(), **parts)  # type: ignore[arg-type]


def an_acknowledgement(target: str = "acme/srv1/plan", *, by: str = "U1", at: datetime = NOON) -> Acknowledgement:
    return Acknowledgement(target=target, by=by, by_name=by, at=at, cause="DiskFull", disposition=Disposition.ACT_NOW)


def a_delivery(key: str = f"digest/{SLOT}", *, place: str = "#backups", at: datetime = NOON) -> Delivery:
    message = Message("All well.", blocks=(paragraph("All ", bold("well")),))
    return Delivery(key=key, chat="slack", place=place, message=message, intended_at=at)


def a_receipt(message_id: str = "1.2", *, place: str = "#backups") -> Receipt:
    return Receipt("slack", place, message_id)


def a_thread(
    target: str = "a", *, place: str = "#backups", at: datetime = NOON, receipt: Receipt | None = None
) -> Thread:
    return Thread(target, 1, "slack", place, ("m",), Message("It failed."), opened_at=at, said_at=at, receipt=receipt)


def an_entry(action: str = "acknowledge", *, at: datetime = NOON) -> AuditEntry:
    return AuditEntry(at=at, actor="U1", action=action, target="#1")
