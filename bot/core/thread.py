"""A cause's own post in one place, and what its thread has heard."""

from datetime import datetime

import msgspec

from bot.core.message import Message, Receipt
from classifier.verdict import Disposition


class Thread(msgspec.Struct, frozen=True):
    """Where people talk about one cause.

    Attributes:
        target: what it was opened for: an incident's key or a group's, as `Row.target`. It stays so.
        number: the handle people type for it, as it was when the post was written.
        place: where it is meant to be; its post stands elsewhere when that place cannot be posted to.
        members: keys of the incidents it spoke of last; a group may change its name, they do not.
        shown: what the post says now, so that it is edited only when it would say something else.
        opened_at: when the post was written (our clock).
        said_at: when its thread last heard of the cause; the post itself counts.
        receipt: its post; None until that is made. A deleted post is replaced, and then this one is new.
        said_runs: failed runs when the thread last heard; see `policy.needs_follow_up`.
        cause: what was wrong then.
        disposition: how urgent it was then.
        owner: who had it then; "" for nobody.
        closed_at: when it said how the cause ended; None while that is open.
    """

    target: str
    number: int
    chat: str
    place: str
    members: tuple[str, ...]
    shown: Message
    opened_at: datetime
    said_at: datetime
    receipt: Receipt | None = None
    said_runs: int = 0
    cause: str = ""
    disposition: Disposition = Disposition.IGNORE
    owner: str = ""
    closed_at: datetime | None = None

    @property
    def key(self) -> str:
        """Name the delivery of its post."""
        return f"cause:{self.target}:{self.number}"

    @property
    def link(self) -> str:
        """Give the address by which a person opens it; "" when there is none."""
        return self.receipt.link if self.receipt is not None else ""
