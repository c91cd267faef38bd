"""What every Threads, every Routes, every References and every Tickets promises."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.core.message import Message
from bot.core.raised import DeskView, NoteKind, Owed, Raised, Refusal
from bot.core.reference import Reference
from bot.core.route import Route
from bot.errors import Conflict, Refused
from bot.stores.keeping import Keeping
from tests.contracts.keepings import STORES, opened
from tests.stores.samples import NOON, SLOT, a_commit, a_receipt, a_run, a_thread, after

DAY = 1440


@pytest.fixture(params=STORES)
def keeping(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeping]:
    keeping = opened(request.param, tmp_path / "data")
    yield keeping
    keeping.close()


def test_nothing_is_talked_about_and_no_way_has_trouble_at_first(keeping: Keeping) -> None:
    assert (*keeping.threads.all(), *keeping.routes.all(), *keeping.references.all(), *keeping.tickets.all()) == ()


def test_threads_come_back_as_kept_oldest_first(keeping: Keeping) -> None:
    late, early = a_thread("late", at=after(5)), a_thread("early")

    keeping.threads.keep(late, early)

    assert list(keeping.threads.all()) == [early, late]


def test_a_thread_takes_the_place_of_what_its_target_had_there(keeping: Keeping) -> None:
    keeping.threads.keep(a_thread("a"), a_thread("a", place="#other"))

    keeping.threads.keep(replace(a_thread("a"), receipt=a_receipt(), shown=Message("now")))

    assert sorted((thread.place, thread.shown.summary) for thread in keeping.threads.all()) == [
        ("#backups", "now"),
        ("#other", "It failed."),
    ]


def test_a_forgotten_thread_is_gone_and_the_others_stay(keeping: Keeping) -> None:
    keeping.threads.keep(a_thread("a"), a_thread("b"))

    keeping.threads.forget(a_thread("a"), a_thread("nobody knows"))

    assert [thread.target for thread in keeping.threads.all()] == ["b"]


def test_threads_that_ended_months_ago_are_let_go_with_a_reading(keeping: Keeping) -> None:
    keeping.threads.keep(
        replace(a_thread("old"), closed_at=after(-101 * DAY)),
        replace(a_thread("young"), closed_at=after(-99 * DAY)),
        a_thread("open", at=after(-200 * DAY)),
    )
    claim = keeping.store.claim(SLOT, now=NOON)
    assert claim is not None

    keeping.store.commit(claim, a_commit(a_run(read_at=NOON)))

    assert sorted(thread.target for thread in keeping.threads.all()) == ["open", "young"]


def test_the_trouble_of_a_way_is_kept_once_and_forgotten_when_it_is_over(keeping: Keeping) -> None:
    paused = Route("slack", "#a", paused_at=NOON, paused_until=after(5))
    broken = Route("slack", "#a", broken_at=after(6), why="channel_not_found: invite the bot")
    keeping.routes.keep(paused, Route("slack", "#b", broken_at=NOON))

    keeping.routes.keep(broken)
    keeping.routes.forget(Route("slack", "#b"))

    assert list(keeping.routes.all()) == [broken]


def test_how_a_place_is_reached_is_kept_once_with_what_was_told_last_at_the_end(keeping: Keeping) -> None:
    a, b, c = (Reference("teams", f"19:{name}@thread.tacv2", "https://eu.example/") for name in "abc")
    moved = replace(a, service="https://us.example/", person="8f0f")
    keeping.references.keep(a, b, c)

    keeping.references.keep(moved, c)
    keeping.references.forget(b, Reference("slack", c.place, ""))

    assert list(keeping.references.all()) == [c, moved]


def a_ticket(target: str = "a", **more: Any) -> Raised:
    known = {"number": 1, "by": "U1", "by_name": "Jo", "raised_at": NOON, "tried_at": NOON, "told": "x"}
    return Raised(target, "webhook", f"key-{target}", **{**known, **more})


def test_who_keeps_a_ticket_first_has_it_and_the_second_is_told(keeping: Keeping) -> None:
    keeping.tickets.keep(a_ticket(), instead_of=None)

    with pytest.raises(Conflict):
        keeping.tickets.keep(a_ticket(by="U2"), instead_of=None)

    assert list(keeping.tickets.all()) == [a_ticket()]
    assert list(keeping.store.memory().tickets.values()) == [a_ticket()]


def test_a_ticket_is_replaced_and_forgotten_only_as_it_was_seen(keeping: Keeping) -> None:
    begun = a_ticket()
    left = {
        "refused": Refusal(NoteKind.CLOSED, "x", "it is locked", "unlock it", NOON),
        "owed": Owed(NoteKind.NOTE, "Now: two\nlines", NOON),
        "view": DeskView("In Progress", is_closed=False, at=NOON, who="Ann"),
    }
    done = a_ticket(reference="4411", **left)
    keeping.tickets.keep(begun, instead_of=None)

    keeping.tickets.keep(done, instead_of=begun)
    with pytest.raises(Conflict):
        keeping.tickets.forget(begun)
    assert keeping.tickets.all() == (done,)
    keeping.tickets.forget(done)

    assert keeping.tickets.all() == ()


def test_tickets_that_closed_months_ago_are_let_go_with_a_reading(keeping: Keeping) -> None:
    for ticket in (a_ticket("old", closed_at=after(-101 * DAY)), a_ticket("young", closed_at=NOON), a_ticket("open")):
        keeping.tickets.keep(ticket, instead_of=None)
    claim = keeping.store.claim(SLOT, now=NOON)
    assert claim is not None

    keeping.store.commit(claim, a_commit(a_run(read_at=NOON)))

    assert sorted(ticket.target for ticket in keeping.tickets.all()) == ["open", "young"]


def test_a_reader_refuses_to_write(keeping: Keeping, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    kind = request.node.callspec.params["keeping"]
    keeping.threads.keep(a_thread("a"))
    keeping.close()

    reader = opened(kind, tmp_path / "data", read_only=True)

    with pytest.raises(Refused):
        reader.threads.keep(a_thread("b"))
    with pytest.raises(Refused):
        reader.routes.keep(Route("slack", "#a"))
    with pytest.raises(Refused):
        reader.references.keep(Reference("teams", "19:a", "https://eu.example/"))
    with pytest.raises(Refused):
        reader.tickets.keep(a_ticket(), instead_of=None)
