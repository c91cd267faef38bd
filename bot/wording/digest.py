"""The digest, in sentences: one message that stays readable however large the MSP is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

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
LIST_ROWS = 12  # causes in one message of the thread
LISTS_MAX = 8  # messages in the thread; who has more broken than that asks for a part of it
GAP_MAX = 200  # characters of a sentence about what could not be read
NAMED_MAX = 5  # clients or codes named in a line

Links = Mapping[str, str]
NO_LINKS: Links = MappingProxyType({})


class Section(NamedTuple):
    """The causes of one party and disposition: those the digest shows, and those it counts."""

    disposition: Disposition
    lead: Party
    shown: tuple[Row, ...]
    hidden: tuple[Row, ...]

    @property
    def title(self) -> str:
        return f"{PARTY_WORDS[self.lead]} · {DISPOSITION_WORDS[self.disposition]}"


def digest_message(
    digest: Digest,
    voice: Voice,
    *,
    next_at: datetime | None = None,
    rows_max: int = ROWS_MAX,
    links: Links = NO_LINKS,
    in_thread: bool = False,
) -> Message:
    """Say what one reading found.

    Args:
        next_at: when the next reading is due; None when that is not known.
        rows_max: causes to list; the others are counted.
        links: the address of a cause's own post, by the row's target.
        in_thread: what is not listed stands in the thread (see `digest_lists`).
    """
    lines = [headline(digest, voice)]
    blocks: list[Block] = [Heading(lines[0]), *_coverage(digest, voice), *_notes(digest)]
    shown = digest.rows if digest.full else digest.changed
    blocks += _sections(shown, digest, _Lines(voice, next_at, links), rows_max, in_thread)
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
    elif digest.found or digest.found_exposed:
        found = [f"{count(digest.found, 'workload')} already failing"] if digest.found else []
        if digest.found_exposed:
            found.append(f"{count(digest.found_exposed, 'workload')} without a backup to rely on")
        yield paragraph(f"New clients read for the first time: {', '.join(found)}. They are listed, not announced.")
    if digest.unknown:
        codes = listed([f"{name(code)} ({count(n, 'workload')})" for code, n in digest.unknown], most=NAMED_MAX)
        yield paragraph(bold("NOT KNOWN TO US: "), codes)


class _Lines(NamedTuple):
    """What every row is worded with."""

    voice: Voice
    next_at: datetime | None
    links: Links

    def of(self, rows: Iterable[Row], digest: Digest) -> Iterator[Paragraph]:
        for row in rows:
            yield row_line(row, self.voice, now=digest.at, next_at=self.next_at, link=self.links.get(row.target, ""))


def sections_of(rows: Iterable[Row], rows_max: int = ROWS_MAX) -> tuple[Section, ...]:
    """Share the lines there are among the sections, in their order: a few of each rather than all of one."""
    found, left = [], rows_max
    for (disposition, lead), group in groupby(rows, key=lambda row: (row.disposition, row.verdict.lead)):
        section = tuple(group)
        fits = min(SECTION_MAX, left)
        left -= min(fits, len(section))
        found.append(Section(disposition, lead, section[:fits], section[fits:]))
    return tuple(found)


def _sections(rows: Sequence[Row], digest: Digest, lines: _Lines, rows_max: int, in_thread: bool) -> Iterator[Block]:
    sections = sections_of(rows, rows_max)
    for section in sections:
        if not section.shown:
            continue
        yield Paragraph((bold(section.title),))
        yield from lines.of(section.shown, digest)
        if section.hidden:
            hidden = sum(len(row.incidents) for row in section.hidden)
            where = "in the thread" if in_thread else f"open {PARTY_WORDS[section.lead].lower()}"
            more = f"and {count(len(section.hidden), 'more cause')} ({count(hidden, 'workload')})"
            yield paragraph(quiet(f"{more}: {where}"))
    if any(section.hidden and not section.shown for section in sections):
        where = "the others stand in the thread" if in_thread else "the whole list: open"
        yield paragraph(quiet(f"In all {count(len(rows), 'cause')}; {where}"))


def digest_lists(
    digest: Digest,
    voice: Voice,
    *,
    next_at: datetime | None = None,
    rows_max: int = ROWS_MAX,
    links: Links = NO_LINKS,
) -> list[Message]:
    """List the causes that the digest only counts, for its thread: a message a dozen, the most urgent first.

    Args:
        rows_max: causes that the digest itself lists.
    """
    sections = [each for each in sections_of(digest.rows if digest.full else digest.changed, rows_max) if each.hidden]
    parts = [(each, start) for each in sections for start in range(0, len(each.hidden), LIST_ROWS)]
    lines = _Lines(voice, next_at, links)
    lists = [_list(section, start, digest, lines) for section, start in parts[:LISTS_MAX]]
    left = sum(len(section.hidden[start : start + LIST_ROWS]) for section, start in parts[LISTS_MAX:])
    if left:
        rest = paragraph(quiet(f"and {count(left, 'more cause')}: open, or open and a party, a domain or a client"))
        lists[-1] = replace(lists[-1], blocks=(*lists[-1].blocks, rest))
    return lists


def _list(section: Section, start: int, digest: Digest, lines: _Lines) -> Message:
    rows = section.hidden[start : start + LIST_ROWS]
    before, total = len(section.shown) + start, len(section.shown) + len(section.hidden)
    title = f"{section.title}, {before + 1:,} to {before + len(rows):,} of {total:,}"
    return Message(title, (Heading(title), *lines.of(rows, digest)))


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
    if digest.exempt and digest.full:
        yield paragraph(quiet(f"{count(digest.exempt, 'workload')} without a backup on purpose (app.yaml)"))
    if digest.healed:
        yield paragraph(quiet(f"Healed: {healed_words(digest.healed, voice)}"))
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


def healed_words(healed: Sequence[Incident], voice: Voice, *, name_client: bool = True) -> str:
    """Say what healed by cause, not machine by machine."""
    causes: dict[str, list[Incident]] = {}
    for incident in healed:
        causes.setdefault(incident.verdict.brief, []).append(incident)
    told = []
    for brief, incidents in sorted(causes.items(), key=lambda pair: -len(pair[1])):
        clients = sorted({voice.client(incident.subject.client) for incident in incidents})
        workloads = sorted({voice.workload(incident.subject) for incident in incidents})
        whose = f"{clients[0]} " if name_client else ""
        if len(clients) > 1:
            machines = len({workload_key(incident) for incident in incidents})
            told.append(f"{name(brief)} ({count(len(clients), 'client')}, {count(machines, 'workload')})")
        elif len(workloads) > 1:
            told.append(f"{whose}{listed(workloads, most=2)} ({name(brief)})")
        else:
            told.append(f"#{incidents[0].number} {whose}{workloads[0]}")
    more = len(told) - NAMED_MAX
    return "; ".join(told[:NAMED_MAX]) + (f"; and {count(more, 'more cause')}" if more > 0 else "")


def _until(row: Row, voice: Voice, now: datetime) -> str:
    return voice.moment(row.owner.until, now) if row.owner is not None and row.owner.until is not None else "it changes"
