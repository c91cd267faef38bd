"""How the end-to-end tests are run."""

from pathlib import Path

import pytest

TOLD_IN_ORDER = ("test_slack.py", "test_teams.py")  # one morning is one story: what comes first is seen by the rest


@pytest.hookimpl(trylast=True)  # after pytest-randomly, which shuffles
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one story in the order in which they are written; all others stay shuffled."""
    for name in TOLD_IN_ORDER:
        places = [place for place, item in enumerate(items) if Path(item.path).name == name]
        story = sorted((items[place] for place in places), key=_chapter)
        for place, item in zip(places, story, strict=True):
            items[place] = item


def _chapter(item: pytest.Item) -> tuple[str, int]:
    """Say where a test stands: by the morning it is part of (Slack has one a transport), then by its line."""
    call = getattr(item, "callspec", None)
    return (str(call.params.get("morning", "")) if call else "", item.location[1] or 0)
