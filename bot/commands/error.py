"""`error <anything>`: what does this code mean, and who has it now?"""

from collections.abc import Sequence

from bot.commands.command import Command
from bot.commands.find import look
from bot.commands.seams import Seams
from bot.commands.words import unquoted
from bot.core.digest import Row
from bot.core.incident import Incident
from bot.core.intent import Answer, Intent
from bot.core.message import Button, Message, paragraph
from bot.wording.answers import also_line, did_you_mean, error_message, plain_message
from bot.wording.phrases import sentence
from classifier import Basis, Cause, Found, Verdict, find
from classifier.question import candidates, readings, row_in

READ_THE_LOG = (
    "Nothing is near it either. Read the log of the failed activity from its innermost line up, "
    "and ask for the code found there."
)


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer with the rule that knows it and the backups that have it; else with what is near."""
    asked = unquoted(intent.argument)
    if not asked:
        return Answer(plain_message("Which error? For example: error CloudStorageUnavailable"), refused=True)
    if number := row_in(asked):  # an incident of the digest, not an error's number
        button = Button(f"Open #{number}", "open", number)
        return Answer(plain_message(f"#{number} is an incident: open {number}", buttons=(button,)))
    rows = look(seams.store, now=seams.now(), policy=seams.policy).rows
    found = find(asked, rules=seams.rules)
    exact = sorted((answer for answer in found if answer.exact), key=lambda answer: answer.verdict is None)
    if exact:
        return _known(exact[0], [*exact[1:], *(answer for answer in found if not answer.exact)], rows, seams)
    holders = _seen(asked, rows)
    if holders:  # no rule knows it, but a backup has it now
        return _about(asked, holders[0].incidents[0].verdict, holders, seams, others=found)
    return Answer(_not_found(asked, found), refused=True)


def _known(answer: Found, others: Sequence[Found], rows: Sequence[Row], seams: Seams) -> Answer:
    if answer.verdict is None:
        words = sentence(answer.note)
        return Answer(Message(words, (paragraph(words), *(also_line(other) for other in others))))
    holders = [row for row in rows if _has(row, answer.matched, answer.verdict)]
    return _about(answer.matched, answer.verdict, holders, seams, note=answer.note, by=answer.by, others=others)


def _about(
    title: str,
    verdict: Verdict,
    holders: Sequence[Row],
    seams: Seams,
    *,
    note: str = "",
    by: str = "",
    others: Sequence[Found] = (),
) -> Answer:
    return Answer(error_message(title, verdict, holders, seams.voice, now=seams.now(), note=note, by=by, others=others))


def _not_found(asked: str, near: Sequence[Found]) -> Message:
    means = {answer.matched.strip("“”"): _meaning(answer, answer.verdict) for answer in near if answer.verdict}
    return did_you_mean("error", asked, list(means), "error", means=means, hint=READ_THE_LOG)


def _meaning(answer: Found, verdict: Verdict) -> str:
    note = sentence(answer.note[:1].upper() + answer.note[1:])
    return " ".join(words for words in (sentence(verdict.brief), note) if words)


def _has(row: Row, title: str, verdict: Verdict) -> bool:
    """Tell whether a member of a row carries the code itself, or was judged by the same rule.

    What only its family knows is had by those that carry it: others of the family have something else.
    """
    if any(_names(incident, title) for incident in row.incidents):
        return True
    by_rule = verdict.basis not in (Basis.FAMILY, Basis.NONE)
    return by_rule and any(incident.verdict.rule == verdict.rule for incident in row.incidents)


def _seen(asked: str, rows: Sequence[Row]) -> list[Row]:
    """Find the rows that carry what was asked for, whatever notation its number was asked in."""
    spelled = {asked, *(Cause(reading.number).code for each in candidates(asked) for reading in readings(each))}
    return [row for row in rows if any(_names(incident, code) for incident in row.incidents for code in spelled)]


def _names(incident: Incident, code: str) -> bool:
    """Tell whether a code stands anywhere in what Acronis said: as a name, a number of the chain, or the alert."""
    spelled = {
        each.casefold()
        for failure in (incident.failure, *incident.failure.others)
        for each in (
            failure.code,
            *failure.inner,
            failure.alert,
            *(link.code for link in failure.chain),
            *(link.name for link in failure.chain),
        )
    }
    return bool(code) and code.casefold() in spelled


COMMAND = Command("error", "<code or text>", "what an error means and who has it now", handle, also=("code", "e"))
