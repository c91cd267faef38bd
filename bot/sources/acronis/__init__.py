"""Acronis Cyber Protect Cloud as a source. `build` is the front door."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from bot.errors import Refused
from bot.net.http import LOOPBACK, Http
from bot.sources.acronis.client import ALLOWED, PAGE_SIZE, REQUESTS_MAX, Client
from bot.sources.acronis.source import AcronisSource
from bot.sources.acronis.words import BACKUP_POLICIES

__all__ = ["AcronisSource", "build"]


def build(
    *,
    url: str,
    client_id: str,
    client_secret: str,
    page_size: int = PAGE_SIZE,
    requests_max: int = REQUESTS_MAX,
    policies: tuple[str, ...] = BACKUP_POLICIES,
    sleep: Callable[[float], None] = time.sleep,
) -> AcronisSource:
    """Give a source that reads one account. Nothing is asked of it yet.

    Args:
        url: the data centre's address, as the Management Portal shows it (`https://eu2-cloud.acronis.com`).
        requests_max: what one reading may ask; what does not fit is said as a gap.
    Raises:
        Refused: the address would send the secret in the clear.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise Refused("the Acronis address is not safe", remedy="source.url must begin with https://")
    http = Http(url, allowed=ALLOWED, who="Acronis", address_setting="source.url", sleep=sleep)
    client = Client(
        http, client_id=client_id, client_secret=client_secret, page_size=page_size, requests_max=requests_max
    )
    return AcronisSource(client, link=console_link(url), policies=policies)


def console_link(url: str) -> str:
    """Give the console's front page. No deeper address of it is documented, and a wrong one helps nobody."""
    return f"{url.rstrip('/')}/ui/"
