"""One neutral block as elements of an Adaptive Card. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any, assert_never

from bot.chats.teams.limits import (
    ALT_MAX,
    BLOCK_BYTES_MAX,
    CELL_MAX,
    CELL_WORD_MAX,
    CODE_LINES_MAX,
    CODE_MAX,
    CODE_WHOLE_MAX,
    COLUMNS_MAX,
    FACT_MAX,
    LARGE_MAX,
    PARAGRAPH_MAX,
    TABLE_ROWS_MAX,
)
from bot.chats.teams.press import sets
from bot.chats.teams.words import Json, code_run, inert, mention_of, rich, run
from bot.core.message import (
    Block,
    Button,
    Buttons,
    Code,
    Divider,
    Facts,
    Heading,
    Image,
    Paragraph,
    Span,
    Style,
    Table,
    Tone,
    clean,
)
from bot.core.packing import groups, size
from bot.core.words import cut, is_address, portions, tidied

NOTHING = "–"  # what an empty cell says
STYLES = {Tone.CALM: "emphasis", Tone.WATCH: "warning", Tone.ALARM: "attention", Tone.GOOD: "good"}
SIGNS = {Tone.CALM: "", Tone.WATCH: "👀 ", Tone.ALARM: "🚨 ", Tone.GOOD: "✅ "}  # told apart by shape, not by colour


def drawn(blocks: Sequence[Block], tone: Tone) -> Iterator[Json]:
    """Draw blocks in order. The first heading says how they feel; what follows a divider has a line above it."""
    felt: Tone | None = tone
    is_divided = False
    for block in blocks:
        if isinstance(block, Divider):
            is_divided = True
            continue
        for element in _block(block, felt):
            yield {**element, "separator": True, "spacing": "Medium"} if is_divided else element
            is_divided = False
        felt = None if isinstance(block, Heading) else felt


def note(words: str) -> Json:
    """Say something small and grey."""
    return _block_of(run(words, PARAGRAPH_MAX, size="Small", isSubtle=True))


def _block_of(*runs: Json, **how: str) -> Json:
    return {"type": "RichTextBlock", "inlines": list(runs), **how}


def _block(block: Block, felt: Tone | None) -> Iterator[Json]:
    match block:
        case Heading(text=words):
            yield from _heading(words, felt)
        case Paragraph(spans=spans, button=button):
            yield from _paragraph(spans, button)
        case Facts(pairs=pairs):
            yield from (_fact(label, value, is_first=n == 0) for n, (label, value) in enumerate(pairs))
        case Table():
            yield from _table(block) if len(block.columns) <= COLUMNS_MAX else _lines(block)
            if block.more:
                yield note(f"and {block.more:,} more")
        case Code(text=words):
            yield from _code(words)
        case Image(url=url, alt=alt):
            yield from _image(url, inert(alt, ALT_MAX))
        case Divider():
            return
        case Buttons(buttons=buttons):
            yield from sets(buttons)
        case _:
            assert_never(block)


def _heading(words: str, felt: Tone | None) -> Iterator[Json]:
    """Draw a heading; the one that says how the message feels stands on a colour."""
    sign = SIGNS[felt] if felt is not None else ""
    said = f"{sign}{clean(words)}".strip()
    if not said:
        return
    large = "Large" if len(said) <= LARGE_MAX else "Medium"
    text = _block_of(run(said, PARAGRAPH_MAX, size=large if felt is not None else "Medium", weight="Bolder"))
    yield {"type": "Container", "style": STYLES[felt], "bleed": True, "items": [text]} if felt is not None else text


def _paragraph(spans: Sequence[Span], button: Button | None) -> Iterator[Json]:
    """Draw a paragraph, with its button beside it; who is mentioned stands above, as a TextRun mentions nobody."""
    for span in spans:
        if mention := mention_of(span):
            yield {"type": "TextBlock", "text": mention.text, "wrap": True}
    said = tidied((span for span in spans if mention_of(span) is None), PARAGRAPH_MAX)
    text = _said(said) if any(span.text.strip() for span in said) else None
    beside = sets((button,)) if button is not None else []
    if text is not None and beside:
        yield {"type": "ColumnSet", "columns": [_column("stretch", text), _column("auto", *beside)]}
        return
    yield from (element for element in (text, *beside) if element is not None)


def _said(spans: Sequence[Span]) -> Json:
    is_quiet = all(span.style is Style.QUIET for span in spans)
    whole = rich(spans, **({"size": "Small"} if is_quiet else {}))
    return whole if size(whole) <= BLOCK_BYTES_MAX else rich((Span("".join(span.text for span in spans)),))


def _column(width: str, *items: Json) -> Json:
    return {"type": "Column", "width": width, "items": list(items)}


def _fact(label: str, value: str, *, is_first: bool) -> Json:
    name, said = clean(label).strip() or NOTHING, clean(value).strip() or NOTHING
    words = (run(f"{cut(name, FACT_MAX)}: ", FACT_MAX + 2, weight="Bolder"), run(said, FACT_MAX))
    return _block_of(*words, **({} if is_first else {"spacing": "Small"}))


def _table(table: Table) -> Iterator[Json]:
    """Draw rows under their columns, in as many tables as hold them; each says the columns again."""
    names, rows = _row(table.columns, weight="Bolder"), [_row(row) for row in table.rows]
    left = BLOCK_BYTES_MAX - size(names) - 200
    if not table.columns or any(len(row["cells"]) > len(table.columns) for row in rows):
        yield from _lines(table)
        return
    for group in groups(rows, most=TABLE_ROWS_MAX, weigh=size, heaviest=left) if rows else [[]]:
        yield {
            "type": "Table",
            "showGridLines": False,
            "firstRowAsHeader": True,
            "columns": [{"width": 1}] * len(table.columns),
            "rows": [names, *group],
        }


def _row(cells: Sequence[str], **how: Any) -> Json:
    drawn_cells = [
        {"type": "TableCell", "items": [_block_of(run(_cell(cell), CELL_MAX, word=CELL_WORD_MAX, **how))]}
        for cell in cells
    ]
    return {"type": "TableRow", "cells": drawn_cells}


def _cell(words: str) -> str:
    return cut(clean(words).strip(), CELL_MAX) or NOTHING


def _lines(table: Table) -> Iterator[Json]:
    """Draw a table that a phone has no room for: its first column bold, the others behind it."""
    if table.columns:
        yield note(" · ".join(_cell(cell) for cell in table.columns))
    for first, *others in (row for row in table.rows if row):
        rest = "".join(f" · {_cell(cell)}" for cell in others)
        yield _block_of(run(_cell(first), CELL_MAX, weight="Bolder"), run(rest, PARAGRAPH_MAX), spacing="Small")


def _code(words: str) -> Iterator[Json]:
    """Draw lines as they are: a TextRun has no line breaks, and lets spaces collapse."""
    lines = cut(clean(words, keep_lines=True), CODE_WHOLE_MAX).split("\n")
    shown = lines if len(lines) <= CODE_LINES_MAX else [*lines[:CODE_LINES_MAX], "…"]
    for piece in portions("\n".join(shown), CODE_MAX):
        items = [_block_of(code_run(line, size="Small"), spacing="None") for line in piece.split("\n")]
        yield {"type": "Container", "style": "emphasis", "items": items}


def _image(url: str, alt: str) -> Iterator[Json]:
    if is_address(url):
        yield {"type": "Image", "url": url, "altText": alt or NOTHING, "size": "Stretch"}
    elif alt:
        yield note(alt)
