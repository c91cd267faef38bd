"""One incident over time: what happened to its backup, and what people did about it."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from bot.core.activity import Day, Outcome, Standing
from bot.core.incident import ChangeKind, Incident
from bot.core.memory import AuditEntry
from bot.core.message import Block, Code, Heading, Message, bold, paragraph, quiet
from bot.wording.audit import who_did
from bot.wording.phrases import Voice, count, last_good, name

EVENTS_MAX = 20
DAYS = 30
WORDS_MAX = 160  # characters of what somebody did
CHANGED = {
    ChangeKind.OPENED: "seen here for the first time",
    ChangeKind.CAUSE_CHANGED: "it fails for another cause",
    ChangeKind.ESCALATED: "raised to act now",
    ChangeKind.RECOVERED: "healed by a good backup",
    ChangeKind.REOPENED: "came back",
    ChangeKind.CLOSED: "closed without healing",
}
SIGNS = {
    Outcome.SUCCEEDED: ("✓", "good"),
    Outcome.WARNED: ("!", "with warnings"),
    Outcome.CANCELLED: ("-", "cancelled"),
    Outcome.MISSED: ("o", "missed"),
    Outcome.FAILED: ("✗", "failed"),
}
NO_RUN = ("·", "without a run")
Event = tuple[datetime, str]


def history_message(
    incident: Incident,
    standing: Standing | None,
    voice: Voice,
    *,
    now: datetime,
    changes: Sequence[tuple[datetime, ChangeKind]] = (),
    done: Sequence[AuditEntry] = (),
) -> Message:
    """Tell an incident's story, oldest first.

    Args:
        standing: what is remembered of its backup; None when nothing is.
        changes: what readings did to it, as far as they are remembered.
        done: what people did about it, oldest first.
    """
    who = f"{voice.client(incident.subject.client)} · {voice.workload(incident.subject)}"
    state = last_good(incident.last_good_at, now) if incident.ended_at is None else str(incident.state)
    title = f"#{incident.number} {who}: history, {count(incident.failed_runs, 'failed run')}, {state}"
    events = sorted((*_of_backup(incident), *_of_readings(incident, changes), *_of_people(done)), key=_when)
    blocks: list[Block] = [Heading(title)]
    if len(events) > EVENTS_MAX:
        left = len(events) - EVENTS_MAX
        events = [*events[:3], *events[len(events) - EVENTS_MAX + 3 :]]
        blocks.append(paragraph(quiet(f"{count(left, 'entry', 'entries')} left out after the third")))
    blocks += [paragraph(bold(voice.moment(at, now)), f" {words}") for at, words in events]
    blocks += _strip(standing, now.astimezone(voice.zone).date())
    return Message(title, tuple(blocks))


def _when(event: Event) -> datetime:
    return event[0]


def _of_backup(incident: Incident) -> Iterator[Event]:
    if incident.last_good_at is not None and incident.ended_at is None:
        yield incident.last_good_at, "last good backup"
    brief = name(incident.verdict.brief)
    if incident.outcome is Outcome.RUNNING:
        yield incident.first_failed_at, f"began, and has not ended since: {brief}"
        return
    yield incident.first_failed_at, f"failed first: {brief}"
    if incident.last_failed_at > incident.first_failed_at:
        yield incident.last_failed_at, f"failed last, {count(incident.failed_runs, 'failed run')} since a good backup"
    if incident.ended_at is not None:
        how = f"closed: {incident.close_reason}" if incident.close_reason else "healed by a good backup"
        yield incident.ended_at, how


def _of_readings(incident: Incident, changes: Sequence[tuple[datetime, ChangeKind]]) -> Iterator[Event]:
    told = {ChangeKind.RECOVERED, ChangeKind.CLOSED} if incident.ended_at is not None else set[ChangeKind]()
    if all(kind is not ChangeKind.OPENED for _, kind in changes):
        yield incident.opened_at, CHANGED[ChangeKind.OPENED]
    for at, kind in changes:
        if kind in CHANGED and kind not in told:
            yield at, CHANGED[kind]


def _of_people(done: Sequence[AuditEntry]) -> Iterator[Event]:
    for entry in done:
        after = f": {name(entry.after, most=WORDS_MAX)}" if entry.after else ""
        yield entry.at, f"{name(who_did(entry))}, {name(entry.action)}{after}"


def _strip(standing: Standing | None, today: date) -> Iterator[Block]:
    """Draw the last 30 days, a sign a day, and say the same in words."""
    if standing is None or not standing.days:
        yield paragraph(quiet("No day of it is remembered."))
        return
    by_day = {day.on: day for day in standing.days}
    days = [by_day.get(today - timedelta(days=back)) for back in range(DAYS - 1, -1, -1)]
    signs = [_sign(day) for day in days]
    seen = [sign for sign in (*SIGNS.values(), NO_RUN) if sign in signs]
    yield paragraph(bold(f"The last {DAYS} days: "), ", ".join(f"{signs.count(sign)} {sign[1]}" for sign in seen))
    yield Code("".join(sign for sign, _ in signs) + "\n" + "  ".join(f"{sign} {words}" for sign, words in seen))


def _sign(day: Day | None) -> tuple[str, str]:
    return NO_RUN if day is None else SIGNS.get(day.worst, NO_RUN)
