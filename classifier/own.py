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
    says,
    spelling,
)
from classifier.rulebook import DEFAULT, Mute, RuleBook, bare
from classifier.rules.symbols import SYMBOLS
from classifier.shapes import NOT_PLACED
from classifier.values import number_of
from classifier.verdict import Disposition, Domain, Party, Patience

RULE_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")  # a letter first: no number is a name
MUTABLE = "the name of a rule, a name that Acronis gives, or a number"
SHORT = 0x1_0000  # below it a decimal number may mean three things
FRAGMENT_MAX, TITLE_MAX = 200, 120  # characters
SAID_BY_ALL = (  # the sentences of wrappers; words out of them would swallow every failure
    "TOL: Failed to execute the command. Backing up",
    "The backup has failed. The activity has failed with an error.",
    "An error has occurred. An internal error has occurred. Unknown error. Windows error.",
)
ARTICLES = {"a", "an", "the", "to", "of", "in", "on", "up"}
COMMON = ARTICLES | {"is", "was", "has", "have", "not", "been", "failed", "failure", "error", "errors", "backup", "run"}
ABOVE_ALL = (0, 0x0135)  # modules that stand above every failure there is
NEAR = 0.85  # so alike are a name and its misspelling
WORDS_EXAMPLE = '"could not open … vault"'
LEAST_NEGATIVE = 0xFFFF_FFFF - SHORT  # above it, a minus stands before a short number: -5
LETTERS_IN_WORDS, LETTERS_IN_ONE = 6, 8  # the fewest in a fragment; shorter ones swallow too much

_WORD = re.compile(r"[^\W_]+")
_VENDORS = re.compile(r"[A-Za-z0-9_][\w.:\-]{1,119}", re.ASCII)  # as `shapes` reads names
_NUMERIC = re.compile(r"-?[0-9]+|0x\S*", re.ASCII | re.IGNORECASE)
_FRACTION = re.compile(r"-?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:e\+?[0-9]+)?", re.ASCII | re.IGNORECASE)
_WHOLE_HEX = re.compile(r"0x[0-9a-f]{8}", re.ASCII | re.IGNORECASE)
_EVERYDAY = re.compile(r"[^\W\d_]+")
_INNER_CAPITAL = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2}[a-z]|\w_\w", re.ASCII)  # FileLock, CANotFoundErr, NOT_FOUND
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

    Names are spelt as the rules of the book spell them, so that both meet; a name of Microsoft's is its number.

    Raises:
        Unreadable: a wrapper, a number with two meanings, too few words, or nothing of the kind.
    """
    text = " ".join(str(written).split())
    if known := _known_name(text, book):
        return Code(known)
    if _NUMERIC.fullmatch(text) or _FRACTION.fullmatch(text) or text.upper() in SYMBOLS:
        return _number(text, book)
    kind, _, rest = text.partition(" ")
    match kind.casefold():
        case "alert" if not rest:
            raise Unreadable("alert, and its type or title", "alert BackupDidNotStart")
        case "alert" if GAP not in rest and len(rest) <= TITLE_MAX:
            return AlertType(_not_a_wrapper(book.alert(rest), book))
        case "service" if _VENDORS.fullmatch(rest):
            return Service(_as_known(_not_for_all(rest), {*book.services, *book.yielding_services}))
        case "service" if not rest or rest.istitle():
            raise Unreadable("service, and one name without spaces", "service STORAGE_MANAGER")
        case "module" if " " not in rest and GAP not in rest:
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
    if _NUMERIC.fullmatch(text) or _FRACTION.fullmatch(text) or text.upper() in SYMBOLS:
        return spelling(_number(text, book))
    if text.casefold() == UNKNOWN:
        raise Unreadable("one code, by its name or number: unknown codes as such stay loud", "0x00400002")
    if of := _of_services(text, book):
        return of
    name = _not_a_wrapper(book.alert(book.spelt(text)), book)
    if AlertType(name) not in book.by_match and not _may_be_a_code(name, book):
        raise Unreadable(_nearest(name, [*rules, *_names(book)]), "FileLockErrorPath")
    return name


def nearest_rule(name: str, book: RuleBook = DEFAULT) -> str:
    """Find the rule that was meant; "" when none is near."""
    return next(iter(difflib.get_close_matches(name[:FRAGMENT_MAX], [rule.name for rule in book.rules], n=1)), "")


def rule_of(written: str, book: RuleBook = DEFAULT) -> str:
    """Find the rule that a name, a number or an alert belongs to; "" when none."""
    alert = AlertType(book.alert(written))
    try:
        match = alert if alert in book.by_match else match_of(written, book)
    except Unreadable:
        return ""
    rule = book.by_match.get(match)
    return rule.name if rule else ""


def _nearest(text: str, known: list[str]) -> str:
    near = difflib.get_close_matches(text[:FRAGMENT_MAX], known, n=1)
    return f"{MUTABLE}; the nearest is {near[0]}" if near else MUTABLE


def _names(book: RuleBook) -> Iterator[str]:
    return (match.name for match in book.by_match if isinstance(match, Code | AlertType))


def _may_be_a_code(name: str, book: RuleBook) -> bool:
    """Tell whether a name that no rule knows looks like a code of Acronis', and like no misspelt one."""
    if not _VENDORS.fullmatch(name) or _KEBAB.fullmatch(name) or not _INNER_CAPITAL.search(name):
        return False
    return not difflib.get_close_matches(name, _names(book), n=1, cutoff=NEAR)


def _of_services(text: str, book: RuleBook) -> str:
    """Spell a name that tells only beside its service (`RunVMAgent/TimeoutError`); "" when it is none.

    Raises:
        Unreadable: it came without its service, and is a wrapper or several give it.
    """
    code = _of_a_service(text, book)
    if not code.of:
        _not_a_wrapper(code.name, book)
    of = [code.of] if code.of else [service for service, name in book.names_of if name == code.name]
    known = [spelling(each) for service in of if (each := Code(code.name, of=service)) in book.by_match]
    if len(known) > 1:
        raise Unreadable(f"the name with its service: {' or '.join(known)}", known[0])
    return next(iter(known), "")


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
    if _KEBAB.fullmatch(name) or any(name == rule.name for rule in book.rules):
        raise Unreadable("what it answers: a code or words, not the name of a rule", "FileLockErrorPath")
    code = _of_a_service(text, book)
    if not slash or code not in book.by_match:  # what a wrapper means with one service, a rule of ours may know
        _not_a_wrapper(code.name, book)
    if not slash and _is_everyday(name) and code.name not in {known for _, known in book.names_of}:
        raise _only_a_word()
    return code


def _of_a_service(text: str, book: RuleBook) -> Code:
    service, _, name = text.rpartition("/")
    return Code(book.spelt(name), of=_as_known(service, (of for of, _ in book.names_of)))


def _is_everyday(word: str) -> bool:
    return bool(_EVERYDAY.fullmatch(word)) and word[1:].islower()


def _number(text: str, book: RuleBook) -> Number | HResult:
    value = SYMBOLS.get(text.upper()) or number_of(text)
    if not value or _FRACTION.fullmatch(text):
        raise Unreadable("a whole number of 32 bits, and not 0", "0x00400002")
    if value in book.wrappers:
        raise _wrapper()
    if value < SHORT and not _WHOLE_HEX.fullmatch(text):
        own, windows = Cause(value).code, f"0x8007{value:04X}"
        raise Unreadable(f"the whole number: {windows} for Windows error {value}, {own} for Acronis' own", windows)
    if text.startswith("-") and value > LEAST_NEGATIVE:
        raise Unreadable("the whole number; a negative one is a Windows HRESULT, such as -2147024784", "0x80070070")
    return HResult(value) if value >= HRESULT_MIN else Number(value)


def _module(text: str) -> Match:
    value = number_of(text)
    if value is None or value > 0x7FFF:
        raise Unreadable("a module from 1 to 32767, as the console shows it", '"module 64"')
    if value in ABOVE_ALL:
        raise Unreadable(f"a module of its own; {value} stands above every failure there is", '"module 64"')
    return module(value)


def _words(text: str) -> Words:
    fragment = Words(text.replace("...", GAP))
    letters = sum(sign.isalpha() for sign in text)
    if len(text) > FRAGMENT_MAX:
        raise Unreadable(f"up to {FRAGMENT_MAX} characters of the message", WORDS_EXAMPLE)
    if _is_everyday(text):
        raise _only_a_word()
    if not all(fragment.parts()):
        raise Unreadable(f"words on both sides of {GAP}", WORDS_EXAMPLE)
    if letters < (LETTERS_IN_WORDS if " " in text else LETTERS_IN_ONE):
        raise Unreadable(
            f"two words or more of the message, with {LETTERS_IN_WORDS} letters or more in all", WORDS_EXAMPLE
        )
    if set(_WORD.findall(text.casefold())) <= COMMON or any(
        says(plain(said), fragment.parts()) for said in SAID_BY_ALL
    ):
        raise Unreadable("words of one failure alone; every failed backup says these", WORDS_EXAMPLE)
    return fragment


def _not_a_wrapper(name: str, book: RuleBook) -> str:
    if bare(name) in {bare(each) for each in book.wrapper_names}:
        raise _wrapper()
    return name


def _not_for_all(service: str) -> str:
    if bare(service) in {bare(each) for each in NOT_PLACED}:
        raise Unreadable("a service; errors of every kind carry this name", "service STORAGE_MANAGER")
    return service


def _only_a_word() -> Unreadable:
    return Unreadable("words of a message: two or more, or a code as Acronis spells it", WORDS_EXAMPLE)


def _wrapper() -> Unreadable:
    return Unreadable("what lies beneath it: a wrapper never decides", "0x00400002")
