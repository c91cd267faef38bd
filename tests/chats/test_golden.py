"""What each message must look like, as files one can open. `--update-golden` writes them; then look at them."""

from pathlib import Path

import pytest

from bot.chats.console.render import render
from tests.messages import MESSAGES

GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.fixture
def golden(request):
    """Compare a text with a golden file, or write it when asked to."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text

    return compare


@pytest.mark.parametrize("name", MESSAGES)
def test_the_console_draws_it_as_agreed(name, golden):
    golden(GOLDEN / "console" / f"{name}.txt", render(MESSAGES[name]()).plain)


def test_no_golden_file_is_left_over():
    assert {path.stem for path in (GOLDEN / "console").glob("*.txt")} == set(MESSAGES)
