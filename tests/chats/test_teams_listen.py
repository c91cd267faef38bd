"""What people type and press in Teams: answered once, where they are, and to nobody it is not for."""

import random
import threading

import pytest
import requests

from bot.chats.teams.door import PATH
from bot.core.intent import Answer, Audience, Form, Line
from bot.core.message import Button, Buttons, Message, paragraph
from bot.errors import Refused
from tests.chats.teams_listening import (
    ACME,
    BOT,
    CHANNEL,
    CHAT,
    GENERAL,
    GROUP,
    JO,
    SAM,
    a_message,
    a_press,
    an_activity,
    mentioned,
    teams,
)
from tests.servers.bot_keys import SERVICE, TENANT, bot_keys, token

FORM = Form("Snooze #12", "Snooze", "snooze", "12", (Line("why", "Why", optional=True),))
OTHER = "99999999-2222-4333-8444-555555555555"
LONG = Message("long", tuple(paragraph(f"row {number}") for number in range(40)))


@pytest.fixture(scope="module")
def keys():
    with bot_keys() as running:
        yield running


class Asked:
    """An `answer` that remembers what it was asked, and may be held back."""

    def __init__(self, given):
        self.intents, self._given, self.go_on = [], given, threading.Event()
        self.go_on.set()

    def __call__(self, intent):
        self.intents.append(intent)
        assert self.go_on.wait(10)
        return self._given(intent) if callable(self._given) else self._given


def test_a_line_in_a_personal_chat_is_answered_there(keys):
    with teams(keys) as here:
        said = here.type("client acme")

        assert said.status_code == 200
        assert here.chat.wait() == [("post", CHAT, "client acme for Jo Kim")]
        here.book.wait("keep", CHAT)


def test_a_line_in_a_channel_is_answered_in_its_thread(keys):
    with teams(keys) as here:
        here.call(mentioned("&nbsp;client  acme", f"{CHANNEL};messageid=1700"))

        assert here.chat.wait() == [("reply", f"{CHANNEL};1700", "client acme for Jo Kim")]


def test_a_line_in_a_group_chat_is_answered_there(keys):
    with teams(keys) as here:
        here.call(mentioned(" status", GROUP))

        assert here.chat.wait() == [("post", GROUP, "status for Jo Kim")]


def test_what_is_one_persons_own_goes_to_their_personal_chat(keys):
    own = Answer(Message("all of yours"), audience=Audience.OWN)
    with teams(keys, lambda _: own) as here:
        here.call(mentioned(" home", f"{CHANNEL};messageid=1700"))

        first, second = here.chat.wait(2)
        assert first == ("post", JO, "all of yours")
        assert second[:2] == ("reply", f"{CHANNEL};1700")
        assert "personal chat" in second[2]


def test_in_a_clients_own_channel_no_answer_is_given_that_may_name_others(keys):
    with teams(keys) as here:
        here.call(mentioned(" open", f"{ACME};messageid=1700"))

        first, second = here.chat.wait(2)
        assert first == ("post", JO, "open for Jo Kim")
        assert "open for" not in second[2]


def test_who_has_no_personal_chat_is_told_so_in_the_thread(keys):
    with teams(keys) as here:
        here.chat.raises[JO] = Refused("no conversation", remedy="add the app")
        here.call(mentioned(" open", f"{ACME};messageid=1700"))

        assert "you have no personal chat" in here.chat.wait()[0][2]


def test_a_shared_answer_stands_in_a_clients_own_channel(keys):
    shared = Answer(Message("of acme"), audience=Audience.EVERYONE)
    with teams(keys, lambda _: shared) as here:
        here.call(mentioned(" share client acme", f"{ACME};messageid=1700"))

        assert here.chat.wait() == [("reply", f"{ACME};1700", "of acme")]


def test_the_same_message_is_answered_once_however_often_it_comes(keys):
    asked = Asked(Answer(Message("done")))
    with teams(keys, asked) as here:
        message = a_message("run")
        codes = [here.call(message).status_code for _ in range(4)]
        here.chat.wait()

    assert codes == [200] * 4
    assert len(asked.intents) == len(here.chat.all) == 1


def test_a_message_is_acknowledged_before_it_is_answered(keys):
    asked = Asked(Answer(Message("done")))
    asked.go_on.clear()
    with teams(keys, asked) as here:
        assert here.type("run").status_code == 200
        assert here.chat.all == []
        asked.go_on.set()
        here.chat.wait()


def test_a_press_that_changed_something_is_told_under_the_card(keys):
    taken = Answer(Message("#12 is yours"), touched=("incident:1",))
    asked = Asked(taken)
    with teams(keys, asked) as here:
        said = here.press("ack", "12", place=f"{CHANNEL};messageid=1700")

    assert said == {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "#12 is yours"}
    intent = asked.intents[0]
    assert (intent.verb, intent.argument, intent.actor.id, intent.place) == ("ack", "12", JO, CHANNEL)
    assert (intent.origin.place, intent.origin.message_id, intent.origin.thread_id) == (CHANNEL, "post-1", "1700")


def test_a_refused_press_is_an_error_of_teams_and_changes_no_card(keys):
    with teams(keys, lambda _: Answer(Message("Sam has #12"), refused=True)) as here:
        said = here.press("ack", "12")

    assert (said["statusCode"], said["type"]) == (400, "application/vnd.microsoft.error")
    assert said["value"] == {"code": "BadRequest", "message": "Sam has #12"}


def test_a_question_pressed_in_a_channel_is_answered_in_the_pressers_card_with_a_way_back(keys):
    post = Message("the digest")
    with teams(keys, posted=lambda receipt: post if receipt.message_id == "post-1" else None) as here:
        shown = here.press("history", "12", place=CHANNEL)
        back = here.press("back", place=CHANNEL)

        assert shown["type"] == "application/vnd.microsoft.card.adaptive"
        assert shown["value"] == {"type": "AdaptiveCard", "says": "history 12 for Jo Kim", "buttons": ["back"]}
        assert back["value"]["says"] == "the digest"
        assert here.chat.all == []


def test_a_way_back_to_a_post_that_is_not_kept_is_refused(keys):
    with teams(keys) as here:
        shown = here.press("history", "12", place=CHANNEL)

        assert shown["value"]["buttons"] == []
        assert here.press("back", place=CHANNEL)["statusCode"] == 400


def test_an_answer_longer_than_a_card_comes_to_the_personal_chat(keys):
    with teams(keys, lambda _: Answer(LONG)) as here:
        said = here.press("open", place=CHANNEL)

        assert "personal chat" in said["value"]
        assert here.chat.wait() == [("post", JO, "long")]


def test_a_question_pressed_in_a_personal_chat_is_answered_below(keys):
    with teams(keys) as here:
        here.press("history", "12")

        assert here.chat.wait() == [("post", CHAT, "history 12 for Jo Kim")]


def test_a_form_is_shown_in_the_card_and_what_it_gave_too(keys):
    def answer(intent):
        return Answer(Message(f"why: {intent.inputs['why']}"), touched=("x",)) if intent.inputs else Answer(FORM)

    with teams(keys, answer) as here:
        form = here.press("snooze", "12", place=CHANNEL)
        given = here.press("snooze", "12", place=CHANNEL, inputs={"why": "a disk"})

    assert form["value"] == {"type": "AdaptiveCard", "asks": "Snooze #12"}
    assert given["value"]["says"] == "why: a disk"


def test_a_form_asked_for_in_words_is_a_button_that_opens_it(keys):
    with teams(keys, lambda _: Answer(FORM)) as here:
        here.call(mentioned(" snooze 12", f"{CHANNEL};messageid=1700"))
        here.chat.wait()

    button = here.chat.all[0][2].blocks[-1].buttons[0]
    assert (button.label, button.verb, button.argument) == ("Snooze", "snooze", "12")


def test_a_client_that_cannot_execute_submits_and_is_answered_by_a_message(keys):
    asked = Asked(lambda intent: Answer(Message(f"{intent.verb} {intent.argument} {intent.inputs.get('why', '')}")))
    with teams(keys, asked) as here:
        value = {"verb": "snooze", "argument": "12", "why": "a disk"}
        here.call(an_activity("message", f"{CHANNEL};messageid=1700", value=value, replyToId="post-1"))

        assert here.chat.wait() == [("reply", f"{CHANNEL};1700", "snooze 12 a disk")]


def test_a_slow_press_is_told_to_wait_and_answered_later(keys):
    asked = Asked(Answer(Message("at last")))
    asked.go_on.clear()
    with teams(keys, asked, card_s=0.05) as here:
        said = here.press("explain", "12", place=CHANNEL)
        asked.go_on.set()

        assert said["statusCode"] == 200
        assert "personal chat" in said["value"]
        assert here.chat.wait() == [("post", JO, "at last")]


def test_a_slow_press_delivered_again_is_done_once_and_answered_once(keys):
    asked = Asked(Answer(Message("at last")))
    asked.go_on.clear()
    with teams(keys, asked, card_s=0.05) as here:
        press = a_press("run", place=CHANNEL)
        here.call(press)
        here.call({**press, "id": "another"})
        here.call(press)
        asked.go_on.set()
        here.chat.wait()

    assert len(asked.intents) == len(here.chat.all) == 1


def test_a_press_delivered_again_gets_the_same_answer_and_says_nothing_twice(keys):
    asked = Asked(Answer(Message("shared"), audience=Audience.EVERYONE))
    with teams(keys, asked) as here:
        press = a_press("share", "client acme", place=f"{CHANNEL};messageid=1700")
        first, second = here.call(press).json(), here.call(press).json()
        here.chat.wait()

    assert first == second
    assert len(asked.intents) == len(here.chat.all) == 1


def test_two_people_who_press_the_same_button_are_both_answered(keys):
    asked = Asked(Answer(Message("done"), touched=("x",)))
    with teams(keys, asked) as here:
        here.press("ack", "12", place=CHANNEL)
        here.press("ack", "12", place=CHANNEL, user=SAM)

    assert [intent.actor.id for intent in asked.intents] == [JO, SAM]


def test_a_press_in_ones_own_pane_shows_the_pane_anew(keys):
    row = Buttons((Button("Acknowledge", "ack", "12"), Button("Open", "open")))
    pane = Message("yours: 3", (row,))

    def answer(intent):
        own = Answer(pane, audience=Audience.OWN)
        return own if intent.verb == "home" else Answer(Message("done"), touched=("x",))

    with teams(keys, answer) as here:
        here.type("home")
        here.chat.wait()
        pressed = [button.verb for button in here.chat.all[0][2].blocks[0].buttons]
        said = here.press(pressed[0], "12")

    assert pressed == ["pane.ack", "pane.open"]
    assert (said["value"]["says"], said["value"]["buttons"]) == ("yours: 3", ["pane.ack", "pane.open"])


def test_what_teams_asks_by_itself_and_other_invokes_do_nothing(keys):
    asked = Asked(Answer(Message("x")))
    with teams(keys, asked) as here:
        automatic = here.call(a_press("ack", "12", value={"trigger": "automatic"}))
        fetch = here.call(an_activity("invoke", name="task/fetch", value={}))
        rest = [here.call(an_activity(kind)) for kind in ("messageReaction", "typing", "event", "messageUpdate", "x")]

    assert {said.status_code for said in (automatic, fetch, *rest)} == {200}
    assert asked.intents == []


def test_installing_keeps_a_conversation_and_removing_drops_it(keys):
    with teams(keys) as here:
        here.call(an_activity("installationUpdate", action="add"))
        here.book.wait("keep", CHAT)
        here.call(an_activity("installationUpdate", action="remove"))
        here.book.wait("forget", CHAT)


def test_a_conversation_is_noted_with_how_it_is_reached(keys):
    with teams(keys) as here:
        here.type("status")
        here.call(mentioned(" status", f"{CHANNEL};messageid=1700"))
        here.book.wait("keep", CHANNEL)
        here.book.wait("keep", CHAT)

        own, shared = sorted(here.book.all(), key=lambda each: each.place, reverse=True)
        assert (own.person, own.service, own.tenant, own.bot, own.team) == (JO, SERVICE, TENANT, BOT, "")
        assert (shared.person, shared.place, shared.team) == ("", CHANNEL, "19:team")


def test_leaving_a_team_drops_all_of_it_and_a_deleted_channel_only_that(keys):
    def event(kind, place, *removed):
        data = {"tenant": {"id": TENANT}, "team": {"id": "19:team"}, "eventType": kind}
        return an_activity(
            "conversationUpdate", place, channelData=data, membersRemoved=[{"id": one} for one in removed]
        )

    with teams(keys) as here:
        for place in (CHANNEL, ACME, GENERAL):
            here.call(event("teamMemberRemoved", place, "29:another"))
            here.book.wait("keep", place)
        here.call(event("channelDeleted", ACME))
        here.book.wait("forget", ACME)
        left = [each.place for each in here.book.all()]
        here.call(event("teamMemberRemoved", GENERAL, BOT))
        here.book.wait("forget", CHANNEL)
        here.book.wait("forget", GENERAL)

    assert sorted(left) == sorted([CHANNEL, GENERAL])


def test_who_has_no_good_token_is_not_even_read(keys):
    with teams(keys) as here:
        for authorization in ("", "Bearer", "Bearer x.y.z", f"Bearer {token('k2')}", "Basic YTpi"):
            assert here.call(b"\xff{", authorization=authorization).status_code == 401
        assert here.book.noted == []


def test_a_good_token_for_another_tenant_is_forbidden_and_nothing_is_said_there(keys):
    asked = Asked(Answer(Message("x")))
    stranger = a_message("client acme")
    stranger["conversation"]["tenantId"] = stranger["channelData"]["tenant"]["id"] = OTHER
    with teams(keys, asked) as here:
        assert here.call(stranger).status_code == 403

    assert asked.intents == here.chat.all == here.book.noted == []


def test_a_guest_without_an_id_in_the_directory_is_not_answered(keys):
    asked = Asked(Answer(Message("x")))
    guest = a_message("client acme")
    del guest["from"]["aadObjectId"]
    with teams(keys, asked) as here:
        assert here.call(guest).status_code == 200

    assert asked.intents == []


GARBAGE = [b"", b"{", b"\xff\xfe", b"[]", b"null", b'"x"', b"1", b"[" * 200_000, b'{"a":' * 40_000]


@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_with_a_good_token_is_a_bad_request(keys, body):
    with teams(keys) as here:
        assert here.call(body).status_code == 400


def test_a_body_without_an_end_is_too_large(keys):
    with teams(keys) as here:
        assert here.call(b" " * 400_000).status_code == 413


def test_other_methods_are_not_allowed(keys):
    with teams(keys) as here:
        assert requests.get(here.url + PATH, timeout=10).status_code == 405


def test_nothing_that_is_twisted_makes_it_answer_500(keys):
    chance = random.Random(7)
    with teams(keys) as here:
        for activity in (a_message("x"), a_press("ack", "12"), an_activity("installationUpdate", action="add")):
            for _ in range(40):
                assert here.call(twisted(activity, chance)).status_code in (200, 400, 403)


def twisted(activity, chance):
    """The same activity with one part, at any depth, replaced by what does not belong there."""
    made = dict(activity)
    name = chance.choice(list(made))
    if isinstance(made[name], dict) and made[name] and chance.random() < 0.6:
        made[name] = twisted(made[name], chance)
    else:
        made[name] = chance.choice([None, 1, "x", [], {}, [{}], ["x"], True, {"id": 1}, {"id": ["x"]}, 1e308])
    return made
