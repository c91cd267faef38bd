"""Tickets over time: one per cause and desk, told what changes, closed when healed, opened again when it is back."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.digest import member_row, rows_of
from bot.core.intent import Actor
from bot.core.policy import DEFAULT
from bot.core.raised import NoteKind
from bot.core.ticket import Level
from bot.errors import Refused, Unavailable
from bot.jobs.tickets import Desking, look_after, raise_ticket
from bot.stores.keeping import KeptTickets
from bot.stores.memory import MemoryAudit, MemoryStore, forgetful, tables_of
from bot.wording.phrases import Voice
from tests.builders import CLOUD_GONE, DISK_FULL, NAS_GONE, WEDNESDAY, a_batch, a_memory, an_activity, at

JO, ANN = Actor("U1", "Jo", "slack"), Actor("8f0f", "Ann", "teams")
SICK = a_batch([an_activity("04 02:00", DISK_FULL)])
WELL = a_batch([an_activity("04 10:00")], now=at("04 14:45"))
SICK_AGAIN = a_batch([an_activity("05 02:00", DISK_FULL)], now=at("05 06:45"))
OTHERWISE = a_batch([an_activity("04 10:00", CLOUD_GONE)], now=at("04 14:45"))


class Ledger:
    """A desk that remembers what it was told, and fails as it is told to."""

    name, level = "webhook", Level.INTERNAL

    def __init__(self) -> None:
        self.cases, self.notes, self.failing = [], [], []
        self.seen, self.is_heard = {}, True

    def raise_ticket(self, case):
        self.cases.append(case)
        self._fail()
        return f"44{len({each.key for each in self.cases}):02}"

    def tell(self, reference, note):
        self._fail()
        self.notes.append((reference, note))
        return self.is_heard

    def views(self, references):
        self._fail()
        return {each: self.seen[each] for each in references if each in self.seen}

    def _fail(self):
        if self.failing:
            raise self.failing.pop(0)


class Room:
    """A store, a desk, and the time."""

    def __init__(self, *batches) -> None:
        self.batches = list(batches)
        self.keeper = forgetful(a_memory(*batches))
        self.desk, self.audit, self.now = Ledger(), MemoryAudit(), WEDNESDAY
        self.desking = Desking(
            store=MemoryStore(keeper=self.keeper),
            tickets=KeptTickets(self.keeper),
            desks={"webhook": self.desk},
            audit=self.audit,
            voice=Voice(),
            policy=DEFAULT,
            now=lambda: self.now,
            reopen_within=timedelta(days=7),
        )

    def read(self, batch) -> None:
        """Go on with one more reading; what was raised stays."""
        self.batches.append(batch)
        self.now = batch.read_at
        after, tickets = tables_of(a_memory(*self.batches)), self.keeper.tables.tickets
        self.keeper.change(lambda tables: type(tables)(**{**_fields(after), "tickets": tickets}))
        look_after(self.desking)

    def press(self, by=JO, index=0):
        row = rows_of(self.desking.memory(), now=self.now)[index]
        return raise_ticket(row, "webhook", by, self.desking)

    @property
    def told(self):
        return [(reference, note.kind) for reference, note in self.desk.notes]


def _fields(tables):
    return {name: getattr(tables, name) for name in tables.__struct_fields__}


def test_the_second_press_finds_the_ticket_of_the_first():
    room = Room(SICK)

    first, second = room.press(JO), room.press(ANN)

    assert (first[0].reference, first[1], second) == ("4401", True, (first[0], False))
    assert len(room.desk.cases) == 1
    assert [entry.action for entry in room.audit.entries()] == ["ticket raised"]


def test_ten_presses_at_once_in_two_chats_are_one_ticket():
    room = Room(SICK)

    with ThreadPoolExecutor(10) as people:
        given = list(people.map(lambda at: room.press((JO, ANN)[at % 2]), range(10)))

    assert len(room.desk.cases) == 1
    assert sorted(is_new for _, is_new in given) == [False] * 9 + [True]
    assert {ticket.reference for ticket, _ in given} == {"4401"}


def test_a_group_has_one_ticket_and_its_members_none_of_their_own():
    room = Room(a_batch([an_activity("04 02:00", NAS_GONE, workload=f"PC{at}") for at in range(3)]))
    group, _ = room.press()
    row = rows_of(room.desking.memory(), now=room.now)[0]
    healed = [an_activity("04 10:00", workload=f"PC{at}") for at in range(2)]

    room.read(a_batch([*healed, an_activity("04 10:01", NAS_GONE, workload="PC2")], now=at("04 14:45")))

    assert row.group is not None
    assert room.press() == (group, False)
    assert room.told == []


def test_a_changed_verdict_is_told_once():
    room = Room(SICK)
    room.press()

    room.read(OTHERWISE)
    look_after(room.desking)

    assert room.told == [("4401", NoteKind.NOTE)]
    assert "cloud storage" in room.desk.notes[0][1].text.casefold()


def test_what_healed_is_closed_once():
    room = Room(SICK)
    room.press()

    room.read(WELL)
    look_after(room.desking)

    assert room.told == [("4401", NoteKind.CLOSED)]
    assert room.desk.notes[0][1].text.startswith("Healed: there is a good backup again")


def test_how_it_ended_is_told_with_its_day_year_and_zone():
    room = Room(SICK)
    room.press()

    room.read(WELL)

    [(_, note)] = room.desk.notes
    assert note.text == "Healed: there is a good backup again, Wed 4 Mar 2026 10:00 UTC."


def test_a_client_that_was_not_read_closes_nothing():
    room = Room(SICK)
    room.press()

    room.read(a_batch([], unread=("Acme",), clients=(), now=at("04 14:45")))

    assert room.told == []


def test_what_is_back_within_days_opens_the_old_ticket_again():
    room = Room(SICK)
    room.press()
    room.read(WELL)

    room.read(SICK_AGAIN)

    assert room.told == [("4401", NoteKind.CLOSED), ("4401", NoteKind.REOPENED)]
    assert len({note.id for _, note in room.desk.notes}) == 2
    assert room.press()[1] is False


def test_what_is_back_after_more_days_gets_a_new_ticket_when_somebody_presses():
    room = Room(SICK)
    room.press()
    room.read(WELL)

    room.read(a_batch([an_activity("14 02:00", DISK_FULL)], now=at("14 06:45")))
    ticket, is_new = room.press()

    assert room.told == [("4401", NoteKind.CLOSED)]
    assert (ticket.reference, is_new) == ("4402", True)


def test_a_desk_that_may_have_heard_is_asked_again_with_the_same_key():
    room = Room(SICK)
    room.desk.failing = [Unavailable("cut")]

    with pytest.raises(Unavailable):
        room.press()
    at_once = room.press(ANN)
    room.now += timedelta(minutes=5)
    look_after(room.desking)

    assert (at_once[0].reference, at_once[1]) == ("", False)
    assert len({case.key for case in room.desk.cases}) == 1
    assert room.press() == (room.desking.tickets.all()[0], False)
    assert room.desking.tickets.all()[0].reference == "4401"


def test_what_is_confirmed_later_is_in_the_audit_with_who_asked_for_it():
    room = Room(SICK)
    room.desk.failing = [Unavailable("cut")]
    with pytest.raises(Unavailable):
        room.press(JO)

    room.now += timedelta(minutes=5)
    look_after(room.desking)

    (entry,) = room.audit.entries()
    assert (entry.actor, entry.after) == ("fortress", "4401 at webhook, asked for by Jo (U1)")


@pytest.mark.parametrize("error", [Unavailable("away", unheard=True), Refused("no", remedy="ask")])
def test_what_surely_nobody_heard_leaves_nothing_behind(error):
    room = Room(SICK)
    room.desk.failing = [error]

    with pytest.raises(type(error)):
        room.press()

    assert room.desking.tickets.all() == ()
    assert room.press()[1] is True


def test_a_ticket_healed_before_its_desk_ever_answered_is_forgotten():
    room = Room(SICK)
    room.desk.failing = [Unavailable("cut")]
    with pytest.raises(Unavailable):
        room.press()

    room.read(WELL)

    assert (room.desking.tickets.all(), room.told) == ((), [])


def test_a_note_that_did_not_get_through_is_sent_again_with_the_same_id():
    room = Room(SICK)
    room.press()
    room.desk.failing = [Unavailable("away")]

    room.read(WELL)
    is_done = look_after(room.desking)

    assert is_done
    assert [note.id[-2:] for _, note in room.desk.notes] == ["-1"]


class Overtaken:
    """Tickets of a process that another one overtakes between its look and its write."""

    def __init__(self, tickets, theirs) -> None:
        self.tickets, self.theirs = tickets, theirs

    def keep(self, ticket, *, instead_of):
        self.tickets.keep(self.theirs, instead_of=None)
        self.tickets.keep(ticket, instead_of=instead_of)


def test_another_process_that_was_first_keeps_its_ticket():
    room = Room(SICK)
    row = rows_of(room.desking.memory(), now=room.now)[0]
    theirs = room.press()[0]
    room.desking.tickets.forget(theirs)
    slow = replace(room.desking, tickets=Overtaken(room.desking.tickets, theirs))

    given = raise_ticket(row, "webhook", ANN, slow)

    assert given == (theirs, False)
    assert len(room.desk.cases) == 1


def test_a_member_of_a_group_with_a_ticket_gets_none_of_its_own():
    room = Room(a_batch([an_activity("04 02:00", NAS_GONE, workload=f"PC{at}") for at in range(3)]))
    group, _ = room.press()
    memory = room.desking.memory()
    row = rows_of(memory, now=room.now)[0]
    member = member_row(row.incidents[1], row, memory, now=room.now)

    assert raise_ticket(member, "webhook", ANN, room.desking) == (group, False)


def test_a_desk_that_was_switched_off_is_left_alone():
    room = Room(SICK)
    room.press()
    room.desking = replace(room.desking, desks={})

    room.read(WELL)

    assert room.told == []
    assert room.desking.tickets.all()[0].is_open
