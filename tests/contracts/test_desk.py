"""What every Desk promises."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.adapters import DESKS
from bot.core.activity import Ref
from bot.core.company import Company, sheet_of
from bot.core.raised import Case, Note, NoteKind
from bot.core.ticket import Level
from bot.desks.acronis import AcronisDesk
from bot.desks.email import EmailDesk, MailboxDesk
from bot.desks.halopsa.api import Halo
from bot.desks.halopsa.companies import Companies
from bot.desks.halopsa.desk import HaloDesk, Rules
from bot.desks.webhook import WebhookDesk
from bot.errors import Unavailable
from bot.net.call import Caller
from bot.ports import Desk
from bot.publishers.folder import write_file
from classifier.verdict import Disposition, Party
from tests.builders import WEDNESDAY
from tests.servers import halo
from tests.servers.entra import certificate_of, key_of
from tests.servers.mail import PASSWORD, USER, MailServer
from tests.servers.scripted import Said, scripted

ACME = Ref("c-1", "Acme")
CASE = Case(
    "key-1", 12, "Acme: backup disk full", "Who acts: MSP", (ACME,), Party.MSP, Disposition.ACT_NOW, "disk-full"
)
NOTES = tuple(
    Note(f"key-1-{at}", "key-1", kind, CASE.subject, "Now: …", (ACME,)) for at, kind in enumerate(NoteKind, 1)
)


class Stage(NamedTuple):
    """One desk, and who is behind it.

    Attributes:
        desk: makes it anew, as a restart does.
        tickets, notes: names of what is there now, each once however often it came.
        leave: takes away who is behind it.
    """

    desk: Callable[[], Desk]
    tickets: Callable[[], set[str]]
    notes: Callable[[], set[str]]
    leave: Callable[[], None]


@contextmanager
def acronis(_tmp: Path) -> Iterator[Stage]:
    yield Stage(AcronisDesk, lambda: {"A-12"}, set, lambda: None)


@contextmanager
def by_mail(tmp: Path, make: Callable[..., Desk]) -> Iterator[Stage]:
    certificate, key = tmp / "mail.pem", tmp / "mail.key"
    certificate.write_text(certificate_of("mail"))
    key.write_text(key_of("mail"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = MailServer(context)
    way = {"host": "localhost", "port": server.port, "tls": "starttls", "sender": "b@msp.example"}
    signed_in = {"user": USER, "password": PASSWORD, "context": ssl.create_default_context(cafile=str(certificate))}

    def ids(is_reply: bool) -> set[str]:
        return {mail["Message-ID"] for mail in server.mails if (mail["In-Reply-To"] is not None) is is_reply}

    with ExitStack() as there:
        there.callback(server.close)
        yield Stage(lambda: make(**way, **signed_in), lambda: ids(False), lambda: ids(True), there.close)


def email(tmp: Path) -> AbstractContextManager[Stage]:
    return by_mail(tmp, lambda **way: EmailDesk(clients={"Acme": "it@acme.example"}, **way))


def mailbox(tmp: Path) -> AbstractContextManager[Stage]:
    return by_mail(tmp, lambda **way: MailboxDesk("tickets@msp.example", Level.INTERNAL, **way))


@contextmanager
def webhook(_tmp: Path) -> Iterator[Stage]:
    with ExitStack() as there:
        server = there.enter_context(scripted(Said(201, b'{"reference": "4411"}')))

        def ids(*events: str) -> set[str]:
            heard = (json.loads(each.partition("\r\n\r\n")[2]) for each in server.heard)
            return {each["id"] for each in heard if each["event"] in events}

        yield Stage(
            lambda: WebhookDesk(server.url, "s" * 32, caller=Caller("it", timeout_s=5, sleep=lambda _: None)),
            lambda: ids("raise"),
            lambda: ids(*NoteKind),
            there.close,
        )


@contextmanager
def halopsa(tmp: Path) -> Iterator[Stage]:
    file = tmp / "companies.csv"
    write_file(file, (sheet_of([Company("c-1", "Acme", 12, is_confirmed=True)]),), "csv", WEDNESDAY)
    with ExitStack() as there:
        server = there.enter_context(halo.halo_server())

        def make() -> Desk:
            caller = Caller("Halo", timeout_s=5, sleep=lambda _: None)
            way = Halo(server.url, halo.CLIENT_ID, halo.SECRET, tenant=halo.TENANT, caller=caller)
            return HaloDesk(way, Companies(file), Rules(ticket_type=21))

        yield Stage(
            make,
            lambda: {each["third_party_id_string"] for each in server.tickets.values()},
            lambda: {each["note_html"].split()[-1] for each in server.actions},
            there.close,
        )


BY_HAND = {"acronis"}  # nobody is asked; people tell them
STAGES = {"acronis": acronis, "email": email, "mailbox": mailbox, "webhook": webhook, "halopsa": halopsa}


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with STAGES[request.param](tmp_path) as made:
        yield made


def test_every_desk_is_held_to_this() -> None:
    assert STAGES.keys() == DESKS.keys()


def test_a_desk_says_what_it_is_called_and_for_whose_eyes_it_is(stage: Stage, request: pytest.FixtureRequest) -> None:
    desk = stage.desk()

    assert desk.name == request.node.callspec.params["stage"]
    assert desk.level in Level


def test_a_ticket_sent_twice_is_one_ticket_under_one_name(stage: Stage) -> None:
    references = {stage.desk().raise_ticket(CASE) for _ in range(2)}

    assert len(references) == 1
    assert len(stage.tickets()) == 1


def test_notes_sent_twice_are_there_once_each_unless_a_person_has_to_tell_them(
    stage: Stage, request: pytest.FixtureRequest
) -> None:
    reference = stage.desk().raise_ticket(CASE)

    [is_heard] = {stage.desk().tell(reference, note) for _ in range(2) for note in NOTES}

    assert len(stage.notes()) == (len(NOTES) if is_heard else 0)
    assert is_heard is (request.node.callspec.params["stage"] not in BY_HAND)


def test_a_desk_speaks_only_of_tickets_that_it_was_asked_for(stage: Stage) -> None:
    desk = stage.desk()
    reference = desk.raise_ticket(CASE)

    assert desk.views([reference]).keys() <= {reference}
    assert desk.views([]) == {}


@pytest.mark.parametrize("stage", [name for name in STAGES if name not in BY_HAND], indirect=True)
def test_a_desk_whose_other_side_is_not_there_says_so_and_that_nothing_was_heard(stage: Stage) -> None:
    desk = stage.desk()
    stage.leave()

    with pytest.raises(Unavailable) as raised:
        desk.raise_ticket(CASE)

    assert raised.value.unheard
