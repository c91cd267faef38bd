"""What Teams takes, written down apart from bot/chats/teams/limits.py: numbers as Microsoft's pages give them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

UNSEEN = str.maketrans("", "", "\u2060\u200b")
PRESSES = ("Action.Execute", "Action.Submit")


def walk(what: Any) -> Iterator[dict[str, Any]]:
    """Give every object within a card; a fallback stands for another and is not among them."""
    if isinstance(what, dict):
        yield what
        what = [value for name, value in what.items() if name not in ("fallback", "data")]
    if isinstance(what, list | tuple):
        for each in what:
            yield from walk(each)


def literal(card: Mapping[str, Any]) -> str:
    """Give the words a person reads in a card, a line for each block."""
    said = []
    for each in walk(card["body"]):
        match each:
            case {"type": "RichTextBlock", "inlines": inlines}:
                said.append("".join(run["text"] for run in inlines))
            case {"type": "TextBlock", "text": words} | {"type": "Image", "altText": words}:
                said.append(words)
    return "\n".join(said).translate(UNSEEN).replace("\u00a0", " ")


def titles(card: Mapping[str, Any]) -> list[str]:
    """Give the titles of the buttons that are seen at once."""
    return [each["title"] for each in walk(card) if each.get("type") in PRESSES and "mode" not in each]


def broken_by(card: Mapping[str, Any]) -> list[str]:
    """Name the laws that a card breaks: weight, counts, ids, and words that Teams would read something into."""
    said = list(_weight(card))
    for each in walk(card):
        said += _shape(each)
    said += [f"would expand: {words!r}" for words in _strings(card) if "{{" in words]
    ids = [each["id"] for each in walk(card) if "id" in each and str(each.get("type", "")).startswith("Input.")]
    if len(ids) != len(set(ids)) or {"verb", "argument"} & set(ids):
        said.append(f"ids of inputs: {ids}")
    return said


def _weight(card: Mapping[str, Any]) -> Iterator[str]:
    told = json.dumps(card, ensure_ascii=False)
    if len(told.encode("utf-8", "surrogatepass")) > 25_000:
        yield "more than 25 KB"
    if len(told.encode("utf-16-le", "surrogatepass")) > 80_000:
        yield "more than Microsoft advises"
    if card["version"] != "1.5" or not card["body"] or not card["fallbackText"]:
        yield "no version, no body or nothing to fall back on"


def _shape(each: Mapping[str, Any]) -> Iterator[str]:
    match each:
        case {"type": "TextBlock", "text": words, **rest}:
            if not re.fullmatch(r"<at>[\w ]+</at>", words) or rest.get("wrap") is not True:
                yield f"Markdown is read in {words!r}"
        case {"type": "FactSet"}:
            yield "Markdown is read in a FactSet"
        case {"type": "RichTextBlock", "inlines": inlines}:
            if not inlines or any(not run["text"] for run in inlines):
                yield "an empty text"
        case {"type": "ActionSet", "actions": actions}:
            if not actions or sum("mode" not in action for action in actions) > 6:
                yield f"{len(actions)} buttons in a row"
        case {"type": "Action.Execute", "title": title, "verb": verb, "data": data, "fallback": spare, **rest}:
            if not 1 <= len(title) <= (75 if "mode" in rest else 20):
                yield f"a title of {len(title)}"
            if (spare["type"], spare["data"], data["verb"]) != ("Action.Submit", data, verb):
                yield f"{title!r} does something else on old clients"
        case {"type": "Table", "columns": columns, "rows": rows}:
            if any(len(row["cells"]) != len(columns) for row in rows):
                yield "a ragged table"
        case {"type": "Input.ChoiceSet", "choices": choices} if not 1 <= len(choices) <= 100:
            yield f"{len(choices)} choices"


def _strings(what: Any) -> Iterator[str]:
    """Give whatever Teams shows; what an action carries back it does not read."""
    if isinstance(what, str):
        yield what
    if isinstance(what, dict):
        what = [value for name, value in what.items() if name != "data"]
    for each in what if isinstance(what, list) else ():
        yield from _strings(each)
