"""Write until killed, and say what is sure. Run in a process of its own."""

import os
from itertools import count
from pathlib import Path
from typing import NoReturn

from bot.stores.tinydb import build
from tests.stores.samples import (
    NOON,
    a_client,
    a_commit,
    a_delivery,
    a_receipt,
    a_run,
    a_standing,
    a_subject,
    after,
    an_acknowledgement,
    an_entry,
    an_incident,
)


def write_until_killed(folder: Path, *, out: int) -> NoReturn:
    """Say each confirmed write as a line on a descriptor."""

    def sure(what: str, n: int) -> None:
        os.write(out, f"{what} {n}\n".encode())

    keeping = build(folder)
    for n in count(keeping.store.memory().last_number + 1):
        claim = keeping.store.claim(f"slot-{n}", now=NOON)
        assert claim is not None, f"slot-{n} is held by nobody alive"
        subject = a_subject(f"srv{n}")
        commit = a_commit(
            a_run(claim.slot, attempt=claim.attempt, read_at=after(n)),
            incidents=(an_incident(n, subject=subject),),
            standings=(a_standing(subject, days=60),),
            clients=(a_client(until=after(n)),),
            forgotten=(a_subject(f"srv{n - 100}").key,),
            last_number=n,
        )
        keeping.store.commit(claim, commit)
        sure("commit", n)
        keeping.store.acknowledge(an_acknowledgement(subject.key), instead_of=None)
        sure("acknowledge", n)
        keeping.outbox.intend(a_delivery(claim.slot))
        keeping.outbox.sent(a_delivery(claim.slot), a_receipt(str(n)))
        sure("sent", n)
        keeping.store.announced(claim.slot)
        sure("announced", n)
        keeping.store.release(claim, done=True)
        sure("done", n)
        keeping.audit.record(an_entry(str(n)))
        sure("audit", n)
    raise AssertionError("never")
