"""From parsed JSON of every known shape to a Failure."""

import pytest

from classifier.classify import classify, telling_name
from classifier.failure import Cause, Failure
from classifier.shapes import number_of, read_failure, split_ser_code
from tests.classifier.samples import sample


def codes(failure: Failure | None) -> list[str]:
    assert failure is not None
    return [link.code for link in failure.chain]


def read(obj: object) -> Failure:
    failure = read_failure(obj)
    assert failure is not None
    return failure


def test_alert_gives_its_name_chain_texts_tag_and_build():
    failure = read(sample("alert_backup_failed"))

    assert (failure.code, failure.module, failure.alert) == (
        "MemoFailedToDiscoverFesUri",
        "cloud_platform",
        "BackupFailed",
    )
    assert codes(failure) == ["0x01350016", "0x01350016", "0x00A100D4", "0x01270100", "0x0247000D"]
    assert failure.chain[2].text == "Failed to find archive 'HARBOUR-FS1'."
    assert (failure.chain[3].name, failure.chain[3].module) == ("CANotFoundErr", "STORAGE_MANAGER")
    assert failure.chain[4].text == failure.text
    assert (failure.tag, failure.build, failure.inner) == ("0xB9F2653089B4A64A", "20999", ())


def test_details_alone_give_what_the_whole_alert_gives():
    alert = sample("alert_backup_failed")
    assert isinstance(alert, dict)

    assert read_failure(alert["details"]) == read_failure(alert)


def test_alert_without_an_error_gives_its_type():
    assert read_failure(sample("alert_cancelled")) == Failure(alert="BackupCanceled")
    assert read_failure(sample("alert_no_backup")) == Failure(alert="NoBackupForXDays")


def test_ser_code_longer_than_the_structure_wins():
    failure = read(sample("activity_failed"))

    assert codes(failure)[-2:] == ["0x0000FFF0", "0x80070032"]
    assert failure.chain[-1].text == "The request is not supported"
    assert (failure.code, failure.module, failure.build) == (
        "MemoVssProviderDoesNotSupportVolume",
        "environment",
        "41100",
    )


def test_ser_code_takes_the_texts_of_the_structure_in_order():
    failure = read(
        {
            "code": "InternalError",
            "domain": "Common",
            "kbLink": {"serCode": "0x01350016+0x01350016+0x00040017"},
            "context": {
                "_src": {"code": 0x01350016, "text": "outer", "suberror": {"code": 0x00040017, "text": "locked"}}
            },
        }
    )

    assert [link.text for link in failure.chain] == ["outer", "", "locked"]


def test_warning_of_an_activity_is_read():
    failure = read(sample("activity_warned"))

    assert failure.code == "InternalError"
    assert codes(failure) == ["0x01350016", "0x01490002", "0x00040017"]
    assert failure.chain[-1].text == "Failed to lock the file."


def test_error_of_2019_joins_module_and_code():
    failure = read(sample("error_of_2019"))

    assert failure.code == "internalError"
    assert codes(failure) == ["0x00F90004", "0x01350014"]
    assert failure.chain[-1] == Cause(0x01350014, "The worker is gone.")
    assert failure.tag == "0x6708BE0A5B5D3D67"


def test_windows_error_brings_its_hresult_from_the_fields():
    failure = read(sample("error_internal"))

    assert codes(failure) == ["0x01350016", "0x01490003", "0x0000FFF0", "0x80070005"]
    assert failure.chain[-1].text == "Acceso denegado"


@pytest.mark.parametrize("spelt", [-2147024846, 2147942450, 50, "0x80070032", "2147942450"])
def test_hresult_is_read_in_any_notation(spelt):
    tree = {"code": 0xFFF0, "fields": {"code": spelt}, "text": "No", "suberror": None}

    assert codes(read_failure(tree)) == ["0x0000FFF0", "0x80070032"]


def test_hresult_that_stands_beneath_already_is_not_said_twice():
    tree = {"code": 0xFFF0, "fields": {"code": -2147024846}, "suberror": {"code": 0x80070032, "suberror": {}}}

    assert codes(read_failure(tree)) == ["0x0000FFF0", "0x80070032"]


def test_hresult_is_taken_from_the_context_or_the_message_when_the_chain_lacks_it():
    link = {"serCode": "0x01350016+0x0000FFF0"}
    by_context = {"code": "SystemErrorWindows", "domain": "Common", "kbLink": link, "context": {"os_error_code": 5}}
    by_message = {"code": "SystemErrorWindows", "domain": "Common", "message": "Windows error: (0x80070005) Access"}

    assert codes(read_failure(by_context)) == ["0x01350016", "0x0000FFF0", "0x80070005"]
    assert codes(read_failure(by_message)) == ["0x80070005"]


def test_number_of_an_api_error_is_its_name():
    failure = read(sample("api_error"))

    assert (failure.code, failure.module, failure.chain) == ("1006", "PlatformAccountServer", ())
    assert failure.text == "The tenant is still enabled."


def test_reason_names_an_answer_whose_code_is_an_http_status():
    answer = {"domain": "STORAGE_MANAGER", "code": "404", "reason": "CANotFoundErr", "message": "not found"}

    assert read(answer).code == "CANotFoundErr"


def test_cef_wrapper_is_read():
    assert read(sample("cef_activity")).code == "BackupDestinationDiskFullWithPartition"


def test_name_beneath_a_name_is_kept():
    error = {
        "domain": "Common",
        "code": "InternalError",
        "context": {"_src": {"suberror": {"domain": "environment", "code": "BackupCorrupted"}}},
    }

    assert (read(error).code, read(error).inner) == ("InternalError", ("BackupCorrupted",))


@pytest.mark.parametrize(
    "error",
    [
        {"message": "There is not enough space on the disk"},
        {"code": None, "message": "There is not enough space on the disk"},
        {"code": "error", "message": "There is not enough space on the disk"},
        {"code": "Some Error!", "domain": "x", "message": "There is not enough space on the disk"},
        {"code": "Überlauf", "domain": "x", "message": "There is not enough space on the disk"},
    ],
)
def test_message_without_a_usable_code_is_kept_and_matched(error):
    whole = read({"state": "completed", "result": {"code": "error", "error": error}})

    assert (whole.code, whole.chain, whole.text) == ("", (), "There is not enough space on the disk")
    assert read(error) == whole
    assert classify(whole).rule == "no-space-or-quota"


def test_message_that_nobody_knows_is_the_text_of_an_unknown_failure():
    failure = read({"result": {"code": "error", "error": {"message": "Etwas ging schief"}}})

    assert failure == Failure(text="Etwas ging schief")
    assert classify(failure).rule == "unknown"


def test_sentence_in_place_of_a_code_is_the_text_when_there_is_no_message():
    assert read({"code": "Some Error!", "domain": "x"}).text == "Some Error!"
    assert read({"result": {"code": "error", "error": {"code": "Überlauf"}}}) == Failure(text="Überlauf")


@pytest.mark.parametrize(
    "obj",
    [{"code": 0, "message": "OK"}, {"code": "OK", "message": "done"}, {"state": "running", "message": "copying"}],
)
def test_message_of_what_went_well_is_no_failure(obj):
    assert read_failure(obj) is None


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("warning", "finished-with-warnings"),
        ("WARNING", "finished-with-warnings"),
        ("ERROR", "failed-without-error"),
        ("Cancelled", "result-cancelled"),
        ("abandoned", "result-given-up"),
        ("timedout", "result-given-up"),
    ],
)
def test_result_code_says_how_a_run_ended_and_is_no_leaf(code, rule):
    failure = read({"state": "completed", "result": {"code": code}})

    assert failure == Failure(code=code.lower())
    assert classify(failure).rule == rule
    assert classify(failure).unknown_leaf == ""
    assert telling_name(failure) == ""


def test_words_of_an_ended_run_come_before_how_it_ended():
    warned = read({"result": {"code": "warning", "warnings": [{"message": "VSS writer 'X' has timed out"}]}})
    stopped = read({"result": {"code": "cancelled", "error": {"message": "Angehalten"}}})

    assert classify(warned).rule == "vss-writer-silent"
    assert classify(stopped).rule == "result-cancelled"
    assert stopped.text == "Angehalten"


def test_failed_result_without_an_error_is_still_a_failure():
    assert read_failure({"state": "completed", "result": {"code": "error", "error": None}}) == Failure(code="error")
    assert read_failure({"state": "completed", "result": {"code": "abandoned"}}) == Failure(code="abandoned")


@pytest.mark.parametrize("name", ["activity_went_well", "activity_running"])
def test_job_that_did_not_fail_gives_nothing(name):
    assert read_failure(sample(name)) is None


@pytest.mark.parametrize("obj", [None, [], {}, "BackupFailed", 5, {"items": []}, {"hello": "world"}, {"code": "ok"}])
def test_what_tells_of_no_failure_gives_nothing(obj):
    assert read_failure(obj) is None


def test_cycle_and_depth_are_bounded():
    loop: dict[str, object] = {"code": 0x01350016, "text": "again"}
    loop["suberror"] = loop
    deep: object = {}
    for _ in range(5000):
        deep = {"code": 0x01350016, "suberror": deep}

    assert codes(read_failure(loop)) == ["0x01350016"]
    assert len(read(deep).chain) == 256


def test_chain_that_is_too_long_keeps_its_innermost_links():
    tree: dict[str, object] = {"code": 0x00040017}
    for _ in range(300):
        tree = {"code": 0x01350016, "suberror": tree}
    ser_code = "BackupFailed" + "+0x01350016" * 300 + "+0x00040017"

    assert (len(read(tree).chain), read(tree).chain[-1].code) == (256, "0x00040017")
    assert split_ser_code(ser_code) == ("BackupFailed", (0x01350016,) * 255 + (0x00040017,))


@pytest.mark.parametrize(
    ("told", "codes_of_chain"),
    [
        (-2147024784, ["0x01350016", "0x00A100D4", "0x80070070"]),
        (0x80070070, ["0x01350016", "0x00A100D4", "0x80070070"]),
        (112, ["0x01350016", "0x00A100D4"]),
        (0, ["0x01350016", "0x00A100D4"]),
    ],
)
def test_hresult_of_the_context_is_appended_when_no_windows_error_announces_it(told, codes_of_chain):
    error = {"code": "InternalError", "domain": "Common", "context": {"os_error_code": told}}

    assert codes(read_failure(error | {"serCode": "0x01350016+0x00A100D4"})) == codes_of_chain


def test_hresult_of_the_context_is_not_said_twice():
    error = {"code": "X", "domain": "Common", "context": {"os_error_code": 0x80070070}}

    assert codes(read_failure(error | {"serCode": "0x01350016+0x80070070"})) == ["0x01350016", "0x80070070"]


@pytest.mark.parametrize(
    "odd",
    [
        {"code": 10**400, "suberror": {"code": float("nan"), "suberror": {"code": True}}},
        {"code": [], "domain": {}, "context": [], "kbLink": 5, "reason": None},
        {"result": {"code": [], "error": {"code": {}, "kbLink": {"serCode": [1]}}}},
        {"type": "BackupFailed", "details": {"error": [], "errorMessage": 7}},
        {"code": 1, "module": 10**30, "suberror": [None, {}, "x"]},
        {"serCode": "+".join(["0xZZ", "", "0x123456789", "99999999999", "\N{ARABIC-INDIC DIGIT ONE}"])},
    ],
)
def test_odd_input_gives_less_but_never_an_exception(odd):
    read_failure(odd)


def test_unknown_members_are_ignored():
    plain = {"domain": "environment", "code": "BackupCorrupted", "context": {}}

    assert read_failure(plain | {"new": {"code": "X", "suberror": {}}}) == read_failure(plain)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (20250646, 0x01350016),
        (-2147024891, 0x80070005),
        ("0X80070005", 0x80070005),
        ("-2147024891", 0x80070005),
        (20250646.0, 0x01350016),
        (True, None),
        (0.5, None),
        (float("inf"), None),
        (2**32, None),
        ("0x123456789", None),
        ("twelve", None),
        (None, None),
    ],
)
def test_number_is_read_in_any_notation(value, number):
    assert number_of(value) == number


def test_ser_code_is_split_with_and_without_its_alert():
    assert split_ser_code("BackupFailed+0x0135001a+5") == ("BackupFailed", (0x0135001A, 5))
    assert split_ser_code("0X01350016") == ("", (0x01350016,))
    assert split_ser_code("NoBackupForXDays") == ("NoBackupForXDays", ())
