"""Filing cut off by kill -9 at every step of it: no half file stands under its name, and what was left goes."""

import os
import shutil
import signal
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from bot.publishers.folder import FolderPublisher
from tests.builders import WEDNESDAY
from tests.publishers.filings import a_filing, a_row
from tests.stores.test_tinydb_crash import at_step, in_a_child

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),  # 3.12 on, when another test left a thread
]

KINDS = ("csv", "xlsx", "json")
LATER = WEDNESDAY + timedelta(hours=8)
AFTER_ALL = datetime(2100, 1, 1, tzinfo=UTC)  # later than what a process of today leaves behind


def file(folder, filing):
    FolderPublisher(folder, formats=("csv", "xlsx"), jobs=("csv",), keep=2).publish(filing)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def seen(folder):
    """Give what a reader finds under names of ours, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


@pytest.fixture
def before(tmp_path):
    """Give a folder in which three readings were filed: the next one lets the oldest jobs go."""
    folder = tmp_path / "before"
    for hours in (3, 2, 1):
        file(folder, a_filing(a_row(1), a_row(2), jobs=[a_row(1)], at=WEDNESDAY - timedelta(hours=hours)))
    return folder


def test_killed_at_any_step_each_file_is_the_old_one_or_the_new_one(tmp_path, before):
    new = a_filing(a_row(1), a_row(3), a_row(4), jobs=[a_row(7)], at=LATER)
    file(shutil.copytree(before, tmp_path / "done"), new)
    old, done = seen(before), seen(tmp_path / "done")
    step, left_behind, ended = 0, 0, -signal.SIGKILL
    while ended == -signal.SIGKILL:
        step += 1
        folder = shutil.copytree(before, tmp_path / f"step-{step}")

        def work(folder=folder, step=step) -> None:
            at_step(folder, step, die)
            file(folder, new)

        ended = in_a_child(work)
        found = seen(folder)
        assert all(content in (old.get(name), done.get(name)) for name, content in found.items())
        assert set(found) >= set(old) & set(done)
        left_behind += any(path.name.startswith(".") for path in folder.iterdir())
        file(folder, a_filing(a_row(5), at=AFTER_ALL))
        assert not [path for path in folder.iterdir() if path.name.startswith(".")]
        shutil.rmtree(folder)

    assert (ended, found) == (0, done)
    assert left_behind > len(done)


@pytest.mark.parametrize("kind", KINDS)
def test_killed_between_two_rows_nothing_of_the_file_is_seen(tmp_path, kind):
    class Rows:
        """A hundred rows, and then the end."""

        def __iter__(self):
            yield from (a_row(number) for number in range(100))
            die()

    def work() -> None:
        told = a_filing(a_row())
        told = replace(told, jobs=replace(told.jobs, rows=Rows()))
        FolderPublisher(tmp_path, formats=KINDS, jobs=(kind,), keep=2).publish(told)

    assert in_a_child(work) == -signal.SIGKILL
    assert not [name for name in seen(tmp_path) if name.startswith("jobs-")]
    assert len(seen(tmp_path)) == len(KINDS)
