"""From records to runs: each rule of folding."""

import random

import pytest

from bot.core.activity import Activity, EndReason, Outcome
from bot.sources.acronis.fold import fold, incomplete
from classifier import classify
from classifier.facts import Destination, Kind, Trigger
from classifier.shapes import OTHERS_MAX
from tests.sources.records import (
    BACKING_UP,
    FIRST,
    MACHINE,
    PLAN,
    REPLICATION,
    RETENTION,
    ROOT,
    WORKFLOW,
    alert,
    at,
    client_of,
    error,
    failed,
    folded,
    job,
    notices,
    pieces,
    step,
)

VM_A = {"id": "VM-A", "type": "resource.virtual_machine.vmwesx", "name": "vm-a"}
VM_B = {"id": "VM-B", "type": "resource.virtual_machine.vmwesx", "name": "vm-b"}
DEEP = ("CloudStorageUnavailable", "0x01350016", "0x01350016", "0x0247000D")
WRAPPED = ("InternalError", "0x01330029", "0x01350035")


def only(records: list, alerts: list | None = None) -> Activity:
    (activity,) = folded(records, alerts).activities
    return activity


def test_a_job_is_one_activity_with_its_steps():
    run = only(job())

    assert run.id == "step-1"
    assert run.outcome is Outcome.SUCCEEDED
    assert run.failure is None
    assert run.subject.key == "0a-client/machine-1/plan-1"
    assert [each.name for each in run.facts.steps] == [
        "Backup workflow",
        "Resolving items to back up",
        "Backing up",
        "Applying retention rules",
    ]
    assert run.facts.all_steps_complete
    assert run.link == "https://console.example/ui/"


def test_order_and_repetition_of_records_do_not_matter():
    records = job(root={"result": failed(*WRAPPED)}, backing_up={"result": failed(*DEEP)})
    shuffled = [*records, *records]
    random.Random(4).shuffle(shuffled)

    assert folded(shuffled) == folded(records)


def test_of_a_step_seen_twice_the_newer_counts():
    earlier = step(1, ROOT, state="started", result=None, completedAt=None, updatedAt=at(10))

    assert only([*job(), earlier]).outcome is Outcome.SUCCEEDED
    assert only([earlier, *job()]).outcome is Outcome.SUCCEEDED


def test_ids_beyond_2_to_the_53_are_exact():
    first, second = step(1, ROOT, task=1), step(2, ROOT, task=2, resource=VM_B)
    del first["idString"], first["taskIdString"], second["idString"], second["taskIdString"]

    assert float(first["id"]) == float(second["id"])
    assert [each.id for each in pieces([first, second])] == [str(FIRST + 1), str(FIRST + 2)]
    assert len(folded([first, second]).activities) == 2


def test_each_machine_of_a_host_is_its_own_run_and_the_host_is_none():
    records = [
        step(1, ROOT, resource=MACHINE),
        step(2, WORKFLOW, parent=1, resource=VM_A),
        step(3, BACKING_UP, parent=2),
        step(4, WORKFLOW, parent=1, resource=VM_B, result=failed(*WRAPPED)),
        step(5, BACKING_UP, parent=4, result=failed(*DEEP)),
    ]

    runs = {each.subject.workload.name: each for each in folded(records).activities}

    assert {name: each.outcome for name, each in runs.items()} == {"vm-a": Outcome.SUCCEEDED, "vm-b": Outcome.FAILED}
    assert runs["vm-b"].subject.plan.name == "Nightly"
    assert runs["vm-b"].facts.kind is Kind.VM
    assert runs["vm-b"].failure.code == "CloudStorageUnavailable"


def test_a_host_that_failed_alone_is_still_told():
    records = [
        step(1, ROOT, result=failed(*WRAPPED)),
        step(2, WORKFLOW, parent=1, resource=VM_A),
        step(3, BACKING_UP, parent=2),
    ]

    assert {each.subject.workload.name for each in folded(records).activities} == {"vm-a", "SRV-1"}


def test_a_child_with_another_plan_id_is_still_part_of_its_parent():
    inner = {"policy": {"id": "INNER", "type": "policy.backup.machine", "name": "Backup"}, "resource": MACHINE}

    assert only(job(workflow=inner)).subject.plan.id == "plan-1"


def test_the_same_id_in_capitals_is_the_same_machine():
    run = only(job(workflow={"resource": {**MACHINE, "id": "machine-1"}}))

    assert run.subject.workload.id == "machine-1"


def test_what_is_no_backup_is_no_activity():
    others = [
        step(1, "agent.add", task=1, policy=None),
        step(2, "Download", task=2, policy=None),
        step(3, "F5CD89C9-3CD1-4DBC-97F3-82BF93687B46", task=3, policy={**PLAN, "type": "policy.protection.total"}),
    ]

    assert folded(others).activities == ()


def test_a_known_backup_step_counts_whatever_its_plan_is_called():
    mail = step(1, "UserMailboxBackup", policy={**PLAN, "type": "policy.cloud.new"})
    disk = job(root={"policy": {**PLAN, "type": "policy.cloud.new"}})

    assert len(fold(pieces([mail]), [], client_of=client_of, policies=("backup",)).activities) == 1
    assert len(fold(pieces(disk), [], client_of=client_of, policies=()).activities) == 1


def test_an_unknown_step_that_saved_bytes_under_a_backup_plan_is_a_backup():
    saved, policy = {"bytesProcessed": 5, "bytesSaved": 2}, {**PLAN, "type": "policy.backup.new"}

    assert len(folded([step(1, "NEW", policy=policy, progress=saved)]).activities) == 1
    assert folded([step(1, "NEW", policy=policy)]).activities == ()  # a check of the backup, say
    assert folded([step(1, "NEW", policy={**PLAN, "type": "policy.other"}, progress=saved)]).activities == ()


def test_an_unknown_step_below_a_backup_belongs_to_it():
    run = only([*job(), step(6, "SOMETHING-NEW", parent=2)])

    assert "SOMETHING-NEW" in [each.name for each in run.facts.steps]


def test_the_outcomes():
    def outcome(code: str) -> Outcome:
        return only([step(1, ROOT, result=failed(code=code))]).outcome

    assert outcome("ok") is Outcome.SUCCEEDED
    assert outcome("warning") is Outcome.WARNED
    assert outcome("cancelled") is Outcome.CANCELLED
    assert {outcome(code) for code in ("error", "abandoned", "timedout")} == {Outcome.FAILED}


def test_a_job_without_an_end_is_running_and_counts_its_bytes_once():
    going = {"state": "started", "result": None, "completedAt": None}
    run = only(
        job(
            root={**going, "progress": {"bytesProcessed": 700, "bytesSaved": 70}},
            workflow=going,
            backing_up={**going, "progress": {"bytesProcessed": 500, "bytesSaved": 50}},
        )
    )

    assert (run.outcome, run.finished_at, run.failure) == (Outcome.RUNNING, None, None)
    assert (run.facts.bytes_processed, run.facts.bytes_saved) == (500, 50)
    assert run.facts.why["backup_completed"] == "it is still running"


def test_bytes_of_the_root_stand_in_for_a_silent_step():
    assert only(job(root={"progress": {"bytesProcessed": 700}})).facts.bytes_processed == 700


def test_the_deepest_chain_of_the_steps_is_the_failure():
    run = only(job(root={"result": failed(*WRAPPED)}, backing_up={"result": failed(*DEEP)}))

    assert run.failure.code == "CloudStorageUnavailable"
    assert run.failure.chain[-1].code == "0x0247000D"
    assert run.facts.failed_steps == ("Backing up",)


def test_without_a_word_from_the_steps_the_root_speaks():
    assert only([step(1, ROOT, result=failed(*WRAPPED))]).failure.code == "InternalError"


def leaves(run: Activity) -> list[str]:
    return [failure.chain[-1].code if failure.chain else failure.code for failure in (run.failure, *run.failure.others)]


LOCKED = ("InternalError", "0x01350016", "0x00040017")
DAMAGED = ("InternalError", "0x01350016", "0x01350016", "0x01490003", "0x029B138B")


def test_steps_that_fail_for_different_reasons_are_all_told_the_deepest_first():
    run = only(
        job(
            root={"result": failed(*WRAPPED)},
            workflow={"result": failed("InternalError", "0x01330029", *LOCKED[1:])},
            resolving={"result": failed(*LOCKED)},
            backing_up={"result": failed(*DAMAGED)},
        )
    )

    assert leaves(run) == ["0x029B138B", "0x00040017"]
    assert classify(run.failure).rule == "archive-data-damaged"
    assert classify(run.failure).note.startswith("Also reported in this run: ")


def test_steps_that_repeat_a_reason_or_only_wrap_it_are_no_others():
    same = only(
        job(
            root={"result": failed(*WRAPPED)},
            workflow={"result": failed("InternalError", "0x01330029", *DAMAGED[1:])},
            resolving={"result": failed("InternalError", "0x01350016", "0x01490003")},
            backing_up={"result": failed(*DAMAGED)},
            retention={"result": failed("BackupFailed", "0x029B138B")},
        )
    )
    wrapped = only(job(root={"result": failed("CloudStorageUnavailable")}, backing_up={"result": failed(*LOCKED)}))

    assert leaves(same) == ["0x029B138B"]
    assert leaves(wrapped) == ["0x00040017"]


def test_a_step_with_no_more_than_words_or_an_ending_is_no_other():
    run = only(
        job(
            root={"result": failed()},
            resolving={"result": {"code": "error", "error": {"message": "Es ging schief"}}},
            backing_up={"result": failed(*LOCKED)},
            retention={"result": {"code": "abandoned"}},
        )
    )

    assert leaves(run) == ["0x00040017"]


def test_a_name_without_numbers_is_a_reason_too():
    run = only(
        job(
            root={"result": failed()},
            backing_up={"result": failed(*LOCKED)},
            retention={"result": failed("LocationCredentialsNotCorrect")},
        )
    )

    assert leaves(run) == ["0x00040017", "LocationCredentialsNotCorrect"]
    assert classify(run.failure).rule == "destination-credentials-wrong"


def test_a_warning_does_not_speak_for_what_failed():
    run = only(
        job(
            root={"result": failed(*WRAPPED)},
            resolving={"result": failed("InternalError", *["0x01350016"] * 5, "0x00070021", code="warning")},
            backing_up={"result": failed(*LOCKED)},
        )
    )

    assert leaves(run) == ["0x00040017"]


def test_a_warning_speaks_where_nothing_else_tells():
    run = only(
        job(
            root={"result": failed(*WRAPPED)},
            backing_up={"result": failed("InternalError", "0x01350016", "0x00070021", code="warning")},
        )
    )

    assert leaves(run) == ["0x00070021"]


def test_what_failed_side_by_side_inside_one_step_is_told_with_the_rest():
    tree = {"code": 0x01350035, "suberror": [{"code": 0x00040017, "suberror": {}}, {"code": 0x0135004E, "fields": {}}]}
    run = only(
        job(
            root={"result": failed(*WRAPPED)},
            backing_up={"result": {"code": "error", "error": {"code": "InternalError", "context": {"_src": tree}}}},
            retention={"result": failed("InternalError", "0x029B138B")},
        )
    )

    assert sorted(leaves(run)) == ["0x00040017", "0x0135004E", "0x029B138B"]
    assert leaves(run)[0] == "0x00040017"
    assert all(not other.others for other in run.failure.others)


def test_the_others_of_a_run_are_bounded():
    many = [
        step(number, BACKING_UP, parent=2, result=failed("InternalError", f"0x{0x029B1300 + number:08X}"))
        for number in range(10, 40)
    ]
    run = only([*job(root={"result": failed()}), *many])

    assert len(run.failure.others) == OTHERS_MAX


def test_a_wrapper_gives_no_name_to_a_nameless_leaf():
    run = only(
        job(
            root={"result": failed(*WRAPPED)},
            backing_up={"result": failed("", "0x01350016", "0x01350016", "0x01E50023")},
        )
    )

    assert run.failure.code == ""
    assert run.failure.chain[-1].code == "0x01E50023"


def test_an_alert_tells_more_when_its_chain_is_longer():
    raised = alert(
        activityId="STEP-4",
        errorMessage=error(*DEEP, domain="cloud_platform"),
        backupLocations=[{"name": "", "type": "cloud"}],
        backupSourcesType="files",
    )
    run = only(job(root={"result": failed(*WRAPPED)}, backing_up={"result": failed("InternalError")}), [raised])

    assert (run.failure.code, run.failure.module, run.failure.alert) == (DEEP[0], "cloud_platform", "BackupFailed")
    assert run.facts.destinations == (Destination("cloud"),)
    assert run.facts.cloud_only is True
    assert run.facts.kind is Kind.FILES


@pytest.mark.parametrize(
    ("steps", "said", "rule"),
    [
        (("error",), ("BackupCorrupted",), "backup-corrupted"),
        (("InternalError", "0x01350016"), ("BackupCorrupted",), "backup-corrupted"),
        (WRAPPED, ("InternalError", "0x0000FFF0", "0x80070070"), "disk-full"),
        (LOCKED, ("BackupCorrupted",), "backup-corrupted"),
    ],
    ids=["ending", "wrapper", "deeper wrapper", "milder leaf"],
)
def test_an_alert_that_names_the_cause_is_heard_over_steps_that_do_not(steps, said, rule):
    raised = alert(activityId="STEP-4", errorMessage=error(*said))
    result = {"code": "error"} if steps == ("error",) else failed(*steps)

    run = only(job(root={"result": {"code": "error"}}, backing_up={"result": result}), [raised])

    assert classify(run.failure).rule == rule


def test_a_root_that_names_the_cause_is_heard_over_a_step_that_only_wraps():
    run = only(
        job(
            root={"result": failed("BackupDestinationDiskFullWithPartition")},
            backing_up={"result": failed("InternalError", "0x01350016")},
        )
    )

    assert classify(run.failure).rule == "backup-destination-full"


def test_a_job_killed_from_outside_says_how_it_ended():
    assert only([step(1, ROOT, result={"code": "timedout"})]).failure.code == "timedout"


def test_a_failed_clean_up_is_a_backup_with_a_warning():
    for type_ in (RETENTION, REPLICATION):
        run = only(
            job(
                root={"result": failed(*WRAPPED)},
                workflow={"result": failed()},
                retention={"type": type_, "result": failed("FileLockErrorPath", "0x1", "0x2", "0x004001FB")},
            )
        )

        assert run.outcome is Outcome.WARNED
        assert run.failure.code == "FileLockErrorPath"
        assert run.facts.backup_completed is True


def test_a_failed_backup_with_a_failed_clean_up_has_failed():
    run = only(
        job(
            root={"result": failed()},
            backing_up={"result": failed(*DEEP)},
            retention={"result": failed("FileLockErrorPath")},
        )
    )

    assert run.outcome is Outcome.FAILED
    assert run.facts.retention_applied is False


def test_the_trigger_is_told_or_unknown_with_a_reason():
    manual = only([step(1, ROOT, context={"runMode": "manual"})])
    silent = only([step(1, ROOT, context={"runMode": "on demand"})])

    assert manual.facts.trigger is Trigger.MANUAL
    assert silent.facts.trigger is None
    assert silent.facts.why["trigger"]
    assert {"rhythm", "method"} <= set(silent.facts.why)


def test_every_unknown_answer_has_a_reason_and_no_known_one_does():
    for run in (only(job()), only([], [alert("BackupStatusUnknown")])):
        for name in run.facts.__struct_fields__:
            if name not in ("why", "steps"):
                assert (name in run.facts.why) == (getattr(run.facts, name) in (None, ())), name


def test_cloud_to_cloud_says_its_kind():
    mail = step(1, "UserMailboxBackup", policy={**PLAN, "type": "policy.backup.saas"})
    other = step(2, "0016750A-EE56-49E6-BF59-7C768C9869AC", task=2, context={"suite": "gworkspace"}, policy=None)

    assert [each.facts.kind for each in folded([mail, other]).activities] == [Kind.GOOGLE, Kind.MICROSOFT_365]


def test_a_deployment_seen_answers_whether_the_plan_is_applied():
    applied = step(9, "policy.apply", task=9)

    assert only([*job(), applied]).facts.policy_applied is True
    assert only([*job(), {**applied, "result": failed()}]).facts.policy_applied is False


def test_a_revoked_plan_ends_the_backup_unless_it_came_back():
    revoked = step(8, "44328016-20D7-4799-A357-CF152C904ED0", task=8, completedAt=at(70))
    back = step(9, "policy.apply", task=9, completedAt=at(80))

    (end,) = folded([revoked]).ended

    assert (end.reason, end.client_id, end.workload_id, end.plan_id) == (
        EndReason.PLAN_REVOKED,
        "0a-client",
        "machine-1",
        "plan-1",
    )
    assert folded([revoked, back]).ended == ()


def test_a_revocation_that_names_no_machine_ends_nothing():
    assert folded([step(8, "policy.revoke", resource=None)]).ended == ()


def test_a_machine_that_is_off_missed_its_run():
    run = only([], [alert("BackupStatusUnknown")])

    assert run.outcome is Outcome.MISSED
    assert run.failure.alert == "BackupStatusUnknown"
    assert run.subject.workload.name == "SRV-1"
    assert run.facts.backup_completed is False


def test_an_alert_raised_again_is_another_missed_run():
    runs = folded([], [alert("BackupDidNotStart"), alert("BackupDidNotStart", created=at(24 * 60))]).activities

    assert len({each.id for each in runs}) == 2


def test_a_newer_success_silences_a_missed_run_but_an_older_one_does_not():
    assert only(job(), [alert("BackupStatusUnknown", created=at(5))]).outcome is Outcome.SUCCEEDED
    assert len(folded(job(), [alert("BackupStatusUnknown", created=at(600))]).activities) == 2


def test_a_dismissed_alert_makes_no_run():
    assert folded([], [{**alert("BackupStatusUnknown"), "deletedAt": at(56)}]).activities == ()


def test_an_alert_whose_activity_was_not_read_is_a_failed_run():
    raised = alert(activityId="GONE", startTime=1772488800, finishTime=1772489700, errorMessage=error(*DEEP))
    stopped = alert("BackupCanceled", id_="ALERT-2", activityId="GONE-TOO")

    runs = {each.id: each for each in folded([], [raised, stopped]).activities}

    assert {name: each.outcome for name, each in runs.items()} == {
        "gone": Outcome.FAILED,
        "gone-too": Outcome.CANCELLED,
    }
    assert (runs["gone"].finished_at - runs["gone"].started_at).total_seconds() == 900


def test_an_alert_of_a_step_that_was_read_makes_no_second_run():
    assert only(job(backing_up={"result": failed(*DEEP)}), [alert(activityId="step-4")]).id == "step-1"


def test_an_alert_of_a_step_whose_run_is_not_told_is_told_itself():
    raised = alert(activityId="step-4", errorMessage=error(*DEEP))
    rootless = job(backing_up={"result": failed(*DEEP)})[1:]
    strange = [{**each, "tenant": {"id": "999"}} for each in job(backing_up={"result": failed(*DEEP)})]
    no_backup = [step(4, "Download", policy=None)]

    for records in (rootless, strange, no_backup):
        assert only(records, [raised]).outcome is Outcome.FAILED


def test_an_alert_of_a_hosts_wrapper_is_told_by_its_machines():
    records = [
        step(1, ROOT, result=failed(*WRAPPED)),
        step(2, WORKFLOW, parent=1, resource=VM_A, result=failed(*WRAPPED)),
        step(3, BACKING_UP, parent=2, result=failed(*DEEP)),
    ]

    assert only(records, [alert(activityId="step-1")]).subject.workload.name == "vm-a"


def test_while_activities_are_missing_an_alert_waits_for_its_own():
    waiting, free = notices([alert(activityId="NOT-YET"), alert("BackupStatusUnknown", id_="ALERT-2")])

    runs = fold([], [waiting, free], client_of=client_of, whole=False).activities

    assert [each.outcome for each in runs] == [Outcome.MISSED]


def test_records_of_strangers_are_counted():
    strange = {"id": "999", "locator": "/1/999/"}

    read = folded([step(1, ROOT, tenant=strange)], [{**alert("BackupStatusUnknown"), "tenant": strange}])

    assert read.activities == ()
    assert [each.number for each in read.strangers] == ["999", "999"]


def test_hostile_names_stay_as_they_are():
    name = "<!channel> *PROD* & \u202e <script>"

    assert only([step(1, ROOT, resource={**MACHINE, "name": name})]).subject.workload.name == name


def test_steps_without_their_root_are_no_run_but_a_reason_to_read_again():
    cut = job()[1:]

    assert folded(cut).activities == ()
    assert dict(folded(cut).rootless) == {str(FIRST + 1): 4}
    assert incomplete(pieces(cut)) == (str(FIRST + 1),)


def test_a_failed_root_without_its_steps_is_read_again_and_a_healthy_one_is_not():
    assert incomplete(pieces([step(1, ROOT, result=failed())])) == (str(FIRST + 1),)
    assert incomplete(pieces([step(1, ROOT)])) == ()
    assert incomplete(pieces([step(1, "ODBackup", result=failed())])) == ()  # has no steps to read


def test_a_failed_root_without_its_backup_step_is_read_again_whatever_else_was_read():
    whole = job(root={"result": failed()}, retention={"result": failed()})
    cut = [each for each in whole if each["type"] in (ROOT, WORKFLOW, RETENTION)]

    assert incomplete(pieces(cut)) == (str(FIRST + 1),)
    assert incomplete(pieces(whole)) == ()


def test_a_step_whose_own_parent_is_missing_still_hangs_on_its_jobs_root():
    run = only([each for each in job() if each["type"] != WORKFLOW])

    assert run.facts.backup_completed is True


def test_parents_in_a_circle_do_no_harm():
    records = [step(1, ROOT, parent=2), step(2, WORKFLOW, parent=1)]

    assert len(folded(records).activities) <= 1
