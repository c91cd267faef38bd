"""What goes out to Teams, over the wire, with all that goes wrong there."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from bot.app_yaml import TeamsSettings
from bot.chats.teams.chat import TeamsChat, connect
from bot.chats.teams.limits import SCOPE
from bot.chats.teams.places import Places
from bot.chats.teams.service import Services
from bot.core.message import Button, Message, paragraph
from bot.core.reference import Reference
from bot.errors import Gone, Refused, Unavailable
from bot.net.call import Caller
from bot.net.kept import Kept
from bot.net.pace import Pace
from bot.stores.memory import build
from bot.stores.tinydb import build as in_files
from tests.chats.clock import Clock
from tests.chats.teams_laws import literal, walk
from tests.messages import MESSAGES
from tests.servers.bot_connector import (
    BAD_GATEWAY,
    BAD_SYNTAX,
    BLOCKED,
    BLOCKER,
    CHAT,
    GROUP,
    MAIN,
    OTHER,
    OWNER,
    PRECONDITION,
    RATE_LIMITED,
    TENANT,
    TOKEN,
    TOO_BIG,
    UNKNOWN,
    bot_connector,
)
from tests.servers.bot_keys import APP
from tests.servers.entra import entra
from tests.servers.played import DROPPED, DROPPED_AFTER_ACCEPT, SILENT, Fault

HELLO = Message("Hello.", (paragraph("Hello, <all>.", button=Button("Acknowledge", "ack", "1")),))
LONG = Message("Much.", tuple(paragraph(f"Line {n} {'x ' * 200}") for n in range(60)))


class Badge:
    """Tokens that are at hand."""

    def __init__(self, token=TOKEN):
        self.asked, self._token = [], token

    def token(self, scope):
        self.asked.append(scope)
        return self._token


@pytest.fixture
def teams():
    with bot_connector() as server:
        yield server


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def references(teams, tmp_path):
    kept = build(tmp_path / "memory").references
    kept.keep(
        Reference("teams", BLOCKED, teams.url, person=BLOCKER),
        Reference("teams", GROUP, teams.url),
        Reference("teams", CHAT, teams.url, person=OWNER, tenant=TENANT),
    )
    return kept


@pytest.fixture
def chat(teams, clock, references, tmp_path):
    return a_chat(teams.url, clock, references, tmp_path)


def a_chat(service, clock, references, folder, *, badge=None, timeout_s=5.0, own=""):
    times = iter(range(1000))
    kept = Kept(folder / "teams-refused", now=lambda: datetime(2026, 3, 4, 6, 45, microsecond=next(times), tzinfo=UTC))
    return TeamsChat(
        Caller("Teams", timeout_s=timeout_s, sleep=clock.sleep),
        badge or Badge(),
        places=Places(references, Services(own or service), service=service, tenant=TENANT),
        pace=Pace("Teams", clock=clock, sleep=clock.sleep),
        kept=kept,
    )


def test_a_post_is_one_card_with_its_summary_and_our_tenant(teams, chat):
    receipt = chat.post(MAIN, HELLO)

    (call,) = teams.called("POST")
    assert (call.activity["summary"], len(call.activity["attachments"])) == ("Hello.", 1)
    assert call.activity["channelData"] == {"tenant": {"id": TENANT}}
    assert (receipt.place, receipt.message_id, receipt.thread_id) == (MAIN, teams.said(MAIN)[0].id, "")


def test_a_receipt_has_the_address_of_the_post(chat):
    post = chat.post(MAIN, HELLO)
    reply = chat.reply(post, HELLO)

    there = "https://teams.microsoft.com/l/message/19%3Amain%40thread.tacv2"
    assert post.link == f"{there}/{post.message_id}?tenantId={TENANT}&parentMessageId={post.message_id}"
    assert reply.link == f"{there}/{reply.message_id}?tenantId={TENANT}&parentMessageId={post.message_id}"
    assert "contextType" in chat.post(GROUP, HELLO).link
    assert chat.post(OWNER, HELLO).link == ""


def test_a_reply_stands_under_its_post_and_a_reply_to_it_too(teams, chat):
    post = chat.post(MAIN, HELLO)

    again = chat.reply(chat.reply(post, HELLO), HELLO)

    assert again.thread_id == post.message_id
    assert [said.thread for said in teams.said(MAIN)] == ["", post.message_id, post.message_id]


def test_where_there_are_no_threads_a_follow_up_says_what_it_is_about(teams, chat, clock, references, tmp_path):
    post = chat.post(GROUP, HELLO)

    chat.reply(chat.reply(post, Message("Healed.")), Message("Again."))
    a_chat(teams.url, clock, references, tmp_path).reply(post, Message("Weeks later."))

    cards = [said.card for said in teams.said(GROUP)]
    assert [literal(card).split("\n")[0] for card in cards[1:]] == ["About: Hello."] * 2 + ["About: an earlier post"]
    assert literal(cards[1]).endswith("Healed.")
    assert [each["url"] for each in walk(cards[3]) if each.get("type") == "Action.OpenUrl"] == [post.link]
    assert {said.thread for said in teams.said(GROUP)} == {""}


def test_a_person_is_told_in_their_own_chat_and_it_can_be_edited_there(teams, chat):
    receipt = chat.post(OWNER, HELLO)

    chat.update(receipt, Message("Mended."))

    assert receipt.place == CHAT
    assert [literal(post.card) for post in teams.said(CHAT)] == ["Mended."]


def test_who_never_wrote_to_us_is_refused_with_what_to_do_and_nothing_leaves(teams, chat):
    with pytest.raises(Refused, match="add the app in Teams"):
        chat.post("00000000-3c4d-4e5f-8a9b-0c1d2e3f4a5b", HELLO)

    assert teams.calls == []


@pytest.mark.parametrize("service", ["https://evil.example/teams/", "http://smba.trafficmanager.net/teams/"])
def test_a_token_goes_to_no_address_that_is_not_microsofts(teams, clock, references, tmp_path, service):
    references.keep(Reference("teams", MAIN, service))
    badge = Badge()

    with pytest.raises(Refused, match="not Microsoft's"):
        a_chat(teams.url, clock, references, tmp_path, badge=badge).post(MAIN, HELLO)

    assert badge.asked == []


def test_what_teams_told_of_a_place_outlives_a_restart(teams, clock, tmp_path):
    before = in_files(tmp_path / "data")
    before.references.keep(Reference("teams", CHAT, teams.url, person=OWNER))
    before.close()

    after = in_files(tmp_path / "data")
    receipt = a_chat("https://smba.trafficmanager.net/teams/", clock, after.references, tmp_path, own=teams.url).post(
        OWNER, HELLO
    )
    after.close()

    assert receipt.place == CHAT
    assert len(teams.said(CHAT)) == 1


def test_a_channel_of_which_nothing_was_told_is_where_the_newest_conversation_is(teams, clock, references, tmp_path):
    badge = Badge()

    a_chat("https://smba.trafficmanager.net/teams/", clock, references, tmp_path, badge=badge, own=teams.url).post(
        OTHER, HELLO
    )

    assert len(teams.said(OTHER)) == 1
    assert badge.asked == [SCOPE]


def test_the_settings_are_enough_to_post_with_a_token_of_microsofts(teams, references, tmp_path, monkeypatch):
    with entra(tmp_path) as microsoft:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(microsoft.trusted))
        microsoft.told = (200, {"token_type": "Bearer", "expires_in": 3599, "access_token": TOKEN})
        section = TeamsSettings(
            app_id=APP, tenant_id=TENANT, secret=SecretStr("hunter2"), service=teams.url, login=microsoft.url
        )

        connect(section, references=references).post(MAIN, HELLO)

    assert [(form["client_id"], form["client_secret"]) for form in microsoft.asked] == [(APP, "hunter2")]
    assert len(teams.said(MAIN)) == 1


def test_a_conversation_takes_seven_posts_a_second_and_sixty_in_half_a_minute(chat, clock):
    for _ in range(61):
        chat.post(MAIN, Message("x"))
    spent = clock.now - 100
    chat.post(OTHER, Message("x"))

    assert 29.9 < spent < 30.1
    assert clock.now - 100 == spent


def test_a_long_message_goes_on_in_its_own_thread(teams, chat):
    receipt = chat.post(MAIN, LONG)

    first, *others = teams.said(MAIN)
    assert (first.id, first.thread) == (receipt.message_id, "")
    assert [post.thread for post in others] == [first.id] * len(others)
    assert "Line 59" in literal(others[-1].card)


@pytest.mark.parametrize("fault", [RATE_LIMITED, DROPPED, BAD_GATEWAY])
def test_when_only_the_beginning_was_heard_all_of_it_is_in_doubt(teams, chat, fault):
    teams.fail(Fault(201, accept=True), fault)

    with pytest.raises(Unavailable, match="only its beginning stands") as raised:
        chat.post(MAIN, LONG)

    assert (raised.value.retry_after, raised.value.unheard) == (None, False)


@pytest.mark.parametrize(("fault", "seconds"), [(RATE_LIMITED, 30), (PRECONDITION, 5)])
def test_too_fast_says_how_long_to_wait_and_keeps_to_it(teams, chat, clock, fault, seconds):
    teams.fail(fault)

    for _ in range(2):
        with pytest.raises(Unavailable) as raised:
            chat.post(MAIN, HELLO)
        assert (raised.value.retry_after, raised.value.unheard) == (timedelta(seconds=seconds), True)
    chat.post(OTHER, HELLO)
    clock.now += seconds

    assert chat.post(MAIN, HELLO).place == MAIN
    assert len(teams.called("POST")) == 3


@pytest.mark.parametrize(
    "fault",
    [
        DROPPED,
        DROPPED_AFTER_ACCEPT,
        BAD_GATEWAY,
        Fault(504),
        Fault(500, "ServiceError"),
        Fault(408),
        Fault(202, body="["),
    ],
)
def test_a_post_whose_end_is_unknown_is_in_doubt_and_sent_once(teams, chat, fault):
    teams.fail(fault)

    with pytest.raises(Unavailable) as raised:
        chat.post(MAIN, HELLO)

    assert raised.value.unheard is False
    assert len(teams.called("POST")) == 1


def test_a_slow_answer_is_not_waited_for_and_the_post_not_sent_again(teams, clock, references, tmp_path):
    teams.fail(SILENT)

    with pytest.raises(Unavailable, match="no answer in time") as raised:
        a_chat(teams.url, clock, references, tmp_path, timeout_s=0.2).post(MAIN, HELLO)

    assert raised.value.unheard is False
    assert len(teams.said(MAIN)) == 1


def test_teams_that_cannot_be_reached_has_surely_not_heard(chat, teams):
    teams.close()

    with pytest.raises(Unavailable, match="no connection") as raised:
        chat.post(MAIN, HELLO)

    assert raised.value.unheard


@pytest.mark.parametrize("fault", [DROPPED, BAD_GATEWAY, Fault(503)])
def test_an_edit_is_tried_again_as_it_is_safe_to_repeat(teams, chat, fault, clock):
    receipt = chat.post(MAIN, HELLO)
    teams.fail(fault, fault, method="PUT")

    chat.update(receipt, Message("Jo has it."))

    assert [literal(post.card) for post in teams.said(MAIN)] == ["Jo has it."]
    assert clock.slept == [1.0, 2.0]


def test_an_edit_that_fails_three_times_may_be_asked_for_later(teams, chat):
    receipt = chat.post(MAIN, HELLO)
    teams.fail(BAD_GATEWAY, BAD_GATEWAY, BAD_GATEWAY, method="PUT")

    with pytest.raises(Unavailable):
        chat.update(receipt, Message("Jo has it."))

    assert len(teams.called("PUT")) == 3


def test_a_channel_that_did_not_let_us_in_says_what_to_do(chat):
    with pytest.raises(Refused, match="add the app where it should speak"):
        chat.post(UNKNOWN, HELLO)


def test_who_blocked_us_is_let_go_until_teams_tells_of_them_again(teams, chat, references):
    with pytest.raises(Refused, match="unblock it"):
        chat.post(BLOCKER, HELLO)
    with pytest.raises(Refused, match="add the app in Teams"):
        chat.post(BLOCKER, HELLO)

    assert BLOCKED not in {one.place for one in references.all()}
    assert len(teams.calls) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_a_post_that_cannot_be_changed_any_more_is_gone(teams, chat, status):
    receipt = chat.post(MAIN, HELLO)
    teams.fail(Fault(status, "ActivityNotFoundInConversation"), method="PUT")

    with pytest.raises(Gone):
        chat.update(receipt, HELLO)


def test_a_bad_token_says_what_to_check_and_does_not_show_it(teams, clock, references, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    chat = a_chat(teams.url, clock, references, tmp_path, badge=Badge("eyJ.secret"))

    with pytest.raises(Refused, match=r"chats\.teams\.app_id") as raised:
        chat.post(MAIN, HELLO)

    assert "secret" not in str(raised.value) + caplog.text
    assert "Hello" not in caplog.text


def test_what_is_not_the_connector_is_not_repeated(teams, chat):
    teams.fail(Fault(302, body="<b>eyJ.1</b> sign in here"))

    with pytest.raises(Refused, match=r"chats\.teams\.service") as raised:
        chat.post(MAIN, HELLO)

    assert "eyJ" not in str(raised.value)


@pytest.mark.parametrize("fault", [BAD_SYNTAX, TOO_BIG])
def test_a_card_that_teams_refuses_is_said_in_plain_lines_once_and_kept(teams, chat, tmp_path, fault, caplog):
    teams.fail(fault)

    receipt = chat.post(MAIN, HELLO)

    (post,) = teams.said(MAIN)
    (path,) = (tmp_path / "teams-refused").iterdir()
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert (post.id, literal(post.card)) == (receipt.message_id, "Hello, <all>. [ack 1]")
    assert (kept["error"], kept["payload"]["summary"]) == (fault.error, "Hello.")
    assert TOKEN not in path.read_text(encoding="utf-8")
    assert "said in plain text instead" in caplog.text


def test_what_teams_takes_in_no_form_is_refused(teams, chat):
    teams.fail(BAD_SYNTAX, BAD_SYNTAX)

    with pytest.raises(Refused, match="BadSyntax"):
        chat.post(MAIN, HELLO)


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_is_taken_and_edited(teams, chat, name):
    message = MESSAGES[name]()

    chat.update(chat.post(MAIN, message), message)

    assert teams.said(MAIN)[0].edits == 1
