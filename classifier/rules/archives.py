"""Archives: opening, writing, cleaning up, replicating, validating and indexing them."""

from functools import partial

from classifier.rule import NO_CLOCK, Number, Words, row
from classifier.rules.sources import forum, kb
from classifier.verdict import Concern, Disposition, Domain, Party, Patience

ACT_NOW, MONITOR, SELF_HEAL = Disposition.ACT_NOW, Disposition.MONITOR, Disposition.SELF_HEAL
ACRONIS, MSP, CLIENT = Party.ACRONIS, Party.MSP, Party.CLIENT
TWICE = Patience(failed_runs=2)

CLEANING = forum("acronis-backup-cloud-forum/applying-retention-rules-failed-failed-lock-file")
INDEXING = forum("acronis-cyber-protect-16-forum/upgrade-version-16-feedback")
BROWSING = forum("acronis-backup-cloud-forum/error-when-making-backup-network-disconnected-timeout")
COPYING = forum("acronis-backup-cloud-forum/error-when-executing-copy")
CREATING = forum("acronis-backup-cloud-forum/backup-schlagt-dauerhaft-fehl")

environment = partial(row, Domain.ENVIRONMENT)
configuration = partial(row, Domain.CONFIGURATION)
network = partial(row, Domain.NETWORK)
cloud = partial(row, Domain.CLOUD_PLATFORM)
bug = partial(row, Domain.BUG)

PASSWORDS = (
    configuration(
        "archive-password-refused",
        Words("password for the protected backup is incorrect"),
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="The password of an archive was refused; in a backup to the cloud a disturbed TLS connection is reported the same way.",
        first_step="Look, after a scheduled run, for TLS errors in the agent's pcs log before you ask for a password; else type it afresh.",
        note="A lost archive password cannot be recovered by anybody, Acronis included.",
        source=f"{kb(62241)}; {kb(68811)}",
    ),
)

OPENING = (
    environment(
        "archive-not-opened-by-id",
        Words("Failed to open the backup archive by the ID"),
        brief="archive not opened",
        who=MSP,
        act=MONITOR,
        cause="An archive that the console, a backup or the clean-up asked for could not be opened.",
        first_step="Refresh the location in the console and check that the archive is still there and readable.",
        note="When it was the clean-up that asked, the backup before it is not touched.",
        source=f"{kb(60836)}; https://kb.acronis.com/tag/retention-rules",
    ),
    environment(
        "backup-not-opened-to-read",
        Number(0x00A10008),
        Number(0x00A100F4),
        who=MSP,
        act=MONITOR,
        yields=True,
        cause="A backup in the archive could not be opened to read what is in it.",
        first_step="Check the connection to the destination, refresh the location and open that backup in the console.",
        source=BROWSING,
    ),
    environment(
        "backup-gone-from-archive",
        Number(0x00270004),
        who=MSP,
        act=MONITOR,
        yields=True,
        cause="A backup that is still listed is not in its archive any more; it may have been cleaned up, deleted or moved.",
        first_step="Refresh the location in the console; if backups are missing that nobody deleted, check the retention rules.",
        source=INDEXING,
    ),
    environment(
        "backup-list-not-read",
        Number(0x00270047),
        Number(0x00A100CB),
        brief="list of backups not read",
        who=MSP,
        act=MONITOR,
        yields=True,
        cause="The agent could not read which backups an archive holds.",
        first_step="Refresh the location in the console; check that the destination is online and the archive still there.",
        source=f"{INDEXING}; {COPYING}",
    ),
    environment(
        "archive-description-missing",
        Number(0x01650011),
        brief="archive's description missing",
        who=MSP,
        act=MONITOR,
        yields=True,
        cause="The part of an archive that describes what is in it was not found; the archive may be incomplete.",
        first_step="Check the archive's folder for missing files and validate it; if it stays, start a new full backup.",
        source=f"{COPYING}; {kb(67908)}",
    ),
    environment(
        "cloud-folder-not-read",
        Number(0x020303E8),
        Number(0x030003E8),
        brief="folder in the cloud storage not read",
        who=(MSP, ACRONIS),
        act=MONITOR,
        patience=TWICE,
        yields=True,
        concerns=Concern.CLOUD_STORAGE,
        cause="The agent could not list its folder in the cloud storage.",
        first_step="Read the line beneath it: a certificate points to TLS inspection on the way, a time-out to the line.",
        source=forum(
            "acronis-cyber-protect-cloud-forum/certificate-could-not-be-matched-known-trusted-ca",
            "acronis-cyber-protect-cloud-forum/falha-ao-conectar-com-abgw-gru2-arp01-r03acroniscom44445-porque-o-acesso-ao-armazenamento-em-nuvem-foi-negado",
        ),
    ),
    network(
        "browsing-server-not-available",
        Words("Server is not available at the moment"),
        brief="a server not available",
        who=(MSP, ACRONIS),
        act=MONITOR,
        cause="A server did not answer, and the message does not say which; known from looking into cloud backups of volumes over 1 TB.",
        first_step="Try again later; if the cloud was being browsed and it stays, recover through an agent and open a case with Acronis.",
        source=kb(60265),
    ),
    cloud(
        "gateway-gave-up-waiting",
        Words("504 Gateway Time-out"),
        Words("504 Gateway Timeout"),
        who=(ACRONIS, MSP),
        act=SELF_HEAL,
        cause="A web server waited too long for the one behind it; known from logging in to Web Restore with large accounts.",
        first_step="Try again later; if backups fail with it too, look at Acronis' status page, then open a case.",
        source=kb(62618),
    ),
)

WRITING = (
    environment(
        "archive-not-created",
        Number(0x00A100CF),
        who=MSP,
        act=ACT_NOW,
        yields=True,
        concerns=Concern.DESTINATION,
        cause="A new archive could not be created at the destination.",
        first_step="Check that the destination is online, lets the plan's account write, and allows long file names.",
        source=CREATING,
    ),
    environment(
        "file-at-destination-failed",
        Number(0x020B0005),
        Number(0x020B0006),
        Number(0x020B0008),
        brief="file at the destination not written or opened",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        yields=True,
        concerns=Concern.DESTINATION,
        cause="A file, for example the one that describes an archive, could not be created, opened or renamed at the destination.",
        first_step="Check that the destination is online, lets the plan's account write, and that nothing else holds its files.",
        source=forum(
            "acronis-backup-cloud-forum/backup-schlagt-dauerhaft-fehl",
            "acronis-backup-cloud-forum/nicht-genugend-systemressourcen",
            "acronis-backup-cloud-forum/how-delete-old-backups-cloud",
        ),
    ),
    environment(
        "increment-not-added",
        Words("Failed to create an incremental backup in backup archive"),
        brief="increment not added to the archive",
        who=(MSP, ACRONIS),
        act=ACT_NOW,
        cause="An increment could not be added to its archive; known after a first backup that was shipped to Acronis on a disk.",
        first_step="Check in the console that the archive opens, and that a shipped first backup has arrived; if so, open a case with Acronis.",
        source=kb(60114),
    ),
    network(
        "network-path-not-found-by-message",
        Words("The network path was not found"),
        brief="network path not found",
        who=(CLIENT, MSP),
        act=MONITOR,
        concerns=Concern.DESTINATION,
        cause="Windows does not find a network path: the machine behind it may be off, or its share renamed or out of reach.",
        first_step="Watch the next run; if it lasts, check that the machine is on and its share reachable by name.",
        source=kb(61908),
    ),
)

CLEAN_UP = (
    configuration(
        "archive-address-not-understood",
        Words("An unsupported URI is specified"),
        brief="address of an archive not understood",
        who=(MSP, ACRONIS),
        act=ACT_NOW,
        cause="The agent does not understand the address of an archive; known from the clean-up, where the backup is not touched.",
        first_step="Update the agent, then choose the destination in the plan again and save it; if it stays, ask Acronis.",
        source=f"{kb(60572)}; {forum('acronis-backup-cloud-forum/activiteit-applying-retention-rules-mislukt-unsupported-uri-specified')}",
    ),
    environment(
        "clean-up-failed",
        Number(0x00A100D9),
        Words("Failed to delete the backups"),
        brief="clean-up of old backups failed",
        who=MSP,
        act=MONITOR,
        yields=True,
        cause="Old backups could not be deleted: the backup itself is not touched, but no space is freed.",
        first_step="Leave it to the next clean-up; if it stays, close what has the archive open and check the right to delete there.",
        note="Looking into the archive while the clean-up runs is enough to make it fail once.",
        source=f"{CLEANING}; {kb(60572)}",
    ),
    environment(
        "archives-not-deleted",
        Number(0x00A100DB),
        Words("Failed to delete the archives"),
        who=MSP,
        act=MONITOR,
        patience=NO_CLOCK,
        yields=True,
        cause="Archives could not be deleted; no backup is touched, and their space stays used.",
        first_step="Refresh the location and delete them once more, with no plan running on them.",
        source=forum("acronis-backup-cloud-forum/how-delete-old-backups-cloud"),
    ),
    environment(
        "space-not-freed-yet",
        Words("Cannot free up space taken by the deleted backups"),
        who=MSP,
        act=SELF_HEAL,
        cause="Backups were deleted but their space is not free yet; the backup itself is not touched.",
        first_step="Leave it: the product tries again when it next deletes backups; watch the free space until then.",
        source=kb(60606),
    ),
    environment(
        "archive-deleted-already",
        Words("You try to delete an already deleted archive"),
        brief="archive was already deleted",
        who=MSP,
        act=SELF_HEAL,
        cause="The archive that was to be deleted is already gone; the list in the console is out of date, nothing is lost by it.",
        first_step="Refresh the location in the console and look again.",
        source=kb(69849),
    ),
    configuration(
        "file-read-only",
        Words("The file is read-only"),
        who=MSP,
        act=MONITOR,
        patience=NO_CLOCK,
        cause="A file is write-protected; the message is known from deleting archives in the cloud, and those stay as they are.",
        first_step="Find the file in the log; if it is an archive in the cloud, check whether immutable storage is on, then delete once more.",
        source=kb(63752),
    ),
)

AFTERWARDS = (
    bug(
        "index-skipped-deleted-backup",
        Number(0x016B0013),
        Words("will not be indexed because it is deleted"),
        brief="deleted backup not indexed",
        who=(ACRONIS, MSP),
        act=SELF_HEAL,
        cause="The search index came to a backup that had been deleted meanwhile, and left it out; no backup failed.",
        first_step="Leave it; if such warnings come by the hundred and hide others, send a system report to Acronis.",
        source=INDEXING,
    ),
    bug(
        "export-draft-lost",
        Words("Failed to get archive_replication draft from session"),
        brief="export or validation not set up",
        who=(MSP, ACRONIS),
        act=MONITOR,
        patience=NO_CLOCK,
        cause="The console lost the export or validation that was being set up; no backup is touched.",
        first_step="Sign in to the console afresh and set it up once more; if it stays, open a case with Acronis.",
        source=kb(69760),
    ),
)

RULES = PASSWORDS + OPENING + WRITING + CLEAN_UP + AFTERWARDS
