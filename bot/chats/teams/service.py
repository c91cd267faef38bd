"""Which addresses may be called with our token: Microsoft's own, and the one that app.yaml names. Pure."""

from urllib.parse import SplitResult, urlsplit

# https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages and the pages on
# government clouds, read 2026-11. The address comes with every call, and whoever could choose it would get our token.
SERVICE_HOSTS = frozenset(
    {
        "smba.trafficmanager.net",
        "smba.infra.gcc.teams.microsoft.com",
        "smba.infra.gov.teams.microsoft.us",
        "smba.infra.dod.teams.microsoft.us",
    }
)


class Services:
    """The services that may be called.

    Args:
        own: `chats.teams.service`, an address that the operator chose.
    """

    def __init__(self, own: str) -> None:
        self._own = _origin(urlsplit(own))

    def allows(self, url: str) -> bool:
        """Tell whether our token may go there: by https to a host of Microsoft's, or where the operator said."""
        try:
            parts = urlsplit(url)
            origin = _origin(parts)
        except ValueError:
            return False
        if "@" in parts.netloc or "\\" in url or parts.query or parts.fragment:
            return False
        scheme, host, port = origin
        return origin == self._own or (scheme == "https" and port == 443 and host in SERVICE_HOSTS)


def same(one: str, other: str) -> bool:
    """Tell whether two addresses of a service are one; Microsoft writes them with and without the last slash."""
    return one.rstrip("/").casefold() == other.rstrip("/").casefold()


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", port
