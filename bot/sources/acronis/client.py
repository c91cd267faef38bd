"""Acronis' wire: tokens, pages, cursors. What the records mean is not known here."""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec

from bot.errors import Refused, Unavailable
from bot.net.http import ANY_PATH, Basic, Bearer, Http, Params, Unauthorised
from bot.sources.acronis import wire

TOKEN_PATH = "/api/2/idp/token"  # noqa: S105 - a path
CLIENTS_PATH = "/api/2/clients"
TENANTS_PATH = "/api/2/tenants"
ACTIVITIES_PATH = "/api/task_manager/v2/activities"
ALERTS_PATH = "/api/alert_manager/v1/alerts"

# All that may ever be sent. An unfiltered DELETE would dismiss every alert of the account (Alert Manager v1).
ALLOWED = frozenset({("GET", ANY_PATH), ("POST", TOKEN_PATH)})

RENEW_BEFORE = timedelta(minutes=15)  # as the vendor's own examples do: expires_on - now < 900
RENEW_SHARE = 8  # a token that lives shorter than two hours is renewed in the last eighth of its life
EMPTY_MAX = 3  # pages in a row without a record, before we no longer believe that more will come
PAGE_SIZE = 500  # no maximum is published for the task manager; 10 to 1,000 are in use

T = TypeVar("T")
log = logging.getLogger(__name__)


class Records(msgspec.Struct, Generic[T], frozen=True):
    """One page, decoded. `odd` counts the records that could not be understood."""

    items: tuple[T, ...]
    odd: int = 0


class Client:
    """Reads one Acronis account, and can do nothing else.

    Safe to use from several threads. Raises Unavailable and Refused, nothing else.
    """

    def __init__(
        self,
        http: Http,
        *,
        client_id: str,
        client_secret: str,
        page_size: int = PAGE_SIZE,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._http = http
        self._client_id = client_id
        self._basic = Basic(client_id, client_secret)
        self._limit = ("limit", str(page_size))
        self._wall = wall
        self._lock = threading.Lock()
        self._token: wire.Token | None = None
        self._renew_at = 0.0

    def own_tenant(self) -> str:
        """Give the uuid of the tenant our API client was made in."""
        return self._decode(self._get(f"{CLIENTS_PATH}/{self._client_id}"), wire.ApiClient, "our API client").tenant_id

    def tenants(self, root: str) -> Iterator[Records[wire.Tenant]]:
        """Read the tree below and with a tenant, deleted ones included."""
        first = (("subtree_root_id", root), ("lod", "full"), ("allow_deleted", "true"), self._limit)
        return self._pages(TENANTS_PATH, first, (), wire.Tenant)  # "only the cursor should be provided"

    def activities(self, since: datetime) -> Iterator[Records[wire.Activity]]:
        """Read every client's activities that changed at or after a moment, oldest change first."""
        chosen = (("updatedAt", f"ge({_rfc3339(since)})"), ("order", "asc(updatedAt)"))
        return self._activities(*chosen)

    def started(self) -> Iterator[Records[wire.Activity]]:
        """Read the activities that run now, also those that have not changed for long."""
        return self._activities(("state", "started"))

    def task(self, task_id: str) -> Iterator[Records[wire.Activity]]:
        """Read all activities of one task."""
        return self._activities(("taskId", task_id))

    def alerts(self, since: datetime) -> Iterator[Records[wire.Alert]]:
        """Read the alerts that changed at or after a moment, oldest change first."""
        first = (("updated_at", f"ge({_nanoseconds(since)})"), ("order", "asc(updated_at)"), self._limit)
        return self._pages(ALERTS_PATH, first, (self._limit,), wire.Alert)

    def close(self) -> None:
        self._http.close()

    def _activities(self, *chosen: tuple[str, str]) -> Iterator[Records[wire.Activity]]:
        # "limit restricts usage of the query string parameters to after": sending the filters again is refused
        every = (("lod", "full"), self._limit)
        return self._pages(ACTIVITIES_PATH, (*chosen, *every), every, wire.Activity)

    def _pages(self, path: str, first: Params, every: Params, kind: type[T]) -> Iterator[Records[T]]:
        """Follow the cursors to the end. Cursors that lead nowhere end the chain with Unavailable."""
        params, seen, empty = first, set[str](), 0
        while True:
            page, records = self._page(self._get(path, params), kind, path)
            yield records
            if not page.after:
                return
            if page.after in seen:
                raise Unavailable(f"Acronis repeats a page of {path}; the rest of it was not read")
            empty = 0 if page.items else empty + 1
            if empty == EMPTY_MAX:
                raise Unavailable(f"Acronis gives empty pages of {path} without end; the rest of it was not read")
            seen.add(page.after)
            params = (*every, ("after", page.after))

    def _page(self, body: bytes, kind: type[T], path: str) -> tuple[wire.Envelope[Any], Records[T]]:
        """Decode a page at once; when one record spoils it, record by record."""
        try:
            whole = msgspec.json.decode(body, type=wire.Envelope[kind])  # type: ignore[valid-type]
        except (msgspec.DecodeError, UnicodeDecodeError):
            page: wire.Envelope[msgspec.Raw] = self._decode(body, wire.Envelope[msgspec.Raw], path)
            return page, _records(page.items or [], kind)
        return whole, Records(items=tuple(whole.items or ()))

    def _get(self, path: str, params: Params = ()) -> bytes:
        token = self._valid_token()
        try:
            return self._http.get(path, params=params, auth=Bearer(token.access_token)).body
        except Unauthorised:
            log.info("Acronis no longer takes our token; asking for another")
        token = self._valid_token(instead_of=token)
        return self._http.get(path, params=params, auth=Bearer(token.access_token)).body

    def _valid_token(self, instead_of: wire.Token | None = None) -> wire.Token:
        """Give the token in use, or a new one; only one thread asks for it."""
        with self._lock:
            known = self._token
            if known and known is not instead_of and self._wall() < self._renew_at:
                return known
            token = self._new_token()
            self._token, self._renew_at = token, _renew_at(token, self._wall())
            return token

    def _new_token(self) -> wire.Token:
        try:
            form = {"grant_type": "client_credentials"}
            reply = self._http.post_form(TOKEN_PATH, form=form, auth=self._basic)
        except Refused as error:
            remedy = "check source.url, the client id and its secret (Management Portal, Settings, API clients)"
            raise Refused(f"Acronis gave us no token ({error.what})", remedy=remedy) from None
        return self._decode(reply.body, wire.Token, "token")

    def _decode(self, body: bytes, kind: type[T], what: str) -> T:
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Unavailable(f"Acronis answered with something that is not its {what}") from None


def quarantined(kind: str, id_: str, reason: str) -> None:
    """Name a record that could not be understood, without showing it."""
    log.warning("quarantined: %s %s: %s", kind, id_[:80].encode("unicode_escape").decode() or "?", reason)


def _renew_at(token: wire.Token, now: float) -> float:
    """Say when to ask for another one; by a clock that runs ahead, not before this one is refused."""
    life = token.expires_on - now
    return token.expires_on - min(RENEW_BEFORE.total_seconds(), life / RENEW_SHARE) if life > 0 else math.inf


def _records(items: list[msgspec.Raw], kind: type[T]) -> Records[T]:
    good: list[T] = []
    for item in items:
        try:
            good.append(wire.read(item, kind))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            reason = str(error) if isinstance(error, msgspec.ValidationError) else "unreadable"
            quarantined(kind.__name__, wire.id_in(item), reason)
    return Records(items=tuple(good), odd=len(items) - len(good))


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _nanoseconds(moment: datetime) -> int:
    """Unix nanoseconds. The vendor's own example multiplies seconds by 10^6, and every alert matches."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
