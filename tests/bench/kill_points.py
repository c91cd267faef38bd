"""The whole app killed with kill -9 at each point of a reading, its telling, and an acknowledgement.

At random moments, and many more of them: `python -m tests.bench.bench_kill`.
"""

import os

import pytest

from tests.bench.bench_kill import POINTS, Campaign

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),  # 3.12 on, when another test left a thread
]


def test_killed_at_each_point_it_loses_no_word_misses_no_slot_and_tells_none_twice_unmarked(tmp_path):
    campaign = Campaign(tmp_path, seed=4, away=False)
    for point in POINTS:
        campaign.die_at(point)
    found = campaign.finish()

    assert found.violations == []
    assert sum(found.phases.values()) == len(POINTS)
    assert found.missed == 0
    assert found.repeats == 1  # killed after it was heard and before that was noted
