"""The web server in a thread and an event loop of its own."""

import asyncio
import logging
import socket
import threading
from datetime import timedelta

import uvicorn
from starlette.types import ASGIApp

from bot.errors import Refused

log = logging.getLogger(__name__)

FINISH_S = 2  # for answers under way when the process ends
LOOPBACK = ("127.", "::1")
BACKLOG = 128


class Door:
    """Listens from the moment it is made, answers from `start` to `stop`.

    Uvicorn leaves signals alone where it does not run in the main thread; they are bot/serve.py's.

    Args:
        port: 0 for any that is free; see `url`.
    Raises:
        Refused: nobody may listen there, or somebody else does.
    """

    def __init__(self, host: str, port: int) -> None:
        self._socket = _listening(host, port)
        self.url = _url(self._socket)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self, app: ASGIApp) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            log_level=logging.WARNING,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=FINISH_S,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, args=(self._server,), name="door", daemon=True)
        self._thread.start()
        log.info("listening on %s", self.url)
        if not self._socket.getsockname()[0].startswith(LOOPBACK):
            log.warning("%s can be reached from other machines, and asks nobody who they are", self.url)

    @property
    def is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def stop(self, *, within: timedelta) -> None:
        """Take no more questions, finish the answers under way."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(within.total_seconds())
        self._socket.close()

    def _serve(self, server: uvicorn.Server) -> None:
        try:
            asyncio.run(server.serve(sockets=[self._socket]))
        except Exception:
            log.exception("the web door broke")


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, protocol)
        try:
            if hasattr(socket, "SO_REUSEADDR") and not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # on Windows: not theirs
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(address)
            made.listen(BACKLOG)
        except BaseException:
            made.close()
            raise
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        remedy = "choose another web.host or web.port, or switch the door off with web.enabled: false"
        raise Refused(f"cannot listen on {host} port {port} ({why})", remedy=remedy) from None
    made.setblocking(False)
    return made


def _url(made: socket.socket) -> str:
    host, port = made.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
