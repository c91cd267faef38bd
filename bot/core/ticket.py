"""What a support desk needs to begin: all that is known of one cause, nothing guessed. How it is told is wording's."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from bot.core.activity import Ref, Subject
from bot.core.digest import Row, workload_key
from bot.core.incident import Acknowledgement, Incident, State
from bot.core.memory import Memory
from classifier import leaf
from classifier.citation import cited
from classifier.facts import JobFacts
from classifier.failure import Cause, Failure
from classifier.verdict import Disposition, Domain, Party, Verdict

MEMBERS_MAX = 10  # backups named in one ticket; the others are counted
OFFLINE = frozenset({"agent-offline", "agent-is-offline"})
DISK = frozenset({"disk-not-read", "read-error"})


class Level(StrEnum):
    """For whose eyes a ticket is written."""

    INTERNAL = "internal"
    VENDOR = "vendor"
    CLIENT = "client-safe"


class Wanted(StrEnum):
    """What Acronis support asks for and only a person can fetch.

    Source:
        Acronis' staff in its forums: network-connection-failed-due-timeout, backup-stuck-applying-retention-rules,
        server-offline-after-couple-day; KB 47678; user guide, Collecting system information
    """

    SYSTEM_REPORT = "system report"
    TWO_REPORTS = "two system reports"
    CONNECTION_TEST = "connection test"
    CRASH_DUMP = "crash dump"
    DISK_REPORT = "disk report"
    SCREENSHOTS = "screenshots"


class Seen(msgspec.Struct, frozen=True):
    """One backup that fails, by the ids that Acronis can look up."""

    subject: Subject
    activity_id: str
    failed_runs: int
    last_good_at: datetime | None


class Ticket(msgspec.Struct, frozen=True):
    """One cause, ready to be raised.

    Attributes:
        title: what is wrong in a few words.
        clients: whose backups it touches.
        failure: of the backup that is worst off, in Acronis' own words.
        innermost: the number of its chain that decides; None when there is none.
        articles: addresses of Acronis' own pages about it.
        backups: those that fail, the worst first, ten at most; `more` counts the others.
        last_good_at: the oldest last good backup among them; None when one has none we know of.
        alike_workloads, alike_clients: others that fail for the same cause now and stand in other rows.
        said: what the people who have it wrote.
        wanted: what its desk asks for beyond this.
        data_centre: the account's host; "" when it is not known.
    """

    target: str
    number: int
    title: str
    verdict: Verdict
    disposition: Disposition
    clients: tuple[Ref, ...]
    failure: Failure
    innermost: Cause | None
    articles: tuple[str, ...]
    facts: JobFacts
    backups: tuple[Seen, ...]
    more: int
    first_failed_at: datetime
    last_failed_at: datetime
    failed_runs: int
    last_good_at: datetime | None
    alike_workloads: int = 0
    alike_clients: int = 0
    said: tuple[Acknowledgement, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    data_centre: str = ""
    link: str = ""

    @property
    def lead(self) -> Party:
        return self.verdict.lead

    @property
    def hresult(self) -> str:
        """Give the innermost Windows code of the chain; "" when there is none."""
        return next((link.code for link in reversed(self.failure.chain) if link.is_hresult), "")

    @property
    def chain(self) -> str:
        """Spell the chain as Acronis' support does: outermost first, joined with +; "" when there is none."""
        return "+".join(link.code for link in self.failure.chain)


def ticket_of(row: Row, memory: Memory, *, data_centre: str = "") -> Ticket:
    """Gather what is known of a row, its members and those like it."""
    first = row.incidents[0]
    alike = _alike(row, memory.incidents.values())
    return Ticket(
        target=row.target,
        number=row.number,
        title=row.verdict.brief,
        verdict=row.verdict,
        disposition=row.disposition,
        clients=row.clients,
        failure=first.failure,
        innermost=leaf(first.failure),
        articles=_articles(row.verdict, first.verdict),
        facts=first.facts,
        backups=tuple(
            Seen(each.subject, each.activity_id, each.failed_runs, each.last_good_at)
            for each in row.incidents[:MEMBERS_MAX]
        ),
        more=max(0, len(row.incidents) - MEMBERS_MAX),
        first_failed_at=row.first_failed_at,
        last_failed_at=row.last_failed_at,
        failed_runs=row.failed_runs,
        last_good_at=row.last_good_at,
        alike_workloads=len({workload_key(each) for each in alike}),
        alike_clients=len({each.subject.client.id for each in alike}),
        said=tuple(given for given in row.held if given.comment),
        wanted=wanted_for(first.verdict),
        data_centre=data_centre,
        link=first.link,
    )


def wanted_for(verdict: Verdict) -> tuple[Wanted, ...]:
    """List what support asks for, for this kind of trouble."""
    found = [Wanted.TWO_REPORTS if verdict.rule in OFFLINE else Wanted.SYSTEM_REPORT]
    if verdict.domain in (Domain.NETWORK, Domain.CLOUD_PLATFORM):
        found.append(Wanted.CONNECTION_TEST)
    if verdict.domain is Domain.OS_CRASH:
        found.append(Wanted.CRASH_DUMP)
    if verdict.rule in DISK:
        found.append(Wanted.DISK_REPORT)
    return (*found, Wanted.SCREENSHOTS)


def _alike(row: Row, incidents: Iterable[Incident]) -> list[Incident]:
    """Find the others that are open with the same cause, as Acronis names it."""
    mine, cause = {incident.key for incident in row.incidents}, row.incidents[0].cause
    return [each for each in incidents if each.state is State.OPEN and each.cause == cause and each.key not in mine]


def _articles(*verdicts: Verdict) -> tuple[str, ...]:
    found = (citation.address for verdict in verdicts for citation in cited(verdict.source))
    return tuple(dict.fromkeys(address for address in found if "kb.acronis.com" in address))
