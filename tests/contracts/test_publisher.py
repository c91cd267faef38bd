"""What every Publisher promises."""

import csv
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from bot.adapters import PUBLISHERS, load
from bot.app_yaml import FolderSettings
from bot.errors import Refused, Unavailable
from bot.ports import Publisher
from tests.builders import WEDNESDAY
from tests.publishers.filings import a_filing, a_row
from tests.publishers.sharepoint import a_site


class Stage(NamedTuple):
    """One place where reports are filed.

    Attributes:
        publisher: makes it anew, as a restart does.
        incidents: (number, client) of every open incident a reader finds there now.
        jobs: how many jobs of each reading a reader finds, the oldest reading first.
        break_it: makes filing impossible.
    """

    publisher: Callable[[], Publisher]
    incidents: Callable[[], list[tuple[str, str]]]
    jobs: Callable[[], list[int]]
    break_it: Callable[[], None]


def folder(tmp: Path) -> Iterator[Stage]:
    place = tmp / "reports"

    def rows(path: Path) -> list[list[str]]:
        return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))[1:]

    def break_it() -> None:
        place.write_text("a file, where a folder should be", encoding="utf-8")

    yield Stage(
        lambda: load(PUBLISHERS, "folder")(FolderSettings(enabled=True, path=place)),
        lambda: [(row[0], row[1]) for row in rows(place / "incidents.csv")],
        lambda: [len(rows(path)) for path in sorted(place.glob("jobs-*.csv"))],
        break_it,
    )


def sharepoint(tmp: Path) -> Iterator[Stage]:
    with a_site(a_filing()) as site:
        lists, files = site.server.site.lists, site.server.site.library.files

        def jobs(path: str) -> int:
            return len(list(csv.reader(files[path].decode("utf-8-sig").splitlines()))) - 1

        yield Stage(
            lambda: site.publisher(formats=("csv",)),
            lambda: [
                (f"{row['FortressNumber']}", f"{row['FortressClient']}")
                for row in site.rows()
                if row["FortressState"] == "open"
            ],
            lambda: [jobs(path) for path in sorted(files)],
            lists.clear,
        )


STAGES = {"folder": folder, "sharepoint": sharepoint}


def test_every_publisher_there_is_keeps_these_promises():
    assert set(STAGES) == set(PUBLISHERS)


@pytest.fixture(params=STAGES)
def stage(request, tmp_path):
    yield from STAGES[request.param](tmp_path)


def test_what_is_filed_is_found_and_where_is_said(stage):
    publisher = stage.publisher()

    link = publisher.publish(a_filing(a_row(1), a_row(2, "Fenn"), jobs=[a_row(1)]))

    assert link
    assert publisher.place
    assert stage.incidents() == [("1", "Acme"), ("2", "Fenn")]
    assert stage.jobs() == [1]


def test_the_same_reading_filed_twice_replaces_and_never_doubles(stage):
    told = a_filing(a_row(1), jobs=[a_row(1)])

    stage.publisher().publish(told)
    stage.publisher().publish(told)

    assert stage.incidents() == [("1", "Acme")]
    assert stage.jobs() == [1]


def test_a_later_reading_is_current_and_the_earlier_jobs_stay(stage):
    stage.publisher().publish(a_filing(a_row(1), jobs=[a_row(1)]))
    stage.publisher().publish(a_filing(a_row(2), at=WEDNESDAY + timedelta(hours=8), jobs=[a_row(1), a_row(2)]))

    assert stage.incidents() == [("2", "Acme")]
    assert stage.jobs() == [1, 2]


def test_what_breaks_half_way_leaves_what_was_filed_before(stage):
    stage.publisher().publish(a_filing(a_row(1), jobs=[a_row(1)]))

    def rows():
        yield a_row(7)
        raise MemoryError

    told = a_filing()
    broken = replace(told, sheets=tuple(replace(sheet, rows=rows()) for sheet in told.sheets))
    with pytest.raises(MemoryError):
        stage.publisher().publish(broken)

    assert stage.incidents() == [("1", "Acme")]


def test_what_cannot_be_filed_is_said_as_one_of_our_errors(stage):
    stage.break_it()

    with pytest.raises((Refused, Unavailable)):
        stage.publisher().publish(a_filing(a_row(1)))
