"""A message in plain lines, for where a platform refuses what was drawn. Buttons become what a person types."""

from collections.abc import Callable, Iterator
from typing import assert_never

from bot.core.message import (
    Block,
    Button,
    Buttons,
    Code,
    Divider,
    Facts,
    Heading,
    Image,
    Message,
    Paragraph,
    Table,
    clean,
    plain,
)

Typed = Callable[[str], str]


def lines(message: Message, typed: Typed) -> Iterator[str]:
    """Give the lines in which the whole message can be read.

    Args:
        typed: tells what a person types there for a line of ours, as `ack 12`.
    """
    for block in message.blocks:
        yield from _lines(block, typed)


def _lines(block: Block, typed: Typed) -> Iterator[str]:
    match block:
        case Heading(text=said) | Image(alt=said):
            yield clean(said)
        case Paragraph(spans=spans, button=button):
            yield clean(plain(spans)) + (f" {_press(button, typed)}" if button else "")
        case Facts(pairs=pairs):
            yield from (f"{clean(label)}: {clean(value)}" for label, value in pairs)
        case Table(columns=columns, rows=rows, more=more):
            yield from (" · ".join(clean(cell) for cell in row) for row in (columns, *rows))
            if more:
                yield f"and {more:,} more"
        case Code(text=said):
            yield clean(said, keep_lines=True)
        case Divider():
            yield ""
        case Buttons(buttons=buttons):
            yield " ".join(_press(button, typed) for button in buttons)
        case _:
            assert_never(block)


def _press(button: Button, typed: Typed) -> str:
    return f"[{typed(clean(f'{button.verb} {button.argument}').strip())}]"
