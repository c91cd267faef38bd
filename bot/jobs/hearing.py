"""Who hears what: the places of one chat, as the operator set them."""

from collections.abc import Mapping

import msgspec

from bot.core.activity import Ref


class Hearing(msgspec.Struct, frozen=True):
    """The places of one chat. All of them are the platform's own ids.

    Attributes:
        main: hear every reading.
        clients: hear only what changed for one client, by the client's id or name.
        fallback: is used when another place cannot be posted to; "" for none.
        owner: the person who is told when a way breaks; "" for nobody.
        on_duty: the person or group that is mentioned when something lasts; "" for nobody.
        posts: causes that get a post of their own with each reading, at the most.
    """

    chat: str
    main: tuple[str, ...] = ()
    clients: Mapping[str, str] = {}
    fallback: str = ""
    owner: str = ""
    on_duty: str = ""
    posts: int = 10

    @property
    def places(self) -> frozenset[str]:
        """Give every place that may hear something."""
        return frozenset((*self.main, *self.clients.values(), self.fallback, self.owner))

    def of_client(self, client: Ref) -> str:
        """Give the channel of one client; "" when it has none."""
        return self.clients.get(client.id) or self.clients.get(client.name, "")
