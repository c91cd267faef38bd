"""Everything that can be said, at every size of MSP and with every kind of name, for the renderers of every chat."""

from collections.abc import Iterator, Mapping
from functools import cache
from io import StringIO

from rich.console import Console

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
from tests.messages import HOSTILE, MESSAGES, VOICE, card, digest, explained, home, huge, lists, ticket

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


@cache
def at_all_sizes() -> Mapping[str, Message]:
    said = {f"{size}-{n}": message for size in SIZES for n, message in enumerate(said_about(SIZES[size]()))}
    return {**said, **{name: message() for name, message in MESSAGES.items()}}


@cache
def in_the_sandbox() -> Mapping[str, Message]:
    """Play the demo's first days, and ask it everything after each reading."""
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
    return messages
