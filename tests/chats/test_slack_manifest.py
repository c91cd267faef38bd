"""The app's manifest: what Slack takes, and no right that nothing uses."""

import json
import os
from pathlib import Path

import pytest

from bot.app_yaml import SlackSettings
from bot.chats.slack.manifest import manifest
from bot.errors import Refused

URL = "https://fortress.example.com/"
SCHEMA = Path(os.environ.get("FORTRESS_REFERENCE", "")) / "slack" / "slack-manifest.types-8.2.0.schema.json"
here = pytest.mark.skipif(
    not os.environ.get("FORTRESS_REFERENCE"), reason="FORTRESS_REFERENCE is not set: Slack's schema is not here"
)


def scopes_and_events(section):
    made = manifest(section)
    return made["oauth_config"]["scopes"]["bot"], made["settings"]["event_subscriptions"]["bot_events"]


def test_over_a_socket_slack_is_told_no_address():
    made = manifest(SlackSettings())

    assert made["settings"]["socket_mode_enabled"]
    assert "url" not in json.dumps(made)


def test_by_http_every_way_in_has_the_address_of_the_door():
    made = manifest(SlackSettings(transport="http"), url=URL)
    at = "https://fortress.example.com/slack/events"

    assert not made["settings"]["socket_mode_enabled"]
    assert made["features"]["slash_commands"][0]["url"] == at
    assert made["settings"]["event_subscriptions"]["request_url"] == at
    assert made["settings"]["interactivity"]["request_url"] == at


def test_a_right_comes_with_what_needs_it_and_goes_with_it():
    least = SlackSettings(hears=())

    assert scopes_and_events(least) == (
        ["chat:write", "commands", "users:read"],
        ["app_home_opened", "app_uninstalled", "tokens_revoked"],
    )
    assert scopes_and_events(SlackSettings(hears=("messages",)))[0][3:] == ["im:history"]
    assert scopes_and_events(SlackSettings(hears=("mentions",)))[1][3:] == ["app_mention"]


@pytest.mark.parametrize(("hears", "is_read_only"), [(("messages",), False), ((), True)])
def test_people_can_type_in_its_tab_exactly_when_it_listens_there(hears, is_read_only):
    tabs = manifest(SlackSettings(hears=hears))["features"]["app_home"]

    assert tabs["messages_tab_read_only_enabled"] is is_read_only


@pytest.mark.parametrize(
    "url", ["", "http://fortress.example.com", "fortress.example.com", "https://a b", "https://x?y"]
)
def test_an_address_that_slack_cannot_call_is_refused_with_an_example(url):
    with pytest.raises(Refused, match="--http https://"):
        manifest(SlackSettings(transport="http"), url=url)


def test_its_words_fit():
    made = manifest(SlackSettings())["display_information"]

    assert len(made["name"]) <= 35
    assert len(made["description"]) <= 140
    assert 175 <= len(made["long_description"]) <= 4000


@here
@pytest.mark.parametrize(
    "made",
    [manifest(SlackSettings()), manifest(SlackSettings(hears=())), manifest(SlackSettings(transport="http"), url=URL)],
)
def test_slacks_own_schema_takes_it(made):
    assert list(_wrong(made, "manifest", json.loads(SCHEMA.read_text(encoding="utf-8")))) == []


@here
def test_the_schema_sees_what_is_wrong():
    made = manifest(SlackSettings())
    made["settings"]["event_subscriptions"]["bot_events"].append("app_home_openend")
    made["display_information"]["name"] = "x" * 36
    made["features"]["shortcut"] = []
    del made["features"]["slash_commands"][0]["command"]

    assert len(list(_wrong(made, "manifest", json.loads(SCHEMA.read_text(encoding="utf-8"))))) == 4


KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "number": (int, float)}
KNOWN = {
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "maxLength",
    "maxItems",
    "anyOf",
}


def _wrong(value, where, schema, part=None):
    """Check a value against the few words of JSON Schema that Slack's schema uses; give what is wrong."""
    rule = part if part is not None else schema
    if "$ref" in rule:
        yield from _wrong(value, where, schema, schema["definitions"][rule["$ref"].rpartition("/")[2]])
        return
    unknown = set(rule) - KNOWN - {"$schema", "$comment", "definitions"}
    assert not unknown, f"the schema says {unknown}, which nobody here reads"
    if "anyOf" in rule and all(list(_wrong(value, where, schema, each)) for each in rule["anyOf"]):
        yield f"{where}: none of the choices"
    if "type" in rule and not isinstance(value, KINDS[rule["type"]]):
        yield f"{where}: not {rule['type']}"
    elif value not in rule.get("enum", [value]) or value != rule.get("const", value):
        yield f"{where}: {value}"
    elif isinstance(value, str | list) and len(value) > rule.get("maxLength", rule.get("maxItems", len(value))):
        yield f"{where}: too long"
    if isinstance(value, list):
        for at, item in enumerate(value):
            yield from _wrong(item, f"{where}.{at}", schema, rule.get("items", {}))
    if isinstance(value, dict):
        yield from (f"{where}.{name}: missing" for name in rule.get("required", []) if name not in value)
        known = rule.get("properties", {})
        if rule.get("additionalProperties") is False:
            yield from (f"{where}.{name}: unknown" for name in value if name not in known)
        for name, item in value.items():
            yield from _wrong(item, f"{where}.{name}", schema, known.get(name, {}))
