"""The console as a chat: posts are printed, buttons have numbers, a prompt takes the same words as Slack."""

import logging
from collections.abc import Callable, Iterator
from itertools import count

from rich.console import Console
from rich.text import Text

from bot.chats.console.render import Rendered, render
from bot.core.intent import Actor, Answer, Choice, Form, Input, Intent
from bot.core.message import Button, Message, Receipt, clean
from bot.ports import Abilities

log = logging.getLogger(__name__)
QUIT = frozenset({"quit", "exit", "q", "bye"})
Read = Callable[[str, Actor], Intent]
Ask = Callable[[str], str]


class ConsoleChat:
    """Prints what is said. A receipt is a line's number in this process: nothing printed can be unprinted."""

    name = "console"
    abilities = Abilities(threads=True, edits=False, buttons=True, rows=200, posts=False)

    def __init__(self, console: Console) -> None:
        self._console = console
        self._ids = count(1)
        self.buttons: tuple[Button, ...] = ()

    def post(self, place: str, message: Message) -> Receipt:
        self._print(render(message))
        return Receipt(self.name, place, str(next(self._ids)))

    def reply(self, receipt: Receipt, message: Message) -> Receipt:
        self._print(render(message), indent="    ")
        return Receipt(
            self.name, receipt.place, str(next(self._ids)), thread_id=receipt.thread_id or receipt.message_id
        )

    def update(self, receipt: Receipt, message: Message) -> None:
        self._console.print(Text(f"(now: post {receipt.message_id}) {clean(message.summary)}", style="dim"))

    def say(self, message: Message) -> None:
        """Answer the person at the prompt."""
        self._print(render(message))

    def _print(self, rendered: Rendered, *, indent: str = "") -> None:
        if rendered.buttons:
            self.buttons = rendered.buttons
        for line in rendered.lines:
            self._console.print(Text(indent).append_text(line), soft_wrap=not self._console.is_terminal)
        self._console.print()


def talk(chat: ConsoleChat, *, actor: Actor, read: Read, answer: Callable[[Intent], Answer], ask: Ask = input) -> None:
    """Take lines until the person leaves. A number presses the button that was last shown with it.

    Args:
        read: makes an intent of a typed line.
        ask: asks one question and gives the line typed; EOFError ends the talk.
    """
    for typed in _lines(ask):
        intent = _pressed(typed, chat.buttons, actor) or read(typed, actor)
        try:
            _answer(chat, intent, answer, ask)
        except EOFError:
            return
        except Exception:
            log.exception("could not answer %s", intent.verb)
            chat.say(Message("That went wrong on our side; the log says how. Nothing else is affected."))


def _lines(ask: Ask) -> Iterator[str]:
    while True:
        try:
            typed = ask("/fortress ").strip()
        except (EOFError, KeyboardInterrupt):
            return
        if typed.casefold() in QUIT:
            return
        if typed:
            yield typed


def _pressed(typed: str, buttons: tuple[Button, ...], actor: Actor) -> Intent | None:
    if not typed.isdecimal() or len(typed) > 9 or not 1 <= int(typed) <= len(buttons):
        return None
    button = buttons[int(typed) - 1]
    return Intent(button.verb, button.argument, actor, place="console")


def _answer(chat: ConsoleChat, intent: Intent, answer: Callable[[Intent], Answer], ask: Ask) -> None:
    given = answer(intent)
    if isinstance(given.body, Form):
        form = given.body
        inputs = {item.name: _fill(item, ask) for item in form.inputs}
        given = answer(Intent(form.verb, form.argument, intent.actor, inputs=inputs, place=intent.place))
    if isinstance(given.body, Message):
        chat.say(given.body)


def _fill(item: Input, ask: Ask) -> str:
    if isinstance(item, Choice):
        options = ", ".join(label for _, label in item.options)
        typed = ask(f"{item.label} ({options}) ").strip()
        chosen = (value for value, label in item.options if typed.casefold() == label.casefold())
        return next(chosen, typed) or item.value
    shown = f" [{item.value}]" if item.value else ""
    return ask(f"{item.label}{shown} ").strip() or item.value
