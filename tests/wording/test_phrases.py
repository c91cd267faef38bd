"""Small words: every number has its unit, every age is short, every name is one line."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.activity import Ref
from bot.wording.phrases import NAME_MAX, Voice, age, count, last_good, listed, name, size
from tests.builders import WEDNESDAY, at


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(minutes=-3), "0 min"),
        (timedelta(minutes=89), "89 min"),
        (timedelta(minutes=90), "1 h"),
        (timedelta(hours=31), "31 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(hours=48), "2 d"),
        (timedelta(days=400), "400 d"),
    ],
)
def test_an_age_has_one_unit(span, words):
    assert age(span) == words


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("04 02:10", "02:10"),
        ("03 02:10", "Tue 02:10"),
        ("2026-02-20T02:10:00", "20 Feb 02:10"),
        ("2025-03-03T02:10:00", "3 Mar 2025"),
    ],
)
def test_a_moment_is_as_short_as_it_stays_clear(when, words):
    assert Voice().moment(at(when), WEDNESDAY) == words


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "Tue 3 Mar 2026 23:10 UTC"),
        ("Europe/Berlin", "Wed 4 Mar 2026 00:10 CET"),
        ("America/Sao_Paulo", "Tue 3 Mar 2026 20:10 UTC-03"),
    ],
)
def test_what_leaves_the_house_has_its_day_year_and_zone(zone, words):
    assert Voice(zone=ZoneInfo(zone)).dated(at("03 23:10")) == words


def test_moments_are_told_in_the_readers_zone():
    assert Voice(ZoneInfo("Asia/Kathmandu")).clock(at("04 02:10")) == "07:55"


def test_bytes_are_binary_and_say_so():
    assert [size(0), size(1023), size(1536), size(264 * 2**30), size(5 * 2**50)] == [
        "0 B",
        "1023 B",
        "1.5 KiB",
        "264 GiB",
        "5.0 PiB",
    ]


def test_one_is_not_many():
    assert (count(1, "cause"), count(6140, "workload")) == ("1 cause", "6,140 workloads")


def test_a_few_are_named_and_the_rest_counted():
    assert listed(["A", "B", "C", "D", "E"]) == "A, B, C and 2 more"


def test_never_having_seen_a_good_backup_is_unknown_not_zero():
    assert last_good(None, WEDNESDAY) == "last good unknown"


def test_a_hostile_name_is_one_short_line():
    assert name("SRV\n\x1b[31m1\u202e\t2") == "SRV [31m1 2"
    assert len(name("x" * 500)) == NAME_MAX


def test_an_alias_replaces_a_clients_name_by_id_or_by_name():
    acme = Ref("c-1", "Acme Ltd")

    assert Voice(aliases={"c-1": "A-17"}).client(acme) == Voice(aliases={"Acme Ltd": "A-17"}).client(acme) == "A-17"
