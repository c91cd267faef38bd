"""`fortress doctor sharepoint`: each thing looked at, and what to do about it. Nothing is written."""

import jwt
import pytest

from bot.errors import Refused, Unavailable
from bot.publishers.sharepoint.doctor import examine
from tests.publishers.test_sharepoint_provision import FILING, NAMES, provisioned, settings
from tests.servers.bot_keys import APP
from tests.servers.sharepoint import OUT_OF_ORDER, sharepoint

SELECTED = ("Sites.Selected",)


@pytest.fixture
def graph():
    with sharepoint() as server:
        provisioned(server)
        server.asks.clear()
        yield server


class SignedIn:
    """Gives a token that says what the app may do, or says why not."""

    def __init__(self, *roles, raises=None):
        self.raises = raises
        self.made = jwt.encode({"roles": list(roles)}, "a-key-that-nobody-here-asks-for-0000")

    def token(self, scope):
        if self.raises is not None:
            raise self.raises
        return self.made


def found(graph, *, tokens=None, role="write", **more):
    tokens = tokens or SignedIn(*SELECTED)
    graph.rights = {getattr(tokens, "made", "a-token"): role}
    given = settings(graph, **{"enabled": True, **more})
    return list(examine(given, filing=FILING, tokens=tokens, wait=lambda span: not span))


def says(findings, state):
    return [finding.says for finding in findings if finding.state == state]


def a_row(graph, name=NAMES[0]):
    return graph.site.lists[name].add({"Title": "1", "FortressKey": "k1"})


def test_all_is_well_and_nothing_is_written(graph):
    item = a_row(graph)

    findings = found(graph)

    assert says(findings, "fine") == [
        "SharePoint is switched on",
        f"Microsoft lets us sign in as {APP}",
        "the app may open the sites it was let into, and no others (Sites.Selected)",
        "the site is there, at https://contoso.sharepoint.com/sites/backups",
        "the list Fortress Incidents has its 44 columns, and 8 indexes",
        "the list Fortress Clients has its 17 columns, and 3 indexes",
        "the list Fortress Refreshes has its 22 columns, and 2 indexes",
        "the app may write to the site",
        "the site has documents, where the folder Fortress will be made",
    ]
    assert len(findings) == 9
    assert item.version == 1


def test_where_no_row_is_nobody_can_see_whether_it_may_write(graph):
    findings = found(graph)

    assert says(findings, "unknown") == [
        "whether the app may write: no row is there to try it on; the first refresh shows it"
    ]
    assert {ask.method for ask in graph.asks} == {"GET"}


def test_who_may_only_read_hears_how_it_may_write(graph):
    a_row(graph)

    findings = found(graph, role="read")

    assert says(findings, "wrong") == ["the app may only read the site"]
    assert "fortress provision sharepoint" in findings[-2].remedy


def test_rows_of_others_are_not_tried_on(graph):
    theirs = graph.site.lists[NAMES[0]].add({"Title": "a note of a person's"})

    assert says(found(graph), "unknown")
    assert theirs.version == 1


@pytest.mark.parametrize(
    ("roles", "state", "words"),
    [
        (("Sites.FullControl.All", "Sites.Selected"), "wrong", "may change every site of the directory"),
        ((), "wrong", "has no permission to Microsoft Graph"),
        (("Lists.SelectedOperations.Selected",), "unknown", "whether Lists.SelectedOperations.Selected lets the app"),
    ],
)
def test_a_permission_that_is_too_much_or_too_little_is_said(graph, roles, state, words):
    assert any(words in line for line in says(found(graph, tokens=SignedIn(*roles)), state))


def test_a_token_that_cannot_be_read_is_used_all_the_same(graph):
    class Opaque(SignedIn):
        def token(self, scope):
            return "a-token"

    tokens = Opaque()
    tokens.made = "a-token"
    a_row(graph)

    findings = found(graph, tokens=tokens)

    assert says(findings, "unknown") == ["what the app may do in the directory: its token does not say"]
    assert says(findings, "wrong") == []


def test_a_list_a_column_and_an_index_that_are_missing_are_named(graph):
    del graph.site.lists[NAMES[2]]
    del graph.site.lists[NAMES[1]].columns["FortressReading"]
    graph.site.lists[NAMES[0]].columns["FortressLead"]["indexed"] = False

    findings = found(graph)

    assert says(findings, "wrong") == [
        "there is no list Fortress Refreshes",
        "the list Fortress Incidents has no index on Who: its views fail beyond 5,000 rows",
        "the list Fortress Clients cannot be filed in (no column FortressReading)",
    ]
    assert {finding.remedy for finding in findings if finding.state == "wrong"} == {
        "run `fortress provision sharepoint`"
    }


def test_a_site_that_is_not_there_is_the_settings(graph):
    findings = found(graph, site="https://contoso.sharepoint.com/sites/other")

    assert says(findings, "wrong")
    assert "publishers.sharepoint.site" in findings[-1].remedy


def test_what_does_not_answer_is_not_known(graph):
    graph.fail(OUT_OF_ORDER)

    findings = found(graph)

    assert findings[-1].state == "unknown"


def test_who_cannot_sign_in_hears_why(graph):
    refused = found(graph, tokens=SignedIn(raises=Refused("AADSTS7000222", remedy="make a new one")))
    away = found(graph, tokens=SignedIn(raises=Unavailable("Microsoft's sign-in: no connection")))

    assert (refused[-1].state, refused[-1].remedy) == ("wrong", "make a new one")
    assert "HTTPS_PROXY" in away[-1].remedy
    assert graph.asks == []


def test_what_is_switched_off_and_not_set_is_said_first(graph):
    findings = found(graph, enabled=False, site="")

    assert says(findings, "wrong") == ["SharePoint is switched off", "app.yaml names no site, no app, or no directory"]


def test_the_folder_of_files_is_found(graph):
    graph.site.library.put("Fortress/jobs-1.csv", b"x", "replace")

    assert "the folder Fortress is there" in says(found(graph), "fine")[-1]
    assert says(found(graph, formats=[]), "fine")[-1] == "no files are wanted (publishers.sharepoint.formats)"
