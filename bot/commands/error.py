"""`error <anything>`: what does this code mean, and who has it now?"""

from bot.commands.command import Command
from bot.commands.seams import Seams
from bot.commands.words import unquoted
from bot.core.digest import Row, rows_of
from bot.core.intent import Answer, Intent
from bot.wording.answers import did_you_mean, error_message, plain_message
from classifier import Found, find
from classifier.verdict import Domain, Verdict


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer with the rule that knows it and the backups that have it; else with what is near."""
    asked = unquoted(intent.argument)
    if not asked:
        return Answer(plain_message("Which error? For example: error CloudStorageUnavailable"), refused=True)
    rows = rows_of(seams.store.memory(), now=seams.now(), policy=seams.policy)
    found = find(asked)
    for answer in found:
        if answer.exact:
            return _known(answer, rows, seams)
    holders = _seen(asked, rows)
    if holders:  # no rule knows it, but a backup has it now
        return _about(asked, holders[0].incidents[0].verdict, holders, seams)
    return Answer(did_you_mean("error", asked, [answer.matched for answer in found], "error"), refused=True)


def _known(answer: Found, rows: list[Row], seams: Seams) -> Answer:
    if answer.verdict is None:
        return Answer(plain_message(f"{answer.matched}: {answer.note}"))
    holders = [row for row in rows if _has(row, answer.matched, answer.verdict)]
    return _about(answer.matched, answer.verdict, holders, seams, note=answer.note)


def _about(title: str, verdict: Verdict, holders: list[Row], seams: Seams, *, note: str = "") -> Answer:
    return Answer(error_message(title, verdict, holders, seams.voice, now=seams.now(), note=note))


def _has(row: Row, title: str, verdict: Verdict) -> bool:
    """Tell whether a member of a row was judged by the same rule, or carries the code itself."""
    if any(title.casefold() in incident.cause.casefold() for incident in row.incidents):
        return True
    by_rule = verdict.domain is not Domain.UNKNOWN
    return by_rule and any(incident.verdict.rule == verdict.rule for incident in row.incidents)


def _seen(asked: str, rows: list[Row]) -> list[Row]:
    wanted = asked.casefold()
    return [row for row in rows if any(wanted in incident.cause.casefold() for incident in row.incidents)]


COMMAND = Command(
    "error", "<code or text>", "what an error means and who has it now", handle, also=("code", "explain", "e")
)
