"""What happened in the sandbox up to a moment. Pure: the same seed and moment give the same records.

Nothing is spelled before somebody asks for its page: of 50,000 workloads only the runs are kept, and of those only the
nights last looked at.
"""

import random
from array import array
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import msgspec

from bot.net.http import JSON
from bot.sources.sandbox import plans, roster, runs, troubles
from bot.sources.sandbox.roster import Household, Workload
from bot.sources.sandbox.runs import Piece, Run
from bot.sources.sandbox.stories import Book, Fate, Moment, What, book

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday; night 1 is its evening
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
EVENING = timedelta(hours=20)
HISTORY = 7  # nights before night 1
LONGEST = timedelta(hours=72)  # from an evening to the last end of what it set going
USUAL = timedelta(hours=26)  # the same of what has no story
UNLUCKY = 0.005  # of the machines without a story, each night; well again the next
RUNS_KEPT = 400_000  # of all nights together; older nights are made again when asked for
STEPS_KEPT = 2_000  # runs, told apart
LONG_AGO = datetime(2024, 5, 6, 8, tzinfo=UTC)  # when everything was set up, unless a story says otherwise
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ID_BITS = 63
NAMESPACE = UUID("5a3c0f0e-8f57-4c3d-9a57-6f2f0b7c9d10")
SEVERITIES = {"BackupFailed": "critical", "BackupDidNotStart": "critical"}  # all others raised here are warnings
ALERTS = {"error": "BackupFailed", "cancelled": "BackupCanceled", "warning": "BackupFinishedWithWarnings"}


class Tenant(msgspec.Struct, frozen=True):
    """A node of the account's tree."""

    uuid: str
    number: int
    name: str
    kind: str
    parent: str
    locator: str
    enabled: bool = True
    lets_us_in: bool = True


class Raised(msgspec.Struct, frozen=True):
    """One raising of an alert. Raised again it keeps its id."""

    id: str
    type: str
    severity: str
    at: datetime
    workload: Workload
    piece: Piece | None = None
    trouble: troubles.Trouble | None = None
    days: int = 0


class Night(msgspec.Struct, frozen=True):
    """Everything one night set going, days' ends included."""

    runs: dict[int, Run]  # by the id of their first step
    policy_steps: tuple[Piece, ...]
    alerts: tuple[Raised, ...]
    over: datetime


class State(msgspec.Struct, frozen=True):
    """How a workload stands at a moment: its last run that ended, the last good end, what runs, what comes."""

    last: Run | None = None
    last_good_at: datetime | None = None
    running: Run | None = None
    next_at: datetime | None = None


class World:
    """A simulated MSP: what it is made of, and what happened up to any moment.

    Args:
        clients: how many; those with a story come first.
        workloads: at least so many; machines without a story are added.
        start: midnight of the day whose evening is night 1.
        uuids: False for records that name their tenant by its number alone.
        child_plans: True for activities and alerts that name the backup plan inside the protection plan.
    """

    def __init__(
        self,
        seed: int = 4,
        *,
        clients: int = roster.CLIENTS,
        workloads: int = 0,
        start: datetime = START,
        uuids: bool = True,
        child_plans: bool = False,
    ) -> None:
        self.seed = seed
        self.start = start
        self._uuids = uuids
        self._child_plans = child_plans
        self._homes = roster.households(clients)
        self._everything = roster.workloads(self._homes, workloads)
        self._bare = roster.unprotected(self._homes)
        self._book: Book = book()
        self._storied = tuple(each for each in self._everything if self._book.is_about(each.client, each.name))
        self._nights: dict[int, Night] = {}
        self._steps: dict[int, list[Piece]] = {}
        self._units = {home.name: home.unit or home.name for home in self._homes}
        self.partner = self.uuid("partner")
        self._tenants = {each.name: each for each in self._tree()}

    @property
    def workloads(self) -> tuple[Workload, ...]:
        return self._everything

    def tenants(self, until: datetime | None = None) -> list[dict[str, JSON]]:
        """Give the account's tree as the account API does; a self-managed client hides what is below it."""
        closed = self._closed(until or self.start)
        return [self._tenant_json(each, closed) for each in self._tenants.values()]

    def tenant(self, name: str) -> Tenant:
        return self._tenants[name]

    def nodes(self) -> list[Tenant]:
        """Give the nodes of the account's tree, unspelled."""
        return list(self._tenants.values())

    # --- what changed: activities and alerts ---

    def activities(self, until: datetime, since: datetime | None = None) -> list[dict[str, JSON]]:
        """Give the activities that changed from one moment to another, as they stand at the second."""
        return [self.shown(each, until) for each in self.pieces(until, since)]

    def alerts(self, until: datetime, since: datetime | None = None) -> list[dict[str, JSON]]:
        """Give the alerts likewise. Of an alert raised again only the newest raising is there."""
        return [self.told(each) for each in self.raised(until, since)]

    def pieces(self, until: datetime, since: datetime | None = None) -> list[Piece]:
        """Give what `activities` shows, in order of change, unspelled."""
        return [self.piece(each) for each in self.ids(until, since)]

    def ids(self, until: datetime, since: datetime | None = None, before: datetime | None = None) -> Sequence[int]:
        """Give the ids of what changed in a span, its ends included, in order of change, as it stands at `until`."""
        earliest = _micros(since) if since else 0
        latest = _micros(before) if before else 2**62
        keys = list[int]()
        for night in self._until(until, since):
            for piece in self._begun(night, until, since):
                changed = _micros(piece.changed(until)) + _fraction(piece.id)
                if earliest <= changed <= latest:
                    keys.append(changed << ID_BITS | piece.id)
        keys.sort()
        return array("Q", (key & (2**ID_BITS - 1) for key in keys))

    def piece(self, id_: int) -> Piece:
        """Give a step by its id."""
        night, _, turn = runs.run_of(id_)
        found = self._night(night)
        if turn == runs.POLICY_TURN:
            return next(each for each in found.policy_steps if each.id == id_)
        first = _first(id_)
        steps = self._steps.get(first)
        if steps is None:  # a page often holds several steps of a run
            if len(self._steps) >= STEPS_KEPT:
                self._steps.clear()
            steps = self._steps[first] = runs.steps(found.runs[first])
        return next(each for each in steps if each.id == id_)

    def running(self, until: datetime) -> list[Piece]:
        """Give the steps that have begun and not ended."""
        nights = (each for each in self._until(until, until) if each.over > until)
        return [piece for night in nights for piece in self._begun(night, until, until) if until < piece.ends]

    def of_task(self, root: int, until: datetime) -> list[Piece]:
        """Give the steps of one job."""
        night, _, _ = runs.run_of(root)
        if not -HISTORY < night <= self._last_night(until):
            return []
        begun = self._begun(self._night(night, only=root), until, None)
        return [each for each in begun if each.root == root]

    def raised(self, until: datetime, since: datetime | None = None, before: datetime | None = None) -> list[Raised]:
        """Give the alerts raised last in a span, its ends included, unspelled."""
        closed = self._closed(until)
        happened = [
            each
            for night in self._until(until, since)
            for each in night.alerts
            if each.at <= until and each.workload.client not in closed
        ]
        newest = {each.id: each for each in sorted(happened, key=lambda each: each.at)}
        found = [each for each in newest.values() if since is None or _stamp(each.at) >= since]
        if before is not None:
            found = [each for each in found if _stamp(each.at) <= before]
        return sorted(found, key=lambda each: (_stamp(each.at), each.id))

    # --- how everything stands: the lists ---

    def listed(self, until: datetime) -> list[Workload]:
        """Give the workloads the account lists at a moment, protected or not."""
        closed = self._closed(until)
        return [
            each
            for each in (*self._everything, *self._bare)
            if each.client not in closed and self._is_there(each, until)
        ]

    def protected(self, until: datetime) -> list[Workload]:
        """Give those of them a plan is applied to."""
        return [each for each in self.listed(until) if self.is_protected(each, until)]

    def is_protected(self, workload: Workload, until: datetime) -> bool:
        if workload.rhythm == roster.UNPROTECTED:
            return False
        revoked = self._book.of(workload.client, workload.name, What.PLAN_REVOKED)
        return revoked is None or until < self.when(revoked)

    def since(self, workload: Workload) -> datetime:
        """Say when the account first knew a workload."""
        joined = self._book.of(workload.client, workload.name, What.JOINED)
        return self.when(joined) if joined else LONG_AGO

    def state(self, workload: Workload, until: datetime) -> State:
        """Say how a workload stands. A machine that has gone silent keeps the start it has missed."""
        last = running = good_at = None
        for night in range(self._last_night(until), -HISTORY, -1):
            for each in reversed(self._runs_of(workload, night)):
                if each.starts > until:
                    continue
                if each.ends > until:
                    running = each
                    continue
                last = last or each
                if each.fate.code == "ok":
                    good_at = each.ends
                    break
            if good_at:
                break
        return State(last, good_at, running, self._next_at(workload, until, running or last))

    def backups(self, since: datetime | None, before: datetime) -> Sequence[int]:
        """Give the backups made in a span, its ends included, by the id of the run that made them."""
        closed = self._closed(before)
        keys = sorted(
            _micros(each.backed_up_at) << ID_BITS | each.id
            for night in self._until(before, since)
            for each in night.runs.values()
            if each.left_a_backup
            and each.backed_up_at <= before
            and (since is None or each.backed_up_at >= since)
            and each.workload.client not in closed
        )
        return array("Q", (key & (2**ID_BITS - 1) for key in keys))

    def run(self, id_: int) -> Run:
        """Give a run by its id."""
        return self._night(runs.run_of(id_)[0]).runs[id_]

    def is_full(self, run: Run) -> bool:
        evening = self._evening(run.night)
        joined = self._book.of(run.workload.client, run.workload.name, What.JOINED)
        is_first = joined is not None and evening.date() == self.when(joined).date()
        return is_first or plans.is_full(run.workload, evening.date())

    # --- how it is spelled ---

    def shown(self, piece: Piece, until: datetime) -> dict[str, JSON]:
        """Spell one step as the Task Manager does."""
        ended = piece.ends <= until
        shown: dict[str, JSON] = {
            "uuid": self.step_uuid(piece.id),
            "id": piece.id,
            "idString": str(piece.id),
            "taskId": piece.root,
            "taskIdString": str(piece.root),
            "type": piece.type,
            "state": "completed" if ended else "started",
            "context": self._context(piece),
            "createdAt": _rfc3339(piece.started, piece.id),
            "startedAt": _rfc3339(piece.started, piece.id),
            "updatedAt": _rfc3339(piece.changed(until), piece.id),
            "tenant": self._owner(piece.workload),
            "executor": {"id": self.agent_id(piece.workload), "clusterId": ""},
        }
        if piece.parent:
            shown["parentActivityId"] = piece.parent
        if piece.names:
            shown["policy"] = self._policy(piece)
            shown["resource"] = self._resource(piece)
        if piece.bytes:
            done = int(piece.bytes * runs.share(piece, until))
            shown["progress"] = {
                "current": done,
                "total": piece.bytes,
                "bytesProcessed": done,
                "bytesSaved": done * 2 // 5,
            }
        if ended:
            shown["completedAt"] = _rfc3339(piece.ends, piece.id)
            shown["result"] = _result(piece)
        return shown

    def told(self, alert: Raised) -> dict[str, JSON]:
        """Spell one alert as the Alert Manager does."""
        owner = self._owner(alert.workload)
        stamp = int(alert.at.timestamp())
        return {
            "id": alert.id,
            "type": alert.type,
            "category": "Backup",
            "severity": alert.severity,
            "createdAt": f"{alert.at:%Y-%m-%dT%H:%M:%SZ}",
            "receivedAt": _rfc3339(alert.at, stamp),
            "updatedAt": _rfc3339(alert.at, stamp),
            "tenant": {key: owner[key] for key in ("id", "uuid", "locator") if key in owner},
            "details": self._details(alert),
        }

    # --- who there is ---

    def uuid(self, *of: object) -> str:
        return str(uuid5(NAMESPACE, "/".join(map(str, (self.seed, *of)))))

    def workload_id(self, workload: Workload) -> str:
        return self.uuid("workload", workload.number)

    def agent_id(self, workload: Workload) -> str:
        return self.uuid("agent", workload.number)

    def plan_id(self, workload: Workload) -> str:
        """Give the id of the protection plan, the root of the two."""
        return self.uuid("plan", workload.client, plans.plan_of(workload).name)

    def backup_plan_id(self, workload: Workload) -> str:
        """Give the id of the backup plan inside it."""
        return self.uuid("backup plan", workload.client, plans.plan_of(workload).name)

    def step_uuid(self, id_: int) -> str:
        return self.uuid("step", id_)

    def home_of(self, workload: Workload) -> Tenant:
        """Backups of a client with a unit run in the unit."""
        return self._tenants[self._units[workload.client]]

    def when(self, moment: Moment) -> datetime:
        return self.start + moment.day * DAY + moment.at

    def newest_alert(self, workload: Workload, until: datetime) -> Raised | None:
        """Give the alert the last run of a workload raised; None when it went well."""
        last = self.state(workload, until).last
        return self._alert_of(last) if last else None

    def resource_type(self, workload: Workload) -> str:
        """Spell what kind of thing it is; the names for databases and mailboxes are ours, none is published."""
        types = {
            roster.VM: "resource.virtual_machine.vmwesx",
            roster.SQL: "resource.mssql",
            roster.EXCHANGE: "resource.exchange",
            roster.SAAS: "resource.mailbox",
        }
        return types.get(workload.kind, "resource.machine")

    def _tree(self) -> Iterator[Tenant]:
        top = Tenant(self.partner, 50, "Sandbox MSP", "partner", "", "/1/50/")
        yield top
        number = 100
        for folder in sorted({home.folder for home in self._homes if home.folder}):
            number += 1
            yield Tenant(self.uuid("folder", folder), number, folder, "folder", top.uuid, f"{top.locator}{number}/")
        folders = number
        for home in self._homes:
            number += 10
            yield from self._branch(home, number, top, folders)

    def _branch(self, home: Household, number: int, top: Tenant, folders: int) -> Iterator[Tenant]:
        path = f"{top.locator}{folders}/" if home.folder else top.locator
        above = self.uuid("folder", home.folder) if home.folder else top.uuid
        locator = f"{path}{number}/"
        uuid = self.uuid("client", home.name)
        yield Tenant(uuid, number, home.name, "customer", above, locator, home.enabled, home.lets_us_in)
        if home.unit:
            below = f"{locator}{number + 1}/"
            yield Tenant(self.uuid("unit", home.unit), number + 1, home.unit, "unit", uuid, below)

    def _owner(self, workload: Workload) -> dict[str, JSON]:
        home = self.home_of(workload)
        named: dict[str, JSON] = {"uuid": home.uuid} if self._uuids else {}
        return {"id": str(home.number), **named, "name": home.name, "locator": home.locator}

    def _tenant_json(self, tenant: Tenant, closed: frozenset[str]) -> dict[str, JSON]:
        changed = LONG_AGO
        if not tenant.enabled:
            changed = self.start - 2 * DAY + timedelta(hours=9)
        if tenant.name in closed:
            changed = next((self.when(each) for each in self._closings() if each.client == tenant.name), changed)
        return {
            "id": tenant.uuid,
            "version": 1,
            "name": tenant.name,
            "kind": tenant.kind,
            "parent_id": tenant.parent or self.uuid("above us"),
            "customer_type": "default",
            "customer_id": None,
            "brand_id": None,
            "brand_uuid": self.uuid("brand"),
            "brand_enabled": False,
            "barrier": 0,
            "internal_tag": None,
            "language": "en",
            "owner_id": None,
            "default_idp_id": self.uuid("identity provider"),
            "update_lock": {"enabled": False, "owner_id": None},
            "mfa_status": "enabled",
            "pricing_mode": "production",
            "contact": self._contact_json(tenant),
            "contacts": [],
            "offering_items": [],
            "enabled": tenant.enabled,
            "ancestral_access": tenant.lets_us_in and tenant.name not in closed,
            "has_children": tenant.kind in ("partner", "folder"),
            "created_at": zulu(LONG_AGO),
            "updated_at": zulu(changed),
            "deleted_at": None,
        }

    def _contact_json(self, tenant: Tenant) -> dict[str, JSON]:
        return {
            "id": self.uuid("contact", tenant.uuid),
            "created_at": zulu(LONG_AGO),
            "updated_at": zulu(LONG_AGO),
            "types": [],
            "email": "",
            "firstname": None,
            "lastname": None,
        }

    def _closings(self) -> list[Moment]:
        every = (each for moments in self._book.moments.values() for each in moments)
        return [each for each in every if each.what is What.ACCESS_REVOKED]

    def _closed(self, until: datetime) -> frozenset[str]:
        """Name the clients that had locked us out by a moment: nothing of theirs can be seen any more."""
        return frozenset(each.client for each in self._closings() if self.when(each) <= until)

    def _is_there(self, workload: Workload, until: datetime) -> bool:
        left = self._book.of(workload.client, workload.name, What.LEFT)
        return self.since(workload) <= until and (left is None or until < self.when(left))

    # --- what happens ---

    def _last_night(self, until: datetime) -> int:
        return (until - self.start - EVENING) // DAY + 1

    def _until(self, until: datetime, since: datetime | None) -> Iterator[Night]:
        """Give the nights that may hold something of a span; of older ones only what has a story lasts so long."""
        first = (since - LONGEST - self.start - EVENING) // DAY + 1 if since else 1 - HISTORY
        for number in range(max(first, 1 - HISTORY), self._last_night(until) + 1):
            usual = since is None or self._evening(number) + USUAL >= since
            night = self._night(number) if usual or number in self._nights else self._made(number, self._storied)
            if since is None or night.over >= since:
                yield night

    def _begun(self, night: Night, until: datetime, since: datetime | None) -> Iterator[Piece]:
        """Give a night's steps that have begun, without those of runs that surely ended before a moment."""
        closed = self._closed(until)
        for run in night.runs.values():
            over = since is not None and run.ends < since - SECOND
            if run.starts <= until and not over and run.workload.client not in closed:
                yield from (piece for piece in runs.steps(run) if piece.started <= until)
        steps = (each for each in night.policy_steps if each.workload.client not in closed)
        yield from (each for each in steps if each.started <= until)

    def _evening(self, night: int) -> datetime:
        return self.start + (night - 1) * DAY + EVENING

    def _night(self, number: int, *, only: int = 0) -> Night:
        """Give a night, from those kept when it is there; `only` the part that holds one job, when it is not."""
        if number in self._nights:
            return self._nights[number]
        if only:
            one = runs.run_of(only)[1]
            return self._made(number, self._everything[one : one + 1])
        made = self._nights[number] = self._made(number, self._everything)
        while len(self._nights) > 1 and sum(len(each.runs) for each in self._nights.values()) > RUNS_KEPT:
            del self._nights[next(iter(self._nights))]
        return made

    def _made(self, number: int, workloads: Sequence[Workload]) -> Night:
        found = [each for workload in workloads for each in self._runs_of(workload, number)]
        policy_steps, alerts = list[Piece](), list[Raised]()
        for workload in workloads:
            policy_steps += self._policy_steps(workload, number)
            alerts += self._alerts_without_run(workload, number)
        alerts += (alert for each in found if (alert := self._alert_of(each)))
        ends = [*(each.ends for each in found), *(each.ends for each in policy_steps), *(each.at for each in alerts)]
        return Night(
            runs={each.id: each for each in found},
            policy_steps=tuple(policy_steps),
            alerts=tuple(alerts),
            over=max(ends, default=self._evening(number)),
        )

    def _runs_of(self, workload: Workload, night: int) -> list[Run]:
        """Give what a night, and the day after it, runs of one workload."""
        kept = self._nights.get(night)
        if kept:
            turns = (runs.step_id(night, workload.number, turn) for turn in range(runs.POLICY_TURN))
            return [kept.runs[each] for each in turns if each in kept.runs]
        fate, evening = self._fate(workload, night), self._evening(night)
        made = list[Run]()
        if fate.code:
            times = plans.starts(workload, evening.date())
            for turn, minutes in enumerate(times if fate.starts is None else (fate.starts,)):
                starts = evening + timedelta(minutes=minutes)
                made.append(runs.run(workload, night, fate, seed=self.seed, starts=starts, turn=turn))
        by_hand = self._book.of(workload.client, workload.name, What.STARTED_BY_HAND)
        if by_hand and by_hand.day == night:
            at = self.when(by_hand)
            made.append(runs.run(workload, night, Fate(), seed=self.seed, starts=at, turn=1, run_mode="manual"))
        return made

    def _fate(self, workload: Workload, night: int) -> Fate:
        told = self._book.fate(workload.client, workload.name, night)
        if told:
            return told
        if not workload.name.startswith(roster.MORE):
            return runs.WELL
        luck = random.Random(f"{self.seed}/{workload.number}/{night}/luck")  # noqa: S311 - a story, not a secret
        return Fate(code="error", trouble=troubles.NO_HOST) if luck.random() < UNLUCKY else runs.WELL

    def _policy_steps(self, workload: Workload, night: int) -> Iterator[Piece]:
        for what, type_ in ((What.PLAN_REVOKED, runs.REVOKE), (What.PLAN_APPLIED, runs.APPLY)):
            moment = self._book.of(workload.client, workload.name, what)
            if moment and moment.day == night:
                yield runs.policy_step(workload, night, type_, self.when(moment))

    def _alerts_without_run(self, workload: Workload, night: int) -> Iterator[Raised]:
        fate = self._book.fate(workload.client, workload.name, night)
        if fate and not fate.code and fate.alert:
            at = self._evening(night) + timedelta(hours=4, minutes=workload.slot % 60)
            yield self._raised(workload, fate.alert, at)
        noticed = self._book.of(workload.client, workload.name, What.NO_BACKUP_FOR_DAYS)
        if noticed and noticed.day == night:
            yield self._raised(workload, "NoBackupForXDays", self.when(noticed), days=night)

    def _alert_of(self, run: Run) -> Raised | None:
        """Give the alert a run raises at its end; None for one that says nothing."""
        fate = run.fate
        if fate.code not in ALERTS or not fate.trouble:
            return None
        wrappers = (runs.ROOT, runs.WORKFLOW)
        bad = next(each for each in reversed(runs.steps(run)) if each.code == fate.code and each.type not in wrappers)
        at = bad.ends + timedelta(seconds=2)
        return self._raised(run.workload, ALERTS[fate.code], at, piece=bad, trouble=fate.trouble)

    def _raised(
        self,
        workload: Workload,
        type_: str,
        at: datetime,
        *,
        piece: Piece | None = None,
        trouble: troubles.Trouble | None = None,
        days: int = 0,
    ) -> Raised:
        alert_id = self.uuid("alert", type_, workload.number).upper()
        severity = SEVERITIES.get(type_, "warning")
        return Raised(alert_id, type_, severity, at, workload, piece=piece, trouble=trouble, days=days)

    def _next_at(self, workload: Workload, until: datetime, newest: Run | None) -> datetime | None:
        """Say when its agent means to start next; one that has gone silent says what it said last."""
        if not self.is_protected(workload, until):
            return None
        at = until
        if newest and self._is_silent(workload, until):
            at = newest.ends if newest.ends <= until else newest.starts
        return plans.next_start(workload, self._evening(self._last_night(at)), at)

    def _is_silent(self, workload: Workload, until: datetime) -> bool:
        fate = self._book.fate(workload.client, workload.name, self._last_night(until))
        return fate is not None and not fate.code

    # --- parts of a record ---

    def _resource(self, piece: Piece) -> dict[str, JSON]:
        workload = piece.workload
        if piece.host:
            host = self.uuid("host", workload.client, workload.host)
            return {"id": host, "type": "resource.machine", "name": workload.host}
        return {"id": self.workload_id(workload), "type": self.resource_type(workload), "name": workload.name}

    def _policy(self, piece: Piece) -> dict[str, JSON]:
        # what cloud-to-cloud plans are called in the API is not published; this name is ours
        type_ = plans.SAAS if piece.workload.kind == roster.SAAS else piece.policy_type
        return {
            "id": self._named_plan(piece.workload, type_),
            "type": type_,
            "name": plans.plan_of(piece.workload).name,
        }

    def _named_plan(self, workload: Workload, type_: str = plans.MACHINE) -> str:
        """Give the id activities and alerts name: which of the two the service takes is not known."""
        child = self._child_plans and type_ != plans.ROOT
        return self.backup_plan_id(workload) if child else self.plan_id(workload)

    def _context(self, piece: Piece) -> dict[str, JSON]:
        context: dict[str, JSON] = {"title": piece.title, "isLegacy": True, "_runtime": {}}
        if not piece.parent:
            name = plans.plan_of(piece.workload).name
            context |= {"IsProcessRoot": True, "Specific": "Business", "PlanName": name}
        if piece.run_mode:
            context["runMode"] = piece.run_mode
        if piece.workload.suite:
            context["suite"] = piece.workload.suite
        return context

    def _details(self, alert: Raised) -> dict[str, JSON]:
        workload = alert.workload
        kind, name = workload.goes_to
        details: dict[str, JSON] = {
            "planId": self._named_plan(workload).upper(),
            "planName": plans.plan_of(workload).name,
            "resourceId": self.workload_id(workload).upper(),
            "resourceName": workload.name,
            "backupLocations": [{"name": name, "type": kind}],
            "backupSourcesType": "files" if workload.kind == roster.FILES else "machines",
            "agentId": self.agent_id(workload).upper(),
        }
        if alert.days:
            details["daysPassed"] = alert.days
        if alert.piece is None:
            details["errorMessage"] = {"kbLink": {"serCode": alert.type}}
            return details
        piece, uuid = alert.piece, self.step_uuid(alert.piece.id).upper()
        details |= {
            "activityId": uuid,
            "activity": {"id": uuid, "type": piece.type},
            "startTime": int(piece.started.timestamp()),
            "finishTime": int(piece.ends.timestamp()),
        }
        if alert.trouble and alert.type != "BackupCanceled":
            details["error"] = troubles.chained(alert.trouble, workload=workload.name, command=piece.type)
            details["errorMessage"] = troubles.error_message(alert.trouble, alert=alert.type)
        return details


def _result(piece: Piece) -> dict[str, JSON]:
    result: dict[str, JSON] = {"code": piece.code}
    if piece.trouble:
        error: JSON = troubles.domain_error(piece.trouble, workload=piece.workload.name, command=piece.type)
        result |= {"warnings": [error]} if piece.code == "warning" else {"error": error}
    elif piece.code == "error":
        result["error"] = troubles.wrapping_error(workload=piece.workload.name)
    return result


def _first(id_: int) -> int:
    """Give the id of the first step of a step's run."""
    return id_ - (id_ - runs.FIRST_ID) % runs.STEPS_A_RUN


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def _fraction(salt: int) -> int:
    """Give the microseconds a time of this salt is spelled with."""
    return salt % 1_000_000_000 // 1000


def _stamp(at: datetime) -> datetime:
    """Give an alert's time as it is spelled."""
    return at + _fraction(int(at.timestamp())) * MICROSECOND


def zulu(moment: datetime) -> str:
    """Spell a time as the services do where whole seconds are enough."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _rfc3339(moment: datetime, salt: int) -> str:
    """Spell a time as the services do, with nanoseconds."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{salt % 1_000_000_000:09d}Z"


__all__ = ["START", "Household", "Piece", "Raised", "World"]
