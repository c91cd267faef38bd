"""Desks in app.yaml: where tickets are raised."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr

from bot.app_yaml.forms import CallAddress, MailAddress, Name, Section, in_any_case, lower, number, says
from bot.core.ticket_policy import Also
from classifier.verdict import Disposition, Party


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


RULE_EXAMPLE = "[{name: ours-at-once, desk: webhook, lead: [MSP], act: [act now], failed_runs: 2}]"
BY_PROGRAM = ("email", "webhook")  # desks that take a ticket from a program


def _takes_programs(value: object) -> object:
    if isinstance(value, str) and value.lower() == "acronis":
        known = " or ".join(BY_PROGRAM)
        raise ValueError(f"{known}: Acronis' support takes no ticket from programs, a person raises it (`ticket 12`)")
    return lower(value)


class TicketRuleSettings(Section):
    """A ticket that fortress raises by itself: for which causes, and where."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")] = says(
        ..., "a name of its own: small letters, digits and hyphens, a letter first", "ours-at-once"
    )
    desk: Annotated[Literal["none", "email", "webhook"], BeforeValidator(_takes_programs)] = says(
        ..., f"{', '.join(BY_PROGRAM)}, or none for an exception", "webhook"
    )
    lead: tuple[Annotated[Party, BeforeValidator(in_any_case(Party))], ...] = says(
        (), f"a list of {', '.join(Party)}; [] for any", ["MSP"]
    )
    act: tuple[Annotated[Disposition, BeforeValidator(in_any_case(Disposition))], ...] = says(
        (Disposition.ACT_NOW,), f"a list of {', '.join(Disposition)}; [] for any", ["act now"]
    )
    clients: tuple[Name, ...] = says((), "a list of client ids or names; [] for all", ["Acme Ltd"])
    causes: tuple[Name, ...] = says(
        (),
        "a list of names of rules, and of names or numbers that Acronis gives; [] for any",
        ["disk-full", "0x00400002"],
    )
    failed_runs: int = number(1, 1, 100, example=2)
    hours: int = number(0, 0, 2160, of=" of hours", example=24)
    also: tuple[Annotated[Also, BeforeValidator(in_any_case(Also))], ...] = says(
        (), f"a list of {', '.join(Also)}; [] for none", ["acknowledged"]
    )


class TicketPolicySettings(Section):
    """Tickets without a press. The first rule that fits a cause decides."""

    enabled: bool = says(False, "true or false", "true")
    most: int = number(5, 1, 100, of=" of tickets")
    rules: tuple[TicketRuleSettings, ...] = says((), "a list of rules, each with a name and a desk", RULE_EXAMPLE)


class DesksSettings(Section):
    """Where tickets are raised."""

    reopen_days: int = number(7, 0, 90, of=" of days")
    policy: TicketPolicySettings = TicketPolicySettings()
    acronis: AcronisDeskSettings = AcronisDeskSettings()
    email: EmailDeskSettings = EmailDeskSettings()
    webhook: WebhookDeskSettings = WebhookDeskSettings()
