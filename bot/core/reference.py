"""How a place is reached, where its platform tells that only when it lets us in."""

import msgspec


class Reference(msgspec.Struct, frozen=True):
    """One place of a chat.

    Attributes:
        place: the conversation.
        service: the address at which the platform takes what is said there.
        person: whose own chat it is, by the id an Actor has; "" where others read along.
        team: what the place belongs to, and leaves us with; "" for nothing.
        bot: what we are called there.
    """

    chat: str
    place: str
    service: str
    person: str = ""
    team: str = ""
    tenant: str = ""
    bot: str = ""
