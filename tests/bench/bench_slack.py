"""How long Slack waits for us: back on the line after each fault, and acknowledgements while everything is being read.

python -m tests.bench.bench_slack faults
python -m tests.bench.bench_slack load 20000    # workloads, each with four nights, from a simulated account
python -m tests.bench.bench_slack load FOLDER   # two nights recorded by `bench_line --folder`: no network to wait for
"""

import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from bot.app import acronis, build
from bot.app_yaml import ChatsSettings, ConsoleSettings, Settings, SlackSettings, SourceSettings
from bot.chats.slack.hear import listener
from bot.chats.slack.socket import Watch
from bot.commands import read_intent
from bot.core.intent import Answer
from bot.core.message import Message
from bot.ports import Source
from bot.serve import SWITCH_S
from bot.sources.sandbox import START, Sandbox, World
from tests.bench.night import SECOND, recorded
from tests.chats.slack_listening import settings
from tests.servers import slack_people as server
from tests.servers.slack_people import SlackPeople, slack_people

COMMANDS = 200
PAUSE_S = 3.0  # between two bursts of them; people do not type without end
DAYS = 4
NOW = START + timedelta(days=DAYS, hours=7)
ENDS = timedelta(seconds=10)


def disconnect(slack: SlackPeople) -> None:
    slack.disconnect()


def reset(slack: SlackPeople) -> None:
    slack.reset()


def reset_and_no_line(slack: SlackPeople) -> None:
    slack.refuse("apps.connections.open", *["internal_error"] * 3)
    slack.reset()


FAULTS: dict[str, Callable[[SlackPeople], None]] = {
    "`disconnect` frame": disconnect,
    "TCP reset": reset,
    "silent: no pong": SlackPeople.mute,
    "TCP reset, and three times no new line": reset_and_no_line,
}


def faults() -> None:
    server.WAITS_S = 120.0
    print("| fault | new line after | a command is acknowledged after |\n|---|--:|--:|")
    for name, fault in FAULTS.items():
        lines, acks = zip(*(_recovery(fault) for _ in range(3)), strict=True)
        print(f"| {name} | {_spread(lines)} | {_spread(acks)} |", flush=True)


def _recovery(fault: Callable[[SlackPeople], None]) -> tuple[float, float]:
    with slack_people() as slack:
        ears = listener(settings(slack), answer=lambda _: Answer(Message("x")), read=read_intent, watch=Watch())
        ears.start()
        slack.ack(slack.command("status"))
        many, began = len(slack.opened), time.monotonic()
        fault(slack)
        slack.wait(lambda: len(slack.opened) > many)
        line = slack.opened[-1] - began
        slack.ack(slack.command("status"))
        took = time.monotonic() - began
        ears.stop(within=ENDS)
    return line, took


def _spread(seconds: tuple[float, ...]) -> str:
    return f"{min(seconds):.2f}-{max(seconds):.2f} s"


def load(account: str) -> None:
    """Send commands, 200 in flight, while a refresh runs. Slack, the bot and the account are processes of their own.

    Args:
        account: how many workloads it has, or the folder where its answers lie.
    """
    server.WAITS_S = 600.0
    with ExitStack() as closing:
        slack = closing.enter_context(slack_people())
        where = [account]
        if account.isdigit():
            where = _line(closing.enter_context(_beside("account", account))).split()
        bot = closing.enter_context(_beside("bot", slack.address, *where))
        slack.ack(slack.command("status"))
        print("at rest:", _acks(slack, lambda: len(slack.of("respond")) < 3 * COMMANDS), flush=True)
        assert bot.stdin is not None
        bot.stdin.write("go\n")
        bot.stdin.flush()
        ended: list[str] = []
        reading = threading.Thread(target=lambda: ended.append(_line(bot)))
        reading.start()
        print("during a refresh:", _acks(slack, reading.is_alive))
        print(ended[0], flush=True)


def bot(address: str, *where: str) -> None:
    """Be the bot: listen from the start, and read everything when told to."""
    sys.setswitchinterval(SWITCH_S)
    quiet = ChatsSettings(console=ConsoleSettings(enabled=False))
    wanted = Settings(chats=quiet, source=SourceSettings(page_size=1000, lookback_days=DAYS))
    slack = SlackSettings(address=address, bot_token="xoxb-1", app_token="xapp-1")
    with TemporaryDirectory() as kept:
        source, now = _account(where, Path(kept))
        made = build(
            wanted, console=Console(file=StringIO()), clock=lambda: now, folder=Path(kept), source=lambda: source
        )
        with made as app:
            ears = listener(slack, answer=app.answer, read=read_intent)
            ears.start()
            sys.stdin.readline()
            read: list[int] = [0]
            began = time.monotonic()
            app.refresh(progress=read.append)
            print(f"refresh: {max(read):,} activities in {time.monotonic() - began:.0f} s", flush=True)
            sys.stdin.readline()  # the last commands are still to be acknowledged
            ears.stop(within=ENDS)


def _account(where: Sequence[str], kept: Path) -> tuple[Source, datetime]:
    """Give the account's source and the time there. Of a recorded one the first night is remembered already."""
    if len(where) > 1:
        url, client, secret = where
        return acronis(url, client, secret, page_size=1000), NOW
    folder = Path(where[0])
    shutil.copytree(folder / "store", kept, dirs_exist_ok=True)
    return recorded(folder, SECOND), SECOND


@contextmanager
def _beside(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Run another part of this file in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.bench_slack", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def account(workloads: int) -> None:
    """Be the simulated account."""
    sandbox = Sandbox(World(workloads=workloads), lambda: NOW)
    print(sandbox.url, sandbox.client_id, sandbox.client_secret, flush=True)
    threading.Event().wait()


def _acks(slack: SlackPeople, goes_on: Callable[[], bool]) -> str:
    took: list[float] = []
    while True:
        sent = [slack.command("client acme", user=f"U0{number}") for number in range(COMMANDS)]
        took += [slack.took(envelope) for envelope in sent]
        if not goes_on():
            break
        time.sleep(PAUSE_S)
    ordered = sorted(took)
    return (
        f"{len(took):,} commands, {COMMANDS} in flight; median {statistics.median(took) * 1000:.0f} ms, "
        f"99 % {ordered[int(len(ordered) * 0.99)] * 1000:.0f} ms, slowest {ordered[-1] * 1000:.0f} ms"
    )


if __name__ == "__main__":
    what, *more = sys.argv[1:] or ["faults"]
    if what == "load":
        load(more[0])
    elif what == "account":
        account(int(more[0]))
    elif what == "bot":
        bot(*more)
    else:
        faults()
