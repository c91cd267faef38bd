"""The clock: what wakes the tick, and what a tick does, with a clock of ours and without waiting."""

import logging
import threading
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.core.activity import ClientCoverage, Coverage, Reading, Ref
from bot.core.memory import MISSED
from bot.core.slot import slot_id
from bot.errors import Conflict, Unavailable
from bot.jobs.refresh import refresh
from bot.jobs.tick import Claims, Stopped, tick
from bot.scheduler import EVERY, Clockwork, fires_after, trigger
from bot.stores.memory import MemoryAudit, MemoryStore

TIMES = (time(6, 45), time(14, 45), time(22, 45))
LISBON = ZoneInfo("Europe/Lisbon")
MORNING = datetime(2026, 3, 4, 6, 45, tzinfo=UTC)
SOON = timedelta(seconds=20)  # a test that waits so long has failed


class Quiet:
    """A source with one client and nothing to say. It can fail, or do something while it is read."""

    name = "quiet"

    def __init__(self):
        self.reads = 0
        self.error = None
        self.meanwhile = lambda: None

    def fetch(self, window, *, clients=None, learnt=None):
        self.reads += 1
        self.meanwhile()
        if self.error is not None:
            raise self.error
        yield Coverage(window, (ClientCoverage(Ref("c1", "Acme"), Reading.READ, until=window.until),))


class World:
    """All that a tick needs, on a clock of ours."""

    def __init__(self, now=MORNING):
        self.now, self.times = now, TIMES
        self.source, self.store, self.audit = Quiet(), MemoryStore(), MemoryAudit()
        self.claims = Claims(self.store)
        self.told, self.deaf, self.since = [], False, None

    def tick(self):
        return tick(
            times=self.times,
            zone=UTC,
            store=self.claims,
            audit=self.audit,
            now=lambda: self.now,
            read=self.read,
            tell=self.tell,
            since=self.since,
        )

    def read(self, slot):
        return refresh(slot, source=self.source, store=self.claims, now=lambda: self.now)

    def tell(self, run):
        if self.deaf:
            return False
        self.told.append(run.slot)
        self.store.announced(run.slot)
        return True

    def pass_by(self, **span):
        self.now += timedelta(**span)

    @property
    def missed(self):
        return [entry.target for entry in self.audit.entries(last=1000) if entry.action == MISSED]


@pytest.fixture
def world():
    return World()


# what a tick does


def test_a_day_of_ticks_reads_and_tells_each_slot_once(world):
    for _ in range(24 * 12):
        world.tick()
        world.pass_by(minutes=5)

    slots = ["2026-03-04T06:45:00Z", "2026-03-04T14:45:00Z", "2026-03-04T22:45:00Z"]
    assert [run.slot for run in world.store.memory().runs] == slots
    assert world.told == slots
    assert world.missed == []


def test_after_downtime_one_reading_catches_up_and_the_older_slots_are_missed(world, caplog):
    world.tick()
    world.pass_by(days=1, hours=9)

    with caplog.at_level(logging.WARNING):
        world.tick()
        world.tick()

    assert world.told == ["2026-03-04T06:45:00Z", "2026-03-05T14:45:00Z"]
    assert world.missed == ["2026-03-04T14:45:00Z", "2026-03-04T22:45:00Z", "2026-03-05T06:45:00Z"]
    assert caplog.text.count("missed, ") == 1
    assert all(slot in caplog.text for slot in world.missed)


def test_a_missed_slot_is_done_and_nobody_reads_for_it_later(world):
    world.tick()
    world.pass_by(hours=16)
    world.tick()

    assert world.store.claim("2026-03-04T14:45:00Z", now=world.now) is None


def test_before_the_first_reading_ever_nothing_was_missed(world):
    world.tick()

    assert world.missed == []
    assert world.told == [slot_id(MORNING)]


def test_years_away_are_missed_for_sixty_days_only(world):
    world.tick()
    world.pass_by(days=800)
    world.tick()

    assert len(world.missed) == 60 * len(TIMES) - 1
    assert world.source.reads == 2


def test_a_reading_that_breaks_is_tried_again_and_the_slot_is_read_once(world):
    world.source.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        world.tick()
    world.source.error = None
    world.pass_by(minutes=5)

    run = world.tick()

    assert (run.slot, run.attempt) == (slot_id(MORNING), 2)
    assert world.tick() is None


def test_a_source_that_is_down_is_told_as_such_and_the_slot_is_answered(world):
    world.source.error = Unavailable("no connection")

    run = world.tick()

    assert run.coverage.gaps == ("no connection",)
    assert world.told == [slot_id(MORNING)]


def test_what_could_not_be_told_is_told_by_a_later_tick(world):
    world.deaf = True
    world.tick()
    assert world.told == []
    world.deaf = False

    world.tick()
    world.tick()

    assert world.told == [slot_id(MORNING)]
    assert world.source.reads == 1


def test_a_chat_that_breaks_keeps_nobody_from_reading(world, caplog):
    world.deaf = True
    world.tick()
    world.deaf, world.tell = False, lambda _: 1 / 0
    world.pass_by(hours=8)

    with caplog.at_level(logging.ERROR), pytest.raises(ZeroDivisionError):
        world.tick()

    assert [run.slot for run in world.store.memory().runs] == ["2026-03-04T06:45:00Z", "2026-03-04T14:45:00Z"]
    assert "could not be told" in caplog.text


def test_other_refresh_times_count_from_when_they_were_set(world):
    world.tick()
    world.pass_by(hours=4)
    world.times, world.since = (time(6, 45), time(8, 0), time(9, 0), time(11, 0)), world.now

    assert world.tick() is None
    world.pass_by(minutes=15)
    world.tick()

    assert world.told == [slot_id(MORNING), "2026-03-04T11:00:00Z"]
    assert world.missed == []


def test_two_replicas_read_a_slot_once(world):
    other = World()
    other.store = MemoryStore(keeper=world.store.keeper, owner="other")
    other.claims = Claims(other.store)
    world.source.meanwhile = other.tick

    world.tick()
    other.tick()

    assert (world.source.reads, other.source.reads) == (1, 0)
    assert world.told == [slot_id(MORNING)]


# giving up


def test_a_reading_that_is_given_up_writes_nothing_and_frees_its_slot(world):
    world.source.meanwhile = world.claims.abandon

    assert world.tick() is None

    assert (world.store.memory().runs, world.told) == ((), [])
    assert world.store.claim(slot_id(MORNING), now=world.now).attempt == 2


def test_after_giving_up_no_slot_is_taken_any_more(world):
    assert world.claims.abandon() == ()

    with pytest.raises(Stopped):
        world.tick()
    with pytest.raises(Stopped):
        world.claims.check()


def test_giving_up_names_what_was_being_read_and_only_that(world):
    world.tick()
    claim = world.claims.claim("one", now=world.now)

    assert world.claims.held == ("one",)
    assert world.claims.abandon() == ("one",)
    assert world.claims.held == ()
    with pytest.raises(Conflict):
        world.claims.commit(claim, None)


# what wakes it


def fires(made, since, count):
    found, previous, now = [], None, since
    for _ in range(count):
        previous = fires_after(made, now, previous)
        found.append(previous)
        now = previous + timedelta(microseconds=1)
    return found


@pytest.mark.parametrize("day", ["2026-07-01", "2027-03-28", "2026-10-25"], ids=["summer", "spring", "autumn"])
def test_every_refresh_time_fires_to_the_second_whatever_the_clocks_do(day):
    start = datetime.fromisoformat(day).replace(tzinfo=LISBON)

    fired = fires(trigger(TIMES, LISBON), start, 26 * 12)

    local = [f"{at.astimezone(LISBON):%H:%M:%S}" for at in fired if at < start + timedelta(days=1)]
    for at in TIMES:
        assert local.count(f"{at:%H:%M:%S}") == 1


def test_between_refresh_times_it_fires_every_five_minutes():
    soon = datetime.now(UTC) + timedelta(days=1)  # the interval begins when the trigger is made
    fired = fires(trigger((time(3, 0),), UTC), soon, 400)

    gaps = {two - one for one, two in pairwise(fired)}

    assert max(gaps) == EVERY
    assert len([gap for gap in gaps if gap < EVERY]) <= 2


def test_the_tick_is_called_at_start_and_when_woken_one_at_a_time():
    running, most, calls = [], [], threading.Semaphore(0)

    def counted():
        running.append(1)
        most.append(len(running))
        running.pop()
        calls.release()

    clockwork = Clockwork(counted, times=TIMES, zone=UTC)
    clockwork.start()
    assert calls.acquire(timeout=SOON.total_seconds())
    clockwork.wake()
    assert calls.acquire(timeout=SOON.total_seconds())

    assert clockwork.stop(within=SOON)
    assert (set(most), clockwork.is_alive) == ({1}, False)


def test_a_tick_that_fails_is_logged_and_the_next_one_comes(caplog):
    calls = threading.Semaphore(0)

    def failing():
        calls.release()
        raise ZeroDivisionError

    clockwork = Clockwork(failing, times=TIMES, zone=UTC)
    clockwork.start()
    assert calls.acquire(timeout=SOON.total_seconds())
    clockwork.wake()
    assert calls.acquire(timeout=SOON.total_seconds())

    assert clockwork.is_alive
    clockwork.stop(within=SOON)
    assert "tried again in 5 minutes" in caplog.text


def test_a_tick_that_hangs_is_left_behind():
    begun, go_on = threading.Event(), threading.Event()

    def hanging():
        begun.set()
        go_on.wait()

    clockwork = Clockwork(hanging, times=TIMES, zone=UTC)
    clockwork.start()
    assert begun.wait(SOON.total_seconds())

    assert not clockwork.stop(within=timedelta())
    go_on.set()


def test_threads_say_how_long_they_may_be_silent():
    heard, done = [], threading.Event()
    clockwork = Clockwork(done.set, times=TIMES, zone=UTC, beat=lambda name, within: heard.append((name, within)))
    clockwork.start()
    assert done.wait(SOON.total_seconds())
    clockwork.stop(within=SOON)

    reader = [within for name, within in heard if name == "reader"]
    assert reader == [timedelta(minutes=11), timedelta(hours=2), timedelta(minutes=11)]
    assert ("clock", timedelta(minutes=11)) in heard


def test_other_times_are_taken_while_it_runs():
    clockwork = Clockwork(lambda: None, times=TIMES, zone=UTC)
    clockwork.start()

    clockwork.retime((time(1, 2),))

    (job,) = clockwork._scheduler.get_jobs()
    assert "hour='1', minute='2'" in str(job.trigger)
    assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)
    clockwork.stop(within=SOON)
