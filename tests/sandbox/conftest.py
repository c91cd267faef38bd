"""A served sandbox, asked over plain HTTP: nothing of our own client is in between."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from bot.sources.sandbox import START, Fault, Sandbox, World
from bot.sources.sandbox.server import TOKEN_PATH


def morning(day: int) -> datetime:
    return START + timedelta(days=day, hours=6, minutes=45)


class Line:
    """A plain HTTP line to a sandbox, with a token."""

    def __init__(self, sandbox: Sandbox, session: requests.Session) -> None:
        self.sandbox = sandbox
        self._session = session
        self.sign_in()

    def sign_in(self) -> None:
        secret = (self.sandbox.client_id, self.sandbox.client_secret)
        form = {"grant_type": "client_credentials"}
        given = self._session.post(self.sandbox.url + TOKEN_PATH, data=form, auth=secret, timeout=5)
        self._headers = {"Authorization": f"Bearer {given.json()['access_token']}"}

    def get(self, path: str, *pairs: tuple[str, str], **params: str) -> requests.Response:
        asked = [*pairs, *params.items()]
        return self._session.get(self.sandbox.url + path, params=asked, headers=self._headers, timeout=5)

    def all(self, path: str, *pairs: tuple[str, str], **params: str) -> list[Any]:
        """Read a list to its end, next pages with nothing but limit and cursor."""
        items, answer = list[Any](), self.get(path, *pairs, **params)
        while True:
            assert answer.status_code == 200, answer.text
            page = answer.json()
            items += page["items"]
            after = page.get("paging", {}).get("cursors", {}).get("after")
            if not after:
                return items
            answer = self.get(path, after=after, limit=params.get("limit", "1000"))


@pytest.fixture(scope="session")
def world() -> World:
    return World()


@pytest.fixture
def line(world: World) -> Iterator[Callable[..., Line]]:
    """Give a way to serve a world at a moment, misbehaving as told, and to ask it."""
    with ExitStack() as stack:

        def serve(now: datetime, *faults: Fault, of: World = world, **manners: Any) -> Line:
            sandbox = Sandbox(of, lambda: now, faults=faults, **manners)
            stack.callback(sandbox.close)
            session = stack.enter_context(requests.Session())
            session.trust_env = False  # no proxy stands between
            return Line(sandbox, session)

        yield serve
