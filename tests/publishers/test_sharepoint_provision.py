"""`fortress provision sharepoint`: what is missing is said, and made once; what is there is left alone."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from bot.app_yaml import PublishersSettings, Settings, SharePointSettings
from bot.errors import Refused, Unavailable
from bot.publishers.sharepoint.provision import provision
from bot.wording.phrases import Voice
from bot.wording.report import nothing_filed
from tests.servers.bot_keys import APP, TENANT
from tests.servers.entra import SECRET, entra
from tests.servers.played import Fault
from tests.servers.sharepoint import OUT_OF_ORDER, sharepoint
from tests.servers.sharepoint_site import SITE

FILING = nothing_filed(Voice(ZoneInfo("Europe/Lisbon"), {}))
GUIDE = Path(__file__).parents[2] / "docs" / "install-sharepoint.md"
OTHER = "9f0f1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
NAMES = ["Fortress Incidents", "Fortress Clients", "Fortress Refreshes"]


@pytest.fixture
def graph():
    with sharepoint() as server:
        yield server


class SignedIn:
    """Gives a token."""

    def token(self, scope):
        return "a-token"


def settings(graph, **more):
    address = graph.url.removesuffix("v1.0")
    given = {"site": SITE, "app_id": APP, "tenant_id": TENANT, "secret": SECRET, "graph": address, **more}
    return Settings(publishers=PublishersSettings(sharepoint=SharePointSettings(**given)))


def provisioned(graph, *, agree=True, tokens=None, filing=FILING, **more):
    """Run it, and give what it said."""
    told = []
    done = provision(
        settings(graph, **more), filing=filing, tell=told.append, agree=lambda: agree, tokens=tokens or SignedIn()
    )
    assert done is agree
    return told


def written(graph):
    return [ask.path for ask in graph.asks if ask.method != "GET"]


def columns(graph, name):
    return graph.site.lists[name].columns


def test_what_will_be_made_is_said_before_and_made_after(graph):
    told = provisioned(graph)

    assert list(graph.site.lists) == NAMES
    assert told[1].startswith("- make the list Fortress Incidents: 44 columns, ")
    assert told[-2:] == [f"- let the app {APP} write to this site", "All that fortress needs is there."]
    (grant,) = graph.site.grants.values()
    assert (grant["roles"], grant["grantedToIdentitiesV2"][0]["application"]["id"]) == (["write"], APP)


def test_a_key_is_there_once_and_what_people_filter_by_is_indexed(graph):
    provisioned(graph)

    made = columns(graph, "Fortress Incidents")
    assert made["FortressKey"]["enforceUniqueValues"]
    indexed = {name for name, column in made.items() if column["indexed"]}
    assert {"FortressKey", "FortressClient", "FortressState", "FortressLead", "FortressLastFailedAt"} <= indexed
    assert made["FortressCause"]["text"]["allowMultipleLines"]


def test_nothing_is_done_to_what_is_there_already(graph):
    provisioned(graph)
    before = written(graph)

    assert provisioned(graph)[-1] == "All that fortress needs is there."
    assert written(graph) == before


def test_nothing_is_made_without_a_yes(graph):
    provisioned(graph, agree=False)

    assert written(graph) == []


def test_a_column_that_is_new_is_added_and_other_peoples_stay(graph):
    (incidents, *others) = FILING.sheets
    older = replace(FILING, sheets=(replace(incidents, columns=incidents.columns[2:]), *others))
    provisioned(graph, filing=older)
    graph.site.lists[NAMES[0]].add_column({"name": "Theirs", "text": {}})

    told = provisioned(graph)

    assert told[1:-1] == ["- add to the list Fortress Incidents: Incident, Client"]
    assert {"Theirs", "FortressNumber", "FortressClient"} <= set(columns(graph, NAMES[0]))


def test_an_index_that_was_left_out_or_taken_away_is_made(graph):
    provisioned(graph)
    for name in ("FortressClient", "FortressKey"):
        columns(graph, NAMES[0])[name] |= {"indexed": False, "enforceUniqueValues": False}

    told = provisioned(graph)

    assert told[1:-1] == [
        "- index in the list Fortress Incidents: Client",
        "- let no two rows of the list Fortress Incidents have the same Key",
    ]
    assert columns(graph, NAMES[0])["FortressKey"]["enforceUniqueValues"]


def without_indexes(ask):
    """Take a new list as Graph may: with its columns, and without their indexes."""
    if ask.method == "POST" and ask.path.endswith("/lists"):
        ask.body["columns"] = [
            {key: value for key, value in column.items() if key not in ("indexed", "enforceUniqueValues")}
            for column in ask.body["columns"]
        ]


def test_what_graph_leaves_out_of_a_new_list_is_made_after_it(graph):
    graph.before = without_indexes

    told = provisioned(graph)

    assert "- index in the list Fortress Refreshes: Read at" in told
    assert columns(graph, NAMES[2])["FortressKey"]["enforceUniqueValues"]


def test_what_graph_says_it_did_and_did_not_is_not_taken_for_done(graph):
    graph.before = without_indexes
    graph.fail(*[Fault(200)] * 40, method="PATCH", path="/columns")

    with pytest.raises(Refused, match="is not there yet: run this again"):
        provisioned(graph)


def test_a_list_that_people_call_otherwise_is_still_the_same(graph):
    provisioned(graph)
    graph.site.lists[NAMES[0]].title = "What is broken"

    assert provisioned(graph)[-1] == "All that fortress needs is there."


def test_a_column_of_another_kind_is_in_the_way_and_nothing_is_made(graph):
    provisioned(graph)
    columns(graph, NAMES[0])["FortressState"] = {
        **columns(graph, NAMES[0])["FortressFailedRuns"],
        "name": "FortressState",
    }
    before = written(graph)

    with pytest.raises(Refused, match=r"FortressState is of another kind: .*publishers\.sharepoint\.prefix"):
        provisioned(graph)

    assert written(graph) == before


def test_who_may_only_read_is_let_write(graph):
    whom = [{"application": {"id": APP.upper(), "displayName": "fortress"}}]
    graph.site.grants["g1"] = {"id": "g1", "roles": ["read"], "grantedToIdentitiesV2": whom}

    provisioned(graph)

    assert [grant["roles"] for grant in graph.site.grants.values()] == [["write"]]


def test_lists_are_made_by_who_may_not_see_the_grants_and_that_is_said(graph):
    graph.rights = {"a-token": "manage"}

    told = provisioned(graph)

    assert len([line for line in told if "cannot be seen by who signed in" in line]) == 1
    assert told[-1] == "All lists are there."
    assert list(graph.site.lists) == NAMES


def test_who_may_not_make_lists_hears_who_may(graph):
    graph.rights = {"a-token": "write"}

    with pytest.raises(Refused, match=r"403 .*make the list Fortress Incidents: sign in as an administrator"):
        provisioned(graph)


def test_the_jobs_are_a_list_too_where_that_is_wanted(graph):
    provisioned(graph, jobs_list=True)

    assert list(graph.site.lists) == [*NAMES, "Fortress Jobs"]


def test_what_broke_half_way_goes_on_the_next_time(graph):
    graph.fail(OUT_OF_ORDER, method="POST", path="/lists", after=1)

    with pytest.raises(Unavailable):
        provisioned(graph)
    told = provisioned(graph)

    assert not [line for line in told if "Fortress Incidents" in line]
    assert list(graph.site.lists) == NAMES


def test_a_list_whose_making_was_not_answered_is_not_made_twice(graph):
    graph.fail(replace(OUT_OF_ORDER, accept=True), method="POST", path="/lists")

    with pytest.raises(Unavailable):
        provisioned(graph)
    provisioned(graph)

    assert list(graph.site.lists) == NAMES


def test_what_app_yaml_leaves_out_is_named_before_anybody_signs_in(graph):
    with pytest.raises(Refused, match=r"publishers\.sharepoint\.site and publishers\.sharepoint\.app_id"):
        provisioned(graph, site="", app_id="")

    assert graph.asks == []


def test_nobody_signs_in_with_the_identity_of_a_machine_but_with_another_app(graph, tmp_path, monkeypatch):
    given = settings(graph, secret=None, managed_identity=True, app_id=OTHER)
    how = {"filing": FILING, "tell": lambda _: None, "agree": lambda: True}

    with pytest.raises(Refused, match="--with"):
        provision(given, **how)
    with entra(tmp_path) as microsoft:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(microsoft.trusted))
        login = settings(graph, secret=None, managed_identity=True, app_id=OTHER, login=microsoft.url)
        assert provision(login, by=APP, **how)

    (grant,) = graph.site.grants.values()
    assert grant["grantedToIdentitiesV2"][0]["application"]["id"] == OTHER


@pytest.mark.parametrize("as_app", [False, True])
def test_a_person_lends_the_right_or_the_app_has_it_for_a_while(graph, tmp_path, monkeypatch, as_app):
    told = []
    with entra(tmp_path) as microsoft:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(microsoft.trusted))
        given = settings(graph, login=microsoft.url)
        assert provision(given, filing=FILING, tell=told.append, agree=lambda: True, as_app=as_app)

    person = "Sites.FullControl.All"
    assert ("devicelogin" in told[0]) is not as_app
    assert all((person in ask.headers["authorization"]) is not as_app for ask in graph.asks)


def test_the_guide_shows_what_is_said_and_views_by_columns_that_are_there(graph):
    told = provisioned(graph)
    guide = GUIDE.read_text(encoding="utf-8")
    made = [column for name in NAMES for column in columns(graph, name).values()]
    tables = [row.split("|") for row in guide.splitlines() if row.startswith("| **")]
    views = [row for row in tables if " is " in row[2]]
    named = {title for row in views for title in named_in("|".join(row[2:]))}
    of_incidents = [row for row in views if "`open`" in row[2] or "[Today]" in row[2]]

    assert all(line in guide for line in told if line.startswith("- make"))
    assert len(views) == 10
    assert named <= {column["displayName"] for column in made}
    indexed = {column["displayName"] for column in columns(graph, NAMES[0]).values() if column["indexed"]}
    assert {named_in(row[2])[0] for row in of_incidents} <= indexed


def named_in(cell):
    """Give the titles of columns that a cell of a table names."""
    return re.findall(r"\*([^*]+)\*", cell.replace("**And**", ""))


def test_nothing_is_ever_deleted(graph):
    provisioned(graph)

    assert graph.offences == []
