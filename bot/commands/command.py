"""What a command is: a verb, how to use it, and what answers."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.commands.seams import Seams
from bot.core.intent import Answer, Intent
from bot.core.rights import Right

Handler = Callable[[Intent, Seams], Answer]


@dataclass(frozen=True)
class Command:
    """One thing people can ask.

    Attributes:
        usage: the words after the verb, `<needed>` and `[optional]`.
        summary: one line for `help`.
        also: other words people type for it.
        right: what somebody needs for it; checked before the handler is called, for typed words, buttons and forms.
        writes: it changes something, so a reader beside a running bot must refuse it.
        private: its answer is one person's own view, and nothing to share.
    """

    verb: str
    usage: str
    summary: str
    handler: Handler
    also: tuple[str, ...] = ()
    right: Right = Right.VIEW
    writes: bool = False
    private: bool = False

    @property
    def line(self) -> str:
        return f"{self.verb} {self.usage}".strip()
