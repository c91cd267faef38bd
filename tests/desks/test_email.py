"""Mail to a client: over TLS or not at all, in one thread, and no name makes a header."""

import smtplib
import socket
import ssl
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from bot.core.activity import Ref
from bot.core.raised import Case, Note, NoteKind
from bot.core.ticket import Level
from bot.desks.email import SUBJECT_MAX, EmailDesk, MailboxDesk, why
from bot.errors import Refused, Unavailable
from classifier.verdict import Disposition, Party
from tests.messages import HOSTILE
from tests.servers.entra import certificate_of, key_of
from tests.servers.mail import PASSWORD, USER, MailServer

KEY = "fortress-12-email-20260304T074500"
ACME = Ref("c-1", "Acme")
CASE = Case(
    key=KEY,
    number=12,
    subject="backup of SRV1: backup disk full",
    text="What we see: backup disk full.\nWhat helps: make space on Müller's disk.",
    clients=(ACME,),
    lead=Party.CLIENT,
    disposition=Disposition.ACT_NOW,
    rule="disk-full",
)
NOTE = Note(f"{KEY}-1", KEY, NoteKind.CLOSED, CASE.subject, "Healed: there is a good backup again, 10:00.", (ACME,))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "mail.pem", folder / "mail.key"
    certificate.write_text(certificate_of("mail"))
    key.write_text(key_of("mail"))
    return certificate, key


@contextmanager
def mail_server(files, **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    server = MailServer(options.pop("context", context), **options)
    try:
        yield server
    finally:
        server.close()


def desk(server, files, **more):
    settings = {
        "host": "localhost",
        "port": server.port,
        "tls": "starttls",
        "sender": "backups@msp.example",
        "clients": {"Acme": "it@acme.example"},
        "user": USER,
        "password": PASSWORD,
        "context": ssl.create_default_context(cafile=str(files[0])),
        "clock": lambda: datetime(2026, 3, 4, 7, 45, tzinfo=UTC),
    }
    return EmailDesk(**{**settings, **more})


@pytest.mark.parametrize(("tls", "implicit"), [("starttls", False), ("tls", True)])
def test_a_ticket_is_one_mail_to_the_client(files, tls, implicit):
    with mail_server(files, implicit=implicit) as server:
        reference = desk(server, files, tls=tls).raise_ticket(CASE)

    [mail] = server.mails
    assert reference == "E-12"
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "backups@msp.example",
        "it@acme.example",
        "[E-12] backup of SRV1: backup disk full",
    )
    assert (mail["Message-ID"], mail["Date"]) == (f"<{KEY}@msp.example>", "Wed, 04 Mar 2026 07:45:00 +0000")
    assert mail.get_content().splitlines() == CASE.text.splitlines()
    assert server.to == ["rcpt TO:<it@acme.example>"]


@pytest.mark.parametrize(
    ("kind", "says"), [(NoteKind.NOTE, ""), (NoteKind.CLOSED, " (closed)"), (NoteKind.REOPENED, " (open again)")]
)
def test_what_follows_stands_in_the_same_thread(files, kind, says):
    with mail_server(files) as server:
        desk(server, files).tell("E-12", replace(NOTE, kind=kind))

    [mail] = server.mails
    assert mail["In-Reply-To"] == mail["References"] == f"<{KEY}@msp.example>"
    assert mail["Message-ID"] == f"<{KEY}-1@msp.example>"
    assert mail["Subject"] == f"Re: [E-12] backup of SRV1: backup disk full{says}"


def test_what_became_of_it_stands_in_the_subject_however_long_that_is(files):
    with mail_server(files) as server:
        desk(server, files).tell("E-12", replace(NOTE, subject="x" * 200))

    [mail] = server.mails
    assert len(mail["Subject"]) == SUBJECT_MAX
    assert mail["Subject"].endswith("x (closed)")


def test_the_same_ticket_sent_again_has_the_same_id(files):
    with mail_server(files) as server:
        desk(server, files).raise_ticket(CASE)
        desk(server, files).raise_ticket(CASE)

    assert len({mail["Message-ID"] for mail in server.mails}) == 1


def test_without_tls_nothing_is_sent(files):
    with mail_server(files, context=None) as server, pytest.raises(Refused, match="offers no TLS"):
        desk(server, files).raise_ticket(CASE)

    assert server.mails == []
    assert "AUTH" not in server.heard


def test_a_stranger_with_the_servers_name_gets_neither_mail_nor_password(files):
    with mail_server(files) as server, pytest.raises(Refused, match="not trusted"):
        desk(server, files, context=ssl.create_default_context()).raise_ticket(CASE)

    assert "AUTH" not in server.heard


def test_a_wrong_password_is_said_and_never_shown(files):
    with mail_server(files) as server, pytest.raises(Refused, match="FORTRESS_EMAIL_PASSWORD") as raised:
        desk(server, files, password="wrong-one").raise_ticket(CASE)

    assert "wrong-one" not in str(raised.value)


def test_a_sign_in_that_does_not_work_just_now_is_no_wrong_password(files):
    busy = b"454 4.7.0 Temporary authentication failure"
    with mail_server(files, answers={"AUTH": busy}) as server, pytest.raises(Unavailable, match="454") as raised:
        desk(server, files).raise_ticket(CASE)

    assert raised.value.unheard


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(("answer", "error"), [(b"451 later", Unavailable), (b"550 never", Refused)])
def test_what_the_server_says_no_to_was_not_heard(files, command, answer, error):
    with mail_server(files, answers={command: answer}) as server, pytest.raises(error) as raised:
        desk(server, files).raise_ticket(CASE)

    assert getattr(raised.value, "unheard", True)
    assert server.mails == []


def test_a_server_that_is_rude_at_the_end_has_the_mail_all_the_same(files):
    with mail_server(files, answers={"QUIT": b"421 shutting down"}) as server:
        assert desk(server, files).raise_ticket(CASE) == "E-12"

    assert len(server.mails) == 1


def test_a_server_that_is_not_there_has_heard_nothing(files):
    with mail_server(files) as server:
        gone = desk(server, files)

    with pytest.raises(Unavailable, match=r"^the mail server: no connection$") as raised:
        gone.raise_ticket(CASE)

    assert raised.value.unheard


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(), "no connection"),
        (TimeoutError(), "no answer in time"),
        (socket.gaierror(-2, "Name or service not known"), "its name is not known: check desks.email.host"),
        (ssl.SSLError(1, "wrong version number"), "TLS failed: check desks.email.port and tls"),
        (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), "it hung up"),
    ],
)
def test_why_there_is_no_mail_is_said_in_words(error, words):
    assert why(error) == words


def test_tls_from_the_first_byte_on_a_port_without_it_says_what_to_look_at(files):
    with mail_server(files) as server, pytest.raises(Unavailable, match="TLS failed"):
        desk(server, files, tls="tls").raise_ticket(CASE)


@pytest.mark.parametrize(
    ("clients", "says"), [((ACME, Ref("c-2", "Fenn")), "cannot be about 2"), ((Ref("c-2", "Fenn"),), "address of Fenn")]
)
def test_nobody_is_written_to_by_guess(files, clients, says):
    with mail_server(files) as server, pytest.raises(Refused, match=says):
        desk(server, files).raise_ticket(replace(CASE, clients=clients))

    assert server.heard == []


def mailbox(server, files, level=Level.INTERNAL, **more):
    settings = {
        "host": "localhost",
        "port": server.port,
        "tls": "starttls",
        "sender": "backups@msp.example",
        "user": USER,
        "password": PASSWORD,
        "context": ssl.create_default_context(cafile=str(files[0])),
    }
    return MailboxDesk("tickets@msp.example", level, **{**settings, **more})


def test_a_mailbox_of_ones_own_gets_a_mail_that_names_the_client_and_hides_no_program(files):
    with mail_server(files) as server:
        reference = mailbox(server, files).raise_ticket(CASE)

    [mail] = server.mails
    assert (reference, mail["To"], mail["Subject"]) == (
        "M-12",
        "tickets@msp.example",
        "[M-12] backup of SRV1: backup disk full",
    )
    assert mail.get_content().splitlines() == ["Client: Acme", "", *CASE.text.splitlines()]
    assert mail["Auto-Submitted"] is None
    assert server.to == ["rcpt TO:<tickets@msp.example>"]


@pytest.mark.parametrize("level", [Level.INTERNAL, Level.CLIENT])
def test_a_mailbox_has_the_eyes_it_was_given(files, level):
    with mail_server(files) as server:
        assert mailbox(server, files, level).level is level


def test_a_mailbox_of_ones_own_may_hear_of_many_clients(files):
    clients = tuple(Ref(f"c-{at}", f"C{at}") for at in range(12))

    with mail_server(files) as server:
        mailbox(server, files).raise_ticket(replace(CASE, clients=clients))

    first = server.mails[0].get_content().splitlines()[0]
    assert first == "Client: C0, C1, C2, C3, C4, C5, C6, C7, C8, C9 and 2 more"


def test_what_follows_in_a_mailbox_stands_in_the_same_thread(files):
    with mail_server(files) as server:
        mailbox(server, files).tell("M-12", NOTE)

    [mail] = server.mails
    assert mail["In-Reply-To"] == mail["References"] == f"<{KEY}@msp.example>"
    assert mail["Subject"] == "Re: [M-12] backup of SRV1: backup disk full (closed)"


@pytest.mark.parametrize("hostile", [HOSTILE, "a\r\nBcc: everybody@evil.example", "\u202eevil"])
def test_no_client_makes_a_line_of_its_own_in_a_mailbox(files, hostile):
    with mail_server(files) as server:
        mailbox(server, files).raise_ticket(replace(CASE, clients=(Ref("c-1", hostile),)))

    [mail] = server.mails
    first, empty, *rest = mail.get_content().splitlines()
    assert first.startswith("Client: ")
    assert (empty, rest) == ("", CASE.text.splitlines())
    assert mail["Bcc"] is None


@pytest.mark.parametrize(
    "hostile",
    [
        HOSTILE,
        "a\r\nBcc: everybody@evil.example",
        "a\nSubject: b",
        "\x00\x1b[2J",
        "\u202eevil",
        "ü" * 400,
        "a\r\n.\r\nMAIL",
    ],
)
def test_no_name_makes_a_header_or_ends_the_mail(files, hostile):
    case = replace(CASE, subject=hostile, text=hostile, clients=(Ref("c-1", hostile),))

    with mail_server(files) as server:
        desk(server, files, clients={"c-1": "it@acme.example"}).raise_ticket(case)

    [mail] = server.mails
    names = ["From", "To", "Subject", "Date", "Auto-Submitted", "Message-ID"]
    assert [name for name in mail if name in names] == names
    assert set(mail) - set(names) <= {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    assert server.to == ["rcpt TO:<it@acme.example>"]
    assert "\n" not in mail["Subject"]
