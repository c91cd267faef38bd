"""The command line, as an operator types it: the sandbox as the source, a folder of its own as the store."""

import json
import zipfile
from contextlib import closing

import pytest
from typer.testing import CliRunner

from bot import cli
from bot.errors import Refused
from bot.settings import SettingsError
from bot.sources.sandbox import START, Sandbox, World
from bot.sources.sandbox.misdeeds import MISDEEDS
from tests.servers import halo
from tests.servers.bot_keys import APP, TENANT
from tests.servers.entra import SECRET, entra
from tests.servers.sharepoint import sharepoint
from tests.servers.sharepoint_site import SITE


@pytest.fixture
def fortress(tmp_path, monkeypatch):
    """Type a command in a folder that holds nothing but a short look back."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORTRESS_SOURCE__LOOKBACK_DAYS", "2")
    runner = CliRunner()

    def typed(*words, input=None):
        screen = runner.invoke(cli.cli, words, input=input, catch_exceptions=True)
        if screen.exception is not None and not isinstance(screen.exception, SystemExit):
            raise screen.exception
        return screen

    return typed


def test_the_demo_plays_and_leaves(fortress):
    screen = fortress("demo", "--once", "--refreshes", "3")

    assert screen.exit_code == 0
    assert screen.stdout.count("Backups, ") == 3
    assert "Acme" in screen.stdout


def test_the_demo_misbehaves_on_request_in_its_last_refresh(fortress):
    screen = fortress("demo", "--once", "--refreshes", "2", "--misbehave", "forbidden")

    first, last = screen.stdout.split("Backups, ")[1:]
    assert "NOT READ: Acme" not in first
    assert "NOT READ: Acme (10 workloads)" in " ".join(last.split())


@pytest.mark.parametrize("refreshes", ["2", "7"], ids=["by night", "by day, with one run that ended just now"])
def test_empty_pages_are_not_taken_for_a_quiet_time(fortress, refreshes):
    screen = fortress("demo", "--once", "--refreshes", refreshes, "--misbehave", "empty")

    last = " ".join(screen.stdout.split("Backups, ")[-1].split())
    assert "Read 0 of 15 clients" in last
    assert "ONLY PARTLY READ: Acme, Brightwater, " in last


def test_a_way_to_misbehave_that_is_none_is_refused_with_those_there_are(fortress):
    with pytest.raises(Refused) as refused:
        fortress("demo", "--once", "--misbehave", "politely")

    assert f"choose from {', '.join(MISDEEDS)}" in str(refused.value)


def test_help_names_every_way_to_misbehave():
    assert cli.MISDEEDS.replace(" or ", ", ").split(", ") == list(MISDEEDS)


def test_the_demo_says_where_its_tables_are_while_somebody_may_look(fortress):
    asked = fortress("demo", "--refreshes", "1", input="quit\n").stdout
    left = fortress("demo", "--refreshes", "1", "--once").stdout

    assert "The same as tables, until you leave: " in asked
    assert "as tables" not in left


def test_the_demo_takes_questions_and_presses(fortress):
    screen = fortress("demo", "--refreshes", "3", input="client acme\n1\nack 5\nhelp\nquit\n")

    assert "Acme: 2 of" in screen.stdout
    assert "yours. It stays quiet until it heals or gets worse" in screen.stdout
    assert "What you can ask fortress" in screen.stdout


def test_the_same_seed_is_the_same_story(fortress):
    assert (
        fortress("demo", "--once", "--refreshes", "2").stdout == fortress("demo", "--once", "--refreshes", "2").stdout
    )


def test_refresh_then_look_at_it_again(fortress):
    told = fortress("refresh")
    again = fortress("digest")

    assert "First reading: found" in told.stdout
    assert again.stdout == told.stdout


def test_refresh_as_json_is_one_object_however_often(fortress):
    first, second = (fortress("refresh", "--json") for _ in range(2))

    assert json.loads(first.stdout)["clients_read"] == json.loads(second.stdout)["clients_read"] > 0
    assert "First reading" in first.stderr


def test_a_refresh_that_could_read_nothing_ends_with_one(fortress, monkeypatch):
    monkeypatch.setenv("FORTRESS_SOURCE__KIND", "acronis")
    monkeypatch.setenv("FORTRESS_SOURCE__CLIENT_ID", "nobody")
    monkeypatch.setenv("FORTRESS_ACRONIS_SECRET", "s3cr3tsecret")
    with closing(Sandbox(World(), lambda: START)) as account:
        monkeypatch.setenv("FORTRESS_SOURCE__URL", account.url)
        screen = fortress("refresh")

    assert screen.exit_code == 1
    assert "nothing is known" in screen.stdout
    assert "GAP: " in screen.stdout
    assert "s3cr3t" not in screen.output


def test_digest_as_json_is_for_scripts(fortress):
    fortress("refresh")

    digest = json.loads(fortress("digest", "--json").stdout)

    assert digest["clients_read"] < digest["clients_all"]
    assert {"rows", "healed", "unknown", "unread"} <= set(digest)


def test_a_digest_before_the_first_refresh_says_what_to_do(fortress):
    with pytest.raises(Refused, match="run `fortress refresh` first"):
        fortress("digest")


def test_explain_says_what_a_code_means(fortress):
    screen = fortress("explain", "CloudStorageUnavailable")

    assert "CloudStorageUnavailable: CLIENT · WAIT" in screen.stdout
    assert "rule cloud-storage-unavailable" in screen.stdout


def test_explain_as_json(fortress):
    (answer,) = json.loads(fortress("explain", "--json", "0x80070070").stdout)

    assert answer["verdict"]["rule"] == "disk-full"


def test_what_nobody_knows_ends_with_one(fortress):
    assert fortress("explain", "zzzzqqqq").exit_code == 1
    assert fortress("explain", "--json", "zzzzqqqq").exit_code == 1


def test_asking_answers_as_a_chat_would(fortress):
    fortress("refresh")

    assert "Open: " in fortress("ask", "open").stdout
    assert fortress("ask", "ack", "99999").exit_code == 1


def test_an_acknowledgement_from_the_command_line_stays(fortress):
    fortress("refresh")
    number = json.loads(fortress("digest", "--json").stdout)["rows"][0]["number"]

    fortress("ask", "ack", str(number), "on it")

    assert "has it since" in fortress("ask", "open", str(number)).stdout


def test_the_configuration_is_checked_as_a_whole(fortress, tmp_path):
    (tmp_path / "app.yaml").write_text("refresh:\n  zone: Europe/Lisboa\nchat: {}\nstore:\n  kind: sqlite\n")

    with pytest.raises(SettingsError) as mistakes:
        fortress("config", "check")

    assert [mistake.name for mistake in mistakes.value.mistakes] == ["refresh.zone", "store.kind", "chat"]


def test_a_good_configuration_is_said_to_be_good(fortress):
    assert "can be used" in fortress("config", "check").stdout


def test_a_time_the_clocks_skip_is_minded(fortress, monkeypatch):
    monkeypatch.setenv("FORTRESS_REFRESH__ZONE", "Europe/Lisbon")
    monkeypatch.setenv("FORTRESS_REFRESH__TIMES", '["01:30"]')

    assert "01:30" in fortress("config", "check").stderr


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (Refused("the folder is in use", remedy="stop the other one"), 1, "fortress: the folder is in use"),
        (KeyboardInterrupt(), 130, ""),
    ],
    ids=["refused", "Ctrl-C"],
)
def test_what_a_person_can_mend_is_one_line(monkeypatch, capsys, error, code, line):
    def fail():
        raise error

    monkeypatch.setattr(cli, "cli", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()

    assert ended.value.code == code
    assert line in capsys.readouterr().err


def test_the_audit_is_read_line_by_line_or_as_json(fortress):
    fortress("refresh")
    fortress("ask", "ack", "1", "disk is on order")

    lines = fortress("audit").stdout.splitlines()
    (entry,) = json.loads(fortress("audit", "#1", "--json").stdout)

    assert [line.split("  ")[2] for line in lines] == ["acknowledge"]
    assert lines[0].endswith(": disk is on order")
    assert entry["before"] == "nobody"
    assert fortress("audit", "somebody-else").stdout == ""


def test_the_manifest_of_an_app_is_json_and_nothing_else(fortress):
    by_socket = json.loads(fortress("manifest", "slack").stdout)
    by_http = json.loads(fortress("manifest", "slack", "--http", "https://fortress.example.com").stdout)

    assert by_socket["settings"]["socket_mode_enabled"]
    assert by_http["features"]["slash_commands"][0]["url"] == "https://fortress.example.com/slack/events"


def test_the_package_of_an_app_is_written_and_holds_the_menu_of_commands(fortress, monkeypatch, tmp_path):
    monkeypatch.setenv("FORTRESS_CHATS__TEAMS__APP_ID", "8f0f1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b")
    path = tmp_path / "app.zip"
    screen = fortress("manifest", "teams", "--http", "https://fortress.example.com", "--to", str(path))

    made = json.loads(zipfile.ZipFile(path).read("manifest.json"))
    menu = made["bots"][0]["commandLists"][0]["commands"]
    assert "is ready to be uploaded" in screen.stdout
    assert [each["title"] for each in menu][:3] == ["home", "open", "client"]
    assert menu[-1]["title"] == "help"


def test_a_package_that_cannot_be_written_says_so(fortress, monkeypatch, tmp_path):
    monkeypatch.setenv("FORTRESS_CHATS__TEAMS__APP_ID", "8f0f1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b")

    with pytest.raises(Refused, match="cannot be written"):
        fortress("manifest", "teams", "--http", "https://fortress.example.com", "--to", str(tmp_path))


def test_a_chat_nobody_knows_has_neither_manifest_nor_doctor(fortress):
    for what in ("manifest", "doctor"):
        with pytest.raises(Refused, match="one of: slack"):
            fortress(what, "icq")


def test_a_doctor_that_finds_something_wrong_ends_with_one(fortress, monkeypatch):
    with closing(Sandbox(World(), lambda: START)) as no_slack:
        monkeypatch.setenv("FORTRESS_CHATS__SLACK__ADDRESS", f"{no_slack.url}/nothing/")
        screen = fortress("doctor", "slack")

    assert screen.exit_code == 1
    assert "WRONG Slack is switched off\n      set chats.slack.enabled: true in app.yaml" in screen.stdout


@pytest.fixture
def sharepoint_site(tmp_path, monkeypatch):
    """Play a SharePoint site, and name it in the variables."""
    with entra(tmp_path) as microsoft, sharepoint() as graph:
        given = {"SITE": SITE, "APP_ID": APP, "TENANT_ID": TENANT, "LOGIN": microsoft.url, "GRAPH": graph.url[:-4]}
        for key, value in given.items():
            monkeypatch.setenv(f"FORTRESS_PUBLISHERS__SHAREPOINT__{key}", value)
        monkeypatch.setenv("FORTRESS_SHAREPOINT_SECRET", SECRET)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(microsoft.trusted))
        yield graph


def test_a_site_is_set_up_by_a_person_and_looked_at_by_the_app(fortress, sharepoint_site):
    made = fortress("provision", "sharepoint", "--yes")
    seen = fortress("doctor", "sharepoint")

    assert "https://microsoft.com/devicelogin" in made.stdout
    assert made.stdout.endswith("All that fortress needs is there.\nNext: fortress doctor sharepoint\n")
    assert "WRONG SharePoint is switched off" in seen.stdout
    assert "ok    the list Fortress Clients has its" in seen.stdout
    assert SECRET not in made.stdout + seen.stdout


def test_a_site_is_not_set_up_without_a_yes(fortress, sharepoint_site):
    screen = fortress("provision", "sharepoint", "--as-app", input="n\n")

    assert screen.exit_code == 1
    assert sharepoint_site.site.lists == {}


def halopsa(monkeypatch, server):
    """Switch the desk on, before a server that plays Halo."""
    section = {
        "ENABLED": "true",
        "URL": server.url,
        "TENANT": halo.TENANT,
        "CLIENT_ID": halo.CLIENT_ID,
        "TICKET_TYPE": "21",
    }
    for name, value in section.items():
        monkeypatch.setenv(f"FORTRESS_DESKS__HALOPSA__{name}", value)
    monkeypatch.setenv("FORTRESS_HALOPSA_SECRET", halo.SECRET)


def test_companies_are_proposed_by_name_and_count_once_a_person_said_yes(fortress, tmp_path, monkeypatch):
    file = tmp_path / "halopsa-companies.csv"
    fortress("refresh")
    with halo.halo_server() as server:
        halopsa(monkeypatch, server)
        first = fortress("companies", "halopsa").stdout
        file.write_text(file.read_text("utf-8-sig").replace('"Acme","","no"', '"Acme","","yes"'))
        second = fortress("companies", "halopsa").stdout
        looked = fortress("doctor", "halopsa").stdout

    assert "16 clients, 0 confirmed, 3 proposed by name" in first
    assert "put yes under Confirmed" in first
    assert "16 clients, 1 confirmed, 2 proposed by name" in second
    assert "1 of 16 clients in halopsa-companies.csv are confirmed" in looked


def test_companies_need_a_desk_that_is_on_and_clients_that_were_read(fortress, monkeypatch):
    with pytest.raises(Refused, match="switched off"):
        fortress("companies", "halopsa")
    with pytest.raises(Refused, match="one of: halopsa"):
        fortress("companies", "webhook")
    with halo.halo_server() as server:
        halopsa(monkeypatch, server)
        with pytest.raises(Refused, match="fortress refresh"):
            fortress("companies", "halopsa")


def test_export_writes_each_table_in_each_format(fortress, tmp_path):
    fortress("refresh")

    for what in ("incidents", "jobs", "clients", "refreshes"):
        shown = fortress("export", "--what", what)
        assert shown.exit_code == 0
        assert len(shown.stdout.splitlines()) > 1
        told = fortress("export", "--what", what, "--format", "json").stdout.splitlines()
        assert all(json.loads(line)["key"] for line in told)
        file = tmp_path / f"{what}.xlsx"
        assert fortress("export", "--what", what, "--format", "xlsx", "--out", str(file)).exit_code == 0
        assert zipfile.is_zipfile(file)


def test_export_of_one_client_has_no_other(fortress):
    fortress("refresh")

    told = fortress("export", "--what", "jobs", "--format", "json", "--client", "acme").stdout.splitlines()

    assert {json.loads(line)["client"] for line in told} == {"Acme"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--what", "jobs", "--client", "Acne"], "did you mean “Acme”"),
        (["--what", "refreshes", "--client", "Acme"], "leave --client out"),
        (["--what", "jobs", "--format", "xlsx"], "--out"),
        (["--what", "jobs", "--out", "no-such-folder/jobs.csv"], "name another file with --out"),
    ],
)
def test_export_says_what_to_do_instead(fortress, words, says):
    fortress("refresh")

    with pytest.raises(Refused, match=says):
        fortress("export", *words)


def test_export_before_the_first_reading_says_so(fortress):
    with pytest.raises(Refused, match="nothing was ever read"):
        fortress("export", "--what", "incidents", "--client", "Acme")


def test_refresh_files_reports_beside_the_store_or_where_app_yaml_says_or_nowhere(fortress, tmp_path, monkeypatch):
    beside, elsewhere = tmp_path / "fortress-data" / "reports", tmp_path / "elsewhere"
    monkeypatch.setenv("FORTRESS_PUBLISHERS__FOLDER__ENABLED", "false")
    fortress("refresh")
    assert not beside.exists()

    monkeypatch.delenv("FORTRESS_PUBLISHERS__FOLDER__ENABLED")
    fortress("refresh")
    assert {path.suffix for path in beside.iterdir()} == {".csv", ".xlsx"}

    monkeypatch.setenv("FORTRESS_PUBLISHERS__FOLDER__PATH", "elsewhere")
    fortress("refresh")
    assert (elsewhere / "fortress.xlsx").exists()
