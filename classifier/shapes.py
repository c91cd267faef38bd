"""Every known shape of an Acronis error, as parsed JSON -> Failure.

Reads an alert, its details, an activity or task, a result, an error object (today's and that of
2017-2020), a bare suberror tree and an API's error answer. Knows no rules. Odd input gives less, never an exception.
"""

import math
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from classifier.failure import HRESULT_MIN, Cause, Failure

Object: TypeAlias = dict[object, object]

LINKS_MAX = 256  # the innermost are kept; the longest chain met has 17
NESTING_MAX = 8  # errors within errors, alerts within answers
WINDOWS_ERROR = 0xFFF0  # the HRESULT stands beside this number, not beneath it
WIN32_AS_HRESULT = 0x8007_0000
CANDIDATES = ("errorMessage", "error")
RESULTS = ("result", "activityresult", "taskresult")
ENDINGS = frozenset({"error", "warning", "cancelled", "abandoned", "timedout"})  # how a run ended, not why
TREE_MARKS = ("suberror", "fields", "src", "linetag", "types")

_NAME = re.compile(r"[A-Za-z0-9_][\w.:\-]{1,119}", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,10}", re.ASCII)
_HEX = re.compile(r"0x[0-9a-f]{1,8}", re.ASCII | re.IGNORECASE)
_HRESULT_IN_TEXT = re.compile(r"0x(8[0-9a-f]{7})(?![0-9a-f])", re.ASCII | re.IGNORECASE)


def read_failure(obj: object) -> Failure | None:
    """Read the failure that a parsed JSON object tells of.

    Returns:
        None when it tells of none: a job that went well or still runs, or not an Acronis object at all.
    """
    alert = _alert_type(obj)
    pieces = [_piece(error) for error in _errors_of(obj, NESTING_MAX)]
    failure = _join(pieces, alert)
    return None if failure.says_nothing or failure.code.casefold() == "ok" else failure


def number_of(value: object) -> int | None:
    """Read a 32-bit number in any notation: int, negative int, whole float, decimal or hex string; else None."""
    match value:
        case bool():
            return None
        case int():
            return _in_32_bits(value)
        case float():
            return _in_32_bits(int(value)) if math.isfinite(value) and value.is_integer() else None
        case str():
            text = value.strip()
            if _HEX.fullmatch(text):
                return int(text, 16)
            return _in_32_bits(int(text)) if _DECIMAL.fullmatch(text) else None
        case _:
            return None


def hresult_of(value: object) -> int | None:
    """Read an HRESULT; a bare Win32 error (5) becomes one (0x80070005)."""
    number = number_of(value)
    if not number:
        return None
    if number < 0x1_0000:
        return WIN32_AS_HRESULT | number
    return number if number >= HRESULT_MIN else None


def split_ser_code(text: str) -> tuple[str, tuple[int, ...]]:
    """Split `BackupFailed+0x01350016+…` into the alert type ("" when it has none) and the numbers."""
    alert, numbers = "", []
    first, *rest = text.split("+")
    for part in (first, *rest[-LINKS_MAX:]):
        number = number_of(part)
        if number is not None:
            numbers.append(number)
        elif not numbers and not alert and _NAME.fullmatch(part.strip()):
            alert = part.strip()
    return alert, tuple(numbers[-LINKS_MAX:])


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


def _join(pieces: list[_Piece], alert: str) -> Failure:
    names = tuple(dict.fromkeys(name for piece in pieces for name in piece.names))
    cause = _first(piece.cause for piece in pieces)
    text = cause or _first(piece.text for piece in pieces)
    tree = max((piece.tree for piece in pieces), key=len, default=())
    ser = max((piece.ser for piece in pieces), key=len, default=())
    os_error = next((piece.os_error for piece in pieces if piece.os_error), None)
    chain = _with_cause(_chain(tree, ser, os_error, text), cause)
    ending = _first(piece.ending for piece in pieces)
    if chain or (text and ending == "error"):
        ending = ""  # there is an error that tells more
    return Failure(
        code=names[0] if names else ending,
        module=_first(piece.module for piece in pieces),
        chain=chain,
        text=text,
        tag=_first(piece.tag for piece in pieces),
        alert=alert or _first(piece.alert for piece in pieces),
        inner=names[1:],
        build=_first(piece.build for piece in pieces),
    )


# --- where the errors are ---------------------------------------------------------------------------------------


def _alert_type(obj: object) -> str:
    item = _object(obj)
    is_alert = ("details" in item or "severity" in item) and not any(key in item for key in (*RESULTS, "state"))
    return _name(item.get("type")) if is_alert else ""


def _errors_of(obj: object, depth: int) -> Iterator[Object]:
    """Find the error objects in what was given, the most telling first."""
    item = _object(obj)
    if not item or depth == 0:
        return
    found = False
    for inside in _envelopes(item):
        for error in _errors_of(inside, depth - 1):
            found = True
            yield error
    if _ending(item) or (not found and _is_error(item)):
        yield item


def _envelopes(item: Object) -> Iterator[object]:
    for key in RESULTS:
        yield item.get(key)
    if _alert_type(item):
        yield item.get("details")
    if "serCode" in item or "kbLink" in item or (_name(item.get("code")) and "domain" in item):
        return  # this is the error itself; what hangs below it is read with it
    for key in CANDIDATES:
        yield item.get(key)
    if not _object(item.get("error")) and not _object(item.get("errorMessage")):
        yield next((warning for warning in _list(item.get("warnings")) if _object(warning)), None)
        yield _object(item.get("payload")).get("error")
        if "state" in item:
            yield _object(item.get("context")).get("error")


def _is_error(item: Object) -> bool:
    if ("type" in item and "details" in item) or "uuid" in item or "items" in item:
        return False
    if number_of(item.get("code")) and (_is_tree(item) or "module" in item or _text(item.get("domain"))):
        return True
    named = bool(_name(item.get("code")) or _name(item.get("reason")))
    told = any(key in item for key in ("domain", "reason", "context", "kbLink", "debug", "cause", "message", "origin"))
    return (named and (told or len(item) == 1)) or _has_ser_code(item) or bool(_chain_below(item)) or _only_says(item)


def _only_says(item: Object) -> bool:
    """Tell whether it is an error by its words: its code is none or a sentence (0 is success)."""
    if "state" in item or "status" in item or number_of(item.get("code")) == 0:
        return False
    return bool(
        _text(item.get("message")).strip() or (("domain" in item or len(item) == 1) and _sentence_in(item.get("code")))
    )


def _ending(item: Object) -> str:
    """Read a result code, which says how a run ended and not why; "" when it is none."""
    code = _name(item.get("code")).casefold()
    return code if code in ENDINGS else ""


def _has_ser_code(item: Object) -> bool:
    return any(_text(holder.get("serCode")) for holder in (item, _object(item.get("kbLink"))))


def _is_tree(item: Object) -> bool:
    return any(key in item for key in TREE_MARKS) or set(item) <= {"code", "text", "module"}


# --- one error object -------------------------------------------------------------------------------------------


def _piece(error: Object) -> _Piece:
    context = _object(error.get("context"))
    link = _object(error.get("kbLink"))
    ser_alert, ser = _longest_ser_code(error.get("serCode"), link.get("serCode"), context.get("serCode"))
    nodes = _chain_below(error)
    top = _top_name(error)
    cause = _first(_text(value) for value in (context.get("cause_str"), error.get("cause")))
    return _Piece(
        names=tuple(dict.fromkeys(name for name in (top, *_names_in(nodes)) if name)),
        module=_text(error.get("domain")),
        tree=_causes(nodes),
        ser=ser,
        alert=ser_alert,
        cause=cause,
        text=_sentence(error, context, nodes),
        tag=_first((_tag(link.get("lineTag")), *(_tag_of(node) for node in reversed(nodes)))),
        build=_build(link.get("build")),
        os_error=number_of(context.get("os_error_code")),
        ending=_ending(error),
    )


def _top_name(error: Object) -> str:
    """Name the error: its code if that is a name, else its reason, else a service's own number (1006)."""
    named = ("" if _ending(error) else _name(error.get("code"))) or _name(error.get("reason"))
    if named:
        return named
    code = error.get("code")
    is_service_number = _text(error.get("domain")) and not any(key in error for key in TREE_MARKS)
    return str(number_of(code)) if is_service_number and number_of(code) else ""


def _sentence(error: Object, context: Object, nodes: list[Object]) -> str:
    debug = _object(error.get("debug"))
    said = (
        error.get("message"),
        error.get("localizedMessage"),
        debug.get("msg"),
        *(node.get("text") for node in reversed(nodes)),
        error.get("text"),
        context.get("effect_str"),
        error.get("effect"),
    )
    codes = (error.get("reason"), error.get("code"))
    return _first((*(_text(value) for value in said), *(_sentence_in(code) for code in codes)))


def _sentence_in(code: object) -> str:
    """Read what somebody wrote as a sentence where a code should stand ("Some Error!")."""
    text = _text(code).strip()
    return "" if _name(text) or number_of(text) is not None or text.isdecimal() else text


def _longest_ser_code(*values: object) -> tuple[str, tuple[int, ...]]:
    read = [split_ser_code(_text(value)) for value in values]
    return _first(alert for alert, _ in read), max((numbers for _, numbers in read), key=len)


# --- the tree below it ------------------------------------------------------------------------------------------


def _chain_below(error: Object) -> list[Object]:
    """List the nodes of an error's cause tree, outermost first; every branch is tried, the longest counts."""
    context = _object(error.get("context"))
    roots = (error, error.get("origin"), error.get("_src"), context.get("_src"), context.get("suberror"))
    return max((list(_descend(root, is_self=root is error)) for root in roots), key=len)[-LINKS_MAX:]


def _descend(root: object, *, is_self: bool) -> Iterator[Object]:
    node, seen = _object(root), set[int]()
    while node and id(node) not in seen:
        seen.add(id(node))
        is_service_error = is_self and len(seen) == 1 and _text(node.get("domain")) and not _is_tree(node)
        if not is_service_error and (_number_in(node) or (len(seen) > 1 and _name(node.get("code")))):
            yield node
        node = _below(node)


def _below(node: Object) -> Object:
    below = node.get("suberror")
    if isinstance(below, list):
        below = next((item for item in below if _object(item)), None)
    return _object(below)


def _number_in(node: Object) -> int | None:
    """Number a link: module << 16 | code when the module stands beside a short code."""
    code, module = number_of(node.get("code")), number_of(node.get("module"))
    if not code and not module:
        return None  # 0 is success
    if module is None or code is None or code > 0xFFFF or module > 0xFFFF:
        return code or None
    return module << 16 | code


def _causes(nodes: list[Object]) -> tuple[Cause, ...]:
    numbered = [(number, node) for node in nodes if (number := _number_in(node)) is not None]
    told = {number for number, _ in numbered}
    links: list[Cause] = []
    for number, node in numbered:
        fields = _object(node.get("fields"))
        text = _text(node.get("text"))
        links.append(Cause(number, text, _name(fields.get("Reason")), _text(fields.get("Domain"))))
        hresult = hresult_of(fields.get("code")) if number == WINDOWS_ERROR else None
        if hresult and hresult not in told:
            links.append(Cause(hresult, text))
    return tuple(links[-LINKS_MAX:])


def _names_in(nodes: list[Object]) -> Iterator[str]:
    for node in nodes:
        yield _name(node.get("code"))


# --- structure and serCode put together -------------------------------------------------------------------------


def _chain(tree: tuple[Cause, ...], ser: tuple[int, ...], os_error: int | None, text: str) -> tuple[Cause, ...]:
    chain = _with_texts(ser, tree) if len(ser) > len(tree) else tree
    windows = max((at for at, link in enumerate(chain) if link.number == WINDOWS_ERROR), default=-1)
    if chain and windows < 0:
        return _with_os_error(chain, os_error)
    if any(link.is_hresult for link in chain):
        return chain
    said = (chain[windows].text if chain else "") or text
    hresult = hresult_of(os_error) or _hresult_in(said)
    return (*chain[: windows + 1], Cause(hresult, said), *chain[windows + 1 :]) if hresult else chain


def _with_os_error(chain: tuple[Cause, ...], os_error: int | None) -> tuple[Cause, ...]:
    """Append the HRESULT that only the context told; a bare Win32 error may be anything without its 0x0000FFF0."""
    if not os_error or os_error < HRESULT_MIN or any(link.number == os_error for link in chain):
        return chain
    return (*chain, Cause(os_error))


def _with_texts(ser: tuple[int, ...], tree: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """Give the serCode's numbers the texts of the structure, matched by number, in order."""
    chain, at = [], 0
    for number in ser:
        found = next((index for index in range(at, len(tree)) if tree[index].number == number), None)
        chain.append(Cause(number) if found is None else tree[found])
        at = at if found is None else found + 1
    return tuple(chain)


def _with_cause(chain: tuple[Cause, ...], cause: str) -> tuple[Cause, ...]:
    """Let the innermost link say the vendor's cause when the structure gave it no words."""
    if not chain or not cause or chain[-1].text:
        return chain
    last = chain[-1]
    return (*chain[:-1], Cause(last.number, cause, last.name, last.module))


def _hresult_in(text: str) -> int | None:
    found = _HRESULT_IN_TEXT.search(text)
    return int(found[1], 16) if found else None


# --- small readers ----------------------------------------------------------------------------------------------


def _object(value: object) -> Object:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _name(value: object) -> str:
    """Read a name; a number in a string is none, nor is a sentence."""
    text = _text(value).strip()
    if text == "No activity":
        return text
    return text if _NAME.fullmatch(text) and number_of(text) is None and not text.isdecimal() else ""


def _build(value: object) -> str:
    return str(value) if isinstance(value, int) and number_of(value) else _text(value)


def _tag_of(node: Object) -> str:
    return _tag(node.get("linetag")) or _tag(_object(node.get("src")).get("tag"))


def _tag(value: object) -> str:
    """Spell a line tag in upper case with its 0x; one of zeros alone is none."""
    digits = _text(value).strip()[2:].upper()
    return f"0x{digits}" if digits.strip("0") else ""


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def _in_32_bits(value: int) -> int | None:
    if -0x8000_0000 <= value <= 0xFFFF_FFFF:
        return value & 0xFFFF_FFFF
    return None
