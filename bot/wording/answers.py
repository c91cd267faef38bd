"""What people are told when they ask: one client, one code, one job, what is open, how the bot is."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.core.activity import ClientCoverage, Outcome, Reading, Standing
from bot.core.digest import Row
from bot.core.incident import Acknowledgement, Incident
from bot.core.memory import Memory, Run
from bot.core.message import Block, Button, Facts, Heading, Message, Table, Tone, bold, paragraph, quiet
from bot.wording.digest import row_line
from bot.wording.facts import eleven
from bot.wording.incident import verdict_blocks
from bot.wording.phrases import Voice, age, count, last_good, listed, name, sentence, since
from classifier.verdict import Disposition, Verdict

ROWS_MAX = 15
OUTCOME_WORDS = {
    Outcome.RUNNING: "still running",
    Outcome.SUCCEEDED: "succeeded",
    Outcome.CANCELLED: "was cancelled",
    Outcome.WARNED: "ended with warnings",
    Outcome.MISSED: "did not run",
    Outcome.FAILED: "failed",
}


def plain_message(words: str, *, tone: Tone = Tone.CALM, buttons: Sequence[Button] = ()) -> Message:
    """Say one sentence, with a button a line for what the reader may have meant."""
    return Message(words, (paragraph(words), *(paragraph("", button=button) for button in buttons)), tone)


def did_you_mean(what: str, asked: str, choices: Sequence[str], verb: str) -> Message:
    """Say that nothing is called so, and offer what is near."""
    words = f"No {what} is called “{name(asked)}”."
    if not choices:
        return plain_message(f"{words} Nothing is near it either; `help` lists what can be asked.")
    return plain_message(
        f"{words} Did you mean {listed([f'“{name(choice)}”' for choice in choices], most=5)}?",
        buttons=[Button(name(choice), verb, choice) for choice in choices],
    )


def client_message(
    coverage: ClientCoverage | None,
    standings: Sequence[Standing],
    rows: Sequence[Row],
    voice: Voice,
    *,
    now: datetime,
) -> Message:
    """Say how one client is doing, for somebody who has them on the phone."""
    watched = [s for s in standings if s.ended is None]
    who = voice.client(coverage.client if coverage else standings[0].subject.client)
    troubled = {i.subject.workload.id for row in rows for i in row.incidents}
    workloads = {s.subject.workload.id for s in watched}
    blind = coverage is None or coverage.reading is not Reading.READ
    healthy = len(workloads - troubled)
    if blind and not rows:
        verdict = "not known: it could not be read"
    elif troubled:
        of_all = count(len(workloads | troubled), "workload")
        verdict = f"{len(troubled):,} of {of_all} in trouble, {count(len(rows), 'cause')}"
    elif not workloads:
        verdict = "no backup is known here"
    else:
        verdict = f"all {count(healthy, 'workload')} well"
    blocks: list[Block] = [Heading(f"{who}: {verdict}"), paragraph(_read_of(coverage, voice, now))]
    blocks += [row_line(row, voice, now=now) for row in rows[:ROWS_MAX]]
    if len(rows) > ROWS_MAX:
        blocks.append(paragraph(quiet(f"and {count(len(rows) - ROWS_MAX, 'more cause')}: open {who}")))
    if watched:
        blocks.append(_workloads(watched, voice, now))
    return Message(f"{who}: {verdict}", tuple(blocks), _tone(rows, blind=blind))


def _tone(rows: Sequence[Row], *, blind: bool) -> Tone:
    if any(row.disposition is Disposition.ACT_NOW for row in rows):
        return Tone.ALARM
    return Tone.WATCH if rows or blind else Tone.GOOD


def _read_of(coverage: ClientCoverage | None, voice: Voice, now: datetime) -> str:
    if coverage is None:
        return "Never read by this bot."
    newest = f"newest result {since(coverage.newest, now)}" if coverage.newest else "no result seen yet"
    if coverage.reading is Reading.READ:
        return f"Read up to {voice.moment(coverage.until, now) if coverage.until else 'an unknown time'}, {newest}."
    started = f" since {voice.moment(coverage.since, now)}" if coverage.since else ""
    label = "ONLY PARTLY READ" if coverage.reading is Reading.PARTIAL else "NOT READ"
    return f"{label}{started}: {coverage.why or coverage.reading}; {newest}. What follows may be out of date."


def _workloads(standings: Sequence[Standing], voice: Voice, now: datetime) -> Table:
    ordered = sorted(standings, key=lambda s: (-(s.last_outcome or Outcome.RUNNING).badness, s.subject.workload.name))
    shown = ordered[:ROWS_MAX]
    return Table(
        columns=("workload", "kind", "last run", "last good"),
        rows=tuple(
            (
                voice.workload(s.subject),
                str(s.facts.kind or "unknown"),
                OUTCOME_WORDS[s.last_outcome] if s.last_outcome else "no result yet",
                since(s.last_good_at, now),
            )
            for s in shown
        ),
        more=len(ordered) - len(shown),
    )


def error_message(
    title: str, verdict: Verdict, holders: Sequence[Row], voice: Voice, *, now: datetime, note: str = ""
) -> Message:
    """Say what a code means, and who has it now.

    Args:
        note: how the question was understood, when that is not plain.
    """
    clients = {client.id for row in holders for client in row.clients}
    workloads = sum(len(row.incidents) for row in holders)
    has_it = (
        f"{count(workloads, 'workload')} of {count(len(clients), 'client')} now" if holders else "nobody has it now"
    )
    head = f"{name(title)}: {verdict.lead}, {verdict.disposition}"
    blocks: list[Block] = [Heading(head), *verdict_blocks(verdict)]
    if note:
        blocks.append(paragraph(quiet(sentence(note))))
    blocks.append(paragraph(bold("Who has it: "), has_it))
    blocks += [row_line(row, voice, now=now) for row in holders[:ROWS_MAX]]
    if len(holders) > ROWS_MAX:
        blocks.append(paragraph(quiet(f"and {count(len(holders) - ROWS_MAX, 'more cause')}: open")))
    return Message(f"{head} · {has_it}", tuple(blocks))


def job_message(standing: Standing, row: Row | None, voice: Voice, *, now: datetime) -> Message:
    """Say the eleven facts of one workload's last run, healthy or not."""
    who = f"{voice.client(standing.subject.client)} · {voice.workload(standing.subject)}"
    ended = standing.judged[0] if standing.judged else None
    last = OUTCOME_WORDS[standing.last_outcome] if standing.last_outcome else "has no result yet"
    line = f"{who}: the last run {last}{f' {since(ended, now)}' if ended else ''}"
    blocks: list[Block] = [
        Heading(line),
        paragraph(f"Plan {name(standing.subject.plan.name) or 'unknown'} · {last_good(standing.last_good_at, now)}"),
    ]
    if standing.ended is not None:
        blocks.append(paragraph(bold(f"No longer watched: {standing.ended}.")))
    if standing.running is not None:
        blocks.append(
            paragraph(f"A job runs since {voice.moment(standing.running.started_at, now)}, without a result.")
        )
    if row is not None:
        blocks.append(row_line(row, voice, now=now))
    blocks.append(Facts(eleven(standing.facts)))
    return Message(line, tuple(blocks), _tone([row] if row else [], blind=False))


def open_message(rows: Sequence[Row], what: str, voice: Voice, *, now: datetime, page: int = 1) -> Message:
    """List open causes, a page at a time.

    Args:
        what: the filter in words ("for the MSP"); "" for all.
    """
    start = (page - 1) * ROWS_MAX
    shown = rows[start : start + ROWS_MAX]
    workloads = sum(len(row.incidents) for row in rows)
    title = f"Open{f' {what}' if what else ''}: {count(len(rows), 'cause')}, {count(workloads, 'workload')}"
    blocks: list[Block] = [Heading(title), *(row_line(row, voice, now=now) for row in shown)]
    if start + len(shown) < len(rows):
        rest = len(rows) - start - len(shown)
        blocks.append(paragraph(quiet(f"and {rest} more: add “page {page + 1}”")))
    return Message(title, tuple(blocks), _tone(rows, blind=False))


def status_message(memory: Memory, voice: Voice, *, now: datetime, next_at: datetime | None) -> Message:
    """Say how the bot itself is: when it last read, how much, what it waits for."""
    run = memory.runs[-1] if memory.runs else None
    clients = memory.clients.values()
    read = sum(1 for c in clients if c.reading is Reading.READ)
    pairs = [
        ("Last refresh", f"{voice.moment(run.read_at, now)} ({age(now - run.read_at)} ago)" if run else "never"),
        ("Read", f"{read:,} of {count(len(memory.clients), 'client')}, {count(len(memory.standings), 'backup')} known"),
        ("Newest result", since(max((c.newest for c in clients if c.newest), default=None), now)),
        ("Open", f"{sum(1 for i in memory.incidents.values() if i.ended_at is None):,} incidents"),
        ("Told", "yes" if run is not None and run.announced else "not yet"),
        ("Next refresh", voice.moment(next_at, now) if next_at else "not scheduled"),
    ]
    stale = _stale(run, now)
    line = f"fortress: {stale or f'last refresh {age(now - run.read_at)} ago' if run else 'no refresh yet'}"
    unread = [c for c in clients if c.reading is not Reading.READ]
    blocks: list[Block] = [Heading(line), Facts(tuple(pairs))]
    blocks += [
        paragraph(bold(f"{voice.client(c.client)}: "), _read_of(c, voice, now))
        for c in sorted(unread, key=lambda c: c.client.name)[:ROWS_MAX]
    ]
    if len(unread) > ROWS_MAX:
        blocks.append(paragraph(quiet(f"and {count(len(unread) - ROWS_MAX, 'more client')} not fully read")))
    return Message(line, tuple(blocks), Tone.WATCH if stale or unread or run is None else Tone.GOOD)


STALE_AFTER = timedelta(hours=9, minutes=30)  # three slots a day are 8 h apart, 9 h on the night summer time ends


def _stale(run: Run | None, now: datetime) -> str:
    return f"STALE, no refresh for {age(now - run.read_at)}" if run and now - run.read_at > STALE_AFTER else ""


def help_message(commands: Iterable[tuple[str, str]]) -> Message:
    return Message(
        "What you can ask fortress",
        (Heading("What you can ask fortress"), Facts(tuple(commands))),
    )


def acknowledged_words(row: Row, given: Acknowledgement, voice: Voice, *, now: datetime) -> str:
    """Confirm an acknowledgement: what it covers, and when it ends."""
    covers = f" and {len(row.incidents) - 1} more" if len(row.incidents) > 1 else ""
    first = row.incidents[0]
    what = f"#{row.number} {voice.client(first.subject.client)} · {voice.workload(first.subject)}{covers}"
    if given.snoozed:
        until = voice.moment(given.until, now) if given.until else "it changes"
        return f"{what}: snoozed until {until}. It comes back earlier if it gets worse."
    until = f", at the latest {voice.moment(given.until, now)}" if given.until else ""
    return f"{what}: yours. It stays quiet until it heals or gets worse{until}."


def taken_words(row: Row, holder: Acknowledgement, voice: Voice, *, now: datetime) -> str:
    """Tell the second person who was first."""
    said = f" They say: {holder.comment}" if holder.comment else ""
    how = "snoozed it" if holder.snoozed else "has it"
    return f"#{row.number}: {holder.by_name} {how} since {voice.moment(holder.at, now)}.{said}"


def ended_words(incident: Incident, voice: Voice, *, now: datetime) -> str:
    """Tell somebody who pressed a stale button how it ended."""
    when = voice.moment(incident.ended_at, now) if incident.ended_at else "some time ago"
    how = f"was closed {when} ({incident.close_reason})" if incident.close_reason else f"healed {when}"
    return f"#{incident.number} {how}; there is nothing to acknowledge."


def joined(messages: Sequence[Message]) -> Message:
    """Make one message of several short ones."""
    return Message(
        " ".join(message.summary for message in messages),
        tuple(block for message in messages for block in message.blocks),
    )
