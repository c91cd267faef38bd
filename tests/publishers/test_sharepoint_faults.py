"""Whatever goes wrong between us and SharePoint, the lists end as the report says, with no row twice."""

import errno
import random
from collections import Counter
from contextlib import closing
from datetime import timedelta
from io import BytesIO

import pytest
from msgspec.structs import replace

from bot.errors import Refused, Unavailable
from bot.publishers.sharepoint.library import PART, Library
from bot.publishers.sharepoint.site import Site
from tests.builders import WEDNESDAY
from tests.publishers.filings import COLUMNS, a_filing, a_row
from tests.publishers.sharepoint import INCIDENTS, a_site, fields_in
from tests.servers.played import DROPPED, DROPPED_AFTER_ACCEPT, Fault
from tests.servers.sharepoint import AWAY, LOST, OUT_OF_ORDER, STALE, TOO_MANY
from tests.servers.sharepoint_site import SITE_ID

LATER = WEDNESDAY + timedelta(hours=8)
FIRST = [a_row(n) for n in range(30)]
SECOND = [a_row(n, "Acme" if n % 3 else "Fenn") for n in range(5, 50)]  # some closed, some changed, some new
A_LIST = "/items"
SITE_OF_GRAPH = Site(SITE_ID)


@pytest.fixture
def site():
    with a_site(a_filing()) as site:
        site.publisher(formats=()).publish(a_filing(*FIRST))
        yield site


def second(jobs=()):
    return a_filing(*SECOND, at=LATER, jobs=jobs)


def file_until_done(site, told, most=40):
    """File as passes do, one after the other; gives how many it took."""
    for passes in range(1, most + 1):
        try:
            site.publisher(formats=()).publish(told)
        except Unavailable:
            continue
        return passes
    raise AssertionError("it was never done")


def assert_ends_equal(site, rows=SECOND):
    wanted = {fields["FortressKey"]: fields for fields in fields_in(COLUMNS, rows)}
    found = Counter(row["FortressKey"] for row in site.rows())
    assert set(found.values()) == {1}
    assert {row["FortressKey"] for row in site.rows() if row["FortressState"] == "open"} == set(wanted)
    for row in site.rows():
        if row["FortressState"] == "open":
            assert {name: row.get(name) for name in wanted[row["FortressKey"]]} == wanted[row["FortressKey"]]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("fault", [TOO_MANY, AWAY, LOST, OUT_OF_ORDER, Fault(500), Fault(503), Fault(409), Fault(423)])
def test_part_of_a_batch_that_goes_wrong_ends_well(site, method, fault):
    site.server.fail(*[fault] * 5, method=method, path=A_LIST, inside=True)

    site.publisher().publish(second())

    assert_ends_equal(site)


@pytest.mark.parametrize("fault", [TOO_MANY, AWAY, LOST, DROPPED, DROPPED_AFTER_ACCEPT, OUT_OF_ORDER, Fault(503)])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_batch_that_goes_wrong_as_a_whole_ends_well(site, fault, after):
    site.server.fail(fault, path="/$batch", after=after)

    site.publisher().publish(second())

    assert_ends_equal(site)


def test_only_the_rows_that_were_refused_are_written_again_once_they_may(site):
    site.server.fail(*[TOO_MANY] * 3, method="POST", path=A_LIST, inside=True, after=4)
    writes = site.writes()

    site.publisher(formats=()).publish(second())

    assert_ends_equal(site)
    needed = 5 + len([row for row in SECOND if row not in FIRST])
    assert site.writes() - writes == needed + 3
    assert site.waited == [7.0]


def test_one_answer_that_is_lost_makes_no_second_row(site):
    site.server.fail(LOST, method="POST", path=A_LIST, inside=True)

    site.publisher().publish(second())

    assert_ends_equal(site)
    assert site.looks() == 1 + 5  # and those that leave


def test_what_finds_no_time_is_gone_on_with_at_the_next_pass(site):
    site.server.fail(*[TOO_MANY] * 30, method="POST", path=A_LIST, inside=True)

    with pytest.raises(Unavailable) as caught:
        site.publisher(budget=timedelta(seconds=5), formats=()).publish(second())
    open_rows = [row for row in site.rows() if row["FortressState"] == "open"]
    site.publisher(formats=()).publish(second())

    assert caught.value.retry_after == timedelta(seconds=7)
    assert len(open_rows) < len(SECOND)
    assert_ends_equal(site)


def test_rows_that_wait_for_the_next_pass_are_not_looked_at_again(site):
    changed = a_filing(*(a_row(n, "Fenn") for n in range(30)), at=LATER)
    site.server.fail(Fault(429, retry_after="9000"), path="/$batch")
    with pytest.raises(Unavailable):
        site.publisher(formats=()).publish(changed)

    site.publisher(formats=()).publish(changed)

    assert site.looks() == 0
    assert_ends_equal(site, [a_row(n, "Fenn") for n in range(30)])


def test_who_is_asked_to_wait_for_long_is_not_asked_again_before(site):
    publisher = site.publisher(formats=())
    site.server.fail(Fault(429, retry_after="9000"), path="/$batch")

    with pytest.raises(Unavailable):
        publisher.publish(second())
    asked, site.now = len(site.server.asks), site.now + 8000
    with pytest.raises(Unavailable, match="asked us to wait") as caught:
        publisher.publish(second())
    assert len(site.server.asks) == asked
    assert caught.value.retry_after == timedelta(seconds=1000)

    site.now += 1001
    publisher.publish(second())
    assert_ends_equal(site)


def test_who_asks_us_to_wait_is_heard_also_when_the_files_have_another_trouble(site):
    publisher = site.publisher()
    site.server.fail(*[Fault(507)] * 8, method="PUT")
    site.server.fail(Fault(429, retry_after="9000"), path="/$batch")

    with pytest.raises(Refused, match="the site is full"):
        publisher.publish(second(jobs=[a_row(1)]))
    asked = len(site.server.asks)
    with pytest.raises(Unavailable, match="asked us to wait"):
        publisher.publish(second(jobs=[a_row(1)]))

    assert len(site.server.asks) == asked


def test_process_that_ends_leaves_the_rest_to_its_next_start(site):
    def stop_after_a_batch(ask):
        site.stops = site.stops or ask.path == "/$batch"

    before = len(site.server.asked("POST", "/$batch"))
    site.server.after = stop_after_a_batch
    with pytest.raises(Unavailable):
        site.publisher(formats=()).publish(second())
    batches = len(site.server.asked("POST", "/$batch")) - before
    site.server.after, site.stops = lambda _: None, False
    site.publisher(formats=()).publish(second())

    assert batches == 1
    assert_ends_equal(site)


# others write there too


def meddle(site, method, do):
    """Do something just before the first part of a batch with that method is done."""
    met = []

    def before(ask):
        if ask.inside and ask.method == method and not met:
            met.append(ask)
            do()

    site.server.before = before


def test_row_that_a_person_changes_just_before_us_keeps_what_is_theirs(site):
    site.server.site.lists[INCIDENTS].add_column({"name": "Theirs", "text": {}})
    item = site.server.site.item(INCIDENTS, FortressNumber=6)

    meddle(site, "PATCH", lambda: site.server.site.edit(INCIDENTS, item, Theirs="call Jo", FortressClient="mine"))
    site.publisher().publish(second())

    assert_ends_equal(site)
    assert item.fields["Theirs"] == "call Jo"
    assert all(change.headers["if-match"].startswith('"') for change in site.server.asked("PATCH"))


def test_row_that_a_person_deletes_just_before_us_is_made_again(site):
    item = site.server.site.item(INCIDENTS, FortressNumber=6)

    meddle(site, "PATCH", lambda: site.server.site.remove(INCIDENTS, item))
    site.publisher().publish(second())

    assert_ends_equal(site)


def test_row_that_leaves_and_that_a_person_deletes_just_before_us_is_not_made_again(site):
    item = site.server.site.item(INCIDENTS, FortressNumber=1)

    meddle(site, "GET", lambda: site.server.site.remove(INCIDENTS, item))
    site.publisher().publish(second())

    assert_ends_equal(site)
    assert not [row for row in site.rows() if row["FortressKey"] == "k1"]


def test_row_that_another_fortress_makes_just_before_us_is_not_made_twice(site):
    rows = site.server.site.lists[INCIDENTS]

    meddle(site, "POST", lambda: [rows.add({"FortressKey": f"k{n}", "FortressState": "open"}) for n in range(30, 50)])
    site.publisher().publish(second())

    assert_ends_equal(site)


def test_row_that_others_change_each_time_keeps_no_other_row_from_being_written(site):
    busy = site.server.site.item(INCIDENTS, FortressNumber=6).number
    site.server.fail(*[STALE] * 50, method="PATCH", path=f"{A_LIST}/{busy}/fields", inside=True)

    with pytest.raises(Unavailable, match="somebody else changes a row"):
        site.publisher().publish(second())
    site.server._faults.clear()
    left = [n for n in range(5, 30) if not n % 3 and site.server.site.item(INCIDENTS, FortressNumber=n).version == 1]

    assert left == [6]
    assert file_until_done(site, second()) == 1
    assert_ends_equal(site)


def test_row_that_is_refused_is_said_and_keeps_no_other_row_from_being_written(site):
    site.server.fail(Fault(400, "invalidRequest"), method="POST", path=A_LIST, inside=True)

    with pytest.raises(Refused, match="400 invalidRequest when asked to write a row"):
        site.publisher().publish(second())
    assert len([row for row in site.rows() if row["FortressState"] == "open"]) == len(SECOND) - 1

    assert file_until_done(site, second()) == 1
    assert_ends_equal(site)


def test_where_every_row_is_refused_not_every_row_is_tried(site):
    site.server.fail(*[Fault(400, "invalidRequest")] * 300, method="POST", path=A_LIST, inside=True)

    with pytest.raises(Refused):
        site.publisher(formats=()).publish(a_filing(*map(a_row, range(200))))

    assert len(site.server.asked("POST", A_LIST)) < 100


# reading what is there


@pytest.mark.parametrize("path", ["/sites/contoso.sharepoint.com:", "/lists", "/columns", A_LIST])
@pytest.mark.parametrize("fault", [TOO_MANY, AWAY, DROPPED, OUT_OF_ORDER])
def test_question_that_goes_wrong_is_asked_again(site, path, fault):
    site.server.fail(fault, method="GET", path=path, inside=False)

    site.publisher().publish(second())

    assert_ends_equal(site)


# files


@pytest.mark.parametrize("fault", [TOO_MANY, AWAY, LOST, DROPPED, DROPPED_AFTER_ACCEPT, OUT_OF_ORDER, Fault(423)])
def test_file_whose_answer_does_not_come_is_put_in_place(site, fault):
    site.server.fail(fault, method="PUT")

    site.publisher(formats=("csv",)).publish(second(jobs=[a_row(1)]))

    assert next(iter(site.server.site.library.files.values())).count(b"\n") == 2


@pytest.mark.parametrize("fault", [TOO_MANY, AWAY, LOST, DROPPED, DROPPED_AFTER_ACCEPT, OUT_OF_ORDER])
@pytest.mark.parametrize("part", [0, 1])
def test_part_of_a_large_file_whose_answer_does_not_come_is_not_sent_in_vain(site, fault, part):
    data = random.Random(1).randbytes(PART + 100)
    site.server.fail(fault, method="PUT", path="/uploads/", after=part)

    with closing(site.graph()) as graph:
        Library(graph, SITE_OF_GRAPH, "Fortress").file("jobs.csv", BytesIO(data), "text/csv", known=None)

    assert site.server.site.library.files == {"Fortress/jobs.csv": data}


def test_last_part_that_is_refused_since_all_of_it_came_is_no_fault(site):
    data = random.Random(1).randbytes(PART + 100)
    for fault in (LOST, Fault(416, "invalidRange")):
        site.server.fail(fault, method="PUT", path="/uploads/", after=1)

    with closing(site.graph()) as graph:
        filed = Library(graph, SITE_OF_GRAPH, "Fortress").file("jobs.csv", BytesIO(data), "text/csv", known=None)

    assert site.server.site.library.files == {"Fortress/jobs.csv": data}
    assert filed.version.endswith(',1"')


def test_what_is_in_the_way_of_the_files_is_not_in_the_way_of_the_lists(site):
    site.server.fail(*[Fault(507, "quotaLimitReached")] * 9, method="PUT")

    with pytest.raises(Refused, match="the site is full"):
        site.publisher().publish(second(jobs=[a_row(1)]))

    assert_ends_equal(site)


def test_where_no_file_can_be_made_on_this_machine_the_lists_are_filed_and_that_is_said(site):
    def full():
        raise OSError(errno.ENOSPC, "No space left on device")
        yield

    told = second()

    with pytest.raises(Unavailable, match="no space left on device"):
        site.publisher().publish(replace(told, jobs=replace(told.jobs, rows=full())))

    assert_ends_equal(site)


def test_files_are_not_made_again_while_the_lists_go_on(site):
    publisher = site.publisher()
    site.server.fail(Fault(429, retry_after="9000"), path="/$batch")
    with pytest.raises(Unavailable):
        publisher.publish(second(jobs=[a_row(1)]))
    looked, site.now = len(site.server.asked("GET", "/root:/")), site.now + 9001

    publisher.publish(second(jobs=[a_row(1)]))

    assert len(site.server.asked("GET", "/root:/")) == looked
    assert len(site.server.site.library.files) == 2
    assert_ends_equal(site)


# all of it together


@pytest.mark.parametrize("seed", range(6))
def test_in_a_storm_of_faults_the_lists_end_equal(site, seed):
    chance = random.Random(seed)
    faults = [TOO_MANY, AWAY, LOST, DROPPED, DROPPED_AFTER_ACCEPT, OUT_OF_ORDER, STALE, Fault(500), Fault(409)]
    for _ in range(60):
        fault = chance.choice(faults)
        inside = not fault.drop and (fault.status in (409, 412) or chance.random() < 0.7)
        site.server.fail(fault, inside=inside, path=A_LIST if inside else "/$batch", after=chance.randrange(6))

    file_until_done(site, second())

    assert_ends_equal(site)
