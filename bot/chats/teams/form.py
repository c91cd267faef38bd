"""A Form as a card with fields. Pure.

A Moment is asked as a day and a time of day, which mean the zone in which fortress tells times.
"""

import re
from collections.abc import Iterator
from typing import assert_never

from bot.chats.teams.limits import LABEL_MAX, LINE_MAX, OPTIONS_MAX, OPTIONS_SHOWN_MAX
from bot.chats.teams.press import action
from bot.chats.teams.words import Json, inert
from bot.core.intent import TIME, Choice, Form, Input, Line, Moment
from bot.core.message import Button
from bot.core.words import cut

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})")


def fields(form: Form) -> Iterator[Json]:
    """Draw what a form asks, and the button that hands it in."""
    for asked in form.inputs:
        yield from _input(asked)
    submit = action(Button(form.submit, form.verb, form.argument, primary=True))
    if submit is not None:
        yield {"type": "ActionSet", "actions": [submit]}


def _input(asked: Input) -> Iterator[Json]:
    match asked:
        case Choice(options=options, value=value):
            yield _labelled("Input.ChoiceSet", asked, asked.name, asked.label) | _choices(options, value)
        case Moment(value=value):
            known = _MOMENT.match(value)
            day, time = (known[1], known[2]) if known else ("", "")
            yield _labelled("Input.Date", asked, asked.name, asked.label) | ({"value": day} if day else {})
            half = _labelled("Input.Time", asked, asked.name + TIME, f"{asked.label}, time")
            yield half | ({"value": time} if time else {})
        case Line(value=value):
            line = _labelled("Input.Text", asked, asked.name, asked.label) | {"maxLength": LINE_MAX}
            yield line | ({"value": inert(value, LINE_MAX)} if value else {})
        case _:
            assert_never(asked)


def _labelled(kind: str, asked: Input, name: str, label: str) -> Json:
    drawn: Json = {"type": kind, "id": name, "label": inert(label, LABEL_MAX)}
    if isinstance(asked, Line | Moment) and asked.optional:
        return drawn
    return drawn | {"isRequired": True, "errorMessage": "Please fill this in."}


def _choices(options: tuple[tuple[str, str], ...], value: str) -> Json:
    choices = [
        {"title": inert(cut(label, LABEL_MAX), LABEL_MAX + 1) or key, "value": key}
        for key, label in options[:OPTIONS_MAX]
        if key
    ]
    style = "expanded" if len(choices) <= OPTIONS_SHOWN_MAX else "compact"
    drawn: Json = {"choices": choices, "style": style, "wrap": True}
    return drawn | ({"value": value} if value in [choice["value"] for choice in choices] else {})
