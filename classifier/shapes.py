"""Every known shape of an Acronis error, as parsed JSON -> Failure.

Reads an alert, its details, an activity or task, a result, an error object (today's and that of
2017-2020), a bare suberror tree and an API's error answer. Knows no rules. Odd input gives less, never an exception.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from classifier.chain import BRANCHES_MAX, LINKS_MAX, Trunk, is_tree, joined, split_ser_code, trunk_of
from classifier.failure import HRESULT_MIN, Cause, Failure
from classifier.quoted import Quoted, quoted_in, status_in
from classifier.values import (
    WIN32_AS_HRESULT,
    Object,
    first_of,
    hresult_of,
    list_in,
    name_in,
    number_of,
    object_in,
    sentence_in,
    tag_in,
    text_in,
)

__all__ = [
    "ENDINGS",
    "HRESULT_MIN",
    "LINKS_MAX",
    "OTHERS_MAX",
    "WIN32_AS_HRESULT",
    "apart",
    "covers",
    "hresult_of",
    "number_of",
    "read_failure",
    "split_ser_code",
]

NESTING_MAX = 8  # errors within errors, alerts within answers
OTHERS_MAX = 8  # that failed beside the first
JSON_MAX = 1_000_000  # characters of JSON in a string
NOT_PLACED = ("", "Common")  # the vendor's domain of what it could not place: its name tells nothing
CANDIDATES = ("errorMessage", "error")
RESULTS = ("result", "activityresult", "taskresult")
ENDINGS = frozenset({"error", "warning", "cancelled", "abandoned", "timedout"})  # how a run ended, not why
TELLING = ("domain", "reason", "context", "kbLink", "debug", "cause", "message", "origin")


def read_failure(obj: object) -> Failure | None:
    """Read the failure that a parsed JSON object tells of.

    Where several things failed side by side, the first leads and the rest are its `others`.

    Returns:
        None when it tells of none: a job that went well or still runs, or not an Acronis object at all.
    """
    told = list(_errors_of(obj, NESTING_MAX))
    pieces = [_piece(each.error) for each in told]
    failure = _join(pieces, _alert_type(obj))
    if failure.says_nothing or failure.code.casefold() == "ok":
        return None
    beside = [error for each in told for error in each.beside] + [branch for each in pieces for branch in each.branches]
    return msgspec.structs.replace(failure, others=apart(failure, _each_of(beside))) if beside else failure


def apart(first: Failure, others: Iterable[Failure]) -> tuple[Failure, ...]:
    """Keep of the others, in order, those that tell of something that nobody before them told of."""
    kept = [first]
    for other in others:
        if len(kept) <= OTHERS_MAX and not any(covers(each, other) for each in kept):
            kept.append(other)
    return tuple(kept[1:])


class _Told(NamedTuple):
    """An error object, and what else failed in the same place."""

    error: Object
    beside: tuple[Object, ...] = ()


class _Piece(NamedTuple):
    """What one error object told."""

    names: tuple[str, ...] = ()  # outermost to innermost
    module: str = ""
    tree: tuple[Cause, ...] = ()
    ser: tuple[int, ...] = ()
    alert: str = ""
    cause: str = ""  # the text of the innermost link
    text: str = ""
    tag: str = ""
    build: str = ""
    os_error: int | None = None  # as told: an HRESULT or a bare Win32 error
    ending: str = ""
    branches: tuple[Object, ...] = ()  # what its tree has beside the first way down


def _join(pieces: list[_Piece], alert: str) -> Failure:
    names = tuple(dict.fromkeys(name for piece in pieces for name in piece.names))
    cause = first_of(piece.cause for piece in pieces)
    text = cause or first_of(piece.text for piece in pieces)
    tree = max((piece.tree for piece in pieces), key=len, default=())
    ser = max((piece.ser for piece in pieces), key=len, default=())
    os_error = next((piece.os_error for piece in pieces if piece.os_error), None)
    chain = _with_cause(joined(tree, ser, os_error, text), cause)
    module = first_of(piece.module for piece in pieces)
    quoted = _quoted(pieces, names, chain)
    if quoted and chain and module not in NOT_PLACED:  # the vendor's own name comes first
        chain = (*chain[:-1], msgspec.structs.replace(chain[-1], name=quoted.name, module=quoted.service))
    elif quoted:
        names, module = (*names, quoted.name), module or quoted.service
    elif not any(link.name for link in chain):
        status = first_of(status_in(said) for piece in pieces for said in (piece.cause, piece.text))
        names = (*names, status) if status and status not in names else names
    ending = first_of(piece.ending for piece in pieces)
    if chain or (text and ending == "error"):
        ending = ""  # there is an error that tells more
    return Failure(
        code=names[0] if names else ending,
        module=module,
        chain=chain,
        text=text,
        tag=first_of(piece.tag for piece in pieces),
        alert=alert or first_of(piece.alert for piece in pieces),
        inner=names[1:],
        build=first_of(piece.build for piece in pieces),
    )


def _quoted(pieces: list[_Piece], names: tuple[str, ...], chain: tuple[Cause, ...]) -> Quoted | None:
    """Find the service's answer that a sentence quotes, unless the structure named one."""
    if any(link.name for link in chain):
        return None
    found = (quoted_in(text) for piece in pieces for text in (piece.cause, piece.text))
    return next((each for each in found if each and each.name not in names), None)


def _with_cause(chain: tuple[Cause, ...], cause: str) -> tuple[Cause, ...]:
    """Let the innermost link say the vendor's cause when the structure gave it no words."""
    if not chain or not cause or chain[-1].text:
        return chain
    return (*chain[:-1], msgspec.structs.replace(chain[-1], text=cause))


# --- side by side -----------------------------------------------------------------------------------------------


def _each_of(beside: Iterable[Object]) -> Iterator[Failure]:
    """Read each error by itself, then what failed beside it in turn."""
    waiting = deque(beside)
    for _ in range(BRANCHES_MAX):
        if not waiting:
            return
        piece = _piece(waiting.popleft())
        waiting.extend(piece.branches)
        failure = _join([piece], "")
        if not failure.says_nothing:
            yield failure


def covers(known: Failure, other: Failure) -> bool:
    """Tell whether the other says nothing that is not known: no number, no name, or without both no other words."""
    if not other.chain and not _names(other):
        return other.text in ("", known.text, *(link.text for link in known.chain))
    numbers = {link.number for link in known.chain}
    same_end = bool(other.chain) and other.chain[-1:] == known.chain[-1:]
    return _names(other) <= _names(known) and (same_end or all(link.number in numbers for link in other.chain))


def _names(failure: Failure) -> set[str]:
    told = (failure.code, *failure.inner, *(link.name for link in failure.chain))
    return {name for name in told if name and name not in ENDINGS}


# --- where the errors are ---------------------------------------------------------------------------------------


def _alert_type(obj: object) -> str:
    item = object_in(obj)
    is_alert = ("details" in item or "severity" in item) and not any(key in item for key in (*RESULTS, "state"))
    return name_in(item.get("type")) if is_alert else ""


def _errors_of(obj: object, depth: int) -> Iterator[_Told]:
    """Find the error objects in what was given, the most telling first."""
    item = object_in(obj)
    if not item or depth == 0:
        return
    found = False
    for inside in _envelopes(item):
        for told in _several(inside, depth - 1) if isinstance(inside, list) else _errors_of(inside, depth - 1):
            found = True
            yield told
    if _ending(item) or (not found and _is_error(item)):
        yield _Told(item)


def _several(items: Sequence[object], depth: int) -> Iterator[_Told]:
    """Find the errors of the first item that has any, and beside them those of the items after it."""
    read = (list(_errors_of(_spelt_out(item), depth)) for item in items[:BRANCHES_MAX])
    first, *rest = [told for told in read if any(not _only_ends(each.error) for each in told)] or [[]]
    beside = tuple(error for told in rest for error in (told[0].error, *told[0].beside))
    for each in first:
        yield _Told(each.error, (*each.beside, *beside))
        beside = ()


def _envelopes(item: Object) -> Iterator[object]:
    """List where errors may be inside; a list holds what failed side by side."""
    for key in RESULTS:
        if key in item:
            yield item[key]
    if _alert_type(item):
        yield item.get("details")
    if "serCode" in item or "kbLink" in item or ("domain" in item and name_in(item.get("code"))):
        return  # this is the error itself; what hangs below it is read with it
    told = [_spelt_out(item[key], item) for key in CANDIDATES if item.get(key)]
    yield from told
    if not any(told):
        payload = object_in(_spelt_out(item.get("payload")))
        yield list_in(item.get("warnings")) or list_in(payload.get("UnresolvedItemsWarning"))
        yield _spelt_out(payload.get("error"))
        yield _spelt_out(object_in(payload.get("agent_result")).get("completionResult"))
        if "state" in item:
            yield object_in(item.get("context")).get("error")


def _spelt_out(value: object, beside: Object | None = None) -> object:
    """Give what a text stands for: the JSON that it is, or an error with that name, number or message."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text[:1] in ("{", "["):
        return _parsed(text)
    if name_in(text):
        said = first_of(text_in((beside or {}).get(key)) for key in ("message", "error_description"))
        return {"code": text, "message": said}
    if split_ser_code(text)[1]:
        return {"serCode": text}
    said = sentence_in(text)
    return {"message": said} if said else None


def _parsed(text: str) -> object:
    try:
        return json.loads(text) if len(text) <= JSON_MAX else None
    except (ValueError, RecursionError):
        return {"message": text}


def _is_error(item: Object) -> bool:
    if ("type" in item and "details" in item) or "uuid" in item or "items" in item:
        return False
    code = item.get("code")
    if number_of(code) and ("module" in item or text_in(item.get("domain")) or is_tree(item)):
        return True
    if (name_in(code) or name_in(item.get("reason"))) and (len(item) == 1 or any(key in item for key in TELLING)):
        return True
    return _has_ser_code(item) or bool(trunk_of(item).links) or _only_says(item)


def _only_says(item: Object) -> bool:
    """Tell whether it is an error by its words: its code is none or a sentence (0 is success)."""
    if "state" in item or "status" in item or number_of(item.get("code")) == 0:
        return False
    return bool(
        text_in(item.get("message")).strip() or (("domain" in item or len(item) == 1) and sentence_in(item.get("code")))
    )


def _only_ends(item: Object) -> bool:
    return len(item) == 1 and bool(_ending(item))


def _ending(item: Object) -> str:
    """Read a result code, which says how a run ended and not why; "" when it is none."""
    code = text_in(item.get("code")).strip().casefold()
    return code if code in ENDINGS else ""


def _has_ser_code(item: Object) -> bool:
    return any(text_in(value) for value in _ser_codes(item))


# --- one error object -------------------------------------------------------------------------------------------


def _piece(error: Object) -> _Piece:
    context = object_in(error.get("context"))
    link = object_in(error.get("kbLink"))
    ser_alert, ser = _longest_ser_code(error)
    trunk = trunk_of(error)
    top = _top_name(error)
    names = tuple(dict.fromkeys(name for name in (top, *trunk.names) if name))
    return _Piece(
        names=names,
        module=text_in(error.get("domain")),
        tree=trunk.tree,
        ser=ser,
        alert=ser_alert,
        cause=first_of((text_in(context.get("cause_str")), text_in(error.get("cause")))),
        text=_sentence(error, context, trunk, names),
        tag=tag_in(link.get("lineTag")) or trunk.tag,
        build=_build(link.get("build")),
        os_error=number_of(context.get("os_error_code")),
        ending=_ending(error),
        branches=trunk.branches,
    )


def _top_name(error: Object) -> str:
    """Name the error: its code if that is a name, else its reason, else a service's own number (1006)."""
    code = error.get("code")
    named = ("" if _ending(error) else name_in(code)) or name_in(error.get("reason"))
    if named or not text_in(error.get("domain")) or is_tree(error):
        return named
    number = number_of(code)
    return str(number) if number else ""


def _sentence(error: Object, context: Object, trunk: Trunk, names: tuple[str, ...]) -> str:
    said = (
        error.get("message"),
        error.get("localizedMessage"),
        object_in(error.get("debug")).get("msg"),
        *trunk.texts,
        error.get("text"),
        context.get("effect_str"),
        error.get("effect"),
    )
    told = first_of(text for value in said if (text := text_in(value)) and text not in names)
    return told or first_of(sentence_in(code) for code in (error.get("reason"), error.get("code")))


def _ser_codes(error: Object) -> tuple[object, ...]:
    """List where a serCode may stand; the older errors had a link (`kb_link`) in place of `kbLink`."""
    link, context = object_in(error.get("kbLink")), object_in(error.get("context"))
    links = (text_in(error.get("kb_link")), text_in(error.get("kbLink")), text_in(link.get("url")))
    written = (error.get("serCode"), link.get("serCode"), context.get("serCode"))
    return (*written, *(each for each in links if "/" in each))


def _longest_ser_code(error: Object) -> tuple[str, tuple[int, ...]]:
    read = [split_ser_code(value) for value in _ser_codes(error) if value and isinstance(value, str)]
    return first_of(alert for alert, _ in read), max((numbers for _, numbers in read), key=len, default=())


def _build(value: object) -> str:
    return str(value) if isinstance(value, int) and number_of(value) else text_in(value)
