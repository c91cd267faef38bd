"""Telling: once in each place, again only when in doubt, and then marked."""

from datetime import timedelta

import pytest

from bot.core.memory import Memory
from bot.core.message import Receipt
from bot.errors import Refused, Unavailable
from bot.jobs.announce import MAY_REPEAT, announce, untold
from bot.ports import Abilities
from bot.stores.memory import MemoryOutbox, MemoryStore
from bot.wording.phrases import Voice
from tests.builders import DISK_FULL, WEDNESDAY, a_batch, a_memory, an_activity

PLACES = (("ear", "main"), ("ear", "acme"))


class Ear:
    """A chat that remembers what it heard. It can fail before or after hearing."""

    name = "ear"
    abilities = Abilities()

    def __init__(self):
        self.heard = []
        self.fails = []

    def post(self, place, message):
        error, after_hearing = self.fails.pop(0) if self.fails else (None, False)
        if error is None or after_hearing:
            self.heard.append((place, message))
        if error is not None:
            raise error
        return Receipt(self.name, place, str(len(self.heard)))

    def reply(self, receipt, message):
        return self.post(receipt.place, message)

    def update(self, receipt, message):
        self.post(receipt.place, message)


class World:
    def __init__(self, memory: Memory):
        self.ear, self.outbox, self.store = Ear(), MemoryOutbox(), MemoryStore(memory)

    def tell(self):
        return announce(
            self.store.memory().runs[-1],
            store=self.store,
            outbox=self.outbox,
            chats={"ear": self.ear},
            places=PLACES,
            voice=Voice(),
            now=lambda: WEDNESDAY,
        )


@pytest.fixture
def world():
    return World(a_memory(a_batch([an_activity("04 02:00", DISK_FULL)]), told=False))


def test_every_place_hears_it_once_however_often_we_try(world):
    assert world.tell()
    assert world.tell()

    assert [place for place, _ in world.ear.heard] == ["main", "acme"]
    assert [run.announced for run in world.store.memory().runs] == [True]


def test_a_place_that_refuses_for_good_does_not_hold_the_others_back(world):
    world.ear.fails = [(Refused("channel gone", remedy="choose another"), False)]

    assert world.tell()
    assert [run.announced for run in world.store.memory().runs] == [True]
    assert [delivery.place for delivery in world.outbox.pending()] == ["main"]


def test_a_place_that_failed_is_tried_again_and_the_others_are_not(world):
    world.ear.fails = [(Unavailable("429"), False)]

    assert not world.tell()
    assert untold(world.store.memory()) is not None
    assert world.tell()
    assert [place for place, _ in world.ear.heard] == ["acme", "main"]


def test_what_may_have_been_heard_is_said_again_and_marked(world):
    world.ear.fails = [(Unavailable("time-out after sending"), True)]
    world.tell()

    world.tell()

    first, _, again = world.ear.heard
    assert not first[1].summary.startswith(MAY_REPEAT)
    assert again[1].summary == MAY_REPEAT + first[1].summary


def test_the_same_digest_is_said_again_not_a_newer_one(world):
    world.ear.fails = [(Unavailable("no"), False)]
    world.tell()
    (waiting,) = [delivery for delivery in world.outbox.pending() if delivery.place == "main"]

    world.tell()

    assert [message.blocks[1:] for place, message in world.ear.heard if place == "main"] == [waiting.message.blocks]


def test_only_a_scheduled_reading_waits_to_be_told():
    asked = a_memory(a_batch([], scheduled=False), told=False)

    assert untold(asked) is None
    assert untold(a_memory(a_batch([]))) is None


def test_the_second_telling_of_a_day_says_what_changed():
    memory = a_memory(a_batch([an_activity("04 02:00", DISK_FULL)]))
    later = a_batch([], now=WEDNESDAY + timedelta(hours=8))
    world = World(a_memory(a_batch([an_activity("04 02:00", DISK_FULL)]), later))

    world.tell()

    assert memory.runs[-1].announced
    assert "1 cause as before; “open” lists it" in str(world.ear.heard[0][1].blocks)
