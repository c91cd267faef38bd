"""Everything that can be said, at every size of MSP and with every kind of name, is something Slack takes.

Our own laws always run. An independent validator made of Slack's published types runs where it is at hand: it is
not ours to ship.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from bot.chats.slack.form import modal
from bot.chats.slack.render import home as as_home
from bot.chats.slack.render import render, sheet
from bot.core.message import Message
from tests.chats.slack_laws import broken_by
from tests.messages import HOSTILE, digest
from tests.sizes import FORMS, SIZES, at_all_sizes, in_the_sandbox

REFERENCE = os.environ.get("FORTRESS_REFERENCE", "")
VALIDATOR = Path(REFERENCE).parent / "tools" / "validate_block_kit.py"


def views(messages: Mapping[str, Message]) -> Iterator[tuple[str, dict]]:
    """Draw messages in every way Slack may be given them, by a name for each."""
    for name, message in messages.items():
        for number, page in enumerate(render(message), start=1):
            yield f"{name}-{number}", {"text": page.text, "blocks": list(page.blocks)}
        yield f"{name}-home", as_home(message)
        yield f"{name}-sheet", sheet(message, title=HOSTILE, private="x" * 3000)


@cache
def all_sizes() -> dict[str, dict]:
    forms = {f"form-{number}": modal(form, private="x" * 3000) for number, form in enumerate(FORMS)}
    return {**dict(views(at_all_sizes())), **forms}


@cache
def the_sandbox() -> dict[str, dict]:
    return dict(views(in_the_sandbox()))


def surface(view: Mapping) -> str:
    return view.get("type", "message")


@pytest.mark.parametrize("made", [all_sizes, the_sandbox])
def test_slack_takes_whatever_is_said(made: Callable[[], dict[str, dict]]):
    broken = {name: broken_by(view["blocks"], surface=surface(view)) for name, view in made().items()}

    assert len(broken) > 100
    assert {name: laws for name, laws in broken.items() if laws} == {}


@pytest.mark.parametrize("size", SIZES)
def test_a_digest_is_one_post_at_every_size(size):
    assert len(render(digest(SIZES[size]()))) <= (2 if size == "fifty-wide" else 1)


needs_validator = pytest.mark.skipif(
    not VALIDATOR.is_file(), reason="no validator of Slack's at FORTRESS_REFERENCE/../tools"
)


def validated(folder: Path) -> dict[str, str]:
    """Give what the validator says of each file of a folder: OK, or what it has against it."""
    files = [str(path) for path in sorted(folder.iterdir())]
    ran = subprocess.run([sys.executable, VALIDATOR, *files], capture_output=True, text=True, check=False)
    found = re.split(r"^(?=/)", ran.stdout, flags=re.MULTILINE)[1:]
    assert len(found) == len(files), ran.stderr
    return {path: said.removeprefix(path).strip() for path, said in zip(files, found, strict=True)}


@needs_validator
@pytest.mark.parametrize("made", [all_sizes, the_sandbox])
def test_an_independent_validator_has_nothing_against_it(made, tmp_path):
    for name, view in made().items():
        path = tmp_path / f"{re.sub(r'[^a-z0-9-]', '_', name.lower())}.json"
        path.write_text(json.dumps(view, ensure_ascii=False), encoding="utf-8")

    against = validated(tmp_path)

    assert len(against) > 100
    assert {path: said for path, said in against.items() if said != "OK"} == {}


@needs_validator
def test_the_validator_bites(tmp_path):
    page = {"text": "x", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]}
    heavy = {"text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5}
    (tmp_path / "a.json").write_text(json.dumps(page), encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps(heavy), encoding="utf-8")

    long, many = validated(tmp_path).values()

    assert "header" in long
    assert "RISK" in many
