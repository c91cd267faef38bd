"""A server that says what it was told to say, in order, and remembers what it was asked."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec


class Said(msgspec.Struct, frozen=True):
    """One answer. `cut` closes the line after so many bytes of the body; `refuse` before any of it."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None
    refuse: bool = False
    pieces: int = 1


class Scripted:
    """Each connection gets the next answer; the last one is repeated."""

    def __init__(self, *said: Said) -> None:
        self.heard: list[str] = []
        self._said = list(said)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            with line:
                self.heard.append(_heard(line))
                said = self._said.pop(0) if len(self._said) > 1 else self._said[0]
                if not said.refuse:
                    with suppress(OSError):  # who hangs up early has its reasons
                        _say(line, said)


def _heard(line: socket.socket) -> str:
    """Read a request: its head, and as much of a body as it announces."""
    data = b""
    while b"\r\n\r\n" not in data and (more := line.recv(65536)):
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(row.split(b":")[1]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-length")), 0
    )
    while len(body) < length and (more := line.recv(65536)):
        body += more
    return (head + b"\r\n\r\n" + body).decode()


def _say(line: socket.socket, said: Said) -> None:
    head = [f"HTTP/1.1 {said.status} Said", f"Content-Length: {len(said.body)}", "Connection: close"]
    head += [f"{name}: {value}" for name, value in said.headers]
    line.sendall("\r\n".join([*head, "", ""]).encode("latin-1"))
    body = said.body if said.cut is None else said.body[: said.cut]
    size = max(1, len(body) // said.pieces)
    for at in range(0, len(body), size):
        line.sendall(body[at : at + size])


@contextmanager
def scripted(*said: Said) -> Iterator[Scripted]:
    server = Scripted(*said)
    try:
        yield server
    finally:
        server.close()
