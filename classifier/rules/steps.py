"""Activity types: which step of a run it was. A step never says why it failed."""

from typing import NamedTuple


class Step(NamedTuple):
    """A step in our words, and the names Acronis gives it."""

    what: str
    names: tuple[str, ...] = ()


STEPS = {
    "FD79C554-B363-4DB2-97BC-1E5A94094A94": Step(
        "finding what the plan selects, before the backup", ("Resolving items to back up",)
    ),
    "8F01AC13-F59E-4851-9204-DE1FD77E36B4": Step("backing up", ("Backing up",)),
    "F30407D6-601F-11E0-9C67-FF46DFD72085": Step(
        "the whole of one backup, with its steps beneath it", ("Backup workflow",)
    ),
    "FFBC7082-9C55-47D1-A6D2-1744EC8D7481": Step("copying the backup to a further place", ("Replication",)),
    "08BE2B76-A95F-4FD4-AC32-AF26210E3A33": Step("cleaning up old backups", ("Applying retention rules",)),
    "45D64182-5DF4-4AE0-9D42-55E1C3DB942B": Step("cleaning up old backups", ("Applying retention rules",)),
    "4504F8D4-2727-42AB-BB4F-A42EDBB790A0": Step(
        "the agent doing something in a process of its own", ("Tol::IsolateCommand",)
    ),
    "D77E80BD-410A-468E-B593-FC8467A0D91B": Step("the agent running a script of its own", ("Running Python script",)),
    "3CC14D08-3D75-46C4-AB00-431B0E3868A3": Step("listing the backups", ("Getting information about backups",)),
    "D332948D-A7A9-4E07-B76C-253DCF6E17FB": Step(
        "one run of a plan on one machine, with everything beneath it", ("Backup plan",)
    ),
    "2B220C98-B8C2-428D-98B7-5C54AEBC8713": Step("registering an agent", ("Remote registration",)),
    "C4DFD066-D6B5-48BF-ACA4-D9F03FB01337": Step(
        "looking after an Exchange server", ("Managing Microsoft Exchange server",)
    ),
    "08FF37D8-FB90-49A3-828B-B9A8CDA417B3": Step("recovering a virtual machine", ("Recover a virtual machine",)),
    "6F80C46F-90AC-4F6F-9578-3CAEF754A637": Step(
        "recovering an entire virtual machine", ("Recover the entire virtual machine",)
    ),
    "19926590-DC92-4835-8458-34CE45061FAD": Step("deleting single backups", ("Deleting recovery points",)),
    "ADB12096-4F68-4B48-B2D2-23CF5B6EAC4B": Step("deleting a whole archive", ("Deleting archives",)),
    "1ACDF6BD-769F-42B5-9C7A-1FC8B1B297E1": Step("deleting a whole archive", ("Deleting archives",)),
    "CF4A80C3-A7BA-4DD0-9491-1031E15E0731": Step(
        "refreshing the list of backups", ("Dms::Gst::RefreshRecoveryPointsCommand",)
    ),
    "73417128-5DAC-4263-83CD-4332EF280E7B": Step(
        "running the command that the plan puts before the backup", ("Executing pre-backup command",)
    ),
    "A59E8BF2-39C3-42C4-B667-CB672381A214": Step("adding an agent to the account", ("Adding agent", "agent.add")),
    "44328016-20D7-4799-A357-CF152C904ED0": Step("taking a plan off a workload", ("Revoking plan", "policy.revoke")),
    "F5CD89C9-3CD1-4DBC-97F3-82BF93687B46": Step("changing a plan", ("Editing plan",)),
    "6D9472EE-5D47-4107-9C6F-43A4273D2EA7": Step(
        "putting a default plan on a workload", ("Backup::Assistant::Commands::ApplyDefaultPlan",)
    ),
    "policy.apply": Step("putting a plan on a workload", ("Applying plan",)),
    "Download": Step("downloading a part of the agent"),
    "AddFeatures": Step("adding parts to the agent"),
    "AutoUpdateStandby": Step("updating the agent"),
    "0016750A-EE56-49E6-BF59-7C768C9869AC": Step("a cloud-to-cloud backup (Microsoft 365 or Google Workspace)"),
    "019CF690-803B-451F-9E4B-B76C478BC05F": Step("a cloud-to-cloud backup (Microsoft 365 or Google Workspace)"),
    "UserMailboxBackup": Step("backing up a Microsoft 365 mailbox"),
    "SPBackup": Step("backing up SharePoint"),
    "ODBackup": Step("backing up OneDrive"),
    "GSBackupGMail": Step("backing up Gmail"),
    "GSBackupGDrive": Step("backing up Google Drive"),
    "UserMailboxRestore": Step("recovering a Microsoft 365 mailbox"),
    "SPRestore": Step("recovering SharePoint"),
    "ODRestore": Step("recovering OneDrive"),
    "GSRestoreGMail": Step("recovering Gmail"),
    "GSRestoreGDrive": Step("recovering Google Drive"),
}
