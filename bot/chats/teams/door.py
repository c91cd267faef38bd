"""What stands at the web door for Teams: a call is checked, read, and answered at once. Nobody makes it answer 500."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import partial
from typing import Any

import msgspec

from bot.chats.teams.verify import Forged, Verifier
from bot.errors import Refused, Unavailable
from bot.net.asgi import Receive, Said, Send, headers_of, read_whole, say
from bot.net.pool import Busy, Pool

log = logging.getLogger(__name__)

PATH = "/api/messages"
BODY_MAX = 300_000  # bytes; a message has 100 KB at the most
LATER = Said(503)  # Microsoft calls again
NO_ANSWER = Said(200)


class TeamsDoor:
    """The ASGI app at PATH.

    Args:
        checks: checks tokens; a key that has to be fetched keeps none of those who answer waiting.
        take: takes a call that is Microsoft's, from a tenant of ours.
        hears: tells whether anybody is heard now.
    """

    def __init__(
        self,
        verifier: Verifier,
        *,
        checks: Pool,
        take: Callable[[Mapping[str, Any]], Awaitable[Said]],
        hears: Callable[[], bool],
    ) -> None:
        self._verifier, self._checks = verifier, checks
        self._take, self._hears = take, hears

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        await say(send, await self._answer(scope, receive))

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive) -> Said:
        if scope["method"] != "POST":
            return Said(405)
        if not self._hears():
            return LATER
        try:
            return await self._checked(headers_of(scope).get("authorization", ""), receive)
        except Forged as error:
            log.warning("a call in the name of Teams was refused: %s", error)
            return Said(error.status)
        except (Unavailable, Busy):
            return LATER
        except Refused as error:
            log.error("nobody can be heard in Teams: %s", error)
            return LATER
        except Exception:
            log.exception("what Teams sent could not be taken")
            return Said(400)

    async def _checked(self, authorization: str, receive: Receive) -> Said:
        """Believe nobody: the token first, so that who has none costs nothing; then what it was made for."""
        checking = self._checks.submit(partial(self._verifier.claims, authorization))
        claims = await asyncio.wrap_future(checking)
        body = await read_whole(receive, most=BODY_MAX)
        if body is None:
            return Said(413)
        activity = _read(body)
        if activity is None:
            return Said(400)
        self._verifier.check(claims, activity)
        return await self._take(activity)


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        read = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return read if isinstance(read, dict) else None
