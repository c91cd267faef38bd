"""One cause in one line: whose it is, what is wrong, what to do by when, and who has it."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.activity import Outcome
from bot.core.correlate import GroupKind
from bot.core.digest import Novelty, Row
from bot.core.incident import Incident
from bot.core.message import Button, Paragraph, Span, bold, text
from bot.core.message import link as link_to
from bot.core.silence import NO_START
from bot.wording.exposure import last_good_of
from bot.wording.phrases import Voice, count, listed, name, unique
from bot.wording.raised import tickets_words
from classifier.verdict import Disposition, Party, Verdict

THOUGHT_MAX = 60  # characters of a first step in a row; the card has all of it
STEPS = {Party.CLIENT: "call them", Party.MSP: "act", Party.ACRONIS: "raise a ticket"}


def row_line(
    row: Row,
    voice: Voice,
    *,
    now: datetime,
    next_at: datetime | None = None,
    link: str = "",
    name_client: bool = True,
) -> Paragraph:
    """Say one cause in one line, with its Acknowledge button unless somebody has it.

    Args:
        link: the address of its own post; its number leads there.
        name_client: False where it is plain whose backups are spoken of.
    """
    parts = [_who(row, voice, name_client), row_cause(row), _what_now(row, voice, now=now, next_at=next_at)]
    number = f"#{row.number}"
    head = (link_to(number, link), bold(f" {prefix(row, now)}")) if link else (bold(f"{number} {prefix(row, now)}"),)
    spans: list[Span] = [*head, text(" "), text(" · ".join(p for p in parts if p))]
    if row.held:
        spans += [text(" · "), bold(owner_words(row, voice, now))]
    if row.tickets:
        spans += [text(" · "), bold(tickets_words(row.tickets, voice, now))]
    if row.muted_until is not None:
        spans += [text(" · "), bold(muted_words(row, voice, now))]
    return Paragraph(tuple(spans), None if row.owner is not None else Button("Acknowledge", "ack", str(row.number)))


def prefix(row: Row, now: datetime) -> str:
    """Say what the last reading did to it: NEW, BACK, WORSE, GREW …; else for how many days it lasts."""
    if row.novelty is Novelty.GREW:
        return f"{row.joined} MORE"
    if row.novelty is not Novelty.OLD:
        return row.novelty.upper()
    return f"DAY {(now - row.first_failed_at).days + 1}"


def _who(row: Row, voice: Voice, name_client: bool) -> str:
    """Name whose backups these are, as few words as fit."""
    words = _named(row, voice)
    return words if name_client or len(row.clients) > 1 else words.removeprefix(f"{voice.client(row.clients[0])} · ")


def _named(row: Row, voice: Voice) -> str:
    clients = [voice.client(client) for client in row.clients]
    workloads = sorted(unique(row.incidents, lambda i: voice.workload(i.subject)))
    if len(clients) > 1:
        return f"{count(len(clients), 'client')}, {count(len(row.incidents), 'workload')} ({listed(clients)})"
    if row.group is not None and row.group.shared and len(workloads) > 3:
        return f"{clients[0]} · {count(len(workloads), 'machine')} behind {row.group.shared}"
    if len(workloads) > 3:
        return f"{clients[0]} · {count(len(workloads), 'workload')} ({listed(workloads, most=2)})"
    return f"{clients[0]} · {', '.join(workloads)}"


def row_cause(row: Row) -> str:
    return cause_words(row.verdict, row.incidents)


def cause_words(verdict: Verdict, incidents: Sequence[Incident]) -> str:
    """Say what is wrong in one breath, and that a backup was made all the same."""
    brief = name(verdict.brief)
    return f"warned: {brief}" if all(i.outcome is Outcome.WARNED for i in incidents) else brief


def _short(words: str) -> str:
    """Take the first thought, without its full stop, to stand in the middle of a line."""
    first = words.split(". ")[0].split("; ")[0].split(", then ")[0].rstrip(".")
    if len(first) > THOUGHT_MAX:
        first = first.split(", ")[0]
    begins_with_a_name = first.split(" ")[0][1:] != first.split(" ")[0][1:].lower()
    return first if begins_with_a_name else first[:1].lower() + first[1:]


def _what_now(row: Row, voice: Voice, *, now: datetime, next_at: datetime | None) -> str:
    parts = [_step(row, voice, now, next_at)]
    if row.failed_runs > 1:
        parts.append(f"failed {row.failed_runs} runs")
    parts.append(last_good_of(row, now))
    return " · ".join(parts)


def _step(row: Row, voice: Voice, now: datetime, next_at: datetime | None) -> str:
    """Say what to do, or how long nobody has to."""
    first = row.incidents[0]
    if row.group is not None and row.group.kind is GroupKind.CLOUD_STORAGE:
        others = f"; {row.group.unharmed:,} others there succeeded" if row.group.unharmed else ""
        begun, last = voice.moment(row.first_failed_at, now), voice.moment(_last_begun(row), now)
        span = begun if begun == last else f"{begun}-{last}"
        return f"{span}{others} · {_cloud_step(row)}"
    if first.outcome is Outcome.RUNNING:
        return f"running since {voice.moment(row.first_failed_at, now)}{running_step(row, voice, now, next_at)}"
    if first.failure == NO_START:
        then = _judged_again(voice, now, next_at)
        step = _short(row.verdict.first_step) if row.disposition is Disposition.ACT_NOW else then
        return f"due {voice.moment(row.first_failed_at, now)}, nothing has begun since · {step}"
    if row.disposition is Disposition.ACT_NOW:
        return _short(row.verdict.first_step)
    if first.outcome is Outcome.WARNED:
        return f"a backup was made · {_short(row.verdict.first_step)}"
    return _until_when(row, voice, now)


def running_step(row: Row, voice: Voice, now: datetime, next_at: datetime | None = None) -> str:
    """Say what to do about a job without a result."""
    if row.disposition is Disposition.IGNORE:
        return ", it moves again"
    if row.disposition is Disposition.ACT_NOW:
        return ", no progress seen · check that the agent is online, then restart the job"
    return f", no progress seen · {_judged_again(voice, now, next_at)}"


def _judged_again(voice: Voice, now: datetime, next_at: datetime | None) -> str:
    return f"judged again {voice.moment(next_at, now) if next_at else 'at the next refresh'}"


def _cloud_step(row: Row) -> str:
    return "raise one ticket with Acronis" if row.disposition is Disposition.ACT_NOW else "no client to call yet"


def _last_begun(row: Row) -> datetime:
    return max(incident.first_failed_at for incident in row.incidents)


def _until_when(row: Row, voice: Voice, now: datetime) -> str:
    """Say when a watched row stops being one."""
    since_when = f"since {voice.moment(row.first_failed_at, now)}"
    step = STEPS[row.verdict.lead]
    if row.runs_left is None or row.incidents[0].outcome is Outcome.CANCELLED:
        return since_when
    if row.runs_left == 0:  # often enough, but not yet for long enough
        return f"{since_when}, {step} if it lasts"
    runs = "the next run fails too" if row.runs_left == 1 else f"{row.runs_left} more runs fail"
    return f"{since_when}, {step} if {runs}"


def owner_words(row: Row, voice: Voice, now: datetime) -> str:
    """Say who has it, since when, until when, and what they said; or who has a part of it."""
    owner = row.owner
    if owner is None:
        names = listed([name(given.by_name) for given in row.held])
        return f"{names} has {len(row.held)} of {len(row.incidents)}"
    until = f" until {voice.moment(owner.until, now)}" if owner.until is not None else ""
    said = f" ({name(owner.comment)})" if owner.comment else ""
    if owner.snoozed:
        return f"snoozed by {name(owner.by_name)}{until}{said}"
    return f"{name(owner.by_name)} has it since {voice.moment(owner.at, now)}{until and ',' + until}{said}"


def muted_words(row: Row, voice: Voice, now: datetime) -> str:
    """Say that the operator's own rule keeps it quiet, until when and why."""
    why = name(row.incidents[0].verdict.muted_why)
    until = f" until {voice.moment(row.muted_until, now)}" if row.muted_until is not None else ""
    return f"muted in app.yaml{until}{f' ({why})' if why else ''}"
