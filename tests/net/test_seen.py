"""Deliveries that come twice, and the line before the threads."""

import threading

import pytest

from bot.net.pool import Busy, Pool
from bot.net.seen import Seen


def test_a_second_delivery_is_not_new_and_another_thing_is():
    seen = Seen(lambda: 0.0)

    assert [seen.is_new("a"), seen.is_new("a"), seen.is_new("b")] == [True, False, True]


def test_what_cannot_be_told_apart_is_always_new():
    seen = Seen(lambda: 0.0)

    assert [seen.is_new(""), seen.is_new("")] == [True, True]


def test_a_key_is_forgotten_when_nobody_repeats_it_any_more():
    now = [0.0]
    seen = Seen(lambda: now[0], kept_s=60)
    seen.is_new("a")
    now[0] = 61

    assert seen.is_new("a")
    assert len(seen) == 1


def test_it_never_remembers_more_than_it_may_and_forgets_the_oldest():
    seen = Seen(lambda: 0.0, most=3)
    for key in "abcd":
        seen.is_new(key)

    assert len(seen) == 3
    assert [seen.is_new("d"), seen.is_new("a")] == [False, True]


def test_the_line_before_the_threads_has_an_end_and_moves_on():
    go_on = threading.Event()
    pool = Pool(threads=1, waiting=1)
    first, second = pool.submit(go_on.wait), pool.submit(lambda: "second")

    with pytest.raises(Busy):
        pool.submit(lambda: "third")
    go_on.set()
    assert (first.result(10), second.result(10)) == (True, "second")
    assert pool.submit(lambda: "third").result(10) == "third"
    pool.close()
