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
from bot.net.http import ANY_PATH, Basic, Bearer, Cut, Http, Params, Unacceptable, Unauthorised
from bot.sources.acronis import wire

TOKEN_PATH = "/api/2/idp/token"  # noqa: S105 - a path
CLIENTS_PATH = "/api/2/clients"
TENANTS_PATH = "/api/2/tenants"
ACTIVITIES_PATH = "/api/task_manager/v2/activities"
ALERTS_PATH = "/api/alert_manager/v1/alerts"
ALERT_TYPES_PATH = "/api/alert_manager/v1/types"
POLICIES_PATH = "/api/policy_management/v4/policies"
APPLICATIONS_PATH = "/api/policy_management/v4/applications"
STATUSES_PATH = "/api/resource_management/v4/resource_statuses"
BACKUPS_PATH = "/api/vault_manager/v1/backups"

# All that may ever be sent. An unfiltered DELETE would dismiss every alert of the account (Alert Manager v1).
ALLOWED = frozenset({("GET", ANY_PATH), ("POST", TOKEN_PATH)})

RENEW_BEFORE = timedelta(minutes=15)  # as the vendor's own examples do: expires_on - now < 900
TOKEN_LIFE = timedelta(hours=2)  # the developer guide's, for a token that does not say when it ends
RENEW_SHARE = 8  # a token that lives shorter than two hours is renewed in the last eighth of its life
EMPTY_MAX = 3  # pages in a row without a record, before we no longer believe that more will come
PAGE_SIZE = 500  # no maximum is published for the task manager; 10 to 1,000 are in use
PAGE_SIZE_MIN = 50  # a refused page is halved down to this
REQUESTS_MAX = 10_000  # for one reading, tries not counted: 50,000 workloads take about 700 at 500 records a page

T = TypeVar("T")
log = logging.getLogger(__name__)


class Records(msgspec.Struct, Generic[T], frozen=True):
    """One page, decoded. `odd` counts the records that could not be understood; `more` says that a page follows."""

    items: tuple[T, ...]
    odd: int = 0
    more: bool = False


class Client:
    """Reads one Acronis account, and can do nothing else.

    Safe to use from several threads. Raises Unavailable and Refused, nothing else.

    Args:
        requests_max: how many requests one reading may take; after that all is Unavailable until `begin`.
    """

    def __init__(
        self,
        http: Http,
        *,
        client_id: str,
        client_secret: str,
        page_size: int = PAGE_SIZE,
        requests_max: int = REQUESTS_MAX,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._http = http
        self._client_id = client_id
        self._basic = Basic(client_id, client_secret)
        self._page_size = page_size
        self._smaller: dict[str, int] = {}
        self._requests_max = self._requests_left = requests_max
        self._wall = wall
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._token: wire.Token | None = None
        self._renew_at = 0.0

    def begin(self) -> None:
        """Start a reading: its budget is whole again, and pages may be as large as configured."""
        with self._counting:
            self._requests_left = self._requests_max
            self._smaller.clear()

    def own_tenant(self) -> str:
        """Give the uuid of the tenant our API client was made in."""
        return self._decode(self._get(f"{CLIENTS_PATH}/{self._client_id}"), wire.ApiClient, "our API client").tenant_id

    def tenants(self, root: str) -> Iterator[Records[wire.Tenant]]:
        """Read the tree below and with a tenant, deleted ones included."""
        first = (("subtree_root_id", root), ("lod", "full"), ("allow_deleted", "true"))
        return self._pages(TENANTS_PATH, first, wire.Tenant, cursor_alone=True)

    def activities(self, since: datetime) -> Iterator[Records[wire.Activity]]:
        """Read every client's activities that changed at or after a moment, oldest change first.

        The filter takes a single entry (Task Manager v2): where to stop is for the reader to see.
        """
        chosen = (("updatedAt", f"ge({_rfc3339(since)})"), ("order", "asc(updatedAt)"))
        return self._activities(*chosen)

    def started(self) -> Iterator[Records[wire.Activity]]:
        """Read the activities that run now, or wait for somebody, also those that have not changed for long."""
        return self._activities(("state", "started"), ("state", "paused"))

    def task(self, task_id: str) -> Iterator[Records[wire.Activity]]:
        """Read all activities of one task."""
        return self._activities(("taskId", task_id))

    def alerts(self, since: datetime) -> Iterator[Records[wire.Alert]]:
        """Read the alerts that changed at or after a moment, oldest change first; also those dismissed since.

        A dismissed alert is shown only when asked for, and its run still has no other witness of where it went.
        """
        changed = (("updated_at", f"ge({_nanoseconds(since)})"), ("order", "asc(updated_at)"))
        return self._pages(ALERTS_PATH, (*changed, ("show_deleted", "true")), wire.Alert)

    def alert_types(self) -> Iterator[Records[wire.AlertType]]:
        """Read which types of alert there are. The vendor wants an operating system; backup types know them all."""
        return self._pages(ALERT_TYPES_PATH, (("os_type", "windows"),), wire.AlertType, sized=False)

    def policies(self) -> Iterator[Records[wire.Policy]]:
        """Read every plan with its settings, parents and children alike; not with what else could be set."""
        wanted = (("include_settings", "true"), ("include_settings_constraints", "false"))
        return self._pages(POLICIES_PATH, wanted, wire.Policy, nested=True)

    def applications(self) -> Iterator[Records[wire.Application]]:
        """Read which policy is on which resource."""
        return self._pages(APPLICATIONS_PATH, (), wire.Application, nested=True)

    def statuses(self, tenant: str = "") -> Iterator[Records[wire.Status]]:
        """Read every resource and how its policies fare; of one tenant alone when its uuid is given."""
        return self._pages(STATUSES_PATH, (("tenant_id", tenant),) if tenant else (), wire.Status)

    def backups(self, since: datetime) -> Iterator[Records[wire.Backup]]:
        """Read what was stored after a moment. Whether an API client may is not documented: expect a refusal."""
        return self._pages(BACKUPS_PATH, (("created", f"gt({_rfc3339(since)})"),), wire.Backup, renewing=False)

    def close(self) -> None:
        self._http.close()

    def _activities(self, *chosen: tuple[str, str]) -> Iterator[Records[wire.Activity]]:
        # "limit restricts usage of the query string parameters to after": sending the filters again is refused
        return self._pages(ACTIVITIES_PATH, chosen, wire.Activity, every=(("lod", "full"),))

    def _pages(
        self,
        path: str,
        first: Params,
        kind: type[T],
        *,
        every: Params = (),
        cursor_alone: bool = False,
        sized: bool = True,
        nested: bool = False,
        renewing: bool = True,
    ) -> Iterator[Records[T]]:
        """Follow the cursors to the end. Cursors that lead nowhere end the chain with Unavailable.

        Args:
            first: asked for on the first page only; `every`, on all of them.
            cursor_alone: the next page takes no limit ("only the cursor should be provided").
            sized: False for a list that takes no limit at all.
            nested: the items may be lists, or objects that hold a tree.
            renewing: False where a 401 is an answer, and no reason to ask for another token while this one is good.
        """
        chosen, limited, seen, empty = (*first, *every), sized, set[str](), 0
        while True:
            body, size = self._turned(path, chosen, limited=limited, renewing=renewing)
            page, records = self._trees(body, kind, path) if nested else self._page(body, kind, path)
            yield records
            if not page.after:
                if limited and len(page.items or ()) >= size:
                    self._surely_last(path, chosen, size, renewing=renewing)
                return
            if page.after in seen:
                raise Unavailable(f"Acronis repeats a page of {path}; the rest of it was not read")
            empty = 0 if page.items else empty + 1
            if empty == EMPTY_MAX:
                raise Unavailable(f"Acronis gives empty pages of {path} without end; the rest of it was not read")
            seen.add(page.after)
            chosen, limited = (*every, ("after", page.after)), sized and not cursor_alone

    def _surely_last(self, path: str, chosen: Params, size: int, *, renewing: bool) -> None:
        """Make sure that a full page without a cursor is the last one: a smaller page of the same must have a cursor.

        Raises:
            Unavailable: it has none either. Then the cursors are not where they were, and there may be more.
        """
        smaller = max(size - 1, 1)
        body = self._get(path, (*chosen, ("limit", str(smaller))), renewing=renewing)
        page: wire.Envelope[msgspec.Raw] = self._decode(body, wire.Envelope[msgspec.Raw], path)
        if not page.after and len(page.items or ()) >= smaller:
            raise Unavailable(f"Acronis gives full pages of {path} without a next one; the rest of it was not read")

    def _turned(self, path: str, chosen: Params, *, limited: bool, renewing: bool) -> tuple[bytes, int]:
        """Get a page, and how many records it was asked for; of one that is too large, ask for half.

        A size is remembered for the rest of the reading once it was accepted: a request may be refused for other
        reasons.
        """
        size = self._smaller.get(path, self._page_size)
        while True:
            params = (*chosen, ("limit", str(size))) if limited else chosen
            try:
                body = self._get(path, params, renewing=renewing)
            except (Unacceptable, Cut) as error:
                if not limited or size <= PAGE_SIZE_MIN:
                    raise
                smaller = max(size // 2, PAGE_SIZE_MIN)
                log.info(
                    "a page of %s is asked for again, with %d records instead of %d: %s", path, smaller, size, error
                )
                size = smaller
                continue
            if size < self._page_size:
                self._smaller[path] = min(size, self._smaller.get(path, size))
            return body, size

    def _page(self, body: bytes, kind: type[T], path: str) -> tuple[wire.Envelope[Any], Records[T]]:
        """Decode a page at once; when one record spoils it, record by record."""
        try:
            whole = msgspec.json.decode(body, type=wire.Envelope[kind])  # type: ignore[valid-type]
        except (msgspec.DecodeError, UnicodeDecodeError):
            page: wire.Envelope[msgspec.Raw] = self._decode(body, wire.Envelope[msgspec.Raw], path)
            return page, _records(page.items or [], kind, more=bool(page.after))
        return whole, Records(items=tuple(whole.items or ()), more=bool(whole.after))

    def _trees(self, body: bytes, kind: type[T], path: str) -> tuple[wire.Envelope[Any], Records[T]]:
        """Decode a page of trees, record by record."""
        page: wire.Envelope[msgspec.Raw] = self._decode(body, wire.Envelope[msgspec.Raw], path)
        found, odd = list[msgspec.Raw](), 0
        for item in page.items or ():
            try:
                found += wire.flat(item)
            except (msgspec.DecodeError, UnicodeDecodeError):
                odd += 1
                quarantined(kind.__name__, "", "neither a record nor a list of them")
        records = _records(found, kind, more=bool(page.after))
        return page, msgspec.structs.replace(records, odd=records.odd + odd)

    def _get(self, path: str, params: Params = (), *, renewing: bool = True) -> bytes:
        self._spend()
        token = self._valid_token()
        try:
            return self._http.get(path, params=params, auth=Bearer(token.access_token)).body
        except Unauthorised:
            if not renewing and self._is_good(token):
                raise
            log.info("Acronis no longer takes our token; asking for another")
        token = self._valid_token(instead_of=token)
        return self._http.get(path, params=params, auth=Bearer(token.access_token)).body

    def _is_good(self, token: wire.Token) -> bool:
        """Tell a refusal from a token that has ended: ask what any token may ask, with a new one if need be."""
        self.own_tenant()
        return self._token is token

    def _spend(self) -> None:
        with self._counting:
            if self._requests_left <= 0:
                raise Unavailable(f"the {self._requests_max} requests allowed for one reading are used up")
            self._requests_left -= 1

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
    ends = now + (token.expires_in or TOKEN_LIFE.total_seconds()) if token.expires_on is None else token.expires_on
    life = ends - now
    return ends - min(RENEW_BEFORE.total_seconds(), life / RENEW_SHARE) if life > 0 else math.inf


def _records(items: list[msgspec.Raw], kind: type[T], *, more: bool) -> Records[T]:
    good: list[T] = []
    for item in items:
        try:
            good.append(wire.read(item, kind))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            reason = str(error) if isinstance(error, msgspec.ValidationError) else "unreadable"
            quarantined(kind.__name__, wire.id_in(item), reason)
    return Records(items=tuple(good), odd=len(items) - len(good), more=more)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _nanoseconds(moment: datetime) -> int:
    """Unix nanoseconds. The vendor's own example multiplies seconds by 10^6, and every alert matches."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
