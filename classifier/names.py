"""Every name by which a rule can be asked for, indexed once for a rule book."""

import re
from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache
from typing import TypeAlias, TypeVar

import msgspec

from classifier.failure import Cause, Failure
from classifier.rule import AlertType, Code, HResult, Match, Number, Numbers, Rule, Service, Words, basis_of, spelling
from classifier.rulebook import RuleBook, bare
from classifier.verdict import Verdict

T = TypeVar("T", bound=Hashable)
IDENTIFIER_MIN = 6  # characters; shorter names are ordinary words too often

_HUMPS = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2}[a-z]|_|[A-Za-z][0-9]")
_CITED = re.compile(r"/content/(\d{4,6})(?!\d)")

Named: TypeAlias = tuple[Match | None, Rule]  # None: the rule's own name


class Names(msgspec.Struct, frozen=True):
    """The names of one rule book.

    Attributes:
        named: what each name without case, spaces and signs may mean, the surest first.
        words: the codes that can be told in a running text, by their name in lower case.
        signed: service and name of the codes that only tell with their service, by name in lower case.
        services: services by their name in lower case.
        alerts: alert types that can be told in a running text, by their name in lower case.
        titles: alert types and titles by their name without case, spaces and signs.
        articles: the rules that cite an article of Acronis' knowledge base, by its number.
        rules: the rules by name.
        choices: what may be suggested, by its spelling.
    """

    named: dict[str, tuple[Named, ...]]
    words: dict[str, str]
    signed: dict[str, tuple[tuple[str, str], ...]]
    services: dict[str, str]
    alerts: dict[str, str]
    titles: dict[str, str]
    articles: dict[str, tuple[Rule, ...]]
    rules: dict[str, Rule]
    choices: dict[str, tuple[Match, Rule]]


@lru_cache(maxsize=4)
def names_of(rules: RuleBook) -> Names:
    """Index a rule book by its names."""
    matches = tuple(rules.by_match)
    codes = [match for match in matches if isinstance(match, Code)]
    alerts = [match.name for match in matches if isinstance(match, AlertType)]
    services = [match.name for match in matches if isinstance(match, Service)]
    return Names(
        named=_grouped(_named(rules)),
        words={code.name.casefold(): code.name for code in codes if not code.of and is_identifier(code.name)},
        signed=_grouped((code.name.casefold(), (code.of, code.name)) for code in codes if code.of),
        services={name.casefold(): name for name in (*services, *(code.of for code in codes if code.of))},
        alerts={name.casefold(): name for name in alerts if is_identifier(name)},
        titles={bare(name): name for name in alerts},
        articles=_grouped((number, rule) for rule in rules.rules for number in _cited(rule)),
        rules={rule.name: rule for rule in rules.rules},
        choices=_choices(rules),
    )


def is_identifier(name: str) -> bool:
    """Tell a name that no ordinary word looks like (`BackupCorrupted`, not `Conflict`)."""
    return len(name) >= IDENTIFIER_MIN and " " not in name and _HUMPS.search(name) is not None


def told_by(match: Match, rule: Rule, rules: RuleBook) -> Verdict:
    """Give what a rule says when this match found it, with the operator's mute if there is one."""
    verdict = rule.verdicts[basis_of(match)]
    mute = rules.muted(verdict, _shown_by(match)) if rules.mutes else None
    return msgspec.structs.replace(verdict, muted_until=mute.until, muted_why=mute.why) if mute else verdict


def _shown_by(match: Match) -> Failure:
    """Make the failure that shows a match and nothing else."""
    match match:
        case Code(name, of):
            return Failure(code=name, module=of)
        case Number(value) | HResult(value):
            return Failure(chain=(Cause(value),))
        case AlertType(name):
            return Failure(alert=name)
        case Service() | Numbers() | Words():
            return Failure()


def _named(rules: RuleBook) -> Iterator[tuple[str, Named]]:
    for match, rule in sorted(rules.by_match.items(), key=lambda item: isinstance(item[0], Code) and bool(item[0].of)):
        match match:
            case Code(name, of):
                yield bare(name), (match, rule)
                if of:
                    yield bare(of + name), (match, rule)
                    yield bare(name + of), (match, rule)
            case AlertType(name) | Service(name):
                yield bare(name), (match, rule)
            case Number() | HResult() | Numbers() | Words():
                pass
    for rule in rules.rules:
        yield bare(rule.name), (None, rule)


def _choices(rules: RuleBook) -> dict[str, tuple[Match, Rule]]:
    named = {spelling(match): (match, rule) for match, rule in rules.by_match.items()}
    own = {rule.name: (rule.matches[0], rule) for rule in rules.rules}
    return {name: it for name, it in named.items() if isinstance(it[0], Code | AlertType)} | own


def _cited(rule: Rule) -> list[str]:
    return _CITED.findall(rule.source)


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    found: dict[str, list[T]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(dict.fromkeys(values)) for key, values in found.items()}
