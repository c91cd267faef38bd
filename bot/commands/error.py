"""`error <anything>`: what does this code mean, and who has it now?"""

from collections.abc import Sequence

from bot.commands.command import Command
from bot.commands.find import look
from bot.commands.seams import Seams
from bot.commands.words import unquoted
from bot.core.digest import Row
from bot.core.incident import Incident
from bot.core.intent import Answer, Intent
from bot.wording.answers import did_you_mean, error_message, plain_message
from classifier import Found, find
from classifier.verdict import Domain, Verdict


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer with the rule that knows it and the backups that have it; else with what is near."""
    asked = unquoted(intent.argument)
    if not asked:
        return Answer(plain_message("Which error? For example: error CloudStorageUnavailable"), refused=True)
    rows = look(seams.store, now=seams.now(), policy=seams.policy).rows
    found = find(asked)
    for answer in found:
        if answer.exact:
            return _known(answer, rows, seams)
    holders = _seen(asked, rows)
    if holders:  # no rule knows it, but a backup has it now
        return _about(asked, holders[0].incidents[0].verdict, holders, seams)
    return Answer(did_you_mean("error", asked, [answer.matched for answer in found], "error"), refused=True)


def _known(answer: Found, rows: Sequence[Row], seams: Seams) -> Answer:
    if answer.verdict is None:
        return Answer(plain_message(f"{answer.matched}: {answer.note}"))
    holders = [row for row in rows if _has(row, answer.matched, answer.verdict)]
    return _about(answer.matched, answer.verdict, holders, seams, note=answer.note)


def _about(title: str, verdict: Verdict, holders: list[Row], seams: Seams, *, note: str = "") -> Answer:
    return Answer(error_message(title, verdict, holders, seams.voice, now=seams.now(), note=note))


def _has(row: Row, title: str, verdict: Verdict) -> bool:
    """Tell whether a member of a row was judged by the same rule, or carries the code itself."""
    if any(_names(incident, title) for incident in row.incidents):
        return True
    by_rule = verdict.domain is not Domain.UNKNOWN
    return by_rule and any(incident.verdict.rule == verdict.rule for incident in row.incidents)


def _seen(asked: str, rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if any(_names(incident, asked) for incident in row.incidents)]


def _names(incident: Incident, code: str) -> bool:
    """Tell whether a code stands anywhere in what Acronis said: as a name, a number of the chain, or the alert."""
    failure = incident.failure
    spelled = (
        failure.code,
        *failure.inner,
        failure.alert,
        *(c.code for c in failure.chain),
        *(c.name for c in failure.chain),
    )
    return code.casefold() in {each.casefold() for each in spelled if each}


COMMAND = Command(
    "error", "<code or text>", "what an error means and who has it now", handle, also=("code", "explain", "e")
)
