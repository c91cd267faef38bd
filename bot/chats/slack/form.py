"""A Form as a modal, and what was filled in as the inputs of an Intent. Pure.

A Moment is asked as a day and a time of day, which Slack hands over as they were chosen: they mean the
zone in which fortress tells times, like every time it says.
"""

import re
from collections.abc import Iterator
from typing import assert_never

from bot.chats.slack.limits import LABEL_MAX, LINE_MAX, OPTION_TEXT_MAX, OPTION_VALUE_MAX, OPTIONS_MAX, TITLE_MAX
from bot.chats.slack.words import Json, plain_text
from bot.core.intent import TIME, Choice, Form, Input, Line, Moment
from bot.core.message import clean
from bot.core.words import cut

FORM = "form"  # the callback_id of every form
ANSWER = "answer"  # the action_id of every input; its block_id is the input's name
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})")


def modal(form: Form, *, private: str = "") -> Json:
    """Draw a form as a modal view.

    Args:
        private: what the modal carries for the listener; at most 3,000 characters.
    """
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": plain_text(clean(form.title), TITLE_MAX),
        "submit": plain_text(clean(form.submit), TITLE_MAX),
        "close": plain_text("Cancel", TITLE_MAX),
        "private_metadata": private,
        "blocks": [block for asked in form.inputs for block in _input(asked)],
    }


def _input(asked: Input) -> Iterator[Json]:
    match asked:
        case Choice(options=options, value=value):
            yield _labelled(asked, asked.name, asked.label, _select(options, value))
        case Moment(value=value):
            known = _MOMENT.match(value)
            day = {"type": "datepicker"} | ({"initial_date": known[1]} if known else {})
            time = {"type": "timepicker"} | ({"initial_time": known[2]} if known else {})
            yield _labelled(asked, asked.name, f"{asked.label}, day", day)
            yield _labelled(asked, asked.name + TIME, f"{asked.label}, time", time)
        case Line(value=value):
            line: Json = {"type": "plain_text_input", "max_length": LINE_MAX}
            if value:
                line["initial_value"] = cut(clean(value), LINE_MAX)
            yield _labelled(asked, asked.name, asked.label, line)
        case _:
            assert_never(asked)


def _labelled(asked: Input, name: str, label: str, element: Json) -> Json:
    return {
        "type": "input",
        "block_id": name,
        "label": plain_text(clean(label), LABEL_MAX),
        "element": {**element, "action_id": ANSWER},
        "optional": isinstance(asked, Line | Moment) and asked.optional,
    }


def _select(options: tuple[tuple[str, str], ...], value: str) -> Json:
    drawn = {
        key: {"text": plain_text(clean(label), OPTION_TEXT_MAX), "value": key}
        for key, label in options
        if key and len(key) <= OPTION_VALUE_MAX  # one that is cut would choose something else
    }
    select: Json = {"type": "static_select", "options": list(drawn.values())[:OPTIONS_MAX]}
    return select | ({"initial_option": drawn[value]} if value in drawn else {})
