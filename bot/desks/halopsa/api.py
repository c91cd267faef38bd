"""Halo's API: signs in as an application, asks, and says what an answer means.

Source:
    github.com/homotechsual/HaloAPI (Connect-HaloAPI): client credentials at /auth/token, `tenant` in the address
    Halo's OpenAPI document: 400, 401, 404 and 429 of each call; bodies of POST are lists
"""

import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TypeVar
from urllib.parse import urlencode

from bot.core.message import clean
from bot.desks.halopsa.wire import Named, NotRead, Token, many, one, why
from bot.errors import Refused, Unavailable
from bot.net.call import Caller, Told

T = TypeVar("T")
Query = Sequence[tuple[str, str | int]]

TIMEOUT_S = 20.0
TRIES = 3  # of what only asks
EARLY_S = 60.0  # a token is renewed so long before it ends
WHY_MAX = 200  # characters of Halo's own words
PAGE = 100  # the most that it gives at once
PAGES_MAX = 100
SCOPE = "read:tickets edit:tickets read:customers"
RIGHTS = (
    "in Halo, under Configuration, Integrations, Halo API, give the application read:tickets, edit:tickets and "
    "read:customers, and its agent access to the client"
)
CREDENTIALS = "check client_id, tenant and secret of desks.halopsa, and that the application's agent is active"


class Halo:
    """One instance.

    Args:
        url: its address, as https://acme.halopsa.com.
        tenant: as Halo's own API details show it; "" where they show none.
        clock: monotonic, in seconds.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        secret: str,
        *,
        tenant: str = "",
        caller: Caller | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._client_id, self._secret, self._tenant = url, client_id, secret, tenant
        self._caller, self._clock = caller or Caller("Halo", timeout_s=TIMEOUT_S), clock
        self._lock, self._token, self._ends_at = Lock(), "", 0.0

    def get(self, path: str, query: Query, kind: type[T]) -> T:
        """Read one thing.

        Raises:
            Unavailable, Refused: as all calls here; `Missing` when there is none.
        """
        return self._read(lambda body: one(body, kind), self._asked("GET", path, query))

    def list(self, path: str, query: Query, kind: type[T], *, under: str) -> Sequence[T]:
        """Read a list, or a page of one."""
        return self._read(lambda body: many(body, kind, under=under), self._asked("GET", path, query))

    def everything(self, path: str, under: str) -> Sequence[Named]:
        """Read all pages of a list."""
        found: dict[int, Named] = {}
        for page in range(1, PAGES_MAX + 1):
            query: Query = (("pageinate", "true"), ("page_size", PAGE), ("page_no", page), ("order", "id"))
            rows = self.list(path, query, Named, under=under)
            known = len(found)
            found |= {row.id: row for row in rows}
            if len(rows) < PAGE or len(found) == known:
                return tuple(found.values())
        raise Unavailable(f"Halo has more than {PAGES_MAX * PAGE:,} entries under {path}")

    def post(self, path: str, body: dict[str, object], kind: type[T]) -> T:
        """Make or change one thing.

        Raises:
            Unavailable: without `unheard`, it may have been done.
        """
        return self._read(lambda told: one(told, kind), self._asked("POST", path, body=[body]))

    def sign_in(self) -> None:
        """Get a token, if need be."""
        self._valid_token()

    def _asked(self, method: str, path: str, query: Query = (), body: object = None) -> Told:
        url = f"{self._url}/api{path}{f'?{urlencode(list(query))}' if query else ''}"
        tries = TRIES if method == "GET" else 1
        token = self._valid_token()
        told = self._caller.call(method, url, token=token, body=body, tries=tries)
        if told.status == 401:  # it did nothing with it; perhaps the token ended early
            token = self._valid_token(instead_of=token)
            told = self._caller.call(method, url, token=token, body=body, tries=tries)
        return _judged(told, f"{method} {path}")

    def _read(self, read: Callable[[bytes], T], told: Told) -> T:
        try:
            return read(told.body)
        except NotRead:
            raise Unavailable("Halo's answer could not be read") from None

    def _valid_token(self, instead_of: str = "") -> str:
        """Give the token in use, or a new one; only one thread asks for it."""
        with self._lock:
            if not self._token or self._token == instead_of or self._clock() >= self._ends_at:
                token = self._new_token()
                self._token, self._ends_at = token.access_token, self._clock() + token.expires_in - EARLY_S
            return self._token

    def _new_token(self) -> Token:
        """Sign in. Whatever goes wrong here, nothing else was done."""
        query = f"?{urlencode({'tenant': self._tenant})}" if self._tenant else ""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._secret,
            "scope": SCOPE,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            told = self._caller.post(
                f"{self._url}/auth/token{query}", urlencode(form).encode(), headers=headers, tries=TRIES
            )
        except Unavailable as error:
            raise Unavailable(str(error), retry_after=error.retry_after, unheard=True) from None
        if told.is_good:
            return self._read_token(told)
        if told.status == 429 or told.status >= 500:
            words = f"Halo's sign-in answered {told.status}"
            raise Unavailable(words, retry_after=told.retry_after, unheard=True)
        raise Refused(f"Halo's sign-in answered {told.status}{_words(told)}", remedy=CREDENTIALS)

    def _read_token(self, told: Told) -> Token:
        try:
            return one(told.body, Token)
        except NotRead:
            raise Refused("no token came from Halo's sign-in", remedy="check desks.halopsa.url") from None


class Missing(Refused):
    """404: Halo has no such thing, or shows it to us no more."""


def _judged(told: Told, what: str) -> Told:
    status = told.status
    if told.is_good:
        return told
    said = f"Halo answered {status} to {what}{_words(told)}"
    if status == 429:
        raise Unavailable(said, retry_after=told.retry_after, unheard=True)
    if status == 408 or status >= 500:
        raise Unavailable(said)
    if status == 404:
        raise Missing(said, remedy="check desks.halopsa.url, and look in Halo whether it was deleted")
    if status == 401:
        raise Refused(said, remedy=f"{CREDENTIALS}; or {RIGHTS}")
    if status == 403:
        raise Refused(said, remedy=RIGHTS)
    if 300 <= status < 400:
        raise Refused(said, remedy="check desks.halopsa.url: it sends us elsewhere")
    raise Refused(said, remedy="see to what Halo says there; fields that it wants go into desks.halopsa.fields")


def _words(told: Told) -> str:
    words = clean(why(told.body)).strip()[:WHY_MAX]
    return f" ({words})" if words else ""
