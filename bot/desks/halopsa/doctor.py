"""Looks whether Halo lets us do all that the settings ask for, and says of each thing what to do. Nothing changes."""

from collections.abc import Iterator, Sequence

from bot.app_yaml import Settings
from bot.core.company import Company
from bot.core.message import clean
from bot.desks.halopsa.api import Halo
from bot.desks.halopsa.companies import AGAIN, SAY_YES, Companies
from bot.desks.halopsa.desk import halo_of
from bot.desks.halopsa.wire import Named, Ticket
from bot.errors import Refused, Unavailable
from bot.ports import Finding

NOBODYS_KEY = "fortress-doctor-looks-whether-this-finds-nothing"
SHOWN_MAX = 20  # clients named; the others are counted
NAME_MAX = 60


def examine(settings: Settings, *, halo: Halo | None = None) -> Iterator[Finding]:
    """Look at everything, one finding after the other.

    Args:
        halo: the way to it, instead of as the settings say.
    """
    section = settings.desks.halopsa
    if not section.enabled:
        yield Finding("wrong", "HaloPSA is switched off", "set desks.halopsa.enabled: true in app.yaml")
        return
    halo = halo or halo_of(section)
    try:
        halo.sign_in()
    except (Refused, Unavailable) as error:
        yield _failed("signing in to Halo", error)
        return
    yield Finding("fine", "Halo signs us in")
    yield _type(halo, section.ticket_type)
    yield from _statuses(halo, section.closed, section.reopened)
    yield _looked_up(halo)
    yield from _companies(halo, Companies(section.companies), section.shared)
    yield Finding("unknown", f"whether “{section.note}” is what your Halo calls an internal note: look at its actions")


def _type(halo: Halo, id: int) -> Finding:
    try:
        types = {each.id: each.name for each in halo.list("/TicketType", (), Named, under="tickettypes")}
    except (Refused, Unavailable) as error:
        return _failed("the ticket types", error)
    if id in types:
        return Finding("fine", f"tickets are made as {_name(types[id])} ({id})")
    return Finding("wrong", f"Halo has no ticket type {id}", f"set desks.halopsa.ticket_type to one of: {_ids(types)}")


def _statuses(halo: Halo, closed: Sequence[int], reopened: int) -> Iterator[Finding]:
    try:
        listed = halo.list("/Status", (("type", "ticket"),), Named, under="statuses")
    except (Refused, Unavailable) as error:
        yield _failed("the statuses", error)
        return
    names = {each.id: each.name for each in listed}
    for setting, ids in (("closed", closed), ("reopened", (reopened,))):
        for id in ids:
            if id in names:
                yield Finding("fine", f"{setting} is {_name(names[id])} ({id})")
            else:
                remedy = f"set desks.halopsa.{setting} to some of: {_ids(names)}"
                yield Finding("wrong", f"Halo has no status {id}", remedy)


def _looked_up(halo: Halo) -> Finding:
    query = (("third_party_id_string", NOBODYS_KEY), ("pageinate", "true"), ("page_size", 1), ("page_no", 1))
    try:
        rows = halo.list("/Tickets", query, Ticket, under="tickets")
    except (Refused, Unavailable) as error:
        return _failed("looking for a ticket", error)
    if not rows:
        return Finding("fine", "tickets are looked up by our key, so that none is made twice")
    return Finding(
        "wrong",
        "Halo gives tickets of others when asked for ours: none will be made",
        "update Halo, or use another desk",
    )


def _companies(halo: Halo, companies: Companies, shared: int) -> Iterator[Finding]:
    try:
        rows = companies.rows()
        theirs = {each.id: each.name for each in halo.everything("/Client", under="clients")}
    except (Refused, Unavailable) as error:
        yield _failed("who is who", error)
        return
    good = [each for each in rows if each.is_confirmed and each.theirs in theirs]
    yield Finding("fine", f"{len(good)} of {len(rows)} clients in {companies.path.name} are confirmed")
    waiting = [each for each in rows if not each.is_confirmed or each.theirs is None]
    if waiting:
        remedy = f"{SAY_YES}, in the rows of {companies.path.name}; {AGAIN} for clients seen since"
        yield Finding("wrong", f"no ticket can be made for {_names(waiting)}", remedy)
    lost = [each for each in rows if each.is_confirmed and each.theirs is not None and each.theirs not in theirs]
    if lost:
        yield Finding("wrong", f"Halo does not show us the clients given for {_names(lost)}", "correct their Halo id")
    if shared:
        found = shared in theirs
        says = f"causes of several clients go to {_name(theirs[shared])}" if found else f"Halo has no client {shared}"
        yield Finding("fine" if found else "wrong", says, "" if found else "correct desks.halopsa.shared")


def _failed(what: str, error: Refused | Unavailable) -> Finding:
    if isinstance(error, Refused):
        return Finding("wrong", f"{what}: {error.what}", error.remedy)
    return Finding("wrong", f"{what}: {error}", "try again; if it stays so, check desks.halopsa.url")


def _names(companies: Sequence[Company]) -> str:
    named = ", ".join(_name(each.name or each.id) for each in companies[:SHOWN_MAX])
    more = len(companies) - SHOWN_MAX
    return f"{named} and {more} more" if more > 0 else named


def _ids(names: dict[int, str]) -> str:
    return ", ".join(f"{id} {_name(name)}" for id, name in sorted(names.items())[:SHOWN_MAX])


def _name(words: str) -> str:
    return clean(words)[:NAME_MAX]
