"""What the account's answers teach for the next reading, whichever process makes it. Pure."""

from collections.abc import Mapping

import msgspec

from bot.core.activity import Learnt


class Lessons(msgspec.Struct, frozen=True):
    """What to remember, so that one thing has one name in every reading.

    Attributes:
        tenants: uuid by numeric id: activities may name a tenant by either, the tree by its uuid alone.
        plans: the id that activities carry, by the id of the backup policy.
        asked: how often a tenant was asked for its number, by uuid.
        alert_types: those already named in the log, and as what.
    """

    tenants: Mapping[str, str] = {}
    plans: Mapping[str, str] = {}
    asked: Mapping[str, int] = {}
    alert_types: Mapping[str, str] = {}

    @property
    def tables(self) -> Learnt:
        """Give it as it is handed on."""
        every = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: {key: str(value) for key, value in table.items()} for name, table in every.items() if table}


def lessons(learnt: Learnt) -> Lessons:
    """Take up what was handed on; tables of another time mean nothing now."""
    return msgspec.convert(learnt, Lessons, strict=False)
