"""Signing in to Microsoft: what its answers mean, said by a client of ours, and by a server to the library's own."""

from datetime import timedelta

import msal
import pytest
import requests

from bot.errors import Refused, Unavailable
from bot.net.entra import REMEDIES, EntraTokens, Patient, by_credential, by_managed_identity, by_person, certificate
from tests.servers.bot_keys import APP, TENANT
from tests.servers.entra import SECRET, certificate_of, entra, key_of
from tests.servers.scripted import Said, scripted

SCOPE = "https://api.botframework.com/.default"


def tokens(*answers):
    """Make tokens of a client that gives these answers in turn, and that is made when it is first needed."""
    left = list(answers)

    def ask(_scope):
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return EntraTokens(lambda: ask, setting="chats.teams")


def test_a_token_is_asked_for_when_it_is_needed_and_its_client_made_once():
    made, asked = [], []

    def make():
        made.append(1)
        return lambda scope: asked.append(scope) or {"access_token": "eyJ", "token_source": "cache"}

    app = EntraTokens(make, setting="chats.teams")

    assert made == []
    assert [app.token(SCOPE), app.token(SCOPE)] == ["eyJ", "eyJ"]
    assert (made, asked) == ([1], [SCOPE, SCOPE])


def test_a_client_that_cannot_be_made_yet_is_made_later():
    away = [requests.ConnectionError("offline")]

    def make():
        if away:
            raise away.pop()
        return lambda _scope: {"access_token": "eyJ"}

    app = EntraTokens(make, setting="chats.teams")

    with pytest.raises(Unavailable) as raised:
        app.token(SCOPE)
    assert raised.value.unheard
    assert app.token(SCOPE) == "eyJ"


@pytest.mark.parametrize(
    "answer",
    [
        requests.ConnectionError("https://login/?client_secret=hunter2"),
        requests.Timeout("hunter2"),
        OSError("hunter2"),
        msal.exceptions.MsalServiceError(error="x", error_description="hunter2"),
        {"error": "temporarily_unavailable", "error_description": "hunter2"},
    ],
)
def test_what_passes_is_unavailable_and_surely_unheard(answer):
    with pytest.raises(Unavailable) as raised:
        tokens(answer).token(SCOPE)

    assert raised.value.unheard
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("code", REMEDIES)
def test_each_known_refusal_says_what_to_do(code):
    told = {"error": "invalid_client", "error_codes": [code], "error_description": "hunter2"}

    with pytest.raises(Refused, match=f"AADSTS{code}") as raised:
        tokens(told).token(SCOPE)

    assert raised.value.remedy == REMEDIES[code].format(setting="chats.teams")
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "invalid_client", "error_codes": [1]},
        {"error": "odd"},
        {},
        {"access_token": ""},
        ValueError("-----BEGIN hunter2"),
        requests.exceptions.SSLError("hunter2"),
    ],
)
def test_any_other_refusal_names_the_section_to_look_at(answer):
    with pytest.raises(Refused, match=r"chats\.teams") as raised:
        tokens(answer).token(SCOPE)

    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("credential", ["hunter2", certificate("-----BEGIN PRIVATE KEY-----\nhunter2\n")])
def test_an_address_that_is_no_sign_in_is_refused_without_a_word_of_the_secret(credential):
    app = by_credential(credential, client_id="x", tenant="t", login="http://127.0.0.1:9/", setting="chats.teams")

    with pytest.raises(Refused) as raised:
        app.token(SCOPE)

    assert "hunter2" not in str(raised.value)


def test_the_librarys_session_gives_up_some_time():
    with scripted(Said(body=b"{}")) as server:
        patient = Patient()
        assert patient.get(server.url).elapsed < timedelta(seconds=20)
        patient.mount("http://", adapter := Recording())
        patient.post(server.url, data={}, timeout=None)

    assert adapter.timeouts == [(5.0, 15.0)]


class Recording(requests.adapters.HTTPAdapter):
    """Remembers how long it was to wait."""

    def __init__(self):
        super().__init__()
        self.timeouts = []

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        self.timeouts.append(timeout)
        return super().send(request, stream, timeout, verify, cert, proxies)


# --- over the wire, with the library's own client ------------------------------------------------------------------


@pytest.fixture
def microsoft(tmp_path, monkeypatch):
    with entra(tmp_path) as playing:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(playing.trusted))
        yield playing


def signing_in(microsoft, credential):
    return by_credential(credential, client_id=APP, tenant=TENANT, login=microsoft.url, setting="chats.teams")


def test_a_secret_gets_a_token_which_is_kept_while_it_is_good(microsoft):
    app = signing_in(microsoft, SECRET)

    assert [app.token(SCOPE), app.token(SCOPE)] == [f"eyJ for {SCOPE}"] * 2
    assert [form["grant_type"] for form in microsoft.asked] == ["client_credentials"]


def test_one_app_gets_a_token_for_each_scope(microsoft):
    app = signing_in(microsoft, SECRET)

    assert app.token("https://graph.microsoft.com/.default") != app.token(SCOPE)


def test_a_certificate_signs_and_its_key_is_not_sent(microsoft):
    pem = key_of("app") + certificate_of("app")

    assert signing_in(microsoft, certificate(pem)).token(SCOPE) == f"eyJ for {SCOPE}"
    assert "client_secret" not in microsoft.asked[0]
    assert "PRIVATE" not in str(microsoft.asked)


@pytest.mark.parametrize("credential", ["wrong", certificate(key_of("stranger") + certificate_of("stranger"))])
def test_who_is_not_the_app_gets_no_token(microsoft, credential):
    with pytest.raises(Refused, match="AADSTS7000215"):
        signing_in(microsoft, credential).token(SCOPE)


@pytest.mark.parametrize("status", [500, 503])
def test_a_sign_in_out_of_order_passes(microsoft, status):
    microsoft.told = (status, {})

    with pytest.raises(Unavailable) as raised:
        signing_in(microsoft, SECRET).token(SCOPE)

    assert raised.value.unheard


def test_a_refused_secret_is_not_tried_again_and_again(microsoft):
    microsoft.told = (400, {"error": "invalid_client", "error_codes": [7000222]})
    app = signing_in(microsoft, SECRET)

    for _ in range(3):
        with pytest.raises(Refused, match="expired"):
            app.token(SCOPE)

    assert len(microsoft.asked) == 1


def test_a_certificate_nobody_trusts_says_what_to_check(microsoft, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")

    with pytest.raises(Refused, match="REQUESTS_CA_BUNDLE"):
        signing_in(microsoft, SECRET).token(SCOPE)


def test_a_machine_in_azure_asks_its_own_host(monkeypatch):
    told = b'{"access_token": "eyJ", "expires_on": "4102444800", "token_type": "Bearer", "resource": "x"}'
    with scripted(Said(body=told)) as host:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{host.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "of-the-host")

        assert by_managed_identity(APP, setting="chats.teams").token(SCOPE) == "eyJ"

    (asked,) = host.heard
    assert f"client_id={APP}" in asked
    assert "resource=https%3A%2F%2Fapi.botframework.com&" in asked.replace(" HTTP", "& HTTP")


def by_code(microsoft, told):
    right = "Sites.FullControl.All"
    return by_person(
        APP, tenant=TENANT, login=microsoft.url, right=right, setting="publishers.sharepoint", tell=told.append
    )


def test_a_person_types_a_code_once_and_lets_the_app_do_more_in_their_name(microsoft):
    told = []
    app = by_code(microsoft, told)

    tokens = [app.token("https://graph.microsoft.com/.default") for _ in range(2)]

    assert len(set(tokens)) == len(told) == 1
    assert "https://graph.microsoft.com/Sites.FullControl.All" in tokens[0]
    assert "https://microsoft.com/devicelogin" in told[0]
    assert "ABCD1234" in told[0]
    assert "client_secret" not in str(microsoft.asked)


def test_a_person_who_says_no_is_not_asked_for_a_secret(microsoft):
    microsoft.declined = True

    with pytest.raises(Refused, match="said no"):
        by_code(microsoft, []).token(SCOPE)


def test_an_app_with_which_nobody_may_sign_in_says_which_switch_that_is(microsoft):
    microsoft.lets_people_in = False

    with pytest.raises(Refused, match="Allow public client flows"):
        by_code(microsoft, []).token(SCOPE)
