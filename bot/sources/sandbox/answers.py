"""How Acronis' services answer: with what was asked for, or with a refusal, each in its own words.

Shapes after the vendor's OpenAPI, error bodies included; where a document leaves a status out, the service answers in
the shape of its others.
"""

from collections.abc import Mapping

import msgspec

from bot.net.http import JSON

TOKEN_PATH = "/api/2/idp/token"  # noqa: S105 - a path
ACCOUNT_PATH = "/api/2/"
ALERT_MANAGER_PATH = "/api/alert_manager/"

JSON_TYPE = "application/json; charset=utf-8"
NGINX_401 = b"<html><head><title>401 Authorization Required</title></head><body>nginx</body></html>"
SCOPES: JSON = {"scope": "urn:acronis.com::sandbox:viewer", "required_scope": "urn:acronis.com::sandbox:admin"}
CODES = {  # of Resource and Policy Management, by status; the other services name no codes of their own
    400: ("General", "BadRequestError"),
    401: ("Access", "AuthenticationTimeout"),
    403: ("Access", "AccessDeniedError"),
    404: ("General", "NotFoundError"),
    405: ("General", "MethodNotAllowed"),
    500: ("General", "InternalServerError"),
}
ACCOUNT_CODES = {400: 1400, 401: 1401, 403: 1403, 404: 1404}


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    type: str = JSON_TYPE
    headers: Mapping[str, str] = {}


def given(body: JSON) -> Answer:
    return Answer(200, msgspec.json.encode(body))


def refused(path: str, status: int, why: str = "") -> Answer:
    """Refuse in the words of the service that a path belongs to."""
    if path.startswith(ALERT_MANAGER_PATH) and status == 401:  # who stands in front of it answers
        return Answer(401, NGINX_401, "text/plain")
    if path == TOKEN_PATH:
        return Answer(status, msgspec.json.encode(_of_the_token(status, why)))
    if path.startswith(ACCOUNT_PATH):
        return Answer(status, msgspec.json.encode(_of_the_account(status, why)))
    domain, code = CODES.get(status, CODES[500])
    context = SCOPES if status == 403 else {}
    return Answer(status, msgspec.json.encode({"domain": domain, "code": code, "context": context, "message": why}))


def _of_the_token(status: int, why: str) -> JSON:
    return {"error": "access_denied" if status in (401, 403) else "invalid_request", "error_description": why}


def _of_the_account(status: int, why: str) -> JSON:
    code = ACCOUNT_CODES.get(status, 1500)
    return {"error": {"code": code, "domain": "PlatformAccountServer", "message": why, "details": {}, "context": {}}}
