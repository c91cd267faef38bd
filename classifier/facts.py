"""The eleven questions asked of every job, healthy or not. An answer is a value, or None: not known."""

from enum import StrEnum

import msgspec


class Trigger(StrEnum):
    SCHEDULED = "scheduled"
    MANUAL = "manual"


class Rhythm(StrEnum):
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    BY_EVENT = "by event"
    CONTINUOUS = "continuous"


class Method(StrEnum):
    FULL = "full"
    INCREMENTAL = "incremental"
    DIFFERENTIAL = "differential"


class Kind(StrEnum):
    """What kind of workload is protected."""

    VM = "VM"
    DISK = "disk"
    FILES = "files"
    SQL = "SQL"
    EXCHANGE = "Exchange"
    MICROSOFT_365 = "Microsoft 365"
    GOOGLE = "Google Workspace"


class Destination(msgspec.Struct, frozen=True, gc=False):
    """Where a backup goes.

    Attributes:
        kind: the vendor's type (`cloud`, `network_share`, `local_folder`).
        name: the path or name, "" when the vendor gives none (it does not for its cloud).
    """

    kind: str
    name: str = ""

    @property
    def is_cloud(self) -> bool:
        return self.kind in CLOUD_KINDS


CLOUD_KINDS = frozenset({"cloud", "online"})  # policies say cloud, the Vault Manager says online


class Step(msgspec.Struct, frozen=True, gc=False):
    """One activity inside a job: its name, and whether it went well (None: still running or not told)."""

    name: str
    ok: bool | None


class JobFacts(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What is known of one job run. None means unknown; `why` says why, by field name.

    Attributes:
        trigger: (1) scheduled or manual.
        rhythm: (2) how often the plan runs.
        method: (3) full, incremental or differential.
        bytes_processed: (4) bytes read at the source.
        bytes_saved: (4) bytes written to the destination.
        kind: (5) what is protected.
        steps: (6) the job's activities in order; () when none were reported.
        policy_applied: (7) the plan is deployed on the workload.
        backup_completed: (8) the backup step itself went well.
        retention_applied: (9) the clean-up step went well.
        cloud_only: (10) True when every copy is in Acronis' cloud.
        destinations: (11) where the copies go; () when unknown.
    """

    trigger: Trigger | None = None
    rhythm: Rhythm | None = None
    method: Method | None = None
    bytes_processed: int | None = None
    bytes_saved: int | None = None
    kind: Kind | None = None
    steps: tuple[Step, ...] = ()
    policy_applied: bool | None = None
    backup_completed: bool | None = None
    retention_applied: bool | None = None
    cloud_only: bool | None = None
    destinations: tuple[Destination, ...] = ()
    why: dict[str, str] = {}

    @property
    def all_steps_complete(self) -> bool | None:
        """(6) True when every step went well, False when one did not, None when no steps were reported."""
        if not self.steps or any(step.ok is None for step in self.steps):
            return False if any(step.ok is False for step in self.steps) else None
        return all(step.ok for step in self.steps)

    @property
    def failed_steps(self) -> tuple[str, ...]:
        return tuple(step.name for step in self.steps if step.ok is False)


NOTHING_KNOWN = JobFacts()
