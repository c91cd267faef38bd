"""One person's pane: each cause in one part of it, and never green when blind."""

import pytest
from msgspec.structs import replace

from bot.core.digest import rows_of
from bot.core.incident import Acknowledgement
from bot.core.memory import Memory
from bot.core.pane import pane_of
from tests.builders import DISK_FULL, NAS_GONE, WEDNESDAY, a_batch, a_memory, an_activity, at

WELL = a_memory(a_batch([an_activity("04 02:00")]))


def pane(memory, me="u1"):
    return pane_of(memory, rows_of(memory, now=WEDNESDAY), me)


def held_by(memory, who, *, snoozed=False):
    """Give every row to somebody."""
    given = [
        Acknowledgement(row.target, who, who, WEDNESDAY, row.cause, row.disposition, at("05 07:00"), snoozed=snoozed)
        for row in rows_of(memory, now=WEDNESDAY)
    ]
    return replace(memory, acknowledgements={each.target: each for each in given})


def nights(failure, *days):
    return a_memory(*(a_batch([an_activity(f"{day} 02:00", failure)], now=at(f"{day} 06:45")) for day in days))


@pytest.mark.parametrize(
    ("memory", "parts"),
    [
        (nights(DISK_FULL, "04"), (1, 0, 0)),
        (nights(DISK_FULL, "03", "04"), (1, 0, 0)),
        (held_by(nights(DISK_FULL, "03", "04"), "u1"), (0, 1, 0)),
        (held_by(nights(DISK_FULL, "03", "04"), "u1", snoozed=True), (0, 1, 0)),
        (held_by(nights(DISK_FULL, "04"), "u2"), (0, 0, 0)),
        (held_by(nights(DISK_FULL, "03", "04"), "u2"), (0, 0, 1)),
        (held_by(nights(DISK_FULL, "03", "04"), "u2", snoozed=True), (0, 0, 0)),
        (nights(NAS_GONE, "04"), (0, 0, 0)),
        (nights(NAS_GONE, "03", "04"), (0, 0, 1)),
    ],
)
def test_a_cause_stands_in_one_part(memory, parts):
    found = pane(memory)

    assert (len(found.hands), len(found.mine), len(found.lasting)) == parts
    assert len(found.rows) == 1


@pytest.mark.parametrize(
    "memory",
    [
        Memory(),
        a_memory(a_batch([an_activity("04 02:00")], unread=["Fenn"])),
        replace(WELL, runs=(replace(WELL.runs[0], coverage=replace(WELL.runs[0].coverage, gaps=("no alerts",))),)),
        replace(WELL, runs=(replace(WELL.runs[0], coverage=replace(WELL.runs[0].coverage, quarantined=1)),)),
        a_memory(a_batch()),
    ],
    ids=["nothing read", "a client not read", "a gap", "odd records", "no result at all"],
)
def test_what_could_not_be_seen_is_no_good_news(memory):
    assert pane(memory).is_blind


def test_what_was_seen_whole_is():
    assert not pane(WELL).is_blind
