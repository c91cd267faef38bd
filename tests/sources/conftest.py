"""A served sandbox and the real source reading it; nobody sleeps."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta

import msgspec
import pytest

from bot.core.activity import Activity, Coverage, Ended, Page, Window
from bot.sources.acronis import AcronisSource, build
from bot.sources.sandbox import START, Fault, Sandbox, World

Read = tuple[list[Activity], list[Ended], Coverage]


def morning(day: int) -> datetime:
    return START + timedelta(days=day, hours=6, minutes=45)


def read(source: AcronisSource, since: datetime, until: datetime, clients: frozenset[str] | None = None) -> Read:
    *pages, coverage = list(source.fetch(Window(since, until), clients=clients))
    assert isinstance(coverage, Coverage)
    assert all(isinstance(each, Page) for each in pages)
    nowhere = {"link": ""}  # each server has its own port
    activities = [msgspec.structs.replace(a, **nowhere) for page in pages for a in page.activities]
    return activities, [e for page in pages for e in page.ended], coverage


@pytest.fixture(scope="session")
def world() -> World:
    return World()


@pytest.fixture
def served(world: World) -> Iterator[Callable[..., tuple[Sandbox, AcronisSource]]]:
    """Give a way to serve the world at a moment, misbehaving as told, with a source that reads it."""
    with ExitStack() as stack:

        def serve(
            now: datetime, *faults: Fault, page_size: int = 500, of: World = world, **manners: object
        ) -> tuple[Sandbox, AcronisSource]:
            sandbox = Sandbox(of, lambda: now, faults=faults, **manners)  # type: ignore[arg-type]
            stack.callback(sandbox.close)
            source = build(
                url=sandbox.url,
                client_id=sandbox.client_id,
                client_secret=sandbox.client_secret,
                page_size=page_size,
                sleep=lambda _: None,
            )
            stack.callback(source.close)
            return sandbox, source

        yield serve
