"""Virtual machines: hypervisors, their agents, guests and snapshots."""

from functools import partial

from classifier.rule import Number, Words, row
from classifier.rules.sources import forum, kb
from classifier.verdict import Disposition, Domain, Party, Patience, Retry

ACT_NOW, MONITOR, SELF_HEAL = Disposition.ACT_NOW, Disposition.MONITOR, Disposition.SELF_HEAL
MSP, CLIENT = Party.MSP, Party.CLIENT
TWICE = Patience(failed_runs=2)

GUIDE = "https://www.acronis.com/en/support/documentation/CyberProtectionService/"
PLATFORMS = (
    f"Acronis user guide 26.02, Supported virtualization platforms: {GUIDE}#supported-virtualization-platforms.html"
)
APPLICATION_AWARE = f"Acronis user guide 26.02, Application-aware backup: {GUIDE}#application-aware-backup.html"
QUIESCING = (
    "Acronis user guide 26.02, Volume Shadow Copy Service (VSS) for virtual machines: "
    f"{GUIDE}#volume-shadow-copy-service-for-virtual-machines.html"
)

environment = partial(row, Domain.ENVIRONMENT)
network = partial(row, Domain.NETWORK)
configuration = partial(row, Domain.CONFIGURATION)

SNAPSHOTS = (
    environment(
        "crash-consistent-only",
        Words("crash-consistent backup"),
        Words("crash-consistent snapshot"),
        Words("non-quiesced snapshot"),
        brief="copy only crash-consistent",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        retried=Retry.VM_SNAPSHOT,
        cause="The guest was not brought to rest: there is a copy, but as after a power cut; databases may need repair.",
        first_step="Update the guest tools and check the VSS writers inside the machine; let a run fail rather than fall back if that matters.",
        note="The plan can be told to fail when no quiesced snapshot is possible; with application backup on, it does so anyway.",
        source=QUIESCING,
    ),
    environment(
        "guest-not-brought-to-rest",
        Words("quiesced snapshot"),
        Words("quiescing the virtual machine"),
        Words("quiesce the virtual machine"),
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        retried=Retry.VM_SNAPSHOT,
        cause="The hypervisor could not bring the guest to rest for a consistent snapshot.",
        first_step="Update and restart the guest tools, check the VSS writers inside the machine, then try a snapshot by hand.",
        note="With application backup off, the plan may still succeed, with a crash-consistent copy.",
        source=f"{QUIESCING}; the words are vSphere's own",
    ),
    environment(
        "hyper-v-checkpoint-failed",
        Words("checkpoint failed on Hyper-V host level"),
        brief="Hyper-V checkpoint failed",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        retried=Retry.VM_SNAPSHOT,
        cause="Hyper-V itself failed at a checkpoint of the virtual machine, or at a task that goes with it.",
        first_step="Make and delete a checkpoint of that machine in Hyper-V Manager; if that fails too, mend it on the host first.",
        note="A Linux guest on a Hyper-V 2019 host can only be crash-consistent: turn off VSS for virtual machines in its plan.",
        source=f"{forum('acronis-cyber-protect-16-forum/activity-succeeded-warnings-production-checkpoints-cannot-be-created')}; {PLATFORMS}",
    ),
    environment(
        "virtual-disk-log-empty",
        Number(0x003C002B),
        Words("active log sequence is empty"),
        brief="virtual disk not readable in its snapshot",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="A Hyper-V disk could not be read from its snapshot; Acronis suspects that the snapshot went wrong.",
        first_step="Check the VSS writers on the host and inside the guest, and update the guest's Integration Services.",
        source=forum("acronis-cyber-backup-cloud-forum/active-log-sequence-empty"),
    ),
    environment(
        "stray-disk-files-stop-cbt",
        Words("disk files that do not belong to any disk snapshot"),
        brief="backup without changed block tracking",
        who=MSP,
        act=MONITOR,
        cause="The backup ran without changed block tracking, because a disk file fits none of the machine's checkpoints.",
        first_step="Look on the host for checkpoints and .avhdx files that were left over, and let Hyper-V merge them.",
        note="It is a warning: without the tracking the agent has to read whole disks, which takes longer.",
        source=kb(61900),
    ),
)

HOSTS = (
    environment(
        "hyper-v-management-not-answering",
        Words("Msvm_VirtualSystemManagementService"),
        brief="Hyper-V management not answering",
        who=MSP,
        act=ACT_NOW,
        cause="The part of WMI through which Hyper-V is managed does not answer; without it no agentless backup works there.",
        first_step="Check on the host that the Hyper-V Virtual Machine Management service runs, restart it, and test WMI.",
        source=f"{kb(60216)}; {PLATFORMS}",
    ),
    environment(
        "wmi-query-failed",
        Words("WMI … ExecQuery … failed"),
        Words("Failed to create a new process via WMI"),
        brief="WMI did not answer",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="WMI of Windows answered late or not at all, as it can when a Hyper-V host is under heavy load.",
        first_step="Move this backup to an hour when the host is quieter; on a guest with Server 2022 or later install the agent inside instead.",
        source=f"{APPLICATION_AWARE}; {kb(60264)}",
    ),
    network(
        "virtual-disk-refused-by-vmware",
        Number(0x0000000D),
        Words("You do not have access rights to this file"),
        brief="VMware refused a virtual disk",
        who=MSP,
        act=ACT_NOW,
        cause="VMware did not let the agent open a virtual disk; a known cause is that the agent cannot resolve the ESXi host's name.",
        first_step="Ping the ESXi host by its name in vCenter from the agent's machine; if that fails, mend DNS or the hosts file there.",
        note="If the name resolves, compare the rights of the agent's vCenter account with Acronis' list.",
        source=(
            PLATFORMS
            + "; "
            + forum(
                "acronis-cyber-protect-cloud-forum/you-do-not-have-access-rights-file-vmware-appliance-backup-restore"
            )
        ),
    ),
    environment(
        "host-object-not-given",
        Number(0x0053007A),
        brief="ESXi host does not answer for itself",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        yields=True,
        cause="The host did not give the agent a part of its description (such as its network cards) that the agent asked for.",
        first_step="Check the host in vSphere, restart its management agents, then check that the agent's account may read the host.",
        note="If only single machines fail, their ids in the plan may be old: select them again.",
        source=forum("acronis-backup-cloud-forum/help-error-code"),
    ),
    configuration(
        "virtual-machine-not-found",
        Number(0x00530016),
        Words("Failed to find registered virtual machine"),
        who=MSP,
        act=ACT_NOW,
        cause="The agent finds no virtual machine with the id in the plan; it may have been removed, moved or registered anew.",
        first_step="Compare the machine in the console with the one on the host; take the old one out of the plan and add the new one.",
        note="If all machines of a host fail like this at once, check the host and the agent's access to it first.",
        source=forum("acronis-backup-cloud-forum/help-error-code"),
    ),
    configuration(
        "disk-uuid-not-enabled",
        Words("property … disk.EnableUUID"),
        brief="disk.EnableUUID not readable",
        who=(MSP, CLIENT),
        act=ACT_NOW,
        cause="The agent cannot read the virtual machine's setting disk.EnableUUID, which application backup on VMware looks for.",
        first_step="Agree on a short downtime, then set disk.EnableUUID to TRUE in the machine's advanced parameters and try again.",
        source=kb(63663),
    ),
    configuration(
        "credentials-incorrect",
        Words("Credentials are incorrect"),
        who=MSP,
        act=ACT_NOW,
        cause="An account or its password was refused; the message does not say by whom.",
        first_step="Find in the log which system refused it, and enter current credentials for that one.",
        note="Acronis' vCloud appliance says so too, whatever was entered, when it meets vCloud Director 8.2.",
        source=kb(60258),
    ),
    environment(
        "virtual-machine-not-prepared",
        Number(0x00728003),
        Number(0x00728012),
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        yields=True,
        cause="A virtual machine could not be made ready for its backup; the reason should lie beneath.",
        first_step="Read the line beneath, then look at the machine's disks, snapshots and running tasks on the host.",
        source=forum(
            "acronis-backup-cloud-forum/help-error-code",
            "acronis-cyber-protect-cloud-forum/you-do-not-have-access-rights-file-vmware-appliance-backup-restore",
        ),
    ),
)

RECOVERY = (
    configuration(
        "processors-not-possible-on-host",
        Words("processor topology specified for the virtual machine"),
        who=MSP,
        act=ACT_NOW,
        cause="The machine to be recovered has a number or layout of processors that the Hyper-V host cannot give it.",
        first_step="Set fewer virtual processors in the recovery's settings and start it again.",
        source=kb(60855),
    ),
    environment(
        "device-not-attached",
        Number(0x00530003),
        Number(0x0053001B),
        brief="disk not attached to the new machine",
        who=MSP,
        act=ACT_NOW,
        cause="The host refused to attach a disk or another device to the virtual machine that is being recovered.",
        first_step="Read the host's own words in the log: a taken controller slot, a missing disk file, rights or space.",
        source=forum("acronis-cyber-protect-16-forum/fehler-beim-wiederherstellne-einer-hyper-v-vm"),
    ),
    environment(
        "disks-not-copied-to-new-machine",
        Number(0x00728067),
        who=MSP,
        act=ACT_NOW,
        cause="The disks in the backup could not be copied to a new virtual machine; the backup itself is not touched.",
        first_step="Make a virtual machine with disks like the original's and recover into it with the bootable media.",
        source=forum("acronis-cyber-protect-cloud-forum/failed-copy-volume-error"),
    ),
    environment(
        "virtual-machine-not-recovered",
        Number(0x00728014),
        Number(0x00728061),
        Number(0x00728064),
        Number(0x00530079),
        who=MSP,
        act=ACT_NOW,
        yields=True,
        cause="A virtual machine was not recovered; the reason should lie beneath.",
        first_step="Read the innermost line, then check the host's free space and memory and the settings of the new machine.",
        source=forum(
            "acronis-cyber-protect-16-forum/fehler-beim-wiederherstellne-einer-hyper-v-vm",
            "acronis-cyber-protect-cloud-forum/failed-copy-volume-error",
        ),
    ),
)

RULES = SNAPSHOTS + HOSTS + RECOVERY
