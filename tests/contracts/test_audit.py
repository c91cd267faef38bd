"""What every Audit promises."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.errors import Refused
from bot.ports import Audit
from tests.contracts.keepings import STORES, opened
from tests.stores.samples import after, an_entry


@pytest.fixture(params=STORES)
def audit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Audit]:
    keeping = opened(request.param, tmp_path / "data")
    yield keeping.audit
    keeping.close()


def test_new_audit_is_empty(audit: Audit) -> None:
    assert list(audit.entries()) == []


def test_entries_come_back_as_recorded_oldest_first(audit: Audit) -> None:
    entries = [an_entry(f"action {n}", at=after(n)) for n in range(5)]

    for entry in entries:
        audit.record(entry)

    assert list(audit.entries()) == entries


def test_the_same_twice_is_two_entries(audit: Audit) -> None:
    audit.record(an_entry())
    audit.record(an_entry())

    assert list(audit.entries()) == [an_entry(), an_entry()]


@pytest.mark.parametrize(("last", "expected"), [(2, ["3", "4"]), (9, ["0", "1", "2", "3", "4"]), (0, [])])
def test_the_newest_are_given(audit: Audit, last: int, expected: list[str]) -> None:
    for n in range(5):
        audit.record(an_entry(str(n), at=after(n)))

    assert [entry.action for entry in audit.entries(last=last)] == expected


def test_the_newest_are_given_across_months(audit: Audit) -> None:
    for month in range(4):
        audit.record(an_entry(str(month), at=after(month * 31 * 1440)))

    assert [entry.action for entry in audit.entries(last=3)] == ["1", "2", "3"]


def test_eight_threads_lose_no_entry(audit: Audit) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: audit.record(an_entry(str(n))), range(80)))

    assert sorted(int(entry.action) for entry in audit.entries()) == list(range(80))


def test_line_breaks_and_quotes_stay_inside_an_entry(audit: Audit) -> None:
    hostile = an_entry('"}\n{"at":\r\u2028\u0085 <!channel>')

    audit.record(hostile)
    audit.record(an_entry("next"))

    assert [entry.action for entry in audit.entries()] == [hostile.action, "next"]


@pytest.mark.parametrize("name", STORES)
def test_a_reader_records_nothing(name: str, tmp_path: Path) -> None:
    audit = opened(name, tmp_path, read_only=True).audit

    with pytest.raises(Refused, match="ask the running bot"):
        audit.record(an_entry())

    assert list(audit.entries()) == []
