"""Chains of pages: read to the end, or to where they break; the changes of a window in several chains at once."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec

from bot.core.activity import Window
from bot.errors import Refused, Unavailable
from bot.net.http import Missing
from bot.sources.acronis import parse, wire
from bot.sources.acronis.client import Client, Records, quarantined
from bot.sources.acronis.jobs import Jobs, Told
from bot.sources.acronis.parse import Notice, Odd, Piece

CHAINS = 6  # at once; nobody publishes how many Acronis likes, and more than eight bring little
SLICE_MIN = timedelta(hours=1)  # a window is not cut finer than this
RUNNING_SINCE = timedelta(days=14)  # older "started" steps were lost by their agent and never end

R = TypeVar("R", Piece, Notice)
V = TypeVar("V")


class Chain(msgspec.Struct, Generic[V], frozen=True):
    """What one chain of pages gave.

    Attributes:
        told: jobs whose steps are told, and are not among the items any more.
        until: read without a gap up to here; None when nothing surely was.
        why: what broke it; "" when it was read to its end.
        missing: True when Acronis knows no such list (404).
    """

    items: tuple[V, ...]
    odd: int = 0
    until: datetime | None = None
    why: str = ""
    missing: bool = False
    told: tuple[Told, ...] = ()

    @property
    def count(self) -> int:
        """How many records were understood."""
        return len(self.items) + sum(each.steps for each in self.told)


Whole = Callable[[Window], Jobs]


def changed(client: Client, window: Window, pool: Executor, jobs: Whole) -> Chain[Piece]:
    """Read what changed in a window, its first page alone and the rest in slices side by side.

    What counts is the part without a gap: what lies behind a slice that broke is left for the next reading. So the
    answer does not depend on which slice comes first, and a job is not judged by its end while its steps are missing.

    Args:
        jobs: told of a slice, gives what lets go of its jobs.
    """
    pages = client.activities(window.since)
    try:
        first = next(pages)
    except (Unavailable, Refused) as error:
        return Chain(items=(), why=str(error))
    parts = _parts(window, first)
    later = [pool.submit(_slice, client, each, jobs) for each in parts[1:]]
    head = _steps(itertools.chain((first,), pages), parts[0], jobs(parts[0]))
    return _joined(window, (head, *(each.result() for each in later)), parts, jobs(window))


def _parts(window: Window, first: Records[wire.Activity]) -> list[Window]:
    """Cut what lies behind the first page; nothing when it is the only one, or not in order."""
    times = [each.updated_at for each in first.items if each.updated_at]
    if not first.more or not times or times != sorted(times) or not window.since < times[-1] < window.until:
        return [window]
    nearest, *others = slices(Window(times[-1], window.until))
    return [Window(window.since, nearest.until), *others]


def slices(window: Window) -> list[Window]:
    """Cut a window for the chains, into equal parts that are not too small."""
    span = window.until - window.since
    count = max(1, min(CHAINS, span // SLICE_MIN))
    ends = [*(window.since + span * number / count for number in range(count)), window.until]
    return [Window(since, until) for since, until in itertools.pairwise(ends)]


def follow(
    pages: Iterator[Records[Any]],
    reduce: Callable[[Any], R | None],
    window: Window,
    *,
    keep: Callable[[list[R]], None] | None = None,
) -> Chain[R]:
    """Read a chain, oldest change first, and keep what the window asked for. Breaking is a gap, not an error.

    Args:
        keep: takes what is kept of each page; without it the answer holds all of it.
    """
    kept, odd, until, ordered = list[R](), 0, window.since, True
    keep = keep or kept.extend
    try:
        for page in pages:
            found, worse = reduced(page, reduce)
            odd += worse
            for each in found:
                if each.updated_at >= until:
                    until = each.updated_at
                else:
                    ordered = False
            keep([each for each in found if window.since < each.updated_at <= window.until])
            if ordered and until > window.until:
                break
    except (Unavailable, Refused) as error:
        sure = min(until, window.until) if ordered and until > window.since else None
        return Chain(items=tuple(kept), odd=odd, until=sure, why=str(error))
    return Chain(items=tuple(kept), odd=odd, until=window.until)


def everything(pages: Iterator[Records[Any]], reduce: Callable[[Any], V | None]) -> Chain[V]:
    """Read a list to its end."""
    found, odd = list[V](), 0
    try:
        for page in pages:
            more, worse = reduced(page, reduce)
            found += more
            odd += worse
    except (Unavailable, Refused) as error:
        return Chain(items=tuple(found), odd=odd, why=str(error), missing=isinstance(error, Missing) and not found)
    return Chain(items=tuple(found), odd=odd)


def running(client: Client, window: Window) -> Chain[Piece]:
    """Read what runs now: a job that hangs does not change, and would be in no window."""
    told = everything(client.started(), parse.piece)
    recent = tuple(each for each in told.items if window.until - RUNNING_SINCE < each.started_at <= window.until)
    why = f"jobs that run without any change could not be listed: {told.why}" if told.why else ""
    return Chain(items=recent, odd=told.odd, until=window.until, why=why)  # the next reading lists them anew


def alerts(client: Client, window: Window) -> Chain[Notice]:
    return follow(client.alerts(window.since), parse.notice, window)


def reduced(page: Records[Any], reduce: Callable[[Any], V | None]) -> tuple[list[V], int]:
    """Reduce a page's records; the odd ones are named, counted and left out."""
    found, odd = list[V](), page.odd
    for record in page.items:
        try:
            value = reduce(record)
        except Odd as error:
            odd += 1
            quarantined(type(record).__name__, _named(record), str(error))
            continue
        if value is not None:
            found.append(value)
    return found, odd


def _named(record: object) -> str:
    match record:
        case wire.Activity():
            return record.uuid
        case wire.Application():
            return str(record.policy.id)
        case wire.Status():
            return record.context.id
        case _:
            return str(getattr(record, "id", ""))


def _slice(client: Client, part: Window, jobs: Whole) -> Chain[Piece]:
    return _steps(client.activities(part.since), part, jobs(part))


def _steps(pages: Iterator[Records[wire.Activity]], part: Window, jobs: Jobs) -> Chain[Piece]:
    """Follow a slice, and keep of its jobs what is not told yet."""
    chain = follow(pages, parse.piece, part, keep=jobs.take)
    return msgspec.structs.replace(chain, items=jobs.open, told=jobs.told)


def _joined(window: Window, found: Sequence[Chain[Piece]], parts: Sequence[Window], jobs: Jobs) -> Chain[Piece]:
    """Join slices in their order, up to the first that broke; a job that lies in two of them is whole now."""
    until: datetime | None = window.until
    told, odd, why = list[Told](), sum(each.odd for each in found), ""
    for number, (chain, part) in enumerate(zip(found, parts, strict=True)):
        if not chain.why or chain.until or not number:
            jobs.take(sorted(chain.items, key=_changed_at))
            told += chain.told
        if chain.why:
            begun = part.since if number else None  # all slices before this one were read to their end
            until, why = chain.until or begun, chain.why
            break
    return Chain(jobs.open, odd, until, why, told=(*told, *jobs.told))


def _changed_at(piece: Piece) -> datetime:
    return piece.updated_at
