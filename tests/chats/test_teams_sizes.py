"""Everything that can be said, at every size of MSP and with every kind of name, is a card that Teams takes.

Our own laws always run. Microsoft's schema, which is not ours to ship, is asked where it is at hand.
"""

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.chats.teams.render import ask, plainly, render
from tests.chats.teams_laws import broken_by, walk
from tests.messages import digest
from tests.sizes import FORMS, SIZES, at_all_sizes, in_the_sandbox

WORDS = ("text", "title", "tooltip", "label", "altText", "url", "value", "id", "verb", "errorMessage")
SCHEMA = Path(os.environ.get("FORTRESS_REFERENCE", "")) / "teams" / "adaptive-card-1.5.0.schema.json"


@cache
def all_sizes() -> Mapping[str, dict[str, Any]]:
    forms = {f"form-{number}": ask(form).card for number, form in enumerate(FORMS)}
    plain = {f"{name}-plain": plainly(message).card for name, message in at_all_sizes().items()}
    return {**dict(cards(at_all_sizes().items())), **forms, **plain}


@cache
def the_sandbox() -> Mapping[str, dict[str, Any]]:
    return dict(cards(in_the_sandbox().items()))


def cards(messages) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, message in messages:
        for number, page in enumerate(render(message), start=1):
            yield f"{name}-{number}", page.card


@pytest.mark.parametrize("made", [all_sizes, the_sandbox])
def test_teams_takes_whatever_is_said(made):
    broken = {name: broken_by(card) for name, card in made().items()}

    assert len(broken) > 100
    assert {name: laws for name, laws in broken.items() if laws} == {}


@pytest.mark.parametrize("size", SIZES)
def test_a_digest_is_one_card_at_every_size(size):
    assert len(render(digest(SIZES[size]()))) == 1


needs_schema = pytest.mark.skipif(
    not SCHEMA.is_file(), reason="FORTRESS_REFERENCE is not set: Microsoft's schema of Adaptive Cards is not here"
)


@cache
def validator() -> Any:
    told = "jsonschema is not there (extra dev): Microsoft's schema was not asked"
    return pytest.importorskip("jsonschema", reason=told).Draft6Validator(
        json.loads(SCHEMA.read_text(encoding="utf-8"))
    )


def against(card: Mapping[str, Any]) -> str:
    """Give what the schema has against a card; it does not know the member that is Teams' own, which our laws do."""
    known = {name: value for name, value in card.items() if name != "msteams"}
    error = next(validator().iter_errors(known), None)
    return "" if error is None else f"{error.json_path}: {error.message[:200]}"


@needs_schema
@pytest.mark.parametrize("made", [all_sizes, the_sandbox])
def test_microsofts_schema_has_nothing_against_any_kind_of_element(made):
    found: dict[str, dict[str, Any]] = {}
    for card in made().values():
        for element in card["body"]:
            found.setdefault(shape(element), {**card, "body": [element]})

    told = {name: said for name, card in found.items() if (said := against(card))}

    assert len(found) >= 10
    assert told == {}


def shape(what: Any, name: str = "") -> str:
    """Name what an element is made of, sizes and colours included, whatever its words are."""
    if isinstance(what, dict):
        inner = sorted(shape(value, key) for key, value in what.items() if key != "data")
        return f"{name}{inner}"
    if isinstance(what, list):
        return f"{name}{sorted({shape(each) for each in what})}"
    return f"{name}:{type(what).__name__ if name in WORDS else what}"


@needs_schema
def test_the_schema_bites():
    card = render(next(iter(at_all_sizes().values())))[0].card
    odd = {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "txt": "x"}]}

    assert against(card) == ""
    assert against({**card, "body": [odd]}) != ""
    assert against({**card, "body": [{"type": "Marquee"}]}) != ""


def test_only_what_is_known_of_teams_own_member_is_in_it():
    for card in all_sizes().values():
        assert card["msteams"].keys() <= {"width", "entities"}
        assert all(not each.keys() & {"msteams", "refresh"} for each in walk(card["body"]))
