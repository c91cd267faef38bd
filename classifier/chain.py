"""From cause trees and serCodes to one chain of causes, and what failed beside it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from classifier.failure import HRESULT_MIN, Cause
from classifier.quoted import quoted_in
from classifier.values import Object, hresult_of, list_in, name_in, number_of, object_in, tag_in, text_in

LINKS_MAX = 256  # the innermost are kept; the longest chain met has 17
BRANCHES_MAX = 64  # that are looked at beside the first
WINDOWS_ERROR = 0xFFF0  # the HRESULT stands beside this number, not beneath it
TREE_MARKS = ("suberror", "suberrors", "fields", "src", "linetag", "types")
BELOW = ("suberror", "suberrors", "children")

_HRESULT_IN_TEXT = re.compile(r"0x(8[0-9a-f]{7})(?![0-9a-f])", re.ASCII | re.IGNORECASE)
_PLUS = re.compile(r"%2b", re.IGNORECASE)
_IN_LINK = re.compile(r"[?&;](?:ser|(?:ser|error)?_?code)=([^&#\s\"<>]+)", re.IGNORECASE)


class Link(NamedTuple):
    """One node of a tree: its number, or None when it has only a name."""

    number: int | None
    node: Object


class Trunk(NamedTuple):
    """The way down through the first branch of every fork, and the other branches."""

    links: tuple[Link, ...] = ()  # outermost first
    branches: tuple[Object, ...] = ()

    @property
    def tree(self) -> tuple[Cause, ...]:
        """Its causes: the links that have a number, and the HRESULTs beside them."""
        told = {link.number for link in self.links}
        return tuple(cause for link in self.links for cause in _causes(link, told))[-LINKS_MAX:]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name_in(link.node.get("code")) for link in self.links if link.number is None)

    @property
    def texts(self) -> tuple[str, ...]:
        """What was said, innermost first."""
        return tuple(text_in(link.node.get("text")) for link in reversed(self.links))

    @property
    def tag(self) -> str:
        return next((tag for link in reversed(self.links) if (tag := _tag_of(link.node))), "")


def trunk_of(error: Object) -> Trunk:
    """Find the cause tree below an error; every place is tried, the longest way down counts."""
    context = object_in(error.get("context"))
    below = context.get("suberror")
    roots = (error.get("origin"), error.get("_src"), context.get("_src"), {"suberror": below} if below else None)
    ways = (_descend(error, is_self=True), *(_descend(root, is_self=False) for root in roots if object_in(root)))
    return max(ways, key=lambda way: len(way.links))


def is_tree(node: Object) -> bool:
    return any(key in node for key in TREE_MARKS) or set(node) <= {"code", "text", "module"}


def split_ser_code(text: str) -> tuple[str, tuple[int, ...]]:
    """Split `BackupFailed+0x01350016+…` into the alert type ("" when it has none) and the numbers.

    A link with the serCode in it will do, and so will a serCode taken out of a link, its plus signs still encoded.
    """
    first, *rest = _parts(_out_of_link(text) if "/" in text or "?" in text else text)
    alert, numbers = "", []
    for part in (first, *rest[-LINKS_MAX:]):
        number = number_of(part)
        if number:
            numbers.append(number)
        elif number is None and not numbers and not alert:
            alert = name_in(part)
    return alert, tuple(numbers[-LINKS_MAX:])


def joined(tree: tuple[Cause, ...], ser: tuple[int, ...], os_error: int | None, text: str) -> tuple[Cause, ...]:
    """Put structure and serCode together, the longer one leading, and add the HRESULT that only words tell."""
    chain = _with_texts(ser, tree) if len(ser) > len(tree) else tree
    windows = max((at for at, link in enumerate(chain) if link.number == WINDOWS_ERROR), default=-1)
    if chain and windows < 0:
        return _with_os_error(chain, os_error)
    if any(link.is_hresult for link in chain):
        return chain
    said = (chain[windows].text if chain else "") or text
    hresult = hresult_of(os_error) or _hresult_in(said)
    return (*chain[: windows + 1], Cause(hresult, said), *chain[windows + 1 :]) if hresult else chain


# --- the way down -----------------------------------------------------------------------------------------------


def _descend(root: object, *, is_self: bool) -> Trunk:
    links, branches, seen = list[Link](), list[Object](), set[int]()
    node = object_in(root)
    while node and id(node) not in seen:
        number = None if is_self and not seen and _is_service_error(node) else _number_in(node)
        if number or (seen and name_in(node.get("code"))):
            links.append(Link(number, node))
        seen.add(id(node))
        below = _below(node)
        if len(below) > 1 and len(branches) < BRANCHES_MAX:
            branches += below[1:BRANCHES_MAX]
        node = below[0] if below else {}
    return Trunk(tuple(links[-LINKS_MAX:]), tuple(branches))


def _below(node: Object) -> list[Object]:
    """List what lies directly beneath, the one that the vendor shows first."""
    below = node.get("suberror")
    if isinstance(below, dict) and "suberrors" not in node and "children" not in node:
        return [below]
    found = (node.get(key) for key in BELOW)
    return [each for value in found for each in (object_in(item) for item in _all_of(value)) if each]


def _all_of(value: object) -> list[object]:
    return list_in(value) or [value]


def _is_service_error(node: Object) -> bool:
    """Tell whether its number is a service's own name for an error (1006) and no link of a chain."""
    return bool(text_in(node.get("domain"))) and not is_tree(node)


def _number_in(node: Object) -> int | None:
    """Number a link: module << 16 | code when the module stands beside a short code."""
    code, module = number_of(node.get("code")), number_of(node.get("module"))
    if not code and not module:
        return None  # 0 is success
    if module is None or code is None or code > 0xFFFF or module > 0xFFFF:
        return code or None
    return module << 16 | code


def _causes(link: Link, told: set[int | None]) -> Iterator[Cause]:
    if link.number is None:
        return
    fields = object_in(link.node.get("fields"))
    text = text_in(link.node.get("text"))
    name, module = name_in(fields.get("Reason")), text_in(fields.get("Domain"))
    quoted = quoted_in(text) if text and not name else None
    yield Cause(link.number, text, quoted.name, quoted.service) if quoted else Cause(link.number, text, name, module)
    hresult = hresult_of(fields.get("code")) if link.number == WINDOWS_ERROR else None
    if hresult and hresult not in told:
        yield Cause(hresult, text)


def _tag_of(node: Object) -> str:
    return tag_in(node.get("linetag")) or tag_in(object_in(node.get("src")).get("tag"))


# --- structure and serCode --------------------------------------------------------------------------------------


def _out_of_link(url: str) -> str:
    parameter = _IN_LINK.search(url)
    return parameter[1] if parameter else url.rpartition("/")[2]


def _parts(text: str) -> list[str]:
    parts = (_PLUS.sub("+", text) if "%" in text else text).split("+")
    if len(parts) > 1:
        return parts
    words = text.split()  # a plus sign that was decoded once too often is a space
    return words if len(words) > 1 and all(number_of(word) is not None for word in words[1:]) else parts


def _with_texts(ser: tuple[int, ...], tree: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """Give the serCode's numbers the texts of the structure, matched by number, in order."""
    chain, at = [], 0
    for number in ser:
        found = next((index for index in range(at, len(tree)) if tree[index].number == number), None)
        chain.append(Cause(number) if found is None else tree[found])
        at = at if found is None else found + 1
    return tuple(chain)


def _with_os_error(chain: tuple[Cause, ...], os_error: int | None) -> tuple[Cause, ...]:
    """Append the HRESULT that only the context told; a bare Win32 error may be anything without its 0x0000FFF0."""
    if not os_error or os_error < HRESULT_MIN or any(link.number == os_error for link in chain):
        return chain
    return (*chain, Cause(os_error))


def _hresult_in(text: str) -> int | None:
    found = _HRESULT_IN_TEXT.search(text)
    return int(found[1], 16) if found else None
