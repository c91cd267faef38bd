"""How much fits into one message, in bytes of JSON."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def size(what: object) -> int:
    """Count the bytes of something as JSON, with its spaces and with letters as they are."""
    return len(json.dumps(what, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def groups(items: Iterable[T], *, most: int, weigh: Callable[[T], int], heaviest: int) -> Iterator[list[T]]:
    """Put items, in order, into as few groups as hold them; what is too heavy even alone has a group of its own."""
    group: list[T] = []
    weight = 0
    for item in items:
        heavy = weigh(item) + 2  # the comma between two
        if group and (len(group) == most or weight + heavy > heaviest):
            yield group
            group, weight = [], 0
        group.append(item)
        weight += heavy
    if group:
        yield group
