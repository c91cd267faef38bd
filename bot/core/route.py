"""What is wrong with the way to a place. A way on which all goes well has no Route."""

from datetime import datetime

import msgspec


class Route(msgspec.Struct, frozen=True):
    """The trouble with one place.

    Attributes:
        place: a channel, or a person by their id.
        paused_at: since when the platform has had us wait; None when it has not.
        paused_until: nothing is said there before.
        broken_at: since when it refuses us; None when it does not.
        why: what it said, and what a person may do about it; "" unless it refuses.
    """

    chat: str
    place: str
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    broken_at: datetime | None = None
    why: str = ""

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until
