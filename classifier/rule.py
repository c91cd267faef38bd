"""Rule: what it matches, what it says, where that is written down, and its own example. No I/O, no search."""

from functools import cached_property
from typing import TypeAlias

import msgspec

from classifier.failure import Cause, Failure
from classifier.verdict import Basis, Concern, Disposition, Domain, Party, Patience, Retry, Verdict

GAP = "…"  # in Words: anything may stand here
GAP_MAX = 200  # characters


class Code(msgspec.Struct, frozen=True):
    """A name the vendor gives: a backup error, or a service's reason beneath it (`CANotFoundErr`).

    Attributes:
        of: the service that must have given it, where others use the same word for something else
            (`RunVMAgent`); "" when the name alone is enough.
    """

    name: str
    of: str = ""


class Number(msgspec.Struct, frozen=True):
    """One of Acronis' own numbers: module << 16 | code."""

    value: int


class HResult(msgspec.Struct, frozen=True):
    """A Windows HRESULT."""

    value: int


class AlertType(msgspec.Struct, frozen=True):
    """The type of the alert, when nothing in it is more telling; its title where no type is published."""

    name: str


class Service(msgspec.Struct, frozen=True):
    """A family: every code that one service gives (`DisasterRecovery`), or that one vendor's domain holds."""

    name: str


class Numbers(msgspec.Struct, frozen=True):
    """A family: every number of a range within one module, or HRESULTs within one facility."""

    first: int
    last: int


class Words(msgspec.Struct, frozen=True):
    """A fragment of the message, any case; `…` stands for anything on the way. English only: codes come first."""

    fragment: str

    def parts(self) -> tuple[str, ...]:
        """Give what must be found, in order, in the `plain` text."""
        return tuple(plain(part).strip() for part in self.fragment.split(GAP))


Match: TypeAlias = Code | Number | HResult | AlertType | Service | Numbers | Words

PROPER = {
    "vss": "VSS",
    "sql": "SQL",
    "api": "API",
    "xml": "XML",
    "snapapi": "SnapAPI",
    "exchange": "Exchange",
    "sharepoint": "SharePoint",
    "onedrive": "OneDrive",
    "azure": "Azure",
    "linux": "Linux",
    "macos": "macOS",
    "ios": "iOS",
    "android": "Android",
    "vmware": "VMware",
    "acronis": "Acronis",
    "id": "ID",
    "windows": "Windows",
}
PATIENCE = {
    Disposition.ACT_NOW: Patience(failed_runs=1),
    Disposition.MONITOR: Patience(failed_runs=3),
    Disposition.SELF_HEAL: Patience(failed_runs=3),
    Disposition.IGNORE: Patience(refreshes=1),
}

NO_CLOCK = Patience()  # for what is no run: a deadline, a limit, a refused request


class Rule(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One row of the knowledge.

    Attributes:
        name: kebab-case, unique.
        matches: any of these is enough; no two rules share one.
        parties: everybody who may have to act, the lead first.
        inferred: False only when the source itself says what to do with it, and who.
        example: a failure this rule answers, and no other.
        brief: what is wrong in a few words; "" when the name, read as words, says it.
        yields: names only where it happened; anything more telling beneath it decides.
        concerns: what is broken: the workload, its destination, or the cloud storage.
        retried: what the agent tries by itself before this error reaches anybody; None when nothing is known.
        own: True for an operator's rule, or one of ours that they changed.
    """

    name: str
    matches: tuple[Match, ...]
    domain: Domain
    parties: tuple[Party, ...]
    disposition: Disposition
    patience: Patience
    cause: str
    first_step: str
    source: str
    example: Failure
    note: str = ""
    inferred: bool = True
    brief: str = ""
    yields: bool = False
    concerns: Concern = Concern.WORKLOAD
    retried: Retry | None = None
    own: bool = False

    @property
    def lead(self) -> Party:
        return self.parties[0]

    @cached_property
    def verdicts(self) -> dict[Basis, Verdict]:
        """Its verdict for each basis it can be reached by, made once."""
        return {basis: self._verdict(basis) for basis in dict.fromkeys(basis_of(match) for match in self.matches)}

    def _verdict(self, basis: Basis) -> Verdict:
        return Verdict(
            rule=self.name,
            domain=self.domain,
            lead=self.lead,
            parties=self.parties,
            disposition=self.disposition,
            patience=self.patience,
            cause=self.cause,
            first_step=self.first_step,
            source=self.source,
            basis=basis,
            inferred=self.inferred,
            note=self.note,
            concerns=self.concerns,
            brief=self.brief or as_words(self.name),
            retried=self.retried,
            own=self.own,
        )


def row(
    domain: Domain,
    name: str,
    *matches: Match,
    who: Party | tuple[Party, ...],
    act: Disposition,
    cause: str,
    first_step: str,
    source: str,
    note: str = "",
    patience: Patience | None = None,
    inferred: bool = True,
    brief: str = "",
    yields: bool = False,
    concerns: Concern = Concern.WORKLOAD,
    retried: Retry | None = None,
    example: Failure | None = None,
) -> Rule:
    """Make a rule; patience follows from the disposition and the example from the first match unless given."""
    return Rule(
        name=name,
        matches=matches,
        domain=domain,
        parties=who if isinstance(who, tuple) else (who,),
        disposition=act,
        patience=patience or PATIENCE[act],
        cause=cause,
        first_step=first_step,
        source=source,
        example=example or example_of(matches[0]),
        note=note,
        inferred=inferred,
        brief=brief,
        yields=yields,
        concerns=concerns,
        retried=retried,
    )


def module(number: int) -> Numbers:
    """Give the family of all codes of one of Acronis' modules."""
    return Numbers(number << 16, number << 16 | 0xFFFF)


def as_words(name: str) -> str:
    """Read a rule's name aloud: `vss-writer-failed` is "VSS writer failed"."""
    return " ".join(PROPER.get(word, word) for word in name.split("-"))


def basis_of(match: Match) -> Basis:
    """Say what a verdict rests on when this match found it."""
    match match:
        case Code():
            return Basis.EXACT_CODE
        case Number():
            return Basis.NUMERIC_CHAIN
        case HResult():
            return Basis.HRESULT
        case AlertType():
            return Basis.ALERT_TYPE
        case Service() | Numbers():
            return Basis.FAMILY
        case Words():
            return Basis.PATTERN


def example_of(match: Match) -> Failure:
    """Make the smallest failure, as Acronis would report it, that shows this match."""
    command_failed = Cause(0x0135_0016, "TOL: Failed to execute the command. Backing up")
    match match:
        case Code(name, of):
            return Failure(code=name, module=of)
        case Number(value):
            return Failure(chain=(command_failed, Cause(value)))
        case HResult(value):
            return Failure(code="SystemErrorWindows", chain=(command_failed, Cause(0xFFF0), Cause(value)))
        case Service(name):
            return Failure(code="NotSeenBefore", module=name)
        case Numbers(_, last):
            return Failure(chain=(command_failed, Cause(last)))
        case AlertType(name):
            return Failure(alert=name)
        case Words(fragment):
            return Failure(text=f"Activity failed: {fragment.replace(GAP, ' X ')}.")


def is_in(match: Match, failure: Failure) -> bool:
    """Tell whether a failure carries what is matched, wherever it stands."""
    match match:
        case Code(name, of):
            told = (failure.code, *failure.inner, *(link.name for link in failure.chain))
            services = (failure.module, *(link.module for link in failure.chain))
            return name in told and (not of or of in services)
        case Number(value) | HResult(value):
            return any(link.number == value for link in failure.chain)
        case AlertType(name):
            return name == failure.alert
        case Service(name):
            return name in (failure.module, *(link.module for link in failure.chain))
        case Numbers(first, last):
            return any(first <= link.number <= last for link in failure.chain)
        case Words():
            return says(plain(failure.text), match.parts())


def spelling(match: Match) -> str:
    """Write the match as a person would paste it."""
    match match:
        case Code(name, of):
            return f"{of}/{name}" if of else name
        case AlertType(name):
            return name
        case Service(name):
            return f"{name}/…"
        case Numbers(first, last):
            return f"0x{first >> 16:04X}…" if last - first == 0xFFFF else f"0x{first:08X}-0x{last:08X}"
        case Number(value) | HResult(value):
            return f"0x{value:08X}"
        case Words(fragment):
            return f"“{fragment}”"


def plain(text: str) -> str:
    """Put a message in the form that fragments are looked for in: lower case, single spaces."""
    return " ".join(text.lower().split())


def says(message: str, parts: tuple[str, ...]) -> bool:
    """Tell whether a plain message has these parts, in order and near each other."""
    start = message.find(parts[0])
    while start >= 0:
        if len(parts) == 1 or _follow(message, start + len(parts[0]), parts[1:]):
            return True
        start = message.find(parts[0], start + 1)
    return False


def _follow(message: str, end: int, parts: tuple[str, ...]) -> bool:
    for part in parts:
        found = message.find(part, end, end + GAP_MAX + len(part))
        if found < 0:
            return False
        end = found + len(part)
    return True
