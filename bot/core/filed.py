"""What stands where reports are filed row by row: enough to leave alone what has not changed, there or here."""

from collections.abc import Mapping

import msgspec


class FiledRow(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One row, as it stood when it was last looked at.

    Attributes:
        item: how it is called there.
        version: of the item as a whole; anybody's change makes another. "" when that was not said.
        digest: a hash of what our columns said.
        is_over: its story had ended; see `Leaving`.
    """

    item: str
    version: str
    digest: str
    is_over: bool = False


class FiledSheet(msgspec.Struct, frozen=True):
    """One sheet's rows in one place, by their keys."""

    place: str
    sheet: str
    rows: Mapping[str, FiledRow] = {}
