"""Tickets that were raised: which cause has which reference at which desk, and what is to be done about them.

One per incident or group and desk, however often it is asked for. A group's covers its members while they belong.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from bot.core.activity import Ref
from bot.core.correlate import GroupKind, group_keys
from bot.core.incident import Incident, State
from classifier.verdict import Concern, Disposition, Party, Verdict

BY_POLICY = "policy:"  # begins the id of whoever raised it when no person did; a rule's name follows
UNDER_WAY = timedelta(minutes=2)  # longer than any desk takes to answer; after it the one who asked has died


class NoteKind(StrEnum):
    NOTE = "note"
    CLOSED = "closed"
    REOPENED = "reopened"


class Refusal(msgspec.Struct, frozen=True):
    """What a desk does not take: tried again when it would say something else, or when somebody asks for it.

    Attributes:
        kind: of the note; None: the ticket itself, which an earlier try may have raised.
        told: what of the verdict it would have said, as `told_of` spells it.
        remedy: what a person can do.
    """

    kind: NoteKind | None
    told: str
    why: str
    remedy: str
    at: datetime


class Owed(msgspec.Struct, frozen=True):
    """What a person is to tell a desk that we cannot reach: the newest word takes the place of older ones."""

    kind: NoteKind
    words: str
    at: datetime


class DeskView(msgspec.Struct, frozen=True):
    """What a desk says of a ticket.

    Attributes:
        state: in the desk's own words; "" when it does not know the ticket (any more).
        who: has it there; "" when it does not say.
        at: when we asked.
    """

    state: str
    is_closed: bool
    at: datetime
    who: str = ""


class Raised(msgspec.Struct, frozen=True):
    """One ticket at one desk.

    Attributes:
        target: an incident's key or a group's.
        key: names it at the desk, the same on every try, so that a ticket asked for twice is one.
        number: of the row it was raised for.
        by_name: who raised it; `by` is the person's id on their platform, or of the rule by which fortress did.
        told: what the desk knows of the verdict, as `told_of` spells it.
        tried_at: when it was last begun to be raised.
        subject, clients: what it was raised as, so that what follows stands under it.
        members: of a group, those that belonged to it when it was raised.
        reference: what the desk calls it; "" until it said so: it may have been raised, for all we know.
        notes: how many notes and other words went to it.
        closed_at: when the desk heard that it is over; None while it is open.
        refused: what it should have heard and did not take.
        owed: what somebody is still to tell it by hand.
        view: what it last said of the ticket itself; None where it cannot be asked.
    """

    target: str
    desk: str
    key: str
    number: int
    by: str
    by_name: str
    raised_at: datetime
    tried_at: datetime
    told: str
    subject: str = ""
    clients: tuple[Ref, ...] = ()
    members: tuple[str, ...] = ()
    reference: str = ""
    notes: int = 0
    closed_at: datetime | None = None
    refused: Refusal | None = None
    owed: Owed | None = None
    view: DeskView | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def closed_there(self) -> DeskView | None:
        """Give what its desk says when somebody closed it there although its trouble stands; else None."""
        return self.view if self.is_open and self.view is not None and self.view.is_closed else None

    def is_refused(self, kind: NoteKind | None, told: str) -> bool:
        """Tell whether the desk would not take just this."""
        return self.refused is not None and (self.refused.kind, self.refused.told) == (kind, told)

    @property
    def policy_rule(self) -> str:
        """Name the operator's rule by which fortress raised it; "" when a person did."""
        return self.by.removeprefix(BY_POLICY) if self.by.startswith(BY_POLICY) else ""

    def is_under_way(self, now: datetime) -> bool:
        """Tell whether somebody is raising it just now."""
        is_asked = self.is_open and not self.reference and self.refused is None
        return is_asked and now < self.tried_at + UNDER_WAY

    @property
    def may_be_there(self) -> bool:
        """Tell whether a try before the last one may have raised it, without our hearing of it."""
        return not self.reference and self.tried_at > self.raised_at

    def tried_again(self, now: datetime) -> "Raised":
        """Give it as it is while it is raised once more, under the same key."""
        return replace(self, tried_at=now, refused=None)


class Case(msgspec.Struct, frozen=True):
    """A ticket as it leaves: words for a person, and the few facts that a program may sort by.

    Attributes:
        key: the same whenever it is sent again.
        text: for the eyes of this desk; the others' things are not in it.
    """

    key: str
    number: int
    subject: str
    text: str
    clients: tuple[Ref, ...]
    lead: Party
    disposition: Disposition
    rule: str
    code: str = ""


class Note(msgspec.Struct, frozen=True):
    """What a ticket is to hear.

    Attributes:
        id: the same whenever it is sent again.
        key, subject, clients: the ticket's own, as it was raised.
    """

    id: str
    key: str
    kind: NoteKind
    subject: str
    text: str
    clients: tuple[Ref, ...]


def told_of(verdict: Verdict, disposition: Disposition) -> str:
    """Spell what of a verdict a desk should hear again when it changes."""
    return f"{verdict.rule}/{verdict.lead}/{disposition}"


def is_told_alike(raised: Raised, verdict: Verdict) -> bool:
    """Tell whether a desk knows of the same rule and lead, however urgent it was."""
    return raised.told.rpartition("/")[0] == f"{verdict.rule}/{verdict.lead}"


def key_of(number: int, desk: str, at: datetime) -> str:
    return f"fortress-{number}-{desk}-{at:%Y%m%dT%H%M%S}"


def concerned(raised: Raised, incidents: Iterable[Incident]) -> tuple[Incident, ...]:
    """List the open incidents that a ticket is about now. None: it is over.

    Cloud storage lost by many ends as a group before its last members heal: they stay the ticket's.
    """
    return tuple(each for each in incidents if each.state is State.OPEN and is_about(raised, each))


def is_about(raised: Raised, incident: Incident) -> bool:
    """Tell whether a ticket is about an incident as it stands: its own, its group's, or one it was raised for."""
    if incident.key == raised.target or raised.target in group_keys(incident):
        return True
    is_cloud = raised.target.startswith(GroupKind.CLOUD_STORAGE)
    return is_cloud and incident.key in raised.members and incident.verdict.concerns is Concern.CLOUD_STORAGE


def tickets_on(
    target: str, members: Sequence[Incident], is_group: bool, tickets: Mapping[str, Raised]
) -> tuple[Raised, ...]:
    """List the open tickets of a row: its own, its group's, and those of single members."""
    if not tickets:
        return ()
    keys = {target, *(each.key for each in members)}
    keys |= set() if is_group else set(group_keys(members[0]))
    found = (each for each in tickets.values() if each.is_open and each.target in keys)
    return tuple(sorted(found, key=lambda each: (each.raised_at, each.desk)))


class Ledger:
    """The tickets of many incidents, open and closed ones, found by what each is about."""

    def __init__(self, tickets: Iterable[Raised]) -> None:
        self._by_key: dict[str, list[Raised]] = {}
        for ticket in tickets:
            for key in {ticket.target, *ticket.members}:
                self._by_key.setdefault(key, []).append(ticket)

    def about(self, incident: Incident, *, told_in: str = "") -> tuple[Raised, ...]:
        """List an incident's tickets, oldest first; what was over before it began is another story.

        Args:
            told_in: the target of the row that tells it; "" when none does any more.
        """
        if not self._by_key:
            return ()
        keys = {incident.key, told_in, *group_keys(incident)}
        found = {ticket.key: ticket for key in keys for ticket in self._by_key.get(key, ())}
        mine = (ticket for ticket in found.values() if _met(ticket, incident))
        return tuple(sorted(mine, key=lambda ticket: (ticket.raised_at, ticket.desk)))


def _met(ticket: Raised, incident: Incident) -> bool:
    """Tell whether a ticket was open in the time of an incident; one of a group may be of those after it."""
    if ticket.closed_at is not None and ticket.closed_at < incident.first_failed_at:
        return False
    its_own = incident.key == ticket.target or incident.key in ticket.members
    return its_own or incident.ended_at is None or ticket.raised_at <= incident.ended_at


def covering(tickets: Iterable[Raised], target: str, desk: str, members: Sequence[Incident]) -> Raised | None:
    """Find the open ticket of a desk that is about all of a row; one of a single member of a group is not."""
    single = {each.key for each in members} - {target}
    return next((each for each in tickets if each.desk == desk and each.target not in single), None)


def note_of(ticket: Raised, kind: NoteKind, words: str) -> Note:
    """Make the next note of a ticket; its id is the same until the note is written down as sent."""
    return Note(f"{ticket.key}-{ticket.notes + 1}", ticket.key, kind, ticket.subject, words, ticket.clients)


def may_reopen(raised: Raised, *, within: timedelta, now: datetime) -> bool:
    """Tell whether trouble that came back belongs to this ticket, or deserves a new one."""
    return raised.closed_at is not None and bool(raised.reference) and now - raised.closed_at <= within
