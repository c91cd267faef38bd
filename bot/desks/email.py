"""Tickets by e-mail, over TLS only: to the client a ticket is about, or to a mailbox of our own. One thread each.

Source:
    Message-ID, In-Reply-To and References: RFC 5322, 3.6.4
    implicit TLS and STARTTLS: RFC 8314; STARTTLS in SMTP: RFC 3207
"""

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from bot.core.activity import Ref
from bot.core.message import clean
from bot.core.raised import Case, DeskView, Note, NoteKind
from bot.core.ticket import Level
from bot.errors import Refused, Unavailable

TIMEOUT_S = 15.0
SUBJECT_MAX = 150  # characters: mail programs show fewer
NAME_MAX = 60
CLIENTS_MAX = 10  # named in the first line
PERMANENT = 500  # SMTP answers from here on are for good; RFC 5321, 4.2.1
CLOSING = {NoteKind.CLOSED: "closed", NoteKind.REOPENED: "open again"}


class EmailDesk:
    """Writes to the client that a ticket is about.

    Args:
        tls: "tls" from the first byte, or "starttls"; without TLS nothing is sent.
        clients: addresses, by client id or name.
        context: whom to trust; the system's own when None.
    """

    name = "email"
    level = Level.CLIENT
    mark = "E"  # what its references begin with

    def __init__(
        self,
        *,
        host: str,
        port: int,
        tls: str,
        sender: str,
        clients: Mapping[str, str],
        user: str = "",
        password: str = "",
        context: ssl.SSLContext | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._host, self._port, self._tls = host, port, tls
        self._sender, self._clients = sender, clients
        self._user, self._password = user, password
        self._context, self._clock = context or ssl.create_default_context(), clock

    def raise_ticket(self, case: Case) -> str:
        """Send it; the reference is ours, and stands in the subject."""
        reference = f"{self.mark}-{case.number}"
        mail = self._mail(case.clients, _subject(f"[{reference}] ", case.subject), case.text)
        mail["Message-ID"] = self._id(case.key)
        self._send(mail)
        return reference

    def tell(self, reference: str, note: Note) -> bool:
        about = f" ({CLOSING[note.kind]})" if note.kind in CLOSING else ""
        mail = self._mail(note.clients, _subject(f"Re: [{reference}] ", note.subject, about), note.text)
        mail["Message-ID"] = self._id(note.id)
        mail["In-Reply-To"] = mail["References"] = self._id(note.key)
        self._send(mail)
        return True

    def views(self, _references: Sequence[str]) -> Mapping[str, DeskView]:
        """Say nothing: a mailbox cannot be asked."""
        return {}

    def _mail(self, clients: tuple[Ref, ...], subject: str, text: str) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = self._sender, self._address(clients)
        mail["Subject"] = subject
        mail["Date"] = format_datetime(self._clock())
        self._mark_as_ours(mail)
        mail.set_content(clean(text, keep_lines=True))
        return mail

    def _mark_as_ours(self, mail: EmailMessage) -> None:
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes, please

    def _id(self, key: str) -> str:
        return f"<{key}@{self._sender.rpartition('@')[2]}>"

    def _address(self, clients: tuple[Ref, ...]) -> str:
        """Find whom to write to.

        Raises:
            Refused: it is about several clients, of whom none may read of the others; or nobody knows the address.
        """
        if len(clients) != 1:
            raise Refused(
                f"a mail to a client cannot be about {len(clients)}", remedy="raise it for one member: open <number>"
            )
        [client] = clients
        address = self._clients.get(client.id) or self._clients.get(client.name)
        if address is None:
            raise Refused(
                f"nobody knows an address of {clean(client.name or client.id)[:NAME_MAX]}",
                remedy="add it to desks.email.clients",
            )
        return address

    def _send(self, mail: EmailMessage) -> None:
        """Hand it to the server.

        Raises:
            Unavailable: not now; unheard unless the line broke while the text was sent.
            Refused: the server does not take it, or its certificate is not trusted.
        """
        is_sending = False
        try:
            with self._connected() as server:
                is_sending = True
                server.send_message(mail)
        except ssl.SSLCertVerificationError:
            raise Refused(
                "the mail server showed a certificate that is not trusted here", remedy="check desks.email.host"
            ) from None
        except smtplib.SMTPAuthenticationError as error:
            if error.smtp_code < PERMANENT:
                raise _by_code(error.smtp_code) from None
            raise Refused(
                "the mail server did not take the password", remedy="check desks.email.user and FORTRESS_EMAIL_PASSWORD"
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise Refused(
                "the mail server offers no TLS or no sign-in", remedy="check desks.email.port and tls"
            ) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise _by_code(max((code for code, _ in error.recipients.values()), default=PERMANENT)) from None
        except smtplib.SMTPResponseException as error:
            raise _by_code(error.smtp_code) from None
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(f"the mail server: {why(error)}", unheard=not is_sending) from None

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self._opened()
        try:
            if self._tls == "starttls":
                server.starttls(context=self._context)
            if self._user:
                server.login(self._user, self._password)
            yield server
            with contextlib.suppress(smtplib.SMTPException, OSError):  # it has the mail: how it says goodbye is its own
                server.quit()
        finally:
            server.close()

    def _opened(self) -> smtplib.SMTP:
        if self._tls == "tls":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_S, context=self._context)
        return smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_S)


class MailboxDesk(EmailDesk):
    """Writes to a mailbox of our own, from which a ticket system makes tickets.

    Such systems often throw away what says that a program wrote it (Auto-Submitted): these mails do not say so.

    Args:
        own: the mailbox.
        level: for whose eyes the text is written. One for clients does not name them: a first line does.
    """

    name = "mailbox"
    mark = "M"

    def __init__(self, own: str, level: Level, **mail: Any) -> None:
        super().__init__(clients={}, **mail)
        self._own, self.level = own, level

    def _mail(self, clients: tuple[Ref, ...], subject: str, text: str) -> EmailMessage:
        named = ", ".join(clean(each.name or each.id)[:NAME_MAX] for each in clients[:CLIENTS_MAX])
        more = f" and {len(clients) - CLIENTS_MAX} more" if len(clients) > CLIENTS_MAX else ""
        return super()._mail(clients, subject, f"Client: {named}{more}\n\n{text}")

    def _mark_as_ours(self, mail: EmailMessage) -> None:
        pass

    def _address(self, _clients: tuple[Ref, ...]) -> str:
        return self._own


def _subject(lead: str, words: str, end: str = "") -> str:
    """Put a subject together; where it is too long, what others named is cut."""
    return f"{lead}{clean(words)[: SUBJECT_MAX - len(lead) - len(end)]}{end}"


def why(error: Exception) -> str:
    """Say in words why there was no talking to the server."""
    match error:
        case ssl.SSLError():
            return "TLS failed: check desks.email.port and tls"
        case socket.gaierror():
            return "its name is not known: check desks.email.host"
        case TimeoutError():
            return "no answer in time"
        case smtplib.SMTPServerDisconnected():
            return "it hung up"
        case OSError():
            return "no connection"
        case _:
            return f"it was not understood ({type(error).__name__})"


def _by_code(code: int) -> Exception:
    if code < PERMANENT:
        return Unavailable(f"the mail server answered {code}", unheard=True)
    return Refused(f"the mail server answered {code}", remedy="check the addresses in desks.email")


def build(settings: Any) -> EmailDesk:
    return EmailDesk(clients=dict(settings.clients), **_way(settings))


def build_mailbox(settings: Any) -> MailboxDesk:
    return MailboxDesk(settings.own, Level(settings.own_text), **_way(settings))


def _way(settings: Any) -> dict[str, Any]:
    """Give how mail is sent."""
    password = settings.password.get_secret_value() if settings.password is not None else ""
    return {
        "host": settings.host,
        "port": settings.port,
        "tls": settings.tls,
        "sender": settings.sender,
        "user": settings.user,
        "password": password,
    }
