"""One run of one workload, and the tree of steps it is made of. Pure; how they are spelled is in `world`."""

import random
from datetime import datetime, timedelta

import msgspec

from bot.sources.sandbox import plans
from bot.sources.sandbox.roster import Workload
from bot.sources.sandbox.stories import Fate
from bot.sources.sandbox.troubles import Trouble

ROOT = "D332948D-A7A9-4E07-B76C-253DCF6E17FB"
WORKFLOW = "F30407D6-601F-11E0-9C67-FF46DFD72085"
RESOLVING = "FD79C554-B363-4DB2-97BC-1E5A94094A94"
BACKING_UP = "8F01AC13-F59E-4851-9204-DE1FD77E36B4"
RETENTION = "08BE2B76-A95F-4FD4-AC32-AF26210E3A33"
REVOKE = "44328016-20D7-4799-A357-CF152C904ED0"
APPLY = "policy.apply"
TITLES = {
    WORKFLOW: "Backup workflow",
    RESOLVING: "Resolving items to back up",
    BACKING_UP: "Backing up",
    RETENTION: "Applying retention rules",
}
TICK = timedelta(minutes=5)  # how often a running job reports its progress
SECOND = timedelta(seconds=1)

FIRST_ID = 1_701_000_000_000_000_000  # beyond 2^53, and neighbours closer than a float can tell apart
STEPS_A_RUN, RUNS_A_NIGHT = 8, 8
POLICY_TURN = 7  # the last one: steps of plans, not of backups
NIGHTS_BEFORE = 4096  # so that nights of the past have numbers too
WORKLOADS_MAX = 2**20


class Piece(msgspec.Struct, frozen=True, gc=False):
    """One step, as it will have ended.

    Attributes:
        trouble: None for wrappers, which say no more than that a step failed.
        names: False for steps that leave workload and plan to their parent.
        host: True for the host's own wrapper.
        moving_until: when its bytes last advanced.
    """

    id: int
    root: int
    parent: int
    type: str
    title: str
    started: datetime
    ends: datetime
    workload: Workload
    code: str = "ok"
    trouble: Trouble | None = None
    names: bool = True
    host: bool = False
    bytes: int = 0
    moving_until: datetime | None = None
    run_mode: str = ""
    policy_type: str = plans.MACHINE

    def changed(self, until: datetime) -> datetime:
        """Say when it last changed, seen from a moment: at its end, or at its last report of progress."""
        if self.ends <= until:
            return self.ends
        reported = self.started + (until - self.started) // TICK * TICK
        return min(reported, self.moving_until or reported)


class Run(msgspec.Struct, frozen=True, gc=False):
    """One run of one workload, its steps not yet told apart.

    Attributes:
        turn: which of its night.
        stuck: when its bytes last advanced; None when they do.
    """

    workload: Workload
    night: int
    turn: int
    starts: datetime
    ends: datetime
    fate: Fate
    amount: int
    stuck: datetime | None = None
    run_mode: str = "scheduled"

    @property
    def id(self) -> int:
        return step_id(self.night, self.workload.number, self.turn)

    @property
    def left_a_backup(self) -> bool:
        return self.fate.code in ("ok", "warning") or self.fate.step == "retention"

    @property
    def backed_up_at(self) -> datetime:
        """When its step that moves the bytes ends."""
        if self.workload.type:
            return self.ends
        short = self.fate.code != "ok" and self.fate.step == "backup"
        return self.ends - (4 * SECOND if short else 40 * SECOND)


def run(
    workload: Workload,
    night: int,
    fate: Fate,
    *,
    seed: int,
    starts: datetime,
    turn: int = 0,
    run_mode: str = "scheduled",
) -> Run:
    luck = random.Random(f"{seed}/{workload.number}/{night}/{turn}")  # noqa: S311 - a story, not a secret
    minutes = fate.lasts if fate.lasts is not None else luck.randint(8, 90)
    ends = starts + timedelta(minutes=minutes, seconds=luck.randint(0, 20) if fate.lasts is None else 0)
    stuck = starts + timedelta(minutes=fate.stuck_after) if fate.stuck_after is not None else None
    amount = luck.randint(2, 60) * 2**30 // 7
    return Run(workload, night, turn, starts, ends, fate, amount, stuck, run_mode)


def step_id(night: int, workload: int, turn: int = 0, step: int = 0) -> int:
    at = (night + NIGHTS_BEFORE) * WORKLOADS_MAX + workload
    return FIRST_ID + (at * RUNS_A_NIGHT + turn) * STEPS_A_RUN + step


def run_of(id_: int) -> tuple[int, int, int]:
    """Give the (night, workload, turn) a step's id was made of."""
    at, turn = divmod((id_ - FIRST_ID) // STEPS_A_RUN, RUNS_A_NIGHT)
    night, workload = divmod(at, WORKLOADS_MAX)
    return night - NIGHTS_BEFORE, workload, turn


def steps(run: Run) -> list[Piece]:
    """Tell a run's steps apart: root, workflow, resolving, backing up, retention. Cloud to cloud has only one."""
    workload, fate = run.workload, run.fate
    if workload.type:
        return [_step(run, 0, workload.type, run.starts, run.ends, fate, amount=run.amount)]
    outer = msgspec.structs.replace(fate, trouble=None) if fate.trouble else fate
    after = fate.step == "retention"
    moved = run.backed_up_at
    resolved = min(run.starts + 30 * SECOND, moved - SECOND)
    found = [
        _root(run, outer),
        _step(run, 1, WORKFLOW, run.starts + 2 * SECOND, run.ends - SECOND, outer, parent=0),
        _step(run, 2, RESOLVING, run.starts + 3 * SECOND, resolved, WELL, parent=1, names=False),
        _step(run, 3, BACKING_UP, resolved, moved, WELL if after else fate, parent=1, amount=run.amount, bytes_to=True),
    ]
    if fate.code in ("ok", "warning") or after:
        ends, own = run.ends - 2 * SECOND, fate if after else WELL
        found.append(_step(run, 4, RETENTION, moved, ends, own, parent=1, names=False))
    return found


WELL = Fate()


def _root(run: Run, outer: Fate) -> Piece:
    """The host's machines share one root in the real service; each of ours has its own, told once a machine."""
    host = bool(run.workload.host)
    title = f"Backup plan '{plans.plan_of(run.workload).name}'"
    own = _step(run, 0, ROOT, run.starts, run.ends, WELL if host else outer, title=title)
    return msgspec.structs.replace(own, host=True) if host else own


def _step(
    run: Run,
    at: int,
    type_: str,
    started: datetime,
    ends: datetime,
    fate: Fate,
    *,
    parent: int | None = None,
    names: bool = True,
    amount: int = 0,
    bytes_to: bool = False,
    title: str = "",
) -> Piece:
    first = run.id
    return Piece(
        id=first + at,
        root=first,
        parent=first + parent if parent is not None else 0,
        type=type_,
        title=title or TITLES.get(type_, type_),
        started=started,
        ends=ends,
        workload=run.workload,
        code=fate.code,
        trouble=fate.trouble,
        names=names,
        bytes=amount,
        moving_until=run.stuck if bytes_to else None,
        run_mode=run.run_mode if parent is None else "",
    )


def policy_step(workload: Workload, night: int, type_: str, at: datetime) -> Piece:
    """Give the step that applies or revokes a workload's plan."""
    number = step_id(night, workload.number, POLICY_TURN, 4)
    verb = "Revoking" if type_ == REVOKE else "Applying"
    return Piece(
        id=number,
        root=number,
        parent=0,
        type=type_,
        title=f"{verb} plan '{plans.plan_of(workload).name}'",
        started=at,
        ends=at,
        workload=workload,
        policy_type=plans.ROOT,
    )


def share(piece: Piece, until: datetime) -> float:
    """Tell how much of its bytes a step has moved by a moment."""
    if piece.ends <= until and not piece.moving_until:
        return 1.0 if piece.code in ("ok", "warning") else 0.6
    at = min(piece.changed(until), piece.moving_until or until)
    return min(1.0, (at - piece.started) / max(piece.ends - piece.started, TICK))
