"""Acronis' own vocabulary: which types are backups, which steps are which, what kind of thing is protected."""

from collections.abc import Mapping
from functools import cache

from classifier.facts import Kind

BACKING_UP = "8F01AC13-F59E-4851-9204-DE1FD77E36B4"
RETENTION = frozenset({"08BE2B76-A95F-4FD4-AC32-AF26210E3A33", "45D64182-5DF4-4AE0-9D42-55E1C3DB942B"})
REPLICATION = "FFBC7082-9C55-47D1-A6D2-1744EC8D7481"
AFTERWARDS = RETENTION | {REPLICATION}  # a backup stands when these fail

# Types are published nowhere in full; these were seen in public logs and client code (2019-2026).
CLOUD_TO_CLOUD: Mapping[str, Kind | None] = {
    "USERMAILBOXBACKUP": Kind.MICROSOFT_365,
    "SPBACKUP": Kind.MICROSOFT_365,
    "ODBACKUP": Kind.MICROSOFT_365,
    "GSBACKUPGMAIL": Kind.GOOGLE,
    "GSBACKUPGDRIVE": Kind.GOOGLE,
    "0016750A-EE56-49E6-BF59-7C768C9869AC": None,  # the suite in the context says which
    "019CF690-803B-451F-9E4B-B76C478BC05F": None,
}
SUITES: Mapping[str, Kind] = {"o365": Kind.MICROSOFT_365, "google": Kind.GOOGLE, "gworkspace": Kind.GOOGLE}

STEPS: Mapping[str, str] = {
    "D332948D-A7A9-4E07-B76C-253DCF6E17FB": "Backup plan",
    "F30407D6-601F-11E0-9C67-FF46DFD72085": "Backup workflow",
    "FD79C554-B363-4DB2-97BC-1E5A94094A94": "Resolving items to back up",
    BACKING_UP: "Backing up",
    REPLICATION: "Replication",
    **dict.fromkeys(sorted(RETENTION), "Applying retention rules"),
}
BACKUP_TYPES = frozenset(STEPS) | frozenset(CLOUD_TO_CLOUD)

APPLY = "POLICY.APPLY"
REVOKE = frozenset({"POLICY.REVOKE", "44328016-20D7-4799-A357-CF152C904ED0"})

# The filter value in use is `backup`, the samples say `policy.protection.total`: both, until an account tells.
BACKUP_POLICIES = ("backup", "policy.backup.*", "policy.protection.total")

ROOT_POLICY = "policy.protection.total"
POLICY_SIGNS: Mapping[str, Kind] = {
    "365": Kind.MICROSOFT_365,
    "gsuite": Kind.GOOGLE,
    "google": Kind.GOOGLE,
    "gworkspace": Kind.GOOGLE,
    "mssql": Kind.SQL,
    "exchange": Kind.EXCHANGE,
}
# Only `resource.machine` and two kinds of virtual machine are documented; the rest are the words of the console.
PROTECTABLE = (
    "resource.machine",
    "virtual_machine",
    "mssql",
    "exchange",
    "mailbox",
    "onedrive",
    "sharepoint",
    "gmail",
    "gdrive",
    "office365",
    "o365",
    "gsuite",
    "gworkspace",
)
UNPROTECTED = frozenset({"not_protected", "no_policies_applied"})  # the guide says the first, the OpenAPI the second

SOURCES: Mapping[str, Kind] = {"machines": Kind.DISK, "disks": Kind.DISK, "volumes": Kind.DISK, "files": Kind.FILES}

MISSED_ALERTS = frozenset({"BackupDidNotStart", "BackupStatusUnknown", "NoBackupForXDays", "BackupNotResponding"})
FAILED_ALERTS = frozenset({"BackupFailed", "BackupCanceled"})
READ_ALERTS = MISSED_ALERTS | FAILED_ALERTS | {"BackupFinishedWithWarnings"}


@cache
def is_backup_step(type_: str) -> bool:
    upper = type_.upper()
    return upper in BACKUP_TYPES or upper.startswith("GSBACKUP")


@cache
def is_backing_up(type_: str) -> bool:
    """True for the step that moves the data; a cloud-to-cloud backup has only that one."""
    upper = type_.upper()
    return upper == BACKING_UP or upper in CLOUD_TO_CLOUD or upper.startswith("GSBACKUP")


@cache
def is_retention(type_: str) -> bool:
    return type_.upper() in RETENTION


def is_backup_policy(type_: str, known: tuple[str, ...] = BACKUP_POLICIES) -> bool:
    """True when plans of this type make backups, among other things."""
    return any(type_ == each or (each.endswith("*") and type_.startswith(each[:-1])) for each in known)


def makes_backups(type_: str, known: tuple[str, ...] = BACKUP_POLICIES) -> bool:
    """True for the policy that itself makes the backups, not for the root above it."""
    return type_ != ROOT_POLICY and (type_.startswith("policy.backup.") or is_backup_policy(type_, known))


def kind_of_policy(type_: str, source: str) -> Kind | None:
    """Tell what a plan protects, where its type or its sources say so; machines may be anything."""
    return next((kind for sign, kind in POLICY_SIGNS.items() if sign in type_), SOURCES.get(source))


def can_be_protected(type_: str) -> bool:
    """True for resources that somebody would miss: no groups, no accounts, and nothing we do not know."""
    return "group" not in type_ and any(sign in type_ for sign in PROTECTABLE)


def kind_of(
    *, step_types: frozenset[str], suite: str, resource_type: str, resource_id: str, source: str
) -> Kind | None:
    """Tell what is protected, the surest sign first; None when no sign is sure."""
    for type_ in sorted(step_types):
        known = CLOUD_TO_CLOUD.get(type_.upper()) or (Kind.GOOGLE if type_.upper().startswith("GSBACKUP") else None)
        if known:
            return known
    if suite in SUITES:
        return SUITES[suite]
    if "mssql" in resource_type or resource_id.startswith("mssql:"):
        return Kind.SQL
    if "exchange" in resource_type or resource_id.startswith("msexchange:"):
        return Kind.EXCHANGE
    if "virtual_machine" in resource_type:
        return Kind.VM
    for sign in ("365", "gsuite", "google", "gworkspace"):
        if sign in resource_type:
            return POLICY_SIGNS[sign]
    return SOURCES.get(source)
