"""What is done soon, in a thread of its own: once for many touches, and on after whatever went wrong."""

import threading
from datetime import timedelta

from bot.jobs.soon import Soon

AT_ONCE = timedelta(0)
LONG = timedelta(seconds=20)


class Act:
    """Notes each time it is done, and goes on when it may."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.times = 0
        self.begun, self.may = threading.Semaphore(0), threading.Event()

    def __call__(self):
        self.times += 1
        self.begun.release()
        self.may.wait(20)
        if self.errors:
            raise self.errors.pop(0)


def at_once(_span):
    return True


def test_touched_often_while_it_is_under_way_it_is_done_once_more():
    act = Act()
    soon = Soon("one", act, wait=at_once)
    soon.start()

    soon.touched()
    assert act.begun.acquire(timeout=20)
    for _ in range(3):
        soon.touched()
    act.may.set()
    assert act.begun.acquire(timeout=20)

    assert soon.stop(within=LONG)
    assert act.times == 2


def test_what_goes_wrong_is_logged_and_the_next_touch_does_it_again(caplog):
    act = Act(ValueError("ours"))
    act.may.set()
    soon = Soon("one", act, wait=at_once)
    soon.start()

    for _ in range(2):
        soon.touched()
        assert act.begun.acquire(timeout=20)

    assert soon.stop(within=LONG)
    assert "the one failed" in caplog.text


def test_what_hangs_is_left_behind():
    act = Act()
    soon = Soon("one", act, wait=at_once)
    soon.start()
    soon.touched()
    assert act.begun.acquire(timeout=20)

    ended = soon.stop(within=AT_ONCE)
    act.may.set()

    assert not ended


def test_nothing_is_begun_once_the_process_ends():
    act = Act()
    soon = Soon("one", act, wait=lambda _span: False)
    soon.start()

    soon.touched()

    assert soon.stop(within=LONG)
    assert act.times == 0
