"""The whole bot beside an independent Slack (local-slack), over both transports: a morning as people have it."""

import json

import pytest

from tests.e2e import emulator as em
from tests.e2e.emulator import ACME, ALICE, BOB, MAIN, button, emulator, values, words
from tests.e2e.whole_bot import in_slack, whole_bot
from tests.servers.scripted import Said, scripted

pytestmark = [pytest.mark.skipif(not em.is_here(), reason=em.MISSING), pytest.mark.timeout(180)]
SLOTS = 5  # to the third morning, when much has lasted


@pytest.fixture(scope="module", params=["socket", "http"])
def morning(request, tmp_path_factory):
    """The third morning of the sandbox, told in Slack by one transport."""
    folder = tmp_path_factory.mktemp(request.param)
    port = em.free_port()
    at = f"http://127.0.0.1:{port}/slack/events" if request.param == "http" else ""
    with (
        emulator(folder, events_to=at) as slack,
        scripted(Said(201, b'{"reference": "4411"}')) as desk,
        whole_bot(in_slack(slack, transport=request.param), folder, port=port, desk=f"{desk.url}/in") as bot,
    ):
        slack.wait_until_said(is_digest)
        bot.refresh(SLOTS)
        bot.desk = desk
        yield slack, bot


def is_digest(message):
    return message.get("text", "").startswith("Backups, ") and "thread_ts" not in message


def digest(slack):
    """The newest digest, as it stands now."""
    return [message for message in slack.messages() if is_digest(message)][-1]


def ephemeral(slack, user, text):
    return slack.wait_until_said(
        lambda message: message.get("ephemeral_to") == user and text in f"{message['text']} {words(message)}"
    )


def again(slack, message):
    """The same message as it stands now."""
    return next(one for one in slack.messages() if one["ts"] == message["ts"])


def own_posts(slack):
    """Posts of one cause each: they can be snoozed, and stand in no thread."""
    return [
        message
        for message in slack.messages()
        if "thread_ts" not in message
        and not is_digest(message)
        and any(v.startswith("snooze ") for v in values(message))
    ]


def test_the_digest_stands_in_the_channel(morning):
    slack, _ = morning

    told = digest(slack)
    assert "need hands" in told["text"]
    assert "MSP · ACT NOW" in words(told)
    assert len(json.dumps(told["blocks"])) <= 12_000
    assert len(told["blocks"]) <= 50


def test_a_client_is_asked_about_and_the_answer_is_the_persons_own(morning):
    slack, _ = morning
    slack.command("client acme")

    told = ephemeral(slack, ALICE, "Acme")
    assert "SRV-FILE1" in words(told)


def test_an_error_is_asked_about(morning):
    slack, _ = morning
    slack.command("error CloudStorageUnavailable")

    told = ephemeral(slack, ALICE, "CloudStorageUnavailable")
    assert "Means:" in words(told)
    assert "Who has it:" in words(told)


def test_an_answer_is_shared_into_the_channel(morning):
    slack, _ = morning
    slack.command("client delta law")
    told = ephemeral(slack, ALICE, "Delta Law: ")
    slack.press(told, "share client delta law")

    shared = slack.wait_until_said(lambda message: "alice shares: client delta law" in words(message))
    assert "ephemeral_to" not in shared
    assert "DC01" in words(shared)


def test_a_button_takes_a_cause_and_the_second_person_is_told_who_has_it(morning):
    slack, _ = morning
    ack = next(value for value in values(digest(slack)) if value.startswith("ack "))
    number = ack.split()[1]
    slack.press(digest(slack), ack)
    ephemeral(slack, ALICE, f"#{number}")
    slack.press(digest(slack), ack, user=BOB)

    refused = ephemeral(slack, BOB, "alice has")
    assert f"#{number}" in words(refused) + refused["text"]
    slack.wait(lambda: "alice has it" in words(digest(slack)))


def test_a_form_asks_until_when_and_why(morning):
    slack, _ = morning
    post = [each for each in own_posts(slack) if any(value.startswith("ack ") for value in values(each))][-1]
    snooze = next(value for value in values(post) if value.startswith("snooze "))
    slack.press(post, snooze)
    view = slack.wait_for("views.open", lambda given: given["view"].get("callback_id") == "form")["view"]
    first = view["blocks"][0]
    assert (first["block_id"], first["element"]["type"]) == ("until", "static_select")
    option = first["element"]["options"][1]
    chosen = {"type": "static_select", "selected_option": option}
    why = {"type": "plain_text_input", "value": "the disk is on order"}
    slack.submit({"until": {"answer": chosen}, "why": {"answer": why}})

    number, until = snooze.split()[1], option["text"]["text"].partition(", ")[2]
    slack.wait_until_said(
        lambda message: (
            message.get("ephemeral_to") == ALICE and f"#{number}" in message["text"] and until in message["text"]
        )
    )
    slack.wait(lambda: "the disk is on order" in words(again(slack, post)))


def test_a_ticket_is_looked_at_then_raised_with_one_press_and_stands_in_every_copy(morning):
    slack, bot = morning
    post = next(each for each in own_posts(slack) if "CLIENT" in words(each))
    number = next(value for value in values(post) if value.startswith("ticket ")).split()[1]
    slack.press(post, f"ticket {number}")
    slack.press(ephemeral(slack, ALICE, "ticket for the client"), f"ticket {number} webhook")
    preview = ephemeral(slack, ALICE, "ticket for your own desk")
    sent = len(bot.desk.heard)
    slack.press(preview, f"raise {number} webhook")
    slack.press(preview, f"raise {number} webhook", user=BOB)

    ephemeral(slack, BOB, "No second one was made")
    assert (sent, len(bot.desk.heard)) == (0, 1)
    slack.wait(lambda: "4411" in words(again(slack, post)))
    slack.command("tickets", user=BOB)
    assert "4411" in words(ephemeral(slack, BOB, "open ticket"))


def test_a_post_of_its_own_hears_in_its_thread_that_it_lasts(morning):
    slack, bot = morning
    bot.refresh(6)

    replies = [message for message in slack.messages() if message.get("thread_ts")]
    parents = {post["ts"] for post in own_posts(slack)}
    followed = [reply for reply in replies if reply["thread_ts"] in parents]
    assert followed, "nothing was said in any thread of a cause"
    again = [parent for parent in parents if sum(reply["thread_ts"] == parent for reply in followed) > 1]
    assert again, "no thread heard more than once"


def test_a_client_channel_hears_only_of_its_client(morning):
    slack, _ = morning

    told = " ".join(words(message) + message["text"] for message in slack.messages(ACME))
    assert "SRV-FILE1" in told
    assert "Delta Law" not in told


def test_the_home_shows_what_is_to_be_done(morning):
    slack, _ = morning
    slack.open_home(BOB)

    shown = slack.wait_for("views.publish", lambda given: given["user_id"] == BOB)["view"]
    assert shown["type"] == "home"
    assert "ACT NOW" in words(shown)
    assert len(shown["blocks"]) <= 100


@pytest.mark.parametrize("morning", ["http"], indirect=True)
def test_a_button_in_the_home_works_and_the_home_shows_it(morning):
    slack, bot = morning
    slack.open_home(BOB)
    shown = slack.wait_for("views.publish", lambda given: given["user_id"] == BOB)["view"]
    ack = next(value for value in values(shown) if value.startswith("ack "))
    before = len(slack.calls("views.publish"))
    said = slack.press_in_home(shown, ack, user=BOB, door=f"{bot.door}/slack/events")

    slack.wait(lambda: len(slack.calls("views.publish")) > before)
    assert said.status_code == 200
    assert ack not in values(slack.calls("views.publish")[-1]["view"])


def test_a_message_in_the_channel_that_names_it_is_answered_to_the_person_alone(morning):
    slack, _ = morning
    slack.say(f"<@{em.BOT}> status", user=BOB)

    ephemeral(slack, BOB, "last refresh")


def test_button_and_menu_are_found_by_what_they_do(morning):
    slack, _ = morning
    post = own_posts(slack)[-1]
    history = next(value for value in values(post) if value.startswith("history "))

    assert button(post, history)[2] is not None  # in the menu
    slack.press(post, history)
    ephemeral(slack, ALICE, "#")
    assert post["channel"] == MAIN
