"""Turns: so many in some time, and none while the other side has us wait."""

from datetime import timedelta

import pytest

from bot.errors import Unavailable
from bot.net.pace import Allowed, Pace

BURST, HALF_A_MINUTE = Allowed(7, 1.0), Allowed(60, 30.0)


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pace(clock):
    return Pace("Teams", clock=clock, sleep=clock.sleep)


def test_no_window_ever_holds_more_calls_than_are_allowed(pace, clock):
    begun = []
    for _ in range(130):
        pace.turn("a", BURST, HALF_A_MINUTE)
        begun.append(clock.now)

    assert all(begun[n + 7] - begun[n] > 0.999 for n in range(123))
    assert all(begun[n + 60] - begun[n] > 29.999 for n in range(70))
    assert begun[-1] < 100 + 62


def test_places_do_not_wait_for_each_other(pace, clock):
    for place in ("a", "b", "c"):
        pace.turn(place, Allowed(1, 10.0))

    assert clock.now == 100


def test_a_turn_that_is_far_away_is_refused_with_its_time_and_taken_by_nobody(pace, clock):
    pace.turn("a", Allowed(1, 90.0))

    for _ in range(2):
        with pytest.raises(Unavailable, match="Teams takes no more for now") as raised:
            pace.turn("a", Allowed(1, 90.0))
        assert (raised.value.retry_after, raised.value.unheard) == (timedelta(seconds=90), True)
    clock.now += 90
    pace.turn("a", Allowed(1, 90.0))


def test_a_wait_that_was_asked_for_is_kept_in_that_place_alone(pace, clock):
    pace.hold("a", timedelta(seconds=5))
    pace.turn("b", BURST)

    with pytest.raises(Unavailable, match="Teams asked us to wait"):
        pace.turn("a", BURST)
    clock.now += 5
    pace.turn("a", BURST)
