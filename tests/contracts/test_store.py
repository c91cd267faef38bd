"""What every Store promises."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.core.memory import Claim
from bot.errors import Conflict, Refused
from bot.ports import Store
from bot.stores.decisions import LEASE
from bot.stores.keeping import KeptStore
from tests.contracts.keepings import STORES, opened
from tests.stores.samples import (
    NOON,
    SLOT,
    a_client,
    a_commit,
    a_listed_standing,
    a_run,
    a_standing,
    a_subject,
    after,
    an_acknowledgement,
    an_incident,
)

LEASE_MIN = LEASE / timedelta(minutes=1)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    keeping = opened(request.param, tmp_path / "data")
    yield keeping.store
    keeping.close()


def another(store: Store) -> Store:
    """Give a second replica's view of the same tables."""
    assert isinstance(store, KeptStore)
    return KeptStore(store.keeper, owner="another", close=store.close)


def claimed(store: Store, slot: str = SLOT) -> Claim:
    claim = store.claim(slot, now=NOON)
    assert claim is not None
    return claim


def committed(store: Store, **parts: object) -> None:
    """Write down one more reading, of a slot of its own."""
    slot = f"slot-{len(store.memory().runs)}"
    store.commit(claimed(store, slot), a_commit(a_run(slot), **parts))


# what is remembered


def test_new_store_remembers_nothing(store: Store) -> None:
    memory = store.memory()

    assert (memory.incidents, memory.standings, memory.acknowledgements, memory.clients) == ({}, {}, {}, {})
    assert (memory.runs, memory.last_number, memory.learnt) == ((), 0, {})


def test_everything_committed_is_remembered(store: Store) -> None:
    commit = a_commit(incidents=(an_incident(7),), standings=(a_standing(),), clients=(a_client(),), last_number=7)

    store.commit(claimed(store), commit)

    memory = store.memory()
    assert memory.incidents == {an_incident(7).key: an_incident(7)}
    assert memory.standings == {a_subject().key: a_standing()}
    assert memory.clients == {"acme": a_client()}
    assert (memory.runs, memory.last_number) == ((a_run(),), 7)


def test_all_that_is_listed_of_a_workload_is_remembered(tmp_path: Path) -> None:
    client = replace(a_client(), listed=True)
    run = replace(a_run(), exposed=("vanished:acme/srv1", "unprotected:acme/ü"))
    for name in STORES:
        keeping = opened(name, tmp_path / name)
        keeping.store.commit(claimed(keeping.store), a_commit(run, standings=(a_listed_standing(),), clients=(client,)))
        again = keeping if name == "memory" else opened(name, tmp_path / name, read_only=True)

        memory = again.store.memory()

        assert memory.standings == {a_subject().key: a_listed_standing()}
        assert (memory.clients, memory.runs) == ({"acme": client}, (run,))
        keeping.close()


def test_what_the_source_learned_is_remembered_by_whoever_opens_next(tmp_path: Path) -> None:
    for name in STORES:
        keeping = opened(name, tmp_path / name)
        committed(keeping.store, learnt={"tenants": {"1": "acme", "2": "bolt"}, "plans": {"policy": "root"}})
        committed(keeping.store, learnt={"tenants": {"2": "bolt"}})
        committed(keeping.store)
        again = keeping if name == "memory" else opened(name, tmp_path / name, read_only=True)

        assert again.store.memory().learnt == {"tenants": {"2": "bolt"}, "plans": {"policy": "root"}}
        keeping.close()


def test_later_writes_do_not_change_a_memory_taken_before(store: Store) -> None:
    committed(store, incidents=(an_incident(1),), last_number=1)
    before = store.memory()
    known = dict(before.incidents)

    committed(store, incidents=(an_incident(2),), forgotten=(an_incident(1).key,), last_number=2)
    store.acknowledge(an_acknowledgement(), instead_of=None)
    store.announced("slot-0")

    assert (before.incidents, before.acknowledgements, before.last_number) == (known, {}, 1)
    assert not before.runs[0].announced


def test_a_commit_leaves_alone_what_it_does_not_name(store: Store) -> None:
    committed(store, incidents=(an_incident(1),), clients=(a_client("acme"),), last_number=1)

    committed(store, incidents=(an_incident(2),), clients=(a_client("bolt"),), last_number=2)

    assert sorted(one.number for one in store.memory().incidents.values()) == [1, 2]
    assert sorted(store.memory().clients) == ["acme", "bolt"]


def test_a_commit_replaces_what_it_names(store: Store) -> None:
    committed(store, incidents=(an_incident(1, subject=a_subject()),), clients=(a_client(),))

    newer = a_client(until=after(5))
    committed(store, incidents=(an_incident(3, subject=a_subject()),), clients=(newer,))

    assert [one.number for one in store.memory().incidents.values()] == [3]
    assert store.memory().clients == {"acme": newer}


def test_forgotten_incidents_are_gone(store: Store) -> None:
    committed(store, incidents=(an_incident(1), an_incident(2)))

    committed(store, forgotten=(an_incident(1).key, "never/heard/of"))

    assert [one.number for one in store.memory().incidents.values()] == [2]


def test_the_highest_number_never_goes_down(store: Store) -> None:
    committed(store, last_number=9)

    committed(store, last_number=0)

    assert store.memory().last_number == 9


def test_readings_come_oldest_first_and_the_last_ninety_are_kept(store: Store) -> None:
    for n in range(95):
        slot = f"asked-{n:02}"
        store.commit(claimed(store, slot), a_commit(a_run(slot, read_at=after(n))))

    assert [run.slot for run in store.memory().runs] == [f"asked-{n:02}" for n in range(5, 95)]


# claims


def test_a_slot_is_claimed_once(store: Store) -> None:
    assert store.claim(SLOT, now=NOON) is not None
    assert store.claim(SLOT, now=after(1)) is None
    assert another(store).claim(SLOT, now=after(1)) is None


def test_of_eight_threads_one_gets_the_claim(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        for n in range(5):
            claims = list(pool.map(lambda _, slot=f"slot-{n}": store.claim(slot, now=NOON), range(8)))
            assert sum(claim is not None for claim in claims) == 1


def test_slots_do_not_block_each_other(store: Store) -> None:
    assert store.claim("one", now=NOON)
    assert store.claim("two", now=NOON)


def test_a_slot_that_is_done_is_never_claimed_again(store: Store) -> None:
    store.release(claimed(store), done=True)

    assert store.claim(SLOT, now=NOON + timedelta(days=2)) is None


def test_a_slot_given_back_undone_can_be_claimed_at_once_with_a_higher_token(store: Store) -> None:
    store.release(claimed(store), done=False)

    again = another(store).claim(SLOT, now=NOON)

    assert again is not None
    assert again.attempt == 2


def test_a_slot_nobody_finished_is_free_once_its_lease_is_over(store: Store) -> None:
    claimed(store)

    again = another(store).claim(SLOT, now=after(LEASE_MIN))

    assert again is not None
    assert again.attempt == 2


def test_a_slot_that_was_committed_is_done_for_everybody_and_for_ever(store: Store) -> None:
    store.commit(claimed(store), a_commit())

    assert store.claim(SLOT, now=NOON) is None
    assert another(store).claim(SLOT, now=after(LEASE_MIN + 1)) is None


@pytest.mark.parametrize("done", [True, False])
def test_giving_back_what_was_committed_changes_nothing(store: Store, done: bool) -> None:
    claim = claimed(store)
    store.commit(claim, a_commit())

    store.release(claim, done=done)

    assert another(store).claim(SLOT, now=after(LEASE_MIN + 1)) is None


def test_a_claim_commits_once(store: Store) -> None:
    claim = claimed(store)
    store.commit(claim, a_commit(last_number=1))

    with pytest.raises(Conflict):
        store.commit(claim, a_commit(last_number=2))

    assert store.memory().last_number == 1


def test_a_late_commit_counts_while_nobody_else_has_the_slot(store: Store) -> None:
    store.commit(claimed(store), a_commit(a_run(read_at=after(30))))

    assert len(store.memory().runs) == 1


@pytest.mark.parametrize("by_another", [True, False])
def test_a_commit_with_a_lost_claim_changes_nothing(store: Store, by_another: bool) -> None:
    lost = claimed(store)
    (another(store) if by_another else store).claim(SLOT, now=after(LEASE_MIN + 1))

    with pytest.raises(Conflict):
        store.commit(lost, a_commit(incidents=(an_incident(),), last_number=1))

    assert (store.memory().incidents, store.memory().runs, store.memory().last_number) == ({}, (), 0)


@pytest.mark.parametrize("done", [True, False])
def test_a_claim_given_back_commits_no_more(store: Store, done: bool) -> None:
    claim = claimed(store)
    store.release(claim, done=done)

    with pytest.raises(Conflict):
        store.commit(claim, a_commit())


def test_a_claim_never_given_commits_nothing(store: Store) -> None:
    with pytest.raises(Conflict):
        store.commit(Claim(slot=SLOT, owner="nobody", attempt=1), a_commit())


def test_releasing_a_lost_claim_does_nothing(store: Store) -> None:
    lost = claimed(store)
    held = another(store).claim(SLOT, now=after(LEASE_MIN + 1))
    assert held is not None

    store.release(lost, done=True)

    another(store).commit(held, a_commit(a_run(attempt=2)))
    assert len(store.memory().runs) == 1


# telling


def test_a_reading_is_announced_once_it_was_told(store: Store) -> None:
    store.commit(claimed(store), a_commit())
    store.commit(claimed(store, "other"), a_commit(a_run("other", read_at=after(1))))

    store.announced(SLOT)
    store.announced(SLOT)
    store.announced("never read")

    assert [(run.slot, run.announced) for run in store.memory().runs] == [(SLOT, True), ("other", False)]


# who owns it


def test_an_acknowledgement_is_remembered(store: Store) -> None:
    given = an_acknowledgement()

    store.acknowledge(given, instead_of=None)

    assert store.memory().acknowledgements == {given.target: given}


def test_first_press_wins(store: Store) -> None:
    store.acknowledge(an_acknowledgement(by="first"), instead_of=None)

    with pytest.raises(Conflict):
        store.acknowledge(an_acknowledgement(by="second"), instead_of=None)

    assert [given.by for given in store.memory().acknowledgements.values()] == ["first"]


def test_first_press_wins_among_eight_threads(store: Store) -> None:
    def press(n: int) -> bool:
        try:
            store.acknowledge(an_acknowledgement(by=f"U{n}"), instead_of=None)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(press, range(8)))

    assert won.count(True) == 1
    assert [given.by for given in store.memory().acknowledgements.values()] == [f"U{won.index(True)}"]


def test_eight_threads_lose_no_acknowledgement(store: Store) -> None:
    def press(n: int) -> None:
        for m in range(5):
            store.acknowledge(an_acknowledgement(f"{n}/{m}"), instead_of=None)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(press, range(8)))

    assert len(store.memory().acknowledgements) == 40


def test_one_takes_over_from_whom_one_saw(store: Store) -> None:
    first, second = an_acknowledgement(by="first"), an_acknowledgement(by="second")
    store.acknowledge(first, instead_of=None)

    store.acknowledge(second, instead_of=first)

    assert store.memory().acknowledgements == {second.target: second}


@pytest.mark.parametrize("seen", [an_acknowledgement(by="third"), an_acknowledgement(at=after(1))])
def test_taking_over_from_somebody_else_is_a_conflict(store: Store, seen: object) -> None:
    given = an_acknowledgement()
    store.acknowledge(given, instead_of=None)

    with pytest.raises(Conflict):
        store.acknowledge(an_acknowledgement(by="second"), instead_of=seen)  # type: ignore[arg-type]

    assert store.memory().acknowledgements == {given.target: given}


def test_taking_over_what_is_no_longer_there_is_a_conflict(store: Store) -> None:
    with pytest.raises(Conflict):
        store.acknowledge(an_acknowledgement(), instead_of=an_acknowledgement())


def test_withdrawn_is_gone(store: Store) -> None:
    given = an_acknowledgement()
    store.acknowledge(given, instead_of=None)

    store.withdraw(given)

    assert store.memory().acknowledgements == {}


def test_withdrawing_what_one_did_not_see_is_a_conflict(store: Store) -> None:
    given = an_acknowledgement()
    store.acknowledge(given, instead_of=None)

    with pytest.raises(Conflict):
        store.withdraw(an_acknowledgement(by="somebody else"))

    assert store.memory().acknowledgements == {given.target: given}


def test_withdrawing_twice_is_a_conflict(store: Store) -> None:
    given = an_acknowledgement()
    store.acknowledge(given, instead_of=None)
    store.withdraw(given)

    with pytest.raises(Conflict):
        store.withdraw(given)


def test_a_lapsed_acknowledgement_goes_and_one_given_since_stays(store: Store) -> None:
    lapsed, given_since = an_acknowledgement("a"), an_acknowledgement("b", at=after(1))
    store.acknowledge(lapsed, instead_of=None)
    store.acknowledge(given_since, instead_of=None)

    store.commit(claimed(store), a_commit(lapsed=(("a", NOON), ("b", NOON), ("c", NOON))))

    assert store.memory().acknowledgements == {"b": given_since}


# opening for reading, closing


@pytest.mark.parametrize("name", STORES)
def test_a_reader_refuses_every_write_and_says_what_to_do(name: str, tmp_path: Path) -> None:
    store = opened(name, tmp_path, read_only=True).store

    with pytest.raises(Refused, match="ask the running bot"):
        store.claim(SLOT, now=NOON)
    with pytest.raises(Refused, match="ask the running bot"):
        store.acknowledge(an_acknowledgement(), instead_of=None)


def test_a_closed_store_still_remembers_and_refuses_writes(store: Store) -> None:
    store.acknowledge(an_acknowledgement(), instead_of=None)
    store.close()
    store.close()

    with pytest.raises(Refused):
        store.withdraw(an_acknowledgement())
    assert len(store.memory().acknowledgements) == 1
