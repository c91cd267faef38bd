"""A report in words: every column says something, and what is not known says so."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from bot.core.memory import Extent
from bot.core.raised import DeskView
from bot.core.report import report
from bot.wording.facts import ORDER
from bot.wording.phrases import Voice
from bot.wording.report import filing
from classifier import classify
from classifier.facts import Destination, JobFacts, Trigger
from tests.builders import DISK_FULL, WEDNESDAY, a_batch, a_memory, an_activity
from tests.core.test_report import a_ticket, with_tickets

KNOWN = JobFacts(trigger=Trigger.MANUAL, bytes_processed=2048, destinations=(Destination("cloud"),))


def filed(*activities, voice=None, **more):
    memory = a_memory(a_batch(activities, **more))
    return filing(report(memory, memory.runs[-1], now=WEDNESDAY), voice or Voice())


def said(sheet):
    """Give the rows by the names of their columns."""
    return [dict(zip((column.name for column in sheet.columns), row, strict=True)) for row in sheet.rows]


def sheets_of(filing):
    return {sheet.name: sheet for sheet in (*filing.sheets, filing.jobs)}


def test_a_job_says_its_eleven_facts_and_which_are_unknown():
    (job,) = said(filed(an_activity(facts=KNOWN)).jobs)

    assert (job["trigger"], job["bytes_processed"], job["bytes_saved"]) == ("manual", 2048, None)
    assert job["destinations"] == "Acronis cloud"
    assert job["retention_applied"] == "unknown"
    assert {fact for fact, _ in ORDER} - {"bytes"} < set(job)


def test_an_incident_says_who_what_and_since_when():
    (row,) = said(sheets_of(filed(an_activity(failure=DISK_FULL)))["incidents"])

    assert (row["client"], row["workload"], row["state"]) == ("Acme", "SRV1", "open")
    assert (row["disposition"], row["lead"]) == ("act now", "MSP")
    assert row["code"] == "BackupDestinationDiskFullWithPartition"
    assert row["ended_at"] == ""
    assert row["last_good_at"] is None


def test_an_incident_says_where_its_verdict_is_written_down_and_links_to_the_console():
    seen = replace(an_activity(failure=DISK_FULL), link="https://cloud.example/activities/7")
    sheet = sheets_of(filed(seen))["incidents"]

    (row,) = said(sheet)

    assert row["source"] == classify(DISK_FULL).source
    assert row["link"] == "https://cloud.example/activities/7"
    assert {column.name for column in sheet.columns if column.is_long} >= {"source", "link"}


def test_times_are_in_the_readers_zone_and_their_titles_name_it():
    new_york = ZoneInfo("America/New_York")
    sheet = sheets_of(filed(an_activity("04 02:10"), voice=Voice(new_york)))["jobs"]

    (job,) = said(sheet)

    assert job["seen_at"].isoformat() == "2026-03-03T21:10:00-05:00"
    assert "Newest run ended (America/New_York)" in [column.heading for column in sheet.columns]


def test_a_client_that_was_not_read_says_so_and_why():
    (row,) = said(sheets_of(filed(unread=["Acme"], clients=()))["clients"])

    assert (row["reading"], row["why"], row["newest"], row["age_hours"]) == ("not read", "timed out", None, None)


def test_aliases_stand_instead_of_names_on_every_sheet():
    told = filed(an_activity(failure=DISK_FULL), voice=Voice(UTC, {"Acme": "A-17"}))

    for name in ("incidents", "clients", "jobs"):
        assert [row["client"] for row in said(sheets_of(told)[name])] == ["A-17"]


def test_a_refresh_says_how_much_it_saw_and_how_long_it_took():
    memory = a_memory(a_batch([an_activity(failure=DISK_FULL)]))
    run = memory.runs[-1]
    noted = replace(run, ended_at=run.read_at + timedelta(seconds=12.512345), extent=Extent(1, 2, 3, 4))
    older = replace(memory, runs=(run, noted))

    newest, before = said(filing(report(older, noted, now=WEDNESDAY), Voice()).sheets[2])

    assert (newest["seconds"], newest["clients_read"], newest["clients"], newest["workloads"]) == (12.5, 1, 2, 4)
    assert (before["seconds"], before["clients_read"]) == (None, None)
    assert (newest["runs_failed"], newest["opened"], newest["recovered"]) == (1, 1, 0)


def test_columns_have_names_and_titles_of_their_own_and_end_with_a_key():
    for sheet in sheets_of(filed(an_activity(failure=DISK_FULL))).values():
        names = [column.name for column in sheet.columns]
        titles = [column.title for column in sheet.columns]
        keys = [row["key"] for row in said(sheet)]

        assert len(set(names)) == len(names)
        assert len(set(titles)) == len(titles)
        assert names[-1] == "key"
        assert len(set(keys)) == len(keys) > 0


def tickets_filed(*tickets):
    memory = a_memory(a_batch([an_activity(failure=DISK_FULL)]))
    (key,) = memory.incidents
    told = with_tickets(memory, *(replace(each, target=key) for each in tickets))
    (row,) = said(filing(report(told, told.runs[-1], now=WEDNESDAY), Voice()).sheets[0])
    return (row["ticket"], row["desk"], row["ticket_state"], row["ticket_there"])


def test_a_ticket_is_filed_with_its_name_its_desk_and_how_it_stands():
    closed = a_ticket("", desk="email", key="e", reference="E-1\nx", closed_at=WEDNESDAY)

    asked = a_ticket("", desk="halopsa", key="h", view=DeskView("In Progress", is_closed=False, at=WEDNESDAY))

    assert tickets_filed() == ("", "", "", "")
    assert tickets_filed(a_ticket("")) == ("4411", "webhook", "open", "")
    assert tickets_filed(a_ticket("", reference="")) == ("unknown", "webhook", "not confirmed yet", "")
    assert tickets_filed(closed, asked) == ("E-1 x; 4411", "email; halopsa", "closed; open", "unknown; In Progress")


def test_rows_that_a_report_has_no_more_are_over_only_where_it_could_see():
    seen = sheets_of(filed(an_activity(client="Acme"), an_activity(client="Bolt"), unread=["Bolt"]))

    assert seen["incidents"].leaving.only == seen["jobs"].leaving.only == {"client": {"Acme"}}
    assert seen["refreshes"].leaving is None


def test_clients_that_a_report_has_no_more_are_gone_only_when_it_misses_nothing():
    memory = a_memory(a_batch([an_activity()]))
    run = memory.runs[-1]
    cut = replace(run, coverage=replace(run.coverage, gaps=("a page was cut",)))

    whole, partial = (report(replace(memory, runs=(each,)), each, now=WEDNESDAY) for each in (run, cut))

    assert sheets_of(filing(whole, Voice()))["clients"].leaving.says["reading"] == "gone"
    assert sheets_of(filing(partial, Voice()))["clients"].leaving is None
