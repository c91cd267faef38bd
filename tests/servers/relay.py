"""A server between two others: it signs what goes through, and plays the faults of the way."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import requests

HOP = ("host", "content-length", "connection", "transfer-encoding", "content-encoding", "authorization", "keep-alive")


class Fault(NamedTuple):
    """What goes wrong with one call.

    Attributes:
        status: what the caller gets; 0: the line is cut.
        heard: the other side heard it all the same.
    """

    status: int
    heard: bool = False
    headers: Mapping[str, str] = {}


class Passed(NamedTuple):
    """One call that came through, or did not."""

    method: str
    path: str
    body: Any
    status: int


class Relay:
    """The running server.

    Args:
        target: where calls go on to.
        sign: gives the Authorization of a call by its body; None leaves what the caller sent.
    """

    def __init__(self, target: str, *, sign: Callable[[Any], str] | None = None) -> None:
        self.target, self.sign = target, sign
        self.passed: list[Passed] = []
        self.faults: list[tuple[str, Fault]] = []  # (method, fault), for the next calls of that method
        relaying = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def relay(self) -> None:
                relaying.relay(self)

            do_GET = do_POST = do_PUT = do_DELETE = relay  # noqa: N815 - their names

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

    def relay(self, call: BaseHTTPRequestHandler) -> None:
        data = call.rfile.read(int(call.headers.get("Content-Length") or 0))
        body = _read(data)
        fault = self._fault(call.command)
        if fault is None or fault.heard:
            answer = self._pass_on(call, data, body)
            status, headers, content = answer.status_code, answer.headers, answer.content
        if fault is not None:
            status, headers, content = fault.status, fault.headers, b""
        self.passed.append(Passed(call.command, call.path, body, status))
        if not status:
            call.close_connection = True
            return
        with suppress(OSError):  # who asked has left
            call.send_response(status)
            for name, value in headers.items():
                if name.lower() not in HOP:
                    call.send_header(name, value)
            call.send_header("Content-Length", str(len(content)))
            call.end_headers()
            call.wfile.write(content)

    def _pass_on(self, call: BaseHTTPRequestHandler, data: bytes, body: Any) -> requests.Response:
        headers = {name: value for name, value in call.headers.items() if name.lower() not in HOP}
        if self.sign is not None:
            headers["Authorization"] = self.sign(body)
        elif call.headers.get("Authorization"):
            headers["Authorization"] = call.headers["Authorization"]
        return requests.request(call.command, self.target + call.path, data=data, headers=headers, timeout=60)

    def _fault(self, method: str) -> Fault | None:
        at = next((index for index, (of, _) in enumerate(self.faults) if of == method), None)
        return self.faults.pop(at)[1] if at is not None else None


def _read(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


@contextmanager
def relay(target: str, *, sign: Callable[[Any], str] | None = None) -> Iterator[Relay]:
    running = Relay(target, sign=sign)
    try:
        yield running
    finally:
        running.close()
