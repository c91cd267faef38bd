"""A server that plays Microsoft Entra over TLS: it names its token endpoint, and checks who asks for a token there."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from tests.servers.bot_keys import APP, TENANT, private_key

SECRET = "a-secret-of-the-tests"


class Entra:
    """The running server.

    Attributes:
        trusted: a file with the certificate that must be trusted.
        asked: the form of each call for a token.
        told: what it answers instead of a token, with its status; None when all goes well.
        lets_people_in: the app is one with which a person may sign in.
        declined: the person who is asked says no.
    """

    def __init__(self, folder: Path) -> None:
        self.asked: list[dict[str, str]] = []
        self.told: tuple[int, dict[str, Any]] | None = None
        self.lets_people_in, self.declined = True, False
        self.trusted, key = folder / "entra.pem", folder / "entra.key"
        self.trusted.write_text(certificate_of("tls"))
        key.write_text(key_of("tls"))
        playing = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(200, playing.document())

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                given = {name: said[0] for name, said in form.items()}
                self._say(*(playing.code(given) if self.path.endswith("/devicecode") else playing.token(given)))

            def _say(self, status: int, told: dict[str, Any]) -> None:
                body = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.trusted, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def document(self) -> dict[str, str]:
        here = f"{self.url}{TENANT}"
        return {
            "issuer": f"{here}/v2.0",
            "token_endpoint": f"{here}/oauth2/v2.0/token",
            "authorization_endpoint": f"{here}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{here}/oauth2/v2.0/devicecode",
        }

    def code(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Give a code for a person to type in; here they do so at once."""
        self.asked.append(form)
        if form["client_id"] != APP:
            return 400, {"error": "unauthorized_client", "error_codes": [700016]}
        at = "https://microsoft.com/devicelogin"
        told = {"user_code": "ABCD1234", "device_code": "a-code-of-the-device", "verification_uri": at}
        return 200, {**told, "expires_in": 900, "interval": 0, "message": f"open {at}"}

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append(form)
        if self.told is not None:
            return self.told
        if form["grant_type"].endswith(":device_code"):
            return self._for_person(form)
        if form["client_id"] != APP or not (form.get("client_secret") == SECRET or self._vouched(form)):
            return 401, {"error": "invalid_client", "error_codes": [7000215], "error_description": "no"}
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": f"eyJ for {form['scope']}"}

    def _for_person(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if not self.lets_people_in:
            return 401, {"error": "invalid_client", "error_codes": [7000218]}
        if self.declined:
            return 400, {"error": "authorization_declined", "error_codes": [70018]}
        asked = next(code["scope"] for code in reversed(self.asked) if "grant_type" not in code)
        (right,) = (scope for scope in asked.split() if "://" in scope)  # beside what the library always asks for
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": f"eyJ of a person for {right}"}

    def _vouched(self, form: dict[str, str]) -> bool:
        """Tell whether the app's own key signed that it asks here, now."""
        try:
            claims = jwt.decode(
                form.get("client_assertion", ""),
                private_key("app").public_key(),
                algorithms=["PS256"],
                audience=self.document()["token_endpoint"],
                options={"require": ["exp", "iss", "sub", "jti"]},
            )
        except jwt.InvalidTokenError:
            return False
        return claims["iss"] == claims["sub"] == APP


def key_of(name: str) -> str:
    """Give a private key as PEM."""
    how = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private_key(name).private_bytes(*how).decode()


def certificate_of(name: str) -> str:
    """Give a certificate for that key as PEM; it is localhost's, and vouches for itself."""
    key, at = private_key(name), datetime.now(UTC)
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(own).issuer_name(own).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(at - timedelta(days=1)).not_valid_after(at + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@contextmanager
def entra(folder: Path) -> Iterator[Entra]:
    running = Entra(folder)
    try:
        yield running
    finally:
        running.close()
