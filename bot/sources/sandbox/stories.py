"""What happens to whom, night by night. Night 1 is Monday evening, 2 March 2026; nights before it are history.

Day n is the morning after night n: the 06:45 reading of day 1 tells night 1. Each tale says when it plays and what a
reader of the digest may expect of it.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum, auto

import msgspec

from bot.sources.sandbox import troubles
from bot.sources.sandbox.roster import HOSTILE
from bot.sources.sandbox.troubles import Trouble

FOREVER = 10_000
WEEK = 7


class Fate(msgspec.Struct, frozen=True):
    """How one night of one workload goes.

    Attributes:
        code: how the run ends (`ok`, `warning`, `error`, `cancelled`, `timedout`); "" when no run happens at all.
        step: which step fails (`backup`, `retention`).
        alert: the alert raised when no run happens; "" for silence.
        starts, lasts: minutes after 20:00, and minutes; None for the usual ones.
        stuck_after: minutes after which its bytes no longer advance; None when they do.
    """

    code: str = "ok"
    trouble: Trouble | None = None
    step: str = "backup"
    alert: str = ""
    starts: int | None = None
    lasts: int | None = None
    stuck_after: int | None = None


class Story(msgspec.Struct, frozen=True):
    """A fate of one workload from one night to another, both included; of every so-manieth of them."""

    client: str
    workload: str
    first: int
    last: int
    fate: Fate
    every: int = 1

    def tells(self, night: int) -> bool:
        return self.first <= night <= self.last and (night - self.first) % self.every == 0


class What(Enum):
    """What can happen in a moment."""

    STARTED_BY_HAND = auto()
    PLAN_APPLIED = auto()
    PLAN_REVOKED = auto()
    NO_BACKUP_FOR_DAYS = auto()  # the vendor notices, and raises an alert
    JOINED = auto()  # its agent is registered; with a first, full backup to come
    LEFT = auto()  # it is in no list any more
    ACCESS_REVOKED = auto()  # the whole client; the workload is ""


class Moment(msgspec.Struct, frozen=True):
    """Something that happens once, at a time of day."""

    client: str
    workload: str
    what: What
    day: int
    at: timedelta


Tale = tuple[Story | Moment, ...]


def _fails(trouble: Trouble, *, starts: int | None = None, lasts: int | None = None, step: str = "backup") -> Fate:
    return Fate(code="error", trouble=trouble, starts=starts, lasts=lasts, step=step)


def _at(hour: int, minute: int = 0) -> timedelta:
    return timedelta(hours=hour, minutes=minute)


OFF = Fate(code="", alert="BackupStatusUnknown")
SILENT = Fate(code="")


def disk_full() -> Tale:
    """From Mon 2 March 23:10: Acme's disk D: is full. Expect one row of two servers, act now, every morning."""
    return (
        Story("Acme", "SRV-FILE1", 1, FOREVER, _fails(troubles.DISK_FULL, starts=190, lasts=35)),
        Story("Acme", "SRV-SQL2", 1, FOREVER, _fails(troubles.DISK_FULL, starts=205, lasts=28)),
    )


def corrupted() -> Tale:
    """From Sat 28 February: Delta Law's DC01 has a corrupted archive. Expect it in the baseline, failing each night."""
    return (Story("Delta Law", "DC01", -1, FOREVER, _fails(troubles.CORRUPTED, starts=220, lasts=40)),)


def clean_up_fails() -> Tale:
    """Mon 2 March 23:50: a lock keeps Delta Law's FS1 from cleaning up. Expect a warning, healed on Tuesday night."""
    return (Story("Delta Law", "FS1", 1, 1, _fails(troubles.LOCKED, starts=230, lasts=50, step="retention")),)


def unknown_code() -> Tale:
    """From Mon 2 March: Fenn's APP7 fails with a code nobody knows. Expect "read the log", act now, every morning."""
    return (Story("Fenn", "APP7", 1, FOREVER, _fails(troubles.UNKNOWN)),)


def retired_machine() -> Tale:
    """Tue 3 March 10:00: Fenn's OLD1 loses its plan, and at 10:30 leaves the lists. Expect it said once, no failure."""
    return (
        Story("Fenn", "OLD1", 2, FOREVER, SILENT),
        Moment("Fenn", "OLD1", What.PLAN_REVOKED, 1, _at(10)),
        Moment("Fenn", "OLD1", What.LEFT, 1, _at(10, 30)),
    )


def consent_expired() -> Tale:
    """From Mon 2 March: Orchard's consent for Microsoft 365 has expired. Expect act now until somebody renews it."""
    return (Story("Orchard", "Microsoft 365", 1, FOREVER, _fails(troubles.CONSENT)),)


def nas_without_power() -> Tale:
    """Tue 3 March 02:05 to Wed 4 March: Brightwater's NAS01 is off. Expect one row of 22 machines, healed Thursday."""
    fails = _fails(troubles.NAS_AWAY, starts=365, lasts=6)  # 02:05, unreachable by 02:10
    return tuple(Story("Brightwater", f"PC-{n:02d}", 1, 2, fails) for n in range(1, 23))


def cloud_trouble() -> Tale:
    """Wed 4 March 03:05 to 03:40: six clients lose the cloud. Expect one row, Acronis', no client to call; healed."""
    losing = (
        ("Acme", "WS-01"),
        ("Acme", "WS-02"),
        ("Delta Law", "WS-01"),
        ("Delta Law", "WS-02"),
        ("Fenn", "APP01"),
        ("Kite", "WEB1"),
        ("Harbour Dental", "RECEPTION1"),
        ("Quarry Logistics", "TRUCK-GW"),
    )
    return tuple(
        Story(client, name, 2, 2, _fails(troubles.CLOUD_AWAY, starts=395, lasts=30 + 5 * n))  # from 02:35
        for n, (client, name) in enumerate(losing)
    )


def long_job() -> Tale:
    """Tue 3 March 01:00 to 09:30: Kite's FS1 takes long. Expect it among the running ones at 06:45, then nothing."""
    return (Story("Kite", "FS1", 1, 1, Fate(starts=300, lasts=510)),)


def stuck_job() -> Tale:
    """From Tue 3 March 01:10: Lumen's SQL1 stops at 04:10 and stays so. Expect running, then watch, then act now."""
    return (
        Story("Lumen", "SQL1", 1, 1, Fate(code="timedout", starts=310, lasts=3530, stuck_after=180)),  # to Thu 12:00
        Story("Lumen", "SQL1", 2, 3, SILENT),  # the stuck job is in the way
    )


def cancelled() -> Tale:
    """Wed 4 March 00:05: somebody at Lumen cancels WS3's backup. Expect one row for a day."""
    return (Story("Lumen", "WS3", 2, 2, Fate(code="cancelled", trouble=troubles.STOPPED, starts=225, lasts=20)),)


def warned() -> Tale:
    """Mon 2 and Tue 3 March: Kite's WEB2 is backed up without a snapshot. Expect a warning, never "failed"."""
    return (Story("Kite", "WEB2", 1, 2, Fate(code="warning", trouble=troubles.NO_WRITER)),)


def manual_run() -> Tale:
    """Tue 3 March 11:10: Kite's FS2 is started by hand. Expect "manual" among the facts of its last run, no row."""
    return (Moment("Kite", "FS2", What.STARTED_BY_HAND, 1, _at(11, 10)),)


def snapshots_fail() -> Tale:
    """Mon 2 and Tue 3 March: Harbour Dental's XRAY1 gets no snapshot. Expect it worse on Wednesday, healed Thursday."""
    return (
        Story("Harbour Dental", "XRAY1", 1, 2, _fails(troubles.VSS)),
        Story("Quarry Logistics", "ESX1-VM03", 2, 2, _fails(troubles.VSS)),
    )


def shut_down() -> Tale:
    """Mon 2 March: Northgate's LT-KIM is shut down during its backup. Expect it watched, healed on Wednesday."""
    return (Story("Northgate School", "LT-KIM", 1, 1, _fails(troubles.SHUT_DOWN)),)


def laboratory_off() -> Tale:
    """From Mon 2 March: six of Northgate's laptops are off for three nights. Expect one row, worse on Thursday."""
    return (
        *(Story("Northgate School", f"LAB-LT-{n:02d}", 1, 3, OFF) for n in range(1, 7)),
        Story("Northgate School", "LIBRARY-PC", 2, 2, Fate(code="", alert="BackupDidNotStart")),
        Moment("Northgate School", "LAB-LT-06", What.NO_BACKUP_FOR_DAYS, 3, _at(8)),
    )


def hostile_name() -> Tale:
    """Tue 3 and Wed 4 March: a machine named to ping a channel fails. Expect its name as text, in every place."""
    return (Story("Northgate School", HOSTILE, 2, 3, _fails(troubles.NO_HOST)),)


def plan_applied() -> Tale:
    """Tue 3 March 09:00: Quarry's DEPOT-03 gets its plan anew. Expect "policy applied" among its facts, no row."""
    return (Moment("Quarry Logistics", "DEPOT-03", What.PLAN_APPLIED, 1, _at(9)),)


def healed_long_ago() -> Tale:
    """26 to 28 February: three machines fail once, and are well the next night. Expect them in the history alone."""
    return (
        Story("Harbour Dental", "CHAIR-02", -4, -4, _fails(troubles.CLOUD_AWAY)),
        Story("Fenn", "LT-01", -3, -3, _fails(troubles.NO_HOST)),
        Story("Orchard", "PC-03", -2, -2, _fails(troubles.NO_HOST)),
    )


def client_disabled() -> Tale:
    """Sat 28 February 09:00: Old Mill is switched off. Expect it over, not broken."""
    return tuple(Story("Old Mill", f"PC-{n:02d}", -1, FOREVER, SILENT) for n in range(1, 5))


def crash_loop() -> Tale:
    """From Tue 3 March 00:10: the agent of Ridgeway's SRV-EMR crashes each night. Expect one row that gets worse."""
    return (Story("Ridgeway Clinic", "SRV-EMR", 1, FOREVER, _fails(troubles.CRASHED, starts=250, lasts=15)),)


def flapping() -> Tale:
    """Since Wed 25 February: Ridgeway's SRV-LAB fails every second night. Expect new on Tuesday, healed, and back."""
    return (Story("Ridgeway Clinic", "SRV-LAB", -5, FOREVER, _fails(troubles.NO_HOST), every=2),)


def laptops_at_the_weekend() -> Tale:
    """Saturdays and Sundays, also 28 February: Ridgeway's doctors' laptops are off. Expect one row, healed Tuesday."""
    weekend, late = (-WEEK + 6, 0), Fate(starts=300)  # Saturday, Sunday; on that Monday not before 01:00
    laptops = [f"LT-DR{n:02d}" for n in range(1, 5)]
    return (
        *(Story("Ridgeway Clinic", name, night, FOREVER, OFF, every=WEEK) for name in laptops for night in weekend),
        *(Story("Ridgeway Clinic", name, 1, 1, late) for name in laptops),
    )


def first_full() -> Tale:
    """Mon 2 March 20:30 to Wed 02:30: Stonegate's ARCHIVE1, new since 15:00, copies for 30 hours. Expect it running."""
    return (
        Moment("Stonegate Museum", "ARCHIVE1", What.JOINED, 0, _at(15)),
        Story("Stonegate Museum", "ARCHIVE1", -FOREVER, 0, SILENT),
        Story("Stonegate Museum", "ARCHIVE1", 1, 1, Fate(starts=30, lasts=30 * 60)),
        Story("Stonegate Museum", "ARCHIVE1", 2, 2, SILENT),  # the first one has just ended
    )


def quota_full() -> Tale:
    """From Wed 4 March: that copy has used up Stonegate's storage. Expect one row of three on Thursday, act now."""
    full = _fails(troubles.QUOTA_FULL, lasts=9)
    names = ("ARCHIVE1", "KIOSK-01", "KIOSK-02", "LT-CURATOR")
    return tuple(Story("Stonegate Museum", name, 3, FOREVER, full) for name in names)


def vanished_machine() -> Tale:
    """Tue 3 March 15:30: Stonegate's KIOSK-03 is in no list any more, its plan not revoked. Expect it said as gone."""
    return (
        Story("Stonegate Museum", "KIOSK-03", 2, FOREVER, SILENT),
        Moment("Stonegate Museum", "KIOSK-03", What.LEFT, 1, _at(15, 30)),
    )


def silent_agent() -> Tale:
    """From Tue 3 March: Stonegate's KIOSK-04 stays in the lists, and does nothing. Expect "no activity", not health."""
    return (Story("Stonegate Museum", "KIOSK-04", 2, FOREVER, SILENT),)


def access_revoked() -> Tale:
    """Wed 4 March 12:00: Tallow Brewing locks its partner out. Expect "no access" from 14:45 on, and nothing healed."""
    return (Moment("Tallow Brewing", "", What.ACCESS_REVOKED, 2, _at(12)),)


TALES: tuple[Callable[[], Tale], ...] = (
    disk_full,
    corrupted,
    clean_up_fails,
    unknown_code,
    retired_machine,
    consent_expired,
    nas_without_power,
    cloud_trouble,
    long_job,
    stuck_job,
    cancelled,
    warned,
    manual_run,
    snapshots_fail,
    shut_down,
    laboratory_off,
    hostile_name,
    plan_applied,
    healed_long_ago,
    client_disabled,
    crash_loop,
    flapping,
    laptops_at_the_weekend,
    first_full,
    quota_full,
    vanished_machine,
    silent_agent,
    access_revoked,
)


class Book(msgspec.Struct, frozen=True):
    """The tales, by (client, workload) they are about."""

    stories: Mapping[tuple[str, str], tuple[Story, ...]]
    moments: Mapping[tuple[str, str], tuple[Moment, ...]]

    def fate(self, client: str, workload: str, night: int) -> Fate | None:
        """Give the fate of a night; None for a usual one."""
        stories = self.stories.get((client, workload), ())
        return next((each.fate for each in stories if each.tells(night)), None)

    def of(self, client: str, workload: str, *what: What) -> Moment | None:
        """Give the first such moment; None when there is none."""
        moments = self.moments.get((client, workload), ())
        return next((each for each in moments if each.what in what), None)

    def is_about(self, client: str, workload: str) -> bool:
        return (client, workload) in self.stories or (client, workload) in self.moments


def book(tales: tuple[Callable[[], Tale], ...] = TALES) -> Book:
    stories, moments = dict[tuple[str, str], tuple[Story, ...]](), dict[tuple[str, str], tuple[Moment, ...]]()
    for each in (event for tale in tales for event in tale()):
        who = (each.client, each.workload)
        if isinstance(each, Story):
            stories[who] = (*stories.get(who, ()), each)
        else:
            moments[who] = (*moments.get(who, ()), each)
    return Book(stories=stories, moments=moments)
