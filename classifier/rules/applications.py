"""Applications: SQL Server, Exchange, Active Directory, Microsoft 365, Google Workspace, web hosting."""

from functools import partial

from classifier.rule import NO_CLOCK, Code, HResult, Number, Words, row
from classifier.rules.sources import WIN32, forum, kb
from classifier.verdict import Disposition, Domain, Party, Patience

ACT_NOW, MONITOR, SELF_HEAL = Disposition.ACT_NOW, Disposition.MONITOR, Disposition.SELF_HEAL
ACRONIS, MSP, CLIENT = Party.ACRONIS, Party.MSP, Party.CLIENT
TWICE = Patience(failed_runs=2)

GUIDE = "https://www.acronis.com/en/support/documentation/CyberProtectionService/"
REQUIREMENTS = f"Acronis user guide 26.02, Requirements for application-aware backups: {GUIDE}#prerequisites.html"
MAILBOXES = f"Acronis user guide 26.02, Selecting mailboxes: {GUIDE}#selecting-mailboxes.html"

environment = partial(row, Domain.ENVIRONMENT)
network = partial(row, Domain.NETWORK)
configuration = partial(row, Domain.CONFIGURATION)
bug = partial(row, Domain.BUG)

SQL_SERVER = (
    configuration(
        "sql-metadata-not-collected",
        Words("Failed to collect the metadata of the SQL Server"),
        brief="SQL Server's databases not read",
        who=MSP,
        act=ACT_NOW,
        cause="The agent could not read SQL Server's own account of its databases; known from machines that allow only TLS 1.2.",
        first_step="Bring SQL Server, its client drivers and the agent to versions that speak TLS 1.2, then run the backup.",
        note="The machine itself may be backed up well; what is in doubt is the recovery of single databases.",
        source=kb(63179),
    ),
    configuration(
        "database-outside-the-plan",
        Words("files are not included in the single-pass backup"),
        brief="database left out of the backup",
        who=MSP,
        act=ACT_NOW,
        cause="A database has files on a volume that the plan does not back up, so the database was left out.",
        first_step="Select the entire machine in the plan, or add every volume that holds the database's data and logs.",
        source=f"{kb(63300)}; {REQUIREMENTS}",
    ),
    configuration(
        "application-item-not-found",
        Words("Failed to resolve item by its reference"),
        Words("Unable to find an object that meets the following criteria"),
        brief="selected database not found",
        who=MSP,
        act=ACT_NOW,
        cause="The agent does not find something it was told to back up; known from SQL and Exchange databases that the plan names.",
        first_step="Compare the plan's SQL and Exchange selection with what the server has now, and select anew what was renamed, moved or removed.",
        source=f"{kb(61147)}; {kb(69762)}",
    ),
    environment(
        "database-file-invalid",
        Words("An invalid file has been detected"),
        brief="database file not accepted",
        who=MSP,
        act=ACT_NOW,
        cause="The agent met a file it calls invalid and does not say why; the message is known from backups of SQL databases.",
        first_step="Find the file's name in the log; if it is a database's, check its path in SQL Server and run a consistency check.",
        source=kb(63780),
    ),
    environment(
        "class-not-registered",
        HResult(0x80040154),
        brief="Windows class not registered",
        who=MSP,
        act=ACT_NOW,
        cause="Windows does not know a component that was called; in the case known it was the snapshot of an SQL Server backup.",
        first_step="Run the newest agent's installer on the machine, with the SQL part if it is used, as a repair or an update.",
        source=forum("acronis-backup-cloud-forum/class-not-registered"),
    ),
    environment(
        "sql-server-not-backed-up",
        Number(0x0057010F),
        brief="SQL Server not backed up",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        yields=True,
        cause="SQL Server was not backed up; the reason should lie beneath, in the cases known a snapshot that failed.",
        first_step="List the writers (vssadmin list writers) and read the VSS and SQL Server entries of the event log at that time.",
        source=forum("acronis-backup-cloud-forum/class-not-registered", "acronis-backup-cloud-forum/sql-backup-failed"),
    ),
)

EXCHANGE = (
    configuration(
        "exchange-credentials-refused",
        Words("credentials for Exchange server … incorrect"),
        brief="Exchange credentials refused",
        who=MSP,
        act=ACT_NOW,
        cause="Exchange refused the saved account; old agents met this with Microsoft 365 in Germany and China even when it was right.",
        first_step="Update the agent, then enter the account of that Exchange organisation again.",
        note="In an old log where module 349 stands beside it, 1802 means instead that a volume's shadow copy failed.",
        source=kb(61092),
    ),
    configuration(
        "exchange-shell-not-opened",
        Number(0x005B03E9),
        Number(0x005B041C),
        brief="no remote session with Exchange",
        who=(MSP, CLIENT),
        act=ACT_NOW,
        cause="The agent could not open a PowerShell session with Exchange; in the case known Acronis suspected the saved account.",
        first_step="Enter a domain administrator who is in Exchange's Organization Management group, and save the plan again.",
        source=forum("acronis-backup-cloud-forum/exchange-backup-schlaft-fehl"),
    ),
    configuration(
        "logon-session-gone",
        HResult(0x80070520),
        who=(MSP, CLIENT),
        act=ACT_NOW,
        cause="Windows says that the logon session to be used does not exist; with Exchange that usually means wrong saved credentials.",
        first_step="Enter the account and password in the plan again; check that it is allowed to log on there, and to manage Exchange if that is backed up.",
        source=f"{WIN32}; {forum('acronis-backup-cloud-forum/exchange-backup-schlaft-fehl')}",
    ),
    environment(
        "exchange-store-not-backed-up",
        Number(0x005B0011),
        Number(0x005B0423),
        brief="Exchange databases not backed up",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        yields=True,
        cause="The Exchange databases were not backed up or could not be managed; the reason should lie beneath.",
        first_step="Check that the Information Store service runs and that the Exchange writer is stable (vssadmin list writers).",
        source=f"{forum('acronis-backup-cloud-forum/exchange-backup-schlaft-fehl')}; {REQUIREMENTS}",
    ),
)

MICROSOFT_365 = (
    configuration(
        "impersonation-not-allowed",
        Words("does not have permission to impersonate the requested user"),
        brief="no right to act for mailboxes",
        who=(MSP, CLIENT),
        act=ACT_NOW,
        cause="Exchange does not let the backup's account act in the name of the mailbox's owner.",
        first_step="Give that account the ApplicationImpersonation role; in Microsoft 365 let an administrator grant consent again.",
        source=kb(60929),
    ),
    configuration(
        "group-mailbox-without-owner",
        Words("Cannot back up the primary mailbox"),
        Words("primary SMTP address must be specified"),
        brief="mailbox or its group's owner not usable",
        who=(MSP, CLIENT),
        act=ACT_NOW,
        cause="A mailbox cannot be opened; known from Microsoft 365 groups, which need an owner with a licence and a mailbox.",
        first_step="See whose mailbox it is; if a group's, give it an owner who has both, and in a private group is a member as well.",
        source=f"{kb(63331)}; {MAILBOXES}",
    ),
    network(
        "mailbox-not-reached",
        Words("Can't connect to the mailbox of user"),
        who=MSP,
        act=SELF_HEAL,
        cause="The connection to a mailbox failed; Acronis knows this as something that comes and goes.",
        first_step="Leave it to the next run; if it is always the same mailbox, check its licence and that it opens in Outlook.",
        source=kb(61534),
    ),
    network(
        "exchange-api-not-reached",
        Number(0x005B0C1D),
        Words("Failed to connect to Microsoft Exchange API"),
        brief="Exchange web services not reached",
        who=(MSP, CLIENT),
        act=MONITOR,
        yields=True,
        cause="The agent did not get through to the web services of Exchange, in Microsoft 365 or on a server.",
        first_step="Watch the next run; if it lasts, check TLS 1.2 and the proxy on the agent's machine, then the rights of the backup's app.",
        source=f"{kb(70343)}; {forum('acronis-cyber-protect-cloud-forum/failed-acronis-cyber-cloud-o365-mail-backup')}",
    ),
    environment(
        "mailbox-not-opened",
        Number(0x005B000B),
        who=(MSP, CLIENT),
        act=MONITOR,
        yields=True,
        cause="A mailbox or public folder could not be opened; the reason should lie beneath.",
        first_step="Watch the next run; if it lasts, check that the mailbox named in the log still exists and has its licence.",
        source=forum("acronis-cyber-protect-cloud-forum/failed-acronis-cyber-cloud-o365-mail-backup"),
    ),
    environment(
        "mail-not-backed-up",
        Number(0x005B0012),
        Number(0x005B011C),
        brief="mailboxes not backed up",
        who=MSP,
        act=MONITOR,
        yields=True,
        cause="Selected mailboxes or folders were not backed up; the reason should lie beneath.",
        first_step="Read the innermost line; if many mailboxes fail at one hour, spread them over several plans and times.",
        source=forum("acronis-cyber-protect-cloud-forum/failed-acronis-cyber-cloud-o365-mail-backup"),
    ),
    bug(
        "sharepoint-item-not-taken",
        Words("Failed to change the handle of Item/Add"),
        brief="SharePoint item not taken",
        who=(ACRONIS, MSP),
        act=MONITOR,
        cause="The backup of a SharePoint site tripped over an item; Acronis knew this of nested OneNote notebooks.",
        first_step="Look which site it is and whether it holds OneNote notebooks; if the warning stays, open a case with Acronis.",
        source=forum("acronis-backup-cloud-forum/acronis-cloud-backup-sharepoint-failed-change-handle-itemadd"),
    ),
)

WINDOWS = (
    configuration(
        "active-directory-not-installed",
        Number(0x022B012D),
        Words("Active Directory is not installed on the machine"),
        brief="no Active Directory on the machine",
        who=MSP,
        act=ACT_NOW,
        cause="The installer was told to add Agent for Active Directory on a machine that does not run Active Directory.",
        first_step="Run the installation again and name only the components that this machine needs.",
        source=forum("acronis-backup-cloud-forum/2019-core-hyper-v-agent-install-fail-unrelated-missing-ad-error"),
    ),
    environment(
        "system-state-not-backed-up",
        Number(0x02770191),
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="The system state of Windows was not backed up; the reason should lie beneath, for example a file in use that was read without a snapshot.",
        first_step="Set File-level backup snapshot to “Always create a snapshot” in the plan's options, then run it again.",
        source=forum("acronis-cyber-protect-cloud-forum/resolved-error-codes"),
    ),
    environment(
        "agent-profile-not-opened",
        Number(0x02760003),
        brief="agent's own profile not opened",
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="The agent could not open a profile that it keeps itself (AccessVault); no Windows user is meant.",
        first_step="Check that MMS\\AccessVault in Acronis' program data is there and not blocked, then restart the agent's services.",
        source=forum("acronis-backup-cloud-forum/backup-failed-windows-error-0x80070003"),
    ),
)

WEB_HOSTING = (
    environment(
        "website-backup-stopped",
        Number(0x02A10064),
        who=(MSP, CLIENT),
        act=MONITOR,
        yields=True,
        cause="The website backup stopped at an error of its own; the last word of the message names it.",
        first_step="Read that last word, then test the saved access to the web host (address, port, account) by hand.",
        source=forum("acronis-backup-cloud-forum/backup-failed"),
    ),
    environment(
        "panel-command-failed",
        Number(0x03FD0002),
        brief="web panel's command failed",
        who=(MSP, ACRONIS),
        act=MONITOR,
        patience=TWICE,
        cause="A command that the integration with the web hosting panel runs on the server failed; the message names it.",
        first_step="Check whether the files it names exist; update the panel's plugin, then send the message to Acronis if it stays.",
        note="Where this was met, the backup itself was made and this was its warning.",
        source=forum("acronis-cyber-protect-cloud-forum/cpanel-toggle-application-backup-eap"),
    ),
    bug(
        "panel-record-too-long",
        Words("record is greater then 32K"),
        brief="record too long for the panel plugin",
        who=(ACRONIS, MSP),
        act=ACT_NOW,
        cause="The plugin for WHM and cPanel met a record longer than it can take.",
        first_step="Update the plugin and the agent on that server; if it stays, open a case with Acronis.",
        source=kb(62556),
    ),
    environment(
        "mysql-not-ready",
        Code("MySQLWaitingPidTimeoutError"),
        Words("MySQLWaitingPidTimeoutError"),
        brief="MySQL not ready in time",
        who=MSP,
        act=MONITOR,
        patience=NO_CLOCK,
        cause="MySQL was not ready in time when databases were to be recovered or downloaded.",
        first_step="Try again when the server is quiet; if it fails again, read MySQL's error log on that server.",
        source=kb(65004),
    ),
    bug(
        "browsing-token-refused",
        Words("JWT is issued by unregistered issuer"),
        who=(ACRONIS, MSP),
        act=MONITOR,
        patience=NO_CLOCK,
        cause="Acronis' own services did not accept each other's token when a website or mobile backup was opened.",
        first_step="Log in to the console again and retry; if it stays, open a case with Acronis and name the data centre.",
        source=kb(60842),
    ),
)

RULES = SQL_SERVER + EXCHANGE + MICROSOFT_365 + WINDOWS + WEB_HOSTING
