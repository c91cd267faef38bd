"""read_dump: a failure from text that an engineer pastes: the console's details of an error, or lines of a log.

The console shows blocks between dashes (`Error code`, `Module`, `LineInfo`, `Fields`, `Message`), outermost first, its
labels in the reader's language; the log shows `| error 0x40017: …` above `| line: 0x…`. Both are put back into the
JSON of the same error, which `shapes` reads. The order of the labels is relied on more than their words.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice

import msgspec

from classifier.chain import BRANCHES_MAX, LINKS_MAX, split_ser_code
from classifier.failure import Failure
from classifier.shapes import apart, covers, read_failure
from classifier.values import Object, list_in, name_in, number_of, object_in, text_in

DUMP_MAX = 100_000  # characters; the longest met has 12 000
MESSAGE_MAX = 2_000
FIELDS_MAX = 4_000
STARTS_MAX = 1_000  # blocks or lines that are looked at

# "Error code" in the console's languages; where dashes stand before it any words will do.
CODE_LABELS = (
    "Error code",
    "Fehlercode",
    "Code d'erreur",
    "Código de error",
    "Código de erro",
    "Codice errore",
    "Foutcode",
    "Kod błędu",
    "Kód chyby",
    "Hibakód",
    "Hata kodu",
    "Код ошибки",
    "エラー コード",
    "エラーコード",
    "错误代码",
    "錯誤代碼",
    "오류 코드",
)
HEADINGS = (":", "additional info")  # how what stands above the dashes of a dump ends
PAIRS = {  # names of name/value pairs, by what the error's JSON calls them
    "code": "code",
    "errorcode": "code",
    "module": "module",
    "lineinfo": "linetag",
    "linetag": "linetag",
    "fields": "fields",
    "message": "text",
    "text": "text",
    "domain": "domain",
    "reason": "reason",
    "sercode": "serCode",
}
ALIKE = str.maketrans({"’": "'", "：": ":", "\u00a0": " ", "\u3000": " ", "\r": None})  # other keyboards, other pages

# Possessive (`++`) wherever a run of blanks, bars or dashes may be long: a text is read once, whatever stands in it.
_LABEL = r"(?!-)[^:\n{}|]{2,40}?[ ]?:[ \t]*+"
_NEXT = rf"[\s,;]*+{_LABEL}"
_CODE = rf"(?:{'|'.join(CODE_LABELS)})[ ]?:[ \t]*+"
_BLOCK = re.compile(
    rf"(?:(?<!-)-{{8,}}+\s*+(?:(?P<known>{_CODE})|{_LABEL})|(?<!\w)(?P<bare>{_CODE}))"
    r"(?P<code>-?[0-9]{1,10}|0x[0-9a-f]{1,8})(?![\w.])",
    re.IGNORECASE,
)
_MODULE = re.compile(rf"{_NEXT}([0-9]{{1,5}})(?=[\s,;]*+(?:\Z|{_LABEL})|[ \t,;]*+\n)")
_LINE_INFO = re.compile(rf"{_NEXT}(0x[0-9a-f]{{9,16}})\b", re.IGNORECASE)
_FIELDS = re.compile(rf"{_NEXT}\{{")
_FIELDS_END = re.compile(rf"\}}(?=\s*+(?:\Z|-{{8}}|{_LABEL})|[ \t]*+\n)")
_FIELD = re.compile(r"""["'](code|Reason|Domain)["']\s*:\s*["']?([^"',}\n]{1,120})""")
_MESSAGE = re.compile(_NEXT)
_MESSAGE_END = re.compile(r"\n[ \t]*+\n|-{8}|\Z")

_WORD = r"[^\W\d_]{2,20}[ \t]++"  # "Error", in any language
_HEAD = re.compile(
    rf"(?:(?P<bars>(?:\|[ \t]*+){{1,12}}+){_WORD}|^[ \t]*+(?:{_WORD})?|(?<=[\s:]){_WORD})"
    r"0x(?P<number>[0-9a-f]{1,8})\b(?=[ \t]*+(?::(?:[ \t|]|$)|\||$))",
    re.IGNORECASE | re.MULTILINE,
)
_BAR_FIRST = re.compile(r"[ \t]*+\|")
_PROPERTY = re.compile(r"\|[ \t]*+(\$?\w[\w ]{0,30}?)[ \t]*:[ \t]*([^|\n]{0,300})")
_LINE_TAG = re.compile(r"0x[0-9a-f]{9,16}", re.ASCII | re.IGNORECASE)
_SER_CODE = re.compile(r"0x[0-9a-f]{1,8}(?:\+0x[0-9a-f]{1,8})+", re.ASCII | re.IGNORECASE)
_NOT_A_LETTER = re.compile(r"[\W\d_]+")


def read_dump(text: str) -> Failure | None:
    """Read the failure in a text from the console or a log, or in its name/value pairs as JSON.

    Where it tells of several, the first leads and the rest are its `others`.

    Returns:
        None when the text holds no such dump; codes and words that stand in it freely are not looked for here.
    """
    told = text[:DUMP_MAX].translate(ALIKE)
    errors = _pairs(told) if told.lstrip()[:1] == "[" else _printed(told)
    failures = [failure for error in errors if (failure := read_failure(error))]
    if not failures:
        return None
    most = (failure for failure in failures if not any(_says_more(other, failure) for other in failures))
    first = next(most, failures[0])
    others = apart(first, (failure for failure in failures if failure is not first))
    return msgspec.structs.replace(first, others=others)


def _says_more(one: Failure, other: Failure) -> bool:
    return covers(one, other) and not covers(other, one)


def _printed(text: str) -> list[Object]:
    """Read what the console and the log printed; a serCode beside it belongs to it, when it is the only one."""
    errors = [*_console(text), *_log(text)]
    ser_code = _SER_CODE.search(text) if len(errors) == 1 else None
    return [{**errors[0], "serCode": ser_code[0]}] if ser_code else errors


def _nested(nodes: list[Object]) -> Object:
    """Hang each node below the one before it."""
    tree: Object = {}
    for node in reversed(nodes[-LINKS_MAX:]):
        tree = {**node, "suberror": tree}
    return tree


# --- the console ------------------------------------------------------------------------------------------------


def _console(text: str) -> list[Object]:
    """Read the blocks, each chain of them one error."""
    chains: list[list[Object]] = [[]]
    for start, told in _cut(_BLOCK, text):
        node, rest = _block(start, told)
        if node:
            chains[-1].append(node)
        if rest.rstrip().casefold().endswith(HEADINGS) and len(chains) < BRANCHES_MAX:
            chains.append([])
    return [_nested(chain) for chain in chains if chain]


def _cut(pattern: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Give each place where something begins, and the text from there to the next."""
    starts = list(islice(pattern.finditer(text), STARTS_MAX))
    ends = [*(start.start() for start in starts[1:]), len(text)]
    for start, end in zip(starts, ends, strict=False):
        yield start, text[start.end() : end]


def _block(start: re.Match[str], text: str) -> tuple[Object, str]:
    """Read what follows one error code, in the order in which the console prints it, and what stands after it.

    The node is empty when this is no block: after dashes any words may stand above a number.
    """
    code = number_of(start["code"])
    module = _MODULE.match(text) if code is not None and code <= 0xFFFF else None
    line_info = _LINE_INFO.match(text, module.end() if module else 0)
    at = max((found.end() for found in (module, line_info) if found), default=0)
    fields, at = _fields(text, at)
    label = _MESSAGE.match(text, at)
    message, rest = _message(text, label.end()) if label else ("", text[at:])
    is_named = bool(start["known"] or start["bare"])
    if not (line_info or fields is not None or (is_named and (module or (code or 0) > 0xFFFF))):
        return {}, rest
    return {
        "code": code,
        "module": module[1] if module else None,
        "linetag": line_info[1] if line_info else "",
        "fields": fields or {},
        "text": message[:MESSAGE_MAX],
    }, rest


def _message(text: str, at: int) -> tuple[str, str]:
    """Cut the message from what a person wrote below it."""
    end = _MESSAGE_END.search(text, at)
    until = end.start() if end else len(text)
    return text[at:until].strip(), text[until:]


def _fields(text: str, at: int) -> tuple[Object | None, int]:
    """Read the few fields that count, also where quotes within quotes make the JSON unreadable; None without any."""
    opened = _FIELDS.match(text, at)
    if not opened:
        return None, at
    closed = _FIELDS_END.search(text, opened.end(), opened.end() + FIELDS_MAX)
    end = closed.end() if closed else len(text)
    return dict(_FIELD.findall(text, opened.end(), end)), end


# --- the log ----------------------------------------------------------------------------------------------------


def _log(text: str) -> list[Object]:
    """Read the lines of a log: an error without a bar before it begins anew, one behind a bar is the reason."""
    chains, is_log = list[list[Object]](), False
    for head, told in _cut(_HEAD, text):
        node, has_line = _entry(head, told)
        is_log = is_log or has_line or bool(head["bars"])
        if chains and _is_behind_a_bar(head, text):
            chains[-1].append(node)
        elif len(chains) < BRANCHES_MAX:
            chains.append([node])
    return [_nested(chain) for chain in chains] if is_log else []


def _entry(head: re.Match[str], text: str) -> tuple[Object, bool]:
    """Read one error and its properties; say whether they name its line, as only the log does."""
    properties = _PROPERTY.findall(text)
    tag = next((value.strip() for _, value in properties if _LINE_TAG.fullmatch(value.strip())), "")
    told = {key: value.strip() for key, value in properties if key in ("code", "Reason", "Domain")}
    words = text.lstrip(": \t").partition("|")[0].partition("\n")[0]
    node: Object = {
        "code": int(head["number"], 16),
        "linetag": tag,
        "fields": told,
        "text": words[:MESSAGE_MAX].strip(),
    }
    return node, bool(tag) or any(key == "$module" for key, _ in properties)


def _is_behind_a_bar(head: re.Match[str], text: str) -> bool:
    return bool(head["bars"] or _BAR_FIRST.match(text, text.rfind("\n", 0, head.start()) + 1))


# --- name/value pairs -------------------------------------------------------------------------------------------


def _pairs(text: str) -> list[Object]:
    """Read `[{"name": "Code", "value": "…"}, …]`; a name that comes again begins the next level."""
    nodes: list[Object] = [{}]
    named = list(_named(text))
    for name, value in named:
        member = PAIRS.get(_NOT_A_LETTER.sub("", name).casefold())
        if member in nodes[-1]:
            nodes.append({})
        if member:
            nodes[-1][member] = value
    first, *more = _printed("\n".join(text_in(value) for _, value in named)) or [{}]
    return [{**_nested([_pair_node(node) for node in nodes]), "context": {"_src": first}}, *more]


def _named(text: str) -> Iterator[tuple[str, object]]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return
    for pair in map(object_in, list_in(parsed)):
        members = {text_in(key).casefold(): value for key, value in pair.items()}
        if isinstance(members.get("name"), str) and "value" in members:
            yield text_in(members["name"]), members["value"]


def _pair_node(told: Object) -> Object:
    """Put the values where the error's JSON has them."""
    node = dict(told)
    code = text_in(told.get("code"))
    if len(split_ser_code(code)[1]) > 1:
        node["serCode"] = node.pop("code")
    elif name_in(code):
        node["message"] = told.get("text")
    fields = told.get("fields")
    node["fields"] = dict(_FIELD.findall(fields)) if isinstance(fields, str) else object_in(fields)
    return node
