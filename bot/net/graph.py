"""Microsoft Graph, asked as an app: patiently, within one budget of time, and twenty things in one batch.

What was refused for being too much is sent again once we may. What may have been done is never sent again here, unless
doing it twice is the same: whoever asked is told that the answer was lost, and has to look.
"""

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

from bot.errors import Refused, Unavailable
from bot.net.answer import LOST, Answer
from bot.net.call import Caller
from bot.net.entra import Tokens
from bot.net.http import version

log = logging.getLogger(__name__)

# https://learn.microsoft.com/graph/json-batching and .../graph/throttling, read 2026-11
BATCH_MAX = 20
BUDGET = timedelta(minutes=8)  # ours, for all calls together, waits included
TRIES = 4  # of what is safe to do twice, or surely was not done
TIMEOUT_S = 60.0  # of one answer; a batch of twenty writes may take half of it
WHO = "Microsoft Graph"
JSON_TYPE = {"Content-Type": "application/json"}

T = TypeVar("T")


class Step(msgspec.Struct, frozen=True):
    """One thing asked for.

    Attributes:
        path: behind the version, from its slash on, ready to be sent.
        body: sent as JSON; None for nothing.
        match: the version that has to stand there still; "" for any.
    """

    method: str
    path: str
    body: object = None
    match: str = ""

    @property
    def is_repeatable(self) -> bool:
        return self.method in ("GET", "PUT")

    @property
    def headers(self) -> dict[str, str]:
        kind = JSON_TYPE if self.body is not None else {}
        return {**kind, **({"If-Match": self.match} if self.match else {})}


class Rows(msgspec.Struct, Generic[T]):
    """One page."""

    value: list[T]
    next: str = msgspec.field(name="@odata.nextLink", default="")


class Graph:
    """Asks for as long as the budget lasts; then make another.

    Args:
        address: of the service, its version left out.
        setting: which section of app.yaml to look at when something is wrong.
        wait: waits so long; False when the process ends, and nothing more is to be begun.
        clock: monotonic, in seconds.
    """

    def __init__(
        self,
        address: str,
        tokens: Tokens,
        *,
        setting: str,
        caller: Caller | None = None,
        budget: timedelta = BUDGET,
        wait: Callable[[timedelta], bool] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base, self._setting = f"{address.rstrip('/')}/v1.0", setting
        self._scope = f"{address.rstrip('/')}/.default"
        self._tokens, self._caller = tokens, caller or Caller(WHO, timeout_s=TIMEOUT_S)
        self._wait, self._clock = wait or _asleep, clock
        self._until = clock() + budget.total_seconds()

    def ask(self, method: str, path: str, body: object = None, *, match: str = "") -> Answer:
        """Ask for one thing, and give whatever is answered.

        Raises:
            Unavailable: it was surely not done; or it may be done twice, and was never answered.
            Refused: we cannot sign in.
        """
        step = Step(method, path, body, match)
        data = msgspec.json.encode(body) if body is not None else None
        return self._patiently(method, self._base + path, data, step.headers, repeatable=step.is_repeatable)

    def get(self, path: str, type: type[T]) -> T:
        """Read one thing.

        Raises:
            Unavailable: not now.
            Refused: not until a person changes something; `Missing` when there is no such thing.
        """
        return self.good(self.ask("GET", path), "read from the site").read(type)

    def rows(self, path: str, type: type[T]) -> Iterator[T]:
        """Read a list to its end, page by page; otherwise as `get`."""
        url, read = self._base + path, set[str]()
        while url:
            if url in read:
                raise Unavailable(f"{WHO} named a page twice; the list has no end")
            read.add(url)
            answer = self._patiently("GET", url, None, {}, repeatable=True)
            page: Any = self.good(answer, "read a list of the site").read(Rows[type])  # type: ignore[valid-type]
            yield from page.value
            url = self._ours(page.next)

    def put(self, path: str, data: bytes, kind: str) -> Answer:
        """Send a file whole, in place of what was there; otherwise as `ask`."""
        return self._patiently("PUT", self._base + path, data, {"Content-Type": kind}, repeatable=True)

    def send_part(self, address: str, data: bytes, of: str) -> Answer:
        """Send a part of a file to the address of its upload, which lets in whoever knows it: a token is not wanted.

        Args:
            of: which bytes of how many (`bytes 0-25/128`).
        """
        return self._patiently("PUT", self._safe(address), data, {"Content-Range": of}, repeatable=True, known=False)

    def look_at_parts(self, address: str) -> Answer:
        """Ask which parts of a file are still wanted."""
        return self._patiently("GET", self._safe(address), None, {}, repeatable=True, known=False)

    def batch(self, steps: Sequence[Step]) -> list[Answer]:
        """Ask for up to twenty things at once; gives each one's own answer, in the same order.

        Those refused for being too much are sent again, alone, when the last of them may; what still stands refused
        found no time within the budget. Nothing is promised about the order in which they are done.

        Raises:
            Unavailable: surely nothing was done.
            Refused: we cannot sign in.
        """
        answers: dict[int, Answer] = {}
        left = dict(enumerate(steps))
        for times in count(1):
            answers |= self._batched(left)
            left = {number: steps[number] for number in left if answers[number].is_throttled}
            if not left or not self._waited(max(_asked_s(answers[number], times) for number in left)):
                break
        return [answers[number] for number in range(len(steps))]

    def good(self, answer: Answer, what: str) -> Answer:
        """Give an answer back when it is a good one, and raise what a caller should do when it is not.

        Args:
            what: what was wanted, after "to".
        """
        if answer.is_good:
            return answer
        raise answer.error(what, setting=self._setting)

    def close(self) -> None:
        self._caller.close()

    def _batched(self, steps: Mapping[int, Step]) -> dict[int, Answer]:
        """Ask once; whom the answer leaves out, or nobody answered, is LOST."""
        data = msgspec.json.encode({"requests": [_request(number, step) for number, step in steps.items()]})
        safe = all(step.is_repeatable for step in steps.values())
        whole = self._patiently("POST", f"{self._base}/$batch", data, JSON_TYPE, repeatable=safe)
        if not whole.is_good:
            if not whole.is_throttled and not whole.is_passing:
                raise whole.error("do many things at once", setting=self._setting)
            return dict.fromkeys(steps, whole)
        told = {answer.id: answer.plain for answer in _responses(whole)}
        return {number: told.get(str(number), Answer(LOST)) for number in steps}

    def _patiently(
        self,
        method: str,
        url: str,
        data: bytes | None,
        headers: Mapping[str, str],
        *,
        repeatable: bool,
        known: bool = True,
    ) -> Answer:
        """Send something until it is answered, as often as that is harmless. `known`: with our token."""
        failed = 0
        for times in count(1):
            answer = self._once(method, url, data, headers, known=known)
            again = answer.is_unheard or (repeatable and answer.is_passing)
            if not again and not answer.is_throttled:
                return answer
            failed += not answer.is_throttled
            if failed >= TRIES or not self._waited(_asked_s(answer, times)):
                break
        if answer.is_unheard:
            raise Unavailable(f"{WHO}: {answer.why}", unheard=True)
        return answer

    def _once(self, method: str, url: str, data: bytes | None, headers: Mapping[str, str], *, known: bool) -> Answer:
        if self._clock() >= self._until or not self._wait(timedelta()):
            raise Unavailable("not all of it could be done in the time there is; the next pass goes on", unheard=True)
        id = str(uuid4())
        sent = {"User-Agent": f"NONISV|Fortress|fortress/{version()}", "client-request-id": id, **headers}
        token = self._tokens.token(self._scope) if known else ""
        try:
            told = self._caller.send(method, url, data, headers=sent, token=token)
        except Unavailable as error:
            answer = Answer(LOST, is_unheard=error.unheard, why=str(error).removeprefix(f"{WHO}: "))
        else:
            answer = Answer(told.status, told.body, told.retry_after)
        if not answer.is_good:  # Microsoft's support asks for the id
            log.debug("%s: %s, client-request-id %s", WHO, answer.status or answer.why, id)
        return answer

    def _waited(self, seconds: float) -> bool:
        """Wait, if the budget has room for it and the process does not end."""
        if self._clock() + seconds >= self._until:
            return False
        log.info("%s: waiting %.1f s", WHO, seconds)
        return self._wait(timedelta(seconds=seconds))

    def _safe(self, address: str) -> str:
        """Send a file nowhere in the open; a test's server on this machine is as safe as its Graph."""
        if urlsplit(address).scheme != "https" and urlsplit(address)[:2] != urlsplit(self._base)[:2]:
            raise Refused(f"{WHO} named an address that is not safe", remedy=f"check {self._setting}.graph")
        return address

    def _ours(self, link: str) -> str:
        """Follow a link as it is; but our token goes nowhere else."""
        if link and urlsplit(link)[:2] != urlsplit(self._base)[:2]:
            raise Refused(f"{WHO} named an address elsewhere", remedy=f"check {self._setting}.graph")
        return link


class _Response(msgspec.Struct):
    id: str
    status: int
    headers: dict[str, Any] | None = None
    body: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def plain(self) -> Answer:
        asked = {name.lower(): str(value) for name, value in (self.headers or {}).items()}
        return Answer.told(self.status, bytes(self.body), asked.get("retry-after", ""))


class _Responses(msgspec.Struct):
    responses: list[msgspec.Raw]


def _responses(whole: Answer) -> Iterator[_Response]:
    """Give the parts of an answer; what is none tells nothing."""
    with suppress(Unavailable):
        for part in whole.read(_Responses).responses:
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                yield msgspec.json.decode(part, type=_Response)


def _request(number: int, step: Step) -> dict[str, object]:
    asked: dict[str, object] = {"id": str(number), "method": step.method, "url": step.path}
    if step.headers:
        asked["headers"] = step.headers
    if step.body is not None:
        asked["body"] = step.body
    return asked


def _asked_s(answer: Answer, times: int) -> float:
    """Give the seconds to wait: as we were asked to, or else some, and longer each time.

    No time at all is none that was asked for: a date may be over by our clock alone.
    """
    if answer.retry_after:
        return answer.retry_after.total_seconds()
    most = min(30.0, 2.0**times)
    return random.uniform(most / 2, most)  # noqa: S311 - spreads load, guards nothing


def _asleep(span: timedelta) -> bool:
    time.sleep(span.total_seconds())
    return True
