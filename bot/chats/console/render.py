"""A Message as lines of a terminal. Pure: the same message gives the same lines, buttons numbered."""

from collections.abc import Callable, Iterator
from itertools import count as counting
from typing import assert_never

import msgspec
from rich.cells import cell_len
from rich.text import Text

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
    Span,
    Style,
    Table,
    Tone,
    clean,
)

STYLES = {
    Style.PLAIN: "",
    Style.BOLD: "bold",
    Style.CODE: "cyan",
    Style.LINK: "underline",
    Style.MENTION: "bold",
    Style.QUIET: "dim",
}
TONES = {Tone.CALM: "bold", Tone.WATCH: "bold yellow", Tone.ALARM: "bold red", Tone.GOOD: "bold green"}
Press = Callable[[Button], Text]
NO_BREAK = "\u00a0"  # a button is one piece, at any width
CELL_MAX = 48  # columns of one table cell; longer ones are cut with "…"


class Rendered(msgspec.Struct, frozen=True):
    """Lines to print, and the buttons in them by the number a person types."""

    lines: tuple[Text, ...]
    buttons: tuple[Button, ...]

    @property
    def plain(self) -> str:
        """The words alone, for files and pipes."""
        return "\n".join(line.plain.rstrip() for line in self.lines) + "\n"


def render(message: Message) -> Rendered:
    """Draw a message for a terminal. Control characters in untrusted text cannot move its cursor."""
    buttons: list[Button] = []
    numbers = counting(1)

    def press(button: Button) -> Text:
        buttons.append(button)
        label = f"[{next(numbers)} {clean(button.label)}]".replace(" ", NO_BREAK)
        return Text(label, style="reverse" if button.primary else "blue")

    lines: list[Text] = []
    for block in message.blocks or (Paragraph((Span(message.summary),)),):
        lines += _block(block, message.tone, press)
    return Rendered(tuple(lines), tuple(buttons))


def _block(block: Block, tone: Tone, press: Press) -> Iterator[Text]:
    match block:
        case Heading(text=words):
            yield Text(clean(words), style=TONES[tone])
        case Paragraph(spans=spans, button=button):
            yield _paragraph(spans, button, press)
        case Facts(pairs=pairs):
            yield from _facts(pairs)
        case Table():
            yield from _table(block)
        case Code(text=words):
            for line in clean(words, keep_lines=True).split("\n"):
                yield Text(f"  | {line}", style=STYLES[Style.CODE])
        case Image(url=url, alt=alt):
            yield Text(f"[{clean(alt)}] {clean(url)}", style=STYLES[Style.QUIET])
        case Divider():
            yield Text("")
        case Buttons(buttons=buttons):
            yield Text(" ").join(press(button) for button in buttons)
        case _:
            assert_never(block)


def _paragraph(spans: tuple[Span, ...], button: Button | None, press: Press) -> Text:
    line = Text("")
    for span in spans:
        line.append(clean(span.text), style=STYLES[span.style])
        if span.style is Style.LINK and span.target != span.text:
            line.append(f" <{clean(span.target)}>", style=STYLES[Style.QUIET])
    if button is not None:
        if line.plain:
            line.append("  ")
        line.append_text(press(button))
    return line


def _facts(pairs: tuple[tuple[str, str], ...]) -> Iterator[Text]:
    width = max((cell_len(clean(label)) for label, _ in pairs), default=0)
    for label, value in pairs:
        line = Text("  ")
        line.append(_padded(clean(label), width), style=STYLES[Style.QUIET])
        yield line.append(f"  {clean(value)}")


def _table(table: Table) -> Iterator[Text]:
    rows = [[_cut(clean(cell)) for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(table.columns))]
    for index, row in enumerate(rows):
        cells = "  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True))
        yield Text(f"  {cells}".rstrip(), style=STYLES[Style.QUIET] if index == 0 else "")
    if table.more:
        yield Text(f"  and {table.more:,} more", style=STYLES[Style.QUIET])


def _padded(words: str, width: int) -> str:
    return words + " " * (width - cell_len(words))


def _cut(cell: str) -> str:
    return cell if len(cell) <= CELL_MAX else f"{cell[: CELL_MAX - 1]}…"
