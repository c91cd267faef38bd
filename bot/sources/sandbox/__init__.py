"""A whole simulated MSP: try fortress without any account. `World` is what happens, `Sandbox` serves it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta

from bot.sources.sandbox.faults import Fault
from bot.sources.sandbox.server import Sandbox
from bot.sources.sandbox.world import START, World

__all__ = ["START", "Fault", "Sandbox", "World", "build"]


def build(clock: Callable[[], datetime]) -> AbstractContextManager[Sandbox]:
    """Serve the simulated MSP as it stands at the clock's moment, until the context is left.

    Its stories began on a Monday, two to eight days ago.
    """
    two_days_ago = clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)
    return closing(Sandbox(World(start=two_days_ago - timedelta(days=two_days_ago.weekday())), clock))
