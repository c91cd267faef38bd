"""What each place is to hear of a reading: written down here, all of it, before any of it is said (see deliver.py)."""

import logging
from collections.abc import Sequence
from datetime import datetime, tzinfo

import msgspec
from msgspec.structs import replace

from bot.core.client_digest import of_client
from bot.core.digest import Digest, is_first_of_day, summarise
from bot.core.memory import Memory, Run
from bot.core.message import Delivery, Message
from bot.core.policy import DEFAULT, Policy
from bot.core.talk import paired
from bot.jobs.telling import Spot, Telling, spots
from bot.wording.client_digest import client_digest_message
from bot.wording.digest import digest_lists, digest_message
from bot.wording.telling import with_missed

log = logging.getLogger(__name__)

LOOK_BACK = 6  # readings that are looked through for those a place never heard


class Part(msgspec.Struct, frozen=True):
    """One message of a reading's story; `under` names the one in whose thread it stands."""

    key: str
    message: Message
    under: str = ""


def announce(run: Run, telling: Telling) -> None:
    """Write down what every place is to hear of a reading, once and for good.

    What an older reading was to say there and has not said yet is given up: this one says it.
    """
    memory, outbox = telling.store.memory(), telling.ways.outbox
    digest = digest_of(memory, run, zone=telling.ways.voice.zone, policy=telling.policy)
    for hearing in telling.ways.hearings.values():
        for spot in spots(hearing, memory):
            parts = parts_of(run, digest, spot, memory, telling)
            if parts:
                outbox.give_up(*_overtaken(spot, parts, outbox.pending()))
                at = telling.ways.now()
                outbox.plan(*(Delivery(p.key, *spot.where, p.message, at, under=p.under) for p in parts))


def parts_of(run: Run, digest: Digest, spot: Spot, memory: Memory, telling: Telling) -> tuple[Part, ...]:
    """Word a reading for one place; () when it has nothing to say there.

    Args:
        digest: its story for who heard all those before it.
    """
    missed = missed_at(run, spot, memory, telling)
    if missed:
        known = _as_heard(memory, missed)
        digest = digest_of(known, run, zone=telling.ways.voice.zone, policy=telling.policy)
    found = paired(spot.rows(digest), telling.threads(spot), now=telling.ways.now(), policy=telling.policy)
    links = {target: thread.link for target, thread in found.by_target.items() if thread.link}
    if spot.is_main:
        return _main(digest, run, spot, telling, links, [past.read_at for past in missed])
    return tuple(_of_clients(digest, run, spot, telling, links))


def _main(
    digest: Digest, run: Run, spot: Spot, telling: Telling, links: dict[str, str], missed: Sequence[datetime]
) -> tuple[Part, ...]:
    voice, next_at, rows_max = telling.voice(spot), telling.next_at(run.read_at), telling.rows_in(spot.chat)
    in_thread = telling.abilities(spot.chat).posts and telling.abilities(spot.chat).threads
    said = digest_message(digest, voice, next_at=next_at, rows_max=rows_max, links=links, in_thread=in_thread)
    key = f"digest:{run.slot}"
    first = Part(key, with_missed(said, missed, voice, now=digest.at))
    if not in_thread:
        return (first,)
    lists = digest_lists(digest, voice, next_at=next_at, rows_max=rows_max, links=links)
    return (first, *(Part(f"{key}/{number}", each, under=key) for number, each in enumerate(lists, 1)))


def _of_clients(digest: Digest, run: Run, spot: Spot, telling: Telling, links: dict[str, str]) -> Sequence[Part]:
    told = []
    for client in spot.clients:
        mine = of_client(digest, client.id)
        if mine is not None:
            said = client_digest_message(
                mine,
                client,
                telling.ways.voice,
                next_at=telling.next_at(run.read_at),
                rows_max=telling.rows_in(spot.chat),
                links=links,
            )
            told.append(Part(f"client:{client.id}:{run.slot}", said))
    return told


def missed_at(run: Run, spot: Spot, memory: Memory, telling: Telling) -> tuple[Run, ...]:
    """Give the readings before this one that a place was to hear of and did not, oldest first.

    What its fallback heard instead was heard.
    """
    earlier = [past for past in memory.runs if past.scheduled and past.announced and past.read_at < run.read_at]
    instead = telling.ways.fallback(spot.where)
    missed: list[Run] = []
    for past in reversed(earlier[-LOOK_BACK:]):
        said = (one for key in keys_of(past, spot) for one in telling.ways.outbox.find(key))
        known = [one for one in said if one.place in (spot.place, instead)]
        if any(one.receipt for one in known) or (spot.is_main and not known):
            break
        if known:
            missed.append(past)
    return tuple(reversed(missed))


def keys_of(run: Run, spot: Spot) -> Sequence[str]:
    """Name what a place hears of a reading, if it hears anything; its lists come after it, as `<key>/1` and so on."""
    return [f"digest:{run.slot}"] if spot.is_main else [f"client:{client.id}:{run.slot}" for client in spot.clients]


def _as_heard(memory: Memory, missed: Sequence[Run]) -> Memory:
    """Show what is remembered as a place knows it that did not hear of some readings."""
    runs = tuple(replace(run, announced=False) if run in missed else run for run in memory.runs)
    return replace(memory, runs=runs)


def _overtaken(spot: Spot, parts: Sequence[Part], pending: Sequence[Delivery]) -> list[Delivery]:
    """Find what older readings were to say here: nobody wants the day before yesterday's digest after today's."""
    new = {part.key for part in parts}
    kinds = {"digest:"} if spot.is_main else {f"client:{client.id}:" for client in spot.clients}
    told = tuple(kind for kind in kinds if any(key.startswith(kind) for key in new))
    here = [one for one in pending if (one.chat, one.place) == spot.where and one.key.startswith(told)]
    return [one for one in here if one.key.partition("/")[0] not in new]


def digest_of(memory: Memory, run: Run, *, zone: tzinfo, policy: Policy = DEFAULT) -> Digest:
    """Summarise a reading: the first scheduled one of a day in full, the others by what changed."""
    earlier = [past.read_at for past in memory.runs if past.scheduled and past.announced and past.slot != run.slot]
    full = not run.scheduled or is_first_of_day(run.read_at, earlier, zone=zone)
    return summarise(memory, run, now=run.read_at, full=full, policy=policy)


def untold(memory: Memory) -> Run | None:
    """Find a scheduled reading that was committed, and of which it is not written down what to tell.

    Only the newest: what an older one found is in the next digest (see `news_since_told`).
    """
    scheduled = [run for run in memory.runs if run.scheduled]
    return scheduled[-1] if scheduled and not scheduled[-1].announced else None
