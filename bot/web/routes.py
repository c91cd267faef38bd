"""The pages of the door. They ask nobody who they are, so they name no client and change nothing."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.ports import Asgi
from bot.web.metrics import CONTENT_TYPE, Metrics
from bot.web.vitals import Vitals

UNAVAILABLE = 503
NOTHING: Mapping[str, Asgi] = MappingProxyType({})


class Part(msgspec.Struct, frozen=True):
    """One thing that must be there before we are ready: is it, and in words."""

    is_ready: bool
    says: str


Readiness = Callable[[], Mapping[str, Part]]


class Beside:
    """What a chat answers at the door for itself; a bare function Starlette would call in another way."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        await self._app(scope, receive, send)


def routes(vitals: Vitals, readiness: Readiness, metrics: Metrics, beside: Mapping[str, Asgi] = NOTHING) -> Starlette:
    """Give the pages: /healthz, /readyz, /metrics, and those of the chats.

    Args:
        beside: what answers at a path that is not ours, whatever the method.
    """

    async def healthz(_request: Request) -> Response:
        """Say whether the process and its threads live; one that does not is to be started again."""
        heard = vitals.heartbeats()
        silent = sorted(name for name, heartbeat in heard.items() if not heartbeat.is_fine)
        return _json({"healthy": not silent, "silent": silent, "heartbeats": heard}, is_fine=not silent)

    async def readyz(_request: Request) -> Response:
        """Say whether there is something to tell, and what is missing."""
        parts = readiness()
        missing = {name: part.says for name, part in parts.items() if not part.is_ready}
        said = {name: part.says for name, part in parts.items()}
        return _json({"ready": not missing, "missing": missing, "parts": said}, is_fine=not missing)

    def page(_request: Request) -> Response:
        return Response(metrics.page(), media_type=CONTENT_TYPE)

    return Starlette(
        routes=[
            *(Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", page)),  # GET and HEAD alone
            *(Route(path, Beside(app)) for path, app in beside.items()),
        ]
    )


def _json(value: object, *, is_fine: bool) -> Response:
    status = 200 if is_fine else UNAVAILABLE
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")
