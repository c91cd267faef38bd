"""A proxy that brings calls of some hosts to a server of ours, so that a client may call them by their own names."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Detour:
    """The running proxy. What is not among `names` is not reached: no test leaves the machine."""

    def __init__(self, names: tuple[str, ...], port: int) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                if self.path.partition(":")[0] not in names:
                    self.send_error(502)
                    return
                self.send_response(200)
                self.end_headers()
                with socket.create_connection(("127.0.0.1", port)) as there:
                    back = threading.Thread(target=_flow, args=(there, self.connection), daemon=True)
                    back.start()
                    _flow(self.connection, there)
                    back.join()

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


def _flow(one: socket.socket, other: socket.socket) -> None:
    """Bring bytes from one side to the other until one of them hangs up."""
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)


@contextmanager
def detour(names: tuple[str, ...], port: int) -> Iterator[Detour]:
    running = Detour(names, port)
    try:
        yield running
    finally:
        running.close()
