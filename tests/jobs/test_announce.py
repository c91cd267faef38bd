"""What each place hears of a reading: once, all of it, and only what is its business."""

from datetime import timedelta

import pytest

from bot.errors import Unavailable
from bot.jobs.announce import untold
from bot.jobs.tell import tell
from classifier.failure import Failure
from tests.builders import NAS_GONE, WEDNESDAY, a_batch, a_memory, an_activity
from tests.jobs.room import ACME, MAIN, FakeChat, Room

NOON = WEDNESDAY + timedelta(hours=8)
NIGHT = WEDNESDAY + timedelta(hours=16)


def test_the_main_place_hears_every_reading_even_when_nothing_happened(room):
    room.tell(at=WEDNESDAY)
    room.tell(at=NOON)

    assert [words.split(" · ")[0] for words in room.heard()] == [
        "Backups, Tue 22:45",
        "Backups, Wed 06:45",
        "Backups, Wed 14:45",
    ]


def test_it_hears_it_once_however_often_we_try(room):
    run = room.read(at=WEDNESDAY)
    for _ in range(3):
        tell(run, room.telling)
        room.go_on()

    assert len(room.digests) == 2


def test_the_first_digest_of_a_day_is_full_and_the_second_says_what_changed(room):
    room.tell(an_activity("04 02:00", NAS_GONE), at=WEDNESDAY)

    room.tell(at=NOON)

    assert "1 cause as before" not in room.digests[1].words
    assert "1 cause as before" in room.digests[2].words


def test_what_a_post_cannot_show_stands_in_its_thread(keeping):
    room = Room(keeping, chat=FakeChat(rows=3), posts=0).quiet_evening()
    codes = [Failure(code=f"Strange{n}") for n in range(9)]
    room.tell(*(an_activity("04 02:00", code, workload=f"S{n}") for n, code in enumerate(codes)), at=WEDNESDAY)

    lists = room.chat.thread_of(room.digests[1])

    assert "Acme · S0" in room.digests[1].words
    assert "Acme · S8" not in room.digests[1].words
    assert ["Acme · S8" in post.words for post in lists] == [True]


def test_a_clients_channel_hears_what_changed_for_it_alone(keeping):
    room = Room(keeping, clients={"Acme": ACME}).quiet_evening()
    room.tell(
        an_activity("04 02:00", NAS_GONE, client="Acme"),
        an_activity("04 02:00", NAS_GONE, client="Fenn", workload="FENNBOX"),
        at=WEDNESDAY,
    )

    words = "".join(post.words for post in room.chat.in_place(ACME))
    assert "Acme" in words
    assert "Fenn" not in words
    assert "FENNBOX" not in words


def test_a_clients_channel_hears_nothing_when_nothing_changed_for_it(keeping):
    room = Room(keeping, clients={"Acme": ACME}).quiet_evening()
    room.tell(an_activity("04 02:00", NAS_GONE, client="Acme"), at=WEDNESDAY)
    said = len(room.chat.in_place(ACME))

    room.tell(an_activity("04 03:00", NAS_GONE, client="Fenn"), at=NOON)

    assert said == 1
    assert len(room.chat.in_place(ACME)) == said


def test_what_could_not_be_told_is_in_the_next_digest_which_says_so(room):
    room.chat.fails = [(MAIN, Unavailable("down"), False)]
    assert not room.tell(an_activity("04 02:00", NAS_GONE), at=WEDNESDAY)
    room.chat.fails = [(MAIN, Unavailable("down"), False)]

    room.tell(at=NOON)
    room.go_on()

    _, told = room.digests
    assert told.message.summary.startswith("May repeat")
    assert "Could not be told here: 06:45" in told.words
    assert "NEW" in told.words


def test_a_digest_that_was_overtaken_is_never_told(room):
    room.chat.fails = [(MAIN, Unavailable("down"), False)]
    room.tell(at=WEDNESDAY)

    room.tell(at=NOON)
    room.go_on()

    assert [words.split(" · ")[0] for words in room.heard()] == ["Backups, Tue 22:45", "Backups, Wed 14:45"]


def test_two_digests_missed_in_a_row_are_both_named(room):
    for at in (WEDNESDAY, NOON):
        room.chat.fails = [(MAIN, Unavailable("down"), False)]
        room.tell(at=at)

    room.tell(at=NIGHT)

    assert "Could not be told here: 06:45, 14:45" in room.digests[-1].words


@pytest.mark.parametrize("scheduled", [True, False])
def test_only_a_scheduled_reading_waits_to_be_told(scheduled):
    waiting = untold(a_memory(a_batch([], scheduled=scheduled), told=False))

    assert (waiting is not None) is scheduled
    assert untold(a_memory(a_batch([]))) is None
