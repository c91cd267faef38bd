"""`share <line>`: ask again, so that everybody in the channel sees the answer."""

from collections.abc import Sequence

from msgspec.structs import replace

from bot.commands import client
from bot.commands.command import Command
from bot.commands.find import by_name
from bot.commands.seams import Seams
from bot.commands.words import unquoted
from bot.core.intent import Answer, Audience, Intent
from bot.core.message import Button, Buttons, Message, paragraph, quiet
from bot.core.rights import Right
from bot.wording.answers import plain_message

OTHERS_EYES = (
    "This channel is one client's own, so only “share client” and that client's name can be shared here: "
    "other answers may name other clients."
)
LINE_MAX = 500  # characters of a line that a button carries; what is longer was pasted, and is no question to repeat


def sharing(questions: Sequence[Command]) -> Command:
    """Make the command that shares the answers to these."""
    by_verb = {verb: each for each in questions if _may_be_seen(each) for verb in (each.verb, *each.also)}

    def handle(intent: Intent, seams: Seams) -> Answer:
        verb, _, argument = intent.argument.partition(" ")
        command = by_verb.get(verb.casefold())
        if command is None:
            words = "Only a question can be shared. For example: share client acme"
            return Answer(plain_message(words), refused=True)
        if not _may_stand_here(command, argument, intent.place, seams):
            return Answer(plain_message(OTHERS_EYES), refused=True)
        given = command.handler(replace(intent, verb=command.verb, argument=argument.strip()), seams)
        if given.refused or not isinstance(given.body, Message):
            return given
        line = f"{command.verb} {argument}".strip()
        seams.note(intent.actor, "share", target=line[:LINE_MAX])
        shared = paragraph(quiet(f"{intent.actor.name} shares: {line[:LINE_MAX]}"))
        body = replace(given.body, blocks=(shared, *given.body.blocks))
        return replace(given, body=body, audience=Audience.EVERYONE)

    return Command(
        "share", "<question>", "answer it so that all here see it", handle, right=Right.ACT, writes=True, private=True
    )


def _may_stand_here(command: Command, argument: str, place: str, seams: Seams) -> bool:
    """Tell whether all in a place may see an answer: in a client's own channel only what is about that client."""
    owner = seams.own_channels.get(place)
    if owner is None:
        return True
    if command is not client.COMMAND:
        return False
    names = seams.directory.names(seams.store.memory(), seams.voice)
    found = by_name(unquoted(argument), names)
    return found.key is not None and (found.key == owner or owner in names[found.key])


def shareable(given: Answer, intent: Intent, command: Command) -> Answer:
    """Put a Share button on the answer to a question that only one person sees."""
    line = f"{command.verb} {intent.argument}".strip()
    if not _may_be_seen(command) or given.refused or given.audience is not Audience.ONLY_ME or len(line) > LINE_MAX:
        return given
    return replace(given, body=_with_share(given.body, line)) if isinstance(given.body, Message) else given


def _may_be_seen(command: Command) -> bool:
    return command.right is Right.VIEW and not command.private


def _with_share(body: Message, line: str) -> Message:
    """Join a row of buttons that is there, in its menu; else begin one."""
    found = [(at, block) for at, block in enumerate(body.blocks) if isinstance(block, Buttons)]
    if not found:
        blocks = body.blocks or (paragraph(body.summary),)
        return replace(body, blocks=(*blocks, Buttons((Button("Share", "share", line),))))
    at, row = found[-1]
    joined = Buttons((*row.buttons, Button("Share", "share", line, menu=True)))
    return replace(body, blocks=(*body.blocks[:at], joined, *body.blocks[at + 1 :]))
