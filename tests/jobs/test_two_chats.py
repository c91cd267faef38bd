"""Slack and Teams at once, each over a wire of its own: what is pressed in one is seen in the other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.policy import DEFAULT
from bot.core.reference import Reference
from bot.core.ticket_policy import TicketPolicy, TicketRule
from bot.jobs.hearing import Hearing
from bot.jobs.ticket_policy import Unsent, raise_by_policy
from bot.jobs.tickets import Desking
from bot.wording.phrases import Voice
from tests.builders import DISK_FULL, WEDNESDAY, an_activity
from tests.chats.clock import Clock
from tests.chats.test_slack_chat import a_chat as a_slack
from tests.chats.test_teams_chat import a_chat as a_teams
from tests.jobs.room import Room
from tests.jobs.test_tickets import Ledger
from tests.servers.bot_connector import MAIN as CONVERSATION
from tests.servers.bot_connector import bot_connector
from tests.servers.slack_api import MAIN as CHANNEL
from tests.servers.slack_api import slack_api


class Both(Room):
    """A room that tells through two platforms."""

    def __init__(self, keeping, slack, teams, folder):
        clock = Clock()
        super().__init__(keeping, chat=a_slack(slack, clock, folder / "slack"), main=(CHANNEL,))
        self.other = a_teams(teams.url, clock, keeping.references, folder / "teams")
        keeping.references.keep(Reference("teams", CONVERSATION, teams.url))
        self.slack, self.teams, self.clock = slack, teams, clock

    def wait(self, span):
        self.clock.now += span.total_seconds()
        return super().wait(span)

    @property
    def telling(self):
        told = super().telling
        hearings = {**told.ways.hearings, "teams": Hearing("teams", main=(CONVERSATION,))}
        ways = replace(told.ways, chats={**told.ways.chats, "teams": self.other}, hearings=hearings)
        return replace(told, ways=ways)

    @property
    def copies(self):
        """Give what the digest and the cause's own post say now, on both platforms."""
        here = [str(post.blocks) for post in self.slack.said(CHANNEL)]
        there = [str(post.activity) for post in self.teams.said(CONVERSATION)]
        return [text for text in (*here, *there) if "SRV1" in text]


@pytest.fixture
def room(keeping, tmp_path):
    with slack_api() as slack, bot_connector() as teams:
        room = Both(keeping, slack, teams, tmp_path).quiet_evening()
        room.tell(an_activity("04 02:00", DISK_FULL), at=WEDNESDAY)
        yield room


def test_each_platform_hears_the_digest_and_has_the_causes_own_post(room):
    assert len(room.copies) == 4
    assert not any("Jo has it" in text for text in room.copies)


def test_what_is_taken_in_one_is_seen_in_every_copy_of_both_and_so_is_giving_it_back(room):
    room.press("ack 1 on my way")
    room.go_on()
    taken = room.copies

    room.press("unack 1")
    room.go_on()

    assert [("Jo has it" in text, "on my way" in text) for text in taken] == [(True, True)] * 4
    assert not any("Jo has it" in text for text in room.copies)


def test_a_ticket_that_a_rule_raised_is_named_in_every_copy_of_both_as_a_pressed_one_is(room):
    keeping, now = room.keeping, room.now
    desking = Desking(
        store=keeping.store,
        tickets=keeping.tickets,
        desks={"webhook": Ledger()},
        audit=keeping.audit,
        voice=Voice(),
        policy=DEFAULT,
        now=lambda: now,
        reopen_within=timedelta(days=7),
    )
    before = room.copies

    raise_by_policy(TicketPolicy(True, 5, (TicketRule("at-once", "webhook"),)), desking, Unsent())
    room.go_on()

    assert not any("ticket #4401" in text for text in before)
    assert ["icket #4401 (webhook)" in text for text in room.copies] == [True] * 4
