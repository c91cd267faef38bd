"""A cause's own post in one place, and what its thread has heard."""

from datetime import datetime

import msgspec

from bot.core.message import Message, Receipt


class Thread(msgspec.Struct, frozen=True):
    """Where people talk about one cause.

    Attributes:
        target: what it is about: an incident's key or a group's, as `Row.target`.
        number: the handle people type for it.
        members: keys of the incidents it spoke of last; a group may change its name, they do not.
        receipt: its post; a deleted post is replaced, and then this one is new.
        shown: what the post says now, so that it is edited only when it would say something else.
        opened_at: when the post was made (our clock).
        said_at: when its thread last heard of the cause; the post itself counts.
        said_runs: failed runs when it last did; see `policy.needs_follow_up`.
        closed_at: when it said how the cause ended; None while that is open.
    """

    target: str
    number: int
    members: tuple[str, ...]
    receipt: Receipt
    shown: Message
    opened_at: datetime
    said_at: datetime
    said_runs: int = 0
    closed_at: datetime | None = None

    @property
    def place(self) -> tuple[str, str]:
        return (self.receipt.chat, self.receipt.place)
