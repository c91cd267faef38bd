"""From steps and alerts to runs: the tree of one job becomes one Activity per workload and plan. Pure.

A job is a tree of steps. A step that names another workload than its parent (a virtual machine under
its host's plan) begins a run of its own; the wrapper above it is then nobody's backup and is dropped.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from bot.core.activity import Activity, Ended, EndReason, Outcome, Ref, Subject
from bot.sources.acronis import words
from bot.sources.acronis.facts import facts_of, facts_of_alert, joined
from bot.sources.acronis.parse import Notice, Owner, Piece, Thing
from bot.sources.acronis.protections import Told
from classifier import leaf, telling_name
from classifier.facts import JobFacts, Method
from classifier.failure import Failure
from classifier.shapes import OTHERS_MAX

ClientOf = Callable[[Owner], Ref | None]
Tell = Callable[[str, str], Told]
Stored = Callable[[str, datetime, datetime], Method | None]
RunKey = tuple[str, str, str]

OUTCOMES: Mapping[str, Outcome] = {
    "": Outcome.RUNNING,
    "ok": Outcome.SUCCEEDED,
    "warning": Outcome.WARNED,
    "cancelled": Outcome.CANCELLED,
    "error": Outcome.FAILED,
    "abandoned": Outcome.FAILED,
    "timedout": Outcome.FAILED,
}
ALERT_OUTCOMES: Mapping[str, Outcome] = {
    "BackupFailed": Outcome.FAILED,
    "BackupCanceled": Outcome.CANCELLED,
    "BackupFinishedWithWarnings": Outcome.WARNED,
    **dict.fromkeys(sorted(words.MISSED_ALERTS), Outcome.MISSED),
}


def _nothing_told(_workload_id: str, _plan_id: str) -> Told:
    return Told()


def _nothing_stored(_workload_id: str, _started_at: datetime, _finished_at: datetime) -> Method | None:
    return None


class Folded(msgspec.Struct, frozen=True):
    """What the records amount to.

    Attributes:
        strangers: the owners of runs and alerts that are not among the account's clients, one each.
        rootless: steps by task whose job was not read.
        nameless: the owners of runs that do not say of which workload they are, one each.
        hearsay: ids of the activities among these that ran and that only an alert tells of.
    """

    activities: tuple[Activity, ...]
    ended: tuple[Ended, ...]
    strangers: tuple[Owner, ...]
    rootless: Mapping[str, int]
    nameless: tuple[Owner, ...] = ()
    hearsay: frozenset[str] = frozenset()


class Tree(msgspec.Struct, frozen=True):
    """The steps of a reading, each once, and how they hang together.

    Attributes:
        above: the parent of each step, or when that was not read the root of the same task; None for a root.
    """

    steps: Mapping[str, Piece]
    above: Mapping[str, Piece | None]


class Run(msgspec.Struct, frozen=True, gc=False):
    """The steps of one workload under one plan in one job, in order of their start."""

    workload: Thing
    plan: Thing
    tops: tuple[Piece, ...]
    steps: tuple[Piece, ...]
    inside: bool


class Outline(msgspec.Struct, frozen=True, gc=False):
    """One run by itself, its steps told: what is left of it until the alerts and the lists are joined to it."""

    id: str
    owner: Owner
    workload: Thing
    plan: Thing
    started_at: datetime
    finished_at: datetime | None
    outcome: Outcome
    facts: JobFacts
    failure: Failure | None = None
    alert: Notice | None = None


def fold(
    pieces: Iterable[Piece] | Tree,
    notices: Sequence[Notice],
    *,
    client_of: ClientOf,
    link: str = "",
    policies: tuple[str, ...] = words.BACKUP_POLICIES,
    whole: bool = True,
    tell: Tell = _nothing_told,
    stored: Stored = _nothing_stored,
    reduced: Sequence[Outline] = (),
) -> Folded:
    """Make one Activity of each run, and one of each alert that no activity stands behind.

    Args:
        reduced: runs whose steps are told already (see jobs.py); no alert names one.
        tell: what the account's lists tell of a workload (by id) under a plan (by id).
        stored: what a run left behind, by workload, start and end.
        policies: plans that make backups; below them a step of unknown type that saved bytes is one too.
        whole: False when activities are missing. Then an alert that names one waits for it:
            told now under its step's id and next time under its root's, one run would count as two.
    """
    tree = pieces if isinstance(pieces, Tree) else tree_of(pieces)
    told = _by_activity(notices)
    applied = _applied(tree)
    runs, wrappers, rootless = runs_of(tree, policies)
    strangers, nameless, activities, hearsay = list[Owner](), list[Owner](), list[Activity](), set[str]()
    read = {step.uuid for run in wrappers for step in run.steps}  # the machines inside tell it
    outlines = [*reduced, *(outline(run, _alert(run, told)) for run in runs)]
    for each in outlines:
        client = client_of(each.owner)
        if client is None:
            strangers.append(each.owner)
        elif not each.workload.id:  # two of them would be one subject, and one's success the other's healing
            nameless.append(each.owner)
        else:
            activities.append(_activity(each, client=client, applied=applied, link=link, tell=tell, stored=stored))
    read |= {step.uuid for run in runs for step in run.steps if run.workload.id and client_of(run.tops[0].owner)}
    good = _last_good(activities)
    for alert in {(each.id, each.created_at): each for each in notices}.values():
        if alert.dismissed or alert.activity in read or (alert.activity and not whole):
            continue
        client = client_of(alert.owner)
        if client is None:
            strangers.append(alert.owner)
            continue
        made = _from_alert(alert, client=client, applied=applied, link=link, tell=tell)
        if made.outcome is Outcome.MISSED and good.get(made.subject.key, made.started_at) > made.started_at:
            continue
        if made.outcome is not Outcome.MISSED:
            hearsay.add(made.id)
        activities.append(made)
    return Folded(
        activities=tuple(sorted(_once(activities), key=lambda each: each.order)),
        ended=_revoked(tree, client_of),
        strangers=tuple(strangers),
        nameless=tuple(nameless),
        rootless=rootless,
        hearsay=frozenset(hearsay),
    )


def tree_of(pieces: Iterable[Piece]) -> Tree:
    """Keep the newest of each step (pages shift while the list grows) and link them."""
    newest: dict[str, Piece] = {}
    for each in pieces:
        known = newest.get(each.uuid)
        if known is None or (known.updated_at, known.code) <= (each.updated_at, each.code):
            newest[each.uuid] = each
    steps = {each.id: each for each in newest.values()}
    roots = {each.task: each for each in steps.values() if each.task and not each.parent}
    above = {
        id_: None if not each.parent or each.parent == id_ else steps.get(each.parent) or roots.get(each.task)
        for id_, each in steps.items()
    }
    return Tree(steps=steps, above=above)


def incomplete(pieces: Iterable[Piece] | Tree) -> tuple[str, ...]:
    """Name the tasks to read again in full: a step without its root, or a failed root without its backup step.

    Both are cut by the window: a step changes when it ends, its root hours later.
    """
    tree = pieces if isinstance(pieces, Tree) else tree_of(pieces)
    tasks, bare = set[str](), set[str]()
    for id_, step in tree.steps.items():
        if not step.task or (step.parent and tree.above[id_]) or not words.is_backup_step(step.type):
            continue
        if step.parent:
            tasks.add(step.task)
        elif step.is_bad:
            bare.add(step.task)
    if bare:
        bare -= {step.task for step in tree.steps.values() if step.task in bare and words.is_backing_up(step.type)}
    return tuple(sorted(tasks | bare))


def runs_of(tree: Tree, policies: tuple[str, ...]) -> tuple[list[Run], list[Run], Counter[str]]:
    """Cut each job into its runs, and keep those that are backups; the hosts' wrappers apart."""
    placed = _placed(tree)
    jobs: dict[str, dict[RunKey, list[Piece]]] = defaultdict(lambda: defaultdict(list))
    for step in tree.steps.values():
        key = placed[step.id].key
        jobs[key[0]][key].append(step)
    runs, wrappers, rootless = list[Run](), list[Run](), Counter[str]()
    for job in jobs.values():
        cut = [_run(steps, tree, placed) for steps in job.values()]
        backups = [run for run in cut if any(placed[s.id].backup for s in run.steps) or _saved(run, policies)]
        for run in backups:
            if any(top.parent and tree.above[top.id] is None for top in run.tops):
                rootless[run.tops[0].task] += len(run.steps)
            else:
                (wrappers if _is_wrapper(run, backups) else runs).append(run)
    return runs, wrappers, rootless


def _saved(run: Run, policies: tuple[str, ...]) -> bool:
    """True for a backup of a type we do not know yet. Checks and deployments of the same plan save no bytes."""
    return words.is_backup_policy(run.plan.type, policies) and any(step.bytes_saved for step in run.steps)


class _Place(msgspec.Struct, frozen=True, gc=False):
    """Where a step belongs: its run, what it inherits from above, whether it is part of a backup."""

    key: RunKey
    workload: Thing
    plan: Thing
    backup: bool


def _placed(tree: Tree) -> dict[str, _Place]:
    placed: dict[str, _Place] = {}
    for id_, step in tree.steps.items():
        if id_ in placed:
            continue
        above = tree.above[id_]
        if above is None or above.id in placed:
            placed[id_] = _place(step, placed[above.id] if above else None)
            continue
        for each in _path_down_to(step, tree, placed):
            above = tree.above[each.id]
            placed[each.id] = _place(each, placed.get(above.id) if above else None)
    return placed


def _path_down_to(step: Piece, tree: Tree, placed: Mapping[str, _Place]) -> list[Piece]:
    """List the steps not yet placed, from the top down to this one."""
    path, seen, at = list[Piece](), set[str](), step
    while at.id not in placed and at.id not in seen:
        path.append(at)
        seen.add(at.id)
        above = tree.above[at.id]
        if above is None:
            break
        at = above
    return path[::-1]


def _place(step: Piece, above: _Place | None) -> _Place:
    backup = words.is_backup_step(step.type) or (above is not None and above.backup)
    if above is None:
        key = (step.task or step.id, step.workload.id, step.plan.id)
        return _Place(key=key, workload=step.workload, plan=step.plan, backup=backup)
    workload = step.workload if step.workload.id else above.workload
    if workload.id == above.workload.id:  # a part of the plan above, whatever plan it names itself
        if backup == above.backup:
            return above
        return _Place(key=above.key, workload=above.workload, plan=above.plan, backup=backup)
    plan = step.plan if step.plan.id else above.plan
    return _Place(key=(above.key[0], workload.id, plan.id), workload=workload, plan=plan, backup=backup)


def _run(steps: list[Piece], tree: Tree, placed: Mapping[str, _Place]) -> Run:
    ordered = sorted(steps, key=by_start) if len(steps) > 1 else steps
    inside = {each.id for each in ordered}
    tops = tuple(each for each in ordered if (above := tree.above[each.id]) is None or above.id not in inside)
    tops = tops or tuple(ordered[:1])  # parents in a circle
    place = placed[tops[0].id]
    return Run(workload=place.workload, plan=place.plan, tops=tops, steps=tuple(ordered), inside=bool(tops[0].parent))


def by_start(step: Piece) -> tuple[datetime, int, str]:
    return (step.started_at, len(step.id), step.id)


def _is_wrapper(run: Run, job: Sequence[Run]) -> bool:
    """True for a host's own run, when the backups are those of the machines on it.

    It stays when it failed and none of them did: then nothing else tells.
    """
    others = [each for each in job if each is not run and each.inside]
    if run.inside or not others or any(words.is_backing_up(step.type) for step in run.steps):
        return False
    return not run.tops[-1].is_bad or any(top.is_bad for each in others for top in each.tops)


def outline(run: Run, alert: Notice | None = None) -> Outline:
    """Tell of a run what it tells by itself."""
    outcome = _outcome(run)
    ends = [top.finished_at for top in run.tops if top.finished_at]
    first = run.tops[0]
    return Outline(
        id=first.uuid,
        owner=first.owner,
        workload=run.workload,
        plan=run.plan,
        started_at=first.started_at,
        finished_at=max(ends) if ends and outcome is not Outcome.RUNNING else None,
        outcome=outcome,
        facts=facts_of(
            run.steps, tops=run.tops, outcome=outcome, workload=run.workload, source=alert.source if alert else ""
        ),
        failure=_failure(run, alert) if outcome.is_trouble else None,
        alert=alert,
    )


def _alert(run: Run, told: Mapping[str, Notice]) -> Notice | None:
    """Give the newest alert about a run."""
    alerts = [told[step.uuid] for step in run.steps if step.uuid in told] if told else []
    return max(alerts, key=lambda each: (each.updated_at, each.id), default=None)


def _activity(
    run: Outline, *, client: Ref, applied: Mapping[tuple[str, str], bool], link: str, tell: Tell, stored: Stored
) -> Activity:
    workload, plan, finished = run.workload, run.plan, run.finished_at
    return Activity(
        id=run.id,
        subject=_subject(client, workload, plan),
        started_at=run.started_at,
        finished_at=finished,
        outcome=run.outcome,
        facts=joined(
            run.facts,
            alert=run.alert,
            applied=applied.get((workload.id, plan.id)) if applied else None,
            running=run.outcome is Outcome.RUNNING,
            listed=tell(workload.id, plan.id),
            method=stored(workload.id, run.started_at, finished) if finished else None,
        ),
        failure=run.failure,
        link=link,
    )


def _outcome(run: Run) -> Outcome:
    """The newest root decides, but a backup whose clean-up alone failed is a backup, with a warning."""
    outcome = OUTCOMES[run.tops[-1].code] if all(top.code for top in run.tops) else Outcome.RUNNING
    if outcome is Outcome.FAILED and _only_afterwards(run):
        return Outcome.WARNED
    return outcome


def _only_afterwards(run: Run) -> bool:
    bad = [step for step in run.steps if step.is_bad]
    parents = {step.parent for step in bad}
    innermost = {step.type.upper() for step in bad if step.id not in parents}
    moved = [step.ok for step in run.steps if words.is_backing_up(step.type)]
    return bool(moved) and all(moved) and innermost <= words.AFTERWARDS


def _failure(run: Run, alert: Notice | None) -> Failure:
    """Tell what went wrong by whoever tells most: the innermost line is the useful one.

    Steps come before their root, which wraps one of them; the alert often tells more than both. A step that only
    warned is asked when nothing that failed tells anything.
    """
    steps = [step for step in run.steps if step not in run.tops and step.is_bad]
    told = _told([*steps, *run.tops]) + ([alert.failure] if alert and alert.failure else [])
    best = max(told, key=_tells, default=Failure())  # the first of equals
    same = [each for each in told if each.chain[-1:] == best.chain[-1:]]  # a wrapper's name is not the leaf's
    named = next((each for each in (best, *same) if each.code), best)
    return msgspec.structs.replace(
        best,
        code=named.code,
        module=best.module or named.module,
        text=best.text or next((each.text for each in (same if _leaf(best) else told) if each.text), ""),
        alert=alert.type if alert else best.alert,
        build=best.build or next((each.build for each in told if each.build), ""),
        others=_others(run, best, told, alert.failure if alert else None),
    )


def _told(steps: Iterable[Piece]) -> list[Failure]:
    bad = [(step.code, step.failure) for step in steps if step.failure]
    failed = [failure for code, failure in bad if code != "warning"]
    return failed if any(map(_leaf, failed)) else [failure for _, failure in bad]


def _others(run: Run, best: Failure, told: Sequence[Failure], alert: Failure | None) -> tuple[Failure, ...]:
    """List what else failed: the innermost failed steps that end in another leaf, and what the alert says instead.

    A step above them only wraps one.
    """
    wrapping = _above_failed(run)
    innermost = [step.failure for step in run.steps if step.id not in wrapping and step.failure in told]
    beneath = [other for each in (best, *told) for other in each.others]
    known, others = {_leaf(best), *(link.code for link in best.chain), best.code, *best.inner}, list[Failure]()
    for each in filter(None, (*innermost, alert, *beneath)):
        end = _leaf(each)
        if end and end not in known and len(others) < OTHERS_MAX:
            known.add(end)
            others.append(msgspec.structs.replace(each, others=()))
    return tuple(others)


def _above_failed(run: Run) -> set[str]:
    parents = {step.id: step.parent for step in run.steps}
    above = set[str]()
    for at in (step.parent for step in run.steps if step.is_bad):
        while at and at not in above:
            above.add(at)
            at = parents.get(at, "")
    return above


def _leaf(failure: Failure) -> str:
    """Name what a failure ends in, "" when it only says that something failed."""
    innermost = leaf(failure)
    return innermost.code if innermost else telling_name(failure)


def _tells(failure: Failure) -> tuple[bool, int]:
    """Say how much it tells: one that names a cause before one that only wraps, then the deepest."""
    return bool(_leaf(failure)), len(failure.chain)


def _from_alert(
    alert: Notice, *, client: Ref, applied: Mapping[tuple[str, str], bool], link: str, tell: Tell
) -> Activity:
    """Make the run an alert speaks of. A re-raised alert keeps its id: its time is part of ours."""
    outcome = ALERT_OUTCOMES[alert.type]
    happened = outcome is not Outcome.MISSED
    ended = (alert.finished_at if happened else None) or alert.created_at
    started = (alert.started_at if happened else None) or ended
    return Activity(
        id=alert.activity
        if happened and alert.activity
        else f"{alert.id.lower()}@{alert.created_at:%Y%m%dT%H%M%S.%fZ}",
        subject=_subject(client, alert.workload, alert.plan),
        started_at=min(started, ended),
        finished_at=ended,
        outcome=outcome,
        facts=joined(
            facts_of_alert(alert, backup_completed=outcome is Outcome.WARNED if happened else False),
            alert=alert,
            applied=applied.get((alert.workload.id, alert.plan.id)),
            listed=tell(alert.workload.id, alert.plan.id),
        ),
        failure=alert.failure,
        link=link,
    )


def _subject(client: Ref, workload: Thing, plan: Thing) -> Subject:
    return Subject(client=client, workload=Ref(workload.id, workload.name), plan=Ref(plan.id, plan.name))


def _by_activity(notices: Iterable[Notice]) -> dict[str, Notice]:
    """Give the newest alert of each activity."""
    ordered = sorted((each for each in notices if each.activity), key=lambda each: (each.updated_at, each.id))
    return {each.activity: each for each in ordered}


def _last_good(activities: Iterable[Activity]) -> dict[str, datetime]:
    good: dict[str, datetime] = {}
    for each in activities:
        if each.outcome is Outcome.SUCCEEDED and each.finished_at:
            good[each.subject.key] = max(each.finished_at, good.get(each.subject.key, each.finished_at))
    return good


def _once(activities: Iterable[Activity]) -> Iterable[Activity]:
    return {each.id: each for each in activities}.values()


def _applied(tree: Tree) -> dict[tuple[str, str], bool]:
    """Say of each workload and plan whether the last deployment went well."""
    seen = sorted((s for s in tree.steps.values() if s.type.upper() == words.APPLY and s.code), key=_ended_at)
    return {(step.workload.id, step.plan.id): bool(step.ok) for step in seen}


def _revoked(tree: Tree, client_of: ClientOf) -> tuple[Ended, ...]:
    """Say which plans left which workloads, and did not come back in the same reading.

    An end without both ids would mean "all of them": those are left alone.
    """
    policy = [s for s in tree.steps.values() if s.ok and s.type.upper() in {words.APPLY, *words.REVOKE}]
    last = {(step.workload.id, step.plan.id): step for step in sorted(policy, key=_ended_at)}
    ends = list[Ended]()
    for (workload, plan), step in last.items():
        client = client_of(step.owner)
        if client and workload and plan and step.type.upper() in words.REVOKE:
            ends.append(Ended(client.id, EndReason.PLAN_REVOKED, _ended_at(step)[0], workload, plan))
    return tuple(ends)


def _ended_at(step: Piece) -> tuple[datetime, str]:
    return (step.finished_at or step.updated_at, step.id)
