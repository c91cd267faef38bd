"""Desks in app.yaml: where tickets are raised."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr

from bot.app_yaml.forms import CallAddress, MailAddress, Name, Section, lower, number, says


class AcronisDeskSettings(Section):
    enabled: bool = says(True, "true or false", "true")


class EmailDeskSettings(Section):
    """Mail to clients, over TLS only."""

    enabled: bool = says(False, "true or false", "true")
    host: str = says("", "the name of a mail server", "smtp.example.com", pattern=r"^[A-Za-z0-9.-]*$")
    port: int = says(587, "a port from 1 to 65535", 587, ge=1, le=65535)
    tls: Annotated[Literal["starttls", "tls"], BeforeValidator(lower)] = says("starttls", "starttls or tls")
    sender: MailAddress = says("", "a mail address", "backups@msp.example")
    clients: Mapping[Name, Annotated[MailAddress, Field(min_length=1)]] = says(
        {}, "mail addresses, by client id or name", '{"Acme Ltd": it@acme.example}'
    )
    user: str = says("", "the name to sign in with, or nothing", "backups@msp.example")
    password_file: str = says("", "a readable file that holds the password alone", "/run/secrets/mail")
    password: SecretStr | None = says(
        None, "the password, from a variable or a file", "FORTRESS_EMAIL_PASSWORD=… ./fortress serve"
    )


class WebhookDeskSettings(Section):
    """A ticket system of the operator's own."""

    enabled: bool = says(False, "true or false", "true")
    url: CallAddress = says("", "an address that begins with https://", "https://tickets.msp.example/fortress")
    secret_file: str = says("", "a readable file that holds the secret alone", "/run/secrets/webhook")
    secret: SecretStr | None = says(
        None, "the secret that signs, from a variable or a file", "FORTRESS_WEBHOOK_SECRET=… ./fortress serve"
    )


class DesksSettings(Section):
    """Where tickets are raised."""

    reopen_days: int = number(7, 0, 90, of=" of days")
    acronis: AcronisDeskSettings = AcronisDeskSettings()
    email: EmailDeskSettings = EmailDeskSettings()
    webhook: WebhookDeskSettings = WebhookDeskSettings()
