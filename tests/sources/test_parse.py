"""Records that are odd, and times as the services write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from rich.pretty import pretty_repr

from bot.core.activity import EndReason, Ref
from bot.sources.acronis import wire
from bot.sources.acronis.parse import Odd, Owner
from bot.sources.acronis.tenants import directory
from tests.sources.records import FIRST, ROOT, alert, at, notices, pieces, step


def test_times_are_utc_whatever_their_offset_and_year_one_is_never():
    (piece,) = pieces(
        [step(1, ROOT, startedAt="2026-03-02T23:00:00.123456789+01:00", completedAt="0001-01-01T00:00:00Z")]
    )

    assert piece.started_at == datetime(2026, 3, 2, 22, 0, 0, 123457, tzinfo=UTC)
    assert piece.started_at.tzinfo is UTC
    assert piece.finished_at == piece.updated_at


@pytest.mark.parametrize(
    "odd",
    [
        {"startedAt": None},
        {"result": {"code": "skipped"}},
        {"result": None},
        {"startedAt": "9999-12-31T23:59:59-05:00"},
        {"state": "finished"},
        {"type": None},
    ],
    ids=[
        "no time",
        "an end we do not know",
        "an end without a result",
        "beyond all time",
        "a state we do not know",
        "no type",
    ],
)
def test_what_cannot_be_understood_is_odd(odd: dict):
    with pytest.raises(Odd):
        pieces([step(1, ROOT, **odd)])


@pytest.mark.parametrize(
    "lax",
    [
        {"resource": {"id": None, "type": None, "name": "SRV-1"}},
        {"tenant": {"id": 110, "uuid": None, "locator": "/1/50/110/"}},
        {"progress": {"bytesProcessed": "12", "bytesSaved": 1.5}},
        {"progress": {"bytesProcessed": "many", "bytesSaved": -1}},
        {"completedAt": ""},
        {"taskId": str(FIRST + 1), "taskIdString": None},
        {"updatedAt": ""},
    ],
    ids=str,
)
def test_a_field_we_can_do_without_costs_no_record(lax: dict):
    (piece,) = pieces([{**step(1, ROOT), **lax}])

    assert (piece.uuid, piece.code, piece.task) == ("step-1", "ok", str(FIRST + 1))


def test_bytes_are_counted_however_they_are_spelled():
    (piece,) = pieces([step(1, ROOT, progress={"bytesProcessed": "12", "bytesSaved": 1.5})])

    assert (piece.bytes_processed, piece.bytes_saved) == (12, 1)


def test_a_numeric_tenant_is_text():
    assert pieces([step(1, ROOT, tenant={"id": 110})])[0].owner == Owner(number="110")


def test_a_token_does_not_print_itself():
    token = wire.Token("s3cret", 1.0)

    assert "s3cret" not in f"{token!r} {token} {[token]} {pretty_repr(token)}"


@pytest.mark.parametrize("context", [{"runMode": 7}, "text", None, {"suite": ["x"]}])
def test_a_strange_context_costs_no_record(context: object):
    assert pieces([step(1, ROOT, context=context)])[0].trigger is None


def test_details_of_a_strange_shape_are_odd():
    with pytest.raises(Odd):
        notices([alert(backupLocations="cloud")])


def test_alerts_about_other_things_are_not_ours():
    assert notices([alert("EDRIncidentDetected"), {**alert("DrInternetTrafficUnblocked"), "details": None}]) == []


TREE = [
    wire.Tenant(id="MSP", name="MSP", kind="partner"),
    wire.Tenant(id="west", name="West", kind="folder", parent_id="MSP"),
    wire.Tenant(id="ACME", name="Acme", kind="customer", parent_id="west"),
    wire.Tenant(id="desk", name="Front desk", kind="unit", parent_id="ACME"),
    wire.Tenant(id="deep", name="Deeper", kind="unit", parent_id="desk"),
]


def test_units_are_folded_into_their_customer_and_folders_are_no_clients():
    known = directory(TREE)

    assert [each.name for each in known.present()] == ["Acme"]
    assert {known.client_of(Owner(uuid=each)) for each in ("acme", "desk", "deep")} == {Ref("acme", "Acme")}
    assert {known.client_of(Owner(uuid=each)) for each in ("msp", "west", "elsewhere", "")} == {None}


def test_numeric_ids_are_learned_and_a_hidden_unit_is_found_by_its_locator():
    known = directory(TREE).learn(
        [Owner(uuid="acme", number="110", locator="/1/50/110/"), Owner(uuid="msp", number="50")]
    )

    assert known.client_of(Owner(number="110")) == Ref("acme", "Acme")
    assert known.client_of(Owner(uuid="hidden", number="111", locator="/1/50/110/111/")) == Ref("acme", "Acme")
    assert known.client_of(Owner(number="50", locator="/1/50/")) is None


def test_a_units_locator_tells_its_customers_number_and_those_above_are_no_clients():
    known = directory(TREE).learn([Owner(uuid="deep", number="112", locator="/1/50/60/110/111/112/")])

    assert known.client_of(Owner(number="110")) == Ref("acme", "Acme")
    assert known.client_of(Owner(number="119", locator="/1/50/60/110/119/")) == Ref("acme", "Acme")
    assert known.client_of(Owner(number="60", locator="/1/50/60/")) is None
    assert known.client_of(Owner(number="120", locator="/1/50/60/120/")) is None


def test_only_a_number_we_do_not_know_may_be_a_client_of_ours():
    known = directory(TREE).learn([Owner(uuid="desk", number="111", locator="/1/50/60/110/111/")])

    may_be = [Owner(number="120", locator="/1/50/60/120/"), Owner()]
    is_not = [Owner(number="50"), Owner(uuid="elsewhere", number="9"), Owner(uuid="msp"), Owner(number="110")]
    assert all(known.may_be_ours(each) for each in may_be)
    assert not any(known.may_be_ours(each) for each in is_not)


def test_a_time_of_deletion_beyond_all_time_is_none():
    beyond = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-5)))
    known = directory([wire.Tenant(id="acme", kind="customer", enabled=False, deleted_at=beyond, updated_at=beyond)])
    seen = datetime(2026, 3, 1, tzinfo=UTC)

    assert [each.id for each in known.present()] == ["acme"]
    assert [each.at for each in known.ended(seen_at=seen)] == [seen]


def test_a_disabled_or_deleted_client_is_over():
    when = datetime(2026, 2, 1, tzinfo=UTC)
    seen = datetime(2026, 3, 1, tzinfo=UTC)
    known = directory(
        [
            wire.Tenant(id="off", kind="customer", enabled=False, updated_at=when),
            wire.Tenant(id="odd", kind="customer", enabled=False),
            wire.Tenant(id="gone", kind="customer", deleted_at=when),
        ]
    )

    ended = {each.client_id: (each.reason, each.at) for each in known.ended(seen_at=seen)}

    assert ended == {
        "off": (EndReason.CLIENT_DISABLED, when),
        "odd": (EndReason.CLIENT_DISABLED, seen),
        "gone": (EndReason.CLIENT_DELETED, when),
    }
    assert {each.id for each in known.present()} == {"off", "odd"}


def test_tenants_in_a_circle_belong_to_nobody():
    known = directory(
        [wire.Tenant(id="a", kind="unit", parent_id="b"), wire.Tenant(id="b", kind="unit", parent_id="a")]
    )

    assert known.client_of(Owner(uuid="a")) is None


def test_an_alert_that_never_was_made_counts_from_when_it_was_received():
    never = {**alert(), "createdAt": "0001-01-01T00:00:00"}
    (notice,) = notices([{**never, "receivedAt": at(7)}])

    assert notice.created_at == pieces([step(7, ROOT)])[0].started_at
    with pytest.raises(Odd):
        notices([{**never, "updatedAt": None}])


def test_an_alerts_time_of_change_is_what_counts():
    (notice,) = notices([{**alert(), "updatedAt": at(90)}])

    assert notice.updated_at > notice.created_at
