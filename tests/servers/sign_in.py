"""A server that plays Microsoft's two sign-ins over TLS: login.microsoftonline.com and login.botframework.com."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from tests.servers.bot_keys import ISSUER, jwk, private_key

NAMES = ("localhost", "login.microsoftonline.com", "login.botframework.com")
KEY = "sign-in"


class SignIn:
    """The running server. Whoever knows the secret gets a token: for Teams' service, or, as Teams, for the bot.

    Attributes:
        certificate: a file with what must be trusted.
        asked: (path, form) of each call.
        refuses: what it answers instead of a token.
    """

    def __init__(self, folder: Path, *, app: str, tenant: str, secret: str, service: Callable[[], str]) -> None:
        self.app, self.tenant, self.secret, self.service = app, tenant, secret, service
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.certificate, key = certified(folder)
        playing = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._say(*playing.page(self.path, {}, self.headers.get("Host", "")))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                form = {name: said[0] for name, said in parse_qs(body).items()}
                self._say(*playing.page(self.path, form, self.headers.get("Host", "")))

            def _say(self, status: int, told: Any) -> None:
                body = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.url = f"https://localhost:{self.port}"
        self.document = f"{self.url}/v1/.well-known/openidconfiguration"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def page(self, path: str, form: dict[str, str], host: str) -> tuple[int, Any]:
        self.asked.append((path, form))
        path = path.partition("?")[0]
        if path == "/v1/.well-known/openidconfiguration":
            return 200, {"issuer": ISSUER, "jwks_uri": f"{self.url}/v1/.well-known/keys"}
        if path.endswith("/keys"):
            return 200, {"keys": [jwk(KEY)]}
        if path.endswith("/.well-known/openid-configuration"):
            return 200, self._document(f"https://{host}/{self.tenant}")
        if path.endswith("/discovery/instance"):
            return 200, {
                "tenant_discovery_endpoint": f"{self._at()}/{self.tenant}/v2.0/.well-known/openid-configuration"
            }
        if path.endswith("/oauth2/v2.0/token"):
            return self._token(form)
        return 404, {}

    def _instance(self) -> dict[str, Any]:
        known = "login.microsoftonline.com"
        return {
            "tenant_discovery_endpoint": f"https://{known}/{self.tenant}/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": known, "preferred_cache": known, "aliases": [known]}],
        }

    def _document(self, here: str) -> dict[str, str]:
        return {
            "issuer": f"{here}/v2.0",
            "token_endpoint": f"{here}/oauth2/v2.0/token",
            "authorization_endpoint": f"{here}/oauth2/v2.0/authorize",
            "jwks_uri": f"{here}/discovery/v2.0/keys",
        }

    def _token(self, form: dict[str, str]) -> tuple[int, Any]:
        if form.get("client_secret") != self.secret or form.get("client_id") != self.app:
            return 401, {"error": "invalid_client", "error_codes": [7000215]}
        audience = form.get("scope", "").removesuffix("/.default")
        if audience == self.app:  # Teams itself, to us
            claims = {"iss": ISSUER, "aud": self.app, "serviceurl": self.service()}
        else:
            claims = {"iss": f"https://sts.windows.net/{self.tenant}/", "aud": audience, "appid": self.app}
        now = int(time.time())
        made = jwt.encode(
            {**claims, "nbf": now - 60, "exp": now + 3600, "tid": self.tenant},
            private_key(KEY),
            algorithm="RS256",
            headers={"kid": KEY},
        )
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": made}


def certified(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for the names we play, and its key; it vouches for itself."""
    key = private_key("tls")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a sign-in of the tests")])
    at = datetime.now(UTC)
    names = [*(x509.DNSName(one) for one in NAMES), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "sign-in.pem", folder / "sign-in.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret


@contextmanager
def sign_in(folder: Path, *, app: str, tenant: str, secret: str, service: Callable[[], str]) -> Iterator[SignIn]:
    running = SignIn(folder, app=app, tenant=tenant, secret=secret, service=service)
    try:
        yield running
    finally:
        running.close()
