"""Buttons, and the way back from a press to what it asks for. Pure.

Each is an Action.Execute, whose answer changes the card for whoever pressed, with an Action.Submit for clients that
do not know it. The verb is in the data of both; Teams puts what was filled into a form beside it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.chats.teams.limits import ACTIONS_MAX, ARGUMENT_MAX, LABEL_MAX, SHOWN_MAX, TITLE_MAX
from bot.chats.teams.words import Json, inert
from bot.core.intent import fill
from bot.core.message import Button
from bot.core.words import cut

VERB = re.compile(r"[a-z][a-z.-]{0,40}")
OURS = ("verb", "argument", "msteams")  # what is not filled in; no input of a form has such a name
SHORT: Mapping[str, str] = {"Acknowledge": "Ack", "Unacknowledge": "Unack"}  # where a phone would cut the word


class Asked(NamedTuple):
    """What a press asks for.

    Attributes:
        inputs: what was filled into a form, by the names of its inputs.
    """

    verb: str
    argument: str
    inputs: Mapping[str, str] = {}


def pressed(data: object) -> Asked | None:
    """Read a press back from the data of its action. None: it is not ours."""
    if not isinstance(data, dict):
        return None
    said = {name: value for name, value in data.items() if isinstance(name, str) and isinstance(value, str)}
    verb, argument = said.get("verb", ""), said.get("argument", "")
    if not VERB.fullmatch(verb) or len(argument) > ARGUMENT_MAX:
        return None
    return Asked(verb, argument, fill({name: value for name, value in said.items() if name not in OURS}))


def action(button: Button) -> Json | None:
    """Make a button. None when its argument is too long: one that is cut would act on something else."""
    if len(button.argument) > ARGUMENT_MAX or not VERB.fullmatch(button.verb):
        return None
    label = inert(button.label, LABEL_MAX).strip() or button.verb
    short = label if button.menu else cut(SHORT.get(label, label), TITLE_MAX)
    data = {"verb": button.verb, "argument": button.argument}
    how: Json = {"mode": "secondary"} if button.menu else {}
    how |= {"style": "positive"} if button.primary else {}
    how |= {"tooltip": label} if short != label else {}
    spare = {"type": "Action.Submit", "title": short, **how, "data": data}
    return {"type": "Action.Execute", "title": short, **how, "verb": button.verb, "data": data, "fallback": spare}


def actions(buttons: Sequence[Button]) -> list[Json]:
    """Make a row of buttons: a few to be seen, the others behind “…”."""
    shown = [button for button in buttons if not button.menu]
    return [
        drawn
        for button in buttons
        if (drawn := action(_behind(button) if button in shown[SHOWN_MAX:] else button)) is not None
    ]


def sets(buttons: Sequence[Button]) -> list[Json]:
    """Make as many rows as hold them."""
    drawn = actions(buttons)
    most = ACTIONS_MAX + SHOWN_MAX
    return [{"type": "ActionSet", "actions": drawn[at : at + most]} for at in range(0, len(drawn), most)]


def _behind(button: Button) -> Button:
    return Button(button.label, button.verb, button.argument, menu=True)
