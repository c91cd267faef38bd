"""What is wrong with a setting, and how it is shown."""

import re

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
