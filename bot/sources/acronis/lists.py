"""Reads the account's lists: plans, what they protect, how workloads fare; and what only some accounts show."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from datetime import UTC, datetime, timedelta
from sys import intern

import msgspec

from bot.core.activity import Window
from bot.errors import Refused, Unavailable
from bot.net.http import Forbidden, Missing, Unauthorised
from bot.sources.acronis import protections, wire, words
from bot.sources.acronis.chains import Chain, everything
from bot.sources.acronis.client import Client
from bot.sources.acronis.plans import Plans
from bot.sources.acronis.protections import Applied, Listing, Workload
from bot.sources.acronis.tenants import Directory
from classifier.facts import Method

ASKED_MAX = 100  # tenants asked one by one for their number in one reading; the rest have their turn in the next
BACKUP_CATEGORY = "Backup"
AFTER_END = timedelta(minutes=5)  # a backup is written down that much after its run at most
METHODS: Mapping[str, Method] = {each.value: each for each in Method}

log = logging.getLogger(__name__)


class Asked:
    """The lists, asked for side by side; `listing` waits for them."""

    def __init__(self, client: Client, pool: Executor, policies: tuple[str, ...]) -> None:
        self._known = policies
        self._plans: Future[Chain[wire.Policy]] = pool.submit(everything, client.policies(), _itself)
        self._applied: Future[Chain[Applied]] = pool.submit(everything, client.applications(), protections.applied)
        self._workloads: Future[Chain[Workload]] = pool.submit(everything, client.statuses(), protections.workload)

    def listing(self) -> Listing:
        """Give what was listed. An account that has none of the three lists shows no plans: that is no gap."""
        plans, applied, workloads = self._plans.result(), self._applied.result(), self._workloads.result()
        if plans.missing and applied.missing and workloads.missing:
            log.info("%s", protections.NO_PLANS)
            return Listing(shown=False)
        return Listing(
            plans=Plans(plans.items, known=self._known),
            applied=applied.items,
            workloads=workloads.items,
            why_plans=plans.why,
            why_applications=applied.why,
            why_statuses=workloads.why,
            odd=plans.odd + applied.odd + workloads.odd,
        )


class AlertTypes(msgspec.Struct, frozen=True):
    """Types of alerts about backups of which nothing reaches us.

    Attributes:
        unread: those the account has and we do not read.
        silent: those we read and the account has switched off: it treats their alerts as if there were none.
    """

    unread: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()


class Vault:
    """What the runs left behind, where the account lets us see it."""

    def __init__(self) -> None:
        self._by_workload = dict[str, tuple[tuple[datetime, Method | None], ...]]()

    def take(self, backups: Iterable[wire.Backup]) -> None:
        for each in backups:
            made = (_aware(each.created), METHODS.get(each.type))
            for id_ in each.resource_ids or ():
                workload = intern(id_.lower())
                self._by_workload[workload] = (*self._by_workload.get(workload, ()), made)

    def method(self, workload_id: str, started_at: datetime, finished_at: datetime) -> Method | None:
        """Tell what one run made; None when it left nothing, or backups of two sorts."""
        stored = self._by_workload.get(workload_id, ())
        made = {method for at, method in stored if started_at <= at <= finished_at + AFTER_END}
        return made.pop() if len(made) == 1 else None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def vault(client: Client, window: Window) -> Vault:
    """Ask what was stored; a refusal is an answer, and nothing is missed by it."""
    found = Vault()
    try:
        for page in client.backups(window.since):
            found.take(page.items)
    except (Unauthorised, Forbidden, Missing):
        log.info("the Vault Manager does not let us in: which runs were full is not asked")
        return Vault()
    except (Unavailable, Refused) as error:
        log.info("the Vault Manager could not be read: %s", error)
    return found


def alert_types(client: Client) -> AlertTypes:
    """List the account's alert types about backups; none when they cannot be listed."""
    found = list[wire.AlertType]()
    try:
        for page in client.alert_types():
            found += page.items
    except (Unavailable, Refused) as error:
        log.info("the types of alerts could not be listed: %s", error)
    return AlertTypes(
        unread=frozenset(each.id for each in found if each.category == BACKUP_CATEGORY) - words.READ_ALERTS,
        silent=frozenset(each.id for each in found if not each.enabled) & words.READ_ALERTS,
    )


def numbered(client: Client, known: Directory, workloads: Sequence[Workload], asked: Counter[str]) -> Directory:
    """Learn the numbers of tenants that only the lists know: they name tenants by number, the tree by uuid.

    Each tenant without a number is asked for by its uuid, those asked least often first. An answer counts when all of
    it is of one tenant and no other tenant gave the same: a service that ignores the filter teaches nothing.
    """
    if not any(known.may_be_ours(each.owner) for each in workloads):
        return known
    answers = dict[str, str]()
    for uuid in sorted(known.unnumbered(), key=lambda each: asked[each])[:ASKED_MAX]:
        asked[uuid] += 1
        try:
            page = next(client.statuses(uuid))
        except (Unavailable, Refused) as error:
            log.info("tenants could not be asked for by their uuid: %s", error)
            break
        numbers = {str(each.context.tenant_id or "") for each in page.items}
        if len(numbers) == 1:
            answers[uuid] = numbers.pop()
    told = Counter(answers.values())
    learned = {number: uuid for uuid, number in answers.items() if number and told[number] == 1}
    return known.knowing({number: uuid for number, uuid in learned.items() if number not in known.numbers})


def _itself(record: wire.Policy) -> wire.Policy:
    return record
