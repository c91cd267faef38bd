"""Whatever arrives: no exception, and always an answer."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import Cause, Failure, classify, find, leaf, read_failure
from classifier.__main__ import answer
from classifier.dump import read_dump
from classifier.shapes import OTHERS_MAX
from tests.classifier.test_corpus import CASES, PASTED

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
        "suberrors",
        "children",
        "kb_link",
        "completionResult",
        "agent_result",
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
        2.0250646e7,
        "2.0250646e7",
        '{"reason":"CANotFoundErr"}',
        '{"code":22,"suberror":[{"code":5}]}',
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


def is_sound(failure: Failure | None) -> None:
    if failure is None:
        return
    assert len(failure.others) <= OTHERS_MAX
    for each in (failure, *failure.others):
        assert not each.says_nothing
        assert all(0 < link.number < 2**32 for link in each.chain)
    json.dumps(answer(failure, classify(failure)))


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_any_json_is_read_and_judged(obj):
    failure = read_failure(obj)

    is_sound(failure)


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


# --- cases of the corpus, changed -------------------------------------------------------------------------------

GIVEN = [case["given"] for case in CASES if case["shape"] not in PASTED]
TEXTS = ["\n".join(case["given"]) for case in CASES if case["shape"] in PASTED]
OURS = frozenset(key for case in GIVEN for place in [case] for key in json.dumps(place).split('"'))
NEW_KEYS = st.text("qxz_", min_size=3, max_size=8).filter(lambda key: key not in OURS)
PIECES = st.sampled_from(
    [
        "Error code: 22",
        "Module: 309",
        "LineInfo: 0x8D165E86FB819595",
        'Fields: {"code":"5"}',
        "Message: no",
        "-" * 24,
        "| error 0x40017: locked",
        "| line: 0x8d165e86fb819595",
        "Error 0xfff0",
        "| code: 0x80070005",
        "| | ",
        "Additional info:",
        '[{"name":"Code","value":"X1"}]',
        "}",
        "{",
        ": ",
        " ",
        "\n",
    ]
)


def objects_in(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects_in(inner)


def pick(data: st.DataObject, given_: object) -> dict[str, Any]:
    places = [place for place in objects_in(given_) if place]
    return data.draw(st.sampled_from(places)) if places else {"": None}


def delete(data: st.DataObject, place: dict[str, Any], key: str) -> None:
    del place[key]


def rename(data: st.DataObject, place: dict[str, Any], key: str) -> None:
    place[data.draw(KEYS)] = place.pop(key)


def duplicate(data: st.DataObject, place: dict[str, Any], key: str) -> None:
    place[data.draw(KEYS)] = copy.deepcopy(place[key])


def retype(data: st.DataObject, place: dict[str, Any], key: str) -> None:
    place[key] = data.draw(LEAVES)


def list_up(data: st.DataObject, place: dict[str, Any], key: str) -> None:
    place[key] = [place[key]] * data.draw(st.integers(0, 3))


def spell(data: st.DataObject, place: dict[str, Any], key: str) -> None:
    place[key] = json.dumps(place[key])


def round_off(data: st.DataObject, place: dict[str, Any], key: str) -> None:
    if isinstance(place[key], int):
        place[key] = float(f"{place[key]:.{data.draw(st.integers(1, 16))}g}")


CHANGES: list[Callable[[st.DataObject, dict[str, Any], str], None]] = [
    delete,
    rename,
    duplicate,
    retype,
    list_up,
    spell,
    round_off,
]


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(GIVEN), st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4))
def test_any_change_to_a_case_is_read_and_judged(data, case, changes):
    changed = copy.deepcopy(case)
    for change in changes:
        place = pick(data, changed)
        change(data, place, data.draw(st.sampled_from(sorted(place))))

    is_sound(read_failure(changed))


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(GIVEN), st.lists(st.tuples(NEW_KEYS, JSON), min_size=1, max_size=3))
def test_members_that_nobody_knows_change_nothing(data, case, members):
    before, changed = read_failure(case), copy.deepcopy(case)
    places = [place for place in objects_in(changed) if len(place) > 1]
    for key, value in members if places else ():
        data.draw(st.sampled_from(places))[key] = value

    assert read_failure(changed) == before


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(GIVEN))
def test_numbers_mean_the_same_as_text_and_as_floats(case):
    def spelt(value: object, as_: Callable[[int], object]) -> object:
        if isinstance(value, dict):
            return {key: spelt(each, as_) for key, each in value.items()}
        if isinstance(value, list):
            return [spelt(each, as_) for each in value]
        return as_(value) if isinstance(value, int) and abs(value) < 2**32 and value is not True else value

    failure = read_failure(case)

    for as_ in (str, float, lambda value: f"{value}.0"):
        again = read_failure(spelt(case, as_))
        assert again == failure or (again and failure and again.chain == failure.chain)


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=80)
    | st.lists(PIECES | st.text(max_size=5), max_size=14).map(lambda pieces: "\n".join(pieces))
    | st.lists(PIECES, max_size=14).map(lambda pieces: "".join(pieces))
)
def test_any_text_may_be_pasted(text):
    is_sound(read_dump(text))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(TEXTS), st.integers(0, 400), st.integers(0, 40), st.text(max_size=6) | PIECES)
def test_any_dump_may_be_cut_and_scribbled_on(text, at, length, scribble):
    is_sound(read_dump(text[:at] + scribble + text[at + length :]))
