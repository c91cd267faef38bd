"""Teams' spelling of a message: within its limits, nothing lost, and no word of a stranger's obeyed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chats.teams.blocks import SIGNS
from bot.chats.teams.limits import PAGES_MAX
from bot.chats.teams.press import Asked, action, pressed
from bot.chats.teams.render import ask, plainly, render
from bot.chats.teams.words import breakable
from bot.core.intent import Choice, Form, Line, Moment
from bot.core.message import (
    Button,
    Buttons,
    Code,
    Divider,
    Facts,
    Heading,
    Image,
    Message,
    Span,
    Style,
    Table,
    Tone,
    bold,
    clean,
    link,
    paragraph,
    text,
)
from tests.chats.teams_laws import broken_by, literal, titles, walk
from tests.messages import HOSTILE, MESSAGES

ACK = Button("Acknowledge", "ack", "1")
JO = "8f0f1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
NASTY = st.text(st.sampled_from(' <>&*_~`:|#@!{}[]()\n"\\\u202eaZé😀漢'), max_size=60) | st.text(max_size=40)
SPANS = st.builds(Span, NASTY, st.sampled_from(Style), NASTY | st.just("https://example.com/?a=1&b=2") | st.just(JO))
BUTTONS = st.builds(Button, NASTY, st.sampled_from(("ack", "snooze")), NASTY, primary=st.booleans(), menu=st.booleans())
ROWS = st.integers(1, 5).flatmap(lambda n: st.lists(st.tuples(*[NASTY] * n), min_size=1, max_size=5))
BLOCKS = st.one_of(
    st.builds(Heading, NASTY),
    st.just(Divider()),
    st.builds(lambda spans, button: paragraph(*spans, button=button), st.lists(SPANS), st.none() | BUTTONS),
    st.builds(lambda pairs: Facts(tuple(pairs)), st.lists(st.tuples(NASTY, NASTY), max_size=25)),
    st.builds(lambda rows: Table(rows[0], tuple(rows[1:]), more=3), ROWS),
    st.builds(Code, NASTY),
    st.builds(Image, NASTY, NASTY),
    st.builds(lambda buttons: Buttons(tuple(buttons)), st.lists(BUTTONS, max_size=30)),
)


def card_of(*blocks, **kwargs):
    (page,) = render(Message("A summary.", tuple(blocks), **kwargs))
    return page.card


def of_kind(card, *kinds):
    return [each for each in walk(card) if each.get("type") in kinds]


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_is_one_card_within_the_limits(name):
    (page,) = render(MESSAGES[name]())

    assert broken_by(page.card) == []
    assert 1 <= len(page.summary) <= 300
    assert "{{" not in page.summary


@given(st.lists(BLOCKS, max_size=12), st.sampled_from(Tone), NASTY)
def test_whatever_is_said_stays_within_the_limits(blocks, tone, summary):
    pages = render(Message(summary, tuple(blocks), tone))

    assert [broken_by(page.card) for page in pages] == [[]] * len(pages)
    assert all(page.summary for page in pages)


@given(NASTY)
def test_words_are_read_as_they_are(said):
    assert literal(card_of(paragraph("#1 ", text(said), " it is", button=ACK))) == (f"#1 {clean(said)} it is").replace(
        "\u00a0", " "
    ).replace("\u2060", "").replace("\u200b", "")


def test_names_that_look_like_markup_format_link_and_ping_nobody():
    card = card_of(paragraph(bold("#1"), text(f" {HOSTILE}")), Heading(HOSTILE), Facts(((HOSTILE, HOSTILE),)))

    assert of_kind(card, "TextBlock", "FactSet", "Action.OpenUrl") == []
    assert "entities" not in card["msteams"]
    assert literal(card).count(clean(HOSTILE)) == 4


@pytest.mark.parametrize("said", ["{{DATE(2026-03-04T06:45:00Z, SHORT)}}", "{{{{TIME(x)}}", "{{"])
def test_no_date_is_put_in_place_of_words(said):
    card = card_of(paragraph(said))

    assert broken_by(card) == []
    assert literal(card) == said


def test_a_link_is_ours_alone():
    (drawn,) = of_kind(card_of(paragraph(link("the post", "https://teams.example/l/1?a=1&b=2"))), "TextRun")

    assert drawn["selectAction"] == {"type": "Action.OpenUrl", "url": "https://teams.example/l/1?a=1&b=2"}
    for target in ("javascript:alert(1)", "msteams://x", "https://a b", ""):
        assert of_kind(card_of(paragraph(link("here", target))), "Action.OpenUrl") == []


def test_who_is_on_duty_is_notified_by_their_object_id():
    card = card_of(paragraph("First step: call. ", Span(JO, Style.MENTION, JO)))

    assert card["msteams"]["entities"] == [
        {"type": "mention", "text": "<at>on duty</at>", "mentioned": {"id": JO, "name": "on duty"}}
    ]
    assert literal(card) == "<at>on duty</at>\nFirst step: call. "


@pytest.mark.parametrize("target", ["29:1abc", "everyone", "U012AB3CD", f"{JO}>", ""])
def test_only_the_id_of_a_person_is_a_mention(target):
    card = card_of(paragraph(Span("Jo", Style.MENTION, target)))

    assert "entities" not in card["msteams"]
    assert [run["weight"] for run in of_kind(card, "TextRun")] == ["Bolder"]


@given(st.from_regex(r"[a-z]{1,10}", fullmatch=True), st.text(max_size=60), st.booleans())
def test_a_press_asks_for_what_its_button_says(verb, argument, menu):
    drawn = action(Button("Label", verb, argument, menu=menu))

    assert pressed(drawn["data"]) == pressed(drawn["fallback"]["data"]) == Asked(verb, argument)


@pytest.mark.parametrize(
    "data", [None, [], "ack", {}, {"verb": ""}, {"verb": "Ack 1"}, {"verb": 3}, {"verb": "ack", "argument": "x" * 2001}]
)
def test_a_press_that_is_not_ours_asks_for_nothing(data):
    assert pressed(data) is None


def test_an_argument_is_never_cut():
    assert titles(card_of(paragraph("a", button=Button("Which?", "client", "x" * 2001)))) == []


def test_buttons_for_later_wait_behind_the_dots_and_titles_are_short():
    later = [Button(verb.title(), verb, "1", menu=True) for verb in ("history", "explain", "unack")]
    card = card_of(Buttons((ACK, Button("Snooze", "snooze", "1"), Button("Ticket", "ticket", "1"), *later)))

    assert titles(card) == ["Ack", "Snooze", "Ticket"]
    assert [each["title"] for each in of_kind(card, "Action.Execute")][3:] == ["History", "Explain", "Unack"]
    assert of_kind(card, "Action.Execute")[0]["tooltip"] == "Acknowledge"


def test_each_row_has_its_own_button_beside_it():
    rows = tuple(paragraph(f"#{n} disk full", button=Button("Acknowledge", "ack", str(n))) for n in range(12))

    card = card_of(*rows)

    assert titles(card) == ["Ack"] * 12
    assert [each["data"]["argument"] for each in of_kind(card, "Action.Execute")] == [str(n) for n in range(12)]
    assert {len(each["actions"]) for each in of_kind(card, "ActionSet")} == {1}


@pytest.mark.parametrize("button", [None, ACK])
def test_a_message_too_long_goes_on_in_further_cards_and_loses_nothing(button):
    lines = [f"Line {n} {'x ' * 150}" for n in range(100)]

    pages = render(Message("Much.", tuple(paragraph(line, button=button) for line in lines)))

    said = [line for page in pages for line in literal(page.card).split("\n") if line.startswith("Line")]
    assert said == lines
    assert literal(pages[0].card).endswith("Continued below.")
    assert literal(pages[1].card).startswith(f"Continued, 2 of {len(pages)}")
    assert [page.summary for page in pages[:2]] == ["Much.", "Continued: Much."]


def test_more_than_anybody_reads_is_cut_aloud():
    pages = render(Message("Far too much.", tuple(paragraph("x " * 900) for _ in range(200))))

    assert len(pages) == PAGES_MAX
    assert "“help” tells how" in literal(pages[-1].card)
    assert broken_by(pages[-1].card) == []


def test_a_table_that_a_phone_cannot_show_becomes_lines():
    narrow = Table(("name", "age"), (("PC1", "2 d"), ("PC2", "")), more=4)
    wide = Table(("name", "kind", "run", "age"), (("PC1", "VM", "failed", "2 d"),))

    assert len(of_kind(card_of(narrow), "Table")) == 1
    assert literal(card_of(narrow)) == "name\nage\nPC1\n2 d\nPC2\n–\nand 4 more"
    assert literal(card_of(wide)) == "name · kind · run · age\nPC1 · VM · failed · 2 d"


def test_a_long_table_says_its_columns_on_every_part():
    rows = tuple((f"PC{n:03}", "28 h") for n in range(90))

    drawn = [
        table["rows"]
        for page in render(Message("x", (Table(("a", "b"), rows),)))
        for table in of_kind(page.card, "Table")
    ]

    names = [[cell["items"][0]["inlines"][0]["text"] for cell in row["cells"]] for table in drawn for row in table]
    assert names.count(["a", "b"]) == len(drawn) > 1
    assert [row[0] for row in names if row[0] != "a"] == [row[0] for row in rows]


def test_how_it_feels_is_told_once_and_by_a_shape_as_well_as_a_colour():
    card = card_of(Heading("One"), Heading("Two"), tone=Tone.ALARM)

    assert literal(card) == "🚨 One\nTwo"
    assert [each["style"] for each in of_kind(card, "Container")] == ["attention"]
    assert len(set(SIGNS.values())) == len(Tone)


def test_lines_of_code_stay_lines_and_keep_their_spaces():
    card = card_of(Code("one\n    two\n" + "three\n" * 100))

    assert literal(card).startswith("one\n    two\nthree")
    assert literal(card).endswith("three\n…")


def test_a_divider_is_a_line_above_what_follows():
    _, second = card_of(paragraph("above"), Divider(), paragraph("below"))["body"]

    assert second["separator"] is True


@given(st.text(st.sampled_from("abcXYZ09_-/.\\漢"), max_size=200), st.integers(5, 30))
def test_a_long_word_may_be_broken_and_loses_no_letter(word, most):
    pieces = breakable(word, most).split("\u200b")

    assert "".join(pieces) == word
    assert len(word) <= most or max(map(len, pieces)) <= most


def test_what_is_to_be_copied_keeps_its_empty_lines_and_ids():
    id = "e9febb15-d3da-55f9-8eed-bbb2dc775964"
    said = f"Tenant: Acme ({id})\n\nError: MemoFailedToDiscoverFesUri"

    [code] = card_of(Code(said))["body"]

    lines = [line["inlines"][0]["text"] for line in code["items"]]
    assert lines == [f"Tenant: Acme ({id})", "\u00a0", "Error: MemoFailedToDiscoverFesUri"]


def test_what_is_to_be_copied_is_there_to_its_last_line():
    said = "\n".join(f"{at} {'x' * 90}" for at in range(60))

    card = card_of(Code(said))

    assert broken_by(card) == []
    assert literal(card) == said


def test_of_very_many_lines_the_first_are_drawn():
    card = card_of(Code("a\n" * 500))

    assert broken_by(card) == []
    assert literal(card).endswith("a\n…")


def test_in_plain_lines_buttons_become_what_one_types():
    card = plainly(MESSAGES["everything"]()).card

    assert "with a button [ack 1]" in literal(card)
    assert "and 3 more" in literal(card)
    assert {each["type"] for each in card["body"]} == {"RichTextBlock"}


@pytest.mark.parametrize("name", MESSAGES)
def test_plain_lines_are_within_the_limits(name):
    assert broken_by(plainly(MESSAGES[name]()).card) == []


def test_a_form_asks_for_a_day_and_a_time_and_gives_them_back_as_one():
    form = Form(
        "Snooze #1",
        "Snooze",
        "snooze",
        "1",
        (
            Choice("who", "Who", (("u1", "Jo"), ("u2", "Ann")), "u1"),
            Moment("until", "Until", "2026-03-05 07:00"),
            Line("why", "Why", "disk", optional=True),
        ),
    )

    card = ask(form).card

    who, day, time, why = (each for each in walk(card) if str(each.get("type")).startswith("Input."))
    (submit,) = of_kind(card, "Action.Execute")
    assert broken_by(card) == []
    assert (who["value"], day["value"], time["value"], why["value"]) == ("u1", "2026-03-05", "07:00", "disk")
    assert [each.get("isRequired", False) for each in (who, day, time, why)] == [True, True, True, False]
    filled = {who["id"]: "u2", day["id"]: "2026-03-06", time["id"]: "08:30", why["id"]: ""}
    assert pressed(submit["data"] | filled) == Asked(
        "snooze", "1", {"who": "u2", "until": "2026-03-06 08:30", "why": ""}
    )


def test_a_form_with_names_of_strangers_reads_nothing_into_them():
    form = Form(
        HOSTILE, HOSTILE, "client", "", (Choice("who", HOSTILE, tuple((str(n), HOSTILE) for n in range(150)), "7"),)
    )

    card = ask(form).card

    assert broken_by(card) == []
    assert of_kind(card, "Input.ChoiceSet")[0]["style"] == "compact"
