"""What Slack takes, written down apart from bot/chats/slack/limits.py: numbers as its pages give them."""

import html
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

OURS = re.compile(r"<(@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|https?://[^<>|\s]+\|[^<>|]*)>")


def walk(what: Any) -> Iterator[dict[str, Any]]:
    """Give every object within a payload."""
    if isinstance(what, dict):
        yield what
        what = list(what.values())
    if isinstance(what, list | tuple):
        for each in what:
            yield from walk(each)


def literal(blocks: Sequence[dict[str, Any]]) -> str:
    """Give the words a person reads in blocks."""
    said = []
    for each in walk(blocks):
        words = each.get("text", each.get("alt_text"))
        if isinstance(words, str):
            said.append(html.unescape(words) if each["type"] == "mrkdwn" else words)
    return "\n".join(said)


def broken_by(blocks: Sequence[dict[str, Any]], *, surface: str = "message") -> list[str]:
    """Name the laws that blocks break: lengths, counts, ids, and words that Slack would obey."""
    said = list(_counts(blocks, surface))
    for each in walk(blocks):
        said += _lengths(each)
        if each.get("type") == "mrkdwn":
            said += _obeyed(each["text"])
    ids = [each["action_id"] for each in walk(blocks) if "action_id" in each and surface != "modal"]
    if len(ids) != len(set(ids)):
        said.append("two elements have one action_id")
    return said


def _counts(blocks: Sequence[dict[str, Any]], surface: str) -> Iterator[str]:
    if not 1 <= len(blocks) <= (50 if surface == "message" else 100):
        yield f"{len(blocks)} blocks"
    weight = len(json.dumps(blocks, ensure_ascii=False).encode())
    if weight > (12_000 if surface == "message" else 240_000):
        yield f"{weight} bytes"
    tables = [block for block in blocks if block["type"] == "table"]
    if len(tables) > (surface == "message"):
        yield f"{len(tables)} tables"
    for table in tables:
        if len(table["rows"]) > 100 or len({len(row) for row in table["rows"]}) != 1:
            yield "a table with too many rows, or ragged ones"
        if sum(len(cell["text"]) for row in table["rows"] for cell in row) > 10_000:
            yield "a table with too many characters"
        if not 1 <= len(table["rows"][0]) <= 20:
            yield "a table with too many columns, or none"


def _lengths(each: dict[str, Any]) -> Iterator[str]:
    match each:
        case {"type": "header", "text": {"text": words}} if not 1 <= len(words) <= 150:
            yield f"header of {len(words)}"
        case {"type": "section", "text": {"text": words}} if not 1 <= len(words) <= 3000:
            yield f"section of {len(words)}"
        case {"type": "section", "fields": fields} if not 1 <= len(fields) <= 10:
            yield f"{len(fields)} fields"
        case {"type": "section", "fields": fields} if any(not 1 <= len(field["text"]) <= 2000 for field in fields):
            yield "a field too long"
        case {"type": "actions", "elements": elements} if not 1 <= len(elements) <= 25:
            yield f"{len(elements)} elements"
        case {"type": "button", "text": {"text": words}, "value": value}:
            if not 1 <= len(words) <= 75 or not 1 <= len(value) <= 2000:
                yield "a button too long"
        case {"type": "overflow", "options": options} if not 1 <= len(options) <= 5:
            yield f"{len(options)} options in a menu"
        case {"type": "static_select", "options": options} if not 1 <= len(options) <= 100:
            yield f"{len(options)} options in a choice"
        case {"text": {"text": words}, "value": value, **rest} if "type" not in rest:
            if not 1 <= len(words) <= 75 or not 1 <= len(value) <= 75:
                yield "an option too long"
        case {"type": "image", "image_url": url, "alt_text": alt} if len(url) > 3000 or not 1 <= len(alt) <= 2000:
            yield "an image too long"
        case {"type": "text" | "raw_text" | "plain_text" | "mrkdwn" | "link", "text": ""}:
            yield "an empty text"


def _obeyed(words: str) -> Iterator[str]:
    """Find what mrkdwn would obey beside our own bold and code, links and mentions."""
    bare = OURS.sub("", words)
    if "<" in bare or ">" in bare:
        yield f"unescaped: {words!r}"
    bare = re.sub(r"&(amp|lt|gt);", "", bare)
    if "&" in bare:
        yield f"an entity cut through: {words!r}"
