"""cited: the source of a rule as the few words and addresses that a page or a chat shows."""

import re
from typing import NamedTuple

HOSTS = {
    "forum.acronis.com": "Acronis forum",
    "developer.acronis.com": "Acronis developer guide",
    "learn.microsoft.com": "Microsoft",
    "www.acronis.com": "Acronis",
}

_ADDRESS = re.compile(r"https?://[^\s;)]+")
_ARTICLE = re.compile(r"/content/(\d+)")


class Citation(NamedTuple):
    """One of the things a source names; the address is "" for what has no page."""

    words: str
    address: str = ""


def cited(source: str) -> tuple[Citation, ...]:
    """Take a source apart: `Guide, Alert types: https://…; https://kb…/content/61674` is two citations."""
    return tuple(_citation(part) for part in re.split(r"; (?=\S)", source))


def _citation(part: str) -> Citation:
    address = _ADDRESS.search(part)
    if address is None:
        return Citation(part.strip())
    words = f"{part[: address.start()].strip().removesuffix(':')}{part[address.end() :]}".strip()
    return Citation(words or _named(address[0]), address[0])


def _named(address: str) -> str:
    article, host = _ARTICLE.search(address), address.split("/")[2]
    return f"KB {article[1]}" if article else HOSTS.get(host, host)
