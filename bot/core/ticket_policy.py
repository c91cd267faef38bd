"""Which tickets fortress raises by itself: the operator's rules, held against what a reading found. It decides only.

Seen failures count, and nothing else: not what a client's first reading found, not a client that could not be read,
not a job without a result, a warning or a cancelled run.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import timedelta
from enum import StrEnum

import msgspec

from bot.core.correlate import GroupKind, group_keys
from bot.core.digest import Row
from bot.core.incident import Incident
from bot.core.memory import Memory
from bot.core.policy import counts_as_failed
from bot.core.raised import BY_POLICY, Raised, is_about, is_told_alike
from classifier.verdict import Disposition, Party

NO_DESK = "none"  # a rule with it is an exception: what it fits gets no ticket


class Also(StrEnum):
    """Causes that get no ticket by themselves unless a rule says so."""

    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    MUTED = "muted"


class TicketRule(msgspec.Struct, frozen=True):
    """What gets a ticket, and where. A condition that is empty asks for nothing.

    Attributes:
        clients: ids or names.
        causes: names of our rules or the operator's, names and numbers that Acronis gives; in any case of letters.
        failed_runs: in a row.
        lasting: since the first of them, as far as its client was read.
        also: kinds of causes that a person or the operator wants no word of, and that it takes all the same.
        one_client: its desk is read by a client, who must not read of another.
    """

    name: str
    desk: str
    leads: tuple[Party, ...] = ()
    dispositions: tuple[Disposition, ...] = (Disposition.ACT_NOW,)
    clients: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    failed_runs: int = 1
    lasting: timedelta = timedelta()
    also: tuple[Also, ...] = ()
    one_client: bool = False


class TicketPolicy(msgspec.Struct, frozen=True):
    """All rules, the first that fits decides; and the most tickets of one reading."""

    enabled: bool = False
    most: int = 5
    rules: tuple[TicketRule, ...] = ()


OFF = TicketPolicy()


class Left(StrEnum):
    """Why a cause gets no ticket."""

    NO_FAILURE = "no failed run"
    BASELINE = "found at the first reading"
    BLIND = "client not read"
    NO_RULE = "no rule fits"
    HELD = "acknowledged, snoozed or muted"
    EXCEPTED = "a rule says none"
    HAS_ONE = "has a ticket"
    REFUSED = "its desk did not take it"


class Due(msgspec.Struct, frozen=True):
    """A ticket to be raised: for which cause, and by which rule."""

    row: Row
    rule: TicketRule

    @property
    def id(self) -> tuple[str, str]:
        return (self.row.target, self.rule.desk)


class Plan(msgspec.Struct, frozen=True):
    """What a policy makes of the open causes.

    Attributes:
        due: get a ticket now, the most urgent first.
        waiting: fit too, beyond the most for one reading.
        left: how many get none, by why.
    """

    due: tuple[Due, ...] = ()
    waiting: tuple[Due, ...] = ()
    left: Mapping[Left, int] = {}


def planned(
    rows: Iterable[Row], memory: Memory, policy: TicketPolicy, *, refused: Set[tuple[str, str]] = frozenset()
) -> Plan:
    """Hold every open cause against the rules, as of the newest reading.

    Args:
        refused: what desks did not take since then, as (target, desk): it keeps nobody else from a ticket.
    """
    tickets = _Open(memory.tickets.values())
    judgements = [_judged(row, memory, policy.rules, tickets) for row in rows]
    found = [Left.REFUSED if isinstance(each, Due) and each.id in refused else each for each in judgements]
    fit = [each for each in found if isinstance(each, Due)]
    room = max(0, policy.most - len(raised_since_read(memory)))
    return Plan(tuple(fit[:room]), tuple(fit[room:]), Counter(each for each in found if isinstance(each, Left)))


def strangers(policy: TicketPolicy, memory: Memory) -> tuple[str, ...]:
    """List the clients that rules name and nobody is called, as far as anybody was ever read."""
    refs = {each.client for each in memory.clients.values()}
    refs |= {each.subject.client for each in memory.standings.values()}
    known = {ref.id for ref in refs} | {ref.name for ref in refs}
    named = dict.fromkeys(each for rule in policy.rules for each in rule.clients)
    return tuple(each for each in named if each not in known)


def raised_since_read(memory: Memory) -> tuple[Raised, ...]:
    """List the tickets that were raised by policy since the newest reading."""
    if not memory.runs:
        return ()
    since = memory.runs[-1].read_at
    return tuple(each for each in memory.tickets.values() if each.by.startswith(BY_POLICY) and each.raised_at >= since)


def _judged(row: Row, memory: Memory, rules: Iterable[TicketRule], tickets: "_Open") -> Due | Left:
    """Find the rule that raises a ticket for a cause, or say why none does."""
    failed = [each for each in row.incidents if counts_as_failed(each.outcome)]
    news = [each for each in failed if not each.baseline]
    seen = [each for each in news if _is_read(each, memory)]
    if not seen:
        return Left.BLIND if news else Left.BASELINE if failed else Left.NO_FAILURE
    fitting = [rule for rule in rules if _fits(rule, row, seen, memory)]
    rule = next((each for each in fitting if _takes(each, row)), None)
    if rule is None:
        return Left.HELD if fitting else Left.NO_RULE
    if rule.desk == NO_DESK:
        return Left.EXCEPTED
    return Left.HAS_ONE if tickets.has_one(row, rule.desk) else Due(row, rule)


def _is_read(incident: Incident, memory: Memory) -> bool:
    client = memory.clients.get(incident.subject.client.id)
    return client is not None and client.is_whole and client.until is not None


def _fits(rule: TicketRule, row: Row, seen: Sequence[Incident], memory: Memory) -> bool:
    return (
        (not rule.leads or row.verdict.lead in rule.leads)
        and (not rule.dispositions or row.disposition in rule.dispositions)
        and (not rule.one_client or len(row.clients) == 1)
        and (not rule.clients or bool(_clients(seen) & {*rule.clients}))
        and (not rule.causes or bool(_called(row, seen) & {cause.casefold() for cause in rule.causes}))
        and max(each.failed_runs for each in seen) >= rule.failed_runs
        and max(_lasted(each, memory) for each in seen) >= rule.lasting
    )


def _clients(seen: Iterable[Incident]) -> set[str]:
    refs = {each.subject.client for each in seen}
    return {ref.id for ref in refs} | {ref.name for ref in refs}


def _called(row: Row, seen: Iterable[Incident]) -> set[str]:
    """Give everything that what decided is called: the rules that answered, and the vendor's names for it."""
    names = {row.verdict.rule}
    for each in seen:
        failure = each.failure
        names |= {each.verdict.rule, each.verdict.unknown_leaf, each.code, failure.alert}
        names |= {failure.code, f"{failure.module}/{failure.code}"}
    return {name.casefold() for name in names if name}


def _lasted(incident: Incident, memory: Memory) -> timedelta:
    """Say how long it has failed, as far as that was seen: time that nobody read proves nothing."""
    client = memory.clients.get(incident.subject.client.id)
    until = client.until if client is not None else None
    return max(timedelta(), (until or incident.last_failed_at) - incident.first_failed_at)


def _takes(rule: TicketRule, row: Row) -> bool:
    held = {Also.SNOOZED if row.is_snoozed else Also.ACKNOWLEDGED} if row.owner is not None else set()
    held |= {Also.MUTED} if row.muted_until is not None else set()
    return held <= {*rule.also}


class _Open:
    """The open tickets of each desk, found by what each is about."""

    def __init__(self, tickets: Iterable[Raised]) -> None:
        self._at: dict[str, dict[str, Raised]] = {}
        for ticket in tickets:
            if ticket.is_open:
                self._at.setdefault(ticket.desk, {})[ticket.target] = ticket

    def has_one(self, row: Row, desk: str) -> bool:
        """Tell whether a desk has a ticket about all of a row, or one of a member about the same: more like it came."""
        known = self._at.get(desk)
        if not known:
            return False
        about_all = set.intersection(*(self._about(incident, known) for incident in row.incidents))
        mine = (known[incident.key] for incident in row.incidents if incident.key in known)
        return bool(about_all) or any(is_told_alike(each, row.verdict) for each in mine)

    def _about(self, incident: Incident, known: Mapping[str, Raised]) -> set[str]:
        wide = (target for target in known if target.startswith(GroupKind.CLOUD_STORAGE))
        keys = (incident.key, *group_keys(incident), *wide)
        return {key for key in keys if key in known and is_about(known[key], incident)}
