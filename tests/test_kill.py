"""The whole app killed with kill -9 at each point of a reading, its telling, and an acknowledgement.

At random moments, and many more of them: `python -m tests.bench.bench_kill`.
"""

import pytest

from tests.bench.bench_kill import CAN_KILL, POINTS, Campaign


@pytest.mark.skipif(not CAN_KILL, reason="needs kill -9, and processes that are copies of another")
def test_killed_at_each_point_it_loses_no_word_misses_no_slot_and_tells_none_twice_unmarked(tmp_path):
    campaign = Campaign(tmp_path, seed=4, away=False)
    for point in POINTS:
        campaign.die_at(point)
    found = campaign.finish()

    assert found.violations == []
    assert sum(found.phases.values()) == len(POINTS)
    assert found.missed == 0
    assert found.repeats == 1  # killed after it was heard and before that was noted
