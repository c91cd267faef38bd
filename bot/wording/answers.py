"""What people are told when they ask: one client, one code, one job, what is open, how the bot is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.core.activity import ClientCoverage, Outcome, Reading, Standing
from bot.core.digest import SAID_BY_A_ROW, Row, over_limit, what_was_seen, workload_key
from bot.core.exposure import Exemption, Exposure, exempted, exposures
from bot.core.incident import Acknowledgement, Incident
from bot.core.memory import Memory, Run
from bot.core.message import (
    Block,
    Button,
    Facts,
    Heading,
    Message,
    Paragraph,
    Span,
    Table,
    Tone,
    bold,
    link,
    paragraph,
    quiet,
)
from bot.core.recovery import kind_of
from bot.core.trouble import Trouble
from bot.wording.exposure import exempt_lines, exposure_lines, good_words, how_many
from bot.wording.facts import eleven
from bot.wording.incident import verdict_blocks, whose
from bot.wording.phrases import (
    DISPOSITION_WORDS,
    PARTY_WORDS,
    Voice,
    age,
    count,
    last_good,
    listed,
    name,
    parties,
    sentence,
    since,
)
from bot.wording.row import row_line
from classifier import Basis, Found
from classifier.citation import cited
from classifier.found import NO_RULE, how_sure, is_unknown, whose_rule
from classifier.verdict import Disposition, Verdict

ROWS_MAX = 15
TROUBLE_MAX = 300  # characters of a sentence about our own work
ALSO_MAX = 5  # other meanings of one question that are told
NOTHING_MORE: Mapping[str, str] = MappingProxyType({})
OTHERS_MAX = 5  # other plans of one workload that are named
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


def did_you_mean(
    what: str,
    asked: str,
    choices: Sequence[str],
    verb: str,
    *,
    means: Mapping[str, str] = NOTHING_MORE,
    hint: str = "Nothing is near it either; `help` lists what can be asked.",
) -> Message:
    """Say that nothing is called so, and offer what is near.

    Args:
        means: what a choice stands for in a few words, where its name does not say it.
        hint: what to do when nothing is near.
    """
    words = f"No {what} is called “{name(asked)}”."
    if not choices:
        return plain_message(f"{words} {hint}")
    words = f"{words} Did you mean {listed([f'“{name(choice)}”' for choice in choices], most=5)}?"
    lines = (paragraph(means.get(choice, ""), button=Button(name(choice), verb, choice)) for choice in choices)
    return Message(words, (paragraph(words), *lines))


def client_message(
    coverage: ClientCoverage | None,
    standings: Sequence[Standing],
    rows: Sequence[Row],
    voice: Voice,
    *,
    now: datetime,
    exempt: Sequence[Exemption] = (),
) -> Message:
    """Say how one client is doing, for somebody who has them on the phone.

    Args:
        exempt: the operator's word for what needs no backup.
    """
    who = voice.client(coverage.client if coverage else standings[0].subject.client)
    exposed, spared = exempted(_exposed(coverage, standings, rows), exempt, now=now)
    unasked = {each.standing.workload_key for each, _ in spared}
    watched = [s for s in standings if s.ended is None and s.workload_key not in unasked]
    verdict = _how_they_are(coverage, watched, rows, exposed)
    whole = coverage is not None and coverage.is_whole
    caution = "" if whole else " What follows may be out of date."
    blocks: list[Block] = [Heading(f"{who}: {verdict}"), paragraph(_read_of(coverage, voice, now), caution)]
    blocks += [row_line(row, voice, now=now) for row in rows[:ROWS_MAX]]
    if len(rows) > ROWS_MAX:
        blocks.append(paragraph(quiet(f"and {count(len(rows) - ROWS_MAX, 'more cause')}: open {who}")))
    blocks += exposure_lines(exposed, voice, now=now, name_clients=False)
    blocks += exempt_lines(spared, voice, now=now)
    if watched:
        blocks.append(_workloads(watched, coverage, voice, now))
    return Message(f"{who}: {verdict}", tuple(blocks), _tone(rows, blind=not whole or bool(exposed)))


def _exposed(
    coverage: ClientCoverage | None, standings: Sequence[Standing], rows: Sequence[Row]
) -> tuple[Exposure, ...]:
    """List this client's exposed workloads that no row speaks of."""
    troubled = {workload_key(incident) for row in rows for incident in row.incidents}
    return tuple(
        each
        for each in exposures(standings, {coverage.client.id: coverage} if coverage else {})
        if each.kind not in SAID_BY_A_ROW or each.standing.workload_key not in troubled
    )


def _how_they_are(
    coverage: ClientCoverage | None, watched: Sequence[Standing], rows: Sequence[Row], exposed: Sequence[Exposure]
) -> str:
    """Say it in one clause. Well is only what was read, whose last backup was good, and that is not exposed."""
    troubled = {i.subject.workload.id for row in rows for i in row.incidents}
    workloads = {s.subject.workload.id for s in watched} | troubled
    if troubled:
        more = f", {how_many(exposed, named=False)}" if exposed else ""
        return f"{len(troubled):,} of {count(len(workloads), 'workload')} in trouble, {count(len(rows), 'cause')}{more}"
    if coverage is None or not coverage.is_whole:
        return "not known: it could not be read"
    if not workloads:
        return "no backup is known here"
    unsafe = {each.subject.workload.id for each in exposed}
    good = {s.subject.workload.id for s in watched if s.last_outcome is Outcome.SUCCEEDED}
    silent = workloads - good - unsafe
    others = ", the others well" if good - unsafe else ""
    waiting = f"{count(len(silent), 'workload')} of {len(workloads):,} without a result yet" if silent else ""
    if exposed:
        return f"{', '.join(part for part in (how_many(exposed), waiting) if part)}{others}"
    if silent:
        return f"{waiting}{others}"
    return "its one workload well" if len(workloads) == 1 else f"all {count(len(workloads), 'workload')} well"


def _tone(rows: Sequence[Row], *, blind: bool) -> Tone:
    if any(row.disposition is Disposition.ACT_NOW for row in rows):
        return Tone.ALARM
    return Tone.WATCH if rows or blind else Tone.GOOD


def _read_of(coverage: ClientCoverage | None, voice: Voice, now: datetime) -> str:
    if coverage is None:
        return "Never read by this bot."
    newest = f"newest result {since(coverage.newest, now)}" if coverage.newest else "no result seen yet"
    if coverage.reading is Reading.READ:
        return f"Read {voice.moment(coverage.until, now) if coverage.until else 'at an unknown time'}, {newest}."
    started = f" since {voice.moment(coverage.since, now)}" if coverage.since else ""
    label = "ONLY PARTLY READ" if coverage.reading is Reading.PARTIAL else "NOT READ"
    return f"{label}{started}: {name(coverage.why) or coverage.reading}; {newest}."


def _workloads(standings: Sequence[Standing], coverage: ClientCoverage | None, voice: Voice, now: datetime) -> Table:
    planned = {s.workload_key for s in standings if not _is_unprotected(s)}
    told = [s for s in standings if not _is_unprotected(s) or s.workload_key not in planned]
    ordered = sorted(told, key=lambda s: (-(s.last_outcome or Outcome.RUNNING).badness, s.subject.workload.name))
    shown = ordered[:ROWS_MAX]
    return Table(
        columns=("workload", "kind", "last run", "last good"),
        rows=tuple(
            (
                voice.workload(s.subject),
                str(kind_of(s) or "unknown"),
                _last_run(s, voice, now),
                good_words(s.last_good_at, over_limit(s, coverage), now),
            )
            for s in shown
        ),
        more=len(ordered) - len(shown),
    )


def _is_unprotected(standing: Standing) -> bool:
    return standing.protection is not None and not standing.protection.is_protected


def _last_run(standing: Standing, voice: Voice, now: datetime) -> str:
    if _is_unprotected(standing) and standing.last_outcome is None:
        return "no plan"
    last = OUTCOME_WORDS[standing.last_outcome] if standing.last_outcome else "no result yet"
    running = standing.running
    return last if running is None else f"running since {voice.moment(running.started_at, now)}"


def error_message(
    title: str,
    verdict: Verdict,
    holders: Sequence[Row],
    voice: Voice,
    *,
    now: datetime,
    note: str = "",
    by: str = "",
    others: Sequence[Found] = (),
) -> Message:
    """Say what a code means, where that is written down, and who has it now.

    Args:
        note: how the question was understood, when that is not plain.
        by: what it was found by, when that is nothing the rule matches.
        others: what else it may mean, in one line each.
    """
    has_it = _who_has_it(holders)
    head = f"{name(title)}: {PARTY_WORDS[verdict.lead]} · {DISPOSITION_WORDS[verdict.disposition]}"
    blocks: list[Block] = [Heading(head)]
    if note:
        blocks.append(paragraph(quiet(sentence(note[:1].upper() + note[1:]))))
    *told, _ = verdict_blocks(verdict)  # its last line does not say by what the question was answered
    blocks += [*told, *known_by(verdict, by)]
    if verdict.muted_until is not None and verdict.muted_until > now:
        why = f" ({name(verdict.muted_why)})" if verdict.muted_why else ""
        blocks.append(paragraph(bold(f"Muted in app.yaml until {voice.moment(verdict.muted_until, now)}{why}.")))
    blocks.append(paragraph(bold("Who has it: "), has_it))
    blocks += [row_line(row, voice, now=now) for row in holders[:ROWS_MAX]]
    if len(holders) > ROWS_MAX:
        blocks.append(paragraph(quiet(f"and {count(len(holders) - ROWS_MAX, 'more cause')}: open")))
    blocks += [also_line(other) for other in others[:ALSO_MAX]]
    return Message(f"{head} · {has_it}", tuple(blocks))


def _who_has_it(holders: Sequence[Row]) -> str:
    if not holders:
        return "nobody has it now"
    clients = {client.id for row in holders for client in row.clients}
    workloads = len({workload_key(incident) for row in holders for incident in row.incidents})
    return f"{count(workloads, 'workload')} of {count(len(clients), 'client')} now"


def known_by(verdict: Verdict, by: str) -> Iterator[Paragraph]:
    """Say how sure it is, by whose rule, and where that is written down."""
    whose = f"{verdict.domain} · {parties(verdict.parties)}"
    if is_unknown(verdict):
        yield paragraph(quiet(f"{whose} · {NO_RULE}."))
        return
    yield paragraph(quiet(f"{whose} · {how_sure(verdict, by)} · {whose_rule(verdict)}"))
    yield _written_down(verdict)


def _written_down(verdict: Verdict) -> Paragraph:
    """Name the sources, linked where they have a page."""
    spans: list[Span] = []
    for words, address in cited(verdict.source):
        spans += [quiet("; " if spans else "Written down: "), link(words, address) if address else quiet(words)]
    return Paragraph(tuple(spans))


def also_line(found: Found) -> Paragraph:
    """Say in one line what a question may mean as well; its button asks for it in full."""
    kind, verdict = "Also" if found.exact else "Perhaps", found.verdict
    note = f" ({found.note})" if found.note else ""
    if verdict is None:
        return paragraph(quiet(sentence(f"{kind}: {found.note}")))
    whose = f"{PARTY_WORDS[verdict.lead]} · {DISPOSITION_WORDS[verdict.disposition]}"
    asked = verdict.rule if verdict.basis is not Basis.NONE else found.matched
    words = f"{kind} {name(found.matched)}{note}: {name(verdict.brief)} · {whose}"
    return paragraph(words, button=Button("In full", "error", asked))


def job_message(
    standing: Standing, row: Row | None, voice: Voice, *, now: datetime, others: Sequence[Standing] = ()
) -> Message:
    """Say the eleven facts of one workload's last run, healthy or not.

    Args:
        others: its backups under other plans.
    """
    who = f"{voice.client(standing.subject.client)} · {voice.workload(standing.subject)}"
    ended = standing.judged[0] if standing.judged else None
    last = OUTCOME_WORDS[standing.last_outcome] if standing.last_outcome else "has no result yet"
    line = f"{who}: the last run {last}{f' {since(ended, now)}' if ended else ''}"
    if standing.running is not None:
        line = f"{who}: running since {voice.moment(standing.running.started_at, now)}, no result yet"
    blocks: list[Block] = [
        Heading(line),
        paragraph(f"Plan {name(standing.subject.plan.name) or 'unknown'} · {last_good(standing.last_good_at, now)}"),
    ]
    if standing.ended is not None:
        blocks.append(paragraph(bold(f"No longer watched: {standing.ended}.")))
    if standing.last_backup_at is not None and standing.last_backup_at != standing.last_good_at:
        blocks.append(paragraph(f"A backup was made {since(standing.last_backup_at, now)}, with warnings."))
    if row is not None:
        blocks.append(row_line(row, voice, now=now))
    blocks += [
        paragraph(quiet(f"Also under plan {name(o.subject.plan.name) or 'unknown'}: {_last_run(o, voice, now)}"))
        for o in others[:OTHERS_MAX]
    ]
    if standing.running is not None and ended is not None:
        blocks.append(paragraph(quiet(f"Facts of the last run that ended, {since(ended, now)}:")))
    blocks.append(Facts(eleven(standing.facts)))
    return Message(line, tuple(blocks), _tone([row] if row else [], blind=False))


def open_message(rows: Sequence[Row], what: str, voice: Voice, *, now: datetime, page: int = 1) -> Message:
    """List open causes, a page at a time.

    Args:
        what: the list in words ("Open for MSP").
    """
    page = min(page, max(1, -(-len(rows) // ROWS_MAX)))
    start = (page - 1) * ROWS_MAX
    workloads = len({workload_key(incident) for row in rows for incident in row.incidents})
    title = f"{what}: {count(len(rows), 'cause')}, {count(workloads, 'workload')}"
    shown = rows[start : start + ROWS_MAX]
    blocks: list[Block] = [Heading(title), *(row_line(row, voice, now=now) for row in shown)]
    if start + len(shown) < len(rows):
        rest = len(rows) - start - len(shown)
        blocks.append(paragraph(quiet(f"and {rest} more: add “page {page + 1}”")))
    return Message(title, tuple(blocks), _tone(rows, blind=False))


def status_message(
    memory: Memory,
    rows: Sequence[Row],
    voice: Voice,
    *,
    now: datetime,
    due_at: datetime | None = None,
    next_at: datetime | None = None,
    missed: Sequence[datetime] = (),
    troubles: Sequence[Trouble] = (),
    chats: Sequence[tuple[str, str]] = (),
    waiting: int = 0,
) -> Message:
    """Say how the bot itself is: when it last read, how much, what it waits for.

    Args:
        troubles: what is wrong with fortress' own work.
        due_at: when the newest scheduled reading was due; None when nothing is scheduled.
        missed: when readings of the last days were due that never were made; the next one covered their time.
        chats: how what listens is, as (which chat, in words).
        waiting: messages that are still to be said.
    """
    run = memory.runs[-1] if memory.runs else None
    scheduled = next((past for past in reversed(memory.runs) if past.scheduled), None)
    seen = what_was_seen(memory)
    workloads = f"{seen.workloads_read:,} of {count(seen.workloads_all, 'workload')}"
    pairs = [
        ("Last refresh", f"{voice.moment(run.read_at, now)} ({age(now - run.read_at)} ago)" if run else "never"),
        ("Read", f"{seen.clients_read:,} of {count(len(seen.clients), 'client')}, {workloads}"),
        ("Newest result", since(seen.newest, now)),
        ("Open", count(len(rows), "cause")),
        ("Last digest told", _is_told(scheduled, waiting)),
        ("Next refresh", voice.moment(next_at, now) if next_at else "not scheduled"),
    ]
    if missed:
        pairs.insert(-1, ("Missed", listed([voice.moment(at, now) for at in missed])))
    stale = is_stale(memory, due_at=due_at, now=now)
    if run is None:
        line = "fortress: no refresh yet"
    elif stale and due_at is not None:
        line = f"fortress: STALE, the refresh of {voice.moment(due_at, now)} is missing"
    else:
        line = f"fortress: last refresh {age(now - run.read_at)} ago"
    blocks: list[Block] = [Heading(line), Facts((*pairs, *chats)), *trouble_lines(troubles)]
    blocks += [
        paragraph(bold(f"{voice.client(client.client)}: "), _read_of(client, voice, now))
        for client, _ in seen.unread[:ROWS_MAX]
    ]
    if len(seen.unread) > ROWS_MAX:
        blocks.append(paragraph(quiet(f"and {count(len(seen.unread) - ROWS_MAX, 'more client')} not fully read")))
    is_troubled = stale or seen.unread or run is None or waiting or troubles
    return Message(line, tuple(blocks), Tone.WATCH if is_troubled else Tone.GOOD)


def _is_told(run: Run | None, waiting: int) -> str:
    if run is None or not run.announced:
        return "not yet"
    return f"not everywhere yet, {count(waiting, 'message waits', 'messages wait')}" if waiting else "yes"


def trouble_lines(troubles: Sequence[Trouble]) -> list[Block]:
    """Say what is wrong with fortress' own work, under what does not happen because of it."""
    return [
        paragraph(bold(f"{each.lack.upper()}: "), sentence(name(each.words, most=TROUBLE_MAX)))
        for each in troubles[:ROWS_MAX]
    ]


LATE = timedelta(minutes=30)  # a reading takes minutes; after this it is missing


def is_stale(memory: Memory, *, due_at: datetime | None, now: datetime) -> bool:
    """Tell whether the newest scheduled reading is missing."""
    read_at = memory.runs[-1].read_at if memory.runs else None
    return due_at is not None and (read_at is None or read_at < due_at) and now - due_at > LATE


def help_message(groups: Iterable[tuple[str, Iterable[tuple[str, str]]]]) -> Message:
    """List what can be asked, a group at a time, as (usage, what it does)."""
    title = "What you can ask fortress"
    listed = ((paragraph(bold(name)), Facts(tuple(commands))) for name, commands in groups)
    return Message(title, (Heading(title), *(block for group in listed for block in group)))


def acknowledged_words(row: Row, given: Acknowledgement, voice: Voice, *, now: datetime) -> str:
    """Confirm an acknowledgement: what it covers, and when it ends."""
    what = f"#{row.number} {whose(row.incidents, voice)}"
    said = f" You say: {name(given.comment)}." if given.comment else ""
    if given.snoozed:
        until = voice.moment(given.until, now) if given.until else "it changes"
        return f"{what}: snoozed until {until}. It comes back earlier if it gets worse.{said}"
    until = f", at the latest {voice.moment(given.until, now)}" if given.until else ""
    return f"{what}: yours. It stays quiet until it heals or gets worse{until}.{said}"


def taken_words(row: Row, holder: Acknowledgement, voice: Voice, *, now: datetime) -> str:
    """Tell the second person who was first."""
    said = f" They say: {name(holder.comment)}" if holder.comment else ""
    how = "snoozed it" if holder.snoozed else "has it"
    return f"#{row.number}: {holder.by_name} {how} since {voice.moment(holder.at, now)}.{said}"


def ended_words(incident: Incident, voice: Voice, *, now: datetime) -> str:
    """Tell somebody who pressed a stale button how it ended."""
    when = voice.moment(incident.ended_at, now) if incident.ended_at else "some time ago"
    how = f"was closed {when} ({incident.close_reason})" if incident.close_reason else f"healed {when}"
    return f"#{incident.number} {how}; it is no longer open."


def joined(messages: Sequence[Message]) -> Message:
    """Make one message of several short ones."""
    return Message(
        " ".join(message.summary for message in messages),
        tuple(block for message in messages for block in message.blocks),
    )
