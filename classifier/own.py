"""OwnRules: what an operator says about failures, and the book that heeds it. Knows no file and no YAML."""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, tzinfo

import msgspec

from classifier.classify import UNKNOWN
from classifier.failure import HRESULT_MIN, Cause
from classifier.rule import (
    GAP,
    PATIENCE,
    AlertType,
    Code,
    HResult,
    Match,
    Number,
    Rule,
    Service,
    Words,
    module,
    plain,
    spelling,
)
from classifier.rulebook import DEFAULT, Mute, RuleBook, bare
from classifier.shapes import number_of
from classifier.verdict import Disposition, Domain, Party, Patience

RULE_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")  # a letter first: no number is a name
MUTABLE = "the name of a rule, a name that Acronis gives, or a number"
SHORT = 0x1_0000  # below it a decimal number may mean three things
FRAGMENT_MAX, TITLE_MAX = 200, 120  # characters
LETTERS_IN_WORDS, LETTERS_IN_ONE = 6, 8  # the fewest in a fragment; shorter ones swallow too much

_VENDORS = re.compile(r"[A-Za-z0-9_][\w.:\-]{1,119}", re.ASCII)  # as `shapes` reads names
_NUMERIC = re.compile(r"-?[0-9]+|0x\S*", re.ASCII | re.IGNORECASE)
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")  # so are rules called, and no code of Acronis'


class RuleChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to say instead in one of our rules. None, or no party: as the rule has it."""

    rule: str
    domain: Domain | None = None
    parties: tuple[Party, ...] = ()
    disposition: Disposition | None = None
    failed_runs: int | None = None
    cause: str | None = None
    first_step: str | None = None
    brief: str | None = None
    note: str | None = None


class MuteUntil(msgspec.Struct, frozen=True):
    """A mute by the calendar: it ends when that day begins, wherever that is."""

    what: str
    until: date
    why: str = ""


class OwnRules(msgspec.Struct, frozen=True):
    """All that an operator says about failures; nothing of it is wrong."""

    added: tuple[Rule, ...] = ()
    changed: tuple[RuleChange, ...] = ()
    mutes: tuple[MuteUntil, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Name every entry: those added, those changed, those muted."""
        return (
            *(rule.name for rule in self.added),
            *(change.rule for change in self.changed),
            *(mute.what for mute in self.mutes),
        )


class Unreadable(ValueError):
    """What somebody wrote means nothing here. Says what would, and how it is written."""

    def __init__(self, expected: str, example: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.example = example


# --- the book ---------------------------------------------------------------------------------------------------


def book_with(own: OwnRules, base: RuleBook = DEFAULT, *, zone: tzinfo = UTC) -> RuleBook:
    """Give a book that heeds an operator: their rules before ours, ours as they changed them, and their mutes.

    A changed rule keeps its place and its matches, so that what is asked before it stays before it.

    Args:
        zone: where a mute's day begins.
    """
    if not own.names:
        return base
    changes = {change.rule: change for change in own.changed}
    changed = RuleBook(
        (_changed(rule, changes[rule.name]) if rule.name in changes else rule for rule in base.rules),
        wrapper_numbers=base.wrappers,
        wrapper_names=base.wrapper_names,
        mutes=base.mutes.values(),
    )
    mutes = (Mute(mute.what, _beginning_of(mute.until, zone), mute.why) for mute in own.mutes)
    return changed.with_own(_settled(own.added, base), mutes=mutes)


def _changed(rule: Rule, change: RuleChange) -> Rule:
    """Make the rule say what the operator says. Once they name who acts, that is our judgement no more."""
    disposition = change.disposition or rule.disposition
    patience = rule.patience if disposition is rule.disposition else PATIENCE[disposition]
    return msgspec.structs.replace(
        rule,
        domain=change.domain or rule.domain,
        parties=change.parties or rule.parties,
        disposition=disposition,
        patience=patience if change.failed_runs is None else Patience(failed_runs=change.failed_runs),
        cause=change.cause or rule.cause,
        first_step=change.first_step or rule.first_step,
        brief=rule.brief if change.brief is None else change.brief,
        note=rule.note if change.note is None else change.note,
        inferred=rule.inferred and not change.parties,
        own=True,
    )


def _settled(added: Iterable[Rule], base: RuleBook) -> Iterator[Rule]:
    """Let the added rules take their names from every service, and speak of what ours spoke of.

    A name alone means that name wherever it comes from. What is broken (a destination, the cloud
    storage) stays what it was by our rule, so that machines behind one destination stay one row.
    """
    rules = tuple(added)
    claimed = {match for rule in rules for match in rule.matches}
    of_a_service = [match for match in base.by_match if isinstance(match, Code) and match.of and match not in claimed]
    for rule in rules:
        names = {match.name for match in rule.matches if isinstance(match, Code) and not match.of}
        ours = base.by_match.get(rule.matches[0])
        yield msgspec.structs.replace(
            rule,
            matches=(*rule.matches, *(match for match in of_a_service if match.name in names)),
            concerns=ours.concerns if ours else rule.concerns,
        )


def _beginning_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


# --- what an operator writes ------------------------------------------------------------------------------------


def match_of(written: str | int, book: RuleBook = DEFAULT) -> Match:
    """Read a match: a name, `service/name`, a number, `alert …`, `service …`, `module …`, or words of the message.

    Names are spelt as the rules of the book spell them, so that both meet.

    Raises:
        Unreadable: a wrapper, a number with two meanings, too few words, or nothing of the kind.
    """
    text = " ".join(str(written).split())
    if known := _known_name(text, book):
        return Code(known)
    if _NUMERIC.fullmatch(text):
        return _number(text, book)
    kind, _, rest = text.partition(" ")
    match kind.casefold():
        case "alert" if rest and GAP not in rest and len(rest) <= TITLE_MAX:
            return AlertType(book.alert(rest))
        case "service" if _VENDORS.fullmatch(rest):
            return Service(_as_known(rest, book.services))
        case "module" if _NUMERIC.fullmatch(rest):
            return _module(rest)
        case _ if rest or GAP in text or "..." in text or not text.isascii():
            return _words(text)
        case _:
            return _name(text, book)


def claim(match: Match) -> tuple[str, str]:
    """Give what two matches have in common when they find the same: kind and spelling, in any case."""
    said = match.fragment if isinstance(match, Words) else spelling(match)
    return type(match).__name__, plain(said)


def muted_of(written: str | int, book: RuleBook = DEFAULT, *, own: Collection[str] = ()) -> str:
    """Read what is muted: the name of a rule, a vendor's name, or a number, which is spelt as Acronis does.

    A vendor's name or a number may be unknown: what no rule knows can be muted too.

    Args:
        own: the names of the operator's own rules.
    Raises:
        Unreadable: a wrapper, all unknown codes at once, or a name that nobody gives.
    """
    text = " ".join(str(written).split())
    rules = {*own, *(rule.name for rule in book.rules)}
    if text in rules:
        return text
    if known := _known_name(text, book):
        return known
    if _NUMERIC.fullmatch(text):
        return spelling(_number(text, book))
    if text.casefold() == UNKNOWN:
        raise Unreadable("one code, by its name or number: unknown codes as such stay loud", "0x00400002")
    name = _not_a_wrapper(book.alert(book.spelt(text)), book)
    if AlertType(name) not in book.by_match and (not _VENDORS.fullmatch(name) or _KEBAB.fullmatch(name)):
        raise Unreadable(_nearest(name, [*rules, *_names(book)]), "FileLockErrorPath")
    return name


def nearest_rule(name: str, book: RuleBook = DEFAULT) -> str:
    """Find the rule that was meant; "" when none is near."""
    return next(iter(difflib.get_close_matches(name[:FRAGMENT_MAX], [rule.name for rule in book.rules], n=1)), "")


def _nearest(text: str, known: list[str]) -> str:
    near = difflib.get_close_matches(text[:FRAGMENT_MAX], known, n=1)
    return f"{MUTABLE}; the nearest is {near[0]}" if near else MUTABLE


def _names(book: RuleBook) -> Iterator[str]:
    return (match.name for match in book.by_match if isinstance(match, Code | AlertType))


def _known_name(text: str, book: RuleBook) -> str:
    """Spell a name that some rule knows; "" when none does. Some look like a number, or have a space."""
    name = book.spelt(text)
    return name if Code(name) in book.by_match and name not in book.wrapper_names else ""


def _as_known(name: str, known: Iterable[str]) -> str:
    return next((each for each in known if each.casefold() == name.casefold()), name)


def _name(text: str, book: RuleBook) -> Code:
    service, slash, name = text.rpartition("/")
    if not _VENDORS.fullmatch(name) or (slash and not _VENDORS.fullmatch(service)):
        expected = "a name as Acronis gives it, a number, alert …, service …, module …, or words of the message"
        raise Unreadable(expected, 'FileLockErrorPath, 0x00400002, "module 64"')
    code = Code(book.spelt(name), of=_as_known(service, (of for of, _ in book.names_of)))
    if not slash or code not in book.by_match:  # what a wrapper means with one service, a rule of ours may know
        _not_a_wrapper(code.name, book)
    return code


def _number(text: str, book: RuleBook) -> Number | HResult:
    value = number_of(text)
    if not value:
        raise Unreadable("a number of 32 bits, and not 0", "0x00400002")
    if value in book.wrappers:
        raise _wrapper()
    if value < SHORT and not text.casefold().startswith("0x"):
        own, windows = Cause(value).code, f"0x8007{value:04X}"
        raise Unreadable(f"the whole number: {windows} for Windows error {value}, {own} for Acronis' own", windows)
    return HResult(value) if value >= HRESULT_MIN else Number(value)


def _module(text: str) -> Match:
    value = number_of(text)
    if value is None or value > 0x7FFF:
        raise Unreadable("a module from 0 to 32767, as the console shows it", '"module 64"')
    return module(value)


def _words(text: str) -> Words:
    fragment = Words(text.replace("...", GAP))
    letters = sum(sign.isalpha() for sign in text)
    example = '"could not open … vault"'
    if len(text) > FRAGMENT_MAX:
        raise Unreadable(f"up to {FRAGMENT_MAX} characters of the message", example)
    if not all(fragment.parts()):
        raise Unreadable(f"words on both sides of {GAP}", example)
    if letters < (LETTERS_IN_WORDS if " " in text else LETTERS_IN_ONE):
        raise Unreadable(f"two words or more of the message, with {LETTERS_IN_WORDS} letters or more in all", example)
    return fragment


def _not_a_wrapper(name: str, book: RuleBook) -> str:
    if bare(name) in {bare(each) for each in book.wrapper_names}:
        raise _wrapper()
    return name


def _wrapper() -> Unreadable:
    return Unreadable("what lies beneath it: a wrapper never decides", "0x00400002")
