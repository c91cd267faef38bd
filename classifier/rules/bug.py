"""Bug: the product tripped over itself. Acronis has to mend it; we send them what they ask for."""

from functools import partial

from classifier.failure import Cause, Failure
from classifier.rule import Code, Number, Words, row
from classifier.rules.sources import OVERVIEW, forum, kb
from classifier.verdict import Disposition, Domain, Party, Patience

ACT_NOW, MONITOR = Disposition.ACT_NOW, Disposition.MONITOR
ACRONIS, MSP = Party.ACRONIS, Party.MSP

rule = partial(row, Domain.BUG)

RULES = (
    rule(
        "internal-error",
        Code("InternalError"),
        Code("internalError"),
        brief="internal error, cause not given",
        who=ACRONIS,
        act=MONITOR,
        patience=Patience(failed_runs=2),
        yields=True,
        cause="Acronis reports an internal error, and nothing that we know lies beneath it.",
        first_step="Open the failed activity and read its innermost line; if the next run fails too, send that line and its line tag to Acronis.",
        note="This name wraps many causes: the innermost line counts, not the name.",
        source=OVERVIEW,
        example=Failure(code="InternalError", module="Common", chain=(Cause(0x01350016), Cause(0x01490003))),
    ),
    rule(
        "expression-test-failed",
        Number(0x015D001F),
        Words("An expression test has failed"),
        who=ACRONIS,
        act=ACT_NOW,
        cause="A check inside the product failed; backups to this archive may keep failing although old ones restore.",
        first_step="Update the agent; if it fails again, start a new archive and send a system report to Acronis.",
        source=f"{kb(61698)}; {forum('acronis-backup-cloud-forum/internal-error-expression-test-has-failed')}",
    ),
    rule(
        "assertion-failed",
        Words("Assertion failed: node->"),
        who=ACRONIS,
        act=MONITOR,
        cause="The agent stumbled over one of its own checks; in the case known, the backup ended with a warning.",
        first_step="Update the agent; if it comes back, send a system report to Acronis.",
        source=kb(61520),
    ),
    rule(
        "access-violation",
        Number(0x0273000D),
        who=(ACRONIS, MSP),
        act=MONITOR,
        yields=True,
        patience=Patience(failed_runs=2),
        cause="A part of the agent touched memory that was not its own and was stopped.",
        first_step="Update the agent; if it comes back, collect the crash dump and a system report for Acronis.",
        source=forum("acronis-backup-cloud-forum/backup-failed-windows-error-0x80070003"),
    ),
    rule(
        "invalid-file-object",
        Number(0x012700CE),
        who=ACRONIS,
        act=MONITOR,
        cause="Acronis' storage client was handed a file that it could not use; in one case while old cloud backups were deleted.",
        first_step="Refresh the location in the console; if it fails again, send the line tag to Acronis.",
        source=forum("acronis-backup-cloud-forum/how-delete-old-backups-cloud"),
    ),
    rule(
        "linked-position-unknown",
        Words("The linked position is unknown"),
        who=ACRONIS,
        act=MONITOR,
        cause="Clean-up stumbled over a defect known from one old build of the agent (4290).",
        first_step="Update the agent, then let the clean-up run again.",
        source=kb(60610),
    ),
    rule(
        "too-many-sql-variables",
        Words("too many SQL variables"),
        Words("Command definition … not found."),
        who=ACRONIS,
        act=ACT_NOW,
        cause="A query inside the product became too long for it; known from the backup of an ESXi host's configuration.",
        first_step="Update the agent and the appliance; if it stays, open a case with Acronis.",
        source=kb(61930),
    ),
    rule(
        "xml-not-parsed",
        Words("Failed to parse the XML"),
        who=(ACRONIS, MSP),
        act=MONITOR,
        cause="An XML document could not be read; the message does not say whose.",
        first_step="Restart the agent's services and run the backup once; if it stays, send a system report to Acronis.",
        source=kb(61267),
    ),
)
