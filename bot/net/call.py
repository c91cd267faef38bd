"""One call with a token, once: what was answered, or whether it may have been heard. Nothing here knows a vendor."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import requests
import urllib3
from msgspec.structs import replace
from requests.auth import AuthBase

from bot.errors import Refused, Unavailable
from bot.net.http import BROKEN, CONNECT_S, Bearer, Nobody, kind_of, retry_after_s, user_agent

AGAIN_S = 1.0  # between tries of what is safe to do twice
UNCONNECTED = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
    urllib3.exceptions.SSLError,
)


class Told(msgspec.Struct, frozen=True):
    """What was answered.

    Attributes:
        retry_after: how long we were asked to wait; None when nothing was said of it.
        may_be_done: by an earlier try of the same call, whatever this one was answered.
    """

    status: int
    body: bytes
    retry_after: timedelta | None = None
    may_be_done: bool = False

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


class Caller:
    """Makes calls. It never follows to another address: a token goes where it was sent to.

    Args:
        who: the other side's name, for messages a person reads.
        timeout_s: of each wait for a part of the answer.
        sleep: injected, so that tests never wait.
    """

    def __init__(
        self,
        who: str,
        *,
        timeout_s: float,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._who, self._timeout_s, self._sleep, self._now = who, timeout_s, sleep, now
        self._session = requests.Session()
        self._session.headers["User-Agent"] = user_agent()

    def call(self, method: str, url: str, *, token: str, body: object, tries: int = 1) -> Told:
        """Send JSON, or ask with nothing (None), and give whatever is answered.

        Args:
            tries: more than one only of what is safe to do twice; a broken line and a 5xx are tried again.
        Raises:
            Unavailable: no answer came; `unheard` when it is sure that nothing was done.
            Refused: the certificate is not trusted here.
        """
        headers = {"Content-Type": "application/json; charset=utf-8"}
        data = msgspec.json.encode(body) if body is not None else None
        return self._tried(tries, method, url, data, headers, Bearer(token))

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str], tries: int = 1) -> Told:
        """Send what is ready, signed perhaps, with no token; otherwise as `call`."""
        return self._tried(tries, "POST", url, body, headers, Nobody())

    def send(self, method: str, url: str, data: bytes | None, *, headers: Mapping[str, str], token: str = "") -> Told:
        """Send what is ready, once, with a token if there is one; otherwise as `call`."""
        return self._once(method, url, data, headers, Bearer(token) if token else Nobody())

    def _tried(
        self, tries: int, method: str, url: str, data: bytes | None, headers: Mapping[str, str], auth: AuthBase
    ) -> Told:
        may_be_done = False
        for left in range(tries - 1, 0, -1):
            try:
                told = self._once(method, url, data, headers, auth)
            except Unavailable as error:
                may_be_done = may_be_done or not error.unheard
            else:
                if told.status < 500:
                    return replace(told, may_be_done=may_be_done)
                may_be_done = True
            self._sleep(AGAIN_S * (tries - left))
        try:
            return replace(self._once(method, url, data, headers, auth), may_be_done=may_be_done)
        except Unavailable as error:
            raise Unavailable(str(error), unheard=error.unheard and not may_be_done) from None

    def close(self) -> None:
        self._session.close()

    def _once(self, method: str, url: str, data: bytes | None, headers: Mapping[str, str], auth: AuthBase) -> Told:
        try:
            with self._session.request(
                method,
                url,
                data=data,
                headers=dict(headers),
                auth=auth,
                timeout=(CONNECT_S, self._timeout_s),
                allow_redirects=False,
            ) as response:
                wait_s = retry_after_s(response.headers.get("Retry-After", ""), self._now())
                asked = timedelta(seconds=wait_s) if wait_s is not None else None
                return Told(response.status_code, response.content, asked)
        except BROKEN as error:  # their texts hold the whole address: only the kind is said
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                remedy = "check REQUESTS_CA_BUNDLE if a proxy signs your traffic"
                raise Refused(f"{self._who} showed a certificate that is not trusted here", remedy=remedy) from None
            raise Unavailable(f"{self._who}: {kind_of(error)}", unheard=_is_unconnected(error)) from None


def _is_unconnected(error: BaseException) -> bool:
    """Tell whether there was no line at all, so that nothing of the call can have left."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    inner = error.args[0] if error.args else None
    return isinstance(getattr(inner, "reason", inner), UNCONNECTED)
