"""What happens to whom, night by night. Night 1 is Monday evening, 2 March 2026; nights before it are history.

Day n is the morning after night n: the 06:45 reading of day 1 tells night 1.
"""

from collections.abc import Mapping

import msgspec

from bot.sources.sandbox import troubles
from bot.sources.sandbox.roster import HOSTILE
from bot.sources.sandbox.troubles import Trouble

FOREVER = 10_000


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
    """A fate of one workload from one night to another, both included."""

    client: str
    workload: str
    first: int
    last: int
    fate: Fate


def _fails(trouble: Trouble, *, starts: int | None = None, lasts: int | None = None, step: str = "backup") -> Fate:
    return Fate(code="error", trouble=trouble, starts=starts, lasts=lasts, step=step)


NAS_FAILS = _fails(troubles.NAS_AWAY, starts=365, lasts=6)  # 02:05, unreachable by 02:10
OFF = Fate(code="", alert="BackupStatusUnknown")
SILENT = Fate(code="")

CLOUD_NIGHT = (
    ("Acme", "WS-01"),
    ("Acme", "WS-02"),
    ("Delta Law", "WS-01"),
    ("Delta Law", "WS-02"),
    ("Fenn", "APP01"),
    ("Kite", "WEB1"),
    ("Harbour Dental", "RECEPTION1"),
    ("Quarry Logistics", "TRUCK-GW"),
)

STORIES = (
    Story("Acme", "SRV-FILE1", 1, FOREVER, _fails(troubles.DISK_FULL, starts=190, lasts=35)),
    Story("Acme", "SRV-SQL2", 1, FOREVER, _fails(troubles.DISK_FULL, starts=205, lasts=28)),
    Story("Delta Law", "DC01", -1, FOREVER, _fails(troubles.CORRUPTED, starts=220, lasts=40)),
    Story("Delta Law", "FS1", 1, 1, _fails(troubles.LOCKED, starts=230, lasts=50, step="retention")),
    Story("Fenn", "APP7", 1, FOREVER, _fails(troubles.UNKNOWN)),
    Story("Fenn", "OLD1", 2, FOREVER, SILENT),  # its plan is revoked on day 1
    Story("Orchard", "Microsoft 365", 1, FOREVER, _fails(troubles.CONSENT)),
    *(Story("Brightwater", f"PC-{n:02d}", 1, 2, NAS_FAILS) for n in range(1, 23)),
    *(
        Story(client, name, 2, 2, _fails(troubles.CLOUD_AWAY, starts=395, lasts=30 + 5 * n))  # 02:35, to 03:05 … 03:40
        for n, (client, name) in enumerate(CLOUD_NIGHT)
    ),
    Story("Kite", "FS1", 1, 1, Fate(starts=300, lasts=510)),  # 01:00 to 09:30
    Story(
        "Lumen", "SQL1", 1, 1, Fate(code="timedout", starts=310, lasts=3530, stuck_after=180)
    ),  # 01:10, to day 3 12:00
    Story("Lumen", "SQL1", 2, 3, SILENT),  # the stuck job is in the way
    Story("Lumen", "WS3", 2, 2, Fate(code="cancelled", trouble=troubles.STOPPED, starts=225, lasts=20)),
    Story("Kite", "WEB2", 1, 2, Fate(code="warning", trouble=troubles.NO_WRITER)),
    Story("Harbour Dental", "XRAY1", 1, 2, _fails(troubles.VSS)),
    Story("Northgate School", "LT-KIM", 1, 1, _fails(troubles.SHUT_DOWN)),
    Story("Northgate School", "LIBRARY-PC", 2, 2, Fate(code="", alert="BackupDidNotStart")),
    *(Story("Northgate School", f"LAB-LT-{n:02d}", 1, 3, OFF) for n in range(1, 7)),
    Story("Northgate School", HOSTILE, 2, 3, _fails(troubles.NO_HOST)),
    Story("Quarry Logistics", "ESX1-VM03", 2, 2, _fails(troubles.VSS)),
    Story("Harbour Dental", "CHAIR-02", -4, -4, _fails(troubles.CLOUD_AWAY)),
    Story("Fenn", "LT-01", -3, -3, _fails(troubles.NO_HOST)),
    Story("Orchard", "PC-03", -2, -2, _fails(troubles.NO_HOST)),
    *(Story("Old Mill", f"PC-{n:02d}", -1, FOREVER, SILENT) for n in range(1, 5)),  # disabled on the Saturday
)

MANUAL_RUNS: Mapping[tuple[str, str], int] = {("Kite", "FS2"): 1}  # by the day it is started by hand, at 11:10
REVOKED: Mapping[tuple[str, str], int] = {("Fenn", "OLD1"): 1}  # by the day its plan is revoked, at 10:00
APPLIED: Mapping[tuple[str, str], int] = {("Quarry Logistics", "DEPOT-03"): 1}  # by the day its plan is applied, 09:00
NO_BACKUP_FOR: Mapping[tuple[str, str], int] = {("Northgate School", "LAB-LT-06"): 3}  # by the day it is noticed, 08:00


class Book(msgspec.Struct, frozen=True):
    """The stories, by whom they are about."""

    told: Mapping[tuple[str, str], tuple[Story, ...]]

    def fate(self, client: str, workload: str, night: int) -> Fate | None:
        """Give the fate of a night; None for a usual one."""
        stories = self.told.get((client, workload), ())
        return next((each.fate for each in stories if each.first <= night <= each.last), None)


def book(stories: tuple[Story, ...] = STORIES) -> Book:
    told: dict[tuple[str, str], tuple[Story, ...]] = {}
    for each in stories:
        told[each.client, each.workload] = (*told.get((each.client, each.workload), ()), each)
    return Book(told=told)
