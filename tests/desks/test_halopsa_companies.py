"""The file that says who is who in Halo, as people and spreadsheets leave it; and what the doctor finds."""

import pytest

from bot.app_yaml import Settings
from bot.core.activity import Ref
from bot.core.company import Company, proposed, sheet_of
from bot.desks.halopsa.api import Halo
from bot.desks.halopsa.companies import Companies
from bot.desks.halopsa.doctor import examine
from bot.errors import Refused
from bot.net.call import Caller
from bot.publishers.folder import write_file
from tests.builders import WEDNESDAY
from tests.messages import HOSTILE
from tests.servers.halo import CLIENT_ID, SECRET, TENANT, halo_server

HEAD = "Acronis id,Acronis client,Halo id,Halo client,Halo site id,Confirmed,Found"
ACME = Ref("c-1", "Acme")


@pytest.fixture
def companies(tmp_path):
    def written(*rows, head=HEAD, apart=",", encoding="utf-8"):
        file = tmp_path / "companies.csv"
        words = "\r\n".join([head, *rows]).replace(",", apart)
        file.write_bytes(words.encode(encoding))
        return Companies(file)

    return written


@pytest.mark.parametrize("apart", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_is_read_as_any_spreadsheet_saves_it(companies, apart, encoding):
    found = companies("c-1,Acme,12,Acme,7,Yes,", apart=apart, encoding=encoding).where(ACME)

    assert found == {"client_id": 12, "site_id": 7}


def test_what_is_written_is_read_again_whatever_clients_are_called(tmp_path):
    names = [HOSTILE, '=HYPERLINK("x")', 'a,b;"c"\nd', "-1", "Ünï"]
    rows = proposed([Ref(f"c-{at}", name) for at, name in enumerate(names)], dict(enumerate(names, 1)), ())
    confirmed = [Company(each.id, each.name, each.theirs, each.their_name, is_confirmed=True) for each in rows]
    file = tmp_path / "companies.csv"

    write_file(file, (sheet_of(confirmed),), "csv", WEDNESDAY)

    assert [Companies(file).where(Ref(f"c-{at}"))["client_id"] for at in range(len(names))] == [1, 2, 3, 4, 5]
    assert not any(cell.lstrip('"').startswith(("=", "-", "@")) for cell in file.read_text("utf-8-sig").split(","))


@pytest.mark.parametrize(
    "row",
    [
        "c-1,Acme,12,Acme,,no,",
        "c-1,Acme,12,Acme,,,",
        "c-1,Acme,,Acme,,yes,",
        "c-1,Acme,0,Acme,,yes,",
        "c-1,Acme,-12,Acme,,yes,",
        "c-1,Acme,12.5,Acme,,yes,",
        "c-1,Acme,twelve,Acme,,yes,",
        "c-2,Acme,12,Acme,,yes,",
        ",Acme,12,Acme,,yes,",
    ],
)
def test_a_row_without_an_id_and_a_yes_is_none(companies, row):
    with pytest.raises(Refused, match="nobody has confirmed which client of Halo Acme is") as raised:
        companies(row).where(ACME)

    assert "fortress companies halopsa" in raised.value.remedy


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda c: c("c-1,Acme,12,Acme,,yes,", "c-1,Acme,13,Acme,,yes,"), "names Acme twice"),
        (lambda c: c(head="id,name"), "has no column Acronis id"),
        (lambda c: c(head=""), "has no column"),
        (lambda c: c("c-1,Müller,12,Müller,,yes,", encoding="latin-1"), "not text in UTF-8"),
        (lambda c: Companies(c().path.parent), "cannot be read"),
        (lambda c: Companies(c().path.with_name("other.csv")), "there is no other.csv"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_with_what_to_do(companies, make, says):
    with pytest.raises(Refused, match=says) as raised:
        make(companies).where(ACME)

    assert raised.value.remedy


def test_where_there_is_no_file_yet_nothing_is_known(tmp_path):
    assert Companies(tmp_path / "companies.csv").known() == ()


@pytest.fixture
def look(companies):
    """Look at a server with a file of clients, and give what is not fine."""
    with halo_server() as server:

        def looked(*rows, **halopsa):
            file = companies(*rows)
            section = {"enabled": True, "url": server.url, "ticket_type": 21, "companies": file.path, **halopsa}
            caller = Caller("Halo", timeout_s=5, sleep=lambda _: None)
            secret = section.pop("with_secret", SECRET)
            halo = Halo(server.url, CLIENT_ID, secret, tenant=TENANT, caller=caller)
            return list(examine(Settings.model_validate({"desks": {"halopsa": section}}), halo=halo))

        looked.server = server
        yield looked


def wrong(findings):
    return [(each.says, each.remedy) for each in findings if each.state == "wrong"]


def test_a_halo_as_the_settings_want_it_is_fine(look):
    findings = look("c-1,Acme,12,Acme,,yes,", shared=1)

    assert wrong(findings) == []
    assert [each.says for each in findings if each.state == "fine"] == [
        "Halo signs us in",
        "tickets are made as Alert (21)",
        "closed is Closed (9)",
        "reopened is In Progress (2)",
        "tickets are looked up by our key, so that none is made twice",
        "1 of 1 clients in companies.csv are confirmed",
        "causes of several clients go to Our own",
    ]
    assert look.server.tickets == {}


@pytest.mark.parametrize(
    ("halopsa", "says", "remedy"),
    [
        ({"enabled": False}, "switched off", "desks.halopsa.enabled"),
        ({"with_secret": "wrong"}, "signing in to Halo", "secret"),
        ({"ticket_type": 5}, "no ticket type 5", "21 Alert, 22 Request"),
        ({"closed": [9, 77]}, "no status 77", "9 Closed"),
        ({"reopened": 78}, "no status 78", "2 In Progress"),
        ({"shared": 99}, "no client 99", "desks.halopsa.shared"),
    ],
)
def test_what_is_not_as_the_settings_want_it_is_said_with_what_to_do(look, halopsa, says, remedy):
    [(said, do)] = wrong(look("c-1,Acme,12,Acme,,yes,", **halopsa))

    assert says in said
    assert remedy in do


def test_clients_without_a_confirmed_counterpart_are_named(look):
    rows = [f"c-{at},Client {at},,,,no," for at in range(30)]

    [(said, _)] = wrong(look(*rows))

    assert said.startswith("no ticket can be made for Client 0, Client 1, ")
    assert said.endswith(" and 10 more")


def test_a_counterpart_that_halo_does_not_have_is_named(look):
    assert wrong(look("c-1,Acme,4000,Acme,,yes,"))[0][0] == "Halo does not show us the clients given for Acme"


def test_a_halo_that_does_not_look_up_by_key_is_said(look):
    look.server.tickets[1] = {"id": 1, "status_id": 1}
    look.server.finds_key = False

    assert wrong(look("c-1,Acme,12,Acme,,yes,"))[0][0].startswith("Halo gives tickets of others")


@pytest.mark.parametrize("path", ["/TicketType", "/Status", "/Tickets", "/Client"])
def test_what_cannot_be_asked_is_said_and_the_rest_looked_at(look, path):
    look.server.faults[f"GET {path}"] = [403]

    findings = look("c-1,Acme,12,Acme,,yes,")

    assert len(wrong(findings)) == 1
    assert len(findings) >= 5


def test_very_many_clients_are_read_page_by_page(look):
    look.server.clients = {at: f"Client {at}" for at in range(1, 251)}

    assert wrong(look("c-1,Acme,250,Client 250,,yes,")) == []
    assert sum(path.startswith("/Client") for _, path in look.server.asked) == 3
