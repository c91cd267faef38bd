"""What phones and tired fingers do to text is undone."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.commands import read_intent
from bot.commands.words import numbers_first, read_until, tidy, unquoted
from bot.core.intent import Actor
from tests.builders import WEDNESDAY, at

JO = Actor("u1", "Jo", "console")
UTC = ZoneInfo("UTC")


def test_phones_spell_spaces_quotes_and_dashes_their_own_way():
    assert tidy("client\u00a0“Acme – North”\u200b") == 'client "Acme - North"'


@pytest.mark.parametrize(
    "typed", ["/fortress client acme", "  Client\u00a0acme ", "CLIENT   acme", "/Fortress  client acme"]
)
def test_the_same_words_are_the_same_intent(typed):
    intent = read_intent(typed, JO)

    assert (intent.verb, intent.argument) == ("client", "acme")


def test_quotes_around_a_name_are_not_part_of_it():
    assert unquoted('"Acme Ltd"') == "Acme Ltd"
    assert unquoted('"Acme" Ltd') == '"Acme" Ltd'


@pytest.mark.parametrize(
    ("typed", "numbers", "rest"),
    [
        ("12", [12], ""),
        ("#12 disk is on order", [12], "disk is on order"),
        ("12, #13 14", [12, 13, 14], ""),
        ("12 “called them, twice”", [12], "called them, twice"),
        ("disk", [], "disk"),
        ("12 2 disks ordered", [12], "2 disks ordered"),
        ("12 13 14", [12, 13, 14], ""),
        ("12 #13 both", [12, 13], "both"),
    ],
)
def test_numbers_come_first(typed, numbers, rest):
    assert numbers_first(typed) == (numbers, rest)


@pytest.mark.parametrize(
    ("typed", "until"),
    [
        ("4h", WEDNESDAY + timedelta(hours=4)),
        ("until 2d", WEDNESDAY + timedelta(days=2)),
        ("90 minutes", WEDNESDAY + timedelta(minutes=90)),
        ("1 week", WEDNESDAY + timedelta(weeks=1)),
        ("18:00", at("04 18:00")),
        ("06:00", at("05 06:00")),
        ("tomorrow", at("05 07:00")),
        ("tomorrow 18:30", at("05 18:30")),
        ("mon 09:00", at("09 09:00")),
        ("wed", at("11 07:00")),
        ("2026-03-05 07:00", at("05 07:00")),
        ("2026-03-05T07:00", at("05 07:00")),
        ("2026-03-06", at("06 07:00")),
        ("9am", at("04 09:00")),
        ("9:30 pm", at("04 21:30")),
        ("fri 9am", at("06 09:00")),
        ("thursday", at("05 07:00")),
    ],
)
def test_an_end_can_be_said_in_many_ways(typed, until):
    assert read_until(typed, now=WEDNESDAY, zone=UTC) == until


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "soon",
        "25:00",
        "tomorrow 99:99",
        "2026-02-31",
        "-4h",
        "4 parsecs",
        "disk on order",
        "month",
        "satellite",
        "9",
        "13pm",
    ],
)
def test_what_names_no_time_is_not_guessed(typed):
    assert read_until(typed, now=WEDNESDAY, zone=UTC) is None


def test_a_time_is_meant_in_the_readers_zone():
    assert read_until("18:00", now=WEDNESDAY, zone=ZoneInfo("Asia/Kathmandu")) == at("04 12:15")
