"""Bring every copy up to date, in place: own posts, the newest digest, its lists. Only where words would differ."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from msgspec.structs import replace

from bot.core.correlate import group_keys
from bot.core.digest import Digest, Row
from bot.core.memory import Memory, Run
from bot.core.message import Delivery, Message, Receipt
from bot.core.talk import paired, without_lapsed
from bot.core.thread import Thread
from bot.errors import Gone, Refused, Unavailable
from bot.jobs.announce import digest_of, keys_of, parts_of
from bot.jobs.deliver import as_said
from bot.jobs.posts import card
from bot.jobs.telling import Spot, Telling, spots
from bot.wording.digest import LISTS_MAX
from bot.wording.follow_up import closed_card
from bot.wording.telling import OVER_SINCE, TAKEN_SINCE, as_of_now, meant_for

log = logging.getLogger(__name__)

OLDER = 3  # digests before the newest, a day of them: the full one is what people work from
CLOSED_FOR = timedelta(days=2)  # a post whose cause ended longer ago says what it has to


def retell(telling: Telling) -> None:
    """Edit what would read otherwise now. The thread of a post that is gone is let go: its cause needs another."""
    chats = [chat for chat in telling.ways.hearings if telling.abilities(chat).edits]
    memory = without_lapsed(telling.store.memory(), now=telling.ways.now())
    run = newest_told(memory)
    if run is None or not chats:
        return
    digest = digest_of(memory, run, zone=telling.ways.voice.zone, policy=telling.policy)
    for chat in chats:
        try:
            for spot in spots(telling.ways.hearings[chat], memory):
                _edit_cards(spot, digest, memory, telling)
                _edit_digest(spot, run, digest, memory, telling)
                _edit_older(spot, run, digest, memory, telling)
        except Unavailable as error:  # the next pass goes on where this one stopped
            log.info("%s: copies are brought up to date later: %s", chat, error)


def newest_told(memory: Memory) -> Run | None:
    """Find the newest scheduled reading of which everything to tell was written down."""
    return next((run for run in reversed(memory.runs) if run.scheduled and run.announced), None)


def _edit_cards(spot: Spot, digest: Digest, memory: Memory, telling: Telling) -> None:
    for thread, message in _cards(spot, digest, memory, telling):
        if thread.receipt is None or message == thread.shown or _is_anothers(thread, telling):
            continue
        if _edit(thread.receipt, _led(message, thread, telling), telling):
            telling.ways.threads.keep(replace(thread, shown=message))
        elif thread.closed_at is None:
            telling.ways.outbox.forget(*_posts(thread, telling.ways.outbox.find(thread.key)))
            telling.ways.threads.forget(thread)


def _cards(spot: Spot, digest: Digest, memory: Memory, telling: Telling) -> Iterator[tuple[Thread, Message]]:
    """Give what each post would say now: how its cause is, or how that ended."""
    threads, now = telling.threads(spot), telling.ways.now()
    found = paired(spot.rows(digest), threads, now=now, policy=telling.policy)
    for thread, row in found.going:
        yield thread, card(row, spot, digest, telling)
    for thread in threads:
        if thread.closed_at is not None and now - thread.closed_at <= CLOSED_FOR:
            yield thread, closed_card(thread, memory, telling.voice(spot))


def _is_anothers(thread: Thread, telling: Telling) -> bool:
    """Tell whether the post that serves a thread is the one of another, in whose place it stands."""
    if thread.receipt is None or thread.receipt.place == thread.place:
        return False
    return any(
        other.receipt == thread.receipt and other.place == thread.receipt.place for other in telling.ways.threads.all()
    )


def _posts(thread: Thread, known: Iterable[Delivery]) -> list[Delivery]:
    return [one for one in known if one.receipt == thread.receipt]


def _led(message: Message, thread: Thread, telling: Telling) -> Message:
    """Keep what a post was led by: that it may repeat, or is meant for another place."""
    if thread.receipt is not None and thread.receipt.place != thread.place:
        message = meant_for(message, thread.place)
    known = _posts(thread, telling.ways.outbox.find(thread.key))
    return as_said(replace(known[0], message=message)) if known else message


def _edit_digest(spot: Spot, run: Run, digest: Digest, memory: Memory, telling: Telling) -> None:
    """Edit a digest and its lists, as far as they were said."""
    for part in parts_of(run, digest, spot, memory, telling):
        for delivery in telling.ways.outbox.find(part.key):
            if delivery.receipt is None or not _is_copy(delivery, spot, telling):
                continue
            is_elsewhere = delivery.place != spot.place and not part.under
            message = meant_for(part.message, spot.place) if is_elsewhere else part.message
            if message == delivery.message:
                continue
            if _edit(delivery.receipt, as_said(replace(delivery, message=message)), telling):
                telling.ways.outbox.edited(delivery, message)


def _edit_older(spot: Spot, run: Run, digest: Digest, memory: Memory, telling: Telling) -> None:
    """Take the buttons off older digests where somebody has a cause since, or it is over: else they are as then."""
    known = Known(spot.rows(digest), memory)
    earlier = [past for past in memory.runs if past.scheduled and past.announced and past.read_at < run.read_at]
    for past in earlier[-OLDER:]:
        for delivery in _said(past, spot, telling):
            message = as_of_now(delivery.message, known.since)
            if message != delivery.message and delivery.receipt is not None:
                _edit(delivery.receipt, as_said(replace(delivery, message=message)), telling)
                telling.ways.outbox.edited(delivery, message)  # also where it is gone: it is not tried again


def _said(run: Run, spot: Spot, telling: Telling) -> Iterator[Delivery]:
    """Give what stands of a reading for a place: its digest and the lists of it."""
    for first in keys_of(run, spot):
        for key in (first, *(f"{first}/{number}" for number in range(1, LISTS_MAX + 1))):
            yield from (one for one in telling.ways.outbox.find(key) if one.receipt and _is_copy(one, spot, telling))


class Known:
    """The causes that are open, to be asked what became of one by the number it had.

    A group goes on under another number when the member that gave it one has healed.
    """

    def __init__(self, rows: Sequence[Row], memory: Memory) -> None:
        self._rows = {row.target: row for row in rows}
        self._numbers = {incident.number: row for row in rows for incident in row.incidents}
        self._memory = memory

    def since(self, number: int) -> str:
        """Say what happened to a cause since it was told; "" when nothing did that matters to its button."""
        row = self._numbers.get(number) or self._rest_of(number)
        if row is None:
            return OVER_SINCE
        return TAKEN_SINCE if row.owner is not None else ""

    def _rest_of(self, number: int) -> Row | None:
        ended = (incident for incident in self._memory.incidents.values() if incident.number == number)
        keys = (key for incident in ended for key in group_keys(incident))
        return next((self._rows[key] for key in keys if key in self._rows), None)


def _is_copy(delivery: Delivery, spot: Spot, telling: Telling) -> bool:
    """Tell whether something was said for a place: there, or where its fallback is, unless that hears all by itself."""
    hearing = telling.ways.hearings[spot.chat]
    instead = telling.ways.fallback(spot.where)
    return delivery.chat == spot.chat and (
        delivery.place == spot.place or (delivery.place == instead and instead not in hearing.main)
    )


def _edit(receipt: Receipt, message: Message, telling: Telling) -> bool:
    """Change one post. False: it is gone, or may not be changed any more.

    Raises:
        Unavailable: not now.
    """
    try:
        telling.ways.chats[receipt.chat].update(receipt, message)
    except Gone as error:
        log.info("%s %s: a post cannot be edited: %s", receipt.chat, receipt.place, error)
        return False
    except Refused as error:
        log.warning("%s %s: a post cannot be edited: %s", receipt.chat, receipt.place, error)
    return True
