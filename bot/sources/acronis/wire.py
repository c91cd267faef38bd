"""What Acronis sends, typed: only the fields we read. Every field but the identity may be absent."""

from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

NOTHING = msgspec.Raw(b"null")
Count = int | float | str | None

T = TypeVar("T")


def flat(item: msgspec.Raw) -> list[msgspec.Raw]:
    """Take apart what may be nested: applications come in lists, policies in objects that hold their tree.

    Raises:
        msgspec.DecodeError: it is neither a list nor an object.
    """
    if bytes(memoryview(item)[:1]) == b"[":
        return [inner for each in msgspec.json.decode(item, type=list[msgspec.Raw]) for inner in flat(each)]
    tree = msgspec.json.decode(item, type=Composite).policy
    if bytes(memoryview(tree)[:1]) != b"[":
        return [item]
    return msgspec.json.decode(tree, type=list[msgspec.Raw])


def read(record: msgspec.Raw | bytes, kind: type[T]) -> T:
    """Decode one record. Nulls and empty texts where none belong count as absent.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError: it is not of this kind.
    """
    try:
        return msgspec.json.decode(record, type=kind)
    except msgspec.ValidationError:
        said = _without_blanks(msgspec.json.decode(record))
    try:
        return msgspec.json.decode(msgspec.json.encode(said), type=kind)
    except OverflowError as error:
        raise msgspec.ValidationError("a number beyond 64 bits") from error


def id_in(record: msgspec.Raw | bytes) -> str:
    """Give the id of a record that could not be read, for the log; "" when it has none."""
    try:
        named = msgspec.json.decode(record, type=Named)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return str(named.uuid or named.id or "")


def _without_blanks(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {name: _without_blanks(each) for name, each in value.items() if each not in (None, "")}


class Named(msgspec.Struct, frozen=True):
    """Anything with an id."""

    uuid: str | int | None = None
    id: str | int | None = None


class Composite(msgspec.Struct, frozen=True):
    """Policies that hang together. An application has a `policy` too, but one object and no list."""

    policy: msgspec.Raw = NOTHING


class Cursors(msgspec.Struct, frozen=True):
    after: str | None = None


class Paging(msgspec.Struct, frozen=True):
    cursors: Cursors | None = None


class Envelope(msgspec.Struct, Generic[T], frozen=True):
    """A page. The specification puts the cursors at the top, the service under `paging`."""

    items: list[T] | None = None
    paging: Paging | None = None
    cursors: Cursors | None = None

    @property
    def after(self) -> str:
        inner = self.paging.cursors if self.paging else None
        return next((each.after for each in (inner, self.cursors) if each and each.after), "")


class Token(msgspec.Struct, frozen=True):
    """What opens the account; it need not say when it ends."""

    access_token: str
    expires_on: float | None = None
    expires_in: float | None = None

    def __repr__(self) -> str:
        return "Token(***)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("access_token", "***")]


class ApiClient(msgspec.Struct, frozen=True):
    tenant_id: str


class Tenant(msgspec.Struct, frozen=True, gc=False):
    """An account in the tree: partner, folder, customer or unit."""

    id: str
    name: str = ""
    kind: str = ""
    parent_id: str | None = None
    enabled: bool = True
    deleted_at: datetime | None = None
    updated_at: datetime | None = None
    ancestral_access: bool | None = None


class TenantRef(msgspec.Struct, frozen=True, gc=False):
    """Whose a record is. `id` is numeric, `locator` the numeric path to it; `uuid` may be absent."""

    id: str | int = ""
    uuid: str | None = None
    name: str | None = None
    locator: str | None = None


class Result(msgspec.Struct, frozen=True, gc=False):
    code: str = ""
    error: msgspec.Raw = NOTHING
    warnings: msgspec.Raw = NOTHING


class Progress(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    bytes_processed: Count = None
    bytes_saved: Count = None


class Thing(msgspec.Struct, frozen=True, gc=False):
    """A policy or a resource."""

    id: str | int = ""
    type: str | None = None
    name: str | None = None


class Context(msgspec.Struct, frozen=True, gc=False):
    """The free object beside an activity; the few members public clients have read there."""

    run_mode: Any = msgspec.field(name="runMode", default=None)
    suite: Any = None


class Activity(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One executed step. Numeric ids exceed 2^53: they are read as integers and spelled as text at once."""

    uuid: str
    id: int | str | None = None
    id_string: str | None = None
    task_id: int | str | None = None
    task_id_string: str | None = None
    parent_activity_id: int | str | None = None
    type: str = ""
    state: str = ""
    result: Result | None = None
    progress: Progress | None = None
    policy: Thing | None = None
    resource: Thing | None = None
    tenant: TenantRef | None = None
    context: Context | str | float | bool | list[Any] | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    updated_at: datetime | None = None
    completed_at: datetime | None = None


class Location(msgspec.Struct, frozen=True, gc=False):
    name: str | None = None
    type: str | None = None


class Details(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The part of an alert that differs by type; this is what the backup ones carry."""

    activity_id: str | None = None
    plan_id: str | None = None
    plan_name: str | None = None
    resource_id: str | None = None
    resource_name: str | None = None
    backup_locations: list[Location] | None = None
    backup_sources_type: str | None = None
    start_time: float | None = None
    finish_time: float | None = None


class Alert(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    id: str
    type: str
    created_at: datetime
    updated_at: datetime | None = None
    received_at: datetime | None = None
    deleted_at: datetime | None = None
    tenant: TenantRef | None = None
    details: msgspec.Raw = NOTHING


class AlertType(msgspec.Struct, frozen=True):
    """A type of alert. One that is not enabled is raised, and never shown."""

    id: str
    category: str | None = None
    enabled: bool = True


class Policy(msgspec.Struct, frozen=True):
    """One policy of a tree. `settings` are the vendor's AnyType: plans.py reads what it knows of them."""

    id: str
    type: str
    name: str | None = None
    enabled: bool = True
    parent_ids: list[str] | None = None
    source_type: str | None = None
    template: bool = False
    deleted_at: datetime | None = None
    settings: msgspec.Raw = NOTHING


class Deployment(msgspec.Struct, frozen=True):
    state: str | None = None


class Application(msgspec.Struct, frozen=True, gc=False):
    """A policy on a resource. `tenant_id` may be that of the plan; `context_tenant_id` is the resource's."""

    policy: Thing
    context: Thing | None = None
    context_tenant_id: str | int | None = None
    tenant_id: str | int | None = None
    enabled: bool = True
    last_run_time: datetime | None = None
    last_success_time: datetime | None = None
    next_run_time: datetime | None = None
    run_events: list[str] | None = None
    deployment: Deployment | None = None
    deleted_at: datetime | None = None


class Execution(msgspec.Struct, frozen=True, gc=False):
    """When policies of one type ran on a resource. The OpenAPI adds `_time` to the names, the guide does not."""

    type: str = ""
    last_run_time: datetime | None = None
    last_run: datetime | None = None
    last_success_run_time: datetime | None = None
    last_success_run: datetime | None = None
    next_run_time: datetime | None = None
    next_run: datetime | None = None


class Resource(msgspec.Struct, frozen=True, gc=False):
    id: str
    type: str = ""
    name: str | None = None
    user_defined_name: str | None = None
    tenant_id: str | int | None = None
    aggregate_id: str | None = None
    created_at: datetime | None = None
    deleted_at: datetime | None = None


class Aggregate(msgspec.Struct, frozen=True):
    status: str | None = None


class Status(msgspec.Struct, frozen=True):
    """A resource and how its policies fare."""

    context: Resource
    aggregate: Aggregate | None = None
    policies: list[Execution] | None = None


class Backup(msgspec.Struct, frozen=True):
    """What one run left behind, as the Vault Manager lists it."""

    created: datetime
    type: str = ""
    resource_ids: list[str] | None = None
