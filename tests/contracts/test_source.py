"""What every source promises (`bot.ports.Source`), shown on Acronis' over a served account."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from bot.core.activity import Activity, Coverage, Ended, Outcome, Page, Reading, Window
from bot.ports import Source
from bot.sources.acronis import AcronisSource, build
from bot.sources.sandbox import START, Fault, Sandbox, World
from bot.sources.sandbox.server import ACTIVITIES_PATH, Answer, Request

UNTIL = START + timedelta(days=1, hours=6, minutes=45)
WINDOW = Window(UNTIL - timedelta(hours=8), UNTIL)
CUTTING = Window(WINDOW.since, START + timedelta(hours=23, minutes=18))  # ends in the midst of many jobs


class Account(Sandbox):
    """An account into which records can be slipped that no parser expects."""

    odd: tuple[bytes, ...] = ()
    away: frozenset[tuple[str, str]] = frozenset()

    def asked(self, name: str) -> list[str]:
        """Give the values of a parameter in the requests so far."""
        return [value for each in self.requests for key, value in each.params if key == name]

    def answer(self, request: Request, authorization: str, form: bytes) -> Answer:
        if self.away & set(request.params):
            return Answer(500, b"")
        told = super().answer(request, authorization, form)
        if not self.odd or request.path != ACTIVITIES_PATH or told.status != 200:
            return told
        slipped = b'{"items":[' + b",".join(self.odd) + b","
        return Answer(200, told.body.replace(b'{"items":[', slipped, 1).replace(b",]", b"]", 1))


@pytest.fixture
def account() -> Iterator[Account]:
    served = Account(World(), lambda: UNTIL)
    yield served
    served.close()


@pytest.fixture
def source(account: Account) -> Iterator[AcronisSource]:
    built = build(
        url=account.url, client_id=account.client_id, client_secret=account.client_secret, sleep=lambda _: None
    )
    yield built
    built.close()


def read(source: Source, window: Window = WINDOW, clients: frozenset[str] | None = None):
    items = list(source.fetch(window, clients=clients))
    assert isinstance(items[-1], Coverage)
    assert all(isinstance(each, Page) for each in items[:-1])
    activities = [each for page in items[:-1] for each in page.activities]
    return activities, [each for page in items[:-1] for each in page.ended], items[-1]


def test_coverage_comes_last_and_names_every_client_once(source: Source):
    activities, _, coverage = read(source)

    named = [each.client.name for each in coverage.clients]
    assert len(named) == len(set(named)) == 16
    assert {each.subject.client.id for each in activities} <= {each.client.id for each in coverage.clients}
    assert coverage.window == WINDOW


def test_a_read_client_is_covered_to_the_end_and_knows_its_newest_result(source: Source):
    activities, _, coverage = read(source)

    for each in coverage.clients:
        ends = [a.finished_at for a in activities if a.finished_at and a.subject.client.id == each.client.id]
        assert each.newest == max(ends, default=None)
        assert each.until == (UNTIL if each.reading is Reading.READ else None)


def test_a_client_that_lets_nobody_in_is_a_gap_and_no_exception(source: Source):
    _, _, coverage = read(source)

    (closed,) = [each for each in coverage.clients if each.reading is Reading.NO_ACCESS]
    assert closed.client.name == "Coastal Vets"
    assert "self-managed" in closed.why


def test_a_client_of_which_nothing_is_seen_is_not_read(source: Source):
    _, _, coverage = read(source)

    (silent,) = [each for each in coverage.clients if each.reading is Reading.UNREAD]
    assert silent.client.name == "Umber Studio"
    assert "nothing seen" in silent.why


def test_reading_again_gives_the_same(source: Source):
    assert read(source) == read(source)


def test_two_windows_give_the_runs_of_one(source: Source):
    middle = UNTIL - timedelta(hours=4)
    whole = {each.id: each for each in read(source)[0]}
    parts = [*read(source, Window(WINDOW.since, middle))[0], *read(source, Window(middle, UNTIL))[0]]

    def told(activity: Activity) -> tuple[object, ...]:
        return (activity.id, activity.outcome, activity.finished_at, activity.failure)

    assert {told(each) for each in parts} == {told(each) for each in whole.values()}


def test_units_are_folded_into_their_client(source: Source):
    activities, _, _ = read(source)

    assert "Harbour Dental" in {each.subject.client.name for each in activities}
    assert not any("Front desk" in each.subject.client.name for each in activities)


def test_a_run_has_an_end_or_is_running_and_a_failure_when_it_is_trouble(source: Source):
    activities, _, _ = read(source)

    for each in activities:
        assert (each.finished_at is None) == (each.outcome is Outcome.RUNNING)
        assert (each.failure is not None) == each.outcome.is_trouble
        assert each.finished_at is None or each.finished_at >= each.started_at
        assert each.started_at.utcoffset() == timedelta(0)
    assert len({each.id for each in activities}) == len(activities)


def test_bad_records_are_counted_and_cost_nothing_else(account: Account, source: Source):
    calm = read(source, CUTTING)
    account.odd = (
        b"7",
        b"null",
        b'{"uuid": 5}',
        b'{"uuid":"x","startedAt":"yesterday"}',
        b'{"uuid":"y","id":1.5}',
        b"[]",
    )

    activities, ended, coverage = read(source, CUTTING)

    assert (activities, ended) == calm[:2]
    assert coverage.clients == calm[2].clients
    pages = sum(each.path == ACTIVITIES_PATH for each in account.requests) // 2  # both readings ask the same
    assert len(account.asked("taskId")) > 0
    assert coverage.quarantined == len(account.odd) * pages


def test_bad_records_are_named_in_the_log_and_not_shown(
    account: Account, source: Source, caplog: pytest.LogCaptureFixture
):
    account.odd = (
        b'{"uuid":"bad-shape","startedAt":"yesterday","policy":{"name":"s3cret"}}',
        b'{"uuid":"bad-end","type":"backup","startedAt":"2026-03-02T22:00:00Z","state":"completed","result":{"code":"s3cret"}}',
        b"7",
    )

    read(source)

    told = [each.getMessage() for each in caplog.records if "quarantined" in each.getMessage()]
    assert any("Activity bad-shape" in each and "startedAt" in each for each in told)
    assert any("Activity bad-end" in each and "ended in a way we do not know" in each for each in told)
    assert "s3cret" not in caplog.text
    assert "yesterday" not in caplog.text


def test_a_record_beyond_all_time_costs_nothing_else(account: Account, source: Source):
    calm = read(source)
    account.odd = (b'{"uuid":"x","startedAt":"9999-12-31T23:59:59-05:00"}',)

    assert read(source)[:2] == calm[:2]


def test_a_job_that_cannot_be_read_again_is_a_gap_of_its_client_alone(account: Account, source: Source):
    read(source, CUTTING)
    first, *others = sorted(set(account.asked("taskId")))
    account.away = frozenset({("taskId", first)})
    account.requests.clear()

    _, _, coverage = read(source, CUTTING)

    assert set(account.asked("taskId")) == {first, *others}
    (partial,) = [each for each in coverage.clients if each.reading is Reading.PARTIAL]
    assert partial.until == CUTTING.since
    assert "could not be read again in full" in partial.why


def test_when_no_job_can_be_read_again_we_soon_stop_asking(account: Account, source: Source):
    read(source, CUTTING)
    tasks = set(account.asked("taskId"))
    account.away = frozenset(("taskId", each) for each in tasks)
    account.requests.clear()

    _, _, coverage = read(source, CUTTING)

    assert len(set(account.asked("taskId"))) == 3 < len(tasks)
    assert sum(each.reading is Reading.PARTIAL for each in coverage.clients) > 1


def test_when_running_jobs_cannot_be_listed_nobody_is_read(account: Account, source: Source):
    account.away = frozenset({("state", "started")})

    _, _, coverage = read(source)

    partial = [each for each in coverage.clients if each.reading is not Reading.NO_ACCESS]
    assert {each.reading for each in partial} == {Reading.PARTIAL}
    assert all(each.until == UNTIL and "could not be listed" in each.why for each in partial)


def test_a_broken_line_is_a_gap_and_no_exception(account: Account, source: Source):
    account.faults.append(Fault(ACTIVITIES_PATH, times=99, cut=True))

    _, _, coverage = read(source)

    assert Reading.READ not in {each.reading for each in coverage.clients}
    assert all(each.until is None for each in coverage.clients)


def test_an_empty_page_ends_nothing(account: Account, source: Source):
    account.faults.append(Fault(ACTIVITIES_PATH, times=99, empty=True))

    activities, ended, _ = read(source)

    assert Outcome.SUCCEEDED not in {each.outcome for each in activities}
    assert all(isinstance(each, Ended) and not each.workload_id for each in ended)


def test_asked_for_some_clients_it_tells_of_them_only(source: Source):
    everyone = read(source)
    acme = next(each.client.id for each in everyone[2].clients if each.client.name == "Acme")

    activities, _, coverage = read(source, clients=frozenset({acme, "nobody"}))

    assert activities == [each for each in everyone[0] if each.subject.client.id == acme]
    assert {each.client.id: each.reading for each in coverage.clients} == {acme: Reading.READ, "nobody": Reading.UNREAD}


def test_what_it_gives_can_be_written_down(source: Source):
    for item in source.fetch(WINDOW):
        assert msgspec.json.decode(msgspec.json.encode(item), type=type(item)) == item
