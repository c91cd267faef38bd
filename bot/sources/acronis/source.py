"""Reads one Acronis account: the tree of clients, its lists, alerts and activities, folded into runs."""

import itertools
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import msgspec
from msgspec.structs import replace

from bot.core.activity import NOTHING_LEARNT, Activity, Coverage, Ended, Learnt, Page, Protection, Window
from bot.errors import Refused, Unavailable
from bot.sources.acronis import chains, lists, parse, words
from bot.sources.acronis.chains import CHAINS, Chain, reduced
from bot.sources.acronis.client import Client
from bot.sources.acronis.coverage import (
    coverage_of,
    extent_of,
    gaps_of,
    shown_clients,
    told_of,
    withheld,
    without_hearsay,
)
from bot.sources.acronis.fold import Tree, fold, incomplete, tree_of
from bot.sources.acronis.jobs import Jobs, Told, sorted_out
from bot.sources.acronis.lessons import Lessons, lessons
from bot.sources.acronis.lists import AlertTypes, Vault
from bot.sources.acronis.parse import Notice, Owner, Piece, Thing
from bot.sources.acronis.plans import Naming
from bot.sources.acronis.protections import Book, Listing, protections
from bot.sources.acronis.tenants import Directory, directory

PAGE = 500  # activities handed on at a time
LOOKUPS_MAX = 200  # jobs cut by the window that are read again in full; more than that is said as a gap
LOST_MAX = 3  # of them in a row that could not be read; then the rest is not asked for
UNREAD, SILENT = "not read", "switched off"  # as what an alert type was named

log = logging.getLogger(__name__)


class Lookup(msgspec.Struct, frozen=True):
    """What reading cut jobs again gave; `unread` are the owners of those that could not be."""

    items: tuple[Piece, ...] = ()
    odd: int = 0
    unread: tuple[Owner, ...] = ()


class Found(msgspec.Struct, frozen=True):
    """What one reading hands on."""

    activities: tuple[Activity, ...]
    ended: tuple[Ended, ...]
    protections: tuple[Protection, ...]


class Gathered(msgspec.Struct, frozen=True):
    """All that was asked for in one reading, still in Acronis' order."""

    alerts: Chain[Notice]
    changed: Chain[Piece]
    running: Chain[Piece]
    listing: Listing
    vault: Vault
    types: AlertTypes | None

    @property
    def odd(self) -> int:
        return self.alerts.odd + self.changed.odd + self.running.odd + self.listing.odd


class AcronisSource:
    """One partner account. Implements `bot.ports.Source`."""

    name = "acronis"

    def __init__(self, client: Client, *, link: str = "", policies: tuple[str, ...] = words.BACKUP_POLICIES) -> None:
        self._client = client
        self._link = link
        self._policies = policies
        self._listing: Listing | None = None

    def fetch(
        self, window: Window, *, clients: frozenset[str] | None = None, learnt: Learnt = NOTHING_LEARNT
    ) -> Iterator[Page | Coverage]:
        """Read a window. See `bot.ports.Source`; with `clients`, the coverage names only those.

        The lists are of now, whatever the window: a reading of some clients, which completes one of all, uses the
        lists of that one and does not hand them on again.
        """
        found, coverage = self._read(window, clients, learnt)
        yield from _handed_on(found, clients)
        yield coverage

    def _read(self, window: Window, clients: frozenset[str] | None, learnt: Learnt) -> tuple[Found, Coverage]:
        """Read a window to its end; nothing of how it was spelled lives longer than this."""
        self._client.begin()
        before = lessons(learnt)
        tenants, odd_tenants = self._tenants()
        again = self._listing if clients is not None else None
        self._listing = None
        got = self._gathered(window, again)
        self._listing = got.listing
        told = {each.task: each for each in got.changed.told}
        pieces, changed_since = sorted_out([*got.running.items, *got.changed.items], told)
        tree = tree_of(pieces)
        cut = self._completed(tree, changed_since) if not got.changed.why else Lookup()
        if cut.items:
            tree = tree_of([*pieces, *cut.items])
        jobs = [each for task, each in told.items() if task not in changed_since]
        owners = _owners(tree.steps.values(), got.alerts.items, jobs)
        asked = Counter(before.asked)
        known = tenants.knowing(before.tenants).learn(owners)
        known = lists.numbered(self._client, known, got.listing.workloads, asked)
        client_of = cache(known.client_of)
        naming = Naming(got.listing.plans, _carried(tree, jobs), before.plans)
        folded = fold(
            tree,
            [_named(each, naming) for each in got.alerts.items],
            client_of=client_of,
            link=self._link,
            policies=self._policies,
            whole=not got.changed.why,
            tell=Book(got.listing).tell,
            stored=got.vault.method,
            reduced=[run for job in jobs for run in job.runs],
        )
        shown = shown_clients(folded, client_of)
        unseen = withheld(folded, got.listing, client_of, window, shown)
        folded = told_of(folded, unseen)
        listed = protections(got.listing, naming, client_of, _names(tree, jobs)) if again is None else ()
        log.info(
            "read %d steps and %d alerts: %d runs of %d clients, %d rootless, %d strangers; %d protections",
            len(tree.steps) + sum(each.steps for each in jobs),
            len(got.alerts.items),
            len(folded.activities),
            len(known.customers),
            len(folded.rootless),
            len(folded.strangers),
            len(listed),
        )
        extent = extent_of(
            window,
            known,
            chains=(got.alerts, got.changed, got.running),
            listing=got.listing,
            seen=owners,
            strangers=folded.strangers,
            unread=(*cut.unread, *folded.nameless),
            withheld=unseen,
            shown=bool(shown),
        )
        if extent.why and naming.is_a_guess:
            folded, listed, extent = without_hearsay(folded), (), replace(extent, listed=False)
        coverage = Coverage(
            window=window,
            clients=coverage_of(known, extent, folded.activities, clients),
            quarantined=odd_tenants + got.odd + cut.odd,
            gaps=gaps_of(known, folded, cut.unread, got.listing),
            learnt=Lessons(
                tenants={**before.tenants, **known.numbers},  # also of those the tree did not show this time
                plans=naming.by_plan,
                asked=asked,
                alert_types=_told_types(got.types, before.alert_types),
            ).tables,
        )
        ended = (*known.ended(seen_at=window.until), *folded.ended)
        return Found(activities=folded.activities, ended=ended, protections=listed), coverage

    def close(self) -> None:
        self._client.close()

    def _tenants(self) -> tuple[Directory, int]:
        pages = list(self._client.tenants(self._client.own_tenant()))
        return directory(each for page in pages for each in page.items), sum(page.odd for page in pages)

    def _gathered(self, window: Window, again: Listing | None) -> Gathered:
        """Ask for everything side by side; the alerts first, for a job that one names is kept."""
        with ThreadPoolExecutor(CHAINS, thread_name_prefix="acronis") as pool:
            raised = pool.submit(chains.alerts, self._client, window)
            running = pool.submit(chains.running, self._client, window)
            asked = lists.Asked(self._client, pool, self._policies) if again is None else None
            stored = pool.submit(lists.vault, self._client, window)
            types = pool.submit(lists.alert_types, self._client) if again is None else None
            alerted = frozenset(each.activity for each in raised.result().items if each.activity)

            def jobs(part: Window) -> Jobs:
                return Jobs(part.since, alerted=alerted, policies=self._policies)

            return Gathered(
                alerts=raised.result(),
                changed=chains.changed(self._client, window, pool, jobs),
                running=running.result(),
                listing=asked.listing() if asked else again or Listing(),
                vault=stored.result(),
                types=types.result() if types else None,
            )

    def _completed(self, tree: Tree, changed_since: frozenset[str]) -> Lookup:
        """Read again in full the jobs that the window cut, and those that changed after they were told."""
        tasks = sorted({*incomplete(tree), *changed_since})
        found, odd, lost, in_a_row = list[Piece](), 0, set(tasks[LOOKUPS_MAX:]), 0
        for task in tasks[:LOOKUPS_MAX]:
            if in_a_row == LOST_MAX:
                lost.add(task)
                continue
            try:
                for page in self._client.task(task):
                    more, worse = reduced(page, parse.piece)
                    found += more
                    odd += worse
                in_a_row = 0
            except (Unavailable, Refused) as error:
                log.warning("job %s could not be read again: %s", task, error)
                lost.add(task)
                in_a_row += 1
        owners = {each.task: each.owner for each in tree.steps.values() if each.task in lost} if lost else {}
        return Lookup(items=tuple(found), odd=odd, unread=tuple(owners.values()))


def _told_types(found: AlertTypes | None, told: Mapping[str, str]) -> Mapping[str, str]:
    """Name in the log the alert types about backups that do not reach us, once each; gives all that were named."""
    if found is None:
        return told
    if new := [each for each in sorted(found.unread) if told.get(each) != UNREAD]:
        log.info("alert types about backups that are not read: %s", ", ".join(new))
    if new := [each for each in sorted(found.silent) if told.get(each) != SILENT]:
        log.warning("alert types switched off in Acronis, so that we hear none of them: %s", ", ".join(new))
    kept = {name: how for name, how in told.items() if how == UNREAD}
    return kept | dict.fromkeys(found.unread, UNREAD) | dict.fromkeys(found.silent, SILENT)


def _carried(tree: Tree, jobs: Sequence[Told]) -> Mapping[str, int]:
    """Count the runs that carry each plan's id."""
    carried = Counter(
        each.plan.id
        for each in tree.steps.values()
        if not each.parent and each.plan.id and words.is_backup_step(each.type)
    )
    carried.update(each.plan for each in jobs if each.plan)
    return carried


def _owners(steps: Iterable[Piece], alerts: Iterable[Notice], jobs: Iterable[Told]) -> tuple[Owner, ...]:
    every = ((each.owner for each in steps), (each.owner for each in alerts), (each.owner for each in jobs))
    return tuple(dict.fromkeys(itertools.chain(*every)))


def _named(alert: Notice, naming: Naming) -> Notice:
    """Let an alert call its plan as the activities do."""
    name = naming.name(alert.plan.id)
    return alert if name == alert.plan.id else replace(alert, plan=Thing(name, alert.plan.name))


def _names(tree: Tree, jobs: Sequence[Told]) -> dict[str, str]:
    names = {run.workload.id: run.workload.name for job in jobs for run in job.runs if run.workload.name}
    return names | {each.workload.id: each.workload.name for each in tree.steps.values() if each.workload.name}


def _handed_on(found: Found, clients: frozenset[str] | None) -> Iterator[Page]:
    ended = tuple(each for each in found.ended if clients is None or each.client_id in clients)
    activities = [each for each in found.activities if clients is None or each.subject.client.id in clients]
    protected = [each for each in found.protections if clients is None or each.subject.client.id in clients]
    for start in range(0, max(len(activities), len(protected), 1), PAGE):
        page = Page(
            activities=tuple(activities[start : start + PAGE]),
            ended=ended,
            protections=tuple(protected[start : start + PAGE]),
        )
        if page.activities or page.ended or page.protections:
            yield page
        ended = ()
