"""One incident or group, with all that a person needs to move: what, whose, since when, first step."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.core.activity import Outcome
from bot.core.digest import Row
from bot.core.incident import Incident
from bot.core.message import (
    Block,
    Button,
    Buttons,
    Code,
    Facts,
    Heading,
    Message,
    Table,
    Tone,
    bold,
    link,
    paragraph,
    quiet,
    text,
)
from bot.core.silence import NO_START
from bot.wording.facts import eleven
from bot.wording.left import left_blocks
from bot.wording.phrases import (
    DISPOSITION_WORDS,
    PARTY_WORDS,
    Voice,
    count,
    last_good,
    listed,
    name,
    parties,
    sentence,
    sure,
    unique,
)
from bot.wording.raised import tickets_words
from bot.wording.row import muted_words, owner_words, row_cause
from classifier import leaf
from classifier.failure import Failure
from classifier.found import whose_rule
from classifier.verdict import Disposition, Verdict

TEXT_MAX = 600  # characters of Acronis' own text; the rest is in its console
MEMBERS_MAX = 10

TONES = {
    Disposition.ACT_NOW: Tone.ALARM,
    Disposition.MONITOR: Tone.WATCH,
    Disposition.SELF_HEAL: Tone.WATCH,
    Disposition.IGNORE: Tone.CALM,
}


def row_message(row: Row, voice: Voice, *, now: datetime) -> Message:
    """Say everything about one cause: the card of an incident, or of a group.

    What moves a person comes first and the buttons follow it; the long facts stand below, where a phone scrolls.
    """
    first = row.incidents[0]
    title = f"#{row.number} {whose(row.incidents, voice)}: {row_cause(row)}"
    blocks: list[Block] = [
        Heading(title),
        paragraph(
            bold(f"{PARTY_WORDS[row.verdict.lead]} · {DISPOSITION_WORDS[row.disposition]}"),
            f" · {_history(row, voice, now)}",
        ),
    ]
    if row.held:
        blocks.append(paragraph(bold(owner_words(row, voice, now))))
    if row.tickets:
        blocks.append(paragraph(bold(sentence(tickets_words(row.tickets, voice, now)))))
        blocks += left_blocks(row.tickets, voice, now)
    if row.muted_until is not None:
        blocks.append(paragraph(bold(sentence(muted_words(row, voice, now)))))
    blocks += verdict_blocks(row.verdict, first_step=_first_step(row))
    if first.link:
        blocks.append(paragraph(link("Open Acronis' console", first.link)))
    blocks.append(Buttons(_buttons(row)))
    blocks += what_acronis_said(first.failure)
    if row.group is not None:
        blocks.append(_members(row, voice, now))
    if first.outcome is not Outcome.RUNNING and first.failure != NO_START:  # they are the facts of a run
        blocks.append(Facts(eleven(first.facts)))
    return Message(f"{title} · {DISPOSITION_WORDS[row.disposition].lower()}", tuple(blocks), TONES[row.disposition])


def ended_message(incident: Incident, voice: Voice, *, now: datetime) -> Message:
    """Say how an incident ended."""
    who = f"{voice.client(incident.subject.client)} · {voice.workload(incident.subject)}"
    when = voice.moment(incident.ended_at, now) if incident.ended_at is not None else "an unknown time"
    how = f"closed {when}: {incident.close_reason}" if incident.close_reason else f"healed by a good backup {when}"
    line = f"#{incident.number} {who}: {how}, after {count(incident.failed_runs, 'failed run')}"
    return Message(line, (paragraph(sentence(line)), *what_acronis_said(incident.failure)), Tone.GOOD)


def verdict_blocks(verdict: Verdict, *, first_step: str = "") -> Iterator[Block]:
    """Say what it means and what to do first.

    Args:
        first_step: what to do in this case, instead of what the rule says.
    """
    yield paragraph(bold("Means: "), sentence(name(verdict.cause, most=TEXT_MAX)))
    yield paragraph(bold("First step: "), sentence(first_step or verdict.first_step))
    if verdict.retried is not None:
        yield paragraph(bold("Already tried: "), f"{verdict.retried.removeprefix('tried ')}, by the agent itself.")
    if verdict.note:
        yield paragraph(bold("Mind: "), sentence(verdict.note))
    whose = f"{verdict.domain} · {parties(verdict.parties)}"
    yield paragraph(quiet(f"{whose} · {sure(verdict)} · {whose_rule(verdict)}"))


def _first_step(row: Row) -> str:
    """Say what to do about a job without a result: the rule only speaks of waiting."""
    if row.incidents[0].outcome is not Outcome.RUNNING or row.disposition is not Disposition.ACT_NOW:
        return ""
    return "Check that the agent is online, then restart the job; if it hangs again, collect a system report"


def whose(incidents: Sequence[Incident], voice: Voice) -> str:
    clients = {incident.subject.client for incident in incidents}
    if len(clients) > 1:
        return f"{count(len(clients), 'client')}, {count(len(incidents), 'workload')}"
    workloads = sorted(unique(incidents, lambda i: voice.workload(i.subject)))
    return f"{voice.client(clients.pop())} · {listed(workloads)}"


def _history(row: Row, voice: Voice, now: datetime) -> str:
    return " · ".join(
        (
            f"since {voice.moment(row.first_failed_at, now)}",
            f"{count(row.failed_runs, 'failed run')} since the last good backup"
            if row.failed_runs
            else "no failed run",
            last_good(row.last_good_at, now),
        )
    )


def _members(row: Row, voice: Voice, now: datetime) -> Table:
    shown = row.incidents[:MEMBERS_MAX]
    return Table(
        columns=("#", "client", "workload", "failed runs", "last good"),
        rows=tuple(
            (
                str(i.number),
                voice.client(i.subject.client),
                voice.workload(i.subject),
                str(i.failed_runs),
                last_good(i.last_good_at, now).removeprefix("last good "),
            )
            for i in shown
        ),
        more=len(row.incidents) - len(shown),
    )


def what_acronis_said(failure: Failure) -> Iterator[Block]:
    """Give Acronis' own words and codes: people search by them, and its support asks for them."""
    cause = leaf(failure)
    codes = [f"{failure.code}{f' ({failure.module})' if failure.module else ''}"] if failure.code else []
    if cause is not None:
        codes.append(f"leaf {cause.code}")
    if failure.tag:
        codes.append(f"tag {failure.tag}")
    if failure.alert:
        codes.append(f"alert {failure.alert}")
    if codes:
        yield paragraph(bold("Acronis: "), text(" · ".join(name(code) for code in codes)))
    words = failure.text or (cause.text if cause is not None else "")
    if words:
        yield Code(words if len(words) <= TEXT_MAX else f"{words[: TEXT_MAX - 1]}…")


def _buttons(row: Row) -> tuple[Button, ...]:
    """Offer three in the open and the rest in a menu; what somebody holds cannot be taken, only given back."""
    number = str(row.number)
    take = () if row.owner is not None else (Button("Acknowledge", "ack", number, primary=True),)
    back = (Button("Unacknowledge", "unack", number, menu=True),) if row.held else ()
    return (
        *take,
        Button("Snooze", "snooze", number),
        Button("Ticket", "ticket", number),
        Button("History", "history", number, menu=True),
        Button("Explain", "explain", f"#{number}", menu=True),
        *back,
    )
