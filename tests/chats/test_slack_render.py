"""Slack's spelling of a message: within its limits, nothing lost, and no word of a stranger's obeyed."""

import html
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chats.slack.form import modal
from bot.chats.slack.limits import PAGES_MAX
from bot.chats.slack.press import Asked, actions, pressed
from bot.chats.slack.render import SIGNS, home, render, sheet, words
from bot.chats.slack.words import escaped, inert
from bot.core.intent import Choice, Form, Line, Moment, fill
from bot.core.message import (
    Button,
    Buttons,
    Code,
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
    quiet,
    text,
)
from bot.core.words import is_address
from tests.chats.slack_laws import broken_by, literal, walk
from tests.messages import HOSTILE, MESSAGES

ACK = Button("Acknowledge", "ack", "1")
NASTY = st.text(st.sampled_from(' <>&*_~`:|#@!\n"\\\u202eaZé😀漢'), max_size=60) | st.text(max_size=40)
SPANS = st.builds(Span, NASTY, st.sampled_from(Style), NASTY | st.just("https://example.com/?a=1&b=2"))
BUTTONS = st.builds(Button, NASTY, st.sampled_from(("ack", "snooze")), NASTY, primary=st.booleans(), menu=st.booleans())
ROWS = st.integers(1, 4).flatmap(lambda n: st.lists(st.tuples(*[NASTY] * n), min_size=1, max_size=5))
BLOCKS = st.one_of(
    st.builds(Heading, NASTY),
    st.builds(lambda spans, button: paragraph(*spans, button=button), st.lists(SPANS), st.none() | BUTTONS),
    st.builds(lambda pairs: Facts(tuple(pairs)), st.lists(st.tuples(NASTY, NASTY), max_size=25)),
    st.builds(lambda rows: Table(rows[0], tuple(rows[1:]), more=3), ROWS),
    st.builds(Code, NASTY),
    st.builds(Image, NASTY, NASTY),
    st.builds(lambda buttons: Buttons(tuple(buttons)), st.lists(BUTTONS, max_size=30)),
)


def blocks_of(*neutral, **kwargs):
    (page,) = render(Message("A summary.", tuple(neutral), **kwargs))
    return list(page.blocks)


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_is_within_the_limits(name):
    message = MESSAGES[name]()

    for page in render(message):
        assert broken_by(page.blocks) == []
        assert 1 <= len(page.text) <= 4000
    assert broken_by(home(message)["blocks"], surface="home") == []
    assert broken_by(sheet(message, title="x")["blocks"], surface="modal") == []


@pytest.mark.parametrize("name", [name for name in MESSAGES if "huge" in name or "digest" in name or "card" in name])
def test_digests_and_cards_are_one_post(name):
    assert len(render(MESSAGES[name]())) == 1


def test_what_is_to_be_copied_is_there_to_its_last_line():
    said = "\n".join(f"{at} {'x' * 90}" for at in range(60))

    [page] = render(Message("a ticket", (Code(said),)))

    parts = [each["elements"][0]["elements"][0]["text"] for each in page.blocks]
    assert broken_by(page.blocks) == []
    assert "\n".join(parts) == said


@given(st.lists(BLOCKS, max_size=12), st.sampled_from(Tone), NASTY)
def test_whatever_is_said_stays_within_the_limits(blocks, tone, summary):
    message = Message(summary, tuple(blocks), tone)

    pages = render(message)

    assert [broken_by(page.blocks) for page in pages] == [[]] * len(pages)
    assert all(page.text and "<" not in page.text and ">" not in page.text for page in pages)
    assert broken_by(home(message)["blocks"], surface="home") == []


@given(NASTY, st.sampled_from(Style))
def test_words_beside_a_button_are_read_as_they_are(words, style):
    first, *_ = blocks_of(paragraph("#1 ", Span(words, style), " it is", button=ACK))

    said = html.unescape(first["text"]["text"]) if first["type"] == "section" else literal([first]).replace("\n", "")
    marks = "*`" if first["type"] == "section" else ""
    assert "".join(letter for letter in said if letter not in marks) == f"#1 {clean(words)} it is"


def test_names_that_look_like_markup_are_drawn_where_nothing_is_parsed():
    blocks = blocks_of(paragraph(bold("#1"), text(f" {HOSTILE}"), button=ACK))

    assert clean(HOSTILE) in literal(blocks)
    assert not [each for each in walk(blocks) if each.get("type") == "mrkdwn"]


@pytest.mark.parametrize("name", ["SRV_FILE_01", "SQL-2", r"\\NAS01\backup", "50 % & <more>", "C:\\Data", "02:10"])
def test_ordinary_names_stand_beside_their_button(name):
    (section,) = blocks_of(paragraph(bold("#1 NEW"), text(f" {name} · full"), button=ACK))

    assert section["type"] == "section"
    assert html.unescape(section["text"]["text"]) == f"*#1 NEW* {name} · full"


@pytest.mark.parametrize(
    "name", ["*PROD*", "_old_", "~gone~", "`rm`", ":fire:", "> quoted", "a _b", "<!here> *x*", "x*"]
)
def test_a_name_that_would_format_takes_the_longer_way(name):
    assert [block["type"] for block in blocks_of(paragraph(name, button=ACK))] == ["rich_text", "actions"]


def test_a_link_and_a_mention_are_ours_alone():
    spans = (link("the post", "https://acme.slack.com/archives/C1/p1?a=1&b=2"), Span(" Jo", Style.MENTION, "U012AB3CD"))

    (beside,) = blocks_of(paragraph(*spans, button=ACK))
    (alone,) = blocks_of(paragraph(*spans, Span("ops", Style.MENTION, "S012AB3CD")))

    assert beside["text"]["text"] == "<https://acme.slack.com/archives/C1/p1?a=1&amp;b=2|the post><@U012AB3CD>"
    assert [each["type"] for each in alone["elements"][0]["elements"]] == ["link", "user", "usergroup"]


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "slack://x", "https://a b", "https://x|y", "//x", "https://"]
)
def test_only_web_addresses_are_links(target):
    assert not is_address(target)
    assert "link" not in {each.get("type") for each in walk(blocks_of(paragraph(link("here", target))))}


@pytest.mark.parametrize("target", ["<!channel>", "here", "channel", "U1", "u012ab3cd", "U012AB3CD>"])
def test_only_the_id_of_a_person_or_group_is_a_mention(target):
    (block,) = blocks_of(paragraph(Span("Jo", Style.MENTION, target)))

    assert block["elements"][0]["elements"] == [{"type": "text", "text": "Jo", "style": {"bold": True}}]


@given(NASTY, st.integers(6, 80))
def test_escaping_never_cuts_through_an_entity(said, most):
    short = escaped(said, most)

    beginnings = [html.escape(said[:n], quote=False) for n in range(len(said) + 1)]
    assert len(short) <= most
    assert short == beginnings[-1] or short.removesuffix("…") in beginnings[:-1]


@given(st.from_regex(r"[a-z]+", fullmatch=True), st.text(max_size=60), st.booleans())
def test_a_press_asks_for_what_its_button_says(verb, argument, menu):
    (row,) = actions([Button("Label", verb, argument, menu=menu)], count())
    (drawn,) = row["elements"]
    chosen = drawn["options"][0] if menu else drawn

    assert pressed(drawn["action_id"], chosen["value"]) == Asked(verb, argument)


@pytest.mark.parametrize(("action_id", "value"), [("press.1", ""), ("press.1", " x"), ("other", "ack 1"), ("", "ack")])
def test_a_press_that_is_not_ours_asks_for_nothing(action_id, value):
    assert pressed(action_id, value) is None


def test_buttons_for_later_wait_in_a_menu():
    (row,) = actions(
        [ACK, Button("Snooze", "snooze", "1"), Button("Ticket", "ticket", "1")]
        + [Button(verb.title(), verb, "1", menu=True) for verb in ("history", "explain", "unack")],
        count(),
    )

    assert [each.get("value") for each in row["elements"]] == ["ack 1", "snooze 1", "ticket 1", None]
    assert [option["value"] for option in row["elements"][3]["options"]] == ["history 1", "explain 1", "unack 1"]


def test_an_argument_is_never_cut():
    long = Button("Which?", "client", "x" * 2000)
    longer_than_a_menu_takes = Button("Which?", "client", "x" * 100, menu=True)

    assert blocks_of(paragraph("a", button=long)) == blocks_of(paragraph("a"))
    (row,) = actions([longer_than_a_menu_takes], count())
    assert row["elements"][0]["value"] == f"client {'x' * 100}"


def test_a_message_too_long_goes_on_in_the_thread_and_loses_nothing():
    lines = [f"Line {n} {'x' * 300}" for n in range(60)]

    pages = render(Message("Much.", tuple(paragraph(line) for line in lines)))

    assert len(pages) == 3
    assert [line for page in pages for line in literal(page.blocks).split("\n") if "Line" in line] == lines
    assert literal(pages[0].blocks).endswith("Continued in the thread.")
    assert literal(pages[1].blocks).startswith("Continued, 2 of 3")
    assert [page.text for page in pages] == ["Much.", "Continued: Much.", "Continued: Much."]


def test_more_than_anybody_reads_is_cut_aloud():
    message = Message("Far too much.", tuple(paragraph("x" * 900) for _ in range(200)))

    pages = render(message)

    assert len(pages) == PAGES_MAX
    assert "/fortress help" in literal(pages[-1].blocks)
    assert broken_by(pages[-1].blocks) == []
    assert "/fortress help" in literal(home(Message("x", message.blocks * 2))["blocks"][-1:])


def test_a_long_table_says_its_columns_on_every_page():
    rows = tuple((f"PC{n:03}", "Brightwater", "28 h") for n in range(150))

    pages = render(Message("Many.", (Table(("workload", "client", "last good"), rows, more=7),)))

    drawn = [block["rows"] for page in pages for block in page.blocks if block["type"] == "table"]
    assert {table[0][0]["text"] for table in drawn} == {"workload"}
    assert [row[0]["text"] for table in drawn for row in table[1:]] == [row[0] for row in rows]
    assert "and 7 more" in literal(pages[-1].blocks)


def test_a_second_table_waits_for_the_next_page():
    table = Table(("a",), (("1",),))

    assert [len([b for b in page.blocks if b["type"] == "table"]) for page in render(Message("x", (table, table)))] == [
        1,
        1,
    ]


def test_a_home_has_no_table_but_all_its_rows():
    said = literal(home(Message("x", (Table(("name", "age"), (("PC1", "2 d"), ("PC2", "")), more=4),)))["blocks"])

    assert said == "name · age\nPC1 · 2 d\nPC2 · –\nand 4 more"


def test_a_long_heading_keeps_large_letters_for_its_beginning():
    title = "Backups, Wed 06:45 · 3 things need hands · 29 workloads failing, 5 causes · 11 healed since 22:45"

    header, rest = blocks_of(Heading(title), tone=Tone.ALARM)

    assert header["text"]["text"] == "🚨 Backups, Wed 06:45 · 3 things need hands"
    assert literal([rest]) == "29 workloads failing, 5 causes · 11 healed since 22:45"


@pytest.mark.parametrize(
    ("title", "drawn"),
    [
        (f"#1 {'x' * 60} · {'y' * 60}: disk full", [f"#1 {'x' * 60} · {'y' * 60}", "disk full"]),
        (f"#1 {'x' * 100}", [f"#1 {'x' * 100}"]),
        (f"#1 {'x' * 200}", [f"#1 {'x' * 146}…", f"#1 {'x' * 200}"]),
    ],
)
def test_a_heading_without_an_early_pause_is_split_later_or_said_whole(title, drawn):
    assert literal(blocks_of(Heading(title))).split("\n") == drawn


def test_how_it_feels_is_told_once_and_by_a_shape():
    blocks = blocks_of(Heading("One"), Heading("Two"), tone=Tone.WATCH)

    assert [block["text"]["text"] for block in blocks] == ["👀 One", "Two"]
    assert len(set(SIGNS.values())) == len(Tone)


def test_a_quiet_paragraph_is_small_and_a_summary_alone_is_a_paragraph():
    assert [block["type"] for block in blocks_of(paragraph(quiet("as before")))] == ["context"]
    (page,) = render(Message("All <well> & *good*"))
    assert page.text == "All &lt;well&gt; &amp; *good*"
    assert literal(page.blocks) == "All <well> & *good*"


def test_a_fact_that_would_format_is_plain():
    (section,) = blocks_of(Facts((("Code", "*x*"), ("Plan", "Night_ly & <co>"))))

    assert section["fields"][0] == {"type": "plain_text", "text": "Code: *x*", "emoji": False}
    assert section["fields"][1]["text"] == "*Plan:* Night_ly &amp; &lt;co&gt;"


def test_in_words_buttons_become_what_one_types():
    said = words(MESSAGES["everything"]())

    assert "with a button [/fortress ack 1]" in said
    assert "first · 1" in said
    assert "and 3 more" in said


def test_plain_text_that_people_read_has_marks_where_it_would_format_and_nowhere_else():
    assert inert("SRV_FILE_01, 02:10:33h & <b>", 100) == "SRV_FILE_01, 02\u2060:10:33h &amp; &lt;b&gt;"
    assert inert("*x*\n> _y", 100) == "\u2060*x\u2060*\n\u2060&gt; \u2060_y"


def test_a_form_asks_for_a_day_and_a_time_and_gives_them_back_as_one():
    form = Form(
        "Snooze #1, #2, #3, #4, #5, #6",
        "Snooze",
        "snooze",
        "1",
        (
            Moment("until", "Until", "2026-03-05 07:00"),
            Line("why", "Why", "disk", optional=True),
            Choice("who", "Who", (("u1", "Jo"), ("x" * 99, "Ann")), "u1"),
        ),
    )

    view = modal(form, private="carried")

    day, time, why, who = (block["element"] for block in view["blocks"])
    assert (day["initial_date"], time["initial_time"]) == ("2026-03-05", "07:00")
    assert [block["label"]["text"] for block in view["blocks"]] == ["Until, day", "Until, time", "Why", "Who"]
    assert why["initial_value"] == "disk"
    assert who["initial_option"] == who["options"][0]
    assert len(who["options"]) == 1
    assert view["title"]["text"] == "Snooze #1, #2, #3, #4, …"
    assert view["private_metadata"] == "carried"
    assert broken_by(view["blocks"], surface="modal") == []
    assert fill({"until": "2026-03-06", "until.time": "08:30", "why": ""}) == {"until": "2026-03-06 08:30", "why": ""}
