"""The agent: its services, registration, updates, drivers and rights, and what else runs on its machine."""

from functools import partial

from classifier.failure import Failure
from classifier.rule import NO_CLOCK, Code, HResult, Number, Words, row
from classifier.rules.sources import WIN32, forum, kb
from classifier.verdict import Disposition, Domain, Party, Patience

ACT_NOW, MONITOR, SELF_HEAL, IGNORE = (
    Disposition.ACT_NOW,
    Disposition.MONITOR,
    Disposition.SELF_HEAL,
    Disposition.IGNORE,
)
ACRONIS, MSP, CLIENT = Party.ACRONIS, Party.MSP, Party.CLIENT
TWICE = Patience(failed_runs=2)

START_CONDITIONS = (
    "Acronis user guide 26.02, Task start conditions: "
    "https://www.acronis.com/en/support/documentation/CyberProtectionService/#task-start-conditions.html"
)
SECTOR_BY_SECTOR = "https://kb.acronis.com/ja/content/42708"

environment = partial(row, Domain.ENVIRONMENT)
configuration = partial(row, Domain.CONFIGURATION)
network = partial(row, Domain.NETWORK)
licensing = partial(row, Domain.LICENSING)
cloud = partial(row, Domain.CLOUD_PLATFORM)
crash = partial(row, Domain.OS_CRASH)
bug = partial(row, Domain.BUG)
no_result = partial(row, Domain.NO_RESULT)

SERVICES = (
    environment(
        "agent-port-taken",
        Number(0x00030002),
        Words("CannotBind"),
        brief="a port of the agent is taken",
        who=MSP,
        act=ACT_NOW,
        cause="The Acronis Managed Machine Service cannot open a port it needs, for example because another program has it.",
        first_step="See which program listens on the agent's ports (netstat -abno), move it away, then start the service.",
        note="While this service is down the machine is not backed up.",
        source=kb(63212),
    ),
    environment(
        "agent-core-not-reached",
        Words("Failed to connect to the Agent Core service"),
        brief="Agent Core service not reached",
        who=MSP,
        act=ACT_NOW,
        cause="The Acronis Agent Core Service on the machine does not run or does not answer.",
        first_step="Start that service; if it will not start, look for a damaged .yaml file of the agent and reinstall the agent.",
        source=f"{kb(67900)}; {kb(69855)}",
    ),
    environment(
        "windows-service-not-running",
        HResult(0x8007042C),
        HResult(0x80070422),
        HResult(0x80070426),
        HResult(0x8007041D),
        HResult(0x8007042B),
        brief="a Windows service does not run",
        who=MSP,
        act=ACT_NOW,
        cause="A Windows service that the agent needs, or one of its own, is disabled, stopped or does not start.",
        first_step="Find the service in the system event log, start it and what it depends on, and let it start automatically.",
        source=f"{WIN32}; {kb(69867)}",
    ),
    configuration(
        "service-cannot-log-on",
        HResult(0x8007042D),
        brief="a service cannot log on",
        who=(MSP, CLIENT),
        act=ACT_NOW,
        cause="A service could not log on: its account's password has changed, or it is not allowed to log on as a service.",
        first_step="Enter the current password at that service, or give its account the right to log on as a service, then start it.",
        source=WIN32,
    ),
    environment(
        "protection-service-silent",
        Words("Protection service is not responding"),
        Words("Protection) service is not responding"),
        brief="antimalware service not answering",
        who=(MSP, ACRONIS),
        act=MONITOR,
        patience=NO_CLOCK,
        cause="The service that guards against malware does not answer; another service of the agent makes the backups.",
        first_step="Update the agent and restart its services; if it stays on Linux or a Mac, open a case with Acronis.",
        source=kb(64970),
    ),
    no_result(
        "agent-offline",
        Words("agent is offline"),
        Words("agent offline"),
        who=(CLIENT, MSP),
        act=MONITOR,
        cause="The console has lost the agent: the machine is off, its services stand still, or the way to the cloud is blocked.",
        first_step="Check that the machine is on, restart the agent's services and test its ports; if that fails, register it again.",
        source=forum("acronis-backup-cloud-forum/server-offline-after-couple-day"),
    ),
    environment(
        "backup-hangs",
        Words("backup hangs"),
        Words("Backup is stuck"),
        who=(MSP, ACRONIS),
        act=MONITOR,
        patience=Patience(failed_runs=1),
        cause="A backup stands still or cannot be stopped; the agent may hang, or an antivirus on the machine may hold it up.",
        first_step="See whether its bytes advance; if not, restart the agent's services, exclude the agent in the antivirus and run it again.",
        note="The console may show it as running for a while after that.",
        source=(
            f"{forum('acronis-cyber-protect-cloud-forum/backup-stuck-and-it-wont-allow-me-stopcancel-it')}; "
            f"{kb(62539)}; {kb(70356)}"
        ),
    ),
    bug(
        "agent-script-failed",
        Number(0x023D0001),
        who=(MSP, ACRONIS),
        act=MONITOR,
        patience=TWICE,
        yields=True,
        cause="A script inside the agent failed, such as the one that works out which backups to keep.",
        first_step="Read the line beneath it; if there is none, restart the agent's services and update the agent.",
        source=forum(
            "acronis-backup-cloud-forum/backup-failed-windows-error-0x80070003",
            "acronis-backup-cloud-forum/error-when-executing-copy",
        ),
    ),
    configuration(
        "child-process-not-run",
        Number(0x000103F7),
        brief="a program could not be started",
        who=MSP,
        act=ACT_NOW,
        yields=True,
        cause="A program that the agent was to start, such as a command before the backup, could not be started.",
        first_step="Find that program in the plan or the log and run it by hand on the machine under the agent's account.",
        source=forum("acronis-backup-cloud-forum/windows-error-0x800700c1-1-not-valid-win32-application"),
    ),
)

REGISTRATION = (
    network(
        "registration-ports-closed",
        Words("Outgoing connections are not available for the following ports"),
        who=(MSP, CLIENT),
        act=ACT_NOW,
        cause="The agent cannot be registered: a firewall lets nothing out on the ports that the message names.",
        first_step="Open those ports outwards for that machine, then register the agent again.",
        source=kb(60593),
    ),
    configuration(
        "agent-registered-already",
        Words("Agent is already registered"),
        brief="agent already registered",
        who=MSP,
        act=ACT_NOW,
        cause="The agent still counts as registered in the console, so it cannot be registered a second time.",
        first_step="Find the machine in the console, remove its registration there, then register the agent again.",
        source=kb(61454),
    ),
    environment(
        "agent-silent-on-own-machine",
        Words("connect to host at localhost:43234"),
        brief="agent does not answer on its own machine",
        who=MSP,
        act=ACT_NOW,
        cause="The registration asked the agent on the machine itself and got no answer; a service of the agent is not running.",
        first_step="Start the agent's services on that machine, then register it again.",
        source=kb(61805),
    ),
    environment(
        "random-bytes-not-made",
        Number(0x026A001A),
        Words("Random bytes generation failed"),
        brief="no random numbers for the registration",
        who=(MSP, ACRONIS),
        act=ACT_NOW,
        cause="The agent could not make the random numbers that its registration needs, so it was not registered.",
        first_step="Update the operating system and the agent, then install again as administrator; if it stays, ask Acronis.",
        source=kb(63198),
    ),
    configuration(
        "machine-unknown-to-server",
        Number(0x00FC0038),
        brief="machine not known to the management server",
        who=(MSP, ACRONIS),
        act=MONITOR,
        patience=TWICE,
        yields=True,
        cause="The management server has no entry for something it was asked about, such as a newly registered machine.",
        first_step="Check that the machine shows under the client's devices; if not, register it again, then apply the plan.",
        source=forum("acronis-cyber-protect-cloud-forum/agent-not-showing-cloud"),
    ),
    licensing(
        "plan-taken-off-for-licence",
        Words("revoked … due to licensing issue"),
        brief="plan taken off the machine: no licence",
        who=MSP,
        act=ACT_NOW,
        cause="The plan was taken off the machine for want of a licence; nothing is backed up until it is applied again.",
        first_step="Give the workload a licence or service quota that covers the plan, then apply the plan again.",
        source=(
            forum(
                "acronis-cyber-protect-16-forum/cannot-protect-device-assigned-license-protect-plan-windows-has-been-revoked-due-licensing-issue"
            )
            + f"; {kb(69323)}"
        ),
        example=Failure(text="Protection plan 'Servers' has been revoked from device 'SRV01' due to licensing issue"),
    ),
    no_result(
        "start-condition-not-met",
        Words("start condition … not met"),
        Words("start condition … not been met"),
        who=MSP,
        act=MONITOR,
        cause="The backup waits for a condition of its schedule and has not run; if that never comes true, it never runs.",
        first_step="Look at the start conditions in the plan; let it run anyway after some hours if the client needs the backup.",
        source=START_CONDITIONS,
    ),
    no_result(
        "no-good-backup-by-message",
        Words("No successful backups for"),
        brief="no good backup for days",
        who=(MSP, CLIENT),
        act=ACT_NOW,
        cause="There has been no good backup for longer than the plan allows.",
        first_step="Check that the plan is on, applied and scheduled, and when the machine was last online.",
        note="A defect, since mended, raised it also after a plan had been taken off all its machines.",
        source=kb(63723),
    ),
)

INSTALLATION = (
    environment(
        "driver-not-unloaded",
        Words("Failed to wait for filter driver"),
        brief="driver in the way of the installation",
        who=(MSP, CLIENT),
        act=ACT_NOW,
        cause="The installer could not unload a driver of the agent that is still in use, and stopped.",
        first_step="Restart the machine, then run the installation or the update once more.",
        source=kb(70711),
    ),
    environment(
        "volume-tracker-not-opened",
        Words("Volume Tracker has failed to open session"),
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="The agent could not reach its driver that follows changes on the volumes.",
        first_step="Restart the machine; if it stays, update or reinstall the agent and restart once more.",
        source=kb(60700),
    ),
    crash(
        "recovery-with-reboot-failed",
        Number(0x013500CE),
        Words("Recovery with reboot has failed"),
        Words("Recovery with reboot terminated unexpectedly"),
        who=MSP,
        act=ACT_NOW,
        cause="A recovery that restarts the machine broke off; the backups are not touched.",
        first_step="Recover from the bootable media instead, with the drivers that this machine needs.",
        source=forum("acronis-cyber-protect-16-forum/recovery-reboot-terminated-unexpectedly"),
    ),
    environment(
        "boot-loader-not-in-boot-order",
        Number(0x005F0000),
        Words("Failed to find a loader in a Boot Order list"),
        who=(MSP, ACRONIS),
        act=MONITOR,
        cause="The agent found no boot loader in the machine's boot order and looked elsewhere; a recovered system may not start.",
        first_step="Check the boot entries of the machine and try a recovery of it; if it does not start, open a case with Acronis.",
        note="By itself the message does not say that the backup failed.",
        source=forum("acronis-cyber-protect-cloud-forum/cyber-protect-backup"),
    ),
)

LINUX = (
    environment(
        "kernel-source-missing",
        Words("Failed to find directory … that contains the kernel source code"),
        who=MSP,
        act=ACT_NOW,
        cause="The sources or headers of a Linux kernel are missing, so the agent cannot build its snapshot module.",
        first_step="Install the headers of the kernel that runs (uname -r), then rebuild or reinstall the agent's module.",
        note="On a machine with several kernels, the headers must be those of the one that runs.",
        source=f"{kb(61451)}; {kb(63737)}",
    ),
    bug(
        "linux-partition-not-found",
        Words("Failed to find a partition"),
        who=(MSP, ACRONIS),
        act=ACT_NOW,
        cause="The agent did not find a partition; known from Linux, where agent 24.1.37279 then made no snapshot.",
        first_step="Update the agent to 24.3.37719 or later; if it stays, restart the machine, then open a case with Acronis.",
        source=forum("acronis-cyber-protect-cloud-forum/failed-create-snapshot-backup-agent-241-37279"),
    ),
    configuration(
        "exclusions-not-supported",
        Number(0x0007002F),
        Words("File exclusion is not supported"),
        brief="file exclusions not supported on a volume",
        who=MSP,
        act=MONITOR,
        cause="The plan's file exclusions do not work on one of the volumes, for example a Linux swap; the backup itself is made.",
        first_step="Update the agent; if the warning stays, leave that volume out of the plan or clear the exclusions.",
        source=forum(
            "acronis-backup-cloud-forum/file-exclusions-linux", "acronis-backup-cloud-forum/i-have-warning-every-backup"
        ),
    ),
    environment(
        "linux-media-do-not-boot",
        Words("Unable to mount root fs on … block(1,0)"),
        brief="Linux bootable media do not start",
        who=MSP,
        act=ACT_NOW,
        cause="Linux-based bootable media do not start on this machine; a restore from them cannot begin. Backups are not touched.",
        first_step="Make fresh bootable media and try again; if they stop too, use WinPE-based ones.",
        source=kb(62559),
    ),
)

MACHINE = (
    environment(
        "file-system-read-by-sector",
        Number(0x0007002E),
        Number(0x0007001C),
        Number(0x00070016),
        Number(0x00070025),
        Words("Sector-by-sector mode is forced"),
        Words("MFT bitmap is corrupted"),
        brief="file system of a volume damaged",
        who=(MSP, CLIENT),
        act=ACT_NOW,
        cause="A volume's file system is damaged, so it is copied sector by sector: slower and larger, and the damage with it.",
        first_step="Run a file system check on that volume in a quiet hour (chkdsk on Windows), then run the backup.",
        source=SECTOR_BY_SECTOR,
    ),
    environment(
        "name-with-control-character",
        Number(0x00260002),
        Words("URI is invalid: Incorrect symbol encountered"),
        brief="name with a sign that is not handled",
        who=(MSP, ACRONIS),
        act=ACT_NOW,
        cause="The agent met a name with a sign it cannot handle; in the case known a file in a selected folder had a control character.",
        first_step="Update the agent; if it stays, rename that file, or select the whole volume and filter what you do not want.",
        source=forum("acronis-backup-cloud-forum/unable-select-folder"),
    ),
    environment(
        "file-only-in-the-cloud",
        HResult(0x8007016A),
        HResult(0x80070182),
        HResult(0x80070184),
        HResult(0x80070185),
        HResult(0x80070187),
        HResult(0x80070189),
        HResult(0x8007018B),
        HResult(0x80070194),
        HResult(0x800701AA),
        Words("cloud file provider is not running"),
        brief="file lies only in the cloud",
        who=(MSP, CLIENT),
        act=MONITOR,
        cause="A file in a synced folder, such as OneDrive's, lies only in the cloud, and Windows could not fetch it for the backup.",
        first_step="Exclude that folder and back up OneDrive itself, or keep its files on the machine with the sync client running.",
        source=f"{WIN32}; {kb(61429)}",
    ),
    environment(
        "mac-file-not-read",
        Words("Resource deadlock avoided"),
        brief="macOS refused to read a file",
        who=(MSP, CLIENT),
        act=MONITOR,
        cause="macOS refused to read a file; that can happen with files that lie only in iCloud.",
        first_step="Watch the next run; if it returns, find the file in the log and keep it on the Mac, or exclude it.",
        source=kb(69793),
    ),
    configuration(
        "mac-permission-missing",
        Words("Disk Access … permission was not granted"),
        brief="macOS permission missing",
        who=(CLIENT, MSP),
        act=ACT_NOW,
        cause="macOS does not let the agent read the whole disk, so files may be missing from the backup.",
        first_step="Give the agent Full Disk Access in the Mac's privacy settings, or by a device management profile.",
        source=kb(62133),
        example=Failure(text="The 'Full Disk Access' permission was not granted to the app."),
    ),
    environment(
        "shadow-copy-not-created",
        Words("Failed to create the shadow copy of volume"),
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="Windows could not make the shadow copy of a volume; too little room for it or a failing VSS writer are common.",
        first_step="Read the VSS entries of the event log at that time, then list the writers (vssadmin list writers).",
        source=forum("acronis-cyber-protect-cloud-forum/ms-sql-backup-failed"),
    ),
    configuration(
        "selected-item-not-reported",
        Number(0x01330001),
        Words("item provider has skipped the report of an item"),
        brief="selected item not found on the machine",
        who=MSP,
        act=ACT_NOW,
        cause="The machine did not report something that the plan selects; it may be gone, renamed or out of reach.",
        first_step="Update the agent, then open the plan, take out what no longer exists, and save it.",
        source=f"{kb(60157)}; {forum('acronis-backup-cloud-forum/exchange-back-suddenly-fails-and-cannot-edit-job')}",
    ),
)

BESIDE_THE_BACKUP = (
    configuration(
        "windows-updates-paused",
        Code("PmWinUpdatesPaused"),
        Words("PmWinUpdatesPaused"),
        who=(MSP, CLIENT),
        act=MONITOR,
        patience=NO_CLOCK,
        cause="Windows Update is paused on the machine, so its check for missing patches warns; no backup is touched.",
        first_step="Ask whether the pause is wanted; if not, resume the updates in the machine's Windows settings.",
        source=kb(67917),
    ),
    bug(
        "pending-updates-not-read",
        Words("Failed to parse pending updates JSON"),
        who=(ACRONIS, MSP),
        act=MONITOR,
        cause="The agent could not read its list of pending updates, so patching or its check failed; no backup is touched.",
        first_step="Update the agent and run the check again; if it stays, send a system report to Acronis.",
        source=kb(69768),
    ),
    cloud(
        "console-lost-connection",
        Words("Lost connection to the back-end service"),
        who=(ACRONIS, MSP),
        act=SELF_HEAL,
        cause="The console lost its own connection while somebody worked in it; that says nothing about the backups.",
        first_step="Reload the console; if it stays, try another network or browser, then look at Acronis' status page.",
        source=kb(63259),
    ),
    configuration(
        "company-mapping-refused",
        Words("failed to validate struct"),
        who=(MSP, ACRONIS),
        act=MONITOR,
        patience=NO_CLOCK,
        cause="A request was refused as malformed; known from mapping companies in an integration, which touches no backup.",
        first_step="Check the fields of that company in the integration and map it again; if it stays, ask Acronis.",
        source=kb(70353),
    ),
)

RULES = SERVICES + REGISTRATION + INSTALLATION + LINUX + MACHINE + BESIDE_THE_BACKUP
