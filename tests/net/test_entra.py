"""Signing in to Microsoft: what its answers mean. The library's own client is put in place of Microsoft's wire."""

from datetime import timedelta

import msal
import pytest
import requests

from bot.errors import Refused, Unavailable
from bot.net.entra import REMEDIES, EntraTokens, Patient, by_credential, certificate
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
