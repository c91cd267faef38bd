"""The digest in words: it always says something, and never looks green when it could not see."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.core.activity import ClientCoverage, Outcome, Reading, Ref
from bot.core.digest import rows_of, summarise
from bot.core.exposure import Exemption, Exposure, ExposureKind
from bot.core.message import Paragraph, Tone, plain
from bot.core.policy import Policy
from bot.core.silence import NO_START
from bot.wording.answers import client_message
from bot.wording.digest import digest_message
from bot.wording.exposure import exposure_lines, good_words, limit_words
from bot.wording.row import row_line
from classifier.facts import JobFacts
from classifier.verdict import Disposition
from tests.builders import (
    DISK_FULL,
    NAS_GONE,
    STRANGE,
    WEDNESDAY,
    a_batch,
    a_memory,
    a_protection,
    a_standing,
    an_activity,
    at,
)
from tests.messages import CLIENTS, MESSAGES, VOICE, WELL, client, digest, exposed, night

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


# --- what is not safe though nothing failed ----------------------------------------------------------------------


def test_it_is_never_green_while_a_workload_is_exposed():
    for kind in ExposureKind:
        exposure = Exposure(kind, a_standing(), at("03 02:10"), at("04 06:45"))

        message = blinded(a_memory(WELL, ALL_WELL), exposed=(exposure,))

        assert message.tone is Tone.WATCH
        assert "all well" not in message.summary + words_of(message)
        assert "1 workload " in message.summary


def test_each_kind_of_exposure_says_what_a_person_asks_next():
    words = words_of(MESSAGES["digest-exposed"]())

    assert "UNPROTECTED, no plan: NEW Fenn LAB-PC (last good unknown)" in words
    assert "UNPROTECTED, plan switched off: NEW Orchard ARCHIVE (plan Nightly, last good unknown)" in words
    assert "VANISHED from Acronis' list: NEW Orchard OLDBOX (last listed Tue 22:45, last good 2 d)" in words
    assert "NO GOOD BACKUP KNOWN: NEW Kite SRV9 (next start 20:00)" in words
    assert "OVER THEIR RECOVERY POINT: Kite OLD-NAS (last good 20 d, limit 8 d)" in words


def test_what_needs_no_backup_is_counted_each_morning_and_named_with_its_reason_when_a_client_is_asked_for():
    listed = [a_protection(), a_protection("LAB", plan="")]
    memory = a_memory(a_batch([an_activity("04 02:00")], protections=listed))
    word = Exemption("Acme", "LAB", "rebuilt from an image", at("20 00:00"))
    spared = summarise(memory, memory.runs[-1], now=WEDNESDAY, policy=Policy(exempt=(word,)))

    words = words_of(digest_message(spared, VOICE))
    asked = client_message(
        memory.clients["c-Acme"], list(memory.standings.values()), [], VOICE, now=WEDNESDAY, exempt=(word,)
    )

    assert "1 workload without a backup on purpose (app.yaml)" in words
    assert asked.summary == "Acme: its one workload well"
    assert "No backup needed, says app.yaml: LAB (rebuilt from an image, until 20 Mar 00:00)" in words_of(asked)


def test_a_new_client_is_said_with_what_was_found_there():
    bare = a_protection("LAB", client="Fenn", plan="")
    first = a_batch([an_activity("03 02:00")], now=at("03 06:45"), protections=[a_protection()])
    runs = [an_activity("04 02:00"), an_activity("04 02:00", DISK_FULL, client="Fenn")]
    memory = a_memory(first, a_batch(runs, protections=[a_protection(), bare]))

    words = words_of(digest_message(summarise(memory, memory.runs[-1], now=WEDNESDAY), VOICE))

    assert (
        "New clients read for the first time: 1 workload already failing, 1 workload without a backup to rely on. "
        "They are listed, not announced."
    ) in words


def test_a_machine_whose_first_backup_is_running_is_said_so():
    first = an_activity("04 05:30", workload="NEW", outcome=Outcome.RUNNING)
    listed = [a_protection(), a_protection("NEW", next_at=at("05 02:00"))]
    memory = a_memory(a_batch([an_activity("04 02:00"), first], protections=listed))

    words = words_of(digest(memory))

    assert "NO GOOD BACKUP KNOWN: Acme NEW (its first is running since 05:30)" in words


def test_a_later_digest_names_what_is_newly_exposed_and_counts_the_rest():
    words = words_of(MESSAGES["digest-exposed-changes"]())

    assert "UNPROTECTED, no plan: NEW Kite NEW-PC" in words
    assert "As before: 2 workloads unprotected, 1 vanished, 1 without a good backup, 1 over the recovery point" in words
    assert "LAB-PC" not in words


def test_a_row_says_the_recovery_point_its_last_good_backup_is_over():
    words = words_of(MESSAGES["digest-exposed"]())

    assert "backup destination full · connect to the local storage and make space · failed 2 runs · " in words
    assert "last good 52 h, over its 36 h" in words


def test_many_exposed_are_counted_the_new_ones_and_the_oldest_first():
    standings = [a_standing(workload=f"PC{n}") for n in range(40)]
    exposed = [Exposure(ExposureKind.VANISHED, s, at("03 02:10"), at("04 06:45")) for s in standings]

    (line,) = exposure_lines(exposed, VOICE, now=WEDNESDAY, new=exposed[-1:])

    words = plain(line.spans)
    assert words.startswith(
        "VANISHED from Acronis' list: 40 workloads: NEW Acme PC39 (last listed 06:45, last good 28 h), "
    )
    assert words.endswith("and 35 more")


@pytest.mark.parametrize(
    ("hours", "words"), [(6, "6 h"), (36, "36 h"), (48, "2 d"), (84, "3.5 d"), (100, "100 h"), (252, "10.5 d")]
)
def test_a_recovery_point_is_said_in_the_unit_that_fits(hours, words):
    assert limit_words(timedelta(hours=hours)) == words


@pytest.mark.parametrize(
    ("hours", "limit", "words"),
    [
        (10 * 24 + 21, 252, "10.8 d ago, over its 10.5 d"),
        (36.7, 36, "36.7 h ago, over its 36 h"),
        (44.9, 36, "44 h ago, over its 36 h"),
        (120, 36, "5 d ago, over its 36 h"),
    ],
)
def test_an_age_is_never_so_round_that_it_looks_like_no_more_than_its_limit(hours, limit, words):
    assert good_words(WEDNESDAY - timedelta(hours=hours), timedelta(hours=limit), WEDNESDAY) == words


def test_a_group_says_how_many_are_over_their_recovery_point():
    listed = [a_protection(name, schedule=None, last_good_at=at("2026-02-20T02:00:00")) for name in ("A", "B")]
    night = [an_activity("04 02:00", DISK_FULL, workload=name) for name in ("A", "B")]
    memory = a_memory(a_batch([], now=at("03 06:45"), protections=listed), a_batch(night, protections=listed))
    (row,) = rows_of(memory, now=WEDNESDAY)

    every, one = (plain(row_line(each, VOICE, now=WEDNESDAY).spans) for each in (row, replace(row, over=row.over[:1])))

    assert every.endswith("last good 12 d, all over their recovery point")
    assert one.endswith("last good 12 d, 1 over their recovery point")


def test_a_backup_that_did_not_begin_says_since_when_and_what_comes_next():
    memory = exposed()
    row = next(row for row in rows_of(memory, now=WEDNESDAY) if row.incidents[0].failure == NO_START)
    watched = replace(row, disposition=Disposition.MONITOR)

    act, watch = (plain(row_line(each, VOICE, now=WEDNESDAY).spans) for each in (row, watched))

    assert "backup did not start · due Tue 02:00, nothing has begun since · check that the machine is on" in act
    assert "due Tue 02:00, nothing has begun since · judged again at the next refresh" in watch


def test_a_client_is_not_well_while_a_workload_of_it_is_exposed():
    title = MESSAGES["client-exposed"]().summary

    assert title == "Fenn: 1 of 3 workloads in trouble, 1 cause, 1 unprotected"
    assert client(exposed(), "c-Kite").summary == ("Kite: 1 workload without a good backup, 1 over the recovery point")


def test_the_others_of_a_client_are_well_only_where_that_is_true():
    listed = [a_protection(), a_protection("LAB", plan=""), a_protection("NEW", last_good_at=at("04 02:00"))]
    memory = a_memory(a_batch([an_activity("04 02:00")], protections=listed))

    assert client(memory, "c-Acme").summary == (
        "Acme: 1 workload unprotected, 1 workload of 3 without a result yet, the others well"
    )
