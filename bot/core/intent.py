"""What a person asked for, and what we answer. A typed word, a button and a form are the same thing."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from bot.core.message import Message, Receipt


class Actor(msgspec.Struct, frozen=True):
    """A person, as their platform knows them."""

    id: str
    name: str
    chat: str


class Intent(msgspec.Struct, frozen=True):
    """One request.

    Attributes:
        argument: the rest of the line, or a button's value.
        inputs: what was filled into a form; {} otherwise.
        place: where it was asked.
        origin: the post whose button was pressed; None when it was typed.
    """

    verb: str
    argument: str
    actor: Actor
    inputs: Mapping[str, str] = {}
    place: str = ""
    origin: Receipt | None = None


class Audience(StrEnum):
    """Who is to see an answer. Where a chat can show nothing to one person alone, ONLY_ME may be seen by all there."""

    ONLY_ME = "only me"
    OWN = "only me, wherever I ask"  # one person's own view, or what not everybody may know
    EVERYONE = "everyone"


class Choice(msgspec.Struct, frozen=True, tag=True):
    """Pick one: (value, label) pairs."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    value: str = ""


class Moment(msgspec.Struct, frozen=True, tag=True):
    """A date and time, in the reader's zone; `optional` may be left empty."""

    name: str
    label: str
    value: str = ""
    optional: bool = False


class Line(msgspec.Struct, frozen=True, tag=True):
    """A line of text; `optional` may be left empty."""

    name: str
    label: str
    value: str = ""
    optional: bool = False


Input = Choice | Moment | Line
TIME = ".time"  # ends the name of a Moment's second half, where a platform asks for a day and a time of day


class Form(msgspec.Struct, frozen=True):
    """Questions to ask before an intent can be carried out. Its answers come back as `inputs`."""

    title: str
    submit: str
    verb: str
    argument: str
    inputs: tuple[Input, ...]


def fill(fields: Mapping[str, str]) -> dict[str, str]:
    """Make an intent's inputs of what each field of a form holds: the two halves of a Moment become one."""
    return {
        name: f"{said} {fields.get(name + TIME, '')}".strip()
        for name, said in fields.items()
        if not name.endswith(TIME)
    }


class Answer(msgspec.Struct, frozen=True):
    """What to give back, and to whom.

    Attributes:
        touched: keys of incidents and groups whose posts now say something else.
        refused: nothing was done, and `body` says why.
    """

    body: Message | Form
    audience: Audience = Audience.ONLY_ME
    touched: tuple[str, ...] = ()
    refused: bool = False
