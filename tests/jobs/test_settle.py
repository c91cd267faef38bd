"""What a ticket leaves to people: notes that a desk refused, what only they can tell, what a desk itself says."""

from contextlib import suppress
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.core.raised import DeskView, NoteKind
from bot.errors import Refused, Unavailable
from bot.jobs.settle import told_by_hand, try_again
from bot.jobs.tickets import look_after
from tests.builders import CLOUD_GONE, DISK_FULL, STRANGE, a_batch, an_activity, at
from tests.jobs.test_tickets import ANN, JO, OTHERWISE, SICK, SICK_AGAIN, WELL, Room

NO = Refused("the ticket is locked", remedy="unlock it")


def the_ticket(room):
    [ticket] = room.desking.tickets.all()
    return ticket


def a_refusal(batch=WELL):
    """A room whose ticket's desk refused the last note."""
    room = Room(SICK)
    room.press()
    room.desk.failing = [NO]
    room.read(batch)
    return room


def test_a_note_that_is_refused_is_kept_with_why_and_what_to_do():
    room = a_refusal()

    refused = the_ticket(room).refused
    assert (refused.kind, refused.why, refused.remedy, refused.at) == (
        NoteKind.CLOSED,
        "the ticket is locked",
        "unlock it",
        room.now,
    )
    assert the_ticket(room).is_open


def test_a_refused_note_is_not_sent_again_by_itself():
    room = a_refusal()

    is_done = look_after(room.desking)

    assert is_done
    assert room.told == []


def test_a_refused_note_is_sent_again_when_somebody_presses():
    room = a_refusal()

    ticket = try_again(1, "webhook", ANN, room.desking)

    assert room.told == [("4401", NoteKind.CLOSED)]
    assert (ticket.refused, ticket.is_open) == (None, False)
    assert room.audit.entries()[-1].actor == "teams:8f0f Ann"


def test_pressed_and_refused_again_it_says_why_now():
    room = a_refusal()
    room.desk.failing = [Refused("no such ticket", remedy="look there")]

    with pytest.raises(Refused, match="no such ticket"):
        try_again(1, "webhook", ANN, room.desking)

    assert the_ticket(room).refused.why == "no such ticket"


def test_a_note_that_says_something_else_is_tried_by_itself():
    room = a_refusal(OTHERWISE)

    room.read(a_batch([an_activity("04 18:00", STRANGE)], now=at("04 22:45")))

    assert room.told == [("4401", NoteKind.NOTE)]
    assert the_ticket(room).refused is None


def test_a_refused_note_is_let_go_of_when_the_desk_is_right_again():
    room = a_refusal(OTHERWISE)

    room.read(a_batch([an_activity("04 18:00", DISK_FULL)], now=at("04 22:45")))

    assert the_ticket(room).refused is None
    assert room.told == []


def test_a_desk_that_is_away_is_no_refusal():
    room = Room(SICK)
    room.press()
    room.desk.failing = [Unavailable("away"), Unavailable("away")]

    room.read(WELL)

    assert the_ticket(room).refused is None


AWAY = Unavailable("no connection", unheard=True)


def perhaps_heard(*then):
    """A room whose desk may have heard of a ticket, and what it said at the later tries."""
    room = Room(SICK)
    for said in (Unavailable("cut"), *then):
        room.desk.failing = [said]
        with suppress(Unavailable, Refused):
            room.press()
        room.now += timedelta(minutes=5)
    return room


@pytest.mark.parametrize("then", [AWAY, NO])
def test_what_may_have_been_heard_once_is_not_forgotten_when_a_later_try_fails(then):
    room = Room(SICK)
    room.desk.failing = [Unavailable("cut"), then]
    with pytest.raises(Unavailable):
        room.press()
    room.now += timedelta(minutes=5)
    look_after(room.desking)
    room.now += timedelta(minutes=5)

    room.press()

    assert len({case.key for case in room.desk.cases}) == 1
    assert the_ticket(room).reference == "4401"
    assert the_ticket(room).refused is None


def test_who_presses_again_is_not_told_that_nothing_was_heard():
    room = perhaps_heard()
    room.desk.failing = [AWAY]

    with pytest.raises(Unavailable) as raised:
        room.press()

    assert not raised.value.unheard


def test_a_ticket_that_is_refused_when_nobody_is_there_to_be_told_is_kept_with_why():
    room = perhaps_heard(NO)

    tried = len(room.desk.cases)
    is_done = look_after(room.desking)

    assert is_done
    assert len(room.desk.cases) == tried
    refused = the_ticket(room).refused
    assert (refused.kind, refused.why, refused.remedy) == (None, "the ticket is locked", "unlock it")


def test_a_refused_ticket_is_raised_when_somebody_presses_try_again():
    room = perhaps_heard(NO)

    ticket = try_again(1, "webhook", ANN, room.desking)

    assert (ticket.reference, ticket.refused) == ("4401", None)
    assert room.audit.entries()[-1].actor == "teams:8f0f Ann"


def test_a_refused_ticket_is_tried_by_itself_when_it_would_say_something_else():
    room = perhaps_heard(NO)

    room.read(OTHERWISE)

    assert (the_ticket(room).reference, the_ticket(room).refused) == ("4401", None)


@pytest.mark.parametrize(("number", "desk"), [(1, "webhook"), (1, "acronis"), (9, "webhook")])
def test_what_was_not_refused_is_not_sent_again(number, desk):
    room = Room(SICK)
    room.press()

    with pytest.raises(Refused):
        try_again(number, desk, ANN, room.desking)

    assert room.told == []


def owing(*batches):
    """A room whose desk hears nobody but people."""
    room = Room(SICK)
    room.desk.is_heard = False
    room.press()
    for batch in batches:
        room.read(batch)
    return room


def test_what_a_desk_cannot_hear_is_owed_until_somebody_told_it():
    room = owing(WELL)

    owed = the_ticket(room).owed
    done = told_by_hand(1, "webhook", ANN, room.desking, notes=1)

    assert (owed.kind, owed.at) == (NoteKind.CLOSED, room.now)
    assert owed.words.startswith("Healed:")
    assert done.owed is None
    assert [entry.action for entry in room.audit.entries()] == [
        "ticket raised",
        "ticket closed, to be told by hand",
        "ticket closed, told by hand",
    ]


def test_only_the_newest_word_is_owed():
    room = owing(OTHERWISE, a_batch([an_activity("04 18:00")], now=at("04 22:45")))

    assert the_ticket(room).owed.kind is NoteKind.CLOSED

    room.read(SICK_AGAIN)

    assert the_ticket(room).owed.kind is NoteKind.REOPENED


def test_who_read_an_older_word_is_told_that_there_is_a_newer():
    room = owing(OTHERWISE)
    room.read(a_batch([an_activity("04 18:00", STRANGE)], now=at("04 22:45")))

    with pytest.raises(Refused, match="something newer"):
        told_by_hand(1, "webhook", ANN, room.desking, notes=1)

    assert the_ticket(room).owed is not None


def test_nothing_owed_is_nothing_told():
    room = Room(SICK)
    room.press()

    with pytest.raises(Refused, match="owed nothing"):
        told_by_hand(1, "webhook", ANN, room.desking)


def a_view(room, state="In Progress", **more):
    return DeskView(state, **{"is_closed": False, "at": room.now, "who": "Ann", **more})


def test_what_a_desk_says_of_a_ticket_is_kept_with_its_age():
    room = Room(SICK)
    room.press()
    room.desk.seen = {"4401": a_view(room)}

    look_after(room.desking)

    assert the_ticket(room).view == a_view(room)


def test_the_same_word_is_written_down_again_only_when_it_is_old():
    room = Room(SICK)
    room.press()
    first = a_view(room)
    kept = []
    for minutes in (0, 5, 119, 120):
        room.desk.seen = {"4401": replace(first, at=first.at + timedelta(minutes=minutes))}
        look_after(room.desking)
        kept.append((the_ticket(room).view.at - first.at) // timedelta(minutes=1))

    assert kept == [0, 0, 0, 120]


def test_a_desk_that_cannot_be_asked_leaves_the_last_word_standing():
    room = Room(SICK)
    room.press()
    room.desk.seen = {"4401": a_view(room)}
    look_after(room.desking)
    room.desk.failing, room.desk.seen = [Unavailable("away")], {}

    is_done = look_after(room.desking)

    assert is_done
    assert the_ticket(room).view == a_view(room)


def test_a_ticket_closed_there_while_it_fails_is_left_so():
    room = Room(SICK)
    room.press()
    room.desk.seen = {"4401": a_view(room, "Closed", is_closed=True)}

    look_after(room.desking)
    again = room.press(JO)

    assert again == (the_ticket(room), False)
    assert the_ticket(room).closed_there == a_view(room, "Closed", is_closed=True)
    assert room.told == []


def test_what_was_said_before_a_ticket_was_closed_is_not_said_after_it_was_opened_again():
    room = Room(SICK)
    room.press()
    room.desk.seen = {"4401": a_view(room)}
    look_after(room.desking)
    room.desk.seen = {}

    room.read(WELL)
    room.read(SICK_AGAIN)

    assert the_ticket(room).is_open
    assert the_ticket(room).view is None


def test_a_changed_note_goes_to_a_ticket_that_was_closed_there_without_opening_it():
    room = Room(SICK)
    room.press()
    room.desk.seen = {"4401": a_view(room, "Closed", is_closed=True)}
    look_after(room.desking)

    room.read(a_batch([an_activity("04 10:00", CLOUD_GONE)], now=at("04 14:45")))

    assert room.told == [("4401", NoteKind.NOTE)]
