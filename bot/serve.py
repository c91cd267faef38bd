"""`fortress serve`: the clock and the web door in one process, until a signal ends it.

Signals arrive in the main thread, which does nothing but wait for them and see that the others live.
"""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from queue import Empty, SimpleQueue
from types import FrameType, TracebackType
from typing import NamedTuple, Self

from bot import logs
from bot.app import App
from bot.app_yaml import Settings
from bot.core.slot import slot_id
from bot.errors import Refused, Unavailable
from bot.jobs.soon import Soon
from bot.jobs.tick import newest_slot
from bot.ports import Listener
from bot.scheduler import WORKS_FOR, Clockwork
from bot.web.door import Door
from bot.web.metrics import Metrics
from bot.web.routes import Part, routes
from bot.web.vitals import Vitals

log = logging.getLogger(__name__)

HANG_UP = "SIGHUP"
ENDING = ("SIGTERM", "SIGINT")
LOOK_S = 1.0  # how often the main thread looks whether the others live
MAIN_QUIET_FOR = timedelta(minutes=1)
FILER_QUIET_FOR = 2 * WORKS_FOR  # it hears of each tick; one reads before it, and filing takes its time
READER_ENDS = timedelta(seconds=5)  # to finish what is being said; with the door's less than the ten seconds we promise
GIVEN_UP_ENDS = timedelta(seconds=1)  # a reading that was given up can write nothing, and is not worth waiting for
FILER_ENDS_S = (
    READER_ENDS.total_seconds()
)  # while the reader does; what is half filed is gone on with at the next start
DOOR_ENDS = timedelta(seconds=3)
RETELLER_ENDS = timedelta(seconds=1)  # by then it has heard of the end for as long as the others
EARS_END = timedelta(seconds=4)  # they end while the reader does
FAILED = 1  # exit code
SWITCH_S = 0.0005  # before another thread gets its turn: who presses a button does not wait for what is being read


class Ended(NamedTuple):
    """How it ended.

    Attributes:
        code: of the process.
        is_clean: False when a thread was left behind; the interpreter would wait for it.
    """

    code: int
    is_clean: bool


class Signals:
    """Takes the signals that end or reload us, from the first moment on, and hands them out one by one."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[str] = SimpleQueue()  # its `put` may interrupt its `get`; an Event's `set` may not
        self._before: dict[str, object] = {}

    def __enter__(self) -> Self:
        for name in (*ENDING, HANG_UP):
            if hasattr(signal, name):  # Windows has no SIGHUP
                self._before[name] = signal.signal(getattr(signal, name), self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, before in self._before.items():
            signal.signal(getattr(signal, name), before)  # type: ignore[arg-type]

    def put(self, name: str) -> None:
        self._queue.put(name)

    def next(self, *, within_s: float) -> str | None:
        """Give the name of the next signal; None when none came in time."""
        try:
            return self._queue.get(timeout=within_s)
        except Empty:
            return None

    def _take(self, number: int, _frame: FrameType | None) -> None:
        self.put(signal.Signals(number).name)


class Ending:
    """A listener that is being stopped, while other things are."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._is_clean = False
        self._until = time.monotonic() + EARS_END.total_seconds()
        self._thread = threading.Thread(target=self._stop, name=f"end of {listener.name}", daemon=True)
        self._thread.start()

    def is_clean(self) -> bool:
        """Wait for it. False: something was left behind."""
        self._thread.join(max(0.0, self._until - time.monotonic()))
        return self._is_clean

    def _stop(self) -> None:
        try:
            self._is_clean = self._listener.stop(within=EARS_END)
        except Exception:
            log.exception("%s: the listener could not be stopped", self._listener.name)


class Service:
    """One running fortress.

    Args:
        load: reads the settings anew.
    Raises:
        Refused: nobody may listen where the door should be.
    """

    def __init__(self, app: App, *, load: Callable[[], Settings]) -> None:
        self._app = app
        self._load = load
        self._stopping = False
        self._failed = False
        self._vitals = Vitals()
        self._metrics = Metrics(app.keeping.store.memory, app.clock)
        self._door = Door(app.settings.web.host, app.settings.web.port) if app.settings.web.enabled else None
        app.observe = self._observe
        self._filer = Soon("filer", self._file, wait=app.wait)
        self._clockwork = Clockwork(
            self._tick, times=app.settings.refresh.times, zone=app.settings.refresh.tzinfo, beat=self._vitals.beat
        )

    def run(self, signals: Signals) -> Ended:
        """Serve until a signal ends it, or a thread dies."""
        sys.setswitchinterval(SWITCH_S)
        self._vitals.beat("main", MAIN_QUIET_FOR)
        if self._door is not None:
            beside = {path: app for each in self._app.listeners for path, app in each.routes().items()}
            self._door.start(routes(self._vitals, self.readiness, self._metrics, beside))
        for listener in self._app.listeners:
            listener.start()
        self._app.retelling.start()
        self._vitals.beat("filer", FILER_QUIET_FOR)
        self._filer.start()
        self._clockwork.start()
        log.info("serving; next refresh at %s", slot_id(self._app.next_at()))
        code = self._wait(signals)
        return Ended(code, self._stop())

    def readiness(self) -> Mapping[str, Part]:
        """Say what must be there before there is something to tell, and whether it is."""
        store = Part(not self._stopping, "closing" if self._stopping else "open")
        chats = {each.name: Part(each.is_alive and not self._stopping, each.says) for each in self._app.listeners}
        return {"configuration": Part(True, "read"), "store": store, "first refresh": self._first_refresh(), **chats}

    def _first_refresh(self) -> Part:
        newest = newest_slot(self._app.keeping.store.memory())
        reading = self._app.claims.held
        running = f"running for slot {reading[0]}" if reading else ""
        if newest is not None:
            done = f"done; the newest slot that has a reading is {slot_id(newest)}"
            return Part(True, f"{done}; {running}" if running else done)
        if running:
            return Part(True, running)
        return Part(False, "failed; the log says why, and it is tried again" if self._failed else "not begun")

    def _tick(self) -> None:
        self._app.tick(progress=lambda _: self._vitals.beat("reader", WORKS_FOR), file=self._filer.touched)

    def _file(self) -> None:
        self._vitals.beat("filer", FILER_QUIET_FOR)
        self._app.file()

    def _observe(self, result: str, seconds: float | None) -> None:
        self._failed = result == "failed"
        self._metrics.count(result, seconds)

    def _wait(self, signals: Signals) -> int:
        while True:
            self._vitals.beat("main", MAIN_QUIET_FOR)
            if dead := self._dead():
                log.critical("the thread of the %s has died; ending, so that we are started again", dead)
                return FAILED
            name = signals.next(within_s=LOOK_S)
            if name == HANG_UP:
                self.reload()
            elif name is not None:
                log.info("%s: ending", name)
                return 0

    def _dead(self) -> str:
        if not self._clockwork.is_alive:
            return "clock"
        if not self._app.retelling.is_alive:
            return "reteller"
        if not self._filer.is_alive:
            return "filer"
        deaf = next((listener.name for listener in self._app.listeners if not listener.is_alive), "")
        if deaf:
            return f"{deaf} listener"
        return "web door" if self._door is not None and not self._door.is_alive else ""

    def reload(self) -> None:
        """Read the configuration anew. One that cannot be used changes nothing, and its mistakes are logged."""
        try:
            wanted = self._load()
        except (Refused, Unavailable) as error:
            log.error("the configuration is not taken over, the old one stays:\n%s", error)
            return
        done = self._app.reload(wanted)
        settings = self._app.settings
        logs.start(settings.log.level, as_json=settings.log.format == "json")
        if "refresh.times" in done.taken:
            self._clockwork.retime(settings.refresh.times)
        log.info("configuration read again; changed: %s", ", ".join(done.taken) or "nothing")
        if done.waiting:
            log.warning("these change with a restart only: %s", ", ".join(done.waiting))

    def _stop(self) -> bool:
        """End within ten seconds. What is being read is given up; what is being said may be finished."""
        self._stopping = True
        self._app.stopping.set()  # what is being said is finished, nothing more is begun
        given_up = self._app.claims.held
        try:
            self._app.claims.abandon()
        except Unavailable:  # the next start frees them too
            log.exception("a claim could not be given back")
        for slot in given_up:
            log.info("slot %s: the reading is given up, and done again at the next start", slot)
        ears = [Ending(listener) for listener in self._app.listeners]
        filed_by = time.monotonic() + FILER_ENDS_S
        is_clean = self._clockwork.stop(within=GIVEN_UP_ENDS if given_up else READER_ENDS)
        is_clean = self._filer.stop(within=timedelta(seconds=max(0.0, filed_by - time.monotonic()))) and is_clean
        heard_out = [ear.is_clean() for ear in ears]
        is_clean = self._app.retelling.stop(within=RETELLER_ENDS) and is_clean and all(heard_out)
        if self._door is not None:
            self._door.stop(within=DOOR_ENDS)
            is_clean = is_clean and not self._door.is_alive
        log.info("ended" if is_clean else "ended; a thread that hung was left behind")
        return is_clean
