"""by_whole: a question that is one thing, a name, a number, a step or a tag, with or without its label."""

import re
from collections.abc import Iterator

import msgspec

from classifier.classify import UNKNOWN
from classifier.failure import Cause, Failure
from classifier.found import Found
from classifier.message import is_surely_said, judged, wrapper_called, wrapper_of
from classifier.names import Named, is_identifier, names_of, told_by
from classifier.question import Reading, candidates, guid_in, http_status, is_line_tag, readings
from classifier.rule import Code, Service, spelling
from classifier.rulebook import RuleBook, bare
from classifier.rules.steps import STEPS
from classifier.rules.symbols import SUCCESSES, SYMBOLS
from classifier.shapes import ENDINGS, WIN32_AS_HRESULT

COMMAND_MODULE = 309  # old console texts show its codes bare: "error 22"
MOST_OF = 0.8  # of the letters asked for
LINE_TAG = "is a line tag: a place in Acronis' own program, for its support to read; it means nothing here"
SOME_ID = (
    "is the id of one thing (an activity, a machine, a client): it means nothing by itself; ask for the code beside it"
)

SUCCESS = "That means success"
RULES_NAME = "the rule's name"
SERVICE_WORDS = {
    "RunVMAgent": "disaster recovery",
    "RunVMAgentGateway": "disaster recovery",
    "PlatformAccountServer": "accounts and quotas",
    "General": "Acronis' API",
    "PolicyManagement": "plans",
    "ResourceManagement": "workloads",
}

_RULE = re.compile(r"(?:your own |our )?rule\s+`?([a-z0-9-]{2,80})`?", re.IGNORECASE)
_STEPS = {bare(name): id for id, step in STEPS.items() for name in (id, *step.names)}


def by_whole(question: str, rules: RuleBook) -> Iterator[Found]:
    """Take the whole question, or what is left of it without its label, for one thing."""
    for asked in candidates(question):
        named = (each for each in _by_name(asked, rules) if asked == question or not each.by_family)
        found = (*named, *_by_status(asked, rules), *_by_symbol(asked, rules), *_by_number(asked, rules))
        if found or (found := tuple(_by_shape(asked))):
            words = (also for also in _by_words(asked, rules) if also.rule not in {each.rule for each in found})
            yield from sorted((*found, *words), key=lambda each: (not each.exact, bool(each.by)))
            return


def _by_words(asked: str, rules: RuleBook) -> Iterator[Found]:
    """Say what everyday words mean as a message, for they may be an alert's title or a rule's name as well.

    A phrase that is only a part of them is no more than a suggestion.
    """
    found = judged(Failure(text=asked), rules) if " " in asked else None
    if found and found.verdict and found.rule != UNKNOWN and is_surely_said(asked, found.verdict, rules):
        is_all = len(bare(found.matched)) >= MOST_OF * len(bare(asked))
        yield msgspec.structs.replace(found, exact=is_all)


def _by_name(asked: str, rules: RuleBook) -> Iterator[Found]:
    key = bare(asked)
    if wrapped := wrapper_called(asked, rules) if key in ENDINGS else None:
        yield wrapped
        return
    if (quoted := _RULE.fullmatch(asked)) and (called := names_of(rules).rules.get(quoted[1].casefold())):
        yield _named([(None, called)], asked, rules)
        return
    named = names_of(rules).named.get(key, ()) if key else ()
    if " " in asked and asked[1:] == asked[1:].casefold():  # words, not a code: a rule's own name tells more
        named = tuple(sorted(named, key=lambda each: isinstance(each[0], Code)))
    told: dict[str, list[Named]] = {}
    for match, rule in named:
        told.setdefault(rule.cause, []).append((match, rule))
    for alike in told.values():
        yield _named(alike, asked, rules)
    if not told and (wrapper := wrapper_called(asked, rules)):
        yield wrapper


def _named(alike: list[Named], asked: str, rules: RuleBook) -> Found:
    """Answer for names that mean the same; a code asked for without its service says whose it is.

    Everyday words mean more than the one service that uses them as a code: they only suggest it.
    """
    match, rule = next((each for each in alike if each[0] is not None), alike[0])
    verdict = told_by(match or rule.matches[0], rule, rules)
    if match is None:
        return Found(rule.name, verdict, by=RULES_NAME)
    if isinstance(match, Service):
        return Found(spelling(match), verdict, "every code of this service that is not known itself")
    services = [each.of for each, _ in alike if isinstance(each, Code) and each.of and bare(each.name) == bare(asked)]
    if not isinstance(match, Code) or not match.of or not services:
        return Found(spelling(match), verdict)
    spelt = spelling(match) if len(services) == 1 else match.name
    if is_identifier(asked):
        return Found(spelt, verdict, f"only if {_joined(services, 'or')} gave it")
    whose = f"only {_joined([_with_words(each) for each in services], 'and')}"
    return Found(spelt, verdict, f"{whose} {'uses' if len(services) == 1 else 'use'} this name", exact=False)


def _joined(names: list[str], by: str) -> str:
    return f" {by} ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _with_words(service: str) -> str:
    return f"{service} ({SERVICE_WORDS[service]})" if service in SERVICE_WORDS else service


def _by_status(asked: str, rules: RuleBook) -> Iterator[Found]:
    """Answer for what a web server said; a bare number may be something else."""
    status = http_status(asked)
    if status is None or Code(f"HTTP {status.number}") not in rules.by_match or bare(asked) == f"http{status.number}":
        return
    answer = judged(Failure(code=f"HTTP {status.number}"), rules)
    yield answer if status.is_sure else answer.noted("only if it is an HTTP answer")


def _by_symbol(asked: str, rules: RuleBook) -> Iterator[Found]:
    """Answer for the name that Microsoft gives to an HRESULT."""
    number = SYMBOLS.get(asked.strip("()").upper())
    answer = _number(number, rules) if number is not None else None
    if answer is not None:
        yield answer.noted(f"Microsoft calls it {asked.strip('()').upper()}")


def _by_number(asked: str, rules: RuleBook) -> Iterator[Found]:
    for reading in readings(asked):
        answer = None if reading.is_windows else _number(reading.number, rules)
        if answer is not None:
            yield answer.noted(reading.how) if answer.verdict else answer
        if reading.is_windows or reading.is_short:
            yield from _by_short_number(reading, rules)


def _by_short_number(reading: Reading, rules: RuleBook) -> Iterator[Found]:
    """Read a short number as a Windows error, and as a code of the module that consoles leave out."""
    windows = _number(WIN32_AS_HRESULT | reading.number, rules)
    if windows is not None:
        yield windows.noted(f"read as Windows error {reading.number}")
    command = None if reading.is_windows else _number(COMMAND_MODULE << 16 | reading.number, rules)
    if command is not None:
        yield command.noted(f"Only if the console shows module {COMMAND_MODULE} beside it")


def _number(number: int, rules: RuleBook) -> Found | None:
    link = Cause(number)
    if number in rules.wrappers:
        return wrapper_of(link)
    return judged(Failure(chain=(link,)), rules) if rules.knows(number) else None


def _by_shape(asked: str) -> Iterator[Found]:
    """Explain what is no code at all: success, an activity's type, an id, a line tag."""
    if bare(asked) in SUCCESSES:
        yield Found(asked, note=SUCCESS)
        return
    id = _STEPS.get(bare(asked)) or guid_in(asked)
    if id in STEPS:
        yield Found(id, note=f"{id} is an activity's type: {STEPS[id].what}; it says which step, never why")
    elif id:
        yield Found(id, note=f"{id} {SOME_ID}")
    elif is_line_tag(asked):
        yield Found(asked, note=f"{asked} {LINE_TAG}")
