"""What a cause's thread hears after its post: that it lasts, got worse, came back, or ended."""

import logging
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from bot.core.digest import Digest, Row
from bot.core.memory import Memory, Run
from bot.core.message import Delivery, Message
from bot.core.talk import Paired, fresh, heard, is_worth_saying, paired
from bot.core.thread import Thread
from bot.jobs.hearing import Hearing
from bot.jobs.posts import post_of
from bot.jobs.telling import Spot, Telling, spots
from bot.wording.follow_up import absorbed_message, back_message, closing_message, follow_up_message

log = logging.getLogger(__name__)

Said = tuple[Thread, Message]  # a thread as it is once it has heard, and what it hears


def follow_up(run: Run, digest: Digest, memory: Memory, telling: Telling) -> None:
    """Write down what each thread is to hear of one reading, at most one word each; then note that it has.

    In this order: killed in between, the same word is written down again, and known already.
    """
    for hearing in telling.ways.hearings.values():
        for spot in spots(hearing, memory):
            found = paired(spot.rows(digest), telling.threads(spot), now=telling.ways.now(), policy=telling.policy)
            _never_mind([*found.ended, *(thread for thread, _ in found.absorbed)], telling)
            told = list(_told(found, spot, hearing, digest, memory, telling))
            telling.ways.outbox.plan(*(_reply(thread, message, run, telling) for thread, message in told))
            telling.ways.threads.keep(*(thread for thread, _ in told))


def _told(
    found: Paired, spot: Spot, hearing: Hearing, digest: Digest, memory: Memory, telling: Telling
) -> Iterator[Said]:
    voice, now = telling.voice(spot), telling.ways.now()
    for thread, row in found.going:
        new = fresh(thread, row, telling.policy)
        if thread.receipt is not None and is_worth_saying(new, thread, row):
            words = follow_up_message(row, new, voice, now=digest.at, on_duty=hearing.on_duty)
            yield heard(thread, row, now=now), words
    for thread, row in found.back:
        yield heard(thread, row, now=now), back_message(row, voice, now=digest.at, on_duty=hearing.on_duty)
    for thread, row in found.absorbed:
        if thread.receipt is not None:
            yield _closed(thread, telling), absorbed_message(row, _link_of(row, found))
    for thread in found.ended:
        if thread.receipt is not None:
            yield _closed(thread, telling), closing_message(thread, memory, voice, now=digest.at)


def _never_mind(over: Iterable[Thread], telling: Telling) -> None:
    """Let go of posts that were not made before their causes were over."""
    unsaid = [thread for thread in over if thread.receipt is None]
    telling.ways.outbox.forget(*(post_of(thread) for thread in unsaid))
    telling.ways.threads.forget(*unsaid)


def _closed(thread: Thread, telling: Telling) -> Thread:
    return replace(thread, closed_at=telling.ways.now())


def _link_of(row: Row, found: Paired) -> str:
    thread = found.by_target.get(row.target)
    return thread.link if thread is not None else ""


def _reply(thread: Thread, message: Message, run: Run, telling: Telling) -> Delivery:
    """Place a word where the thread's post stands, which may be elsewhere than it was meant to be."""
    place = thread.receipt.place if thread.receipt is not None else thread.place
    key = f"follow:{thread.target}:{thread.number}:{run.slot}"
    return Delivery(key, thread.chat, place, message, intended_at=telling.ways.now(), under=thread.key)
