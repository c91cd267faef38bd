"""What a text quotes: the JSON answer of a service that the agent asked, pasted into its own sentence."""

import re
from typing import NamedTuple

from classifier.values import name_in, number_of

QUOTED_MAX = 20_000  # characters of a text that are looked at
HTTP_STATUSES = range(100, 600)  # `"code": "404"` is how the answer came, not what went wrong

_MEMBER = re.compile(  # escaped once or more when the text itself was quoted
    r"""(?<!\\)\\{0,9}"(domain|code|reason)\\{0,9}"\s{0,9}:\s{0,9}"""
    r"""(?:\\{0,9}"([A-Za-z0-9_][\w.\-]{0,119})\\{0,9}"|([0-9]{1,10})\b)""",
    re.ASCII,
)


_STATUS = re.compile(
    r"\b(?:response ?code|status(?: code)?|http(?:/[\d.]+)?(?: status| error)?(?: code)?)[:= ]{1,3}"
    r"(40[1347]|429|50[0234])\b",
    re.ASCII | re.IGNORECASE,
)


class Quoted(NamedTuple):
    """A service and its own name for what went wrong (`STORAGE_MANAGER`, `CANotFoundErr`)."""

    service: str
    name: str


def quoted_in(text: str) -> Quoted | None:
    """Find the first answer of a service in a text, whole or cut off; None when it names no error."""
    start = text.find("{")
    if start < 0:
        return None
    told: dict[str, str] = {}
    for member in _MEMBER.finditer(text, start, start + QUOTED_MAX):
        told.setdefault(member[1], member[2] or member[3])
    service, code = name_in(told.get("domain")), told.get("code", "")
    name = name_in(told.get("reason")) or name_in(code) or (_service_number(code) if service else "")
    return Quoted(service, name) if name else None


def status_in(text: str) -> str:
    """Find the status of an HTTP answer that a text quotes (`HTTP 503`); "" when it quotes none that tells."""
    found = _STATUS.search(text[:QUOTED_MAX])
    return f"HTTP {found[1]}" if found else ""


def _service_number(code: str) -> str:
    number = number_of(code)
    return str(number) if number and number not in HTTP_STATUSES else ""
