"""kill -9 at every step of raising a ticket and of closing it: the desk has one ticket, and hears each word once.

The desk is a server that counts keys, as docs/tickets.md asks of it.
"""

import os
import shutil
import signal
import sys
from contextlib import closing
from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from bot.core.memory import Commit
from bot.core.policy import DEFAULT
from bot.core.ticket_policy import TicketPolicy, TicketRule
from bot.desks.webhook import WebhookDesk
from bot.jobs.ticket_policy import Unsent, raise_by_policy
from bot.jobs.tickets import Desking, look_after
from bot.stores.tinydb import build
from bot.wording.phrases import Voice
from tests.builders import DISK_FULL, WEDNESDAY, a_batch, a_memory, an_activity, at
from tests.servers.scripted import Said, scripted
from tests.stores.test_tinydb_crash import in_a_child

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),  # 3.12 on: the server is a thread
]

BEFORE = a_batch([an_activity("03 02:00")], now=at("03 06:45"))
SICK = a_batch([an_activity("04 02:00", DISK_FULL)])
WELL = a_batch([an_activity("04 10:00")], now=at("04 14:45"))
POLICY = TicketPolicy(True, 5, (TicketRule("at-once", "webhook"),))
HEARD = Said(201, b'{"reference": "4411"}')
STEPS = {"open", "os.rename", "os.remove"}  # of a file that is remembered; and each call to the desk


def remember(folder, *batches):
    """Write down what is known after some readings, as a refresh does."""
    memory = a_memory(*batches)
    with closing(build(folder)) as keeping:
        claim = keeping.store.claim(memory.runs[-1].slot, now=memory.runs[-1].read_at)
        commit = Commit(
            run=replace(memory.runs[-1], attempt=claim.attempt),
            incidents=tuple(memory.incidents.values()),
            standings=tuple(memory.standings.values()),
            clients=tuple(memory.clients.values()),
            last_number=memory.last_number,
        )
        keeping.store.commit(claim, commit)


def die_at(step, folder):
    """End this process before its nth step; such a hook cannot be taken away, so only for a child."""
    left = [step]

    def watch(event, arguments):
        is_ours = event in STEPS and str(arguments[0]).startswith(str(folder))
        if is_ours or event == "socket.connect":
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def live(folder, url, now, *, step=0):
    """Do what a bot does with tickets after a reading, in a process of its own; give how it ended."""

    def work():
        with closing(build(folder)) as keeping:
            desking = Desking(
                store=keeping.store,
                tickets=keeping.tickets,
                desks={"webhook": WebhookDesk(url, "hush-hush", clock=lambda: now)},
                audit=keeping.audit,
                voice=Voice(),
                policy=DEFAULT,
                now=lambda: now,
                reopen_within=timedelta(days=7),
            )
            if step:
                die_at(step, folder)
            look_after(desking)
            raise_by_policy(POLICY, desking, Unsent())

    return in_a_child(work)


def keys_heard(server, event):
    """Count how often each key came with an event."""
    bodies = [msgspec.json.decode(heard.partition("\r\n\r\n")[2]) for heard in server.heard]
    keys = [body["id"] for body in bodies if body["event"] == event]
    return {key: keys.count(key) for key in keys}


def killed_at_each_step(before, now, event, tmp_path):
    """Die at each step in turn and live on; give what the desk then has, and what is remembered, each time."""
    step, ended, seen = 0, -signal.SIGKILL, []
    while ended == -signal.SIGKILL:
        step += 1
        folder = shutil.copytree(before, tmp_path / f"{event}-{step}")
        with scripted(HEARD) as server:
            ended = live(folder, server.url, now, step=step)
            assert live(folder, server.url, now + timedelta(minutes=5)) == 0
            with closing(build(folder, read_only=True)) as keeping:
                seen.append((keys_heard(server, event), keeping.tickets.all(), keeping.audit.entries()))
        shutil.rmtree(folder)
    assert ended == 0
    return seen


@pytest.fixture
def sick(tmp_path):
    folder = tmp_path / "sick"
    remember(folder, BEFORE, SICK)
    return folder


def test_killed_at_any_step_of_raising_there_is_one_ticket_and_it_is_known(sick, tmp_path):
    seen = killed_at_each_step(sick, WEDNESDAY, "raise", tmp_path)

    assert {len(keys) for keys, _, _ in seen} == {1}
    assert {len(tickets) for _, tickets, _ in seen} == {1}
    assert {ticket.reference for _, tickets, _ in seen for ticket in tickets} == {"4411"}
    assert {ticket.policy_rule for _, tickets, _ in seen for ticket in tickets} == {"at-once"}
    assert all(any(entry.action == "ticket raised" for entry in audit) for _, _, audit in seen)
    assert all("policy:at-once" in f"{entry.actor} {entry.after}" for _, _, audit in seen for entry in audit)
    assert {max(keys.values()) for keys, _, _ in seen} == {1, 2}  # sent and not noted: sent again, with the same key


def test_killed_at_any_step_of_closing_the_desk_hears_it_under_one_key(sick, tmp_path):
    with scripted(HEARD) as server:
        assert live(sick, server.url, WEDNESDAY) == 0
    remember(sick, BEFORE, SICK, WELL)

    seen = killed_at_each_step(sick, WELL.read_at, "closed", tmp_path)

    assert {len(keys) for keys, _, _ in seen} == {1}
    assert all(ticket.closed_at is not None for _, tickets, _ in seen for ticket in tickets)
    assert {max(keys.values()) for keys, _, _ in seen} == {1, 2}
