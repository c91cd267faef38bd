"""find: search the rules by anything a person may paste, a name, a number, a chain, JSON or a whole message."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from classifier.classify import UNKNOWN
from classifier.dump import read_dump
from classifier.failure import Cause, Failure
from classifier.found import Found
from classifier.message import failure_in, is_surely_said, judged, wrapper_called
from classifier.names import is_identifier, names_of, told_by
from classifier.question import (
    article_in,
    articles_in,
    candidates,
    is_json,
    lines_of,
    listed_in,
    module_of,
    objects_in,
    readings,
    row_in,
    tidy,
)
from classifier.rulebook import DEFAULT, RuleBook
from classifier.shapes import WIN32_AS_HRESULT, read_failure, split_ser_code
from classifier.suggest import FEW, in_words, near
from classifier.whole import by_whole

NO_FAILURE = "No failure is told in it: it went well, still runs, or is no object of Acronis'"
ITS_ARTICLE = "its KB article"
A_ROW = "is a row of fortress' digest"
_SER_CODE = re.compile(
    r"(?:[\w.]{1,120}\+)?(?:0x[0-9a-f]{1,8}|-?\d{1,10})(?:\+(?:0x[0-9a-f]{1,8}|-?\d{1,10}))+", re.ASCII | re.IGNORECASE
)
_IN_ADDRESS = re.compile(r"[?&]ser(?:code)?=([^&\s\"'<>#]+)", re.IGNORECASE)
_SIGNED = re.compile(r"(?P<service>[A-Za-z][\w.-]{2,60})\s*(?P<sign>/|::?|)\s*(?P<code>\w{3,120})", re.ASCII)


def find(text: str, *, rules: RuleBook = DEFAULT) -> tuple[Found, ...]:
    """Find what a person asks for: a code, HRESULT, number, serCode, alert, KB number, JSON, address or message.

    Returns:
        What answers exactly, the best first; else what is known of its family; else up to five suggestions
        (`exact` is False). Suggestions stand beside an answer only when a rule's own name was said in
        everyday words.
    """
    question = tidy(text)
    if not question:
        return ()
    half_said: list[Found] = []
    for search in SEARCHES:
        answers = _once(search(question, rules))
        if any(found.exact for found in answers):
            return (*answers, *_beside(answers, question, rules))
        half_said += answers
    suggested: dict[str, Found] = {}
    for found in (*half_said, *near(question, rules)):
        suggested.setdefault(found.rule, found)
    return tuple(suggested.values())[:FEW]


def _once(answers: Iterable[Found]) -> tuple[Found, ...]:
    """Give each answer once: what one rule says of one thing."""
    told: dict[tuple[str, str], Found] = {}
    for found in answers:
        told.setdefault((found.matched, found.rule), found)
    return tuple(told.values())


def _beside(answers: tuple[Found, ...], question: str, rules: RuleBook) -> Iterator[Found]:
    """Suggest what else everyday words may mean, when they only happen to be a rule's own name."""
    told = {found.rule for found in answers}
    if " " in question and answers[0].verdict and answers[0].matched == answers[0].rule:
        others = (found for found in in_words(question, rules) if found.rule not in told)
        yield from islice(others, FEW - 1)


# --- JSON -------------------------------------------------------------------------------------------------------


def _by_json(question: str, rules: RuleBook) -> Iterator[Found]:
    """Judge the objects of a JSON text; what they mean alike is said once."""
    if not is_json(question):
        return
    objects = objects_in(question)
    failures = [failure for item in objects if (failure := read_failure(item)) is not None]
    if not failures and (failure := read_dump(question)):  # a list of names and values is one error
        failures, objects = [failure], ()
    told: dict[str, list[Found]] = {}
    for failure in failures:
        found = judged(failure, rules)
        told.setdefault(found.rule, []).append(found)
    for alike in islice(told.values(), FEW):
        yield alike[0].noted(f"{len(alike)} of the {len(objects)} objects" if len(objects) > 1 else "")


# --- rows and lists ----------------------------------------------------------------------------------------------


def _by_row(question: str, _: RuleBook) -> Iterator[Found]:
    """Tell the number of an incident from an error's."""
    if number := row_in(question):
        yield Found(f"#{number}", note=f"#{number} {A_ROW}")


def _by_list(question: str, rules: RuleBook) -> Iterator[Found]:
    """Answer for each of several codes, what a rule knows first."""
    for asked in candidates(question):
        parts = listed_in(asked)
        if not parts or any(part.casefold() in names_of(rules).services for part in parts):
            continue
        told = [_one_of_several(part, rules) for part in parts]
        answers = [found for found in told if found]
        if len(answers) == len(parts) and any(found.verdict and found.rule != UNKNOWN for found in answers):
            yield from sorted(answers, key=lambda found: (found.verdict is None, found.rule == UNKNOWN))
            return


def _one_of_several(part: str, rules: RuleBook) -> Found | None:
    exact = (found for found in by_whole(part, rules) if found.exact)
    number = next((Cause(reading.number) for reading in readings(part)), None)
    return next(exact, None) or (judged(Failure(chain=(number,)), rules) if number else None)


# --- chains and services ------------------------------------------------------------------------------------------


def _by_ser_code(question: str, rules: RuleBook) -> Iterator[Found]:
    """Judge a chain; one without a known code is said to be unknown."""
    for asked in candidates(question):
        if _SER_CODE.fullmatch(asked):
            yield judged(_failure_of(asked), rules)
            return


def _failure_of(ser_code: str) -> Failure:
    alert, numbers = split_ser_code(ser_code)
    return Failure(alert=alert, chain=tuple(Cause(number) for number in numbers))


def _by_signed(question: str, rules: RuleBook) -> Iterator[Found]:
    """Judge `Service/Code`: the code itself, else the family of all codes of that service."""
    for asked in candidates(question):
        found = _SIGNED.fullmatch(asked)
        service = names_of(rules).services.get(found["service"].casefold(), "") if found else ""
        if not found or not service or not (found["sign"] or is_identifier(found["code"])):
            continue
        answer = judged(Failure(code=rules.spelt(found["code"]), module=service), rules)
        if answer.verdict and answer.verdict.rule != UNKNOWN:
            yield answer
            return


# --- articles and messages --------------------------------------------------------------------------------------


def _by_article(question: str, rules: RuleBook) -> Iterator[Found]:
    """Answer with the rules that rest on an article the text begins with, first the one that knows its title."""
    number = next((found for asked in candidates(question) if (found := article_in(asked))), "")
    citing = names_of(rules).articles.get(number, ())
    by_title = {found.rule for found in _by_message(question, rules) if found.exact} if citing else set()
    for rule in sorted(citing, key=lambda rule: rule.name not in by_title):
        how = "read as a KB number" if number == question else ""
        yield Found(f"KB {number}", told_by(rule.matches[0], rule, rules), how, by=ITS_ARTICLE)


def _by_message(question: str, rules: RuleBook) -> Iterator[Found]:
    """Read a pasted message or log: what the console printed, the codes in it, its words, then its addresses.

    What is surely an error of Acronis' and known to no rule is answered as such.
    """
    printed = tuple(_printed(question, rules))
    known = [found for found in printed if found.verdict and found.rule != UNKNOWN]
    if known:
        yield from known
        return
    found = judged(failure_in(question, rules), rules)
    verdict = found.verdict
    if verdict is None or (verdict.rule != UNKNOWN and is_surely_said(question, verdict, rules)):
        yield found
        return
    if verdict.rule != UNKNOWN:  # its words are parts of others
        yield msgspec.structs.replace(found, exact=False)
    yield from _by_address(question, rules)
    yield from printed


def _printed(question: str, rules: RuleBook) -> Iterator[Found]:
    """Judge what the console or a log printed, else the JSON inside other text."""
    dumped = read_dump(question)
    if dumped is not None:
        yield judged(dumped, rules)
        return
    for item in islice(objects_in(question), FEW):
        failure = read_failure(item)
        if failure is not None:
            yield judged(failure, rules)


def _by_address(question: str, rules: RuleBook) -> Iterator[Found]:
    """Judge the chain in an address of Acronis' error pages, whatever the host is called."""
    for found in islice(_IN_ADDRESS.finditer(question), FEW):
        failure = _failure_of(found[1])
        if failure.chain:
            yield judged(failure, rules)


def _by_mention(question: str, rules: RuleBook) -> Iterator[Found]:
    """Answer with the rules that rest on an article named somewhere in the text, or explain a wrapper it names."""
    for number in articles_in(question):
        for rule in names_of(rules).articles.get(number, ()):
            yield Found(f"KB {number}", told_by(rule.matches[0], rule, rules), by=ITS_ARTICLE)
    for line in lines_of(question):
        wrapper = wrapper_called(line, rules)
        if wrapper and is_identifier(wrapper.matched):
            yield wrapper


# --- families ---------------------------------------------------------------------------------------------------


def _by_family(question: str, rules: RuleBook) -> Iterator[Found]:
    """Answer for the module of a number that is not known itself, or for a module asked for by its number."""
    for asked in candidates(question):
        for reading in readings(asked):
            number = WIN32_AS_HRESULT | reading.number if reading.is_windows else reading.number
            answer = judged(Failure(chain=(Cause(number),)), rules)
            if answer.by_family and not reading.is_short:
                yield answer.noted(reading.how)
        module = module_of(asked)
        verdict = rules.family("", Cause(module << 16 | 0xFFFF)) if module is not None else None
        if verdict is not None:
            yield Found(f"module {module} (0x{module:04X})", verdict, "every code of it that is not known itself")


def _by_emptiness(question: str, _: RuleBook) -> Iterator[Found]:
    """Say of JSON that it tells of no failure."""
    if is_json(question):
        yield Found("the JSON", note=NO_FAILURE)


SEARCHES = (
    _by_json,
    _by_row,
    _by_list,
    by_whole,
    _by_ser_code,
    _by_signed,
    _by_article,
    _by_message,
    _by_mention,
    _by_family,
    _by_emptiness,
)
