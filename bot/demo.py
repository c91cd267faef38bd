"""Some days in the life of a simulated MSP: a real client, a real server, a real store, another clock."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from rich.console import Console

from bot.app import App, acronis, build
from bot.app_yaml import Settings
from bot.core.slot import next_slot
from bot.errors import Refused
from bot.sources.sandbox import START, Sandbox, World
from bot.sources.sandbox.misdeeds import MISDEEDS

FIRST_SLOT = START + timedelta(hours=14, minutes=45)  # the afternoon before the first night of stories


class Demo:
    """A bot on a simulated clock. Everything it remembers goes with it.

    Args:
        misbehave: how the account misbehaves during the last refresh; "" when it does not.
    Raises:
        Refused: there is no such way to misbehave.
    """

    def __init__(self, *, seed: int, console: Console, misbehave: str = "") -> None:
        if misbehave and misbehave not in MISDEEDS:
            raise Refused(f"the demo cannot misbehave as “{misbehave}”", remedy=f"choose from {', '.join(MISDEEDS)}")
        self._misbehave = misbehave
        self._now = FIRST_SLOT
        self._closing = ExitStack()
        self._seed = seed
        self._console = console

    def __enter__(self) -> Self:
        folder = self._closing.enter_context(TemporaryDirectory(prefix="fortress-demo-"))
        sandbox = self._sandbox = self._closing.enter_context(closing(Sandbox(World(self._seed), self._clock)))
        self.app: App = self._closing.enter_context(
            build(
                Settings(),
                console=self._console,
                clock=self._clock,
                folder=Path(folder),
                source=lambda: acronis(sandbox.url, sandbox.client_id, sandbox.client_secret),
            )
        )
        return self

    def _clock(self) -> datetime:
        return self._now

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def slots(self, count: int) -> Iterator[datetime]:
        """Move the clock from slot to slot."""
        for number in range(count):
            if number:
                self._now = next_slot(self.app.settings.refresh.times, self.app.settings.refresh.tzinfo, self._now)
            if self._misbehave and number == count - 1:
                self._sandbox.faults[:] = MISDEEDS[self._misbehave]
            yield self._now
