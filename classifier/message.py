"""A pasted text as the failure it tells of: the codes in it first, then the alert it names, then its words."""

import re
from collections import deque

from classifier.classify import UNKNOWN, classify, leaf
from classifier.failure import Cause, Failure
from classifier.found import Found
from classifier.names import Names, is_identifier, names_of
from classifier.question import lines_of, numbers_in, values_of
from classifier.rule import Words, is_in, says, spelling
from classifier.rulebook import RuleBook, bare
from classifier.rules import wrappers
from classifier.rules.symbols import SYMBOLS
from classifier.shapes import ENDINGS, LINKS_MAX
from classifier.verdict import Basis, Verdict

NAMES_MAX = 64  # names in one text; a log repeats a few
LOOK_BENEATH = "First step: open the activity's details and ask for the innermost code, or paste the whole text here"
IS_AN_ENDING = "is only the result of a run: open the failed activity and ask for its innermost code"
TITLE_MIN, LABELLED_TITLE_MIN, TITLE_MAX = 4, 3, 12  # words of a title that something else follows

_NAME = re.compile(r"\w{5,120}", re.ASCII)
_WORD = re.compile(r"[^\W_]+")
_CLAUSE = re.compile(r"\b(?:failed|was|were|ended|could)\b")


def failure_in(text: str, rules: RuleBook) -> Failure:
    """Read a text as a failure: what it names, what it numbers, the alert it is about, and its words."""
    names = names_of(rules)
    words = tuple(dict.fromkeys(word.casefold() for word in _NAME.findall(text)))
    known = [names.words[word] for word in words if word in names.words][:NAMES_MAX]
    module, signed = _signed_in(text, words, names)
    code, *inner = [signed, *known] if signed else known or [""]
    alert = next((names.alerts[word] for word in words if word in names.alerts), "")
    return Failure(
        code=code,
        module=module,
        chain=_chain_in(text, words, rules),
        text=text,
        alert=alert or _title_in(text, names),
        inner=tuple(inner),
    )


def _chain_in(text: str, words: tuple[str, ...], rules: RuleBook) -> tuple[Cause, ...]:
    symbols = [SYMBOLS[word.upper()] for word in words if word.upper() in SYMBOLS]
    numbers = deque(
        (
            token.number
            for token in numbers_in(text)
            if token.sure or token.number in rules.wrappers or rules.knows(token.number)
        ),
        maxlen=LINKS_MAX,
    )
    return tuple(Cause(number) for number in (*numbers, *symbols))


def _signed_in(text: str, words: tuple[str, ...], names: Names) -> tuple[str, str]:
    """Find a code that only tells with its service, and that service beside it: service and code."""
    present = set(words)
    for word in words:
        for service, name in names.signed.get(word, ()):
            if service.casefold() not in present:
                continue
            if is_identifier(name) or re.search(rf"\b{service}\W{{1,3}}{re.escape(name)}\b", text, re.IGNORECASE):
                return service, name
    return "", ""


def _title_in(text: str, names: Names) -> str:
    """Find the title of an alert that is a line or a quotation of its own, or follows a label."""
    for line in lines_of(text):
        if name := names.titles.get(bare(line)):
            return name
    begun = [(value, LABELLED_TITLE_MIN) for value in values_of(text)]
    for line, least in (*begun, (text, TITLE_MIN)):
        words = _WORD.findall(line[:200].casefold())
        for count in range(TITLE_MAX, least - 1, -1):
            if name := names.titles.get("".join(words[:count])):
                return name
    return ""


# --- what it means ----------------------------------------------------------------------------------------------


def judged(failure: Failure, rules: RuleBook) -> Found:
    """Say what a failure means, and by what it was known."""
    verdict = classify(failure, rules=rules)
    if verdict.rule == UNKNOWN and (wrapper := wrapper_in(failure, rules)):
        return wrapper
    if verdict.basis is Basis.FAMILY:
        return Found(_outermost(failure, rules), verdict, family_note(failure, rules))
    rule = names_of(rules).rules.get(verdict.rule)
    told = (failure, *failure.others)
    matched = (spelling(match) for each in told if rule for match in rule.matches if is_in(match, each))
    return Found(next(matched, "") or _outermost(failure, rules), verdict)


def _outermost(failure: Failure, rules: RuleBook) -> str:
    """Name what a failure is called when no rule knows it."""
    innermost = leaf(failure, rules=rules)
    named = f"{failure.module}/{failure.code}" if failure.module and failure.code else failure.code
    if failure.module in rules.services and named:
        return named
    last = failure.chain[-1].code if failure.chain else ""
    return (innermost.code if innermost else "") or named or last or failure.alert or "the message"


def family_note(failure: Failure, rules: RuleBook) -> str:
    """Say that only the family is known: the service that gave the code, its error domain, module or kind."""
    innermost = leaf(failure, rules=rules)
    for service in (failure.module, innermost.module if innermost else ""):
        if service in rules.services:
            return f"not known itself; its service {service} is"
    if innermost and (family := rules.family("", innermost)):
        high = innermost.number >> 16
        if innermost.is_hresult:
            return f"not known itself, only its family: {family.brief}"
        return f"not known itself; its module {high} (0x{high:04X}) is"
    domain = failure.module or (innermost.module if innermost else "")
    return f"not known itself; its error domain, {domain}, is"


def wrapper_in(failure: Failure, rules: RuleBook) -> Found | None:
    """Explain a failure that is wrappers only; None when there is more to it."""
    if not failure.chain or any(link.number not in rules.wrappers for link in failure.chain):
        return None
    return wrapper_of(failure.chain[-1])


def wrapper_of(link: Cause) -> Found:
    """Say what little a wrapper says, and where to look for the reason."""
    words = wrappers.NUMBERS.get(link.number, "something failed").partition(" (")[0]
    is_clause = _CLAUSE.search(words) is not None
    says_only = f"only says that {words}" if is_clause else f"does not say why something failed ({words})"
    return Found(link.code, note=f"{link.code} {says_only}. {LOOK_BENEATH}")


def wrapper_called(name: str, rules: RuleBook) -> Found | None:
    """Explain a wrapper's own name, in any case and with spaces; None when it is none."""
    found = next((each for each in sorted(rules.wrapper_names) if bare(each) == bare(name)), None)
    if found is None:
        return None
    if found in ENDINGS:
        return Found(found, note=f"“{found}” {IS_AN_ENDING}")
    failed = "a backup failed" if found == "BackupFailed" else "something failed"
    return Found(found, note=f"{found} only says that {failed}. {LOOK_BENEATH}")


def is_surely_said(text: str, verdict: Verdict, rules: RuleBook) -> bool:
    """Tell whether a verdict by words found them as whole words, not inside longer ones."""
    if verdict.basis is not Basis.PATTERN:
        return True
    rule, said = names_of(rules).rules[verdict.rule], _spaced(text)
    fragments = (match.parts() for match in rule.matches if isinstance(match, Words))
    return any(says(said, tuple(_spaced(part) for part in parts)) for parts in fragments)


def _spaced(text: str) -> str:
    """Put one space around every word and drop the signs, so that a part of a word is not found."""
    return f" {'  '.join(_WORD.findall(text.casefold()))} "
