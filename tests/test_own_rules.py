"""The operator's own rules as app.yaml says them: what is read, and how each mistake is worded."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app_yaml import Mistake, Settings, spoken
from bot.own_rules import EXAMPLES, KEYS, read
from bot.settings import SettingsError, load
from classifier.classify import classify
from classifier.failure import Failure
from classifier.own import MuteUntil, OwnRules, RuleChange, book_with
from classifier.rule import AlertType, Code, Number, Numbers, Service, Words
from classifier.rulebook import DEFAULT
from classifier.verdict import Disposition, Domain, Party, Patience

ROOT = Path(__file__).parent.parent
TODAY = date(2026, 11, 22)
NAS = {
    "add": "nas-of-harbour-asleep",
    "match": ["NasIsOff"],
    "domain": "Environment",
    "who": ["Client", "MSP"],
    "act": "monitor",
    "cause": "The NAS of Harbour sleeps until 07:00.",
    "first_step": "Wait for the 08:00 run.",
}
LOCKED = {"change": "file-locked", "act": "monitor"}
MUTED = {"mute": "FileLockErrorPath", "until": "2026-12-24"}
WHOLE = """
rules:
  - add: nas-of-harbour-asleep
    match: [NasIsOff, 0x00400002, 4194307, -2147024784, "could not open … vault", module 64, alert BackupDidNotStart,
            service STORAGE_MANAGER]
    domain: environment
    who: [client, MSP]
    act: Monitor
    failed_runs: 5
    cause: |
      The NAS of Harbour
      sleeps until 07:00.
    first_step: Wait for the 08:00 run.
    brief: NAS asleep
    note: It wakes by itself.
    source: our ticket 4411
  - change: file-locked
    act: monitor
    failed_runs: 4
    note: ""
  - mute: 0x400011
    until: 2026-12-24
    why: known, ticket 4411
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_file(text: str) -> Path:
        file = tmp_path / "app.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write_file


def rules_of(*entries: object) -> OwnRules:
    rules, mistakes = read(list(entries), {}, today=TODAY)
    assert mistakes == ()
    return rules


def mistakes_of(*entries: object) -> list[Mistake]:
    return list(read(list(entries), {}, today=TODAY)[1])


# --- what is read ------------------------------------------------------------------------------------------------


def test_all_three_kinds_are_read_from_the_file(write):
    settings = load(write(WHOLE), {}, today=TODAY)

    (added,) = settings.rules.added
    assert added.matches == (
        Code("NasIsOff"),
        Number(0x0040_0002),
        Number(0x0040_0003),
        *(match for match in DEFAULT.by_match if getattr(match, "value", 0) == 0x8007_0070),
        Words("could not open … vault"),
        Numbers(0x0040_0000, 0x0040_FFFF),
        AlertType("BackupDidNotStart"),
        Service("STORAGE_MANAGER"),
    )
    assert (added.domain, added.parties) == (Domain.ENVIRONMENT, (Party.CLIENT, Party.MSP))
    assert (added.disposition, added.patience) == (Disposition.MONITOR, Patience(failed_runs=5))
    assert added.cause == "The NAS of Harbour sleeps until 07:00."
    assert (added.brief, added.note, added.source) == ("NAS asleep", "It wakes by itself.", "our ticket 4411")
    assert settings.rules.changed == (
        RuleChange(rule="file-locked", disposition=Disposition.MONITOR, failed_runs=4, note=""),
    )
    assert settings.rules.mutes == (MuteUntil("0x00400011", date(2026, 12, 24), "known, ticket 4411"),)


def test_an_added_rule_is_theirs_and_needs_no_more_than_it_must_say():
    (rule,) = rules_of(NAS).added

    assert (rule.own, rule.inferred, rule.source) == (True, False, "your own rule in app.yaml")
    assert rule.patience == Patience(failed_runs=3)
    assert classify(rule.example, rules=book_with(rules_of(NAS))).brief == "nas of harbour asleep"


def test_one_match_and_one_party_need_no_list():
    (rule,) = rules_of({**NAS, "match": "NasIsOff", "who": "msp"}).added

    assert (rule.matches, rule.parties) == ((Code("NasIsOff"),), (Party.MSP,))


def test_a_match_said_twice_in_one_rule_counts_once():
    (rule,) = rules_of({**NAS, "match": ["0x00400002", 4194306, "NasIsOff", "NASISOFF"]}).added

    assert rule.matches == (Number(0x0040_0002), Code("NasIsOff"))


def test_keys_with_nothing_after_them_are_left_out():
    (change,) = rules_of({**LOCKED, "cause": None, "who": None}).changed

    assert change == RuleChange(rule="file-locked", disposition=Disposition.MONITOR)


def test_a_mute_may_have_ended_and_may_name_a_rule_of_theirs():
    rules = rules_of(NAS, {"mute": NAS["add"], "until": "2026-11-01"}, {"mute": "0x01E50023", "until": "2027-11-23"})

    assert [mute.what for mute in rules.mutes] == ["nas-of-harbour-asleep", "0x01E50023"]


@pytest.mark.parametrize("nothing", ["", "rules:", "rules: []", "rules:\n  # - mute: x\n"])
def test_no_rules_are_none(write, nothing):
    assert load(write(nothing), {}).rules == OwnRules()


def test_a_variable_replaces_the_list(write):
    variable = {"FORTRESS_RULES": "[{mute: FileLockErrorPath, until: 2026-12-24}]"}

    assert load(write(WHOLE), variable, today=TODAY).rules == rules_of(MUTED)


def test_settings_name_the_entries_where_they_are_dumped():
    settings = Settings(rules=rules_of(NAS, LOCKED, MUTED))

    assert settings.model_dump(mode="json")["rules"] == ["nas-of-harbour-asleep", "file-locked", "FileLockErrorPath"]


# --- what is refused ---------------------------------------------------------------------------------------------

FIRST = "rules, the 1st (nas-of-harbour-asleep)"
WRAPPER = "what lies beneath it: a wrapper never decides"
TEXT = "text of up to 200 characters"
ACTS = "act now, monitor, self-heal or ignore for now"
DOMAINS = "Bug, Environment, Network, Operating System Crash, Cloud Platform, Configuration, Licensing or No Result"
PARTIES = "Acronis, MSP or Client, or a list of them, the lead first and each once"
MUTABLE = "the name of a rule, a name that Acronis gives, or a number"
WORDS = "could not open … vault"
A_MUTE = "- {mute: FileLockErrorPath, until: 2026-12-06}"


def without(key: str) -> dict[str, object]:
    return {name: value for name, value in NAS.items() if name != key}


@pytest.mark.parametrize(
    ("entry", "name", "found", "expected", "example"),
    [
        # the entry itself
        ("just text", "rules, the 1st", "just text", "a section with add, change or mute", A_MUTE),
        ([1, 2], "rules, the 1st", "a list of 2", "a section with add, change or mute", A_MUTE),
        (None, "rules, the 1st", "nothing", "a section with add, change or mute", A_MUTE),
        (
            {"act": "monitor"},
            "rules, the 1st",
            "no add, change or mute",
            "one of add, change or mute, with a name",
            A_MUTE,
        ),
        (
            {**NAS, **MUTED},
            "rules, the 1st",
            "add and mute",
            "one of add, change or mute, with a name",
            A_MUTE,
        ),
        # keys
        (
            {**NAS, "acts": "monitor"},
            f"{FIRST}: acts",
            "a key that add does not know",
            "a known key; the nearest is act",
            "act: monitor",
        ),
        (
            {**MUTED, "qqq": 1},
            "rules, the 1st (FileLockErrorPath): qqq",
            "a key that mute does not know",
            "one of until, why",
            "until: 2026-12-24",
        ),
        (
            {**LOCKED, "match": ["X1"]},
            "rules, the 1st (file-locked): match",
            "a key that change does not know",
            "one of domain, who, act, failed_runs, cause, first_step, brief, note",
            "domain: Environment",
        ),
        (
            {"ad": "foo", "act": "monitor"},
            "rules, the 1st: ad",
            "a key that no rule knows",
            "a known key; the nearest is add",
            "add: nas-of-harbour-asleep",
        ),
        (
            {"Mute": "FileLockErrorPath", "until": "2026-12-24"},
            "rules, the 1st: Mute",
            "a key that no rule knows",
            "a known key; the nearest is mute",
            "mute: FileLockErrorPath",
        ),
        # what every added rule must say
        (
            without("match"),
            f"{FIRST}: match",
            "nothing",
            "a list of names, numbers or words",
            "match: [FileLockErrorPath, 0x00400002]",
        ),
        (without("domain"), f"{FIRST}: domain", "nothing", DOMAINS, "domain: Environment"),
        (without("who"), f"{FIRST}: who", "nothing", PARTIES, "who: [Client, MSP]"),
        (without("act"), f"{FIRST}: act", "nothing", ACTS, "act: monitor"),
        (without("cause"), f"{FIRST}: cause", "nothing", TEXT, "cause: The NAS sleeps until 07:00."),
        (without("first_step"), f"{FIRST}: first_step", "nothing", TEXT, "first_step: Wait for the 08:00 run."),
        # names
        (
            {**NAS, "add": "NAS asleep"},
            "rules, the 1st (NAS asleep): add",
            "NAS asleep",
            "a name of small letters, digits and hyphens, a letter first, up to 60 characters",
            "add: nas-of-harbour-asleep",
        ),
        (
            {**NAS, "add": "unknown"},
            "rules, the 1st (unknown): add",
            "unknown",
            "a name of small letters, digits and hyphens, a letter first, up to 60 characters",
            "add: nas-of-harbour-asleep",
        ),
        (
            {**NAS, "add": ["x"]},
            "rules, the 1st: add",
            "a list of 1",
            "a name of small letters, digits and hyphens, a letter first, up to 60 characters",
            "add: nas-of-harbour-asleep",
        ),
        (
            {**NAS, "add": "file-locked"},
            "rules, the 1st (file-locked): add",
            "file-locked, one of our rules",
            "a name of its own; to change what ours says, use change",
            "change: file-locked",
        ),
        (
            {**LOCKED, "change": "file-lockd"},
            "rules, the 1st (file-lockd): change",
            "file-lockd",
            "the name of one of our rules; the nearest is file-locked",
            "change: file-locked",
        ),
        (
            {**LOCKED, "change": "qqqqqq"},
            "rules, the 1st (qqqqqq): change",
            "qqqqqq",
            "the name of one of our rules, as `fortress explain` says it",
            "change: file-locked",
        ),
        (
            {**LOCKED, "change": "FileLockErrorPath"},
            "rules, the 1st (FileLockErrorPath): change",
            "FileLockErrorPath",
            "the name of one of our rules; its rule is file-locked",
            "change: file-locked",
        ),
        # matches
        ({**NAS, "match": ["0x01350016"]}, f"{FIRST}: match", "0x01350016", WRAPPER, "match: [0x00400002]"),
        ({**NAS, "match": ["0x0000FFF0"]}, f"{FIRST}: match", "0x0000FFF0", WRAPPER, "match: [0x00400002]"),
        ({**NAS, "match": "InternalError"}, f"{FIRST}: match", "InternalError", WRAPPER, "match: [0x00400002]"),
        (
            {**NAS, "match": ["failed"]},
            f"{FIRST}: match",
            "failed",
            "words of a message: two or more, or a code as Acronis spells it",
            f'match: ["{WORDS}"]',
        ),
        (
            {**NAS, "match": ["disk-full"]},
            f"{FIRST}: match",
            "disk-full",
            "what it answers: a code or words, not the name of a rule",
            "match: [FileLockErrorPath]",
        ),
        (
            {**NAS, "match": [-5]},
            f"{FIRST}: match",
            "-5",
            "the whole number; a negative one is a Windows HRESULT, such as -2147024784",
            "match: [0x80070070]",
        ),
        (
            {**NAS, "match": []},
            f"{FIRST}: match",
            "an empty list",
            "a list of names, numbers or words",
            "match: [FileLockErrorPath, 0x00400002]",
        ),
        (
            {**NAS, "match": [True]},
            f"{FIRST}: match",
            "true",
            "a list of names, numbers or words",
            "match: [FileLockErrorPath, 0x00400002]",
        ),
        (
            {**NAS, "match": {"code": "X1"}},
            f"{FIRST}: match",
            "a section",
            "a list of names, numbers or words",
            "match: [FileLockErrorPath, 0x00400002]",
        ),
        (
            {**NAS, "match": ["… vault"]},
            f"{FIRST}: match",
            "… vault",
            "words on both sides of …",
            f'match: ["{WORDS}"]',
        ),
        (
            {**NAS, "match": ["is a"]},
            f"{FIRST}: match",
            "is a",
            "two words or more of the message, with 6 letters or more in all",
            f'match: ["{WORDS}"]',
        ),
        (
            {**NAS, "match": [112]},
            f"{FIRST}: match",
            "112",
            "the whole number: 0x80070070 for Windows error 112, 0x00000070 for Acronis' own",
            "match: [0x80070070]",
        ),
        (
            {**NAS, "match": ["File,Lock"]},
            f"{FIRST}: match",
            "File,Lock",
            "a name as Acronis gives it, a number, alert …, service …, module …, or words of the message",
            'match: [FileLockErrorPath, 0x00400002, "module 64"]',
        ),
        # domain, who, act, failed_runs
        ({**NAS, "domain": "Enviroment"}, f"{FIRST}: domain", "Enviroment", DOMAINS, "domain: Environment"),
        ({**NAS, "domain": "Unknown"}, f"{FIRST}: domain", "Unknown", DOMAINS, "domain: Environment"),
        ({**NAS, "who": ["Client", "us"]}, f"{FIRST}: who", "us", PARTIES, "who: [Client, MSP]"),
        ({**NAS, "who": ["Client", None]}, f"{FIRST}: who", "nothing", PARTIES, "who: [Client, MSP]"),
        ({**NAS, "who": []}, f"{FIRST}: who", "nothing", PARTIES, "who: [Client, MSP]"),
        ({**NAS, "who": ["MSP", "msp"]}, f"{FIRST}: who", "MSP, MSP", PARTIES, "who: [Client, MSP]"),
        ({**NAS, "act": "later"}, f"{FIRST}: act", "later", ACTS, "act: monitor"),
        ({**NAS, "act": {"now": 1}}, f"{FIRST}: act", "a section", ACTS, "act: monitor"),
        ({**LOCKED, "act": 1}, "rules, the 1st (file-locked): act", "1", ACTS, "act: monitor"),
        (
            {**NAS, "failed_runs": 0},
            f"{FIRST}: failed_runs",
            "0",
            "a whole number from 1 to 100",
            "failed_runs: 5",
        ),
        (
            {**NAS, "failed_runs": "many"},
            f"{FIRST}: failed_runs",
            "many",
            "a whole number from 1 to 100",
            "failed_runs: 5",
        ),
        (
            {**NAS, "failed_runs": True},
            f"{FIRST}: failed_runs",
            "true",
            "a whole number from 1 to 100",
            "failed_runs: 5",
        ),
        (
            {**NAS, "act": "act now", "failed_runs": 5},
            f"{FIRST}: failed_runs",
            "5, and act is act now",
            "failed_runs only with monitor or self-heal",
            "failed_runs: 5",
        ),
        (
            {"change": "backup-corrupted", "failed_runs": 5},
            "rules, the 1st (backup-corrupted): failed_runs",
            "5, and act is act now",
            "failed_runs only with monitor or self-heal",
            "failed_runs: 5",
        ),
        # texts
        (
            {**NAS, "cause": 42},
            f"{FIRST}: cause",
            "42",
            "text; put a number, yes or no in quotes",
            "cause: The NAS sleeps until 07:00.",
        ),
        (
            {**NAS, "first_step": ["Wait."]},
            f"{FIRST}: first_step",
            "a list of 1",
            "text; put a number, yes or no in quotes",
            "first_step: Wait for the 08:00 run.",
        ),
        ({**NAS, "cause": "x" * 201}, f"{FIRST}: cause", "201 characters", TEXT, "cause: The NAS sleeps until 07:00."),
        ({**NAS, "cause": " \n"}, f"{FIRST}: cause", "nothing", TEXT, "cause: The NAS sleeps until 07:00."),
        (
            {**LOCKED, "first_step": ""},
            "rules, the 1st (file-locked): first_step",
            "nothing",
            TEXT,
            "first_step: Wait for the 08:00 run.",
        ),
        (
            {**NAS, "brief": "x" * 61},
            f"{FIRST}: brief",
            "61 characters",
            "text of up to 60 characters",
            "brief: NAS asleep",
        ),
        (
            {**MUTED, "why": False},
            "rules, the 1st (FileLockErrorPath): why",
            "false",
            "text; put a number, yes or no in quotes",
            "why: known, ticket 4411",
        ),
        # changes and mutes
        (
            {"change": "file-locked"},
            "rules, the 1st (file-locked)",
            "nothing to change",
            "at least one of domain, who, act, failed_runs, cause, first_step, brief, note",
            "act: monitor",
        ),
        (
            {**MUTED, "mute": "file-lokced"},
            "rules, the 1st (file-lokced): mute",
            "file-lokced",
            f"{MUTABLE}; the nearest is file-locked",
            "mute: FileLockErrorPath",
        ),
        (
            {**MUTED, "mute": "InternalError"},
            "rules, the 1st (InternalError): mute",
            "InternalError",
            WRAPPER,
            "mute: 0x00400002",
        ),
        ({**MUTED, "mute": ""}, "rules, the 1st: mute", "nothing", MUTABLE, "mute: FileLockErrorPath"),
        (
            {"mute": "FileLockErrorPath"},
            "rules, the 1st (FileLockErrorPath): until",
            "nothing",
            "a day, as year-month-day",
            "until: 2026-12-06",
        ),
        *(
            (
                {**MUTED, "until": wrong},
                "rules, the 1st (FileLockErrorPath): until",
                found,
                "a day, as year-month-day",
                "until: 2026-12-06",
            )
            for wrong, found in [
                ("Christmas", "Christmas"),
                ("2026-02-30", "2026-02-30, no such day"),
                ("24.12.2026", "24.12.2026"),
                ("2026-12-24 08:00", "2026-12-24 08:00"),
                ("0001-01-01", "0001-01-01"),
                (20261224, "20261224"),
                (["2026-12-24"], "a list of 1"),
            ]
        ),
        (
            {**MUTED, "until": "2027-11-24"},
            "rules, the 1st (FileLockErrorPath): until",
            "2027-11-24",
            "a day at most 366 days from now: a mute is for a while",
            "until: 2026-12-06",
        ),
    ],
)
def test_each_mistake_says_what_was_found_what_is_expected_and_how_to_write_it(entry, name, found, expected, example):
    assert mistakes_of(entry) == [Mistake(name, found, expected, example)]


@pytest.mark.parametrize(
    ("entries", "name", "found", "expected"),
    [
        (
            [NAS, {**NAS, "match": "OtherCode"}],
            "rules, the 2nd (nas-of-harbour-asleep): add",
            "nas-of-harbour-asleep, as in the 1st (nas-of-harbour-asleep)",
            "a name of its own",
        ),
        (
            [NAS, MUTED, {**NAS, "add": "other", "match": ["NASISOFF", "OtherCode"]}],
            "rules, the 3rd (other): match",
            "NASISOFF, as in the 1st (nas-of-harbour-asleep)",
            "each match in one rule of yours alone",
        ),
        (
            [{**NAS, "match": WORDS}, {**NAS, "add": "other", "match": "Could not open ... vault"}],
            "rules, the 2nd (other): match",
            "“Could not open … vault”, as in the 1st (nas-of-harbour-asleep)",
            "each match in one rule of yours alone",
        ),
        (
            [LOCKED, LOCKED],
            "rules, the 2nd (file-locked): change",
            "file-locked, as in the 1st (file-locked)",
            "one change of each rule; join the two",
        ),
        (
            [MUTED, {**MUTED, "mute": "filelockerrorpath"}],
            "rules, the 2nd (filelockerrorpath): mute",
            "FileLockErrorPath, as in the 1st (FileLockErrorPath)",
            "one mute of each",
        ),
        (
            [NAS, {**LOCKED, "change": "nas-of-harbour-asleep"}],
            "rules, the 2nd (nas-of-harbour-asleep): change",
            "nas-of-harbour-asleep",
            "the name of one of our rules; change your own where you add it",
        ),
    ],
)
def test_what_two_entries_claim_is_told_of_the_second(entries, name, found, expected):
    (mistake,) = mistakes_of(*entries)

    assert (mistake.name, mistake.found, mistake.expected) == (name, found, expected)
    assert mistake.example


def test_a_rule_with_a_mistake_is_left_out_and_the_others_are_read():
    rules, mistakes = read([NAS, {**NAS, "add": "other", "match": "X2", "act": "later"}, MUTED], {}, today=TODAY)

    assert (len(mistakes), len(rules.added), len(rules.mutes)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rules: {mute: x}", "a section, not a list"),
        ("rules: hunter2", "text, not a list"),
        ("rules: 7", "text, not a list"),
    ],
)
def test_rules_that_are_no_list_are_refused_as_a_whole(write, text, found):
    file = write(text)

    with pytest.raises(SettingsError) as caught:
        load(file)

    example = "rules: [{mute: FileLockErrorPath, until: 2026-12-24}]"
    expected = "a list of your own rules: add, change or mute"
    assert caught.value.mistakes == (Mistake("rules", found, expected, example, f"{file}, line 1"),)


@pytest.mark.parametrize(
    ("environ", "where"),
    [
        ({"FORTRESS_RULES": "[{mute: FileLockErrorPath, until: x}]"}, "FORTRESS_RULES"),
        ({"FORTRESS_RULES": "["}, "FORTRESS_RULES"),
        ({"FORTRESS_RULES__0__MUTE": "FileLockErrorPath"}, "FORTRESS_RULES__0__MUTE"),
    ],
)
def test_mistake_in_a_variable_is_told_with_its_name(write, environ, where):
    with pytest.raises(SettingsError) as caught:
        load(write(WHOLE), environ, today=TODAY)

    assert [mistake.where for mistake in caught.value.mistakes] == [where]


def test_mistakes_are_told_with_the_others_in_order_and_with_their_lines(write):
    file = write(
        "digest: {rows: many}\n"
        "rules:\n"
        "  - mute: FileLockErrorPath\n"
        "    until: Christmas\n"
        "  - change: file-locked\n"
        "    who:\n"
        "      - Us\n"
        "    act: later\n"
        "    act: sooner\n"
        "log: {level: loud}\n"
    )

    with pytest.raises(SettingsError) as caught:
        load(file, today=TODAY)

    assert [(mistake.name, mistake.where.removeprefix(f"{file}, ")) for mistake in caught.value.mistakes] == [
        ("digest.rows", "line 1"),
        ("rules, the 1st (FileLockErrorPath): until", "line 4"),
        ("rules, the 2nd: act", "line 9"),
        ("rules, the 2nd (file-locked): who", "line 6"),
        ("rules, the 2nd (file-locked): act", "line 9"),
        ("log.level", "line 10"),
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rules.0.act", "rules, the 1st: act"),
        ("rules.10", "rules, the 11th"),
        ("rules.21.who.0", "rules, the 22nd: who.0"),
        ("rules.102", "rules, the 103rd"),
        ("rules", "rules"),
        ("refresh.zone", "refresh.zone"),
    ],
)
def test_places_in_the_list_are_counted_as_people_do(name, said):
    assert spoken(name) == said


def test_what_was_found_is_short_on_one_line_and_without_signs_that_move_the_cursor():
    mistake = mistakes_of({**NAS, "act": "later\n\x1b[2J" + "x" * 500, "\x1b[2J" + "k" * 500: 1})

    assert all(len(each.found) <= 80 and len(each.name) <= 120 for each in mistake)
    assert "\x1b" not in str(mistake)


def test_every_example_can_be_used():
    kinds = {"add": NAS, "change": LOCKED, "mute": MUTED}
    lists = {"match": ["FileLockErrorPath", "0x00400002"], "who": ["Client", "MSP"], "failed_runs": 5}

    for kind, entry in kinds.items():
        for key in (kind, *KEYS[kind]):
            example = lists.get(key, EXAMPLES.get(key, "2026-12-06"))
            assert mistakes_of({**entry, key: example}) == [], key


# --- whatever arrives --------------------------------------------------------------------------------------------

WORD = st.sampled_from(
    [
        *(word for keys in KEYS.values() for word in keys),
        *KEYS,
        *EXAMPLES.values(),
        "FileLockErrorPath",
        "nas",
        "0x00400002",
        "0x01350016",
        "0x80070070",
        "No activity",
        "module 64",
        "alert BackupFailed",
        "service X_Y",
        "disk is full",
        "a … b",
        "Client",
        "act now",
        "2026-12-24",
        "9999-12-31",
        "file-locked",
        "InternalError",
        "\ud800",
    ]
)
LEAF = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(max_size=90) | WORD
ANYTHING = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD | st.text(max_size=90), inner, max_size=5),
    max_leaves=12,
)
NEARLY = st.builds(
    lambda entry, wrong: {**entry, **wrong},
    st.sampled_from([NAS, LOCKED, MUTED]),
    st.dictionaries(WORD, ANYTHING, max_size=4),
)


@given(st.lists(NEARLY | ANYTHING, max_size=4) | ANYTHING)
def test_whatever_stands_there_is_rules_or_mistakes_and_never_a_crash(entries):
    rules, mistakes = read(entries, {"rules": "app.yaml, line 3"}, today=TODAY)

    for rule in book_with(rules).rules[: len(rules.added)]:
        assert rule.own
    assert all(len(str(mistake)) <= 400 and len(mistake.found) <= 80 for mistake in mistakes)
    assert not [mistake for mistake in mistakes if not (mistake.name and mistake.expected and mistake.example)]
    "".join(map(str, mistakes)).encode()


# --- the page for operators --------------------------------------------------------------------------------------


def examples_of_the_page() -> list[str]:
    return re.findall(
        r"```(?:yaml)?\n(.*?)```", (ROOT / "docs" / "own-rules.md").read_text(encoding="utf-8"), re.DOTALL
    )


def test_the_examples_of_the_page_can_be_used(write):
    *good, _ = [block for block in examples_of_the_page() if block.startswith("rules:")]

    found = [load(write(block), {}, today=TODAY).rules for block in good]

    assert [len(rules.names) for rules in found] == [1, 1, 2]


def test_the_refused_rules_of_the_page_are_answered_as_it_says(write, monkeypatch):
    *_, bad, answer = examples_of_the_page()
    monkeypatch.chdir(write(bad).parent)

    with pytest.raises(SettingsError) as caught:
        load(Path("app.yaml"), {}, today=TODAY)

    assert str(caught.value) == answer.strip()


def test_the_commented_examples_in_app_yaml_can_be_used(write):
    text = (ROOT / "app.yaml").read_text(encoding="utf-8")
    commented = re.search(r"\n(#   - add:.*?)\nrules: \[\]\n", text, re.DOTALL)
    assert commented is not None

    rules = load(write("rules:\n" + re.sub(r"(?m)^#", "", commented[1])), {}, today=TODAY).rules

    assert rules.names == ("nas-of-harbour-asleep", "file-locked", "FileLockErrorPath")
    assert classify(Failure(code="FileLockErrorPath"), rules=book_with(rules)).muted_until
