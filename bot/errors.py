"""The three errors of the edges, named by what the caller should do."""

from datetime import timedelta


class Unavailable(Exception):
    """Not now: the network, a 429, a 5xx. Try again later; the run goes on.

    Attributes:
        retry_after: how long the other side asked us to wait; None when it did not say.
        unheard: it is sure that nothing was done; False where it may have been, for all we know.
    """

    def __init__(self, what: str, *, retry_after: timedelta | None = None, unheard: bool = False) -> None:
        super().__init__(what)
        self.retry_after = retry_after
        self.unheard = unheard or retry_after is not None


class Refused(Exception):
    """Never, until a person changes something. `remedy` says what."""

    def __init__(self, what: str, *, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.what = what
        self.remedy = remedy


class Gone(Refused):
    """An earlier post is no longer there, or can no longer be changed: say it anew."""


class Conflict(Exception):
    """Somebody else was first; the result is already there."""
