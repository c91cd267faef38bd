"""Clients of Acronis beside those of a ticket system: proposed by name, and only what a person confirmed counts."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from bot.core.activity import Ref
from bot.core.sheet import Column, Form, Sheet

YES = frozenset({"yes", "y", "true", "1", "x", "ja", "oui", "si", "sí", "sim"})
SAME_NAME = "same name: please compare"
SEVERAL = "several of that name: choose one"
NONE = "none of that name"
BY_HAND = "given by hand"


class Company(msgspec.Struct, frozen=True):
    """One client, and what it is called elsewhere.

    Attributes:
        theirs: its id there; None when nobody knows.
        site: a site of it there, where tickets should go to one; None for its main one.
        found: how `theirs` was found.
    """

    id: str
    name: str
    theirs: int | None = None
    their_name: str = ""
    site: int | None = None
    is_confirmed: bool = False
    found: str = ""


COLUMNS = (
    Column("client_id", "Acronis id", width=38),
    Column("client", "Acronis client", width=30),
    Column("halo_id", "Halo id", Form.HANDLE),
    Column("halo_client", "Halo client", width=30),
    Column("halo_site_id", "Halo site id", Form.HANDLE),
    Column("confirmed", "Confirmed"),
    Column("found", "Found", width=30),
)


def confirmed(cell: str) -> bool:
    """Read whether a person said yes; an empty cell is no."""
    return cell.strip().casefold() in YES


def proposed(clients: Iterable[Ref], theirs: Mapping[int, str], known: Sequence[Company]) -> tuple[Company, ...]:
    """List every client with the one of the same name there. What a person wrote or confirmed stays.

    Names are the same when they differ in nothing but case and spaces at their ends: nothing else is taken for alike.
    Of two that share a name none is proposed.

    Args:
        theirs: names by id.
        known: the rows there were.
    """
    by_name: dict[str, list[int]] = {}
    for id, name in theirs.items():
        by_name.setdefault(_key(name), []).append(id)
    before = {each.id: each for each in known}
    now = {ref.id: _proposal(ref, by_name.get(_key(ref.name), []), theirs, before.get(ref.id)) for ref in clients}
    gone = (each for each in known if each.id not in now)
    return tuple(sorted((*now.values(), *gone), key=lambda each: (each.is_confirmed, _key(each.name), each.id)))


def sheet_of(companies: Iterable[Company]) -> Sheet:
    """Give them as the table that is written, and read again."""
    rows = [
        (
            each.id,
            each.name,
            each.theirs if each.theirs is not None else "",
            each.their_name,
            each.site if each.site is not None else "",
            "yes" if each.is_confirmed else "no",
            each.found,
        )
        for each in companies
    ]
    return Sheet("companies", "Companies", COLUMNS, rows)


def _proposal(ref: Ref, found: Sequence[int], theirs: Mapping[int, str], before: Company | None) -> Company:
    if before is not None and before.theirs is not None and (before.is_confirmed or before.found != SAME_NAME):
        their_name = theirs.get(before.theirs, before.their_name)
        return Company(
            ref.id,
            ref.name or before.name,
            before.theirs,
            their_name,
            before.site,
            before.is_confirmed,
            before.found if before.found == SAME_NAME else BY_HAND,
        )
    site = before.site if before is not None else None
    if len(found) == 1:
        return Company(ref.id, ref.name, found[0], theirs[found[0]], site, found=SAME_NAME)
    return Company(ref.id, ref.name, site=site, found=SEVERAL if found else NONE)


def _key(name: str) -> str:
    return name.strip().casefold()
