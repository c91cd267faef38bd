"""One cause behind many failures: said once, and blamed on whom the evidence points at."""

from bot.core.correlate import GroupKind, correlate
from classifier.facts import Destination, JobFacts
from classifier.failure import Failure
from classifier.verdict import Basis, Disposition, Domain, Party
from tests.builders import CLOUD, CLOUD_GONE, DISK_FULL, NAS_GONE, STRANGE, a_standing, an_incident

NAS = JobFacts(destinations=(Destination("network_share", r"\\NAS01\backup"),), cloud_only=False)
OTHER_NAS = JobFacts(destinations=(Destination("network_share", r"\\NAS02\backup"),), cloud_only=False)


def cloudless(count, **changes):
    return [
        an_incident(CLOUD_GONE, number=n, client=f"Client {n}", facts=CLOUD, **changes) for n in range(1, count + 1)
    ]


def test_one_client_without_cloud_storage_is_the_clients_internet():
    assert correlate(cloudless(1)) == ()
    assert cloudless(1)[0].verdict.lead is Party.CLIENT


def test_three_clients_without_cloud_storage_are_one_trouble_at_acronis():
    (group,) = correlate(cloudless(3))

    assert (group.kind, group.verdict.lead, group.verdict.domain) == (
        GroupKind.CLOUD_STORAGE,
        Party.ACRONIS,
        Domain.CLOUD_PLATFORM,
    )
    assert group.verdict.basis is Basis.CORRELATION
    assert group.disposition is Disposition.SELF_HEAL
    assert len(group.clients) == 3


def test_the_group_says_how_many_others_reached_the_same_storage():
    fine = [a_standing(f"Well {n}", good="04 03:00") for n in range(5)]
    fine = [type(s)(s.subject, s.judged, s.last_good_at, s.last_backup_at, s.last_outcome, CLOUD) for s in fine]

    (group,) = correlate(cloudless(3), fine)

    assert group.unharmed == 5


def test_three_clients_on_three_different_nights_are_three_lines():
    nights = [
        an_incident(CLOUD_GONE, number=n, client=f"C{n}", facts=CLOUD, first=f"0{n} 02:10", last=f"0{n} 02:10")
        for n in (1, 2, 3)
    ]

    assert correlate(nights) == ()


def test_a_later_failure_does_not_dissolve_the_group():
    late = an_incident(CLOUD_GONE, number=9, client="Late", facts=CLOUD, first="04 15:05", last="04 15:05")

    (group,) = correlate([*cloudless(3), late])

    assert len(group.clients) == 3


def test_a_client_that_has_failed_for_days_is_no_part_of_tonights_wave():
    old = an_incident(
        CLOUD_GONE,
        number=9,
        client="Old",
        facts=CLOUD,
        first="2026-02-25T02:00:00",
        failed_runs=7,
        disposition=Disposition.ACT_NOW,
    )

    assert correlate([*cloudless(2), old]) == ()
    (group,) = correlate([*cloudless(3), old])
    assert (group.disposition, len(group.members)) == (Disposition.SELF_HEAL, 3)


def test_a_cloud_trouble_that_lasts_becomes_act_now():
    (group,) = correlate(cloudless(3, first="02 02:10", failed_runs=3))

    assert group.disposition is Disposition.ACT_NOW


def test_when_the_cloud_comes_back_the_one_that_stays_is_the_clients_again():
    assert correlate(cloudless(3)[:1]) == ()


def test_machines_behind_one_destination_are_one_row():
    machines = [an_incident(NAS_GONE, number=n, workload=f"PC{n}", facts=NAS) for n in range(1, 23)]

    (group,) = correlate(machines)

    assert (group.kind, group.shared, len(group.members)) == (GroupKind.DESTINATION, r"\\NAS01\backup", 22)


def test_two_destinations_are_two_rows():
    machines = [an_incident(NAS_GONE, number=n, workload=f"PC{n}", facts=NAS) for n in (1, 2)]
    machines += [an_incident(NAS_GONE, number=n, workload=f"PC{n}", facts=OTHER_NAS) for n in (3, 4)]

    assert sorted(group.shared for group in correlate(machines)) == [r"\\NAS01\backup", r"\\NAS02\backup"]


def test_sixty_powered_off_laptops_are_one_row():
    off = Failure(alert="BackupStatusUnknown")
    laptops = [an_incident(off, number=n, workload=f"LAP{n}") for n in range(1, 61)]

    (group,) = correlate(laptops)

    assert (group.kind, len(group.members)) == (GroupKind.CAUSE, 60)


def test_the_same_cause_at_two_clients_is_two_rows():
    assert correlate([an_incident(DISK_FULL, number=1), an_incident(DISK_FULL, number=2, client="Fenn")]) == ()


def test_two_unknown_codes_are_not_one_cause():
    other = Failure(code="AlsoNeverSeen")

    assert correlate([an_incident(STRANGE, number=1), an_incident(other, number=2, workload="B")]) == ()


def test_a_group_is_as_urgent_as_its_most_urgent_member():
    members = [
        an_incident(NAS_GONE, number=1, workload="A", facts=NAS),
        an_incident(NAS_GONE, number=2, workload="B", facts=NAS, disposition=Disposition.ACT_NOW, failed_runs=3),
    ]

    (group,) = correlate(members)

    assert group.disposition is Disposition.ACT_NOW
    assert group.members[0].number == 2


def test_a_groups_key_stays_while_members_come_and_go():
    machines = [an_incident(NAS_GONE, number=n, workload=f"PC{n}", facts=NAS) for n in range(1, 6)]

    assert correlate(machines)[0].key == correlate(machines[2:])[0].key
