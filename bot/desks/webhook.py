"""A ticket system of your own that takes signed JSON. docs/tickets.md says what it gets and what it should answer."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from bot.core.activity import Ref
from bot.core.raised import Case, DeskView, Note
from bot.core.ticket import Level
from bot.errors import Refused, Unavailable
from bot.net.call import Caller, Told

TIMEOUT_S = 10.0
TRIES = 3  # each with the same key: what was done the first time is not done again
REFERENCE_MAX = 80  # characters
BUSY = frozenset({408, 425, 429})


class Answered(msgspec.Struct):
    """What of an answer counts."""

    reference: str | int = ""


class WebhookDesk:
    """Sends each event as one POST.

    Args:
        secret: signs what is sent; who receives it has the same.
        clock: tells the time that is signed too, so that a copy of an old event is worth nothing.
    """

    name = "webhook"
    level = Level.INTERNAL

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        caller: Caller | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._url, self._secret, self._clock = url, secret, clock
        self._caller = caller or Caller("the webhook", timeout_s=TIMEOUT_S)

    def raise_ticket(self, case: Case) -> str:
        told = self._send(case.key, {"event": "raise", "ticket": {**_plain(case), "clients": _clients(case.clients)}})
        return _reference(told.body) or case.key

    def tell(self, reference: str, note: Note) -> bool:
        words = {"key": note.key, "reference": reference, "text": note.text}
        self._send(note.id, {"event": str(note.kind), "ticket": words})
        return True

    def views(self, _references: Sequence[str]) -> Mapping[str, DeskView]:
        """Say nothing: who receives events is not asked anything."""
        return {}

    def _send(self, id: str, event: dict[str, object]) -> Told:
        body = msgspec.json.encode({"id": id, **event})
        at = str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": id,
            "X-Fortress-Timestamp": at,
            "X-Fortress-Signature": f"v1={signature(self._secret, at, body)}",
        }
        told = self._caller.post(self._url, body, headers=headers, tries=TRIES)
        if told.is_good:
            return told
        if told.may_be_done:
            raise Unavailable(f"the webhook answered {told.status}")
        if told.status in BUSY or told.status >= 500:
            raise Unavailable(f"the webhook answered {told.status}", retry_after=told.retry_after)
        raise Refused(
            f"the webhook answered {told.status}", remedy="check desks.webhook.url and its secret on both sides"
        )


def signature(secret: str, at: str, body: bytes) -> str:
    """Sign what is sent and when: HMAC-SHA256 of the timestamp, a full stop and the body, in hex."""
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def _plain(case: Case) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(case)
    return plain


def _clients(clients: tuple[Ref, ...]) -> list[dict[str, str]]:
    return [{"id": each.id, "name": each.name} for each in clients]


def _reference(body: bytes) -> str:
    """Read what the other side calls it; "" when it does not say, or says more than a name."""
    try:
        said = str(msgspec.json.decode(body, type=Answered).reference)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return said if said.strip() and len(said) <= REFERENCE_MAX and said.isprintable() else ""


def build(settings: Any) -> WebhookDesk:
    return WebhookDesk(settings.url, settings.secret.get_secret_value())
