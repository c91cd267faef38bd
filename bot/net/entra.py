"""Tokens of an app in Microsoft Entra: by its secret, its certificate, a managed identity, or a person who signs in.

The library keeps each token as long as it is good, and a refusal for a minute, so that a wrong secret is not tried
again and again. To make its client it asks Microsoft for addresses: that waits until the first token is needed.
"""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Protocol

import msal
import requests

from bot.errors import Refused, Unavailable
from bot.net.http import CONNECT_S, kind_of, user_agent

ANSWER_S = 15.0
PASSING = frozenset({"temporarily_unavailable", "server_error", "slow_down", "throttled"})

# https://learn.microsoft.com/entra/identity-platform/reference-error-codes, read 2026-11
REMEDIES: Mapping[int, str] = {
    7000215: "the client secret is wrong: take its value, not its id (Entra, the app, Certificates & secrets)",
    7000222: "the client secret has expired: make a new one (Entra, the app, Certificates & secrets)",
    700016: "no app has that id in that directory: check {setting}.app_id and {setting}.tenant_id",
    90002: "there is no such directory: check {setting}.tenant_id",
    700027: "the certificate is not among the app's (Entra, the app, Certificates & secrets): upload it",
    7000229: "the app has no service principal in that directory: consent to it once as an administrator",
    53003: "a rule of conditional access keeps the app out: let an administrator exempt it",
    7000218: "no person may sign in with this app yet: Entra, the app, Authentication, Allow public client flows, Yes",
    65001: "nobody has consented to what the app asks for: let an administrator sign in, and consent",
    65004: "whoever signed in did not consent: let an administrator sign in, and consent",
}
# https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code, read 2026-11
UNANSWERED: Mapping[str, str] = {
    "authorization_pending": "nobody signed in in time: run it again",
    "expired_token": "nobody signed in in time: run it again",
    "authorization_declined": "whoever was asked said no: run it again, and sign in as an administrator of SharePoint",
}


class Tokens(Protocol):
    """Gives tokens for what an app may do."""

    def token(self, scope: str) -> str:
        """Give a token for a scope, as `https://graph.microsoft.com/.default`; one that is good for some minutes.

        Raises:
            Unavailable: not now; surely nothing was done with it.
            Refused: never, until a person changes something.
        """


class EntraTokens:
    """The tokens of one app.

    Args:
        make: makes the library's client, which may ask Microsoft; gives what asks for the token of a scope.
        setting: which section of app.yaml to look at when something is wrong.
    """

    def __init__(self, make: Callable[[], Callable[[str], Mapping[str, Any]]], *, setting: str) -> None:
        self._make, self._setting = make, setting
        self._lock = Lock()
        self._ask: Callable[[str], Mapping[str, Any]] | None = None

    def token(self, scope: str) -> str:
        try:
            with self._lock:  # one asks; the others find what it was given
                self._ask = self._ask or self._make()
                told = self._ask(scope)
        except requests.exceptions.SSLError:
            remedy = f"check {self._setting}.login, and REQUESTS_CA_BUNDLE if a proxy signs your traffic"
            raise Refused("Microsoft's sign-in showed a certificate that is not trusted here", remedy=remedy) from None
        except (requests.RequestException, OSError) as error:
            raise Unavailable(f"Microsoft's sign-in: {kind_of(error)}", unheard=True) from None
        except msal.exceptions.MsalServiceError:
            raise Unavailable("Microsoft's sign-in is out of order", unheard=True) from None
        except (ValueError, msal.exceptions.MsalError) as error:  # its text may hold a part of a key
            remedy = f"check app_id, tenant_id, login and the certificate of {self._setting}"
            raise Refused(f"signing in to Microsoft failed ({type(error).__name__})", remedy=remedy) from None
        token = told.get("access_token")
        if isinstance(token, str) and token:
            return token
        raise self._refused(told)

    def _refused(self, told: Mapping[str, Any]) -> Exception:
        named = str(told.get("error") or "nothing")[:60]
        if named in PASSING:
            return Unavailable(f"Microsoft's sign-in answered {named}", unheard=True)
        if named in UNANSWERED:
            return Refused(f"Microsoft's sign-in answered {named}", remedy=UNANSWERED[named])
        codes = [code for code in told.get("error_codes") or () if isinstance(code, int)]
        shown = f"{named} (AADSTS{codes[0]})" if codes else named
        known = next((REMEDIES[code] for code in codes if code in REMEDIES), "")
        explained = f"https://login.microsoftonline.com/error?code={codes[0]}" if codes else "Microsoft's documentation"
        remedy = known or f"check how {{setting}} signs in; {explained} explains it"
        return Refused(f"Microsoft's sign-in answered {shown}", remedy=remedy.format(setting=self._setting))


def tokens_of(section: Any, *, setting: str) -> Tokens:
    """Sign in as a section of app.yaml says.

    Args:
        section: its app_id, tenant_id and login, and one of secret, certificate and managed_identity.
        setting: where that section stands (`chats.teams`).
    """
    if section.managed_identity:
        return by_managed_identity(section.app_id, setting=setting)
    pem = section.certificate.get_secret_value() if section.certificate is not None else ""
    secret = section.secret.get_secret_value() if section.secret is not None else ""
    credential = certificate(pem) if pem else secret
    return by_credential(
        credential, client_id=section.app_id, tenant=section.tenant_id, login=section.login, setting=setting
    )


def by_credential(credential: Any, *, client_id: str, tenant: str, login: str, setting: str) -> EntraTokens:
    """Sign in with a client secret, or with the certificate of `certificate()`.

    Args:
        login: address of the sign-in; Microsoft's, or that of a government's cloud.
    """

    def make() -> Callable[[str], Mapping[str, Any]]:
        app = msal.ConfidentialClientApplication(
            client_id,
            client_credential=credential,
            authority=f"{login.rstrip('/')}/{tenant}",
            instance_discovery=False,  # it would ask login.microsoftonline.com about every other address
            http_client=Patient(),
        )
        return lambda scope: app.acquire_token_for_client(scopes=[scope])

    return EntraTokens(make, setting=setting)


def by_managed_identity(client_id: str, *, setting: str) -> EntraTokens:
    """Sign in as the identity of the machine in Azure on which this runs."""

    def make() -> Callable[[str], Mapping[str, Any]]:
        identity = msal.UserAssignedManagedIdentity(client_id=client_id)
        app = msal.ManagedIdentityClient(identity, http_client=Patient())
        return lambda scope: app.acquire_token_for_client(resource=scope.removesuffix("/.default"))

    return EntraTokens(make, setting=setting)


def by_person(
    client_id: str, *, tenant: str, login: str, right: str, setting: str, tell: Callable[[str], None]
) -> EntraTokens:
    """Sign in as a person, who types a code into a browser, wherever that is. It is asked for once, and lasts an hour.

    Args:
        right: what the person lets the app do in their name (`Sites.FullControl.All`).
        tell: shows what to do; the token is waited for.
    """
    given: dict[str, Any] = {}

    def make() -> Callable[[str], Mapping[str, Any]]:
        app = msal.PublicClientApplication(
            client_id, authority=f"{login.rstrip('/')}/{tenant}", instance_discovery=False, http_client=Patient()
        )

        def ask(scope: str) -> Mapping[str, Any]:
            if "access_token" not in given:
                given.update(_by_code(app, scope.removesuffix(".default") + right, tell))
            return given

        return ask

    return EntraTokens(make, setting=setting)


def _by_code(app: Any, scope: str, tell: Callable[[str], None]) -> Mapping[str, Any]:
    flow: Mapping[str, Any] = app.initiate_device_flow(scopes=[scope])
    if "user_code" not in flow:
        return flow  # it says why not
    tell(f"Open {flow['verification_uri']}, type {flow['user_code']}, and sign in as an administrator of SharePoint.")
    told: Mapping[str, Any] = app.acquire_token_by_device_flow(flow)
    return told


def certificate(pem: str) -> Mapping[str, str]:
    """Make a credential of PEM text that holds a certificate and its private key."""
    return {"private_key": pem, "public_certificate": pem}


class Patient(requests.Session):
    """A session that gives up some time; the library itself waits for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.headers["User-Agent"] = user_agent()

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_S, ANSWER_S)
        return super().request(method, url, *args, **kwargs)
