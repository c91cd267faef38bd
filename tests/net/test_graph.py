"""Microsoft Graph: what is asked again, what is not, and what is told of a batch."""

import json
import logging
from datetime import timedelta

import msgspec
import pytest

from bot.errors import Refused, Unavailable
from bot.net.answer import LOST
from bot.net.graph import TRIES, Graph, Step
from bot.net.http import Forbidden, Missing, Unauthorised
from tests.servers.scripted import Said, scripted

BUSY = Said(429, headers=(("Retry-After", "7"),))


class Thing(msgspec.Struct):
    id: str


class Tokens:
    def __init__(self):
        self.asked = []

    def token(self, scope):
        self.asked.append(scope)
        return "a-token-of-the-tests"


class Hours:
    """A clock that only waiting moves."""

    def __init__(self):
        self.now, self.waited, self.ends = 0.0, [], False

    def __call__(self):
        return self.now

    def wait(self, span):
        if span:
            self.waited.append(span.total_seconds())
        self.now += span.total_seconds()
        return not self.ends


@pytest.fixture
def hours():
    return Hours()


def graph_at(server, hours, budget=timedelta(minutes=8)):
    return Graph(
        server.url + "/", Tokens(), setting="publishers.sharepoint", budget=budget, wait=hours.wait, clock=hours
    )


def said(*responses):
    return Said(body=json.dumps({"responses": responses}).encode())


def answer(number, status=200, **headers):
    return {"id": str(number), "status": status, "headers": headers, "body": {"id": f"thing {number}"}}


def asked_in(heard):
    """Give the requests of a batch, as they were sent."""
    return json.loads(heard.partition("\r\n\r\n")[2])["requests"]


def test_question_carries_our_name_a_token_and_an_id_of_its_own(hours):
    with scripted(Said(body=b'{"id": "a"}')) as server:
        graph = graph_at(server, hours)
        found = [graph.get("/sites/x", Thing), graph.get("/sites/x", Thing)]

    assert [each.id for each in found] == ["a", "a"]
    assert server.heard[0].startswith("GET /v1.0/sites/x HTTP/1.1")
    assert "User-Agent: NONISV|Fortress|fortress/" in server.heard[0]
    assert "Authorization: Bearer a-token-of-the-tests" in server.heard[0]
    ids = [line for heard in server.heard for line in heard.splitlines() if line.startswith("client-request-id")]
    assert len(set(ids)) == 2


def test_what_is_too_much_is_asked_again_when_it_may(hours):
    with scripted(BUSY, Said(503, headers=(("Retry-After", "3"),)), Said(201)) as server:
        assert graph_at(server, hours).ask("POST", "/x", {"a": 1}).status == 201

    assert hours.waited == [7.0, 3.0]


@pytest.mark.parametrize("asked", [(), ("0",), ("Wed, 21 Oct 2015 07:28:00 GMT",)])
def test_who_is_not_told_how_long_to_wait_waits_longer_each_time(hours, asked):
    busy = Said(429, headers=tuple(("Retry-After", words) for words in asked))
    with scripted(busy) as server:
        assert graph_at(server, hours).ask("POST", "/x", {}).status == 429

    assert len(server.heard) < 40
    assert all(2.0**n / 2 <= waited <= 2.0**n for n, waited in enumerate(hours.waited[:4], 1))


def test_waiting_ends_with_the_budget_and_says_how_long_it_would_have_been(hours):
    with scripted(BUSY) as server:
        graph = graph_at(server, hours, budget=timedelta(seconds=20))
        with pytest.raises(Unavailable) as caught:
            graph.good(graph.ask("POST", "/x", {}), "write")

    assert hours.waited == [7.0, 7.0]
    assert caught.value.retry_after == timedelta(seconds=7)


def test_budget_is_one_for_all_questions(hours):
    with scripted(Said(body=b'{"id": "a"}')) as server:
        graph = graph_at(server, hours, budget=timedelta(seconds=20))
        graph.get("/x", Thing)
        hours.now = 20.0
        with pytest.raises(Unavailable, match="in the time there is"):
            graph.get("/x", Thing)


def test_nothing_is_begun_once_the_process_ends(hours):
    hours.ends = True
    with scripted(Said()) as server, pytest.raises(Unavailable) as caught:
        graph_at(server, hours).ask("GET", "/x")

    assert caught.value.unheard
    assert server.heard == []


@pytest.mark.parametrize("bad", [Said(502), Said(503), Said(refuse=True), Said(body=b"{}", cut=1)])
def test_what_may_have_been_done_is_not_sent_again(hours, bad):
    with scripted(bad, Said(201)) as server:
        found = graph_at(server, hours).ask("POST", "/x", {})

    assert len(server.heard) == 1
    assert found.status in (502, 503, LOST)
    assert not found.is_unheard


@pytest.mark.parametrize("bad", [Said(502), Said(503), Said(refuse=True), Said(body=b"{}", cut=1), Said(423)])
def test_what_is_only_read_is_asked_again(hours, bad):
    with scripted(bad, bad, Said(body=b'{"id": "a"}')) as server:
        assert graph_at(server, hours).get("/x", Thing).id == "a"


def test_reading_is_given_up_after_some_tries(hours):
    with scripted(Said(502)) as server, pytest.raises(Unavailable):
        graph_at(server, hours).get("/x", Thing)

    assert len(server.heard) == TRIES


def test_what_no_line_could_carry_surely_was_not_done(hours):
    with scripted(Said()) as server:
        graph = graph_at(server, hours)
    with pytest.raises(Unavailable) as caught:
        graph.ask("POST", "/x", {})

    assert caught.value.unheard
    assert len(hours.waited) == TRIES - 1


@pytest.mark.parametrize(("status", "kind"), [(401, Unauthorised), (403, Forbidden), (404, Missing), (507, Refused)])
def test_refusal_says_what_to_do(hours, status, kind):
    body = b'{"error": {"code": "accessDenied", "message": "client Acme"}}'
    with scripted(Said(status, body=body)) as server, pytest.raises(kind) as caught:
        graph_at(server, hours).get("/x", Thing)

    assert f"{status} accessDenied" in str(caught.value)
    assert "Acme" not in str(caught.value)
    assert caught.value.remedy


def test_list_is_read_page_by_page_by_the_links_as_they_are(hours):
    with scripted(Said()) as server:
        link = f"{server.url}/v1.0/x?$skiptoken=a%20b%2Bc"
        page = json.dumps({"value": [{"id": "1"}], "@odata.nextLink": link}).encode()
        server._said[:] = [Said(body=page), BUSY, Said(body=b'{"value": [{"id": "2"}]}')]
        found = list(graph_at(server, hours).rows("/x?$top=1", Thing))

    assert [each.id for each in found] == ["1", "2"]
    assert server.heard[2].startswith("GET /v1.0/x?$skiptoken=a%20b%2Bc HTTP/1.1")


def test_list_whose_pages_lead_back_to_one_another_is_given_up(hours):
    with scripted(Said()) as server:
        links = [f"{server.url}/v1.0/x?$skiptoken={n % 2}" for n in range(9)]
        server._said[:] = [Said(body=json.dumps({"value": [], "@odata.nextLink": link}).encode()) for link in links]
        with pytest.raises(Unavailable, match="no end"):
            list(graph_at(server, hours).rows("/x", Thing))

    assert len(server.heard) == 3


def test_our_token_follows_no_link_elsewhere(hours):
    page = b'{"value": [], "@odata.nextLink": "https://graph.example/v1.0/x"}'
    with scripted(Said(body=page)) as server, pytest.raises(Refused, match="elsewhere"):
        list(graph_at(server, hours).rows("/x", Thing))


def test_batch_gives_each_its_own_answer_whatever_their_order(hours):
    steps = [Step("GET", "/a"), Step("POST", "/b", {"x": 1}), Step("PATCH", "/c", {}, match='"g,1"')]
    with scripted(said(answer(2, 412), answer(0), answer(1, 201))) as server:
        found = graph_at(server, hours).batch(steps)

    assert [each.status for each in found] == [200, 201, 412]
    assert found[0].read(Thing).id == "thing 0"
    assert asked_in(server.heard[0]) == [
        {"id": "0", "method": "GET", "url": "/a"},
        {"id": "1", "method": "POST", "url": "/b", "headers": {"Content-Type": "application/json"}, "body": {"x": 1}},
        {
            "id": "2",
            "method": "PATCH",
            "url": "/c",
            "headers": {"Content-Type": "application/json", "If-Match": '"g,1"'},
            "body": {},
        },
    ]


def test_only_what_was_refused_is_sent_again_when_the_last_of_it_may(hours):
    steps = [Step("POST", f"/{n}", {}) for n in range(3)]
    first = said(answer(0, 201), answer(1, 429, **{"Retry-After": "4"}), answer(2, 503, **{"retry-after": 9}))
    with scripted(first, said(answer(1, 201), answer(2, 201))) as server:
        found = graph_at(server, hours).batch(steps)

    assert [each.status for each in found] == [201, 201, 201]
    assert [each["id"] for each in asked_in(server.heard[1])] == ["1", "2"]
    assert hours.waited == [9.0]


def test_what_finds_no_time_stands_refused_and_the_rest_is_told(hours):
    first = said(answer(0, 201), answer(1, 429, **{"Retry-After": "40"}))
    with scripted(first) as server:
        found = graph_at(server, hours, budget=timedelta(seconds=30)).batch([Step("POST", "/", {})] * 2)

    assert [each.status for each in found] == [201, 429]
    assert len(server.heard) == 1


def test_part_that_is_refused_without_a_word_of_when_waits_longer_each_time(hours):
    busy = said(answer(0, 429, **{"Retry-After": "0"}))
    with scripted(busy, busy, busy, said(answer(0, 201))) as server:
        found = graph_at(server, hours).batch([Step("POST", "/", {})])

    assert [each.status for each in found] == [201]
    assert all(2.0**n / 2 <= waited <= 2.0**n for n, waited in enumerate(hours.waited, 1))


@pytest.mark.parametrize(
    "odd", [{"id": "0"}, {"status": 200}, {"id": 0, "status": "fine"}, {"id": ["0"]}, None, "<html>"]
)
def test_part_of_an_answer_that_is_none_keeps_the_others_from_nothing(hours, odd):
    with scripted(said(odd, {"id": "1", "status": 201, "headers": None})) as server:
        found = graph_at(server, hours).batch([Step("GET", "/a"), Step("POST", "/b", {})])

    assert [each.status for each in found] == [LOST, 201]


@pytest.mark.parametrize("bad", [Said(refuse=True), Said(body=b'{"responses": []}'), Said(body=b"<html>")])
def test_batch_that_was_not_answered_may_have_been_done(hours, bad):
    with scripted(bad) as server:
        found = graph_at(server, hours).batch([Step("GET", "/a"), Step("POST", "/b", {})])

    assert [each.status for each in found] == [LOST, LOST]
    assert len(server.heard) == 1


def test_batch_that_only_reads_is_asked_again(hours):
    with scripted(Said(refuse=True), said(answer(0))) as server:
        found = graph_at(server, hours).batch([Step("GET", "/a")])

    assert [each.status for each in found] == [200]


def test_part_of_a_file_is_sent_without_our_token(hours):
    with scripted(Said(202)) as server:
        graph_at(server, hours).send_part(f"{server.url}/up/1", b"abc", "bytes 0-2/5")

    assert "Content-Range: bytes 0-2/5" in server.heard[0]
    assert "Authorization" not in server.heard[0]


def test_part_of_a_file_goes_to_no_open_address(hours):
    with scripted(Said(202)) as server, pytest.raises(Refused, match="not safe"):
        graph_at(server, hours).send_part("http://elsewhere.example/up/1", b"abc", "bytes 0-2/5")


def test_no_token_and_no_payload_is_in_the_log(hours, caplog):
    caplog.set_level(logging.DEBUG)
    with scripted(BUSY, Said(400, body=b'{"error": {"message": "Acme"}}')) as server:
        graph_at(server, hours).ask("POST", "/x", {"client": "Acme"})

    told = "\n".join(record.getMessage() for record in caplog.records)
    assert "client-request-id" in told
    assert "a-token" not in told
    assert "Acme" not in told
