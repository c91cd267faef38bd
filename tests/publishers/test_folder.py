"""The folder: which files there are, which go, and what is said when it cannot be written."""

import errno
import os
import stat
import sys
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.app_yaml import FolderSettings
from bot.errors import Refused, Unavailable
from bot.publishers.folder import FolderPublisher, build, write_file
from tests.builders import WEDNESDAY
from tests.publishers.filings import a_filing, a_row, a_sheet

LONG_AGO = (WEDNESDAY - timedelta(days=1)).timestamp()


def into(folder, *, formats=("csv",), jobs=None, keep=3):
    return FolderPublisher(folder, formats=formats, jobs=formats if jobs is None else jobs, keep=keep)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_current_sheets_have_fixed_names_and_jobs_the_moment_they_were_read(tmp_path):
    into(tmp_path, formats=("csv", "xlsx", "json")).publish(a_filing(a_row()))

    assert names(tmp_path) == [
        "fortress.xlsx",
        "incidents.csv",
        "incidents.jsonl",
        "jobs-20260304T064500Z.csv",
        "jobs-20260304T064500Z.jsonl",
        "jobs-20260304T064500Z.xlsx",
    ]


@pytest.mark.parametrize(("jobs", "dated"), [(("csv",), {"jobs-20260304T064500Z.csv"}), ((), set())])
def test_jobs_have_formats_of_their_own_or_are_left_out(tmp_path, jobs, dated):
    into(tmp_path, formats=("csv", "xlsx"), jobs=jobs).publish(a_filing(a_row()))

    assert set(names(tmp_path)) == {"fortress.xlsx", "incidents.csv", *dated}


def test_without_a_path_reports_stand_beside_the_store(tmp_path):
    publisher = build(FolderSettings(), beside=tmp_path)

    publisher.publish(a_filing(a_row()))

    assert publisher.place == str(tmp_path / "reports")
    assert names(tmp_path / "reports") == ["fortress.xlsx", "incidents.csv", "jobs-20260304T064500Z.csv"]


def test_only_the_newest_jobs_are_kept_and_files_of_others_are_left_alone(tmp_path):
    others = ["jobs-of-last-year.csv", "jobs-20200101T000000Z.csv.bak", ".notes.new"]
    for name in others:
        (tmp_path / name).write_text("mine", encoding="utf-8")

    for day in range(4):
        into(tmp_path, formats=("csv", "json"), keep=2).publish(a_filing(at=WEDNESDAY + timedelta(days=day)))

    dated = [f"jobs-{day}T064500Z.{ending}" for day in ("20260306", "20260307") for ending in ("csv", "jsonl")]
    assert set(names(tmp_path)) == {*dated, *others, "incidents.csv", "incidents.jsonl"}


def test_what_a_process_that_died_left_behind_goes_and_what_is_being_written_stays(tmp_path):
    left, fresh = tmp_path / ".incidents.csv.17-0.new", tmp_path / ".jobs-20260304T064500Z.xlsx.18-2.new"
    scratch = tmp_path / ".fortress.xlsx.17-1.new"
    scratch.mkdir()
    for path in (left, fresh, scratch / "sheet1"):
        path.write_text("half", encoding="utf-8")
    for path in (left, scratch):
        os.utime(path, (LONG_AGO, LONG_AGO))

    into(tmp_path).publish(a_filing())

    assert not left.exists()
    assert not scratch.exists()
    assert fresh.exists()


def test_a_table_that_breaks_leaves_no_half_file(tmp_path):
    def rows():
        yield a_row()
        raise MemoryError

    for kind in ("csv", "xlsx", "json"):
        with pytest.raises(MemoryError):
            write_file(tmp_path / "out", [replace(a_sheet(), rows=rows())], kind, WEDNESDAY)

    assert names(tmp_path) == []


def test_a_folder_that_is_a_file_is_refused_with_what_to_do(tmp_path):
    place = tmp_path / "reports"
    place.write_text("", encoding="utf-8")

    with pytest.raises(Refused, match=r"publishers\.folder\.path"):
        into(place).publish(a_filing())


def test_a_full_disk_is_tried_again_and_says_what_to_do(tmp_path):
    def rows():
        raise OSError(errno.ENOSPC, "No space left on device")
        yield

    told = a_filing()

    with pytest.raises(Unavailable, match="no space left on device; make space there"):
        into(tmp_path).publish(replace(told, jobs=replace(told.jobs, rows=rows())))


@pytest.mark.skipif(sys.platform == "win32", reason="who may read is not told by mode there")
def test_reports_may_be_read_by_whom_the_umask_lets(tmp_path):
    before = os.umask(0o027)
    try:
        into(tmp_path).publish(a_filing())
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "incidents.csv").stat().st_mode) == 0o640
