"""What happened in the sandbox up to a moment. Pure: the same seed and moment give the same records."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import msgspec

from bot.net.http import JSON
from bot.sources.sandbox import roster, troubles
from bot.sources.sandbox.roster import Household, Workload
from bot.sources.sandbox.stories import APPLIED, MANUAL_RUNS, NO_BACKUP_FOR, REVOKED, Book, Fate, book

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday; night 1 is its evening
EVENING = timedelta(hours=20)
HISTORY = 7  # nights before night 1
LONGEST = timedelta(hours=72)  # from an evening to the last end of what it set going
UNLUCKY = 0.005  # of the machines without a story, each night; well again the next
TICK = timedelta(minutes=5)  # how often a running job reports its progress

ROOT = "D332948D-A7A9-4E07-B76C-253DCF6E17FB"
WORKFLOW = "F30407D6-601F-11E0-9C67-FF46DFD72085"
RESOLVING = "FD79C554-B363-4DB2-97BC-1E5A94094A94"
BACKING_UP = "8F01AC13-F59E-4851-9204-DE1FD77E36B4"
RETENTION = "08BE2B76-A95F-4FD4-AC32-AF26210E3A33"
REVOKE = "44328016-20D7-4799-A357-CF152C904ED0"
TITLES = {
    WORKFLOW: "Backup workflow",
    RESOLVING: "Resolving items to back up",
    BACKING_UP: "Backing up",
    RETENTION: "Applying retention rules",
}
FIRST_ID = 1_701_000_000_000_000_000  # beyond 2^53, and neighbours closer than a float can tell apart
NAMESPACE = UUID("5a3c0f0e-8f57-4c3d-9a57-6f2f0b7c9d10")


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


class Piece(msgspec.Struct, frozen=True):
    """One step, as it will have ended.

    Attributes:
        names: False for steps that leave workload and plan to their parent.
        workload: None for the host's own wrapper.
        moving_until: when its bytes last advanced.
    """

    id: int
    root: int
    parent: int
    uuid: str
    type: str
    title: str
    started: datetime
    ends: datetime
    workload: Workload
    code: str = "ok"
    error: Callable[[], dict[str, JSON]] | None = None
    names: bool = True
    host: bool = False
    bytes: int = 0
    moving_until: datetime | None = None
    run_mode: str = ""
    policy_type: str = "policy.backup.machine"

    def changed(self, until: datetime) -> datetime:
        """Say when it last changed, seen from a moment: at its end, or at its last report of progress."""
        if self.ends <= until:
            return self.ends
        reported = self.started + (until - self.started) // TICK * TICK
        return min(reported, self.moving_until or reported)


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

    pieces: tuple[Piece, ...]
    alerts: tuple[Raised, ...]
    over: datetime


class World:
    """A simulated MSP: what it is made of, and what happened up to any moment.

    Args:
        clients: how many; those with a story come first.
        workloads: at least so many; machines without a story are added.
        start: midnight of the day whose evening is night 1.
        uuids: False for records that name their tenant by its number alone.
    """

    def __init__(
        self,
        seed: int = 4,
        *,
        clients: int = 12,
        workloads: int = 0,
        start: datetime = START,
        uuids: bool = True,
    ) -> None:
        self.seed = seed
        self.start = start
        self._uuids = uuids
        self._homes = roster.households(clients)
        self._everything = roster.workloads(self._homes, workloads)
        self._book: Book = book()
        self._nights: dict[int, Night] = {}
        self.partner = self._uuid("partner")
        self._tenants = {each.name: each for each in self._tree()}

    @property
    def workloads(self) -> tuple[Workload, ...]:
        return self._everything

    def tenants(self) -> list[dict[str, JSON]]:
        """Give the account's tree as the account API does; a self-managed client hides what is below it."""
        return [self._tenant_json(each) for each in self._tenants.values()]

    def activities(self, until: datetime, since: datetime | None = None) -> list[dict[str, JSON]]:
        """Give the activities that changed from one moment to another, as they stand at the second."""
        return [self.shown(each, until) for each in self.pieces(until, since)]

    def alerts(self, until: datetime, since: datetime | None = None) -> list[dict[str, JSON]]:
        """Give the alerts likewise. Of an alert raised again only the newest raising is there."""
        return [self.told(each) for each in self.raised(until, since)]

    def pieces(self, until: datetime, since: datetime | None = None) -> list[Piece]:
        """Give what `activities` shows, in order of change, unspelled."""
        found = (
            piece
            for night in self._until(until, since)
            for piece in night.pieces
            if piece.started <= until and (since is None or piece.changed(until) >= since)
        )
        return sorted(found, key=lambda each: (each.changed(until), each.id))

    def running(self, until: datetime) -> list[Piece]:
        """Give the steps that have begun and not ended."""
        nights = (each for each in self._until(until, until) if each.over > until)
        return [piece for night in nights for piece in night.pieces if piece.started <= until < piece.ends]

    def of_task(self, root: int, until: datetime) -> list[Piece]:
        """Give the steps of one job."""
        night = (root - FIRST_ID) // 64 // 2**20 - 4096
        if not -HISTORY < night <= (until - self.start - EVENING) // timedelta(days=1) + 1:
            return []
        return [each for each in self._night(night).pieces if each.root == root and each.started <= until]

    def raised(self, until: datetime, since: datetime | None = None) -> list[Raised]:
        happened = [each for night in self._until(until, since) for each in night.alerts if each.at <= until]
        newest = {each.id: each for each in sorted(happened, key=lambda each: each.at)}
        found = (each for each in newest.values() if since is None or each.at >= since)
        return sorted(found, key=lambda each: (each.at, each.id))

    def shown(self, piece: Piece, until: datetime) -> dict[str, JSON]:
        """Spell one step as the Task Manager does."""
        ended = piece.ends <= until
        shown: dict[str, JSON] = {
            "uuid": piece.uuid,
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
            "executor": {"id": self._uuid("agent", piece.workload.number), "clusterId": ""},
        }
        if piece.parent:
            shown["parentActivityId"] = piece.parent
        if piece.names:
            shown["policy"] = self._policy(piece)
            shown["resource"] = self._resource(piece)
        if piece.bytes:
            done = int(piece.bytes * piece_share(piece, until))
            shown["progress"] = {
                "current": done,
                "total": piece.bytes,
                "bytesProcessed": done,
                "bytesSaved": done * 2 // 5,
            }
        if ended:
            shown["completedAt"] = _rfc3339(piece.ends, piece.id)
            shown["result"] = self._result(piece)
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

    def _tree(self) -> Iterator[Tenant]:
        top = Tenant(self.partner, 50, "Sandbox MSP", "partner", "", "/1/50/")
        yield top
        number = 100
        for folder in sorted({home.folder for home in self._homes if home.folder}):
            number += 1
            yield Tenant(self._uuid("folder", folder), number, folder, "folder", top.uuid, f"{top.locator}{number}/")
        folders = number
        for home in self._homes:
            number += 10
            path = f"{top.locator}{folders}/" if home.folder else top.locator
            above = self._uuid("folder", home.folder) if home.folder else top.uuid
            customer = Tenant(
                self._uuid("client", home.name),
                number,
                home.name,
                "customer",
                above,
                f"{path}{number}/",
                enabled=home.enabled,
                lets_us_in=home.lets_us_in,
            )
            yield customer
            if home.unit:
                below = f"{customer.locator}{number + 1}/"
                yield Tenant(self._uuid("unit", home.unit), number + 1, home.unit, "unit", customer.uuid, below)

    def _home_of(self, workload: Workload) -> Tenant:
        """Backups of a client with a unit run in the unit."""
        unit = next((home.unit for home in self._homes if home.name == workload.client), "")
        return self._tenants[unit or workload.client]

    def _owner(self, workload: Workload) -> dict[str, JSON]:
        home = self._home_of(workload)
        named: dict[str, JSON] = {"uuid": home.uuid} if self._uuids else {}
        return {"id": str(home.number), **named, "name": home.name, "locator": home.locator}

    def _tenant_json(self, tenant: Tenant) -> dict[str, JSON]:
        disabled = self.start - timedelta(days=2) + timedelta(hours=9)
        return {
            "id": tenant.uuid,
            "version": 1,
            "name": tenant.name,
            "kind": tenant.kind,
            "parent_id": tenant.parent or self._uuid("above us"),
            "customer_type": "default",
            "customer_id": None,
            "internal_tag": None,
            "language": "en",
            "owner_id": None,
            "enabled": tenant.enabled,
            "ancestral_access": tenant.lets_us_in,
            "has_children": tenant.kind in ("partner", "folder"),
            "created_at": "2024-05-06T08:00:00Z",
            "updated_at": f"{disabled:%Y-%m-%dT%H:%M:%SZ}" if not tenant.enabled else "2024-05-06T08:00:00Z",
            "deleted_at": None,
        }

    # --- what happens ---

    def _until(self, until: datetime, since: datetime | None) -> Iterator[Night]:
        last = (until - self.start - EVENING) // timedelta(days=1) + 1
        first = (since - LONGEST - self.start - EVENING) // timedelta(days=1) + 1 if since else 1 - HISTORY
        for number in range(max(first, 1 - HISTORY), last + 1):
            night = self._night(number)
            if since is None or night.over >= since:
                yield night

    def _evening(self, night: int) -> datetime:
        return self.start + timedelta(days=night - 1) + EVENING

    def _night(self, number: int) -> Night:
        if number not in self._nights:
            pieces, alerts = list[Piece](), list[Raised]()
            for workload in self._everything:
                for run, raised in self._happenings(workload, number):
                    pieces += run
                    alerts += raised
            ends = [*(each.ends for each in pieces), *(each.at for each in alerts), self._evening(number)]
            self._nights[number] = Night(pieces=tuple(pieces), alerts=tuple(alerts), over=max(ends))
        return self._nights[number]

    def _happenings(self, workload: Workload, night: int) -> Iterator[tuple[list[Piece], list[Raised]]]:
        """Give what a night, and the day after it, hold for one workload."""
        who = (workload.client, workload.name)
        yield self._night_run(workload, night, self._fate(workload, night))
        morning = self._evening(night).replace(hour=0) + timedelta(days=1)
        if MANUAL_RUNS.get(who) == night:
            made = _Run(
                self, workload, night, turn=1, starts=morning + timedelta(hours=11, minutes=10), run_mode="manual"
            )
            yield made.pieces(Fate()), []
        if REVOKED.get(who) == night:
            yield [self._policy_step(workload, night, REVOKE, morning + timedelta(hours=10))], []
        if APPLIED.get(who) == night:
            yield [self._policy_step(workload, night, "policy.apply", morning + timedelta(hours=9))], []
        if NO_BACKUP_FOR.get(who) == night:
            yield [], [self._raised(workload, "NoBackupForXDays", "warning", morning + timedelta(hours=8), days=night)]

    def _fate(self, workload: Workload, night: int) -> Fate:
        told = self._book.fate(workload.client, workload.name, night)
        if told:
            return told
        luck = random.Random(f"{self.seed}/{workload.number}/{night}/luck")  # noqa: S311 - a story, not a secret
        if workload.name.startswith(roster.MORE) and luck.random() < UNLUCKY:
            return Fate(code="error", trouble=troubles.NO_HOST)
        return Fate()

    def _night_run(self, workload: Workload, night: int, fate: Fate) -> tuple[list[Piece], list[Raised]]:
        if not fate.code:
            at = self._evening(night) + timedelta(hours=4, minutes=workload.slot % 60)
            severity = "warning" if fate.alert == "BackupStatusUnknown" else "critical"
            return [], [self._raised(workload, fate.alert, severity, at)] if fate.alert else []
        starts = self._evening(night) + timedelta(minutes=workload.slot if fate.starts is None else fate.starts)
        pieces = _Run(self, workload, night, starts=starts).pieces(fate)
        alert = {"error": "BackupFailed", "cancelled": "BackupCanceled", "warning": "BackupFinishedWithWarnings"}.get(
            fate.code
        )
        if not alert or not fate.trouble:
            return pieces, []
        bad = next(each for each in reversed(pieces) if each.code == fate.code and each.type not in (ROOT, WORKFLOW))
        severity = "critical" if alert == "BackupFailed" else "warning"
        at = bad.ends + timedelta(seconds=2)
        return pieces, [self._raised(workload, alert, severity, at, piece=bad, trouble=fate.trouble)]

    def _raised(
        self,
        workload: Workload,
        type_: str,
        severity: str,
        at: datetime,
        *,
        piece: Piece | None = None,
        trouble: troubles.Trouble | None = None,
        days: int = 0,
    ) -> Raised:
        alert_id = self._uuid("alert", type_, workload.number).upper()
        return Raised(alert_id, type_, severity, at, workload, piece=piece, trouble=trouble, days=days)

    def _policy_step(self, workload: Workload, night: int, type_: str, at: datetime) -> Piece:
        number = _id(night, workload.number, 60)
        verb = "Revoking" if type_ == REVOKE else "Applying"
        return Piece(
            id=number,
            root=number,
            parent=0,
            uuid=self._uuid("step", number),
            type=type_,
            title=f"{verb} plan '{_plan_name(workload)}'",
            started=at,
            ends=at,
            workload=workload,
            policy_type="policy.protection.total",
        )

    # --- how it is spelled ---

    def _uuid(self, *of: object) -> str:
        return str(uuid5(NAMESPACE, "/".join(map(str, (self.seed, *of)))))

    def _resource(self, piece: Piece) -> dict[str, JSON]:
        workload = piece.workload
        if piece.host:
            return {
                "id": self._uuid("host", workload.client, workload.host),
                "type": "resource.machine",
                "name": workload.host,
            }
        types = {
            roster.VM: "resource.virtual_machine.vmwesx",
            roster.SQL: "resource.mssql",
            roster.EXCHANGE: "resource.exchange",
        }
        type_ = "resource.mailbox" if workload.kind == roster.SAAS else types.get(workload.kind, "resource.machine")
        return {"id": self._workload_id(workload), "type": type_, "name": workload.name}

    def _workload_id(self, workload: Workload) -> str:
        return self._uuid("workload", workload.number)

    def _policy(self, piece: Piece) -> dict[str, JSON]:
        # what cloud-to-cloud plans are called in the API is not published; this name is ours
        type_ = "policy.backup.saas" if piece.workload.kind == roster.SAAS else piece.policy_type
        return {"id": self._plan_id(piece.workload), "type": type_, "name": _plan_name(piece.workload)}

    def _plan_id(self, workload: Workload) -> str:
        return self._uuid("plan", workload.client, _plan_name(workload))

    def _context(self, piece: Piece) -> dict[str, JSON]:
        context: dict[str, JSON] = {"title": piece.title, "isLegacy": True, "_runtime": {}}
        if not piece.parent:
            context |= {"IsProcessRoot": True, "Specific": "Business", "PlanName": _plan_name(piece.workload)}
        if piece.run_mode:
            context["runMode"] = piece.run_mode
        if piece.workload.suite:
            context["suite"] = piece.workload.suite
        return context

    def _result(self, piece: Piece) -> dict[str, JSON]:
        result: dict[str, JSON] = {"code": piece.code}
        if piece.error and piece.code == "warning":
            result["warnings"] = [piece.error()]
        elif piece.error:
            result["error"] = piece.error()
        return result

    def _details(self, alert: Raised) -> dict[str, JSON]:
        workload = alert.workload
        kind, name = workload.goes_to
        details: dict[str, JSON] = {
            "planId": self._plan_id(workload).upper(),
            "planName": _plan_name(workload),
            "resourceId": self._workload_id(workload).upper(),
            "resourceName": workload.name,
            "backupLocations": [{"name": name, "type": kind}],
            "backupSourcesType": "files" if workload.kind == roster.FILES else "machines",
            "agentId": self._uuid("agent", workload.number).upper(),
        }
        if alert.days:
            details["daysPassed"] = alert.days
        if alert.piece is None:
            details["errorMessage"] = {"kbLink": {"serCode": alert.type}}
            return details
        piece = alert.piece
        details |= {
            "activityId": piece.uuid.upper(),
            "activity": {"id": piece.uuid.upper(), "type": piece.type},
            "startTime": int(piece.started.timestamp()),
            "finishTime": int(piece.ends.timestamp()),
        }
        if alert.trouble and alert.type != "BackupCanceled":
            details["error"] = troubles.chained(alert.trouble, workload=workload.name, command=piece.type)
            details["errorMessage"] = troubles.error_message(alert.trouble, alert=alert.type)
        return details


class _Run:
    """One run of one workload: a tree of steps, root, workflow, resolving, backing up, retention."""

    def __init__(
        self,
        world: World,
        workload: Workload,
        night: int,
        *,
        starts: datetime,
        turn: int = 0,
        run_mode: str = "scheduled",
    ) -> None:
        self._world = world
        self._workload = workload
        self._starts = starts
        self._run_mode = run_mode
        self._night = night
        self._luck = random.Random(f"{world.seed}/{workload.number}/{night}/{turn}")  # noqa: S311 - a story, not a secret
        first = _id(night, workload.number, turn * 8)
        self._ids = [first + n for n in range(8)]

    def pieces(self, fate: Fate) -> list[Piece]:
        minutes = fate.lasts if fate.lasts is not None else self._luck.randint(8, 90)
        ends = self._starts + timedelta(minutes=minutes, seconds=self._luck.randint(0, 20) if fate.lasts is None else 0)
        stuck = self._starts + timedelta(minutes=fate.stuck_after) if fate.stuck_after is not None else None
        amount = self._luck.randint(2, 60) * 2**30 // 7
        if self._workload.type:
            return [self._step(0, self._workload.type, self._starts, ends, fate, amount=amount)]
        return self._tree(fate, ends, amount, stuck)

    def _tree(self, fate: Fate, ends: datetime, amount: int, stuck: datetime | None) -> list[Piece]:
        second = timedelta(seconds=1)
        after = fate.step == "retention"
        bad = fate.code != "ok"
        moved = ends - 40 * second if not bad or after else ends - 4 * second
        steps = [self._wrapper(fate, ends)] if not self._workload.host else [self._host_root(ends)]
        steps.append(self._step(1, WORKFLOW, self._starts + 2 * second, ends - second, self._outer(fate), parent=0))
        resolved = min(self._starts + 30 * second, moved - second)
        steps.append(self._step(2, RESOLVING, self._starts + 3 * second, resolved, Fate(), parent=1, names=False))
        own = Fate() if after else fate
        steps.append(self._step(3, BACKING_UP, resolved, moved, own, parent=1, amount=amount, moving_until=stuck))
        if not bad or after or fate.code == "warning":
            kept = self._step(4, RETENTION, moved, ends - 2 * second, fate if after else Fate(), parent=1, names=False)
            steps.append(kept)
        return steps

    def _wrapper(self, fate: Fate, ends: datetime) -> Piece:
        return self._step(
            0, ROOT, self._starts, ends, self._outer(fate), title=f"Backup plan '{_plan_name(self._workload)}'"
        )

    def _host_root(self, ends: datetime) -> Piece:
        """The host's machines share one root in the real service; each of ours has its own, told once a machine."""
        own = self._step(0, ROOT, self._starts, ends, Fate(), title=f"Backup plan '{_plan_name(self._workload)}'")
        return msgspec.structs.replace(own, host=True)

    def _outer(self, fate: Fate) -> Fate:
        """What the wrappers say: that a step failed, and hardly more."""
        return msgspec.structs.replace(fate, trouble=None)

    def _step(
        self,
        at: int,
        type_: str,
        started: datetime,
        ends: datetime,
        fate: Fate,
        *,
        parent: int | None = None,
        names: bool = True,
        amount: int = 0,
        moving_until: datetime | None = None,
        title: str = "",
    ) -> Piece:
        return Piece(
            id=self._ids[at],
            root=self._ids[0],
            parent=self._ids[parent] if parent is not None else 0,
            uuid=self._world._uuid("step", self._ids[at]),
            type=type_,
            title=title or TITLES.get(type_, type_),
            started=started,
            ends=ends,
            workload=self._workload,
            code=fate.code,
            error=self._error(fate, type_),
            names=names,
            bytes=amount,
            moving_until=moving_until,
            run_mode=self._run_mode if parent is None else "",
        )

    def _error(self, fate: Fate, type_: str) -> Callable[[], dict[str, JSON]] | None:
        trouble, name = fate.trouble, self._workload.name
        if trouble:
            return lambda: troubles.domain_error(trouble, workload=name, command=type_)
        if fate.code == "error":
            return lambda: troubles.wrapping_error(workload=name)
        return None


def piece_share(piece: Piece, until: datetime) -> float:
    """Tell how much of its bytes a step has moved by a moment."""
    if piece.ends <= until and not piece.moving_until:
        return 1.0 if piece.code in ("ok", "warning") else 0.6
    at = min(piece.changed(until), piece.moving_until or until)
    return min(1.0, (at - piece.started) / max(piece.ends - piece.started, TICK))


def _plan_name(workload: Workload) -> str:
    if workload.kind == roster.SAAS:
        return "Cloud to cloud"
    return {"cloud": "Nightly to the cloud", "local_folder": "Nightly to disk D:"}.get(
        workload.goes_to[0], "Nightly to NAS01"
    )


def _id(night: int, workload: int, step: int) -> int:
    return FIRST_ID + ((night + 4096) * 2**20 + workload) * 64 + step


def _rfc3339(moment: datetime, salt: int) -> str:
    """Spell a time as the services do, with nanoseconds."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{salt % 1_000_000_000:09d}Z"


__all__ = ["START", "Household", "Piece", "Raised", "World"]
