"""Anything a person may paste finds its rule."""

import json

import pytest

from classifier import find
from tests.classifier.samples import sample


def rule_of(question: str) -> str:
    found = find(question)[0]
    assert found.exact
    assert found.verdict is not None
    return found.verdict.rule


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("BackupCorrupted", "backup-corrupted"),
        ("  backupcorrupted ", "backup-corrupted"),
        ("backup-corrupted", "backup-corrupted"),
        ("Backup did not start", "backup-did-not-start"),
        ("no activity", "no-activity"),
        ("0x80070005", "access-denied"),
        ("-2147024891", "access-denied"),
        ("2147942405", "access-denied"),
        ("5", "access-denied"),
        ("80070070", "disk-full"),
        ("8007000e", "not-enough-memory"),
        ("0x00040017", "file-not-locked"),
        ("262167", "file-not-locked"),
        ("BackupFailed+0x01350016+0x0000fff0+0x80070032", "request-not-supported"),
        ("KB 61674", "quota-exceeded-by-message"),
        ("61698", "expression-test-failed"),
        ("Windows error: (0x80070005) Access is denied", "access-denied"),
        ("Failed: CloudStorageUnavailable, see log", "cloud-storage-unavailable"),
        ("the storage QUOTA is exceeded!", "quota-exceeded-by-message"),
        ('{"domain": "environment", "code": "BackupCorrupted"}', "backup-corrupted"),
    ],
)
def test_question_finds_its_rule(question, rule):
    assert rule_of(question) == rule


def test_pasted_alert_is_judged():
    assert rule_of(json.dumps(sample("alert_backup_failed"))) == "storage-not-discovered"


@pytest.mark.parametrize("question", ["20250646", "0x01350016", "BackupFailed"])
def test_wrapper_is_explained_and_has_no_verdict(question):
    found = find(question)

    assert found[0].verdict is None
    assert "wrapper" in found[0].note


def test_bare_22_of_an_old_console_is_the_wrapper():
    assert any("309" in found.note for found in find("22"))


def test_misspelt_name_is_suggested_not_answered():
    found = find("BackupCorupted")

    assert found[0].matched == "BackupCorrupted"
    assert not any(answer.exact for answer in found)


@pytest.mark.parametrize("question", ["6169", "xnot enough memory", "the quota exceededly"])
def test_part_of_a_number_or_word_is_no_exact_answer(question):
    assert not any(found.exact for found in find(question))


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("disk full", "backup-destination-full"),
        ("the disk is full", "disk-full"),
        ("the disk is full", "no-space-or-quota"),
        ("wrong password", "logon-failed"),
        ("internet down", "cloud-storage-unavailable"),
    ],
)
def test_everyday_words_suggest_the_rules_that_use_them(question, rule):
    suggested = [found.verdict.rule for found in find(question) if found.verdict and not found.exact]

    assert rule in suggested
    assert len(suggested) == len(set(suggested)) <= 5


@pytest.mark.parametrize("question", ["", "   ", "zzzzqqqq", "{", "0x", "[[[[", "+", "\x00", "0x01E50023"])
def test_nothing_known_finds_nothing(question):
    assert not any(found.exact for found in find(question))


def test_ordinary_words_are_not_taken_for_codes():
    assert not any(found.exact for found in find("an error was cancelled by somebody"))
