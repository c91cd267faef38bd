"""A SharePoint site: lists that say what is current, and a file of all jobs for each reading."""

from collections.abc import Callable
from datetime import timedelta

from bot.app_yaml import SharePointSettings
from bot.net.entra import tokens_of
from bot.ports import Register
from bot.publishers.sharepoint.publisher import SharePointPublisher
from bot.publishers.sharepoint.site import SETTING


def build(section: SharePointSettings, *, register: Register, wait: Callable[[timedelta], bool]) -> SharePointPublisher:
    """Make it from its section of app.yaml. Nothing is asked of Microsoft yet."""
    return SharePointPublisher(section, tokens_of(section, setting=SETTING), register, wait=wait)
