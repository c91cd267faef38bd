"""What a failure means: the promises of the source document, and the order in which evidence counts."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from classifier import (
    Basis,
    Cause,
    Disposition,
    Domain,
    Failure,
    JobFacts,
    Party,
    Patience,
    classify,
    leaf,
    telling_name,
)
from classifier.facts import Destination, Step, Trigger
from classifier.light import BY_HAND, CLEAN_UP_ONLY, FINAL_AT_ONCE
from classifier.rulebook import DEFAULT, Mute, RuleBook
from classifier.rules import RULES
from classifier.verdict import Concern, Retry

SHARED = {
    "BackupDestinationDiskFullWithPartition": Concern.DESTINATION,
    "CannotConnectToMachineWithBackupDestination": Concern.DESTINATION,
    "LocationCredentialsNotCorrect": Concern.DESTINATION,
    "CloudStorageUnavailable": Concern.CLOUD_STORAGE,
    "MemoFailedToDiscoverFesUri": Concern.CLOUD_STORAGE,
}
COMMAND_FAILED = Cause(0x01350016)


def chained(*numbers: int, code: str = "", text: str = "", alert: str = "") -> Failure:
    return Failure(code=code, chain=tuple(Cause(number) for number in numbers), text=text, alert=alert)


def test_s5_full_destination_disk_is_the_msps_to_empty_now():
    verdict = classify(Failure(code="BackupDestinationDiskFullWithPartition"))

    assert verdict.disposition is Disposition.ACT_NOW
    assert verdict.parties == (Party.MSP,)
    assert verdict.patience == Patience(failed_runs=1)
    assert "make space" in verdict.first_step
    assert verdict.how_sure == "exact code, inferred"


def test_s6_unreachable_destination_machine_is_watched_with_the_client_in_the_lead():
    verdict = classify(Failure(code="CannotConnectToMachineWithBackupDestination"))

    assert verdict.disposition is Disposition.MONITOR
    assert verdict.domain is Domain.ENVIRONMENT
    assert verdict.lead is Party.CLIENT
    assert verdict.parties == (Party.CLIENT, Party.MSP)
    assert "power" in verdict.cause


def test_s7_graceful_shutdown_is_watched_and_may_be_power():
    verdict = classify(Failure(code="MemoErrorGracefulShutdown"))

    assert verdict.disposition is Disposition.MONITOR
    assert verdict.domain is Domain.ENVIRONMENT
    assert verdict.parties == (Party.CLIENT,)
    assert "power" in verdict.cause


def test_s8_cloud_storage_unavailable_heals_itself_and_is_mostly_the_clients_internet():
    verdict = classify(Failure(code="CloudStorageUnavailable"))

    assert verdict.disposition is Disposition.SELF_HEAL
    assert verdict.domain is Domain.NETWORK
    assert verdict.parties == (Party.CLIENT,)
    assert "internet" in verdict.cause
    assert "two hours" in verdict.first_step
    assert "Many clients" in verdict.note
    assert verdict.how_sure == "exact code"


def test_s9_no_activity_is_left_alone_for_one_refresh():
    verdict = classify(Failure(code="No activity"))

    assert verdict.domain is Domain.NO_RESULT
    assert verdict.disposition is Disposition.IGNORE
    assert verdict.patience == Patience(refreshes=1)
    assert verdict.how_sure == "exact code"


@pytest.mark.parametrize(
    ("code", "domain", "parties", "disposition"),
    [
        ("BackupCorrupted", Domain.ENVIRONMENT, (Party.MSP, Party.ACRONIS), Disposition.ACT_NOW),
        ("InternalError", Domain.BUG, (Party.ACRONIS,), Disposition.MONITOR),
        ("MemoErrorCrashUnknown", Domain.OS_CRASH, (Party.MSP, Party.ACRONIS), Disposition.MONITOR),
        ("MemoFailedToDiscoverFesUri", Domain.CLOUD_PLATFORM, (Party.ACRONIS,), Disposition.ACT_NOW),
        ("NetworkConnectionFailedHost", Domain.NETWORK, (Party.CLIENT, Party.MSP), Disposition.MONITOR),
        ("FailedToReadDisk", Domain.ENVIRONMENT, (Party.MSP, Party.CLIENT), Disposition.ACT_NOW),
    ],
)
def test_named_code_says_whose_it_is(code, domain, parties, disposition):
    verdict = classify(Failure(code=code))

    assert (verdict.domain, verdict.parties, verdict.disposition) == (domain, parties, disposition)
    assert verdict.basis is Basis.EXACT_CODE


def test_telling_name_wins_over_its_chain():
    verdict = classify(chained(0x01350016, 0xFFF0, 0x80070005, code="BackupCorrupted"))

    assert verdict.rule == "backup-corrupted"


def test_innermost_name_wins_over_the_outer_one():
    failure = Failure(code="MemoErrorGracefulShutdown", inner=("InternalError", "BackupCorrupted"))

    assert classify(failure).rule == "backup-corrupted"


@pytest.mark.parametrize("name", ["SystemErrorWindows", "InternalError", "CannotConnectToMachineWithBackupDestination"])
def test_name_that_only_wraps_gives_way_to_what_lies_beneath(name):
    verdict = classify(chained(0x01350016, 0x0000FFF0, 0x80070005, code=name))

    assert verdict.rule == "access-denied"
    assert verdict.basis is Basis.HRESULT


def test_wrapping_name_decides_when_nothing_lies_beneath():
    assert classify(chained(0x01350016, 0x0000FFF0, code="SystemErrorWindows")).rule == "windows-error"
    assert classify(chained(0x01350016, 0x01490003, code="InternalError")).rule == "internal-error"


@pytest.mark.parametrize(
    ("failure", "rule", "leaf_code"),
    [
        (chained(0x01350016, 0x01E50023, code="InternalError"), "internal-error", "0x01E50023"),
        (chained(0x01350016, 0xFFF0, 0x8BADF00D, code="SystemErrorWindows"), "windows-error", "0x8BADF00D"),
        (chained(0x00A100D4, 0x0003BEEF), "archive-not-found", "0x0003BEEF"),
        (Failure(code="InternalError", inner=("FooBarBroke",)), "internal-error", "FooBarBroke"),
        (chained(0x01350016, 0x01E50023), "unknown", "0x01E50023"),
        (Failure(code="FooBarBroke"), "unknown", "FooBarBroke"),
    ],
)
def test_leaf_that_no_rule_knows_is_loud_behind_a_half_telling_answer(failure, rule, leaf_code):
    verdict = classify(failure)

    assert (verdict.rule, verdict.unknown_leaf) == (rule, leaf_code)


@pytest.mark.parametrize(
    "failure",
    [
        Failure(code="InternalError"),
        Failure(code="SystemErrorWindows"),
        chained(0x01350016, 0x01490003, code="InternalError"),
        chained(0x01350016, 0x00A100D4, code="InternalError"),
        chained(0x01350016, 0x01E50023, code="BackupCorrupted"),
        chained(0x029B138B, 0x01E50023),
        Failure(text="something odd"),
    ],
)
def test_known_leaf_or_a_telling_answer_is_not_loud(failure):
    assert classify(failure).unknown_leaf == ""


def test_name_in_another_case_is_known_as_a_fallback():
    assert classify(Failure(code="cloudstorageunavailable")).rule == "cloud-storage-unavailable"
    assert classify(Failure(alert="BACKUPDIDNOTSTART")).rule == "backup-did-not-start"
    assert telling_name(Failure(code="INTERNALERROR")) == ""


def test_unspecified_windows_error_never_decides():
    assert classify(chained(0xFFF0, 0x80004005, code="SystemErrorWindows")).rule == "windows-error"
    assert classify(chained(0x00A1001A, 0xFFF0, 0x80004005)).rule == "archive-metadata-not-saved"


def test_full_disk_told_in_words_is_no_more_sure_of_which_disk_than_its_number():
    verdict = classify(Failure(text="There is not enough space on the disk"))

    assert "which disk" in verdict.first_step
    assert verdict.concerns is Concern.WORKLOAD


def test_yielding_name_is_asked_before_a_wrapper():
    assert classify(Failure(code="InternalError", inner=("SystemErrorWindows",))).rule == "windows-error"


def test_innermost_number_decides():
    verdict = classify(chained(0x01350016, 0x00A100D4, 0x01490002, 0x00040017))

    assert verdict.rule == "file-not-locked"
    assert verdict.basis is Basis.NUMERIC_CHAIN


def test_unknown_innermost_number_lets_the_next_known_one_speak():
    assert classify(chained(0x01350016, 0x029B138B, 0x01E50023)).rule == "archive-data-damaged"


def test_half_telling_number_waits_for_a_telling_one_further_out():
    assert classify(chained(0x029B138B, 0x00A100D4)).rule == "archive-data-damaged"
    assert classify(chained(0x01350016, 0x00A100D4)).rule == "archive-not-found"


def test_services_reason_counts_at_its_depth_but_the_vendors_own_name_wins():
    chain = (COMMAND_FAILED, Cause(0x01270100, name="CANotFoundErr", module="STORAGE_MANAGER"), Cause(0x0247000D))

    assert classify(Failure(chain=chain)).rule == "authority-not-found"
    assert classify(Failure(code="MemoFailedToDiscoverFesUri", chain=chain)).rule == "storage-not-discovered"


def test_alert_type_speaks_when_no_code_does():
    verdict = classify(chained(0x01350016, code="Unheard", alert="BackupDidNotStart"))

    assert verdict.rule == "backup-did-not-start"
    assert verdict.basis is Basis.ALERT_TYPE


def test_backup_failed_alert_decides_nothing():
    assert classify(Failure(alert="BackupFailed")).rule == "unknown"
    assert classify(Failure(alert="BackupFailed", code="InternalError")).rule == "internal-error"


def test_a_warnings_text_is_more_telling_than_its_alert():
    alert = Failure(alert="BackupFinishedWithWarnings", text="VSS writer 'System Writer' has timed out")

    assert classify(alert).rule == "vss-writer-silent"
    assert classify(Failure(alert="BackupFinishedWithWarnings")).rule == "finished-with-warnings"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("The storage quota is exceeded. Further backups will fail.", "quota-exceeded-by-message"),
        ("The following quota is reached: Number of protected Microsoft 365 seats", "seat-quota-reached"),
        ("Error: no disk space or quota", "no-space-or-quota"),
        ("Failed to verify the TLS/SSL certificate while connecting to the cloud", "certificate-not-trusted"),
        ("The SnapAPI kernel module is not loaded for the kernel 6.1", "snapapi-not-loaded"),
        ("[Archive Server]: storage request timeout", "cloud-storage-slow"),
    ],
)
def test_words_speak_when_no_code_does(text, rule):
    verdict = classify(Failure(text=text))

    assert verdict.rule == rule
    assert verdict.basis is Basis.PATTERN


def test_code_counts_before_words():
    assert classify(chained(0x00040017, text="The storage quota is exceeded")).rule == "file-not-locked"


def test_text_of_a_link_is_read_too():
    chain = (COMMAND_FAILED, Cause(0x01E50023, text="Failed to resolve hostname 'nas.example.test'"))

    assert classify(Failure(chain=chain)).rule == "host-name-not-resolved"


@pytest.mark.parametrize(
    ("failure", "named"),
    [
        (Failure(code="FooBarBroke"), "FooBarBroke"),
        (chained(0x01350016, 0x01E50023), "0x01E50023"),
        (chained(0x01350016), "0x01350016"),
        (Failure(alert="BackupFailed"), "BackupFailed"),
        (Failure(text="something odd"), "message without a code"),
        (Failure(), "no code and no message"),
    ],
)
def test_unknown_is_loud_and_names_what_was_seen(failure, named):
    verdict = classify(failure)

    assert (verdict.rule, verdict.domain, verdict.basis) == ("unknown", Domain.UNKNOWN, Basis.NONE)
    assert (verdict.disposition, verdict.parties) == (Disposition.ACT_NOW, (Party.MSP,))
    assert verdict.patience == Patience(failed_runs=1)
    assert named in verdict.cause
    assert verdict.first_step.startswith("Read the log")


def test_failed_clean_up_after_a_good_backup_is_said():
    facts = JobFacts(backup_completed=True, retention_applied=False)

    assert "only the clean-up" in classify(chained(0x00040017), facts).note
    assert classify(chained(0x00040017), JobFacts(backup_completed=True)).note == ""


def test_leaf_is_the_innermost_link_that_is_no_wrapper():
    assert leaf(chained(0x01350016, 0x00040017, 0x01490003)) == Cause(0x00040017)
    assert leaf(chained(0x0000FFF0, 0x80070032)) == Cause(0x80070032)
    assert leaf(chained(0x01350016, 0x01330029)) is None
    assert leaf(Failure(code="BackupCorrupted")) is None


def test_what_is_shared_is_said_so_that_many_failures_become_one():
    concerns = {name: classify(Failure(code=name)).concerns for name in ("FailedToReadDisk", *SHARED)}

    assert concerns == {"FailedToReadDisk": Concern.WORKLOAD, **SHARED}


class Unread(RuleBook):
    """A book that must not be asked for a message."""

    def by_words(self, text, *, own=False):
        raise AssertionError(f"the message was read: {text}")


@pytest.mark.parametrize(
    "failure",
    [
        Failure(code="CloudStorageUnavailable"),
        Failure(code="InternalError", chain=(Cause(0x01350016), Cause(0x0247000D))),
        Failure(code="SystemErrorWindows", chain=(Cause(0xFFF0), Cause(0x80070070))),
        Failure(alert="BackupDidNotStart"),
        Failure(code="NeverSeenBefore", module="STORAGE_MANAGER"),
        Failure(chain=(Cause(0x01350016), Cause(0x80042399))),
        Failure(code="TimeoutError", module="RunVMAgent"),
    ],
    ids=["name", "leaf", "HRESULT", "alert", "family", "range", "service"],
)
def test_a_message_is_not_read_when_a_code_answers(failure):
    spoken = replace(failure, text="The storage quota is exceeded.")

    assert classify(spoken, rules=Unread(RULES)).rule == classify(failure).rule


TO_A_FOLDER = JobFacts(destinations=(Destination("local_folder", "D:\\Backups"),))
TO_A_SHARE = JobFacts(destinations=(Destination("network_share", "\\\\nas\\backup"),))
TO_BOTH = JobFacts(destinations=(*TO_A_FOLDER.destinations, *TO_A_SHARE.destinations))
NOT_OPENED = Failure(chain=(Cause(0x01350016), Cause(0x0040002E)))  # the backup location, when the backup starts


def test_an_error_at_the_start_of_a_backup_to_a_local_folder_is_final_at_once():
    usual, local = classify(NOT_OPENED, TO_A_SHARE), classify(NOT_OPENED, TO_A_FOLDER)

    assert (usual.retried, usual.patience.failed_runs, usual.note) == (Retry.AT_START, 3, "")
    assert (local.retried, local.patience.failed_runs, local.note) == (None, 2, FINAL_AT_ONCE)
    assert classify(NOT_OPENED, TO_BOTH) == usual


def test_what_heals_by_itself_is_watched_when_it_was_started_by_hand():
    healing = next(rule for rule in RULES if rule.disposition is Disposition.SELF_HEAL)
    by_hand = classify(healing.example, JobFacts(trigger=Trigger.MANUAL))

    assert by_hand.disposition is Disposition.MONITOR
    assert by_hand.note.startswith(BY_HAND)
    assert classify(healing.example, JobFacts(trigger=Trigger.SCHEDULED)).disposition is Disposition.SELF_HEAL


def test_the_worst_of_several_failures_of_one_run_leads_and_another_is_named():
    locked, full = Failure(code="FileLockErrorPath"), Failure(code="BackupDestinationDiskFullWithPartition")

    together = classify(replace(locked, others=(locked, full)))

    assert together.rule == classify(full).rule
    assert together.note.startswith("Also reported in this run: file in use.")
    assert classify(replace(locked, others=(locked,))) == classify(locked)


def test_a_mute_is_told_beside_the_verdict_and_changes_nothing_else():
    until = datetime(2026, 12, 24, tzinfo=UTC)
    leaf_code = Failure(chain=(Cause(0x01350016), Cause(0x07EE0001)))

    for what, failure in {
        "file-locked": Failure(code="FileLockErrorPath"),
        "filelockerrorpath": Failure(code="FileLockErrorPath"),
        "0x07EE0001": leaf_code,
        "BackupDidNotStart": Failure(alert="BackupDidNotStart"),
    }.items():
        muted = classify(failure, rules=DEFAULT.with_own((), mutes=[Mute(what, until, "on order")]))

        assert (muted.muted_until, muted.muted_why) == (until, "on order")
        assert replace(muted, muted_until=None, muted_why="") == classify(failure)


def muted(failure, *what):
    return classify(failure, rules=DEFAULT.with_own((), mutes=[Mute(each, UNTIL) for each in what]))


UNTIL = datetime(2026, 12, 24, tzinfo=UTC)


def test_a_mute_silences_only_what_decided():
    worse = Failure(code="CloudStorageUnavailable", inner=("BackupCorrupted",))
    unknown = Failure(chain=(Cause(0x01350016), Cause(0x0010C448), Cause(0x07EE0001)))

    assert muted(worse, "CloudStorageUnavailable").muted_until is None
    assert muted(worse, "BackupCorrupted").muted_until == UNTIL
    assert muted(unknown, "0x07EE0001").muted_until == UNTIL


def test_what_is_muted_never_speaks_for_what_failed_beside_it():
    both = Failure(code="BackupCorrupted", others=(Failure(code="FileLockErrorPath"),))

    corrupted, locked = muted(both, "FileLockErrorPath"), muted(both, "BackupCorrupted")

    assert (corrupted.rule, corrupted.muted_until) == ("backup-corrupted", None)
    assert (locked.rule, locked.muted_until) == ("file-locked", None)
    assert muted(both, "FileLockErrorPath", "BackupCorrupted").muted_until == UNTIL


def test_an_unknown_code_beside_a_known_failure_stays_loud():
    beside = Failure(code="BackupCorrupted", others=(Failure(chain=(Cause(0x01350016), Cause(0x07EE0001))),))
    under_an_alert = Failure(alert="BackupCanceled", chain=(Cause(0x01350016), Cause(0x07EE0001)))

    assert classify(beside).unknown_leaf == "0x07EE0001"
    assert classify(under_an_alert).unknown_leaf == "0x07EE0001"


def test_only_a_failed_clean_up_is_called_one():
    kept = JobFacts(backup_completed=True, retention_applied=False, steps=(Step("Applying retention rules", False),))
    more = JobFacts(
        backup_completed=True,
        retention_applied=False,
        steps=(Step("Applying retention rules", False), Step("Replication", False)),
    )
    failure = Failure(code="FileLockErrorPath")

    assert CLEAN_UP_ONLY in classify(failure, kept).note
    assert CLEAN_UP_ONLY not in classify(failure, more).note


def test_a_code_of_one_service_means_nothing_elsewhere():
    assert classify(Failure(code="TimeoutError", module="RunVMAgent")).basis is Basis.EXACT_CODE
    assert classify(Failure(code="TimeoutError")).rule == "unknown"


def test_a_family_is_cautious_and_its_code_stays_unknown():
    verdict = classify(Failure(code="NeverSeenBefore", module="cloud_platform"))

    assert (verdict.basis, verdict.domain, verdict.unknown_leaf) == (
        Basis.FAMILY,
        Domain.CLOUD_PLATFORM,
        "NeverSeenBefore",
    )


def test_the_vendors_widest_domains_are_asked_after_the_message():
    spoken = Failure(code="NeverSeenBefore", module="environment", text="The storage quota is exceeded.")

    assert classify(spoken).basis is Basis.PATTERN
    assert classify(replace(spoken, text="")).basis is Basis.FAMILY


def test_a_link_that_names_its_service_is_of_its_family():
    told = classify(Failure(chain=(Cause(0x01350016), Cause(0x07EE0001, module="STORAGE_MANAGER"))))

    assert (told.basis, told.unknown_leaf) == (Basis.FAMILY, "0x07EE0001")


def test_only_the_leaf_is_asked_for_its_family():
    above = Failure(chain=(Cause(0x01350016), Cause(0x80042399), Cause(0x07EE0001)))

    assert classify(Failure(chain=above.chain[:2])).basis is Basis.FAMILY
    assert classify(above).rule == "unknown"
