"""How a server misbehaves on request, and what it does to an answer."""

import secrets
import time
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from bot.net.http import JSON

ALWAYS = 10**9  # times
NEW_PATHS = (  # what an old account does not have
    "/api/policy_management/",
    "/api/resource_management/",
    "/api/alert_manager/v1/types",
    "/api/vault_manager/",
)


class Fault(msgspec.Struct):
    """A misbehaviour of one path, for the next so many requests.

    Attributes:
        path: how the path begins.
        times: how often it is done before it is over.
        skip: requests that still go well before it begins.
        every: only each so-manieth request after those.
        status: what is answered instead of the truth; 0 for the truth, told badly.
        body: what is said with it; without one, what the service would say.
        cut: the connection breaks half-way through the body.
        drip_s: a pause between the bytes of the body.
        empty: a page without items and without a next one.
        same_cursor: an empty page, whose next one is always the same.
        new_cursors: an empty page, whose next one is always another.
        rename: fields that have another name, at any depth.
        client: a client whose records are missing; asked for by `tenant_id`, they are refused.
        without: a node of the tree that is missing, with everything below it.
        sticks: it is done to the first request that is due, to each repeat of it, and to no other.
        expires: from this request on no token given so far is good any more.
        one_condition: of a filter given twice only the first is honoured.
        limit_over: larger pages than this are refused; 0 for none.
    """

    path: str
    times: int = 1
    skip: int = 0
    every: int = 1
    status: int = 0
    headers: Mapping[str, str] = {}
    body: bytes = b""
    type: str = "text/html"
    cut: bool = False
    drip_s: float = 0.0
    empty: bool = False
    same_cursor: bool = False
    new_cursors: bool = False
    rename: Mapping[str, str] = {}
    client: str = ""
    without: str = ""
    sticks: bool = False
    expires: bool = False
    one_condition: bool = False
    limit_over: int = 0
    _seen: int = 0
    _stuck: str = ""

    @property
    def is_empty(self) -> bool:
        return self.empty or self.same_cursor or self.new_cursors

    def is_due(self, path: str, asked: str) -> bool:
        """Take note of a request, and say whether it is done to this one.

        Args:
            asked: what tells it from the others of its path.
        """
        if not path.startswith(self.path) or self.times <= 0:
            return False
        if self._stuck:
            return self._stuck == f"{path}?{asked}"
        self._seen += 1
        if self._seen <= self.skip or (self._seen - self.skip) % self.every:
            return False
        self.times -= 1
        self._stuck = f"{path}?{asked}" if self.sticks else ""
        return True


def busy(every: int, *, after_s: int = 1, path: str = "/api/", times: int = ALWAYS) -> Fault:
    """Too many requests, each so-manieth time."""
    return Fault(path, status=429, headers={"Retry-After": str(after_s)}, every=every, times=times)


def old_account() -> tuple[Fault, ...]:
    """An account that has no plans, statuses, alert types or vaults to show: not found."""
    return tuple(Fault(path, times=ALWAYS, status=404) for path in NEW_PATHS)


class Seen(msgspec.Struct, frozen=True):
    """A client as records name it: by uuid, or by the numbers of itself and its units."""

    uuids: frozenset[str]
    numbers: frozenset[str]

    def owns(self, record: JSON) -> bool:
        return bool(_owners(record) & (self.uuids | self.numbers))


def spoiled(body: bytes, fault: Fault, hidden: Seen | None) -> bytes:
    """Give a good answer's body as the fault would have it."""
    if fault.is_empty:
        cursors: dict[str, JSON] = {"after": "again"} if fault.same_cursor else {}
        if fault.new_cursors:
            cursors["after"] = secrets.token_urlsafe(12)
        return msgspec.json.encode({"items": [], "paging": {"cursors": cursors}})
    if not (fault.rename or fault.without or hidden):
        return body
    told: Any = _renamed(msgspec.json.decode(body), fault.rename)
    if isinstance(told, dict) and isinstance(told.get("items"), list):
        if fault.without:
            told["items"] = _pruned(told["items"], fault.without)
        if hidden:
            told["items"] = [each for each in told["items"] if not hidden.owns(each)]
    return msgspec.json.encode(told)


def parts(body: bytes, fault: Fault | None) -> Iterator[bytes]:
    """Give the body piece by piece, as it leaves."""
    if fault and fault.cut:
        yield body[: len(body) // 2]
    elif fault and fault.drip_s:
        for at in range(len(body)):
            yield body[at : at + 1]
            time.sleep(fault.drip_s)
    else:
        yield body


def _renamed(value: JSON, names: Mapping[str, str]) -> JSON:
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    if isinstance(value, dict):
        return {names.get(name, name): _renamed(each, names) for name, each in value.items()}
    return value


def _pruned(tenants: list[Any], name: str) -> list[Any]:
    """Leave a node out of a page of the tree, and what hangs below it there."""
    gone = {each["id"] for each in tenants if each.get("name") == name}
    while more := {each["id"] for each in tenants if each.get("parent_id") in gone} - gone:
        gone |= more
    return [each for each in tenants if each["id"] not in gone]


def _owners(record: JSON) -> set[str]:
    """Give every name of a tenant a record of any of the services carries."""
    if isinstance(record, list):
        return set().union(*map(_owners, record))
    if not isinstance(record, dict):
        return set()
    found = {str(record[name]) for name in ("tenant_id", "context_tenant_id") if name in record}
    tenant = record.get("tenant")
    if isinstance(tenant, dict):
        found |= {str(tenant[name]) for name in ("id", "uuid") if name in tenant}
    return found | _owners(record.get("context")) | _owners(record.get("policy"))
