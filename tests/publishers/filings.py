"""Reports for publishers, small, and hostile where it matters."""

from datetime import UTC, datetime, timedelta, timezone

from bot.core.sheet import Column, Filing, Form, Leaving, Shade, Sheet
from tests.builders import WEDNESDAY

COLUMNS = (
    Column("number", "Incident", Form.NUMBER, 9),
    Column("client", "Client", Form.TEXT, 20),
    Column("state", "State", Form.TEXT, 10, {"open": Shade.BAD}),
    Column("at", "Last failed", Form.TIME, 17),
    Column("key", "Key", Form.TEXT, 30),
)
LEAVING = Leaving("state", ("resolved", "closed"), {"state": "closed"})
LISBON_SUMMER = timezone(timedelta(hours=1))


def a_row(number: int = 1, client: str | None = "Acme", at: datetime | None = WEDNESDAY):
    return (number, client, "open", at.astimezone(LISBON_SUMMER) if at is not None else None, f"k{number}")


def a_sheet(*rows, name: str = "incidents", title: str = "Incidents") -> Sheet:
    return Sheet(name, title, COLUMNS, rows, LEAVING)


def a_filing(*rows, at: datetime = WEDNESDAY, jobs=()) -> Filing:
    slot = at.astimezone(UTC).isoformat()
    return Filing(slot, at, (a_sheet(*rows),), a_sheet(*jobs, name="jobs", title="Jobs"))
