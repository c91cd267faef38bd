"""`error <anything>`: what does this code mean, and who has it now?"""

from bot.commands.command import Command
from bot.commands.seams import Seams
from bot.commands.words import unquoted
from bot.core.digest import Row, rows_of
from bot.core.intent import Answer, Intent
from bot.wording.answers import did_you_mean, error_message, plain_message
from classifier import find
from classifier.verdict import Verdict


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer with the rule that knows it and the backups that have it."""
    asked = unquoted(intent.argument)
    if not asked:
        return Answer(plain_message("Which error? For example: error CloudStorageUnavailable"), refused=True)
    found = find(asked)
    rows = rows_of(seams.store.memory(), now=seams.now(), policy=seams.policy)
    if found.verdict is not None:
        holders = _holders(found.title, found.verdict, rows)
        return Answer(error_message(found.title, found.verdict, holders, seams.voice, now=seams.now()))
    return Answer(did_you_mean("error", asked, found.suggestions, "error"), refused=True)


def _holders(title: str, verdict: Verdict, rows: list[Row]) -> list[Row]:
    """List rows with the same rule behind any member, or the same code in the vendor's words."""
    return [
        row
        for row in rows
        if any(i.verdict.rule == verdict.rule or title in i.cause.split("/") for i in row.incidents)
        and (verdict.rule != "unknown" or any(title in i.cause for i in row.incidents))
    ]


COMMAND = Command(
    "error", "<code or text>", "what an error means and who has it now", handle, also=("code", "explain", "e")
)
