"""Raise tickets, and look after them once each refresh: a note when the verdict changes, closed when healed.

What is to be sent is written down before it is sent. A desk that gave no answer is asked again with the same key.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from msgspec.structs import replace

from bot.core.digest import Row, member_row, row_of, rows_of
from bot.core.intent import Actor
from bot.core.memory import AuditEntry, Memory
from bot.core.policy import Policy
from bot.core.raised import (
    Case,
    DeskView,
    NoteKind,
    Owed,
    Raised,
    Refusal,
    concerned,
    covering,
    key_of,
    may_reopen,
    note_of,
    tickets_on,
    told_of,
)
from bot.core.ticket import ticket_of
from bot.errors import Conflict, Refused, Unavailable
from bot.ports import Audit, Desk, Store, Tickets
from bot.wording.phrases import Voice
from bot.wording.raised import case_of, changed_note, over_note

log = logging.getLogger(__name__)

VIEW_KEPT = timedelta(hours=2)  # so old may what a desk said grow before the same is kept anew: posts show when
OURSELVES = Actor("", "fortress", "fortress")


@dataclass(frozen=True)
class Desking:
    """All that raising tickets needs.

    Attributes:
        reopen_within: trouble that is back so soon is the same ticket again.
    """

    store: Store
    tickets: Tickets
    desks: Mapping[str, Desk]
    audit: Audit
    voice: Voice
    policy: Policy
    now: Callable[[], datetime]
    reopen_within: timedelta
    data_centre: str = ""
    turn: AbstractContextManager[bool] = field(default_factory=Lock)

    def memory(self) -> Memory:
        return self.store.memory()


def raise_ticket(row: Row, name: str, by: Actor, desking: Desking) -> tuple[Raised, bool]:
    """Raise a row's ticket at a desk, unless it has one.

    Returns:
        The ticket, and whether it was this call that raised or opened it.
    Raises:
        Unavailable: not now; without `unheard` it is written down, and tried again by itself.
        Refused: never like this.
    """
    desk = desking.desks[name]
    with desking.turn:  # of ten presses at once nine find the ticket of the first
        try:
            return _raised(row, desk, by, desking)
        except Conflict:  # another process was first
            theirs = _last(row.target, name, desking.memory())
            if theirs is None:
                raise
            return theirs, False


def _raised(row: Row, desk: Desk, by: Actor, desking: Desking) -> tuple[Raised, bool]:
    now, memory = desking.now(), desking.memory()
    own = tickets_on(row.target, row.incidents, row.group is not None, memory.tickets)
    groups = (each for each in row.tickets if each in memory.tickets.values())
    known = covering((*own, *groups), row.target, desk.name, row.incidents)
    if known is not None and (known.reference or known.is_under_way(now)):
        return known, False
    before = known or _last(row.target, desk.name, memory)
    if before is not None and may_reopen(before, within=desking.reopen_within, now=now):
        return _reopened(before, row, desk, by, desking), True
    begun = before.tried_again(now) if before is not None and before.is_open else _begun(row, desk, by, desking)
    desking.tickets.keep(begun, instead_of=before)
    return _sent(begun, row, desk, by, desking), True


def look_after(desking: Desking) -> bool:
    """Bring every ticket up to date. A desk that is away is no reason to leave the others.

    Returns:
        True when nothing has to be tried again.
    """
    memory, now = desking.memory(), desking.now()
    if not memory.tickets:
        return True
    rows = rows_of(memory, now=now, policy=desking.policy)
    done = [_looked_after(each, memory, rows, desking) for each in memory.tickets.values()]
    for name, desk in desking.desks.items():
        _ask_desk(name, desk, desking)
    return all(done)


def _looked_after(ticket: Raised, memory: Memory, rows: Sequence[Row], desking: Desking) -> bool:
    desk = desking.desks.get(ticket.desk)
    if desk is None:  # switched off since
        return True
    try:
        with desking.turn:
            bring_up_to_date(ticket, desk, memory, rows, desking)
    except Conflict:  # somebody pressed meanwhile; the next look sees it
        return False
    except (Unavailable, Refused) as error:
        log.warning("ticket of #%d at %s: %s", ticket.number, ticket.desk, error)
        return False
    return True


def _ask_desk(name: str, desk: Desk, desking: Desking) -> None:
    """Write down what a desk says of the open tickets that it has. Where it says nothing, the old word grows old."""
    open_ones = [each for each in desking.tickets.all() if each.desk == name and each.is_open and each.reference]
    if not open_ones:
        return
    try:
        views = desk.views([each.reference for each in open_ones])
    except (Unavailable, Refused) as error:
        log.warning("how tickets stand at %s: %s", name, error)
        return
    for ticket in open_ones:
        view = views.get(ticket.reference)
        if view is not None and _is_news(view, ticket.view):
            with desking.turn, suppress(Conflict):
                desking.tickets.keep(replace(ticket, view=view), instead_of=ticket)


def _is_news(view: DeskView, before: DeskView | None) -> bool:
    """Tell whether a look is worth a write: it says something else, or the last one has grown old."""
    return before is None or replace(view, at=before.at) != before or view.at - before.at >= VIEW_KEPT


def bring_up_to_date(
    ticket: Raised,
    desk: Desk,
    memory: Memory,
    rows: Sequence[Row],
    desking: Desking,
    *,
    by: Actor = OURSELVES,
) -> None:
    """Tell a desk what it has not heard yet. What it refused is only tried again for a person.

    Raises:
        Refused: it does not take it, which is written down; or nobody but a person may try.
    """
    now, about = desking.now(), concerned(ticket, memory.incidents.values())
    row = _row(ticket, memory, rows, desking) if about else None
    if row is None:
        _over(ticket, desk, memory, desking, by=by)
    elif not ticket.is_open:
        if may_reopen(ticket, within=desking.reopen_within, now=now):
            _reopened(ticket, row, desk, by, desking)
    elif not ticket.reference:
        is_refused = by is OURSELVES and ticket.is_refused(None, told_of(row.verdict, row.disposition))
        if not is_refused and not ticket.is_under_way(now):
            again = ticket.tried_again(now)
            desking.tickets.keep(again, instead_of=ticket)
            _sent(again, row, desk, by, desking)
    elif ticket.told != told_of(row.verdict, row.disposition):
        words = changed_note(row)
        told = replace(ticket, told=told_of(row.verdict, row.disposition))
        _tell(told, ticket, NoteKind.NOTE, words, desk, desking, by=by)
    elif ticket.refused is not None:  # what it would not hear is not so any more
        desking.tickets.keep(replace(ticket, refused=None), instead_of=ticket)


def _row(ticket: Raised, memory: Memory, rows: Sequence[Row], desking: Desking) -> Row | None:
    """Find what a ticket is about as it stands now: its group, its incident alone, or what is left of its group."""
    found = row_of(ticket.target, rows)
    if found is None:
        keys = {each.key for each in concerned(ticket, memory.incidents.values())}
        return next((row for row in rows if any(each.key in keys for each in row.incidents)), None)
    if found.target == ticket.target:
        return found
    incident = memory.incidents[ticket.target]
    return member_row(incident, found, memory, now=desking.now(), policy=desking.policy)


def _last(target: str, desk: str, memory: Memory) -> Raised | None:
    return next((each for each in memory.tickets.values() if (each.target, each.desk) == (target, desk)), None)


def _begun(row: Row, desk: Desk, by: Actor, desking: Desking) -> Raised:
    now = desking.now()
    key = key_of(row.number, desk.name, now)
    return Raised(
        target=row.target,
        desk=desk.name,
        key=key,
        number=row.number,
        by=by.id,
        by_name=by.name,
        raised_at=now,
        tried_at=now,
        told=told_of(row.verdict, row.disposition),
        subject=_case(key, row, desk, desking).subject,
        clients=row.clients,
        members=tuple(each.key for each in row.incidents) if row.group is not None else (),
    )


def _case(key: str, row: Row, desk: Desk, desking: Desking) -> Case:
    pack = ticket_of(row, desking.memory(), data_centre=desking.data_centre)
    return case_of(key, pack, desking.voice, level=desk.level)


def _sent(begun: Raised, row: Row, desk: Desk, by: Actor, desking: Desking) -> Raised:
    """Send what is written down, and note what the desk calls it."""
    case = replace(_case(begun.key, row, desk, desking), subject=begun.subject)
    try:
        reference = desk.raise_ticket(case)
    except Unavailable as error:
        if begun.may_be_there:  # an earlier try: forgotten now, it would be raised twice
            raise Unavailable(str(error)) from None
        if error.unheard:
            desking.tickets.forget(begun)
        raise
    except Refused as error:
        if begun.may_be_there:
            refusal = Refusal(None, told_of(row.verdict, row.disposition), error.what, error.remedy, desking.now())
            desking.tickets.keep(replace(begun, refused=refusal), instead_of=begun)
        else:
            desking.tickets.forget(begun)
        raise
    done = replace(begun, reference=reference, told=told_of(row.verdict, row.disposition))
    asked = f", asked for by {done.by_name} ({done.by})" if by is OURSELVES else ""
    note_down(by, "ticket raised", done, desking, more=asked)
    desking.tickets.keep(done, instead_of=begun)
    return done


def _reopened(ticket: Raised, row: Row, desk: Desk, by: Actor, desking: Desking) -> Raised:
    words = changed_note(row)
    told = told_of(row.verdict, row.disposition)
    opened = replace(ticket, closed_at=None, told=told)
    return _tell(opened, ticket, NoteKind.REOPENED, words, desk, desking, by=by)


def _over(ticket: Raised, desk: Desk, memory: Memory, desking: Desking, *, by: Actor) -> None:
    if not ticket.is_open:
        return
    if not ticket.reference:  # healed before the desk ever answered: nothing to close that anybody knows of
        desking.tickets.forget(ticket)
        return
    closed = replace(ticket, closed_at=desking.now())
    words = over_note(memory.incidents.get(ticket.target), desking.voice)
    _tell(closed, ticket, NoteKind.CLOSED, words, desk, desking, by=by)


def _tell(
    after: Raised, before: Raised, kind: NoteKind, words: str, desk: Desk, desking: Desking, *, by: Actor
) -> Raised:
    """Send a note, then write down that it was: killed in between, the same note with the same id goes again."""
    if by.chat == OURSELVES.chat and before.is_refused(kind, after.told):
        return before
    try:
        is_heard = desk.tell(before.reference, note_of(before, kind, words))
    except Refused as error:
        refusal = Refusal(kind, after.told, error.what, error.remedy, desking.now())
        desking.tickets.keep(replace(before, refused=refusal), instead_of=before)
        raise
    after = replace(
        after,
        notes=before.notes + 1,
        refused=None,
        owed=None if is_heard else Owed(kind, words, desking.now()),
        view=before.view if kind is NoteKind.NOTE else None,
    )
    note_down(by, f"ticket {kind}" if is_heard else f"ticket {kind}, to be told by hand", after, desking)
    desking.tickets.keep(after, instead_of=before)
    return after


def note_down(by: Actor, action: str, ticket: Raised, desking: Desking, *, more: str = "") -> None:
    """Keep in the audit who did what to a ticket, once its desk has heard. Killed then, rather twice than never."""
    who = f"{by.chat}:{by.id} {by.name}" if by is not OURSELVES else by.name
    what = f"{ticket.reference} at {ticket.desk}{more}"
    desking.audit.record(AuditEntry(desking.now(), who, action, f"#{ticket.number} {ticket.target}", after=what))
