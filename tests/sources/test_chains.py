"""The changes of a window, read in one chain or in several at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.core.activity import Window
from bot.errors import Unavailable
from bot.sources.acronis import wire
from bot.sources.acronis.chains import CHAINS, changed, slices
from bot.sources.acronis.client import Records
from bot.sources.acronis.jobs import Jobs

START = datetime(2026, 3, 2, 20, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(hours=10))
EVERY = timedelta(minutes=3)


class Backwards(Executor):
    """Does what it is given only when somebody waits for it, and then the last first."""

    def __init__(self) -> None:
        self._later: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = _Waited(self)
        self._later.append((future, lambda: fn(*args, **kwargs)))
        return future

    def work(self) -> None:
        while self._later:
            future, job = self._later.pop()
            future.set_result(job())


class _Waited(Future[Any]):
    def __init__(self, pool: Backwards) -> None:
        super().__init__()
        self._pool = pool

    def result(self, timeout: float | None = None) -> Any:
        self._pool.work()
        return super().result(timeout)


class Fake:
    """Activities that changed every three minutes, in pages; `breaks` names the change at which a chain ends."""

    def __init__(self, *, page: int = 20, ordered: bool = True, breaks: datetime | None = None) -> None:
        self.page, self.breaks = page, breaks
        self.asked: list[datetime] = []
        times = [START + EVERY * number for number in range(-20, 260)]
        self.times = times if ordered else times[::-1]

    def activities(self, since: datetime) -> Iterator[Records[wire.Activity]]:
        self.asked.append(since)
        found = [each for each in self.times if each >= since]
        for begin in range(0, max(len(found), 1), self.page):
            part = found[begin : begin + self.page]
            if self.breaks in part:
                raise Unavailable("500")
            records = tuple(
                wire.Activity(uuid=f"{each:%d%H%M}", type="step", state="started", started_at=each, updated_at=each)
                for each in part
            )
            yield Records(items=records, more=begin + self.page < len(found))


def read(fake: Fake, pool: Executor | None = None, window: Window = WINDOW):
    with pool or ThreadPoolExecutor(CHAINS) as workers:
        return changed(fake, window, workers, jobs_of)  # type: ignore[arg-type]


def jobs_of(part: Window) -> Jobs:
    return Jobs(part.since, alerted=frozenset(), policies=())


INSIDE = [f"{START + EVERY * number:%d%H%M}" for number in range(1, 201)]


def test_a_window_is_cut_into_even_slices_without_a_seam():
    parts = slices(WINDOW)

    assert len(parts) == CHAINS
    assert (parts[0].since, parts[-1].until) == (WINDOW.since, WINDOW.until)
    assert all(one.until == other.since for one, other in pairwise(parts))


@pytest.mark.parametrize("minutes", [0, 5, 59, 119])
def test_a_small_window_is_not_cut(minutes: int):
    window = Window(START, START + timedelta(minutes=minutes))

    assert slices(window) == [window]


def test_several_chains_read_what_one_would_each_record_once_and_in_order():
    fake = Fake()

    chain = read(fake)

    assert [each.uuid for each in chain.items] == INSIDE
    assert (chain.until, chain.why) == (WINDOW.until, "")
    assert len(fake.asked) == CHAINS


def test_a_window_that_fits_on_a_page_takes_one_request():
    fake = Fake(page=1000)

    assert [each.uuid for each in read(fake).items] == INSIDE
    assert len(fake.asked) == 1


def test_whichever_slice_answers_first_the_reading_is_the_same():
    for breaks in (None, START + EVERY * 90):
        assert read(Fake(breaks=breaks), Backwards()) == read(Fake(breaks=breaks))


def test_a_service_that_ignores_the_order_is_read_to_its_end_in_one_chain():
    fake = Fake(ordered=False)

    chain = read(fake)

    assert sorted(each.uuid for each in chain.items) == sorted(INSIDE)
    assert len(fake.asked) == 1


def test_what_lies_behind_a_broken_slice_is_left_for_the_next_reading():
    chain = read(Fake(breaks=START + EVERY * 90))

    assert chain.why == "500"
    assert START < chain.until < START + EVERY * 90
    assert [each.uuid for each in chain.items] == [each for each in INSIDE if each <= f"{chain.until:%d%H%M}"]


def test_every_break_moves_the_mark_no_further_than_what_was_read():
    for number in range(1, 200, 7):
        chain = read(Fake(breaks=START + EVERY * number), Backwards())

        told = [each.uuid for each in chain.items]
        assert chain.until is None or chain.until < START + EVERY * number
        assert told == INSIDE[: len(told)]
        if chain.until:
            assert told[-1:] == [f"{chain.until:%d%H%M}"] or chain.until > chain.items[-1].updated_at
