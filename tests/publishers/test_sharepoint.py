"""A SharePoint site says what the newest report says, and each write there has a reason."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.errors import Refused, Unavailable
from bot.net.graph import TRIES
from tests.builders import WEDNESDAY
from tests.publishers.filings import a_filing, a_row, a_sheet
from tests.publishers.sharepoint import INCIDENTS, a_site
from tests.servers.played import Fault

LATER = WEDNESDAY + timedelta(hours=8)
FILE = "Fortress/jobs-20260304T064500Z"


@pytest.fixture
def site():
    with a_site(a_filing()) as site:
        yield site


def numbers(site, state="open"):
    return [row["FortressNumber"] for row in site.rows() if row["FortressState"] == state]


def versions(site):
    return {item.fields["FortressNumber"]: item.version for item in site.server.site.lists[INCIDENTS].items.values()}


def test_first_report_makes_a_row_for_each_of_its_rows_and_says_where(site):
    link = site.publisher().publish(a_filing(*map(a_row, range(45))))

    assert link == "https://contoso.sharepoint.com/sites/backups"
    assert sorted(numbers(site)) == list(range(45))
    assert len(site.server.asked("POST", "/$batch")) == 3
    row = next(row for row in site.rows() if row["FortressNumber"] == 7)
    assert (row["Title"], row["FortressClient"], row["FortressAt"]) == ("7", "Acme", "2026-03-04T06:45:00Z")


@pytest.mark.parametrize("restarted", [True, False])
def test_same_report_again_writes_nothing(site, restarted):
    told = a_filing(*map(a_row, range(45)), jobs=[a_row(1)])
    publisher = site.publisher()
    publisher.publish(told)
    written = site.writes()

    (site.publisher() if restarted else publisher).publish(told)

    assert site.writes() == written
    assert site.server.asked("GET", "/items")[-1].query["$expand"] == "fields($select=FortressKey)"


def test_only_what_says_something_else_is_written(site):
    site.publisher().publish(a_filing(*map(a_row, range(45))))

    site.publisher().publish(a_filing(*(a_row(n, "Acme" if n != 7 else "Fenn") for n in range(45)), at=LATER))

    assert versions(site) == {n: 2 if n == 7 else 1 for n in range(45)}
    assert len(site.server.asked("PATCH")) == 1


def test_row_its_report_has_no_more_is_closed_once_and_never_deleted(site):
    site.publisher().publish(a_filing(a_row(1), a_row(2)))
    for hours in (8, 16, 24):
        site.publisher().publish(a_filing(a_row(2), at=WEDNESDAY + timedelta(hours=hours)))

    assert (numbers(site), numbers(site, "closed")) == ([2], [1])
    assert versions(site) == {1: 2, 2: 1}


def test_row_that_had_ended_stays_as_it_is_when_its_report_forgets_it(site):
    number, client, _, at, key = a_row(1)
    site.publisher().publish(a_filing((number, client, "resolved", at, key)))

    site.publisher().publish(a_filing(at=LATER))

    assert numbers(site, "resolved") == [1]
    assert versions(site) == {1: 1}
    assert site.looks() == 0


def test_row_that_had_ended_stays_as_it_is_also_when_a_person_has_written_beside_it(site):
    number, client, _, at, key = a_row(1)
    site.server.site.lists[INCIDENTS].add_column({"name": "Theirs", "text": {}})
    site.publisher().publish(a_filing((number, client, "resolved", at, key)))
    site.server.site.edit(INCIDENTS, site.server.site.item(INCIDENTS, FortressNumber=1), Theirs="thanks")

    site.publisher().publish(a_filing(at=LATER))

    assert numbers(site, "resolved") == [1]
    assert versions(site) == {1: 2}


def test_only_rows_of_clients_that_were_read_are_closed(site):
    site.publisher().publish(a_filing(a_row(1, "Acme"), a_row(2, "Fenn")))
    told = a_filing(at=LATER)
    leaving = replace(told.sheets[0].leaving, only={"client": {"Acme"}})

    for _ in range(2):
        site.publisher().publish(replace(told, sheets=(replace(told.sheets[0], leaving=leaving),)))

    assert (numbers(site), numbers(site, "closed")) == ([2], [1])
    assert versions(site) == {1: 2, 2: 1}


def test_row_that_is_over_is_looked_at_once_also_when_its_client_is_read_no_more(site):
    number, client, _, at, key = a_row(1)
    site.publisher(formats=()).publish(a_filing((number, client, "resolved", at, key)))
    told = a_filing(at=LATER)
    nobody = replace(told.sheets[0].leaving, only={"client": frozenset()})
    with a_site(a_filing()) as other:
        site.register = other.register
        for _ in range(3):
            site.publisher(formats=()).publish(replace(told, sheets=(replace(told.sheets[0], leaving=nobody),)))

    assert numbers(site, "resolved") == [1]
    assert site.looks() == 1


def test_row_that_comes_back_is_the_same_row(site):
    site.publisher().publish(a_filing(a_row(1)))
    site.publisher().publish(a_filing(at=LATER))
    site.publisher().publish(a_filing(a_row(1), at=LATER + timedelta(hours=8)))

    assert numbers(site) == [1]
    assert versions(site) == {1: 3}


def test_rows_of_a_sheet_that_lets_them_be_stay_as_they_are(site):
    kept = replace(a_sheet(a_row(1)), leaving=None)
    site.publisher().publish(replace(a_filing(), sheets=(kept,)))

    site.publisher().publish(replace(a_filing(at=LATER), sheets=(replace(kept, rows=(a_row(2),)),)))

    assert sorted(numbers(site)) == [1, 2]


# what people do there


def test_row_that_a_person_deleted_is_made_again(site):
    told = a_filing(a_row(1), a_row(2))
    site.publisher().publish(told)
    site.server.site.remove(INCIDENTS, site.server.site.item(INCIDENTS, FortressNumber=1))

    site.publisher().publish(told)

    assert sorted(numbers(site)) == [1, 2]


def test_row_that_a_person_deleted_and_no_report_has_is_not_made_again(site):
    site.publisher().publish(a_filing(a_row(1), a_row(2)))
    site.server.site.remove(INCIDENTS, site.server.site.item(INCIDENTS, FortressNumber=1))

    site.publisher().publish(a_filing(a_row(2), at=LATER))

    assert numbers(site) == [2]


def test_what_a_person_writes_into_our_columns_is_put_right(site):
    told = a_filing(a_row(1))
    site.publisher().publish(told)
    site.server.site.edit(INCIDENTS, site.server.site.item(INCIDENTS, FortressNumber=1), FortressClient="mine")

    site.publisher().publish(told)

    assert site.rows()[0]["FortressClient"] == "Acme"


def test_what_a_person_writes_beside_our_columns_is_never_touched(site):
    site.server.site.lists[INCIDENTS].add_column({"name": "Theirs", "text": {}})
    site.publisher().publish(a_filing(a_row(1)))
    site.server.site.edit(INCIDENTS, site.server.site.item(INCIDENTS, FortressNumber=1), Theirs="call Jo")
    written = site.writes()

    site.publisher(formats=()).publish(a_filing(a_row(1)))
    assert site.writes() == written
    site.publisher(formats=()).publish(a_filing(a_row(1, "Fenn"), at=LATER))

    assert (site.rows()[0]["Theirs"], site.rows()[0]["FortressClient"]) == ("call Jo", "Fenn")


def test_row_that_a_person_made_without_a_key_is_theirs(site):
    site.server.site.lists[INCIDENTS].add({"Title": "ask Jo"})

    site.publisher().publish(a_filing(a_row(1)))

    assert [row for row in site.rows() if "FortressKey" not in row] == [{"Title": "ask Jo"}]
    assert site.looks() == 0


def test_list_that_a_person_renamed_is_found_by_the_name_it_was_made_with(site):
    found = site.server.site.lists[INCIDENTS]
    found.told = lambda told=found.told: {**told(), "displayName": "Backups in trouble"}

    site.publisher().publish(a_filing(a_row(1)))

    assert numbers(site) == [1]


# what we know may be lost, or old


def test_rows_we_know_nothing_of_are_taken_over(site):
    told = a_filing(*map(a_row, range(45)))
    site.publisher().publish(told)
    written = site.writes()
    with a_site(a_filing()) as other:
        site.register = other.register

        site.publisher(formats=()).publish(told)

    assert site.writes() == written
    assert sorted(numbers(site)) == list(range(45))


def test_of_many_rows_we_know_nothing_of_all_are_read_in_pages_and_not_one_by_one(site):
    site.publisher(formats=()).publish(a_filing(*map(a_row, range(200))))
    with a_site(a_filing()) as other:
        site.register = other.register
        units = site.server.units
        site.publisher(formats=()).publish(a_filing(*(a_row(n, "Acme" if n else "Fenn") for n in range(199)), at=LATER))

    assert site.server.units - units < 25
    assert (len(numbers(site)), numbers(site, "closed")) == (199, [199])
    assert len(site.server.asked("PATCH")) == 2


def test_list_that_was_deleted_and_made_again_is_filled_again(site):
    told = a_filing(a_row(1))
    site.publisher().publish(told)
    site.provide(told)

    site.publisher().publish(told)

    assert numbers(site) == [1]


# what a site lacks


def test_missing_list_is_named_with_the_remedy(site):
    del site.server.site.lists[INCIDENTS]

    with pytest.raises(Refused, match="the site has no list Fortress Incidents: run `fortress provision sharepoint`"):
        site.publisher().publish(a_filing(a_row(1)))


def test_list_that_lacks_a_column_is_named_and_filed_in_once_it_is_there(site):
    columns = site.server.site.lists[INCIDENTS].columns
    client = columns.pop("FortressClient")
    publisher = site.publisher()

    with pytest.raises(Refused, match=r"Fortress Incidents cannot be filed in \(no column FortressClient\)"):
        publisher.publish(a_filing(a_row(1)))
    columns["FortressClient"] = client
    publisher.publish(a_filing(a_row(1)))

    assert numbers(site) == [1]


def test_column_that_goes_while_we_run_is_named_the_next_time(site):
    publisher = site.publisher(formats=())
    publisher.publish(a_filing(a_row(1)))
    del site.server.site.lists[INCIDENTS].columns["FortressClient"]

    with pytest.raises(Refused, match="400"):
        publisher.publish(a_filing(a_row(1, "Fenn"), at=LATER))
    with pytest.raises(Refused, match="no column FortressClient"):
        publisher.publish(a_filing(a_row(1, "Fenn"), at=LATER))


def test_site_that_is_not_ours_to_write_is_said_with_the_remedy(site):
    site.server.rights = {"a-token": "read"}

    with pytest.raises(Refused, match=r"403 accessDenied .*fortress provision sharepoint"):
        site.publisher().publish(a_filing(a_row(1)))


def test_site_that_is_not_there_is_said_with_the_remedy(site):
    with pytest.raises(Refused, match=r"check publishers\.sharepoint\.site"):
        site.publisher(site="https://contoso.sharepoint.com/sites/other").publish(a_filing(a_row(1)))


# files


def test_jobs_of_each_reading_are_files_of_their_own(site):
    site.publisher().publish(a_filing(jobs=[a_row(1)]))
    site.publisher().publish(a_filing(jobs=[a_row(1)], at=LATER))

    names = sorted(site.server.site.library.files)
    assert names == sorted(
        f"Fortress/jobs-20260304T{at}Z.{kind}" for at in ("064500", "144500") for kind in ("csv", "xlsx")
    )
    assert b'"Acme"' in site.server.site.library.files[f"{FILE}.csv"]
    assert site.server.site.library.files[f"{FILE}.xlsx"].startswith(b"PK")


def test_file_that_a_person_changed_or_deleted_is_put_back(site):
    library, told = site.server.site.library, a_filing(jobs=[a_row(1)])
    site.publisher().publish(told)
    files = dict(library.files)
    library.put(f"{FILE}.csv", b"mine", "replace")
    del library.files[f"{FILE}.xlsx"]

    site.publisher().publish(told)

    assert library.files == files


def test_file_that_stands_is_not_put_there_again_while_another_cannot_be(site):
    told = a_filing(jobs=[a_row(1)])
    for _ in range(2):
        site.server.fail(*[Fault(423)] * TRIES, method="PUT", path=".csv")
        with pytest.raises(Unavailable):
            site.publisher().publish(told)

    site.publisher().publish(told)

    assert site.server.site.library.writes == {f"{FILE}.xlsx": 1, f"{FILE}.csv": 1}


def test_large_file_goes_in_parts(site):
    jobs = [a_row(n, f"Client {n} " + "x" * 200) for n in range(40_000)]

    site.publisher(formats=["csv"]).publish(a_filing(jobs=jobs))

    parts = site.server.asked("PUT", "/uploads/")
    assert len(parts) > 1
    assert all("authorization" not in part.headers for part in parts)
    assert site.server.site.library.files[f"{FILE}.csv"].count(b"\n") == 40_001


def test_no_file_is_made_when_none_is_wanted(site):
    site.publisher(formats=[]).publish(a_filing(a_row(1), jobs=[a_row(1)]))

    assert site.server.site.library.files == {}
    assert site.server.asked("GET", "/drive") == []


def test_jobs_become_rows_when_that_is_wanted(site):
    site.publisher(jobs_list=True).publish(a_filing(a_row(1), jobs=[a_row(1), a_row(2)]))

    assert [row["FortressNumber"] for row in site.rows("Fortress Jobs")] == [1, 2]


def test_readings_are_filed_after_all_else(site):
    told = a_filing(a_row(1), jobs=[a_row(2)])
    readings = replace(a_sheet(a_row(9)), name="refreshes", title="Refreshes")
    told = replace(told, sheets=(*told.sheets, readings))
    site.provide(told)
    site.server.fail(Fault(403, "accessDenied"), method="POST", path="/items", inside=True)

    with pytest.raises(Refused):
        site.publisher().publish(told)

    assert (site.rows(), site.rows("Fortress Refreshes")) == ([], [])
    assert len(site.server.site.library.files) == 2
