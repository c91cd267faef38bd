"""A server that plays one HaloPSA: what its API wants is wanted here, and what it would refuse is refused.

Whoever asks for what its documents do not list (a parameter, a field, a body that is no list) is refused too, so that
a slip shows. Faults are answered instead of, or after, what was asked for.

Source:
    Halo's OpenAPI document as kept by github.com/covenanttechnologysolutions/halopsa-rest (2026)
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CLIENT_ID, SECRET, TENANT = "app-1", "halo-secret-1", "acme"
SCOPES = frozenset({"read:tickets", "edit:tickets", "read:customers"})
PAGING = frozenset({"pageinate", "page_size", "page_no", "order"})
TAKES = {
    "/Tickets": PAGING
    | {"third_party_id_string", "open_only", "closed_only", "ticketids", "includestatus", "includeagent"},
    "/Actions": frozenset({"ticket_id", "count", "excludesys", "includehtmlnote"}),
    "/Client": PAGING,
    "/Status": frozenset({"type"}),
    "/TicketType": frozenset(),
}
TICKET = frozenset(
    {
        "id", "summary", "details_html", "client_id", "site_id", "tickettype_id", "status_id", "third_party_id_string",
        "team", "priority_id",
    }
)  # fmt: skip
ACTION = frozenset({"ticket_id", "outcome", "note_html", "hiddenfromuser", "sendemail"})
LOST = "lost"  # done, and the answer never comes


class HaloServer:
    """The running instance.

    Attributes:
        tickets, actions: what it holds, by id and in order.
        asked: (method, path with its query) of each call to the API.
        faults: by `METHOD /path`, what comes instead, each once: a status, a (status, body, headers), or LOST.
        lists_key: whether lists show the third-party id.
        finds_key: whether that filter is obeyed.
        bare: whether lists come without a count beside them.
    """

    def __init__(self) -> None:
        self.tickets: dict[int, dict[str, Any]] = {}
        self.actions: list[dict[str, Any]] = []
        self.clients = {12: "Acme", 13: "Fenn", 14: "Kite", 1: "Our own"}
        self.statuses = {1: "New", 2: "In Progress", 8: "Resolved", 9: "Closed"}
        self.types = {21: "Alert", 22: "Request"}
        self.asked: list[tuple[str, str]] = []
        self.signed_in = 0
        self.faults: dict[str, list[Any]] = {}
        self.lists_key = self.finds_key = True
        self.bare = False
        self.tokens: set[str] = set()
        self.expires_in = 3600
        self._next = 4411
        self._lock = threading.Lock()
        playing = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(None)

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            def _answer(self, body: bytes | None) -> None:
                with playing._lock:
                    told = playing.answer(self.command, self.path, dict(self.headers), body)
                if told is None:
                    self.close_connection = True
                    return
                status, said, headers = told
                data = json.dumps(said).encode() if not isinstance(said, bytes) else said
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def posts(self, path: str) -> int:
        return sum(asked == ("POST", path) for asked in self.asked)

    def close_by_hand(self, id: int, agent: str = "Ann") -> None:
        self.tickets[id] |= {"status_id": 9, "agent_name": agent}

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes | None) -> Any:
        parts = urlsplit(target)
        query = {name: said[0] for name, said in parse_qs(parts.query, keep_blank_values=True).items()}
        if parts.path == "/auth/token":
            return self._sign_in(method, query, headers, body or b"")
        path = parts.path.removeprefix("/api")
        self.asked.append((method, f"{path}{'?' if parts.query else ''}{parts.query}"))
        fault = self._fault(f"{method} {path}")
        if fault is not None and fault != LOST:
            return fault if isinstance(fault, tuple) else (fault, {"message": f"told to say {fault}"}, {})
        told = self._done(method, path, query, headers, body)
        return None if fault == LOST else (*told, {"Content-Type": "application/json"})

    def _fault(self, call: str) -> Any:
        waiting = self.faults.get(call, [])
        return waiting.pop(0) if waiting else None

    def _sign_in(self, method: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Any:
        fault = self._fault("POST /auth/token")
        if fault is not None:
            return None if fault == LOST else (fault, b"<html>oh</html>", {})
        form = {name: said[0] for name, said in parse_qs(body.decode()).items()}
        is_form = headers.get("Content-Type") == "application/x-www-form-urlencoded"
        if method != "POST" or not is_form or form.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}, {}
        if (form.get("client_id"), form.get("client_secret"), query.get("tenant")) != (CLIENT_ID, SECRET, TENANT):
            return 400, {"error": "invalid_client", "error_description": "The client is not known."}, {}
        if set(form.get("scope", "").split()) != SCOPES:
            return 400, {"error": "invalid_scope"}, {}
        self.signed_in += 1
        token = f"token-{self.signed_in}"
        self.tokens = {token}
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in}, {}

    def _done(self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes | None) -> Any:
        if headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return 401, {"message": "Authorization has been denied for this request."}
        if method == "POST":
            return self._made(path, headers, body or b"")
        whole, _, id = path.rpartition("/")
        if whole == "/Tickets" and not query:
            found = self.tickets.get(int(id))
            return (200, self._told(found, alone=True)) if found else (404, "Not Found")
        if path not in TAKES or set(query) - TAKES[path]:
            return 400, f"not in the documents: {path} {sorted(set(query) - TAKES.get(path, frozenset()))}"
        if "page_size" in query and (query.get("pageinate") != "true" or int(query["page_size"]) > 100):
            return 400, "pages hold 100 at most, and are asked for"
        return 200, self._listed(path, query)

    def _listed(self, path: str, query: dict[str, str]) -> Any:
        if path == "/Tickets":
            rows = [self._told(each) for each in self._found(query)]
            return self._page(rows, query, "tickets")
        if path == "/Actions":
            return self._page([a for a in self.actions if str(a["ticket_id"]) == query["ticket_id"]], {}, "actions")
        named = {"/Client": self.clients, "/Status": self.statuses, "/TicketType": self.types}[path]
        rows = [{"id": id, "name": name} for id, name in named.items()]
        return self._page(rows, query, "clients") if path == "/Client" else rows

    def _found(self, query: dict[str, str]) -> list[dict[str, Any]]:
        found = list(self.tickets.values())
        if "ticketids" in query:
            found = [each for each in found if each["id"] in map(int, query["ticketids"].split(","))]
        if "third_party_id_string" in query and self.finds_key:
            found = [each for each in found if each.get("third_party_id_string") == query["third_party_id_string"]]
        return found

    def _page(self, rows: list[Any], query: dict[str, str], under: str) -> Any:
        if "page_size" in query:
            size, number = int(query["page_size"]), int(query["page_no"])
            count, rows = len(rows), rows[(number - 1) * size : number * size]
        else:
            count = len(rows)
        return rows if self.bare else {"record_count": count, under: rows}

    def _told(self, ticket: dict[str, Any], *, alone: bool = False) -> dict[str, Any]:
        shown = {"status_name": self.statuses[ticket["status_id"]], **ticket}
        return shown if alone or self.lists_key else {k: v for k, v in shown.items() if k != "third_party_id_string"}

    def _made(self, path: str, headers: dict[str, str], body: bytes) -> Any:
        if not headers.get("Content-Type", "").startswith("application/json"):
            return 415, "JSON only"
        said = json.loads(body)
        if not isinstance(said, list) or len(said) != 1 or not isinstance(said[0], dict):
            return 400, "a list of one is wanted"
        if path == "/Tickets":
            return self._changed(said[0]) if "id" in said[0] else self._raised(said[0])
        return self._noted(said[0]) if path == "/Actions" else (404, "Not Found")

    def _raised(self, ticket: dict[str, Any]) -> Any:
        if set(ticket) - TICKET:
            return 400, f"not in the documents: {sorted(set(ticket) - TICKET)}"
        if not ticket.get("summary") or not ticket.get("details_html"):
            return 400, "Please enter a summary and details"
        if ticket.get("tickettype_id") not in self.types:
            return 400, "Please choose a ticket type"
        if ticket.get("client_id") not in self.clients:
            return 400, "Please choose a client"
        made = {"id": self._next, "status_id": 1, **ticket}
        self._next += 1
        self.tickets[made["id"]] = made
        return 201, self._told(made, alone=True)

    def _changed(self, change: dict[str, Any]) -> Any:
        if set(change) != {"id", "status_id"}:
            return 400, f"more than a status: {sorted(change)}"
        if change["id"] not in self.tickets:
            return 404, "Not Found"
        if change["status_id"] not in self.statuses:
            return 400, "There is no such status"
        self.tickets[change["id"]] |= change
        return 201, self._told(self.tickets[change["id"]], alone=True)

    def _noted(self, action: dict[str, Any]) -> Any:
        if set(action) - ACTION or not isinstance(action.get("ticket_id"), int) or not action.get("outcome"):
            return 400, "not as in the documents"
        if action["ticket_id"] not in self.tickets:
            return 404, "Not Found"
        self.actions.append({"id": len(self.actions) + 1, **action})
        return 201, self.actions[-1]


@contextmanager
def halo_server() -> Iterator[HaloServer]:
    server = HaloServer()
    try:
        yield server
    finally:
        server.close()
