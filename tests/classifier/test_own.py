"""The operator's own rules: what they claim, what stays ours, and how a match is read."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from classifier.classify import classify
from classifier.failure import Cause, Failure
from classifier.own import MuteUntil, OwnRules, RuleChange, Unreadable, book_with, claim, match_of, muted_of, rule_of
from classifier.rule import (
    AlertType,
    Code,
    HResult,
    Match,
    Number,
    Numbers,
    Rule,
    Service,
    Words,
    example_of,
    row,
    spelling,
)
from classifier.rulebook import DEFAULT, RuleBook
from classifier.verdict import Concern, Disposition, Domain, Party, Patience

LISBON = ZoneInfo("Europe/Lisbon")


def a_rule(name: str, *matches: Match, concerns: Concern = Concern.WORKLOAD, own: bool = True) -> Rule:
    made = row(
        Domain.ENVIRONMENT,
        name,
        *matches,
        who=Party.CLIENT,
        act=Disposition.MONITOR,
        cause="Theirs.",
        first_step="Wait.",
        source="our ticket 4411",
        concerns=concerns,
    )
    return replace(made, own=own)


# --- the book ----------------------------------------------------------------------------------------------------


def test_without_own_rules_the_book_is_ours():
    assert book_with(OwnRules()) is DEFAULT


def test_added_rule_answers_before_ours_and_says_whose_it_is():
    book = book_with(OwnRules(added=(a_rule("nas-asleep", Code("FileLockErrorPath")),)))

    verdict = classify(Failure(code="FileLockErrorPath"), rules=book)

    assert (verdict.rule, verdict.own, verdict.source) == ("nas-asleep", True, "our ticket 4411")
    assert not classify(Failure(code="BackupCorrupted"), rules=book).own


def test_a_name_alone_is_that_name_of_every_service():
    of_one = Code("TimeoutError", of="RunVMAgent")
    ours = RuleBook([a_rule("recovery-server-slow", of_one, own=False)])
    book = book_with(OwnRules(added=(a_rule("slow", Code("TimeoutError")),)), ours)

    assert classify(Failure(code="TimeoutError", module="RunVMAgent"), rules=book).rule == "slow"
    assert [rule.name for rule in book.rules] == ["slow"]


def test_a_name_of_one_service_leaves_the_others_alone():
    ours = RuleBook([a_rule("slow", Code("TimeoutError"), own=False)])
    book = book_with(OwnRules(added=(a_rule("theirs", Code("TimeoutError", of="RunVMAgent")),)), ours)

    assert classify(Failure(code="TimeoutError", module="RunVMAgent"), rules=book).rule == "theirs"
    assert classify(Failure(code="TimeoutError", module="Common"), rules=book).rule == "slow"


def test_two_own_rules_share_a_name_when_one_of_them_names_the_service():
    alone, of_one = a_rule("alone", Code("TimeoutError")), a_rule("of-one", Code("TimeoutError", of="RunVMAgent"))
    book = book_with(OwnRules(added=(alone, of_one)), RuleBook([a_rule("ours", *of_one.matches, own=False)]))

    assert classify(Failure(code="TimeoutError", module="RunVMAgent"), rules=book).rule == "of-one"
    assert classify(Failure(code="TimeoutError"), rules=book).rule == "alone"


def test_added_rule_speaks_of_the_destination_when_ours_did():
    unreachable = Code("CannotConnectToMachineWithBackupDestination")
    book = book_with(OwnRules(added=(a_rule("nas-asleep", unreachable, Number(0x0123_4567)),)))

    assert DEFAULT.by_match[unreachable].concerns is Concern.DESTINATION
    assert classify(example_of(unreachable), rules=book).concerns is Concern.DESTINATION


def test_changed_rule_keeps_its_matches_and_all_that_is_not_named():
    ours = next(rule for rule in DEFAULT.rules if rule.name == "file-locked")
    change = RuleChange(rule="file-locked", disposition=Disposition.MONITOR, failed_runs=4)
    book = book_with(OwnRules(changed=(change,)))

    (changed,) = (rule for rule in book.rules if rule.name == "file-locked")

    patience = Patience(failed_runs=4)
    assert changed == replace(ours, disposition=Disposition.MONITOR, patience=patience, own=True)
    assert classify(ours.example, rules=book).own
    assert [rule.name for rule in book.rules] == [rule.name for rule in DEFAULT.rules]


@pytest.mark.parametrize(
    ("change", "before", "patience"),
    [
        (RuleChange(rule="x", cause="Y."), Disposition.MONITOR, Patience(failed_runs=7)),
        (RuleChange(rule="x", disposition=Disposition.MONITOR), Disposition.MONITOR, Patience(failed_runs=7)),
        (RuleChange(rule="x", disposition=Disposition.ACT_NOW), Disposition.MONITOR, Patience(failed_runs=1)),
        (RuleChange(rule="x", disposition=Disposition.IGNORE), Disposition.MONITOR, Patience(refreshes=1)),
        (RuleChange(rule="x", failed_runs=9), Disposition.SELF_HEAL, Patience(failed_runs=9)),
    ],
)
def test_patience_follows_the_disposition_unless_it_is_named(change, before, patience):
    ours = replace(a_rule("x", Code("Some")), disposition=before, patience=Patience(failed_runs=7))

    (changed,) = book_with(OwnRules(changed=(change,)), RuleBook([ours])).rules

    assert changed.patience == patience


def test_who_acts_is_our_judgement_until_they_say_who():
    ours = RuleBook([a_rule("x", Code("Some"), own=False)])
    by_us, by_them = RuleChange(rule="x", cause="Y."), RuleChange(rule="x", parties=(Party.MSP,))

    assert classify(Failure(code="Some"), rules=book_with(OwnRules(changed=(by_us,)), ours)).inferred
    assert not classify(Failure(code="Some"), rules=book_with(OwnRules(changed=(by_them,)), ours)).inferred


def test_a_brief_and_a_note_can_be_taken_away():
    ours = RuleBook([replace(a_rule("disk-full", Code("Some")), brief="no space", note="Mind the quota.")])
    book = book_with(OwnRules(changed=(RuleChange(rule="disk-full", brief="", note=""),)), ours)

    verdict = classify(Failure(code="Some"), rules=book)

    assert (verdict.brief, verdict.note) == ("disk full", "")


def test_an_added_rule_may_take_everything_from_a_changed_one():
    change = RuleChange(rule="x", cause="Y.")
    own = OwnRules(added=(a_rule("mine", Code("Some")),), changed=(change,))

    book = book_with(own, RuleBook([a_rule("x", Code("Some"), own=False)]))

    assert [rule.name for rule in book.rules] == ["mine"]


def test_a_mute_ends_when_its_day_begins_in_the_zone():
    own = OwnRules(mutes=(MuteUntil("FileLockErrorPath", date(2026, 7, 24), "ticket 4411"),))

    verdict = classify(Failure(code="FileLockErrorPath"), rules=book_with(own, zone=LISBON))

    assert verdict.muted_until == datetime(2026, 7, 23, 23, tzinfo=UTC)
    assert verdict.muted_until.tzinfo is UTC
    assert (verdict.rule, verdict.muted_why) == ("file-locked", "ticket 4411")


@pytest.mark.parametrize(
    "what", ["nas-asleep", "some.odd:Name", "0x01E50023", "file-locked", "alert-x", "BackupDidNotStart"]
)
def test_a_mute_holds_for_a_rule_a_name_a_number_and_an_alert(what):
    book = book_with(
        OwnRules(added=(a_rule("nas-asleep", Code("NasOff")),), mutes=(MuteUntil(what, date(2026, 7, 24)),))
    )
    failures = {
        "nas-asleep": Failure(code="NasOff"),
        "some.odd:Name": Failure(code="InternalError", inner=("some.odd:Name",)),
        "0x01E50023": Failure(chain=(Cause(0x0135_0016), Cause(0x01E5_0023))),
        "file-locked": Failure(code="FileLockErrorPath"),
        "alert-x": Failure(alert="alert-x"),
        "BackupDidNotStart": Failure(alert="BackupDidNotStart"),
    }

    assert {key for key, failure in failures.items() if classify(failure, rules=book).muted_until} == {what}


def test_our_own_mutes_and_wrappers_stay():
    ours = RuleBook([a_rule("x", Code("Some"))], wrapper_numbers={7}, wrapper_names={"Top"})
    book = book_with(OwnRules(mutes=(MuteUntil("a", date(2026, 7, 24)),)), ours)
    again = book_with(OwnRules(mutes=(MuteUntil("b", date(2026, 7, 24)),)), book)

    assert (again.wrappers, again.wrapper_names, set(again.mutes)) == ({7}, {"Top"}, {"a", "b"})


# --- what an operator writes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "match"),
    [
        ("CannotConnectToMachineWithBackupDestination", Code("CannotConnectToMachineWithBackupDestination")),
        ("filelockerrorpath", Code("FileLockErrorPath")),
        ("NotSeenBefore", Code("NotSeenBefore")),
        ("No activity", Code("No activity")),
        ("RunVMAgent/TimeoutError", Code("TimeoutError", of="RunVMAgent")),
        (0x0040_0002, Number(0x0040_0002)),
        ("0x00400002", Number(0x0040_0002)),
        ("0X400002", Number(0x0040_0002)),
        ("0x0000000D", Number(0xD)),
        (-2147024784, HResult(0x8007_0070)),
        ("2147942512", HResult(0x8007_0070)),
        ("0x80070070", HResult(0x8007_0070)),
        ("ERROR_DISK_FULL", HResult(0x8007_0070)),
        ("error_disk_full", HResult(0x8007_0070)),
        ("VSS_E_BAD_STATE", HResult(0x8004_2301)),
        ("alert BackupDidNotStart", AlertType("BackupDidNotStart")),
        ("Alert Backup did not start", AlertType("BackupDidNotStart")),
        ("Unauthorized", Code("Unauthorized")),
        ("conflict", Code("Conflict")),
        ("Gateway/failed", Code("failed", of="Gateway")),
        ("service STORAGE_MANAGER", Service("STORAGE_MANAGER")),
        ("service Cloud_Platform", Service("cloud_platform")),
        ("module 64", Numbers(0x0040_0000, 0x0040_FFFF)),
        ("module 0x40", Numbers(0x0040_0000, 0x0040_FFFF)),
        ("could not open … vault", Words("could not open … vault")),
        ("could not open ... vault", Words("could not open … vault")),
        ("  disk \n full  ", Words("disk full")),
        ("timed out…vaultserver", Words("timed out…vaultserver")),
        ("service is not running", Words("service is not running")),
        ("module xyz failed", Words("module xyz failed")),
        ("vault failed", Words("vault failed")),
        ("保管庫を開けませんでした", Words("保管庫を開けませんでした")),
    ],
)
def test_a_match_is_read_as_a_person_writes_it(written, match):
    assert match_of(written) == match


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("0x01350016", "a wrapper never decides"),
        (20250646, "a wrapper never decides"),
        ("0x0000FFF0", "a wrapper never decides"),
        ("InternalError", "a wrapper never decides"),
        ("internalerror", "a wrapper never decides"),
        ("Common/InternalError", "a wrapper never decides"),
        ("BackupFailed", "a wrapper never decides"),
        ("alert BackupFailed", "a wrapper never decides"),
        ("alert Backup failed", "a wrapper never decides"),
        ("alert ActivityFailed", "a wrapper never decides"),
        ("E_FAIL", "a wrapper never decides"),
        ("error", "a wrapper never decides"),
        (0, "a whole number of 32 bits"),
        ("0x123456789", "a whole number of 32 bits"),
        ("0xyz", "a whole number of 32 bits"),
        (10**17, "a whole number of 32 bits"),
        ("1.5", "a whole number of 32 bits"),
        ("5.", "a whole number of 32 bits"),
        ("1.5e3", "a whole number of 32 bits"),
        (112, "0x80070070 for Windows error 112, 0x00000070 for Acronis' own"),
        ("0x70", "0x80070070 for Windows error 112, 0x00000070 for Acronis' own"),
        ("0x5", "0x80070005 for Windows error 5, 0x00000005 for Acronis' own"),
        (-5, "a negative one is a Windows HRESULT"),
        ("-1", "a negative one is a Windows HRESULT"),
        ("alert", "alert, and its type or title"),
        ("service", "service, and one name without spaces"),
        ("service Foo Bar", "service, and one name without spaces"),
        ("service Common", "errors of every kind carry this name"),
        ("service common", "errors of every kind carry this name"),
        ("module", "a module from 1 to 32767"),
        ("module abc", "a module from 1 to 32767"),
        ("module 64abc", "a module from 1 to 32767"),
        ("module 32768", "a module from 1 to 32767"),
        ("module -1", "a module from 1 to 32767"),
        ("module 0", "0 stands above every failure"),
        ("module 309", "309 stands above every failure"),
        ("module 0x0135", "309 stands above every failure"),
        ("disk-full", "not the name of a rule"),
        ("nas-of-harbour-asleep", "not the name of a rule"),
        ("failed", "words of a message: two or more, or a code"),
        ("Speicherplatz", "words of a message: two or more, or a code"),
        ("Speicherplätze", "words of a message: two or more, or a code"),
        ("the backup has failed", "every failed backup says these"),
        ("failed to execute the command", "every failed backup says these"),
        ("An internal error", "every failed backup says these"),
        ("backup … failed", "every failed backup says these"),
        ("… x of the vault", "words on both sides of …"),
        ("…", "words on both sides of …"),
        ("...", "words on both sides of …"),
        ("a … … b of the vault", "words on both sides of …"),
        ("is a", "two words or more"),
        ("of … the", "two words or more"),
        ("disk…x", "two words or more"),
        ("ü", "two words or more"),
        ("so many words " * 20, "up to 200 characters"),
        ("x", "a name as Acronis gives it"),
        ("File,Lock", "a name as Acronis gives it"),
        ("a/b/", "a name as Acronis gives it"),
        ("", "a name as Acronis gives it"),
    ],
)
def test_what_is_no_match_is_refused_with_what_would_be(written, expected):
    with pytest.raises(Unreadable) as refused:
        match_of(written)

    assert expected in refused.value.expected
    assert refused.value.example


def test_a_wrappers_name_tells_only_where_a_rule_of_ours_says_so():
    telling = Code("InternalError", of="DisasterRecovery")
    book = RuleBook([a_rule("recovery-site-failed", telling, own=False)])

    assert match_of("disasterrecovery/InternalError", book) == telling
    for written in ("InternalError", "Common/InternalError"):
        with pytest.raises(Unreadable):
            match_of(written, book)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Code("NotSeenBefore"), Code("notseenbefore")),
        (Words("Disk full"), Words("disk  FULL")),
        (Number(5), Number(5)),
        (Service("A"), Service("a")),
    ],
)
def test_matches_that_find_the_same_are_one_claim(one, other):
    assert claim(one) == claim(other)
    assert claim(one) != claim(AlertType("A"))


@pytest.mark.parametrize(
    ("written", "muted"),
    [
        ("file-locked", "file-locked"),
        ("our-own", "our-own"),
        ("FileLockErrorPath", "FileLockErrorPath"),
        ("filelockERRORpath", "FileLockErrorPath"),
        ("NotSeenBefore", "NotSeenBefore"),
        ("Backup did not start", "BackupDidNotStart"),
        (0x0040_0011, "0x00400011"),
        ("0x400011", "0x00400011"),
        (-2147024784, "0x80070070"),
        ("0xdeadbeef", "0xDEADBEEF"),
        ("ERROR_DISK_FULL", "0x80070070"),
        ("NOT_SEEN_YET", "NOT_SEEN_YET"),
        ("RunVMAgent/TimeoutError", "RunVMAgent/TimeoutError"),
        ("runvmagent/timeouterror", "RunVMAgent/TimeoutError"),
        ("TimeoutError", "RunVMAgent/TimeoutError"),
    ],
)
def test_what_is_muted_is_spelt_as_acronis_does(written, muted):
    assert muted_of(written, own={"our-own"}) == muted


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("file-lokced", "the nearest is file-locked"),
        ("alert BackupDidNotStart", "the nearest is BackupDidNotStart"),
        ("qqq qqq qqq qqq", "the name of a rule, a name that Acronis gives, or a number"),
        ("unknown", "unknown codes as such stay loud"),
        ("InternalError", "a wrapper never decides"),
        ("BackupFailed", "a wrapper never decides"),
        ("0x01350016", "a wrapper never decides"),
        (5, "0x80070005 for Windows error 5"),
        ("0x5", "0x80070005 for Windows error 5"),
        ("1.5", "a whole number of 32 bits"),
        ("E_FAIL", "a wrapper never decides"),
        ("FileLockErorPath", "the nearest is FileLockErrorPath"),
        ("BackupDidnotStrat", "the nearest is BackupDidNotStart"),
        ("acme", "the name of a rule, a name that Acronis gives, or a number"),
        ("Network", "the name of a rule, a name that Acronis gives, or a number"),
        ("MSP", "the name of a rule, a name that Acronis gives, or a number"),
        ("Gateway/NotSeenBefore", "the name of a rule, a name that Acronis gives, or a number"),
    ],
)
def test_what_cannot_be_muted_is_refused_with_what_could(written, expected):
    with pytest.raises(Unreadable) as refused:
        muted_of(written)

    assert expected in refused.value.expected


def test_a_name_that_several_services_give_is_muted_with_its_service():
    of_two = [Code("TimeoutError", of="RunVMAgent"), Code("TimeoutError", of="Licensing")]
    book = RuleBook([a_rule("x", of_two[0], own=False), a_rule("y", of_two[1], own=False)])

    with pytest.raises(Unreadable) as refused:
        muted_of("TimeoutError", book)

    assert refused.value.expected == "the name with its service: RunVMAgent/TimeoutError or Licensing/TimeoutError"
    assert muted_of(refused.value.example, book) == "RunVMAgent/TimeoutError"


def test_a_mute_of_one_services_name_holds_for_that_service():
    what = muted_of("TimeoutError")
    book = book_with(OwnRules(mutes=(MuteUntil(what, date(2026, 7, 24)),)))

    assert classify(Failure(code="TimeoutError", module="RunVMAgent"), rules=book).muted_until
    assert not classify(Failure(code="TimeoutError", module="Elsewhere"), rules=book).muted_until


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("FileLockErrorPath", "file-locked"),
        ("filelockerrorpath", "file-locked"),
        ("BackupDidNotStart", "backup-did-not-start"),
        ("Backup did not start", "backup-did-not-start"),
        ("NotSeenBefore", ""),
        ("InternalError", ""),
        ("112", ""),
    ],
)
def test_what_a_rule_of_ours_answers_leads_to_its_name(written, rule):
    assert rule_of(written) == rule


def test_every_name_and_number_of_ours_can_be_pasted_but_for_what_never_decides():
    named = [match for match in DEFAULT.by_match if isinstance(match, Code | Number | HResult)]
    written = {spelling(match): match for match in named if getattr(match, "name", "") not in DEFAULT.wrapper_names}

    assert {text: match_of(text) for text in written} == written


def test_added_words_answer_before_every_code_and_changed_ones_stay_in_their_place():
    by_words = a_rule("harbours-vault", Words("vault of Harbour"))
    calmer = RuleChange(rule="quota-exceeded-by-message", disposition=Disposition.MONITOR)
    book = book_with(OwnRules(added=(by_words,), changed=(calmer,)))
    failure = Failure(code="BackupCorrupted", text="The vault of Harbour: the quota is exceeded.")

    assert classify(failure, rules=book).rule == "harbours-vault"
    assert classify(replace(failure, text="The quota is exceeded."), rules=book).rule == "backup-corrupted"
