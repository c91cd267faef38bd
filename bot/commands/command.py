"""What a command is: a verb, how to use it, and what answers."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.commands.seams import Seams
from bot.core.intent import Answer, Intent

Handler = Callable[[Intent, Seams], Answer]


@dataclass(frozen=True)
class Command:
    """One thing people can ask.

    Attributes:
        usage: the words after the verb, `<needed>` and `[optional]`.
        summary: one line for `help`.
        also: other words people type for it.
        writes: it changes something, so a reader beside a running bot must refuse it.
    """

    verb: str
    usage: str
    summary: str
    handler: Handler
    also: tuple[str, ...] = ()
    writes: bool = False

    @property
    def line(self) -> str:
        return f"{self.verb} {self.usage}".strip()
