"""The lists of the account: plans, where they are applied, how everything stands, what lies in the vaults.

Shapes after the vendor's OpenAPI (Resource and Policy Management v4, Alert Manager v1, Vault Manager v1) and its
developer guide; where the two differ, `by_the_book` says whose words are used.
"""

from collections.abc import Mapping
from datetime import datetime

from bot.net.http import JSON
from bot.sources.sandbox import plans, roster
from bot.sources.sandbox.plans import Plan
from bot.sources.sandbox.roster import Workload
from bot.sources.sandbox.runs import Run
from bot.sources.sandbox.world import State, World, zulu

APPLIED_MAX = 100  # workloads a plan's `context` names: maxItems of the OpenAPI
STORAGE_TYPES = {"cloud": "online"}  # the Vault Manager's word for a plan's; the others are the same
ARCHIVE_TYPES = {roster.FILES: "file", roster.SQL: "mssql", roster.EXCHANGE: "msexchange"}
STATUSES = {"error": "critical", "timedout": "error", "cancelled": "warning", "warning": "warning"}
SEVERITIES = {"critical": "critical", "warning": "warning"}
CTI = "cti.a.p.wm.workload.v1.0~a.sandbox.machine.v1.0"  # of the documented form; the name is ours
NO_SPAN: dict[str, JSON] = {"by_time_period": 0, "by_events": []}
LICENSED: dict[str, JSON] = {"current_offering_item": "sandbox", "previous_offering_item": ""}

TYPES = (  # what the sandbox raises, and one of another vendor's
    ("BackupFailed", "critical", "Backup"),
    ("BackupCanceled", "warning", "Backup"),
    ("BackupFinishedWithWarnings", "warning", "Backup"),
    ("BackupStatusUnknown", "warning", "Backup"),
    ("BackupDidNotStart", "critical", "Backup"),
    ("BackupNotResponding", "critical", "Backup"),
    ("NoBackupForXDays", "warning", "Backup"),
    ("ResourceQuotaExceeded", "error", "Licensing"),
    ("cti.a.p.am.alert.v1.0~sandbox.invented.type.v1.0", "information", "Sandbox"),
)
SYSTEMS = ("ios", "linux", "macos", "windows")


class Lists:
    """Spells what a world holds, as it stands at a moment.

    Args:
        by_the_book: True for the words of the OpenAPI (`last_run_time`, `no_policies_applied`), False for those of the
            guide, which every known client reads (`last_run`, `not_protected`).
    """

    def __init__(self, world: World, *, by_the_book: bool = False) -> None:
        self._world = world
        self._by_the_book = by_the_book

    # --- plans ---

    def plans(self, until: datetime) -> list[tuple[Plan, list[Workload]]]:
        """Give every plan with the workloads it is applied to, in the order of the clients."""
        found: dict[tuple[str, str], tuple[Plan, list[Workload]]] = {}
        for workload in self._world.protected(until):
            plan = plans.plan_of(workload)
            found.setdefault((workload.client, plan.name), (plan, []))[1].append(workload)
        return list(found.values())

    def plan(self, plan: Plan, applied: list[Workload], *, settings: bool, context: bool) -> dict[str, JSON]:
        """Spell one plan: the protection plan and the backup plan inside it."""
        one = applied[0]
        root, child = self._world.plan_id(one), self._world.backup_plan_id(one)
        common: dict[str, JSON] = {
            "enabled": self._world.tenant(one.client).enabled,
            "origin": "upstream",
            "tenant_id": str(self._world.home_of(one).number),
            "created_at": zulu(self._world.since(one)),
            "updated_at": zulu(self._world.since(one)),
        }
        backup: dict[str, JSON] = {
            **common,
            "id": child,
            "parent_ids": [root],
            "type": plan.type,
            "source_type": _source_type(applied),
        }
        if settings:
            backup |= {"settings_schema": "2.0", "settings": plans.settings(plan)}
        told: dict[str, JSON] = {"policy": [{**common, "id": root, "type": plans.ROOT, "name": plan.name}, backup]}
        if context:
            told["context"] = {"items": [self._world.workload_id(each) for each in applied[:APPLIED_MAX]]}
        return told

    def application(self, workload: Workload, until: datetime) -> list[JSON]:
        """Spell where a plan is applied: a list of its own, the protection plan's part and the backup plan's."""
        state = self._world.state(workload, until)
        backup = self._applied(workload, self._world.backup_plan_id(workload), plans.plan_of(workload).type)
        backup |= _times(state, ("last_run_time", "last_success_time", "next_run_time"))
        backup |= {
            "running": self._running(state, until),
            "status": _status(state),
            "deployment": {"state": "deployed"},
        }
        alert = self._world.newest_alert(workload, until)
        if alert and not state.running:
            severity = SEVERITIES.get(alert.severity, "warning")
            backup["most_severe_status_event"] = {"id": alert.id, "severity": severity, "type": alert.type}
        return [self._applied(workload, self._world.plan_id(workload), plans.ROOT), backup]

    def _applied(self, workload: Workload, plan: str, type_: str) -> dict[str, JSON]:
        tenant = str(self._world.home_of(workload).number)
        id_ = self._world.workload_id(workload)
        return {
            "id": self._world.uuid("application", workload.number, type_),
            "enabled": self._world.tenant(workload.client).enabled,
            "is_licensed": True,
            "agent_id": self._world.agent_id(workload),
            "automatic_enabled_switch": NO_SPAN,
            "context": {"id": id_, "type": self._world.resource_type(workload)},
            "context_tenant_id": tenant,
            "tenant_id": tenant,
            "origin_contexts": [id_],
            "policy": {"id": plan, "type": type_},
            "created_at": zulu(self._world.since(workload)),
            "updated_at": zulu(self._world.since(workload)),
        }

    # --- workloads ---

    def resource(self, workload: Workload) -> dict[str, JSON]:
        """Spell one workload."""
        id_, since = self._world.workload_id(workload), zulu(self._world.since(workload))
        tenant = self._world.home_of(workload)
        return {
            "id": id_,
            "external_id": f"{id_}@{tenant.number}",
            "name": workload.name,
            "user_defined_name": workload.name,
            "type": self._world.resource_type(workload),
            "cti": CTI,
            "parent_group_ids": [],
            "tenant_id": str(tenant.number),
            "agent_id": self._world.agent_id(workload),
            "created_at": since,
            "updated_at": since,
        }

    def status(self, workload: Workload, until: datetime) -> dict[str, JSON]:
        """Spell how one workload stands. What no plan protects has no `policies` at all, as in the guide."""
        tenant_name: dict[str, JSON] = {} if self._by_the_book else {"tenant_name": self._world.home_of(workload).name}
        told: dict[str, JSON] = {"context": {**self.resource(workload), **tenant_name}, "licensing": LICENSED}
        if not self._world.is_protected(workload, until):
            bare = "no_policies_applied" if self._by_the_book else "not_protected"
            told["aggregate"] = {"status": bare, "running": {"state": "idle"}}
            return told
        state = self._world.state(workload, until)
        names = ("last_run", "last_success_run", "next_run")
        if self._by_the_book:
            names = ("last_run_time", "last_success_run_time", "next_run_time")
        plan = plans.plan_of(workload)
        told["aggregate"] = {
            "status": _status(state),
            "names": plan.name,
            "running": self._running(state, until),
        }
        told["policies"] = [{"type": plan.type, **_times(state, names)}]
        return told

    def _running(self, state: State, until: datetime) -> dict[str, JSON]:
        if not state.running:
            return {"state": "idle"}
        run = state.running
        share = 100 * (min(until, run.stuck or until) - run.starts) // (run.ends - run.starts)
        return {"state": "running", "progress": share, "activities": ["backup"]}

    # --- vaults and alert types ---

    def backup(self, run: Run, embed: frozenset[str]) -> dict[str, JSON]:
        """Spell one backup in a vault."""
        world, workload = self._world, run.workload
        home, vault = world.home_of(workload), world.uuid("vault", workload.client, *workload.goes_to)
        saved = run.amount * 2 // 5
        archive = world.uuid("archive", workload.number)
        told: dict[str, JSON] = {
            "vault_id": vault,
            "archive_id": archive,
            "backup_id": world.uuid("backup", run.id),
            "type": "full" if world.is_full(run) else "incremental",
            "created": zulu(run.backed_up_at),
            "size": saved,
            "deduplicated_size": saved,
            "backed_up_data_size": saved,
            "original_data_size": run.amount,
            "deleted": False,
            "tenant_id": str(home.number),
            "tenant_locator": home.locator,
            "resource_ids": [world.workload_id(workload).upper()],
            "attributes": {},
            "notarized": False,
        }
        if "vault" in embed:
            told["vault"] = _vault(workload, vault)
        if "archive" in embed:
            told["archive"] = {
                "id": archive,
                "name": f"{workload.name}A",
                "file_name": f"{workload.name}A.TIBX",
                "type": ARCHIVE_TYPES.get(workload.kind, "image"),
                "format": "alwaysIncremental",
                "vault_id": vault,
                "created": zulu(world.since(workload)),
            }
        return told

    def alert_types(self, system: str) -> list[dict[str, JSON]]:
        """Spell the alert types known for an operating system."""
        return [
            {
                "id": id_,
                "severity": severity,
                "enabled": True,
                "contextKeys": ["planId", "resourceId"],
                "searchableDetails": ["planName", "resourceName"],
                "supportedOS": list(SYSTEMS),
                "category": category,
                "cti_name": id_ if id_.startswith("cti.") else f"cti.a.p.am.alerts.v1.0~a.{id_.lower()}.v1.0",
            }
            for id_, severity, category in TYPES
            if system in SYSTEMS
        ]


def storage_type(workload: Workload) -> str:
    return STORAGE_TYPES.get(workload.goes_to[0], workload.goes_to[0])


def _vault(workload: Workload, id_: str) -> dict[str, JSON]:
    kind, path = workload.goes_to
    settings: dict[str, JSON] = {"catalog_uri": None, "comment": None}
    name = path or "Cloud storage"
    return {
        "id": id_,
        "name": name,
        "uri": path or f"avfs:/online?/{id_}/",
        "version": "LOCATION_VERSION_ABR12",
        "storage_type": STORAGE_TYPES.get(kind, kind),
        "settings": settings,
    }


def _source_type(applied: list[Workload]) -> str:
    """Say what a plan backs up; "" when it holds files and whole machines."""
    files = {each.kind == roster.FILES for each in applied}
    return "" if len(files) > 1 else ("files" if files == {True} else "machines")


def _status(state: State) -> str:
    if state.running:
        return "running"
    return STATUSES.get(state.last.fate.code, "idle") if state.last else "scheduled"


def _times(state: State, names: tuple[str, str, str]) -> Mapping[str, JSON]:
    """Spell the last run, the last good one and the next; what there was not is left out."""
    known = (state.last.ends if state.last else None, state.last_good_at, state.next_at)
    return {name: zulu(each) for name, each in zip(names, known, strict=True) if each}
