"""Buttons, and the way back from a press to what it asks for. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.chats.slack.limits import (
    BLOCK_BYTES_MAX,
    BUTTON_TEXT_MAX,
    BUTTON_VALUE_MAX,
    BUTTONS_SHOWN_MAX,
    OPTION_TEXT_MAX,
    OPTION_VALUE_MAX,
    OVERFLOW_MAX,
)
from bot.chats.slack.words import Json, plain_text
from bot.core.message import Button, clean
from bot.core.packing import groups, size

PRESS = re.compile(r"press\.\d+")  # every action_id of ours, for whoever listens
Numbers = Iterator[int]  # of the buttons of one message: no two have one action_id


class Asked(NamedTuple):
    """What a press asks for."""

    verb: str
    argument: str


def pressed(action_id: str, value: str) -> Asked | None:
    """Read a press back: a button's value, or that of the option chosen in a menu. None: it is not ours."""
    verb, _, argument = value.partition(" ")
    return Asked(verb, argument) if verb and PRESS.fullmatch(action_id) else None


def element(button: Button, numbers: Numbers) -> Json | None:
    """Make a button. None when its argument is too long: one that is cut would act on something else."""
    value = _value(button)
    if len(value) > BUTTON_VALUE_MAX:
        return None
    drawn: Json = {"type": "button", "action_id": f"press.{next(numbers)}", "value": value}
    drawn["text"] = plain_text(_label(button), BUTTON_TEXT_MAX)
    return drawn | ({"style": "primary"} if button.primary else {})


def actions(buttons: Sequence[Button], numbers: Numbers) -> Iterator[Json]:
    """Make a row of buttons: a few to be seen, the others in a menu beside them."""
    shown = [button for button in buttons if not button.menu or not _fits_a_menu(button)]
    surplus = [button for button in shown[BUTTONS_SHOWN_MAX:] if _fits_a_menu(button)]
    menu = surplus + [button for button in buttons if button.menu and _fits_a_menu(button)]
    drawn = [element(button, numbers) for button in shown if button not in surplus]
    drawn += [_menu(menu[at : at + OVERFLOW_MAX], numbers) for at in range(0, len(menu), OVERFLOW_MAX)]
    elements = [each for each in drawn if each is not None]
    for group in groups(elements, most=BUTTONS_SHOWN_MAX + 1, weigh=size, heaviest=BLOCK_BYTES_MAX):
        yield {"type": "actions", "elements": group}


def _menu(buttons: Sequence[Button], numbers: Numbers) -> Json:
    options = [{"text": plain_text(_label(each), OPTION_TEXT_MAX), "value": _value(each)} for each in buttons]
    return {"type": "overflow", "action_id": f"press.{next(numbers)}", "options": options}


def _value(button: Button) -> str:
    """Spell an intent: the verb, which has no space in it, and the argument as it is."""
    return f"{button.verb} {button.argument}" if button.argument else button.verb


def _label(button: Button) -> str:
    return clean(button.label).strip() or button.verb


def _fits_a_menu(button: Button) -> bool:
    return len(_value(button)) <= OPTION_VALUE_MAX
