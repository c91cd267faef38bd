"""What is wrong with a setting, and how it is shown."""

import re
from collections.abc import Mapping

import msgspec

SHOWN_CHARS = 80


class Mistake(msgspec.Struct, frozen=True):
    """One thing that cannot be used, and what would be.

    Attributes:
        found: never a secret.
        where: file and line, or the environment variable; "" when it is nowhere.
    """

    name: str
    found: str
    expected: str
    example: str
    where: str = ""

    def __str__(self) -> str:
        head = f"{self.name} ({self.where})" if self.where else self.name
        return f"{head}\n  found     {self.found}\n  expected  {self.expected}\n  example   {self.example}"


_IN_A_LIST = re.compile(r"(\D[^.]*(?:\.\D[^.]*)*)\.(\d{1,6})(?:\.(.+))?", re.DOTALL)


def spoken(name: str) -> str:
    """Say a dotted name as people count: `rules.1.act` is "rules, the 2nd: act"."""
    inside = _IN_A_LIST.fullmatch(name)
    return f"{inside[1]}, {ordinal(int(inside[2]))}{f': {inside[3]}' if inside[3] else ''}" if inside else name


def ordinal(at: int) -> str:
    """Count as people do: 0 is "the 1st"."""
    number = at + 1
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"the {number}{ending}"


def place_of(name: str, places: Mapping[str, str]) -> str:
    """Say where a setting stands; what is part of a value stands where the value does."""
    while name and name not in places:
        name = name.rpartition(".")[0]
    return places.get(name, "")


def shown(value: object) -> str:
    """Show what was found, short, on one line, and without the password of an address."""
    match value:
        case None | "":
            return "nothing"
        case bool():
            return str(value).lower()
        case dict():
            return "a section"
        case list() | tuple():
            return f"a list of {len(value)}"
        case _:
            return cut(re.sub(r"//[^/@\s]*@", "//…@", " ".join(str(value).split())))


def cut(text: str, most: int = SHOWN_CHARS) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
