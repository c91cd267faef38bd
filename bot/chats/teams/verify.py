"""Is it Microsoft who calls, from Teams, from a tenant of ours? Every call is asked, and nothing switches that off.

Stricter than Microsoft's own libraries, which take tokens without an end, from anybody, or signed for another channel.
Source: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication, read 2026-11
"""

from collections.abc import Collection, Mapping
from typing import Any

import jwt

from bot.chats.teams.keys import Keys
from bot.chats.teams.service import Services, same

CHANNEL = "msteams"
LEEWAY_S = 300  # between their clock and ours
TOKEN_MAX = 16_000  # characters; theirs have about a thousand
ALGORITHM = "RS256"


class Forged(Exception):
    """Not to be heard. `status` is what the caller gets: 401 nobody knows who it is, 403 it is not for us to answer."""

    def __init__(self, why: str, status: int = 401) -> None:
        super().__init__(why)
        self.status = status


class Verifier:
    """Checks calls for one bot.

    Args:
        app_id: who the token must be for.
        tenants: directories whose people are heard; a token does not say whose tenant somebody is in.
    """

    def __init__(self, *, app_id: str, tenants: Collection[str], services: Services, keys: Keys) -> None:
        self._app_id, self._tenants = app_id, frozenset(one.casefold() for one in tenants)
        self._services, self._keys = services, keys

    def claims(self, authorization: str) -> Mapping[str, Any]:
        """Check a token, and give what it says.

        Raises:
            Forged: it is not Microsoft's, not for us, or not for now.
            Unavailable: the keys could not be fetched.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > TOKEN_MAX:
            raise Forged("no token")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise Forged("no token that can be read") from None
        if header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str):
            raise Forged("a token that is not signed as Microsoft signs")
        issuer, key = self._keys.find(header["kid"])
        if key is None:
            raise Forged("a token signed with a key that is not Microsoft's")
        if CHANNEL not in key.endorsements:
            raise Forged("a token signed with a key that is not for Teams")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.public,
                algorithms=[ALGORITHM],
                audience=self._app_id,
                issuer=issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            raise Forged(f"a token that is not good ({type(error).__name__})") from None
        return claims

    def check(self, claims: Mapping[str, Any], activity: Mapping[str, Any]) -> None:
        """Check that what was sent is what the token was made for, and from a tenant of ours.

        Raises:
            Forged: it is not.
        """
        claimed, service = claims.get("serviceurl"), activity.get("serviceUrl")
        if not isinstance(claimed, str) or not isinstance(service, str) or not same(claimed, service):
            raise Forged("a token for another service", 403)
        if not self._services.allows(service):
            raise Forged("an address of a service that is not Microsoft's", 403)
        if activity.get("channelId") != CHANNEL:
            raise Forged("a channel that is not Teams", 403)
        told = set(_tenants(activity))
        if not told or not told <= self._tenants:
            raise Forged("a tenant that is not ours", 403)


def _tenants(activity: Mapping[str, Any]) -> list[str]:
    """Give every tenant that a call names, in the two places it has for that."""
    named = (_part(activity, "conversation").get("tenantId"), _part(activity, "channelData", "tenant").get("id"))
    return [one.casefold() if isinstance(one, str) else "" for one in named if one is not None]


def _part(activity: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    found: Any = activity
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
