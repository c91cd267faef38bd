"""Every request of ours and every answer of the sandbox, held against the vendor's own OpenAPI by another's validator.

Neither is part of the project: FORTRESS_OPENAPI names a folder with the vendor's documents, as named in DOCUMENTS, and
`openapi-core` (from PyPI, written against 0.23) has to be importable. Without them the tests are skipped aloud.

    pip install openapi-core && FORTRESS_OPENAPI=… python -m pytest tests/bench/openapi_check.py
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import msgspec
import pytest
import requests

from bot.sources.acronis import build
from bot.sources.sandbox import Fault, Sandbox, World
from bot.sources.sandbox import server as paths
from bot.sources.sandbox.answers import TOKEN_PATH, Answer
from bot.sources.sandbox.faults import busy, old_account
from bot.sources.sandbox.server import Request
from tests.sources.conftest import morning, read

DOCUMENTS = {  # by the service they describe, which is how the paths begin
    "/api/task_manager/": "acronis-tasks-v2-openapi.json",
    "/api/alert_manager/": "acronis-alerts-v1-openapi.json",
    "/api/policy_management/": "acronis-resource-policy-management-v4-openapi.json",
    "/api/resource_management/": "acronis-resource-policy-management-v4-openapi.json",
    "/api/vault_manager/": "acronis-vaultman-v1-openapi.json",
    "/api/2/": "acronis-account-management-v2-openapi.json",
}
LISTS = (
    paths.TENANTS_PATH,
    paths.ACTIVITIES_PATH,
    paths.ALERTS_PATH,
    paths.TYPES_PATH,
    paths.POLICIES_PATH,
    paths.APPLICATIONS_PATH,
    paths.RESOURCES_PATH,
    paths.STATUSES_PATH,
    paths.BACKUPS_PATH,
)
# Where the documents say other than the service does: what is rejected, and why we do not follow.
JUDGED = {
    f"{paths.ALERTS_PATH}: request: the parameter 'after' is not declared": "the guide pages through alerts so",
    f"{paths.STATUSES_PATH}: answer: items/*/aggregate/status: 'not_protected' is not one of": "the guide's word",
}
# Statuses a document leaves out. What the services say then is in none of them, but that they say it is: the guide's
# page of HTTP statuses names 401 to 503 for all services, a token ends after two hours everywhere, and client
# programs wrote down Task Manager's 400s and Alert Manager's 404.
UNDESCRIBED = {
    "/api/task_manager/": {401, 403, 404, 429},
    "/api/alert_manager/": {400, 404, 429, 500},
    "/api/policy_management/": {400, 404, 429},
    "/api/resource_management/": {400, 404, 429},
    "/api/vault_manager/": {400, 401, 403, 404, 429, 500},
    "/api/2/": {400, 404, 429, 500},
}
NIGHT = (morning(2) - timedelta(hours=8), morning(2))
UNSUPPORTED = pytest.mark.filterwarnings("ignore:Unsupported scheme type")  # openapi-core checks no OAuth 2


class Recorded(msgspec.Struct, frozen=True):
    request: Request
    authorization: str
    form: bytes
    answer: Answer


class Recorder(Sandbox):
    """A sandbox that keeps what it was asked and what it said."""

    def __init__(self, *given: Any, **manners: Any) -> None:
        self.recorded: list[Recorded] = []
        super().__init__(*given, **manners)

    def answer(self, request: Request, authorization: str, form: bytes) -> Answer:
        return self._kept(request, authorization, form, super().answer(request, authorization, form))

    def misanswer(self, request: Request, fault: Fault, authorization: str, form: bytes) -> Answer:
        return self._kept(request, authorization, form, super().misanswer(request, fault, authorization, form))

    def _kept(self, request: Request, authorization: str, form: bytes, told: Answer) -> Answer:
        self.recorded.append(Recorded(request, authorization, form, told))
        return told


class Vendor:
    """The vendor's documents, and a validator that is none of ours."""

    def __init__(self, folder: Path) -> None:
        core = pytest.importorskip("openapi_core", reason="openapi-core is not there: pip install openapi-core")
        self._testing = pytest.importorskip("openapi_core.testing")
        self._folder = folder
        names = sorted({name for name in DOCUMENTS.values() if (folder / name).is_file()})
        self._raw: dict[str, Any] = {name: _nullable(json.loads((folder / name).read_text("utf-8"))) for name in names}
        unchecked = core.Config(spec_validator_cls=None)  # one document holds a pattern that only JavaScript can read
        self._apis = {name: core.OpenAPI.from_dict(raw, config=unchecked) for name, raw in self._raw.items()}

    def missing(self) -> set[str]:
        return set(DOCUMENTS.values()) - self._raw.keys()

    def of_requests(self, recorded: Iterable[Recorded]) -> Counter[str]:
        """Count what the documents reject of what was asked, by path."""
        return Counter(f"{each.request.path}: request: {fault}" for each in recorded for fault in self._asked(each))

    def of_answers(self, recorded: Iterable[Recorded]) -> Counter[str]:
        """Count what the documents reject of what was said, by path."""
        return Counter(f"{each.request.path}: answer: {fault}" for each in recorded for fault in self._told(each))

    def _asked(self, recorded: Recorded) -> Iterator[str]:
        operation = self._operation(recorded.request)
        if not operation:
            yield f"{recorded.request.method} is not described"
            return
        yield from self._messages(self._api(recorded).iter_request_errors, self._request(recorded))
        for parameter in sorted({key for key, _ in recorded.request.params} - _declared(operation)):
            yield f"the parameter '{parameter}' is not declared"

    def _told(self, recorded: Recorded) -> Iterator[str]:
        told, described = recorded.answer, self._operation(recorded.request)["responses"]
        if str(told.status) not in described:
            if told.status not in UNDESCRIBED[_service(recorded.request.path)]:
                yield f"the status {told.status} is not described"
            return
        answer = self._testing.MockResponse(told.body, told.status, content_type=told.type.partition(";")[0])
        yield from self._messages(self._api(recorded).iter_response_errors, self._request(recorded), answer)

    def _api(self, recorded: Recorded) -> Any:
        return self._apis[DOCUMENTS[_service(recorded.request.path)]]

    def _server(self, path: str) -> SplitResult:
        return urlsplit(self._raw[DOCUMENTS[_service(path)]]["servers"][0]["url"])

    def _request(self, recorded: Recorded) -> Any:
        asked, form = recorded.request, recorded.form
        server = self._server(asked.path)
        return self._testing.MockRequest(
            f"{server.scheme}://{server.netloc}",
            asked.method.lower(),
            asked.path,
            args=asked.params,
            headers={} if form else {"Authorization": recorded.authorization},  # its pattern wants one '=' of padding
            data=form or None,
            content_type="application/x-www-form-urlencoded" if form else "application/json",
        )

    def _messages(self, errors: Any, *given: Any) -> Iterator[str]:
        for error in errors(*given):
            inner = getattr(error.__cause__, "schema_errors", None) or getattr(error, "schema_errors", None)
            for each in _innermost(inner or ()):
                where = "/".join("*" if isinstance(step, int) else str(step) for step in each.absolute_path)
                yield f"{where}: {each.message[:160]}"
            if not inner:
                yield f"{type(error).__name__}: {error} {error.__cause__ or ''}".strip()[:240]

    def _operation(self, asked: Request) -> Any:
        inside = asked.path.removeprefix(self._server(asked.path).path)
        described = self._raw[DOCUMENTS[_service(asked.path)]]["paths"]
        known = inside if inside in described else f"{inside.rpartition('/')[0]}/{{client_id}}"
        return described.get(known, {}).get(asked.method.lower())


def unjudged(rejected: Counter[str]) -> dict[str, int]:
    return {each: times for each, times in rejected.items() if not any(each.startswith(judged) for judged in JUDGED)}


def _service(path: str) -> str:
    return next(start for start in DOCUMENTS if path.startswith(start))


def _declared(operation: Any) -> set[str]:
    return {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}


def _nullable(document: Any) -> Any:
    """Let "nullable" beside a lone "allOf" mean what the documents mean by it: strictly read, it allows no null."""
    components = document["components"]["schemas"]

    def mended(node: Any) -> Any:
        if isinstance(node, list):
            return [mended(each) for each in node]
        if not isinstance(node, dict):
            return node
        if node.get("nullable") is True and len(node.get("allOf", ())) == 1 and "$ref" in node["allOf"][0]:
            return {**components[node["allOf"][0]["$ref"].rpartition("/")[2]], "nullable": True}
        return {key: mended(value) for key, value in node.items()}

    return mended(document)


def _innermost(errors: Any) -> Iterator[Any]:
    """Give errors; of a choice that failed, those of its last alternative, which is the fullest."""
    for each in errors:
        last = max((inner.schema_path[0] for inner in each.context or ()), default=None)
        if last is None:
            yield each
        else:
            yield from _innermost(inner for inner in each.context if inner.schema_path[0] == last)


def reading(page_size: int, *faults: Fault, **manners: Any) -> list[Recorded]:
    """Read one night whole with the real client."""
    sandbox = Recorder(World(), lambda: NIGHT[1], faults=faults, **manners)
    source = build(
        url=sandbox.url,
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
        page_size=page_size,
        sleep=lambda _: None,
    )
    try:
        read(source, *NIGHT)
    finally:
        source.close()
        sandbox.close()
    return sandbox.recorded


def conversation(*faults: Fault, **manners: Any) -> list[Recorded]:
    """Ask for every list over plain HTTP: its first page, with a bad token, with bad words, after a cursor nobody gave.

    What our client never asks for is here: the workloads, what backups lie in, plans with their workloads.
    """
    sandbox = Recorder(World(), lambda: NIGHT[1], faults=faults, **manners)
    secret = (sandbox.client_id, sandbox.client_secret)
    first: dict[str, dict[str, Any]] = {
        paths.TENANTS_PATH: {"subtree_root_id": sandbox.world.partner},
        paths.TYPES_PATH: {"os_type": "linux"},
        paths.POLICIES_PATH: {"include_settings": "true", "include_applied_context": "true"},
        paths.RESOURCES_PATH: {"is_group": "false"},
        paths.BACKUPS_PATH: {"embed": ["vault", "archive"]},
    }
    with requests.Session() as session:
        session.trust_env = False

        def token(form: dict[str, str], who: tuple[str, str]) -> requests.Response:
            return session.post(sandbox.url + TOKEN_PATH, data=form, auth=who, timeout=10)

        token({"grant_type": "client_credentials"}, (sandbox.client_id, "wrong"))
        token({"grant_type": "password"}, secret)
        given = token({"grant_type": "client_credentials"}, secret).json().get("access_token", "")
        good, bad = {"Authorization": f"Bearer {given}"}, {"Authorization": "Bearer nonsense"}
        clients = (f"{paths.CLIENTS_PATH}{each}" for each in (sandbox.client_id, sandbox.world.partner))
        for path in (*LISTS, *clients):
            for headers, params in (
                (good, first.get(path, {})),
                (bad, first.get(path, {})),
                (good, {"invented": "1"}),
                (good, {"after": "nobody gave this"}),
            ):
                session.get(sandbox.url + path, params=params, headers=headers, timeout=10)
    sandbox.close()
    return sandbox.recorded


READINGS = {
    "pages of 7, the OpenAPI's words": lambda: reading(7, by_the_book=True, limit_max=7),
    "pages of 25, the guide's words": lambda: reading(25, limit_max=25),
    "pages of 500": lambda: reading(500, by_the_book=True),
    "too many requests": lambda: reading(100, busy(5), by_the_book=True),
    "an old account": lambda: reading(100, *old_account(), by_the_book=True),
    "no way into the vaults": lambda: reading(100, vault=False, by_the_book=True),
    "a token that ends in between": lambda: reading(25, Fault(paths.ACTIVITIES_PATH, skip=3, expires=True)),
}
CONVERSATIONS = {
    "well": lambda: conversation(by_the_book=True),
    **{
        f"{status}": lambda status=status: conversation(Fault("/api/", times=999, status=status), by_the_book=True)
        for status in (400, 401, 403, 404, 429, 500)
    },
}


@pytest.fixture(scope="module")
def vendor() -> Vendor:
    folder = os.environ.get("FORTRESS_OPENAPI", "")
    if not folder:
        pytest.skip("FORTRESS_OPENAPI is not set: the vendor's OpenAPI is no part of this repository")
    return Vendor(Path(folder))


@pytest.fixture(scope="module")
def small_pages() -> list[Recorded]:
    return READINGS["pages of 7, the OpenAPI's words"]()


def test_the_documents_are_all_there(vendor):
    assert vendor.missing() == set()


def test_a_reading_asks_every_service_and_turns_pages(vendor, small_pages):
    assert {_service(each.request.path) for each in small_pages} == set(DOCUMENTS)
    turned = {each.request.path for each in small_pages if "after" in dict(each.request.params)}
    assert turned == set(LISTS) - {paths.TYPES_PATH, paths.RESOURCES_PATH}


@UNSUPPORTED
def test_the_validator_would_notice(vendor, small_pages):
    alerts = next(each for each in small_pages if each.request.path == paths.ALERTS_PATH)
    spoiled = msgspec.structs.replace(
        alerts,
        request=msgspec.structs.replace(alerts.request, params=(("limit", "many"), ("tenants", "1"))),
        answer=msgspec.structs.replace(alerts.answer, body=alerts.answer.body.replace(b'"severity":', b'"gravity":')),
    )

    told = "\n".join(vendor.of_requests([spoiled]) + vendor.of_answers([spoiled]))
    assert "limit" in told
    assert "'tenants' is not declared" in told
    assert "'severity' is a required property" in told


@UNSUPPORTED
def test_the_validator_would_notice_another_refusal(vendor):
    refusals = [each for each in CONVERSATIONS["403"]() if each.answer.status == 403]
    bare = Answer(403, b'{"code":"Forbidden"}')
    spoiled = [msgspec.structs.replace(each, answer=bare) for each in refusals]

    rejected = vendor.of_answers(spoiled)

    mute = {paths.ACTIVITIES_PATH, paths.BACKUPS_PATH}  # their documents describe no 403
    assert {each.partition(":")[0] for each in rejected} == {each.request.path for each in refusals} - mute


@UNSUPPORTED
@pytest.mark.parametrize("which", READINGS)
def test_what_our_client_asks_and_hears_is_what_the_vendor_describes(vendor, which):
    recorded = READINGS[which]()

    assert unjudged(vendor.of_requests(recorded)) == {}
    assert unjudged(vendor.of_answers(recorded)) == {}


@UNSUPPORTED
@pytest.mark.parametrize("which", CONVERSATIONS)
def test_every_list_and_every_refusal_is_what_the_vendor_describes(vendor, which):
    recorded = CONVERSATIONS[which]()

    assert {each.answer.status for each in recorded} >= ({200, 400, 401} if which == "well" else {int(which)})
    assert unjudged(vendor.of_answers(recorded)) == {}


@UNSUPPORTED
def test_every_judgement_is_still_needed(vendor):
    """What the documents no longer reject needs no judgement: a line too many hides a deviation to come."""
    recorded = [each for which in READINGS.values() for each in which()]
    rejected = vendor.of_requests(recorded) + vendor.of_answers(recorded)

    assert [judged for judged in JUDGED if not any(each.startswith(judged) for each in rejected)] == []
