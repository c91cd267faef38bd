"""Raise the tickets that the operator's rules ask for, after each reading; what they ask for too much of is said."""

import logging
from typing import NamedTuple

from bot.core.digest import rows_of
from bot.core.intent import Actor
from bot.core.memory import Memory, Run
from bot.core.message import Delivery
from bot.core.raised import BY_POLICY
from bot.core.ticket_policy import Due, Plan, TicketPolicy, planned, raised_since_read
from bot.errors import Conflict, Refused, Unavailable
from bot.jobs.telling import Telling, spots
from bot.jobs.tickets import Desking, raise_ticket
from bot.wording.ticket_policy import waiting_note

log = logging.getLogger(__name__)


class Unraised(NamedTuple):
    """A ticket that a rule asks for and that could not be raised."""

    due: Due
    why: str


class Unsent:
    """What desks did not take since the newest reading. What they refused is not asked again before the next one."""

    def __init__(self) -> None:
        self._of: tuple[str, int] | None = None
        self.refused: dict[tuple[str, str], Unraised] = {}
        self.away: dict[str, Unraised] = {}

    def all(self) -> tuple[Unraised, ...]:
        return (*self.refused.values(), *self.away.values())

    def begin(self, run: Run) -> None:
        """Start a pass: another reading is another chance."""
        if self._of != (run.slot, run.attempt):
            self._of, self.refused = (run.slot, run.attempt), {}
        self.away = {}


def raise_by_policy(policy: TicketPolicy, desking: Desking, unsent: Unsent) -> Plan:
    """Raise what is due, once: what was raised has a ticket at the next pass.

    A desk that is away is left for this pass, and does not keep the others from theirs.

    Returns:
        What was found to do: `due` was tried, `waiting` is for the next reading.
    """
    memory = desking.memory()
    if not policy.enabled or not memory.runs:
        return Plan()
    unsent.begin(memory.runs[-1])
    rows = rows_of(memory, now=desking.now(), policy=desking.policy)
    plan = planned(rows, memory, policy, refused=unsent.refused.keys())
    for due in plan.due:
        if due.rule.desk not in unsent.away:
            _raise(due, desking, unsent)
    return plan


def _raise(due: Due, desking: Desking, unsent: Unsent) -> None:
    desk = due.rule.desk
    if desk not in desking.desks:
        unsent.away[desk] = Unraised(due, f"{desk} is switched on with the next start of fortress")
        return
    try:
        ticket, is_new = raise_ticket(due.row, desk, by_rule(due.rule.name), desking)
    except Conflict:  # somebody pressed meanwhile; the next pass sees it
        return
    except Unavailable as error:
        log.warning("ticket of #%d by rule %s: %s", due.row.number, due.rule.name, error)
        unsent.away[desk] = Unraised(due, str(error))
        return
    except Refused as error:
        log.warning("ticket of #%d by rule %s: %s", due.row.number, due.rule.name, error)
        unsent.refused[due.id] = Unraised(due, str(error))
        return
    if is_new:
        log.info("ticket of #%d raised by rule %s: %s at %s", due.row.number, due.rule.name, ticket.reference, desk)


def by_rule(name: str) -> Actor:
    return Actor(f"{BY_POLICY}{name}", "fortress", "fortress")


def say_waiting(memory: Memory, plan: Plan, most: int, telling: Telling) -> None:
    """Write down, once a reading and main place, that more causes fit than one reading may raise.

    Args:
        most: tickets that one reading may raise. While fewer are, the others wait for no reading, but for a desk.
    """
    if not plan.waiting or not memory.runs or (raised := len(raised_since_read(memory))) < most:
        return
    words, at = waiting_note(raised, len(plan.waiting)), telling.ways.now()
    for hearing in telling.ways.hearings.values():
        mains = (spot for spot in spots(hearing, memory) if spot.is_main)
        key = f"note:tickets:{memory.runs[-1].slot}"
        telling.ways.outbox.plan(*(Delivery(key, *spot.where, words, intended_at=at) for spot in mains))
