"""A room whose chat talks over a wire, and what may be lost or doubled there."""

from collections import Counter
from datetime import timedelta

from bot.wording.telling import MAY_REPEAT
from classifier.failure import Failure
from tests.builders import an_activity
from tests.jobs.room import Room

ODD = [an_activity("04 02:00", Failure(code=f"Odd{n}"), workload=f"W{n}-") for n in range(6)]


class Wired(Room):
    """A room in which waiting moves the chat's clock, too. `said` gives the summaries of what stands in a place."""

    def __init__(self, keeping, chat, clock, **hearing):
        self.clock = clock
        super().__init__(keeping, chat=chat, **hearing)

    def said(self):
        raise NotImplementedError

    def wait(self, span):
        self.clock.now += span.total_seconds()
        return super().wait(span)

    def go_on(self, *, after=timedelta(0)):
        self.clock.now += after.total_seconds()
        return super().go_on(after=after)


def heard_of(words):
    """Count what was heard of each cause, and of each digest, by its words without the mark."""
    return Counter(text.removeprefix(MAY_REPEAT) for text in words)


def whole(room):
    """Give what was lost, and what was said twice without a mark."""
    texts = room.said()
    unmarked = Counter(text for text in texts if not text.startswith(MAY_REPEAT))
    lost = [f"W{n}-" for n in range(len(ODD)) if not any(f"· W{n}-:" in text for text in texts)]
    return lost, [text for text, times in unmarked.items() if times > 1]
