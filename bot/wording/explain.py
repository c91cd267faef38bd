"""Why a row says what it says: what Acronis gave, which rule answered, how sure that is, and what time did to it."""

from collections.abc import Iterator
from datetime import datetime

from bot.core.correlate import Group, GroupKind
from bot.core.digest import Row
from bot.core.incident import Incident
from bot.core.message import Block, Button, Heading, Message, bold, paragraph
from bot.wording.answers import known_by
from bot.wording.incident import verdict_blocks, what_acronis_said
from bot.wording.phrases import DISPOSITION_WORDS, PARTY_WORDS, Voice, count, name, sentence
from bot.wording.row import muted_words
from classifier.verdict import Disposition, Verdict


def explain_message(incident: Incident, row: Row | None, voice: Voice, *, now: datetime) -> Message:
    """Explain an incident, or the row it stands in; None for one that has ended."""
    verdict = row.verdict if row is not None else incident.verdict
    disposition = row.disposition if row is not None else incident.disposition
    who = f"{voice.client(incident.subject.client)} · {voice.workload(incident.subject)}"
    title = f"#{incident.number} {who}: why {PARTY_WORDS[verdict.lead]} · {DISPOSITION_WORDS[disposition]}"
    blocks: list[Block] = [Heading(title), *what_acronis_said(incident.failure)]
    *told, _ = verdict_blocks(verdict)  # its last line is said in full below
    blocks += [*told, *known_by(verdict, ""), *_as_a_group(row), *_in_time(incident, row, verdict)]
    if row is not None and row.muted_until is not None:
        blocks.append(paragraph(bold(sentence(muted_words(row, voice, now)))))
    if incident.code:
        blocks.append(paragraph("", button=Button("All about this code", "error", incident.code)))
    return Message(title, tuple(blocks))


def _as_a_group(row: Row | None) -> Iterator[Block]:
    if row is not None and row.group is not None:
        members = count(len(row.incidents), "backup")
        yield paragraph(bold("Told as one: "), f"{members} {_shared(row.group)}, under #{row.number}.")


def _shared(group: Group) -> str:
    match group.kind:
        case GroupKind.CLOUD_STORAGE:
            return "lost the cloud storage in the same hours"
        case GroupKind.DESTINATION:
            return f"fail on one destination, {name(group.shared)}"
        case GroupKind.CAUSE:
            return "of one client fail alike"


def _in_time(incident: Incident, row: Row | None, verdict: Verdict) -> Iterator[Block]:
    """Say what failed runs have done to it, or will."""
    runs = row.failed_runs if row is not None else incident.failed_runs
    raised = row is not None and row.disposition is Disposition.ACT_NOW is not verdict.disposition
    if raised:
        said = (
            f"the rule says {DISPOSITION_WORDS[verdict.disposition]}; {count(runs, 'failed run')} ended its patience."
        )
        yield paragraph(bold("Raised: "), said)
    elif row is not None and row.runs_left:
        yield paragraph(bold("Raised to act now: "), f"if {count(row.runs_left, 'more run')} in a row do not go well.")
