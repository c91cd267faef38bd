"""What the lists look like, and what a row says in them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core.sheet import Column, Leaving
from bot.publishers.sharepoint.fields import digest, fields_of, key_of, leaving_fields
from bot.publishers.sharepoint.schema import (
    INDEXES_MAX,
    KEY,
    LINE_MAX,
    NAME_MAX,
    NOT_KNOWN,
    TITLE,
    Found,
    Kind,
    column_body,
    lacking,
    list_body,
    schema_of,
    unindexed,
)
from bot.wording.phrases import Voice
from bot.wording.report import nothing_filed
from tests.publishers.filings import COLUMNS, a_sheet
from tests.servers.sharepoint_lists import Listed

REPORT = nothing_filed(Voice())
SHEETS = {sheet.name: sheet for sheet in (*REPORT.sheets, REPORT.jobs)}
ODD = "=+-@\t\n\x00\x85\u2028\ufffe\uffff\u200b😀'\"aA "
NAMED = st.lists(st.text(max_size=20) | st.sampled_from(ODD), max_size=100).map("".join)
NUMBERS = st.none() | st.integers(0, 2**60) | st.floats(0, 1e15)
MOMENTS = st.none() | st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
SCHEMA = schema_of(a_sheet(), prefix="Fortress")


def as_found(schema):
    """Give the columns as Graph tells of them once they are made."""
    return [Found(**_plain(column_body(column))) for column in schema.columns]


def _plain(body):
    renamed = {"enforceUniqueValues": "unique", "dateTime": "time"}
    left_out = ("displayName", "required")
    return {renamed.get(name, name): value for name, value in body.items() if name not in left_out}


def fields(*cells, columns=COLUMNS):
    return fields_of(columns, cells)


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
def test_every_sheet_of_a_report_becomes_a_list_that_sharepoint_takes(sheet):
    schema = schema_of(sheet, prefix="Fortress")

    names = [column.name for column in schema.columns]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(len(name) <= NAME_MAX and name.isalnum() for name in names)
    assert sum(column.is_indexed for column in schema.columns) <= INDEXES_MAX
    assert not [each.name for each in schema.columns if each.is_indexed and each.kind is Kind.TEXT]
    assert [each.name for each in schema.columns if each.is_key] == [KEY]


def test_rows_of_incidents_are_found_by_what_people_look_for():
    schema = schema_of(SHEETS["incidents"], prefix="Fortress")

    indexed = {column.name.removeprefix("Fortress") for column in schema.columns if column.is_indexed}
    assert indexed >= {"Client", "State", "Disposition", "Lead", "LastFailedAt", "Key"}


def test_list_is_named_by_the_prefix_and_the_sheet():
    assert schema_of(a_sheet(), prefix="Fortress").name == "Fortress Incidents"
    assert schema_of(a_sheet(), prefix="").name == "Incidents"


def test_columns_are_made_as_graph_wants_them():
    body = list_body(SCHEMA)

    assert (body["displayName"], body["list"]) == ("Fortress Incidents", {"template": "genericList"})
    made = {column["name"]: column for column in body["columns"]}
    assert made["FortressClient"]["text"] == {"allowMultipleLines": False, "maxLength": 255}
    assert made["FortressAt"]["dateTime"] == {"format": "dateTime", "displayAs": "standard"}
    assert made["FortressNumber"]["number"] == {"decimalPlaces": "automatic"}
    assert made[NOT_KNOWN]["text"]["allowMultipleLines"]
    assert (made[KEY]["indexed"], made[KEY]["enforceUniqueValues"]) == (True, True)


def test_list_made_so_lacks_nothing():
    assert lacking(SCHEMA, as_found(SCHEMA)) == ()
    assert unindexed(SCHEMA, as_found(SCHEMA)) == ()


def test_what_a_list_lacks_is_named():
    found = {each.name: each for each in as_found(SCHEMA)}
    del found["FortressClient"]
    found["FortressAt"] = Found("FortressAt", text={})
    found[KEY] = replace(found[KEY], unique=False)

    assert lacking(SCHEMA, list(found.values())) == (
        "no column FortressClient",
        "the column FortressAt is no time",
        "the column FortressKey does not have an index and different cells in each row",
    )


def test_column_without_its_index_is_named_and_can_be_filed_in():
    schema = schema_of(SHEETS["clients"], prefix="")
    found = [replace(each, indexed=each.name == KEY) for each in as_found(schema)]

    assert lacking(schema, found) == ()
    assert [column.name for column in unindexed(schema, found)] == ["FortressClient", "FortressReading"]


def test_row_is_said_in_fields():
    lisbon = datetime(2026, 3, 4, 7, 45, 12, 999, tzinfo=timezone(timedelta(hours=1)))

    assert fields(7, "Acme", "open", lisbon, "k7") == {
        TITLE: "7",
        "FortressNumber": 7.0,
        "FortressClient": "Acme",
        "FortressState": "open",
        "FortressAt": "2026-03-04T06:45:12Z",
        NOT_KNOWN: None,
        KEY: "k7",
    }


def test_what_is_not_known_says_so_and_what_there_is_nothing_to_say_of_is_empty():
    unknown = fields(None, None, "", None, "k")

    assert (unknown["FortressClient"], unknown["FortressState"]) == ("unknown", None)
    assert (unknown["FortressNumber"], unknown["FortressAt"]) == (None, None)
    assert unknown[NOT_KNOWN] == "Incident, Last failed"
    assert fields("", "Acme", "", "", "k")[NOT_KNOWN] is None


@pytest.mark.parametrize("nobodys", [datetime(1601, 1, 1, tzinfo=UTC), datetime(1899, 12, 31, 23, 59, tzinfo=UTC)])
def test_time_that_no_list_takes_is_not_known(nobodys):
    said = fields(7, "Acme", "open", nobodys, "k7")

    assert (said["FortressAt"], said[NOT_KNOWN]) == (None, "Last failed")


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("\t@SUM(1)", "'@SUM(1)"),
        ('"=1+1', "'\"=1+1"),
        ("two\r\nlines\x00", "two lines"),
        ("half \ud800", "half ?"),
        ("<b>x</b> & [a](http://b)", "<b>x</b> & [a](http://b)"),
    ],
)
def test_no_name_becomes_a_formula_or_a_second_line(named, said):
    assert fields(1, named, "open", None, "k")["FortressClient"] == said


def test_text_is_cut_to_what_can_be_looked_for_and_never_within_a_sign():
    said = fields(1, "x" + "😀" * 200, "open", None, "k")["FortressClient"]

    assert said.endswith("😀…")
    assert len(said.encode("utf-16-le")) // 2 <= 255


def test_long_text_is_not_cut_to_a_line():
    columns = (Column("gaps", "Gaps", is_long=True), COLUMNS[-1])

    assert fields("x" * 5000, "k", columns=columns)["FortressGaps"] == "x" * 5000
    assert len(fields("x" * 50000, "k", columns=columns)["FortressGaps"]) == 10_000


def test_keys_stay_different_where_a_list_knows_no_case():
    keys = ["8f0f/srv1/plan", "8F0F/srv1/plan", "a b", "a  b", "a'b", "x" * 300, "x" * 301, "", "ä", "a\u0308"]
    made = [key_of(key) for key in keys]

    assert made[0] == keys[0]
    assert len({key.casefold() for key in made}) == len(keys)
    assert all(len(key) <= 255 and "'" not in key for key in made)


def test_hash_is_the_same_for_what_comes_back_of_a_row():
    sent = fields(7, "Acme", "", None, "k7")
    names = tuple(sent)
    back = {name: value for name, value in sent.items() if value is not None} | {"FortressNumber": 7, "Theirs": "x"}

    assert digest(back, names) == digest(sent, names)
    assert digest(back | {"FortressState": "open"}, names) != digest(sent, names)


def test_row_that_leaves_says_what_its_sheet_wants():
    sheet = replace(a_sheet(), leaving=Leaving("state", ("closed",), {"state": "closed", "number": "", "at": None}))

    assert leaving_fields(sheet) == {"FortressState": "closed", "FortressNumber": None, "FortressAt": None}
    assert leaving_fields(replace(sheet, leaving=None)) == {}


def test_whatever_a_sheet_says_of_rows_that_leave_is_among_its_columns():
    for sheet in SHEETS.values():
        names = {column.name for column in sheet.columns}
        if sheet.leaving is not None:
            assert {sheet.leaving.column, *sheet.leaving.says} <= names
            assert sheet.leaving.says[sheet.leaving.column] in sheet.leaving.over


def test_report_without_rows_has_every_sheet():
    assert list(SHEETS) == ["incidents", "clients", "refreshes", "jobs"]
    assert not any(list(sheet.rows) for sheet in SHEETS.values())


@given(named=NAMED, number=NUMBERS, at=MOMENTS)
def test_whatever_stands_in_a_cell_is_taken_and_comes_back_the_same(named, number, at):
    fields = fields_of(COLUMNS, (number, named, named, at, named))
    taken = Listed("Fortress Incidents")
    for column in SCHEMA.columns:
        taken.add_column(column_body(column))

    item = taken.add({name: value for name, value in fields.items() if value is not None})
    taken.change(item, fields)

    assert digest(taken.fields_told(item), tuple(fields)) == digest(fields, tuple(fields))
    assert len(fields["FortressClient"] or "") <= LINE_MAX
