"""Everything on one pane, for one person: what needs hands, what is theirs, what lasts, whose turn it is."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.core.digest import Row, exposed_of, what_was_seen
from bot.core.memory import Memory
from bot.core.message import Block, Button, Divider, Heading, Message, Paragraph, Tone, bold, paragraph, quiet
from bot.core.policy import DEFAULT, Policy, is_lasting
from bot.wording.answers import trouble_lines
from bot.wording.exposure import exposure_lines, how_many
from bot.wording.phrases import DISPOSITION_WORDS, PARTY_WORDS, Voice, age, count, listed, since
from bot.wording.row import row_line
from classifier.verdict import URGENCY, Disposition, Party

ROWS_MAX = 8  # causes in one part of it; a pane is looked at, not scrolled
NAMED_MAX = 5


def home_message(
    memory: Memory,
    rows: Sequence[Row],
    me: str,
    voice: Voice,
    *,
    now: datetime,
    next_at: datetime | None = None,
    is_stale: bool = False,
    troubles: Sequence[str] = (),
    policy: Policy = DEFAULT,
) -> Message:
    """Say how everything is, to the person with this id.

    Args:
        is_stale: a scheduled reading is missing.
        troubles: what is wrong with the telling itself, in sentences.
    """
    mine = [row for row in rows if any(given.by == me for given in row.held)]
    hands = [row for row in rows if row.disposition is Disposition.ACT_NOW and not row.is_quiet and row.owner is None]
    said = {row.target for row in (*mine, *hands)}
    lasting = [
        row
        for row in rows
        if row.target not in said and not row.is_quiet and any(is_lasting(each, policy) for each in row.incidents)
    ]
    line = _line(memory, hands, mine, rows, is_stale=is_stale)
    blocks: list[Block] = [Heading(line), *_how_old(memory, voice, now, next_at, is_stale=is_stale)]
    blocks += trouble_lines(troubles[:NAMED_MAX])
    blocks += _part("ACT NOW", hands, "act now", voice, now)
    blocks += _part("YOURS", mine, "mine", voice, now)
    blocks += _part("LASTING", lasting, "all", voice, now)
    blocks += _by_party(rows)
    blocks += exposure_lines(exposed_of(memory), voice, now=now)
    return Message(line, tuple(blocks), _tone(memory, hands, rows, is_stale=is_stale or bool(troubles)))


def _line(memory: Memory, hands: Sequence[Row], mine: Sequence[Row], rows: Sequence[Row], *, is_stale: bool) -> str:
    if not memory.runs:
        return "Nothing was read yet"
    words = f"{count(len(hands), 'thing needs', 'things need')} hands" if hands else "Nothing needs hands"
    blind = what_was_seen(memory).unread or is_stale
    caution = " in what could be read" if blind and not hands else ""
    own = f" · {len(mine)} yours" if mine else ""
    exposed = exposed_of(memory)
    unsafe = f" · {how_many(exposed)}" if exposed else ""
    return f"{words}{caution}{own} · {count(len(rows), 'cause') if rows else 'nothing'} open{unsafe}"


def _tone(memory: Memory, hands: Sequence[Row], rows: Sequence[Row], *, is_stale: bool) -> Tone:
    if hands:
        return Tone.ALARM
    seen = what_was_seen(memory)
    unsure = is_stale or bool(seen.unread) or not memory.runs or seen.newest is None
    return Tone.WATCH if unsure or rows or exposed_of(memory) else Tone.GOOD


def _how_old(
    memory: Memory, voice: Voice, now: datetime, next_at: datetime | None, *, is_stale: bool
) -> Iterator[Paragraph]:
    """Say how much was read, when, and when it is read again."""
    seen = what_was_seen(memory)
    when = f"Read {age(now - memory.runs[-1].read_at)} ago" if memory.runs else "Never read"
    late = "STALE, a refresh is missing" if is_stale else ""
    told = (
        f"{when}: {seen.clients_read:,} of {count(len(seen.clients), 'client')}, "
        f"{seen.workloads_read:,} of {count(seen.workloads_all, 'workload')}",
        f"newest result {since(seen.newest, now)}",
        f"next refresh {voice.moment(next_at, now)}" if next_at is not None else "no refresh is scheduled",
    )
    yield paragraph(bold(f"{late} · ") if late else "", " · ".join(told))
    if seen.unread:
        clients = listed([voice.client(coverage.client) for coverage, _ in seen.unread], most=NAMED_MAX)
        yield paragraph(bold("NOT FULLY READ: "), clients, button=Button("Why", "status"))


def _part(title: str, rows: Sequence[Row], rest: str, voice: Voice, now: datetime) -> Iterator[Block]:
    if not rows:
        return
    yield Divider()
    yield paragraph(bold(title), f" · {count(len(rows), 'cause')}")
    for row in rows[:ROWS_MAX]:
        yield row_line(row, voice, now=now)
    if len(rows) > ROWS_MAX:
        more = quiet(f"and {count(len(rows) - ROWS_MAX, 'more cause')}")
        yield paragraph(more, button=Button("Show all", "open", rest))


def _by_party(rows: Sequence[Row]) -> Iterator[Block]:
    """Count whose turn it is; each count leads to its list."""
    if not rows:
        return
    yield Divider()
    for party in (Party.MSP, Party.CLIENT, Party.ACRONIS):
        counts = Counter(row.disposition for row in rows if row.verdict.lead is party)
        ordered = sorted(counts, key=lambda disposition: -URGENCY[disposition])
        if ordered:
            told = ", ".join(f"{counts[each]:,} {DISPOSITION_WORDS[each].lower()}" for each in ordered)
            yield paragraph(bold(PARTY_WORDS[party]), f" · {told}", button=Button("Show", "open", party.lower()))
