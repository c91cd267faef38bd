"""What the servers that play a chat's platform have in common: calls that are remembered, and faults on request."""

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """How one call goes wrong.

    Attributes:
        error: the platform's word for it; `body` is answered instead where given.
        accept: do what was asked all the same; the caller does not learn of it.
        drop: hang up without an answer.
        silent: hold the line without an answer until the server is closed.
    """

    status: int = 200
    error: str = ""
    body: str = ""
    retry_after: str = ""
    accept: bool = False
    drop: bool = False
    silent: bool = False


DROPPED = Fault(drop=True)
DROPPED_AFTER_ACCEPT = Fault(accept=True, drop=True)
SILENT = Fault(accept=True, silent=True)


class Asked(Protocol):
    @property
    def method(self) -> str: ...


class Answered(msgspec.Struct, frozen=True):
    status: int
    told: Mapping[str, Any]
    fault: Fault = Fault()


class Played:
    """A running server. Everything public may be read from the test's thread; `lock` guards what is remembered."""

    def __init__(self, path: str) -> None:
        self.lock = threading.Lock()
        self.calls: list[Any] = []
        self._faults: list[tuple[str, Fault]] = []
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.playing = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{path}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def read(self, command: str, path: str, token: str, body: Any) -> Asked:
        """Make of a request the call that is remembered."""
        raise NotImplementedError

    def answer(self, call: Any) -> tuple[int, Mapping[str, Any]]:
        """Do a call, and give what the platform answers. The lock is held."""
        raise NotImplementedError

    def refuse(self, fault: Fault) -> Mapping[str, Any]:
        """Spell an error as the platform does."""
        raise NotImplementedError

    def fail_next(self, method: str, *faults: Fault) -> None:
        """Let the next calls of a method go wrong, one fault each."""
        with self.lock:
            self._faults += [(method, fault) for fault in faults]

    def called(self, method: str) -> list[Any]:
        with self.lock:
            return [call for call in self.calls if call.method == method]

    def take(self, call: Asked) -> Answered:
        """Do one call, with the fault it meets."""
        with self.lock:
            self.calls.append(call)
            fault = next((one for method, one in self._faults if method == call.method), None)
            if fault is not None:
                self._faults.remove((call.method, fault))
                if not fault.accept:
                    return Answered(fault.status, self.refuse(fault), fault)
            return Answered(*self.answer(call), fault or Fault())

    def hold(self) -> None:
        self._closing.wait()

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    playing: Played
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: who hangs up early has its reasons."""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        playing: Played = server.playing
        said = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        body = json.loads(said) if said.startswith(b"{") else {}
        answered = playing.take(playing.read(self.command, self.path, token, body))
        if answered.fault.silent:
            playing.hold()
        if answered.fault.drop or answered.fault.silent:
            self.close_connection = True
            return
        self._say(answered)

    def do_PUT(self) -> None:
        self.do_POST()

    def _say(self, answered: Answered) -> None:
        body = (answered.fault.body or json.dumps(answered.told)).encode()
        with suppress(OSError):
            self.send_response(answered.status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            if answered.fault.retry_after:
                self.send_header("Retry-After", answered.fault.retry_after)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""
