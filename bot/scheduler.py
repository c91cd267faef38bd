"""APScheduler, wrapped: when the tick is due. What a tick does is for bot/jobs/tick.py to say."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=5)  # catches up with a sleep, a failed reading, a chat that was away
QUIET_FOR = 2 * EVERY + timedelta(minutes=1)  # a clock that was not heard for so long has stopped
WORKS_FOR = timedelta(hours=2)  # no reading takes longer; the lease of a claim, see bot/stores/decisions.py
JOB = "tick"

Beat = Callable[[str, timedelta], None]


class Clockwork:
    """Calls `tick` at start, at each refresh time and every five minutes, one call at a time.

    APScheduler only wakes our own thread. A reading that takes its time keeps no trigger waiting, and one
    that hangs keeps the process from ending no longer than `stop` is told to wait.

    Args:
        tick: whatever it raises is logged; the next one comes.
        beat: told a thread's name and for how long it may now be silent.
    """

    def __init__(
        self,
        tick: Callable[[], object],
        *,
        times: Sequence[time],
        zone: tzinfo,
        beat: Beat = lambda _name, _within: None,
    ) -> None:
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every wake-up
        self._tick = tick
        self._zone = zone
        self._beat = beat
        self._woken = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="reader", daemon=True)
        # The defaults would drop a run that is a second late; see docs/decisions/0010-the-clock-and-the-door.md
        self._scheduler: Any = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=UTC,
        )
        self._scheduler.add_job(self.wake, trigger(times, zone), id=JOB)

    def start(self) -> None:
        self._beat("clock", QUIET_FOR)
        self._beat("reader", QUIET_FOR)
        self._scheduler.start()
        self._woken.set()
        self._thread.start()

    def wake(self) -> None:
        """Have the tick called, now or as soon as the one under way is done."""
        self._beat("clock", QUIET_FOR)
        self._woken.set()

    def retime(self, times: Sequence[time]) -> None:
        """Take other refresh times from now on."""
        self._scheduler.reschedule_job(JOB, trigger=trigger(times, self._zone))

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive() and bool(self._scheduler.running)

    def stop(self, *, within: timedelta) -> bool:
        """Start nothing any more, and wait a while for what is under way.

        Returns:
            False when it is still under way: the thread is left behind.
        """
        self._stopping = True
        self._woken.set()
        self._scheduler.shutdown(wait=False)
        self._thread.join(within.total_seconds())
        return not self._thread.is_alive()

    def _work(self) -> None:
        while True:
            self._woken.wait()
            self._woken.clear()
            if self._stopping:
                return
            self._beat("reader", WORKS_FOR)
            try:
                self._tick()
            except Exception:
                if not self._stopping:
                    log.exception("the tick failed; it is tried again in %d minutes", EVERY // timedelta(minutes=1))
            self._beat("reader", QUIET_FOR)


def trigger(times: Sequence[time], zone: tzinfo) -> Any:
    """Fire at each time of day in the zone, and every few minutes."""
    at = [CronTrigger(hour=each.hour, minute=each.minute, second=0, timezone=zone) for each in times]
    return OrTrigger([*at, IntervalTrigger(seconds=int(EVERY.total_seconds()), timezone=UTC)])


def fires_after(made: Any, moment: datetime, previous: datetime | None = None) -> datetime:
    """Ask a trigger when it fires next: at or after a moment."""
    fires: datetime = made.get_next_fire_time(previous, moment)
    return fires.astimezone(UTC)
