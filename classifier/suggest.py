"""near: what somebody may have meant when nothing answers exactly. Suggestions only, five at most."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

import msgspec
from rapidfuzz import fuzz, process

from classifier.found import Found
from classifier.names import is_identifier, names_of, told_by
from classifier.rule import Code, Match, Rule, Words, basis_of, spelling
from classifier.rulebook import RuleBook, bare
from classifier.shapes import ENDINGS

FEW = 5
ALIKE_ENOUGH = 80  # of 100, for a few words
WORD_ALIKE_ENOUGH = 85  # of 100, for one name in a long text
PART_MIN, PART_ENOUGH = 6, 92  # letters of a part, and how much of it must be there, of 100
SHORT = 60  # characters; a longer text is not spelt like any name
TITLE_WORDS = 12

_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]{3}")
_NAME = re.compile(r"\w{6,80}", re.ASCII)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
_EVERYDAY = re.compile(r"[^\W\d_]{3,}")
_IDLE_WORDS = frozenset(
    (
        *("and", "are", "because", "been", "for", "has", "have", "its", "not", "our", "the", "was", "with"),
        *("code", "error", "message", "module", "number", "rule"),
    )
)
_VAGUE_WORDS = frozenset(  # too common, here or anywhere, to suggest anything by themselves
    (
        *("backup", "fail", "failed", "failure", "failing", "job", "machine", "server", "problem", "issue", "run"),
        *("agent", "data", "file", "found", "help", "nothing", "open", "opened", "order", "plan", "please", "result"),
        *("started", "stopped", "task", "what", "when", "work", "working", "workload", "does", "did", "can", "cannot"),
        *("again", "all", "still", "this", "that", "there", "with", "wrong", "broken", "you", "why", "how"),
    )
)


def near(question: str, rules: RuleBook) -> tuple[Found, ...]:
    """Suggest the codes of other services, titles that stand in the text, everyday words, then what is spelt alike."""
    told: dict[str, Found] = {}
    for search in (_signed, _titles, in_words, _alike):
        for found in search(question, rules):
            if len(told) < FEW:
                told.setdefault(found.rule, found)
    return tuple(told.values())


def in_words(question: str, rules: RuleBook) -> Iterator[Found]:
    """Suggest the rules whose brief and cause have all these words, those that say it briefly first."""
    asked = _everyday(question[:200]) - _IDLE_WORDS
    if not asked - _VAGUE_WORDS:
        return
    fitting = [each for each in _shelf(rules).everyday if asked <= each[2]]
    fitting.sort(key=lambda each: -sum(len(asked & words) for words in each[1]))
    for rule, _, _ in fitting[: 2 * FEW]:
        yield _suggested(spelling(rule.matches[0]), rule.matches[0], rule, rules)


def _signed(question: str, rules: RuleBook) -> Iterator[Found]:
    """Suggest codes that stand in the text without the service that gives them its meaning."""
    names = names_of(rules)
    for word in _NAME.findall(question[:4000]):
        for service, name in names.signed.get(word.casefold(), ()) if is_identifier(word) else ():
            match = Code(name, of=service)
            yield _suggested(spelling(match), match, rules.by_match[match], rules)


def _titles(question: str, rules: RuleBook) -> Iterator[Found]:
    """Suggest the alerts, codes and rules whose names stand in the text as whole words, the longest first."""
    named = names_of(rules).named
    words = _WORD.findall(question[:1000].casefold())
    found: dict[str, int] = {}
    for start in range(len(words)):
        for count in range(2, min(TITLE_WORDS, len(words) - start + 1)):
            name = "".join(words[start : start + count])
            if name in named:
                found[name] = count
    for name in sorted(found, key=lambda name: -found[name]):
        for match, rule in reversed(named[name]):  # a rule's own name says most plainly what is meant
            yield _suggested(spelling(match) if match else rule.name, match or rule.matches[0], rule, rules)


def _alike(question: str, rules: RuleBook) -> Iterator[Found]:
    """Suggest what is spelt alike: the whole of a short question, or single names of a long one."""
    shelf = _shelf(rules)
    if len(question) <= SHORT:
        asked, enough = [bare(question)] if _is_telling(question) else [], ALIKE_ENOUGH
    else:
        words = (word for word in _NAME.findall(question[:4000]) if is_identifier(word))
        asked, enough = [bare(word) for word in islice(dict.fromkeys(words), FEW)], WORD_ALIKE_ENOUGH
    for words_asked in asked:
        for at in _close(words_asked, shelf.spelt, enough):
            name, match, rule = shelf.choices[at]
            yield _suggested(name, match, rule, rules)


def _is_telling(question: str) -> bool:
    """Tell whether there is more in it than figures and everyday words."""
    return _LETTERS.search(question) is not None and bool(_everyday(question) - _VAGUE_WORDS - _IDLE_WORDS)


def _close(asked: str, spelt: tuple[str, ...], enough: int) -> Iterator[int]:
    """Find what is spelt nearly so, then what has it as a part."""
    for _, _, at in process.extract(asked, spelt, scorer=fuzz.ratio, limit=FEW, score_cutoff=enough):
        yield at
    longer = {at: name for at, name in enumerate(spelt) if len(name) > len(asked) >= PART_MIN}
    for _, _, at in process.extract(asked, longer, scorer=fuzz.partial_ratio, limit=FEW, score_cutoff=PART_ENOUGH):
        yield at


def _suggested(matched: str, match: Match, rule: Rule, rules: RuleBook) -> Found:
    return Found(matched, told_by(match, rule, rules), exact=False)


class _Shelf(msgspec.Struct, frozen=True):
    everyday: tuple[tuple[Rule, tuple[frozenset[str], ...], frozenset[str]], ...]  # rule, its names' words, all words
    choices: tuple[tuple[str, Match, Rule], ...]
    spelt: tuple[str, ...]  # the choices without case, spaces and signs


@lru_cache(maxsize=4)
def _shelf(rules: RuleBook) -> _Shelf:
    named = names_of(rules).choices.items()
    choices = tuple((name, match, rule) for name, (match, rule) in named if name not in ENDINGS)
    return _Shelf(
        everyday=tuple((rule, _called(rule), _everyday(_all_of(rule))) for rule in rules.rules if _is_asked_for(rule)),
        choices=choices,
        spelt=tuple(bare(name) for name, _, _ in choices),
    )


def _is_asked_for(rule: Rule) -> bool:
    """Leave out what only says how a run ended."""
    return spelling(rule.matches[0]) not in ENDINGS


def _brief(rule: Rule) -> str:
    return rule.verdicts[basis_of(rule.matches[0])].brief


def _called(rule: Rule) -> tuple[frozenset[str], ...]:
    """Give the words of a rule's brief, and those of its longest code (`DiskFull` is two)."""
    codes = [_HUMP.sub(" ", match.name) for match in rule.matches if isinstance(match, Code)]
    return _everyday(_brief(rule)), _everyday(max(codes, key=len, default=""))


def _all_of(rule: Rule) -> str:
    fragments = (match.fragment for match in rule.matches if isinstance(match, Words))
    return " ".join((_brief(rule), rule.cause, *fragments))


def _everyday(text: str) -> frozenset[str]:
    return frozenset(word.removesuffix("s") for word in _EVERYDAY.findall(text.casefold()))
