"""Telling over the wire to a small Slack that does what Slack does: nothing lost, nothing twice unless marked."""

from datetime import timedelta
from random import Random

import pytest

from bot.wording.telling import MAY_REPEAT
from tests.builders import DISK_FULL, WEDNESDAY, an_activity
from tests.chats.test_slack_chat import Clock, a_chat
from tests.jobs.room import EVENING
from tests.jobs.wired import ODD, Wired, heard_of, whole
from tests.servers.played import DROPPED, DROPPED_AFTER_ACCEPT, Fault
from tests.servers.slack_api import ARCHIVED, BROKEN_500, MAIN, OTHER, OWNER, RATE_LIMITED, slack_api

NOON = WEDNESDAY + timedelta(hours=8)
HOUR = timedelta(hours=1)
LONG_WAIT = Fault(status=429, body='{"ok":false,"error":"ratelimited"}', retry_after="600")
DIRECT = f"D{OWNER[1:]}"  # the channel in which Slack puts messages to a person


class InSlack(Wired):
    """A room whose chat is the real one."""

    def __init__(self, keeping, slack, folder, *, token="xoxb-1-test", **hearing):
        clock = Clock()
        chat = a_chat(slack, clock, folder, token=token)
        super().__init__(keeping, chat, clock, **{"main": (MAIN,), "owner": OWNER, **hearing})
        self.slack = slack

    def said(self, channel=MAIN):
        return [post.text for post in self.slack.said(channel)]


@pytest.fixture
def slack():
    with slack_api() as server:
        yield server


@pytest.fixture
def room(keeping, slack, tmp_path):
    return InSlack(keeping, slack, tmp_path).quiet_evening()


def test_all_well_every_cause_is_posted_once_and_the_digest_links_to_each(room, slack):
    assert room.tell(*ODD, at=WEDNESDAY)

    assert whole(room) == ([], [])
    assert max(heard_of(room.said()).values()) == 1
    digest = next(post for post in slack.said(MAIN) if "Wed 06:45" in post.text)
    assert str(digest.blocks).count("/archives/") == len(ODD)


@pytest.mark.parametrize(
    "fault", [RATE_LIMITED, BROKEN_500, DROPPED, DROPPED_AFTER_ACCEPT], ids=["429", "500", "dropped", "heard"]
)
@pytest.mark.parametrize("at_call", [0, 1, 3, 6])
def test_one_call_that_goes_wrong_costs_no_word_and_doubles_none_unmarked(room, slack, fault, at_call):
    fine = Fault(accept=True, body="")
    slack.fail(*([fine] * at_call), fault)
    room.tell(*ODD, at=WEDNESDAY)
    for _ in range(2):
        room.go_on(after=timedelta(minutes=5))

    assert whole(room) == ([], [])
    marked = [text for text in room.said() if text.startswith(MAY_REPEAT)]
    assert len(marked) == (0 if fault is RATE_LIMITED else 1)
    assert max(heard_of(room.said()).values()) == (2 if fault is DROPPED_AFTER_ACCEPT else 1)


def test_asked_to_wait_long_it_tells_all_of_it_afterwards_and_says_once_that_it_was_late(room, slack):
    slack.fail(LONG_WAIT)
    assert not room.tell(*ODD, at=WEDNESDAY)
    room.go_on(after=timedelta(minutes=5))
    assert not [text for text in room.said() if "Wed" in text]

    room.go_on(after=timedelta(minutes=6))
    room.go_on(after=timedelta(minutes=5))

    assert whole(room) == ([], [])
    assert [text for text in room.said() if "told to wait from 06:45 to 06:56" in text] == room.said()[-1:]
    assert not [text for text in room.said() if text.startswith(MAY_REPEAT)]


def test_down_for_a_day_it_tells_the_newest_digest_and_every_cause(room, slack):
    for at in (WEDNESDAY, NOON, NOON + 8 * HOUR):
        slack.fail(DROPPED)
        room.tell(*(ODD if at == WEDNESDAY else ()), at=at)

    room.go_on(after=timedelta(minutes=5))

    assert [text.partition(" · ")[0].removeprefix(MAY_REPEAT) for text in room.said() if "Backups, " in text] == [
        "Backups, Tue 22:45",
        "Backups, Wed 22:45",
    ]
    assert whole(room) == ([], [])


def test_with_a_bad_token_nothing_is_said_and_nothing_is_lost(keeping, slack, tmp_path):
    bad = InSlack(keeping, slack, tmp_path, token="xoxb-revoked")
    for at, failures in ((EVENING, ()), (WEDNESDAY, ODD)):
        bad.tell(*failures, at=at)
    assert (slack.posts, [route.place for route in keeping.routes.all()]) == ([], [MAIN, OWNER])

    good = InSlack(keeping, slack, tmp_path)
    good.now = NOON
    good.go_on()

    assert whole(good) == ([], [])
    assert good.said(DIRECT) == [f"I can post in {MAIN} again."]


def test_an_archived_channel_of_a_client_is_heard_in_the_fallback_and_its_owner_is_told_what_to_do(
    keeping, slack, tmp_path
):
    room = InSlack(keeping, slack, tmp_path, clients={"Acme": ARCHIVED}, fallback=OTHER).quiet_evening()
    room.tell(an_activity("04 02:00", DISK_FULL), at=WEDNESDAY)
    room.press("ack 1")
    room.go_on()
    room.tell(an_activity("05 02:00", DISK_FULL), at=WEDNESDAY + 24 * HOUR)

    (told,) = room.said(DIRECT)
    assert "is_archived" in told
    assert "archive" in told.partition("is_archived")[2]
    assert all(text.startswith(f"Meant for {ARCHIVED}") for text in room.said(OTHER) if "healed" not in text)
    assert any("Acme" in text for text in room.said(OTHER))


def test_posts_that_people_deleted_are_made_anew_with_threads_of_their_own(room, slack):
    room.tell(an_activity("04 02:00", DISK_FULL), at=WEDNESDAY)
    slack.delete_all()

    room.tell(an_activity("05 02:00", DISK_FULL), at=WEDNESDAY + 24 * HOUR)

    cards = [post for post in slack.said(MAIN) if "SRV1" in post.text and "Backups" not in post.text]
    assert [post.thread for post in cards] == [""]
    (thread,) = room.keeping.threads.all()
    assert thread.receipt.message_id == cards[0].ts


@pytest.mark.parametrize("seed", range(8))
def test_a_night_of_faults_loses_nothing_and_doubles_nothing_unmarked(room, slack, seed):
    dice = Random(seed)
    some = (RATE_LIMITED, DROPPED_AFTER_ACCEPT, DROPPED, BROKEN_500, Fault(error="internal_error"), Fault(accept=True))
    slack.fail(*(dice.choice(some) for _ in range(30)))

    room.tell(*ODD, at=WEDNESDAY)
    for _ in range(60):
        room.go_on(after=timedelta(minutes=5))

    assert whole(room) == ([], [])
    assert len([text for text in heard_of(room.said()) if "Wed 06:45" in text]) == 1


def test_what_slack_could_not_hear_is_told_later_and_unmarked(keeping, tmp_path):
    with slack_api() as away:
        room = InSlack(keeping, away, tmp_path)
    room.quiet_evening()
    room.tell(*ODD, at=WEDNESDAY)

    with slack_api() as back:
        room = InSlack(keeping, back, tmp_path)
        room.now = WEDNESDAY
        room.go_on(after=HOUR)

        assert whole(room) == ([], [])
        assert not [text for text in room.said() if text.startswith(MAY_REPEAT)]


def test_blocks_that_slack_refuses_reach_people_as_plain_text(room, slack):
    slack.fail(Fault(error="invalid_blocks"))

    room.tell(*ODD, at=WEDNESDAY)

    (in_words,) = [call.body["text"] for call in slack.called("chat.postMessage") if "blocks" not in call.body]
    assert "#1 NEW" in in_words
    assert whole(room) == ([], [])
