"""The sandbox behind a real HTTP server: Acronis' paths, paging and manners, on this machine only."""

import base64
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from bot.net.http import JSON
from bot.sources.sandbox.world import Piece, Raised, World

TOKEN_PATH = "/api/2/idp/token"  # noqa: S105 - a path
CLIENTS_PATH = "/api/2/clients/"
TENANTS_PATH = "/api/2/tenants"
ACTIVITIES_PATH = "/api/task_manager/v2/activities"
ALERTS_PATH = "/api/alert_manager/v1/alerts"

LIMIT_DEFAULT, LIMIT_MAX = 100, 1000
TOKEN_LIFE = timedelta(hours=2)
CURSORS_KEPT = 64
JSON_TYPE = "application/json; charset=utf-8"
NGINX_401 = b"<html><head><title>401 Authorization Required</title></head><body>nginx</body></html>"

Params = list[tuple[str, str]]


class Fault(msgspec.Struct):
    """A misbehaviour of one path, for the next so many requests.

    Attributes:
        path: how the path begins.
        skip: requests that still go well before it begins.
        status: what is answered instead of the truth; 0 for the truth, told badly.
        cut: the connection breaks half-way through the body.
        drip_s: a pause between the bytes of the body.
        empty: a page without items and without a next one.
        same_cursor: an empty page, whose next one is always the same.
        new_cursors: an empty page, whose next one is always another.
    """

    path: str
    times: int = 1
    skip: int = 0
    status: int = 0
    headers: Mapping[str, str] = {}
    body: bytes = b""
    type: str = "text/html"
    cut: bool = False
    drip_s: float = 0.0
    empty: bool = False
    same_cursor: bool = False
    new_cursors: bool = False


class Request(msgspec.Struct, frozen=True):
    """What was asked, kept for tests."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...]
    user_agent: str


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    type: str = JSON_TYPE
    headers: Mapping[str, str] = {}


class Chain(msgspec.Struct, frozen=True):
    """A list being read page by page: what is left, and how each item is spelled."""

    path: str
    items: tuple[Any, ...]
    spell: Callable[[Any], JSON]


class Sandbox:
    """A simulated Acronis account, served. The moment shown is `clock()`."""

    def __init__(
        self,
        world: World,
        clock: Callable[[], datetime],
        *,
        faults: tuple[Fault, ...] = (),
        token_life: timedelta = TOKEN_LIFE,
        limit_max: int = LIMIT_MAX,
    ) -> None:
        self.world = world
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

    def fault_for(self, path: str) -> Fault | None:
        """Take the misbehaviour that is due now."""
        with self._lock:
            for fault in self.faults:
                if not path.startswith(fault.path) or fault.times <= 0:
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    def answer(self, request: Request, authorization: str, form: bytes) -> Answer:
        """Answer as Acronis would."""
        if request.method == "POST" and request.path == TOKEN_PATH:
            return self._token(authorization, form)
        if request.method != "GET":
            return _error(405, "General", "MethodNotAllowed")
        if not self._knows(authorization):
            if request.path.startswith(ALERTS_PATH):
                return Answer(401, NGINX_401, "text/plain")
            return _error(401, "Access", "Unauthorized")
        return self._get(request.path, list(request.params))

    def _token(self, authorization: str, form: bytes) -> Answer:
        basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if authorization != f"Basic {basic}":
            return _account_error(401, 1401, "Invalid client credentials")
        if dict(parse_qsl(form.decode())).get("grant_type") != "client_credentials":
            return _account_error(400, 1400, "Unsupported grant type")
        token, expires = secrets.token_urlsafe(32), time.time() + self._token_life.total_seconds()
        with self._lock:
            self._tokens[token] = expires
        return _json({"access_token": token, "expires_on": int(expires), "id_token": "", "token_type": "bearer"})

    def _knows(self, authorization: str) -> bool:
        with self._lock:
            return self._tokens.get(authorization.removeprefix("Bearer "), 0.0) > time.time()

    def _get(self, path: str, params: Params) -> Answer:
        if path == f"{CLIENTS_PATH}{self.client_id}":
            return _json({"client_id": self.client_id, "tenant_id": self.world.partner, "type": "api_client"})
        handlers = {
            TENANTS_PATH: self._tenants,
            ACTIVITIES_PATH: self._activities,
            ALERTS_PATH: self._alerts,
        }
        handler = handlers.get(path)
        if not handler:
            return _error(404, "General", "NotFound")
        try:
            return handler(params)
        except ValueError as error:
            return _error(400, "General", str(error))

    def _tenants(self, params: Params) -> Answer:
        known = dict(params)
        if "after" in known:
            _only(params, {"after"})
            return self._next(TENANTS_PATH, known["after"], self._limit_max)
        if known.get("subtree_root_id") != self.world.partner:
            raise ValueError("subtree_root_id is not yours")
        return self._page(Chain(TENANTS_PATH, tuple(self.world.tenants()), _itself), self._limit(known))

    def _activities(self, params: Params) -> Answer:
        known = dict(params)
        if "after" in known:
            _only(params, {"after", "limit", "lod"})
            return self._next(ACTIVITIES_PATH, known["after"], self._limit(known))
        odd = set(known) - {"updatedAt", "order", "lod", "limit", "state", "taskId"}
        if odd:
            raise ValueError(f"bad condition field '{min(odd)}'")
        now = self._clock()
        found = self._found(known, now)
        if known.get("order", "").startswith("desc"):
            found.reverse()

        def spelled(piece: Piece) -> JSON:
            return self.world.shown(piece, now)

        return self._page(Chain(ACTIVITIES_PATH, tuple(found), spelled), self._limit(known))

    def _found(self, known: Mapping[str, str], now: datetime) -> list[Piece]:
        if known.get("state") == "started":
            return self.world.running(now)
        if "taskId" in known:
            return self.world.of_task(int(known["taskId"]), now)
        return self.world.pieces(now, _since_rfc3339(known.get("updatedAt", "")))

    def _alerts(self, params: Params) -> Answer:
        known = dict(params)
        if "after" in known:
            _only(params, {"after", "limit"})
            return self._next(ALERTS_PATH, known["after"], self._limit(known))
        found = self.world.raised(self._clock(), _since_nanoseconds(known.get("updated_at", "")))

        def spelled(alert: Raised) -> JSON:
            return self.world.told(alert)

        return self._page(Chain(ALERTS_PATH, tuple(found), spelled), self._limit(known))

    def _limit(self, known: Mapping[str, str]) -> int:
        return max(1, min(int(known.get("limit", LIMIT_DEFAULT)), self._limit_max))

    def _next(self, path: str, cursor: str, limit: int) -> Answer:
        with self._lock:
            chain = self._cursors.get(cursor)
        if not chain or chain.path != path:
            raise ValueError("the cursor is not known")
        return self._page(chain, limit)

    def _page(self, chain: Chain, limit: int) -> Answer:
        """Give so many items, and a cursor when there are more."""
        page, left = chain.items[:limit], chain.items[limit:]
        cursors: dict[str, JSON] = {}
        if left:
            cursor = secrets.token_urlsafe(12)
            with self._lock:
                self._cursors[cursor] = Chain(chain.path, left, chain.spell)
                while len(self._cursors) > CURSORS_KEPT:
                    del self._cursors[next(iter(self._cursors))]
            cursors["after"] = cursor
        return _json({"items": [chain.spell(each) for each in page], "paging": {"cursors": cursors}})


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
        parts = urlsplit(self.path)
        form = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(
            method=self.command,
            path=parts.path,
            params=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            user_agent=self.headers.get("User-Agent", ""),
        )
        sandbox.requests.append(request)
        fault = sandbox.fault_for(parts.path)
        if fault and fault.status:
            self._say(Answer(fault.status, fault.body, fault.type, fault.headers), None)
            return
        answer = sandbox.answer(request, self.headers.get("Authorization", ""), form)
        self._say(_spoiled(answer, fault), fault)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _any  # noqa: N815 - http.server's names

    def _say(self, answer: Answer, fault: Fault | None) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for part in _parts(answer.body, fault):
            self.wfile.write(part)
            if fault:
                self.wfile.flush()
        if fault and fault.cut:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what was asked is in `Sandbox.requests`."""


def _parts(body: bytes, fault: Fault | None) -> Iterator[bytes]:
    if fault and fault.cut:
        yield body[: len(body) // 2]
    elif fault and fault.drip_s:
        for at in range(len(body)):
            yield body[at : at + 1]
            time.sleep(fault.drip_s)
    else:
        yield body


def _spoiled(answer: Answer, fault: Fault | None) -> Answer:
    if not fault or not (fault.empty or fault.same_cursor or fault.new_cursors):
        return answer
    cursors: dict[str, JSON] = {"after": "again"} if fault.same_cursor else {}
    if fault.new_cursors:
        cursors["after"] = secrets.token_urlsafe(12)
    return _json({"items": [], "paging": {"cursors": cursors}})


def _only(params: Params, allowed: set[str]) -> None:
    """`limit` "restricts usage of the query string parameters to `after`"."""
    odd = {name for name, _ in params} - allowed
    if odd:
        raise ValueError(f"'{min(odd)}' can not be used together with 'after'")


def _since_rfc3339(condition: str) -> datetime | None:
    return datetime.fromisoformat(_inside(condition)) if condition else None


def _since_nanoseconds(condition: str) -> datetime | None:
    if not condition:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(_inside(condition)) / 1000)


def _inside(condition: str) -> str:
    operator, _, rest = condition.partition("(")
    if operator not in ("ge", "gt") or not rest.endswith(")"):
        raise ValueError(f"bad condition '{condition}'")
    return rest[:-1]


def _itself(item: JSON) -> JSON:
    return item


def _json(body: JSON) -> Answer:
    return Answer(200, msgspec.json.encode(body))


def _error(status: int, domain: str, code: str) -> Answer:
    return Answer(status, msgspec.json.encode({"domain": domain, "code": code, "context": {}}))


def _account_error(status: int, code: int, message: str) -> Answer:
    told = {"code": code, "message": message, "details": {}, "context": {}, "domain": "PlatformAccountServer"}
    return Answer(status, msgspec.json.encode({"error": told}))
