"""What each message must look like, as files one can open. `--update-golden` writes them; then look at them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bot.chats.console.render import render as on_the_console
from bot.chats.slack.render import render as in_slack
from bot.chats.teams.render import render as in_teams
from bot.core.message import Message
from tests.messages import MESSAGES

GOLDEN = Path(__file__).parent.parent / "golden"


def console(message: Message) -> Mapping[str, str]:
    return {".txt": on_the_console(message).plain}


def slack(message: Message) -> Mapping[str, str]:
    """A file for each page; the Block Kit Builder opens them."""
    return {f".{n}.json" if n > 1 else ".json": page.json for n, page in enumerate(in_slack(message), start=1)}


def teams(message: Message) -> Mapping[str, str]:
    """A file for each card; the Adaptive Cards designer opens them."""
    return {f".{n}.json" if n > 1 else ".json": page.json for n, page in enumerate(in_teams(message), start=1)}


PLATFORMS: Mapping[str, Callable[[Message], Mapping[str, str]]] = {"console": console, "slack": slack, "teams": teams}


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_draws_it_as_agreed(platform, name, request):
    files = {GOLDEN / platform / f"{name}{end}": drawn for end, drawn in PLATFORMS[platform](MESSAGES[name]()).items()}
    if request.config.getoption("--update-golden"):
        for path, drawn in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(drawn, encoding="utf-8")

    assert {path: path.read_text(encoding="utf-8") for path in files} == files


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_golden_file_is_left_over(platform):
    drawn = {f"{name}{end}" for name, message in MESSAGES.items() for end in PLATFORMS[platform](message())}

    assert {path.name for path in (GOLDEN / platform).iterdir()} == drawn
