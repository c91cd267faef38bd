"""The forms that settings take: what is accepted, and in which one form it is kept."""

import difflib
import re
from collections.abc import Callable
from datetime import time
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, PlainSerializer, model_validator

from classifier.own import OwnRules

MAIL = r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"  # what people have; nothing that a header obeys
HOST = re.compile(r"[a-z0-9.:-]+")
HOST_CHARS = 253  # of a name; RFC 1035, 2.3.4
GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
EXAMPLE_GUID = "8f0f1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"


def _time_of_day(value: object) -> object:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError('times of day with two digits each, in quotes, from "00:00" to "23:59"')
    return time.fromisoformat(value)


def each_once(value: object) -> object:
    if isinstance(value, list | tuple) and any(item in value[:at] for at, item in enumerate(value)):
        raise ValueError("each entry once")
    return value


def _known_zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(value, available_timezones(), n=1)
        hint = f"; the nearest is {near[0]}" if near else ""
        raise ValueError(f"the name of a time zone, as in the IANA list{hint}") from None
    return value


def _web_address(value: object) -> object:
    if not isinstance(value, str) or value == "":
        return value
    base, parts = _base_of(value)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(
            f"the address alone: leave away what follows the host, as in {parts.scheme}://{parts.hostname}"
        )
    return base


def _api_address(value: object) -> object:
    """Keep the path of an address, and end it with a slash: calls are named behind it."""
    if not isinstance(value, str):
        return value
    base, parts = _base_of(value)
    if parts.query or parts.fragment:
        raise ValueError("an address without ? or #")
    return f"{base}{parts.path.rstrip('/')}/"


def page_address(value: object) -> object:
    """Keep an address as it is, of one page and with nothing asked of it."""
    address = _api_address(value)
    return address.rstrip("/") if isinstance(address, str) else address


def _call_address(value: object) -> object:
    """Keep an address with all that is asked of it; "" is none."""
    if not isinstance(value, str) or value == "":
        return value
    base, parts = _base_of(value)
    if parts.fragment:
        raise ValueError("an address without #")
    return f"{base}{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"


def _base_of(address: str) -> tuple[str, SplitResult]:
    """Read scheme, host and port in one form, and all the parts."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("an address that begins with https:// and a host") from None
    is_own = host in ("localhost", "127.0.0.1", "::1")
    if not HOST.fullmatch(host) or parts.scheme not in (("http", "https") if is_own else ("https",)):
        raise ValueError("an address that begins with https:// and a host")
    if "@" in parts.netloc:
        raise ValueError("an address that begins with https:// and holds no name or password")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}", parts


def _guid(value: object) -> object:
    """Take an id of Entra in either case; ids are compared in one."""
    return value.lower().strip() if isinstance(value, str) else value


def pem(value: object) -> object:
    """Take a certificate only together with its key: signing in needs both."""
    if isinstance(value, str) and not ("BEGIN CERTIFICATE" in value and "PRIVATE KEY" in value):
        raise ValueError("PEM text with the certificate and, in the same text, its private key")
    return value


def token(begins: str) -> BeforeValidator:
    """Take a secret only as Slack makes it: each kind of token begins in its own way."""

    def check(value: object) -> object:
        if isinstance(value, str) and not value.startswith(begins):
            raise ValueError(f"a token that begins with {begins}")
        return value

    return BeforeValidator(check)


def _host(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return str(ip_address(value))
    except ValueError:
        name = value.lower()
    if ":" in name or not HOST.fullmatch(name) or len(name) > HOST_CHARS:
        raise ValueError("an address or name of this machine, without a port")
    return name


def lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def in_any_case(words: type[StrEnum]) -> Callable[[object], object]:
    """Take one of a few words in whatever case it was written."""
    known = {word.casefold(): word for word in words}

    def read(value: object) -> object:
        return known.get(value.casefold(), value) if isinstance(value, str) else value

    return read


def _off(value: object) -> object:
    return "off" if value is False else value  # what YAML makes of the bare word


def as_clock(value: time) -> str:
    return value.strftime("%H:%M")


def _as_names(value: OwnRules) -> list[str]:
    return list(value.names)


def says(default: Any, expected: str, *examples: object, **limits: Any) -> Any:
    """Make a field of what it is, what it should be, and how one would write it."""
    return Field(default=default, description=expected, examples=list(examples or (default,)), **limits)


def number(default: int | None, low: int, high: int, *, of: str = "", example: int | None = None) -> Any:
    words = f"a whole number{of} from {low} to {high}" + (", or null for each rule's own" if default is None else "")
    return says(default, words, example or default, ge=low, le=high)


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day), PlainSerializer(as_clock)]
TimesOfDay = Annotated[tuple[TimeOfDay, ...], BeforeValidator(each_once)]
Zone = Annotated[str, BeforeValidator(_known_zone)]
WebAddress = Annotated[str, BeforeValidator(_web_address)]
Host = Annotated[str, BeforeValidator(_host)]
Name = Annotated[str, Field(min_length=1)]
Rules = Annotated[InstanceOf[OwnRules], PlainSerializer(_as_names, when_used="json")]  # read by own_rules.py
Hours = Annotated[Annotated[int, Field(ge=1, le=8760)] | Literal["off"], BeforeValidator(_off)]
ApiAddress = Annotated[str, BeforeValidator(_api_address)]
PageAddress = Annotated[str, BeforeValidator(page_address)]
MailAddress = Annotated[str, Field(pattern=rf"^(|{MAIL})$", max_length=254)]
CallAddress = Annotated[str, BeforeValidator(_call_address)]
Guid = Annotated[str, BeforeValidator(_guid), Field(pattern=rf"^(|{GUID})$")]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_the_default(cls, given: object) -> object:
        """Take a key with nothing after it, all its lines commented out perhaps, as left out."""
        if not isinstance(given, dict):
            return given
        return {key: value for key, value in given.items() if value is not None or key not in cls.model_fields}
