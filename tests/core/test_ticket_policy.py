"""Which tickets rules would raise: seen failures that are news, once each, and no more than one reading may."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.core.activity import Outcome
from bot.core.digest import rows_of
from bot.core.incident import Acknowledgement
from bot.core.raised import BY_POLICY, Raised
from bot.core.ticket_policy import (
    NO_DESK,
    Also,
    Left,
    TicketPolicy,
    TicketRule,
    planned,
    strangers,
)
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
    an_activity,
    at,
)

BEFORE = a_batch(
    [an_activity("03 02:00", client=name) for name in ("Acme", "Fenn", "Kite", "Lumen")], now=at("03 06:45")
)
ANY = TicketRule("any", "webhook", dispositions=())
NOW = TicketRule("now", "webhook")


def night(*activities, **more):
    """Remember a healthy day, and this night."""
    return a_memory(BEFORE, a_batch(activities, clients=("Acme", "Fenn", "Kite", "Lumen"), **more))


def plan_of(memory, *rules, most=5, **more):
    policy = TicketPolicy(True, most, rules or (ANY,))
    return planned(rows_of(memory, now=memory.runs[-1].read_at), memory, policy, **more)


def numbers(plan):
    return [each.row.number for each in plan.due]


def a_ticket(target, *, desk="webhook", told="backup-destination-full/MSP/act now", **more):
    known = {"key": f"k-{target}", "number": 1, "by": "U1", "by_name": "Jo", "reference": "4411"}
    return Raised(target, desk, told=told, **{**known, "raised_at": WEDNESDAY, "tried_at": WEDNESDAY, **more})


def with_tickets(memory, *tickets):
    return replace(memory, tickets={f"{each.target}/{each.desk}": each for each in tickets})


def only(memory):
    (incident,) = memory.incidents.values()
    return incident


DISK = an_activity("04 02:10", DISK_FULL)
NAS = an_activity("04 02:11", NAS_GONE, client="Fenn")


@pytest.mark.parametrize(
    ("rule", "raised"),
    [
        (ANY, 2),
        (NOW, 1),
        (replace(ANY, leads=(Party.CLIENT,)), 1),
        (replace(ANY, leads=(Party.ACRONIS,)), 0),
        (replace(ANY, dispositions=(Disposition.MONITOR,)), 1),
        (replace(ANY, clients=("Fenn",)), 1),
        (replace(ANY, clients=("c-Fenn", "Acme")), 2),
        (replace(ANY, clients=("Nobody",)), 0),
        (replace(ANY, causes=("backup-destination-full",)), 1),
        (replace(ANY, causes=("cannotconnecttomachinewithbackupdestination",)), 1),
        (replace(ANY, causes=("0x00400002",)), 0),
        (replace(ANY, failed_runs=2), 0),
        (replace(ANY, lasting=timedelta(hours=4)), 2),
        (replace(ANY, lasting=timedelta(hours=5)), 0),
    ],
)
def test_a_rule_takes_what_fits_each_of_its_conditions(rule, raised):
    assert len(plan_of(night(DISK, NAS), rule).due) == raised


def test_unknown_codes_can_be_named_as_one_cause():
    memory = night(DISK, an_activity("04 02:11", STRANGE, client="Fenn"))

    (due,) = plan_of(memory, replace(ANY, causes=("unknown",))).due

    assert due.row.incidents[0].failure == STRANGE


def test_the_first_rule_that_fits_decides_and_none_is_an_exception():
    memory = night(DISK, NAS)
    rules = (replace(ANY, name="not-acme", desk=NO_DESK, clients=("Acme",)), replace(ANY, desk="email"), ANY)

    plan = plan_of(memory, *rules)

    assert [(each.row.clients[0].name, each.rule.desk) for each in plan.due] == [("Fenn", "email")]
    assert plan.left == {Left.EXCEPTED: 1}


def test_what_the_first_reading_found_gets_no_ticket_and_what_fails_later_does():
    first = a_batch([DISK])
    later = a_batch(
        [an_activity("05 02:10", DISK_FULL), an_activity("05 02:11", NAS_GONE, client="Fenn")], now=at("05 06:45")
    )
    known = a_batch([an_activity("04 02:00", client="Fenn")], clients=("Fenn",))

    assert plan_of(a_memory(first)).left == {Left.BASELINE: 1}
    plan = plan_of(a_memory(first, known, later))
    assert [each.row.clients[0].name for each in plan.due] == ["Fenn"]
    assert plan.left == {Left.BASELINE: 1}


@pytest.mark.parametrize("outcome", [Outcome.RUNNING, Outcome.WARNED, Outcome.CANCELLED])
def test_what_is_no_failed_run_gets_no_ticket(outcome):
    memory = night(an_activity("04 02:10", DISK_FULL, outcome=outcome))

    plan = plan_of(memory)

    assert plan.due == ()
    assert set(plan.left) <= {Left.NO_FAILURE}


def test_a_client_that_was_not_read_gets_no_ticket_and_its_time_does_not_count():
    seen = night(DISK)
    unread = a_memory(BEFORE, a_batch([DISK]), a_batch([], unread=("Acme",), clients=(), now=at("04 14:45")))

    assert plan_of(seen).due
    assert plan_of(unread).due == ()
    assert plan_of(unread).left == {Left.BLIND: 1}


@pytest.mark.parametrize(("snoozed", "also"), [(False, Also.ACKNOWLEDGED), (True, Also.SNOOZED)])
def test_what_somebody_has_or_put_off_gets_a_ticket_only_if_a_rule_says_so(snoozed, also):
    memory = night(DISK)
    mine = only(memory)
    given = Acknowledgement(mine.key, "U1", "Jo", WEDNESDAY, mine.cause, mine.disposition, snoozed=snoozed)
    memory = replace(memory, acknowledgements={mine.key: given})

    assert plan_of(memory).left == {Left.HELD: 1}
    assert numbers(plan_of(memory, ANY, replace(ANY, also=(also,)))) == [1]


def test_what_is_muted_gets_a_ticket_only_if_a_rule_says_so():
    memory = night(DISK)
    mine = only(memory)
    muted = replace(mine, verdict=replace(mine.verdict, muted_until=WEDNESDAY + timedelta(days=3)))
    memory = replace(memory, incidents={mine.key: muted})

    assert plan_of(memory).left == {Left.HELD: 1}
    assert numbers(plan_of(memory, replace(ANY, also=(Also.MUTED,)))) == [1]


def test_a_wide_outage_is_one_ticket_for_its_group():
    fallen = [
        an_activity(f"04 02:{at:02}", CLOUD_GONE, client=name, facts=CLOUD)
        for at, name in enumerate(("Acme", "Fenn", "Kite"))
    ]

    (due,) = plan_of(night(*fallen)).due

    assert len(due.row.incidents) == 3
    assert plan_of(night(*fallen), replace(ANY, one_client=True)).left == {Left.NO_RULE: 1}


def test_beyond_the_most_of_one_reading_the_rest_waits_and_is_counted():
    many = [an_activity(f"04 02:{at:02}", DISK_FULL, client=name) for at, name in enumerate(("Acme", "Fenn", "Kite"))]
    memory = night(*many)

    plan = plan_of(memory, most=2)
    rules = [a_ticket(due.row.target, by=f"{BY_POLICY}any", raised_at=WEDNESDAY) for due in plan.due]
    later = plan_of(with_tickets(memory, *rules), most=2)

    assert (len(plan.due), len(plan.waiting)) == (2, 1)
    assert (later.due, len(later.waiting), later.left) == ((), 1, {Left.HAS_ONE: 2})


def test_tickets_that_people_raised_use_up_nothing_of_the_most():
    memory = with_tickets(night(DISK, NAS), a_ticket("c-Fenn/other", raised_at=WEDNESDAY))

    assert len(plan_of(memory, most=2).due) == 2


def test_what_has_a_ticket_at_this_desk_gets_no_second_one_but_another_desk_may():
    memory = night(DISK)
    memory = with_tickets(memory, a_ticket(only(memory).key))

    assert plan_of(memory).left == {Left.HAS_ONE: 1}
    assert numbers(plan_of(memory, replace(ANY, desk="email"))) == [1]


def test_the_last_of_a_group_with_a_ticket_gets_none_of_its_own():
    pair = [an_activity(f"04 02:1{at}", NAS_GONE, workload=f"PC{at}") for at in range(2)]
    memory = night(*pair)
    (row,) = rows_of(memory, now=WEDNESDAY)
    alone = replace(memory, incidents={row.incidents[0].key: row.incidents[0]})

    assert plan_of(with_tickets(alone, a_ticket(row.target))).left == {Left.HAS_ONE: 1}


def test_a_group_that_grew_around_a_ticket_about_the_same_gets_no_second_one():
    pair = [an_activity(f"04 02:1{at}", NAS_GONE, workload=f"PC{at}") for at in range(2)]
    memory = night(*pair)
    (row,) = rows_of(memory, now=WEDNESDAY)
    same = f"{row.verdict.rule}/{row.verdict.lead}/monitor"

    assert plan_of(with_tickets(memory, a_ticket(row.incidents[0].key, told=same))).left == {Left.HAS_ONE: 1}
    assert plan_of(with_tickets(memory, a_ticket(row.incidents[0].key, told="backup-destination-full/MSP/act now"))).due


def test_what_a_desk_refused_keeps_no_other_from_its_ticket():
    memory = night(an_activity("04 02:10", CORRUPTED), an_activity("04 02:11", DISK_FULL, client="Fenn"))
    (first,) = plan_of(memory, most=1).due

    plan = plan_of(memory, most=1, refused={first.id})

    assert plan.due[0].id != first.id
    assert plan.left == {Left.REFUSED: 1}


def test_clients_that_rules_name_and_nobody_is_called_are_listed():
    policy = TicketPolicy(rules=(replace(ANY, clients=("Acme", "c-Fenn", "Acmee", "Acmee")),))

    assert strangers(policy, night(DISK)) == ("Acmee",)
