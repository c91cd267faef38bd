"""How fortress speaks about itself: one line a step, as text or JSON, and never a secret."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TextIO

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
SECRETS = re.compile(
    r"(?i)\b(xox[a-z]-[\w-]+|xapp-[\w-]+|eyJ[\w-]+\.[\w-]+\.[\w-]*|(?:bearer|basic)\s+[\w.+/=~-]{8,})"
    r"|((?:secret|token|tempauth|password|assertion)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]{6,}"
)


def start(level: str, *, as_json: bool = False, stream: TextIO | None = None) -> None:
    """Log from this level up, once for the whole process, to the standard error stream."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if as_json else RedactingFormatter(TEXT))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def redacted(words: str) -> str:
    """Put *** where a token or password stands, whoever wrote the line."""
    return SECRETS.sub(lambda match: f"{match[2] or ''}***", words)


class RedactingFormatter(logging.Formatter):
    """A line of text, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


class JsonFormatter(logging.Formatter):
    """A line of JSON, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        if record.exc_info:
            line["traceback"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
