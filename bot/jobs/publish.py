"""File each reading's report wherever reports are filed. Telling comes first: people wait for that."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.memory import Memory, Run
from bot.core.policy import Policy
from bot.core.report import report
from bot.core.route import Route
from bot.core.sheet import Filing
from bot.errors import Refused, Unavailable
from bot.ports import Publisher, Routes
from bot.wording.phrases import Voice
from bot.wording.report import filing

log = logging.getLogger(__name__)

OURS = "what went wrong is ours; the log has it"


@dataclass
class Cabinet:
    """Everything filing needs, and what was filed since the process began.

    Attributes:
        publishers: by name.
        routes: where the trouble of each is kept, for `status`.
        filed: the reading that each publisher filed last.
    """

    publishers: Mapping[str, Publisher]
    routes: Routes
    now: Callable[[], datetime]
    filed: dict[str, tuple[str, int]] = field(default_factory=dict)


def publish(memory: Memory, cabinet: Cabinet, *, voice: Voice, policy: Policy) -> bool:
    """File the newest reading with each publisher that has not filed it yet.

    1. find who has not filed it; after a start that is everybody, since filing twice replaces
    2. make the report of it, in words
    3. file it; one that fails keeps no other from it, is shown by `status`, and is tried at the next pass

    Returns:
        False when one of them could not file it.
    """
    if not memory.runs or not cabinet.publishers:
        return True
    run = memory.runs[-1]
    waiting = [each for each in cabinet.publishers.values() if cabinet.filed.get(each.name) != _id(run)]
    if not waiting:
        return True
    told = report_of(memory, voice=voice, policy=policy)
    troubles = [_filed(each, told, cabinet) for each in waiting]
    cabinet.filed.update({each.name: _id(run) for each, trouble in zip(waiting, troubles, strict=True) if not trouble})
    return not any(troubles)


def report_of(memory: Memory, *, voice: Voice, policy: Policy, client: str | None = None) -> Filing:
    """Make the report of the newest reading, in words.

    Args:
        client: the id of the only client wanted; None for all.
    Raises:
        Refused: nothing was ever read.
    """
    if not memory.runs:
        raise Refused("nothing was ever read", remedy="run `fortress refresh` first")
    run = memory.runs[-1]
    return filing(report(memory, run, now=run.read_at, policy=policy, client=client), voice)


def forget_others(names: Iterable[str], cabinet: Cabinet) -> None:
    """Let go of the trouble of publishers that are switched off, or file elsewhere now.

    Args:
        names: of all publishers there could be.
    """
    places = {(each.name, each.place) for each in cabinet.publishers.values()}
    ours = [route for route in cabinet.routes.all() if route.chat in set(names)]
    cabinet.routes.forget(*(route for route in ours if (route.chat, route.place) not in places))


def _id(run: Run) -> tuple[str, int]:
    return (run.slot, run.attempt)


def _filed(publisher: Publisher, told: Filing, cabinet: Cabinet) -> str:
    """File it; gives what went wrong, and "" when nothing did."""
    try:
        link = publisher.publish(told)
    except (Refused, Unavailable) as error:
        return _noted(publisher, cabinet, str(error))
    except Exception:  # a publisher that breaks must not keep the others from filing
        log.exception("report %s: %s could not file it", told.slot, publisher.name)
        return _noted(publisher, cabinet, OURS)
    log.info("report %s: filed by %s, %s", told.slot, publisher.name, link)
    known = _known(publisher, cabinet)
    if known is not None:
        cabinet.routes.forget(known)
    return ""


def _noted(publisher: Publisher, cabinet: Cabinet, why: str) -> str:
    """Keep what went wrong; what is known already is neither written nor logged again."""
    known = _known(publisher, cabinet)
    if known is None or known.why != why:
        log.warning("reports are not filed by %s: %s", publisher.name, why)
        since = known.broken_at if known is not None else None
        cabinet.routes.keep(Route(publisher.name, publisher.place, broken_at=since or cabinet.now(), why=why))
    return why


def _known(publisher: Publisher, cabinet: Cabinet) -> Route | None:
    found = (route for route in cabinet.routes.all() if (route.chat, route.place) == (publisher.name, publisher.place))
    return next(found, None)
