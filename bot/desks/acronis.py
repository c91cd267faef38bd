"""Acronis' support: it has no interface to raise a case by, so a person copies the text, and we note that they did.

Source:
    no public interface was found; cases are begun at https://support.acronis.com (see docs/unverified.md)
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.raised import Case, DeskView, Note
from bot.core.ticket import Level


class AcronisDesk:
    """Notes what people raised. What follows is for them to tell too."""

    name = "acronis"
    level = Level.VENDOR

    def raise_ticket(self, case: Case) -> str:
        """Give a reference of our own; Acronis' is in the mail that it sends to who raised it."""
        return f"A-{case.number}"

    def tell(self, _reference: str, _note: Note) -> bool:
        """Leave it to a person."""
        return False

    def views(self, _references: Sequence[str]) -> Mapping[str, DeskView]:
        return {}


def build(_settings: Any) -> AcronisDesk:
    return AcronisDesk()
