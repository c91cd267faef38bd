"""The web door: real requests over a real socket of this machine."""

import socket
import threading
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from bot.core.activity import ClientCoverage, Coverage, Reading, Ref, Window
from bot.core.memory import Memory, Run
from bot.errors import Refused
from bot.web.door import Door
from bot.web.metrics import Metrics
from bot.web.routes import Part, routes
from bot.web.vitals import Vitals
from tests.builders import DISK_FULL, WEDNESDAY, a_batch, a_memory, an_activity

SOON = timedelta(seconds=20)


class Process:
    """A process as the door sees it, on a clock of ours."""

    def __init__(self, memory=None):
        self.seconds, self.now = 0.0, WEDNESDAY
        self.memory = memory or Memory()
        self.parts = {"store": Part(True, "open")}
        self.vitals = Vitals(lambda: self.seconds)
        self.metrics = Metrics(lambda: self.memory, lambda: self.now)

    @contextmanager
    def open(self):
        door = Door("127.0.0.1", 0)
        door.start(routes(self.vitals, lambda: self.parts, self.metrics))
        try:
            yield door.url
        finally:
            door.stop(within=SOON)
            assert not door.is_alive

    def get(self, path, method="GET"):
        with self.open() as url:
            return requests.request(method, url + path, timeout=10)


@pytest.fixture
def process():
    return Process()


def test_threads_that_are_heard_are_healthy(process):
    process.vitals.beat("clock", timedelta(minutes=11))
    process.seconds = 600.0

    answer = process.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {
        "healthy": True,
        "silent": [],
        "heartbeats": {"clock": {"age_s": 600.0, "within_s": 660.0}},
    }


def test_a_thread_that_is_silent_for_too_long_is_named(process):
    process.vitals.beat("clock", timedelta(minutes=11))
    process.vitals.beat("reader", timedelta(hours=2))
    process.seconds = 661.0

    answer = process.get("/healthz")

    assert (answer.status_code, answer.json()["silent"]) == (503, ["clock"])


def test_ready_when_nothing_is_missing(process):
    assert process.get("/readyz").status_code == 200


def test_what_is_missing_is_said(process):
    process.parts["first refresh"] = Part(False, "not begun")

    answer = process.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "missing": {"first refresh": "not begun"},
        "parts": {"store": "open", "first refresh": "not begun"},
    }


def measured(process):
    answer = process.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_readings_are_counted_by_how_they_ended(process):
    process.metrics.count("whole", 3.0)
    process.metrics.count("missed")

    found = measured(process)

    assert found["fortress_refresh_total", "whole"] == found["fortress_refresh_total", "missed"] == 1
    assert found["fortress_refresh_total", "failed"] == 0
    assert (found["fortress_refresh_seconds_count",], found["fortress_refresh_seconds_sum",]) == (1, 3.0)


def test_what_is_remembered_is_measured():
    unread = ClientCoverage(Ref("c-Fenn", "Fenn"), Reading.UNREAD)
    memory = a_memory(a_batch([an_activity("04 02:00", DISK_FULL)]))
    (run,) = memory.runs
    due = datetime(2026, 3, 4, 6, 45, tzinfo=UTC)
    process = Process(
        Memory(
            incidents=memory.incidents,
            standings=memory.standings,
            clients={**memory.clients, "c-Fenn": unread},
            runs=(Run("2026-03-04T06:45:00Z", 1, run.read_at, True, run.coverage),),
        )
    )
    process.now = due + timedelta(hours=1)

    found = measured(process)

    assert found["fortress_slot_age_seconds",] == 3600
    assert found["fortress_open_incidents", "act now", "MSP"] == 1
    assert found["fortress_clients", "unread"] == 1
    assert found["fortress_unknown_codes",] == 0


def test_before_the_first_reading_there_is_no_age(process):
    process.memory = Memory(
        runs=(Run("asked-2026-03-04T06:45:00Z-1a2b", 1, WEDNESDAY, False, Coverage(Window(WEDNESDAY, WEDNESDAY))),)
    )

    assert ("fortress_slot_age_seconds",) not in measured(process)


def test_no_page_names_a_client_or_a_machine():
    process = Process(a_memory(a_batch([an_activity("04 02:00", DISK_FULL)])))
    (incident,) = process.memory.incidents.values()
    process.metrics = Metrics(lambda: Memory(incidents=process.memory.incidents), lambda: WEDNESDAY)

    said = process.get("/metrics").text

    assert incident.subject.client.name not in said
    assert incident.subject.workload.name not in said


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_pages_can_only_be_read(process, path):
    assert process.get(path, "POST").status_code == 405
    assert process.get(path, "HEAD").status_code == 200


def test_other_pages_are_not_there_and_nothing_says_what_answers(process):
    answer = process.get("/")

    assert answer.status_code == 404
    assert "server" not in answer.headers


def test_a_port_that_is_taken_is_said_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=f"cannot listen on 127.0.0.1 port {port} .*web.port"):
            Door("127.0.0.1", port)


def test_a_question_that_is_never_finished_keeps_the_door_from_closing_no_longer_than_it_may(process):
    with ExitStack() as later, process.open() as url:
        half = later.enter_context(socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))))
        half.sendall(b"GET /healthz HTTP/1.1\r\n")
        answer = requests.get(f"{url}/healthz", timeout=10)  # so that the half one was taken before

    assert answer.status_code == 200


def test_many_ask_at_once(process):
    process.vitals.beat("clock", timedelta(minutes=11))
    with process.open() as url:
        found, threads = [], []
        for path in ("/healthz", "/readyz", "/metrics") * 8:
            ask = threading.Thread(target=lambda path=path: found.append(requests.get(url + path, timeout=10)))
            ask.start()
            threads.append(ask)
        for thread in threads:
            thread.join()

    assert {answer.status_code for answer in found} == {200}
