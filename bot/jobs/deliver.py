"""Say what is to be said: places side by side, in each the oldest first, replies once their post stands.

Written down before it is said, and after. Whatever ends us in between, the next pass goes on from there; what may
have been heard is said again, marked.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from msgspec.structs import replace

from bot.core.message import Delivery, Message, Receipt
from bot.core.route import Route
from bot.errors import Gone, Refused, Unavailable
from bot.jobs.hearing import Hearing
from bot.ports import Chat, Outbox, Routes, Threads
from bot.wording.phrases import Voice
from bot.wording.telling import broken_note, may_repeat, meant_for, mended_note, paused_note

log = logging.getLogger(__name__)

WORKERS = 8  # places that are told side by side
SHORT = timedelta(seconds=30)  # waits up to this are waited out; longer ones are left to a later pass
TRIES = 3  # waits in a row, for one message
Place = tuple[str, str]  # (chat's name, place in it)


@dataclass(frozen=True)
class Ways:
    """What telling goes through.

    Attributes:
        hearings: by the chat's name.
        wait: waits so long. False: the process ends, and nothing more is to be begun.
    """

    outbox: Outbox
    threads: Threads
    routes: Routes
    chats: Mapping[str, Chat]
    hearings: Mapping[str, Hearing]
    voice: Voice
    now: Callable[[], datetime]
    wait: Callable[[timedelta], bool]

    def route(self, place: Place) -> Route:
        """Give what is known of the way to a place; one without trouble when nothing is."""
        found = (route for route in self.routes.all() if (route.chat, route.place) == place)
        return next(found, Route(*place))

    def fallback(self, place: Place) -> str:
        """Give the place to use instead; "" when there is none."""
        chat, where = place
        hearing = self.hearings[chat]
        return hearing.fallback if where not in (hearing.fallback, hearing.owner) else ""


def deliver(ways: Ways, *, leave: frozenset[Place] = frozenset()) -> frozenset[Place]:
    """Say all that can be said now.

    Args:
        leave: places to leave in peace.
    Returns:
        Those places, and those where something has to wait for a later pass.
    """
    _leave_to_themselves(ways)
    stuck = set(leave)
    while True:
        waiting = _by_place(ways.outbox.pending(), ways)
        todo = {place: some for place, some in waiting.items() if place not in stuck}
        if not todo or not ways.wait(timedelta(0)):
            return frozenset(stuck)
        with ThreadPoolExecutor(min(WORKERS, len(todo)), thread_name_prefix="teller") as pool:
            done = list(pool.map(partial(_work_off, ways=ways), todo.items()))
        stuck |= {place for place, is_done in zip(todo, done, strict=True) if not is_done}


def _leave_to_themselves(ways: Ways) -> None:
    """Let go of places that hear nothing any more: the operator has named others."""

    def is_left(one: Delivery | Route) -> bool:
        return one.chat in ways.hearings and one.place not in ways.hearings[one.chat].places

    ways.outbox.give_up(*(one for one in ways.outbox.pending() if is_left(one)))
    ways.routes.forget(*(one for one in ways.routes.all() if is_left(one)))


def is_all_said(ways: Ways) -> bool:
    """Tell whether nothing waits any more, in the chats that there are."""
    return not any(delivery.chat in ways.chats for delivery in ways.outbox.pending())


def _by_place(pending: Iterable[Delivery], ways: Ways) -> dict[Place, list[Delivery]]:
    """Sort by place what can be tried now: oldest first, not where we have to wait, not in chats we do not have."""
    paused = {(route.chat, route.place) for route in ways.routes.all() if route.is_paused(ways.now())}
    found: dict[Place, list[Delivery]] = {}
    for delivery in pending:
        place = (delivery.chat, delivery.place)
        if delivery.chat in ways.chats and place not in paused:
            found.setdefault(place, []).append(delivery)
    return found


class Outcome(StrEnum):
    """What became of one delivery."""

    SAID = "said"
    OVER = "not to be said"
    WAITS = "its post does not stand yet"
    LATER = "not now"
    REFUSED = "never, until a person changes something"


def _work_off(waiting: tuple[Place, list[Delivery]], ways: Ways) -> bool:
    """Say what one place is to hear. False: the rest has to wait for a later pass."""
    place, deliveries = waiting
    done = 0
    try:
        for index, delivery in enumerate(deliveries):
            outcome = _say(delivery, ways)
            if outcome is Outcome.REFUSED:
                return _move(place, deliveries[index:], ways)
            if outcome is Outcome.LATER:
                return False
            done += outcome is not Outcome.WAITS
    except Exception:  # one place must not keep the others from hearing
        log.exception("telling %s %s went wrong", *place)
        return False
    return done > 0


def _say(delivery: Delivery, ways: Ways) -> Outcome:
    parent = _parent(delivery, ways.outbox)
    if parent is not None and parent.receipt is None:
        if not parent.given_up:
            return Outcome.WAITS
        ways.outbox.give_up(delivery)
        return Outcome.OVER
    for _ in range(TRIES):
        if not ways.wait(timedelta(0)):
            return Outcome.LATER
        begun = ways.outbox.intend(delivery)
        if not begun.is_pending:
            return Outcome.OVER
        try:
            receipt = _post(begun, parent.receipt if parent is not None else None, ways.chats[delivery.chat])
        except Gone:
            return _gone(delivery, parent, ways)
        except Refused as error:
            return _refused(delivery, error, ways)
        except Unavailable as error:
            if not _waited(delivery, error, ways):
                return Outcome.LATER
        else:
            ways.outbox.sent(begun, receipt)
            log.info("told %s in %s %s", delivery.key, delivery.chat, delivery.place)
            _went_well((delivery.chat, delivery.place), ways)
            return Outcome.SAID
    return Outcome.LATER


def _parent(delivery: Delivery, outbox: Outbox) -> Delivery | None:
    """Find the post in whose thread it belongs; None for a post of its own, or when nobody knows that post any more."""
    if not delivery.under:
        return None
    here = (one for one in outbox.find(delivery.under) if (one.chat, one.place) == (delivery.chat, delivery.place))
    return next(here, None)


def _post(begun: Delivery, under: Receipt | None, chat: Chat) -> Receipt:
    if under is None or not chat.abilities.threads:
        return chat.post(begun.place, as_said(begun))
    return chat.reply(under, as_said(begun))


def as_said(delivery: Delivery) -> Message:
    """Give the words, marked when an earlier attempt may have been heard."""
    return may_repeat(delivery.message) if delivery.attempts > 1 else delivery.message


def _gone(delivery: Delivery, parent: Delivery | None, ways: Ways) -> Outcome:
    """Let go of a post that somebody deleted. A cause gets a new one, which says what this would have said."""
    ways.outbox.unheard(delivery)
    theirs = [thread for thread in ways.threads.all() if parent is not None and thread.receipt == parent.receipt]
    if parent is None or not theirs:
        ways.outbox.give_up(delivery)
        return Outcome.OVER
    log.info("%s %s: the post of %s is gone; it is replaced", delivery.chat, delivery.place, parent.key)
    ways.outbox.give_up(delivery)
    ways.outbox.forget(parent)
    ways.threads.forget(*theirs)
    return Outcome.OVER


def _refused(delivery: Delivery, error: Refused, ways: Ways) -> Outcome:
    """Note that the way is broken, and tell its owner once."""
    place = (delivery.chat, delivery.place)
    ways.outbox.unheard(delivery)
    route = ways.route(place)
    if route.broken_at is None:
        route = replace(route, broken_at=ways.now(), why=str(error))
        log.error("%s %s cannot be posted to: %s", *place, error)
        owner = ways.hearings[route.chat].owner
        if owner and owner != route.place:
            words = broken_note(route, ways.fallback(place), ways.voice, now=ways.now())
            ways.outbox.plan(_note(f"note:broken:{route.place}:{ways.now().isoformat()}", route, owner, words, ways))
        ways.routes.keep(route)
    return Outcome.REFUSED


def _move(place: Place, deliveries: list[Delivery], ways: Ways) -> bool:
    """Have the fallback hear what a broken place cannot. Without one it stays, for the day the way is mended."""
    chat, where = place
    if where == ways.hearings[chat].owner:  # what the owner cannot be told waits for nobody: status says it too
        ways.outbox.give_up(*deliveries)
        return True
    instead = ways.fallback(place)
    if not instead:
        return False
    moving = {delivery.key for delivery in deliveries}
    ways.outbox.plan(*(_moved(delivery, instead, under=delivery.under in moving) for delivery in deliveries))
    ways.outbox.give_up(*deliveries)
    return True


def _moved(delivery: Delivery, place: str, *, under: bool) -> Delivery:
    words = delivery.message if under else meant_for(delivery.message, delivery.place)
    return replace(delivery, place=place, message=words, attempts=0)


def _waited(delivery: Delivery, error: Unavailable, ways: Ways) -> bool:
    """Wait, when it is short; a long wait is remembered. Where nobody can have heard it, it was no attempt."""
    if error.unheard:
        ways.outbox.unheard(delivery)
    if error.retry_after is None:
        log.warning("%s in %s %s: %s", delivery.key, delivery.chat, delivery.place, error)
        return False
    if error.retry_after <= SHORT:
        return ways.wait(error.retry_after)
    place, now = (delivery.chat, delivery.place), ways.now()
    route = ways.route(place)
    ways.routes.keep(replace(route, paused_at=route.paused_at or now, paused_until=now + error.retry_after))
    log.warning("%s %s: told to wait for %s", *place, error.retry_after)
    return False


def _went_well(place: Place, ways: Ways) -> None:
    """Note that all goes well there again, and say so where it did not."""
    route = ways.route(place)
    if route == Route(*place):
        return
    if route.paused_at is not None:
        words = paused_note(route, ways.voice, now=ways.now())
        ways.outbox.plan(_note(f"note:paused:{route.paused_at.isoformat()}", route, route.place, words, ways))
    owner = ways.hearings[route.chat].owner
    if route.broken_at is not None and owner and owner != route.place:
        key = f"note:mended:{route.place}:{route.broken_at.isoformat()}"
        ways.outbox.plan(_note(key, route, owner, mended_note(route), ways))
    ways.routes.forget(route)
    log.info("%s %s: all goes well again", *place)


def _note(key: str, route: Route, place: str, message: Message, ways: Ways) -> Delivery:
    return Delivery(key, route.chat, place, message, intended_at=ways.now())
