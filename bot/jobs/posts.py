"""The post of its own that a cause gets which needs hands or lasts, with a thread of its own: once in each place."""

import logging
from collections.abc import Sequence

from msgspec.structs import replace

from bot.core.digest import Digest, Row
from bot.core.memory import Memory, Run
from bot.core.message import Delivery, Message
from bot.core.talk import opened, paired, wants_post
from bot.core.thread import Thread
from bot.jobs.telling import Spot, Telling, spots
from bot.wording.incident import row_message
from bot.wording.telling import more_note

log = logging.getLogger(__name__)


def open_threads(run: Run, digest: Digest, memory: Memory, telling: Telling) -> None:
    """Write down the posts that one reading's causes get, as many in each place as a person reads.

    Called again for the same reading it adds none beyond that.
    """
    for hearing in telling.ways.hearings.values():
        if telling.abilities(hearing.chat).posts and hearing.posts:
            for spot in spots(hearing, memory):
                _open_at(spot, run, digest, telling, most=hearing.posts)


def _open_at(spot: Spot, run: Run, digest: Digest, telling: Telling, *, most: int) -> None:
    threads = telling.threads(spot)
    found = paired(spot.rows(digest), threads, now=telling.ways.now(), policy=telling.policy)
    wanted = [row for row in found.bare if wants_post(row, telling.policy)]
    room = max(0, most - sum(1 for thread in threads if thread.opened_at >= run.read_at))
    new = [_opened(row, spot, digest, telling) for row in wanted[:room]]
    telling.ways.threads.keep(*new)
    telling.ways.outbox.plan(*(post_of(thread) for thread in new))
    left = len(wanted) - len(new)
    if left and spot.is_main:
        at = telling.ways.now()
        telling.ways.outbox.plan(Delivery(f"note:posts:{run.slot}", *spot.where, more_note(left), intended_at=at))


def _opened(row: Row, spot: Spot, digest: Digest, telling: Telling) -> Thread:
    return opened(row, *spot.where, card(row, spot, digest, telling), now=telling.ways.now())


def card(row: Row, spot: Spot, digest: Digest, telling: Telling) -> Message:
    """Word a cause's own post, as of the last reading: so that nothing but facts and people change it."""
    return row_message(row, telling.voice(spot), now=digest.at)


def post_of(thread: Thread) -> Delivery:
    return Delivery(thread.key, thread.chat, thread.place, thread.shown, intended_at=thread.opened_at)


def settle(telling: Telling) -> None:
    """Bring threads and what was said of them together: a post that stands now, one that nobody meant to say yet."""
    made: list[Thread] = []
    for thread in telling.ways.threads.all():
        if thread.receipt is None and thread.chat in telling.ways.hearings:
            known = [one for one in telling.ways.outbox.find(thread.key) if one.chat == thread.chat]
            if not any(one.place == thread.place for one in known):  # we died between the two
                telling.ways.outbox.plan(post_of(thread))
            made += _made(thread, known, instead=telling.ways.fallback((thread.chat, thread.place)))
    telling.ways.threads.keep(*made)


def _made(thread: Thread, known: Sequence[Delivery], *, instead: str) -> list[Thread]:
    """Note where a thread's post stands: in its place, or in the fallback when that could not be posted to."""
    places = (thread.place, instead)
    said = sorted((one for one in known if one.receipt and one.place in places), key=lambda one: one.place == instead)
    return [replace(thread, receipt=one.receipt) for one in said[:1]]
