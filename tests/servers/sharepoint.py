"""A small Microsoft Graph before one SharePoint site: lists, items, batches, the library, grants, faults on request.

It refuses what the real one refuses, counts what is asked and what it costs, and takes nothing away: DELETE is answered
405 and kept as an offence. What happens to one part of a batch happens to that part alone.
"""

import json
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from tests.servers.played import Fault
from tests.servers.sharepoint_query import Problem
from tests.servers.sharepoint_site import Ask, Site, Told

BATCH_MAX = 20
TOO_MANY = Fault(429, "activityLimitReached", retry_after="7")
AWAY = Fault(503, "serviceNotAvailable", retry_after="3")
OUT_OF_ORDER = Fault(502, body="<html>502</html>")
LOST = Fault(504, "gatewayTimeout", accept=True)  # done, and nobody is told; inside a batch, too
STALE = Fault(412, "resourceModified")


class Planned(msgspec.Struct):
    """A fault, and which call it is meant for.

    Attributes:
        inside: True for a part of a batch, False for a call of its own, None for either.
        after: how many such calls go well before it.
    """

    fault: Fault
    method: str = ""
    path: str = ""
    inside: bool | None = None
    after: int = 0

    def meets(self, ask: Ask) -> bool:
        fits = self.method in ("", ask.method) and self.path in ask.path and self.inside in (None, ask.inside)
        self.after -= fits
        return fits and self.after < 0


class SharePoint:
    """The running server. `site` holds what a person would see; `lock` guards it and what is remembered.

    Attributes:
        url: the address of Graph, as `https://graph.microsoft.com/v1.0`.
        links: how it calls itself in the addresses it gives; another one when something stands before it.
        rights: role ("read", "write", "manage", "fullcontrol") by token; {} when every token may do everything.
        asks: every call in its order, each part of a batch after the batch itself.
        units: what all of it cost, in resource units. `units_max` of them are given before it answers 429.
        offences: what must never be asked.
        before, after: called with each call, and each part of a batch, as it comes in and once it is done.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.site = Site()
        self.rights: dict[str, str] = {}
        self.asks: list[Ask] = []
        self.units, self.units_max = 0, 0
        self.offences: list[str] = []
        self.before: Callable[[Ask], None] = lambda _: None
        self.after: Callable[[Ask], None] = lambda _: None
        self._faults: list[Planned] = []
        self._closing = threading.Event()
        self._shuffled = random.Random(7)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.playing = self
        self.url = self.links = f"http://127.0.0.1:{self._server.server_address[1]}/v1.0"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def fail(
        self, *faults: Fault, method: str = "", path: str = "", inside: bool | None = None, after: int = 0
    ) -> None:
        """Let calls go wrong, one fault each: the next ones of that method whose path holds `path`."""
        with self.lock:
            self._faults += [
                Planned(fault, method, path, inside, after if n == 0 else 0) for n, fault in enumerate(faults)
            ]

    @property
    def faults_left(self) -> int:
        """Count the faults that no call has met yet."""
        return len(self._faults)

    def asked(self, method: str, path: str = "") -> list[Ask]:
        """Give the calls, and parts of batches, of a method whose path holds `path`."""
        with self.lock:
            return [ask for ask in self.asks if ask.method == method and path in ask.path]

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def hold(self) -> None:
        self._closing.wait()

    def take(self, ask: Ask) -> tuple[Told, Fault]:
        """Do one call, or one part of a batch, with the fault it meets."""
        self.before(ask)
        with self.lock:
            self.asks.append(ask)
            fault = next((one for one in self._faults if one.meets(ask)), None)
            if fault is not None:
                self._faults.remove(fault)
            told = self._told(ask) if fault is None or fault.fault.accept else Told(0, {})
        if fault is not None and not (fault.fault.drop or fault.fault.silent):
            told = _refusal(fault.fault)
        self.after(ask)
        return told, fault.fault if fault is not None else Fault()

    def _told(self, ask: Ask) -> Told:
        try:
            self._admit(ask)
            if ask.path == "/$batch" and ask.method == "POST":
                return Told(200, {"responses": self._batch(ask)})
            return self.site.answer(ask, self.links)
        except Problem as problem:
            return Told(problem.status, _error(problem.code, problem.message), problem_headers(problem))

    def _admit(self, ask: Ask) -> None:
        if ask.method == "DELETE":
            self.offences.append(f"DELETE {ask.path}")
            raise Problem(405, "methodNotAllowed", "nothing is deleted here")
        if ask.path.startswith("/uploads/"):
            if ask.headers.get("authorization"):
                self.offences.append(f"a token was sent to {ask.path}")
                raise Problem(401, "unauthenticated", "an upload's address is all it needs")
            return
        token = ask.headers.get("authorization", "").removeprefix("Bearer ")
        if not token or (self.rights and token not in self.rights):
            raise Problem(401, "InvalidAuthenticationToken", "Access token is missing, empty or not known.")
        ask.role = self.rights.get(token, "fullcontrol")
        self.units += ask.units
        if self.units_max and self.units > self.units_max:
            raise Problem(429, "activityLimitReached", "The request has been throttled")

    def _batch(self, batch: Ask) -> list[dict[str, Any]]:
        """Do the parts of a batch in no order, but after those they depend on, and tell them in no order."""
        parts = batch.body.get("requests") if isinstance(batch.body, dict) else None
        if batch.inside or not isinstance(parts, list) or not 0 < len(parts) <= BATCH_MAX:
            raise Problem(400, "BadRequest", f"A batch holds from 1 to {BATCH_MAX} requests")
        ids = [part.get("id") for part in parts]
        if len(set(ids)) < len(ids) or not all(isinstance(ident, str) and ident for ident in ids):
            raise Problem(400, "BadRequest", "Each request of a batch has an id of its own, a string")
        self._shuffled.shuffle(parts)
        done: dict[str, dict[str, Any]] = {}
        while waiting := [part for part in parts if part["id"] not in done]:
            ready = [part for part in waiting if all(ident in done for ident in part.get("dependsOn", []))]
            if not ready:
                raise Problem(400, "BadRequest", "Requests depend on each other in a circle")
            done.update({part["id"]: self._part(part, batch, done) for part in ready})
        told = list(done.values())
        self._shuffled.shuffle(told)
        return told

    def _part(self, part: Mapping[str, Any], batch: Ask, done: Mapping[str, Any]) -> dict[str, Any]:
        if any(done[ident]["status"] >= 400 for ident in part.get("dependsOn", [])):
            return {"id": part["id"], "status": 424, "headers": {}, "body": _error("failedDependency", "not tried")}
        headers = {name.lower(): str(value) for name, value in part.get("headers", {}).items()}
        headers = {"authorization": batch.headers.get("authorization", ""), **headers}
        body = part.get("body")
        if body is not None and "json" not in headers.get("content-type", ""):
            told = Told(400, _error("BadRequest", "A body wants the header Content-Type"))
        else:
            told, _ = self.take(asking(part["method"], part["url"], headers, body, inside=True))
        return {"id": part["id"], "status": told.status, "headers": dict(told.headers), "body": told.body}


def asking(method: str, url: str, headers: Mapping[str, str], body: Any, *, inside: bool = False) -> Ask:
    split = urlsplit(url)
    query = dict(parse_qsl(split.query, keep_blank_values=True))
    return Ask(method, unquote(split.path), query, dict(headers), body, inside)


def problem_headers(problem: Problem) -> dict[str, str]:
    return {"Retry-After": "11"} if problem.status == 429 else {}


def _refusal(fault: Fault) -> Told:
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    return Told(fault.status, fault.body or _error(fault.error, "said by a fault"), headers)


def _error(code: str, message: str) -> dict[str, Any]:
    inner = {"date": "2026-03-04T06:45:00", "request-id": "0e5b2f3c-0000-4000-8000-000000000001"}
    return {"error": {"code": code, "message": message, "innerError": inner}}


class _Server(ThreadingHTTPServer):
    playing: SharePoint
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: who hangs up early has its reasons."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        server: Any = self.server
        playing: SharePoint = server.playing
        said = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = json.loads(said) if said and "json" in headers.get("content-type", "") else said
        told, fault = playing.take(asking(self.command, self.path.removeprefix("/v1.0"), headers, body))
        if fault.silent:
            playing.hold()
        if fault.drop or fault.silent:
            self.close_connection = True
            return
        self._say(told, headers)

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_PATCH(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def _say(self, told: Told, heard: Mapping[str, str]) -> None:
        data = told.body.encode() if isinstance(told.body, str) else json.dumps(told.body).encode()
        data = b"" if told.status == 204 else data
        with suppress(OSError):
            self.send_response(told.status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("client-request-id", heard.get("client-request-id", ""))
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@contextmanager
def sharepoint() -> Iterator[SharePoint]:
    running = SharePoint()
    try:
        yield running
    finally:
        running.close()
