"""What is wrong with fortress' own work: for `status` and the Home, never for a digest."""

from enum import StrEnum

import msgspec


class Lack(StrEnum):
    """What does not happen because of it."""

    TOLD = "not told"
    FILED = "not filed"
    RAISED = "not raised"
    HEARD = "not heard"


class Trouble(msgspec.Struct, frozen=True):
    """One thing that is wrong: what does not happen, and why, in a sentence."""

    lack: Lack
    words: str
