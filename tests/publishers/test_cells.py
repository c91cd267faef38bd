"""No name that somebody chose can become a formula, a link, or a second cell."""

import csv
import io
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.publishers.cells import TEXT_MAX, defused, text
from bot.publishers.formats import write_csv, write_json, write_xlsx
from tests.builders import WEDNESDAY
from tests.publishers.filings import a_row, a_sheet
from tests.publishers.workbook import pages

STARTS = "=+-@＝＋－＠"
DANGEROUS = "=cmd|'/C calc'!A0"
NAMES = st.text(st.characters(), max_size=40) | st.builds(
    "".join, st.lists(st.sampled_from([*STARTS, ";", ",", "|", "\t", "\r", "\n", '"', "'", " ", "x", "http://x.y"]))
)


def cells_of(line: str, separator: str) -> list[str]:
    """Part a line as a program does that knows another separator than ours."""
    return next(csv.reader([line], delimiter=separator))


@given(NAMES)
@example(DANGEROUS)
@example("Acme;=1+1")
@example("\t=1+1")
@example("\ud800=x")
def test_no_cell_of_csv_begins_as_a_formula_however_its_lines_are_parted(name):
    file = io.BytesIO()

    write_csv([a_sheet(a_row(client=name))], file, WEDNESDAY)

    _, line = file.getvalue().decode("utf-8-sig").splitlines()
    for separator in ",;\t|":
        assert not [cell for cell in cells_of(line, separator) if cell.lstrip(' "').startswith(tuple(STARTS))]


@pytest.mark.parametrize("mark", "\u061c\u200e\u200f\u202a\u202e\u2066\u2069")
def test_no_name_turns_the_direction_of_what_stands_beside_it(mark):
    assert text(f"SRV{mark}exe") == "SRV exe"


@given(NAMES)
@settings(deadline=None, max_examples=40)
@example(DANGEROUS)
@example("http://evil.example/")
@example("{=1+1}")
@example("\x00\x0b_x000A_")
def test_every_name_is_plain_text_in_a_workbook(name):
    file = io.BytesIO()

    write_xlsx([a_sheet(a_row(client=name))], file, WEDNESDAY)

    (page,) = pages(file)
    assert not page.has("f")
    assert not page.has("hyperlink")
    assert {cell.kind for cell in page.rows[1]} == {"text", "number"}
    assert [cell.value for cell in page.rows[1] if cell.kind == "text"][:1] == [text(name) or "open"]


@given(NAMES)
def test_every_name_comes_back_from_json_in_one_line(name):
    file = io.BytesIO()

    write_json([a_sheet(a_row(client=name))], file, WEDNESDAY)

    (line,) = file.getvalue().splitlines()
    assert json.loads(line)["client"] == text(name)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("Acme", "Acme"), ("a=b", "a=b"), ("=1", "'=1"), (" +1", " '+1"), ("x; @y", "x; '@y"), ("－1", "'－1")],
)
def test_only_what_could_calculate_gets_an_apostrophe(name, kept):
    assert defused(name) == kept


def test_a_text_longer_than_a_cell_is_cut_and_says_so():
    assert len(text("x" * (TEXT_MAX + 1))) == TEXT_MAX
    assert text("x" * (TEXT_MAX + 1)).endswith("…")
