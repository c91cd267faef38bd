"""A large commit is written down beside the others' work, and takes its turn only to become true."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.core.activity import Coverage, Window
from bot.core.memory import Commit, Run
from bot.errors import Conflict
from bot.files import NEW
from bot.stores import decisions
from bot.stores.folder import Folder
from bot.stores.keeping import Keeper, KeptStore
from bot.stores.reading import read
from bot.stores.tables import Tables
from tests.stores.samples import NOON, SLOT, a_standing, a_subject, after, an_acknowledgement, an_incident

SPAN = Coverage(Window(after(-60), NOON))
KEY = an_incident().key


class Opened:
    """A store in a folder, in which something happens while a commit is prepared."""

    def __init__(self, path: Path) -> None:
        self.path, self.folder = path, Folder(path)
        self.meanwhile: Callable[[], None] = lambda: None
        self.keeper = Keeper(self.folder.tables, write=self.folder.write, prepare=self.preparing)
        self.store = KeptStore(self.keeper, owner="one", close=self.keeper.close)

    @contextmanager
    def preparing(self, before: Tables, after: Tables) -> Iterator[None]:
        with self.folder.preparing(before, after):
            self.meanwhile()
            yield

    def commit(self, *subjects: str) -> None:
        claim = self.store.claim(SLOT, now=NOON)
        assert claim is not None
        run = Run(claim.slot, claim.attempt, NOON, True, SPAN)
        standings = tuple(a_standing(a_subject(each)) for each in subjects)
        self.store.commit(claim, Commit(run, (an_incident(),), standings, last_number=1))


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    return Opened(tmp_path)


def test_who_acknowledges_while_a_commit_is_prepared_is_not_lost(opened: Opened) -> None:
    opened.meanwhile = lambda: opened.store.acknowledge(an_acknowledgement(KEY), instead_of=None)

    opened.commit("srv1", "srv2")

    kept = read(opened.path).tables
    assert kept == opened.keeper.tables
    assert (len(kept.standings), list(kept.acknowledgements), kept.slots[SLOT].done) == (2, [KEY], True)
    assert not list(opened.path.glob(f".*{NEW}"))


def test_a_slot_taken_over_while_its_commit_is_prepared_is_a_conflict_and_leaves_nothing(opened: Opened) -> None:
    def taken_over() -> None:
        opened.keeper.change(decisions.orphaned)
        other = KeptStore(opened.keeper, owner="other", close=opened.keeper.close)
        assert other.claim(SLOT, now=after(1)) is not None

    opened.meanwhile = taken_over

    with pytest.raises(Conflict):
        opened.commit("srv1")

    assert read(opened.path).tables.standings == opened.keeper.tables.standings == {}
    assert not list(opened.path.glob(f".*{NEW}"))


def test_what_another_large_commit_wrote_meanwhile_stays(opened: Opened) -> None:
    def changed() -> None:
        one = a_standing(a_subject("srv9"))
        opened.keeper.change(lambda tables: replace(tables, standings={**tables.standings, one.subject.key: one}))

    opened.meanwhile = changed

    opened.commit("srv1")

    assert {each.subject.workload.id for each in read(opened.path).tables.standings.values()} == {"srv1", "srv9"}
