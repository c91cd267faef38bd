"""A reading's story: order, counts, novelty, owners, and what could not be seen."""

from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from bot.core.activity import Ended, EndReason, Outcome
from bot.core.digest import Novelty, is_first_of_day, lapsed, narrowed, news_since_told, rows_of, summarise
from bot.core.incident import Acknowledgement, ChangeKind
from bot.core.reconcile import reconcile
from classifier import classify
from classifier.facts import JobFacts
from classifier.failure import Cause, Failure
from classifier.rulebook import DEFAULT, Mute
from classifier.verdict import Disposition, Party
from tests.builders import (
    CLOUD,
    CLOUD_GONE,
    CORRUPTED,
    DISK_FULL,
    NAS_GONE,
    STRANGE,
    WEDNESDAY,
    a_batch,
    a_memory,
    after,
    an_activity,
    at,
)

LATER = WEDNESDAY + timedelta(hours=8)
CLIENTS = ("Acme", "Fenn", "Kite", "Lumen", "Orchard")
WELL = a_batch([an_activity("03 02:00", client=name) for name in CLIENTS], now=at("03 06:45"))


def told(memory):
    return summarise(memory, memory.runs[-1], now=memory.runs[-1].read_at)


def an_ack(row, **changes):
    given = Acknowledgement(row.target, "u1", "Jo", LATER, row.cause, row.disposition)
    return replace(given, **changes)


def acknowledged(memory, *given):
    return replace(memory, acknowledgements={ack.target: ack for ack in given})


def test_act_now_comes_first_then_the_msps_own_work():
    batch = a_batch(
        [
            an_activity("04 02:00", CLOUD_GONE, client="Acme"),
            an_activity("04 02:01", NAS_GONE, client="Fenn"),
            an_activity("04 02:02", STRANGE, client="Kite"),
            an_activity("04 02:03", DISK_FULL, client="Lumen"),
            an_activity("04 02:04", CORRUPTED, client="Orchard"),
        ]
    )

    rows = told(a_memory(WELL, batch)).rows

    assert [row.clients[0].name for row in rows] == ["Kite", "Lumen", "Orchard", "Fenn", "Acme"]
    assert [row.disposition for row in rows][:3] == [Disposition.ACT_NOW] * 3
    assert rows[3].verdict.lead is Party.CLIENT


def test_it_counts_causes_and_workloads_apart():
    machines = [an_activity("04 02:00", DISK_FULL, workload=f"PC{n}") for n in range(3)]

    digest = told(a_memory(WELL, a_batch([*machines, an_activity("04 02:00", STRANGE, client="Fenn")])))

    assert (digest.failing, digest.causes, digest.new_causes, digest.need_hands) == (4, 2, 2, 2)


def test_two_plans_of_one_machine_are_one_failing_workload():
    digest = told(a_memory(WELL, a_batch([an_activity("04 02:00", DISK_FULL, plan=plan) for plan in "AB"])))

    assert digest.failing == 1


def test_a_baseline_is_found_not_new():
    digest = told(a_memory(a_batch([an_activity("04 02:00", DISK_FULL)])))

    assert (digest.first_reading, digest.found, digest.new_causes) == (True, 1, 0)
    assert [row.novelty for row in digest.rows] == [Novelty.OLD]


def test_what_healed_is_told_once():
    memory = a_memory(
        WELL, a_batch([an_activity("04 02:00", DISK_FULL)]), a_batch([an_activity("04 09:00")], now=LATER)
    )
    again = a_batch([], now=LATER + timedelta(hours=8))

    later = after(memory, reconcile(memory, again), again)

    assert [incident.number for incident in told(memory).healed] == [1]
    assert told(later).healed == ()


def test_what_an_untold_reading_found_is_told_by_the_next():
    memory = a_memory(WELL)
    for batch in (a_batch([an_activity("04 02:00", DISK_FULL)]), a_batch([], now=LATER)):
        memory = after(memory, reconcile(memory, batch), batch, told=False)

    assert [row.novelty for row in told(memory).rows] == [Novelty.NEW]


def test_a_failure_that_goes_on_before_it_was_told_is_still_new():
    memory = a_memory(WELL)
    nights = (
        a_batch([an_activity("04 02:00", DISK_FULL)]),
        a_batch([an_activity("05 02:00", DISK_FULL)], now=at("05 06:45")),
    )
    for batch in nights:
        memory = after(memory, reconcile(memory, batch), batch, told=False)

    assert set(news_since_told(memory.runs, memory.runs[-1]).values()) == {ChangeKind.OPENED}


def test_an_unread_client_makes_the_digest_blind():
    digest = told(a_memory(WELL, a_batch([], unread=["Fenn"], clients=CLIENTS)))

    assert (digest.clients_read, digest.clients_all, digest.workloads_read, digest.workloads_all) == (4, 5, 4, 5)
    assert digest.is_blind
    assert [(c.client.name, workloads) for c, workloads in digest.unread] == [("Fenn", 1)]


def test_unknown_codes_are_counted_in_every_digest():
    memory = a_memory(WELL, a_batch([an_activity("04 02:00", STRANGE, workload=name) for name in "AB"]))
    again = a_batch([], now=LATER)

    assert told(after(memory, reconcile(memory, again), again)).unknown == (("NeverSeenBefore", 2),)


def test_an_unknown_leaf_is_counted_though_its_wrapper_answered():
    wrapped = Failure(code="InternalError", chain=(Cause(0x01350016), Cause(0x01E50023)))

    digest = told(a_memory(WELL, a_batch([an_activity("04 02:00", wrapped)])))

    assert digest.unknown == (("0x01E50023", 1),)


def test_a_job_in_its_grace_is_nobodys_yet():
    job = an_activity("04 05:00", outcome=Outcome.RUNNING, facts=JobFacts(bytes_processed=1))

    digest = told(a_memory(WELL, a_batch([job])))

    assert [standing.subject.workload.name for standing in digest.still] == ["SRV1"]
    assert digest.rows == ()


def test_a_row_knows_who_has_it():
    memory = a_memory(WELL, a_batch([an_activity("04 02:00", DISK_FULL)]))
    (row,) = rows_of(memory, now=LATER)

    (owned,) = rows_of(acknowledged(memory, an_ack(row)), now=LATER)

    assert (row.owner, owned.owner.by_name) == (None, "Jo")


def test_a_groups_acknowledgement_covers_members_that_join():
    machines = [an_activity("04 02:00", DISK_FULL, workload=f"PC{n}") for n in range(2)]
    memory = a_memory(WELL, a_batch(machines))
    memory = acknowledged(memory, an_ack(rows_of(memory, now=LATER)[0]))
    more = a_batch([an_activity("05 02:00", DISK_FULL, workload="PC9")], now=at("05 06:45"))

    joined = replace(after(memory, reconcile(memory, more), more), acknowledgements=memory.acknowledgements)

    (row,) = rows_of(joined, now=at("05 06:45"))
    assert (len(row.incidents), row.owner.by_name) == (3, "Jo")


def test_a_row_narrowed_to_one_client_speaks_of_that_client_alone():
    nights = [an_activity("04 02:00", CLOUD_GONE, client=c, facts=CLOUD) for c in ("Acme", "Fenn", "Kite")]
    older = a_batch(
        [an_activity("02 02:00", client="Kite"), an_activity("03 02:00", client="Acme")], now=at("03 06:45")
    )
    (row,) = told(a_memory(older, a_batch(nights))).rows

    mine = narrowed(row, "c-Acme")

    assert row.last_good_at is None  # nothing good is known of Fenn
    assert ([i.subject.client.name for i in mine.incidents], mine.last_good_at) == (["Acme"], at("03 02:00"))


def novelties(memory):
    return [row.novelty for row in told(memory).rows]


def test_a_group_that_grew_says_by_how_much():
    two = a_batch([an_activity("04 02:00", DISK_FULL, workload=f"PC{n}") for n in range(2)])
    more = a_batch([an_activity("04 13:00", DISK_FULL, workload=f"PC{n}") for n in range(2, 30)], now=LATER)

    (row,) = told(a_memory(WELL, two, more)).rows

    assert (row.novelty, row.joined, len(row.incidents)) == (Novelty.GREW, 28, 30)


def test_a_row_that_is_nobodys_again_is_told():
    memory = a_memory(WELL, a_batch([an_activity("04 02:00", DISK_FULL)]), a_batch([], now=LATER))
    (row,) = rows_of(memory, now=LATER)
    run = replace(memory.runs[-1], lapsed=(row.target,))

    assert novelties(replace(memory, runs=(*memory.runs[:-1], run))) == [Novelty.FREE]


def test_a_healthy_backup_that_lost_its_plan_is_said_once():
    gone = Ended("c-Acme", EndReason.PLAN_REVOKED, at("04 10:00"), "w-SRV1", "p-Nightly")
    memory = a_memory(WELL, a_batch([], clients=CLIENTS), a_batch([], now=LATER, ended=[gone], clients=CLIENTS))
    again = a_batch([], now=LATER + timedelta(hours=8), ended=[gone], clients=CLIENTS)

    assert [standing.subject.client.name for standing in told(memory).left] == ["Acme"]
    assert told(after(memory, reconcile(memory, again), again)).left == ()


def test_a_healed_backup_that_lost_its_plan_is_said_too():
    gone = Ended("c-Acme", EndReason.PLAN_REVOKED, at("04 10:00"), "w-SRV1", "p-Nightly")
    night = a_batch([an_activity("04 02:00", DISK_FULL), an_activity("04 03:00")], clients=CLIENTS)

    digest = told(a_memory(WELL, night, a_batch([], now=LATER, ended=[gone], clients=CLIENTS)))

    assert [standing.subject.client.name for standing in digest.left] == ["Acme"]


def test_a_client_whose_plans_were_revoked_is_still_a_client():
    gone = Ended("c-Acme", EndReason.PLAN_REVOKED, at("04 10:00"))
    digest = told(a_memory(WELL, a_batch([], now=LATER, ended=[gone], clients=CLIENTS, unread=["Acme"])))

    assert (digest.clients_read, digest.clients_all, digest.is_blind) == (4, 5, True)


def test_a_client_the_vendor_disabled_is_not_counted():
    gone = Ended("c-Acme", EndReason.CLIENT_DISABLED, at("04 10:00"))

    assert told(a_memory(WELL, a_batch([], now=LATER, ended=[gone], clients=CLIENTS))).clients_all == 4


def test_an_acknowledgement_whose_row_healed_lapses():
    memory = a_memory(WELL, a_batch([an_activity("04 02:00", DISK_FULL)]))
    given = an_ack(rows_of(memory, now=LATER)[0])
    healed = a_memory(
        WELL, a_batch([an_activity("04 02:00", DISK_FULL)]), a_batch([an_activity("04 09:00")], now=LATER)
    )

    assert lapsed(acknowledged(memory, given), now=LATER) == ()
    assert lapsed(acknowledged(healed, given), now=LATER) == ((given.target, given.at),)


def test_snoozed_rows_step_back_but_are_counted():
    memory = a_memory(WELL, a_batch([an_activity("04 02:00", DISK_FULL)]))
    given = an_ack(rows_of(memory, now=LATER)[0], snoozed=True, until=LATER + timedelta(days=1))

    digest = told(acknowledged(memory, given))

    assert (digest.rows, len(digest.snoozed), digest.failing, digest.need_hands) == ((), 1, 1, 0)


def test_the_first_telling_of_a_day_is_the_one_after_local_midnight():
    lisbon = ZoneInfo("Europe/Lisbon")
    summer_midnight = at("2026-07-01T23:30:00")  # 00:30 on the 2nd in Lisbon

    assert is_first_of_day(summer_midnight, [at("2026-07-01T14:00:00")], zone=lisbon)
    assert not is_first_of_day(at("2026-07-02T06:00:00"), [summer_midnight], zone=lisbon)


def test_a_muted_failure_is_counted_and_not_listed_until_its_day():
    memory = a_memory(
        WELL, a_batch([an_activity("04 02:00", STRANGE), an_activity("04 02:00", DISK_FULL, workload="B")])
    )
    memory = muted(memory, "NeverSeenBefore", until=at("06 00:00"))

    before = summarise(memory, memory.runs[-1], now=at("05 06:45"))
    after_it = summarise(memory, memory.runs[-1], now=at("06 06:45"))

    assert [len(row.incidents) for row in (*before.rows, *before.muted)] == [1, 1]
    assert (before.failing, before.causes, before.need_hands, before.unknown) == (2, 2, 1, ())
    assert (len(after_it.rows), after_it.muted, after_it.unknown) == (2, (), (("NeverSeenBefore", 1),))


def test_a_row_is_muted_only_when_all_of_it_is():
    machines = [an_activity("04 02:00", DISK_FULL, workload=name) for name in "AB"]
    memory = a_memory(WELL, a_batch(machines))
    key, one = next(iter(memory.incidents.items()))
    half = replace(one, verdict=replace(one.verdict, muted_until=at("09 00:00")))

    (row,) = rows_of(replace(memory, incidents={**memory.incidents, key: half}), now=LATER)

    assert (len(row.incidents), row.muted_until) == (2, None)


def muted(memory, what, *, until):
    """Quieten what is called so, as a mute in app.yaml does at the next reading."""
    book = DEFAULT.with_own((), mutes=[Mute(what, until, "known")])
    batch = a_batch([], now=LATER)
    return after(memory, reconcile(memory, batch, judge=partial(classify, rules=book)), batch)
