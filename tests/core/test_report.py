"""What is filed of a reading: every incident, client, refresh and job, and nothing that is not known."""

from datetime import timedelta

from msgspec.structs import replace

from bot.core.activity import RecoveryPoint
from bot.core.digest import rows_of
from bot.core.incident import Acknowledgement, State
from bot.core.memory import Memory
from bot.core.raised import Raised
from bot.core.report import report
from classifier.verdict import Party
from tests.builders import DISK_FULL, NAS_GONE, WEDNESDAY, a_batch, a_memory, a_standing, an_activity, an_incident

NIGHT = a_batch(
    [
        an_activity(failure=DISK_FULL, workload="SRV1"),
        an_activity(workload="SRV2"),
        an_activity(failure=NAS_GONE, client="Fenn", workload="PC1"),
        an_activity(failure=NAS_GONE, client="Fenn", workload="PC2"),
    ]
)


def of(memory: Memory, **more):
    return report(memory, memory.runs[-1], now=memory.runs[-1].read_at, **more)


def test_every_job_is_filed_healthy_or_not_in_the_order_of_names():
    jobs = [(job.standing.subject.workload.name, job.number is not None) for job in of(a_memory(NIGHT)).jobs]

    assert jobs == [("SRV1", True), ("SRV2", False), ("PC1", True), ("PC2", True)]


def test_jobs_may_be_gone_through_twice():
    jobs = of(a_memory(NIGHT)).jobs

    assert list(jobs) == list(jobs)


def test_incidents_that_ended_stand_behind_the_open_ones_the_newest_first():
    ended = [an_incident(number=n, workload=f"OLD{n}", state=State.RESOLVED) for n in (7, 8)]
    ended[0] = replace(ended[0], ended_at=WEDNESDAY - timedelta(days=1))
    memory = a_memory(NIGHT)
    memory = replace(memory, incidents={**{each.key: each for each in ended}, **memory.incidents})

    names = [row.incident.subject.workload.name for row in of(memory).incidents]

    assert names == ["SRV1", "PC1", "PC2", "OLD8", "OLD7"]


def owners(memory: Memory, target: str, cause: str):
    """Acknowledge a target, and give the workloads whose incident is filed with an owner."""
    row = next(row for row in rows_of(memory, now=WEDNESDAY) if row.target == target or row.incidents[0].key == target)
    given = Acknowledgement(target, "U1", "Jo", WEDNESDAY, cause, row.disposition)
    filed = of(replace(memory, acknowledgements={target: given})).incidents
    return [row.incident.subject.workload.name for row in filed if row.owner is not None]


def test_who_has_a_group_has_each_of_its_members():
    memory = a_memory(NIGHT)
    group = next(row for row in rows_of(memory, now=WEDNESDAY) if row.group is not None)

    assert owners(memory, group.target, group.cause) == ["PC1", "PC2"]


def test_who_has_one_member_of_a_group_has_no_other():
    memory = a_memory(NIGHT)
    group = next(row for row in rows_of(memory, now=WEDNESDAY) if row.group is not None)
    first = group.incidents[0]

    assert owners(memory, first.key, first.cause) == [first.subject.workload.name]


def test_a_client_is_counted_by_party_and_its_healthy_workloads_too():
    acme, fenn = of(a_memory(NIGHT)).clients

    assert (acme.workloads, acme.failing, dict(acme.causes), acme.act_now) == (2, 1, {Party.MSP: 1}, 1)
    assert (fenn.workloads, fenn.failing, sum(fenn.causes.values())) == (2, 2, 1)


def test_oldest_last_good_is_unknown_when_one_workload_has_none():
    healthy = a_memory(a_batch([an_activity("04 02:10"), an_activity("03 02:10", workload="SRV2")]))

    (all_known,) = of(healthy).clients
    acme, _ = of(a_memory(NIGHT)).clients

    assert all_known.oldest_good_at == an_activity("03 02:10").finished_at
    assert acme.oldest_good_at is None


def test_a_client_never_read_is_filed_as_such():
    (acme,) = of(replace(a_memory(NIGHT), clients={}), client="c-Acme").clients

    assert not acme.is_read
    assert acme.coverage is None


def test_a_job_of_a_client_that_was_not_read_is_not_said_to_be_within_its_recovery_point():
    point = RecoveryPoint(timedelta(hours=36), over_at=WEDNESDAY + timedelta(days=9))
    standing = replace(a_standing(), recovery=point)
    read = a_memory(a_batch())
    unread = a_memory(a_batch(unread=["Acme"], clients=()))

    seen = [
        next(iter(of(replace(memory, standings={standing.subject.key: standing})).jobs)).is_over
        for memory in (read, unread)
    ]

    assert seen == [False, None]


def test_one_client_alone_has_no_row_of_another():
    alone = of(a_memory(NIGHT), client="c-Fenn")

    assert {row.incident.subject.client.name for row in alone.incidents} == {"Fenn"}
    assert [row.client.name for row in alone.clients] == ["Fenn"]
    assert {job.standing.subject.client.name for job in alone.jobs} == {"Fenn"}


def a_ticket(target: str, **more) -> Raised:
    known = {"desk": "webhook", "key": f"k-{target}", "reference": "4411", "number": 1, "by": "U1", "by_name": "Jo"}
    return Raised(target, **{**known, "raised_at": WEDNESDAY, "tried_at": WEDNESDAY, "told": "", **more})


def with_tickets(memory: Memory, *tickets: Raised) -> Memory:
    return replace(memory, tickets={f"{each.target}/{each.desk}": each for each in tickets})


def filed_with_tickets(memory: Memory) -> dict[str, list[str]]:
    return {row.incident.subject.workload.name: [each.desk for each in row.tickets] for row in of(memory).incidents}


def test_the_ticket_of_a_group_is_filed_with_each_of_its_members_beside_their_own():
    memory = a_memory(NIGHT)
    group = next(row for row in rows_of(memory, now=WEDNESDAY) if row.group is not None)
    mine = a_ticket(group.incidents[0].key, desk="email", raised_at=WEDNESDAY + timedelta(hours=1))

    found = filed_with_tickets(with_tickets(memory, mine, a_ticket(group.target)))

    assert found == {"SRV1": [], "PC1": ["webhook", "email"], "PC2": ["webhook"]}


def test_what_healed_keeps_its_closed_ticket_and_gets_none_of_those_after_it():
    healed = replace(an_incident(workload="OLD", state=State.RESOLVED), ended_at=WEDNESDAY - timedelta(days=1))
    group = "cause:c-Acme/disk-full"
    its = a_ticket(healed.key, closed_at=WEDNESDAY, raised_at=WEDNESDAY - timedelta(days=2))
    later = a_ticket(group, desk="email")
    memory = replace(a_memory(NIGHT), incidents={healed.key: healed})

    assert filed_with_tickets(with_tickets(memory, its, later)) == {"OLD": ["webhook"]}


def test_a_ticket_closed_before_the_trouble_began_is_not_of_this_trouble():
    memory = a_memory(NIGHT)
    (sick,) = (each for each in memory.incidents.values() if each.subject.workload.name == "SRV1")
    old = a_ticket(sick.key, closed_at=sick.first_failed_at - timedelta(days=9))

    assert filed_with_tickets(with_tickets(memory, old))["SRV1"] == []
