import logging
import traceback
from datetime import date, time, timedelta
from pathlib import Path

import pytest
import yaml

from bot.adapters import DESKS
from bot.app_yaml import RefreshSettings, Settings, clock_warnings, describe
from bot.app_yaml.desks import BY_PROGRAM
from bot.core.policy import DEFAULT as POLICY
from bot.core.rights import Right
from bot.settings import Mistake, SettingsError, load
from bot.sources.acronis.words import BACKUP_POLICIES
from classifier.facts import Kind

ROOT = Path(__file__).parent.parent
ACRONIS = {"FORTRESS_SOURCE__KIND": "acronis", "FORTRESS_SOURCE__URL": "https://eu2-cloud.acronis.com"}


@pytest.fixture
def write(tmp_path: Path):
    def write_file(text: str) -> Path:
        file = tmp_path / "app.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write_file


def mistakes_of(file: Path | None, environ: dict[str, str] | None = None) -> dict[str, Mistake]:
    with pytest.raises(SettingsError) as caught:
        load(file, environ or {})
    return {mistake.name: mistake for mistake in caught.value.mistakes}


# --- without a file, and with the one we ship --------------------------------------------------------------------


def test_everything_works_without_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    settings = load()

    assert settings == Settings()
    assert (settings.source.kind, settings.store.kind, settings.chats.console.enabled) == ("sandbox", "tinydb", True)
    assert settings.store.folder == Path("fortress-data")


def test_app_yaml_names_every_key_with_its_default_and_no_other():
    written = yaml.safe_load((ROOT / "app.yaml").read_text(encoding="utf-8"))

    assert dict(leaves(written)) == {key.name: key.default for key in describe() if not key.secret}


def leaves(section, above=""):
    for key, value in section.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def test_app_yaml_loads_as_the_defaults_and_explains_each_key():
    text = (ROOT / "app.yaml").read_text(encoding="utf-8")

    paths = {"store": True, "publishers": {"folder": {"path"}}, "desks": {"halopsa": {"companies"}}}
    assert load(ROOT / "app.yaml").model_dump(exclude=paths) == Settings().model_dump(exclude=paths)
    assert text.count("#") > len(describe()) - len(Settings.model_fields)


def test_defaults_are_the_policys_own():
    settings = Settings()

    assert timedelta(hours=settings.policy.lasting_hours) == POLICY.lasting_for
    assert timedelta(days=settings.policy.acknowledgement_days) == POLICY.acknowledgement_lasts
    assert timedelta(days=settings.policy.reopen_days) == POLICY.reopen_within
    assert timedelta(days=settings.policy.keep_ended_days) == POLICY.keep_ended
    assert timedelta(hours=settings.correlation.together_hours) == POLICY.together
    assert settings.correlation.clients_for_cloud_trouble == POLICY.cloud_clients
    assert settings.correlation.machines_for_destination == POLICY.group_from


def test_default_recovery_points_are_the_policys_own():
    points = Settings().recovery_point

    hours = (points.hourly_hours, points.daily_hours, points.weekly_hours, points.monthly_hours, points.unknown_hours)
    ours = POLICY.recovery
    assert tuple(timedelta(hours=n) for n in hours) == (
        ours.hourly,
        ours.daily,
        ours.weekly,
        ours.monthly,
        ours.unknown,
    )
    assert (points.enabled, points.by_kind, points.by_client) == (ours.on, ours.by_kind, ours.by_client)


def test_recovery_points_may_be_said_by_kind_and_client_or_be_off(write):
    points = load(write("recovery_point: {by_kind: {SQL: 24}, by_client: {Acme: 12, Lab: off}}")).recovery_point

    assert (points.by_kind, points.by_client) == ({Kind.SQL: 24}, {"Acme": 12, "Lab": "off"})


def test_recovery_points_that_no_backup_can_keep_are_refused(write):
    told = mistakes_of(write("recovery_point: {daily_hours: 24, by_kind: {Sql: 24}, by_client: {Acme: 0}}"))

    assert told["recovery_point.daily_hours"].expected == "a whole number of hours from 26 to 720"
    assert "by kind: VM, disk, files, SQL" in told["recovery_point.by_kind"].expected
    assert told["recovery_point.by_client"].found == "0"


def test_workloads_that_need_no_backup_are_given_with_a_reason(write):
    (given,) = load(write('no_backup_needed: [{client: Acme, workload: "PC-*", why: lab}]')).no_backup_needed
    told = mistakes_of(write("no_backup_needed: [{client: Acme, workload: PC-1, until: soon}]"))

    assert (given.client, given.workload, given.why, given.until) == ("Acme", "PC-*", "lab", None)
    assert "each with client, workload and why" in told["no_backup_needed"].expected


RULES = """
desks:
  webhook: {enabled: false}
  policy:
    enabled: true
    rules:
      - name: ok
        desk: webhook
        causes: [disk-ful]
      - {name: ok, desk: Acronis, act: [now]}
      - desk: halo
        failed_runs: 0
        lead: [msp]
        wen: 3
"""


def test_a_rule_that_raises_tickets_is_checked_key_by_key_with_its_line(write):
    told = mistakes_of(write(RULES))
    said = {name.removeprefix("desks.policy.rules, the "): each for name, each in told.items()}

    assert set(said) == {
        "1st: causes",
        "1st: desk",
        "2nd: act",
        "2nd: desk",
        "2nd: name",
        "3rd: desk",
        "3rd: failed_runs",
        "3rd: name",
        "3rd: wen",
    }
    assert said["1st: causes"].expected.endswith("the nearest is disk-full")
    assert said["1st: desk"].found == "webhook, and desks.webhook.enabled is false"
    assert "takes no ticket from programs" in said["2nd: desk"].expected
    assert (said["2nd: name"].found, said["2nd: name"].expected) == ("ok, given before", "a name of its own")
    assert said["3rd: desk"].where.endswith("line 11")
    assert said["3rd: desk"].example == "desk: webhook"
    assert said["3rd: name"].found == "nothing"


def test_the_causes_of_a_rule_are_spelt_as_acronis_does_and_own_rules_are_known(write):
    own = "rules: [{add: my-own, match: [FooBarBaz], domain: Bug, who: MSP, act: act now, cause: x, first_step: y}]\n"
    causes = "[my-own, 0x400002, unknown, backupdestinationdiskfullwithpartition]"

    settings = load(write(f"{own}desks: {{policy: {{rules: [{{name: a, desk: webhook, causes: {causes}}}]}}}}"))

    (rule,) = settings.desks.policy.rules
    assert rule.causes == ("my-own", "0x00400002", "unknown", "BackupDestinationDiskFullWithPartition")


@pytest.mark.parametrize("desk", BY_PROGRAM)
def test_a_rule_may_name_a_desk_that_is_off_as_long_as_rules_raise_nothing(write, desk):
    assert load(write(f"desks: {{policy: {{rules: [{{name: a, desk: {desk}}}]}}}}")).desks.policy.rules[0].desk == desk


def test_every_desk_that_takes_programs_can_be_a_rules_desk():
    assert {*DESKS} == {"acronis", *BY_PROGRAM}


def test_default_policy_types_are_the_sources_own():
    assert Settings().source.policy_types == BACKUP_POLICIES


# --- where settings come from ------------------------------------------------------------------------------------


def test_environment_wins_over_the_file_and_leaves_the_rest(write):
    file = write("refresh: {zone: Europe/Lisbon}\ndigest: {rows: 20}\n")

    settings = load(file, {"FORTRESS_DIGEST__ROWS": "30", "FORTRESS_REFRESH__TIMES": '["14:45", "06:45"]'})

    assert settings.digest.rows == 30
    assert settings.refresh.zone == "Europe/Lisbon"
    assert settings.refresh.times == (time(14, 45), time(6, 45))


def test_a_key_with_nothing_after_it_keeps_its_default(write):
    assert load(write("source:\nrefresh:\n  zone:\n")).refresh == RefreshSettings()


def test_variable_names_the_file_and_the_command_line_goes_before_it(write, tmp_path):
    file = write("digest: {rows: 20}\n")
    other = tmp_path / "other.yaml"
    other.write_text("digest: {rows: 21}\n")

    assert load(None, {"FORTRESS_CONFIG": str(file)}).digest.rows == 20
    assert load(other, {"FORTRESS_CONFIG": str(file)}).digest.rows == 21


def test_file_that_is_not_there_is_named_with_who_named_it(tmp_path):
    (mistake,) = mistakes_of(None, {"FORTRESS_CONFIG": str(tmp_path / "no.yaml")}).values()

    assert mistake.name == "FORTRESS_CONFIG"
    assert mistake.found.endswith("no.yaml: no such file or directory")


def test_relative_paths_start_at_the_files_folder(write, tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")

    settings = load(
        write("source: {client_secret_file: secret}\nstore: {folder: data}\npublishers: {folder: {path: out}}\n")
    )

    assert settings.store.folder == tmp_path / "data"
    assert settings.publishers.folder.path == tmp_path / "out"
    assert settings.source.client_secret is not None
    assert settings.source.client_secret.get_secret_value() == "s3cret"


def test_quoted_and_unquoted_afternoons_are_the_same_time(write):
    assert load(write("refresh: {times: [14:45]}\n")).refresh.times == (time(14, 45),)


# --- mistakes ----------------------------------------------------------------------------------------------------


def test_every_mistake_is_told_at_once_with_its_place(write):
    file = write("source:\n  kind: acronis\n  pagesize: 5\nrefresh:\n  zone: Lisbon\ndigest: {rows: many}\n")

    mistakes = mistakes_of(file, {"FORTRESS_LOG__FORMAT": "xml", "FORTRESS_STROE__KIND": "memory"})

    assert mistakes.keys() == {
        "source.client_id",
        "source.client_secret",
        "source.pagesize",
        "source.url",
        "refresh.zone",
        "digest.rows",
        "log.format",
        "FORTRESS_STROE__KIND",
    }
    assert mistakes["digest.rows"].where == f"{file}, line 6"
    assert mistakes["log.format"].where == "FORTRESS_LOG__FORMAT"


def test_mistake_reads_as_a_block_with_an_example(write):
    with pytest.raises(SettingsError) as caught:
        load(write("digest:\n  rows: 3\n"))

    assert str(caught.value).splitlines()[2:] == [
        f"digest.rows ({caught.value.mistakes[0].where})",
        "  found     3",
        "  expected  a whole number from 5 to 200",
        "  example   rows: 20",
    ]


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("refresh: {zome: UTC}", "refresh.zone"),
        ("zone: UTC", "refresh.zone"),
        ("refersh: {zone: UTC}", "refresh"),
        ("corelation: {}", "correlation"),
        ("store: {zone: UTC}", "refresh.zone"),
        ("desks: {emial: {enabled: no}}", "desks.email"),
        ("publishers: {foldr: {enabled: no}}", "publishers.folder"),
    ],
)
def test_unknown_key_suggests_the_one_that_was_meant(write, wrong, meant):
    (mistake, *_) = mistakes_of(write(wrong)).values()

    assert mistake.expected.endswith(f"the nearest is {meant}")


def test_unknown_key_far_from_all_lists_what_there_is(write):
    (mistake,) = mistakes_of(write("store: {qqq: 1}")).values()

    assert mistake.expected == "one of store.kind, store.folder"


def test_unknown_section_far_from_all_lists_the_sections_beside_it(write):
    (mistake,) = mistakes_of(write("chats: {qqq: {enabled: no}}")).values()

    assert mistake.expected == "one of chats.console, chats.slack, chats.teams"


def test_unknown_key_with_no_value_is_still_unknown(write):
    assert mistakes_of(write("store:\n  qqq:\n")).keys() == {"store.qqq"}


def test_key_given_twice_is_told_with_both_lines(write):
    mistake = mistakes_of(write("digest:\n  rows: 30\n  rows: 40\n"))["digest.rows"]

    assert mistake.found.endswith("line 2")
    assert mistake.where.endswith("line 3")


def test_broken_yaml_says_where_without_repeating_it(write):
    file = write("source:\n  client_id: x\n\tclient_secret: hunter2\n")

    with pytest.raises(SettingsError) as caught:
        load(file)

    assert f"{file}:3:1" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["just words", "[1, 2]", "source: here", "chats: {console: true}", "1: 2", "? [a]\n: b"]
)
def test_any_other_shape_is_a_mistake_and_never_a_crash(write, text):
    assert mistakes_of(write(text))


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("source: &a {kind: *a}", "1:19", "an alias (*), which is not for settings"),
        ("a: &a 1\nb: *a", "2:4", "an alias (*), which is not for settings"),
        ("source:\n  url: !!timestamp x", "2:8", "a tag (!), which is not for settings"),
        ("source: {page_size: !!int hunter2}", "1:21", "a tag (!), which is not for settings"),
        ("source: {url: !ab'hunter2 x}", "1:15", "a tag (!), which is not for settings"),
        ("source: {url: [!hunter2", "1:16", "a tag (!), which is not for settings"),
        ("a:\n  b: hunter2: x", "2:13", "a colon that nothing may follow here; put the text in quotes"),
        ("a: 'hunter2", "1:12", "a quote or bracket that is never closed"),
        ("a: [hunter2", "1:12", "a quote or bracket that is never closed"),
        ("a: @hunter2", "1:4", "a sign or a tab that cannot begin anything; put the text in quotes"),
        ("a: 1\n b: hunter2", "2:3", "a colon that nothing may follow here; put the text in quotes"),
        ("a:\n  b: 1\n hunter2: 2", "3:2", "a line that stands too far left or right, or a sign too many"),
        ("a: 1\nhunter2", "2:8", "a key without a colon"),
        ("a: x\n%hunter2: \x07", "2:11", "a character that no text has"),
        ("a: %\n--- hunter2", "1:4", "a sign or a tab that cannot begin anything; put the text in quotes"),
        ("a: *hunter2", "1:4", "an alias (*), which is not for settings"),
    ],
)
def test_no_yaml_is_told_by_place_and_kind_in_our_own_words(write, text, place, problem):
    file = write(text)

    (mistake,) = mistakes_of(file).values()

    assert (mistake.name, mistake.found) == (f"{file}:{place}", problem)


def test_nesting_without_end_is_a_mistake(write):
    (mistake,) = mistakes_of(write("[" * 5000)).values()

    assert mistake.found == "brackets or levels nested too deep"


@pytest.mark.parametrize("text", ["[" * 5000, "&a {kind: *a}", "!!timestamp x", "9" * 5000])
def test_no_value_of_a_variable_is_a_crash(text):
    assert mistakes_of(None, {"FORTRESS_SOURCE": text}).keys() == {"source"}


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("FORTRESS_SOURCE_URL", "FORTRESS_SOURCE__URL"),
        ("FORTRESS_CLIENT_SECRET", "FORTRESS_ACRONIS_SECRET"),
        ("FORTRESS_ACRONIS_SECRETS", "FORTRESS_ACRONIS_SECRET"),
        ("FORTRESS_STROE__KIND", "FORTRESS_STORE__KIND"),
        ("FORTRESS_CONFIGFILE", "FORTRESS_CONFIG"),
        ("FORTRESS_REFRSH", "FORTRESS_REFRESH"),
        ("fortress_config", "FORTRESS_CONFIG"),
    ],
)
def test_unknown_variable_suggests_the_one_that_was_meant(wrong, meant):
    mistake = mistakes_of(ROOT / "app.yaml", {wrong: "hunter2"})[wrong]

    assert mistake.expected.endswith(f"the nearest is {meant}")
    assert "hunter2" not in str(mistake)


def test_unknown_variable_far_from_all_says_how_they_are_made():
    mistake = mistakes_of(ROOT / "app.yaml", {"FORTRESS_QQQ": "1"})["FORTRESS_QQQ"]

    assert mistake.expected == "FORTRESS_, a section of app.yaml, two underscores and a key"


def test_variables_that_are_no_settings_are_left_alone():
    ours = {"FORTRESS_REFERENCE": "x", "FORTRESS_TEST_DATABASE": "x", "FORTRESS_ACRONIS_SECRET": "x"}
    of_kubernetes = {"FORTRESS_SERVICE_HOST": "10.0.0.1", "FORTRESS_PORT": "x", "FORTRESS_PORT_80_TCP": "x"}

    assert load(ROOT / "app.yaml", {**ours, **of_kubernetes, "FORTRESS_QQQ": ""}).source.kind == "sandbox"


@pytest.mark.parametrize("times", ['["6:45"]', '["24:00"]', '["06:60"]', "[]", '["06:45", "06:45"]', "06:45", "[6]"])
def test_times_that_are_no_times_or_come_twice_are_refused(write, times):
    assert mistakes_of(write(f"refresh: {{times: {times}}}")).keys() == {"refresh.times"}


@pytest.mark.parametrize("zone", ["Lisbon", "Europe/Lisbonn", "../../etc/passwd", '""', "/UTC", "7"])
def test_zone_must_be_in_the_iana_list(write, zone):
    assert mistakes_of(write(f"refresh: {{zone: {zone}}}")).keys() == {"refresh.zone"}


def test_misspelt_zone_gets_the_nearest_one(write):
    assert mistakes_of(write("refresh: {zone: Europe/Lisbonn}"))["refresh.zone"].expected.endswith("Europe/Lisbon")


@pytest.mark.parametrize(
    "url", ["eu2-cloud.acronis.com", "http://eu2-cloud.acronis.com", "https://me:pw@x.example", "ftp://x"]
)
def test_address_must_be_https_and_hold_no_password(write, url):
    mistake = mistakes_of(write(f"source: {{url: '{url}'}}"))["source.url"]

    assert "pw" not in mistake.found


def test_address_of_this_machine_may_be_plain(write):
    assert load(write("source: {url: 'http://127.0.0.1:8080/'}")).source.url == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://EU2-Cloud.Acronis.COM/", "https://eu2-cloud.acronis.com"),
        ("HTTPS://x.example:8443", "https://x.example:8443"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_address_is_kept_in_one_form(write, url, kept):
    assert load(write(f"source: {{url: '{url}'}}")).source.url == kept


@pytest.mark.parametrize(
    ("url", "found", "expected"),
    [
        ("https://eu2-cloud.acronis.com/ui/#/hunter2", "https://eu2-cloud.acronis.com/…", "leave away what follows"),
        ("https://x.example?secret=hunter2", "https://x.example/…", "leave away what follows"),
        ("https://x.example#hunter2", "https://x.example/…", "leave away what follows"),
        ("https://me:hunter2@x.example", "https://x.example/…", "no name or password"),
        ("http://x.example/?secret=hunter2", "http://x.example/…", "https://"),
        ("me:hunter2@x.example", "text without https://", "https://"),
        ("hunter2://x.example", "text without https://", "https://"),
        ("https://x.example:hunter2", "https://x.example/…", "https://"),
        ("https://[hunter2", "an address without a host", "https://"),
        ("https://me:hunter2℀@x.example", "an address without a host", "https://"),
        ("https:///hunter2", "an address without a host", "https://"),
        ("https://x y.example", "an address without a host", "https://"),
    ],
)
def test_address_that_is_refused_is_shown_without_what_may_be_secret(write, url, found, expected):
    mistake = mistakes_of(write(f"source: {{url: '{url}'}}"))["source.url"]

    assert mistake.found == found
    assert expected in mistake.expected
    assert "hunter2" not in str(mistake)


# --- secrets -----------------------------------------------------------------------------------------------------


def test_secret_from_the_environment_prints_as_stars_everywhere():
    settings = load(
        ROOT / "app.yaml", {**ACRONIS, "FORTRESS_SOURCE__CLIENT_ID": "x", "FORTRESS_ACRONIS_SECRET": "hunter2"}
    )

    assert settings.source.client_secret is not None
    assert settings.source.client_secret.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"


def test_secret_written_into_the_file_is_refused_by_name_and_not_repeated(write, caplog):
    caplog.set_level(logging.DEBUG)
    file = write("source:\n  client_secret: hunter2\n  page_size: hunter\n")

    with pytest.raises(SettingsError) as caught:
        load(file, {"FORTRESS_ACRONIS_SECRET": "other"})

    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.mistakes) + caplog.text
    assert "source.client_secret" in told
    assert "FORTRESS_ACRONIS_SECRET" in told
    assert "hunter2" not in told


def test_secret_under_a_wrong_name_is_not_repeated(write):
    file = write("source:\n  client_secrt: hunter2\n  client_secret: [hunter2]\nslack_token: hunter2\n")

    assert "hunter2" not in str(list(mistakes_of(file).values()))


SECTION = "text, not a section"


@pytest.mark.parametrize(
    ("text", "environ", "found"),
    [
        ("source:\n  client_secret:hunter2\n", {}, SECTION),
        ("client_secret:hunter2\n", {}, SECTION),
        ("chats: {console: hunter2}", {}, SECTION),
        ("aliases: hunter2", {}, SECTION),
        ("", {"FORTRESS_SOURCE": "client_secret:hunter2"}, SECTION),
        ("", {"FORTRESS_ALIASES": "hunter2"}, SECTION),
        ("source: {client_secret:hunter2}", {}, "a key fortress does not know"),
        ("{client_secret:hunter2, client_secret:hunter2}", {}, "a key fortress does not know"),
        ("source: {client_secret_file: 42}", {}, "a value (not shown)"),
        ("source: {client_secret_file: [hunter2]}", {}, "a value (not shown)"),
        ("source: {client_secret_file: hunter2}", {}, "a value that is no path: no such file or directory"),
        ("", {"FORTRESS_SOURCE__CLIENT_SECRET_FILE": "hunter2"}, "a value that is no path: no such file or directory"),
        ("source: {client_secret_file: Jk3/hunter2+A==}", {}, "a value that is no path: no such file or directory"),
    ],
)
def test_secret_in_the_wrong_place_is_not_repeated(write, text, environ, found):
    with pytest.raises(SettingsError) as caught:
        load(write(text), environ)

    assert f"found     {found}\n" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("path", ["/run/secrets/acronis", "secret.txt", "secrets/acronis", "../Secret1", r"C:\s\x"])
def test_secret_file_that_is_missing_is_shown_when_it_looks_like_a_path(write, path):
    mistake = mistakes_of(write(f"source: {{client_secret_file: '{path}'}}"))["source.client_secret_file"]

    assert mistake.found.startswith(f"{path}: ")


def test_null_byte_in_a_path_is_a_mistake_and_never_a_crash(write):
    assert mistakes_of(write('source: {client_secret_file: "a\\0b"}')).keys() == {"source.client_secret_file"}


@pytest.mark.parametrize(("content", "why"), [(None, "no such file or directory"), ("\n", "empty")])
def test_secret_file_that_holds_none_is_named(write, tmp_path, content, why):
    if content is not None:
        (tmp_path / "secret.txt").write_text(content)

    mistake = mistakes_of(write("source: {client_secret_file: secret.txt}"))["source.client_secret_file"]

    assert mistake.found == f"secret.txt: {why}"


def test_acronis_with_all_it_needs_is_enough(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert (
        load(None, {**ACRONIS, "FORTRESS_SOURCE__CLIENT_ID": "0012", "FORTRESS_ACRONIS_SECRET": "s"}).source.client_id
        == "0012"
    )


# --- Slack, and who may do what ----------------------------------------------------------------------------------

SLACK = {
    "FORTRESS_CHATS__SLACK__ENABLED": "true",
    "FORTRESS_CHATS__SLACK__CHANNEL": "C012AB3CD",
    "FORTRESS_SLACK_BOT_TOKEN": "xoxb-1",
    "FORTRESS_SLACK_APP_TOKEN": "xapp-1",
}


def test_slack_with_all_it_needs_is_enough(write):
    slack = load(write("chats: {slack: {clients: {Acme Ltd: C078JK9LM}, on_duty: S034CD5EF}}"), SLACK).chats.slack

    assert (slack.enabled, slack.transport, slack.channel) == (True, "socket", "C012AB3CD")
    assert (dict(slack.clients), slack.posts, slack.address) == (
        {"Acme Ltd": "C078JK9LM"},
        10,
        "https://slack.com/api/",
    )
    assert slack.bot_token is not None
    assert slack.bot_token.get_secret_value() == "xoxb-1"
    assert "xoxb-1" not in f"{slack} {slack!r}"


@pytest.mark.parametrize(
    ("transport", "missing"), [("socket", "chats.slack.app_token"), ("http", "chats.slack.signing_secret")]
)
def test_what_slack_lacks_is_named_at_once(write, transport, missing):
    told = mistakes_of(write(f"chats: {{slack: {{enabled: yes, transport: {transport}}}}}"))

    assert told.keys() == {"chats.slack.channel", "chats.slack.bot_token", missing}
    assert told[missing].found == f"nothing, and chats.slack.transport is {transport}"


@pytest.mark.parametrize(("transport", "is_mistake"), [("http", True), ("socket", False)])
def test_a_closed_door_is_a_mistake_where_slack_has_to_come_through(write, transport, is_mistake):
    path = write(f"web: {{enabled: false}}\nchats: {{slack: {{enabled: true, transport: {transport}}}}}\n")

    told = mistakes_of(path)
    assert ("web.enabled" in told) is is_mistake
    if is_mistake:
        assert told["web.enabled"].found == "false, and Slack calls it (chats.slack.transport is http)"


def test_slack_that_is_off_lacks_nothing(write):
    assert not load(write("chats: {slack: {enabled: off, transport: http}}")).chats.slack.enabled


def test_each_secret_of_slack_may_come_from_a_file(write, tmp_path):
    (tmp_path / "bot").write_text("xoxb-2\n")
    (tmp_path / "sign").write_text("abc\n")
    files = "bot_token_file: bot, signing_secret_file: sign"

    slack = load(
        write(f"chats: {{slack: {{enabled: true, transport: HTTP, channel: C012AB3CD, {files}}}}}")
    ).chats.slack

    assert slack.bot_token is not None
    assert slack.signing_secret is not None
    assert (slack.bot_token.get_secret_value(), slack.signing_secret.get_secret_value()) == ("xoxb-2", "abc")


@pytest.mark.parametrize("key", ["bot_token", "app_token", "signing_secret"])
def test_secret_of_slack_in_the_file_is_refused_and_not_repeated(write, key):
    mistake = mistakes_of(write(f"chats:\n  slack:\n    {key}: hunter2\n"))[f"chats.slack.{key}"]

    assert mistake.where.endswith("line 3")
    assert f"FORTRESS_SLACK_{key.upper()}" in mistake.expected
    assert "hunter2" not in str(mistake)


@pytest.mark.parametrize(("variable", "begins"), [("BOT", "xoxb-"), ("APP", "xapp-")])
def test_token_of_another_kind_is_refused_and_not_repeated(variable, begins):
    name = f"chats.slack.{variable.lower()}_token"

    mistake = mistakes_of(ROOT / "app.yaml", {**SLACK, f"FORTRESS_SLACK_{variable}_TOKEN": "hunter2"})[name]

    assert mistake.expected == f"a token that begins with {begins}"
    assert "hunter2" not in str(mistake)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ("channel: '#backups'", "channel"),
        ("channel: backups", "channel"),
        ("channel: c012ab3cd", "channel"),
        ("fallback: U012AB3CD", "fallback"),
        ("clients: {Acme: acme}", "clients"),
        ("clients: {Acme: ''}", "clients"),
        ("on_duty: '@jo'", "on_duty"),
        ("owner: S034CD5EF", "owner"),
        ("posts: 51", "posts"),
        ("address: http://slack.example/api/", "address"),
        ("address: 'https://slack.example/api/?token=hunter2'", "address"),
        ("transport: rtm", "transport"),
    ],
)
def test_id_of_another_shape_is_named_with_an_example(write, wrong, name):
    mistake = mistakes_of(write(f"chats: {{slack: {{{wrong}}}}}"))[f"chats.slack.{name}"]

    assert mistake.example.startswith(f"{name}: ")
    assert "hunter2" not in mistake.found


def test_address_of_a_local_slack_ends_with_a_slash(write):
    slack = load(write("chats: {slack: {address: 'http://127.0.0.1:4010/api'}}")).chats.slack

    assert slack.address == "http://127.0.0.1:4010/api/"


def test_roles_are_given_by_chat_and_id(write):
    roles = load(write('roles: {everybody: View, people: {"slack:U012AB3CD": administer}}')).roles

    assert (roles.everybody, dict(roles.people)) == (Right.VIEW, {"slack:U012AB3CD": Right.ADMINISTER})


@pytest.mark.parametrize(
    "people", ["{jo: run}", '{"slack:jo": run}', '{"slcak:U012AB3CD": run}', '{"slack:U012AB3CD": king}', "[a]"]
)
def test_role_of_nobody_and_role_that_is_none_are_refused(write, people):
    mistake = mistakes_of(write(f"roles: {{people: {people}}}"))["roles.people"]

    assert mistake.example == 'people: {"slack:U012AB3CD": administer}'


def test_misspelt_key_of_slack_gets_the_one_that_was_meant(write):
    mistake = mistakes_of(write("chats: {slack: {chanel: C012AB3CD}}"))["chats.slack.chanel"]

    assert mistake.expected.endswith("the nearest is chats.slack.channel")


# --- Teams ---------------------------------------------------------------------------------------------------------

ID = "8f0f1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
CHANNEL = "19:a1B2-c3_d4@thread.tacv2"
TEAMS = {
    "FORTRESS_CHATS__TEAMS__ENABLED": "true",
    "FORTRESS_CHATS__TEAMS__APP_ID": ID,
    "FORTRESS_CHATS__TEAMS__TENANT_ID": ID.upper(),
    "FORTRESS_CHATS__TEAMS__CHANNEL": CHANNEL,
}
SECRET = {"FORTRESS_TEAMS_SECRET": "hunter2"}
PEM = "-----BEGIN PRIVATE KEY-----\nhunter2\n-----BEGIN CERTIFICATE-----\nx\n"


def test_teams_with_all_it_needs_is_enough(write):
    teams = load(write(f"chats: {{teams: {{clients: {{Acme Ltd: '{CHANNEL}'}}, owner: {ID}}}}}"), TEAMS | SECRET)

    found = teams.chats.teams
    assert (found.app_id, found.tenant_id, found.channel, found.owner) == (ID, ID, CHANNEL, ID)
    assert (dict(found.clients), found.tenants, found.posts) == ({"Acme Ltd": CHANNEL}, (), 10)
    assert found.secret is not None
    assert found.secret.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{found} {found!r}"


def test_what_teams_lacks_is_named_at_once(write):
    told = mistakes_of(write("chats: {teams: {enabled: yes}}"))

    assert told.keys() == {f"chats.teams.{key}" for key in ("app_id", "tenant_id", "channel", "secret")}
    assert told["chats.teams.secret"].found == "no way to sign in, and chats.teams.enabled is true"


def test_teams_that_is_off_lacks_nothing(write):
    assert not load(write("chats: {teams: {enabled: off}}")).chats.teams.enabled


@pytest.mark.parametrize(
    "way", [SECRET, {"FORTRESS_TEAMS_CERTIFICATE": PEM}, {"FORTRESS_CHATS__TEAMS__MANAGED_IDENTITY": "true"}]
)
def test_one_way_to_sign_in_to_teams_is_enough_and_two_are_not(write, way):
    other = SECRET if way is not SECRET else {"FORTRESS_TEAMS_CERTIFICATE": PEM}

    assert load(write(""), TEAMS | way).chats.teams.enabled
    told = mistakes_of(write(""), TEAMS | way | other)["chats.teams.secret"]
    assert told.found.endswith(" together")
    assert "hunter2" not in str(told)


def test_certificate_of_teams_may_come_from_a_file_and_needs_its_key(write, tmp_path):
    (tmp_path / "teams.pem").write_text(PEM)
    (tmp_path / "half.pem").write_text(PEM.replace("PRIVATE", "PUBLIC"))

    found = load(write("chats: {teams: {certificate_file: teams.pem}}"), TEAMS).chats.teams.certificate
    told = mistakes_of(write("chats: {teams: {certificate_file: half.pem}}"), TEAMS)["chats.teams.certificate"]

    assert found is not None
    assert found.get_secret_value() == PEM.strip()
    assert "private key" in told.expected
    assert "hunter2" not in str(told)


@pytest.mark.parametrize("key", ["secret", "certificate"])
def test_secret_of_teams_in_the_file_is_refused_and_not_repeated(write, key):
    mistake = mistakes_of(write(f"chats:\n  teams:\n    {key}: hunter2\n"))[f"chats.teams.{key}"]

    assert f"FORTRESS_TEAMS_{key.upper()}" in mistake.expected
    assert "hunter2" not in str(mistake)


@pytest.mark.parametrize("host", ["teams.microsoft.com", "teams.cloud.microsoft", "gov.teams.microsoft.us"])
def test_the_link_that_teams_gives_for_a_channel_names_it(write, host):
    link = f"https://{host}/l/channel/19%3Aa1B2-c3_d4%40thread.tacv2/General?groupId={ID}&tenantId={ID}"

    assert load(write(f"chats: {{teams: {{channel: '{link}'}}}}")).chats.teams.channel == CHANNEL


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ("app_id: fortress", "app_id"),
        ("tenant_id: msp.onmicrosoft.com", "tenant_id"),
        ("tenants: [msp.onmicrosoft.com]", "tenants"),
        ("channel: General", "channel"),
        ("channel: 'https://evil.example/l/channel/19%3Aa%40thread.tacv2/General'", "channel"),
        ("channel: '19:a;messageid=1@thread.tacv2'", "channel"),
        ("fallback: 'a:personal'", "fallback"),
        ("clients: {Acme: acme}", "clients"),
        ("clients: {Acme: ''}", "clients"),
        ("on_duty: '@jo'", "on_duty"),
        ("owner: jo@msp.example", "owner"),
        ("posts: 51", "posts"),
        ("service: http://smba.example/teams/", "service"),
        ("login: http://login.example", "login"),
        ("keys: ftp://keys.example", "keys"),
    ],
)
def test_id_of_teams_of_another_shape_is_named_with_an_example(write, wrong, name):
    mistake = mistakes_of(write(f"chats: {{teams: {{{wrong}}}}}"))[f"chats.teams.{name}"]

    assert mistake.example.startswith(f"{name}: ")


def test_people_of_teams_are_named_by_their_object_id(write):
    roles = load(write(f'roles: {{people: {{"teams:{ID}": run}}}}')).roles

    assert dict(roles.people) == {f"teams:{ID}": Right.RUN}
    told = mistakes_of(write('roles: {people: {"teams:jo@msp.example": run}}'))["roles.people"]
    assert told.expected == "each person of Teams by their object id in Entra, not by a name or an address"


# --- SharePoint ----------------------------------------------------------------------------------------------------

SITE = "https://contoso.sharepoint.com/sites/backups"
SHAREPOINT = {
    "FORTRESS_PUBLISHERS__SHAREPOINT__ENABLED": "true",
    "FORTRESS_PUBLISHERS__SHAREPOINT__SITE": f"{SITE}/",
    "FORTRESS_PUBLISHERS__SHAREPOINT__APP_ID": ID,
    "FORTRESS_PUBLISHERS__SHAREPOINT__TENANT_ID": ID,
}


def test_sharepoint_with_all_it_needs_is_enough(write):
    found = load(write(""), SHAREPOINT | {"FORTRESS_SHAREPOINT_SECRET": "hunter2"}).publishers.sharepoint

    assert (found.site, found.app_id, found.tenant_id) == (SITE, ID, ID)
    assert found.secret is not None
    assert found.secret.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{found} {found!r}"


def test_what_sharepoint_lacks_is_named_at_once(write):
    told = mistakes_of(write("publishers: {sharepoint: {enabled: yes}}"))

    assert told.keys() == {f"publishers.sharepoint.{key}" for key in ("site", "app_id", "tenant_id", "secret")}
    assert told["publishers.sharepoint.secret"].found == "no way to sign in, and publishers.sharepoint.enabled is true"


def test_two_ways_to_sign_in_to_sharepoint_are_one_too_many(write):
    ways = {"FORTRESS_SHAREPOINT_SECRET": "hunter2", "FORTRESS_SHAREPOINT_CERTIFICATE": PEM}

    told = mistakes_of(write(""), SHAREPOINT | ways)["publishers.sharepoint.secret"]

    assert told.found == "secret and certificate together"
    assert "hunter2" not in str(told)


@pytest.mark.parametrize(
    "site",
    ["https://contoso.sharepoint.com", f"{SITE}/", f"{SITE}/night", "https://contoso.sharepoint.com/teams/Ops%20A"],
)
def test_site_is_given_as_the_browser_shows_it(write, site):
    assert load(write(f"publishers: {{sharepoint: {{site: '{site}'}}}}")).publishers.sharepoint.site == site.rstrip("/")


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ("site: contoso.sharepoint.com/sites/backups", "site"),
        ("site: http://contoso.sharepoint.com/sites/backups", "site"),
        (f"site: {SITE}/SitePages/Home.aspx", "site"),
        (f"site: '{SITE}?web=1'", "site"),
        ("site: https://contoso.sharepoint.com/sites/", "site"),
        ("app_id: fortress", "app_id"),
        ("prefix: a/b", "prefix"),
        ("prefix: -", "prefix"),
        ("folder: a/b", "folder"),
        ("folder: ''", "folder"),
        ("folder: a.", "folder"),
        ("folder: .a", "folder"),
        ("formats: [json]", "formats"),
        ("graph: http://graph.example", "graph"),
    ],
)
def test_setting_of_sharepoint_of_another_shape_is_named_with_an_example(write, wrong, name):
    mistake = mistakes_of(write(f"publishers: {{sharepoint: {{{wrong}}}}}"))[f"publishers.sharepoint.{name}"]

    assert mistake.example.startswith(f"{name}: ")


# --- worth a warning ---------------------------------------------------------------------------------------------


def test_hour_that_the_zone_skips_or_doubles_is_worth_a_warning():
    refresh = RefreshSettings(times=(time(1, 30), time(6, 45)), zone="Europe/Lisbon")

    assert clock_warnings(refresh, today=date(2026, 1, 1)) == (
        "refresh.times 01:30: does not exist on 2026-03-29 in Europe/Lisbon",
        "refresh.times 01:30: comes twice on 2026-10-25 in Europe/Lisbon",
    )
