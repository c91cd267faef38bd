"""The same sheet as CSV, JSON lines and a workbook."""

import csv
import errno
import io
import json

import pytest

from bot.core.sheet import Sheet
from bot.errors import Refused
from bot.publishers.formats import ROWS_MAX, WRITERS, write_csv, write_json, write_xlsx
from tests.builders import WEDNESDAY
from tests.publishers.filings import COLUMNS, a_row, a_sheet
from tests.publishers.workbook import pages

SHEET = a_sheet(a_row(1), a_row(2, client=None, at=None))


def written(kind, *sheets):
    file = io.BytesIO()
    WRITERS[kind](sheets or (SHEET,), file, WEDNESDAY)
    return file.getvalue()


def test_csv_has_titles_numbers_and_times_with_their_offset():
    rows = list(csv.reader(io.StringIO(written("csv").decode("utf-8-sig"))))

    assert rows[0] == [column.title for column in COLUMNS]
    assert rows[1] == ["1", "Acme", "open", "2026-03-04T07:45:00+01:00", "k1"]


def test_what_is_not_known_says_so():
    rows = list(csv.reader(io.StringIO(written("csv").decode("utf-8-sig"))))
    last = json.loads(written("json").splitlines()[-1])
    (page,) = pages(io.BytesIO(written("xlsx")))

    assert (rows[2][1], rows[2][3]) == ("unknown", "unknown")
    assert (last["client"], last["at"]) == (None, None)
    assert (page.rows[2][1].value, page.rows[2][3].value) == ("unknown", "unknown")


def test_a_workbook_has_the_same_columns_filters_a_frozen_header_and_colours():
    (page,) = pages(io.BytesIO(written("xlsx")))

    assert [cell.value for cell in page.rows[0]] == [column.title for column in COLUMNS]
    assert all(page.has(tag) for tag in ("autoFilter", "pane", "conditionalFormatting", "cols"))


def test_a_time_is_a_real_date_in_a_workbook_as_the_wall_clock_shows_it():
    (page,) = pages(io.BytesIO(written("xlsx")))

    day, part = divmod(float(page.rows[1][3].value), 1)

    assert day == 46085  # 4 March 2026, counted from the end of 1899
    assert round(part * 24, 4) == 7.75


def test_an_empty_sheet_is_whole_in_every_format():
    empty = a_sheet()

    assert written("json", empty) == b""
    assert written("csv", empty).count(b"\r\n") == 1
    assert len(pages(io.BytesIO(written("xlsx", empty)))[0].rows) == 1


def test_a_workbook_has_a_page_for_each_sheet():
    assert len(pages(io.BytesIO(written("xlsx", SHEET, a_sheet(name="clients", title="Clients"))))) == 2


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_sheet_gives_the_same_bytes(kind):
    assert written(kind) == written(kind)


def test_more_rows_than_a_spreadsheet_holds_are_refused_and_not_lost():
    too_many = Sheet("jobs", "Jobs", COLUMNS[1:2], (("",) for _ in range(ROWS_MAX + 1)))

    with pytest.raises(Refused, match="file it as csv or json"):
        write_xlsx([too_many], io.BytesIO(), WEDNESDAY)


class Full(io.BytesIO):
    """A file for which there is no room, until some is made."""

    def __init__(self):
        super().__init__()
        self.refused = 0

    def write(self, data):
        self.refused += 1
        if self.refused == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)

    def writelines(self, lines):
        for line in lines:
            self.write(line)


@pytest.mark.parametrize("kind", WRITERS)
def test_a_full_disk_is_said_to_be_one_in_every_format(kind):
    with pytest.raises(OSError, match="No space left") as caught:
        WRITERS[kind]((SHEET,), Full(), WEDNESDAY)

    assert caught.value.errno == errno.ENOSPC


def test_rows_are_never_held_all_at_once():
    alive = []

    class Row(tuple):
        def __del__(self):
            alive.pop()

    def rows():
        for number in range(500):
            alive.append(number)
            assert len(alive) < 5
            yield Row(a_row(number))

    for write in (write_csv, write_json, write_xlsx):
        write([Sheet("jobs", "Jobs", COLUMNS, rows())], io.BytesIO(), WEDNESDAY)
