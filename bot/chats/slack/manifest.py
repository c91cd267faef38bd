"""The app's manifest, made from app.yaml: what Slack has to know of fortress, and no right more than it uses. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from bot.app_yaml import SlackSettings
from bot.chats.slack.http import PATH
from bot.errors import Refused

COMMAND = "/fortress"
ADDRESS = re.compile(r"https://[^\s/?#@]+(/[^\s?#]*)?")
SUMMARY = "Which Acronis backups are broken, who has to move, what can wait"  # 140 characters at the most
STORY = (
    "fortress reads every client's backup results from Acronis Cyber Protect Cloud three times a day, decides what "
    "each failure means and who has to act (Acronis, the MSP or the client), and tells people once. They acknowledge "
    "with a button, ask with /fortress, and see what is open in its Home tab. It reads no message that was not sent "
    "to it."
)  # 175 to 4,000 characters


def manifest(section: SlackSettings, *, url: str = "", **_rest: object) -> dict[str, Any]:
    """Make the manifest of a Slack app for these settings.

    Args:
        url: the address under which Slack reaches the web door; "" for Socket Mode.
        _rest: what only other platforms are told.
    Raises:
        Refused: Slack cannot call such an address, or the settings ask for one and none is given.
    """
    if section.transport == "http" and not url:
        raise Refused(
            "chats.slack.transport is http", remedy="say where Slack finds you: --http https://fortress.example.com"
        )
    if url and not ADDRESS.fullmatch(url):
        raise Refused(f"Slack cannot call {url}", remedy="give an address as in --http https://fortress.example.com")
    at = {"url": f"{url.rstrip('/')}{PATH}"} if url else {}
    asked = {"request_url": at["url"]} if url else {}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "fortress",
            "description": SUMMARY,
            "long_description": STORY,
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": "messages" not in section.hears,
            },
            "bot_user": {"display_name": "fortress", "always_online": True},
            "slash_commands": [
                {
                    "command": COMMAND,
                    "description": "Ask about backups: a client, an error, what is open",
                    "usage_hint": "client <name> | error <code> | open | help",
                    "should_escape": False,
                    **at,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(scopes(section))}},
        "settings": {
            "event_subscriptions": {**asked, "bot_events": list(events(section))},
            "interactivity": {"is_enabled": True, **asked},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def scopes(section: SlackSettings) -> Iterator[str]:
    """Give the rights the bot's token needs, each for something it does."""
    yield "chat:write"  # posts, edits, answers
    yield "commands"  # /fortress
    yield "users:read"  # the name beside an acknowledgement
    if "messages" in section.hears:
        yield "im:history"  # what is typed in the app's own tab, and no other conversation
    if "mentions" in section.hears:
        yield "app_mentions:read"  # what names the bot in a channel it is in


def events(section: SlackSettings) -> Iterator[str]:
    """Give the events Slack should send."""
    yield from ("app_home_opened", "app_uninstalled", "tokens_revoked")
    if "messages" in section.hears:
        yield "message.im"
    if "mentions" in section.hears:
        yield "app_mention"
