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
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bot.chats.slack.form import modal
from bot.chats.slack.render import home as as_home
from bot.chats.slack.render import render, sheet
from bot.commands import BY_VERB, read_intent
from bot.core.digest import rows_of
from bot.core.intent import Actor, Choice, Form, Line, Moment
from bot.core.memory import Memory
from bot.core.message import Message
from bot.core.ticket import Level
from bot.demo import Demo
from bot.wording.answers import open_message
from tests.builders import (
    CLOUD_GONE,
    CORRUPTED,
    DISK_FULL,
    NAS_GONE,
    STRANGE,
    WEDNESDAY,
    a_batch,
    a_memory,
    an_activity,
    at,
)
from tests.chats.slack_laws import broken_by
from tests.messages import HOSTILE, MESSAGES, VOICE, card, digest, explained, home, huge, lists, ticket

REFERENCE = os.environ.get("FORTRESS_REFERENCE", "")
VALIDATOR = Path(REFERENCE).parent / "tools" / "validate_block_kit.py"
JO = Actor("U012AB3CD", "Jo", "slack")
WIDE = "漢字" * 40
FORMS = (
    Form(
        f"Snooze {HOSTILE}", HOSTILE, "snooze", "1", (Moment("until", "Until", "2026-03-05 07:00"), Line("why", "Why"))
    ),
    Form("Which?", "Go", "client", "", (Choice("who", HOSTILE, tuple((str(n), HOSTILE) for n in range(150)), "7"),)),
)


@cache
def sized(incidents: int, name: str) -> Memory:
    """So many incidents, each a cause of its own; their clients and workloads have such names."""
    if incidents == 5000:
        return huge()
    failures = (DISK_FULL, NAS_GONE, STRANGE, CORRUPTED, CLOUD_GONE)
    bad = [
        an_activity("04 02:00", failures[n % 5], client=f"{n} {name}", workload=f"{n} {name}", plan=name)
        for n in range(incidents)
    ]
    return a_memory(a_batch(now=at("03 06:45")), a_batch(bad))


SIZES = {
    "none": lambda: sized(0, ""),
    "one": lambda: sized(1, "Acme"),
    "fifty": lambda: sized(50, "Brightwater & Sons (Northampton)"),
    "fifty-hostile": lambda: sized(50, HOSTILE),
    "fifty-wide": lambda: sized(50, WIDE),
    "five-thousand": lambda: sized(5000, ""),
}


def said_about(memory: Memory) -> Iterator[Message]:
    """Say everything that is said about an MSP."""
    rows = rows_of(memory, now=WEDNESDAY)
    yield digest(memory)
    yield digest(memory, full=False)
    yield from lists(memory)
    yield home(memory)
    yield open_message(rows, "Open", VOICE, now=WEDNESDAY)
    for index in range(min(len(rows), 4)):
        yield card(memory, index)
        yield explained(memory, index)
        yield from (ticket(memory, level, index) for level in Level)


def views(messages: Mapping[str, Message]) -> Iterator[tuple[str, dict]]:
    """Draw messages in every way Slack may be given them, by a name for each."""
    for name, message in messages.items():
        for number, page in enumerate(render(message), start=1):
            yield f"{name}-{number}", {"text": page.text, "blocks": list(page.blocks)}
        yield f"{name}-home", as_home(message)
        yield f"{name}-sheet", sheet(message, title=HOSTILE, private="x" * 3000)


@cache
def all_sizes() -> dict[str, dict]:
    said = {f"{size}-{n}": message for size in SIZES for n, message in enumerate(said_about(SIZES[size]()))}
    forms = {f"form-{number}": modal(form, private="x" * 3000) for number, form in enumerate(FORMS)}
    return {**dict(views({**said, **{name: message() for name, message in MESSAGES.items()}})), **forms}


@cache
def the_sandbox() -> dict[str, dict]:
    """Play the demo's first days, ask it everything after each reading, and draw what it says."""
    messages: dict[str, Message] = {}
    with Demo(seed=1, console=Console(file=StringIO())) as demo:
        for slot, _ in enumerate(demo.slots(4)):
            run = demo.app.refresh()
            assert run is not None
            numbers = [row.number for row in rows_of(demo.app.keeping.store.memory(), now=run.read_at)]
            lines = [line for line in BY_VERB if line not in ("run", "refresh")]
            lines += [f"{verb} {number}" for number in numbers for verb in ("history", "explain", "ticket", "open")]
            lines += ["client Acme", "error CloudStorageUnavailable", "find SRV", "job SRV-FILE1"]
            answers = {line: demo.app.answer(read_intent(line, JO)).body for line in lines}
            messages |= {f"{slot}-{line}": body for line, body in answers.items() if isinstance(body, Message)}
            messages[f"{slot}-digest"] = demo.app.digest(run)
    return dict(views(messages))


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
