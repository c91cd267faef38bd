"""Jobs told as soon as they are whole: that changes what is kept, and nothing of what is told."""

import itertools
import random
from datetime import timedelta

import pytest

from bot.core.activity import Ref
from bot.sources.acronis import words
from bot.sources.acronis.fold import fold, incomplete
from bot.sources.acronis.jobs import Jobs, sorted_out
from bot.sources.sandbox import START, World
from tests.sources.records import BACKING_UP, NIGHT, ROOT, WORKFLOW, at, client_of, failed, job, pieces, step

BEFORE = NIGHT - timedelta(minutes=1)
NAMED = "step-4"


def in_order(records):
    return sorted(pieces(records), key=lambda each: each.updated_at)


def jobs_of(found, *, since=BEFORE, alerted=frozenset(), page=2):
    jobs = Jobs(since, alerted=alerted, policies=words.BACKUP_POLICIES)
    for begin in range(0, len(found), page):
        jobs.take(found[begin : begin + page])
    return jobs


def runs_of(*parts):
    return [run for part in parts for each in part.told for run in each.runs]


def test_a_whole_job_is_told_and_its_steps_are_let_go():
    jobs = jobs_of(in_order(job()))

    assert jobs.open == ()
    assert fold([], [], client_of=client_of, reduced=runs_of(jobs)) == fold(pieces(job()), [], client_of=client_of)


@pytest.mark.parametrize("seed", range(4))
def test_two_nights_of_every_story_come_to_the_same_told_at_once_or_at_the_end(seed):
    chance, until = random.Random(seed), START + timedelta(days=3)
    every = in_order(World(seed).activities(until, START))
    cuts = [0, *sorted(chance.sample(range(1, len(every)), 4)), len(every)]
    parts = [
        jobs_of(every[begin:end], since=every[begin].updated_at - timedelta(seconds=1), page=chance.randint(1, 60))
        for begin, end in itertools.pairwise(cuts)
    ]
    kept = [each for part in parts for each in part.open]

    at_once = fold(kept, [], client_of=lambda owner: Ref(owner.uuid), reduced=runs_of(*parts))
    at_the_end = fold(every, [], client_of=lambda owner: Ref(owner.uuid))
    assert at_once.activities == at_the_end.activities
    assert at_once.ended == at_the_end.ended
    assert incomplete(kept) == incomplete(every)
    assert len(kept) < len(every) / 2


@pytest.mark.parametrize(
    "records",
    [
        job(backing_up={"result": failed("DiskFull")}),
        job(root={"result": failed(code="warning")}),
        job(root={"state": "started", "result": None, "completedAt": None}),
        job()[1:],
        [step(1, ROOT), step(2, WORKFLOW, parent=1)],  # a host's, whose machines may have jobs of their own
        [step(1, "policy.apply")],
        [step(1, "SOMETHING-NEW", progress={"bytesSaved": 5})],
        job(workflow={"tenant": {"id": "120"}}),
    ],
)
def test_what_failed_is_cut_or_may_be_part_of_more_waits_for_the_end(records):
    jobs = jobs_of(in_order(records))

    assert jobs.told == ()
    assert len(jobs.open) == len(records)


def test_a_job_that_an_alert_names_waits_for_the_alert():
    assert jobs_of(in_order(job()), alerted=frozenset({NAMED})).told == ()


def test_a_job_that_began_before_the_slice_waits_for_the_others():
    assert jobs_of(in_order(job()), since=NIGHT + timedelta(minutes=2)).told == ()


def test_where_changes_do_not_come_in_order_nothing_is_told_at_once():
    assert jobs_of(in_order(job())[::-1]).told == ()


def test_what_is_no_backup_is_let_go_and_its_owner_remembered():
    jobs = jobs_of(pieces([step(1, "ANTIVIRUS-SCAN", policy={"id": "P", "type": "policy.security"})]))

    assert jobs.open == ()
    assert [(each.owner.number, each.runs) for each in jobs.told] == [("110", ())]


def test_more_of_a_job_that_was_told_is_a_reason_to_read_it_again_and_an_older_picture_is_not():
    late = step(6, BACKING_UP, parent=1, updatedAt=at(90), completedAt=at(90))
    jobs = jobs_of([*in_order(job()), *pieces([late])], page=1)
    older = pieces([step(1, ROOT, state="started", result=None, completedAt=None, updatedAt=at(20))])
    known = {each.task: each for each in jobs.told}

    fresh, again = sorted_out([*older, *jobs.open], known)
    assert [each.uuid for each in fresh] == ["step-6"]
    assert again == frozenset(known)
