"""The outbox worked off: nothing lost, nothing said twice unmarked, whatever the platform does."""

from datetime import timedelta

import pytest

from bot.core.message import Delivery, Message
from bot.errors import Refused, Unavailable
from bot.jobs.deliver import SHORT, deliver, is_all_said
from bot.jobs.hearing import Hearing
from bot.wording.telling import MAY_REPEAT, route_words
from tests.jobs.room import ACME, FENN, MAIN, OWNER, SPARE, Room

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
GONE = Refused("channel_not_found", remedy="invite the bot")


@pytest.fixture
def room(keeping):
    return Room(keeping, fallback=SPARE, owner=OWNER, clients={"Acme": ACME, "Fenn": FENN})


def plan(room, *keys, place=MAIN, under=""):
    """Write down what is to be said, a second apart."""
    at = room.now
    room.keeping.outbox.plan(
        *(
            Delivery(key, "fake", place, Message(key), intended_at=at + timedelta(seconds=n), under=under)
            for n, key in enumerate(keys)
        )
    )


def said(room, place=MAIN):
    return [post.message.summary for post in room.chat.in_place(place)]


def work(room):
    return deliver(room.telling.ways)


def test_each_place_hears_the_oldest_first(room):
    plan(room, "a", "b", "c")
    plan(room, "d", place=ACME)

    assert work(room) == frozenset()
    assert (said(room), said(room, ACME)) == (["a", "b", "c"], ["d"])
    assert is_all_said(room.telling.ways)


def test_a_reply_waits_for_its_post_and_stands_under_it(room):
    plan(room, "post/1", under="post")
    room.now += MINUTE
    plan(room, "post")
    room.chat.fails = [(MAIN, Unavailable("500"), False)]
    assert work(room) == {("fake", MAIN)}
    assert said(room) == []

    work(room)

    (post,) = room.chat.in_place(MAIN, under="")
    assert [reply.message.summary for reply in room.chat.thread_of(post)] == ["post/1"]


def test_a_reply_whose_post_nobody_knows_any_more_is_said_by_itself(room):
    plan(room, "reply", under="a post of last year")

    work(room)

    assert said(room) == ["reply"]


def test_a_reply_whose_post_is_not_to_be_said_is_not_said_either(room):
    plan(room, "post")
    plan(room, "post/1", under="post")
    room.keeping.outbox.give_up(room.keeping.outbox.pending()[0])

    work(room)

    assert said(room) == []
    assert is_all_said(room.telling.ways)


def test_a_place_that_is_down_keeps_its_order_and_holds_no_other_back(room):
    plan(room, "a", "b")
    plan(room, "c", place=ACME)
    room.chat.fails = [(MAIN, Unavailable("500"), False)]

    assert work(room) == {("fake", MAIN)}
    assert (said(room), said(room, ACME)) == ([], ["c"])

    work(room)

    assert said(room) == [MAY_REPEAT + "a", "b"]  # nobody knows whether the first attempt was heard


def test_what_was_heard_and_not_confirmed_is_said_again_and_marked(room):
    plan(room, "a")
    room.chat.fails = [(MAIN, Unavailable("dropped"), True)]

    work(room)
    work(room)
    work(room)

    assert said(room) == ["a", MAY_REPEAT + "a"]


def test_what_surely_nobody_heard_is_not_marked(room):
    plan(room, "a")
    room.chat.fails = [(MAIN, Unavailable("no connection", unheard=True), False)] * 2

    for _ in range(3):
        work(room)

    assert said(room) == ["a"]


def test_a_short_wait_is_waited_out_and_nothing_is_marked(room):
    plan(room, "a", "b")
    room.chat.fails = [(MAIN, Unavailable("429", retry_after=timedelta(seconds=7)), False)] * 2

    work(room)

    assert said(room) == ["a", "b"]
    assert [span for span in room.waits if span] == [timedelta(seconds=7)] * 2


def test_a_long_wait_is_left_to_later_and_said_in_one_note_afterwards(room):
    plan(room, "a", "b")
    room.chat.fails = [(MAIN, Unavailable("429", retry_after=HOUR), False)]
    work(room)
    (route,) = room.keeping.routes.all()

    room.now += HOUR - MINUTE
    plan(room, "c")
    work(room)
    assert (said(room), route.paused_until) == ([], room.now + MINUTE)
    assert "paused until 23:45" in route_words(route, room.telling.ways.voice, now=room.now)

    room.now += MINUTE
    work(room)
    work(room)

    assert said(room)[:3] == ["a", "b", "c"]
    assert [words for words in said(room) if "told to wait from 22:45 to 23:45" in words] == said(room)[3:]
    assert (max(room.waits), list(room.keeping.routes.all())) == (timedelta(0), [])


def test_no_wait_is_longer_than_a_pass_may_take(room):
    plan(room, "a")
    room.chat.fails = [(MAIN, Unavailable("429", retry_after=SHORT), False)] * 3

    assert work(room) == {("fake", MAIN)}
    work(room)

    assert said(room) == ["a"]


def test_what_a_broken_place_cannot_hear_the_fallback_does_and_the_owner_is_told_once(room):
    room.chat.refuses[ACME] = GONE
    plan(room, "a", "b", place=ACME)
    plan(room, "a/1", place=ACME, under="a")
    work(room)
    room.now += HOUR
    plan(room, "c", place=ACME)

    work(room)

    assert said(room, ACME) == []
    assert [words.removeprefix(f"Meant for {ACME}, where I cannot post. ") for words in said(room, SPARE)] == [
        *("a", "a/1", "b", "c")
    ]
    assert [post.under != "" for post in room.chat.in_place(SPARE)] == [False, True, False, False]
    (told,) = said(room, OWNER)
    assert f"I cannot post in {ACME}" in told
    assert "invite the bot" in told
    assert SPARE in told
    assert is_all_said(room.telling.ways)


def test_a_way_is_shown_as_broken_until_it_is_mended(room):
    room.chat.refuses[ACME] = GONE
    plan(room, "a", place=ACME)
    work(room)
    (route,) = room.keeping.routes.all()
    assert "cannot be posted to since 22:45: channel_not_found" in route_words(
        route, room.telling.ways.voice, now=room.now
    )

    del room.chat.refuses[ACME]
    plan(room, "b", place=ACME)
    work(room)

    assert said(room, ACME) == ["b"]
    assert list(room.keeping.routes.all()) == []
    assert said(room, OWNER)[1:] == [f"I can post in {ACME} again."]


def test_a_bad_token_loses_nothing_and_is_mended_with_the_token(keeping):
    room = Room(keeping, owner=OWNER)
    room.chat.refuses = dict.fromkeys((MAIN, OWNER), Refused("invalid_auth", remedy="make a new token"))
    plan(room, "a", "b")
    for _ in range(3):
        work(room)
        room.now += MINUTE

    room.chat.refuses = {}
    work(room)

    assert said(room) == ["a", "b"]
    assert said(room, OWNER) == [f"I can post in {MAIN} again."]


def test_a_fallback_that_is_broken_too_keeps_it_for_later(room):
    room.chat.refuses = dict.fromkeys((ACME, SPARE), GONE)
    plan(room, "a", place=ACME)
    work(room)

    room.chat.refuses = {}
    work(room)

    assert len(said(room, SPARE)) == 1
    assert said(room, ACME) == []


def test_what_the_fallback_heard_itself_is_not_said_there_twice(room):
    room.chat.refuses[ACME] = GONE
    plan(room, "same", place=ACME)
    plan(room, "same", place=SPARE)

    work(room)

    assert said(room, SPARE) == ["same"]


def test_a_place_that_breaks_us_holds_no_other_back(room, caplog):
    plan(room, "a")
    plan(room, "b", place=FENN)
    room.chat.fails = [(MAIN, RuntimeError("a bug"), False)]

    assert work(room) == {("fake", MAIN)}
    assert said(room, FENN) == ["b"]
    assert "went wrong" in caplog.text


def test_once_the_process_ends_nothing_more_is_begun(room):
    plan(room, "a")
    room.ends = True

    work(room)

    assert said(room) == []
    assert room.keeping.outbox.pending()[0].attempts == 0


def test_a_place_that_nobody_names_any_more_is_let_go_with_its_trouble(room):
    room.chat.refuses, room.hearing = {MAIN: GONE}, Hearing("fake", main=(MAIN,))
    plan(room, "a")
    work(room)
    assert [route.place for route in room.keeping.routes.all()] == [MAIN]

    room.hearing = Hearing("fake", main=("CNEW",))
    work(room)

    assert list(room.keeping.routes.all()) == []
    assert is_all_said(room.telling.ways)


def test_a_chat_that_is_not_there_any_more_is_left_alone(room):
    room.keeping.outbox.plan(Delivery("a", "elsewhere", MAIN, Message("a"), intended_at=room.now))

    assert work(room) == frozenset()
    assert is_all_said(room.telling.ways)
