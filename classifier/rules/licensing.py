"""Licensing: quotas, offering items, licences. It ends when somebody buys, assigns or cleans up."""

from functools import partial

from classifier.rule import NO_CLOCK, AlertType, Code, Number, Words, row
from classifier.rules.sources import ACCOUNT_API, POLICY_API, SEEN_LIVE, SEEN_LIVE_ALERT, forum, kb
from classifier.verdict import Disposition, Domain, Party

ACT_NOW, MONITOR = Disposition.ACT_NOW, Disposition.MONITOR
ACRONIS, MSP, CLIENT = Party.ACRONIS, Party.MSP, Party.CLIENT

rule = partial(row, Domain.LICENSING)

RULES = (
    rule(
        "quota-exceeded",
        Code("ResourceQuotaExceeded"),
        AlertType("ResourceQuotaExceeded"),
        who=(MSP, CLIENT),
        act=ACT_NOW,
        cause="The client uses more than a quota allows; backups may fail until that changes.",
        first_step="Find out which quota it is, then raise it, or free what the client no longer needs.",
        source=SEEN_LIVE,
    ),
    rule(
        "quota-reached",
        AlertType("ResourceQuotaReached"),
        AlertType("StorageQuotaAt80"),
        who=(MSP, CLIENT),
        act=MONITOR,
        patience=NO_CLOCK,
        cause="The client is close to a quota, or has just used it up; backups may go on for now.",
        first_step="Plan with the client: more quota, or shorter retention.",
        source=SEEN_LIVE_ALERT,
    ),
    rule(
        "seat-quota-reached",
        Words("Number of protected Microsoft 365 seats"),
        brief="Microsoft 365 seats used up",
        who=MSP,
        act=ACT_NOW,
        cause="There are more Microsoft 365 seats to protect than the quota allows.",
        first_step="Raise the client's seat quota, or take people who left out of the plan.",
        source=kb(69686),
    ),
    rule(
        "quota-exceeded-by-message",
        Words("storage quota is exceeded"),
        Words("storage quota exceeded"),
        brief="quota exceeded",
        who=(MSP, CLIENT),
        act=ACT_NOW,
        cause="The client's quota for storage is used up, and backups fail until that changes.",
        first_step="Raise that quota or free what is not needed; if it stays for hours after a purchase, open a case with Acronis.",
        source=f"{kb(61674)}; {kb(70686)}",
    ),
    rule(
        "quota-reached-by-message",
        Words("Quota is reached"),
        brief="quota used up",
        who=(MSP, CLIENT),
        act=ACT_NOW,
        cause="A quota of the client is used up and something was refused; known from creating a server for disaster recovery.",
        first_step="Find in the client's offering items which quota is full, then raise it or free what is not needed.",
        source=kb(68070),
    ),
    rule(
        "cloud-storage-not-offered",
        Code("StorageOiNotAvailable"),
        who=MSP,
        act=ACT_NOW,
        cause="Cloud storage is not switched on for this client.",
        first_step="Enable the storage offering item for the client, or point the plan elsewhere.",
        source=SEEN_LIVE,
    ),
    rule(
        "cloud-storage-disabled",
        Number(0x0291001E),
        who=(MSP, ACRONIS),
        act=ACT_NOW,
        cause="The cloud storage is disabled for this account.",
        first_step="Check the client's offering items and whether the account is active; then ask Acronis.",
        source=forum("acronis-cyber-protect-cloud-forum/cloud-storage-disabled-your-account"),
    ),
    rule(
        "offering-item-not-sufficient",
        AlertType("OfferingItemIsNotSufficient"),
        who=MSP,
        act=ACT_NOW,
        cause="The client's offering items do not cover what the plan does.",
        first_step="Add the missing offering item, or take that module out of the plan.",
        source=SEEN_LIVE_ALERT,
    ),
    rule(
        "workload-without-licence",
        Words("not assigned a license"),
        Words("Please use the appropriate license"),
        who=MSP,
        act=ACT_NOW,
        cause="The workload has no licence for what the plan does.",
        first_step="Assign a licence to the workload in its details.",
        source=kb(61517),
    ),
    rule(
        "workload-without-quota",
        Words("has no quota to apply a backup plan"),
        Words("cannot apply a backup plan to a device with assigned quota"),
        who=MSP,
        act=ACT_NOW,
        cause="The workload has no service quota, or one that does not cover the plan.",
        first_step="Open the workload's details and choose a service quota that fits.",
        source=kb(63788),
    ),
    rule(
        "feature-not-licensed",
        Code("NotLicensedError"),
        brief="feature not licensed",
        who=MSP,
        act=ACT_NOW,
        cause="Something in the plan is not licensed for this client.",
        first_step="Compare the plan's modules with the client's offering items.",
        source=POLICY_API,
    ),
    rule(
        "hard-quota-exceeded",
        Code("1022", of="PlatformAccountServer"),
        who=MSP,
        act=ACT_NOW,
        cause="The account's hard quota is exceeded.",
        first_step="Raise the quota of the tenant named in the answer.",
        source=ACCOUNT_API,
    ),
)
