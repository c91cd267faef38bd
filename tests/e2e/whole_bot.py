"""The whole bot as `fortress serve` runs it, on the sandbox and a clock that a test moves."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path

from rich.console import Console

from bot.app import acronis, build
from bot.app_yaml import ChatsSettings, ConsoleSettings, Settings, SlackSettings, WebSettings
from bot.app_yaml.desks import DesksSettings, WebhookDeskSettings
from bot.core.slot import next_slot
from bot.serve import Service, Signals
from bot.sources.sandbox import START, Sandbox, World
from tests.e2e.emulator import ACME, APP_TOKEN, BOT_TOKEN, MAIN, SECRET, Emulator

FIRST_SLOT = START + timedelta(hours=14, minutes=45)  # the afternoon before the first night of stories
ENDS_S = 20


class WholeBot:
    """A running service. Its clock stands still until `refresh` moves it to the next slot."""

    def __init__(self, chats: ChatsSettings, folder: Path, *, port: int, desk: str, closing_: ExitStack) -> None:
        self._now = FIRST_SLOT
        self.door = f"http://127.0.0.1:{port}"
        sandbox = closing_.enter_context(closing(Sandbox(World(), lambda: self._now)))
        settings = Settings(chats=chats, web=WebSettings(port=port), desks=_desks(desk))
        self.app = closing_.enter_context(
            build(
                settings,
                console=Console(file=StringIO()),
                clock=lambda: self._now,
                folder=folder,
                source=lambda: acronis(sandbox.url, sandbox.client_id, sandbox.client_secret),
            )
        )
        self._signals = Signals()
        self.service = Service(self.app, load=lambda: settings)
        self._thread = threading.Thread(target=self.service.run, args=(self._signals,), daemon=True)

    def start(self) -> None:
        """Serve; what is due at the first slot is read and told at once."""
        self._thread.start()

    def refresh(self, many: int = 1) -> None:
        """Move the clock from slot to slot, and read and tell at each."""
        for _ in range(many):
            refresh = self.app.settings.refresh
            self._now = next_slot(refresh.times, refresh.tzinfo, self._now)
            self.app.tick()

    def end(self) -> bool:
        """End it as a signal does. True: nothing was left behind."""
        self._signals.put("SIGTERM")
        self._thread.join(ENDS_S)
        return not self._thread.is_alive()


def _desks(address: str) -> DesksSettings:
    if not address:
        return DesksSettings()
    return DesksSettings(webhook=WebhookDeskSettings(enabled=True, url=address, secret="s" * 32))


@contextmanager
def whole_bot(chats: ChatsSettings, folder: Path, *, port: int = 0, desk: str = "") -> Iterator[WholeBot]:
    """Run it.

    Args:
        desk: the address of a ticket system that takes our webhook; "" for none.
    """
    with ExitStack() as closing_:
        bot = WholeBot(chats, folder, port=port, desk=desk, closing_=closing_)
        bot.start()
        try:
            yield bot
        finally:
            assert bot.end()


def in_slack(slack: Emulator, *, transport: str) -> ChatsSettings:
    """Give the settings of a bot that is in the emulator's workspace."""
    section = SlackSettings(
        enabled=True,
        transport=transport,
        channel=MAIN,
        clients={"Acme": ACME},
        posts=4,
        address=slack.address,
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN if transport == "socket" else None,
        signing_secret=SECRET if transport == "http" else None,
    )
    return ChatsSettings(console=ConsoleSettings(enabled=False), slack=section)
