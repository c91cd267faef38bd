"""The sandbox behind a real HTTP server: Acronis' paths, paging and manners, on this machine only."""

import base64
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from bot.net.http import JSON
from bot.sources.sandbox import lists, plans
from bot.sources.sandbox.answers import TOKEN_PATH, Answer, given, refused
from bot.sources.sandbox.faults import Fault, Seen, parts, spoiled
from bot.sources.sandbox.lists import Lists
from bot.sources.sandbox.roster import Workload
from bot.sources.sandbox.world import World, zulu

CLIENTS_PATH = "/api/2/clients/"
TENANTS_PATH = "/api/2/tenants"
ACTIVITIES_PATH = "/api/task_manager/v2/activities"
ALERTS_PATH = "/api/alert_manager/v1/alerts"
TYPES_PATH = "/api/alert_manager/v1/types"
POLICIES_PATH = "/api/policy_management/v4/policies"
APPLICATIONS_PATH = "/api/policy_management/v4/applications"
RESOURCES_PATH = "/api/resource_management/v4/resources"
STATUSES_PATH = "/api/resource_management/v4/resource_statuses"
BACKUPS_PATH = "/api/vault_manager/v1/backups"

LIMIT_DEFAULT, LIMIT_MAX = 100, 1000
IDS_MAX = 100  # of one filter; Resource and Policy Management v4
TOKEN_LIFE = timedelta(hours=2)
CURSORS_KEPT = 256
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# What each list may be asked with. What the OpenAPI names besides is refused: the sandbox does not play it.
PAGED = frozenset({"limit", "after"})
OF_TENANTS = PAGED | {"subtree_root_id", "lod", "allow_deleted"}
OF_ACTIVITIES = frozenset({"updatedAt", "order", "lod", "limit", "state", "taskId"})
OF_ALERTS = frozenset({"updated_at", "order", "limit", "show_deleted"})
OF_TYPES = frozenset({"os_type", "category", "order"})  # it has no pages
OF_POLICIES = PAGED | {
    "tenant_id",
    "types",
    "enabled",
    "policy_id",
    "include_settings",
    "include_settings_constraints",
    "include_applied_context",
}
OF_APPLICATIONS = PAGED | {
    "tenant_id",
    "context_id",
    "policy_id",
    "policy_type",
    "enabled_only",
    "include_deployment_errors",
    "include_status_events",
    "include_running_blockers",
    "include_validation_issues",
}
OF_RESOURCES = PAGED | {"tenant_id", "type", "resource_id", "is_group", "include_deleted", "include_attributes"}
OF_STATUSES = OF_RESOURCES - {"is_group"} | {"order"}
OF_BACKUPS = PAGED | {"created", "resourceId", "storageType", "backupType", "embed", "order", "showDeleted"}

Params = list[tuple[str, str]]


class Request(msgspec.Struct, frozen=True):
    """What was asked, kept for tests."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...]
    user_agent: str


class Chain(msgspec.Struct, frozen=True):
    """A list being read page by page: how far it was, and how each item is spelled once it is asked for.

    Attributes:
        head: what every page says beside its items; `total` goes among the cursors.
    """

    path: str
    items: Sequence[Any]
    spell: Callable[[Any], JSON]
    at: int = 0
    total: bool = False
    head: Mapping[str, JSON] = {}


class Sandbox:
    """A simulated Acronis account, served. The moment shown is `clock()`.

    Args:
        vault: False when the account does not let API clients into the Vault Manager (403).
        by_the_book: True for the words of the OpenAPI where the developer guide has others.
    """

    def __init__(
        self,
        world: World,
        clock: Callable[[], datetime],
        *,
        faults: tuple[Fault, ...] = (),
        token_life: timedelta = TOKEN_LIFE,
        limit_max: int = LIMIT_MAX,
        vault: bool = True,
        by_the_book: bool = False,
    ) -> None:
        self.world = world
        self._lists = Lists(world, by_the_book=by_the_book)
        self._vault = vault
        self.client_id = "3f0f7a52-5b0c-4d57-9d6e-000000000004"
        self.client_secret = secrets.token_urlsafe(24)
        self.faults = list(faults)
        self.requests: list[Request] = []
        self._clock = clock
        self._token_life = token_life
        self._limit_max = limit_max
        self._lock = threading.Lock()
        self._tokens: dict[str, float] = {}
        self._cursors: dict[str, Chain] = {}
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sandbox", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def forget_tokens(self) -> None:
        """Do what resetting the secret does: no token given so far is good any more."""
        with self._lock:
            self._tokens.clear()

    def fault_for(self, request: Request) -> Fault | None:
        """Take the misbehaviour that is due now."""
        asked = urlencode(request.params)
        with self._lock:
            return next((fault for fault in self.faults if fault.is_due(request.path, asked)), None)

    def misanswer(self, request: Request, fault: Fault, authorization: str, form: bytes) -> Answer:
        """Answer as Acronis would on a bad day."""
        if fault.expires:
            self.forget_tokens()
        hidden = self._seen(fault.client) if fault.client else None
        known = dict(request.params)
        if hidden and hidden.owns({"tenant_id": known.get("tenant_id", "")}):
            return refused(request.path, 403)
        if fault.limit_over and int(known.get("limit", "0")) > fault.limit_over:
            return refused(request.path, 400)
        if fault.status:
            return self._failed(request.path, fault)
        if fault.one_condition:
            first = dict(reversed(request.params))
            request = msgspec.structs.replace(request, params=tuple(first.items()))
        told = self.answer(request, authorization, form)
        if told.status != 200 and not (fault.is_empty and told.status == 400):  # its cursors are none of ours
            return told
        return Answer(200, spoiled(told.body, fault, hidden))

    def _failed(self, path: str, fault: Fault) -> Answer:
        """Say what the fault says, or else what the service would."""
        if fault.body:
            return Answer(fault.status, fault.body, fault.type, fault.headers)
        return msgspec.structs.replace(refused(path, fault.status), headers=fault.headers)

    def _seen(self, client: str) -> Seen:
        above = self.world.tenant(client)
        nodes = [each for each in self.world.nodes() if each.locator.startswith(above.locator)]
        return Seen(uuids=frozenset(each.uuid for each in nodes), numbers=frozenset(str(each.number) for each in nodes))

    def answer(self, request: Request, authorization: str, form: bytes) -> Answer:
        """Answer as Acronis would."""
        if request.method == "POST" and request.path == TOKEN_PATH:
            return self._token(authorization, form)
        if request.method != "GET":
            return refused(request.path, 405)
        if not self._knows(authorization):
            return refused(request.path, 401)
        return self._get(request.path, list(request.params))

    def _token(self, authorization: str, form: bytes) -> Answer:
        basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if authorization != f"Basic {basic}":
            return refused(TOKEN_PATH, 401, "Invalid client credentials")
        if dict(parse_qsl(form.decode())).get("grant_type") != "client_credentials":
            return refused(TOKEN_PATH, 400, "Unsupported grant type")
        token, expires = secrets.token_urlsafe(32), time.time() + self._token_life.total_seconds()
        with self._lock:
            self._tokens[token] = expires
        return given({"access_token": token, "expires_on": int(expires), "id_token": "", "token_type": "bearer"})

    def _knows(self, authorization: str) -> bool:
        with self._lock:
            return self._tokens.get(authorization.removeprefix("Bearer "), 0.0) > time.time()

    def _get(self, path: str, params: Params) -> Answer:
        if path == f"{CLIENTS_PATH}{self.client_id}":
            return given(self._itself())
        handlers = {
            TENANTS_PATH: self._tenants,
            ACTIVITIES_PATH: self._activities,
            ALERTS_PATH: self._alerts,
            TYPES_PATH: self._types,
            POLICIES_PATH: self._policies,
            APPLICATIONS_PATH: self._applications,
            RESOURCES_PATH: self._resources,
            STATUSES_PATH: self._statuses,
            BACKUPS_PATH: self._backups,
        }
        handler = handlers.get(path)
        if not handler:
            return refused(path, 404)
        try:
            return self._next(path, params) if "after" in dict(params) else handler(params)
        except ValueError as error:
            return refused(path, 400, str(error))

    # --- the account, what happened ---

    def _itself(self) -> JSON:
        """Spell the API client that asks."""
        return {
            "client_id": self.client_id,
            "tenant_id": self.world.partner,
            "type": "api_client",
            "data": {"client_name": "fortress"},
            "token_endpoint_auth_method": "client_secret_basic",
            "client_secret_expires_at": 0,
            "created_at": zulu(self.world.start),
            "created_by": self.world.uuid("administrator"),
            "last_access_at": zulu(self._clock()),
            "last_access_from_ip": None,
            "status": "enabled",
        }

    def _tenants(self, params: Params) -> Answer:
        known, now = _played(params, OF_TENANTS), self._clock()
        if known.get("subtree_root_id") != self.world.partner:
            raise ValueError("subtree_root_id is not yours")
        chain = Chain(TENANTS_PATH, self.world.tenants(now), _unchanged, head={"timestamp": zulu(now)})
        return self._page(chain, self._limit(known))

    def _activities(self, params: Params) -> Answer:
        known = dict(params)
        odd = set(known) - OF_ACTIVITIES
        if odd:
            raise ValueError(f"bad condition field '{min(odd)}'")
        now = self._clock()
        found = self._found(params, known, now)
        if known.get("order", "").startswith("desc"):
            found = found[::-1]

        def spelled(piece: int) -> JSON:
            return self.world.shown(self.world.piece(piece), now)

        return self._page(Chain(ACTIVITIES_PATH, found, spelled), self._limit(known))

    def _found(self, params: Params, known: Mapping[str, str], now: datetime) -> Sequence[int]:
        if ("state", "started") in params:
            return [each.id for each in self.world.running(now)]
        if "taskId" in known:
            return [each.id for each in self.world.of_task(int(known["taskId"]), now)]
        since, before = _span(params, "updatedAt", datetime.fromisoformat)
        return self.world.ids(now, since, before)

    def _alerts(self, params: Params) -> Answer:
        known = _played(params, OF_ALERTS)
        since, before = _span(params, "updated_at", _from_nanoseconds)
        found = self.world.raised(self._clock(), since, before)
        return self._page(Chain(ALERTS_PATH, found, self.world.told), self._limit(known))

    def _types(self, params: Params) -> Answer:
        system = _played(params, OF_TYPES).get("os_type", "")
        if system not in lists.SYSTEMS:
            raise ValueError("os_type is required: ios, linux, macos or windows")
        return given({"items": list(self._lists.alert_types(system))})

    # --- how everything stands ---

    def _policies(self, params: Params) -> Answer:
        known, now = _played(params, OF_POLICIES), self._clock()
        types, enabled = _listed(known, "types"), known.get("enabled")
        settings, context = (_yes(known, name) for name in ("include_settings", "include_applied_context"))
        wanted = [
            (plan, applied)
            for plan, applied in self._lists.plans(now)
            if self._is_of(applied[0], known)
            and (not types or types & {plan.type, plans.ROOT})
            and (enabled is None or (enabled == "true") == self.world.tenant(applied[0].client).enabled)
            and _meets(known, "policy_id", {self.world.plan_id(applied[0]), self.world.backup_plan_id(applied[0])})
        ]

        def spelled(item: Any) -> JSON:
            return self._lists.plan(*item, settings=settings, context=context)

        return self._list(POLICIES_PATH, wanted, spelled, known, now)

    def _applications(self, params: Params) -> Answer:
        known, now = _played(params, OF_APPLICATIONS), self._clock()
        wanted = [
            each
            for each in self.world.protected(now)
            if self._is_of(each, known)
            and ("context_id" not in known or _meets(known, "context_id", {self.world.workload_id(each)}))
            and (
                "policy_id" not in known
                or _meets(known, "policy_id", {self.world.plan_id(each), self.world.backup_plan_id(each)})
            )
            and _meets(known, "policy_type", {plans.ROOT, plans.plan_of(each).type})
            and (not _yes(known, "enabled_only") or self.world.tenant(each.client).enabled)
        ]

        def spelled(item: Workload) -> JSON:
            return self._lists.application(item, now)

        return self._list(APPLICATIONS_PATH, wanted, spelled, known, now)

    def _resources(self, params: Params) -> Answer:
        known, now = _played(params, OF_RESOURCES), self._clock()
        return self._list(RESOURCES_PATH, self._wanted(known, now), self._lists.resource, known, now)

    def _statuses(self, params: Params) -> Answer:
        known, now = _played(params, OF_STATUSES), self._clock()

        def spelled(item: Workload) -> JSON:
            return self._lists.status(item, now)

        return self._list(STATUSES_PATH, self._wanted(known, now), spelled, known, now)

    def _wanted(self, known: Mapping[str, str], now: datetime) -> list[Workload]:
        """Give the workloads a filter leaves; there are no groups, so that asking for them finds none."""
        if _yes(known, "is_group"):
            return []
        return [
            each
            for each in self.world.listed(now)
            if self._is_of(each, known)
            and _meets(known, "type", {self.world.resource_type(each)})
            and ("resource_id" not in known or _meets(known, "resource_id", {self.world.workload_id(each)}))
        ]

    def _backups(self, params: Params) -> Answer:
        if not self._vault:
            return refused(BACKUPS_PATH, 403)
        known = _played(params, OF_BACKUPS)
        if int(known.get("limit", "0")) > LIMIT_MAX:
            raise ValueError("limit: the maximum is 1000")
        since, before = _span(params, "created", datetime.fromisoformat)
        now = self._clock()
        made: Sequence[int] = self.world.backups(since, min(now, before or now))
        if known.keys() & {"resourceId", "storageType", "backupType"}:
            made = [each for each in made if self._is_in_vault(each, known)]
        if known.get("order", "").startswith("desc"):
            made = made[::-1]
        embed = frozenset(value for name, value in params if name == "embed")

        def spelled(item: int) -> JSON:
            return self._lists.backup(self.world.run(item), embed)

        return self._page(Chain(BACKUPS_PATH, made, spelled), self._limit(known))

    def _is_in_vault(self, made: int, known: Mapping[str, str]) -> bool:
        run = self.world.run(made)
        return (
            _meets(known, "resourceId", {self.world.workload_id(run.workload)})
            and _meets(known, "storageType", {lists.storage_type(run.workload)})
            and _meets(known, "backupType", {"full" if self.world.is_full(run) else "incremental"})
        )

    def _is_of(self, workload: Workload, known: Mapping[str, str]) -> bool:
        """Say whether a workload belongs to the tenants asked for, by number or by uuid."""
        home = self.world.home_of(workload)
        return _meets(known, "tenant_id", {home.uuid, str(home.number)})

    # --- pages ---

    def _limit(self, known: Mapping[str, str]) -> int:
        return max(1, min(int(known.get("limit", LIMIT_DEFAULT)), self._limit_max))

    def _list(
        self, path: str, items: Sequence[Any], spell: Callable[[Any], JSON], known: Mapping[str, str], now: datetime
    ) -> Answer:
        """Give a first page of Resource and Policy Management: it says how many there are, and when it was asked."""
        chain = Chain(path, items, spell, total=True, head={"timestamp": zulu(now)})
        return self._page(chain, self._limit(known))

    def _next(self, path: str, params: Params) -> Answer:
        """Give a next page. "limit restricts usage of the query string parameters to after"."""
        known = dict(params)
        odd = set(known) - (PAGED | ({"lod"} if path == ACTIVITIES_PATH else set()))
        if path == TENANTS_PATH:  # "only the cursor should be provided"
            odd = set(known) - {"after"}
        if odd:
            raise ValueError(f"'{min(odd)}' can not be used together with 'after'")
        with self._lock:
            chain = self._cursors.get(known["after"])
        if not chain or chain.path != path:
            raise ValueError("the cursor is not known")
        return self._page(chain, self._limit_max if path == TENANTS_PATH else self._limit(known))

    def _page(self, chain: Chain, limit: int) -> Answer:
        """Give so many items, and a cursor when there are more."""
        end = chain.at + limit
        cursors: dict[str, JSON] = {"total": len(chain.items)} if chain.total else {}
        if end < len(chain.items):
            cursor = secrets.token_urlsafe(12)
            with self._lock:
                self._cursors[cursor] = msgspec.structs.replace(chain, at=end)
                while len(self._cursors) > CURSORS_KEPT:
                    del self._cursors[next(iter(self._cursors))]
            cursors["after"] = cursor
        items = [chain.spell(each) for each in chain.items[chain.at : end]]
        return given({"items": items, "paging": {"cursors": cursors}, **chain.head})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A reader that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024  # head and body leave together; apart they meet Nagle and a delayed acknowledgement
    disable_nagle_algorithm = True
    timeout = 30

    def _any(self) -> None:
        sandbox = self.server.sandbox
        asked = urlsplit(self.path)
        form = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(
            method=self.command,
            path=asked.path,
            params=tuple(parse_qsl(asked.query, keep_blank_values=True)),
            user_agent=self.headers.get("User-Agent", ""),
        )
        sandbox.requests.append(request)
        authorization = self.headers.get("Authorization", "")
        fault = sandbox.fault_for(request)
        if fault:
            self._say(sandbox.misanswer(request, fault, authorization, form), None if fault.status else fault)
        else:
            self._say(sandbox.answer(request, authorization, form), None)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _any  # noqa: N815 - http.server's names

    def _say(self, answer: Answer, fault: Fault | None) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for part in parts(answer.body, fault):
            self.wfile.write(part)
            if fault:
                self.wfile.flush()
        if fault and fault.cut:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what was asked is in `Sandbox.requests`."""


def _played(params: Params, allowed: frozenset[str]) -> dict[str, str]:
    odd = {name for name, _ in params} - allowed
    if odd:
        raise ValueError(f"the sandbox does not play '{min(odd)}'")
    return dict(params)


def _span(params: Params, name: str, read: Callable[[str], datetime]) -> tuple[datetime | None, datetime | None]:
    """Read a time filter, which may be given twice: from, and up to, both included."""
    since, before = list[datetime](), list[datetime]()
    for condition in (value for key, value in params if key == name):
        operator, _, rest = condition.partition("(")
        if operator not in ("ge", "gt", "le", "lt") or not rest.endswith(")"):
            raise ValueError(f"bad condition '{condition}'")
        moment = read(rest[:-1])
        if operator in ("ge", "gt"):
            since.append(moment + MICROSECOND * (operator == "gt"))
        else:
            before.append(moment - MICROSECOND * (operator == "lt"))
    return max(since, default=None), min(before, default=None)


def _from_nanoseconds(spelled: str) -> datetime:
    return EPOCH + timedelta(microseconds=int(spelled) // 1000)


def _listed(known: Mapping[str, str], name: str) -> set[str]:
    """Read a filter of one or more values: `a`, `a,b` or `or(a,b)`."""
    given = known.get(name, "")
    inside = given[3:-1] if given.startswith("or(") and given.endswith(")") else given
    values = {each.strip().lower() for each in inside.split(",") if each.strip()}
    if len(values) > IDS_MAX:
        raise ValueError(f"{name}: no more than {IDS_MAX} items")
    return values


def _meets(known: Mapping[str, str], name: str, values: set[str]) -> bool:
    wanted = _listed(known, name) if name in known else set()
    return not wanted or bool(wanted & {each.lower() for each in values})


def _yes(known: Mapping[str, str], name: str) -> bool:
    return known.get(name, "").lower() == "true"


def _unchanged(item: JSON) -> JSON:
    return item
