"""Does what a plan has left to do with a list, twenty rows at a time, and believes no answer that did not come.

A row that was perhaps made, or that others changed first, is looked at by its key before anything else is done to it.
What one row refuses keeps the others from nothing.
"""

from collections.abc import Mapping, Sequence
from itertools import islice

import msgspec

from bot.errors import Unavailable
from bot.net.answer import Answer
from bot.net.graph import BATCH_MAX, Graph, Step
from bot.publishers.sharepoint.fields import Value
from bot.publishers.sharepoint.plan import Act, Plan
from bot.publishers.sharepoint.rows import Rows, found_in, made_in, version_in
from bot.publishers.sharepoint.site import SETTING

LOOKS_MAX = 40  # more rows to be looked at are read with all others: that costs less
TRIES = 6  # of one row: each look and each write is one
REFUSED_MAX = 20  # rows that may be refused before the rest is not tried any more
CHANGED = frozenset({404, 409, 412})  # somebody was first; 409 for 412 has been seen, and a key that is there already
LATER = frozenset({*CHANGED, 408, 423, 429})


class Task(msgspec.Struct):
    """One row, on its way.

    Attributes:
        refused: what was answered when it was to be made; whether it was made all the same is looked up.
    """

    key: str
    fields: Mapping[str, Value]
    tries: int = 0
    refused: Answer | None = None


class Work:
    """Brings one list up to date."""

    def __init__(self, graph: Graph, rows: Rows, plan: Plan) -> None:
        self._graph, self._rows, self._plan = graph, rows, plan
        self._again: list[Task] = []
        self._refusals: list[Exception] = []
        self._given_up: Answer | None = None  # of a row that was tried often enough
        self._made = self._changed = 0

    def do(self) -> None:
        """Do all of it. The plan knows what is done, however this ends.

        Raises:
            Unavailable: not all of it, now.
            Refused: a row, or all of them.
        """
        if sum(act is Act.LOOK for act in self._plan.todo.values()) > LOOKS_MAX:
            self._plan.look(self._rows.whole())
        coming = (Task(key, fields) for key, fields in self._plan.fields())
        while tasks := [*self._again, *islice(coming, BATCH_MAX - len(self._again))]:
            self._again = []
            self._do_some(tasks)
        if self._refusals:
            raise self._refusals[0]

    @property
    def tally(self) -> tuple[int, int, int]:
        """Count the rows made, changed, and left for the next time."""
        return self._made, self._changed, len(self._plan.todo)

    def _do_some(self, tasks: Sequence[Task]) -> None:
        answers = self._graph.batch([self._step(task) for task in tasks])
        for task, answer in zip(tasks, answers, strict=True):
            self._take(task, answer)
        late = next((answer for answer in answers if answer.is_throttled), self._given_up)
        if late is not None:
            raise late.error("write rows", setting=SETTING)
        if len(self._refusals) >= REFUSED_MAX:
            raise self._refusals[0]

    def _step(self, task: Task) -> Step:
        match self._plan.todo[task.key]:
            case Act.LOOK:
                return self._rows.looking(task.key)
            case Act.CREATE:
                return self._rows.creating(task.fields)
            case Act.CHANGE:
                return self._rows.changing(self._plan.standing[task.key], task.fields)

    def _take(self, task: Task, answer: Answer) -> None:
        """Take in what became of a row, and have it done again if that is not all."""
        match self._plan.todo[task.key]:
            case Act.LOOK:
                self._take_look(task, answer)
            case Act.CREATE:
                self._take_made(task, answer)
            case Act.CHANGE:
                self._take_changed(task, answer)
        if task.key in self._plan.todo:
            self._try_again(task, answer)

    def _take_look(self, task: Task, answer: Answer) -> None:
        if answer.is_good:
            self._plan.seen(task.key, found_in(answer))
            if self._plan.todo.get(task.key) is Act.CREATE and task.refused is not None:
                self._refuse(task, task.refused)
        elif not _is_later(answer):
            self._refuse(task, answer)

    def _take_made(self, task: Task, answer: Answer) -> None:
        if answer.is_good:
            self._plan.standing[task.key] = made = made_in(answer)
            self._plan.finished(task.key, made.version)
            self._made += 1
        elif not answer.is_throttled:  # whatever was answered, it may be there
            self._plan.todo[task.key] = Act.LOOK
            task.refused = None if _is_later(answer) else answer

    def _take_changed(self, task: Task, answer: Answer) -> None:
        if answer.is_good:
            self._plan.finished(task.key, version_in(answer))
            self._changed += 1
        elif not _is_later(answer):
            self._refuse(task, answer)
        elif not answer.is_throttled:
            self._plan.todo[task.key] = Act.LOOK

    def _refuse(self, task: Task, answer: Answer) -> None:
        self._refusals.append(answer.error("write a row", setting=SETTING))
        del self._plan.todo[task.key]

    def _try_again(self, task: Task, answer: Answer) -> None:
        task.tries += not answer.is_throttled
        if task.tries < TRIES:
            self._again.append(task)
        elif answer.is_good or answer.status in CHANGED:
            self._refusals.append(Unavailable("somebody else changes a row each time we write it"))
            del self._plan.todo[task.key]
        else:
            self._given_up = answer


def _is_later(answer: Answer) -> bool:
    """Tell whether it may go well another time, or somebody was first."""
    return answer.is_passing or answer.status in LATER
