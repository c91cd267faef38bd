"""Reads the operator's own rules from what stands under `rules`, and words every mistake in them at once."""

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

import msgspec

from bot.app_yaml import Mistake, cut, example_of, expected_of, ordinal, shown
from classifier.classify import UNKNOWN
from classifier.own import (
    MUTABLE,
    RULE_NAME,
    MuteUntil,
    OwnRules,
    RuleChange,
    Unreadable,
    claim,
    match_of,
    muted_of,
    nearest_rule,
    rule_of,
)
from classifier.rule import Match, Rule, row, spelling
from classifier.rulebook import DEFAULT, RuleBook, bare
from classifier.verdict import Disposition, Domain, Party, Patience

SOURCE = "your own rule in app.yaml"
TEXT_MAX, BRIEF_MAX, NAME_MAX = 200, 60, 60  # characters
LABEL_CHARS = 40
RUNS_MAX = 100
AHEAD_MAX, AHEAD_USUAL = timedelta(days=366), timedelta(days=14)
YEAR_MIN = 2000
SAYS = ("domain", "who", "act", "failed_runs", "cause", "first_step", "brief", "note")
KEYS = {"add": ("match", *SAYS, "source"), "change": SAYS, "mute": ("until", "why")}
EXAMPLES = {
    "add": "nas-of-harbour-asleep",
    "change": "file-locked",
    "mute": "FileLockErrorPath",
    "match": "[FileLockErrorPath, 0x00400002]",
    "domain": "Environment",
    "who": "[Client, MSP]",
    "act": "monitor",
    "failed_runs": "5",
    "cause": "The NAS sleeps until 07:00.",
    "first_step": "Wait for the 08:00 run.",
    "brief": "NAS asleep",
    "note": "It wakes by itself.",
    "source": "our ticket 4411",
    "until": "2026-12-24",
    "why": "known, ticket 4411",
}
WAITING = (Disposition.MONITOR, Disposition.SELF_HEAL)  # what counts failed runs
DOMAINS = tuple(domain for domain in Domain if domain is not Domain.UNKNOWN)  # that one is for what no rule knows

_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

Word = TypeVar("Word", bound=StrEnum)


def read(
    entries: object, places: Mapping[str, str], *, today: date, base: RuleBook = DEFAULT
) -> tuple[OwnRules, tuple[Mistake, ...]]:
    """Read what stands under `rules`: the rules that can be used, and everything that is wrong with the others.

    Args:
        entries: parsed YAML, whatever it is.
        places: where each dotted name stands (`rules.0.act`).
        today: a mute may reach a year from here.
    """
    if entries is None:
        return OwnRules(), ()
    if not isinstance(entries, list):
        found = "a section, not a list" if isinstance(entries, dict) else "text, not a list"
        where = next((place for name, place in places.items() if name.partition(".")[0] == "rules"), "")
        return OwnRules(), (Mistake("rules", found, expected_of("rules"), example_of("rules"), where),)
    written = [_Entry(at, given, places) for at, given in enumerate(entries)]
    return _Reader(written, today, base).read(), tuple(wrong for entry in written for wrong in entry.mistakes)


class _Entry:
    """One entry as it was written. Gives each key's value; what cannot be used is None, and remembered as a mistake.

    Attributes:
        kind: add, change or mute; "" when it is none of them, or several.
        name: what is added, changed or muted.
        values: its keys, without those that say nothing.
    """

    def __init__(self, at: int, given: object, places: Mapping[str, str]) -> None:
        self.at = at
        self.given = given
        self.places = places
        self.mistakes: list[Mistake] = []
        section = given if isinstance(given, dict) else {}
        self.values: dict[str, object] = {str(key): value for key, value in section.items() if value is not None}
        self.kinds = [kind for kind in KEYS if kind in self.values]
        self.kind = self.kinds[0] if len(self.kinds) == 1 else ""
        name = self.values.get(self.kind)
        self.name = _folded(str(name)) if _is_scalar(name) else ""

    @property
    def label(self) -> str:
        return ordinal(self.at) + (f" ({cut(self.name, LABEL_CHARS)})" if self.name else "")

    def wrong(self, key: str, found: str, expected: str, example: str = "") -> None:
        """Remember a mistake; without an example it is the key's usual one."""
        place = f"rules.{self.at}"
        where = self.places.get(f"{place}.{key}") or self.places.get(place) or self.places.get("rules", "")
        name = f"rules, {self.label}" + (f": {cut(_folded(key), LABEL_CHARS)}" if key else "")
        self.mistakes.append(Mistake(name, cut(_folded(found)), expected, example or _example(key), where))

    def text(self, key: str, *, most: int = TEXT_MAX, must: bool = False) -> str | None:
        """Give a text on one line; None when it was left out."""
        value = self.values.get(key)
        if value is None and not must:
            return None
        if value is not None and not isinstance(value, str):
            self.wrong(key, shown(value), "text; put a number, yes or no in quotes")
            return None
        text = _folded(value or "")
        if len(text) > most:
            self.wrong(key, f"{len(text)} characters", f"text of up to {most} characters")
        if must and not text:
            self.wrong(key, "nothing", f"text of up to {most} characters")
        return text

    def word(self, key: str, words: Iterable[Word], *, must: bool) -> Word | None:
        """Give one of a few words, in whatever case it was written."""
        known = list(words)
        value = self.values.get(key)
        if value is None and not must:
            return None
        found = _word_in(known, value)
        if found is None:
            self.wrong(key, shown(value), _one_of(known))
        return found

    def parties(self, *, must: bool) -> tuple[Party, ...]:
        """Give who acts, the lead first; nobody when it was left out."""
        value = self.values.get("who")
        if value is None and not must:
            return ()
        expected = f"{_one_of(list(Party))}, or a list of them, the lead first and each once"
        items = value if isinstance(value, list) else [value]
        found = [_word_in(Party, item) for item in items]
        parties = tuple(party for party in found if party is not None)
        if not items or None in found:
            self.wrong("who", shown(items[found.index(None)] if items else None), expected)
        elif len(set(parties)) < len(parties):
            self.wrong("who", ", ".join(parties), expected)
        return parties

    def failed_runs(self, act: Disposition | None) -> int | None:
        """Give how many failed runs it waits; None when it was left out.

        Args:
            act: what the rule will say; None when that is a mistake already.
        """
        value = self.values.get("failed_runs")
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= RUNS_MAX:
            self.wrong("failed_runs", shown(value), f"a whole number from 1 to {RUNS_MAX}")
            return None
        if act is not None and act not in WAITING:
            self.wrong("failed_runs", f"{value}, and act is {act}", f"failed_runs only with {_one_of(WAITING)}")
        return value

    def day(self, key: str, *, today: date) -> date | None:
        value = self.values.get(key)
        day = _day(value)
        example = f"{key}: {today + AHEAD_USUAL}"
        if day is None:
            found = f"{value}, no such day" if _is_like_a_day(value) else shown(value)
            self.wrong(key, found, "a day, as year-month-day", example)
        elif day.year < YEAR_MIN:
            self.wrong(key, str(day), "a day, as year-month-day", example)
        elif day > today + AHEAD_MAX:
            self.wrong(key, str(day), f"a day at most {AHEAD_MAX.days} days from now: a mute is for a while", example)
        return day


class _Reader:
    """Reads all entries, so that no two of them claim the same."""

    def __init__(self, entries: list[_Entry], today: date, base: RuleBook) -> None:
        self.entries = entries
        self.today = today
        self.base = base
        self.ours = {rule.name: rule for rule in base.rules}
        self.theirs = {entry.name for entry in entries if entry.kind == "add" and entry.name}
        self.taken: dict[tuple[str, ...], _Entry] = {}

    def read(self) -> OwnRules:
        found = [self._read(entry) for entry in self.entries]
        return OwnRules(
            added=tuple(one for one in found if isinstance(one, Rule)),
            changed=tuple(one for one in found if isinstance(one, RuleChange)),
            mutes=tuple(one for one in found if isinstance(one, MuteUntil)),
        )

    def _read(self, entry: _Entry) -> Rule | RuleChange | MuteUntil | None:
        _check_keys(entry, f"- {{mute: {EXAMPLES['mute']}, until: {self.today + AHEAD_USUAL}}}")
        match entry.kind:
            case "add":
                return self._added(entry)
            case "change":
                return self._changed(entry)
            case "mute":
                return self._muted(entry)
            case _:
                return None

    def _added(self, entry: _Entry) -> Rule | None:
        self._check_new_name(entry)
        matches = self._matches(entry)
        domain = entry.word("domain", DOMAINS, must=True)
        parties = entry.parties(must=True)
        act = entry.word("act", Disposition, must=True)
        runs = entry.failed_runs(act)
        cause, first_step = entry.text("cause", must=True), entry.text("first_step", must=True)
        brief, note, source = entry.text("brief", most=BRIEF_MAX), entry.text("note"), entry.text("source")
        if entry.mistakes or domain is None or act is None:
            return None
        made = row(
            domain,
            entry.name,
            *matches,
            who=parties,
            act=act,
            cause=cause or "",
            first_step=first_step or "",
            source=source or SOURCE,
            note=note or "",
            patience=None if runs is None else Patience(failed_runs=runs),
            inferred=False,  # who acts is theirs to say
            brief=brief or "",
        )
        return msgspec.structs.replace(made, own=True)

    def _changed(self, entry: _Entry) -> RuleChange | None:
        ours = self._rule_of_ours(entry)
        domain, parties = entry.word("domain", DOMAINS, must=False), entry.parties(must=False)
        act = entry.word("act", Disposition, must=False)
        kept = ours.disposition if ours and "act" not in entry.values else None
        change = RuleChange(
            rule=entry.name,
            domain=domain,
            parties=parties,
            disposition=act,
            failed_runs=entry.failed_runs(act or kept),
            cause=entry.text("cause", must="cause" in entry.values),
            first_step=entry.text("first_step", must="first_step" in entry.values),
            brief=entry.text("brief", most=BRIEF_MAX),
            note=entry.text("note"),
        )
        if not entry.mistakes and change == RuleChange(rule=entry.name):
            entry.wrong("", "nothing to change", f"at least one of {', '.join(SAYS)}", _example("act"))
        return None if entry.mistakes else change

    def _muted(self, entry: _Entry) -> MuteUntil | None:
        what, until = self._what(entry), entry.day("until", today=self.today)
        why = entry.text("why")
        return None if entry.mistakes or until is None else MuteUntil(what, until, why or "")

    def _check_new_name(self, entry: _Entry) -> None:
        if entry.name in self.ours:
            expected = "a name of its own; to change what ours says, use change"
            entry.wrong("add", f"{entry.name}, one of our rules", expected, f"change: {entry.name}")
        elif entry.name == UNKNOWN or not RULE_NAME.fullmatch(entry.name) or len(entry.name) > NAME_MAX:
            expected = f"a name of small letters, digits and hyphens, a letter first, up to {NAME_MAX} characters"
            entry.wrong("add", shown(entry.values["add"]), expected)
        else:
            self._take(entry, "add", entry.name, said=entry.name, expected="a name of its own")

    def _rule_of_ours(self, entry: _Entry) -> Rule | None:
        rule = self.ours.get(entry.name)
        if rule is not None:
            self._take(entry, "change", rule.name, said=rule.name, expected="one change of each rule; join the two")
            return rule
        its = rule_of(entry.name, self.base)
        near = its or nearest_rule(entry.name, self.base)
        expected = "the name of one of our rules, as `fortress explain` says it"
        if entry.name in self.theirs:
            expected = "the name of one of our rules; change your own where you add it"
        elif its:
            expected = f"the name of one of our rules; its rule is {its}"
        elif near:
            expected = f"the name of one of our rules; the nearest is {near}"
        entry.wrong("change", shown(entry.values["change"]), expected, f"change: {near or EXAMPLES['change']}")
        return None

    def _what(self, entry: _Entry) -> str:
        if not entry.name:
            entry.wrong("mute", shown(entry.values["mute"]), MUTABLE)
            return ""
        try:
            what = muted_of(entry.name, self.base, own=self.theirs)
        except Unreadable as error:
            entry.wrong("mute", entry.name, error.expected, f"mute: {error.example}")
            return ""
        self._take(entry, "mute", what.casefold(), said=what, expected="one mute of each")
        return what

    def _matches(self, entry: _Entry) -> tuple[Match, ...]:
        given = entry.values.get("match")
        items = given if isinstance(given, list) else [given]
        if not items:
            entry.wrong("match", "an empty list", "a list of names, numbers or words")
        found = [self._match(entry, item) for item in items]
        return tuple(match for match in found if match is not None)

    def _match(self, entry: _Entry, item: object) -> Match | None:
        """Read one match; None when it is a mistake, or the entry said it before."""
        if not isinstance(item, str | int) or isinstance(item, bool) or item == "":
            entry.wrong("match", shown(item), "a list of names, numbers or words")
            return None
        try:
            match = match_of(_folded(str(item)), self.base)
        except Unreadable as error:
            entry.wrong("match", shown(item), error.expected, f"match: [{error.example}]")
            return None
        claimed, expected = claim(match), "each match in one rule of yours alone"
        is_said = self.taken.get(("match", *claimed)) is entry
        is_free = self._take(entry, "match", *claimed, said=spelling(match), expected=expected)
        return match if is_free and not is_said else None

    def _take(self, entry: _Entry, key: str, *what: str, said: str, expected: str) -> bool:
        """Let an entry have something for itself; False, and a mistake, when an earlier one has it."""
        holder = self.taken.setdefault((key, *what), entry)
        if holder is not entry:
            entry.wrong(key, f"{cut(said, LABEL_CHARS)}, as in {holder.label}", expected)
        return holder is entry


def _check_keys(entry: _Entry, example: str) -> None:
    """Refuse an entry of no kind, or of several, and keys that its kind does not know.

    Args:
        example: an entry that can be used.
    """
    if not isinstance(entry.given, dict):
        entry.wrong("", shown(entry.given), f"a section with {_one_of(list(KEYS))}", example)
    elif not entry.kinds and (meant := _meant_kind(entry)):
        key, kind = meant
        entry.wrong(key, "a key that no rule knows", f"a known key; the nearest is {kind}", _example(kind))
    elif not entry.kind:
        found = " and ".join(entry.kinds) or f"no {_one_of(list(KEYS))}"
        entry.wrong("", found, f"one of {_one_of(list(KEYS))}, with a name", example)
    else:
        known = KEYS[entry.kind]
        for key in entry.values:
            if key not in (entry.kind, *known):
                _unknown_key(entry, key, known)


def _meant_kind(entry: _Entry) -> tuple[str, str] | None:
    """Find a misspelt add, change or mute, and which of them was meant."""
    unknown = (key for key in entry.values if not any(key in keys for keys in KEYS.values()))
    near = ((key, difflib.get_close_matches(key[:LABEL_CHARS].casefold(), KEYS, n=1)) for key in unknown)
    return next(((key, kinds[0]) for key, kinds in near if kinds), None)


def _unknown_key(entry: _Entry, key: str, known: tuple[str, ...]) -> None:
    near = next(iter(difflib.get_close_matches(key[:LABEL_CHARS], known, n=1)), "")
    expected = f"a known key; the nearest is {near}" if near else f"one of {', '.join(known)}"
    entry.wrong(key, f"a key that {entry.kind} does not know", expected, _example(near or known[0]))


# --- small readers and words ------------------------------------------------------------------------------------


def _word_in(words: Iterable[Word], value: object) -> Word | None:
    return next((word for word in words if isinstance(value, str) and bare(word) == bare(value)), None)


def _day(value: object) -> date | None:
    if not _is_like_a_day(value):
        return None
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        return None


def _is_like_a_day(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()))


def _folded(text: str) -> str:
    """Put a text on one line, without what no text has."""
    return " ".join(_NO_TEXT.sub(" ", text).split())


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _one_of(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}"


def _example(key: str) -> str:
    return f"{key}: {EXAMPLES.get(key, '…')}"
