"""The TinyDB store against plain dictionaries, over any sequence of writes and restarts."""

import tempfile
from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from bot.core.incident import Acknowledgement, Incident
from bot.core.message import Delivery
from bot.errors import Conflict
from bot.stores.tinydb import build
from tests.stores.samples import (
    NOON,
    a_commit,
    a_delivery,
    a_receipt,
    a_run,
    a_subject,
    after,
    an_acknowledgement,
    an_incident,
)

names = st.sampled_from(["a", "b", "ü\n", '"'])
people = st.sampled_from(["U1", "U2"])


class StoreBesideDictionaries(RuleBasedStateMachine):
    """Every rule does the same to the store and to the model; every step compares them."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.keeping = build(Path(self.folder.name))
        self.incidents: dict[str, Incident] = {}
        self.acknowledgements: dict[str, Acknowledgement] = {}
        self.outbox: dict[str, Delivery] = {}
        self.slots: list[str] = []
        self.number = 0

    def now(self) -> datetime:
        return after(len(self.slots))

    @rule(name=names, forget=names, lapse=names)
    def read(self, name: str, forget: str, lapse: str) -> None:
        slot = f"slot-{len(self.slots)}"
        self.slots.append(slot)
        self.number += 1
        subject, gone = a_subject(name), a_subject(forget).key
        known = self.acknowledgements.get(lapse)
        commit = a_commit(
            a_run(slot, read_at=self.now()),
            incidents=(an_incident(self.number, subject=subject),),
            forgotten=() if gone == subject.key else (gone,),
            lapsed=((lapse, known.at if known and self.number % 2 else NOON),),
            last_number=self.number,
        )
        claim = self.keeping.store.claim(slot, now=self.now())
        assert claim is not None
        self.keeping.store.commit(claim, commit)
        if gone != subject.key:
            self.incidents.pop(gone, None)
        self.incidents[subject.key] = commit.incidents[0]
        if known and commit.lapsed == ((lapse, known.at),):
            del self.acknowledgements[lapse]

    @rule(what=names, by=people, seen=st.booleans())
    def acknowledge(self, what: str, by: str, seen: bool) -> None:
        known = self.acknowledgements.get(what)
        given = an_acknowledgement(what, by=by, at=self.now())
        try:
            self.keeping.store.acknowledge(given, instead_of=known if seen else None)
        except Conflict:
            assert known is not None
            assert not seen
        else:
            self.acknowledgements[what] = given

    @rule(what=names, by=people)
    def withdraw(self, what: str, by: str) -> None:
        known = self.acknowledgements.get(what)
        try:
            self.keeping.store.withdraw(known or an_acknowledgement(what, by=by))
        except Conflict:
            assert known is None
        else:
            self.acknowledgements.pop(what)

    @rule(key=names, place=names)
    def intend(self, key: str, place: str) -> None:
        delivery = a_delivery(key, place=place, at=self.now())
        known = self.outbox.get(key + place, delivery)
        expected = known if known.receipt else replace(known, attempts=known.attempts + 1)
        assert self.keeping.outbox.intend(delivery) == expected
        self.outbox[key + place] = expected

    @rule(key=names, place=names)
    def sent(self, key: str, place: str) -> None:
        if known := self.outbox.get(key + place):
            self.keeping.outbox.sent(known, a_receipt(place=place))
            self.outbox[key + place] = replace(known, receipt=a_receipt(place=place))

    @rule()
    def restart(self) -> None:
        self.keeping.close()
        self.keeping = build(Path(self.folder.name))

    @invariant()
    def agree(self) -> None:
        memory = self.keeping.store.memory()
        assert memory.incidents == self.incidents
        assert memory.acknowledgements == self.acknowledgements
        assert ([run.slot for run in memory.runs], memory.last_number) == (self.slots[-90:], self.number)
        found = {one.key + one.place: one for key in ("a", "b", "ü\n", '"') for one in self.keeping.outbox.find(key)}
        assert found == self.outbox
        assert len(self.keeping.outbox.pending()) == sum(one.receipt is None for one in self.outbox.values())

    def teardown(self) -> None:
        self.keeping.close()
        self.folder.cleanup()


TestStoreBesideDictionaries = StoreBesideDictionaries.TestCase
TestStoreBesideDictionaries.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
