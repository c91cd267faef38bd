"""What listens, put together from the settings."""

from collections.abc import Callable

from bot.app_yaml import TeamsSettings
from bot.chats.teams.answering import Answering
from bot.chats.teams.book import Book
from bot.chats.teams.bring import Bring
from bot.chats.teams.door import PATH
from bot.chats.teams.keys import Keys
from bot.chats.teams.listener import TeamsListener
from bot.chats.teams.render import ask, render
from bot.chats.teams.service import Services
from bot.chats.teams.verify import Verifier
from bot.core.intent import Answer, Intent
from bot.core.message import Message, Receipt
from bot.net.asking import Asking
from bot.net.health import Health
from bot.net.pool import Pool
from bot.net.tasks import Tasks
from bot.ports import Chat, References


def listener(
    section: TeamsSettings,
    *,
    answer: Callable[[Intent], Answer],
    read: Callable[..., Intent],
    chat: Chat,
    references: References,
    posted: Callable[[Receipt], Message | None],
) -> TeamsListener:
    """Make a listener.

    Args:
        chat: says what is no answer to a press.
        posted: gives what stands in a post; None when that is not kept.
    """
    pools = {name: Pool(name=f"teams-{name}") for name in ("checks", "answers", "talk")}
    keys, tasks = Keys(section.keys), Tasks()
    verifier = Verifier(
        app_id=section.app_id,
        tenants=section.tenants or (section.tenant_id,),
        services=Services(section.service),
        keys=keys,
    )
    way = Bring(
        chat,
        pools["talk"],
        draw=lambda message: [page.card for page in render(message)],
        form=lambda form: ask(form).card,
    )
    answering = Answering(
        asking=Asking(answer, pools["answers"]),
        read=read,
        way=way,
        tasks=tasks,
        posted=posted,
        own=tuple(section.clients.values()),
    )
    return TeamsListener(
        verifier,
        answering=answering,
        book=Book(references),
        health=Health(f"listening at {PATH}", who="Teams"),
        tasks=tasks,
        pools=pools,
        close=keys.close,
    )
