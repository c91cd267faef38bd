"""Who may do what. Checked where an intent is answered, whatever a chat shows or hides."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from bot.core.intent import Actor


class Right(StrEnum):
    """What a person may do; each includes those before it."""

    VIEW = "view"  # ask
    ACT = "act"  # acknowledge, snooze, raise tickets
    RUN = "run"  # have everything read now
    ADMINISTER = "administer"  # see who did what


CONSOLE = "console"  # the chat of whoever sits where fortress runs
ORDER = tuple(Right)  # from the least to the most


class Roles(msgspec.Struct, frozen=True):
    """The rights of people.

    Attributes:
        everybody: of whoever is not named.
        people: by "chat:id" ("slack:U012AB3CD"), or by the id alone.
    """

    everybody: Right = Right.ACT
    people: Mapping[str, Right] = {}

    def of(self, actor: Actor) -> Right:
        """Give a person's right; whoever sits at the console holds the files, and may do everything."""
        if actor.chat == CONSOLE:
            return Right.ADMINISTER
        return self.people.get(f"{actor.chat}:{actor.id}", self.people.get(actor.id, self.everybody))

    def may(self, actor: Actor, wanted: Right) -> bool:
        return includes(self.of(actor), wanted)

    def named_with(self, wanted: Right, *, chat: str) -> tuple[str, ...]:
        """List the ids of the people of one chat who are named and may do this."""
        ids = ((each.partition(":") if ":" in each else ("", "", each), right) for each, right in self.people.items())
        return tuple(id for (where, _, id), right in ids if where in ("", chat) and includes(right, wanted))


EVERYBODY_ACTS = Roles()


def includes(right: Right, wanted: Right) -> bool:
    return ORDER.index(right) >= ORDER.index(wanted)
