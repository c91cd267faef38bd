"""The keys that Microsoft signs its calls with: fetched when first needed, kept, and looked for again when unknown."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
import msgspec

from bot.errors import Refused, Unavailable
from bot.net.http import Http

log = logging.getLogger(__name__)

KEPT_S = 24 * 3600.0  # then they are fetched anew; the old ones stay good while that fails
AGAIN_S = 60.0  # at most so often for a key nobody has heard of: forgers name many
FAILED_AGAIN_S = 5.0
DEADLINE = timedelta(seconds=8)  # a call is answered within fifteen seconds, all in all
SETTING = "chats.teams.keys"


class Key(msgspec.Struct, frozen=True):
    """A key, and for which channels Microsoft vouches that it signs."""

    public: Any
    endorsements: frozenset[str]


class Found(msgspec.Struct, frozen=True):
    """What was fetched: who signs, and with which keys, by their id."""

    issuer: str
    keys: Mapping[str, Key]


class Keys:
    """Knows the keys of one metadata document.

    Args:
        address: of the document, which names the issuer and where the keys are.
        clock: monotonic, in seconds.
    """

    def __init__(self, address: str, *, http: Http | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        parts = urlsplit(address)
        self._origin, self._path = f"{parts.scheme}://{parts.netloc}", parts.path
        self._http = http or Http(
            self._origin, allowed=frozenset({("GET", "*")}), who="Microsoft", address_setting=SETTING, deadline=DEADLINE
        )
        self._clock = clock
        self._lock = threading.Lock()
        self._found: Found | None = None
        self._fetched_at = self._next_at = float("-inf")

    def find(self, key_id: str) -> tuple[str, Key | None]:
        """Give the issuer, and the key of an id; None when Microsoft has no such key.

        Raises:
            Unavailable: there are no keys yet, and none can be fetched now.
            Refused: what is at the address is no such document.
        """
        found = self._found
        is_fresh = found is not None and self._clock() < self._fetched_at + KEPT_S
        if found is None or not is_fresh or key_id not in found.keys:
            found = self._fetched()
        return found.issuer, found.keys.get(key_id)

    def close(self) -> None:
        self._http.close()

    def _fetched(self) -> Found:
        """Fetch, unless that was done a moment ago: by another thread perhaps, while this one waited."""
        with self._lock:
            now = self._clock()
            if now >= self._next_at:
                self._try(now)
            if self._found is None:
                raise Unavailable("Microsoft's keys could not be fetched yet")
            return self._found

    def _try(self, now: float) -> None:
        self._next_at = now + FAILED_AGAIN_S
        try:
            self._found = self._fetch()
        except (Unavailable, Refused) as error:
            if self._found is None:
                raise
            log.warning("Microsoft's keys could not be fetched anew, the old ones stay: %s", error)
            return
        self._fetched_at, self._next_at = now, self._clock() + AGAIN_S

    def _fetch(self) -> Found:
        document = self._read(self._path)
        issuer, address = document.get("issuer"), document.get("jwks_uri")
        if not isinstance(issuer, str) or not isinstance(address, str) or not issuer:
            raise Refused("Microsoft's list of keys is not where it should be", remedy=f"check {SETTING}")
        parts = urlsplit(address)
        if f"{parts.scheme}://{parts.netloc}" != self._origin:
            raise Refused("Microsoft's keys are said to be at another host", remedy=f"check {SETTING}")
        listed = self._read(parts.path).get("keys")
        return Found(issuer, dict(_readable(listed if isinstance(listed, list) else [])))

    def _read(self, path: str) -> dict[str, Any]:
        try:
            read = msgspec.json.decode(self._http.get(path).body)
        except msgspec.DecodeError:
            read = None
        if not isinstance(read, dict):
            raise Refused("what Microsoft's address for keys gives cannot be read", remedy=f"check {SETTING}")
        return read


def _readable(listed: list[Any]) -> list[tuple[str, Key]]:
    """Read the RSA keys; what is of another kind cannot sign for us."""
    found = []
    for each in listed:
        if not isinstance(each, dict) or each.get("kty") != "RSA" or not isinstance(each.get("kid"), str):
            continue
        endorsed = each.get("endorsements")
        endorsed = endorsed if isinstance(endorsed, list) else []
        try:
            key = jwt.PyJWK(each, algorithm="RS256").key
        except jwt.PyJWTError:
            continue
        found.append((each["kid"], Key(key, frozenset(one for one in endorsed if isinstance(one, str)))))
    return found
