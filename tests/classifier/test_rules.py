"""The tables of knowledge: every row stands on its own feet."""

import re

import pytest

from classifier.classify import classify
from classifier.failure import Failure
from classifier.rule import Code, HResult, Number, Rule, Words, basis_of, example_of, row
from classifier.rulebook import DEFAULT, RuleBook
from classifier.rules import RULES, wrappers
from classifier.verdict import Disposition, Domain, Party

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)

NAMED_IN_THE_SOURCE_DOCUMENT = (
    "BackupCorrupted",
    "InternalError",
    "BackupDestinationDiskFullWithPartition",
    "CannotConnectToMachineWithBackupDestination",
    "FailedToReadDisk",
    "FileLockErrorPath",
    "MemoErrorGracefulShutdown",
    "SystemErrorWindows",
    "CloudStorageUnavailable",
    "NetworkConnectionFailedHost",
    "MemoErrorCrashUnknown",
    "No activity",
)
OTHERS_MET_AT_BACKUP_TIME = (
    "StorageOiNotAvailable",
    "FailedRecoveryNoSpacePath",
    "CannotConnectToMachineWithNetworkShare",
    "BackupDidNotStart",
    "ResourceQuotaExceeded",
    "MemoErrorUnexpectedShutdown",
    "LocationCredentialsNotCorrect",
    "MemoUserAccountIsLockedNu",
    "MemoErrorMmsFailed",
    "OperationCanceledByUser",
    "MemoFailedToDiscoverFesUri",
    "CANotFoundErr",
    "MemoVssProviderDoesNotSupportVolume",
    "internalError",
    "NETWORK_ERROR",
    "NoBackupForXDays",
    "BackupStatusUnknown",
    "ReasonConflict",
)


@every_rule
def test_example_is_answered_by_its_own_rule(rule: Rule):
    assert classify(rule.example).rule == rule.name


@every_rule
def test_everything_a_rule_matches_is_answered_by_it(rule: Rule):
    answers = {match: classify(example_of(match)) for match in rule.matches}

    assert {answer.rule for answer in answers.values()} == {rule.name}
    assert all(answers[match].basis is basis_of(match) for match in rule.matches)


@every_rule
def test_no_other_rule_claims_the_example(rule: Rule):
    others = RuleBook(other for other in RULES if other is not rule)

    assert classify(rule.example, rules=others).rule != rule.name
    assert not any(match in others.by_match for match in rule.matches)


@every_rule
def test_a_rule_advises_in_full_sentences_and_names_its_source(rule: Rule):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert rule.cause.endswith(".")
    assert rule.first_step.endswith((".", "?"))
    assert not rule.note or rule.note.endswith(".")
    assert max(len(rule.cause), len(rule.first_step), len(rule.note)) <= 160
    assert len(rule.source) > 8


@every_rule
def test_patience_counts_runs_or_refreshes_never_both(rule: Rule):
    runs, refreshes = rule.patience.failed_runs, rule.patience.refreshes

    assert runs is None or refreshes is None
    assert (runs or refreshes or 1) >= 1
    assert rule.disposition is not Disposition.ACT_NOW or runs == 1


@every_rule
def test_parties_are_named_once_the_lead_first(rule: Rule):
    assert rule.lead is rule.parties[0]
    assert len(set(rule.parties)) == len(rule.parties)


def test_rule_names_are_unique():
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("name", [*NAMED_IN_THE_SOURCE_DOCUMENT, *OTHERS_MET_AT_BACKUP_TIME])
def test_named_code_has_a_rule(name: str):
    assert classify(Failure(code=name)).rule != "unknown"


@pytest.mark.parametrize("name", NAMED_IN_THE_SOURCE_DOCUMENT)
def test_code_without_a_public_page_points_at_no_vendor_address(name: str):
    source = DEFAULT.by_match[Code(name)].source

    assert "4TRESS" in source
    assert "http" not in source


def test_no_wrapper_number_has_a_rule():
    numbers = {match.value for match in DEFAULT.by_match if isinstance(match, Number | HResult)}

    assert numbers.isdisjoint(wrappers.NUMBERS)


def test_hresults_and_own_numbers_are_not_mixed_up():
    assert all(match.value >= 0x8000_0000 for match in DEFAULT.by_match if isinstance(match, HResult))
    assert all(match.value < 0x8000_0000 for match in DEFAULT.by_match if isinstance(match, Number))


def test_two_rules_for_one_code_are_refused_by_name():
    with pytest.raises(ValueError, match="BackupCorrupted is claimed by both backup-corrupted and mine"):
        RuleBook([*RULES, _own("mine", Code("BackupCorrupted"))])


def test_two_rules_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two rules are called backup-corrupted"):
        RuleBook([*RULES, _own("backup-corrupted", Code("Other"))])


def test_an_operators_own_rule_answers_first_and_the_others_stay():
    book = DEFAULT.with_own([_own("our-file-locks", Code("FileLockErrorPath"))])

    assert classify(Failure(code="FileLockErrorPath"), rules=book).rule == "our-file-locks"
    assert classify(Failure(code="BackupCorrupted"), rules=book).rule == "backup-corrupted"
    assert classify(Failure(code="FileLockErrorPath")).rule == "file-locked"


def test_an_operators_rule_of_the_same_name_replaces_the_shipped_one():
    book = DEFAULT.with_own([_own("disk-full", HResult(0x80070070))])

    assert classify(example_of(HResult(0x80070070)), rules=book).cause == "Ours."
    assert classify(example_of(HResult(0x80070027)), rules=book).rule != "disk-full"


def test_an_operators_words_are_asked_before_the_shipped_ones():
    book = DEFAULT.with_own([_own("our-quota", Words("quota is exceeded … Harbour"))])

    assert classify(Failure(text="The storage quota  is EXCEEDED\nfor Harbour"), rules=book).rule == "our-quota"
    assert classify(Failure(text="The storage quota is exceeded."), rules=book).rule == "quota-exceeded-by-message"


def _own(name: str, *matches: Code | HResult | Words) -> Rule:
    return row(
        Domain.ENVIRONMENT,
        name,
        *matches,
        who=Party.MSP,
        act=Disposition.MONITOR,
        cause="Ours.",
        first_step="Ours.",
        source="our ticket 4411",
    )
