"""A server that plays login.botframework.com: a document that names the keys, and the keys; it signs tokens, too."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://api.botframework.com"
APP = "8f0f1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
TENANT = "11111111-2222-4333-8444-555555555555"
SERVICE = "https://smba.trafficmanager.net/emea/"

_ONE_AT_A_TIME = threading.Lock()


def private_key(name: str) -> rsa.RSAPrivateKey:
    """Give a key; one name, one key, whichever thread asks first."""
    with _ONE_AT_A_TIME:
        return _made(name)


@cache
def _made(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwk(name: str, *, endorsements: tuple[str, ...] | None = ("msteams",)) -> dict[str, Any]:
    public: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private_key(name).public_key()))
    known = {"endorsements": list(endorsements)} if endorsements is not None else {}
    return {**public, "kid": name, "use": "sig", **known}


def token(key: str = "k1", *, kid: str | None = None, without: tuple[str, ...] = (), **changed: Any) -> str:
    """Sign a token as Microsoft does; `without` leaves claims away, `changed` changes them."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": APP, "exp": now + 3600, "nbf": now - 60, "serviceurl": SERVICE, **changed}
    claims = {name: value for name, value in claims.items() if name not in without}
    return jwt.encode(claims, private_key(key), algorithm="RS256", headers={"kid": kid or key})


class BotKeys:
    """The running server.

    Attributes:
        keys: what is served now; a test may change it.
        status: what every call gets; 200 when all goes well.
        asked: the paths that were asked for.
    """

    def __init__(self) -> None:
        self.keys = [jwk("k1"), jwk("unendorsed", endorsements=("webchat",)), jwk("bare", endorsements=None)]
        self.status, self.asked = 200, list[str]()
        self.keys_at = ""
        playing = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                playing.asked.append(self.path)
                body = json.dumps(playing.page(self.path)).encode()
                self.send_response(playing.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.document = f"{self.url}/v1/.well-known/openidconfiguration"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def page(self, path: str) -> dict[str, Any]:
        if path.endswith("/openidconfiguration"):
            return {"issuer": ISSUER, "jwks_uri": self.keys_at or f"{self.url}/v1/.well-known/keys"}
        return {"keys": self.keys}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def bot_keys() -> Iterator[BotKeys]:
    server = BotKeys()
    try:
        yield server
    finally:
        server.close()
