"""What people do about tickets by hand: they told a desk that hears nobody else, or want a refused note tried again."""

from msgspec.structs import replace

from bot.core.digest import rows_of
from bot.core.intent import Actor
from bot.core.raised import Raised
from bot.errors import Refused
from bot.jobs.tickets import Desking, bring_up_to_date, note_down


def told_by_hand(number: int, name: str, by: Actor, desking: Desking, *, notes: int | None = None) -> Raised:
    """Write down that a person told a desk what it was owed.

    Args:
        notes: how many there were when the person read what to tell; None when they typed it.
    Raises:
        Refused: nothing is owed, or something else by now.
        Conflict: it has just changed.
    """
    ticket = _ticket(number, name, desking)
    if ticket.owed is None:
        raise Refused(f"{name} is owed nothing about #{number}", remedy="see “tickets”")
    if notes is not None and notes != ticket.notes:
        raise Refused(f"there is something newer to tell {name} about #{number}", remedy="see “tickets”")
    done = replace(ticket, owed=None)
    desking.tickets.keep(done, instead_of=ticket)
    note_down(by, f"ticket {ticket.owed.kind}, told by hand", done, desking)
    return done


def try_again(number: int, name: str, by: Actor, desking: Desking) -> Raised:
    """Send a note once more that a desk refused.

    Raises:
        Refused: the desk refuses it still, or there is nothing to be sent again.
        Unavailable: not now; it is tried again by itself.
        Conflict: it has just changed.
    """
    with desking.turn:
        ticket, desk, memory = _ticket(number, name, desking), desking.desks.get(name), desking.memory()
        if ticket.refused is None or desk is None:
            raise Refused(f"{name} refused nothing about #{number}", remedy="see “tickets”")
        rows = rows_of(memory, now=desking.now(), policy=desking.policy)
        bring_up_to_date(ticket, desk, memory, rows, desking, by=by)
        return _ticket(number, name, desking)


def _ticket(number: int, name: str, desking: Desking) -> Raised:
    """Find the newest ticket of a row at a desk; the row itself may be over."""
    found = [each for each in desking.tickets.all() if (each.number, each.desk) == (number, name)]
    if not found:
        raise Refused(f"#{number} has no ticket at {name}", remedy="see “tickets”")
    return found[-1]
