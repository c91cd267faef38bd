"""Acronis records for tests, naming only what matters. Invented, in the real shapes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from bot.core.activity import Ref
from bot.sources.acronis import parse, wire
from bot.sources.acronis.fold import Folded, fold
from bot.sources.acronis.parse import Notice, Owner, Piece

NIGHT = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
ACME = {"id": "110", "uuid": "0A-CLIENT", "name": "Acme", "locator": "/1/50/110/"}
PLAN = {"id": "PLAN-1", "type": "policy.backup.machine", "name": "Nightly"}
MACHINE = {"id": "MACHINE-1", "type": "resource.machine", "name": "SRV-1"}
ROOT, WORKFLOW, RESOLVING, BACKING_UP, REPLICATION, RETENTION = (
    "D332948D-A7A9-4E07-B76C-253DCF6E17FB",
    "F30407D6-601F-11E0-9C67-FF46DFD72085",
    "FD79C554-B363-4DB2-97BC-1E5A94094A94",
    "8F01AC13-F59E-4851-9204-DE1FD77E36B4",
    "FFBC7082-9C55-47D1-A6D2-1744EC8D7481",
    "08BE2B76-A95F-4FD4-AC32-AF26210E3A33",
)
FIRST = 1_701_000_000_000_000_000  # neighbours here are one and the same float


def at(minutes: float) -> str:
    return f"{NIGHT + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S}.390296913Z"


def step(
    number: int, type_: str, *, parent: int | None = None, task: int | None = None, **changed: Any
) -> dict[str, Any]:
    """One activity that went well and belongs to the job whose root is step 1."""
    record: dict[str, Any] = {
        "uuid": f"STEP-{number}",
        "id": FIRST + number,
        "idString": str(FIRST + number),
        "taskId": FIRST + (task or 1),
        "taskIdString": str(FIRST + (task or 1)),
        "type": type_,
        "state": "completed",
        "result": {"code": "ok"},
        "tenant": ACME,
        "startedAt": at(number),
        "updatedAt": at(60 - number),
        "completedAt": at(60 - number),
    }
    if parent is not None:
        record["parentActivityId"] = FIRST + parent
    else:
        record |= {"policy": PLAN, "resource": MACHINE}
    record |= changed
    return {name: value for name, value in record.items() if value is not None}


def error(code: str = "InternalError", *numbers: str, domain: str = "Common") -> dict[str, Any]:
    return {"domain": domain, "code": code, "reason": code, "context": {}, "kbLink": {"serCode": "+".join(numbers)}}


def failed(*args: str, code: str = "error") -> dict[str, Any]:
    return {"code": code, "error": error(*args) if args else None}


def job(**changed: dict[str, Any]) -> list[dict[str, Any]]:
    """A whole job; change its steps by name."""
    return [
        step(1, ROOT, **changed.get("root", {})),
        step(2, WORKFLOW, parent=1, **changed.get("workflow", {})),
        step(3, RESOLVING, parent=2, **changed.get("resolving", {})),
        step(4, BACKING_UP, parent=2, **changed.get("backing_up", {})),
        step(5, RETENTION, parent=2, **changed.get("retention", {})),
    ]


def alert(
    type_: str = "BackupFailed", *, id_: str = "ALERT-1", created: str | None = None, **details: Any
) -> dict[str, Any]:
    known = {"planId": "PLAN-1", "planName": "Nightly", "resourceId": "MACHINE-1", "resourceName": "SRV-1"}
    return {
        "id": id_,
        "type": type_,
        "category": "Backup",
        "createdAt": created or at(55),
        "updatedAt": created or at(55),
        "tenant": {"id": "110", "locator": "/1/50/110/"},
        "details": {**known, **details},
    }


def pieces(records: list[dict[str, Any]]) -> list[Piece]:
    return [parse.piece(wire.read(msgspec.json.encode(each), wire.Activity)) for each in records]


def notices(records: list[dict[str, Any]]) -> list[Notice]:
    read = (parse.notice(wire.read(msgspec.json.encode(each), wire.Alert)) for each in records)
    return [each for each in read if each]


def folded(records: list[dict[str, Any]], alerts: list[dict[str, Any]] | None = None) -> Folded:
    return fold(pieces(records), notices(alerts or []), client_of=client_of, link="https://console.example/ui/")


def client_of(owner: Owner) -> Ref | None:
    return Ref("0a-client", "Acme") if owner.number == "110" else None
