"""What a person may paste, taken apart: numbers in every notation, JSON, articles, tags, labels. Knows no rules."""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from classifier.shapes import HRESULT_MIN, WIN32_AS_HRESULT, number_of

TEXT_MAX = 100_000  # characters that are looked at
OBJECTS_MAX = 500  # of a pasted list
TRIES = 8  # places in a text where JSON may begin
CANDIDATES_MAX = 4
PHRASES = {  # what web servers say beside a status
    401: ("unauthorized",),
    403: ("forbidden",),
    404: ("not found",),
    407: ("proxy authentication required",),
    429: ("too many requests",),
    500: ("internal server error",),
    502: ("bad gateway",),
    503: ("service unavailable", "service temporarily unavailable", "server unavailable"),
    504: ("gateway timeout", "gateway time-out"),
}
LIST_MAX, LISTED_MAX = 600, 6  # characters of a list of codes, and codes in it
HEAD = 4_000  # characters of a long text in which titles are looked for
LINES_MAX = 40
LINE_MAX = 200  # characters; a title is shorter

_SIGNS = {
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"),
    **dict.fromkeys(map(ord, "“”„‟«»″"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛′"), "'"),
    **dict.fromkeys(map(ord, "\u00a0\u2007\u202f"), " "),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"), None),
}
_SHORT = r"(?:0x[0-9a-f]{1,4}|[0-9]{1,5})"  # a module or a code on its own
_MODULE = r"(?:modul[eo]?|módulo|moduł|modül|модуль|モジュール|模块|模組|모듈)"  # as consoles and logs name it
_CODE = r"[^\W\d]{0,6}(?:code|código|codice|kod|код|コード|代码|代碼|코드)"
_ERROR = r"(?:error|erreur|errore|erro|fehler|fout|ошибка)"
_WINDOWS = rf"(?:(?:windows|win32|system|os)[\s-]{{0,3}}{_ERROR}|{_ERROR}\s(?:de\s)?(?:windows|win32))"
_FLAGS = re.IGNORECASE

_CODE_THEN_MODULE = re.compile(rf"({_SHORT})\W{{1,4}}{_MODULE}\W{{0,4}}({_SHORT})\W*", _FLAGS)
_MODULE_THEN_CODE = re.compile(rf"{_MODULE}\W{{0,4}}({_SHORT})\W{{1,4}}(?:{_CODE}\W{{0,4}})?({_SHORT})\W*", _FLAGS)
_CODE_IN_MODULE = re.compile(rf"({_SHORT})\s*\(\s*({_SHORT})\s*\)")
_MODULE_SIGN_CODE = re.compile(rf"({_SHORT})\s*[/:|]\s*({_SHORT})", _FLAGS)
_MODULE_ALONE = re.compile(rf"{_MODULE}\W{{0,4}}({_SHORT})\W*", _FLAGS)
_WINDOWS_ALONE = re.compile(rf"{_WINDOWS}(?:\s(?:code|number|no\.?))?\W{{0,4}}([0-9]{{1,5}})\W*", _FLAGS)
_OTHER_HEX = re.compile(r"(?<![\w&])(?:&H([0-9a-f]{8})&?|([0-9a-f]{8})h)(?!\w)", _FLAGS)
_STATUS = re.compile(
    r"(http(?:/[0-9](?:\.[0-9])?)?\s{1,3}|http/?)?(?:(?:status|error|code|response)[\s:]{1,3}){0,2}"
    r"\(?([45][0-9]{2})\)?(?:\W{0,3}([a-z][a-z '-]{2,40}))?[.!]?",
    _FLAGS,
)
_HEX = re.compile(r"0x[0-9a-f]{1,8}", _FLAGS)
_BARE_HEX = re.compile(r"(?=[0-9]*[a-f]|0|8)[0-9a-f]{8}", _FLAGS)
_DECIMAL = re.compile(r"-?[0-9]{1,10}")

CODES = (  # how the word before a code ends
    *("error", "erreur", "errore", "erro", "fehler", "fout", "ошибка", "hresult", "hr"),
    *("code", "código", "codice", "kod", "код", "コード", "代码", "代碼", "코드"),
)
NO_CODES = frozenset(  # words before a hexadecimal number that is no code
    (
        *("line", "info", "lineinfo", "tag", "linetag", "level", "tracelevel", "returncode", "isreturncode"),
        *("address", "offset", "thread", "flag", "flags", "size", "state", "status", "version", "id"),
    )
)

_IN_TEXT = re.compile(
    rf"""(?<![\w.])(?:
        (?P<code>{_SHORT})\W{{1,4}}{_MODULE}\W{{0,4}}(?P<of>{_SHORT})(?!\w)
      | {_MODULE}\W{{0,4}}(?P<module>{_SHORT})\W{{1,4}}(?:[^\W\d]{{1,15}}\W{{1,3}})?{_CODE}\W{{0,4}}
        (?P<its>{_SHORT})(?!\w)
      | {_WINDOWS}(?:\s(?:code|number|no\.?))?\W{{0,4}}(?P<windows>[0-9]{{1,5}})(?!\w)
      | (?P<hex>0x[0-9a-f]{{1,8}})L?(?!\w)
      | (?P<negative>-[0-9]{{9,10}})(?![\w-])
      | (?<!-)(?P<bare>8[0-9a-f]{{7}})(?![\w-])
      | (?P<decimal>[0-9]{{6,10}})(?![\w-]|\.\w)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_WORD_BEFORE = re.compile(r"\W{0,4}([^\W\d_]{1,20})")  # of a text read backwards
_JSON_OPENS = re.compile(r'\{\s{0,9}"|(?:\[\s{0,9})+[\[{]')
_ARTICLE = re.compile(
    r"(?:\bkb\s{0,3}[-#:]?\s{0,3}|(?:https?://)?(?:kb|care)\.acronis\.com/\S{0,60}?/?(?:content|article)/)([0-9]{4,6})(?![0-9])",
    _FLAGS,
)
_BARE_ARTICLE = re.compile(r"[0-9]{4,6}")
_LINE_TAG = re.compile(r"0x[0-9a-f]{9,16}|(?=[0-9]*[a-f])[0-9a-f]{16}", _FLAGS)
_GUID = re.compile(r"\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?", _FLAGS)
_ROW = re.compile(r"(?:incident\s?)?#\s?([0-9]{1,6})", _FLAGS)
_BETWEEN = re.compile(r"\s+(?:and|und|et|y|&)\s+|[\s,;|]+", _FLAGS)
_LISTED = re.compile(r"0x[0-9a-f]{5,8}L?|-[0-9]{9,10}|8[0-9a-f]{7}|[0-9]{7,10}|[a-z]\w{5,120}", _FLAGS | re.ASCII)
_LABELS = (
    r"(?:alert|error|warning|activity|message|msg|code|type|title|reason|domain|number|no\.?|nr\.?|hresult|result|ser|"
    r"line|tag|info|command|id|kb|c2c|text|event|details?|fehler|fehlercode|exit|os|name|cause)"
)
_LABEL = re.compile(
    rf"(?:{_LABELS}[ _-]?){{1,3}}\s*[:=]\s*|(?:error|alert|warning|code|event|hresult|fehler|fehlercode)"
    r"(?:\s+(?:code|number|no\.?|type|id))?[\s#]+",
    _FLAGS,
)
_AFTERWORD = re.compile(r"[\W_]?\s(?:(?:alert|error|warning|message)s?|means?)\W{0,3}$", _FLAGS)
_ASKED_FOR = re.compile(r"(?:what(?:'s|\s(?:is|are|does))|explain|meaning\sof)\s+(?:(?:the|an?)\s+)?", _FLAGS)
_ERROR_AT_END = re.compile(
    rf"\s{_ERROR}(?:\s(?:code|number|no\.?))?[\s:=#]{{1,3}}((?:0x)?[0-9a-f]{{1,10}})\W{{0,3}}$", _FLAGS
)
_MODULE_SAID = re.compile(_MODULE, _FLAGS)
_QUOTED = re.compile(r'"([^"\n]{4,120})"')
_DECODER = json.JSONDecoder()


class Reading(NamedTuple):
    """One way to read a number, and how that was done ("" when there is no doubt)."""

    number: int
    how: str = ""
    is_windows: bool = False  # said to be a Windows error
    is_short: bool = False  # so short that it may be a Windows error, or one of a module not named


def tidy(text: str) -> str:
    """Undo what phones, chats and addresses do to a text: smart quotes, long dashes, wide digits, `%2B`, code marks."""
    words = unicodedata.normalize("NFKC", text[:TEXT_MAX].translate(_SIGNS))[:TEXT_MAX]
    words = _OTHER_HEX.sub(r"0x\1\2", words)
    for _ in range(2):  # an address inside an address is encoded twice
        if "%2b" in words.casefold() or "%252b" in words.casefold():
            words = unquote(words)
    words = words.strip().strip("`").strip()
    is_quoted = len(words) > 1 and words[0] == words[-1] and words[0] in "\"'" and words.count(words[0]) == 2
    return words[1:-1].strip() if is_quoted else words


def candidates(question: str) -> tuple[str, ...]:
    """Give the question, then what is left without labels (`alert: …`, `Error code: …`) and words around it."""
    found = [question]
    if len(question) > LINE_MAX:
        return (question,)
    rest = question
    if asking := _ASKED_FOR.match(question):
        rest = question[asking.end() :].rstrip(" ?!.")
        found.append(rest)
    while len(found) < CANDIDATES_MAX and (label := _LABEL.match(rest)):
        rest = rest[label.end() :].strip().strip('"').strip()
        if rest:
            found.append(rest)
    found += [words[: end.start()] for words in found if (end := _AFTERWORD.search(words)) and end.start()]
    if (ends := _ERROR_AT_END.search(question)) and not _MODULE_SAID.search(question):
        found.append(ends[1])
    return tuple(dict.fromkeys(found))


def lines_of(text: str) -> tuple[str, ...]:
    """Give the lines at the head of a text, what follows their labels, and what stands in quotes."""
    head = text[:HEAD]
    lines = [line.strip() for line in head.splitlines() if len(line) < LINE_MAX][:LINES_MAX]
    return tuple(dict.fromkeys((*values_of(head), *lines, *_QUOTED.findall(head))))


def values_of(text: str) -> tuple[str, ...]:
    """Give what follows the labels that lines begin with (`Alert: …`, `Title: …`)."""
    labelled = ((line.strip(), _LABEL.match(line.strip())) for line in text[:HEAD].splitlines()[:LINES_MAX])
    return tuple(line[label.end() :] for line, label in labelled if label)


# --- numbers ----------------------------------------------------------------------------------------------------


def readings(question: str) -> Iterator[Reading]:
    """Read a question that is one number, in every notation; nothing when it is none."""
    words = question.strip(".,;# ")
    if words and words[0] + words[-1] in ("()", "[]", "<>"):
        words = words[1:-1].strip()
    pair = _pair_of(words)
    if pair is not None:
        yield _as_pair(*pair)
    elif windows := _WINDOWS_ALONE.fullmatch(words):
        yield Reading(int(windows[1]), is_windows=True)
    elif words[:2].lower() == "0x":
        digits = words.replace(" ", "").rstrip("lL")
        if _HEX.fullmatch(digits):
            number = int(digits, 16)
            yield Reading(number, is_short=number < 0x1_0000 and len(digits) < 10)
    else:
        yield from _bare_readings(words)


def _bare_readings(words: str) -> Iterator[Reading]:
    if _BARE_HEX.fullmatch(words):
        yield Reading(int(words, 16), "read as hexadecimal without its 0x")
    if _DECIMAL.fullmatch(words):
        number = number_of(words)
        if number is not None and not (words[0] == "0" and len(words) == 8):
            yield Reading(number, _spelt_out(number), is_short=0 < number < 0x1_0000)


def _spelt_out(number: int) -> str:
    return f"module {number >> 16}, code {number & 0xFFFF}" if 0x1_0000 <= number < HRESULT_MIN else ""


def _pair_of(words: str) -> tuple[int, int] | None:
    """Read module and code; a console writes them in either order."""
    if found := _CODE_THEN_MODULE.fullmatch(words) or _CODE_IN_MODULE.fullmatch(words):
        return _short(found[2]), _short(found[1])
    if found := _MODULE_THEN_CODE.fullmatch(words) or _MODULE_SIGN_CODE.fullmatch(words):
        return _short(found[1]), _short(found[2])
    return None


def _as_pair(module: int, code: int) -> Reading:
    if module > 0xFFFF or code > 0xFFFF:
        return Reading(0)
    return Reading(module << 16 | code, f"module {module}, code {code}")


def _short(digits: str) -> int:
    return int(digits, 16) if digits[:2].lower() == "0x" else int(digits)


class Status(NamedTuple):
    """What a web server answered; not sure for a number that stands alone."""

    number: int
    is_sure: bool


def http_status(question: str) -> Status | None:
    """Read an HTTP status, with the word HTTP or with the phrase that belongs to it, or bare."""
    found = _STATUS.fullmatch(question) if len(question) <= LINE_MAX else None
    if found is None:
        return None
    number, phrase = int(found[2]), (found[3] or "").strip().casefold()
    belongs = bool(phrase) and phrase in PHRASES.get(number, ())
    if not found[1] and phrase and not belongs:
        return None
    return Status(number, is_sure=bool(found[1]) or belongs)


def module_of(question: str) -> int | None:
    """Read the number of a module asked for by itself (`module 161`)."""
    found = _MODULE_ALONE.fullmatch(question)
    return _short(found[1]) if found and _short(found[1]) <= 0xFFFF else None


class Token(NamedTuple):
    """A number found in a longer text, and whether it is surely a code (else it is one only if a rule knows it)."""

    number: int
    sure: bool = True


def numbers_in(text: str) -> Iterator[Token]:
    """Find the codes in a text, in order: chains, a console's `Error code: 22 Module: 309`, HRESULTs in any form."""
    for found in _IN_TEXT.finditer(text):
        token = _token(found, text)
        if token is not None and token.number:
            yield token


def _token(found: re.Match[str], text: str) -> Token | None:
    digits = found[found.lastgroup or 0]
    match found.lastgroup:
        case "of" | "its":
            module, code = (found["of"], found["code"]) if found["of"] else (found["module"], found["its"])
            return Token(_as_pair(_short(module), _short(code)).number)
        case "windows":
            return Token(WIN32_AS_HRESULT | int(digits)) if int(digits) <= 0xFFFF else None
        case "hex":
            return _hexadecimal(digits, text, found.start())
        case "bare":
            return Token(int(digits, 16), sure=False)
        case _:
            return _decimal(digits, text, found.start())


def _hexadecimal(digits: str, text: str, at: int) -> Token | None:
    """Take a hexadecimal number for a code unless the word before it says otherwise; a short one needs such a word."""
    number, before = int(digits, 16), _word_before(text, at)
    is_plain = number >= 0x1_0000 or len(digits) == 10
    is_code = before not in NO_CODES if is_plain else before.endswith(CODES) and before not in NO_CODES
    return Token(number) if is_code else None


def _decimal(digits: str, text: str, at: int) -> Token | None:
    """Take a decimal number for a code only where one would stand: a date or a size looks the same."""
    number = number_of(digits)
    if not number:
        return None
    if digits[0] == "-":
        return Token(number) if number >= HRESULT_MIN else None
    is_placed = at == 0 or number >= HRESULT_MIN or _word_before(text, at).endswith(CODES)
    return Token(number, sure=False) if is_placed else None


def _word_before(text: str, at: int) -> str:
    found = _WORD_BEFORE.match(text[max(0, at - 24) : at][::-1])
    return found[1][::-1].casefold() if found else ""


# --- what else may be pasted ------------------------------------------------------------------------------------


def is_json(question: str) -> bool:
    """Tell whether the whole question is one JSON object or list."""
    if question[0] not in "{[":
        return False
    try:
        json.loads(question)
    except (ValueError, RecursionError):
        return False
    return True


def objects_in(text: str) -> tuple[object, ...]:
    """Give the JSON objects in a text, those of lists and of `{"items": […]}` one by one."""
    found = [item for value in _json_in(text) for item in _unpacked(value)]
    if not found and '\\"' in text:
        found = [item for value in _json_in(text.replace('\\"', '"')) for item in _unpacked(value)]
    return tuple(found[:OBJECTS_MAX])


def _json_in(text: str) -> Iterator[object]:
    at = 0
    for _ in range(TRIES):
        opening = _JSON_OPENS.search(text, at)
        if opening is None:
            return
        try:
            value, at = _DECODER.raw_decode(text, opening.start())
        except RecursionError:  # nobody's error is as deep
            return
        except ValueError:
            at = max(opening.start() + 1, opening.end() - 1)
        else:
            yield value


def _unpacked(value: object) -> Iterator[object]:
    items = value.get("items") if isinstance(value, dict) else value
    if isinstance(items, list):
        yield from (item for item in items if isinstance(item, dict))
    else:
        yield value


def row_in(question: str) -> str:
    """Read the number of a row of fortress' own digest (`#5`); "" when it is none."""
    found = _ROW.fullmatch(question)
    return found[1] if found else ""


def listed_in(question: str) -> tuple[str, ...]:
    """Take a list of codes apart (`0x80070035, 0x80070005`); nothing when it is no list, or holds other words."""
    if len(question) > LIST_MAX:
        return ()
    parts = tuple(dict.fromkeys(part for part in _BETWEEN.split(question) if part))
    return parts if 2 <= len(parts) <= LISTED_MAX and all(map(_LISTED.fullmatch, parts)) else ()


def article_in(question: str) -> str:
    """Read the number of the knowledge base article that a text begins with; "" when it begins with none."""
    if _BARE_ARTICLE.fullmatch(question):
        return question
    found = _ARTICLE.match(question)
    return found[1] if found else ""


def articles_in(text: str) -> tuple[str, ...]:
    """Give the numbers of the articles named anywhere in a text."""
    return tuple(dict.fromkeys(found[1] for found in _ARTICLE.finditer(text)))


def is_line_tag(question: str) -> bool:
    """Tell a line tag: a place in Acronis' source code, which only its support can read."""
    return _LINE_TAG.fullmatch(question) is not None


def guid_in(question: str) -> str:
    """Read a question that is one GUID, in upper case; "" when it is none."""
    found = _GUID.fullmatch(question)
    return found[1].upper() if found else ""
