"""Where a conversation is, and at which address the Bot Connector takes what is said there."""

import re
from typing import NamedTuple
from urllib.parse import quote

from bot.chats.teams.service import Services
from bot.chats.teams.words import PERSON
from bot.core.reference import Reference
from bot.errors import Refused
from bot.ports import References

CHANNEL = re.compile(r"19:[^;]+@thread\.(tacv2|skype)")
GROUP = re.compile(r"19:[^;]+@thread\.v2")
IN_A_CHAT = quote('{"contextType":"chat"}')
LINK = "https://teams.microsoft.com/l/message"


class Where(NamedTuple):
    """A conversation that may be spoken in.

    Attributes:
        thread: the post in whose thread; "" for the conversation itself.
    """

    place: str
    service: str
    tenant: str
    thread: str = ""

    @property
    def has_threads(self) -> bool:
        return CHANNEL.fullmatch(self.place) is not None

    @property
    def is_thread(self) -> bool:
        return bool(self.thread)

    @property
    def activities(self) -> str:
        """Give the address of what is said there. A thread is in the conversation's id; `replyToId` makes none."""
        conversation = f"{self.place};messageid={self.thread}" if self.thread else self.place
        return f"{self.service.rstrip('/')}/v3/conversations/{quote(conversation, safe='')}/activities"

    def under(self, thread: str) -> "Where":
        """Give the thread of a post; where there are no threads, the conversation."""
        return self._replace(thread=thread if self.has_threads else "")


class Places:
    """Finds conversations.

    Args:
        references: what Teams told us when somebody let us in; kept across restarts.
        service: the address for a conversation of which we were told nothing.
    """

    def __init__(self, references: References, services: Services, *, service: str, tenant: str) -> None:
        self._references, self._services = references, services
        self._service, self._tenant = service, tenant

    def find(self, place: str) -> Where:
        """Find a conversation by its id, or a person's own chat by theirs.

        A channel of a team that let us in tells nothing of its own: it is where the newest conversation is.

        Raises:
            Refused: a person who has no chat with us, or an address to which no token of ours goes.
        """
        known = [one for one in self._references.all() if one.chat == "teams"]
        found = next((one for one in known if place in (one.place, one.person or None)), None)
        if found is None and PERSON.fullmatch(place):
            remedy = "let them add the app in Teams and write to it once"
            raise Refused("the person has no personal chat with the app", remedy=remedy)
        service = found.service if found is not None else known[-1].service if known else self._service
        if not self._services.allows(service):
            remedy = "check chats.teams.service; our token goes to no other address"
            raise Refused("the conversation is at an address that is not Microsoft's", remedy=remedy)
        tenant = (found.tenant if found is not None else "") or self._tenant
        return Where(found.place if found is not None else place, service, tenant)

    def forget(self, where: Where) -> None:
        """Let go of a conversation in which we may not speak any more; an event of Teams brings it back."""
        self._references.forget(Reference("teams", where.place, where.service))


def link_to(where: Where, ident: str, thread: str) -> str:
    """Give the address by which a person opens a post; "" in a personal chat, which has none.

    Source: learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/deep-link-teams, read 2026-11
    """
    post = f"{LINK}/{quote(where.place, safe='')}/{quote(ident, safe='')}"
    if where.has_threads:
        return f"{post}?tenantId={quote(where.tenant)}&parentMessageId={quote(thread or ident, safe='')}"
    return f"{post}?context={IN_A_CHAT}" if GROUP.fullmatch(where.place) else ""
