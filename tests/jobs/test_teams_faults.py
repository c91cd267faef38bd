"""Telling over the wire to a small Bot Connector: nothing lost, nothing twice unless marked."""

from datetime import timedelta

import pytest

from bot.core.reference import Reference
from bot.wording.telling import MAY_REPEAT
from tests.builders import WEDNESDAY
from tests.chats.clock import Clock
from tests.chats.teams_laws import literal
from tests.chats.test_teams_chat import a_chat
from tests.jobs.wired import ODD, Wired, heard_of, whole
from tests.servers.bot_connector import (
    BAD_GATEWAY,
    CHAT,
    GROUP,
    MAIN,
    OTHER,
    OWNER,
    PRECONDITION,
    RATE_LIMITED,
    UNKNOWN,
    bot_connector,
)
from tests.servers.played import DROPPED, DROPPED_AFTER_ACCEPT, Fault

FIVE = timedelta(minutes=5)
FINE = Fault(201, accept=True)
UNHEARD = (RATE_LIMITED, PRECONDITION)


class InTeams(Wired):
    """A room whose chat is the real one."""

    def __init__(self, keeping, teams, folder, *, main=MAIN, **hearing):
        clock = Clock()
        chat = a_chat(teams.url, clock, keeping.references, folder)
        super().__init__(keeping, chat, clock, **{"main": (main,), "owner": OWNER, **hearing})
        self.teams, self.main = teams, main
        keeping.references.keep(Reference("teams", CHAT, teams.url, person=OWNER))

    def said(self, conversation=""):
        return [post.activity["summary"] for post in self.teams.said(conversation or self.main)]


@pytest.fixture
def teams():
    with bot_connector() as server:
        yield server


@pytest.fixture(params=[MAIN, GROUP], ids=["channel", "group"])
def room(request, keeping, teams, tmp_path):
    return InTeams(keeping, teams, tmp_path, main=request.param).quiet_evening()


def test_all_well_every_cause_is_posted_once_and_the_digest_links_to_each(room, teams):
    assert room.tell(*ODD, at=WEDNESDAY)

    assert whole(room) == ([], [])
    assert max(heard_of(room.said()).values()) == 1
    digest = next(post for post in teams.said(room.main) if "Wed 06:45" in post.activity["summary"])
    assert str(digest.card).count("/l/message/") == len(ODD)


@pytest.mark.parametrize(
    "fault",
    [RATE_LIMITED, PRECONDITION, BAD_GATEWAY, DROPPED, DROPPED_AFTER_ACCEPT],
    ids=["429", "412", "502", "dropped", "heard"],
)
@pytest.mark.parametrize("at_call", [0, 3, 6])
def test_one_call_that_goes_wrong_costs_no_word_and_doubles_none_unmarked(room, teams, fault, at_call):
    teams.fail(*([FINE] * at_call), fault)
    room.tell(*ODD, at=WEDNESDAY)
    for _ in range(2):
        room.go_on(after=FIVE)

    assert whole(room) == ([], [])
    marked = [text for text in room.said() if text.startswith(MAY_REPEAT)]
    assert len(marked) == (0 if fault in UNHEARD else 1)
    assert max(heard_of(room.said()).values()) == (2 if fault is DROPPED_AFTER_ACCEPT else 1)


def test_an_acknowledgement_changes_the_post_and_the_digest_for_everybody(room, teams):
    room.tell(*ODD, at=WEDNESDAY)
    teams.fail(BAD_GATEWAY, method="PUT")

    room.press("ack 1")
    room.go_on()

    texts = [literal(post.card) for post in teams.said(room.main) if "#1 " in literal(post.card)]
    assert len(texts) >= 2
    assert all("Jo has it" in text for text in texts)


def test_a_channel_that_let_nobody_in_is_heard_in_the_fallback_and_its_owner_is_told_what_to_do(
    keeping, teams, tmp_path
):
    room = InTeams(keeping, teams, tmp_path, main=UNKNOWN, fallback=OTHER).quiet_evening()
    room.tell(*ODD, at=WEDNESDAY)

    told = room.said(CHAT)
    assert len(told) == 1
    assert "add the app where it should speak" in literal(teams.said(CHAT)[0].card)
    assert any("Wed 06:45" in text for text in room.said(OTHER))
