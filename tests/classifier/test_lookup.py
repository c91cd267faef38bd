"""Anything a person may paste finds its rule, and nothing else does."""

import json
from datetime import UTC, datetime

import pytest

from classifier import Basis, Failure, RuleBook, classify, find, read_failure
from classifier.dump import read_dump
from classifier.rule import Code, Words, row
from classifier.rulebook import DEFAULT, Mute
from classifier.rules.steps import STEPS
from classifier.rules.symbols import SYMBOLS
from classifier.verdict import Disposition, Domain, Party
from tests.classifier.samples import sample
from tests.classifier.test_corpus import CASES, PASTED, named

CONSOLE = """\
DATE AND TIME
Mar 4, 2026, 02:10:24 AM
CODE
{chain}
MODULE
309
MESSAGE
Backup failed

Additional info:
------------------------
Error code: 22
Module: 309
LineInfo: 0x8D165E86FB819595
Fields: {{"CommandID":"8F01AC13-F59E-4851-9204-DE1FD77E36B4","$module":"quay_vsa64_40999"}}
Message: TOL: Failed to execute the command. Backing up
------------------------
Error code: 23
Module: 4
LineInfo: 0x8D165E86FB819596
Fields: {{"$module":"quay_vsa64_40999"}}
Message: Une porte est fermée."""


def rule_of(question: str, *, rules: RuleBook = DEFAULT) -> str:
    found = find(question, rules=rules)[0]
    assert found.exact
    assert found.verdict is not None
    return found.verdict.rule


def suggested(question: str) -> list[str]:
    return [found.rule for found in find(question) if not found.exact]


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("BackupCorrupted", "backup-corrupted"),
        ("  backupcorrupted ", "backup-corrupted"),
        ("BACKUPCORRUPTED", "backup-corrupted"),
        ("`BackupCorrupted`", "backup-corrupted"),
        ("“BackupCorrupted”", "backup-corrupted"),
        ("code: BackupCorrupted", "backup-corrupted"),
        ("Backup Destination Disk Full With Partition", "backup-destination-full"),
        ("backup-corrupted", "backup-corrupted"),
        ("no activity", "no-activity"),
        ("Failed: CloudStorageUnavailable, see log", "cloud-storage-unavailable"),
        ("it says backupcorrupted again", "backup-corrupted"),
    ],
)
def test_code_in_any_case_and_with_spaces(question, rule):
    assert rule_of(question) == rule


@pytest.mark.parametrize(
    ("question", "matched"),
    [
        ("RunVMAgent/TimeoutError", "RunVMAgent/TimeoutError"),
        ("RunVMAgent TimeoutError", "RunVMAgent/TimeoutError"),
        ("runvmagent: timeout error", "RunVMAgent/TimeoutError"),
        ("TimeoutError (RunVMAgent)", "RunVMAgent/TimeoutError"),
        ("RunVMAgent reported TimeoutError at 02:10", "RunVMAgent/TimeoutError"),
        ("PlatformAccountServer/1002", "PlatformAccountServer/1002"),
        ("PlatformAccountServer 1002", "PlatformAccountServer/1002"),
        ("environment/BackupCorrupted", "BackupCorrupted"),
    ],
)
def test_code_of_a_service(question, matched):
    found = find(question)[0]

    assert found.exact
    assert found.matched == matched
    assert found.verdict is not None
    assert found.verdict.basis is Basis.EXACT_CODE


def test_code_asked_without_its_service_is_answered_for_every_service_that_has_it():
    told = {found.matched: found.note for found in find("BadRequest")}

    assert told == {
        "BadRequest": "only if DisasterRecovery or RunVMAgentGateway gave it",
        "General/BadRequest": "only if General gave it",
    }


def test_code_without_its_service_is_only_suggested_in_a_text():
    assert "RunVMAgent/TimeoutError" in [found.matched for found in find("it said TimeoutError at two o'clock")]
    assert not any(found.exact for found in find("it said TimeoutError at two o'clock"))


@pytest.mark.parametrize(
    ("question", "matched"),
    [
        ("DisasterRecovery/NeverSeenBefore", "DisasterRecovery/NeverSeenBefore"),
        ("DisasterRecovery NeverSeenBefore", "DisasterRecovery/NeverSeenBefore"),
        ("0x00A1BEEF", "0x00A1BEEF"),
        ("161/48879", "0x00A1BEEF"),
        ("module 161 code 48879", "0x00A1BEEF"),
        ("10600175", "0x00A1BEEF"),
        ("failed with 0x00A1BEEF in the end", "0x00A1BEEF"),
        ("BackupFailed+0x01350016+0x00A1BEEF", "0x00A1BEEF"),
    ],
)
def test_what_is_not_known_itself_is_answered_by_its_family_and_that_is_said(question, matched):
    found = find(question)[0]

    assert found.by_family
    assert found.matched == matched
    assert "not known itself" in found.note
    assert "service DisasterRecovery" in found.note or "module 161 (0x00A1)" in found.note


@pytest.mark.parametrize("question", ["DisasterRecovery", "module 161", "Module: 161"])
def test_family_can_be_asked_for_by_itself(question):
    assert find(question)[0].by_family


@pytest.mark.parametrize("question", ["Access denied", "Licensing switch", "General error"])
def test_ordinary_words_after_a_services_name_are_no_code_of_it(question):
    assert not any(found.by_family for found in find(question))


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("0x80070005", "access-denied"),
        ("0X80070005", "access-denied"),
        ("(0x80070005)", "access-denied"),
        ("0x80070005L", "access-denied"),
        ("-2147024891", "access-denied"),
        ("−2147024891", "access-denied"),
        ("2147942405", "access-denied"),
        ("80070070", "disk-full"),
        ("8007000e", "not-enough-memory"),
        ("hr=80070005", "access-denied"),
        ("5", "access-denied"),
        ("0x5", "access-denied"),
        ("error 5", "access-denied"),
        ("Windows error 5", "access-denied"),
        ("Windows-Fehler: 53", "network-path-not-found"),
        ("Windows error 1326: the gate is locked", "logon-failed"),
        ("Windows error: (0x80070005) no way in", "access-denied"),
        ("the call gave -2147024891 and went home", "access-denied"),
        ("0x00040017", "file-not-locked"),
        ("0x40017", "file-not-locked"),
        ("262167", "file-not-locked"),
        ("0x26a001a", "random-bytes-not-made"),
        ("0X26A001A", "random-bytes-not-made"),
        ("Error 0x26a001a: no dice", "random-bytes-not-made"),
    ],
)
def test_number_in_any_notation(question, rule):
    assert rule_of(question) == rule


@pytest.mark.parametrize(
    "question",
    [
        "module 161 code 212",
        "Module: 161, Code: 212",
        "Modul 161 Fehlercode 212",
        "Error code: 212 Module: 161",
        "Error code: 212\nModule: 161",
        "Fehlercode: 212\nModul: 161",
        "Code d'erreur: 212 Module: 161",
        "212 (161)",
        "212 (module 161)",
        "161/212",
        "161:212",
        "0xA1/0xD4",
        "10551508",
        "0xA100D4",
        "the archive was away, 212 (module 161), so it stopped",
    ],
)
def test_module_and_code_as_consoles_and_logs_write_them(question):
    assert rule_of(question) == "archive-not-found"


@pytest.mark.parametrize("question", ["309:22", "309/22", "22 (309)", "22 (module 309)", "20250646", "0x1350016"])
def test_wrapper_in_any_notation_is_explained_and_has_no_verdict(question):
    found = find(question)[0]

    assert (found.matched, found.verdict) == ("0x01350016", None)
    assert "First step: open the activity's details" in found.note


@pytest.mark.parametrize(
    "question",
    [
        "BackupFailed",
        "Backup failed",
        "alert: Backup failed",
        "0x01350016+0x01490003",
        'KB12345: Some Product: "Backup failed" alert',
    ],
)
def test_what_only_wraps_is_explained_and_has_no_verdict(question):
    found = find(question)[0]

    assert found.verdict is None
    assert "First step: open the activity's details" in found.note


def test_bare_22_of_an_old_console_is_the_wrapper():
    assert any("309" in found.note for found in find("22"))


def test_short_number_is_read_in_every_way_that_is_known():
    found = find("5")

    assert [answer.note for answer in found if answer.rule == "access-denied"] == ["read as Windows error 5"]
    assert all(answer.exact for answer in found)


@pytest.mark.parametrize(
    "question",
    [
        "BackupFailed+0x01350016+0x0000fff0+0x80070032",
        "0x01350016+0x0000fff0+0x80070032",
        "20250646+65520+2147942450",
        "serCode: BackupFailed+0x01350016+0x0000FFF0+0x80070032",
        "https://kb.acronis.com/errorcode?ser=BackupFailed%2B0x01350016%2B0x0000FFF0%2B0x80070032",
        "https://kb.acronis.com/errorcode/?ser=BackupFailed+0x01350016+0x0000FFF0+0x80070032&os=Windows",
        "https://help.brand.example/e?build=1&line=0xB9F2653089B4A64A&ser=0x01350016%2b0x0000FFF0%2b0x80070032&v=15.0",
        "see https://help.brand.example/?u=1&ser=BackupFailed%252B0x01350016%252B0x0000FFF0%252B0x80070032 please",
        "<https://kb.acronis.com/errorcode?ser=BackupFailed%2B0x01350016%2B0x0000FFF0%2B0x80070032>",
    ],
)
def test_chain_bare_or_in_an_address(question):
    assert rule_of(question) == "request-not-supported"


def test_chain_that_no_rule_knows_is_said_to_be_unknown():
    found = find("https://help.brand.example/e?ser=0x01350016%2B0x01E50023")[0]

    assert (found.matched, found.rule) == ("0x01E50023", "unknown")


@pytest.mark.parametrize(
    "question",
    [
        "BackupDidNotStart",
        "Backup did not start",
        "alert: Backup did not start",
        "Alert type: BackupDidNotStart",
        '"Backup did not start" alert',
        "Alert: Backup did not start on LINDEN-SQL1 at 02:00",
        "Backup did not start Critical LINDEN-SQL1 Linden nightly",
        "Backup did not start\nCritical\nLINDEN-SQL1",
        "Linden, Tuesday\nBackup did not start\nplan nightly",
    ],
)
def test_alert_by_its_type_or_its_title(question):
    assert rule_of(question) == "backup-did-not-start"


def test_title_that_is_part_of_a_sentence_is_only_suggested():
    question = "my colleague thinks the upload is pending since the storm"

    assert not any(found.exact for found in find(question))
    assert "shipped-backup-not-uploaded" in suggested(question)


def test_words_that_are_both_a_title_and_a_message_get_both():
    found = [answer.rule for answer in find("Storage quota is exceeded") if answer.exact]

    assert found == ["dr-storage-quota-exceeded", "quota-exceeded-by-message"]


def test_phrase_that_is_a_part_of_a_title_is_only_suggested_beside_it():
    found = {answer.rule: answer.exact for answer in find("Failback target agent offline")}

    assert found == {"dr-failback-agent-offline": True, "agent-offline": False}


@pytest.mark.parametrize(
    "question",
    [
        "KB 61698",
        "KB61698",
        "kb-61698",
        "61698",
        "kb.acronis.com/content/61698",
        "https://kb.acronis.com/content/61698",
        'KB61698: Some Product: backup fails with "An odd thing"',
        "somebody wrote that KB 61698 helps",
    ],
)
def test_article_of_the_knowledge_base(question):
    found = find(question)[0]

    assert (found.matched, found.rule) == ("KB 61698", "expression-test-failed")


def test_article_that_no_rule_cites_is_read_by_its_title():
    assert rule_of('KB99999: Some Product: backup fails with "no disk space or quota"') == "no-space-or-quota"


def test_codes_decide_before_an_article_that_is_only_mentioned():
    assert rule_of("0x80070005 at the gate, somebody said KB 61698") == "access-denied"


@pytest.mark.parametrize(
    "question", ["0xB9F2653089B4A64A", "0xb320396adfe3e63", "LineInfo: 0x8D165E86FB819595", "8D165E86FB819595"]
)
def test_line_tag_is_for_the_vendors_support(question):
    found = find(question)[0]

    assert found.verdict is None
    assert "line tag" in found.note
    assert "support" in found.note


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("8F01AC13-F59E-4851-9204-DE1FD77E36B4", "backing up"),
        ("{8f01ac13-f59e-4851-9204-de1fd77e36b4}", "backing up"),
        ("CommandID: 8F01AC13-F59E-4851-9204-DE1FD77E36B4", "backing up"),
        ("Backing up", "backing up"),
        ("policy.revoke", "taking a plan off a workload"),
        ("SPBackup", "backing up SharePoint"),
    ],
)
def test_activitys_type_says_which_step_and_never_why(question, what):
    found = find(question)[0]

    assert found.verdict is None
    assert found.note == f"{found.matched} is an activity's type: {what}; it says which step, never why"


def test_id_of_something_is_told_from_a_code():
    assert "means nothing by itself" in find("0C000000-0000-0000-0000-0000000000C1")[0].note


def test_steps_are_in_our_words():
    assert all(step.what[0].islower() or step.what.startswith("Microsoft") for step in STEPS.values())
    assert all(not step.what.endswith(".") for step in STEPS.values())


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("VSS_E_WRITERERROR_RETRYABLE", "vss-writer-retryable"),
        ("vss_e_writererror_retryable", "vss-writer-retryable"),
        ("E_ACCESSDENIED", "access-denied"),
        ("it ended with ERROR_DISK_FULL on D:", "disk-full"),
    ],
)
def test_name_that_microsoft_gives_an_error(question, rule):
    assert rule_of(question) == rule


def test_every_symbol_stands_for_a_code_that_a_rule_knows():
    assert [name for name, number in SYMBOLS.items() if not (DEFAULT.knows(number) or number in DEFAULT.wrappers)] == []
    assert all(number >= 0x8000_0000 for number in SYMBOLS.values())


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("the storage QUOTA is exceeded!", "quota-exceeded-by-message"),
        ("msg: the storage quota is exceeded", "quota-exceeded-by-message"),
        ("Tuesday\nthe storage\nquota  is exceeded\nagain", "quota-exceeded-by-message"),
        (CONSOLE.format(chain="0x01350016+0x00040017"), "file-not-locked"),
        (" ".join(CONSOLE.format(chain="").split()), "file-not-locked"),
        (
            "| error 0x1350016: TOL\n| line: 0x8d165e86fb8195bd\n| IsReturnCode: 0x1\n| error 0x40017: no",
            "file-not-locked",
        ),
    ],
)
def test_message_of_several_lines(question, rule):
    assert rule_of(question) == rule


CORRUPTED = {"domain": "environment", "code": "BackupCorrupted"}
NO_CLOUD = {"domain": "network", "code": "CloudStorageUnavailable"}


@pytest.mark.parametrize(
    "question",
    [
        json.dumps(CORRUPTED),
        json.dumps([CORRUPTED]),
        json.dumps({"items": [CORRUPTED]}),
        f"last night: {json.dumps(CORRUPTED)}, and again at four",
        f'body: "{json.dumps(json.dumps(CORRUPTED))[1:-1]}"',
        json.dumps({"result": {"error": CORRUPTED}, "notes": "x" * 50})[:-3],
        "{“domain”: “environment”, “code”: “BackupCorrupted”}",
    ],
)
def test_json_alone_in_a_list_in_other_text_or_cut_off(question):
    assert rule_of(question) == "backup-corrupted"


def test_what_several_objects_mean_alike_is_said_once_with_their_number():
    found = find(json.dumps([CORRUPTED, NO_CLOUD, CORRUPTED]))

    assert [(answer.rule, answer.note) for answer in found] == [
        ("backup-corrupted", "2 of the 3 objects"),
        ("cloud-storage-unavailable", "1 of the 3 objects"),
    ]


@pytest.mark.parametrize("question", ["{}", "[]", '{"result": {"code": "ok"}}', '{"state": "running"}'])
def test_json_without_a_failure_is_said_to_have_none(question):
    assert "No failure" in find(question)[0].note


def test_pasted_alert_is_judged():
    assert rule_of(json.dumps(sample("alert_backup_failed"))) == "storage-not-discovered"


@pytest.mark.parametrize("case", [case for case in CASES if case["expected"]], ids=named)
def test_every_known_shape_is_found_as_it_is_judged(case):
    pasted = "\n".join(case["given"]) if case["shape"] in PASTED else json.dumps(case["given"])
    failure = read_dump(pasted) if case["shape"] in PASTED else read_failure(case["given"])
    assert failure is not None
    judged = classify(failure).rule

    for question in (pasted, " ".join(pasted.split())):  # as in a terminal, as in a chat
        found = find(question)[0]
        assert found.exact
        assert found.rule == judged or (judged == "unknown" and "First step" in found.note)


def test_misspelt_name_is_suggested_not_answered():
    found = find("BackupCorupted")

    assert found[0].matched == "BackupCorrupted"
    assert not any(answer.exact for answer in found)


def test_misspelt_name_in_a_long_text_is_suggested():
    text = f"{'the night was long and ' * 5} then BackupCorupted was all it said"

    assert "backup-corrupted" in suggested(text)


@pytest.mark.parametrize("question", ["6169", "xnot enough memory", "the quota exceededly", "20250702.log", "02:00"])
def test_part_of_a_number_or_word_is_no_exact_answer(question):
    assert not any(found.exact for found in find(question))


@pytest.mark.parametrize(
    "question",
    [
        "backup_20250702.log was written at 02:10",
        "on 20250702 it was fine",
        "the file has 2097152 bytes",
        "| IsReturnCode: 0x1\n| TraceLevel: 0x5",
        "loaded at address 0x80070005",
        "10.20.30.5 answered in 5 ms",
    ],
)
def test_dates_sizes_and_addresses_are_no_codes(question):
    assert not any(found.exact for found in find(question))


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("disk full", "backup-destination-full"),
        ("the disk is full", "disk-full"),
        ("the disk is full", "no-space-or-quota"),
        ("wrong password", "logon-failed"),
        ("internet down", "cloud-storage-unavailable"),
        ("Retention on the NAS: access denied", "access-denied"),
    ],
)
def test_everyday_words_suggest_the_rules_that_use_them(question, rule):
    assert rule in suggested(question)
    assert len(suggested(question)) == len(set(suggested(question))) <= 5


@pytest.mark.parametrize(
    "question", ["", "   ", "zzzzqqqq", "{", "0x", "[[[[", "+", "\x00", "0x01E50023", "%2B", "```"]
)
def test_nothing_known_finds_nothing(question):
    assert not any(found.exact for found in find(question))


def test_ordinary_words_are_not_taken_for_codes():
    assert not any(found.exact for found in find("an error was cancelled by somebody"))


def test_long_text_without_meaning_suggests_little():
    assert len(find("lorem ipsum dolor sit amet " * 80)) <= 5


# --- what has more than one meaning -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "note"),
    [
        ("certificate expired", "only RunVMAgent (disaster recovery) uses this name"),
        ("timeout error", "only RunVMAgent (disaster recovery) uses this name"),
        ("unknown error", "only RunVMAgent (disaster recovery) uses this name"),
        ("mount failed", "only RunVMAgent (disaster recovery) uses this name"),
        ("invalid certificate", "only RunVMAgent (disaster recovery) uses this name"),
        ("operation canceled", "only RunVMAgent (disaster recovery) uses this name"),
        ("Unauthorized", "only DisasterRecovery uses this name"),
        ("bad request", "only DisasterRecovery and RunVMAgentGateway (disaster recovery) use this name"),
        ("not allowed", "only DisasterRecovery and RunVMAgentGateway (disaster recovery) use this name"),
        ("conflict", "only RunVMAgentGateway (disaster recovery) uses this name"),
        ("server not found", "only DisasterRecovery and RunVMAgent (disaster recovery) use this name"),
        ("not found", "only General (Acronis' API) uses this name"),
        ("1000", "only PlatformAccountServer (accounts and quotas) uses this name"),
        ("1001", "only PlatformAccountServer (accounts and quotas) uses this name"),
    ],
)
def test_everyday_words_that_one_service_uses_as_a_code_are_only_suggested(question, note):
    found = find(question)

    assert found[0].note == note
    assert not any(each.exact for each in found)


def test_code_of_one_service_spelt_as_a_code_is_answered_with_that_said():
    found = find("TimeoutError")[0]

    assert (found.exact, found.note) == (True, "only if RunVMAgent gave it")


@pytest.mark.parametrize("question", ["error", "warning", "cancelled", "timedout", "abandoned", "Cancelled"])
def test_result_of_a_run_is_no_cause(question):
    (found,) = find(question)

    assert found.verdict is None
    assert found.note == (
        f"“{question.lower()}” is only the result of a run: open the failed activity and ask for its innermost code"
    )


FIRST = "First step: open the activity's details and ask for the innermost code, or paste the whole text here"


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("0x01350016", f"0x01350016 only says that a command failed. {FIRST}"),
        ("22", f"Only if the console shows module 309 beside it: 0x01350016 only says that a command failed. {FIRST}"),
        ("BackupFailed", f"BackupFailed only says that a backup failed. {FIRST}"),
        ("ActivityFailed", f"ActivityFailed only says that something failed. {FIRST}"),
        (
            "E_FAIL",
            f"Microsoft calls it E_FAIL: 0x80004005 does not say why something failed (Windows' unspecified failure). "
            f"{FIRST}",
        ),
    ],
)
def test_wrapper_says_what_to_do(question, words):
    assert words in [found.note for found in find(question) if found.exact]


@pytest.mark.parametrize(
    ("question", "note"),
    [
        ("cloud_platform/Foo", "not known itself; its error domain, cloud_platform, is"),
        ("0x80042399", "not known itself, only its family: VSS"),
        ("0x80041010", "not known itself, only its family: WMI"),
    ],
)
def test_family_is_named(question, note):
    found = find(question)[0]

    assert found.by_family
    assert found.note.startswith(note)


@pytest.mark.parametrize("question", ["#5", "# 5", "incident #5"])
def test_number_with_its_sign_is_a_row_of_the_digest(question):
    (found,) = find(question)

    assert (found.verdict, found.note) == (None, "#5 is a row of fortress' digest")


@pytest.mark.parametrize(
    ("question", "matched"),
    [
        ("0x80070035, 0x80070005", ["0x80070035", "0x80070005"]),
        ("0x80070035 and 0x80070005", ["0x80070035", "0x80070005"]),
        ("0x80070035; 0x80070005", ["0x80070035", "0x80070005"]),
        ("0x80070035 0x80070005", ["0x80070035", "0x80070005"]),
        ("error: 0x80070035\n0x80070005", ["0x80070035", "0x80070005"]),
        ("0x01350016, 0x80070005", ["0x80070005", "0x01350016"]),
        ("0x01E50023, 0x80070005", ["0x80070005", "0x01E50023"]),
        ("BackupCorrupted, CloudStorageUnavailable", ["BackupCorrupted", "CloudStorageUnavailable"]),
        ("RunVMAgent TimeoutError", ["RunVMAgent/TimeoutError"]),
        ("0x80070035 whatever", ["0x80070035"]),
    ],
)
def test_several_codes_get_an_answer_each(question, matched):
    assert [found.matched for found in find(question) if found.exact] == matched


@pytest.mark.parametrize(
    ("question", "matched", "note"),
    [
        ("HTTP 503", "HTTP 503", ""),
        ("HTTP 503 Service Unavailable", "HTTP 503", ""),
        ("HTTP/1.1 503 Service Unavailable", "HTTP 503", ""),
        ("HTTP/2 503", "HTTP 503", ""),
        ("401 Unauthorized", "HTTP 401", ""),
        ("(403) Forbidden", "HTTP 403", ""),
        ("503", "HTTP 503", "only if it is an HTTP answer"),
        ("429", "HTTP 429", "only if it is an HTTP answer"),
        ("401", "HTTP 401", "only if it is an HTTP answer"),
        ("403", "HTTP 403", "only if it is an HTTP answer"),
        ("404", "HTTP 404", "only if it is an HTTP answer"),
        ("80070035h", "0x80070035", ""),
        ("&H80070035", "0x80070035", ""),
        ("it gave &H80070035& again", "0x80070035", ""),
        ("０ｘ８００７００３５", "0x80070035", ""),
        ("what is error 5", "0x80070005", "read as Windows error 5"),
        ("What does 0x80070005 mean?", "0x80070005", ""),
        ("the call failed error 5", "0x80070005", "read as Windows error 5"),
    ],
)
def test_what_a_person_types_is_read(question, matched, note):
    found = find(question)[0]

    assert (found.exact, found.matched, found.note) == (True, matched, note)


@pytest.mark.parametrize("question", ["401 machines", "503 of them", "module 999 failed with error 5"])
def test_number_beside_other_words_is_no_code(question):
    assert not any(found.exact for found in find(question))


@pytest.mark.parametrize(
    "question", ["nothing", "nothing works", "22 machines", "the backup failed", "open", "order 4194306"]
)
def test_words_that_tell_nothing_suggest_nothing(question):
    assert find(question) == ()


@pytest.mark.parametrize(
    "question",
    ["S_OK", "0x00000000", "0", "ERROR_SUCCESS", "The operation completed successfully.", "error: 0x0"],
)
def test_success_is_said_to_be_one(question):
    (found,) = find(question)

    assert (found.verdict, found.note) == (None, "That means success")


def test_text_wins_over_the_name_of_a_rule():
    assert [(found.rule, found.by) for found in find("Quota exceeded")][:2] == [
        ("no-space-or-quota", ""),
        ("quota-exceeded", "the rule's name"),
    ]


@pytest.mark.parametrize(
    ("question", "rule", "by", "note"),
    [
        ("disk-full", "disk-full", "the rule's name", ""),
        ("rule disk-full", "disk-full", "the rule's name", ""),
        ("your own rule disk-full", "disk-full", "the rule's name", ""),
        ("KB 61698", "expression-test-failed", "its KB article", ""),
        ("61698", "expression-test-failed", "its KB article", "read as a KB number"),
        ("0x80070005", "access-denied", "", ""),
    ],
)
def test_by_what_it_was_found_is_said(question, rule, by, note):
    found = find(question)[0]

    assert (found.rule, found.by, found.note) == (rule, by, note)


# --- an operator's own book --------------------------------------------------------------------------------------

UNTIL = datetime(2026, 3, 9, 7, tzinfo=UTC)


def own_book() -> RuleBook:
    ours = row(
        Domain.ENVIRONMENT,
        "our-ferry",
        Code("FerryMissed"),
        Words("the ferry … left without us"),
        who=Party.CLIENT,
        act=Disposition.MONITOR,
        cause="The ferry has left.",
        first_step="Wait for the next one.",
        source="our ticket 4411",
    )
    mutes = [Mute("disk-full", UNTIL, "disk ordered"), Mute("0x80070005", UNTIL), Mute("BackupCorrupted", UNTIL)]
    return DEFAULT.with_own([ours], mutes=mutes)


@pytest.mark.parametrize("question", ["FerryMissed", "our ferry", "it seems the ferry has left without us"])
def test_operators_own_rules_are_found_in_their_book_alone(question):
    assert rule_of(question, rules=own_book()) == "our-ferry"
    assert "our-ferry" not in [found.rule for found in find(question)]


@pytest.mark.parametrize(
    "question",
    ["0x80070070", "ERROR_DISK_FULL", "disk-full", "0x80070005", "BackupCorrupted", "it was BackupCorrupted"],
)
def test_what_the_operator_muted_says_so(question):
    verdict = find(question, rules=own_book())[0].verdict

    assert verdict is not None
    assert verdict.muted_until == UNTIL


def test_what_is_found_is_what_the_bot_judges():
    book = own_book()
    for failure in (Failure(code="BackupCorrupted"), Failure(code="FerryMissed"), Failure(alert="BackupDidNotStart")):
        assert find(failure.code or failure.alert, rules=book)[0].verdict == classify(failure, rules=book)


# --- how long it takes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "piece", ["the backup of LINDEN-SQL1 failed ", "{", "[[", '{"a":', "- ", "0x1+", "| ", "%2B", "a"]
)
@pytest.mark.timeout(20)  # what reads it over and over again takes minutes; tests/bench has the figures
def test_look_up_comes_to_an_end_whatever_is_pasted(piece):
    text = (piece * (100_000 // len(piece) + 1))[:100_000]

    assert find(text) == find(text)
