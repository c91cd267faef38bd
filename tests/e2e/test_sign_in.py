"""Microsoft's own library signs in at a server of neither Microsoft's nor ours: by secret and by certificate."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Refused
from bot.net.entra import by_credential, certificate
from tests.servers.bot_keys import TENANT, jwk
from tests.servers.entra import SECRET, certificate_of, key_of

MODULES = os.environ.get("FORTRESS_TEST_SIGN_IN", "")
NODE = os.environ.get("FORTRESS_TEST_NODE", "") or shutil.which("node") or ""
SCRIPT = Path(__file__).parent / "sign_in.mjs"
SCOPE = "https://graph.microsoft.com/.default"
BY_SECRET, BY_CERTIFICATE = "an-app-with-a-secret", "an-app-with-a-certificate"
COMMON = {"grant_types": ["client_credentials"], "redirect_uris": [], "response_types": []}
CLIENTS: list[dict[str, Any]] = [
    {"client_id": BY_SECRET, "client_secret": SECRET, "token_endpoint_auth_method": "client_secret_post", **COMMON},
    {
        "client_id": BY_CERTIFICATE,
        "jwks": {"keys": [{**jwk("app", endorsements=None), "alg": "PS256"}]},
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "PS256",
        **COMMON,
    },
]

pytestmark = pytest.mark.skipif(
    not (MODULES and NODE),
    reason="FORTRESS_TEST_SIGN_IN holds no oidc-provider (npm oidc-provider@9), or there is no node: only our own "
    "server checked how we sign in",
)


@pytest.fixture(scope="module")
def login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("sign-in")
    key, trusted, job = folder / "tls.key", folder / "tls.pem", folder / "job.json"
    key.write_text(key_of("tls"))
    trusted.write_text(certificate_of("tls"))
    asked = {"modules": MODULES, "key": str(key), "certificate": str(trusted), "tenant": TENANT}
    job.write_text(json.dumps({**asked, "clients": CLIENTS, "scopes": [SCOPE]}))
    running = subprocess.Popen([NODE, SCRIPT, job], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
            yield f"https://localhost:{_port(running.stdout)}/"
    finally:
        running.kill()
        running.communicate()


def _port(told: Any) -> str:
    """Read what it prints until it names its port."""
    return next((line.split()[1] for line in told if line.startswith("port ")), "nothing")


def signing_in(login: str, client: str, credential: Any) -> str:
    app = by_credential(credential, client_id=client, tenant=TENANT, login=login, setting="publishers.sharepoint")
    return app.token(SCOPE)


def test_a_secret_gets_a_token(login):
    assert signing_in(login, BY_SECRET, SECRET)


def test_a_certificate_gets_a_token(login):
    assert signing_in(login, BY_CERTIFICATE, certificate(key_of("app") + certificate_of("app")))


@pytest.mark.parametrize(
    ("client", "credential"),
    [
        (BY_SECRET, "wrong"),
        (BY_CERTIFICATE, certificate(key_of("stranger") + certificate_of("stranger"))),
        (BY_CERTIFICATE, SECRET),
        ("nobody", SECRET),
    ],
    ids=["wrong secret", "key of a stranger", "a secret where a key is wanted", "an app that is not there"],
)
def test_nobody_else_gets_one(login, client, credential):
    with pytest.raises(Refused, match="invalid_client"):
        signing_in(login, client, credential)
