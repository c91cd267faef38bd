"""What filing a report costs: seconds, size and peak memory of each format, for so many jobs, and of all that is filed
where app.yaml says nothing else. One job in twenty has an open incident.

    .venv/bin/python -m tests.bench.bench_publish [50000]

Each format is written by a process of its own, which first makes the standings: the memory they take is said too.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from msgspec.structs import replace

from bot.app_yaml import FolderSettings
from bot.core.activity import Outcome, Standing
from bot.core.memory import Memory
from bot.core.report import report
from bot.publishers.folder import ENDINGS, build, write_file
from bot.wording.phrases import Voice
from bot.wording.report import filing
from classifier.facts import Destination, JobFacts, Kind, Method, Rhythm, Step, Trigger
from tests.builders import CLOUD_GONE, WEDNESDAY, a_batch, a_memory, a_subject, an_incident, at

AS_SHIPPED = "all"
FACTS = JobFacts(
    trigger=Trigger.SCHEDULED,
    rhythm=Rhythm.DAILY,
    method=Method.INCREMENTAL,
    bytes_processed=5_430_065_795,
    bytes_saved=2_172_026_318,
    kind=Kind.DISK,
    steps=(Step("Backing up", True), Step("Cleaning up", True)),
    policy_applied=True,
    backup_completed=True,
    cloud_only=True,
    destinations=(Destination("cloud"),),
    why={"retention_applied": "no clean-up step was reported"},
)


def main() -> None:
    if len(sys.argv) == 3:
        print(json.dumps(_one(int(sys.argv[1]), sys.argv[2])))
        return
    jobs = sys.argv[1] if len(sys.argv) > 1 else "50000"
    print(f"{jobs} jobs  seconds    MB  peak memory, MB  of it before writing")
    for kind in (*ENDINGS, AS_SHIPPED):
        told = subprocess.run(
            [sys.executable, "-m", __spec__.name, jobs, kind], capture_output=True, text=True, check=True
        )
        seconds, size, peak, before = json.loads(told.stdout)
        print(f"{kind:>10} {seconds:8.1f} {size:5.1f} {peak:16.0f} {before:21.0f}")


def _one(jobs: int, kind: str) -> tuple[float, float, float, float]:
    memory = _memory(jobs)
    told = filing(report(memory, memory.runs[-1], now=WEDNESDAY), Voice())
    before, begun = _peak_mb(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        if kind == AS_SHIPPED:
            build(FolderSettings(path=Path(folder))).publish(told)
        else:
            write_file(Path(folder) / "jobs", (told.jobs,), kind, told.at)
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
    return (time.process_time() - begun, size, _peak_mb(), before)


def _memory(jobs: int) -> Memory:
    standings = {each.subject.key: each for each in (_standing(number) for number in range(jobs))}
    troubled = [standing.subject for standing in list(standings.values())[::20]]
    incidents = {
        subject.key: replace(an_incident(CLOUD_GONE, number=number), subject=subject)
        for number, subject in enumerate(troubled, start=1)
    }
    return Memory(standings=standings, incidents=incidents, runs=a_memory(a_batch()).runs)


def _standing(number: int) -> Standing:
    ended = at("04 02:10")
    return Standing(
        a_subject(f"Client {number % 400:03d} Ltd", f"SRV-FILE-{number:05d}", f"Nightly to the cloud {number % 50}"),
        judged=(ended, "x"),
        last_good_at=ended,
        last_backup_at=ended,
        last_outcome=Outcome.SUCCEEDED,
        facts=FACTS,
    )


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
