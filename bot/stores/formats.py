"""The format that the files have, and how older ones become it. Plain JSON values in, plain JSON values out."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.errors import Refused
from bot.stores.tables import FORMAT, META

Plain = dict[str, dict[str, Any]]  # table -> id -> row


def format_of(meta: Mapping[str, Any]) -> int:
    """Give the format that meta's rows tell; without a number it is the first one, 0."""
    number = meta.get(META, {}).get("format", 0)
    return number if isinstance(number, int) else 0


def migrated(plain: Plain) -> Plain:
    """Bring tables of an older format up to date, step by step."""
    for number in range(format_of(plain["meta"]), FORMAT):
        plain = MIGRATIONS[number](plain)
        plain["meta"] = {META: {**plain["meta"].get(META, {}), "format": number + 1}}
    return plain


def check(number: int, *, where: str) -> None:
    if number > FORMAT:
        raise Refused(
            f"{where} was written by a newer fortress (format {number}, this one knows {FORMAT})",
            remedy="run that newer version, or start with another folder",
        )


def since_when(plain: Plain) -> Plain:
    """0 -> 1: a client also says since when it has been read like this; older rows only know until when."""
    clients = {key: {**row, "since": row.get("since") or row.get("until")} for key, row in plain["clients"].items()}
    return {**plain, "clients": clients}


def threads_and_routes(plain: Plain) -> Plain:
    """1 -> 2: what is talked about where, and which ways are in trouble: nothing of that was kept before."""
    return {**plain, "threads": {}, "routes": {}}


def references(plain: Plain) -> Plain:
    """2 -> 3: how places are reached: no chat had to know it before."""
    return {**plain, "references": {}}


def lessons(plain: Plain) -> Plain:
    """3 -> 4: what the source learned; it used to forget it at each start, and learns it again."""
    return {**plain, "learnt": {}}


def tickets(plain: Plain) -> Plain:
    """4 -> 5: which tickets were raised: until now none was."""
    return {**plain, "tickets": {}}


def filed(plain: Plain) -> Plain:
    """5 -> 6: which rows stand where reports are filed row by row: until now there was no such place."""
    return {**plain, "filed": {}}


MIGRATIONS: Mapping[int, Callable[[Plain], Plain]] = {
    0: since_when,
    1: threads_and_routes,
    2: references,
    3: lessons,
    4: tickets,
    5: filed,
}
