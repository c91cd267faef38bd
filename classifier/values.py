"""Small readers of parsed JSON: each takes any value and gives a plain one, or an empty one. Never an exception."""

import re
from collections.abc import Iterable
from typing import TypeAlias

from classifier.failure import HRESULT_MIN

Object: TypeAlias = dict[object, object]

WIN32_AS_HRESULT = 0x8007_0000
NO_ACTIVITY = "No activity"  # the one name with a space

_NAME = re.compile(r"[A-Za-z0-9_][\w.:\-]{1,119}", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,10}", re.ASCII)
_ROUNDED = re.compile(r"-?[0-9]{1,10}\.[0-9]{0,12}(?:e\+?[0-9]{1,2})?", re.ASCII | re.IGNORECASE)
_HEX = re.compile(r"0x[0-9a-f]{1,8}", re.ASCII | re.IGNORECASE)
_NUMBER_BEGINS = frozenset("-0123456789")


def object_in(value: object) -> Object:
    return value if isinstance(value, dict) else {}


def list_in(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def text_in(value: object) -> str:
    return value if isinstance(value, str) else ""


def first_of(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def name_in(value: object) -> str:
    """Read a name; a number in a string is none, nor is a sentence."""
    text = value.strip() if isinstance(value, str) else ""
    if not text or not _NAME.fullmatch(text):
        return text if text == NO_ACTIVITY else ""
    return "" if text.isdecimal() or number_of(text) is not None else text


def sentence_in(value: object) -> str:
    """Read what somebody wrote as a sentence where a code should stand ("Some Error!")."""
    text = text_in(value).strip()
    return "" if name_in(text) or number_of(text) is not None or text.isdecimal() else text


def tag_in(value: object) -> str:
    """Spell a line tag in upper case with its 0x; one of zeros alone is none.

    A tag that came as a number was rounded on its way (they exceed 2^53), and support cannot use it.
    """
    digits = text_in(value).strip()[2:].upper()
    return f"0x{digits}" if digits.strip("0") else ""


def number_of(value: object) -> int | None:
    """Read a 32-bit number in any notation: int, negative int, whole float, the same as text, hex text; else None."""
    if isinstance(value, str):
        return _number_in_text(value.strip())
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return _in_32_bits(value)
    return _in_32_bits(int(value)) if isinstance(value, float) and value.is_integer() else None


def hresult_of(value: object) -> int | None:
    """Read an HRESULT; a bare Win32 error (5) becomes one (0x80070005)."""
    number = number_of(value)
    if not number:
        return None
    if number < 0x1_0000:
        return WIN32_AS_HRESULT | number
    return number if number >= HRESULT_MIN else None


def _number_in_text(text: str) -> int | None:
    if not text or text[0] not in _NUMBER_BEGINS:
        return None
    if _HEX.fullmatch(text):
        return int(text, 16)
    if _DECIMAL.fullmatch(text):
        return _in_32_bits(int(text))
    return number_of(float(text)) if _ROUNDED.fullmatch(text) else None


def _in_32_bits(value: int) -> int | None:
    if -0x8000_0000 <= value <= 0xFFFF_FFFF:
        return value & 0xFFFF_FFFF
    return None
