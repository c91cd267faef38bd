"""What each service says when it refuses: field names and codes as the vendor's OpenAPI has them, in our own words."""

import pytest
import requests

from bot.sources.sandbox import Fault
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
    TOKEN_PATH,
)
from tests.sandbox.conftest import morning

WHEN = morning(2)
OF_POLICIES = (POLICIES_PATH, APPLICATIONS_PATH, STATUSES_PATH, RESOURCES_PATH)


@pytest.fixture
def asked(line):
    return line(WHEN)


@pytest.mark.parametrize(
    ("form", "secret", "status", "code"),
    [
        ({"grant_type": "client_credentials"}, "wrong", 401, "access_denied"),
        ({"grant_type": "password"}, "", 400, "invalid_request"),
    ],
    ids=["a wrong secret", "another grant"],
)
def test_who_gives_tokens_names_its_error_as_oauth_does(asked, form, secret, status, code):
    sandbox = asked.sandbox
    who = (sandbox.client_id, secret or sandbox.client_secret)

    told = requests.post(sandbox.url + TOKEN_PATH, data=form, auth=who, timeout=5)

    assert (told.status_code, told.json()["error"]) == (status, code)
    assert told.json()["error_description"]


@pytest.mark.parametrize("path", [TENANTS_PATH, f"{CLIENTS_PATH}unknown"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_the_account_wraps_its_error(line, path, status):
    told = line(WHEN, Fault(path, status=status)).get(path).json()["error"]

    assert set(told) == {"code", "domain", "message", "details", "context"}


@pytest.mark.parametrize("path", OF_POLICIES)
@pytest.mark.parametrize(
    ("status", "domain", "code"),
    [
        (400, "General", "BadRequestError"),
        (401, "Access", "AuthenticationTimeout"),
        (403, "Access", "AccessDeniedError"),
        (404, "General", "NotFoundError"),
        (500, "General", "InternalServerError"),
    ],
)
def test_plans_and_statuses_name_one_error_a_status(line, path, status, domain, code):
    told = line(WHEN, Fault(path, status=status)).get(path).json()

    assert (told["domain"], told["code"]) == (domain, code)
    assert (set(told["context"]) == {"scope", "required_scope"}) == (status == 403)


@pytest.mark.parametrize("path", [ACTIVITIES_PATH, ALERTS_PATH, BACKUPS_PATH])
def test_the_others_are_flat(line, path):
    told = line(WHEN, Fault(path, status=500)).get(path).json()

    assert {"domain", "code"} <= set(told)


@pytest.mark.parametrize("path", [ALERTS_PATH, TENANTS_PATH])
def test_what_is_asked_with_words_no_document_lists_is_refused(asked, path):
    answer = asked.get(path, subtree_root_id=asked.sandbox.world.partner, invented="1")

    assert answer.status_code == 400
