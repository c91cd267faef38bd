"""The app package, made from app.yaml: what Teams has to know of fortress, and no right at all. Pure."""

import io
import json
import re
import zipfile
from collections.abc import Sequence
from typing import Any

from bot.app_yaml import TeamsSettings
from bot.chats.teams.icons import colour, outline
from bot.errors import Refused

VERSION = "1.29"
SCHEMA = f"https://developer.microsoft.com/json-schemas/teams/v{VERSION}/MicrosoftTeams.schema.json"
ADDRESS = re.compile(r"https://[^\s/?#@]+(/[^\s?#]*)?")
COMMANDS_MAX = 10  # the schema allows twelve, the page on command menus ten
SCOPES = ("personal", "team", "groupChat")
SUMMARY = "Which Acronis backups are broken, who has to move, what can wait"  # 80 characters at the most
STORY = (
    "fortress reads every client's backup results from Acronis Cyber Protect Cloud three times a day, decides what "
    "each failure means and who has to act (Acronis, the MSP or the client), and tells people once. They acknowledge "
    "with a button, ask by writing to it, and see what is open with the word home. It reads no message that was not "
    "sent to it."
)
LONG_AGO = (2026, 1, 1, 0, 0, 0)  # the same settings make the same package, byte for byte
Asked = tuple[str, str, str]  # a command: its verb, its usage, what it is for


def package(section: TeamsSettings, *, version: str, url: str = "", commands: Sequence[Asked] = ()) -> bytes:
    """Make the zip that is uploaded to Teams.

    Args:
        version: fortress' own.
        url: where fortress is found; Teams wants an address of who made an app.
    Raises:
        Refused: the settings name no app, or no address is given.
    """
    made = manifest(section, version=version, url=url, commands=commands)
    files = {
        "manifest.json": json.dumps(made, ensure_ascii=False, indent=1).encode(),
        "color.png": colour(),
        "outline.png": outline(),
    }
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), data)
    return whole.getvalue()


def manifest(section: TeamsSettings, *, version: str, url: str = "", commands: Sequence[Asked] = ()) -> dict[str, Any]:
    """Make the manifest of a Teams app for these settings."""
    if not section.app_id:
        raise Refused("chats.teams.app_id is empty", remedy="docs/install-teams.md, step 1, says where to find it")
    if not ADDRESS.fullmatch(url):
        raise Refused(
            "Teams wants an address of the app", remedy="say where fortress is: --http https://fortress.example.com"
        )
    site = url.rstrip("/")
    return {
        "$schema": SCHEMA,
        "manifestVersion": VERSION,
        "version": f"1.{'.'.join([*version.split('.'), '0'][:2])}",  # Teams takes none that begins with 0
        "id": section.app_id,
        "developer": {"name": "fortress", "websiteUrl": site, "privacyUrl": site, "termsOfUseUrl": site},
        "name": {"short": "fortress", "full": "fortress: backups of Acronis Cyber Protect Cloud"},
        "description": {"short": SUMMARY, "full": STORY},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#1D3557",
        "defaultInstallScope": "team",
        "bots": [
            {
                "botId": section.app_id,
                "scopes": list(SCOPES),
                "isNotificationOnly": False,
                "supportsFiles": False,
                "commandLists": [{"scopes": list(SCOPES), "commands": _menu(commands)}],
            }
        ],
        "validDomains": [],
    }


def _menu(commands: Sequence[Asked]) -> list[dict[str, str]]:
    """Choose what the menu offers: the first ones, and help, which lists them all."""
    offered = [*commands[: COMMANDS_MAX - 1], ("help", "", "all that can be asked")]
    return [
        {"title": verb, "description": f"{verb} {usage}: {summary}" if usage else summary}
        for verb, usage, summary in offered
    ]
