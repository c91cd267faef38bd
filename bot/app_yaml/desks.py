"""Desks in app.yaml: where tickets are raised."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator

from bot.app_yaml.forms import CallAddress, MailAddress, Name, Section, WebAddress, in_any_case, lower, number, says
from bot.core.ticket_policy import Also
from classifier.verdict import Disposition, Party

ID_MAX = 2**31 - 1  # Halo's ids are 32 bits wide
OURS = frozenset(
    {
        "id", "summary", "details", "details_html", "client_id", "site_id", "tickettype_id", "third_party_id_string",
        "status_id",
    }
)  # fmt: skip
HaloId = Annotated[int, Field(ge=1, le=ID_MAX)]


class AcronisDeskSettings(Section):
    enabled: bool = says(True, "true or false", "true")


class EmailDeskSettings(Section):
    """Mail to clients, or to a mailbox of one's own, over TLS only."""

    enabled: bool = says(False, "true or false", "true")
    host: str = says("", "the name of a mail server", "smtp.example.com", pattern=r"^[A-Za-z0-9.-]*$")
    port: int = says(587, "a port from 1 to 65535", 587, ge=1, le=65535)
    tls: Annotated[Literal["starttls", "tls"], BeforeValidator(lower)] = says("starttls", "starttls or tls")
    sender: MailAddress = says("", "a mail address", "backups@msp.example")
    clients: Mapping[Name, Annotated[MailAddress, Field(min_length=1)]] = says(
        {}, "mail addresses, by client id or name", '{"Acme Ltd": it@acme.example}'
    )
    own: MailAddress = says("", "the address of a mailbox of your own, or nothing", "tickets@msp.example")
    own_text: Annotated[Literal["internal", "client-safe"], BeforeValidator(lower)] = says(
        "internal", "internal or client-safe"
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
BY_PROGRAM = ("email", "mailbox", "webhook", "halopsa")  # desks that take a ticket from a program


def _takes_programs(value: object) -> object:
    if isinstance(value, str) and value.lower() == "acronis":
        known = f"{', '.join(BY_PROGRAM[:-1])} or {BY_PROGRAM[-1]}"
        raise ValueError(f"{known}: Acronis' support takes no ticket from programs, a person raises it (`ticket 12`)")
    return lower(value)


class TicketRuleSettings(Section):
    """A ticket that fortress raises by itself: for which causes, and where."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")] = says(
        ..., "a name of its own: small letters, digits and hyphens, a letter first", "ours-at-once"
    )
    desk: Annotated[Literal["none", "email", "mailbox", "webhook", "halopsa"], BeforeValidator(_takes_programs)] = says(
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


def _ours_left(value: object) -> object:
    """Refuse what fortress fills in itself: a ticket must not say two things."""
    taken = sorted(OURS.intersection(value)) if isinstance(value, dict) else []
    if taken:
        raise ValueError(f"fields that fortress leaves free; {taken[0]} is its own")
    return value


class HaloPsaDeskSettings(Section):
    """HaloPSA, by its API."""

    enabled: bool = says(False, "true or false", "true")
    url: WebAddress = says("", "the address of your Halo", "https://acme.halopsa.com")
    tenant: str = says("", "the tenant that Halo's API details show, or nothing", "acme", pattern=r"^[\w.-]*$")
    client_id: str = says("", "the Client ID of an application in Halo", '"8f0f1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"')
    secret_file: str = says("", "a readable file that holds the secret alone", "/run/secrets/halopsa")
    secret: SecretStr | None = says(
        None, "the application's Client Secret, from a variable or a file", "FORTRESS_HALOPSA_SECRET=… ./fortress serve"
    )
    companies: Path = says(Path("halopsa-companies.csv"), "the path of a file that says who is who in Halo")
    ticket_type: int = says(0, "the id of a ticket type in Halo", 1, ge=0, le=ID_MAX)
    closed: tuple[HaloId, ...] = says((9,), "a list of ids of statuses in Halo that close", [9], min_length=1)
    reopened: int = says(2, "the id of a status in Halo", 1, ge=1, le=ID_MAX, validate_default=True)
    note: str = says("Private Note", "the name of an action in Halo", min_length=1, max_length=60)
    shared: int = says(0, "the id of your own company in Halo, or 0", 12, ge=0, le=ID_MAX)
    fields: Annotated[Mapping[Name, str | int | bool], BeforeValidator(_ours_left)] = says(
        {}, "more fields of a new ticket, by their names in Halo's API", "{team: Backup, priority_id: 3}"
    )

    @field_validator("reopened")
    @classmethod
    def _is_open(cls, reopened: int, given: ValidationInfo) -> int:
        """Refuse a status that closes: a ticket opened again would be closed."""
        if reopened in given.data.get("closed", ()):
            raise ValueError("the id of a status in Halo that desks.halopsa.closed does not name")
        return reopened


class DesksSettings(Section):
    """Where tickets are raised."""

    reopen_days: int = number(7, 0, 90, of=" of days")
    policy: TicketPolicySettings = TicketPolicySettings()
    acronis: AcronisDeskSettings = AcronisDeskSettings()
    email: EmailDeskSettings = EmailDeskSettings()
    webhook: WebhookDeskSettings = WebhookDeskSettings()
    halopsa: HaloPsaDeskSettings = HaloPsaDeskSettings()

    @property
    def mailbox(self) -> EmailDeskSettings:
        """Give the mailbox of one's own as a desk beside that of clients: it is on where it has an address."""
        return self.email.model_copy(update={"enabled": self.email.enabled and self.email.own != ""})
