"""What Microsoft Graph answered, and what it means for whoever asked. Nothing is sent here."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from bot.errors import Refused, Unavailable
from bot.net.http import REPORT, Forbidden, Missing, Unacceptable, Unauthorised, retry_after_s

LOST = 0  # what was sent and never answered: it may have been done
WHO = "Microsoft Graph"
PROVISION = "run `fortress provision sharepoint`"

T = TypeVar("T")


class Answer(msgspec.Struct, frozen=True):
    """One answer.

    Attributes:
        status: LOST when none came.
        retry_after: how long we were asked to wait; None when nothing was said of it.
        is_unheard: it is sure that nothing was done, since there was no line.
        why: what became of the line; "" when there was an answer.
    """

    status: int
    body: bytes = b""
    retry_after: timedelta | None = None
    is_unheard: bool = False
    why: str = ""

    @classmethod
    def told(cls, status: int, body: bytes, retry_after: str) -> "Answer":
        """Make one of the parts of a batch."""
        wait_s = retry_after_s(retry_after, datetime.now(UTC))
        return cls(status, body, timedelta(seconds=wait_s) if wait_s is not None else None)

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_throttled(self) -> bool:
        """Tell whether it was too much just now, and surely not done. A 503 says so by how long to wait."""
        return self.status == 429 or (self.status == 503 and self.retry_after is not None)

    @property
    def is_passing(self) -> bool:
        """Tell whether it may go well another time; it may have been done."""
        return self.status in (LOST, 408, 423) or self.status >= 500

    @property
    def code(self) -> str:
        """Give Graph's own word for what is wrong; "" when what answered was something else."""
        code = str(_error(self.body).get("code") or "")
        return code if re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", code) else ""

    @property
    def message(self) -> str:
        """Give Graph's own words; they may name a column, and hold what was sent: not for a log."""
        return str(_error(self.body).get("message") or "")[:500]

    def read(self, type: type[T]) -> T:
        """Read what was answered.

        Raises:
            Unavailable: it is something else.
        """
        try:
            return msgspec.json.decode(self.body, type=type)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Unavailable(f"{WHO} answered something that is not its own") from None

    def error(self, what: str, *, setting: str) -> Exception:
        """Give the error by what the caller should do. No token, address or payload is in it.

        Args:
            what: what was wanted, after "to".
        """
        named = f" {self.code}" if self.code else ""
        said = f"{WHO} answered {self.status}{named} when asked to {what}"
        if self.status == LOST:
            return Unavailable(f"{WHO}: {self.why or 'no answer'}", unheard=self.is_unheard)
        if self.is_throttled:
            return Unavailable(f"{WHO} asked us to wait", retry_after=self.retry_after, unheard=True)
        if self.is_passing and self.status != 507:
            return Unavailable(said)
        match self.status:
            case 401:
                return Unauthorised(
                    said, remedy=f"check {setting}.app_id and tenant_id, and the app's permission to Graph"
                )
            case 403:
                return Forbidden(said, remedy=f"let the app write to the site: {PROVISION}")
            case 404:
                return Missing(said, remedy=f"check {setting}.site")
            case 507:
                return Refused(f"the site is full ({said})", remedy="make room there, or raise its limit")
            case _:
                return Unacceptable(said, remedy=REPORT)


def _error(body: bytes) -> dict[str, Any]:
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, dict) else {}
