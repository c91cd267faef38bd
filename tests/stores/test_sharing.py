"""Rows that share what they hold alike are the rows they were."""

import msgspec

from bot.core.activity import Standing
from bot.stores.atomic import AT_ONCE, table_in, written
from tests.stores.samples import a_standing, a_subject

DECODER = msgspec.json.Decoder(Standing)


def rows(count: int) -> dict[str, Standing]:
    return {str(number): a_standing(a_subject(f"workload-{number}"), days=60) for number in range(count)}


def test_a_large_table_is_read_as_it_was_written():
    known = rows(2 * AT_ONCE + 1)

    assert table_in(b"".join(written({"standings": known})), "standings", DECODER) == known


def test_an_empty_table_is_there_and_a_missing_one_is_not():
    raw = b"".join(written({"standings": {}}))

    assert table_in(raw, "standings", DECODER) == {}
    assert table_in(raw, "incidents", DECODER) is None


def test_what_two_machines_hold_alike_is_read_as_one_value():
    read = table_in(b"".join(written({"standings": rows(2)})), "standings", DECODER)
    assert read is not None
    one, other = read.values()

    assert one.subject.client is other.subject.client
    assert one.days[0] is other.days[0]
    assert one.facts.why is other.facts.why
