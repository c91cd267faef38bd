"""find: search the rules by anything a person may paste, a name, a number, a chain, JSON or a whole message."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec
from rapidfuzz import fuzz, process

from classifier.classify import UNKNOWN, classify
from classifier.failure import Cause, Failure
from classifier.rule import (
    AlertType,
    Code,
    HResult,
    Match,
    Number,
    Numbers,
    Rule,
    Service,
    Words,
    basis_of,
    plain,
    says,
    spelling,
)
from classifier.rulebook import DEFAULT, RuleBook, bare
from classifier.rules import wrappers
from classifier.shapes import WIN32_AS_HRESULT, number_of, read_failure, split_ser_code
from classifier.verdict import Basis, Verdict

QUESTION_MAX = 100_000  # characters
FEW = 5
ALIKE_ENOUGH = 70  # of 100
COMMAND_MODULE = 309  # old console texts show its codes bare: "error 22"

_NUMBERS = re.compile(r"0x[0-9a-f]{1,8}\b", re.ASCII | re.IGNORECASE)
_WORDS = re.compile(r"[A-Za-z_][\w]{4,119}", re.ASCII)
_SER_CODE = re.compile(
    r"(?:[\w.]+\+)?(?:0x[0-9a-f]{1,8}|-?\d{1,10})(?:\+(?:0x[0-9a-f]{1,8}|-?\d{1,10}))+", re.ASCII | re.IGNORECASE
)
_BARE_HRESULT = re.compile(r"[89a-f][0-9a-f]{7}", re.ASCII | re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_EVERYDAY = re.compile(r"[^\W\d_]{3,}")
_IDLE_WORDS = frozenset({"and", "are", "because", "been", "for", "has", "have", "its", "our", "the", "was", "with"})
_ARTICLE = re.compile(r"(?:kb\s*)?(\d{4,5})", re.ASCII | re.IGNORECASE)


class Found(msgspec.Struct, frozen=True):
    """One answer.

    Attributes:
        matched: what in the question matched, spelt as Acronis does.
        verdict: what it means; None for a wrapper, which means nothing by itself.
        note: what the bare match does not say (that it is a wrapper, that it was read as a Win32 error).
        exact: False for a suggestion, something that only looks alike.
    """

    matched: str
    verdict: Verdict | None = None
    note: str = ""
    exact: bool = True


def find(text: str, *, rules: RuleBook = DEFAULT) -> tuple[Found, ...]:
    """Find what a person asks for: a code, HRESULT, number, serCode, alert type, KB number, JSON or message.

    Returns:
        Exact answers, the best first. When there is none, or only a rule's own name was said in everyday
        words, then up to five suggestions (`exact` is False).
    """
    question = text.strip().strip("\"'`").strip()[:QUESTION_MAX]
    if not question:
        return ()
    for search in (_by_json, _by_name, _by_number, _by_ser_code, _by_article, _by_message):
        answers = tuple(search(question, rules))
        if answers:
            return (*answers, *_beside(answers, question, rules))
    return tuple(_near(question, rules))


def _beside(answers: tuple[Found, ...], question: str, rules: RuleBook) -> Iterator[Found]:
    """Suggest what else everyday words may mean, when they only happen to be a rule's own name."""
    own = answers[0].matched
    if " " in question and any(rule.name == own for rule in rules.rules):
        yield from _in_words(question, rules, told={own})


def _by_json(question: str, rules: RuleBook) -> Iterator[Found]:
    if question[0] not in "{[":
        return
    try:
        parsed = json.loads(question)
    except (ValueError, RecursionError):
        return
    for item in (parsed if isinstance(parsed, list) else [parsed])[:FEW]:
        failure = read_failure(item)
        if failure is not None:
            yield _explained(failure, rules)


def _by_name(question: str, rules: RuleBook) -> Iterator[Found]:
    plain = bare(question)
    told = dict[str, Found]()
    for key, match, rule in _index(rules).names if plain else ():
        if key == plain:
            verdict = rule.verdicts[basis_of(match or rule.matches[0])]
            told.setdefault(verdict.cause, Found(spelling(match) if match else rule.name, verdict))
    yield from told.values()
    if not told:
        wrapper = next((name for name in sorted(rules.wrapper_names) if bare(name) == plain), None)
        if wrapper:
            yield Found(wrapper, note="a wrapper: it says that something failed, the reason lies beneath it")


def _by_number(question: str, rules: RuleBook) -> Iterator[Found]:
    number = number_of(question.replace(" ", ""))
    if _BARE_HRESULT.fullmatch(question):
        hresult = _number(int(question, 16), rules)
        if hresult:
            yield msgspec.structs.replace(hresult, note="read as an HRESULT, hexadecimal without its 0x")
    if number is None:
        return
    answer = _number(number, rules)
    if answer:
        yield answer
    if 0 < number < 0x1_0000:
        windows = _number(WIN32_AS_HRESULT | number, rules)
        if windows:
            yield msgspec.structs.replace(windows, note=f"read as Windows error {number}")
        command = _number(COMMAND_MODULE << 16 | number, rules)
        if command:
            note = f"if the console shows it with module {COMMAND_MODULE}; {command.note}".rstrip("; ")
            yield msgspec.structs.replace(command, note=note)


def _number(number: int, rules: RuleBook) -> Found | None:
    spelt = Cause(number).code
    if number in rules.wrappers:
        what = wrappers.NUMBERS.get(number, "")
        return Found(spelt, note=f"a wrapper ({what}): it never decides, the reason lies beneath it")
    verdict = rules.numbers.get(number) or rules.yielding_numbers.get(number)
    return Found(spelt, verdict) if verdict else None


def _by_ser_code(question: str, rules: RuleBook) -> Iterator[Found]:
    if not _SER_CODE.fullmatch(question):
        return
    alert, numbers = split_ser_code(question)
    answer = _explained(Failure(alert=alert, chain=tuple(Cause(number) for number in numbers)), rules)
    if answer.verdict is not None:
        yield answer


def _by_article(question: str, rules: RuleBook) -> Iterator[Found]:
    article = _ARTICLE.fullmatch(question)
    if not article:
        return
    for rule in rules.rules:
        if re.search(rf"/content/{article[1]}(?!\d)", rule.source):
            yield Found(f"KB {article[1]}", rule.verdicts[basis_of(rule.matches[0])])


def _by_message(question: str, rules: RuleBook) -> Iterator[Found]:
    """Read a pasted message or log: the codes in it first, then its words."""
    chain = tuple(Cause(int(number, 16)) for number in _NUMBERS.findall(question))
    known = _index(rules).spelt
    names = tuple(dict.fromkeys(word for word in _WORDS.findall(question) if word in known and not word.islower()))
    failure = Failure(code=names[0] if names else "", inner=names[1:], chain=chain, text=question)
    answer = _explained(failure, rules)
    if answer.verdict is not None and answer.verdict.rule != UNKNOWN:
        in_words = answer.verdict.basis is not Basis.PATTERN or _stands_alone(question, answer.verdict.rule, rules)
        yield answer if in_words else msgspec.structs.replace(answer, exact=False)


def _stands_alone(question: str, name: str, rules: RuleBook) -> bool:
    """Tell whether a fragment of the rule stands in the text as whole words, not inside longer ones."""
    rule = next(rule for rule in rules.rules if rule.name == name)
    fragments = (match.parts() for match in rule.matches if isinstance(match, Words))
    return any(says(_spaced(question), tuple(_spaced(part) for part in parts)) for parts in fragments)


def _spaced(text: str) -> str:
    """Put one space around every word and drop the signs, so that a part of a word is not found."""
    return f" {'  '.join(_WORD.findall(text.casefold()))} "


def _explained(failure: Failure, rules: RuleBook) -> Found:
    verdict = classify(failure, rules=rules)
    rule = next((rule for rule in rules.rules if rule.name == verdict.rule), None)
    matched = next((spelling(match) for match in rule.matches if _is_in(match, failure)), "") if rule else ""
    innermost = failure.chain[-1].code if failure.chain else ""
    return Found(matched or failure.code or innermost or failure.alert or "the message", verdict)


def _is_in(match: Match, failure: Failure) -> bool:
    match match:
        case Code(name, of):
            told = (failure.code, *failure.inner, *(link.name for link in failure.chain))
            return name in told and of in ("", failure.module)
        case Number(value) | HResult(value):
            return any(link.number == value for link in failure.chain)
        case AlertType(name):
            return name == failure.alert
        case Service(name):
            return name == failure.module
        case Numbers(first, last):
            return any(first <= link.number <= last for link in failure.chain)
        case Words():
            return says(plain(failure.text), match.parts())


def _near(question: str, rules: RuleBook) -> Iterator[Found]:
    """Suggest what has the same everyday words, then what is spelt alike."""
    told = set[str]()
    yield from _in_words(question, rules, told)
    yield from _alike(question, rules, told)


def _in_words(question: str, rules: RuleBook, told: set[str]) -> Iterator[Found]:
    """Suggest the rules whose brief and cause have all these words, those that say it briefly first."""
    asked = _everyday(question[:200]) - _IDLE_WORDS
    fitting = [rule for rule in rules.rules if asked and asked <= _everyday(f"{_brief(rule)} {rule.cause}")]
    fitting.sort(key=lambda rule: -len(asked & _everyday(_brief(rule))))
    for rule in fitting:
        if rule.name not in told and len(told) < FEW:
            told.add(rule.name)
            yield Found(spelling(rule.matches[0]), rule.verdicts[basis_of(rule.matches[0])], exact=False)


def _brief(rule: Rule) -> str:
    return rule.verdicts[basis_of(rule.matches[0])].brief


def _everyday(text: str) -> set[str]:
    return {word.removesuffix("s") for word in _EVERYDAY.findall(text.casefold())}


def _alike(question: str, rules: RuleBook, told: set[str]) -> Iterator[Found]:
    """Suggest what is spelt alike."""
    choices = _index(rules).choices
    near = process.extract(
        question[:200],
        choices.keys(),
        processor=bare,
        scorer=fuzz.WRatio,
        limit=FEW * 3,
        score_cutoff=ALIKE_ENOUGH,
    )
    for name, _, _ in near:
        rule, match = choices[name]
        if rule.name not in told and len(told) < FEW:
            told.add(rule.name)
            yield Found(name, rule.verdicts[basis_of(match)], exact=False)


class _Index(msgspec.Struct, frozen=True):
    names: tuple[tuple[str, Match | None, Rule], ...]  # plain spelling, match (None: the rule's own name), rule
    spelt: frozenset[str]  # names as the vendor spells them
    choices: dict[str, tuple[Rule, Match]]  # what may be suggested


@lru_cache(maxsize=4)
def _index(rules: RuleBook) -> _Index:
    named = [(match, rule) for match, rule in rules.by_match.items() if isinstance(match, Code | AlertType)]
    own = [(rule.name, rule) for rule in rules.rules]
    return _Index(
        names=(
            *((bare(spelling(match)), match, rule) for match, rule in named),
            *((bare(name), None, rule) for name, rule in own),
        ),
        spelt=frozenset(spelling(match) for match, _ in named if isinstance(match, Code)),
        choices={
            **{spelling(match): (rule, match) for match, rule in named},
            **{name: (rule, rule.matches[0]) for name, rule in own},
        },
    )
