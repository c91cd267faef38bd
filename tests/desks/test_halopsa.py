"""HaloPSA: one ticket per key, one note per id, under the right client; against a server that wants what Halo wants."""

import json
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from bot.core.activity import Ref
from bot.core.raised import Case, DeskView, Note, NoteKind
from bot.desks.halopsa.api import Halo
from bot.desks.halopsa.companies import Companies
from bot.desks.halopsa.desk import HaloDesk, Rules
from bot.errors import Refused, Unavailable
from bot.net.call import Caller
from classifier.verdict import Disposition, Party
from tests.messages import HOSTILE
from tests.servers.halo import CLIENT_ID, LOST, SECRET, TENANT, halo_server

NOW = datetime(2026, 3, 4, 7, 45, tzinfo=UTC)
ACME, FENN = Ref("c-1", "Acme"), Ref("c-2", "Fenn")
KEY = "fortress-12-halopsa-20260304T074500"
CASE = Case(
    key=KEY,
    number=12,
    subject="Acme: backup disk full",
    text="Who acts: MSP\nWhat helps: make space on Müller's disk",
    clients=(ACME,),
    lead=Party.MSP,
    disposition=Disposition.ACT_NOW,
    rule="disk-full",
)
NOTE = Note(f"{KEY}-1", KEY, NoteKind.NOTE, CASE.subject, "Now: cloud storage unavailable.", (ACME,))
CLOSED = replace(NOTE, id=f"{KEY}-2", kind=NoteKind.CLOSED, text="Healed.")
REOPENED = replace(NOTE, id=f"{KEY}-3", kind=NoteKind.REOPENED, text="It is back.")
COMPANIES = """Acronis id,Acronis client,Halo id,Halo client,Halo site id,Confirmed,Found
c-1,Acme,12,Acme,,yes,same name: please compare
c-2,Fenn,13,Fenn,7,no,same name: please compare
"""


@pytest.fixture
def server():
    with halo_server() as running:
        yield running


@pytest.fixture
def make(server, tmp_path):
    """Make a desk before the server; two of them are two processes."""
    file = tmp_path / "companies.csv"
    file.write_text(COMPANIES)

    def made(*, secret=SECRET, now=lambda: 0.0, **rules):
        caller = Caller("Halo", timeout_s=5, sleep=lambda _: None)
        halo = Halo(server.url, CLIENT_ID, secret, tenant=TENANT, caller=caller, clock=now)
        return HaloDesk(halo, Companies(file), Rules(**{"ticket_type": 21, **rules}), clock=lambda: NOW)

    return made


@pytest.fixture
def desk(make):
    return make()


def test_a_ticket_is_made_under_its_client_with_our_key(server, desk):
    reference = desk.raise_ticket(CASE)

    assert reference == "4411"
    assert server.tickets[4411] == {
        "id": 4411,
        "status_id": 1,
        "client_id": 12,
        "tickettype_id": 21,
        "summary": "Acme: backup disk full",
        "details_html": "Who acts: MSP<br>\nWhat helps: make space on Müller&#x27;s disk<br>\n<br>\n" + KEY,
        "third_party_id_string": KEY,
    }


def test_fields_of_the_operator_join_it_and_a_site_where_one_is_named(server, make):
    desk = make(fields={"team": "Backup", "priority_id": 3})
    path = desk._companies.path
    path.write_text(COMPANIES.replace("7,no", "7,yes"))

    desk.raise_ticket(replace(CASE, clients=(FENN,)))

    made = server.tickets[4411]
    assert (made["client_id"], made["site_id"], made["team"], made["priority_id"]) == (13, 7, "Backup", 3)


@pytest.mark.parametrize(
    "clients",
    [(FENN,), (Ref("c-9", "Acme"),), (Ref("", "Acme"),), (ACME, FENN)],
    ids=["not confirmed", "of the same name", "without an id", "several"],
)
def test_a_ticket_never_stands_under_a_client_nobody_confirmed(server, desk, clients):
    with pytest.raises(Refused) as raised:
        desk.raise_ticket(replace(CASE, clients=clients))

    assert server.tickets == {}
    assert raised.value.remedy


def test_a_cause_of_several_clients_goes_to_the_company_that_was_named_for_it(server, make):
    make(shared=1).raise_ticket(replace(CASE, clients=(ACME, FENN)))

    assert server.tickets[4411]["client_id"] == 1


def test_a_lost_answer_is_looked_up_and_no_second_ticket_made(server, make):
    server.faults["POST /Tickets"] = [LOST]
    with pytest.raises(Unavailable) as raised:
        make().raise_ticket(CASE)

    again = make().raise_ticket(CASE)  # after a restart

    assert not raised.value.unheard
    assert again == "4411"
    assert len(server.tickets) == 1


def test_other_tickets_are_not_taken_for_ours(server, desk):
    first = desk.raise_ticket(CASE)
    second = desk.raise_ticket(replace(CASE, key=f"{KEY}-other"))

    assert (first, second) == ("4411", "4412")


def test_a_list_that_leaves_the_key_out_is_read_ticket_by_ticket(server, make):
    make().raise_ticket(CASE)
    server.lists_key = False

    assert make().raise_ticket(CASE) == "4411"
    assert len(server.tickets) == 1


@pytest.mark.parametrize("lists_key", [True, False])
def test_a_halo_that_does_not_look_up_by_key_gets_no_ticket_that_could_be_a_second(server, make, lists_key):
    make().raise_ticket(replace(CASE, key="another"))
    server.finds_key, server.lists_key = False, lists_key

    with pytest.raises(Refused, match="tickets of others"):
        make().raise_ticket(CASE)

    assert len(server.tickets) == 1


@pytest.mark.parametrize("bare", [True, False])
def test_lists_are_read_with_and_without_a_count_beside_them(server, make, bare):
    server.bare = bare
    make().raise_ticket(CASE)

    assert make().raise_ticket(CASE) == "4411"
    assert make().views(["4411"])["4411"].state == "New"


def test_an_empty_list_that_is_null_is_empty(server, desk):
    server.faults["GET /Tickets"] = [(200, {"record_count": 0, "tickets": None}, {})]

    assert desk.raise_ticket(CASE) == "4411"


def test_an_answer_that_is_a_list_of_one_is_read_too(server, desk):
    server.faults["POST /Tickets"] = [(201, [{"id": 77, "status_id": 1}], {})]

    assert desk.raise_ticket(CASE) == "77"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"id": "x"}', b"\xff", b"null", b'[{"id": 1}, {"id": 2}]'])
def test_an_answer_that_cannot_be_read_may_have_been_heard(server, desk, body):
    server.faults["POST /Tickets"] = [(201, body, {})]

    with pytest.raises(Unavailable, match="could not be read") as raised:
        desk.raise_ticket(CASE)

    assert not raised.value.unheard


def test_a_note_is_added_for_the_eyes_of_the_desk_alone_and_mails_nobody(server, desk):
    desk.raise_ticket(CASE)

    assert desk.tell("4411", NOTE)

    assert server.actions == [
        {
            "id": 1,
            "ticket_id": 4411,
            "outcome": "Private Note",
            "note_html": f"Now: cloud storage unavailable.<br>\n<br>\n{NOTE.id}",
            "hiddenfromuser": True,
            "sendemail": False,
        }
    ]
    assert server.tickets[4411]["status_id"] == 1


def test_a_lost_answer_to_a_note_adds_no_second_one(server, make):
    make().raise_ticket(CASE)
    server.faults["POST /Actions"] = [LOST]
    with pytest.raises(Unavailable):
        make().tell("4411", CLOSED)

    make().tell("4411", CLOSED)

    assert len(server.actions) == 1
    assert server.tickets[4411]["status_id"] == 9


def test_the_tenth_note_is_not_taken_for_the_first(server, desk):
    desk.raise_ticket(CASE)
    desk.tell("4411", replace(NOTE, id=f"{KEY}-10"))

    desk.tell("4411", replace(NOTE, id=f"{KEY}-1"))

    assert len(server.actions) == 2


def test_a_ticket_is_closed_and_opened_again_by_its_status(server, make):
    desk = make(closed=(9, 8), reopened=2)
    desk.raise_ticket(CASE)

    desk.tell("4411", CLOSED)
    closed = server.tickets[4411]["status_id"]
    desk.tell("4411", REOPENED)

    assert (closed, server.tickets[4411]["status_id"]) == (9, 2)
    assert len(server.actions) == 2


@pytest.mark.parametrize(("note", "status"), [(CLOSED, 8), (REOPENED, 1), (NOTE, 9)])
def test_a_status_that_a_person_has_set_already_is_left(server, make, note, status):
    desk = make(closed=(9, 8))
    desk.raise_ticket(CASE)
    server.tickets[4411]["status_id"] = status

    desk.tell("4411", note)

    assert server.tickets[4411]["status_id"] == status
    assert server.posts("/Tickets") == 1


@pytest.mark.parametrize("reference", ["9999", "A-12", "", "٤٤١١"])
def test_a_note_to_a_ticket_that_is_not_there_is_refused(desk, reference):
    with pytest.raises(Refused) as raised:
        desk.tell(reference, NOTE)

    assert raised.value.remedy


def test_how_tickets_stand_is_one_request_for_a_hundred(server, desk):
    references = [desk.raise_ticket(replace(CASE, key=f"k-{at}")) for at in range(100)]
    server.close_by_hand(4412)
    server.asked.clear()

    views = desk.views(references)

    assert len(server.asked) == 1
    assert views["4411"] == DeskView("New", is_closed=False, at=NOW)
    assert views["4412"] == DeskView("Closed", is_closed=True, at=NOW, who="Ann")
    assert views.keys() == set(references)


def test_never_more_than_some_requests_however_many_tickets(server, desk):
    desk.views([str(at) for at in range(1, 2000)])

    assert len(server.asked) == 5 + 5  # pages, and those that are not there


def test_a_ticket_that_was_deleted_is_told_from_one_that_the_list_leaves_out(server, desk):
    desk.raise_ticket(CASE)
    server.faults["GET /Tickets"] = [(200, {"record_count": 0, "tickets": []}, {})]

    views = desk.views(["4411", "4999", "A-1"])

    assert views == {
        "4411": DeskView("New", is_closed=False, at=NOW),
        "4999": DeskView("", is_closed=False, at=NOW),
    }


def test_a_status_that_a_list_does_not_name_is_looked_up_once(server, desk):
    rows = [{"id": 1, "status_id": 2}, {"id": 2, "status_id": 2}, {"id": 3, "status_id": 99}, {"id": 4}]
    server.faults["GET /Tickets"] = [(200, rows, {})]

    views = desk.views(["1", "2", "3", "4"])

    assert [views[str(at)].state for at in (1, 2, 3, 4)] == [
        "In Progress",
        "In Progress",
        "status 99",
        "a status that Halo does not tell",
    ]
    assert [path for _, path in server.asked].count("/Status?type=ticket") == 2  # once more for one that is new


def test_a_token_is_asked_for_once_and_renewed_before_it_ends(server, make):
    now = [0.0]
    desk = make(now=lambda: now[0])
    for at in (0.0, 3530.0, 3545.0):
        now[0] = at
        desk.views(["1"])

    assert server.signed_in == 2


def test_a_token_that_ended_early_is_renewed_once_and_the_call_made_again(server, desk):
    desk.views(["1"])
    server.tokens.clear()

    desk.raise_ticket(CASE)

    assert server.signed_in == 2
    assert len(server.tickets) == 1


def test_a_token_that_is_never_taken_is_a_refusal_after_one_more(server, desk):
    server.faults["GET /Tickets"] = [401, 401, 401]

    with pytest.raises(Refused, match="401") as raised:
        desk.raise_ticket(CASE)

    assert server.signed_in == 2
    assert "read:tickets" in raised.value.remedy


def test_wrong_credentials_are_said_and_the_secret_is_not(server, make):
    with pytest.raises(Refused, match="The client is not known") as raised:
        make(secret="wrong-secret").raise_ticket(CASE)

    assert "desks.halopsa" in raised.value.remedy
    assert "wrong-secret" not in str(raised.value)


@pytest.mark.parametrize("fault", [500, 503, 429, LOST])
def test_a_sign_in_in_trouble_has_surely_done_nothing(server, desk, fault):
    server.faults["POST /auth/token"] = [fault] * 3

    with pytest.raises(Unavailable) as raised:
        desk.raise_ticket(CASE)

    assert raised.value.unheard


def test_when_halo_is_busy_nothing_was_done_and_the_wait_is_kept(server, desk):
    server.faults["POST /Tickets"] = [(429, {"message": "Too many requests"}, {"Retry-After": "30"})]

    with pytest.raises(Unavailable) as raised:
        desk.raise_ticket(CASE)

    assert (raised.value.unheard, raised.value.retry_after.total_seconds()) == (True, 30)
    assert server.tickets == {}


def test_asking_is_tried_again_and_making_is_not(server, desk):
    server.faults["GET /Tickets"] = [503, 502]
    server.faults["POST /Tickets"] = [503]

    with pytest.raises(Unavailable) as raised:
        desk.raise_ticket(CASE)

    assert not raised.value.unheard
    assert server.posts("/Tickets") == 1


@pytest.mark.parametrize(
    ("status", "remedy"), [(400, "desks.halopsa.fields"), (403, "edit:tickets"), (302, "elsewhere")]
)
def test_what_halo_refuses_is_said_in_its_own_words_with_what_to_do(server, desk, status, remedy):
    server.faults["POST /Tickets"] = [(status, "Please select a category", {"Location": "/elsewhere"})]

    with pytest.raises(Refused, match=f"{status}.*Please select a category") as raised:
        desk.raise_ticket(CASE)

    assert remedy in raised.value.remedy
    assert server.posts("/Tickets") == 1


def test_a_server_that_is_not_there_has_heard_nothing(make, server):
    desk = make()
    server.close()

    with pytest.raises(Unavailable) as raised:
        desk.raise_ticket(CASE)

    assert raised.value.unheard


@pytest.mark.parametrize(
    "hostile", [HOSTILE, "<script>alert(1)</script>", '"}],[{"client_id": 13', "\u202e\x00", "a" * 5000]
)
def test_no_name_leaves_its_field_or_becomes_markup(server, desk, hostile):
    desk.raise_ticket(replace(CASE, subject=hostile or "x", text=hostile))
    desk.tell("4411", replace(NOTE, text=hostile))

    [ticket], [action] = server.tickets.values(), server.actions
    assert ticket["client_id"] == 12
    for words in (ticket["details_html"], action["note_html"]):
        assert "<" not in words.replace("<br>", "")
    assert ticket["summary"].isprintable()
    assert len(ticket["summary"]) <= 200


def test_what_halo_says_cannot_fill_a_screen_or_break_a_line(server, desk):
    server.faults["POST /Tickets"] = [(400, json.dumps("a\nb\x1b[2J" + "c" * 9000).encode(), {})]

    with pytest.raises(Refused) as raised:
        desk.raise_ticket(CASE)

    assert raised.value.what.isprintable()
    assert len(raised.value.what) < 300
