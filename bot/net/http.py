"""One guarded, patient HTTP session for the edges. Nothing here knows a vendor."""

import http.client
import importlib.metadata
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeAlias
from urllib.parse import urlsplit

import msgspec
import requests
import tenacity
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth

from bot.errors import Refused, Unavailable

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"
Params: TypeAlias = Sequence[tuple[str, str]]

CONNECT_S = 5.0
DEADLINE = timedelta(seconds=300)  # public clients give Acronis' slowest pages 280 s
TRIES = 5
TRIES_BUSY = 30  # of a request told to come back later: that is no failure, and with chains side by side may be often
RETRY_AFTER_MAX_S = 60.0  # asked to wait longer, we give up and say so
RETRY_AFTER_TOLD_MAX = timedelta(days=7)
CUTS_MAX = 3  # an answer that breaks off so often is too large for the way: who asks may ask for less
CHUNK = 64 * 1024
ANY_PATH = "*"
REPORT = "they changed something, or it is a fault of ours: report it"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)
NEVER = (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)

log = logging.getLogger(__name__)


class Unauthorised(Refused):
    """401: they do not know who we are (any more)."""


class Forbidden(Refused):
    """403: they know us, and we may not."""


class Missing(Refused):
    """404: there is no such thing, or none that we may see."""


class Unacceptable(Refused):
    """400, 413 or 422: not like this. Fewer records at a time may be given; not every service says that it is that."""


class Cut(Unavailable):
    """The answer broke off in its midst, again and again."""


class Misuse(Exception):
    """Our own code tried to send something this session must never send."""


class Reply(msgspec.Struct, frozen=True):
    """A good answer, read to its end."""

    status: int
    body: bytes


class Bearer(AuthBase):
    """Send a token. Given as `auth`, so that a netrc file never takes its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Basic(HTTPBasicAuth):
    """Send a name and a secret; as bytes, since as text they may only be Latin-1."""

    def __init__(self, name: str, secret: str) -> None:
        super().__init__(name.encode(), secret.encode())


class Nobody(AuthBase):
    """Send no name. Given as `auth`, so that a netrc file never adds one."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Again(Exception):
    """This try failed in a way that may pass."""

    def __init__(self, what: str, wait_s: float | None = None, *, cut: bool = False, busy: bool = False) -> None:
        super().__init__(what)
        self.wait_s = wait_s
        self.cut = cut
        self.busy = busy


class _Gate(HTTPAdapter):
    """The last door before the wire: what is not allowed does not leave, whoever asks."""

    def __init__(self, host: str, allowed: frozenset[tuple[str, str]]) -> None:
        super().__init__(pool_maxsize=8)
        self._host = host.lower()
        self._allowed = allowed

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        method, url = request.method or "", urlsplit(request.url or "")
        if url.netloc.lower() != self._host or not {(method, ANY_PATH), (method, url.path)} & self._allowed:
            raise Misuse(f"{method} {url.path} is not among the calls allowed here")
        if url.hostname in LOOPBACK:
            proxies = None  # a proxy would look for the server on its own machine
        return super().send(request, stream=stream, timeout=timeout, verify=verify, cert=cert, proxies=proxies)


class Http:
    """One `requests.Session` that retries what may pass and translates what may not.

    Args:
        allowed: (method, path) pairs that may be sent; the path "*" stands for all.
        who: the other side's name, for messages a person reads ("Acronis").
        address_setting: which setting to look at when the address seems wrong.
        sleep, clock: injected, so that tests never wait; the clock is monotonic, in seconds.
    """

    def __init__(
        self,
        base_url: str,
        *,
        allowed: frozenset[tuple[str, str]],
        who: str,
        address_setting: str,
        deadline: timedelta = DEADLINE,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._base = base_url.rstrip("/")
        self._who, self._address_setting = who, address_setting
        self._deadline_s = deadline.total_seconds()
        self._sleep, self._clock, self._now = sleep, clock, now
        self._session = requests.Session()
        self._session.headers["User-Agent"] = user_agent()
        gate = _Gate(urlsplit(self._base).netloc, allowed)
        self._session.mount("https://", gate)
        self._session.mount("http://", gate)

    def get(self, path: str, *, params: Params = (), auth: AuthBase | None = None) -> Reply:
        """Read something, trying again what may pass.

        Raises:
            Unavailable: it did not pass in time; `Cut` when the answer itself keeps breaking off.
            Refused: it will not; `Unauthorised`, `Forbidden`, `Missing` and `Unacceptable` say which.
        """
        return self._patiently("GET", path, params=params, auth=auth)

    def post_form(self, path: str, *, form: Mapping[str, str], auth: AuthBase | None = None) -> Reply:
        """Send a form that is safe to send twice; a cut answer sends it again."""
        return self._patiently("POST", path, form=form, auth=auth)

    def send(self, method: str, path: str, *, auth: AuthBase | None = None) -> Reply:
        """Send anything, once. The gate decides whether it leaves."""
        try:
            return self._once(method, path, until=self._clock() + self._deadline_s, auth=auth)
        except _Again as error:
            raise Unavailable(f"{self._who}: {error}") from None

    def close(self) -> None:
        self._session.close()

    def _patiently(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        form: Mapping[str, str] | None = None,
        auth: AuthBase | None = None,
    ) -> Reply:
        until = self._clock() + self._deadline_s
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Again),
            stop=tenacity.stop_any(_TriedEnough(), _NotInTime(until, self._clock), _CutTooOften(CUTS_MAX)),
            wait=_as_asked_or_jittered,
            sleep=self._sleep,
            before_sleep=self._tell,
            reraise=True,
        )
        try:
            return retrying(self._once, method, path, until=until, params=params, form=form, auth=auth)
        except _Again as error:
            asked = timedelta(seconds=error.wait_s) if error.wait_s is not None else None
            kind = Cut if error.cut else Unavailable
            raise kind(f"{self._who}: {error}", retry_after=asked) from None

    def _tell(self, state: tenacity.RetryCallState) -> None:
        wait_s = state.next_action.sleep if state.next_action else 0.0
        log.info("%s: %s; try %d in %.1f s", self._who, _error(state), state.attempt_number + 1, wait_s)

    def _once(
        self,
        method: str,
        path: str,
        *,
        until: float,
        params: Params = (),
        form: Mapping[str, str] | None = None,
        auth: AuthBase | None = None,
    ) -> Reply:
        begun = False
        try:
            with self._session.request(
                method,
                self._base + path,
                params=list(params),
                data=dict(form) if form is not None else None,
                auth=auth or Nobody(),
                timeout=(CONNECT_S, max(1.0, until - self._clock())),  # the first byte may take minutes
                allow_redirects=False,
                stream=True,
            ) as response:
                begun = True
                body = self._read(response, until)
                return self._judge(response, body, f"{method} {path}")
        except NEVER as error:
            raise Refused(f"{self._who}: {type(error).__name__}", remedy=f"check {self._address_setting}") from None
        except BROKEN as error:  # their texts hold the whole address, query included: only the kind is said
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                remedy = f"check {self._address_setting}, and REQUESTS_CA_BUNDLE if a proxy signs your traffic"
                raise Refused(f"{self._who} showed a certificate that is not trusted here", remedy=remedy) from None
            raise _Again(f"{method} {path}: {kind_of(error)}", cut=begun) from None

    def _read(self, response: requests.Response, until: float) -> bytes:
        """Read to the end, however slowly it drips, but not past the deadline.

        `timeout` is per read and never ends a drip; `iter_content` waits for whole chunks. Hence read1.
        """
        chunks = []
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            chunks.append(chunk)
            if self._clock() > until:
                response.close()
                raise _Again(f"{urlsplit(response.url).path}: the answer came too slowly")
        return b"".join(chunks)

    def _judge(self, response: requests.Response, body: bytes, what: str) -> Reply:
        status = response.status_code
        if 200 <= status < 300:
            return Reply(status=status, body=body)
        if status in (408, 429) or status >= 500:
            wait_s = retry_after_s(response.headers.get("Retry-After", ""), self._now())
            raise _Again(f"{what}: {status}", wait_s, busy=status == 429)
        told = f"{self._who} answered {status} to {what}{_code_in(body)}"
        match status:
            case 401:
                raise Unauthorised(told, remedy="check the client id and its secret; a reset secret ends the old one")
            case 403:
                raise Forbidden(told, remedy="give the API client the viewer roles that README.md lists")
            case 404:
                raise Missing(told, remedy=f"check {self._address_setting}")
            case 400 | 413 | 422:
                raise Unacceptable(told, remedy=REPORT)
            case _ if 300 <= status < 400:
                raise Refused(told, remedy=f"check {self._address_setting}: it sends us elsewhere")
            case _:
                raise Refused(told, remedy=REPORT)


def user_agent() -> str:
    """Name ourselves, as vendors ask integrations to."""
    return f"fortress-chatops/{version()} (+backup digest bot)"


def version() -> str:
    try:
        return importlib.metadata.version("fortress-chatops")
    except importlib.metadata.PackageNotFoundError:
        return "0"


class _TriedEnough(tenacity.stop.stop_base):
    """Give up after so many tries that failed, or after many that were only told to wait. Serves one request."""

    def __init__(self) -> None:
        self._left, self._left_busy = TRIES, TRIES_BUSY

    def __call__(self, retry_state: tenacity.RetryCallState) -> bool:
        error = _error(retry_state)
        if isinstance(error, _Again) and error.busy:
            self._left_busy -= 1
        else:
            self._left -= 1
        return self._left <= 0 or self._left_busy <= 0


class _NotInTime(tenacity.stop.stop_base):
    """Give up when the next try would begin after the deadline, or we are asked to wait too long."""

    def __init__(self, until: float, clock: Callable[[], float]) -> None:
        self._until, self._clock = until, clock

    def __call__(self, retry_state: tenacity.RetryCallState) -> bool:
        wait_s = retry_state.upcoming_sleep
        return wait_s > RETRY_AFTER_MAX_S or self._clock() + wait_s >= self._until


class _CutTooOften(tenacity.stop.stop_base):
    """Give up on an answer that keeps breaking off. One of these serves one request."""

    def __init__(self, most: int) -> None:
        self._left = most

    def __call__(self, retry_state: tenacity.RetryCallState) -> bool:
        error = _error(retry_state)
        self._left -= isinstance(error, _Again) and error.cut
        return self._left <= 0


def _as_asked_or_jittered(state: tenacity.RetryCallState) -> float:
    error = _error(state)
    asked = error.wait_s if isinstance(error, _Again) else None
    if asked is not None:
        return asked
    most = min(30.0, 2.0 ** (state.attempt_number - 1))
    return random.uniform(most / 2, most)  # noqa: S311 - spreads load, guards nothing


def _error(state: tenacity.RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def kind_of(error: BaseException) -> str:
    """Name a transport failure without its text, which would hold the address."""
    match error:
        case requests.exceptions.SSLError() | urllib3.exceptions.SSLError():
            return "TLS failed"
        case requests.exceptions.ConnectTimeout():
            return "no connection in time"
        case requests.exceptions.Timeout() | urllib3.exceptions.TimeoutError() | TimeoutError():
            return "no answer in time"
        case requests.exceptions.ConnectionError():
            return "no connection"
        case _:
            return f"the answer broke off ({type(error).__name__})"


def retry_after_s(header: str, now: datetime) -> float | None:
    """Read Retry-After: seconds, or a date; never more than a week."""
    most, said = RETRY_AFTER_TOLD_MAX.total_seconds(), header.strip()
    if said.isascii() and said.isdigit():
        return min(float(said), most)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return min(max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()), most)


class _Told(msgspec.Struct):
    domain: str | int | None = None
    code: str | int | None = None


class _Enveloped(_Told):
    error: _Told | str | None = None


def _code_in(body: bytes) -> str:
    """Find the vendor's name for an error, in any of its shapes; "" in HTML and anything else."""
    try:
        told = msgspec.json.decode(body, type=_Enveloped)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    inner = told.error if isinstance(told.error, _Told) else told
    named = (inner.domain, inner.code, told.error if isinstance(told.error, str) else None)
    words = [str(word)[:80] for word in named if word is not None]
    return f" ({' '.join(words)})" if words else ""
