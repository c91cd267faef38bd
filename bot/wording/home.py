"""Everything on one pane, for one person: what needs hands, what is theirs, what lasts, whose turn it is."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.core.digest import Row
from bot.core.message import Block, Button, Divider, Heading, Message, Paragraph, Tone, bold, paragraph, quiet
from bot.core.pane import Pane
from bot.core.trouble import Trouble
from bot.wording.answers import trouble_lines
from bot.wording.exposure import exposure_lines, how_many
from bot.wording.phrases import DISPOSITION_WORDS, PARTY_WORDS, Voice, age, count, listed, since
from bot.wording.row import row_line
from classifier.verdict import URGENCY, Party

ROWS_MAX = 8  # causes in one part of it; a pane is looked at, not scrolled
NAMED_MAX = 5


def home_message(
    pane: Pane,
    voice: Voice,
    *,
    now: datetime,
    next_at: datetime | None = None,
    is_stale: bool = False,
    troubles: Sequence[Trouble] = (),
) -> Message:
    """Say how everything is, to the person the pane was sorted for.

    Args:
        is_stale: a scheduled reading is missing.
        troubles: what is wrong with fortress' own work.
    """
    line = _line(pane, is_stale=is_stale)
    blocks: list[Block] = [Heading(line), *_how_old(pane, voice, now, next_at, is_stale=is_stale)]
    blocks += trouble_lines(troubles[:NAMED_MAX])
    blocks += _part("ACT NOW", pane.hands, "act now", voice, now)
    blocks += _part("YOURS", pane.mine, "mine", voice, now)
    blocks += _part("LASTING", pane.lasting, "all", voice, now)
    blocks += _by_party(pane.rows)
    blocks += exposure_lines(pane.exposed, voice, now=now)
    return Message(line, tuple(blocks), _tone(pane, unsure=is_stale or pane.is_blind or bool(troubles)))


def _line(pane: Pane, *, is_stale: bool) -> str:
    if pane.read_at is None:
        return "Nothing was read yet"
    hands = len(pane.hands)
    words = f"{count(hands, 'thing needs', 'things need')} hands" if hands else "Nothing needs hands"
    caution = " in what could be read" if (pane.is_blind or is_stale) and not hands else ""
    own = f" · {len(pane.mine)} yours" if pane.mine else ""
    unsafe = f" · {how_many(pane.exposed)}" if pane.exposed else ""
    return f"{words}{caution}{own} · {count(len(pane.rows), 'cause') if pane.rows else 'nothing'} open{unsafe}"


def _tone(pane: Pane, *, unsure: bool) -> Tone:
    if pane.hands:
        return Tone.ALARM
    return Tone.WATCH if unsure or pane.rows or pane.exposed else Tone.GOOD


def _how_old(
    pane: Pane, voice: Voice, now: datetime, next_at: datetime | None, *, is_stale: bool
) -> Iterator[Paragraph]:
    """Say how much was read, when, and when it is read again."""
    seen = pane.seen
    when = f"Read {age(now - pane.read_at)} ago" if pane.read_at is not None else "Never read"
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
