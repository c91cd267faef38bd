"""From parsed JSON of every known shape to a Failure."""

import json

import pytest

from classifier.classify import classify, telling_name
from classifier.dump import read_dump
from classifier.failure import Cause, Failure
from classifier.shapes import OTHERS_MAX, apart, number_of, read_failure, split_ser_code
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
        ("20250646.0", 0x01350016),
        ("2.0250646E7", 0x01350016),
        ("2.147942405e9", 0x80070005),
        ("20250646.5", None),
        ("1e999", None),
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
    assert split_ser_code("0X01350016+0") == ("", (0x01350016,))
    assert split_ser_code("NoBackupForXDays") == ("NoBackupForXDays", ())


@pytest.mark.parametrize(
    "spelt",
    [
        "BackupFailed%2B0x01350016%2b0x00040017",
        "BackupFailed 0x01350016 262167",
        "BackupFailed + 0X1350016 + 0x40017",
        "https://kb.example.test/errorcode?ser=BackupFailed%2B20250646%2B0x00040017&lang=de",
        "https://kb.example.test/errorcode/?user=7&errorCode=BackupFailed+0x01350016+0x00040017#top",
        "https://kb.example.test/errorcode/BackupFailed+0x01350016+0x00040017",
    ],
)
def test_ser_code_is_read_out_of_a_link_and_however_its_signs_were_encoded(spelt):
    assert split_ser_code(spelt) == ("BackupFailed", (0x01350016, 0x00040017))


@pytest.mark.parametrize(
    "text", ["it failed 5 times", "https://kb.example.test/content/1234?lang=en", "?", "/", "+", ""]
)
def test_text_without_a_chain_has_no_ser_code(text):
    assert split_ser_code(text)[1] == ()


def test_older_link_tells_what_the_tree_lost():
    error = {"reason": "internalError", "kb_link": "https://kb.example.test/errorcode?ser=0x01350016%2B0x02480032"}

    assert codes(read_failure(error)) == ["0x01350016", "0x02480032"]


def test_debug_message_that_only_repeats_the_name_is_no_text():
    error = {"domain": "Common", "code": "InternalError", "debug": {"msg": "InternalError"}}

    assert read(error).text == ""
    assert read(error | {"context": {"effect_str": "The ferry left."}}).text == "The ferry left."


def test_line_tag_that_lost_its_end_is_not_told():
    tree = {"code": 0x00040017, "src": {"tag": 10166417142673676000}, "suberror": {}}

    assert read(tree).tag == ""


# --- a text in place of an error --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "failure"),
    [
        ("BackupCorrupted", Failure(code="BackupCorrupted")),
        ("There is no room left", Failure(text="There is no room left")),
        ("262167", Failure(chain=(Cause(0x00040017),))),
        ("BackupFailed+0x00040017", Failure(chain=(Cause(0x00040017),), alert="BackupFailed")),
        ('{"code": "BackupCorrupted"}', Failure(code="BackupCorrupted")),
        ('[{"code": "BackupCorrupted"}, 5]', Failure(code="BackupCorrupted")),
        ('{"code": "Backup', Failure(text='{"code": "Backup')),
    ],
)
def test_error_that_is_a_text_is_read(said, failure):
    assert read({"result": {"code": "error", "error": said}}) == failure
    assert read({"errorMessage": said}) == failure


@pytest.mark.parametrize("said", ["", "  ", "0", "0x0", "{}", "[]", 7, True, "12345678901234567890"])
def test_text_that_says_nothing_is_no_error(said):
    assert read_failure({"error": said}) is None
    assert read({"code": "error", "error": said}) == Failure(code="error")


def test_word_in_place_of_an_error_takes_the_sentence_beside_it():
    assert read({"error": "invalid_client", "error_description": "Who is this?"}) == Failure(
        code="invalid_client", text="Who is this?"
    )


def test_json_within_json_is_read():
    tree = '{"code":20250646,"suberror":{"code":262167,"fields":{"$module":"Adisk_bundle"},"suberror":{}}}'
    payload = json.dumps({"agent_result": {"completionResult": tree, "result": ""}})

    assert codes(read_failure({"code": "error", "payload": payload})) == ["0x01350016", "0x00040017"]


# --- what a sentence quotes -------------------------------------------------------------------------------------

ANSWER = 'The answer was {"domain":"STORAGE_MANAGER","code":"404","reason":"CANotFoundErr"}'


def test_quoted_answer_is_an_inner_name_of_what_the_vendor_could_not_place():
    failure = read({"domain": "Common", "code": "InternalError", "context": {"cause_str": ANSWER}})

    assert (failure.code, failure.inner) == ("InternalError", ("CANotFoundErr",))
    assert read({"result": {"code": "error", "error": {"message": ANSWER}}}) == Failure(
        code="CANotFoundErr", module="STORAGE_MANAGER", text=ANSWER
    )


def test_quoted_answer_hangs_on_the_innermost_link_where_the_vendor_named_the_error_itself():
    error = {"domain": "cloud_platform", "code": "MemoFailedToDiscoverFesUri", "serCode": "0x01350016+0x0247000D"}
    failure = read(error | {"context": {"cause_str": ANSWER}})

    assert failure.inner == ()
    assert failure.chain[-1] == Cause(0x0247000D, ANSWER, "CANotFoundErr", "STORAGE_MANAGER")


def test_quoted_answer_does_not_stand_above_one_that_the_structure_names():
    tree = {"code": 0x01270100, "fields": {"Reason": "ReasonConflict"}, "suberror": {"code": 0x0247000D}}
    failure = read({"domain": "Common", "code": "InternalError", "message": ANSWER, "context": {"_src": tree}})

    assert (failure.inner, failure.chain[0].name) == ((), "ReasonConflict")


@pytest.mark.parametrize(
    "text",
    ['{"code":"404"}', '{"domain":"X","code":503}', '"reason":"Outside"', "{", "{{{{", '{"code": {"code": 5}}', ""],
)
def test_what_names_no_error_is_not_quoted(text):
    assert read({"domain": "Common", "code": "InternalError", "message": text or "-"}).inner == ()


# --- side by side -----------------------------------------------------------------------------------------------


def branch(*numbers: int) -> dict[str, object]:
    tree: dict[str, object] = {}
    for number in reversed(numbers):
        tree = {"code": number, "text": f"link {number}", "suberror": tree}
    return tree


def test_children_side_by_side_are_all_read_the_first_leads():
    failure = read(
        {"code": 0x01350035, "suberror": [branch(0x01350016, 0x00040017), branch(0x01350016, 0x029B138B)]},
    )

    assert codes(failure) == ["0x01350035", "0x01350016", "0x00040017"]
    (other,) = failure.others
    assert codes(other) == ["0x01350016", "0x029B138B"]
    assert other.text == "link 43717515"
    assert classify(failure).rule == "archive-data-damaged"


@pytest.mark.parametrize("below", ["suberror", "suberrors", "children"])
def test_children_are_found_under_each_of_their_names(below):
    failure = read({"code": 0x01350035, "fields": {}, below: [{}, None, branch(0x00040017), branch(0x029B138B)]})

    assert codes(failure) == ["0x01350035", "0x00040017"]
    assert [codes(other) for other in failure.others] == [["0x029B138B"]]


def test_child_that_repeats_another_or_tells_nothing_is_left_out():
    again = [branch(0x00040017), branch(0x01490002, 0x00040017), branch(0x01350035), {"text": ""}, "x", {"code": 0}]

    assert read({"code": 0x01350035, "suberror": again}).others == ()


def test_others_are_bounded_however_many_and_however_nested():
    many: dict[str, object] = {"code": 1, "suberror": [branch(number) for number in range(2, 5000)]}
    nested: dict[str, object] = {}
    for number in range(1, 3000):
        nested = {"code": number, "suberror": [branch(number + 10_000), nested]}

    assert len(read(many).others) == OTHERS_MAX
    assert len(read(nested).others) == OTHERS_MAX
    assert all(not other.others for other in read(nested).others)


def test_child_that_holds_its_parent_ends():
    loop: dict[str, object] = {"code": 0x01350016}
    loop["suberror"] = [loop, branch(0x00040017), loop]

    assert codes(read_failure(loop)) == ["0x01350016"]


def test_warnings_are_all_read():
    vss, locked = {"code": "X1", "message": "first"}, {"domain": "environment", "code": "FileLockErrorPath"}
    warned = {"code": "warning", "warnings": [None, {}, {"code": "warning"}, vss, "the second one", locked, vss]}

    failure = read(warned)

    assert (failure.code, failure.text) == ("X1", "first")
    assert failure.others == (Failure(text="the second one"), Failure(code="FileLockErrorPath", module="environment"))


def test_warnings_wait_where_there_is_an_error():
    result = {"code": "error", "error": {"message": "no room"}, "warnings": [{"message": "late"}]}

    assert read(result) == Failure(text="no room")


def test_apart_keeps_what_is_new():
    first = Failure(code="A", chain=(Cause(1), Cause(2, "two")))
    new = (Failure(chain=(Cause(3),)), Failure(code="B"), Failure(text="else"), Failure(code="B", chain=(Cause(2),)))
    known = (Failure(chain=(Cause(1),)), Failure(code="A"), Failure(text="two"), Failure(), *new)

    assert apart(first, (*new, *known)) == new


# --- what people paste ------------------------------------------------------------------------------------------

DUMP = """
Additional info:
------------------------
Error code: 22
Module: 309
LineInfo: 0x4A8728DC8A1C950F
Fields: {"$module":"mms_vsa64_4999","CommandID":"8F01AC13-F59E-4851-9204-DE1FD77E36B4"}
Message: TOL: Failed to execute the command. Backing up
------------------------
Error code: 256
Module: 295
LineInfo: 0xB9F2653089B4A641
Fields: {"Domain":"STORAGE_MANAGER","Reason":"CANotFoundErr"}
Message: Not known
"""


def test_dump_gives_what_its_json_gives():
    assert read_dump(DUMP) == Failure(
        chain=(
            Cause(0x01350016, "TOL: Failed to execute the command. Backing up"),
            Cause(0x01270100, "Not known", "CANotFoundErr", "STORAGE_MANAGER"),
        ),
        text="Not known",
        tag="0xB9F2653089B4A641",
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", " "),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("\n", "\n> "),
        lambda text: text.replace(": ", " : "),
        lambda text: text.replace(": ", "："),
        lambda text: text.replace("-" * 24, "-" * 11),
        lambda text: text.replace("-" * 24 + "\n", ""),
        lambda text: text.replace("Error code", "Villa nr.").replace("Module", "Eining").replace("Message", "Boð"),
        lambda text: text.replace('"', "'"),
        lambda text: "Hello, we see:\n" + text + "\n\nWhat now?",
    ],
)
def test_dump_is_read_however_it_was_copied(change):
    failure = read_dump(change(DUMP))

    assert codes(failure) == ["0x01350016", "0x01270100"]
    assert failure is not None
    assert (failure.chain[1].name, failure.tag, failure.others) == ("CANotFoundErr", "0xB9F2653089B4A641", ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "22",
        "Error code: 22",
        "error code 22, module 309",
        "Error code: 404\nMessage: not found",
        "0x01350016+0x00040017",
        "Windows error: (0x80070005) Access is denied",
        "-----------\nFiles: 5\nFolders: 3\nMessage: copied",
        "| a | b |\n|---|---|\n| error | 0x5 |",
        "[]",
        "[1, 2",
        '[{"name": "x", "value": 1}]',
        '{"code": 22, "module": 309}',
        '"| error"',
    ],
)
def test_text_without_a_dump_gives_nothing(text):
    assert read_dump(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "-" * 200_000,
        "| " * 100_000,
        "| error 0x5 " * 20_000,
        "0x5" + " " * 200_000 + "x",
        ("-" * 9 + "\n") * 20_000,
        "Error code: 70000\n" * 8_000,
        "Error code: 22\nModule:" + " " * 200_000,
        "Error code: 70000 x: {" + "} " * 50_000,
        "Error code: 70000 x: y" + "\n \t" * 50_000 + "z",
        "[" * 100_000,
        '[{"name":"Error code","value":22},{"name":"Module","value":309}' + ',{"name":"x","value":[]}' * 5_000 + "]",
    ],
    ids=range(11),
)
@pytest.mark.timeout(20)  # what reads it over and over again takes minutes
def test_dump_of_any_length_is_read_to_its_end(text):
    assert read_dump(text) == read_dump(text)
