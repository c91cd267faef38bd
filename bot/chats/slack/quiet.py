"""Loggers for the SDK and Bolt, which would otherwise write payloads, tracebacks and addresses with tickets."""

import logging
import re

TICKET = re.compile(r"(ticket=)[^&\s'\"]+")


class OneLine(logging.Filter):
    """Keep a warning to one line, without the ticket that opens the line to Slack."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = TICKET.sub(r"\1***", record.getMessage().partition("\n")[0])
        record.args, record.exc_info, record.exc_text = (), None, None
        return True


def quiet(name: str, *, level: int = logging.WARNING) -> logging.Logger:
    """Give a logger that says warnings and worse, one line each, even where our own say more."""
    logger = logging.getLogger(name)
    logger.setLevel(level)
    if not any(isinstance(one, OneLine) for one in logger.filters):
        logger.addFilter(OneLine())
    return logger
