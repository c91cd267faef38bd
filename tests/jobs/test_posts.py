"""A post of its own for what needs hands or lasts: once, not too many, found again whatever its name, and kept true."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.message import Paragraph
from bot.errors import Refused, Unavailable
from bot.jobs.announce import untold
from bot.jobs.tell import tell
from bot.wording.telling import MAY_REPEAT
from classifier.failure import Failure
from tests.builders import CLOUD, CLOUD_GONE, DISK_FULL, NAS_GONE, WEDNESDAY, an_activity
from tests.jobs.room import ACME, EVENING, MAIN, OWNER, SPARE, FakeChat, Room, words_of

NOON, NIGHT = WEDNESDAY + timedelta(hours=8), WEDNESDAY + timedelta(hours=16)
THURSDAY, FRIDAY = WEDNESDAY + timedelta(days=1), WEDNESDAY + timedelta(days=2)
DAY = timedelta(days=1)


def strange(count, *, when="04 02:00"):
    """So many causes that need hands, each by itself."""
    return [an_activity(when, Failure(code=f"Strange{n}"), workload=f"S{n}") for n in range(count)]


def buttons(post):
    """What stands beside the rows of a digest."""
    return [block.button for block in post.message.blocks if isinstance(block, Paragraph) and block.button is not None]


def test_what_needs_hands_gets_one_post_with_buttons_and_the_digest_links_to_it(room):
    room.tell(an_activity("04 02:00", DISK_FULL), at=WEDNESDAY)
    room.go_on()
    room.tell(at=NOON)

    (card,) = room.cards
    (thread,) = room.keeping.threads.all()
    assert "SRV1" in card.words
    assert "ACT NOW" in card.words
    assert "'ack'" in card.words
    assert thread.link
    assert all(thread.link in str(digest.message) for digest in room.digests[1:2])


def test_what_may_heal_by_itself_gets_none_until_it_lasts(room):
    room.tell(an_activity("04 02:00", NAS_GONE), at=WEDNESDAY)
    assert room.cards == []

    room.tell(an_activity("05 02:00", NAS_GONE), at=THURSDAY)

    assert len(room.cards) == 1


def test_what_already_failed_at_the_first_reading_gets_none(keeping):
    room = Room(keeping).quiet_evening(an_activity("03 02:00", DISK_FULL), *strange(20, when="03 03:00"))
    room.tell(at=WEDNESDAY)

    assert room.cards == []


def test_no_more_posts_than_a_person_reads_and_the_rest_is_counted(keeping):
    room = Room(keeping, posts=3).quiet_evening()
    room.tell(*strange(8), at=WEDNESDAY)
    room.go_on()

    assert [("Strange" in card.words, "more causes" in card.words) for card in room.cards] == [
        *([(True, False)] * 3),
        (False, True),
    ]
    assert "And 5 more causes need hands or last; “open” lists them." in room.cards[-1].words


def test_whoever_has_it_already_needs_no_post(keeping):
    room = Room(keeping, posts=0).quiet_evening()
    room.tell(an_activity("04 02:00", DISK_FULL), at=WEDNESDAY)
    room.press("ack 1")
    room.hearing = type(room.hearing)("fake", main=(MAIN,))

    room.tell(at=NOON)

    assert room.cards == []


def test_a_chat_without_posts_gets_the_digest_alone(keeping):
    room = Room(keeping, chat=FakeChat(posts=False)).quiet_evening()
    room.tell(*strange(3), at=WEDNESDAY)

    assert (len(room.digests), room.cards, list(keeping.threads.all())) == (2, [], [])


def test_a_clients_own_channel_has_its_own_post_without_the_others(keeping):
    room = Room(keeping, clients={"Acme": ACME}).quiet_evening()
    clients = ("Acme", "Fenn", "Kite", "Orchard")
    nights = [(f"{day:02} 02:00", day) for day in (4, 5, 6)]
    for when, day in nights:
        failures = [an_activity(when, CLOUD_GONE, client=c, workload=f"{c}-PC", facts=CLOUD) for c in clients]
        room.tell(*failures, at=WEDNESDAY + (day - 4) * DAY)

    words = "".join(post.words for post in room.chat.in_place(ACME))
    assert any("Acme-PC" in post.words for post in room.chat.in_place(ACME, under="") if "'ack'" in post.words)
    assert not [name for name in ("Fenn", "Kite", "Orchard") if name in words]
    assert any("Fenn" in card.words for card in room.cards)


def test_a_group_takes_over_the_thread_of_its_first_member_and_gives_it_to_its_last(room):
    room.tell(an_activity("04 02:00", DISK_FULL, workload="SRV1"), at=WEDNESDAY)
    room.tell(an_activity("04 12:00", DISK_FULL, workload="SRV2"), at=NOON)
    assert len(room.cards) == 1
    assert "SRV2" in room.cards[0].words

    room.tell(an_activity("04 20:00", workload="SRV1"), at=NIGHT)

    (card,) = room.cards
    assert "SRV2" in card.words
    assert "SRV1" not in card.words
    assert [thread.closed_at for thread in room.keeping.threads.all()] == [None]


def test_of_two_threads_whose_causes_turn_out_to_be_one_the_later_says_where_it_goes_on(keeping):
    grouped_from_three = Room(keeping).policy.__class__(group_from=3)
    room = Room(keeping, policy=grouped_from_three).quiet_evening()
    room.tell(*(an_activity("04 02:00", DISK_FULL, workload=f"SRV{n}") for n in (1, 2)), at=WEDNESDAY)
    assert len(room.cards) == 2

    room.tell(an_activity("04 12:00", DISK_FULL, workload="SRV3"), at=NOON)

    first, second = room.cards
    assert "SRV3" in first.words
    assert [reply.message.summary.split(",")[0] for reply in room.chat.thread_of(second)] == [
        "This is a part of #1 now"
    ]
    assert sorted(thread.closed_at is None for thread in room.keeping.threads.all()) == [False, True]


def test_a_press_shows_in_every_copy_and_only_there(room):
    room.tell(
        an_activity("04 02:00", DISK_FULL), an_activity("04 02:00", Failure(code="Odd"), workload="S2"), at=WEDNESDAY
    )
    before = {id: post.edits for id, post in room.chat.posts.items()}

    assert room.press("ack 1 on my way").touched
    room.go_on()
    room.go_on()

    edited = [post for id, post in room.chat.posts.items() if post.edits > before[id]]
    assert [post.edits - before[id] for id, post in room.chat.posts.items() if post in edited] == [1, 1]
    assert len(edited) == 2
    assert all("Jo has it" in post.words for post in edited)


def test_a_press_shows_on_the_digest_of_the_morning_too_when_a_newer_one_stands_below(room):
    room.tell(
        an_activity("04 02:00", DISK_FULL), an_activity("04 02:00", Failure(code="Odd"), workload="S2"), at=WEDNESDAY
    )
    room.tell(an_activity("04 12:00", workload="S2"), at=NOON)
    morning = room.digests[1]
    assert "over since" in morning.words
    (left,) = buttons(morning)

    room.press(f"ack {left.argument}")
    room.go_on()
    before = morning.edits
    room.press(f"unack {left.argument}")
    room.go_on()

    assert "taken since" in morning.words
    assert buttons(morning) == []
    assert morning.edits == before


def test_a_group_that_lost_the_member_it_was_numbered_after_is_not_over(room):
    names = ("S1", "S2", "S3", "S4")
    room.tell(*(an_activity("04 02:00", NAS_GONE, workload=name) for name in names), at=WEDNESDAY)
    (button,) = buttons(room.digests[1])
    healed = names[int(button.argument) - 1]

    room.tell(an_activity("04 12:00", workload=healed), at=NOON)

    assert buttons(room.digests[1]) == [button]
    assert "over since" not in room.digests[1].words


def test_a_morning_digest_that_was_deleted_is_not_edited_for_ever(room):
    room.tell(an_activity("04 02:00", DISK_FULL), at=WEDNESDAY)
    room.digests[1].is_gone = True
    room.tell(at=NOON)
    room.press("ack 1")
    room.go_on()

    (morning,) = room.keeping.outbox.find(f"digest:{room.runs[1].slot}")
    assert "taken since" in words_of(morning.message)


def test_an_acknowledgement_that_ends_by_time_is_taken_out_of_every_copy(room):
    room.tell(an_activity("04 02:00", DISK_FULL), at=WEDNESDAY)
    room.press("ack 1")
    room.go_on()

    room.go_on(after=timedelta(days=4))

    assert all("Jo has it" not in post.words for post in room.chat.posts.values())


def test_copies_that_say_the_same_are_not_touched(room):
    room.tell(an_activity("04 02:00", DISK_FULL), at=WEDNESDAY)
    room.go_on()
    before = [post.edits for post in room.chat.posts.values()]

    for _ in range(3):
        room.go_on(after=timedelta(minutes=5))

    assert [post.edits for post in room.chat.posts.values()] == before


def test_an_edit_that_fails_is_made_by_the_next_pass(room):
    room.tell(an_activity("04 02:00", DISK_FULL), at=WEDNESDAY)
    room.press("ack 1")
    room.chat.fails = [("edit", Unavailable("429", retry_after=timedelta(minutes=1)), False)]
    room.go_on()
    assert not any("Jo has it" in card.words for card in room.cards)

    room.go_on()

    assert all("Jo has it" in post.words for post in (*room.cards, room.digests[-1]))


def test_a_chat_that_cannot_edit_is_not_asked_to(keeping):
    room = Room(keeping, chat=FakeChat(edits=False)).quiet_evening()
    room.tell(an_activity("04 02:00", DISK_FULL), at=WEDNESDAY)
    room.press("ack 1")
    room.go_on()

    assert [post.edits for post in room.chat.posts.values()] == [0, 0, 0]


@pytest.mark.parametrize("found_by", ["an edit", "a reply"])
def test_a_deleted_post_is_replaced_by_another_with_a_thread_of_its_own(room, found_by):
    room.tell(an_activity("04 02:00", DISK_FULL), at=WEDNESDAY)
    room.cards[0].is_gone = True

    if found_by == "an edit":
        room.tell(an_activity("04 12:00", DISK_FULL), at=NOON)
    else:
        room.tell(an_activity("05 02:00", DISK_FULL), an_activity("05 14:00", DISK_FULL), at=FRIDAY)

    old, new = room.cards
    assert (old.is_gone, new.is_gone) == (True, False)
    (thread,) = room.keeping.threads.all()
    assert room.chat.posts[thread.receipt.message_id] is new


def test_a_post_for_a_broken_channel_stands_in_the_fallback_once(keeping):
    room = Room(keeping, clients={"Acme": ACME}, fallback=SPARE, owner=OWNER).quiet_evening()
    room.chat.refuses[ACME] = Refused("is_archived", remedy="choose another channel")
    room.tell(an_activity("04 02:00", DISK_FULL), at=WEDNESDAY)
    room.press("ack 1")
    room.go_on()
    room.tell(at=NOON)

    cards = [post for post in room.chat.in_place(SPARE, under="") if "'unack'" in post.words]
    assert len(cards) == 1
    assert "Jo has it" in cards[0].words
    assert len(room.chat.in_place(OWNER)) == 1


def test_where_the_fallback_hears_it_anyway_one_post_serves_both_and_is_left_alone(keeping):
    room = Room(keeping, clients={"Acme": ACME}, fallback=MAIN).quiet_evening()
    room.chat.refuses[ACME] = Refused("is_archived", remedy="choose another channel")
    room.tell(an_activity("04 02:00", DISK_FULL), at=WEDNESDAY)
    room.go_on()
    (card,) = [post for post in room.cards if "'ack'" in post.words]
    before = card.edits

    room.press("ack 1")
    for _ in range(3):
        room.go_on(after=timedelta(minutes=5))

    assert card.edits == before + 1
    assert "Jo has it" in card.words
    assert "Meant for" not in card.words


def test_killed_after_any_write_nothing_is_lost_and_nothing_is_twice_unmarked(keeping):
    """Die after the first write of telling, then after the second …, until telling gets through without dying."""
    life = Life(keeping)
    steps = next(step for step in range(1, 100) if life.lives_through(step))

    assert steps > 10
    assert life.problems() == []


class Killed(BaseException):
    """kill -9, as far as a test can."""


class Dying:
    """A seam that dies right after one of its writes."""

    def __init__(self, seam, written):
        self._seam, self._written = seam, written

    def __getattr__(self, name):
        method = getattr(self._seam, name)
        if name not in ("plan", "intend", "sent", "keep", "announced", "edited", "give_up"):
            return method

        def write(*args):
            given = method(*args)
            self._written()
            return given

        return write


class Life:
    """A bot that reads one new cause a day, is killed while it tells it, and started again."""

    def __init__(self, keeping):
        self.room = Room(keeping).quiet_evening()
        self.keeping, self.left = keeping, 0

    def lives_through(self, step):
        """Die after so many writes. True when there are not so many: nothing was left to die at."""
        at = EVENING + step * DAY
        failure = an_activity(at.isoformat()[:16], Failure(code=f"Odd-{step}-"), workload=f"W-{step}-")
        run = self.room.read(failure, at=at)
        seams = {name: Dying(getattr(self.keeping, name), self.written) for name in ("store", "outbox", "threads")}
        self.left, self.room.keeping = step, replace(self.keeping, **seams)
        try:
            tell(run, self.room.telling)
        except Killed:
            self.room.keeping = self.keeping
            self.start_again()
            return False
        return True

    def written(self):
        self.left -= 1
        if self.left == 0:
            raise Killed

    def start_again(self):
        run = untold(self.keeping.store.memory())
        if run is not None:
            tell(run, self.room.telling)
        self.room.go_on()

    def problems(self):
        """Name what was never heard, and what was heard again without a mark."""
        heard = self.room.heard()
        wanted = [f"W-{run}-" for run in range(1, len(self.room.runs))]
        lost = [name for name in wanted if not any(name in words for words in heard)]
        days = [f"Backups, {run.read_at:%a %H:%M} · " for run in self.room.runs]
        digests = Counter(words for words in heard if words.startswith("Backups, "))
        lost += [] if len(set(days)) <= 7 and len(digests) >= len(self.room.runs) - 1 else ["a digest"]
        cards = Counter(words for words in heard if not words.startswith(("Backups, ", MAY_REPEAT)))
        return [*lost, *(words for words, times in (digests + cards).items() if times > 1)]
