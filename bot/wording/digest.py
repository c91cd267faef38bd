"""The digest, in sentences: one message that stays readable however large the MSP is."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from bot.core.activity import ClientCoverage, Reading
from bot.core.digest import Digest, Row, workload_key
from bot.core.incident import Incident
from bot.core.message import (
    Block,
    Heading,
    Message,
    Paragraph,
    Tone,
    bold,
    paragraph,
    quiet,
    text,
)
from bot.wording.exposure import exposure_lines, how_many
from bot.wording.phrases import (
    DISPOSITION_WORDS,
    PARTY_WORDS,
    Voice,
    count,
    listed,
    name,
    sentence,
)
from bot.wording.row import row_line
from classifier.verdict import Disposition, Party

ROWS_MAX = 20  # causes in one digest; a person reads no more before coffee
SECTION_MAX = 8  # of one party and disposition
GAP_MAX = 200  # characters of a sentence about what could not be read
NAMED_MAX = 5  # clients or codes named in a line

Section = tuple[Disposition, Party]


def digest_message(
    digest: Digest, voice: Voice, *, next_at: datetime | None = None, rows_max: int = ROWS_MAX
) -> Message:
    """Say what one reading found.

    Args:
        next_at: when the next reading is due; None when that is not known.
        rows_max: causes to list; the others are counted.
    """
    lines = [headline(digest, voice)]
    blocks: list[Block] = [Heading(lines[0]), *_coverage(digest, voice), *_notes(digest)]
    shown = digest.rows if digest.full else digest.changed
    blocks += _sections(shown, digest, voice, next_at, rows_max)
    blocks += exposure_lines(digest.exposed, voice, now=digest.at, new=digest.newly_exposed, full=digest.full)
    blocks += _tail(digest, len(shown), voice, next_at)
    return Message(summary=_summary(digest, lines[0]), blocks=tuple(blocks), tone=_tone(digest))


def headline(digest: Digest, voice: Voice) -> str:
    """Say it all in one line."""
    parts = [f"Backups, {voice.day(digest.at)}", _hands(digest)]
    if digest.causes:
        new = f", {digest.new_causes:,} of them new" if digest.new_causes and not digest.first_reading else ""
        parts.append(f"{_in_trouble(digest)}, {count(digest.causes, 'cause')}{new}")
    if digest.exposed:
        parts.append(how_many(digest.exposed))
    if digest.healed:
        healed = count(len({workload_key(i) for i in digest.healed}), "workload")
        parts.append(f"{healed} healed{f' since {voice.moment(digest.since, digest.at)}' if digest.since else ''}")
    return " · ".join(part for part in parts if part)


def _in_trouble(digest: Digest) -> str:
    words = [f"{count(digest.failing, 'workload')} failing"]
    if digest.warned:
        words.append(f"{digest.warned} with warnings")
    if digest.cancelled:
        words.append(f"{digest.cancelled} cancelled")
    return ", ".join(words if digest.failing or not words[1:] else words[1:])


def _hands(digest: Digest) -> str:
    if digest.need_hands:
        return f"{count(digest.need_hands, 'thing needs', 'things need')} hands"
    if digest.newest is None:
        return "nothing is known"
    if digest.exposed or digest.causes:
        calm = "no failure needs hands" if digest.exposed else "nothing needs hands"
        return f"{calm} in what could be read" if digest.is_blind else calm
    return "nothing needs hands in what could be read" if digest.is_blind else "all well"


def _summary(digest: Digest, line: str) -> str:
    return f"{line} · {_read(digest)}"


def _tone(digest: Digest) -> Tone:
    if digest.need_hands:
        return Tone.ALARM
    return Tone.WATCH if digest.is_blind or digest.rows or digest.exposed else Tone.GOOD


def _read(digest: Digest) -> str:
    return (
        f"read {digest.clients_read:,} of {count(digest.clients_all, 'client')}, "
        f"{digest.workloads_read:,} of {count(digest.workloads_all, 'workload')}"
    )


def _coverage(digest: Digest, voice: Voice) -> Iterator[Block]:
    newest = f"newest result {voice.moment(digest.newest, digest.at)}" if digest.newest else "no result at all"
    spans = [text(f"{_read(digest).capitalize()}, {newest}")]
    not_at_all = [(c, n) for c, n in digest.unread if c.reading is not Reading.PARTIAL]
    partly = [(c, n) for c, n in digest.unread if c.reading is Reading.PARTIAL]
    for label, some in (("NOT READ", not_at_all), ("ONLY PARTLY READ", partly)):
        if some:
            spans += [text(" · "), bold(f"{label}:"), text(f" {_by_reason(some, digest, voice)}")]
    yield Paragraph(tuple(spans))
    for gap in digest.gaps[:NAMED_MAX]:
        yield paragraph(bold("GAP: "), sentence(name(gap, most=GAP_MAX)))
    if digest.quarantined:
        yield paragraph(
            bold("GAP: "),
            f"{count(digest.quarantined, 'record')} could not be understood and were set aside; the log names them.",
        )


def _by_reason(some: Sequence[tuple[ClientCoverage, int]], digest: Digest, voice: Voice) -> str:
    """Name the clients that one reason kept from being read, reason by reason."""
    reasons: dict[str, list[tuple[ClientCoverage, int]]] = {}
    for coverage, workloads in some:
        why = f"{name(coverage.why, most=GAP_MAX) or coverage.reading}{_since(coverage.since, digest, voice)}"
        reasons.setdefault(why, []).append((coverage, workloads))
    told = []
    for why, clients in list(reasons.items())[:NAMED_MAX]:
        workloads = sum(n for _, n in clients)
        size = f" ({count(workloads, 'workload')})" if workloads else ""
        told.append(f"{listed([voice.client(c.client) for c, _ in clients])}{size}, {why}")
    more = len(reasons) - NAMED_MAX
    return "; ".join(told) + (f"; and {count(more, 'more reason')}: status" if more > 0 else "")


def _since(at: datetime | None, digest: Digest, voice: Voice) -> str:
    return f", since {voice.moment(at, digest.at)}" if at is not None and at < digest.at else ""


def _notes(digest: Digest) -> Iterator[Block]:
    if digest.first_reading and digest.found:
        yield paragraph(
            f"First reading: found {count(digest.found, 'workload')} already failing. They are listed, not announced; "
            "from now on only what changes is news."
        )
    elif digest.first_reading and digest.newest is not None:
        yield paragraph("First reading: nothing was found failing; from now on what changes is news.")
    elif digest.found:
        yield paragraph(
            f"New clients read for the first time: {count(digest.found, 'workload')} there already failing."
        )
    if digest.unknown:
        codes = listed([f"{name(code)} ({count(n, 'workload')})" for code, n in digest.unknown], most=NAMED_MAX)
        yield paragraph(bold("NOT KNOWN TO US: "), codes)


def _sections(
    rows: Sequence[Row], digest: Digest, voice: Voice, next_at: datetime | None, rows_max: int
) -> Iterator[Block]:
    left = rows_max
    for (disposition, lead), group in groupby(rows, key=lambda row: (row.disposition, row.verdict.lead)):
        section = list(group)
        shown = section[: min(SECTION_MAX, left)]
        if not shown:
            continue
        left -= len(shown)
        yield Paragraph((bold(f"{PARTY_WORDS[lead]} · {DISPOSITION_WORDS[disposition]}"),))
        for row in shown:
            yield row_line(row, voice, now=digest.at, next_at=next_at)
        if len(section) > len(shown):
            more = section[len(shown) :]
            hidden = sum(len(row.incidents) for row in more)
            yield paragraph(
                quiet(
                    f"and {count(len(more), 'more cause')} ({count(hidden, 'workload')}): "
                    f"open {PARTY_WORDS[lead].lower()}"
                )
            )
    hidden_sections = len(rows) - (rows_max - left)
    if left == 0 and hidden_sections > 0:
        yield paragraph(quiet(f"In all {count(len(rows), 'cause')}; the whole list: open"))


def _tail(digest: Digest, shown: int, voice: Voice, next_at: datetime | None) -> Iterator[Block]:
    if digest.still:
        names = listed([f"{voice.client(s.subject.client)} {voice.workload(s.subject)}" for s in digest.still])
        judged = f" · judged {voice.moment(next_at, digest.at)}" if next_at else ""
        yield Paragraph((bold("NOBODY YET"),))
        yield paragraph(f"still running: {names}{judged}")
    if digest.snoozed:
        numbers = listed([f"#{row.number} until {_until(row, voice, digest.at)}" for row in digest.snoozed])
        yield paragraph(quiet(f"{len(digest.snoozed)} snoozed: {numbers}"))
    if digest.muted:
        numbers = listed([f"#{row.number}" for row in digest.muted], most=NAMED_MAX)
        first = min(row.muted_until for row in digest.muted if row.muted_until is not None)
        ends = f"the first speaks again {voice.moment(first, digest.at)}"
        yield paragraph(quiet(f"{len(digest.muted)} muted in app.yaml: {numbers}; {ends}"))
    if digest.healed:
        yield paragraph(quiet(f"Healed: {_healed(digest.healed, voice)}"))
    for incident in digest.closed[:NAMED_MAX]:
        who = f"{voice.client(incident.subject.client)} {voice.workload(incident.subject)}"
        yield paragraph(quiet(f"Closed: #{incident.number} {who}, {incident.close_reason}"))
    if len(digest.closed) > NAMED_MAX:
        yield paragraph(quiet(f"and {len(digest.closed) - NAMED_MAX} more closed"))
    if digest.left:
        gone = [f"{voice.client(s.subject.client)} {voice.workload(s.subject)} ({s.ended})" for s in digest.left]
        yield paragraph(bold("NO LONGER PROTECTED: "), listed(gone, most=NAMED_MAX))
    if not digest.full and len(digest.rows) > shown:
        old = len(digest.rows) - shown
        yield paragraph(quiet(f"{count(old, 'cause')} as before; “open” lists {'it' if old == 1 else 'them'}"))
    if not digest.rows and not digest.exposed and not digest.is_blind:
        yield paragraph(_all_well(digest))


def _all_well(digest: Digest) -> str:
    if digest.snoozed or digest.muted:
        return "Nothing else is open."
    if digest.ended_runs:
        return f"{count(digest.ended_runs, 'backup')} of {count(digest.clients_all, 'client')} read, all well."
    return f"No new results; nothing is open at {count(digest.clients_all, 'client')}."


def _healed(healed: Sequence[Incident], voice: Voice) -> str:
    """Say what healed by cause, not machine by machine."""
    causes: dict[str, list[Incident]] = {}
    for incident in healed:
        causes.setdefault(incident.verdict.brief, []).append(incident)
    told = []
    for brief, incidents in sorted(causes.items(), key=lambda pair: -len(pair[1])):
        clients = sorted({voice.client(incident.subject.client) for incident in incidents})
        workloads = sorted({voice.workload(incident.subject) for incident in incidents})
        if len(workloads) == 1:
            told.append(f"#{incidents[0].number} {clients[0]} {workloads[0]}")
        elif len(clients) == 1:
            told.append(f"{clients[0]} {listed(workloads, most=2)} ({name(brief)})")
        else:
            told.append(f"{name(brief)} ({count(len(clients), 'client')}, {count(len(incidents), 'workload')})")
    return "; ".join(told[:NAMED_MAX]) + (f"; and {len(told) - NAMED_MAX} more causes" if len(told) > NAMED_MAX else "")


def _until(row: Row, voice: Voice, now: datetime) -> str:
    return voice.moment(row.owner.until, now) if row.owner is not None and row.owner.until is not None else "it changes"
