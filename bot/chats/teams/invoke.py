"""What a press of a button gets in its own HTTP answer: another card, a line under the card, or a refusal. Pure.

Source: https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model#response-format, read 2026-11
"""

from typing import Any

import msgspec

from bot.net.asgi import Said

CARD = "application/vnd.microsoft.card.adaptive"
LINE = "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"
LINE_MAX = 1_000  # characters; Microsoft names no limit


def card(drawn: dict[str, Any]) -> Said:
    """Show the person who pressed another card in place of this one; nobody else sees it."""
    return _said(200, CARD, drawn)


def line(words: str) -> Said:
    """Say something under the card, and leave it as it is."""
    return _said(200, LINE, words[:LINE_MAX])


def refusal(words: str) -> Said:
    """Say that nothing was done, and why."""
    return _said(400, ERROR, {"code": "BadRequest", "message": words[:LINE_MAX]})


def _said(status: int, kind: str, value: object) -> Said:
    """Wrap it. The call itself went well, whatever became of the press, so that Teams does not make it again."""
    body = msgspec.json.encode({"statusCode": status, "type": kind, "value": value})
    return Said(200, body, "application/json; charset=utf-8")
