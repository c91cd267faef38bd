"""One neutral block as blocks of Slack. Pure."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from bot.chats.slack.limits import (
    BLOCK_BYTES_MAX,
    CELL_MAX,
    CODE_MAX,
    CODE_WHOLE_MAX,
    FIELD_MAX,
    FIELDS_MAX,
    HEADER_AIM,
    HEADER_MAX,
    IMAGE_ALT_MAX,
    PARAGRAPH_MAX,
    SECTION_MAX,
    TABLE_COLUMNS_MAX,
    TABLE_ROWS_MAX,
)
from bot.chats.slack.press import Numbers, actions, element
from bot.chats.slack.words import Json, marked, plain_text, rich
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
    bold,
    clean,
    text,
)
from bot.core.packing import groups, size
from bot.core.words import cut, is_address, portions, tidied

NOTHING = "–"  # what an empty cell says: Slack refuses it empty


def drawn(block: Block, numbers: Numbers, *, sign: str = "", tables: bool = True) -> Iterator[Json]:
    """Draw one block.

    Args:
        sign: stands before a heading's words.
        tables: draw a Table as one; where Slack may take none, as lines.
    """
    match block:
        case Heading(text=words):
            yield from _heading(f"{sign} {clean(words)}".strip())
        case Paragraph(spans=spans, button=button):
            yield from _paragraph(spans, button, numbers)
        case Facts(pairs=pairs):
            yield from _facts(pairs)
        case Table():
            yield from _table(block) if tables else _lines(block)
            if block.more:
                yield note(f"and {block.more:,} more")
        case Code(text=words):
            for piece in portions(cut(clean(words, keep_lines=True), CODE_WHOLE_MAX), CODE_MAX):
                yield _rich("rich_text_preformatted", [{"type": "text", "text": piece or NOTHING}])
        case Image(url=url, alt=alt):
            yield from _image(url, clean(alt))
        case Divider():
            yield {"type": "divider"}
        case Buttons(buttons=buttons):
            yield from actions(buttons, numbers)
        case _:
            assert_never(block)


def note(words: str) -> Json:
    """Say something small and grey."""
    return {"type": "context", "elements": [plain_text(clean(words), PARAGRAPH_MAX)]}


def words_of(spans: Sequence[Span]) -> Json:
    """Draw spans where nothing in them is parsed."""
    return _rich("rich_text_section", rich(spans))


def _rich(kind: str, elements: list[Json]) -> Json:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": elements}]}


def _heading(words: str) -> Iterator[Json]:
    """Draw a heading in large letters as far as they suit a phone, the rest of it under it."""
    if not words:
        return
    head, rest = _split(words)
    yield {"type": "header", "text": plain_text(head, HEADER_MAX)}
    if rest:
        yield words_of((bold(cut(rest, PARAGRAPH_MAX)),))


def _split(words: str) -> tuple[str, str]:
    """Split a heading where it pauses, so that its beginning suits large letters; nothing of it is lost."""
    if len(words) <= HEADER_AIM:
        return words, ""
    for most in (HEADER_AIM, HEADER_MAX):
        at, pause = max((words.rfind(pause, 0, most + len(pause)), pause) for pause in (" · ", ": "))
        if at > 0:
            return words[:at], words[at + len(pause) :]
    return (words, "") if len(words) <= HEADER_MAX else (cut(words, HEADER_MAX), words)


def _paragraph(spans: Sequence[Span], button: Button | None, numbers: Numbers) -> Iterator[Json]:
    said = tidied(spans, PARAGRAPH_MAX)
    pressable = element(button, numbers) if button is not None else None
    beside = marked(said, SECTION_MAX) if pressable is not None else None
    if beside is not None:
        yield {"type": "section", "text": beside, "accessory": pressable}
        return
    if said and all(span.style is Style.QUIET for span in said):
        yield note("".join(span.text for span in said))
    elif said:
        whole = words_of(said)
        yield whole if size(whole) <= BLOCK_BYTES_MAX else words_of((text("".join(span.text for span in said)),))
    if pressable is not None:
        yield {"type": "actions", "elements": [pressable]}


def _facts(pairs: Sequence[tuple[str, str]]) -> Iterator[Json]:
    """Draw facts side by side, two in a row where there is room."""
    fields = [_fact(label, value) for label, value in pairs]
    for group in groups(fields, most=FIELDS_MAX, weigh=size, heaviest=BLOCK_BYTES_MAX - 100):
        yield {"type": "section", "fields": group}


def _fact(label: str, value: str) -> Json:
    name, said = cut(clean(label), FIELD_MAX) or NOTHING, cut(clean(value), FIELD_MAX) or NOTHING
    return marked((bold(f"{name}:"), text(f" {said}")), FIELD_MAX * 4) or plain_text(f"{name}: {said}", FIELD_MAX * 3)


def _table(table: Table) -> Iterator[Json]:
    """Draw rows under their columns, in as many tables as hold them; each says the columns again."""
    names, rows = _row(table.columns), [_row(row) for row in table.rows]
    left = BLOCK_BYTES_MAX - size(names) - 100  # which is less than the characters a table may hold
    if not names or any(size(row) > left for row in rows):
        yield from _lines(table)
        return
    for group in groups(rows or [[]], most=TABLE_ROWS_MAX - 1, weigh=size, heaviest=left):
        yield {"type": "table", "rows": [names, *filter(None, group)]}


def _row(cells: Sequence[str]) -> list[Json]:
    return [{"type": "raw_text", "text": _cell(cell)} for cell in cells[:TABLE_COLUMNS_MAX]]


def _cell(words: str) -> str:
    return cut(clean(words).strip(), CELL_MAX) or NOTHING


def _lines(table: Table) -> Iterator[Json]:
    names, *rows = [" · ".join(_cell(cell) for cell in row[:TABLE_COLUMNS_MAX]) for row in (table.columns, *table.rows)]
    if names:
        yield words_of((bold(names),))
    for group in groups(rows, most=TABLE_ROWS_MAX, weigh=size, heaviest=BLOCK_BYTES_MAX - 200):
        yield words_of((text("\n".join(group)),))


def _image(url: str, alt: str) -> Iterator[Json]:
    if is_address(url):
        yield {"type": "image", "image_url": url, "alt_text": cut(alt, IMAGE_ALT_MAX) or NOTHING}
    elif alt:
        yield note(alt)
