"""What people type and press in Slack: acknowledged at once, answered once, and only to them."""

import asyncio
import threading
from datetime import timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.chats.slack.account import Account
from bot.chats.slack.answering import Patience
from bot.chats.slack.form import ANSWER
from bot.chats.slack.listen import Ears, dispatch
from bot.chats.slack.refusals import UNDRAWABLE
from bot.core.intent import Answer, Audience, Form, Line, Moment
from bot.core.message import Button, Buttons, Message, paragraph
from bot.errors import Refused
from bot.net.health import Health
from bot.net.pool import Pool
from bot.net.seen import Seen
from tests.chats.slack_listening import echo, listening, told
from tests.servers.slack_people import BOT, a_command, a_form, a_press, an_event, slack_people

FORM = Form("Snooze #12", "Snooze", "snooze", "12", (Moment("until", "Until"), Line("why", "Why", optional=True)))
SHORT_PRESS, SHORT_FORM = Patience(press=0.02, form=60), Patience(press=60, form=0.02)
HOME_VIEW = {"id": "V0HOME", "type": "home", "private_metadata": ""}


@pytest.fixture
def slack():
    with slack_people() as server:
        yield server


class Asked:
    """An `answer` that remembers what it was asked, and may be held back."""

    def __init__(self, answer=echo):
        self.intents, self._answer, self.go_on = [], answer, threading.Event()
        self.go_on.set()

    def __call__(self, intent):
        self.intents.append(intent)
        self.go_on.wait(10)
        return self._answer(intent)


def test_a_slash_command_is_acknowledged_and_answered_to_the_person_alone(slack):
    with listening(slack):
        acknowledged = slack.ack(slack.command("client acme"))
        answer = slack.heard("respond")

    assert acknowledged is None
    assert answer["response_type"] == "ephemeral"
    assert told(answer) == "client acme for Jo Kim"


def test_an_acknowledgement_does_not_wait_for_the_answer(slack):
    asked = Asked()
    asked.go_on.clear()
    with listening(slack, asked):
        slack.ack(slack.command("refresh"))
        before = slack.of("respond")
        asked.go_on.set()
        slack.heard("respond")

    assert before == []


def test_an_answer_for_everyone_goes_into_the_channel(slack):
    with listening(slack, lambda _: Answer(Message("shared"), audience=Audience.EVERYONE)):
        slack.send("interactive", a_press(slack, "share client acme"))

        assert slack.heard("respond")["response_type"] == "in_channel"


def test_the_same_delivery_is_answered_once(slack):
    asked = Asked()
    press = a_press(slack, "ack 12")
    command = a_command(slack, "client acme", trigger="t1")
    with listening(slack, asked):
        for retry in range(3):
            slack.ack(slack.send("interactive", press, retry=retry))
            slack.ack(slack.send("slash_commands", command, retry=retry))
        slack.heard("respond", many=2)
        slack.command("last")
        slack.heard("respond", many=3)

    assert sorted(intent.verb for intent in asked.intents) == ["ack", "client", "last"]


def test_a_listener_whose_answer_breaks_keeps_its_acknowledgement_and_says_so(slack):
    """Bolt 1.30 answers 404 after three seconds when a listener raises right after its acknowledgement."""

    def broken(intent):
        raise RuntimeError("no such luck")

    with listening(slack, broken):
        acknowledged = slack.send("slash_commands", a_command(slack, "client acme"))

        assert slack.ack(acknowledged) is None
        assert told(slack.heard("respond")).startswith("That went wrong on our side")


def test_a_listener_that_raises_all_the_same_is_acknowledged(slack):
    class Broken(Ears):
        async def command(self, ack, body):
            await ack()
            raise RuntimeError("right after it")

    health = Health("", who="Slack")
    account = Account(AsyncWebClient(base_url=slack.address), health)
    ears = Broken(account=account, answering=None, health=health, seen=Seen(), begin=None)

    said = asyncio.run(dispatch(ears.app(address=slack.address, token="xoxb-1"), a_command(slack, "client acme"), {}))
    assert (said.status, said.body) == (200, b"")


def test_what_cannot_be_done_is_said_in_its_own_words(slack):
    def refusing(intent):
        raise Refused("the store is read-only", remedy="ask the running bot")

    with listening(slack, refusing):
        slack.command("ack 12")

        assert told(slack.heard("respond")) == "Not now: the store is read-only: ask the running bot."


def test_when_the_line_is_full_the_person_is_told_to_try_again(slack):
    asked = Asked()
    asked.go_on.clear()
    with listening(slack, asked, pool=Pool(threads=1, waiting=1)):
        for name in ("one", "two", "three"):
            slack.ack(slack.command(name))
        busy = slack.heard("respond")
        asked.go_on.set()
        slack.heard("respond", many=3)

    assert told(busy).startswith("Many are asking at once")
    assert len(asked.intents) == 2


def test_a_person_of_another_workspace_is_refused(slack):
    asked = Asked()
    with listening(slack, asked):
        slack.heard("auth.test")
        slack.command("client acme")
        slack.heard("respond")
        slack.command("client acme", team="T0OTHERS")

        assert told(slack.heard("respond", many=2)) == "This bot answers people of its own workspace only."
    assert len(asked.intents) == 1


def test_when_the_answers_address_is_used_up_the_person_is_told_by_another_way(slack):
    slack.refuse("respond", "used_url")
    slack.refuse("chat.postEphemeral", "not_in_channel")
    with listening(slack):
        slack.command("client acme")

        direct = slack.heard("chat.postMessage")
    assert slack.of("chat.postEphemeral")[0].given["user"] == "U0JO"
    assert direct["channel"] == "U0JO"


def test_blocks_that_slack_refuses_are_said_in_words(slack):
    slack.refuse("respond", "invalid_blocks")
    with listening(slack, lambda _: Answer(Message("A <b> & c", (paragraph("A <b> & c"),)))):
        slack.command("client acme")

        plain = slack.heard("respond", many=2)
    assert plain["text"] == "A &lt;b&gt; &amp; c"
    assert "blocks" not in plain


@pytest.mark.parametrize("code", sorted(UNDRAWABLE))
def test_a_post_that_slack_does_not_draw_is_said_in_words_whatever_it_calls_that(slack, code):
    slack.refuse("chat.postEphemeral", code)
    event = {"type": "app_mention", "user": "U0SAM", "channel": "C0BACKUPS", "ts": "17.6", "text": f"<@{BOT}> status"}
    with listening(slack):
        slack.send("events_api", an_event(event))

        said = slack.heard("chat.postEphemeral", many=2)
    assert ("blocks" in said, said["user"]) == (False, "U0SAM")


def test_a_message_in_the_apps_tab_is_answered_there(slack):
    event = {
        "type": "message",
        "channel_type": "im",
        "user": "U0SAM",
        "channel": "D0SAM",
        "ts": "17.5",
        "text": "client R&amp;D",
    }
    with listening(slack):
        slack.send("events_api", an_event(event))

        said = slack.heard("chat.postMessage")
    assert (said["channel"], told(said)) == ("D0SAM", "client R&D for Sam Field")


def test_a_mention_is_answered_to_the_person_alone_in_its_thread(slack):
    event = {
        "type": "app_mention",
        "user": "U0SAM",
        "channel": "C0BACKUPS",
        "ts": "17.6",
        "thread_ts": "17.1",
        "text": f"<@{BOT}> client acme",
    }
    with listening(slack):
        slack.send("events_api", an_event(event))

        said = slack.heard("chat.postEphemeral")
    assert (said["user"], said["thread_ts"], told(said)) == ("U0SAM", "17.1", "client acme for Sam Field")


def test_its_own_messages_are_not_heard(slack):
    asked = Asked()
    own = {"type": "message", "channel_type": "im", "user": BOT, "channel": "D0SAM", "ts": "17.7", "text": "status"}
    with listening(slack, asked):
        slack.heard("auth.test")
        slack.command("first")
        slack.heard("respond")
        slack.ack(slack.send("events_api", an_event(own)))
        slack.command("last")
        slack.heard("respond", many=2)

    assert [intent.verb for intent in asked.intents] == ["first", "last"]


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("events_api", an_event({"type": "reaction_added", "user": "U0JO"})),
        ("interactive", {"type": "message_action", "callback_id": "x", "user": {"id": "U0JO"}}),
        ("interactive", {"type": "shortcut", "callback_id": "x", "user": {"id": "U0JO"}}),
        ("interactive", {"type": "view_closed", "view": {"callback_id": "x"}, "user": {"id": "U0JO"}}),
        ("interactive", {"type": "block_suggestion", "action_id": "x", "user": {"id": "U0JO"}}),
        ("interactive", {"type": "view_submission", "view": {"callback_id": "x"}, "user": {"id": "U0JO"}}),
        ("interactive", {"type": "block_actions", "actions": [{"action_id": "x"}], "user": {"id": "U0JO"}}),
    ],
)
def test_what_nobody_takes_is_acknowledged_so_that_it_is_not_sent_again(slack, kind, payload):
    with listening(slack):
        assert slack.ack(slack.send(kind, payload)) is None


def test_a_button_that_asks_opens_a_form_and_the_filled_form_is_carried_out(slack):
    def answer(intent):
        if intent.inputs:
            return Answer(Message(f"snoozed until {intent.inputs['until']} in {intent.place}"), touched=("a",))
        return Answer(FORM)

    with listening(slack, answer):
        slack.send("interactive", a_press(slack, "snooze 12"))
        view = slack.heard("views.open")["view"]
        values = {
            "until": {ANSWER: {"selected_date": "2026-03-05"}},
            "until.time": {ANSWER: {"selected_time": "07:00"}},
        }
        acknowledged = slack.ack(slack.send("interactive", a_form(view, values)))
        said = slack.heard("chat.postEphemeral")

    assert view["title"]["text"] == "Snooze #12"
    assert acknowledged is None
    assert (said["channel"], told(said)) == ("C0BACKUPS", "snoozed until 2026-03-05 07:00 in C0BACKUPS")


def test_a_refusal_is_shown_in_the_form(slack):
    def answer(intent):
        return Answer(Message("That is in the past."), refused=True) if intent.inputs else Answer(FORM)

    with listening(slack, answer):
        slack.send("interactive", a_press(slack, "snooze 12"))
        view = slack.heard("views.open")["view"]
        values = {"until": {ANSWER: {"selected_date": "2020-01-01"}}}

        acknowledged = slack.ack(slack.send("interactive", a_form(view, values)))
    assert acknowledged == {"response_action": "errors", "errors": {"until": "That is in the past."}}


def test_a_form_that_takes_long_says_so_and_is_changed_when_the_answer_is_there(slack):
    asked = Asked(lambda intent: Answer(Message("done at last")) if intent.inputs else Answer(FORM))
    with listening(slack, asked, patience=SHORT_FORM):
        slack.send("interactive", a_press(slack, "snooze 12"))
        view = slack.heard("views.open")["view"]
        asked.go_on.clear()
        filled = slack.send("interactive", a_form(view, {"until": {ANSWER: {"selected_date": "2026-03-05"}}}))
        acknowledged = slack.ack(filled)
        asked.go_on.set()

        changed = slack.heard("views.update")
    assert acknowledged["response_action"] == "update"
    assert "One moment" in told(acknowledged)
    assert told(changed).endswith("done at last")


def test_a_button_whose_answer_takes_long_shows_that_it_is_being_made(slack):
    asked = Asked(lambda _: Answer(FORM))
    asked.go_on.clear()
    with listening(slack, asked, patience=SHORT_PRESS):
        slack.send("interactive", a_press(slack, "snooze 12"))
        waiting = slack.heard("views.open")
        asked.go_on.set()

        form = slack.heard("views.update")
    assert "One moment" in told(waiting)
    assert form["view"]["title"]["text"] == "Snooze #12"


def test_a_form_that_slack_opens_no_more_leaves_a_button_that_asks_again(slack):
    slack.refuse("views.open", "expired_trigger_id")
    with listening(slack, lambda _: Answer(FORM)):
        slack.send("interactive", a_press(slack, "snooze 12"))

        said = slack.heard("respond")
    assert told(said) == "Snooze #12: press to fill it in. Snooze"
    assert said["blocks"][-1]["elements"][0]["value"] == "snooze 12"


def test_a_form_asked_for_in_a_message_is_a_button_there(slack):
    event = {
        "type": "message",
        "channel_type": "im",
        "user": "U0JO",
        "channel": "D0JO",
        "ts": "17.8",
        "text": "snooze 12",
    }
    with listening(slack, lambda _: Answer(FORM)):
        slack.send("events_api", an_event(event))

        assert told(slack.heard("chat.postMessage")).startswith("Snooze #12: press to fill it in.")


def home_or(message, **more):
    """Answer `home` with a Home, and everything else with this."""

    def answer(intent):
        if intent.verb == "home":
            button = Button("Acknowledge", "ack", "12")
            return Answer(Message("Home", (paragraph(f"Home of {intent.actor.name}"), Buttons((button,)))))
        return Answer(Message(message), **more)

    return answer


def test_opening_the_home_shows_what_is_the_persons_own(slack):
    with listening(slack, home_or("")):
        slack.send("events_api", an_event({"type": "app_home_opened", "user": "U0SAM", "tab": "home"}))

        shown = slack.heard("views.publish")
    assert (shown["user_id"], shown["view"]["type"]) == ("U0SAM", "home")
    assert "Home of Sam Field" in told(shown)


def test_the_other_tab_shows_nothing(slack):
    with listening(slack, home_or("")):
        slack.ack(slack.send("events_api", an_event({"type": "app_home_opened", "user": "U0SAM", "tab": "messages"})))
        slack.command("last")
        slack.heard("respond")

    assert slack.of("views.publish") == []


def test_a_press_in_the_home_that_changes_something_shows_the_home_anew(slack):
    with listening(slack, home_or("You have it.", touched=("a",))):
        slack.send("interactive", a_press(slack, "ack 12", view=HOME_VIEW))
        slack.heard("views.publish")
        slack.command("last")
        slack.heard("respond")

    assert slack.of("views.open") == []


def test_a_press_in_the_home_that_is_refused_says_why_and_shows_the_home_anew(slack):
    with listening(slack, home_or("Jo has it since 07:12.", refused=True)):
        slack.send("interactive", a_press(slack, "ack 12", view=HOME_VIEW))
        slack.heard("views.publish")

        assert "Jo has it since 07:12." in told(slack.heard("views.open"))


def test_a_question_in_the_home_is_answered_in_a_modal(slack):
    with listening(slack, home_or("Its history.")):
        slack.send("interactive", a_press(slack, "history 12", view=HOME_VIEW))

        assert "Its history." in told(slack.heard("views.open"))
    assert slack.of("views.publish") == []


def test_a_press_in_a_modal_is_answered_in_it(slack):
    modal = {"id": "V0MODAL", "type": "modal", "private_metadata": "{}"}
    with listening(slack, home_or("You have it.", touched=("a",))):
        slack.send("interactive", a_press(slack, "ack 12", view=modal))

        changed = slack.heard("views.update")
    assert (changed["view_id"], "You have it." in told(changed)) == ("V0MODAL", True)


@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked"])
def test_an_app_that_was_taken_away_says_so(slack, kind):
    with listening(slack) as listener:
        slack.heard("auth.test")
        slack.command("status")
        slack.heard("respond")
        slack.ack(slack.send("events_api", an_event({"type": kind, "tokens": {"bot": [BOT]}})))
        slack.wait(lambda: "install the app again" in listener.says)


def test_answers_under_way_are_given_before_it_ends(slack):
    asked = Asked()
    asked.go_on.clear()
    with listening(slack, asked) as listener:
        slack.ack(slack.command("client acme"))
        slack.wait(lambda: bool(asked.intents))
        ending = threading.Thread(target=lambda: listener.stop(within=timedelta(seconds=10)))
        ending.start()
        asked.go_on.set()
        ending.join(10)

        assert not listener.is_alive
    assert told(slack.heard("respond")) == "client acme for Jo Kim"


def test_what_hangs_is_left_behind_in_time(slack):
    asked = Asked()
    asked.go_on.clear()
    with listening(slack, asked) as listener:
        slack.ack(slack.command("client acme"))
        slack.wait(lambda: bool(asked.intents))

        assert not listener.stop(within=timedelta(milliseconds=20))
        asked.go_on.set()
