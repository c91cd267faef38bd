"""Which client a tenant belongs to: units are folded into their customer, folders and partners are no clients. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from bot.core.activity import Ended, EndReason, Ref
from bot.sources.acronis import wire
from bot.sources.acronis.parse import Owner, utc

CUSTOMER = "customer"


class Directory(msgspec.Struct, frozen=True):
    """The account's clients, and every tenant's client.

    Attributes:
        customers: by uuid; deleted ones too.
        clients: the client of each tenant, by the tenant's uuid.
        numbers: the client of each numeric id met so far; the account's tree tells only uuids.
    """

    customers: Mapping[str, wire.Tenant]
    clients: Mapping[str, Ref]
    numbers: Mapping[str, Ref] = {}

    def client_of(self, owner: Owner) -> Ref | None:
        """Find the nearest customer at or above a record's owner; None when it is none of ours."""
        if owner.uuid in self.clients:
            return self.clients[owner.uuid]
        path = [owner.number, *reversed(owner.locator.strip("/").split("/"))]
        return next((self.numbers[number] for number in path if number in self.numbers), None)

    def learn(self, owners: Iterable[Owner]) -> "Directory":
        """Give a directory that also knows the numeric ids of these owners."""
        found = {each.number: self.clients[each.uuid] for each in owners if each.number and each.uuid in self.clients}
        return msgspec.structs.replace(self, numbers={**self.numbers, **found})

    def present(self) -> tuple[wire.Tenant, ...]:
        """Give the clients that exist, disabled ones included, by name."""
        there = (each for each in self.customers.values() if not utc(each.deleted_at))
        return tuple(sorted(there, key=lambda each: (each.name, each.id)))

    def ended(self, *, seen_at: datetime) -> tuple[Ended, ...]:
        """Say which clients are over: disabled, or deleted. Without a time of its own it ended when seen."""
        return tuple(end for each in self.customers.values() if (end := _end(each, seen_at)))


def directory(tenants: Iterable[wire.Tenant]) -> Directory:
    by_id = {each.id.lower(): each for each in tenants}
    customers = {uuid: each for uuid, each in by_id.items() if each.kind == CUSTOMER}
    above = {uuid: _customer_above(uuid, by_id) for uuid in by_id}
    clients = {uuid: Ref(customer, by_id[customer].name) for uuid, customer in above.items() if customer}
    return Directory(customers=customers, clients=clients)


def _customer_above(uuid: str, by_id: Mapping[str, wire.Tenant]) -> str:
    seen = set[str]()
    while uuid in by_id and uuid not in seen:
        if by_id[uuid].kind == CUSTOMER:
            return uuid
        seen.add(uuid)
        uuid = (by_id[uuid].parent_id or "").lower()
    return ""


def _end(tenant: wire.Tenant, seen_at: datetime) -> Ended | None:
    deleted = utc(tenant.deleted_at)
    if deleted:
        return Ended(tenant.id.lower(), EndReason.CLIENT_DELETED, deleted)
    if not tenant.enabled:
        return Ended(tenant.id.lower(), EndReason.CLIENT_DISABLED, utc(tenant.updated_at) or seen_at)
    return None
