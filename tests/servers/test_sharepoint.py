"""The server that plays Microsoft Graph is as strict as the tests that lean on it need."""

import pytest
import requests

from tests.servers.played import DROPPED_AFTER_ACCEPT
from tests.servers.sharepoint import LOST, TOO_MANY, sharepoint
from tests.servers.sharepoint_site import SITE_ID

COLUMNS = [
    {"name": "key", "text": {}, "indexed": True, "enforceUniqueValues": True},
    {"name": "note", "text": {"allowMultipleLines": True}},
    {"name": "runs", "number": {}},
    {"name": "seen", "dateTime": {"format": "dateTime"}},
]
LIST = f"/sites/{SITE_ID}/lists/Incidents"


@pytest.fixture
def graph():
    with sharepoint() as server:
        say(server, "POST", f"/sites/{SITE_ID}/lists", a_list("Incidents"))
        yield server


def a_list(name):
    return {"displayName": name, "list": {"template": "genericList"}, "columns": COLUMNS}


def say(server, method, path, body=None, **headers):
    headers = {"Authorization": "Bearer a-token", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return requests.request(method, f"{server.url}{path}", json=body, headers=headers, timeout=5)


def an_item(key, **fields):
    return {"fields": {"key": key, **fields}}


def a_part(ident, method, url, body=None):
    return {"id": ident, "method": method, "url": url, "headers": {"Content-Type": "application/json"}, "body": body}


def test_what_is_written_is_read_back_as_sharepoint_keeps_it(graph):
    fields = {"note": "", "runs": 3.0, "seen": "2026-03-04T07:45:00.123+01:00"}

    made = say(graph, "POST", f"{LIST}/items", an_item("one", **fields))

    told = made.json()["fields"]
    assert made.status_code == 201
    assert (told["runs"], told["seen"]) == (3, "2026-03-04T06:45:00Z")
    assert "note" not in told


def test_a_key_is_there_once_whatever_its_case(graph):
    say(graph, "POST", f"{LIST}/items", an_item("one"))

    assert say(graph, "POST", f"{LIST}/items", an_item("ONE")).status_code == 409
    assert len(graph.site.rows("Incidents")) == 1


def test_an_item_that_changed_since_is_not_written_over(graph):
    tag = say(graph, "POST", f"{LIST}/items", an_item("one")).json()["eTag"]
    graph.site.edit("Incidents", graph.site.item("Incidents", key="one"), note="a person was here")

    assert say(graph, "PATCH", f"{LIST}/items/1/fields", {"note": "ours"}, If_Match=tag).status_code == 412
    assert say(graph, "PATCH", f"{LIST}/items/1/fields", {"note": "ours"}).status_code == 200


def test_only_what_is_indexed_may_be_looked_up(graph):
    say(graph, "POST", f"{LIST}/items", an_item("it's", note="a"))

    assert say(graph, "GET", f"{LIST}/items?$filter=fields/note eq 'a'").status_code == 400
    found = say(graph, "GET", f"{LIST}/items?$expand=fields($select=key)&$filter=fields/key eq 'it''s'").json()["value"]
    assert [item["fields"]["key"] for item in found] == ["it's"]


def test_a_later_page_is_reached_by_its_link_alone(graph):
    for name in "abc":
        say(graph, "POST", f"{LIST}/items", an_item(name))

    page = say(graph, "GET", f"{LIST}/items?$top=2&$expand=fields").json()
    more = say(graph, "GET", page["@odata.nextLink"].removeprefix(graph.url)).json()

    assert [item["fields"]["key"] for item in page["value"] + more["value"]] == ["a", "b", "c"]
    assert "@odata.nextLink" not in more


def test_one_part_of_a_batch_fails_and_the_others_do_not(graph):
    graph.fail(TOO_MANY, LOST, method="POST", path="/items", inside=True, after=1)
    parts = [a_part(name, "POST", f"{LIST}/items", an_item(name)) for name in "abcd"]

    told = say(graph, "POST", "/$batch", {"requests": parts}).json()["responses"]

    status = sorted(one["status"] for one in told)
    (refused,) = (one for one in told if one["status"] == 429)
    assert status == [201, 201, 429, 504]
    assert refused["headers"]["Retry-After"] == "7"
    assert len(graph.site.rows("Incidents")) == 3


def test_a_batch_of_more_than_twenty_is_refused(graph):
    parts = [a_part(str(n), "GET", LIST) for n in range(21)]

    assert say(graph, "POST", "/$batch", {"requests": parts}).status_code == 400


def test_an_answer_may_be_lost_after_all_was_done(graph):
    graph.fail(DROPPED_AFTER_ACCEPT, method="POST", path="/items")

    with pytest.raises(requests.ConnectionError):
        say(graph, "POST", f"{LIST}/items", an_item("one"))

    assert [row["key"] for row in graph.site.rows("Incidents")] == ["one"]


def test_who_may_only_write_makes_no_list(graph):
    graph.rights = {"a-token": "write"}

    assert say(graph, "POST", f"/sites/{SITE_ID}/lists", a_list("Clients")).status_code == 403
    assert say(graph, "POST", f"{LIST}/items", an_item("one")).status_code == 201


def test_to_delete_is_an_offence(graph):
    assert say(graph, "DELETE", LIST).status_code == 405
    assert graph.offences == [f"DELETE {LIST}"]


def test_a_large_file_comes_in_parts_and_without_a_token(graph):
    path = "/drives/b!library/root:/Fortress/jobs.csv:"
    session = say(graph, "POST", f"{path}/createUploadSession", {"item": {}}).json()["uploadUrl"]
    data = b"x" * (320 * 1024 + 5)

    first = requests.put(session, data[: 320 * 1024], headers={"Content-Range": "bytes 0-327679/327685"}, timeout=5)
    last = requests.put(session, data[320 * 1024 :], headers={"Content-Range": "bytes 327680-327684/327685"}, timeout=5)

    assert (first.status_code, last.status_code) == (202, 201)
    assert graph.site.library.files == {"Fortress/jobs.csv": data}


def test_a_list_beyond_the_threshold_wants_an_index(graph):
    graph.site.lists["Incidents"].threshold = 1
    for name in "ab":
        say(graph, "POST", f"{LIST}/items", an_item(name, note=name))

    asked = f"{LIST}/items?$filter=fields/note eq 'a'"
    risky = say(graph, "GET", asked, Prefer="HonorNonIndexedQueriesWarningMayFailRandomly")

    assert risky.status_code == 400
    assert say(graph, "GET", f"{LIST}/items?$filter=fields/key eq 'a'").status_code == 200
