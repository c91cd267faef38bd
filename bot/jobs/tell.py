"""All of telling, in order. One at a time: the clock and people's presses both start it."""

from datetime import timedelta

from bot.core.memory import Run
from bot.core.talk import without_lapsed
from bot.jobs.announce import announce, digest_of
from bot.jobs.deliver import deliver, is_all_said
from bot.jobs.follow_up import follow_up
from bot.jobs.posts import open_threads, settle
from bot.jobs.retell import newest_told, retell
from bot.jobs.telling import Telling

DEBOUNCE = timedelta(seconds=3)  # presses that follow each other make one edit


def tell(run: Run, telling: Telling) -> bool:
    """Tell one reading.

    1. write down what every place is to hear: the digest, follow-ups, posts of their own
    2. note that it is written down: from here on nothing of it can be lost
    3. say it
    4. bring older copies up to date

    Returns:
        True when nothing waits to be said any more.
    """
    plan(run, telling)
    telling.store.announced(run.slot)
    return go_on(telling)


def plan(run: Run, telling: Telling) -> None:
    announce(run, telling)
    memory = without_lapsed(telling.store.memory(), now=telling.ways.now())
    digest = digest_of(memory, run, zone=telling.ways.voice.zone, policy=telling.policy)
    follow_up(run, digest, memory, telling)
    open_threads(run, digest, memory, telling)


def go_on(telling: Telling) -> bool:
    """Say what waits, and bring copies up to date. A post that somebody deleted is made anew, once.

    Returns:
        True when nothing waits to be said any more.
    """
    settle(telling)
    before = len(telling.ways.threads.all())
    stuck = deliver(telling.ways)
    settle(telling)
    retell(telling)
    if len(telling.ways.threads.all()) < before:
        _replace_gone(telling)
        deliver(telling.ways, leave=stuck)
        settle(telling)
    return is_all_said(telling.ways)


def _replace_gone(telling: Telling) -> None:
    """Give the causes whose posts are gone others."""
    memory = without_lapsed(telling.store.memory(), now=telling.ways.now())
    run = newest_told(memory)
    if run is not None:
        digest = digest_of(memory, run, zone=telling.ways.voice.zone, policy=telling.policy)
        open_threads(run, digest, memory, telling)
