"""What thousands of rows hold alike is kept once: 50,000 standings take a third of the memory. Pure.

A decoder makes every value anew: each machine its own client, plan, steps, and sixty days. Rows are frozen, so that
nobody can tell.
"""

from datetime import datetime
from sys import intern
from typing import Any

from msgspec.structs import replace

from bot.core.activity import Protection, Ref, Standing, Subject
from classifier.facts import JobFacts


class Sharing:
    """Gives rows that are equal to those it is given, and share what they can with those it gave before."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}
        self._whys: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}

    def row(self, row: Any) -> Any:
        """Share a standing; all other tables are small."""
        return self._standing(row) if isinstance(row, Standing) else row

    def _once(self, value: Any) -> Any:
        return self._known.setdefault(value, value)

    def _standing(self, known: Standing) -> Standing:
        subject, recovery = self._subject(known.subject), known.recovery
        good, backed_up = _moments(known)
        return replace(
            known,
            subject=subject,
            judged=(good, known.judged[1]) if good and known.judged and known.judged[0] == good else known.judged,
            last_good_at=good,
            last_backup_at=backed_up,
            facts=self._facts(known.facts),
            days=tuple([self._once(day) for day in known.days]),
            protection=self._protection(known.protection, subject) if known.protection else None,
            listed_at=self._once(known.listed_at),
            missing_since=self._once(known.missing_since),
            watched_since=self._once(known.watched_since),
            recovery=replace(recovery, limit=self._once(recovery.limit), good_at=good)
            if recovery and recovery.good_at == good
            else recovery,
        )

    def _subject(self, known: Subject) -> Subject:
        workload = Ref(intern(known.workload.id), intern(known.workload.name))  # as the source does
        return Subject(self._once(known.client), workload, self._once(known.plan))

    def _facts(self, known: JobFacts) -> JobFacts:
        why = self._whys.setdefault(tuple(known.why.items()), known.why)
        return replace(known, steps=self._once(known.steps), destinations=self._once(known.destinations), why=why)

    def _protection(self, known: Protection, subject: Subject) -> Protection:
        return replace(
            known,
            subject=subject if known.subject == subject else self._subject(known.subject),
            schedule=self._once(known.schedule),
            destinations=self._once(known.destinations),
            since=self._once(known.since),
        )


def _moments(known: Standing) -> tuple[datetime | None, datetime | None]:
    """Give the last good end and the last end with a backup, as one value when they are the same."""
    good, backed_up = known.last_good_at, known.last_backup_at
    return good, good if good == backed_up else backed_up
