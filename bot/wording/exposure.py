"""What is not safe though nothing failed, in words: no plan, no backup, gone, over its recovery point."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.core.digest import Row, workload_key
from bot.core.exposure import Exemption, Exposure, ExposureKind
from bot.core.message import Paragraph, bold, paragraph, quiet
from bot.wording.phrases import Voice, age, count, last_good, listed, name, since

NAMED_MAX = 5  # workloads named in a line
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LABELS = {
    ExposureKind.UNPROTECTED: "UNPROTECTED, no plan: ",
    ExposureKind.PLAN_OFF: "UNPROTECTED, plan switched off: ",
    ExposureKind.VANISHED: "VANISHED from Acronis' list: ",
    ExposureKind.NO_BACKUP: "NO GOOD BACKUP KNOWN: ",
    ExposureKind.OVER: "OVER THEIR RECOVERY POINT: ",
}
COUNTED = {
    ExposureKind.UNPROTECTED: "unprotected",
    ExposureKind.PLAN_OFF: "unprotected",
    ExposureKind.VANISHED: "vanished",
    ExposureKind.NO_BACKUP: "without a good backup",
    ExposureKind.OVER: "over the recovery point",
}


def exposure_lines(
    exposed: Sequence[Exposure],
    voice: Voice,
    *,
    now: datetime,
    new: Sequence[Exposure] = (),
    full: bool = True,
    name_clients: bool = True,
) -> Iterator[Paragraph]:
    """Name the exposed workloads, a line a kind: the new ones first, then the oldest backup.

    Args:
        new: those nobody was told of yet.
        full: False names the new ones alone and counts the others.
    """
    news = {each.key for each in new}
    for kind in ExposureKind:
        mine = [each for each in exposed if each.kind is kind and (full or each.key in news)]
        if not mine:
            continue
        ordered = sorted(mine, key=lambda each: each.key not in news)
        told = [_one(each, voice, now, is_new=each.key in news, name_client=name_clients) for each in ordered]
        size = f"{count(len(mine), 'workload')}: " if len(mine) > NAMED_MAX else ""
        yield paragraph(bold(LABELS[kind]), f"{size}{listed(told, most=NAMED_MAX)}")
    old = [each for each in exposed if each.key not in news]
    if old and not full:
        yield paragraph(quiet(f"As before: {how_many(old)}"))


def exempt_lines(spared: Sequence[tuple[Exposure, Exemption]], voice: Voice, *, now: datetime) -> Iterator[Paragraph]:
    """Name what of one client needs no backup, as the operator says, and why."""
    if spared:
        told = [f"{voice.workload(each.subject)} ({_word(word, voice, now)})" for each, word in spared]
        yield paragraph(quiet(f"No backup needed, says app.yaml: {listed(told, most=NAMED_MAX)}"))


def _word(word: Exemption, voice: Voice, now: datetime) -> str:
    return f"{name(word.why)}{f', until {voice.moment(word.until, now)}' if word.until is not None else ''}"


def _one(exposure: Exposure, voice: Voice, now: datetime, *, is_new: bool, name_client: bool) -> str:
    subject = exposure.subject
    who = f"{voice.client(subject.client)} {voice.workload(subject)}" if name_client else voice.workload(subject)
    details = [detail for detail in _details(exposure, voice, now) if detail]
    return f"{'NEW ' if is_new else ''}{who} ({', '.join(details)})" if details else f"{'NEW ' if is_new else ''}{who}"


def _details(exposure: Exposure, voice: Voice, now: datetime) -> Iterator[str]:
    """Say what a person would ask next: how old the last good backup is, and what belongs to this kind."""
    known = exposure.standing.protection
    if exposure.kind is ExposureKind.PLAN_OFF:
        yield f"plan {name(exposure.subject.plan.name)}" if exposure.subject.plan.name else ""
    if exposure.kind is ExposureKind.VANISHED and exposure.listed_at is not None:
        yield f"last listed {voice.moment(exposure.listed_at, now)}"
    if exposure.kind is ExposureKind.NO_BACKUP:
        running = exposure.standing.running
        if running is not None:
            yield f"its first is running since {voice.moment(running.started_at, now)}"
            return
        next_at = known.next_at if known is not None else None
        yield f"next start {voice.moment(next_at, now)}" if next_at is not None and next_at > now else ""
        return
    point = exposure.standing.recovery
    if exposure.kind is ExposureKind.OVER and point is not None and exposure.good_at is not None:
        yield f"last good {_age_over(now - exposure.good_at, point.limit)}, limit {limit_words(point.limit)}"
    else:
        yield last_good(exposure.good_at, now)


def how_many(exposed: Sequence[Exposure], *, named: bool = True) -> str:
    """Count the exposed workloads by what they are: `3 workloads unprotected, 1 vanished`.

    Args:
        named: False where it is plain that workloads are counted.
    """
    counts: dict[str, int] = {}
    for each in exposed:
        counts[COUNTED[each.kind]] = counts.get(COUNTED[each.kind], 0) + 1
    told = [f"{number:,} {words}" for words, number in counts.items()]
    first = next(iter(counts))
    return ", ".join([f"{count(counts[first], 'workload')} {first}", *told[1:]] if named else told)


def last_good_of(row: Row, now: datetime) -> str:
    """Say how old the last good backup of a row is, and what recovery point that is over."""
    good = row.last_good_at
    if good is None or not row.over:
        return last_good(good, now)
    limit = row.over[0][1]
    if len(row.over) == len({workload_key(incident) for incident in row.incidents}) == 1:
        return f"last good {_age_over(now - good, limit)}, over its {limit_words(limit)}"
    workloads = {workload_key(incident) for incident in row.incidents}
    over = "all" if len(row.over) == len(workloads) else f"{len(row.over):,}"
    return f"{last_good(good, now)}, {over} over their recovery point"


def good_words(good_at: datetime | None, over: timedelta | None, now: datetime) -> str:
    """Say how long ago the last good backup was, and what recovery point that is over."""
    if over is None or good_at is None:
        return since(good_at, now)
    return f"{_age_over(now - good_at, over)} ago, over its {limit_words(over)}"


def limit_words(limit: timedelta) -> str:
    """Say a recovery point in hours, from two days on in days where that is no odd fraction: `36 h`, `10.5 d`."""
    hours = limit / HOUR
    return f"{limit / DAY:g} d" if hours >= 48 and (2 * hours) % 24 == 0 else f"{round(hours, 1):g} h"


def _age_over(span: timedelta, limit: timedelta) -> str:
    """Say an age beside the limit it is over, never so round that it looks like no more than that."""
    if span >= 2 * limit:
        return age(span)
    unit, letter = (DAY, "d") if limit >= 2 * DAY else (HOUR, "h")
    rough = int(span / unit)
    return f"{rough if rough > limit / unit else int(span / unit * 10) / 10:g} {letter}"
