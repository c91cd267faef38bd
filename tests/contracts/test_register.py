"""What every Register promises."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.filed import FiledRow, FiledSheet
from bot.errors import Refused
from bot.stores.keeping import Keeping
from tests.contracts.keepings import STORES, opened

SITE = "https://contoso.sharepoint.com/sites/backups"
ROWS = {"a/b/c": FiledRow("7", '"8f0f,3"', "d1"), "ü": FiledRow("8", "", "d2", is_over=True)}


@pytest.fixture(params=STORES)
def keeping(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeping]:
    keeping = opened(request.param, tmp_path / "data")
    yield keeping
    keeping.close()


def test_nothing_is_known_to_stand_anywhere_at_first(keeping: Keeping) -> None:
    assert keeping.register.of(SITE, "incidents") == FiledSheet(SITE, "incidents")


def test_what_stands_in_a_place_is_known_sheet_by_sheet(keeping: Keeping) -> None:
    keeping.register.keep(FiledSheet(SITE, "incidents", ROWS))
    keeping.register.keep(FiledSheet(SITE, "clients", {}))
    keeping.register.keep(FiledSheet("elsewhere", "incidents", {"x": ROWS["ü"]}))

    assert keeping.register.of(SITE, "incidents").rows == ROWS
    assert keeping.register.of(SITE, "clients").rows == {}
    assert list(keeping.register.of("elsewhere", "incidents").rows) == ["x"]


def test_what_is_kept_takes_the_place_of_what_was_known(keeping: Keeping) -> None:
    keeping.register.keep(FiledSheet(SITE, "incidents", ROWS))
    keeping.register.keep(FiledSheet(SITE, "incidents", {"ü": ROWS["ü"]}))
    keeping.register.keep(FiledSheet(SITE, "incidents", {"ü": ROWS["ü"]}))

    assert keeping.register.of(SITE, "incidents").rows == {"ü": ROWS["ü"]}


def test_whoever_opens_next_knows_it(tmp_path: Path) -> None:
    keeping = opened("tinydb", tmp_path / "data")
    keeping.register.keep(FiledSheet(SITE, "incidents", ROWS))
    keeping.close()

    again = opened("tinydb", tmp_path / "data", read_only=True)

    assert again.register.of(SITE, "incidents").rows == ROWS
    with pytest.raises(Refused):
        again.register.keep(FiledSheet(SITE, "incidents"))
