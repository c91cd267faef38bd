"""Operating System Crash: the machine or the agent's process ended under the backup."""

from functools import partial

from classifier.rule import Code, Number, Words, row
from classifier.rules.sources import OVERVIEW, SEEN_LIVE, forum, kb
from classifier.verdict import Disposition, Domain, Party, Patience

MONITOR = Disposition.MONITOR
ACRONIS, MSP, CLIENT = Party.ACRONIS, Party.MSP, Party.CLIENT
TWICE = Patience(failed_runs=2)

rule = partial(row, Domain.OS_CRASH)

RULES = (
    rule(
        "crash-unknown",
        Code("MemoErrorCrashUnknown"),
        brief="agent crashed, cause unknown",
        who=(MSP, ACRONIS),
        act=MONITOR,
        patience=TWICE,
        cause="The backup process or the machine crashed, and nothing says why.",
        first_step="Look in the event log for the crash; if it happens again, collect the dump and a system report for Acronis.",
        source=OVERVIEW,
    ),
    rule(
        "unexpected-shutdown",
        Code("MemoErrorUnexpectedShutdown"),
        who=(CLIENT, MSP),
        act=MONITOR,
        patience=TWICE,
        cause="The machine went down without warning during the backup: power, or a crash.",
        first_step="Watch the next run; if it repeats, read the event log (Kernel-Power) and ask the client about power.",
        source=SEEN_LIVE,
    ),
    rule(
        "agent-service-failed",
        Code("MemoErrorMmsFailed"),
        who=(MSP, ACRONIS),
        act=MONITOR,
        patience=TWICE,
        cause="The agent's management service failed.",
        first_step="Check that the Acronis Managed Machine Service runs, restart it, and update the agent.",
        source=SEEN_LIVE,
    ),
    rule(
        "activity-repaired-after-crash",
        Number(0x01350001),
        Words("activity state has been repaired after unexpected failure"),
        who=(MSP, ACRONIS),
        act=MONITOR,
        patience=TWICE,
        cause="A process of the agent died, and the activity was closed afterwards.",
        first_step="Look in the system event log for the process that died; if it repeats, collect its dump for Acronis.",
        source=forum("acronis-backup-cloud-forum/sql-backup-failure-put-database-recovery-pending"),
    ),
    rule(
        "service-restarted",
        Number(0x0135004E),
        Words("failed due to a restart of the service"),
        who=MSP,
        act=MONITOR,
        patience=TWICE,
        cause="The agent's service restarted under the backup, after an update, a reboot or a crash.",
        first_step="Watch the next run; if it repeats, look in the event log for why the service restarts.",
        source=f"{kb(61650)}; {forum('acronis-backup-cloud-forum/acronis-backup-agent-failing')}",
    ),
    rule(
        "machine-rebooted",
        Number(0x013500CD),
        Words("failed due to an unexpected machine reboot"),
        who=(CLIENT, MSP),
        act=MONITOR,
        cause="The machine restarted, or the backup process was ended, while the backup ran.",
        first_step="Watch the next run; if it repeats, compare the restart with updates and with the schedule.",
        source=forum("acronis-backup-cloud-forum/acronis-backup-agent-failing"),
    ),
    rule(
        "activity-without-worker",
        Number(0x01350014),
        who=(MSP, ACRONIS),
        act=MONITOR,
        patience=TWICE,
        cause="The process that carried the activity is gone.",
        first_step="Restart the agent's services and run the job once; if it repeats, send a system report to Acronis.",
        source=forum("acronis-backup-cloud-forum/my-isp-use-acronis-dont-work-no-valid-assistance-it-please-help"),
    ),
    rule(
        "agent-process-ended",
        Words("agent process terminated unexpectedly"),
        who=(MSP, ACRONIS),
        act=MONITOR,
        patience=TWICE,
        cause="The agent's process ended unexpectedly; known from installing or updating the agent.",
        first_step="Look in the event log for what ended it; if it repeats, collect a dump and a system report for Acronis.",
        source=kb(70711),
    ),
)
