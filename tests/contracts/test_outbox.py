"""What every Outbox promises."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.core.message import Message
from bot.ports import Outbox
from bot.stores.keeping import Keeping
from tests.contracts.keepings import STORES, opened
from tests.stores.samples import NOON, SLOT, a_commit, a_delivery, a_receipt, a_run, a_thread, after


@pytest.fixture(params=STORES)
def keeping(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeping]:
    keeping = opened(request.param, tmp_path / "data")
    yield keeping
    keeping.close()


@pytest.fixture
def outbox(keeping: Keeping) -> Outbox:
    return keeping.outbox


def test_new_outbox_is_empty(outbox: Outbox) -> None:
    assert (*outbox.pending(), *outbox.find("digest")) == ()


def test_first_intention_is_the_first_attempt(outbox: Outbox) -> None:
    begun = outbox.intend(a_delivery())

    assert begun == replace(a_delivery(), attempts=1)
    assert list(outbox.pending()) == [begun]


def test_intending_again_counts_another_attempt_of_the_first_message(outbox: Outbox) -> None:
    outbox.intend(a_delivery())

    again = outbox.intend(replace(a_delivery(at=after(5)), message=Message("Something else.")))

    assert again == replace(a_delivery(), attempts=2)
    assert list(outbox.pending()) == [again]


def test_what_was_said_is_not_said_again(outbox: Outbox) -> None:
    outbox.intend(a_delivery())
    outbox.sent(a_delivery(), a_receipt())

    known = outbox.intend(a_delivery())

    assert known == replace(a_delivery(), attempts=1, receipt=a_receipt())
    assert list(outbox.pending()) == []


def test_what_stands_in_a_post_is_found_by_where_it_stands(outbox: Outbox) -> None:
    outbox.intend(a_delivery())
    outbox.sent(a_delivery(), a_receipt())
    outbox.edited(a_delivery(), Message("It healed."))
    elsewhere = replace(a_receipt(), message_id="another")

    found = outbox.at(replace(a_receipt(), link="", thread_id=""))

    assert found is not None
    assert found.message == Message("It healed.")
    assert outbox.at(elsewhere) is None


def test_what_is_planned_is_pending_and_nobody_has_begun_to_say_it(outbox: Outbox) -> None:
    parent, child = a_delivery("digest"), replace(a_delivery("digest/1", at=after(1)), under="digest")

    outbox.plan(parent, child)

    assert list(outbox.pending()) == [parent, child]
    assert outbox.intend(parent) == replace(parent, attempts=1)


def test_planning_again_changes_nothing(outbox: Outbox) -> None:
    outbox.plan(a_delivery("a"), a_delivery("b"))
    outbox.intend(a_delivery("a"))
    outbox.sent(a_delivery("b"), a_receipt())

    for key in ("a", "b"):
        outbox.plan(replace(a_delivery(key), message=Message("Something else.")))

    (waiting,) = outbox.pending()
    assert waiting == replace(a_delivery("a"), attempts=1)
    assert outbox.find("b")[0].receipt == a_receipt()


def test_an_attempt_that_nobody_heard_does_not_count(outbox: Outbox) -> None:
    outbox.unheard(outbox.intend(a_delivery()))

    assert outbox.intend(a_delivery()).attempts == 1


def test_what_is_given_up_is_not_pending_and_not_said(outbox: Outbox) -> None:
    outbox.plan(a_delivery("a"), a_delivery("b"))
    outbox.sent(a_delivery("b"), a_receipt())

    outbox.give_up(a_delivery("a"), a_delivery("b"), a_delivery("nobody knows"))

    assert list(outbox.pending()) == []
    assert [outbox.intend(a_delivery(key)).given_up for key in ("a", "b")] == [True, False]
    assert outbox.find("nobody knows") == ()


def test_what_was_edited_is_remembered_as_it_reads_now(outbox: Outbox) -> None:
    outbox.sent(outbox.intend(a_delivery()), a_receipt())

    outbox.edited(a_delivery(), Message("It healed."))
    outbox.edited(a_delivery("nobody knows"), Message("It healed."))

    assert [(one.message.summary, one.receipt) for one in outbox.find(a_delivery().key)] == [
        ("It healed.", a_receipt())
    ]


def test_what_is_forgotten_may_be_said_anew(outbox: Outbox) -> None:
    outbox.sent(outbox.intend(a_delivery()), a_receipt())

    outbox.forget(a_delivery(), a_delivery("nobody knows"))

    assert outbox.intend(a_delivery()) == replace(a_delivery(), attempts=1)


def test_key_chat_and_place_together_tell_deliveries_apart(outbox: Outbox) -> None:
    different = [
        a_delivery("a", place="b"),
        a_delivery("a", place="c"),
        replace(a_delivery("a", place="b"), chat="teams"),
        a_delivery('a","slack","b', place=""),
        a_delivery("a/slack", place="b"),
    ]

    assert [outbox.intend(delivery).attempts for delivery in different] == [1] * 5


def test_pending_is_what_has_no_receipt_oldest_first(outbox: Outbox) -> None:
    late, early, said = a_delivery("late", at=after(2)), a_delivery("early"), a_delivery("said", at=after(1))
    for delivery in (late, early, said):
        outbox.intend(delivery)
    outbox.sent(said, a_receipt())

    assert [delivery.key for delivery in outbox.pending()] == ["early", "late"]


def test_find_gives_every_place_of_a_key_said_or_not(outbox: Outbox) -> None:
    for delivery in (a_delivery(place="#b", at=after(1)), a_delivery(place="#a"), a_delivery("other")):
        outbox.intend(delivery)
    outbox.sent(a_delivery(place="#a"), a_receipt(place="#a"))

    found = outbox.find(f"digest/{SLOT}")

    assert [(one.place, one.receipt) for one in found] == [("#a", a_receipt(place="#a")), ("#b", None)]


def test_a_receipt_for_what_was_never_intended_is_kept_all_the_same(outbox: Outbox) -> None:
    outbox.sent(a_delivery(), a_receipt())

    assert [one.receipt for one in outbox.find(a_delivery().key)] == [a_receipt()]


def test_each_of_eight_threads_sees_its_own_attempt(outbox: Outbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        attempts = [one.attempts for one in pool.map(lambda _: outbox.intend(a_delivery()), range(8))]

    assert sorted(attempts) == list(range(1, 9))


def test_weeks_old_deliveries_are_let_go_with_a_reading(keeping: Keeping) -> None:
    keeping.outbox.intend(a_delivery("old", at=after(-46 * 1440)))
    keeping.outbox.intend(a_delivery("young", at=after(-44 * 1440)))
    claim = keeping.store.claim(SLOT, now=NOON)
    assert claim is not None

    keeping.store.commit(claim, a_commit(a_run(read_at=NOON)))

    assert [delivery.key for delivery in keeping.outbox.pending()] == ["young"]


def test_an_old_post_stays_known_as_long_as_its_thread_is(keeping: Keeping) -> None:
    post = a_delivery("cause:a:1", at=after(-90 * 1440))
    keeping.outbox.sent(keeping.outbox.intend(post), a_receipt("of the post"))
    keeping.threads.keep(a_thread(receipt=a_receipt("of the post")))
    claim = keeping.store.claim(SLOT, now=NOON)
    assert claim is not None

    keeping.store.commit(claim, a_commit(a_run(read_at=NOON)))

    assert len(keeping.outbox.find("cause:a:1")) == 1
