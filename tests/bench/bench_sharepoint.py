"""What filing in SharePoint costs: requests, resource units, seconds of our processor, for so many incidents.

    .venv/bin/python -m tests.bench.bench_sharepoint [1000 10000]

A server of the tests plays Microsoft Graph, in this process; each filing is a process of its own, as after a start.
Its memory before filing holds the incidents themselves. Resource units are counted as SharePoint counts them; an app
has 1,200 a minute in a small tenant.
"""

import json
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from bot.app_yaml import SharePointSettings
from bot.core.memory import Memory
from bot.core.report import report
from bot.core.sheet import Filing
from bot.publishers.sharepoint.publisher import SharePointPublisher
from bot.stores.tinydb import build as open_folder
from bot.wording.phrases import Voice
from bot.wording.report import filing
from tests.bench.bench_publish import FACTS
from tests.builders import WEDNESDAY, a_batch, a_memory, an_incident
from tests.publishers.sharepoint import Tokens, a_site
from tests.servers.sharepoint_site import SITE

UNITS_A_MINUTE = 1200
CHANGED_EVERY = 20


def main() -> None:
    if len(sys.argv) == 5 and sys.argv[1] == "--once":
        print(json.dumps(_file(int(sys.argv[2]), sys.argv[3], sys.argv[4])))
        return
    print("incidents  filing          requests  of them parts  units  at 1,200 a minute   CPU, s  memory, MB (before)")
    for count in [int(number) for number in sys.argv[1:]] or [1000, 10_000]:
        with a_site(_filing(0)) as site, tempfile.TemporaryDirectory() as temporary:
            folder = temporary
            for what in ("first", "unchanged", "5 % changed", "notes lost"):
                folder = f"{folder}/new" if what == "notes lost" else folder
                site.server.asks.clear()
                units = site.server.units
                _say(count, what, _apart(count, what, folder, site.server.url), site.server, units)


def _say(count: int, what: str, cost: tuple[float, float, float], server, units_before: int) -> None:  # type: ignore[no-untyped-def]
    cpu, peak, before = cost
    parts, units = sum(ask.inside for ask in server.asks), server.units - units_before
    at_least = units / UNITS_A_MINUTE
    print(
        f"{count:9,}  {what:14} {len(server.asks) - parts:9,} {parts:14,} {units:6,} {at_least:14.1f} min"
        f" {cpu:8.1f} {peak:8.0f} ({before:.0f})"
    )


def _apart(count: int, what: str, folder: str, url: str) -> tuple[float, float, float]:
    command = [sys.executable, "-m", __spec__.name, "--once", str(count), f"{what}|{folder}", url]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    cpu, peak, before = json.loads(told.stdout)
    return cpu, peak, before


def _file(count: int, what_and_folder: str, url: str) -> tuple[float, float, float]:
    what, _, folder = what_and_folder.partition("|")
    told = _filing(count, changed=what in ("5 % changed", "notes lost"))
    section = SharePointSettings.model_validate(
        {"enabled": True, "site": SITE, "graph": url.removesuffix("v1.0"), "formats": []}
    )
    before, begun = _peak_mb(), time.process_time()
    with closing(open_folder(Path(folder))) as keeping:
        SharePointPublisher(section, Tokens(), keeping.register).publish(told)
    return time.process_time() - begun, _peak_mb(), before


def _filing(count: int, *, changed: bool = False) -> Filing:
    incidents = [
        replace(
            an_incident(
                number=n,
                client=f"Client {n % 400:03d} Ltd",
                workload=f"SRV-FILE-{n:05d}",
                facts=FACTS,
                failed_runs=1 + (changed and not n % CHANGED_EVERY),
            ),
            link=f"https://eu2-cloud.acronis.com/ui/#/activities/{n:032d}",
        )
        for n in range(1, count + 1)
    ]
    memory = Memory(incidents={each.key: each for each in incidents}, runs=a_memory(a_batch()).runs)
    return filing(report(memory, memory.runs[-1], now=WEDNESDAY), Voice())


def _peak_mb() -> float:
    """Give the most memory this process had; what getrusage says begins with what its parent had."""
    told = Path("/proc/self/status").read_text().partition("VmHWM:")[2]
    return int(told.split()[0]) / 1024


if __name__ == "__main__":
    main()
