"""What every Chat promises."""

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.console import Console

from bot.adapters import CHATS
from bot.chats.console.chat import ConsoleChat
from bot.chats.slack.chat import SlackChat, web_client
from bot.chats.teams.chat import TeamsChat
from bot.chats.teams.places import Places
from bot.chats.teams.service import Services
from bot.core.message import Button, Message, paragraph
from bot.errors import Gone, Unavailable
from bot.net.call import Caller
from bot.net.kept import Kept
from bot.net.pace import Pace
from bot.ports import Chat
from bot.stores.memory import build as in_memory
from tests.builders import WEDNESDAY
from tests.chats.slack_laws import literal
from tests.chats.teams_laws import literal as read_in_a_card
from tests.chats.test_teams_chat import Badge
from tests.messages import MESSAGES
from tests.servers.bot_connector import MAIN as CHANNEL
from tests.servers.bot_connector import TENANT, bot_connector
from tests.servers.played import DROPPED
from tests.servers.slack_api import MAIN, TOKEN, slack_api

HELLO = Message("Hello <!here> & *all*.", (paragraph("Hello <!here> & *all*.", button=Button("Ack", "ack", "1")),))


class Stage(NamedTuple):
    """One platform, played.

    Attributes:
        chat: makes the chat anew, as a restart does.
        place: a place it may post to.
        heard: what a person there reads now, all of it.
        lose: makes the next post go wrong on its way.
        delete: does what a person does who deletes everything there.
    """

    chat: Callable[[], Chat]
    place: str
    heard: Callable[[], str]
    lose: Callable[[], None] = lambda: None
    delete: Callable[[], None] = lambda: None


def console(_folder: Path) -> Iterator[Stage]:
    paper = StringIO()
    yield Stage(lambda: ConsoleChat(Console(file=paper, width=500)), "main", paper.getvalue)


def slack(folder: Path) -> Iterator[Stage]:
    def chat() -> SlackChat:
        pace = Pace("Slack", clock=lambda: 0.0, sleep=lambda _seconds: None)
        return SlackChat(web_client(TOKEN, api.url, timeout_s=5), pace=pace, kept=Kept(folder, now=lambda: WEDNESDAY))

    with slack_api() as api:
        yield Stage(
            chat,
            MAIN,
            heard=lambda: "\n".join(literal(post.blocks) for post in api.said(MAIN)),
            lose=lambda: api.fail(DROPPED),
            delete=api.delete_all,
        )


def teams(folder: Path) -> Iterator[Stage]:
    references = in_memory(folder / "memory").references

    def chat() -> TeamsChat:
        return TeamsChat(
            Caller("Teams", timeout_s=5.0, sleep=lambda _seconds: None),
            Badge(),
            places=Places(references, Services(connector.url), service=connector.url, tenant=TENANT),
            pace=Pace("Teams", clock=lambda: 0.0, sleep=lambda _seconds: None),
            kept=Kept(folder, now=lambda: WEDNESDAY),
        )

    with bot_connector() as connector:
        yield Stage(
            chat,
            CHANNEL,
            heard=lambda: "\n".join(read_in_a_card(post.card) for post in connector.said(CHANNEL)),
            lose=lambda: connector.fail(DROPPED),
            delete=connector.delete_all,
        )


ON_A_WIRE = {"slack": slack, "teams": teams}  # where things get lost, and people delete them
STAGES = {"console": console, **ON_A_WIRE}


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    yield from STAGES[request.param](tmp_path)


@pytest.fixture(params=ON_A_WIRE)
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    yield from STAGES[request.param](tmp_path)


def test_every_chat_is_on_stage() -> None:
    assert set(CHATS) <= set(STAGES)


def test_a_post_is_heard_as_it_is_written(stage: Stage) -> None:
    receipt = stage.chat().post(stage.place, HELLO)

    assert "Hello <!here> & *all*." in stage.heard()
    assert (receipt.chat, receipt.place, receipt.thread_id) == (stage.chat().name, stage.place, "")


def test_no_two_posts_have_one_receipt(stage: Stage) -> None:
    chat = stage.chat()

    receipts = [chat.post(stage.place, HELLO), chat.post(stage.place, HELLO)]
    receipts += [chat.reply(receipts[0], HELLO), chat.reply(receipts[0], HELLO)]

    assert len({receipt.message_id for receipt in receipts}) == 4


def test_replies_and_their_replies_stand_in_the_thread_of_the_post(stage: Stage) -> None:
    chat = stage.chat()
    post = chat.post(stage.place, HELLO)

    reply = chat.reply(post, Message("First."))
    again = chat.reply(reply, Message("Second."))

    assert (reply.thread_id, again.thread_id) == (post.message_id, post.message_id)
    assert reply.place == post.place
    assert stage.heard().index("First.") < stage.heard().index("Second.")


def test_a_receipt_outlives_the_process(stage: Stage) -> None:
    receipt = stage.chat().post(stage.place, HELLO)

    stage.chat().reply(receipt, Message("Weeks later."))
    stage.chat().update(receipt, Message("Jo has it."))

    assert "Weeks later." in stage.heard()
    assert "Jo has it." in stage.heard()


def test_editing_twice_changes_nothing_more(stage: Stage) -> None:
    chat = stage.chat()
    receipt = chat.post(stage.place, HELLO)
    chat.update(receipt, Message("Jo has it."))
    once = stage.heard()

    chat.update(receipt, Message("Jo has it."))

    assert stage.heard() == once if chat.abilities.edits else "Jo has it." in stage.heard()


def test_an_edit_takes_the_place_of_what_was_said_where_the_chat_can_edit(stage: Stage) -> None:
    chat = stage.chat()
    chat.update(chat.post(stage.place, Message("Nobody has it.")), Message("Jo has it."))

    assert ("Nobody has it." not in stage.heard()) is chat.abilities.edits


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_can_be_said(stage: Stage, name: str) -> None:
    message = MESSAGES[name]()

    chat = stage.chat()
    chat.reply(chat.post(stage.place, message), message)

    assert stage.heard()


def test_what_is_lost_on_the_way_is_said_to_be_lost(remote: Stage) -> None:
    remote.lose()

    with pytest.raises(Unavailable):
        remote.chat().post(remote.place, HELLO)


def test_under_or_over_a_deleted_post_nothing_is_said(remote: Stage) -> None:
    chat = remote.chat()
    receipt = chat.post(remote.place, HELLO)
    remote.delete()

    for say in (chat.reply, chat.update):
        with pytest.raises(Gone):
            say(receipt, HELLO)

    assert remote.heard() == ""
