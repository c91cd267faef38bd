"""Tell each place once what a reading found. Written down before it is said, and after."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

from msgspec.structs import replace

from bot.core.digest import Digest, is_first_of_day, summarise
from bot.core.memory import Memory, Run
from bot.core.message import Delivery, Message, bold, paragraph
from bot.core.policy import DEFAULT, Policy
from bot.errors import Refused, Unavailable
from bot.ports import Chat, Outbox, Store
from bot.wording.digest import ROWS_MAX, digest_message
from bot.wording.phrases import Voice

log = logging.getLogger(__name__)

MAY_REPEAT = "May repeat: an earlier attempt to say this may have been heard. "
Place = tuple[str, str]  # (chat's name, place in it)


def announce(
    run: Run,
    *,
    store: Store,
    outbox: Outbox,
    chats: Mapping[str, Chat],
    places: Sequence[Place],
    voice: Voice,
    now: Callable[[], datetime],
    next_at: datetime | None = None,
    rows_max: int = ROWS_MAX,
    policy: Policy = DEFAULT,
) -> bool:
    """Tell one reading in every place that has not heard it.

    Args:
        rows_max: causes to list; the others are counted.
    Returns:
        True when all have, or refuse to for good; a place that could not be reached stays for the next try.
    """
    found = digest_of(store.memory(), run, zone=voice.zone, policy=policy)
    message = digest_message(found, voice, next_at=next_at, rows_max=rows_max)
    told = [_tell(run.slot, message, place, outbox=outbox, chats=chats, now=now) for place in places]
    if all(told):
        store.announced(run.slot)
    return all(told)


def digest_of(memory: Memory, run: Run, *, zone: tzinfo, policy: Policy = DEFAULT) -> Digest:
    """Summarise a reading: the first scheduled one of a day in full, the others by what changed."""
    earlier = [past.read_at for past in memory.runs if past.scheduled and past.announced and past.slot != run.slot]
    full = not run.scheduled or is_first_of_day(run.read_at, earlier, zone=zone)
    return summarise(memory, run, now=run.read_at, full=full, policy=policy)


def untold(memory: Memory) -> Run | None:
    """Find a scheduled reading that was committed and not told everywhere.

    Only the newest: what an older one found is in the next digest (see `news_since_told`).
    """
    scheduled = [run for run in memory.runs if run.scheduled]
    return scheduled[-1] if scheduled and not scheduled[-1].announced else None


def _tell(
    slot: str,
    message: Message,
    place: Place,
    *,
    outbox: Outbox,
    chats: Mapping[str, Chat],
    now: Callable[[], datetime],
) -> bool:
    name, where = place
    delivery = outbox.intend(Delivery(f"digest:{slot}", name, where, message, intended_at=now()))
    if delivery.receipt is not None:
        return True
    try:
        receipt = chats[name].post(where, as_said(delivery))
    except Refused as error:  # never, until a person changes something: the other places do not wait for it
        log.error("digest %s cannot be told in %s %s: %s", slot, name, where, error)
        return True
    except Unavailable as error:
        log.warning("digest %s to %s %s: %s", slot, name, where, error)
        return False
    outbox.sent(delivery, receipt)
    return True


def as_said(delivery: Delivery) -> Message:
    """Mark a message that may have been heard before; we rather repeat than stay silent."""
    message = delivery.message
    if delivery.attempts <= 1:
        return message
    return replace(
        message, summary=MAY_REPEAT + message.summary, blocks=(paragraph(bold(MAY_REPEAT.strip())), *message.blocks)
    )
