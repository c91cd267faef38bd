"""Which client a tenant belongs to: units are folded into their customer, folders and partners are no clients. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from bot.core.activity import Ended, EndReason, Ref
from bot.sources.acronis import wire
from bot.sources.acronis.parse import Odd, Owner, utc

CUSTOMER = "customer"


class Directory(msgspec.Struct, frozen=True):
    """The account's clients, and every tenant's client.

    Attributes:
        customers: by uuid; deleted ones too.
        clients: the client of each tenant, by the tenant's uuid.
        parents: what each tenant hangs below, by uuid.
        numbers: the uuid of each numeric id met so far; the account's tree tells only uuids.
    """

    customers: Mapping[str, wire.Tenant]
    clients: Mapping[str, Ref]
    parents: Mapping[str, str]
    numbers: Mapping[str, str] = {}

    def client_of(self, owner: Owner) -> Ref | None:
        """Find the nearest customer at or above a record's owner; None when it is none of ours."""
        if owner.uuid in self.clients:
            return self.clients[owner.uuid]
        known = next((self.numbers[number] for number in _upwards(owner) if number in self.numbers), "")
        return self.clients.get(known)

    def may_be_ours(self, owner: Owner) -> bool:
        """True for a record without a client that may yet be one's: its tenant is named by an unknown number."""
        if owner.uuid or self.client_of(owner):
            return False
        return next(iter(_upwards(owner)), "") not in self.numbers

    def learn(self, owners: Iterable[Owner]) -> "Directory":
        """Give a directory that also knows the numeric ids of these owners, and of all above them."""
        found = dict[str, str]()
        for each in dict.fromkeys(owners):
            if each.uuid in self.parents:
                found |= zip(_upwards(each), self._line(each.uuid), strict=False)
        return msgspec.structs.replace(self, numbers={**self.numbers, **found})

    def knowing(self, numbers: Mapping[str, str]) -> "Directory":
        """Give a directory that also knows these numeric ids, of tenants that are still in the tree."""
        still = {number: uuid for number, uuid in numbers.items() if uuid in self.parents}
        return msgspec.structs.replace(self, numbers={**still, **self.numbers})

    def unnumbered(self) -> tuple[str, ...]:
        """List the clients, and then the units below them, of which no number is known; by uuid."""
        known = set(self.numbers.values())
        return tuple(sorted(self.clients.keys() - known, key=lambda each: (each not in self.customers, each)))

    def _line(self, uuid: str) -> list[str]:
        """List a tenant and those above it, as far as the tree shows them."""
        line = list[str]()
        while uuid in self.parents and uuid not in line:
            line.append(uuid)
            uuid = self.parents[uuid]
        return line

    def present(self) -> tuple[wire.Tenant, ...]:
        """Give the clients that exist, disabled ones included, by name."""
        there = (each for each in self.customers.values() if not _when(each.deleted_at))
        return tuple(sorted(there, key=lambda each: (each.name, each.id)))

    def ended(self, *, seen_at: datetime) -> tuple[Ended, ...]:
        """Say which clients are over: disabled, or deleted. Without a time of its own it ended when seen."""
        return tuple(end for each in self.customers.values() if (end := _end(each, seen_at)))


def directory(tenants: Iterable[wire.Tenant]) -> Directory:
    by_id = {each.id.lower(): each for each in tenants}
    parents = {uuid: (each.parent_id or "").lower() for uuid, each in by_id.items()}
    customers = {uuid: each for uuid, each in by_id.items() if each.kind == CUSTOMER}
    above = {uuid: _customer_above(uuid, by_id) for uuid in by_id}
    clients = {uuid: Ref(customer, by_id[customer].name) for uuid, customer in above.items() if customer}
    return Directory(customers=customers, clients=clients, parents=parents)


def _upwards(owner: Owner) -> list[str]:
    """List the numeric ids of a record's owner and of those above it."""
    path = [each for each in reversed(owner.locator.split("/")) if each]
    return path if not owner.number or owner.number in path[:1] else [owner.number, *path]


def _when(moment: datetime | None) -> datetime | None:
    """Give a time, or None for one that cannot be: no reason to lose a client."""
    try:
        return utc(moment)
    except Odd:
        return None


def _customer_above(uuid: str, by_id: Mapping[str, wire.Tenant]) -> str:
    seen = set[str]()
    while uuid in by_id and uuid not in seen:
        if by_id[uuid].kind == CUSTOMER:
            return uuid
        seen.add(uuid)
        uuid = (by_id[uuid].parent_id or "").lower()
    return ""


def _end(tenant: wire.Tenant, seen_at: datetime) -> Ended | None:
    deleted = _when(tenant.deleted_at)
    if deleted:
        return Ended(tenant.id.lower(), EndReason.CLIENT_DELETED, deleted)
    if not tenant.enabled:
        return Ended(tenant.id.lower(), EndReason.CLIENT_DISABLED, _when(tenant.updated_at) or seen_at)
    return None
