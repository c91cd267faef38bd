"""Taking and giving back a row: what `ack`, `snooze` and `unack` share. First press wins."""

from datetime import datetime

from bot.commands.find import Look, look
from bot.commands.seams import Seams
from bot.core.digest import Row
from bot.core.incident import Acknowledgement, Incident
from bot.core.intent import Actor, Answer
from bot.errors import Conflict
from bot.wording.answers import acknowledged_words, ended_words, plain_message, taken_words

COMMENT_MAX = 200  # characters; it stands in every digest while it holds
NOBODY = "nobody"
TRIES = 3  # a lost race is settled by the second look; a third means the store itself is wrong


class Owning:
    """Take or give back rows for one line of words: looked up once, looked up again after a lost race."""

    def __init__(self, actor: Actor, seams: Seams) -> None:
        self._actor = actor
        self._seams = seams
        self._seen = self._look()

    def take(self, number: int, *, until: datetime | None, comment: str, snoozed: bool = False) -> Answer:
        """Give a row to a person, unless somebody else has it: then say who."""
        for _ in range(TRIES):
            row, now = self._seen.number(number), self._seen.now
            if not isinstance(row, Row):
                return not_there(number, row, self._seams)
            if (anothers := self._anothers(row)) is not None:
                return anothers
            given = Acknowledgement(
                target=row.target,
                by=self._actor.id,
                by_name=self._actor.name,
                at=now,
                cause=row.cause,
                disposition=row.disposition,
                until=until,
                comment=comment[:COMMENT_MAX],
                snoozed=snoozed,
            )
            try:
                self._seams.store.acknowledge(given, instead_of=self._seen.memory.acknowledgements.get(row.target))
            except Conflict:
                self._seen = self._look()
                continue
            self._record("snooze" if snoozed else "acknowledge", row, after=_kept(given))
            words = acknowledged_words(row, given, self._seams.voice, now=now)
            return Answer(plain_message(words), touched=(row.target,))
        return Answer(plain_message(f"#{number} changes too fast to take. Please try again."), refused=True)

    def kept_from(self, number: int) -> Answer | None:
        """Say why a row cannot be taken: it is gone, or somebody else has it; None when it can."""
        row = self._seen.number(number)
        return self._anothers(row) if isinstance(row, Row) else not_there(number, row, self._seams)

    def _anothers(self, row: Row) -> Answer | None:
        if row.owner is None or row.owner.by == self._actor.id:
            return None
        words = taken_words(row, row.owner, self._seams.voice, now=self._seen.now)
        return Answer(plain_message(words), touched=(row.target,), refused=True)

    def give_back(self, number: int) -> Answer:
        """Take acknowledgements or a snooze away again, whoever gave them; the audit says who did."""
        row = self._seen.number(number)
        if not isinstance(row, Row):
            return not_there(number, row, self._seams)
        if not row.held:
            return Answer(plain_message(f"#{number} is nobody's already."), touched=(row.target,))
        try:
            for given in row.held:
                self._seams.store.withdraw(given)
        except Conflict:
            return Answer(plain_message(f"#{number} has just changed hands. Please look again."), refused=True)
        names = ", ".join(dict.fromkeys(given.by_name for given in row.held))
        self._record("unacknowledge", row, after=NOBODY)
        whose = "yours" if {given.by for given in row.held} == {self._actor.id} else f"{names}'s"
        return Answer(plain_message(f"#{number} is nobody's now; it was {whose}."), touched=(row.target,))

    def _look(self) -> Look:
        return look(self._seams.store, now=self._seams.now(), policy=self._seams.policy)

    def _record(self, action: str, row: Row, *, after: str) -> None:
        before = "; ".join(_kept(given) for given in row.held) or NOBODY
        target = f"#{row.number} {row.target}"
        self._seams.note(self._actor, action, target=target, before=before, after=after)


def _kept(given: Acknowledgement) -> str:
    """Spell an acknowledgement for the audit: whose, until when, and what they said."""
    until = f" until {given.until:%Y-%m-%d %H:%M %Z}" if given.until is not None else ""
    how = " (snoozed)" if given.snoozed else ""
    return f"{given.by_name}{how}{until}{f': {given.comment}' if given.comment else ''}"


def not_there(number: int, found: Incident | None, seams: Seams) -> Answer:
    """Tell a stale button or a wrong number the truth."""
    if found is None:
        return Answer(plain_message(f"There is no #{number}. “open” lists what is."), refused=True)
    words = ended_words(found, seams.voice, now=seams.now())
    return Answer(plain_message(words), touched=(found.key,), refused=True)
