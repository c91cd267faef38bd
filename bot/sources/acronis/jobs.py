"""A job that is whole and went well is told at once, and its steps are let go: a night has hundreds of thousands. Pure.

All others wait for the end of the reading: a failure is told by everything that is known of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from bot.sources.acronis import words
from bot.sources.acronis.fold import Outline, Run, by_start, outline, runs_of, tree_of
from bot.sources.acronis.parse import Owner, Piece

DEPLOYMENT = frozenset({words.APPLY, *words.REVOKE})


class Told(msgspec.Struct, frozen=True, gc=False):
    """One job, told.

    Attributes:
        until: when anything of it changed last.
        plan: the plan's id that the job of a backup carries; "" for none, and for other jobs.
        runs: the backups it made; () for a job that made none.
    """

    task: str
    until: datetime
    owner: Owner
    plan: str
    steps: int
    runs: tuple[Outline, ...]


class Jobs:
    """The steps of one chain, oldest change first, job by job.

    Whole is a job whose root has ended, and has begun in this chain's part of the window: its steps changed after
    that, so that they lie in the same part, before it. In a chain without that order nothing is known to be whole.

    Args:
        since: where the part begins.
        alerted: steps, by uuid, that alerts name: their jobs are told together with the alert.
    """

    def __init__(self, since: datetime, *, alerted: frozenset[str], policies: tuple[str, ...]) -> None:
        self._since, self._alerted, self._policies = since, alerted, policies
        self._newest, self._ordered = since, True
        self._open = defaultdict[str, list[Piece]](list)
        self._told: dict[str, Told] = {}

    def take(self, pieces: Iterable[Piece]) -> None:
        """Take the steps of a page, and tell the jobs that it makes whole."""
        ended = list[Piece]()
        for each in pieces:
            if each.updated_at >= self._newest:
                self._newest = each.updated_at
            else:
                self._ordered = False
            self._open[each.task].append(each)
            if each.code == "ok" and not each.parent and each.started_at > self._since:
                ended.append(each)
        for root in ended if self._ordered else ():
            told = self._tell(root, self._open[root.task]) if root.task and root.task not in self._told else None
            if told:
                self._told[root.task] = told
                del self._open[root.task]

    @property
    def told(self) -> tuple[Told, ...]:
        return tuple(self._told.values())

    @property
    def open(self) -> tuple[Piece, ...]:
        """The steps of all other jobs, and what came of a job after it was told."""
        return tuple(each for steps in self._open.values() for each in steps)

    def _tell(self, root: Piece, steps: Sequence[Piece]) -> Told | None:
        """Tell a job; None when it did not go well, or when what lies outside of it may belong to it."""
        for each in steps:
            if each.code != "ok" or each.owner != root.owner or each.uuid in self._alerted:
                return None
        runs = self._runs(root, steps)
        if runs is None:
            return None
        return Told(
            task=root.task,
            until=max([each.updated_at for each in steps]),
            owner=root.owner,
            plan=root.plan.id if runs and words.is_backup_step(root.type) else "",
            steps=len(steps),
            runs=tuple([outline(each) for each in runs]),
        )

    def _runs(self, root: Piece, steps: Sequence[Piece]) -> Sequence[Run] | None:
        """Cut a job into its runs.

        A job that moves no data itself may be the wrapper of others, or speak of a plan: it is left alone.
        """
        if not any(words.is_backing_up(each.type) for each in steps):
            return None if any(self._may_matter(each) for each in steps) else []
        if _is_plain(root, steps):
            ordered = tuple(sorted(steps, key=by_start))
            return [Run(workload=root.workload, plan=root.plan, tops=(root,), steps=ordered, inside=False)]
        runs, _, rootless = runs_of(tree_of(steps), self._policies)
        return None if rootless else runs

    def _may_matter(self, step: Piece) -> bool:
        is_ours = words.is_backup_step(step.type) or step.type.upper() in DEPLOYMENT
        return is_ours or words.is_backup_policy(step.plan.type, self._policies)


def sorted_out(pieces: Sequence[Piece], told: Mapping[str, Told]) -> tuple[list[Piece], frozenset[str]]:
    """Take out what is told already, and name the jobs of which more came after they were told.

    What is listed as running of a job that has ended is an older picture of it.
    """
    fresh, again = list[Piece](), set[str]()
    for each in pieces:
        known = told.get(each.task)
        if known and not each.code and each.updated_at <= known.until:
            continue
        if known:
            again.add(each.task)
        fresh.append(each)
    return fresh, frozenset(again)


def _is_plain(root: Piece, steps: Sequence[Piece]) -> bool:
    """True for most jobs: one root, one workload, each step once."""
    if len({each.id for each in steps}) != len(steps):
        return False
    named = ("", root.workload.id)
    return all(each is root or (each.parent not in ("", each.id) and each.workload.id in named) for each in steps)
