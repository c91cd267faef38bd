"""What goes out to Slack, over the wire, with all that goes wrong there."""

import json
import logging
import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.app_yaml import SECRETS
from bot.chats.slack.chat import SlackChat, web_client
from bot.chats.slack.refusals import REMEDIES
from bot.core.message import Button, Code, Message, paragraph
from bot.errors import Gone, Refused, Unavailable
from bot.net.kept import FILES_MAX, Kept
from bot.net.pace import Pace
from tests.chats.clock import Clock
from tests.chats.slack_laws import literal
from tests.messages import MESSAGES
from tests.servers.played import DROPPED, DROPPED_AFTER_ACCEPT, SILENT, Fault
from tests.servers.slack_api import (
    ARCHIVED,
    BROKEN_500,
    HOME,
    MAIN,
    NOT_IN,
    OTHER,
    OWNER,
    RATE_LIMITED,
    TOKEN,
    slack_api,
)

HELLO = Message("Hello.", (paragraph("Hello, <all>.", button=Button("Acknowledge", "ack", "1")),))
LONG = Message("Much.", tuple(paragraph(f"Line {n} {'x' * 400}") for n in range(40)))


@pytest.fixture
def slack():
    with slack_api() as server:
        yield server


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def chat(slack, clock, tmp_path):
    return a_chat(slack, clock, tmp_path)


def a_chat(slack, clock, folder, *, token=TOKEN, timeout_s=5):
    kept = Kept(
        folder and folder / "slack-refused",
        now=lambda: datetime(2026, 3, 4, 6, 45, microsecond=len(clock.slept), tzinfo=UTC),
    )
    client = web_client(token, slack.url, timeout_s=timeout_s)
    return SlackChat(client, pace=Pace("Slack", clock=clock, sleep=clock.sleep), kept=kept)


def test_a_post_is_sent_so_that_nothing_in_it_is_parsed(slack, chat):
    chat.post(MAIN, HELLO)

    (call,) = slack.called("chat.postMessage")
    assert call.body["text"] == "Hello."
    assert {name: call.body[name] for name in ("parse", "link_names", "mrkdwn", "unfurl_links", "unfurl_media")} == {
        "parse": "none",
        "link_names": False,
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def test_a_post_carries_a_mark_that_is_the_same_when_it_is_repeated(slack, chat):
    chat.post(MAIN, HELLO)
    chat.post(MAIN, HELLO)
    chat.post(MAIN, LONG)

    marks = [post.metadata["event_payload"]["mark"] for post in slack.said(MAIN)]
    assert slack.said(MAIN)[0].metadata["event_type"] == "fortress_delivery"
    assert marks[0] == marks[1] != marks[2]


def test_a_receipt_has_the_address_of_the_post(slack, chat):
    post = chat.post(MAIN, HELLO)
    reply = chat.reply(post, HELLO)

    assert post.link == f"{HOME}archives/{MAIN}/p{post.message_id.replace('.', '')}"
    assert reply.link.endswith(f"?thread_ts={post.message_id}&cid={MAIN}")
    assert len(slack.called("auth.test")) == 1


def test_without_the_workspaces_address_a_post_has_no_link_and_the_next_asks_again(slack, chat):
    slack.fail(BROKEN_500, method="auth.test")

    assert [bool(chat.post(MAIN, HELLO).link) for _ in range(2)] == [False, True]


def test_a_direct_message_can_be_edited_later(slack, chat):
    receipt = chat.post(OWNER, HELLO)

    chat.update(receipt, Message("Mended."))

    assert [post.text for post in slack.said(receipt.place)] == ["Mended."]


def test_posts_in_one_place_are_more_than_a_second_apart(chat, clock):
    for place in (MAIN, OTHER, MAIN, MAIN):
        chat.post(place, HELLO)

    assert clock.slept == [1.1, 1.1]


def test_a_reply_to_a_reply_stands_in_the_same_thread(slack, chat):
    post = chat.post(MAIN, HELLO)

    again = chat.reply(chat.reply(post, HELLO), HELLO)

    assert again.thread_id == post.message_id
    assert [said.thread for said in slack.said(MAIN)] == ["", post.message_id, post.message_id]


def test_a_long_message_goes_on_in_its_own_thread(slack, chat):
    receipt = chat.post(MAIN, LONG)

    first, *others = slack.said(MAIN)
    assert (first.ts, first.thread) == (receipt.message_id, "")
    assert [post.thread for post in others] == [first.ts]
    assert "Line 39" in literal(others[-1].blocks)


@pytest.mark.parametrize("fault", [RATE_LIMITED, DROPPED, BROKEN_500])
def test_when_only_the_beginning_was_heard_all_of_it_is_in_doubt(slack, chat, fault):
    slack.fail(Fault(accept=True), fault)

    with pytest.raises(Unavailable) as raised:
        chat.post(MAIN, LONG)

    assert (raised.value.retry_after, raised.value.unheard) == (None, False)
    assert "only its beginning stands" in str(raised.value)


def test_too_fast_says_how_long_to_wait_and_keeps_to_it(slack, chat, clock):
    slack.fail(RATE_LIMITED)

    with pytest.raises(Unavailable) as first:
        chat.post(MAIN, HELLO)
    with pytest.raises(Unavailable) as second:
        chat.post(MAIN, HELLO)
    chat.post(OTHER, HELLO)
    clock.now += 30

    assert (first.value.retry_after, first.value.unheard) == (timedelta(seconds=30), True)
    assert second.value.retry_after == timedelta(seconds=30)
    assert len(slack.called("chat.postMessage")) == 2
    assert chat.post(MAIN, HELLO).place == MAIN


@pytest.mark.parametrize(
    ("fault", "unheard"),
    [
        (DROPPED_AFTER_ACCEPT, False),
        (DROPPED, False),
        (BROKEN_500, False),
        (Fault(status=503, body="busy"), False),
        (Fault(error="internal_error"), False),
        (Fault(error="fatal_error"), False),
        (Fault(body="<html>please sign in to the Wi-Fi</html>"), False),
        (Fault(error="ratelimited"), True),
        (Fault(error="service_unavailable"), True),
    ],
)
def test_what_passes_is_said_with_whether_it_may_have_been_heard(slack, chat, fault, unheard):
    slack.fail(fault)

    with pytest.raises(Unavailable) as raised:
        chat.post(MAIN, HELLO)

    assert raised.value.unheard is unheard
    assert len(slack.called("chat.postMessage")) == 1


def test_a_slow_answer_is_not_waited_for_and_not_sent_again(slack, clock, tmp_path):
    slack.fail(SILENT)

    with pytest.raises(Unavailable, match="no answer in time"):
        a_chat(slack, clock, tmp_path, timeout_s=0.2).post(MAIN, HELLO)

    assert len(slack.said(MAIN)) == 1


def test_slack_that_cannot_be_reached_has_surely_not_heard(clock, tmp_path):
    with slack_api() as slack:
        chat = a_chat(slack, clock, tmp_path)

    with pytest.raises(Unavailable, match="no connection") as raised:
        chat.post(MAIN, HELLO)

    assert raised.value.unheard


@pytest.mark.parametrize(
    ("place", "remedy"),
    [(NOT_IN, "/invite @fortress"), ("C0UNKNOWN1", "check the channel's id"), (ARCHIVED, "archive")],
)
def test_a_place_that_takes_nothing_says_what_to_do(chat, place, remedy):
    with pytest.raises(Refused, match=remedy):
        chat.post(place, HELLO)


def test_a_bad_token_says_where_to_get_another_and_does_not_show_it(slack, clock, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    chat = a_chat(slack, clock, tmp_path, token="xoxb-999-secret")

    with pytest.raises(Refused, match="install the app again") as raised:
        chat.post(MAIN, HELLO)

    assert "secret" not in str(raised.value) + caplog.text
    assert "Hello" not in caplog.text


@pytest.mark.parametrize("code", sorted(REMEDIES))
def test_every_known_refusal_has_a_remedy(slack, chat, code):
    slack.fail(Fault(error=code))

    with pytest.raises(Refused) as raised:
        chat.post(MAIN, HELLO)

    assert raised.value.what == f"Slack answered {code} to chat.postMessage"
    assert len(raised.value.remedy) > 20
    assert set(re.findall(r"FORTRESS_\w+", raised.value.remedy)) <= set(SECRETS.values())


def test_an_unknown_refusal_points_to_the_doctor_and_an_odd_one_is_not_repeated(slack, chat):
    slack.fail(Fault(error="brand_new_rule"), Fault(status=404, body="<b>xoxb-1</b> not here"))

    with pytest.raises(Refused, match="fortress doctor slack"):
        chat.post(MAIN, HELLO)
    with pytest.raises(Refused, match=r"chats\.slack\.address") as odd:
        chat.post(MAIN, HELLO)

    assert "xoxb" not in str(odd.value)


@pytest.mark.parametrize("code", ["message_not_found", "edit_window_closed", "cant_update_message", "is_inactive"])
def test_a_post_that_cannot_be_changed_any_more_is_gone(slack, chat, code):
    receipt = chat.post(MAIN, HELLO)
    slack.fail(Fault(error=code), method="chat.update")

    with pytest.raises(Gone):
        chat.update(receipt, HELLO)


def test_a_reply_that_slack_takes_out_of_its_thread_is_taken_back(slack, chat):
    receipt = chat.post(MAIN, HELLO)
    slack.delete(receipt.message_id)

    with pytest.raises(Gone):
        chat.reply(receipt, HELLO)

    assert slack.said(MAIN) == []


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long"])
def test_blocks_that_slack_refuses_are_said_in_plain_text_once_and_kept(slack, chat, tmp_path, code, caplog):
    slack.fail(Fault(body=json.dumps({"ok": False, "error": code, "response_metadata": {"messages": ["/blocks/0"]}})))

    receipt = chat.post(MAIN, Message("Hi.", (paragraph("*Hi* <all>"), Code("x_1"))))

    (post,) = slack.said(MAIN)
    (path,) = (tmp_path / "slack-refused").iterdir()
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert (post.ts, post.blocks) == (receipt.message_id, [])
    assert post.text.replace("\u2060", "") == "*Hi* &lt;all&gt;\nx_1"
    assert (kept["error"], kept["said"], kept["payload"]["text"]) == (code, ["/blocks/0"], "Hi.")
    assert path.stat().st_mode & 0o077 == 0
    assert TOKEN not in path.read_text(encoding="utf-8")
    assert "said in plain text instead" in caplog.text


def test_an_edit_that_slack_cannot_draw_is_made_in_plain_text(slack, chat):
    receipt = chat.post(MAIN, HELLO)
    slack.fail(Fault(error="invalid_blocks"), method="chat.update")

    chat.update(receipt, Message("Jo has it."))

    assert [(post.text, post.blocks) for post in slack.said(MAIN)] == [("Jo has it.", [])]


def test_what_slack_takes_in_no_form_is_refused(slack, chat):
    slack.fail(Fault(error="invalid_blocks"), Fault(error="msg_too_long"))

    with pytest.raises(Refused, match="msg_too_long"):
        chat.post(MAIN, HELLO)


def test_only_the_newest_payloads_are_kept(slack, chat, tmp_path):
    slack.fail(*[Fault(error="invalid_blocks"), Fault(accept=True)] * (FILES_MAX + 3))

    for _ in range(FILES_MAX + 3):
        chat.post(MAIN, HELLO)

    assert len(list((tmp_path / "slack-refused").iterdir())) == FILES_MAX


@pytest.mark.parametrize("folder", ["missing", "file"])
def test_a_disk_that_takes_nothing_keeps_nobody_from_being_told(slack, clock, tmp_path, folder):
    (tmp_path / "file").write_text("")
    slack.fail(Fault(error="invalid_blocks"))

    a_chat(slack, clock, None if folder == "missing" else tmp_path / "file").post(MAIN, HELLO)

    assert len(slack.said(MAIN)) == 1


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_is_taken_and_edited(slack, chat, name):
    message = MESSAGES[name]()

    chat.update(chat.post(MAIN, message), message)

    assert slack.said(MAIN)[0].edits == 1
