"""Who may call us in the name of Teams: seventeen tokens, and what else makes a call one of ours."""

import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from bot.chats.teams.keys import Keys
from bot.chats.teams.service import Services
from bot.chats.teams.verify import Forged, Verifier
from bot.errors import Refused, Unavailable
from bot.net.http import Http
from tests.servers.bot_keys import APP, SERVICE, TENANT, bot_keys, jwk, private_key, token

DEFAULT_SERVICE = "https://smba.trafficmanager.net/teams/"
OTHER = "99999999-2222-4333-8444-555555555555"


@pytest.fixture(scope="module")
def server():
    with bot_keys() as running:
        yield running


@pytest.fixture
def verifier(server):
    keys = Keys(server.document)
    yield Verifier(app_id=APP, tenants=[TENANT], services=Services(DEFAULT_SERVICE), keys=keys)
    keys.close()


def activity(**changed):
    whole = {
        "type": "message",
        "channelId": "msteams",
        "serviceUrl": SERVICE,
        "conversation": {"id": "19:x@thread.tacv2", "tenantId": TENANT},
        "channelData": {"tenant": {"id": TENANT}},
    }
    return {**whole, **changed}


def unsigned():
    return jwt.encode(jwt.decode(token(), options={"verify_signature": False}), None, algorithm="none")


def signed_with_the_public_key():
    """A token whose secret is what everybody knows; PyJWT would not sign so, hence by hand."""
    pem = (
        private_key("k1")
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    head, body = {"alg": "HS256", "typ": "JWT", "kid": "k1"}, jwt.decode(token(), options={"verify_signature": False})
    parts = b".".join(jwt.utils.base64url_encode(json.dumps(part).encode()) for part in (head, body))
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(parts, pem)
    return (parts + b"." + jwt.utils.base64url_encode(mac)).decode()


NOW = time.time
TOKENS = {
    "good": (lambda: token(), True),
    "our id in a list of audiences": (lambda: token(aud=["another", APP]), True),
    "four minutes late": (lambda: token(exp=NOW() - 240), True),
    "service without the last slash": (lambda: token(serviceurl=SERVICE.rstrip("/")), True),
    "not signed": (unsigned, False),
    "signed with the public key": (signed_with_the_public_key, False),
    "for another bot": (lambda: token(aud=OTHER), False),
    "signed with another key": (lambda: token("k2", kid="k1"), False),
    "signed with a key nobody knows": (lambda: token("k2"), False),
    "not yet": (lambda: token(nbf=NOW() + 900), False),
    "ten minutes late": (lambda: token(exp=NOW() - 600), False),
    "from another": (lambda: token(iss="https://sts.windows.net/x/"), False),
    "from nobody": (lambda: token(without=("iss",)), False),
    "without an end": (lambda: token(without=("exp",)), False),
    "for another service": (lambda: token(serviceurl="https://smba.trafficmanager.net/amer/"), False),
    "for no service": (lambda: token(without=("serviceurl",)), False),
    "signed with a key that is not for Teams": (lambda: token("unendorsed"), False),
}


def test_there_are_seventeen_tokens():
    assert len(TOKENS) == 17


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_is_taken_only_when_all_of_it_is_right(verifier, name):
    make, is_good = TOKENS[name]

    assert taken(verifier, f"Bearer {make()}", activity()) is is_good


def taken(verifier, authorization, given):
    try:
        verifier.check(verifier.claims(authorization), given)
    except Forged:
        return False
    return True


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Bearer a.b.c", "Bearer é.é.é"])
def test_what_is_no_token_is_nobodys(verifier, header):
    with pytest.raises(Forged) as forged:
        verifier.claims(header)

    assert forged.value.status == 401


def test_a_key_without_any_endorsement_is_not_for_teams(verifier):
    assert not taken(verifier, f"Bearer {token('bare')}", activity())


OURS_NOT = {
    "another channel": {"channelId": "webchat"},
    "no channel": {"channelId": None},
    "another tenant": {"conversation": {"tenantId": OTHER}},
    "another tenant in the other place": {"channelData": {"tenant": {"id": OTHER}}},
    "no tenant": {"conversation": {}, "channelData": {}},
    "a tenant that is no word": {"conversation": {"tenantId": ["x"]}},
    "a conversation that is none": {"conversation": "x", "channelData": "y"},
    "another service": {"serviceUrl": "https://smba.trafficmanager.net/amer/"},
    "no service": {"serviceUrl": None},
}


@pytest.mark.parametrize("name", OURS_NOT)
def test_a_good_token_does_not_make_it_ours(verifier, name):
    claims = verifier.claims(f"Bearer {token()}")
    with pytest.raises(Forged) as forged:
        verifier.check(claims, activity(**OURS_NOT[name]))

    assert forged.value.status == 403


@pytest.mark.parametrize(
    "service",
    [
        "https://evil.example/teams/",
        "http://smba.trafficmanager.net/teams/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://evil.example\\@smba.trafficmanager.net/",
        "https://smba.trafficmanager.net:8443/teams/",
        "http://127.0.0.1/",
        "http://localhost:56150/_connector",
        "https://[::1/",
        "file:/etc/passwd",
    ],
)
def test_no_answer_goes_to_an_address_that_is_not_microsofts_even_if_the_token_names_it(verifier, service):
    claims = verifier.claims(f"Bearer {token(serviceurl=service)}")
    with pytest.raises(Forged) as forged:
        verifier.check(claims, activity(serviceUrl=service))

    assert forged.value.status == 403


def test_the_address_of_the_settings_is_a_service_too_and_nothing_beside_it():
    services = Services("http://127.0.0.1:15656/_connector/")

    assert services.allows("http://127.0.0.1:15656/_connector")
    assert not services.allows("http://127.0.0.1:15657/_connector")
    assert not services.allows("https://127.0.0.1:15656/_connector")


class Now:
    """A monotonic clock that stands still until a test moves it."""

    def __init__(self):
        self.at = 1000.0

    def __call__(self):
        return self.at


@pytest.fixture
def now():
    return Now()


@pytest.fixture
def fresh():
    with bot_keys() as running:
        yield running


def keys_of(server, now, **more):
    http = Http(
        server.url,
        allowed=frozenset({("GET", "*")}),
        who="Microsoft",
        address_setting="chats.teams.keys",
        sleep=lambda _: None,
        **more,
    )
    return Keys(server.document, http=http, clock=now)


def test_keys_are_fetched_once_for_many_calls(fresh, now):
    keys = keys_of(fresh, now)
    for _ in range(5):
        assert keys.find("k1")[1] is not None

    assert len(fresh.asked) == 2


def test_a_key_nobody_knows_has_them_fetched_again_at_most_once_a_minute(fresh, now):
    keys = keys_of(fresh, now)
    keys.find("k1")
    now.at += 61
    for number in range(20):
        assert keys.find(f"invented-{number}")[1] is None

    assert len(fresh.asked) == 4


def test_a_new_key_is_found_within_a_minute(fresh, now):
    keys = keys_of(fresh, now)
    keys.find("k1")
    fresh.keys.append(jwk("k9"))
    early = keys.find("k9")[1]
    now.at += 61

    assert early is None
    assert keys.find("k9")[1] is not None


def test_keys_that_cannot_be_fetched_anew_stay_good(fresh, now):
    keys = keys_of(fresh, now)
    keys.find("k1")
    fresh.status = 500
    now.at += 25 * 3600

    assert keys.find("k1")[1] is not None


def test_a_key_that_was_taken_back_is_good_no_more_the_next_day(fresh, now):
    keys = keys_of(fresh, now)
    keys.find("k1")
    fresh.keys.clear()
    now.at += 25 * 3600

    assert keys.find("k1")[1] is None


def test_without_any_keys_nobody_is_believed_and_it_is_not_asked_for_them_at_every_call(fresh, now):
    fresh.status = 503
    keys = keys_of(fresh, now)
    for _ in range(3):
        with pytest.raises(Unavailable):
            keys.find("k1")
    asked = len(fresh.asked)
    fresh.status = 200
    now.at += 6

    assert asked == 5  # the tries of one fetch
    assert keys.find("k1")[1] is not None


def test_keys_at_another_host_are_not_taken(fresh, now):
    fresh.keys_at = "https://evil.example/keys"

    with pytest.raises(Refused, match="another host"):
        keys_of(fresh, now).find("k1")


def test_what_is_in_the_list_and_no_key_is_passed_over(fresh, now):
    fresh.keys[:0] = ["x", {"kty": "EC", "kid": "e"}, {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"}, {}]

    assert keys_of(fresh, now).find("k1")[1] is not None
