"""A whole reading of an account that shows its lists: protections, facts, coverage, and what is refused."""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from bot.core.activity import ClientCoverage, Coverage, Page, Protection, Reading, Window
from bot.sources.acronis import client as paths
from classifier.facts import Destination, Kind, Method, Rhythm
from tests.sources.account import ACME, BRIGHT, IDLE, MSP, NUMBERS, Account, customer, serving
from tests.sources.records import BACKING_UP, FIRST, NIGHT, ROOT, at, failed, job, step

WINDOW = Window(NIGHT - timedelta(hours=1), NIGHT + timedelta(hours=8))
TENANT = {"id": "110", "uuid": ACME, "name": "Acme", "locator": "/50/110/"}
SETTINGS = {
    "vault": {"type": "cloud"},
    "scheduling": {
        "enabled": True,
        "scheme": "always_full",
        "backup_sets": [
            {"schedule": {"type": "daily", "alarms": {"time": {"repeat_at": [{"hour": 22, "minute": 0}]}}}}
        ],
    },
}
LISTS = (paths.POLICIES_PATH, paths.APPLICATIONS_PATH, paths.STATUSES_PATH)


def run(**changed: Any) -> list[dict[str, Any]]:
    """The records of one good night of MACHINE-1 under PLAN-1."""
    return [{**each, "tenant": TENANT} for each in job(**changed)]


def a_plan(**changed: Any) -> dict[str, Any]:
    root = {"id": "PLAN-1", "type": "policy.protection.total", "name": "Nightly", "enabled": True}
    child = {"id": "PART-1", "type": "policy.backup.machine", "parent_ids": ["PLAN-1"], "settings": SETTINGS}
    return {"policy": [root, {**child, **changed}]}


def an_application(machine: str = "MACHINE-1", policy: str = "PART-1", **changed: Any) -> dict[str, Any]:
    known = {
        "policy": {"id": policy, "type": "policy.backup.machine"},
        "context": {"id": machine, "type": "resource.machine"},
        "context_tenant_id": "110",
        "tenant_id": "50",
        "enabled": True,
        "last_success_time": at(59),
        "next_run_time": at(24 * 60),
        "deployment": {"state": "deployed"},
    }
    return {**known, **changed}


def a_status(machine: str = "MACHINE-1", status: str = "idle", **changed: Any) -> dict[str, Any]:
    resource = {"id": machine, "type": "resource.machine", "name": machine.title(), "tenant_id": "110"}
    return {"context": {**resource, **changed}, "aggregate": {"status": status}}


@pytest.fixture
def account() -> Account:
    """One client, one machine, one plan, one good night."""
    known = Account()
    known.lists |= {
        paths.ACTIVITIES_PATH: run(),
        paths.POLICIES_PATH: [a_plan()],
        paths.APPLICATIONS_PATH: [[an_application()]],
        paths.STATUSES_PATH: [a_status()],
    }
    return known


class Read:
    def __init__(self, items: list[Page | Coverage]) -> None:
        *pages, coverage = items
        assert isinstance(coverage, Coverage)
        self.coverage = coverage
        self.activities = [replace(each, link="") for page in pages for each in page.activities]  # its port differs
        self.protections: list[Protection] = [each for page in pages for each in page.protections]

    def client(self, uuid: str = ACME) -> ClientCoverage:
        (found,) = [each for each in self.coverage.clients if each.client.id == uuid]
        return found


def read(account: Account, window: Window = WINDOW, **options: Any) -> Read:
    with serving(account, **options) as source:
        return Read(list(source.fetch(window)))


def test_a_run_and_its_protection_are_the_same_subject(account: Account):
    got = read(account)

    (activity,), (listed,) = got.activities, got.protections
    assert listed.subject.key == activity.subject.key == f"{ACME}/machine-1/plan-1"
    assert (listed.subject.workload.name, listed.subject.plan.name) == ("Machine-1", "Nightly")
    assert (listed.applied, listed.enabled, listed.method) == (True, True, Method.FULL)
    assert listed.schedule.rhythm is Rhythm.DAILY
    assert listed.next_at == datetime.fromisoformat(at(24 * 60)[:19] + "+00:00").replace(microsecond=390297)
    assert listed.last_good_at


def test_the_facts_of_a_run_are_joined_from_its_plan(account: Account):
    (activity,) = read(account).activities

    facts = activity.facts
    assert (facts.rhythm, facts.method, facts.policy_applied, facts.cloud_only) == (
        Rhythm.DAILY,
        Method.FULL,
        True,
        True,
    )
    assert facts.destinations == (Destination("cloud"),)
    assert set(facts.why) == {"trigger", "bytes_processed", "bytes_saved", "kind"}


def test_an_alert_knows_better_where_its_run_went(account: Account):
    account.lists[paths.ACTIVITIES_PATH] = run(root={"result": {"code": "error"}})
    raised = {"id": "A", "type": "BackupFailed", "createdAt": at(55), "updatedAt": at(55), "tenant": TENANT}
    details = {"activityId": "STEP-1", "backupLocations": [{"type": "network_share", "name": "\\\\NAS\\b"}]}
    account.lists[paths.ALERTS_PATH] = [{**raised, "details": details}]

    (activity,) = read(account).activities

    assert activity.facts.destinations == (Destination("network_share", "\\\\NAS\\b"),)
    assert activity.facts.cloud_only is False


def test_a_missed_run_under_the_roots_id_is_the_plan_the_activities_name(account: Account):
    """Alerts name either id of a plan; so do applications."""
    inner = {"policy": {"id": "PART-1", "type": "policy.backup.machine", "name": "Nightly"}}
    account.lists[paths.ACTIVITIES_PATH] = run(root=inner)
    missed = {"id": "A", "type": "BackupDidNotStart", "createdAt": at(90), "updatedAt": at(90), "tenant": TENANT}
    account.lists[paths.ALERTS_PATH] = [{**missed, "details": {"planId": "PLAN-1", "resourceId": "MACHINE-1"}}]

    got = read(account)

    assert {each.subject.plan.id for each in (*got.activities, *got.protections)} == {"part-1"}


@pytest.mark.parametrize("nested", [True, False], ids=["nested", "flat"])
@pytest.mark.parametrize("old_paging", [True, False], ids=["cursors at the top", "under paging"])
def test_both_shapes_of_lists_and_pages(account: Account, nested: bool, old_paging: bool):
    account.old_paging = old_paging
    machines = [f"M-{number:03d}" for number in range(120)]
    found = [an_application(each) for each in machines]
    account.lists[paths.APPLICATIONS_PATH] = [[each] for each in found] if nested else found
    account.lists[paths.STATUSES_PATH] = [a_status(each) for each in machines]

    got = read(account, page_size=50)

    assert [each.subject.workload.id for each in got.protections] == [each.lower() for each in machines]
    pages = account.of(paths.APPLICATIONS_PATH)
    assert [set(each) for each in pages] == [{"limit"}, {"limit", "after"}, {"limit", "after"}]


def test_root_and_child_applied_are_one_protection(account: Account):
    total = {"id": "PLAN-1", "type": "policy.protection.total"}
    account.lists[paths.APPLICATIONS_PATH] = [
        [an_application(policy=total, deployment=None, last_success_time=None), an_application()]
    ]
    both = account.lists[paths.APPLICATIONS_PATH][0]
    both[0]["policy"] = total

    (listed,) = read(account).protections
    account.lists[paths.APPLICATIONS_PATH] = [both[::-1]]

    assert listed.applied is True
    assert read(account).protections == [listed]


def test_what_nothing_protects_is_listed_without_a_plan(account: Account):
    account.lists[paths.STATUSES_PATH] += [
        a_status("BARE", "not_protected", created_at=at(0)),
        a_status("SCANNED", "idle"),
        a_status("ALL", "not_protected", type="resource.group.computers"),
        a_status("ACCOUNT", "no_policies_applied", type="resource.tenant"),
        a_status("GONE", "not_protected", deleted_at=at(0)),
        a_status("VM", "no_policies_applied", type="resource.virtual_machine.vmwesx"),
    ]

    bare = {each.subject.workload.id: each for each in read(account).protections if not each.is_protected}

    assert set(bare) == {"bare", "scanned", "vm"}
    assert bare["vm"].kind is Kind.VM
    assert bare["bare"].since == NIGHT.replace(microsecond=390297)
    assert bare["bare"].subject.plan.id == ""


def test_of_a_machine_listed_several_times_one_protected_side_is_enough(account: Account):
    protected = account.lists[paths.STATUSES_PATH][0]
    protected["context"]["aggregate_id"] = "WHOLE"
    account.lists[paths.STATUSES_PATH] += [
        a_status("WHOLE", "not_protected"),
        a_status("OTHER-SIDE", "not_protected", aggregate_id="WHOLE"),
        a_status("BARE", "not_protected", aggregate_id="ANOTHER"),
    ]

    bare = [each.subject.workload.id for each in read(account).protections if not each.is_protected]

    assert bare == ["bare"]


def test_with_applications_unread_only_the_vendors_word_makes_a_workload_bare(account: Account):
    account.lists[paths.APPLICATIONS_PATH] = 403
    account.lists[paths.STATUSES_PATH] += [a_status("BARE", "not_protected"), a_status("SCANNED", "idle")]

    assert [each.subject.workload.id for each in read(account).protections] == ["bare"]


@pytest.mark.parametrize("spelling", ["last_success_run", "last_success_run_time"])
def test_both_spellings_of_the_last_success(account: Account, spelling: str):
    account.lists[paths.APPLICATIONS_PATH] = [[an_application(last_success_time=None)]]
    ran = {"policies": [{"type": "policy.backup.machine", spelling: at(30)}]}
    account.lists[paths.STATUSES_PATH] = [a_status() | ran]

    (listed,) = read(account).protections

    assert listed.last_good_at == NIGHT.replace(minute=30, microsecond=390297)


def test_an_application_to_a_group_or_revoked_protects_nothing_by_itself(account: Account):
    group = {"context": {"id": "G", "type": "resource.group.computers"}}
    account.lists[paths.APPLICATIONS_PATH] = [[an_application(**group), an_application("OLD", deleted_at=at(0))]]

    assert [each.subject.plan.id for each in read(account).protections] == [""]


def test_a_plan_that_starts_by_an_event_of_its_own(account: Account):
    account.lists[paths.POLICIES_PATH] = [a_plan(settings={"scheduling": {"enabled": True, "backup_sets": [{}]}})]
    account.lists[paths.APPLICATIONS_PATH] = [[an_application(run_events=["reboot"])]]

    (activity,) = read(account).activities

    assert activity.facts.rhythm is Rhythm.BY_EVENT


# --- how much was read ---


def test_a_client_of_which_all_was_read_is_read_and_listed(account: Account):
    told = read(account).client()

    assert (told.reading, told.listed, told.until, told.why) == (Reading.READ, True, WINDOW.until, "")


def test_an_active_client_of_which_nothing_is_seen_is_not_green(account: Account):
    account.tenants += [customer(IDLE, "Idle"), customer(BRIGHT, "Off", enabled=False)]

    got = read(account)

    assert (got.client(IDLE).reading, got.client(IDLE).until) == (Reading.UNREAD, None)
    assert got.client(IDLE).why == "nothing seen: no activity, workload or plan"
    assert got.client(BRIGHT).reading is Reading.READ  # switched off: nothing is to be expected


def test_a_client_with_workloads_and_no_activity_is_read(account: Account):
    account.lists[paths.ACTIVITIES_PATH] = []

    assert read(account).client().reading is Reading.READ


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (paths.POLICIES_PATH, "its plans could not be read"),
        (paths.APPLICATIONS_PATH, "what its plans protect could not be read"),
        (paths.STATUSES_PATH, "its workloads could not be listed"),
    ],
)
@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_missing_list_makes_everybody_partial_and_is_said(account: Account, path: str, why: str, status: int):
    account.lists[path] = status

    got = read(account)

    told = got.client()
    assert (told.reading, told.until) == (Reading.PARTIAL, WINDOW.until)
    assert why in told.why
    assert str(status) in told.why
    assert told.listed is (path == paths.POLICIES_PATH)
    assert len(got.activities) == 1
    if path == paths.POLICIES_PATH:
        assert "the plans could not be read" in got.activities[0].facts.why["rhythm"]


def test_an_account_that_shows_no_lists_at_all_is_read_with_unknown_facts(account: Account):
    account.lists |= dict.fromkeys(LISTS, 404)
    account.tenants.append(customer(IDLE, "Idle"))

    got = read(account)

    assert {each.reading for each in got.coverage.clients} == {Reading.READ}
    assert not any(each.listed for each in got.coverage.clients)
    assert got.protections == []
    assert got.activities[0].facts.why["rhythm"] == "this account shows no plans"


def test_odd_records_of_the_lists_are_counted_and_cost_nothing_else(account: Account):
    calm = read(account)
    account.lists[paths.POLICIES_PATH] = [7, {"policy": [{"id": 5}]}, *account.lists[paths.POLICIES_PATH]]
    account.lists[paths.APPLICATIONS_PATH] += [[{"policy": 7}], "x", {"policy": {"id": ""}}]
    account.lists[paths.STATUSES_PATH] += [{}, {"context": {"id": "X", "created_at": "9999-12-31T23:59:59-05:00"}}]

    got = read(account)

    assert (got.protections, got.activities) == (calm.protections, calm.activities)
    assert got.coverage.quarantined == 7


# --- whose a workload is ---


def test_a_client_that_only_the_lists_know_is_asked_for_by_its_uuid(account: Account):
    account.tenants.append(customer(BRIGHT, "Bright"))
    account.lists[paths.STATUSES_PATH].append(a_status("NAS", "not_protected", tenant_id=NUMBERS[BRIGHT]))

    got = read(account)

    assert got.client(BRIGHT).reading is Reading.READ
    assert "nas" in {each.subject.workload.id for each in got.protections if each.subject.client.id == BRIGHT}


# a client that manages itself: only ancestors further above surely see nothing of it


def self_managed(account: Account) -> ClientCoverage:
    account.tenants[1] = customer(ACME, "Acme", ancestral_access=False)
    return read(account).client()


def test_a_self_managed_client_of_which_nothing_is_shown_is_not_read(account: Account):
    account.lists |= {paths.ACTIVITIES_PATH: [], paths.APPLICATIONS_PATH: [], paths.STATUSES_PATH: []}

    client = self_managed(account)

    assert (client.reading, client.until, client.why) == (Reading.NO_ACCESS, None, "no access (self-managed)")


def test_a_self_managed_client_whose_results_and_workloads_are_shown_is_read_as_any_other(account: Account):
    assert self_managed(account).reading is Reading.READ


def test_a_quiet_night_shuts_no_door(account: Account):
    learnt = read(account).coverage.learnt
    account.tenants[1] = customer(ACME, "Acme", ancestral_access=False)
    account.lists[paths.ACTIVITIES_PATH] = []
    account.lists[paths.APPLICATIONS_PATH] = [[an_application(last_success_time=None)]]

    with serving(account) as source:
        client = Read(list(source.fetch(WINDOW, learnt=learnt))).client()

    assert client.reading is Reading.READ


def test_a_self_managed_client_that_shows_results_and_no_workloads_is_read_in_part(account: Account):
    account.tenants.append(customer(BRIGHT, "Bright"))
    account.lists[paths.APPLICATIONS_PATH] = []
    account.lists[paths.STATUSES_PATH] = [a_status("NAS", tenant_id=NUMBERS[BRIGHT])]

    client = self_managed(account)

    assert client.reading is Reading.PARTIAL
    assert client.why == "it is self-managed: some of its results are shown, and none of its workloads"


def test_where_no_lists_are_shown_results_are_enough_to_read_a_self_managed_client(account: Account):
    account.lists |= {paths.POLICIES_PATH: 404, paths.APPLICATIONS_PATH: 404, paths.STATUSES_PATH: 404}

    assert self_managed(account).reading is Reading.READ


def test_what_was_learned_of_tenants_and_plans_serves_the_next_process_too(account: Account):
    learnt = read(account).coverage.learnt
    account.lists[paths.ACTIVITIES_PATH] = []

    with serving(account) as source:
        got = Read(list(source.fetch(WINDOW, learnt=learnt)))

    assert got.protections[0].subject.key == f"{ACME}/machine-1/plan-1"
    assert not any("tenant_id" in each for each in account.of(paths.STATUSES_PATH))
    assert got.coverage.learnt == learnt


def test_a_tenant_that_the_tree_does_not_show_for_once_keeps_its_number(account: Account):
    learnt = read(account).coverage.learnt
    tenants, account.tenants[:] = list(account.tenants), []

    with serving(account) as source:
        blind = Read(list(source.fetch(WINDOW, learnt=learnt)))
        account.tenants[:] = tenants
        got = Read(list(source.fetch(WINDOW, learnt=blind.coverage.learnt)))

    assert learnt["tenants"].items() <= blind.coverage.learnt["tenants"].items()
    assert got.client().reading is Reading.READ


def test_a_workload_of_nobody_we_know_leaves_no_list_whole(account: Account):
    account.lists[paths.STATUSES_PATH].append(a_status("STRAY", tenant_id="999"))

    got = read(account)

    assert not got.client().listed
    assert got.coverage.gaps == ("1 workloads name a client by a number we do not know",)


def test_a_workload_of_the_partner_itself_is_no_clients(account: Account):
    account.lists[paths.STATUSES_PATH].append(a_status("OURS", tenant_id=NUMBERS[MSP]))

    got = read(account)

    assert got.client().listed
    assert got.coverage.gaps == ()


def test_a_service_that_ignores_the_filter_teaches_nothing(account: Account):
    account.tenants += [customer(BRIGHT, "Bright"), customer(IDLE, "Idle")]
    account.lists[paths.STATUSES_PATH] = [a_status("STRAY", tenant_id="999")]
    answer = account.answer
    account.answer = lambda path, params: answer(path, {k: v for k, v in params.items() if k != "tenant_id"})

    got = read(account)

    assert {got.client(each).reading for each in (BRIGHT, IDLE)} == {Reading.UNREAD}
    assert got.protections == [] or {each.subject.client.id for each in got.protections} == {ACME}


# --- what is asked ---


def test_only_get_and_the_token_leave(account: Account):
    account.lists[paths.BACKUPS_PATH] = []
    read(account)

    assert {method for method, path in account.sent if path != paths.TOKEN_PATH} == {"GET"}


def test_a_page_that_is_refused_for_its_size_is_halved_and_that_is_remembered(account: Account):
    account.lists[paths.STATUSES_PATH] = [a_status(f"M-{number}") for number in range(300)]
    account.limits[paths.STATUSES_PATH] = 130

    got = read(account, page_size=500)

    assert len(got.protections) == 301
    assert [each["limit"] for each in account.of(paths.STATUSES_PATH)] == ["500", "250", "125", "125", "125"]
    assert got.client().reading is Reading.READ


def test_a_page_that_keeps_breaking_off_is_halved(account: Account):
    account.lists[paths.STATUSES_PATH] = [a_status(f"M-{number}") for number in range(90)]
    account.cut_over = 60

    got = read(account, page_size=200)

    assert len(got.protections) == 91
    assert account.of(paths.STATUSES_PATH)[-1] == {"limit": "50", "after": "50"}


def test_pages_are_not_made_smaller_than_fifty(account: Account):
    account.limits[paths.STATUSES_PATH] = 10

    told = read(account, page_size=120).client()

    assert told.reading is Reading.PARTIAL
    assert {each["limit"] for each in account.of(paths.STATUSES_PATH)} == {"120", "60", "50"}


def test_more_requests_than_a_reading_may_take_are_a_gap_and_said(account: Account):
    account.lists[paths.STATUSES_PATH] = [a_status(f"M-{number}") for number in range(1000)]

    told = read(account, page_size=50, requests_max=15).client()

    assert told.reading is Reading.PARTIAL
    assert "the 15 requests allowed for one reading are used up" in told.why
    assert len(account.asked) <= 16  # the token is not counted


def test_the_next_reading_may_ask_as_much_again(account: Account):
    with serving(account, requests_max=15) as source:
        for _ in range(3):
            got = Read(list(source.fetch(WINDOW)))

    assert got.client().reading is Reading.READ


def test_a_reading_of_some_clients_uses_the_lists_it_has(account: Account):
    with serving(account) as source:
        list(source.fetch(WINDOW))
        before = len(account.of(paths.POLICIES_PATH))
        late = Read(list(source.fetch(WINDOW, clients=frozenset({ACME}))))

    assert len(account.of(paths.POLICIES_PATH)) == before
    assert late.activities[0].facts.rhythm is Rhythm.DAILY
    assert (late.protections, late.client().reading) == ([], Reading.READ)


def test_alert_types_about_backups_that_we_do_not_read_are_named_once(
    account: Account, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, logger="bot")
    account.lists[paths.ALERT_TYPES_PATH] = [
        {"id": "BackupFailed", "category": "Backup"},
        {"id": "BackupEaten", "category": "Backup"},
        {"id": "Other", "category": "Antimalware"},
    ]
    learnt = read(account).coverage.learnt
    with serving(account) as source:
        list(source.fetch(WINDOW, learnt=learnt))

    named = [each.getMessage() for each in caplog.records if "alert types" in each.getMessage()]
    assert named == ["alert types about backups that are not read: BackupEaten"]


def test_alert_types_that_are_switched_off_are_named_once(account: Account, caplog: pytest.LogCaptureFixture):
    account.lists[paths.ALERT_TYPES_PATH] = [
        {"id": "BackupFailed", "category": "Backup", "enabled": True},
        {"id": "BackupDidNotStart", "category": "Backup", "enabled": False},
        {"id": "Other", "category": "Antimalware", "enabled": False},
    ]
    learnt = read(account).coverage.learnt
    with serving(account) as source:
        list(source.fetch(WINDOW, learnt=learnt))

    named = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert named == ["alert types switched off in Acronis, so that we hear none of them: BackupDidNotStart"]


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_what_only_some_accounts_show_is_missed_in_silence(account: Account, status: int):
    calm = read(account)
    account.lists |= {paths.BACKUPS_PATH: status, paths.ALERT_TYPES_PATH: 500}

    got = read(account)

    assert (got.activities, got.coverage) == (calm.activities, calm.coverage)
    assert len([path for path, _ in account.asked if path == paths.TOKEN_PATH]) == 2  # one each


def test_the_vault_tells_what_a_run_made(account: Account):
    stored = {"created": at(58), "type": "incremental", "resource_ids": ["MACHINE-1", "OTHER"]}
    account.lists[paths.BACKUPS_PATH] = [stored, {**stored, "created": at(300), "type": "full"}]

    (activity,) = read(account).activities

    assert activity.facts.method is Method.INCREMENTAL


def test_two_sorts_of_backups_in_one_run_leave_the_plan_to_tell(account: Account):
    stored = {"created": at(58), "type": "incremental", "resource_ids": ["MACHINE-1"]}
    account.lists[paths.BACKUPS_PATH] = [stored, {**stored, "type": "differential"}]

    assert read(account).activities[0].facts.method is Method.FULL


def test_ids_beyond_2_to_the_53_stay_apart_in_a_reading(account: Account):
    first, second = ({**step(number, ROOT, task=number), "tenant": TENANT} for number in (1, 2))
    second["resource"] = {"id": "MACHINE-2", "type": "resource.machine", "name": "SRV-2"}
    inner = {**step(3, BACKING_UP, parent=2, task=2), "tenant": TENANT, "progress": {"bytesProcessed": 9}}
    for each in (first, second, inner):
        each.pop("idString")
        each.pop("taskIdString")
    account.lists[paths.ACTIVITIES_PATH] = [first, second, inner]

    runs = {each.subject.workload.id: each.facts.bytes_processed for each in read(account).activities}

    assert runs == {"machine-1": None, "machine-2": 9}


def test_a_job_that_changed_after_it_was_told_is_read_again_in_full(account: Account):
    late = step(6, BACKING_UP, parent=1, tenant=TENANT, result=failed("DiskFull"), updatedAt=at(90), completedAt=at(90))
    account.lists[paths.ACTIVITIES_PATH] = [*run()[::-1], late]

    got = read(account, page_size=5)

    (activity,) = got.activities
    assert [step.ok for step in activity.facts.steps].count(False) == 1
    assert [params["taskId"] for params in account.of(paths.ACTIVITIES_PATH) if "taskId" in params] == [str(FIRST + 1)]
    assert got.client().reading is Reading.READ


def an_alert(activity: str = "STEP-9", **changed: Any) -> dict[str, Any]:
    details = {"activityId": activity, "resourceId": "MACHINE-1", "planId": "PLAN-1", "finishTime": NIGHT.timestamp()}
    raised = {"id": "A", "type": "BackupFailed", "createdAt": at(0), "updatedAt": at(0), "tenant": TENANT}
    return {**raised, "details": details, **changed}


def test_a_client_whose_backups_ran_by_the_lists_and_that_shows_no_result_is_read_in_part(account: Account):
    account.lists[paths.ACTIVITIES_PATH] = []
    account.lists[paths.APPLICATIONS_PATH] = [[an_application(last_run_time=at(59))]]

    client = read(account).client()

    assert (client.reading, client.until) == (Reading.PARTIAL, WINDOW.since)
    assert "no results at all are shown" in client.why


@pytest.mark.parametrize("name", ["last_run", "last_run_time"], ids=["guide", "OpenAPI"])
def test_results_withheld_of_one_client_are_said_with_it_alone(account: Account, name: str):
    ran = {"type": "policy.backup.machine", name: at(59)}
    account.tenants.append(customer(BRIGHT, "Brightwater"))
    account.lists[paths.STATUSES_PATH].append({**a_status("MACHINE-2", tenant_id="120"), "policies": [ran]})
    account.lists[paths.ACTIVITIES_PATH] += [_of_bright(step(9, "policy.apply"))]

    got = read(account)

    assert got.client(ACME).reading is Reading.READ
    assert (got.client(BRIGHT).reading, got.client(BRIGHT).until) == (Reading.PARTIAL, WINDOW.since)
    assert "no results of it are shown, though the lists say that one of its workloads ran" in got.client(BRIGHT).why


def test_a_client_of_which_nothing_ran_in_the_window_is_read_without_a_result(account: Account):
    account.tenants.append(customer(BRIGHT, "Brightwater"))
    long_ago = {"type": "policy.backup.machine", "last_run": at(-24 * 60)}
    account.lists[paths.STATUSES_PATH].append({**a_status("MACHINE-2", tenant_id="120"), "policies": [long_ago]})
    account.lists[paths.ACTIVITIES_PATH] += [_of_bright(step(9, "policy.apply"))]

    assert read(account).client(BRIGHT).reading is Reading.READ


def test_a_run_that_ended_a_moment_ago_need_not_be_shown_yet(account: Account):
    account.lists[paths.ACTIVITIES_PATH] = []
    account.lists[paths.APPLICATIONS_PATH] = [[an_application(last_run_time=at(8 * 60 - 5))]]

    assert read(account).client().reading is Reading.READ


def test_what_only_an_alert_tells_waits_while_no_result_of_its_client_is_shown(account: Account):
    account.lists[paths.ACTIVITIES_PATH] = []
    account.lists[paths.ALERTS_PATH] = [an_alert()]

    got = read(account)

    assert got.activities == []
    assert got.client().reading is Reading.PARTIAL


def _of_bright(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "tenant": {"id": "120", "uuid": BRIGHT, "name": "Brightwater", "locator": "/50/120/"}}
