"""Whatever arrives: no exception, and always an answer."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import Cause, Failure, classify, find, leaf, read_failure
from classifier.__main__ import answer

KEYS = st.sampled_from(
    [
        "code",
        "domain",
        "reason",
        "context",
        "kbLink",
        "serCode",
        "suberror",
        "fields",
        "text",
        "origin",
        "module",
        "result",
        "error",
        "errorMessage",
        "details",
        "type",
        "warnings",
        "_src",
        "cause",
        "os_error_code",
        "lineTag",
        "activityresult",
        "payload",
        "message",
        "debug",
        "state",
        "severity",
        "src",
        "tag",
        "linetag",
        "build",
        "Reason",
    ]
)
VALUES = st.sampled_from(
    [
        0xFFF0,
        0x01350016,
        -2147024891,
        2**70,
        "0x80070005",
        "BackupFailed+0x01350016",
        "error",
        "ok",
        "InternalError",
        "",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | VALUES
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=6),
    max_leaves=40,
)
CAUSES = st.builds(
    Cause,
    st.integers(0, 2**32 - 1) | st.sampled_from([0xFFF0, 0x01350016, 0x80070005]),
    st.text(max_size=9),
    st.text(max_size=9),
)
FAILURES = st.builds(
    Failure,
    code=st.text(max_size=9) | st.sampled_from(["InternalError", "SystemErrorWindows", "BackupCorrupted"]),
    chain=st.lists(CAUSES, max_size=6).map(tuple),
    text=st.text(max_size=30),
    alert=st.text(max_size=9),
    inner=st.lists(st.text(max_size=9), max_size=3).map(tuple),
)


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_any_json_is_read_and_judged(obj):
    failure = read_failure(obj)

    if failure is not None:
        assert not failure.says_nothing
        assert all(0 < link.number < 2**32 for link in failure.chain)
        json.dumps(answer(failure, classify(failure)))


@settings(max_examples=200, deadline=None)
@given(FAILURES)
def test_any_failure_gets_a_full_verdict(failure):
    verdict = classify(failure)
    innermost = leaf(failure)

    assert verdict.cause
    assert verdict.first_step
    assert verdict.parties[0] is verdict.lead
    assert innermost is None or innermost in failure.chain


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | JSON.map(lambda obj: json.dumps(obj)))
def test_any_question_gets_an_answer_or_none(question):
    for found in find(question):
        assert found.verdict is not None or found.note
