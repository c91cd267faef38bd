"""The digest in words: it always says something, and never looks green when it could not see."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.core.activity import ClientCoverage, Outcome, Reading, Ref
from bot.core.digest import rows_of, summarise
from bot.core.message import Paragraph, Tone, plain
from bot.wording.digest import digest_message, row_line
from classifier.facts import JobFacts
from tests.builders import (
    DISK_FULL,
    NAS_GONE,
    STRANGE,
    WEDNESDAY,
    a_batch,
    a_memory,
    an_activity,
    at,
)
from tests.messages import CLIENTS, MESSAGES, VOICE, WELL, digest, night

ALL_WELL = a_batch([an_activity("04 02:00", client=name) for name in CLIENTS], clients=CLIENTS)


def words_of(message):
    return "\n".join(plain(block.spans) for block in message.blocks if isinstance(block, Paragraph))


def blinded(memory, **changes):
    run = memory.runs[-1]
    found = replace(summarise(memory, run, now=run.read_at), **changes)
    return digest_message(found, VOICE)


@pytest.mark.parametrize("name", [name for name in MESSAGES if name.startswith("digest")])
def test_law_6_every_run_says_something(name):
    message = MESSAGES[name]()

    assert len(message.summary) > 20
    assert message.blocks


def test_when_all_is_well_it_says_how_much_that_is():
    message = digest(a_memory(WELL, ALL_WELL))

    assert message.tone is Tone.GOOD
    assert "7 backups of 7 clients read, all well." in words_of(message)


@pytest.mark.parametrize(
    "changes",
    [
        {"unread": ((ClientCoverage(Ref("c", "Acme"), Reading.UNREAD, why="500"), 3),)},
        {"gaps": ("4 activities belong to no client we know",)},
        {"quarantined": 2},
        {"clients_read": 6},
        {"newest": None},
    ],
    ids=["a client not read", "a gap", "odd records", "fewer read than there are", "no result at all"],
)
def test_it_is_never_green_when_blind(changes):
    message = blinded(a_memory(WELL, ALL_WELL), **changes)

    assert message.tone is not Tone.GOOD
    assert "all well" not in message.summary + words_of(message)


def test_gaps_and_odd_records_are_said():
    words = words_of(blinded(a_memory(WELL, ALL_WELL), gaps=("the alerts were not read",), quarantined=2))

    assert "GAP: the alerts were not read." in words
    assert "GAP: 2 records could not be understood and were set aside" in words


def test_a_warning_is_counted_apart_and_never_called_a_failure():
    warned = an_activity("04 02:00", STRANGE, outcome=Outcome.WARNED, facts=JobFacts(backup_completed=True))

    message = digest(a_memory(WELL, a_batch([warned], clients=CLIENTS)))

    assert "1 with warnings, 1 cause" in message.summary
    assert "failing" not in message.summary
    assert "warned: code NeverSeenBefore" in words_of(message)


def row_words(*activities, index=0):
    memory = a_memory(WELL, a_batch(activities, clients=CLIENTS))
    return plain(row_line(rows_of(memory, now=WEDNESDAY)[index], VOICE, now=WEDNESDAY).spans)


def test_a_watched_row_says_when_it_stops_being_one():
    assert "since 02:00, call them if 2 more runs fail" in row_words(an_activity("04 02:00", NAS_GONE))


def test_an_urgent_row_says_the_first_step():
    assert "connect to the local storage and make space" in row_words(an_activity("04 02:00", DISK_FULL))


def test_a_row_says_how_old_the_last_good_backup_is():
    assert "last good 28 h" in row_words(an_activity("04 02:00", DISK_FULL))


def test_days_are_counted_from_the_first_failure():
    memory = a_memory(
        WELL, a_batch([an_activity(f"{day:02} 02:10", NAS_GONE) for day in (4, 5, 6)], now=at("06 06:45"))
    )

    (row,) = rows_of(memory, now=at("06 06:45"))

    assert "#1 DAY 3 Acme" in plain(row_line(row, VOICE, now=at("06 06:45")).spans)


def test_the_owner_stands_in_the_row_instead_of_the_button():
    block = next(b for b in MESSAGES["digest-owned"]().blocks if isinstance(b, Paragraph) and "Jo" in plain(b.spans))

    assert "Jo has it since 06:45, until Sat 06:45 (disk ordered)" in plain(block.spans)
    assert block.button is None


def test_what_changed_is_all_that_a_later_digest_lists():
    memory = a_memory(WELL, a_batch([an_activity("04 02:00", DISK_FULL)], clients=CLIENTS))
    later = a_batch(
        [an_activity("04 09:00", NAS_GONE, client="Fenn")], now=WEDNESDAY + timedelta(hours=8), clients=CLIENTS
    )

    words = words_of(digest(a_memory(WELL, a_batch([an_activity("04 02:00", DISK_FULL)]), later), full=False))

    assert "NEW Fenn" in words
    assert "SRV1 · backup destination full" not in words
    assert "1 cause as before; “open” lists it" in words
    assert memory.incidents


def test_the_summary_is_the_whole_of_it_in_one_line():
    assert digest(night()).summary == (
        "Backups, Wed 06:45 · 3 things need hands · 29 workloads failing, 5 causes, 5 of them new · "
        "read 7 of 7 clients, 34 of 34 workloads"
    )
