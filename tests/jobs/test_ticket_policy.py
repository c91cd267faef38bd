"""Tickets that nobody pressed for: raised once, by whom and why in the audit, and what could not be raised is known."""

from bot.core.raised import NoteKind
from bot.core.ticket_policy import TicketPolicy, TicketRule
from bot.errors import Refused, Unavailable
from bot.jobs.ticket_policy import Unsent, raise_by_policy
from tests.builders import CORRUPTED, DISK_FULL, a_batch, an_activity, at
from tests.jobs.test_tickets import JO, Room

NAMES = ("Acme", "Fenn", "Kite")
BEFORE = a_batch([an_activity("03 02:00", client=name) for name in NAMES], now=at("03 06:45"))
ONE = a_batch([an_activity("04 02:00", DISK_FULL)])
THREE = a_batch([an_activity("04 02:00", DISK_FULL, client=name) for name in NAMES])
AGAIN = a_batch([an_activity("04 10:00", DISK_FULL, client=name) for name in NAMES], now=at("04 14:45"))


def two(when, **more):
    return a_batch([an_activity(when, CORRUPTED), an_activity(when, DISK_FULL, client="Fenn")], **more)


RULE = TicketRule("at-once", "webhook")


class Office(Room):
    """A room in which rules raise tickets after each reading."""

    def __init__(self, *batches, most=5, rules=(RULE,)) -> None:
        super().__init__(*batches)
        self.policy, self.unsent = TicketPolicy(True, most, rules), Unsent()

    def look(self):
        return raise_by_policy(self.policy, self.desking, self.unsent)

    @property
    def tickets(self):
        return self.desking.tickets.all()


def test_a_cause_that_fits_is_raised_once_and_the_audit_says_by_which_rule():
    office = Office(BEFORE, ONE)

    for _ in range(3):
        office.look()

    (ticket,) = office.tickets
    (entry,) = office.audit.entries()
    assert (ticket.reference, ticket.by_name, ticket.policy_rule) == ("4401", "fortress", "at-once")
    assert (entry.actor, entry.action) == ("fortress:policy:at-once fortress", "ticket raised")
    assert len(office.desk.cases) == 1


def test_switched_off_or_before_anything_was_read_nothing_is_raised():
    off = Office(BEFORE, ONE)
    off.policy = TicketPolicy(False, 5, (RULE,))

    assert off.look().due == ()
    assert Office().look().due == ()
    assert off.tickets == ()


def test_a_press_finds_the_ticket_that_a_rule_raised_and_the_other_way_round():
    by_rule, by_hand = Office(BEFORE, ONE), Office(BEFORE, ONE)
    by_rule.look()
    by_hand.press(JO)

    by_hand.look()

    assert by_rule.press(JO)[1] is False
    assert [ticket.by_name for ticket in by_hand.tickets] == ["Jo"]


def test_a_reading_raises_no_more_than_the_most_and_the_next_one_goes_on():
    office = Office(BEFORE, THREE, most=2)

    first = [office.look() for _ in range(3)]
    office.read(AGAIN)
    later = office.look()

    assert [len(plan.waiting) for plan in first] == [1, 1, 1]
    assert (len(later.due), later.waiting) == (1, ())
    assert len(office.tickets) == 3


def test_a_desk_that_is_away_is_asked_again_at_the_next_pass_and_then_has_it_once():
    office = Office(BEFORE, THREE)
    office.desk.failing = [Unavailable("away", unheard=True)]

    office.look()
    away = office.unsent.all()
    office.look()

    assert [each.why for each in away] == ["away"]
    assert len(office.tickets) == 3
    assert office.unsent.all() == ()
    assert len({case.key for case in office.desk.cases}) == 3


def test_what_a_desk_refuses_is_said_and_not_asked_again_before_the_next_reading():
    office = Office(BEFORE, two("04 02:00"), most=1)
    office.desk.failing = [Refused("no such company", remedy="map it")]

    for _ in range(3):
        office.look()

    assert [each.why for each in office.unsent.all()] == ["no such company: map it"]
    assert len(office.tickets) == 1
    assert len(office.desk.cases) == 2

    office.read(two("04 10:00", now=at("04 14:45")))
    office.look()
    assert (len(office.tickets), office.unsent.all()) == (2, ())


def test_a_desk_that_waits_for_a_restart_is_said_so():
    office = Office(BEFORE, ONE, rules=(TicketRule("to-clients", "email"),))

    office.look()

    assert [each.why for each in office.unsent.all()] == ["email is switched on with the next start of fortress"]


def test_a_ticket_raised_by_a_rule_is_closed_and_opened_again_as_any_other():
    office = Office(BEFORE, ONE)
    office.look()

    office.read(a_batch([an_activity("04 10:00")], now=at("04 14:45")))
    office.look()
    office.read(a_batch([an_activity("05 02:00", DISK_FULL)], now=at("05 06:45")))
    office.look()

    assert [kind for _, kind in office.told] == [NoteKind.CLOSED, NoteKind.REOPENED]
    assert len(office.tickets) == 1


def test_a_desk_that_may_have_heard_counts_as_asked_and_is_asked_with_the_same_key():
    office = Office(BEFORE, THREE, most=1)
    office.desk.failing = [Unavailable("cut")]

    plans = [office.look() for _ in range(2)]

    assert [len(plan.due) for plan in plans] == [1, 0]
    assert [ticket.reference for ticket in office.tickets] == [""]
    assert office.tickets[0].policy_rule == "at-once"
