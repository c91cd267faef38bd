"""From Acronis' records to small values in our words: one `Piece` a step, one `Notice` an alert. Pure.

Ids and names are interned: every step of a job, and every list, names the same workload, and a night of them is
kept side by side.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from sys import intern

import msgspec

from bot.sources.acronis import wire, words
from classifier.facts import Destination, Trigger
from classifier.failure import Failure
from classifier.shapes import read_failure


class Owner(msgspec.Struct, frozen=True, gc=False):
    """Whose a record is, as far as it says: a uuid, or a path of numeric ids."""

    uuid: str = ""
    number: str = ""
    locator: str = ""


class Thing(msgspec.Struct, frozen=True, gc=False):
    """A workload or a plan, its id in lower case: the same id comes in both."""

    id: str = ""
    name: str = ""
    type: str = ""


NOBODY, NONE = Owner(), Thing()


class Piece(msgspec.Struct, frozen=True, gc=False):
    """One step of a job, reduced to what folding needs.

    Attributes:
        id, task, parent: numbers beyond 2^53, as text.
        code: how it ended (`ok`, `error`, …); "" while it has not.
    """

    uuid: str
    id: str
    task: str
    parent: str
    type: str
    owner: Owner
    plan: Thing
    workload: Thing
    started_at: datetime
    finished_at: datetime | None
    updated_at: datetime
    code: str
    failure: Failure | None = None
    bytes_processed: int | None = None
    bytes_saved: int | None = None
    trigger: Trigger | None = None
    suite: str = ""

    @property
    def ok(self) -> bool | None:
        """None while it has not ended. With warnings is well enough for a step."""
        return self.code in ("ok", "warning") if self.code else None

    @property
    def is_bad(self) -> bool:
        return self.code not in ("", "ok")


class Notice(msgspec.Struct, frozen=True, gc=False):
    """One alert about a backup, reduced."""

    id: str
    type: str
    owner: Owner
    plan: Thing
    workload: Thing
    created_at: datetime
    updated_at: datetime
    dismissed: bool
    activity: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    failure: Failure | None = None
    destinations: tuple[Destination, ...] = ()
    source: str = ""


class Odd(Exception):
    """A record that cannot be understood: quarantined and counted, never guessed at."""


STATES = frozenset({"enqueued", "assigned", "started", "paused", "completed"})
CODES = frozenset({"ok", "error", "warning", "cancelled", "abandoned", "timedout"})
WELL = frozenset({"", "ok"})
NO_CONTEXT = wire.Context()


def piece(record: wire.Activity) -> Piece:
    """Reduce one activity.

    Raises:
        Odd: it has no type or no time at all, or ended or stands in a way we do not know.
    """
    if not record.type:  # nothing could be told of it, and it would seem to be no backup
        raise Odd("of no type")
    started = utc(record.started_at) or utc(record.created_at)
    if not started:
        raise Odd("no time of start")
    said, state = record.result, record.state
    ended = state == "completed"
    result = said.code if said else ""
    code = result if ended else ""
    if result and state not in STATES:
        raise Odd("a state we do not know")
    if ended and code not in CODES:
        raise Odd("ended in a way we do not know")
    context = record.context if isinstance(record.context, wire.Context) else NO_CONTEXT
    progress = record.progress
    updated = utc(record.updated_at)
    finished = utc(record.completed_at) or updated or started
    uuid, above = record.uuid.lower(), record.parent_activity_id
    id_, task = record.id_string or _text(record.id) or uuid, intern(record.task_id_string or _text(record.task_id))
    return Piece(
        uuid=uuid,
        id=task if id_ == task else id_,
        task=task,
        parent=intern(_text(above)) if above else "",
        type=record.type,
        owner=_owner(record.tenant) if record.tenant else NOBODY,
        plan=_plan(record.policy) if record.policy else NONE,
        workload=_thing(record.resource) if record.resource else NONE,
        started_at=started,
        finished_at=finished if ended else None,
        updated_at=finished if updated is None or updated == finished else updated,
        code=code,
        failure=_failure(said) if code not in WELL else None,
        bytes_processed=_count(progress.bytes_processed) if progress else None,
        bytes_saved=_count(progress.bytes_saved) if progress else None,
        trigger=_trigger(context.run_mode) if context.run_mode else None,
        suite=context.suite if isinstance(context.suite, str) else "",
    )


def notice(record: wire.Alert) -> Notice | None:
    """Reduce one alert; None for those that are not about a backup run.

    Raises:
        Odd: it has no time at all, or details of an unknown shape.
    """
    if record.type not in words.READ_ALERTS:
        return None
    raw = _parsed(record.details)
    try:
        details = msgspec.convert(raw or {}, wire.Details)
    except msgspec.ValidationError as error:
        raise Odd("details of an unknown shape") from error
    found = read_failure(raw) if isinstance(raw, dict) else None
    created = utc(record.created_at) or utc(record.received_at) or utc(record.updated_at)
    if not created:
        raise Odd("no time at all")
    return Notice(
        id=record.id,
        type=record.type,
        owner=_owner(record.tenant) if record.tenant else NOBODY,
        plan=Thing((details.plan_id or "").lower(), details.plan_name or ""),
        workload=Thing((details.resource_id or "").lower(), details.resource_name or ""),
        created_at=created,
        updated_at=utc(record.updated_at) or utc(record.received_at) or created,
        dismissed=utc(record.deleted_at) is not None,
        activity=(details.activity_id or "").lower(),
        started_at=_unix(details.start_time),
        finished_at=_unix(details.finish_time),
        failure=msgspec.structs.replace(found or Failure(), alert=record.type),
        destinations=destinations(details.backup_locations or ()),
        source=details.backup_sources_type or "",
    )


def destinations(locations: Iterable[wire.Location]) -> tuple[Destination, ...]:
    known = (Destination(kind=each.type or "", name=each.name or "") for each in locations)
    return tuple(each for each in known if each.kind or each.name)


def utc(moment: datetime | None) -> datetime | None:
    """Make a time aware UTC. Acronis' services write year 1 for "never".

    Raises:
        Odd: it lies beyond the last year there is.
    """
    if moment is None or moment.year <= 1:
        return None
    if moment.tzinfo is UTC:
        return moment
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise Odd("a time beyond all time") from None


def _unix(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds and 0 < seconds < 1e11 else None


def _text(number: int | str | None) -> str:
    return "" if number in (None, 0, "", "0") else str(number)


def _count(said: wire.Count) -> int | None:
    try:
        number = int(said) if said is not None else -1
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < 2**63 else None


@lru_cache(maxsize=4096)
def _owner(tenant: wire.TenantRef) -> Owner:
    """Name a tenant. Equal ones share one value, so that later work is done once for each."""
    return Owner(uuid=(tenant.uuid or "").lower(), number=_text(tenant.id), locator=tenant.locator or "")


@lru_cache(maxsize=4096)
def _plan(policy: wire.Thing) -> Thing:
    return _thing(policy)


def _thing(thing: wire.Thing) -> Thing:
    return Thing(id=intern(_text(thing.id).lower()), name=intern(thing.name or ""), type=intern(thing.type or ""))


def _trigger(run_mode: object) -> Trigger | None:
    return next((each for each in Trigger if each == run_mode), None)


def _failure(result: wire.Result | None) -> Failure | None:
    """Read the error of a step that did not go well; the warnings stand in for a missing error."""
    if not result or result.code not in CODES:
        return None
    said = {"code": result.code, "error": _parsed(result.error), "warnings": _parsed(result.warnings)}
    return read_failure(said)


def _parsed(raw: msgspec.Raw) -> object:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Odd("unreadable") from error
