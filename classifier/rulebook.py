"""RuleBook: rules indexed by what they match, so that a code is one dictionary look-up."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Self

import msgspec

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
    is_in,
    plain,
    says,
    spelling,
)
from classifier.rules import RULES, wrappers
from classifier.verdict import Basis, Verdict

TEXT_MAX = 20_000  # characters of a message that patterns look at


class Mute(msgspec.Struct, frozen=True):
    """What an operator wants to hear nothing of for a while.

    Attributes:
        what: the name of a rule, a vendor's name, or a number in Acronis' spelling (`0x00040011`).
        until: when it speaks again.
    """

    what: str
    until: datetime
    why: str = ""


class RuleBook:
    """An index over rules. Built once, then only read.

    Args:
        words_first: names of the rules whose words are asked before every code.
    Attributes:
        mutes: by what they quieten: a rule's name, a vendor's name, a number as spelt.
        names: verdict by vendor name, for names that tell.
        names_of: verdict by service and name, for names that tell only there.
        services: family verdict by service; `yielding_services`, the vendor's wide domains, come after the texts.
        ranges: family verdicts by the high half of a number: first, last, verdict.
        yielding: verdict by name that only says where it happened.
        last_resort: verdict by wrapper name, for when nothing deeper told.
        numbers: verdict by link number, HRESULTs included; `yielding_numbers` as for names.
        alerts: verdict by alert type; `yielding_alerts` come after the texts.
        patterns: the parts of each fragment and their verdicts, in the order of the rules; `own_patterns` are the
            operator's, and come before every code.
        half_telling: names of the rules that yield or stand behind a wrapper's name.
        wrappers: link numbers that never decide.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        *,
        wrapper_numbers: Collection[int] = wrappers.NUMBERS.keys(),
        wrapper_names: Collection[str] = wrappers.NAMES,
        mutes: Iterable[Mute] = (),
        words_first: Collection[str] = (),
    ) -> None:
        self.rules = tuple(rules)
        self._words_first = frozenset(words_first)
        self.by_match = _by_match(self.rules)
        self._by_name = {rule.name: rule for rule in self.rules}
        self.wrappers = frozenset(wrapper_numbers)
        self.wrapper_names = frozenset(wrapper_names)
        self.mutes = {mute.what.casefold(): mute for mute in mutes}
        self.names: dict[str, Verdict] = {}
        self.names_of: dict[tuple[str, str], Verdict] = {}
        self.services: dict[str, Verdict] = {}
        self.yielding_services: dict[str, Verdict] = {}
        self.ranges: dict[int, list[tuple[int, int, Verdict]]] = {}
        self.yielding: dict[str, Verdict] = {}
        self.last_resort: dict[str, Verdict] = {}
        self.numbers: dict[int, Verdict] = {}
        self.yielding_numbers: dict[int, Verdict] = {}
        self.alerts: dict[str, Verdict] = {}
        self.yielding_alerts: dict[str, Verdict] = {}
        self.patterns: list[tuple[tuple[str, ...], Verdict]] = []
        self.own_patterns: list[tuple[tuple[str, ...], Verdict]] = []
        self.half_telling: set[str] = set()
        self._spellings: dict[str, str] = {}
        self._exact = frozenset({*self.wrapper_names, *(_name_of(match) for match in self.by_match)})
        self._titles = {bare(match.name): match.name for match in self.by_match if isinstance(match, AlertType)}
        for match, rule in self.by_match.items():
            self._index(match, rule, rule.verdicts[basis_of(match)])
        for name in sorted(self._exact):
            self._spellings.setdefault(name.casefold(), name)

    def with_own(self, own: Iterable[Rule], *, mutes: Iterable[Mute] = ()) -> Self:
        """Give a book in which these rules answer before the ones here; what they claim, others lose."""
        first = tuple(own)
        claimed = _by_match(first)
        kept = (_without(rule, claimed) for rule in self.rules if rule.name not in {other.name for other in first})
        rest = tuple(rule for rule in kept if rule.matches)
        return type(self)(
            (*first, *rest),
            wrapper_numbers=self.wrappers,
            wrapper_names=self.wrapper_names,
            mutes=(*self.mutes.values(), *mutes),
            words_first={rule.name for rule in first},
        )

    def spelt(self, name: str) -> str:
        """Spell a name as the rules do, when they know it in another case only."""
        return name if name in self._exact else self._spellings.get(name.casefold(), name)

    def alert(self, name: str) -> str:
        """Spell an alert's type as the rules do; a title and a type differ only in spaces and case."""
        return self._titles.get(bare(name), name)

    def family(self, service: str, leaf: Cause | None) -> Verdict | None:
        """Answer by family: the service that gave the code, else the range the innermost number lies in."""
        told = self.services.get(service) or (self.services.get(leaf.module) if leaf and leaf.module else None)
        if told or leaf is None:
            return told
        ranges = self.ranges.get(leaf.number >> 16, ())
        return next((verdict for first, last, verdict in ranges if first <= leaf.number <= last), None)

    def muted(self, verdict: Verdict, failure: Failure) -> Mute | None:
        """Find the mute that quietens a verdict: by its rule, or by the name or number that decided.

        What merely stands beside the cause mutes nothing: behind it something worse may lie.
        """
        rule = self._by_name.get(verdict.rule)
        decided = (spelling(match) for match in rule.matches if is_in(match, failure)) if rule else ()
        unknown_alert = failure.alert if verdict.basis is Basis.NONE else ""
        called = (verdict.rule, verdict.unknown_leaf, unknown_alert, *decided)
        return next((mute for name in called if name and (mute := self.mutes.get(name.casefold()))), None)

    def knows(self, number: int = 0, name: str = "") -> bool:
        """Tell whether some rule answers for this number or name, half-telling ones included."""
        if number in self.numbers or number in self.yielding_numbers:
            return True
        return bool(name) and Code(self.spelt(name)) in self.by_match

    def _index(self, match: Match, rule: Rule, verdict: Verdict) -> None:
        if rule.yields:
            self.half_telling.add(rule.name)
        match match:
            case Code(name, of) if of:
                self.names_of[of, name] = verdict
            case Code(name) if name in self.wrapper_names:
                self.last_resort[name] = verdict
                self.half_telling.add(rule.name)
            case Code(name):
                (self.yielding if rule.yields else self.names)[name] = verdict
            case Number(value) | HResult(value):
                (self.yielding_numbers if rule.yields else self.numbers)[value] = verdict
            case AlertType(name):
                (self.yielding_alerts if rule.yields else self.alerts)[name] = verdict
            case Service(name):
                (self.yielding_services if rule.yields else self.services)[name] = verdict
            case Numbers(first, last):
                for high in range(first >> 16, (last >> 16) + 1):
                    self.ranges.setdefault(high, []).append((first, last, verdict))
            case Words():
                patterns = self.own_patterns if rule.name in self._words_first else self.patterns
                patterns.append((match.parts(), verdict))

    def by_words(self, text: str, *, own: bool = False) -> Verdict | None:
        """Answer by the message alone: the first pattern found in it, of ours or of the operator's own."""
        said = plain(text[:TEXT_MAX])
        patterns = self.own_patterns if own else self.patterns
        for parts, verdict in patterns:
            if parts[0] in said and says(said, parts):
                return verdict
        return None


def _by_match(rules: Iterable[Rule]) -> dict[Match, Rule]:
    """Index rules by match.

    Raises:
        ValueError: two rules share a name or a match, or a rule matches nothing.
    """
    found: dict[Match, Rule] = {}
    names: set[str] = set()
    for rule in rules:
        if rule.name in names:
            raise ValueError(f"two rules are called {rule.name}")
        if not rule.matches or not rule.parties:
            raise ValueError(f"rule {rule.name} needs at least one match and one party")
        names.add(rule.name)
        for match in rule.matches:
            other = found.setdefault(match, rule)
            if other is not rule:
                raise ValueError(f"{spelling(match)} is claimed by both {other.name} and {rule.name}")
    return found


def _name_of(match: Match) -> str:
    return match.name if isinstance(match, Code | AlertType) else ""


def bare(name: str) -> str:
    """Spell a name without case, spaces and signs: `Backup did not start` is `BackupDidNotStart`."""
    return re.sub(r"[\W_]+", "", name).casefold()


def _without(rule: Rule, claimed: Mapping[Match, Rule]) -> Rule:
    kept = tuple(match for match in rule.matches if match not in claimed)
    return rule if kept == rule.matches else msgspec.structs.replace(rule, matches=kept)


DEFAULT = RuleBook(RULES)
