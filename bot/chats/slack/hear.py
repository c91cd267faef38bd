"""What listens, put together from the settings."""

from collections.abc import Callable
from functools import partial

from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.app_yaml import SlackSettings
from bot.chats.slack.account import Account
from bot.chats.slack.answering import Answering, Patience
from bot.chats.slack.back import CALL_S, Back
from bot.chats.slack.http import PATH
from bot.chats.slack.listen import Ears, dispatch
from bot.chats.slack.listener import SlackListener
from bot.chats.slack.people import People
from bot.chats.slack.quiet import quiet
from bot.chats.slack.socket import SocketLine, Watch
from bot.core.intent import Answer, Intent
from bot.net.asking import Asking
from bot.net.health import Health
from bot.net.pool import Pool
from bot.net.seen import Seen
from bot.net.tasks import Tasks


def listener(
    section: SlackSettings,
    *,
    answer: Callable[[Intent], Answer],
    read: Callable[..., Intent],
    watch: Watch | None = None,
    patience: Patience | None = None,
    pool: Pool | None = None,
) -> SlackListener:
    """Make a listener for the transport that the settings name."""
    by_socket = section.transport == "socket"
    health = Health("connecting to Slack" if by_socket else f"listening at {PATH}", who="Slack")
    token = section.bot_token.get_secret_value() if section.bot_token is not None else ""
    client = AsyncWebClient(
        token=token, base_url=section.address, timeout=CALL_S, retry_handlers=[], logger=quiet(f"{__name__}.sdk")
    )
    account = Account(client, health)
    pool = pool or Pool(name="slack-answer")
    back = Back(client)
    asking = Asking(answer, pool)
    people = People(client)
    answering = Answering(
        asking=asking, read=read, people=people, account=account, back=back, patience=patience or Patience()
    )
    tasks = Tasks()
    ears = Ears(account=account, answering=answering, health=health, seen=Seen(), begin=tasks.begin)
    app = ears.app(address=section.address, token=token)
    take = partial(dispatch, app)

    def use(calls: ClientSession, answers: ClientSession) -> None:
        client.session, back.session = calls, answers

    line = None
    if by_socket:
        app_token = section.app_token.get_secret_value() if section.app_token is not None else ""
        line = SocketLine(take, token=app_token, address=section.address, health=health, watch=watch or Watch())
    secret = section.signing_secret.get_secret_value() if section.signing_secret is not None else ""
    return SlackListener(
        take, account=account, health=health, pool=pool, tasks=tasks, use=use, line=line, secret=secret
    )
