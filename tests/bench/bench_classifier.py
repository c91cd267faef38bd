"""How many failures a second are judged on one core: by name, by leaf, by family, by words, and not at all.

    .venv/bin/python -m tests.bench.bench_classifier

The best of five rounds of 20,000 each, in CPU seconds. Every failure carries a message of 400 characters, as real
ones do: only the last two lines may read it.
"""

import time

from classifier import Cause, Failure, classify
from classifier.facts import Destination, JobFacts, Trigger

ROUNDS, EACH = 5, 20_000
MESSAGE = "Something went wrong while the backup of the machine was being made, and here is a long text about it. " * 4
OUTER = (Cause(0x01350016, "outer"), Cause(0x01350016, "outer"), Cause(0x00A100D4, "an archive"))
KNOWN = JobFacts(trigger=Trigger.MANUAL, destinations=(Destination("local_folder", "D:\\Backups"),))

FAILURES = {
    "hit, by name": Failure(code="CloudStorageUnavailable", module="environment", chain=OUTER, text=MESSAGE),
    "hit, by leaf": Failure(code="InternalError", chain=(*OUTER, Cause(0x0247000D, "leaf")), text=MESSAGE),
    "family": Failure(code="InternalError", chain=(*OUTER[:2], Cause(0x024700EE, "leaf")), text=MESSAGE),
    "words alone": Failure(text=f"{MESSAGE} The storage quota is exceeded."),
    "miss": Failure(code="NotSeenBefore", chain=(*OUTER[:2], Cause(0x07EE0001, "leaf")), text=MESSAGE),
}


def main() -> None:
    print(f"{'':16} {'a second':>12}  {'with facts':>12}  answered by")
    for name, failure in FAILURES.items():
        bare, known = _speed(failure), _speed(failure, KNOWN)
        verdict = classify(failure)
        print(f"{name:16} {bare:12,.0f}  {known:12,.0f}  {verdict.rule} ({verdict.basis})")


def _speed(failure: Failure, *facts: JobFacts) -> float:
    best = min(_round(failure, *facts) for _ in range(ROUNDS))
    return EACH / best


def _round(failure: Failure, *facts: JobFacts) -> float:
    begun = time.process_time()
    for _ in range(EACH):
        classify(failure, *facts)
    return time.process_time() - begun


if __name__ == "__main__":
    main()
