"""What people start: one file a verb, named in this list. Listeners, help and buttons all read it."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace
from rapidfuzz import fuzz, process

from bot.commands import (
    acknowledge,
    audit,
    client,
    error,
    explain,
    history,
    home,
    job,
    open,
    run,
    settle,
    snooze,
    status,
    ticket,
)
from bot.commands.command import Command
from bot.commands.seams import Seams
from bot.commands.share import shareable, sharing
from bot.commands.words import numbers_first, tidy
from bot.core.intent import Actor, Answer, Audience, Intent
from bot.core.message import Button, Message, Receipt
from bot.core.rights import CONSOLE, Right
from bot.wording.answers import help_message, plain_message
from bot.wording.audit import may_not_message

QUESTIONS: tuple[Command, ...] = (
    home.COMMAND,
    open.COMMAND,
    client.COMMAND,
    job.COMMAND,
    error.COMMAND,
    explain.COMMAND,
    history.COMMAND,
    status.COMMAND,
)
COMMANDS: tuple[Command, ...] = (
    *QUESTIONS,
    acknowledge.COMMAND,
    acknowledge.BACK,
    snooze.COMMAND,
    ticket.COMMAND,
    ticket.RAISE,
    ticket.LIST,
    settle.TOLD,
    settle.RETRY,
    sharing((*QUESTIONS, ticket.LIST)),
    run.COMMAND,
    audit.COMMAND,
)
GROUPS = {Right.VIEW: "Ask", Right.ACT: "Act", Right.RUN: "Read", Right.ADMINISTER: "Look after it"}
BY_VERB = {verb: command for command in COMMANDS for verb in (command.verb, *command.also)}
TARGET_MAX = 60  # characters of a refused line that the audit keeps
NEAR = 70  # rapidfuzz score from which a mistyped verb is worth suggesting


def read_intent(typed: str, actor: Actor, *, place: str = "", origin: Receipt | None = None) -> Intent:
    """Make an intent of a line as people type it, with or without the leading `/fortress`."""
    words = tidy(typed)
    if words.casefold().startswith("/fortress"):
        words = words[len("/fortress") :].strip()
    verb, _, argument = words.partition(" ")
    return Intent(verb.casefold(), argument.strip(), actor, place=place, origin=origin)


def answer(intent: Intent, seams: Seams, *, commands: Sequence[Command] = COMMANDS) -> Answer:
    """Answer any intent; a word that is no verb gets the nearest one, or help.

    Rights are checked here, for words, buttons and forms alike: what a chat shows or hides protects nothing.
    """
    if intent.verb in ("help", "", "?"):
        return Answer(_help(intent.actor, seams, commands))
    by_verb = {verb: command for command in commands for verb in (command.verb, *command.also)}
    command = by_verb.get(intent.verb)
    if command is not None:
        if not seams.roles.may(intent.actor, command.right):
            return _may_not(intent, command, seams)
        given = command.handler(intent, seams)
        if command.private and not given.refused and given.audience is Audience.ONLY_ME:
            return replace(given, audience=Audience.OWN)
        may_share = intent.actor.chat != CONSOLE and seams.roles.may(intent.actor, Right.ACT)
        return shareable(given, intent, command) if may_share else given
    return Answer(_not_known(intent, by_verb), refused=True)


def _not_known(intent: Intent, by_verb: Mapping[str, Command]) -> Message:
    """Offer the whole line with the nearest verb, one press away."""
    words = f"I do not know “{intent.verb[:40]}”."
    near = process.extractOne(intent.verb, list(by_verb), scorer=fuzz.ratio, score_cutoff=NEAR)
    if not near:
        return plain_message(f"{words} “help” lists what can be asked.")
    verb = by_verb[near[0]].verb
    button = Button(f"{verb} {intent.argument}".strip(), verb, intent.argument)
    return plain_message(f"{words} Did you mean “{verb}”? “help” lists what can be asked.", buttons=(button,))


def _help(actor: Actor, seams: Seams, commands: Sequence[Command]) -> Message:
    """List what this person may do, in groups."""
    groups = []
    for right, title in GROUPS.items():
        lines = [(each.line, each.summary) for each in commands if each.right is right]
        if right is Right.VIEW:
            lines.append(("help", "this list"))
        if seams.roles.may(actor, right):
            groups.append((title, lines))
    return help_message(groups)


def _may_not(intent: Intent, command: Command, seams: Seams) -> Answer:
    """Refuse, only to the person, and write down that they tried."""
    numbers, words = numbers_first(intent.argument)
    about = " ".join(f"#{number}" for number in numbers) or words[:TARGET_MAX]
    held = seams.roles.of(intent.actor)
    seams.note(
        intent.actor, f"refused: {command.verb}", target=about, before=f"has {held}", after=f"needs {command.right}"
    )
    return Answer(may_not_message(intent.actor, command.verb, command.right, seams.roles), refused=True)
