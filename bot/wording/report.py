"""A report in words: what each column is called, and what stands in it. What is not known says so."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Generic, TypeVar

from msgspec.structs import replace

from bot.core.activity import Outcome, Reading, Subject
from bot.core.incident import ChangeKind, State
from bot.core.memory import Memory, Run
from bot.core.raised import Raised
from bot.core.report import ClientRow, IncidentRow, JobRow, Jobs, Report
from bot.core.sheet import Cell, Filing, Leaving, Shade, Sheet
from bot.wording.columns import (
    NOTHING,
    UNKNOWN,
    Told,
    When,
    fact_columns,
    handle,
    named,
    number,
    subject_columns,
    text,
)
from bot.wording.phrases import Voice, age, sure
from bot.wording.raised import state_words
from classifier.facts import JobFacts
from classifier.verdict import Disposition, Domain, Party

T = TypeVar("T")
BEFORE = datetime.min.replace(tzinfo=UTC)
OUTCOME_WORDS = {
    Outcome.RUNNING: "still running",
    Outcome.SUCCEEDED: "succeeded",
    Outcome.CANCELLED: "cancelled",
    Outcome.WARNED: "warnings",
    Outcome.MISSED: "did not run",
    Outcome.FAILED: "failed",
}
GONE = "gone"
READING_WORDS = {
    Reading.READ: "read",
    Reading.PARTIAL: "read in part",
    Reading.NO_ACCESS: "no access",
    Reading.UNREAD: "not read",
}
OUTCOME_SHADES = {
    "succeeded": Shade.GOOD,
    "failed": Shade.BAD,
    "did not run": Shade.BAD,
    "warnings": Shade.MIND,
    "cancelled": Shade.MIND,
}
DISPOSITION_SHADES: Mapping[str, Shade] = {Disposition.ACT_NOW: Shade.BAD, Disposition.MONITOR: Shade.MIND}
STATE_SHADES: Mapping[str, Shade] = {State.OPEN: Shade.MIND, State.RESOLVED: Shade.GOOD}
TICKET_SHADES = {"not confirmed yet": Shade.MIND}
READING_SHADES = {"no access": Shade.BAD, "not read": Shade.BAD, "read in part": Shade.MIND, GONE: Shade.MIND}
NOT_REPORTED = "no longer reported"
INCIDENT_LEAVES = Leaving(
    "state",
    (State.RESOLVED, State.CLOSED),
    {"state": State.CLOSED, "disposition": NOTHING, "close_reason": NOT_REPORTED},
)
CLIENT_LEAVES = Leaving("reading", (GONE,), {"reading": GONE, "why": NOT_REPORTED})
JOB_LEAVES = Leaving("watched", (f"no: {NOT_REPORTED}",), {"watched": f"no: {NOT_REPORTED}"})


class Rows(Generic[T]):
    """Rows in words, made one by one, each time anew."""

    def __init__(self, rows: Iterable[T], columns: tuple[Told[T], ...]) -> None:
        self._rows = rows
        self._columns = columns

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        for row in self._rows:
            yield tuple(each.cell(row) for each in self._columns)


def filing(report: Report, voice: Voice) -> Filing:
    """Say a report in words.

    Where rows stay, those it has no more are said to be over only where it could see: of clients that were read, and
    clients themselves when nothing was missing.
    """
    only = {"client": _clients_read(report, voice)}
    incidents_leave, jobs_leave = replace(INCIDENT_LEAVES, only=only), replace(JOB_LEAVES, only=only)
    clients_leave = CLIENT_LEAVES if report.refreshes and not report.refreshes[0].coverage.gaps else None
    return Filing(
        slot=report.slot,
        at=report.at,
        sheets=(
            _sheet("incidents", "Incidents", report.incidents, incident_columns(voice), incidents_leave),
            _sheet("clients", "Clients", report.clients, client_columns(voice, now=report.at), clients_leave),
            _sheet("refreshes", "Refreshes", report.refreshes, refresh_columns(voice)),
        ),
        jobs=_sheet("jobs", "Jobs", report.jobs, job_columns(voice), jobs_leave),
    )


def _clients_read(report: Report, voice: Voice) -> frozenset[Cell]:
    """Name the clients that were read; a name that another bears too, who was not, is none of them."""
    read, others = set[Cell](), set[Cell]()
    for row in report.clients:
        (read if row.is_read else others).add(voice.client(row.client))
    return frozenset(read - others)


def nothing_filed(voice: Voice) -> Filing:
    """Give the sheets of a report without a row in them: what has to be there before the first is filed."""
    return filing(Report("", BEFORE, (), (), (), Jobs(Memory())), voice)


def _sheet(
    called: str, title: str, rows: Iterable[T], columns: tuple[Told[T], ...], leaving: Leaving | None = None
) -> Sheet:
    return Sheet(called, title, tuple(each.column for each in columns), Rows(rows, columns), leaving)


def incident_columns(voice: Voice) -> tuple[Told[IncidentRow], ...]:
    when = When(voice)
    return (
        handle("number", "Incident", lambda row: row.incident.number),
        *subject_columns(voice, _incident_subject),
        text("state", "State", lambda row: row.incident.state, 10, STATE_SHADES),
        text("disposition", "What now", lambda row: row.incident.disposition, 13, DISPOSITION_SHADES),
        text("lead", "Who", lambda row: row.incident.verdict.lead, 10),
        text("others", "Also", lambda row: ", ".join(row.incident.verdict.parties[1:]), 12),
        text("domain", "Domain", lambda row: row.incident.verdict.domain, 18, {Domain.UNKNOWN: Shade.BAD}),
        text("cause", "Cause", lambda row: row.incident.verdict.cause, 60),
        text("first_step", "First step", lambda row: row.incident.verdict.first_step, 60),
        text("code", "Code", lambda row: named(row.incident.code) or UNKNOWN, 30),
        text("sure", "Rests on", lambda row: sure(row.incident.verdict), 22),
        text("source", "Written down", lambda row: row.incident.verdict.source, 30),
        text("outcome", "Newest run", lambda row: OUTCOME_WORDS[row.incident.outcome], 14, OUTCOME_SHADES),
        number("failed_runs", "Failed runs", lambda row: row.incident.failed_runs),
        when.column("first_failed_at", "First failed", lambda row: row.incident.first_failed_at),
        when.column("last_failed_at", "Last failed", lambda row: row.incident.last_failed_at),
        when.column("last_good_at", "Last good backup", lambda row: row.incident.last_good_at),
        text("over", "Over its recovery point", lambda row: f"yes, {age(row.over)}" if row.over else NOTHING, 14),
        when.column("ended_at", "Ended", lambda row: row.incident.ended_at, missing=NOTHING),
        text("close_reason", "Closed because", lambda row: row.incident.close_reason or NOTHING, 16),
        text("owner", "Who has it", _owner, 20),
        text("comment", "Comment", lambda row: named(row.owner.comment) if row.owner else NOTHING, 30),
        text("ticket", "Ticket", lambda row: _tickets(row, lambda each: named(each.reference) or "unknown"), 16),
        text("desk", "Desk", lambda row: _tickets(row, lambda each: each.desk), 12),
        text("ticket_state", "Ticket is", lambda row: _tickets(row, state_words), 16, TICKET_SHADES),
        text("ticket_there", "Ticket there", lambda row: _tickets(row, _there) if _is_seen(row) else NOTHING, 18),
        handle("told_in", "Told in", lambda row: row.cause),
        *fact_columns(_incident_facts),
        text("link", "In Acronis' console", lambda row: row.incident.link, 30),
        text("key", "Key", lambda row: row.incident.key, 40),
    )


def client_columns(voice: Voice, *, now: datetime) -> tuple[Told[ClientRow], ...]:
    when = When(voice)
    return (
        text("client", "Client", lambda row: voice.client(row.client), 26),
        text("reading", "Last reading", _reading, 14, READING_SHADES),
        text("why", "Why not all", lambda row: row.coverage.why if row.coverage else NOTHING, 30),
        when.column("until", "Read up to", lambda row: row.coverage.until if row.coverage else None),
        when.column("newest", "Newest result", lambda row: row.coverage.newest if row.coverage else None),
        number("age_hours", "Age of it, hours", lambda row: _age_hours(row, now)),
        number("workloads", "Workloads", lambda row: row.workloads),
        number("failing", "Failing workloads", lambda row: row.failing),
        number("act_now", "Causes to act on now", lambda row: row.act_now),
        *(_causes(party) for party in (Party.MSP, Party.CLIENT, Party.ACRONIS)),
        number("exposed", "Workloads not safe", lambda row: row.exposed),
        number("over", "Over their recovery point", lambda row: row.over),
        when.column(
            "oldest_good_at",
            "Oldest last good backup",
            lambda row: row.oldest_good_at,
            missing=lambda row: UNKNOWN if row.workloads else NOTHING,
        ),
        text("key", "Key", lambda row: row.client.id, 40),
    )


def refresh_columns(voice: Voice) -> tuple[Told[Run], ...]:
    when = When(voice)
    return (
        when.column("read_at", "Read at", lambda run: run.read_at),
        text("started", "Started by", lambda run: "the clock" if run.scheduled else "a person", 12),
        number("seconds", "Seconds", _seconds),
        number("clients_read", "Clients read", lambda run: run.extent.clients_read if run.extent else None),
        number("clients", "Of clients", lambda run: run.extent.clients if run.extent else None),
        number("workloads_read", "Workloads read", lambda run: run.extent.workloads_read if run.extent else None),
        number("workloads", "Of workloads", lambda run: run.extent.workloads if run.extent else None),
        *(_runs(outcome) for outcome in Outcome if outcome is not Outcome.RUNNING),
        *(_news(kind) for kind in ChangeKind if kind is not ChangeKind.PERSISTS),
        number("quarantined", "Records not understood", lambda run: run.coverage.quarantined),
        text("gaps", "Gaps", lambda run: "; ".join(run.coverage.gaps), 40),
        text("key", "Key", lambda run: f"{run.slot}/{run.attempt}", 34),
    )


def job_columns(voice: Voice) -> tuple[Told[JobRow], ...]:
    when = When(voice)
    return (
        *subject_columns(voice, _job_subject),
        text("outcome", "Newest run", _outcome, 14, OUTCOME_SHADES),
        when.column("seen_at", "Newest run ended", lambda row: row.standing.judged[0] if row.standing.judged else None),
        when.column("last_good_at", "Last good backup", lambda row: row.standing.last_good_at),
        when.column("last_backup_at", "Last backup, warnings included", lambda row: row.standing.last_backup_at),
        text("over", "Over its recovery point", _over, 16, {"yes": Shade.BAD}),
        handle("number", "Incident", lambda row: row.number if row.number is not None else NOTHING),
        text("watched", "Watched", _watched, 22),
        *fact_columns(_job_facts),
        text("key", "Key", lambda row: row.standing.subject.key, 40),
    )


def _incident_subject(row: IncidentRow) -> Subject:
    return row.incident.subject


def _incident_facts(row: IncidentRow) -> JobFacts:
    return row.incident.facts


def _job_subject(row: JobRow) -> Subject:
    return row.standing.subject


def _job_facts(row: JobRow) -> JobFacts:
    return row.standing.facts


def _owner(row: IncidentRow) -> Cell:
    if row.owner is None:
        return NOTHING
    return f"{named(row.owner.by_name)}{', put off' if row.owner.snoozed else ''}"


def _tickets(row: IncidentRow, say: Callable[[Raised], str]) -> Cell:
    """Say one thing of each of its tickets, in one order in every column."""
    return "; ".join(say(each) for each in row.tickets)


def _is_seen(row: IncidentRow) -> bool:
    return any(each.view is not None for each in row.tickets)


def _there(ticket: Raised) -> str:
    """Say how a ticket stands in its desk's own words, as far as the desk was asked."""
    if ticket.view is None:
        return "unknown"
    return named(ticket.view.state) or "not there any more"


def _reading(row: ClientRow) -> Cell:
    return READING_WORDS[row.coverage.reading] if row.coverage is not None else "never read"


def _age_hours(row: ClientRow, now: datetime) -> Cell:
    if row.coverage is None or row.coverage.newest is None:
        return UNKNOWN
    return round((now - row.coverage.newest).total_seconds() / 3600, 1)


def _causes(party: Party) -> Told[ClientRow]:
    return number(f"causes_{party.lower()}", f"Causes, {party} leads", lambda row: row.causes.get(party, 0))


def _seconds(run: Run) -> Cell:
    return round((run.ended_at - run.read_at).total_seconds(), 1) if run.ended_at is not None else UNKNOWN


def _runs(outcome: Outcome) -> Told[Run]:
    return number(f"runs_{outcome}", f"Runs: {OUTCOME_WORDS[outcome]}", lambda run: run.counts.get(outcome, 0))


def _news(kind: ChangeKind) -> Told[Run]:
    called = str(kind).replace(" ", "_")
    return number(called, f"Incidents: {kind}", lambda run: sum(news.kind is kind for news in run.news))


def _outcome(row: JobRow) -> Cell:
    standing = row.standing
    if standing.running is not None:
        return OUTCOME_WORDS[Outcome.RUNNING]
    return OUTCOME_WORDS[standing.last_outcome] if standing.last_outcome is not None else UNKNOWN


def _over(row: JobRow) -> Cell:
    point = row.standing.recovery
    if point is None:
        return NOTHING
    return UNKNOWN if row.is_over is None else f"{'yes' if row.is_over else 'no'}, {age(point.limit)}"


def _watched(row: JobRow) -> Cell:
    standing = row.standing
    if standing.ended is not None:
        return f"no: {standing.ended}"
    return "vanished from the list" if standing.missing_since is not None else "yes"
