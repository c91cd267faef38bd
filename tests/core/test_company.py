"""Who is who in a ticket system: proposed only where a name is the same, and never without a person's yes."""

import pytest

from bot.core.activity import Ref
from bot.core.company import BY_HAND, NONE, SAME_NAME, SEVERAL, Company, confirmed, proposed, sheet_of

ACME, FENN = Ref("c-1", "Acme"), Ref("c-2", "Fenn")


def the_one(clients, theirs, known=()):
    [row] = proposed(clients, theirs, known)
    return row


@pytest.mark.parametrize("name", ["Acme", "ACME", " acme "])
def test_the_same_name_is_proposed_and_not_confirmed(name):
    row = the_one([ACME], {12: name})

    assert (row.theirs, row.is_confirmed, row.found) == (12, False, SAME_NAME)


@pytest.mark.parametrize("name", ["Acme Ltd", "Acm", "A c m e", "Akme", ""])
def test_a_name_that_is_only_alike_is_not_proposed(name):
    row = the_one([ACME], {12: name})

    assert (row.theirs, row.found) == (None, NONE)


def test_of_two_with_one_name_none_is_proposed():
    row = the_one([ACME], {12: "Acme", 13: "acme"})

    assert (row.theirs, row.found) == (None, SEVERAL)


@pytest.mark.parametrize(
    "known",
    [
        Company("c-1", "Acme", 40, "Acme Holding", 7, is_confirmed=True, found=BY_HAND),
        Company("c-1", "Acme", 40, "Acme Holding", 7, found=BY_HAND),
        Company("c-1", "Acme", 40, "Acme Holding", 7, found=""),
    ],
)
def test_what_a_person_wrote_stays(known):
    row = the_one([ACME], {12: "Acme", 40: "Acme Holding"}, [known])

    assert (row.theirs, row.site, row.is_confirmed) == (40, 7, known.is_confirmed)


def test_a_proposal_that_was_confirmed_stays_whatever_the_names_are_now():
    known = Company("c-1", "Acme", 12, "Acme", is_confirmed=True, found=SAME_NAME)

    row = the_one([Ref("c-1", "Acme Group")], {12: "Acme (old)", 13: "Acme Group"}, [known])

    assert (row.name, row.theirs, row.their_name, row.is_confirmed) == ("Acme Group", 12, "Acme (old)", True)


def test_a_proposal_nobody_confirmed_is_made_anew():
    known = Company("c-1", "Acme", 12, "Acme", found=SAME_NAME)

    assert the_one([ACME], {13: "Acme"}, [known]).theirs == 13


def test_a_client_that_is_not_seen_any_more_keeps_its_row_and_those_to_be_confirmed_come_first():
    gone = Company("c-9", "Aaa", 90, "Aaa", is_confirmed=True, found=SAME_NAME)

    rows = proposed([FENN, ACME], {12: "Acme", 13: "Fenn"}, [gone])

    assert [each.id for each in rows] == ["c-1", "c-2", "c-9"]


@pytest.mark.parametrize(
    ("cell", "says"), [("yes", True), (" YES ", True), ("x", True), ("no", False), ("", False), ("?", False)]
)
def test_only_a_clear_yes_confirms(cell, says):
    assert confirmed(cell) is says


def test_the_sheet_says_no_until_somebody_says_yes():
    [row] = sheet_of([Company("c-1", "Acme", 12, "Acme", found=SAME_NAME)]).rows

    assert row == ("c-1", "Acme", 12, "Acme", "", "no", SAME_NAME)
