"""The answers' field names and types, held against what we wrote down of the vendor's, in our own words.

The OpenAPI documents are not ours to ship; `tests/bench/openapi_check.py` holds the sandbox against those themselves.
"""

import re
from datetime import datetime
from typing import Any

import pytest

from bot.sources.sandbox.server import (
    ACTIVITIES_PATH,
    ALERTS_PATH,
    APPLICATIONS_PATH,
    BACKUPS_PATH,
    CLIENTS_PATH,
    POLICIES_PATH,
    RESOURCES_PATH,
    STATUSES_PATH,
    TENANTS_PATH,
    TYPES_PATH,
)
from tests.sandbox.conftest import morning

WHEN = morning(3)
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NUMBER = re.compile(r"\d+")
SEVERITIES = {"ok", "information", "warning", "error", "critical"}
RESULTS = {"ok", "error", "warning", "cancelled", "abandoned", "timedout"}
SCHEMES = {"always_full", "always_incremental", "weekly_full_daily_incremental", "simple", "custom"}
STORAGES = {"local_folder", "network_share", "online"}
BY_THE_BOOK = {"idle", "running", "scheduled", "warning", "error", "critical", "no_policies_applied"}
ALSO_SEEN = {"not_protected", "ok"}


def is_time(value: Any) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).utcoffset() is not None


def is_uuid(value: Any) -> bool:
    return isinstance(value, str) and UUID.fullmatch(value) is not None


def is_number(value: Any) -> bool:
    return isinstance(value, str) and NUMBER.fullmatch(value) is not None


def only(record: dict[str, Any], **kinds: Any) -> None:
    """A record has no field but these, and each present one is of its kind; a name that ends in _ must be there."""
    must = {name.rstrip("_"): kind for name, kind in kinds.items() if name.endswith("_")}
    known = {name.rstrip("_"): kind for name, kind in kinds.items()}
    assert set(must) <= set(record) <= set(known), (set(must) - set(record), set(record) - set(known))
    for name, value in record.items():
        kind = known[name]
        good = (
            isinstance(value, kind)
            if isinstance(kind, type)
            else value in kind
            if isinstance(kind, set)
            else kind(value)
        )
        assert good, (name, value)


@pytest.fixture
def asked(line):
    return line(WHEN)


def test_activities(asked):
    items = asked.all(ACTIVITIES_PATH, limit="1000")

    assert len(items) > 500
    for each in items:
        only(
            each,
            uuid_=is_uuid,
            id_=int,
            idString_=is_number,
            taskId_=int,
            taskIdString_=is_number,
            parentActivityId=int,
            type_=str,
            state_={"enqueued", "assigned", "started", "paused", "completed"},
            result=dict,
            context_=dict,
            progress=dict,
            policy=dict,
            resource=dict,
            tenant_=dict,
            executor_=dict,
            createdAt_=is_time,
            startedAt_=is_time,
            updatedAt_=is_time,
            completedAt=is_time,
        )
        only(each["tenant"], id_=is_number, uuid=is_uuid, name_=str, locator_=str)
        assert ("result" in each) == (each["state"] == "completed")
        assert each.get("result", {}).get("code", "ok") in RESULTS


def test_alerts(asked):
    for each in asked.all(ALERTS_PATH, limit="1000"):
        only(
            each,
            id_=is_uuid,
            type_=str,
            category_={"Backup"},
            severity_=SEVERITIES,
            createdAt_=is_time,
            receivedAt_=is_time,
            updatedAt_=is_time,
            tenant_=dict,
            details_=dict,
        )
        assert {"planId", "planName", "resourceId", "resourceName"} <= set(each["details"])


def test_alert_types_want_an_operating_system(asked):
    assert asked.get(TYPES_PATH).status_code == 400
    assert asked.get(TYPES_PATH, os_type="amiga").status_code == 400
    items = asked.get(TYPES_PATH, os_type="linux").json()["items"]

    for each in items:
        only(
            each,
            id_=str,
            severity_=SEVERITIES,
            enabled_=bool,
            contextKeys_=list,
            searchableDetails_=list,
            supportedOS_=list,
            category_=str,
            cti_name_=lambda value: value.startswith("cti."),
        )
    raised = {each["type"]: each["severity"] for each in asked.all(ALERTS_PATH, limit="1000")}
    assert raised.items() <= {each["id"]: each["severity"] for each in items}.items()


def test_tenants(asked):
    page = asked.get(TENANTS_PATH, subtree_root_id=asked.sandbox.world.partner).json()
    only(page, items_=list, paging_=dict, timestamp_=is_time)
    for each in page["items"]:
        assert is_uuid(each["id"])
        assert each["kind"] in {"partner", "folder", "customer", "unit"}
        assert isinstance(each["ancestral_access"], bool)
        assert isinstance(each["enabled"], bool)
        assert is_time(each["updated_at"])
        assert {"barrier", "brand_uuid", "contact", "contacts", "mfa_status", "offering_items", "update_lock"} <= set(
            each
        )


def test_the_api_client(asked):
    only(
        asked.get(f"{CLIENTS_PATH}{asked.sandbox.client_id}").json(),
        client_id_=is_uuid,
        tenant_id_=is_uuid,
        type_={"api_client"},
        data_=dict,
        token_endpoint_auth_method_={"client_secret_basic"},
        client_secret_expires_at_=int,
        created_at_=is_time,
        created_by_=is_uuid,
        last_access_at_=is_time,
        last_access_from_ip_=lambda value: value is None,
        status_={"enabled"},
    )


@pytest.mark.parametrize("path", [POLICIES_PATH, APPLICATIONS_PATH, STATUSES_PATH, RESOURCES_PATH])
def test_lists_come_in_pages_that_say_how_many_there_are(asked, path):
    first = asked.get(path, limit="7").json()
    only(first, paging_=dict, items_=list, timestamp_=is_time)
    only(first["paging"]["cursors"], after_=str, total_=int)
    after = first["paging"]["cursors"]["after"]

    assert len(asked.all(path, limit="7")) == first["paging"]["cursors"]["total"]
    assert asked.get(path, after=after, limit="7", tenant_id="120").status_code == 400
    assert asked.get(path, after=after, include_settings="true").status_code == 400
    assert asked.get(path, invented="1").status_code == 400


def test_policies(asked):
    for each in asked.all(POLICIES_PATH, include_settings="true", include_applied_context="true"):
        only(each, policy_=list, context_=dict)
        root, child = each["policy"]
        common = {"enabled_": bool, "origin_": {"upstream", "local"}, "created_at_": is_time, "updated_at_": is_time}
        only(root, id_=is_uuid, type_={"policy.protection.total"}, name_=str, tenant_id_=is_number, **common)
        only(
            child,
            id_=is_uuid,
            parent_ids_=list,
            type_={"policy.backup.machine", "policy.backup.saas"},
            tenant_id_=is_number,
            source_type_={"", "machines", "files"},
            settings_schema_=lambda value: re.fullmatch(r"\d+\.\d+", value),
            settings_=dict,
            **common,
        )
        assert child["parent_ids"] == [root["id"]]
        assert 0 < len(each["context"]["items"]) <= 100


def test_a_plans_settings(asked):
    for each in asked.all(POLICIES_PATH, include_settings="true"):
        child = each["policy"][1]
        if child["type"] == "policy.backup.saas":
            continue
        settings = child["settings"]
        assert settings["vault"]["type"] in {"cloud", "local_folder", "network_share"}
        assert settings["retention"]["after_backup"] is True
        only(
            settings["scheduling"],
            enabled_=bool,
            scheme_=SCHEMES,
            backup_sets_=list,
            rand_max_delay_=dict,
            task_failure_=dict,
            weekly_backup_day_=str,
        )
        only(settings["scheduling"]["task_failure"], enabled_=bool, interval_=dict, max_attempts_=int)
        (one,) = settings["scheduling"]["backup_sets"]
        only(one, type_={"auto"}, schedule_=dict)
        only(one["schedule"], type_=str, alarms_=dict, conditions_=dict, prevent_sleep_=bool)


def test_without_asking_for_settings_there_are_none(asked):
    assert all("settings" not in plan for each in asked.all(POLICIES_PATH) for plan in each["policy"])


def test_applications_are_lists_in_a_list(asked):
    for pair in asked.all(APPLICATIONS_PATH):
        root, backup = pair
        for each in pair:
            assert {"enabled", "context_tenant_id", "automatic_enabled_switch", "policy"} <= set(each)
            assert is_number(each["context_tenant_id"])
            assert is_uuid(each["context"]["id"])
        assert root["policy"]["type"] == "policy.protection.total"
        assert backup["status"] in BY_THE_BOOK
        assert backup["deployment"]["state"] in {"deploying", "deployed", "error", "not_available"}
        assert backup["running"]["state"] in {"running", "idle", "cancelling", "interaction_required"}
        assert all(
            is_time(backup[name]) for name in ("last_run_time", "last_success_time", "next_run_time") if name in backup
        )
        if "most_severe_status_event" in backup:
            only(backup["most_severe_status_event"], id_=is_uuid, severity_=SEVERITIES, type_=str)


RESOURCE = {
    "id_": is_uuid,
    "external_id_": str,
    "name_": str,
    "user_defined_name_": str,
    "type_": lambda value: value.startswith("resource."),
    "cti_": lambda value: value.startswith("cti."),
    "parent_group_ids_": list,
    "tenant_id_": is_number,
    "agent_id_": is_uuid,
    "created_at_": is_time,
    "updated_at_": is_time,
}


def test_resources(asked):
    for each in asked.all(RESOURCES_PATH):
        only(each, **RESOURCE)


@pytest.mark.parametrize(
    ("by_the_book", "names", "states"),
    [
        (True, ("last_run_time", "last_success_run_time", "next_run_time"), BY_THE_BOOK),
        (False, ("last_run", "last_success_run", "next_run"), BY_THE_BOOK | ALSO_SEEN),
    ],
)
def test_statuses_in_both_spellings(line, by_the_book, names, states):
    for each in line(WHEN, by_the_book=by_the_book).all(STATUSES_PATH):
        only(each, context_=dict, aggregate_=dict, licensing_=dict, policies=list)
        only(each["context"], **RESOURCE, tenant_name=str)
        only(each["aggregate"], status_=states, names=str, running_=dict)
        for policy in each.get("policies", []):
            only(policy, type_=str, **dict.fromkeys(names, is_time))


def test_backups_in_vaults(asked):
    made = [("embed", "vault"), ("embed", "archive"), ("created", "ge(2026-03-04T20:00:00Z)")]

    for each in asked.all(BACKUPS_PATH, *made):
        only(
            each,
            vault_id_=is_uuid,
            archive_id_=is_uuid,
            backup_id_=is_uuid,
            type_={"full", "incremental"},
            created_=is_time,
            size_=int,
            deduplicated_size_=int,
            backed_up_data_size_=int,
            original_data_size_=int,
            deleted_=bool,
            tenant_id_=is_number,
            tenant_locator_=str,
            resource_ids_=list,
            attributes_=dict,
            notarized_=bool,
            vault_=dict,
            archive_=dict,
        )
        assert each["vault"]["storage_type"] in STORAGES
        assert each["created"] >= "2026-03-04T20"
