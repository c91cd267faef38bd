"""What a cause's thread hears: that it lasts, ever more rarely; what changed since; how it ended; that it is back."""

from datetime import timedelta

import pytest

from bot.core.message import Style
from bot.errors import Unavailable
from classifier.failure import Failure
from tests.builders import CLOUD, CLOUD_GONE, DISK_FULL, NAS_GONE, WEDNESDAY, an_activity
from tests.jobs.room import Room

DAY = timedelta(days=1)
NOON = WEDNESDAY + timedelta(hours=8)
ON_DUTY = "S0ONDUTY"


@pytest.fixture
def room(keeping):
    return Room(keeping, on_duty=ON_DUTY).quiet_evening()


def night(day, failure=DISK_FULL, **more):
    return an_activity(f"{4 + day:02} 02:00", failure, **more)


def thread(room, number=0):
    """Give what the thread of a cause's post has heard."""
    return [reply.message for reply in room.chat.thread_of(room.cards[number])]


def lines(room, number=0):
    return [message.summary for message in thread(room, number)]


def nights(room, first, last, *failures):
    for day in range(first, last + 1):
        room.tell(*(night(day, failure) for failure in failures or (DISK_FULL,)), at=WEDNESDAY + day * DAY)


def test_a_young_cause_has_heard_nothing_but_its_post(room):
    room.tell(night(0), at=WEDNESDAY)
    room.tell(at=NOON)

    assert thread(room) == []


def test_what_lasts_is_said_again_at_each_doubling_of_its_failed_runs(room):
    nights(room, 0, 16)

    assert [words.partition(", ")[2].partition(",")[0] for words in lines(room)] == [
        "2 failed runs in a row",
        "4 failed runs in a row",
        "8 failed runs in a row",
        "16 failed runs in a row",
    ]
    assert lines(room)[0].startswith("Acme · SRV1: #1 lasts: 28 h")


def test_whoever_is_on_duty_is_mentioned_when_it_lasts_and_not_once_somebody_has_it(room):
    nights(room, 0, 1)
    room.press("ack 1 on my way")
    nights(room, 2, 2)

    (message,) = thread(room)
    assert [span.target for block in message.blocks for span in block.spans if span.style is Style.MENTION] == [ON_DUTY]


def test_whoever_has_it_is_left_in_peace_until_it_is_worse_or_their_time_is_over(room):
    nights(room, 0, 0)
    room.press("ack 1")
    nights(room, 1, 2)
    assert thread(room) == []

    nights(room, 3, 4)

    assert len(thread(room)) == 1


def test_what_is_put_off_is_not_spoken_of(room):
    nights(room, 0, 0)
    room.press("snooze 1 2026-03-20 08:00")
    nights(room, 1, 6)

    assert thread(room) == []


def test_more_machines_are_named_when_they_are_as_many_again(room):
    room.tell(night(0), at=WEDNESDAY)
    room.tell(*(an_activity("04 12:00", DISK_FULL, workload=f"SRV{n}") for n in (2, 3)), at=NOON)

    (message,) = thread(room)
    assert message.summary.startswith("Acme · SRV1, SRV2, SRV3: #1 has grown to 3 workloads, ")
    assert "2 more workloads: SRV2, SRV3." in str(message.blocks)


def test_another_cause_is_said(room):
    nights(room, 0, 0)
    nights(room, 1, 1, Failure(code="BackupCorrupted"))

    assert "#1 has another cause now: backup corrupted, will not heal, 2 failed runs in a row" in lines(room)[-1]


def test_what_needs_hands_now_that_could_wait_before_is_said(keeping):
    room = Room(keeping, on_duty=ON_DUTY).quiet_evening()
    nights(room, 0, 2, NAS_GONE)

    assert "needs hands now, 3 failed runs in a row" in lines(room)[-1]


def test_a_good_backup_closes_the_thread_and_the_post_says_how_it_ended(room):
    nights(room, 0, 1)
    room.tell(night(2, None), at=WEDNESDAY + 2 * DAY)
    room.tell(at=NOON + 2 * DAY)

    assert lines(room)[-1] == "#1 healed by a good backup 02:00, after 2 d and 2 failed runs"
    (card,) = room.cards
    assert "#1 healed by a good backup Fri 02:00, after 2 d and 2 failed runs" in card.words
    assert "'ack'" not in card.words
    assert [one.closed_at is None for one in room.keeping.threads.all()] == [False]
    assert len(lines(room)) == 2


def test_what_comes_back_in_time_goes_on_in_the_same_thread(room):
    nights(room, 0, 0)
    room.tell(night(1, None), at=WEDNESDAY + DAY)
    nights(room, 2, 2)
    nights(room, 3, 3)

    (card,) = room.cards
    assert [words.partition(": ")[0] for words in lines(room)] == [
        "#1 healed by a good backup 02:00, after 24 h and 1 failed run",
        "Acme · SRV1",
        "Acme · SRV1",
    ]
    assert "is back" in lines(room)[1]
    assert "'ack'" in card.words


def test_what_comes_back_after_weeks_is_new_trouble_with_a_post_of_its_own(room):
    nights(room, 0, 0)
    room.tell(night(1, None), at=WEDNESDAY + DAY)
    nights(room, 15, 15)

    assert len(room.cards) == 2
    assert len(thread(room, 0)) == 1
    assert len({one.number for one in room.keeping.threads.all()} | {0}) >= 2


def test_a_group_is_closed_with_all_its_members_by_name(room):
    workloads = [f"SRV{n}" for n in (1, 2, 3)]
    room.tell(*(night(0, workload=name) for name in workloads), at=WEDNESDAY)
    room.tell(*(night(1, None, workload=name) for name in workloads), at=WEDNESDAY + DAY)

    (message,) = thread(room)
    assert "healed by good backups of all 3" in message.summary
    assert "SRV1, SRV2, SRV3" in str(message.blocks)


def test_what_ended_before_its_post_could_be_made_is_not_spoken_of(room):
    room.chat.fails = [("CMAIN", Unavailable("down"), False)]
    room.tell(night(0), at=WEDNESDAY)
    room.chat.fails = [("CMAIN", Unavailable("down"), False)]
    room.tell(night(1, None), at=WEDNESDAY + DAY)

    room.go_on()

    assert room.cards == []
    assert list(room.keeping.threads.all()) == []


def test_each_word_is_said_once_however_often_telling_is_tried(room):
    nights(room, 0, 0)
    room.chat.fails = [("CMAIN", Unavailable("down"), False)]
    nights(room, 1, 1)
    for _ in range(3):
        room.go_on()

    assert len(thread(room)) == 1


def test_cloud_trouble_of_many_is_one_thread_until_it_is_over(keeping):
    room = Room(keeping).quiet_evening()
    clients = ("Acme", "Fenn", "Kite", "Orchard")
    for day in range(4):
        failure = CLOUD_GONE if day < 3 else None
        room.tell(
            *(night(day, failure, client=name, workload=f"{name}-PC", facts=CLOUD) for name in clients),
            at=WEDNESDAY + day * DAY,
        )

    assert len(room.cards) == 1
    assert "healed by good backups of all 4" in lines(room)[-1]
