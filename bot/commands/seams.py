"""What a command may use. The composition root fills it in; tests fill it with fakes."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from bot.commands.directory import Directory
from bot.core.digest import Row
from bot.core.intent import Actor
from bot.core.memory import AuditEntry
from bot.core.message import Message
from bot.core.policy import DEFAULT, Policy
from bot.core.raised import Raised
from bot.core.rights import EVERYBODY_ACTS, Roles
from bot.core.ticket import Level
from bot.core.ticket_policy import OFF, TicketPolicy
from bot.core.trouble import Trouble
from bot.ports import Audit, Store
from bot.wording.phrases import Voice
from classifier import RuleBook
from classifier.rulebook import DEFAULT as RULES


@dataclass(frozen=True)
class Seams:
    """The seams and settings a command needs.

    Attributes:
        now: our clock.
        due_at: when the newest scheduled refresh was due; None when nothing is scheduled.
        next_at: when the next scheduled refresh is due; None when nothing is scheduled.
        rules: what every code means here, the operator's own rules included.
        refresh: reads everything once more for a person, and gives the digest of it; it uses up no grace.
        roles: who may do what.
        troubles: what is wrong with our own work: a way that is broken or paused, a report that cannot be filed.
        own_channels: the places that are one client's own: which client, by id or name, by place.
        data_centre: the account's host, for tickets; "" when there is none.
        chats: how what listens is, as (which chat, in words).
        waiting: how many messages are still to be said.
        desks: where tickets can be raised, and for whose eyes each is; {} where none can.
        ticket_policy: the operator's rules by which fortress raises tickets itself.
        not_taken: which of these its desk refused since the newest reading, as (target, desk).
        raise_ticket: raises a row's ticket at a desk, unless it has one; True when it was this call that did.
        directory: clients by name, worked out once.
        told_by_hand: notes that a person told a desk what it was owed about a row, as of so many notes.
        try_again: sends a note about a row again that a desk refused.
    """

    store: Store
    audit: Audit
    now: Callable[[], datetime]
    voice: Voice
    refresh: Callable[[Actor], Message]
    due_at: Callable[[], datetime | None] = lambda: None
    next_at: Callable[[], datetime | None] = lambda: None
    policy: Policy = DEFAULT
    rules: RuleBook = RULES
    roles: Roles = EVERYBODY_ACTS
    troubles: Callable[[], Sequence[Trouble]] = tuple
    own_channels: Mapping[str, str] = field(default_factory=dict)
    data_centre: str = ""
    chats: Callable[[], Sequence[tuple[str, str]]] = tuple
    waiting: Callable[[], int] = int
    desks: Mapping[str, Level] = field(default_factory=dict)
    ticket_policy: TicketPolicy = OFF
    not_taken: Callable[[], Set[tuple[str, str]]] = frozenset
    raise_ticket: Callable[[Row, str, Actor], tuple[Raised, bool]] | None = None
    directory: Directory = field(default_factory=Directory)
    told_by_hand: Callable[[int, str, Actor, int | None], Raised] | None = None
    try_again: Callable[[int, str, Actor], Raised] | None = None

    def note(self, actor: Actor, action: str, *, target: str = "", before: str = "", after: str = "") -> None:
        """Write down who did what."""
        who = f"{actor.chat}:{actor.id} {actor.name}"
        self.audit.record(AuditEntry(self.now(), who, action, target, before, after))
