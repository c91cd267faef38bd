"""What Prometheus may know: counts, ages and spans. Never a client's name, nor a machine's."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client import Counter as Counted
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.core.activity import Reading
from bot.core.digest import unknown_codes, what_was_seen
from bot.core.incident import State
from bot.core.memory import Memory
from bot.core.slot import slot_at

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200)  # a sandbox takes less than one, 50,000 workloads minutes
RESULTS = ("whole", "partial", "blind", "failed", "missed")


class Metrics:
    """Counts readings as they end; works the rest out of what is remembered, when asked.

    Args:
        memory: gives what is remembered.
        now: our clock.
    """

    def __init__(self, memory: Callable[[], Memory], now: Callable[[], datetime]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a gauge beside each counter that nobody reads
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "fortress_refresh_seconds",
            "How long a refresh took, from its claim to its commit.",
            buckets=SECONDS,
            registry=self._registry,
        )
        self._total = Counted(
            "fortress_refresh_total",
            "Refreshes since the start: whole; partial, some clients not fully read; blind, none; "
            "failed, nothing written, tried again; missed, a slot nobody read for.",
            ["result"],
            registry=self._registry,
        )
        for result in RESULTS:
            self._total.labels(result)
        self._registry.register(_Remembered(memory, now))

    def count(self, result: str, seconds: float | None = None) -> None:
        """Count a refresh by how it ended.

        Args:
            seconds: how long it took; None when nothing was read.
        """
        self._total.labels(result).inc()
        if seconds is not None:
            self._seconds.observe(seconds)

    def page(self) -> bytes:
        """Give all of it in Prometheus' text format."""
        return generate_latest(self._registry)


class _Remembered(Collector):
    """What can be read off the memory at any time."""

    def __init__(self, memory: Callable[[], Memory], now: Callable[[], datetime]) -> None:
        self._memory = memory
        self._now = now

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())  # so that registering reads nothing yet

    def collect(self) -> Iterator[GaugeMetricFamily]:
        memory, now = self._memory(), self._now()
        yield from _slot_age(memory, now)
        unknown = sum(many for _, many in unknown_codes(memory.incidents.values(), now=now))
        yield GaugeMetricFamily("fortress_unknown_codes", "Open incidents whose code no rule knows.", value=unknown)
        yield _open(memory)
        yield _clients(memory)


def _slot_age(memory: Memory, now: datetime) -> Iterator[GaugeMetricFamily]:
    """Nothing before the first scheduled reading: no age is better than a wrong one."""
    newest = max((slot_at(run.slot) for run in memory.runs if run.scheduled), default=None)
    if newest is not None:
        words = "Seconds since the newest slot that has a reading was due."
        yield GaugeMetricFamily("fortress_slot_age_seconds", words, value=(now - newest).total_seconds())


def _open(memory: Memory) -> GaugeMetricFamily:
    words = "Open incidents by lead party and disposition."
    family = GaugeMetricFamily("fortress_open_incidents", words, labels=["party", "disposition"])
    found = Counter(
        (str(incident.verdict.lead), str(incident.disposition))
        for incident in memory.incidents.values()
        if incident.state is State.OPEN
    )
    for labels, many in sorted(found.items()):
        family.add_metric(labels, many)
    return family


def _clients(memory: Memory) -> GaugeMetricFamily:
    words = "Clients by how much of them the last refresh could read."
    family = GaugeMetricFamily("fortress_clients", words, labels=["reading"])
    found = Counter(client.reading for client in what_was_seen(memory).clients)
    for reading in Reading:
        family.add_metric([str(reading)], found[reading])
    return family
