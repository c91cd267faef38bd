"""Where people are reached: what each call from Teams tells of its conversation, written down."""

from bot.chats.teams.parse import Caller, Kind
from bot.core.reference import Reference
from bot.ports import References

TEAMS = "teams"


class Book:
    """Notes conversations."""

    def __init__(self, references: References) -> None:
        self._references = references

    def keep(self, by: Caller) -> None:
        """Note how a conversation is reached. One of a person that Teams does not name is of no use."""
        is_own = by.kind is Kind.PERSONAL
        if is_own and not by.user:
            return
        person = by.user if is_own else ""
        self._references.keep(
            Reference(TEAMS, by.place, by.service, person=person, team=by.team, tenant=by.tenant, bot=by.bot_id)
        )

    def drop(self, by: Caller, *, team: bool) -> None:
        """Forget a conversation, or all of a team's: we are not there any more."""
        known = [each for each in self._references.all() if each.chat == TEAMS]
        gone = [each for each in known if each.place == by.place or (team and each.team and each.team == by.team)]
        self._references.forget(*gone)
