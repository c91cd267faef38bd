"""Families: what the vendor's own domain, a module or a Windows facility tells of a code that nobody has met.

A module is a family when several of its codes are known and all of them belong to one error domain. Windows'
general range (0x8007....) is none: its members belong to several.
"""

from functools import partial

from classifier.rule import Numbers, Service, module, row
from classifier.rules.sources import SIEM_SAMPLE, VSS, WININET, forum
from classifier.verdict import Concern, Disposition, Domain, Party, Patience

ACT_NOW, MONITOR = Disposition.ACT_NOW, Disposition.MONITOR
ACRONIS, MSP, CLIENT = Party.ACRONIS, Party.MSP, Party.CLIENT
TWICE = Patience(failed_runs=2)

FACILITIES = "https://learn.microsoft.com/en-us/windows/win32/api/winerror/nf-winerror-hresult_facility"
COM_RANGE = "https://learn.microsoft.com/en-us/windows/win32/com/codes-in-facility-itf"
COM_REMOTE = "https://learn.microsoft.com/en-us/windows/win32/com/com-error-codes-3"
SECURITY = "https://learn.microsoft.com/en-us/windows/win32/com/com-error-codes-4"
HYPER_V = "https://learn.microsoft.com/en-us/windows/win32/com/com-error-codes-7"
VIRTUAL_DISKS = "https://learn.microsoft.com/en-us/windows/win32/com/com-error-codes-8"
RPC = "https://learn.microsoft.com/en-us/windows/win32/debug/system-error-codes--1700-3999-"
WINSOCK = "https://learn.microsoft.com/en-us/windows/win32/winsock/windows-sockets-error-codes-2"
WMI = "https://learn.microsoft.com/en-us/windows/desktop/api/Wbemdisp/ne-wbemdisp-wbemerrorenum"

cloud_platform = partial(row, Domain.CLOUD_PLATFORM)
configuration = partial(row, Domain.CONFIGURATION)
environment = partial(row, Domain.ENVIRONMENT)
network = partial(row, Domain.NETWORK)
os_crash = partial(row, Domain.OS_CRASH)


def reading(*numbers: int) -> str:
    """Say which known codes a family is inferred from."""
    *first, last = (f"0x{number:08X}" for number in numbers)
    return f"our reading of {', '.join(first)} and {last}"


VENDOR_DOMAINS = (
    cloud_platform(
        "cloud-platform-error",
        Service("cloud_platform"),
        yields=True,
        brief="error in Acronis' cloud platform",
        who=(ACRONIS, MSP),
        act=MONITOR,
        patience=TWICE,
        cause="Acronis itself puts this error in its cloud platform; the code is not known to us.",
        first_step="Watch the next run; if it fails too, open a case with Acronis with the line tag, the codes and the data centre.",
        source=SIEM_SAMPLE,
    ),
    environment(
        "environment-error",
        Service("environment"),
        yields=True,
        brief="error in the machine's surroundings",
        who=(MSP, CLIENT),
        act=MONITOR,
        cause="Acronis itself puts this error in the surroundings of the agent; the code is not known to us.",
        first_step="Open the failed activity, read its innermost line, and check the disk, share or service that it names.",
        source=forum(
            "acronis-cyber-protect-cloud-forum/backup-sql-database-fails-noti-failed-create-snapshot-because-vss-provider-returned-error-request-unsuppored"
        ),
    ),
    cloud_platform(
        "storage-manager-error",
        Service("STORAGE_MANAGER"),
        who=(ACRONIS, MSP),
        act=MONITOR,
        patience=TWICE,
        concerns=Concern.CLOUD_STORAGE,
        cause="Acronis' storage manager, which knows where cloud backups lie, answered with a code not known to us.",
        first_step="Watch the next run; if it fails too, open a case with Acronis with the line tag, the codes and the data centre.",
        source=SIEM_SAMPLE,
    ),
    cloud_platform(
        "vault-manager-error",
        Service("VaultManager"),
        brief="list of backup locations reports error",
        who=(ACRONIS, MSP),
        act=MONITOR,
        patience=TWICE,
        cause="Acronis' list of backup locations and archives reports something; the code is not known to us.",
        first_step="Refresh the location in the console; if the next run fails too, open a case with Acronis with the line tag.",
        source="our reading of the name; Acronis' OpenAPI files give it only as an example of a domain",
    ),
    environment(
        "agent-core-error",
        Service("AGENT_CORE"),
        who=(MSP, ACRONIS),
        act=MONITOR,
        patience=TWICE,
        cause="The core of the agent reports something; the code is not known to us.",
        first_step="Check that the agent is online and up to date, restart its services, then read the activity's innermost line.",
        source="our reading of the name; no public page describes it",
    ),
)

MODULES = (
    environment(
        "snapshot-module-error",
        module(0x0010),
        brief="trouble with a disk or snapshot",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="This code is not known to us; the others of its module are about reading a disk or its snapshot.",
        first_step="Read the machine's event log for VSS and disk entries at that time, then check the disk for errors.",
        source=reading(0x0010_0155, 0x0010_C448, 0x0010_C45A, 0x0010_C481),
    ),
    environment(
        "backup-list-module-error",
        module(0x0027),
        brief="trouble reading the backup list",
        who=MSP,
        act=MONITOR,
        cause="This code is not known to us; the others of its module are about finding backups in an archive.",
        first_step="Refresh the location in the console, and see whether its backups are all listed.",
        source=reading(0x0027_0004, 0x0027_0047),
    ),
    environment(
        "archive-module-error",
        module(0x0040),
        brief="trouble opening an archive",
        who=MSP,
        act=MONITOR,
        cause="This code is not known to us; the others of its module are about opening a location or an archive in it.",
        first_step="Refresh the location in the console; check that it is online and that its credentials still work.",
        source=reading(0x0040_0002, 0x0040_002E, 0x0040_01FB, 0x0040_0355),
    ),
    environment(
        "virtual-machine-module-error",
        module(0x0072),
        brief="trouble with a virtual machine",
        who=MSP,
        act=MONITOR,
        cause="This code is not known to us; the others of its module are about saving or recovering a virtual machine.",
        first_step="Open the activity of that virtual machine, read its innermost line, then the host's own events at that time.",
        source=reading(0x0072_0012, 0x0072_8003, 0x0072_8012, 0x0072_8014, 0x0072_8061, 0x0072_8064, 0x0072_8067),
    ),
    environment(
        "archive-management-module-error",
        module(0x00A1),
        brief="trouble managing archives",
        who=MSP,
        act=MONITOR,
        cause="This code is not known to us; the others of its module are about finding, making and deleting archives.",
        first_step="Refresh the location in the console; check that it is online and that the plan's account is allowed to write there.",
        source=reading(0x00A1_0007, 0x00A1_001A, 0x00A1_00C9, 0x00A1_00CF, 0x00A1_00D4, 0x00A1_00D9),
    ),
    environment(
        "destination-file-module-error",
        module(0x020B),
        brief="trouble with a backup's files",
        who=MSP,
        act=MONITOR,
        cause="This code is not known to us; the others of its module are about making, opening and renaming files.",
        first_step="Read the lines around it in the log for the file's name, then check that disk or share.",
        source=reading(0x020B_0005, 0x020B_0006, 0x020B_0008),
    ),
    cloud_platform(
        "cloud-request-module-error",
        module(0x0247),
        brief="request to Acronis' cloud failed",
        who=(ACRONIS, MSP),
        act=MONITOR,
        patience=TWICE,
        cause="This code is not known to us; the others of its module are about requests that Acronis' cloud did not answer well.",
        first_step="Read the answer's number in the log: with 5xx the fault is at Acronis, with 401 or 403 it is the agent's registration.",
        source=reading(0x0247_0001, 0x0247_000D, 0x0247_0017),
    ),
    cloud_platform(
        "front-end-module-error",
        module(0x0271),
        brief="trouble reaching the cloud storage",
        who=(ACRONIS, MSP),
        act=MONITOR,
        patience=TWICE,
        cause="This code is not known to us; the others of its module are about the front-end server of the cloud storage.",
        first_step="Check that machine's way to the cloud; if others at this data centre fail alike, the fault is at Acronis.",
        source=reading(0x0271_0001, 0x0271_0003),
    ),
    cloud_platform(
        "certification-module-error",
        module(0x0272),
        brief="trouble reaching the certification server",
        who=(ACRONIS, MSP),
        act=MONITOR,
        patience=TWICE,
        concerns=Concern.CLOUD_STORAGE,
        cause="This code is not known to us; the others of its module are about the cloud's registration and certificates.",
        first_step="Check that machine's way to the cloud; if others at this data centre fail alike, the fault is at Acronis.",
        source=reading(0x0272_0133, 0x0272_0136),
    ),
)

WINDOWS = (
    environment(
        "vss-error",
        Numbers(0x8004_2300, 0x8004_23FF),
        brief="VSS error not known to us",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="The number is one of Windows' snapshot service (VSS), but not one that we know.",
        first_step="Read the VSS entries of the event log at that time, and list the writers (vssadmin list writers).",
        source=VSS,
    ),
    environment(
        "wmi-error",
        Numbers(0x8004_1001, 0x8004_10FF),
        brief="WMI error",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="The number is one of Windows' management service (WMI), but not one that we know.",
        first_step="Check on that machine that WMI answers (winmgmt /verifyrepository), and restart its service or the machine.",
        source=WMI,
    ),
    environment(
        "windows-component-error",
        Numbers(0x8001_0000, 0x8001_FFFF),
        Numbers(0x8004_0000, 0x8004_01FF),
        brief="Windows component (COM) error",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="A call between two components of Windows (COM) failed; the number is not known to us.",
        first_step="Restart the machine if the next run fails too, then read its event log for COM and VSS at that time.",
        source=f"{COM_REMOTE}; {COM_RANGE}",
    ),
    network(
        "remote-call-error",
        Numbers(0x8007_06A4, 0x8007_06F7),
        brief="remote call (RPC) failed",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="A remote call of Windows (RPC) failed; the number is not known to us.",
        first_step="Find the other machine or service in the log; check that it runs and that the firewall lets RPC through.",
        source=RPC,
    ),
    network(
        "socket-error",
        Numbers(0x8007_2710, 0x8007_2EDF),
        brief="network connection failed",
        who=(CLIENT, MSP),
        act=MONITOR,
        cause="A network connection failed; the number is one of Windows' sockets, but not one that we know.",
        first_step="Watch the next run; if it lasts, test the address named in the log from that machine.",
        source=WINSOCK,
    ),
    network(
        "web-connection-error",
        Numbers(0x8007_2EE0, 0x8007_2FFF),
        brief="web connection failed",
        who=(CLIENT, MSP),
        act=MONITOR,
        cause="A web connection failed; the number is one of Windows' internet functions, but not one that we know.",
        first_step="Watch the next run; if it lasts, check the client's internet line, proxy and firewall.",
        source=WININET,
    ),
    network(
        "certificate-error",
        Numbers(0x800B_0000, 0x800B_FFFF),
        brief="certificate or signature not trusted",
        who=(MSP, CLIENT),
        act=MONITOR,
        patience=TWICE,
        cause="Windows does not trust a certificate or signature; the number is not known to us.",
        first_step="Check the machine's clock and root certificates, and whether a firewall inspects TLS on the way to Acronis.",
        source=f"{SECURITY}; {FACILITIES}",
    ),
    configuration(
        "security-handshake-error",
        Numbers(0x8009_0300, 0x8009_03FF),
        brief="sign-in or TLS handshake refused",
        who=(MSP, CLIENT),
        act=MONITOR,
        patience=TWICE,
        cause="Two machines did not agree on a sign-in or on encryption (TLS); the number is not known to us.",
        first_step="Check the plan's credentials, the machine's clock, and that both sides share a current TLS version.",
        source=f"{SECURITY}; {FACILITIES}",
    ),
    environment(
        "hyper-v-error",
        Numbers(0xC035_0000, 0xC035_FFFF),
        Numbers(0xC037_0000, 0xC037_FFFF),
        brief="Hyper-V error",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="The number is one of Hyper-V, but not one that we know.",
        first_step="Read the Hyper-V entries of the host's event log at that time, then check the virtual machine's state.",
        source=HYPER_V,
    ),
    environment(
        "virtual-disk-error",
        Numbers(0xC03A_0000, 0xC03A_FFFF),
        brief="trouble with a virtual disk",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="The number is one about virtual disk files (VHD, VHDX), but not one that we know.",
        first_step="Find the disk file in the log; check on the host that it and its parent disks are there, whole and free to open.",
        source=VIRTUAL_DISKS,
    ),
)

RULES = VENDOR_DOMAINS + MODULES + WINDOWS
