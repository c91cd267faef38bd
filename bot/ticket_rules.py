"""What is wrong with the rules under `desks.policy` that none of their keys can tell by itself."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.app_yaml import Mistake, example_of, expected_of, place_of, shown, spoken
from bot.app_yaml.desks import BY_PROGRAM
from classifier.classify import UNKNOWN
from classifier.own import OwnRules, Unreadable, muted_of

RULES = "desks.policy.rules"
SWITCHED_ON = "a desk that is switched on, or none"


def check(desks: object, own: OwnRules, places: Mapping[str, str], *, switched_on: set[str]) -> Iterator[Mistake]:
    """Name what is wrong, and spell causes as Acronis and the rules do.

    Args:
        desks: what stands under `desks`, whatever it is; causes are spelt in place.
        switched_on: the desks that are, and "policy" when it is.
    """
    names: set[str] = set()
    for at, entry in _entries(desks):
        name, desk = entry.get("name"), str(entry.get("desk", "")).lower()
        if isinstance(name, str) and name in names:
            yield _wrong(f"{RULES}.{at}.name", f"{name}, given before", "a name of its own", places)
        names |= {str(name)}
        if "policy" in switched_on and desk in BY_PROGRAM and desk not in switched_on:
            yield _wrong(f"{RULES}.{at}.desk", f"{desk}, and desks.{desk}.enabled is false", SWITCHED_ON, places)
        yield from _causes(f"{RULES}.{at}.causes", entry, own, places)


def _entries(desks: object) -> Iterator[tuple[int, dict[str, Any]]]:
    policy = desks.get("policy") if isinstance(desks, dict) else None
    rules = policy.get("rules") if isinstance(policy, dict) else None
    return ((at, each) for at, each in enumerate(rules if isinstance(rules, list) else ()) if isinstance(each, dict))


def _causes(name: str, entry: dict[str, Any], own: OwnRules, places: Mapping[str, str]) -> Iterator[Mistake]:
    causes = entry.get("causes")
    if not isinstance(causes, list) or not all(_is_word(each) for each in causes):
        return  # their form says what is wrong
    known = {rule.name for rule in own.added}
    spelt = []
    for cause in causes:
        try:
            spelt.append(UNKNOWN if cause == UNKNOWN else muted_of(cause, own=known))
        except Unreadable as error:
            yield _wrong(name, shown(cause), error.expected, places, example=f"causes: [{error.example}]")
    entry["causes"] = spelt


def _is_word(cause: object) -> bool:
    return isinstance(cause, str | int) and not isinstance(cause, bool) and cause != ""


def _wrong(name: str, found: str, expected: str, places: Mapping[str, str], *, example: str = "") -> Mistake:
    where = place_of(name, places)
    return Mistake(spoken(name), found, expected or expected_of(name), example or example_of(name), where)
