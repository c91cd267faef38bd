"""What Slack sends, as values: who, where, what, and whether it is the same delivery again."""

import random

import pytest

from bot.chats.slack import parse
from bot.chats.slack.form import ANSWER, modal
from bot.chats.slack.parse import Carried, Surface, plain
from bot.commands import read_intent
from bot.core.intent import Actor, Choice, Form, Line, Moment
from bot.core.message import Receipt

JO = Actor("U0JO", "Jo Kim", "slack")
HOME = {"id": "V1", "type": "home", "private_metadata": ""}


def an_action(value, *, action_id="press.0", **more):
    return {"action_id": action_id, "value": value, "action_ts": "1700000001.5", **more}


def a_body(**more):
    return {"user": {"id": "U0JO", "name": "jo.k", "team_id": "T1"}, "trigger_id": "t1", **more}


def in_post(**box):
    return {
        "container": {"type": "message", "message_ts": "17.1", "channel_id": "C0B", **box},
        "channel": {"id": "C0B"},
        "response_url": "https://hooks.example/1",
    }


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        ("client <#C012AB3CD|acme>", "client acme"),
        ("client <#C012AB3CD>", "client C012AB3CD"),
        ("ask <@U012AB3CD|jo>", "ask jo"),
        ("find <mailto:jo@acme.example|jo@acme.example>", "find jo@acme.example"),
        ("client <http://acme.com|acme.com>", "client acme.com"),
        ("error <https://kb.acronis.com/content/1234|here>", "error https://kb.acronis.com/content/1234"),
        ("error <https://kb.acronis.com/content/1234>", "error https://kb.acronis.com/content/1234"),
        ("<!subteam^S012|@ops> <!here> <!date^1700000000^{date}|today>", "@ops here today"),
        ("client R&amp;D &lt;lab&gt;", "client R&D <lab>"),
        ("error a < b and c > d", "error a < b and c > d"),
        ("client &lt;!channel&gt; *PROD* SRV", "client <!channel> *PROD* SRV"),
    ],
)
def test_the_marks_of_slack_become_the_words_a_person_saw(marked, words):
    assert plain(marked) == words


@pytest.mark.parametrize(
    "typed",
    [
        "client\u00a0acme corp",
        "/fortress client acme corp",
        "client \u200bacme\u2060 corp\ufeff",
        "client \u202aacme corp\u202c",
        "client \u2067acme\u2069 corp",
        "client <#C012AB3CD|acme> corp",
        "client\nacme corp",
    ],
)
def test_what_phones_and_slack_do_to_a_line_is_undone(typed):
    intent = read_intent(plain(typed), JO)

    assert (intent.verb, intent.argument) == ("client", "acme corp")


def test_a_command_says_who_asked_where_and_how_to_answer():
    heard = parse.command(
        {
            "text": "client acme",
            "user_id": "U0JO",
            "user_name": "jo.k",
            "team_id": "T1",
            "channel_id": "C0B",
            "response_url": "https://hooks.example/1",
            "trigger_id": "t1",
        }
    )

    assert (heard.typed, heard.key, heard.by.surface) == ("client acme", "command:t1", Surface.COMMAND)
    assert (heard.by.user, heard.by.handle, heard.by.place) == ("U0JO", "jo.k", "C0B")


@pytest.mark.parametrize(
    ("event", "typed"),
    [
        ({"text": "client acme"}, "client acme"),
        ({"text": "client acme", "bot_id": "B1"}, None),
        ({"text": "client acme", "subtype": "message_changed"}, None),
        ({"text": "client acme", "channel_type": "channel"}, None),
        ({"text": "  "}, None),
    ],
)
def test_only_what_a_person_types_to_us_is_a_message(event, typed):
    body = {"event": {"user": "U0JO", "channel": "D1", "channel_type": "im", "ts": "17.2", **event}}

    heard = parse.message(body)

    assert (heard.typed if heard else None) == typed


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("<@U0BOT> client acme", "client acme"),
        ("hello <@U0BOT|fortress> open msp", "open msp"),
        ("status please <@U0BOT>", "status please"),
        ("<@U0SAM> ask <@U0BOT> client acme", "client acme"),
    ],
)
def test_a_mention_asks_what_stands_behind_the_name(text, typed):
    body = {"event": {"user": "U0JO", "channel": "C0B", "ts": "17.3", "thread_ts": "17.1", "text": text}}

    heard = parse.mention(body, bot="U0BOT")

    assert heard is not None
    assert (heard.typed, heard.by.thread, heard.key) == (typed, "17.1", "said:C0B:17.3")


def test_a_button_and_an_option_of_a_menu_are_read_alike():
    button = parse.press(a_body(actions=[an_action("ack 12")], **in_post()))
    option = parse.press(
        a_body(actions=[an_action("", selected_option={"value": "ack 12"}, type="overflow")], **in_post())
    )

    assert button is not None
    assert option is not None
    assert (button.verb, button.argument) == (option.verb, option.argument) == ("ack", "12")
    assert button.by.origin == Receipt("slack", "C0B", "17.1")


def test_a_press_in_a_thread_knows_its_thread():
    heard = parse.press(a_body(actions=[an_action("ack 12")], **in_post(thread_ts="16.9")))

    assert heard is not None
    assert (heard.by.thread, heard.by.origin) == ("16.9", Receipt("slack", "C0B", "17.1", "16.9"))


def test_a_press_in_the_home_has_the_person_for_a_place():
    heard = parse.press(a_body(actions=[an_action("ack 12")], view=HOME, container={"type": "view"}))

    assert heard is not None
    assert (heard.by.surface, heard.by.place, heard.by.origin) == (Surface.HOME, "U0JO", None)


def test_a_press_in_a_modal_knows_where_the_modal_was_opened():
    kept = str(Carried(place="C0B", origin=Receipt("slack", "C0B", "17.1", "16.9")))
    view = {"id": "V2", "type": "modal", "private_metadata": kept}

    heard = parse.press(a_body(actions=[an_action("share client acme")], view=view))

    assert heard is not None
    assert (heard.by.surface, heard.by.place, heard.by.thread) == (Surface.MODAL, "C0B", "16.9")


@pytest.mark.parametrize("action_id", ["press.x", "somebody-elses", ""])
def test_a_press_of_what_we_did_not_make_is_nothing(action_id):
    assert parse.press(a_body(actions=[an_action("ack 12", action_id=action_id)], **in_post())) is None


def test_the_same_press_has_the_same_key_and_another_press_another():
    def key(**more):
        heard = parse.press(a_body(actions=[an_action("ack 12", **more)], **in_post()))
        assert heard is not None
        return heard.key

    assert key() == key()
    assert key() != key(action_ts="1700000009.5")
    assert key() != key(action_id="press.1")


def test_a_filled_form_comes_back_as_inputs():
    form = Form(
        "Snooze #12",
        "Snooze",
        "snooze",
        "12",
        (
            Moment("until", "Until", "2026-03-05 07:00"),
            Line("why", "Why", optional=True),
            Choice("how", "How", (("soft", "Softly"), ("hard", "Hard"))),
        ),
    )
    view = modal(form, private=str(Carried("snooze", "12", "C0B")))
    values = {
        "until": {ANSWER: {"type": "datepicker", "selected_date": "2026-03-06"}},
        "until.time": {ANSWER: {"type": "timepicker", "selected_time": "08:30"}},
        "why": {ANSWER: {"type": "plain_text_input", "value": None}},
        "how": {ANSWER: {"type": "static_select", "selected_option": {"value": "hard"}}},
    }

    heard = parse.form(a_body(view={**view, "id": "V3", "state": {"values": values}}))

    assert heard is not None
    assert (heard.verb, heard.argument, heard.by.place, heard.first_field) == ("snooze", "12", "C0B", "until")
    assert heard.inputs == {"until": "2026-03-06 08:30", "why": "", "how": "hard"}


def test_a_form_of_somebody_else_is_nothing():
    assert parse.form(a_body(view={"id": "V3", "private_metadata": "{not ours", "blocks": []})) is None


def test_no_payload_makes_a_reader_raise():
    """Slack's shapes change; what cannot be read is nothing, or empty, and never an error."""
    chance = random.Random(20260105)
    seeds = [
        a_body(actions=[an_action("ack 12")], view=HOME, **in_post()),
        {"event": {"user": "U0JO", "channel": "D1", "channel_type": "im", "ts": "1", "text": "hi <@U0BOT> x"}},
        a_body(view={"id": "V", "private_metadata": str(Carried("snooze")), "blocks": [{}], "state": {"values": {}}}),
    ]
    readers = [parse.command, parse.message, parse.press, parse.form, parse.home, lambda b: parse.mention(b, bot="")]

    for _ in range(3_000):
        body = {name: _bent(part, chance) for name, part in chance.choice(seeds).items()}
        for read in readers:
            read(body)


def _bent(value, chance):
    if chance.random() < 0.08:
        return chance.choice([None, "", "x", 7, [], {}, ["x"], [{}], True])
    if isinstance(value, dict):
        return {name: _bent(part, chance) for name, part in value.items()} if value else value
    if isinstance(value, list):
        return [_bent(part, chance) for part in value]
    return value
