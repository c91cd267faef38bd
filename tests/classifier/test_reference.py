"""The vendor's own samples: not ours to ship, read from FORTRESS_REFERENCE when it is set."""

import json
import os
from pathlib import Path

import pytest

from classifier.__main__ import answer
from classifier.classify import classify
from classifier.shapes import read_failure, split_ser_code

FOLDER = os.environ.get("FORTRESS_REFERENCE", "")

pytestmark = pytest.mark.skipif(not FOLDER, reason="FORTRESS_REFERENCE is not set: the vendor's samples are not here")


def acronis() -> Path:
    root = Path(FOLDER)
    return root / "acronis" if (root / "acronis").is_dir() else root


def vendor_sample(name: str) -> object:
    return json.loads((acronis() / "samples" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("whole_alert", [False, True])
def test_the_real_failed_backup_is_judged_as_documented(whole_alert):
    details = vendor_sample("alert_details_backup_failed_cef")
    failure = read_failure({"type": "BackupFailed", "details": details} if whole_alert else details)
    assert failure is not None
    told = answer(failure, classify(failure))

    assert isinstance(details, dict)
    assert told["leaf"] == {"code": "0x0247000D", "text": details["errorMessage"]["context"]["cause_str"]}
    assert told["chain"] == ["0x01350016", "0x01350016", "0x00A100D4", "0x01270100", "0x0247000D"]
    assert [
        told[key] for key in ("code", "module", "domain", "lead", "parties", "disposition", "patience", "basis")
    ] == [
        "MemoFailedToDiscoverFesUri",
        "cloud_platform",
        "Cloud Platform",
        "Acronis",
        ["Acronis"],
        "act now",
        {"failed_runs": 1},
        "exact code",
    ]


@pytest.mark.parametrize(
    ("name", "leaf", "rule"),
    [
        ("error_recovery_no_worker_forum", "0x01350014", "activity-without-worker"),
        ("error_access_denied_openapi", "AccessDeniedError", "api-access-denied"),
        ("error_http_400_account_devguide", "1006", "account-change-refused"),
    ],
)
def test_every_error_of_the_samples_gets_its_leaf(name, leaf, rule):
    failure = read_failure(vendor_sample(name))
    assert failure is not None
    told = answer(failure, classify(failure))

    assert isinstance(told["leaf"], dict)
    assert (told["leaf"]["code"], told["rule"]) == (leaf, rule)


def test_alert_of_a_missing_backup_is_judged_by_its_type():
    failure = read_failure(vendor_sample("alert_create_no_backup_for_x_days_openapi"))

    assert failure is not None
    assert classify(failure).rule == "no-backup-for-days"


def test_no_job_of_the_samples_that_went_well_is_read_as_failed():
    names = ("activity_plan_edit_siem", "task_policy_apply_siem", "cef_policy_revoke_3", "activities_list_devguide")

    assert [read_failure(vendor_sample(name)) for name in names] == [None] * len(names)


def test_every_chain_ever_observed_has_a_rule():
    lines = (acronis() / "observed_error_chains.csv").read_text(encoding="utf-8").splitlines()[1:]
    chains = [line.split(",")[0] for line in lines]
    failures = [read_failure({"serCode": chain}) for chain in chains]

    assert [len(failure.chain) if failure else 0 for failure in failures] == [len(split_ser_code(c)[1]) for c in chains]
    assert [
        chain
        for chain, failure in zip(chains, failures, strict=True)
        if failure and classify(failure).rule == "unknown"
    ] == []
