"""Compare what was read with what we knew, and say what changed.

One subject at a time: its runs, oldest first, are told to its *story* (its standing and its incident,
if it has one). A run is taken into account once: those that ended no later than the newest one
judged are repeats, or came too late to change what a newer run already said. So reading a window
twice, or overlapping ones, or a shuffled batch, gives what one tidy reading gives.

An open incident without a new run is judged anew by the rules of today: a changed rule shows at once.

What the vendor lists as protected is remembered beside it. Being listed heals nothing, and being
missing from a list ends nothing: both are said.

Two things end or open nothing by themselves: a client that was not read, and a run that has not
concluded or not begun when it was due. That gets its grace, counted in complete scheduled readings
of its client, and then it speaks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, tzinfo

import msgspec
from msgspec.structs import replace

from bot.core.activity import (
    BADNESS,
    HISTORY,
    LEFT_THE_LIST,
    Activity,
    Batch,
    ClientCoverage,
    Day,
    Ended,
    Outcome,
    Protection,
    Reading,
    RecoveryPoint,
    Running,
    Schedule,
    Silence,
    Standing,
    Subject,
)
from bot.core.exposure import exposures
from bot.core.incident import TRANSITIONS, Change, ChangeKind, Event, Incident, State
from bot.core.memory import Memory
from bot.core.policy import DEFAULT, Policy, counts_as_failed, disposition_after, disposition_unfinished, is_more_urgent
from bot.core.recovery import recovery_point
from bot.core.schedule import last_due
from bot.core.silence import NO_START, alert_for, alerts_at, as_no_start, silence_of
from classifier import classify
from classifier.facts import JobFacts, Trigger
from classifier.failure import Failure
from classifier.verdict import Disposition, Verdict

Judge = Callable[[Failure, JobFacts], Verdict]

NO_RESULT = Failure(code="No activity")  # the source document's name for a job that has not concluded
NO_DETAILS = Failure()


class Reconciled(msgspec.Struct, frozen=True):
    """What one reading did.

    Attributes:
        changes: one per incident that changed, by incident number.
        incidents: the changed ones, as they are now.
        standings: the changed ones.
        clients: what is now remembered of each client that was asked for.
        baseline: ids of clients read for the first time.
        counts: ended runs by outcome, repeats left out.
        exposed: keys of the exposures that were not there before (see exposure.py); at the first reading of an
            account or a client none is new.
        last_number: the highest incident number given so far.
    """

    changes: tuple[Change, ...] = ()
    incidents: tuple[Incident, ...] = ()
    standings: tuple[Standing, ...] = ()
    clients: tuple[ClientCoverage, ...] = ()
    baseline: tuple[str, ...] = ()
    counts: Mapping[str, int] = {}
    exposed: tuple[str, ...] = ()
    forgotten: tuple[str, ...] = ()
    last_number: int = 0


class _Story:
    """One subject while its new runs are told."""

    __slots__ = ("baseline", "before", "incident", "policy", "read_at", "rejudged", "standing", "touched")

    def __init__(
        self, standing: Standing, incident: Incident | None, *, read_at: datetime, baseline: bool, policy: Policy
    ) -> None:
        self.standing = standing
        self.incident = incident
        self.before = incident
        self.read_at = read_at
        self.baseline = baseline
        self.policy = policy
        self.touched = False
        self.rejudged = False


def reconcile(memory: Memory, batch: Batch, *, policy: Policy = DEFAULT, judge: Judge = classify) -> Reconciled:
    """Tell every subject's new runs to its story, and collect what changed.

    Pure: the same memory and batch give the same answer, whatever the order inside the batch.
    """
    covered = {coverage.client.id: coverage for coverage in batch.coverage.clients}
    baseline = {id for id in covered if _is_first_reading(memory.clients.get(id))}
    counts: dict[str, int] = defaultdict(int)
    stories: dict[str, _Story] = {}

    def story_of(subject: Subject) -> _Story:
        key = subject.key
        if key not in stories:
            stories[key] = _Story(
                memory.standings.get(key) or Standing(subject),
                memory.incidents.get(key),
                read_at=batch.read_at,
                baseline=subject.client.id in baseline,
                policy=policy,
            )
        return stories[key]

    for activity in _in_order(batch.activities):
        _tell(story_of(activity.subject), activity, counts, batch, judge)
    for protection in _each_once(batch.protections):
        _list(story_of(protection.subject), protection, batch)
    for subject in _missing(memory, covered, batch):
        _miss(story_of(subject))
    for subject in _unfinished(memory, stories, covered, batch):
        _wait(story_of(subject), batch, judge)
    for ended, subject in _ended_subjects(memory, stories, batch.ended):
        _end(story_of(subject), ended)
    for subject, silence in _silences(memory, stories, covered, baseline, batch, policy):
        _be_silent(story_of(subject), silence, judge)
    for judged in _judged_otherwise(memory, stories, judge, policy):
        _judge_again(story_of(judged.subject), judged)
    for subject, recovery in _recovery_points(memory, stories, policy):
        story = story_of(subject)
        story.standing, story.touched = replace(story.standing, recovery=recovery), True
    return _collect(memory, stories, covered, baseline, counts, batch, policy)


def _is_first_reading(known: ClientCoverage | None) -> bool:
    """Tell whether nothing of a client was ever read without a gap; what is found then is no news."""
    return known is None or known.until is None


def _in_order(activities: Iterable[Activity]) -> list[Activity]:
    """Sort runs by when they ended; of two pictures of one run the finished one counts."""
    newest: dict[tuple[str, str], Activity] = {}
    for activity in activities:
        key = (activity.subject.key, activity.id)
        known = newest.get(key)
        if known is None or _supersedes(activity, known):
            newest[key] = activity
    return sorted(newest.values(), key=lambda a: a.order)


def _supersedes(one: Activity, other: Activity) -> bool:
    """Choose between two pictures of one run without looking at their order in the batch."""
    if (one.finished_at is None) != (other.finished_at is None):
        return one.finished_at is not None
    return _progress(one) > _progress(other)


def _progress(activity: Activity) -> tuple[datetime, int, int]:
    return (*activity.order[:1], activity.facts.bytes_processed or 0, BADNESS[activity.outcome])


def _tell(story: _Story, activity: Activity, counts: dict[str, int], batch: Batch, judge: Judge) -> None:
    standing = story.standing
    if activity.finished_at is None:
        _see_running(story, activity, batch, judge)
        return
    is_over = standing.ended_at is not None and activity.finished_at <= standing.ended_at
    if is_over or (standing.judged is not None and activity.order <= standing.judged):
        _remember_late(story, activity, activity.finished_at)
        return
    counts[activity.outcome] += 1
    story.touched = True
    story.standing = _stand(standing, activity, activity.finished_at)
    if activity.outcome.is_trouble:
        _trouble(story, activity, activity.finished_at, judge)
    else:
        _success(story, activity.finished_at)


def _stand(standing: Standing, activity: Activity, at: datetime) -> Standing:
    good = activity.outcome is Outcome.SUCCEEDED
    backed_up = good or (activity.outcome is Outcome.WARNED and activity.facts.backup_completed is not False)
    running = standing.running
    by_itself = activity.facts.trigger is not Trigger.MANUAL and activity.outcome is not Outcome.MISSED
    return replace(
        standing,
        subject=activity.subject,
        begun_at=activity.started_at if by_itself else standing.begun_at,
        judged=activity.order,
        last_good_at=at if good else standing.last_good_at,
        last_backup_at=at if backed_up else standing.last_backup_at,
        last_outcome=activity.outcome,
        facts=activity.facts,
        days=_with_run(standing.days, at.date(), activity.outcome),
        running=running if running is not None and running.started_at > activity.started_at else None,
        ended=None,
        ended_at=None,
    )


def _with_run(days: tuple[Day, ...], on: date, outcome: Outcome) -> tuple[Day, ...]:
    if days and days[-1].on == on:
        last = days[-1]
        worst = outcome if outcome.badness > last.worst.badness else last.worst
        return (*days[:-1], Day(on, worst, last.runs + 1))
    start = on - HISTORY
    kept = days if not days or days[0].on > start else tuple(day for day in days if day.on > start)
    return (*kept, Day(on, outcome, 1))


def _remember_late(story: _Story, activity: Activity, at: datetime) -> None:
    """A run older than one already judged opens and ends nothing, but may have been a good backup.

    If it lies inside the trouble that is open, only what came after it still counts as that trouble.
    How many runs that were is not known any more: one at least.
    """
    known = story.standing
    if activity.outcome is not Outcome.SUCCEEDED or (known.last_good_at is not None and known.last_good_at >= at):
        return
    story.touched = True
    story.standing = replace(known, last_good_at=at, last_backup_at=max(at, known.last_backup_at or at))
    incident = story.incident
    if incident is None or incident.state is not State.OPEN or at >= incident.last_failed_at:
        return
    story.incident = replace(incident, last_good_at=at)
    if at >= incident.first_failed_at:
        runs = min(1, incident.failed_runs)
        story.incident = replace(incident, last_good_at=at, first_failed_at=incident.last_failed_at, failed_runs=runs)


def _see_running(story: _Story, activity: Activity, batch: Batch, judge: Judge) -> None:
    standing = story.standing
    if standing.judged is not None and activity.started_at <= standing.judged[0]:
        return  # a newer run has ended since
    known = standing.running
    if known is not None and known.started_at > activity.started_at:
        return
    looked_at = batch.coverage.window.until
    bytes_done = activity.facts.bytes_processed
    if known is None or known.id != activity.id:
        # the reading that first sees a job is none of its grace; one that a person asked for never is
        seen = Running(activity.id, activity.started_at, looked_at, bytes_done, reads=0 if batch.scheduled else -1)
    elif bytes_done is not None and bytes_done > (known.bytes_done or 0):
        seen = replace(known, bytes_done=bytes_done, moving=True, reads=0, looked_at=max(looked_at, known.looked_at))
    else:
        return
    story.touched = True
    story.standing = replace(standing, subject=activity.subject, running=seen)
    _calm_down(story, activity, judge)


def _calm_down(story: _Story, activity: Activity, judge: Judge) -> None:
    """A job that moves again, one that began at last, or another in its place, gets its grace anew."""
    known = story.incident
    if known is not None and known.state is State.OPEN and is_without_result(known):
        verdict = judge(NO_RESULT, activity.facts)
        story.incident = replace(
            known,
            verdict=verdict,
            disposition=verdict.disposition,
            outcome=Outcome.RUNNING,
            failure=NO_RESULT,
            first_failed_at=activity.started_at,
            last_failed_at=activity.started_at,
            activity_id=activity.id,
        )


def is_without_result(incident: Incident) -> bool:
    """Tell whether an incident speaks of a job that does not end, or of one that did not begin."""
    return incident.outcome is Outcome.RUNNING or incident.failure == NO_START


def _each_once(protections: Iterable[Protection]) -> list[Protection]:
    """Give what is listed once by subject, whatever the order; of two pictures the one that tells of more."""
    newest: dict[str, Protection] = {}
    for each in protections:
        known = newest.get(each.subject.key)
        if known is None or (each != known and _tells(each) > _tells(known)):
            newest[each.subject.key] = each
    return [newest[key] for key in sorted(newest)]


def _tells(protection: Protection) -> tuple[float, float, str]:
    good, due = protection.last_good_at, protection.next_at
    return (good.timestamp() if good else 0.0, due.timestamp() if due else 0.0, repr(protection))


def _list(story: _Story, protection: Protection, batch: Batch) -> None:
    """Remember what the vendor lists now. It may know of a better backup than we do, but it heals nothing."""
    standing = story.standing
    is_back = standing.ended_at is not None and standing.ended_at <= batch.coverage.window.since
    if standing.ended is not None and not is_back:
        return  # what ended a moment ago may still be listed
    known = standing.protection
    same = known is not None and standing.missing_since is None and not is_back
    same = same and known is not None and (known.schedule, known.enabled) == (protection.schedule, protection.enabled)
    listed = replace(
        standing,
        subject=protection.subject,
        protection=protection,
        listed_at=max(batch.read_at, standing.listed_at or batch.read_at),
        missing_since=None,
        watched_since=standing.watched_since if same else batch.read_at,
        ended=None,
        ended_at=None,
    )
    good = protection.last_good_at
    if good is not None and good <= batch.read_at and (standing.last_good_at is None or standing.last_good_at < good):
        listed = replace(listed, last_good_at=good, last_backup_at=max(good, standing.last_backup_at or good))
        incident = story.incident
        if incident is not None and incident.state is State.OPEN and good < incident.first_failed_at:
            story.incident = replace(incident, last_good_at=good)
    if listed != standing:
        story.standing, story.touched = listed, True


def _missing(memory: Memory, covered: Mapping[str, ClientCoverage], batch: Batch) -> list[Subject]:
    """Find what was listed before and is not in a complete list of its client."""
    whole = {id for id, client in covered.items() if client.listed and client.is_whole}
    if not whole:
        return []
    listed = {each.subject.key for each in batch.protections}
    return [
        standing.subject
        for key, standing in memory.standings.items()
        if standing.listed_at is not None
        and standing.listed_at < batch.read_at
        and standing.missing_since is None
        and standing.ended is None
        and standing.subject.client.id in whole
        and key not in listed
    ]


def _miss(story: _Story) -> None:
    story.standing, story.touched = replace(story.standing, missing_since=story.read_at), True


def _silences(
    memory: Memory,
    stories: Mapping[str, _Story],
    covered: Mapping[str, ClientCoverage],
    baseline: set[str],
    batch: Batch,
    policy: Policy,
) -> list[tuple[Subject, Silence | None]]:
    """Find the starts that were due and that nothing answered, and those answered since, where all was read."""
    if not batch.scheduled:
        return []
    now = _standings_now(memory, stories)
    alerts = alerts_at(now)
    dues: dict[tuple[Schedule, datetime, tzinfo], datetime | None] = {}

    def due_of(schedule: Schedule, at: datetime, zone: tzinfo) -> datetime | None:
        key = (schedule, at, zone)  # thousands of workloads share a plan
        if key not in dues:
            dues[key] = last_due(*key)
        return dues[key]

    changed = []
    for standing in now:
        client = covered.get(standing.subject.client.id)
        if client is None or not client.is_whole:
            continue
        silence = silence_of(
            standing,
            until=batch.coverage.window.until,
            zone=policy.zone,
            is_listed=client.listed,
            is_first_reading=client.client.id in baseline,
            alerted_at=alert_for(standing, alerts) if alerts else None,
            due_of=due_of,
        )
        if silence != standing.silence:
            changed.append((standing.subject, silence))
    return changed


def _standings_now(memory: Memory, stories: Mapping[str, _Story]) -> list[Standing]:
    told = [story.standing for story in stories.values()]
    return told + [standing for key, standing in memory.standings.items() if key not in stories]


def _be_silent(story: _Story, silence: Silence | None, judge: Judge) -> None:
    """Use up one reading of the grace of a start that nothing answered, and speak once it is over."""
    story.touched = True
    story.standing = replace(story.standing, silence=silence)
    if silence is None:
        return
    verdict = judge(NO_START, story.standing.facts)
    disposition = disposition_unfinished(verdict, reads=silence.reads)
    if disposition is verdict.disposition:
        return
    missed = Activity(
        id="",
        subject=story.standing.subject,
        started_at=silence.due_at,
        finished_at=None,
        outcome=Outcome.MISSED,
        failure=NO_START,
    )
    _speak_of(story, missed, as_no_start(verdict), disposition)


def _recovery_points(
    memory: Memory, stories: Mapping[str, _Story], policy: Policy
) -> list[tuple[Subject, RecoveryPoint | None]]:
    """Work out every workload's recovery point anew, and give where it changed: today's limits show at once."""
    workloads: dict[tuple[str, str], list[Standing]] = defaultdict(list)
    for standing in _standings_now(memory, stories):
        workloads[standing.workload_key].append(standing)
    changed = []
    for mine in workloads.values():
        point = recovery_point(mine, policy)
        for standing in mine:
            wanted = point if standing.ended is None else None
            if standing.recovery != wanted:
                changed.append((standing.subject, wanted))
    return changed


def _unfinished(
    memory: Memory, stories: Mapping[str, _Story], covered: Mapping[str, ClientCoverage], batch: Batch
) -> list[Subject]:
    """Find jobs that were running before this reading and still have no end, where all was read.

    A job that stands still is not in the pages (nothing of it was updated), so it is looked for here.
    """
    if not batch.scheduled:
        return []
    until = batch.coverage.window.until
    waiting = []
    for key, standing in memory.standings.items():
        if standing.running is None:
            continue
        now = stories[key].standing.running if key in stories else standing.running
        client = covered.get(standing.subject.client.id)
        read = client is not None and client.reading is Reading.READ
        if read and now is not None and now.id == standing.running.id and now.looked_at < until:
            waiting.append(standing.subject)
    return waiting


def _wait(story: _Story, batch: Batch, judge: Judge) -> None:
    """Use up one reading of a still job's grace, and speak once the grace is over."""
    running = story.standing.running
    if running is None:
        return
    story.touched = True
    running = replace(running, reads=running.reads + 1, looked_at=batch.coverage.window.until, moving=False)
    story.standing = replace(story.standing, running=running)
    verdict = judge(NO_RESULT, story.standing.facts)
    disposition = disposition_unfinished(verdict, reads=running.reads)
    if disposition is verdict.disposition:
        return
    unfinished = Activity(
        id=running.id,
        subject=story.standing.subject,
        started_at=running.started_at,
        finished_at=None,
        outcome=Outcome.RUNNING,
        failure=NO_RESULT,
    )
    _speak_of(story, unfinished, verdict, disposition)


def _speak_of(story: _Story, activity: Activity, verdict: Verdict, disposition: Disposition) -> None:
    """Open an incident for a job without a result, unless the backup is in trouble already and that is said."""
    known = story.incident
    if known is not None and known.state is State.OPEN and not is_without_result(known):
        if is_more_urgent(disposition, known.disposition):  # it is said already; but it cannot wait any longer
            story.incident = replace(known, disposition=disposition)
        return
    _open_or_persist(story, activity, activity.started_at, verdict=verdict, disposition=disposition)


def _trouble(story: _Story, activity: Activity, at: datetime, judge: Judge) -> None:
    failure = activity.failure or NO_DETAILS
    verdict = judge(failure, activity.facts)
    incident = story.incident
    going_on = incident is not None and incident.state is State.OPEN
    counted = 1 if counts_as_failed(activity.outcome) else 0
    runs = counted + (incident.failed_runs if incident is not None and going_on else 0)
    first = incident.first_failed_at if incident is not None and going_on else at
    disposition = disposition_after(
        verdict, outcome=activity.outcome, failed_runs=runs, lasted=at - first, policy=story.policy
    )
    _open_or_persist(story, activity, at, verdict=verdict, disposition=disposition, failed_runs=runs)


def _judged_otherwise(memory: Memory, stories: Mapping[str, _Story], judge: Judge, policy: Policy) -> list[Incident]:
    """Give open incidents that this reading did not touch as the rules and thresholds of today judge them.

    Only those that are judged otherwise now. A job without a result is judged by its readings instead.
    """
    untouched = (
        incident
        for key, incident in memory.incidents.items()
        if incident.state is State.OPEN
        and not is_without_result(incident)
        and (key not in stories or stories[key].incident is incident)
    )
    judged = ((incident, _judged(incident, judge, policy)) for incident in untouched)
    return [now for before, now in judged if now != before]


def _judged(incident: Incident, judge: Judge, policy: Policy) -> Incident:
    """Judge what is remembered as if its last run had just been read.

    What was raised for another reason, such as a job that stands still, stays raised.
    """
    verdict, known = judge(incident.failure, incident.facts), incident.verdict
    before, now = (_disposed(each, incident, policy) for each in (known, verdict))
    is_raised = is_more_urgent(incident.disposition, before)
    is_same = (verdict.disposition, verdict.patience) == (known.disposition, known.patience)
    stays = (is_raised or is_same) and not is_more_urgent(now, incident.disposition)
    return replace(incident, verdict=verdict, disposition=incident.disposition if stays else now)


def _disposed(verdict: Verdict, incident: Incident, policy: Policy) -> Disposition:
    lasted = incident.last_failed_at - incident.first_failed_at
    return disposition_after(
        verdict, outcome=incident.outcome, failed_runs=incident.failed_runs, lasted=lasted, policy=policy
    )


def _judge_again(story: _Story, judged: Incident) -> None:
    story.incident = judged
    story.rejudged = True


def _open_or_persist(
    story: _Story,
    activity: Activity,
    at: datetime,
    *,
    verdict: Verdict,
    disposition: Disposition,
    failed_runs: int = 0,
) -> None:
    known = story.incident
    state = TRANSITIONS[known.state, Event.TROUBLE] if known is not None else State.OPEN
    failure = activity.failure or NO_DETAILS
    fresh = Incident(
        number=0,
        subject=activity.subject,
        verdict=verdict,
        state=state,
        disposition=disposition,
        outcome=activity.outcome,
        first_failed_at=at,
        last_failed_at=at,
        failed_runs=failed_runs,
        opened_at=story.read_at,
        failure=failure,
        facts=activity.facts,
        activity_id=activity.id,
        link=activity.link,
        last_good_at=story.standing.last_good_at,
        baseline=story.baseline,
    )
    if known is None or _is_another_story(known, at, story.policy):
        story.incident = fresh
        return
    if known.state is not State.OPEN:
        story.incident = replace(fresh, number=known.number, reopened=known.reopened + 1)
        return
    story.incident = replace(
        fresh,
        number=known.number,
        first_failed_at=known.first_failed_at,
        last_failed_at=max(at, known.last_failed_at),
        opened_at=known.opened_at,
        last_good_at=known.last_good_at,
        baseline=known.baseline,
        reopened=known.reopened,
    )


def _is_another_story(known: Incident, at: datetime, policy: Policy) -> bool:
    return known.state is not State.OPEN and (known.ended_at is None or at - known.ended_at > policy.reopen_within)


def _success(story: _Story, at: datetime) -> None:
    known = story.incident
    if known is None or known.state is not State.OPEN:
        return
    story.incident = replace(known, state=TRANSITIONS[known.state, Event.SUCCESS], ended_at=at)


def _ended_subjects(
    memory: Memory, stories: Mapping[str, _Story], ended: Iterable[Ended]
) -> list[tuple[Ended, Subject]]:
    """Pair what the vendor ended with the subjects it means, in order of time."""
    ordered = sorted(ended, key=lambda e: (e.at, e.client_id, e.workload_id, e.plan_id))
    clients = {each.client_id for each in ordered}
    known: dict[str, list[Subject]] = defaultdict(list)
    for key, standing in memory.standings.items():
        if standing.subject.client.id in clients and key not in stories:
            known[standing.subject.client.id].append(standing.subject)
    for story in stories.values():
        known[story.standing.subject.client.id].append(story.standing.subject)
    return [(each, subject) for each in ordered for subject in known[each.client_id] if _is_meant(subject, each)]


def _is_meant(subject: Subject, ended: Ended) -> bool:
    return (
        subject.client.id == ended.client_id
        and ended.workload_id in ("", subject.workload.id)
        and ended.plan_id in ("", subject.plan.id)
    )


def _end(story: _Story, ended: Ended) -> None:
    """Close what the vendor says is over, unless a run newer than that says it came back."""
    standing = story.standing
    if standing.judged is not None and standing.judged[0] > ended.at:
        return
    if standing.ended is not ended.reason or standing.ended_at != ended.at:
        story.touched = True
        story.standing = replace(standing, ended=ended.reason, ended_at=ended.at, running=None)
    known = story.incident
    if known is None or known.state is not State.OPEN:
        return
    story.incident = replace(
        known, state=TRANSITIONS[known.state, Event.END], ended_at=ended.at, close_reason=ended.reason
    )


def _collect(
    memory: Memory,
    stories: Mapping[str, _Story],
    covered: Mapping[str, ClientCoverage],
    baseline: set[str],
    counts: Mapping[str, int],
    batch: Batch,
    policy: Policy,
) -> Reconciled:
    changed = [story for story in stories.values() if story.incident is not None and story.incident != story.before]
    number = memory.last_number
    changes, incidents = [], []
    for story in sorted(changed, key=_by_age):
        after = story.incident
        assert after is not None
        if after.number == 0:
            number += 1
            after = replace(after, number=number)
        incidents.append(after)
        kind = what_changed(story.before, after)
        if kind is not None and not (story.rejudged and kind is ChangeKind.PERSISTS):
            changes.append(Change(kind, story.before, after))
    standings = tuple(story.standing for story in stories.values() if story.touched)
    clients = tuple(_remember_clients(memory.clients, covered, batch))
    return Reconciled(
        changes=tuple(sorted(changes, key=lambda change: change.after.number)),
        incidents=tuple(incidents),
        standings=standings,
        clients=clients,
        baseline=tuple(sorted(baseline)),
        counts=dict(counts),
        exposed=_newly_exposed(memory, standings, clients, baseline) if memory.runs else (),
        forgotten=tuple(_too_old(memory, stories, batch.read_at, policy)),
        last_number=number,
    )


def _newly_exposed(
    memory: Memory, standings: Iterable[Standing], clients: Iterable[ClientCoverage], baseline: set[str]
) -> tuple[str, ...]:
    after = exposures(
        {**memory.standings, **{standing.subject.key: standing for standing in standings}}.values(),
        {**memory.clients, **{client.client.id: client for client in clients}},
    )
    if not after:
        return ()
    theirs = {exposure.standing.workload_key for exposure in after}
    known = [standing for standing in memory.standings.values() if standing.workload_key in theirs]
    before = {exposure.key for exposure in exposures(known, memory.clients)}
    return tuple(
        exposure.key for exposure in after if exposure.key not in before and exposure.subject.client.id not in baseline
    )


def _by_age(story: _Story) -> tuple[datetime, str]:
    assert story.incident is not None
    return (story.incident.first_failed_at, story.incident.key)


def what_changed(before: Incident | None, after: Incident) -> ChangeKind | None:
    """Name the change between two pictures of one incident.

    None: nothing worth a word, which includes trouble that came and healed inside one reading.
    """
    was_open = before is not None and before.state is State.OPEN
    if after.state is not State.OPEN:
        if not was_open:
            return None
        return ChangeKind.RECOVERED if after.state is State.RESOLVED else ChangeKind.CLOSED
    if before is None or before.number != after.number:
        return ChangeKind.OPENED
    if after.reopened > before.reopened:
        return ChangeKind.REOPENED
    if before.cause != after.cause:
        return ChangeKind.CAUSE_CHANGED
    if is_more_urgent(after.disposition, before.disposition):
        return ChangeKind.ESCALATED
    return ChangeKind.PERSISTS


def _remember_clients(
    known: Mapping[str, ClientCoverage], covered: Mapping[str, ClientCoverage], batch: Batch
) -> Iterable[ClientCoverage]:
    """Move a client's high-water mark only past what was really read of it."""
    for id, now in covered.items():
        before = known.get(id)
        same = before is not None and before.reading is now.reading
        yield replace(
            now,
            until=_latest(before.until if before else None, now.until),
            newest=_latest(before.newest if before else None, now.newest),
            since=before.since if same and before is not None else batch.read_at,
        )
    for id, before in known.items():
        if id not in covered and before.reading is not Reading.UNREAD:
            yield replace(before, reading=Reading.UNREAD, why=LEFT_THE_LIST, since=batch.read_at)


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one is not None and other is not None else one or other


def _too_old(memory: Memory, stories: Mapping[str, _Story], now: datetime, policy: Policy) -> Iterable[str]:
    for key, incident in memory.incidents.items():
        over = incident.ended_at is not None and now - incident.ended_at > policy.keep_ended
        told = key in stories and stories[key].incident is not incident
        if over and incident.state is not State.OPEN and not told:
            yield key
