"""A small server with the account's lists, each as a test needs it; a number in place of a list refuses it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from bot.sources.acronis import AcronisSource, build
from bot.sources.acronis import client as paths

MSP, ACME, BRIGHT, IDLE = (f"00000000-0000-0000-0000-00000000000{number}" for number in range(4))
NUMBERS = {ACME: "110", BRIGHT: "120", IDLE: "130", MSP: "50"}
OTHERS: dict[str, Any] = {  # what stands where in an account in which nothing ever happened
    paths.ACTIVITIES_PATH: [],
    paths.ALERTS_PATH: [],
    paths.ALERT_TYPES_PATH: [],
    paths.POLICIES_PATH: [],
    paths.APPLICATIONS_PATH: [],
    paths.STATUSES_PATH: [],
    paths.BACKUPS_PATH: 403,
}
REFUSED = b'{"domain":"General","code":"Refused"}'


def customer(uuid: str, name: str, **changed: Any) -> dict[str, Any]:
    return {"id": uuid, "name": name, "kind": "customer", "parent_id": MSP, "enabled": True, **changed}


class Account:
    """What the server says, by path, and what it was asked.

    Attributes:
        limits: the most records a page of a path may be asked for; more is refused, and the limit named.
        cut_over: answers with more records than this break off.
        old_paging: the cursors stand at the top, as the specification has them.
        token: what is given to who asks for one.
    """

    def __init__(self) -> None:
        self.tenants = [{"id": MSP, "name": "MSP", "kind": "partner"}, customer(ACME, "Acme")]
        self.lists = dict(OTHERS)
        self.limits: dict[str, int] = {}
        self.cut_over = 10_000
        self.old_paging = False
        self.token: dict[str, Any] = {"access_token": "t", "expires_on": 4e9}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sent: list[tuple[str, str]] = []

    def of(self, path: str) -> list[dict[str, str]]:
        return [params for asked, params in list(self.asked) if asked == path]

    def answer(self, path: str, params: dict[str, str]) -> tuple[int, Any]:
        if path == paths.TOKEN_PATH:
            return 200, self.token
        if path.startswith(f"{paths.CLIENTS_PATH}/"):
            return 200, {"tenant_id": MSP}
        known = self.tenants if path == paths.TENANTS_PATH else self.lists.get(path, 404)
        if isinstance(known, int):
            return known, None
        if int(params.get("limit", 0)) > self.limits.get(path, 1000):
            return 400, {"domain": "General", "code": "BadLimit", "message": "limit is too large"}
        if "tenant_id" in params:
            known = [each for each in known if each["context"].get("tenant_id") == NUMBERS[params["tenant_id"]]]
        begin = int(params.get("after", 0))
        end = begin + int(params.get("limit", 1000))
        cursors = {"after": str(end)} if end < len(known) else {}
        page = {"cursors": cursors} if self.old_paging else {"paging": {"cursors": cursors}}
        return 200, {"items": known[begin:end], **page}


@contextmanager
def serving(account: Account, **options: Any) -> Iterator[AcronisSource]:
    """Give a source that reads this account."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"account": account}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    source = build(
        url=f"http://127.0.0.1:{server.server_address[1]}",
        client_id="c",
        client_secret="s",
        sleep=lambda _: None,
        **options,
    )
    try:
        yield source
    finally:
        source.close()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    account: Account
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True

    def _any(self) -> None:
        parts = urlsplit(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        params = dict(parse_qsl(parts.query))
        self.account.asked.append((parts.path, params))
        self.account.sent.append((self.command, parts.path))
        status, said = self.account.answer(parts.path, params)
        body = REFUSED if said is None else msgspec.json.encode(said)
        records = len(said["items"]) if isinstance(said, dict) and "items" in said else 0
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = records > self.account.cut_over
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
