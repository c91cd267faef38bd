"""What Teams sends, read: our own name off a line, whoever turned to us, and what is no word of theirs."""

import pytest

from bot.chats.teams.parse import Kind, caller, has_left, message, press
from tests.chats.teams_listening import BOT, CHANNEL, CHAT, JO, a_message, a_press, an_activity, conversation, mentioned


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("<at>fortress</at>client acme", "client acme"),
        ("<at>fortress</at>&nbsp;client acme\r\n", "client acme"),
        ("hey <at>fortress</at> client acme", "hey client acme"),
        ("<at>fortress</at> error &lt;Code&gt; &amp; more", "error <Code> & more"),
        ("<at>fortress</at> ack 12 for <at>Sam Lee</at>", "ack 12 for Sam Lee"),
        ('<at id="0">fortress</at>client acme', "fortressclient acme"),  # a name that no entity calls ours stays
    ],
)
def test_our_name_is_taken_off_and_other_peoples_stay(text, typed):
    activity = mentioned("")
    activity["text"] = text
    activity["entities"].append({"type": "mention", "text": "<at>Sam Lee</at>", "mentioned": {"id": "29:sam"}})

    assert message(activity).typed == typed


def test_a_thread_is_told_from_its_channel():
    heard = message(mentioned(" status", f"{CHANNEL};messageid=1700"))

    assert (heard.by.place, heard.by.thread, heard.by.kind) == (CHANNEL, "1700", Kind.CHANNEL)
    assert (heard.by.user, heard.by.name, heard.by.bot_id) == (JO, "Jo Kim", BOT)
    assert heard.by.team == "19:team"


def test_a_conversation_of_no_kind_we_know_is_one_where_others_read():
    assert caller(a_message("x", conversation={**conversation(CHAT), "conversationType": "meeting"})).kind is Kind.GROUP


def test_an_id_of_a_person_is_compared_in_one_case():
    assert caller({"from": {"aadObjectId": JO.upper()}}).user == JO


def test_a_line_with_nothing_in_it_is_nothing():
    assert message(mentioned("  ")) is None
    assert message(a_message("")) is None


def test_what_was_filled_in_is_told_from_what_the_button_holds():
    heard = press(a_press("snooze", "12", inputs={"until": "tomorrow", "why": "", "msteams": {"type": "x"}}))

    assert (heard.verb, heard.argument) == ("snooze", "12")
    assert heard.inputs == {"until": "tomorrow", "why": ""}
    assert heard.is_form


def test_a_press_of_anothers_card_is_nothing():
    activity = a_press("", "12")
    activity["value"] = {"action": {"type": "Action.Execute", "data": {"action": "x"}}}

    assert press(activity) is None


@pytest.mark.parametrize("activity", [{}, {"from": "x"}, {"conversation": []}, {"value": []}, {"text": 1}, {"id": {}}])
def test_what_has_no_shape_is_nothing(activity):
    assert message(activity) is None
    assert press(activity) is None
    assert not has_left(activity)


def test_others_who_leave_are_not_us():
    left = an_activity("conversationUpdate", CHANNEL, membersRemoved=[{"id": "29:other"}])
    ours = an_activity("conversationUpdate", CHANNEL, membersRemoved=[{"id": "29:other"}, {"id": BOT}])

    assert not has_left(left)
    assert has_left(ours)
