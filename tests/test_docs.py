"""What the documents say is so: the table is current, paths exist, the README's digest is the demo's."""

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bot.core.report import report
from bot.demo import Demo
from bot.wording.phrases import Voice
from bot.wording.report import filing
from classifier.__main__ import main as classifier
from tests.builders import WEDNESDAY, a_batch, a_memory, an_activity

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_the_table_of_errors_is_current(capsys):
    classifier(["--table"])

    assert (ROOT / "docs" / "errors.md").read_text(encoding="utf-8") == capsys.readouterr().out


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_path_and_link_a_document_names_exists(document):
    text = document.read_text(encoding="utf-8")
    paths = re.findall(r"`((?:bot|classifier|tests|docs|tools)/[\w./-]*)`", text)
    links = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]

    missing = [path for path in paths if not (ROOT / path).exists()]
    missing += [link for link in links if not (document.parent / link).exists()]

    assert missing == []


def test_the_digest_in_the_readme_is_what_the_demo_says():
    screen = StringIO()
    with Demo(seed=4, console=Console(file=screen, width=100_000)) as demo:
        for _ in demo.slots(6):
            run = demo.app.refresh()
            assert run is not None
            demo.app.announce(run)
    told = screen.getvalue()
    last = " ".join(told[told.index("Backups, Wed 06:45") :].split())

    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())

    assert last in readme


def test_every_column_of_a_report_is_explained():
    memory = a_memory(a_batch([an_activity()]))
    told = filing(report(memory, memory.runs[-1], now=WEDNESDAY), Voice())
    text = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`(\w+)`", text))

    columns = {column.name for sheet in (*told.sheets, told.jobs) for column in sheet.columns}

    assert columns - explained == set()


def test_every_decision_has_a_date_and_a_price():
    for note in (ROOT / "docs" / "decisions").glob("*.md"):
        text = note.read_text(encoding="utf-8")
        assert re.search(r"^\d{4}-\d{2}-\d{2}$", text, re.MULTILINE), note.name
        assert "**Choice.**" in text, note.name
        assert "**Price.**" in text, note.name
