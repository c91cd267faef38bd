"""`python -m classifier`."""

import io
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from classifier import RuleBook, find
from classifier.__main__ import explained, main
from classifier.page import page
from classifier.rule import Code, Number, Numbers, Service, row, spelling
from classifier.rulebook import DEFAULT, Mute
from classifier.rules import RULES, wrappers
from classifier.verdict import Disposition, Domain, Party, Retry
from tests.classifier.samples import path_of

ROOT = Path(__file__).parent.parent.parent
KEYS = [
    "code",
    "module",
    "leaf",
    "chain",
    "domain",
    "lead",
    "parties",
    "disposition",
    "patience",
    "basis",
    "rule",
    "cause",
    "first_step",
    "source",
]


def judged(capsys: pytest.CaptureFixture[str], path: str) -> dict[str, object]:
    assert main(["--json", path]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    answer = json.loads(out)
    assert isinstance(answer, dict)
    return answer


def test_failed_backup_alert_is_judged_exactly(capsys):
    answer = judged(capsys, path_of("alert_backup_failed"))

    assert list(answer) == KEYS
    leaf = answer.pop("leaf")
    assert leaf["code"] == "0x0247000D"
    assert leaf["text"].startswith('HTTP request failure for URL "https://storage.example.test:80/api')
    assert leaf["text"].endswith('"reason":"CANotFoundErr"}')
    assert {key: answer[key] for key in KEYS[:11] if key != "leaf"} == {
        "code": "MemoFailedToDiscoverFesUri",
        "module": "cloud_platform",
        "chain": ["0x01350016", "0x01350016", "0x00A100D4", "0x01270100", "0x0247000D"],
        "domain": "Cloud Platform",
        "lead": "Acronis",
        "parties": ["Acronis"],
        "disposition": "act now",
        "patience": {"failed_runs": 1},
        "basis": "exact code",
        "rule": "storage-not-discovered",
    }


@pytest.mark.parametrize(
    ("name", "leaf"),
    [
        ("activity_failed", {"code": "0x80070032", "text": "The request is not supported"}),
        ("error_internal", {"code": "0x80070005", "text": "Acceso denegado"}),
        ("error_of_2019", {"code": "0x01350014", "text": "The worker is gone."}),
        ("api_error", {"code": "1006", "text": "The tenant is still enabled."}),
        ("cef_activity", {"code": "BackupDestinationDiskFullWithPartition", "text": None}),
        ("alert_cancelled", None),
        ("activity_cancelled", None),
    ],
)
def test_leaf_is_the_innermost_telling_link_or_name(capsys, name, leaf):
    assert judged(capsys, path_of(name))["leaf"] == leaf


def test_note_comes_last_and_only_when_there_is_one(capsys, tmp_path):
    file = tmp_path / "one.json"
    file.write_text('{"domain": "x", "code": "CloudStorageUnavailable"}', encoding="utf-8")

    assert list(judged(capsys, str(file))) == [*KEYS, "note"]


def test_only_members_of_patience_that_are_set_are_shown(capsys, tmp_path):
    file = tmp_path / "one.json"
    file.write_text('{"code": "No activity"}', encoding="utf-8")

    assert judged(capsys, str(file))["patience"] == {"refreshes": 1}


def test_object_is_read_from_standard_input():
    done = subprocess.run(
        [sys.executable, "-m", "classifier", "--json", "-"],
        input=b'\xef\xbb\xbf{"domain": "environment", "code": "BackupCorrupted", "message": "caf\xc3\xa9 \\udc80"}',
        capture_output=True,
        cwd=ROOT,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["leaf"] == {"code": "BackupCorrupted", "text": "café \udc80"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("not json", "is not JSON"),
        ("", "is not JSON"),
        ("[1, 2]", "holds a list; pass one object of it"),
        ('{"items": [{"type": "BackupFailed"}]}', "holds a list; pass one object of it"),
        ("5", "holds no JSON object"),
        ("{}", "has no error in it; looked for an alert"),
        ('{"result": {"code": "ok"}}', "has no error in it; looked for an alert"),
        ("[" * 200_000, "nested too deeply"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(capsys, tmp_path, content, complaint):
    file = tmp_path / "odd.json"
    file.write_text(content, encoding="utf-8")

    assert main(["--json", str(file)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert complaint in err


@pytest.mark.parametrize("path", ["nowhere/at/all.json", ".", "a\nb", "a\x00b"])
def test_file_that_is_not_there_is_said_in_one_line(capsys, path):
    assert main(["--json", path]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_bytes_that_are_no_text_are_not_json(capsys, tmp_path):
    file = tmp_path / "odd.json"
    file.write_bytes(b"\xff\xfe\x00")

    assert main(["--json", str(file)]) == 2
    assert "is not JSON" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_file_in_another_encoding_is_to_be_saved_as_utf8(capsys, tmp_path, encoding):
    file = tmp_path / "odd.json"
    file.write_bytes('{"code": "Überlauf", "domain": "x"}'.encode(encoding))

    assert main(["--json", str(file)]) == 2
    assert "save it as UTF-8" in capsys.readouterr().err


def test_number_longer_than_python_reads_is_no_code_and_no_complaint(capsys, tmp_path):
    file = tmp_path / "odd.json"
    file.write_text(f'{{"code": "BackupCorrupted", "domain": "x", "context": {{"n": {"1" * 5000}}}}}', encoding="utf-8")
    number = tmp_path / "number.json"
    number.write_text("-" + "1" * 5000, encoding="utf-8")

    assert judged(capsys, str(file))["rule"] == "backup-corrupted"
    assert main(["--json", str(number)]) == 2
    assert "digits" not in capsys.readouterr().err
    assert main(["1" * 5000]) == 1
    assert "digits" not in "".join(capsys.readouterr())


def test_negative_number_is_a_question_not_an_option(capsys):
    assert main(["-2147024784"]) == 0
    assert capsys.readouterr().out.startswith("0x80070070")


def test_half_telling_answer_names_the_code_that_nobody_knows(capsys):
    assert main(["BackupFailed+0x01350016+0x00A100D4+0x0003BEEF"]) == 0
    assert "Not known      0x0003BEEF" in capsys.readouterr().out


def test_everyday_words_are_answered_and_what_else_they_may_mean_is_told(capsys):
    assert main(["disk", "full"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("disk-full")
    assert "It may also be:\n  BackupDestinationDiskFullWithPartition" in out


def test_code_is_explained_in_readable_lines(capsys):
    assert main(["CannotConnectToMachineWithBackupDestination"]) == 0
    out = capsys.readouterr().out
    assert "Client leads, with MSP" in out
    assert "monitor, up to 3 failed runs in a row" in out
    assert "4TRESS" in out


def test_words_are_one_question(capsys):
    assert main(["backup", "did", "not", "start"]) == 0
    assert "BackupDidNotStart" in capsys.readouterr().out


def test_misspelt_code_is_not_found_but_suggested(capsys):
    assert main(["BackupCorupted"]) == 1
    assert "Did you mean:\n  BackupCorrupted" in capsys.readouterr().out


def test_unknown_code_is_not_found(capsys):
    assert main(["0x01E50023"]) == 1
    assert "Read the log" in capsys.readouterr().out


def test_nothing_asked_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        main([])


def test_answer_says_what_was_tried_by_whose_rule_and_until_when_it_is_muted():
    cloud = row(
        Domain.NETWORK,
        "our-cloud",
        Code("CloudStorageUnavailable"),
        who=Party.CLIENT,
        act=Disposition.MONITOR,
        cause="Ours.",
        first_step="Ours.",
        source="our ticket 4411",
        retried=Retry.AT_START,
    )
    mute = Mute("our-cloud", datetime(2026, 3, 9, 7, tzinfo=UTC), "line is dug up")
    book = DEFAULT.with_own([replace(cloud, own=True)], mutes=[mute])

    lines = list(explained(find("CloudStorageUnavailable", rules=book)[0]))

    assert "  Already tried  for up to two hours at the start, by the agent itself" in lines
    assert "  Muted          until 2026-03-09 07:00: line is dug up" in lines
    assert "  How sure       known by its exact code (your own rule our-cloud)" in lines


def test_wrapper_is_explained_in_one_line(capsys):
    assert main(["20250646"]) == 0
    assert capsys.readouterr().out.startswith("0x01350016 only says that a command failed. First step: ")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("#5", "#5 is a row of fortress' digest.\n"),
        ("S_OK", "That means success.\n"),
        ("disk-full", "found by the rule's name"),
        ("KB 61698", "found by its KB article"),
        ("0x80070005", "known by its Windows code"),
    ],
)
def test_answer_says_how_it_was_found(capsys, asked, words):
    assert main([asked]) == 0
    assert words in capsys.readouterr().out


def test_what_no_rule_knows_says_so_once(capsys):
    assert main(["BackupFailed+0x01350016+0x01E50023"]) == 0
    out = capsys.readouterr().out
    assert out.count("No rule knows it") == 1
    assert "No rule knows it. Write one: docs/own-rules.md" in out


def test_rule_of_ours_that_was_changed_is_told_as_ours():
    changed = replace(next(rule for rule in RULES if rule.name == "disk-full"), own=True)
    book = DEFAULT.with_own([changed])

    lines = list(explained(find("0x80070070", rules=book)[0]))

    assert "  How sure       known by its Windows code (our rule disk-full, as you changed it in app.yaml)" in lines


def test_family_is_said_to_be_one(capsys):
    assert main(["161/48879"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("0x00A1BEEF (module 161, code 48879; not known itself; its module 161 (0x00A1) is)")
    assert "How sure       known by its family alone" in out


def test_message_of_several_lines_that_nobody_knows_is_quoted_in_one(capsys):
    assert main(["qqqq zzzz\nxxxx\nwwww"]) == 1
    assert "“qqqq zzzz xxxx wwww”" in capsys.readouterr().out


# --- the page of all rules --------------------------------------------------------------------------------------


def cells_of(text: str) -> list[list[str]]:
    """Give the cells of every row of every table."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|--")]
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]


def test_page_has_every_rule_once_and_no_broken_row(capsys):
    assert main(["--table"]) == 0
    text = capsys.readouterr().out
    rows = [cells for cells in cells_of(text) if "<sub>" in cells[-1]]
    assert text.startswith("# ")
    assert text.endswith("\n")
    assert [len(cells) for cells in rows] == [2] * len(RULES)
    assert sorted(re.search(r"rule `([a-z0-9-]+)`", cells[1])[1] for cells in rows) == sorted(r.name for r in RULES)
    assert {len(cells) for cells in cells_of(text)} == {2, 6}


def test_page_can_be_searched_for_everything_a_rule_matches():
    text = page().replace("\\", "")

    assert [spelling(match) for rule in RULES for match in rule.matches if spelling(match) not in text] == []
    told = [(rule.name, words.replace("\\", "")) for rule in RULES for words in (rule.cause, rule.first_step)]
    assert [name for name, words in told if words not in text] == []
    assert [f"0x{number:08X}" for number in wrappers.NUMBERS if f"0x{number:08X}" not in text] == []


def test_page_is_small_enough_to_be_drawn_by_a_forge():
    assert len(page().encode()) < 250_000


def test_contents_of_the_page_count_what_is_there():
    text = page()
    contents = [cells for cells in cells_of(text) if "](#" in cells[0] and len(cells) == 6]

    assert sum(int(cells[1]) for cells in contents[:-1]) == len(RULES)
    assert all(f"\n## {re.search(r'.(.+?)]', cells[0].strip())[1]}\n" in text for cells in contents)
    assert f"{len(RULES)} rules know" in text


def test_codes_of_a_rule_that_has_many_stand_in_a_list_that_the_row_points_at():
    many = row(
        Domain.BUG,
        "many-codes",
        *(Number(0x0BAD_0000 + n) for n in range(1, 10)),
        who=Party.MSP,
        act=Disposition.ACT_NOW,
        cause="So many | ways.",
        first_step="Count them.",
        source="Some guide, A chapter: https://help.example/a; https://kb.acronis.com/content/1234; our ticket",
    )
    text = page(RuleBook([many]))

    assert "`0x0BAD0004`<br>[and 5 more](#codes-many-codes) |" in text
    assert '<a id="codes-many-codes"></a>**many codes**' in text
    assert "`0x0BAD0009`" in text
    assert "So many \\| ways." in text
    assert (
        "[Some guide, A chapter](https://help.example/a); [KB 1234](https://kb.acronis.com/content/1234); our" in text
    )


def test_family_is_marked_on_the_page():
    family = next(rule for rule in RULES if any(isinstance(match, Service | Numbers) for match in rule.matches))
    line = next(line for line in page().splitlines() if f"rule `{family.name}`" in line)

    assert ", *family*" in line


def test_reader_that_closes_early_is_no_error():
    run = subprocess.Popen(
        [sys.executable, "-m", "classifier", "--table"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    assert run.stdout is not None
    assert run.stderr is not None
    run.stdout.close()

    assert run.wait(timeout=30) == 0
    assert run.stderr.read() == b""
    run.stderr.close()


def test_answer_is_written_in_utf8_whatever_the_console(monkeypatch):
    written = io.BytesIO()
    console = io.TextIOWrapper(written, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", console)

    assert main(["the quota exceeded itself"]) == 0
    console.flush()
    assert written.getvalue().decode("utf-8").startswith("“quota exceeded”")
