"""Who lives in the sandbox: clients, what they protect, and where it goes. All names are invented."""

from collections.abc import Iterator, Mapping

import msgspec

CLOUD, LOCAL, NAS = ("cloud", ""), ("local_folder", "D:\\Backups"), ("network_share", "\\\\NAS01\\backup")
HOST_SLOT = 180  # 23:00
MORE = "MACHINE-"  # machines without a story
HOSTILE = "<!channel> *PROD* SRV"

DISK, FILES, VM, SQL, EXCHANGE, SAAS = "disk", "files", "vm", "sql", "exchange", "saas"
NIGHTLY, WEEKDAYS, WEEKLY, MONTHLY = "nightly", "weekdays", "weekly", "monthly"
HOURLY, BY_EVENT, UNPROTECTED = "hourly", "by event", ""
C2C_TYPES = {"library": "GSBackupGMail", "shop": "GSBackupGDrive"}  # by mailbox; the others are Microsoft's
BARE = 2**19  # numbers of things no plan protects: apart, so that adding one renumbers nobody


class Workload(msgspec.Struct, frozen=True):
    """One protected thing.

    Attributes:
        goes_to: (type, name) of the destination, as alerts spell it.
        host: the machine under whose plan it runs; "" for its own.
        type: the activity type of a cloud-to-cloud backup; "" for all others.
        slot: minutes after 20:00 when its night begins.
        rhythm: when its plan starts; UNPROTECTED for a thing that has none.
    """

    number: int
    client: str
    name: str
    kind: str
    goes_to: tuple[str, str]
    slot: int
    rhythm: str = NIGHTLY
    host: str = ""
    type: str = ""
    suite: str = ""


class Household(msgspec.Struct, frozen=True):
    """One client: how it hangs in the tree, and what it protects.

    Attributes:
        rhythms: of those, by name, whose plan does not start every night.
        bare: machines with an agent and without a plan.
    """

    name: str
    workloads: tuple[tuple[str, str, tuple[str, str]], ...] = ()
    rhythms: Mapping[str, str] = {}
    bare: tuple[str, ...] = ()
    folder: str = ""
    unit: str = ""
    enabled: bool = True
    lets_us_in: bool = True


def _many(name: str, count: int, kind: str, goes_to: tuple[str, str]) -> Iterator[tuple[str, str, tuple[str, str]]]:
    return ((f"{name}{number:02d}", kind, goes_to) for number in range(1, count + 1))


HOUSEHOLDS = (
    Household(
        "Acme",
        (
            ("SRV-FILE1", DISK, LOCAL),
            ("SRV-SQL2", SQL, LOCAL),
            ("SRV-DC1", DISK, CLOUD),
            ("SRV-APP1", VM, CLOUD),
            *_many("WS-", 6, FILES, CLOUD),
        ),
    ),
    Household(
        "Delta Law",
        (("DC01", DISK, LOCAL), ("FS1", DISK, LOCAL), ("EX01", EXCHANGE, CLOUD), *_many("WS-", 5, FILES, CLOUD)),
    ),
    Household(
        "Fenn",
        (
            ("APP7", DISK, CLOUD),
            ("OLD1", DISK, CLOUD),
            ("SQL1", SQL, CLOUD),
            *_many("APP", 3, DISK, CLOUD),
            *_many("LT-", 3, FILES, CLOUD),
        ),
    ),
    Household("Orchard", (("Microsoft 365", SAAS, CLOUD), *_many("PC-", 7, FILES, CLOUD))),
    Household("Brightwater", (*_many("PC-", 22, DISK, NAS), *_many("SRV-", 4, DISK, CLOUD))),
    Household("Coastal Vets", lets_us_in=False),
    Household(
        "Kite",
        (
            ("FS1", DISK, CLOUD),
            ("FS2", DISK, CLOUD),
            ("WEB1", VM, CLOUD),
            ("WEB2", VM, CLOUD),
            *_many("PC-", 4, FILES, CLOUD),
        ),
    ),
    Household(
        "Lumen", (("SQL1", SQL, CLOUD), ("APP1", DISK, CLOUD), ("WS3", FILES, CLOUD), *_many("VM-", 5, VM, CLOUD))
    ),
    Household(
        "Harbour Dental",
        (("XRAY1", DISK, CLOUD), ("RECEPTION1", FILES, CLOUD), *_many("CHAIR-", 6, FILES, CLOUD)),
        unit="Front desk (Harbour Dental)",
    ),
    Household(
        "Northgate School",
        (
            (HOSTILE, DISK, CLOUD),
            ("LT-KIM", FILES, CLOUD),
            ("LIBRARY-PC", FILES, CLOUD),
            *_many("LAB-LT-", 6, FILES, CLOUD),
            *((f"{who}@northgate.example", SAAS, CLOUD) for who in ("head", "office", "caretaker")),
            ("library@northgate.example", SAAS, CLOUD),
        ),
    ),
    Household(
        "Quarry Logistics",
        (("TRUCK-GW", DISK, CLOUD), *_many("ESX1-VM", 5, VM, CLOUD), *_many("DEPOT-", 3, FILES, CLOUD)),
        folder="West region",
    ),
    Household("Old Mill", (*_many("PC-", 4, FILES, CLOUD),), enabled=False),
    Household(
        "Ridgeway Clinic",
        (
            ("SRV-EMR", DISK, CLOUD),
            ("SRV-LAB", DISK, CLOUD),
            ("EMR-SQL", SQL, CLOUD),
            ("EX01", EXCHANGE, CLOUD),
            *_many("LT-DR", 4, FILES, CLOUD),
        ),
        rhythms={"EMR-SQL": HOURLY, "EX01": WEEKDAYS},
    ),
    Household(
        "Stonegate Museum",
        (
            ("ARCHIVE1", DISK, CLOUD),
            ("SRV-OLDWEB", DISK, LOCAL),
            ("SRV-PHOTO", DISK, CLOUD),
            ("LT-CURATOR", FILES, CLOUD),
            *_many("KIOSK-", 4, DISK, CLOUD),
        ),
        rhythms={"SRV-OLDWEB": WEEKLY, "SRV-PHOTO": MONTHLY, "LT-CURATOR": BY_EVENT},
        bare=("LT-INTERN",),
    ),
    Household("Tallow Brewing", (*_many("WS-", 4, FILES, CLOUD), ("shop@tallow.example", SAAS, CLOUD))),
    Household("Umber Studio"),
)
CLIENTS = len(HOUSEHOLDS)  # all that have a story

MORE_NAMES = (
    "Alder",
    "Birch",
    "Cedar",
    "Dover",
    "Ember",
    "Flint",
    "Grove",
    "Heron",
    "Iris",
    "Juniper",
    "Kestrel",
    "Linden",
)
MORE_TRADES = ("Accounts", "Bakery", "Clinic", "Design", "Estates", "Foods", "Garage", "Hotels", "Insurance", "Joinery")


def households(count: int) -> tuple[Household, ...]:
    """Give the first so many clients; those with a story come first."""
    more = (
        Household(
            f"{name} {trade}" if round_ == 0 else f"{name} {trade} {round_ + 1}", (*_many("PC-", 6, FILES, CLOUD),)
        )
        for round_ in range(1 + count // (len(MORE_NAMES) * len(MORE_TRADES)))
        for trade in MORE_TRADES
        for name in MORE_NAMES
    )
    wanted = list(HOUSEHOLDS[:count])
    wanted += [each for each, _ in zip(more, range(count - len(wanted)), strict=False)]
    return tuple(wanted)


def workloads(homes: tuple[Household, ...], at_least: int) -> tuple[Workload, ...]:
    """Number everything protected; further machines are spread over the clients until there are enough."""
    named = [(home.name, *each, home.rhythms.get(each[0], NIGHTLY)) for home in homes for each in home.workloads]
    hosts = [home.name for home in homes if home.workloads and home.enabled]
    more = range(max(0, at_least - len(named))) if hosts else range(0)
    named += [(hosts[n % len(hosts)], f"{MORE}{n + 1:05d}", (DISK, FILES, VM)[n % 3], CLOUD, NIGHTLY) for n in more]
    return tuple(_workload(number, *each) for number, each in enumerate(named))


def unprotected(homes: tuple[Household, ...]) -> tuple[Workload, ...]:
    """Number the machines that have an agent and no plan."""
    named = [(home.name, name) for home in homes for name in home.bare]
    return tuple(
        Workload(BARE + number, client, name, DISK, ("", ""), 0, rhythm=UNPROTECTED)
        for number, (client, name) in enumerate(named)
    )


def _workload(number: int, client: str, name: str, kind: str, goes_to: tuple[str, str], rhythm: str) -> Workload:
    slot = (number * 37) % 360  # 20:00 to 02:00
    if kind != SAAS:
        host = "ESX1" if name.startswith("ESX1-") else ""
        return Workload(number, client, name, kind, goes_to, HOST_SLOT if host else slot, rhythm=rhythm, host=host)
    types = {"Microsoft 365": ("0016750A-EE56-49E6-BF59-7C768C9869AC", "o365")}
    type_, suite = types.get(name) or (C2C_TYPES.get(name.split("@")[0], "UserMailboxBackup"), "")
    return Workload(number, client, name, kind, goes_to, slot, rhythm=rhythm, type=type_, suite=suite)
