"""Tickets in HaloPSA, by its REST API.

Halo knows no idempotency key: our key is kept in the ticket's third-party id, and looked for before a ticket is made.
A note is looked for in the same way, by its id, which is its last line.

Source:
    Halo's OpenAPI document: POST /Tickets and POST /Actions take lists; GET /Tickets filters by third_party_id_string
    and ticketids; pages hold 100 at most. Which status closes, and what a note is called, differ by instance
    (docs/unverified.md)
"""

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from bot.core.activity import Ref
from bot.core.message import clean
from bot.core.raised import Case, DeskView, Note, NoteKind
from bot.core.ticket import Level
from bot.desks.halopsa.api import PAGE, Halo, Missing
from bot.desks.halopsa.companies import Companies
from bot.desks.halopsa.wire import Action, Named, Ticket
from bot.errors import Refused

SUMMARY_MAX = 200  # characters; Halo documents no limit
ACTIONS_MAX = 100  # of a ticket, the newest, among which a note of ours is looked for
ALONE_MAX = 5  # tickets read one by one, where a list leaves something out
PAGES_MAX = 5  # of tickets asked for in one look


class Rules(msgspec.Struct, frozen=True):
    """How tickets are made and ended in one instance.

    Attributes:
        closed: the status of what is over; the first is the one we set.
        reopened: the status of what is open again.
        note: what a note is called there ("outcome").
        shared: the client for a cause of several clients: the MSP's own company; None: such a ticket is refused.
        fields: what else a new ticket is to have.
    """

    ticket_type: int
    closed: tuple[int, ...] = (9,)
    reopened: int = 2
    note: str = "Private Note"
    shared: int | None = None
    fields: Mapping[str, str | int | bool] = {}


class HaloDesk:
    """Makes tickets, adds notes, closes, opens again, and says how they stand."""

    name = "halopsa"
    level = Level.INTERNAL

    def __init__(
        self,
        halo: Halo,
        companies: Companies,
        rules: Rules,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._halo, self._companies, self._rules, self._clock = halo, companies, rules, clock
        self._names: dict[int, str] = {}

    def raise_ticket(self, case: Case) -> str:
        """Make it, unless Halo has it; the reference is Halo's number."""
        where = self._where(case.clients)
        known = self._by_key(case.key)
        if known is not None:
            return str(known)
        ticket: dict[str, object] = {
            **self._rules.fields,
            **where,
            "tickettype_id": self._rules.ticket_type,
            "summary": clean(case.subject)[:SUMMARY_MAX],
            "details_html": _as_html(case.text, case.key),
            "third_party_id_string": case.key,
        }
        return str(self._halo.post("/Tickets", ticket, Ticket).id)

    def tell(self, reference: str, note: Note) -> bool:
        """Add the note once, then see to the status: one that a person has set already is left."""
        id = _number(reference)
        ticket = self._halo.get(f"/Tickets/{id}", (), Ticket)
        if not self._has(id, note.id):
            self._add(id, note)
        is_closed = ticket.status_id in self._rules.closed
        if note.kind is NoteKind.CLOSED and not is_closed:
            self._halo.post("/Tickets", {"id": id, "status_id": self._rules.closed[0]}, Ticket)
        if note.kind is NoteKind.REOPENED and is_closed:
            self._halo.post("/Tickets", {"id": id, "status_id": self._rules.reopened}, Ticket)
        return True

    def views(self, references: Sequence[str]) -> Mapping[str, DeskView]:
        """Say how tickets stand: a hundred in one request; of more than five hundred the first."""
        ids = [int(each) for each in references if _is_number(each)][: PAGES_MAX * PAGE]
        found: dict[int, Ticket] = {}
        for start in range(0, len(ids), PAGE):
            found |= {each.id: each for each in self._listed(ids[start : start + PAGE])}
        views = {str(id): self._view(found[id]) for id in ids if id in found}
        for id in [each for each in ids if each not in found][:ALONE_MAX]:
            views[str(id)] = self._alone(id)
        return views

    def _where(self, clients: tuple[Ref, ...]) -> dict[str, int]:
        """Say under which client of Halo it goes.

        Raises:
            Refused: that is not confirmed; or it is about several.
        """
        if len(clients) == 1:
            return self._companies.where(clients[0])
        if self._rules.shared is None:
            raise Refused(
                f"it is about {len(clients)} clients, and a ticket of Halo is about one",
                remedy="raise it for one member (open <number>), or name your own company in desks.halopsa.shared",
            )
        return {"client_id": self._rules.shared}

    def _by_key(self, key: str) -> int | None:
        """Find the ticket that was made with a key.

        Raises:
            Refused: Halo does not look tickets up by it, so that a second one could not be told from none.
        """
        query = (
            ("third_party_id_string", key),
            ("open_only", "false"),
            ("closed_only", "false"),
            ("pageinate", "true"),
            ("page_size", PAGE),
            ("page_no", 1),
        )
        rows = self._halo.list("/Tickets", query, Ticket, under="tickets")
        whole = [row for row in rows if row.third_party_id_string is not None]
        bare = [row for row in rows if row.third_party_id_string is None]
        if len(bare) <= ALONE_MAX:
            whole += [self._halo.get(f"/Tickets/{row.id}", (), Ticket) for row in bare]
        ours = sorted(row.id for row in whole if row.third_party_id_string == key)
        if rows and not ours:
            raise Refused(
                "Halo gave tickets of others when asked for ours by third_party_id_string",
                remedy="update Halo; until then use another desk: it would make tickets twice",
            )
        return ours[0] if ours else None

    def _has(self, id: int, note_id: str) -> bool:
        query = (("ticket_id", id), ("count", ACTIONS_MAX), ("excludesys", "true"), ("includehtmlnote", "true"))
        actions = self._halo.list("/Actions", query, Action, under="actions")
        return any(note_id in f"{each.note or ''}\n{each.note_html or ''}".split() for each in map(_bare, actions))

    def _add(self, id: int, note: Note) -> None:
        action = {
            "ticket_id": id,
            "outcome": self._rules.note,
            "note_html": _as_html(note.text, note.id),
            "hiddenfromuser": True,
            "sendemail": False,
        }
        self._halo.post("/Actions", action, Action)

    def _listed(self, ids: Iterable[int]) -> Sequence[Ticket]:
        query = (
            ("ticketids", ",".join(map(str, ids))),
            ("open_only", "false"),
            ("closed_only", "false"),
            ("includestatus", "true"),
            ("includeagent", "true"),
            ("pageinate", "true"),
            ("page_size", PAGE),
            ("page_no", 1),
        )
        return self._halo.list("/Tickets", query, Ticket, under="tickets")

    def _alone(self, id: int) -> DeskView:
        """Ask for one that a list left out: it may only be hidden there."""
        try:
            return self._view(self._halo.get(f"/Tickets/{id}", (), Ticket))
        except Missing:
            return DeskView("", is_closed=False, at=self._clock())

    def _view(self, ticket: Ticket) -> DeskView:
        state = ticket.status_name or self._status(ticket.status_id)
        is_closed = ticket.status_id in self._rules.closed
        return DeskView(state, is_closed=is_closed, at=self._clock(), who=ticket.agent_name or "")

    def _status(self, id: int | None) -> str:
        """Name a status, as Halo does; they are asked for once."""
        if id is None:
            return "a status that Halo does not tell"
        if id not in self._names:
            statuses = self._halo.list("/Status", (("type", "ticket"),), Named, under="statuses")
            self._names = {each.id: each.name for each in statuses}
        return self._names.get(id) or f"status {id}"


def _as_html(text: str, mark: str) -> str:
    """Make words that show as they are, whatever is in them; the mark by which we know them stands alone at the end."""
    lines = [*clean(text, keep_lines=True).splitlines(), "", mark]
    return "<br>\n".join(html.escape(line) for line in lines)


def _bare(action: Action) -> Action:
    """Take the markup between words for space."""
    plain = (action.note_html or "").replace("<", " <").replace(">", "> ")
    return Action(action.note, plain)


def _is_number(reference: str) -> bool:
    return reference.isascii() and reference.isdecimal()


def _number(reference: str) -> int:
    if not _is_number(reference):
        raise Refused(f"{reference[:40]!r} is no number of a ticket in Halo", remedy="raise it anew")
    return int(reference)


def halo_of(section: Any) -> Halo:
    """Make the way to the instance that app.yaml names."""
    secret = section.secret.get_secret_value() if section.secret is not None else ""
    return Halo(section.url, section.client_id, secret, tenant=section.tenant)


def matching(section: Any) -> tuple[Companies, Mapping[int, str]]:
    """Give what is needed to say who is who: the file, and Halo's clients by id."""
    theirs = halo_of(section).everything("/Client", under="clients")
    return Companies(section.companies), {each.id: each.name for each in theirs}


def build(section: Any) -> HaloDesk:
    rules = Rules(
        ticket_type=section.ticket_type,
        closed=section.closed,
        reopened=section.reopened,
        note=section.note,
        shared=section.shared or None,
        fields=dict(section.fields),
    )
    return HaloDesk(halo_of(section), Companies(section.companies), rules)
