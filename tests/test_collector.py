"""The garbage collector rests while much is read, and never for longer."""

import gc
import weakref

import pytest

from bot.collector import resting


class Ring:
    """Something that only the collector lets go of."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def _as_it_was():
    yield
    gc.unfreeze()
    gc.enable()


def test_it_rests_meanwhile_and_works_again_after():
    with resting():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_works_again_after_a_failure():
    with pytest.raises(KeyError), resting():
        raise KeyError
    assert gc.isenabled()


def test_who_had_switched_it_off_finds_it_off():
    gc.disable()
    with resting():
        pass
    assert not gc.isenabled()


def test_what_went_round_in_circles_is_gone_at_the_end():
    with resting():
        ring = Ring()
        seen = weakref.ref(ring)
        del ring
        assert seen() is not None
    assert seen() is None


def test_a_circle_left_over_from_before_is_let_go_of_by_the_next():
    with resting():
        ring = Ring()  # alive at the end, and left out of later looks
    seen = weakref.ref(ring)
    del ring
    gc.collect()
    assert seen() is not None

    with resting():
        pass

    assert seen() is None
