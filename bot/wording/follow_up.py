"""What a cause's thread is told after its post: short, and only what changed."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.core.digest import Row
from bot.core.incident import Incident, State
from bot.core.memory import Memory
from bot.core.message import Block, Heading, Message, Span, Style, Tone, bold, link, paragraph, text
from bot.core.talk import Fresh, ended_of, lasted
from bot.core.thread import Thread
from bot.wording.incident import TONES, whose
from bot.wording.phrases import (
    DISPOSITION_WORDS,
    Voice,
    age,
    count,
    last_good,
    listed,
    name,
    sentence,
    unique,
)
from bot.wording.row import cause_words, row_cause
from classifier.verdict import Disposition

NAMED_MAX = 5


def follow_up_message(row: Row, new: Fresh, voice: Voice, *, now: datetime, on_duty: str = "") -> Message:
    """Say that it lasts, grew or got worse, and what changed since its thread last heard.

    Args:
        on_duty: the person or group to mention when it lasts or needs hands; "" for nobody.
    """
    line = f"#{row.number} {_how_it_is(row, new, now)}"
    spans = [bold(sentence(line)), *(text(f" {sentence(words)}") for words in _changes(row, new, voice))]
    step = sentence(row.verdict.first_step)
    mentioned = _mention(row, on_duty) if new.lasts or new.escalated else ()
    blocks = (paragraph(*spans), paragraph(bold("First step: "), step, *mentioned))
    return Message(f"{whose(row.incidents, voice)}: {line}", blocks, TONES[row.disposition])


def _how_it_is(row: Row, new: Fresh, now: datetime) -> str:
    runs = f", {count(row.failed_runs, 'failed run')} in a row" if row.failed_runs > 1 else ""
    good = last_good(row.last_good_at, now)
    if new.escalated and row.disposition is Disposition.ACT_NOW:
        return f"needs hands now{runs}, {good}"
    if new.other_cause:
        return f"has another cause now: {row_cause(row)}{runs}, {good}"
    if new.joined and not new.lasts:
        return f"has grown to {count(len(row.incidents), 'workload')}{runs}, {good}"
    return f"lasts: {age(now - row.first_failed_at)}{runs}, {good}"


def _changes(row: Row, new: Fresh, voice: Voice) -> Iterator[str]:
    if new.other_cause and new.escalated:
        yield f"The cause is another now: {row_cause(row)}"
    if new.escalated and row.disposition is not Disposition.ACT_NOW:
        yield f"It is more urgent: {DISPOSITION_WORDS[row.disposition].lower()}"
    if new.joined:
        names = _names(new.joined, voice, with_clients=len(row.clients) > 1)
        yield f"{count(len(new.joined), 'more workload')}: {names}"
    if new.left:
        yield f"{count(len(new.left), 'workload')} no longer in it"
    if new.owner:
        yield f"{name(new.owner)} has it"
    if new.freed:
        yield f"{name(new.freed)} does not have it any more"


def _names(incidents: Sequence[Incident], voice: Voice, *, with_clients: bool) -> str:
    """Name workloads, each with its client where there are several: every client has a DC01."""

    def named(incident: Incident) -> str:
        whose = f"{voice.client(incident.subject.client)} " if with_clients else ""
        return f"{whose}{voice.workload(incident.subject)}"

    return listed(sorted(unique(incidents, named)), most=NAMED_MAX)


def _mention(row: Row, on_duty: str) -> Sequence[Span]:
    if not on_duty or row.owner is not None:
        return ()
    return (text(" "), Span(on_duty, Style.MENTION, on_duty))


def back_message(row: Row, voice: Voice, *, now: datetime, on_duty: str = "") -> Message:
    """Say that what had ended is there again."""
    line = f"#{row.number} is back: {row_cause(row)}, since {voice.moment(row.first_failed_at, now)}"
    blocks = (paragraph(bold(sentence(line)), " The post above is open again.", *_mention(row, on_duty)),)
    return Message(f"{whose(row.incidents, voice)}: {line}", blocks, TONES[row.disposition])


def absorbed_message(row: Row, address: str) -> Message:
    """Say that a cause has turned out to be a part of another, and where that is talked about."""
    words = f"This is a part of #{row.number} now, {row_cause(row)}."
    way = (text(" "), link("Go on there", address)) if address else (text(" Go on there."),)
    return Message(words, (paragraph(words, *way),))


def closing_message(thread: Thread, memory: Memory, voice: Voice, *, now: datetime) -> Message:
    """Say how and when a cause ended."""
    over = ended_of(thread, memory)
    line = f"#{thread.number} {_how_it_ended(over, voice, now)}"
    names = _names(over, voice, with_clients=len({incident.subject.client for incident in over}) > 1)
    more = (text(f" {sentence(names)}"),) if len(over) > 1 else ()
    return Message(line, (paragraph(bold(sentence(line)), *more),), Tone.GOOD if _all_healed(over) else Tone.CALM)


def closed_card(thread: Thread, memory: Memory, voice: Voice) -> Message:
    """Word a cause's own post once it is over: what it was, and how it ended.

    Platforms show it with the day on which it was written, so that the end is told as seen from there.
    """
    ending = closing_message(thread, memory, voice, now=thread.opened_at)
    over = ended_of(thread, memory)
    blocks: tuple[Block, ...] = (Heading(_what_it_was(thread, over, voice)), *ending.blocks)
    if over and over[0].link:
        blocks = (*blocks, paragraph(link("Open Acronis' console", over[0].link)))
    return Message(ending.summary, blocks, ending.tone)


def _what_it_was(thread: Thread, over: Sequence[Incident], voice: Voice) -> str:
    """Name all that ended: what the post says last names only those that were still in trouble then."""
    if not over:
        return next((block.text for block in thread.shown.blocks if isinstance(block, Heading)), thread.shown.summary)
    return f"#{thread.number} {whose(over, voice)}: {cause_words(over[0].verdict, over)}"


def _all_healed(over: Sequence[Incident]) -> bool:
    return bool(over) and all(incident.state is State.RESOLVED for incident in over)


def _how_it_ended(over: Sequence[Incident], voice: Voice, now: datetime) -> str:
    if not over:
        return "is over"
    ends = [incident.ended_at for incident in over if incident.ended_at is not None]
    when = voice.moment(max(ends), now) if ends else ""
    span = lasted(over)
    after = f", after {age(span)} and {count(max(i.failed_runs for i in over), 'failed run')}" if span else ""
    if _all_healed(over):
        if len(over) > 1:
            return f"healed by good backups of all {len(over)}{f', the last {when}' if when else ''}{after}"
        return f"healed by a good backup{when and ' ' + when}{after}"
    reasons = listed(unique(over, lambda i: str(i.close_reason or "healed")))
    return f"closed{when and ' ' + when}: {reasons}{after}"
