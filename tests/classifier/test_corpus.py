"""Every shape in which Acronis tells of a failure, with the verdict an engineer would give. Our own samples."""

import json
from pathlib import Path
from typing import Any

import pytest

from classifier import Failure, classify, leaf, telling_name
from classifier.dump import read_dump
from classifier.shapes import read_failure

FOLDER = Path(__file__).parent.parent / "data" / "classifier" / "corpus"
SHAPES = (
    "alert-details",
    "api-answer",
    "bare-tree",
    "console-dump",
    "console-in-other-languages",
    "endings",
    "error-2017-2020",
    "hostile",
    "hresult",
    "localised",
    "log-lines",
    "name-value-pairs",
    "new-members",
    "payload",
    "plain-text-error",
    "quoted-answer",
    "result-error",
    "rounded-numbers",
    "ser-code",
    "several-children",
    "warnings",
    "words",
)
PASTED = ("console-dump", "console-in-other-languages", "log-lines", "name-value-pairs")  # lines of text, not JSON


def cases_of(shape: str) -> list[dict[str, Any]]:
    found = json.loads((FOLDER / f"{shape}.json").read_text(encoding="utf-8"))
    return [{**case, "shape": shape} for case in found["cases"]]


CASES = [case for shape in SHAPES for case in cases_of(shape)]


def read(case: dict[str, Any]) -> Failure | None:
    return read_dump("\n".join(case["given"])) if case["shape"] in PASTED else read_failure(case["given"])


def named(case: dict[str, Any]) -> str:
    return f"{case['shape']}: {case['id']}"


def end_of(failure: Failure) -> str:
    innermost = leaf(failure)
    return innermost.code if innermost else telling_name(failure)


@pytest.mark.parametrize("case", [case for case in CASES if case["expected"]], ids=named)
def test_failure_gets_the_verdict_an_engineer_would_give(case: dict[str, Any]):
    expected = case["expected"]

    failure = read(case)
    assert failure is not None
    verdict = classify(failure)

    told = {
        "leaf": end_of(failure),
        "domain": verdict.domain,
        "lead": verdict.lead,
        "disposition": verdict.disposition,
        "basis": verdict.basis,
        "rule": verdict.rule,
        "tag": failure.tag,
        "others": [end_of(other) for other in failure.others],
    }
    assert {key: told[key] for key in expected} == expected


@pytest.mark.parametrize("case", [case for case in CASES if not case["expected"]], ids=named)
def test_what_tells_of_no_failure_gives_none(case: dict[str, Any]):
    assert read(case) is None


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_has_its_cases(shape: str):
    assert len(cases_of(shape)) >= 3


def test_every_file_is_a_shape_and_every_case_has_a_name_of_its_own():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(SHAPES)
    assert len({named(case) for case in CASES}) == len(CASES) >= 60
