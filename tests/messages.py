"""The messages every platform must draw: empty, ordinary, huge, hostile. Goldens and limits are made of these."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from msgspec.structs import replace

from bot.core.activity import Activity, Batch, ClientCoverage, Outcome, Reading, Ref
from bot.core.client_digest import of_client
from bot.core.digest import narrowed, rows_of, summarise
from bot.core.incident import Acknowledgement
from bot.core.intent import Actor
from bot.core.memory import AuditEntry, Memory
from bot.core.message import (
    Button,
    Buttons,
    Code,
    Divider,
    Facts,
    Heading,
    Image,
    Message,
    Span,
    Style,
    Table,
    Tone,
    paragraph,
)
from bot.core.pane import pane_of
from bot.core.rights import Right, Roles
from bot.core.route import Route
from bot.core.talk import Fresh
from bot.core.thread import Thread
from bot.core.ticket import Level, ticket_of
from bot.core.trouble import Lack, Trouble
from bot.wording.answers import (
    client_message,
    did_you_mean,
    error_message,
    help_message,
    job_message,
    open_message,
    status_message,
)
from bot.wording.audit import audit_message, may_not_message
from bot.wording.client_digest import client_digest_message
from bot.wording.digest import digest_lists, digest_message
from bot.wording.explain import explain_message
from bot.wording.follow_up import (
    absorbed_message,
    back_message,
    closed_card,
    closing_message,
    follow_up_message,
)
from bot.wording.history import history_message
from bot.wording.home import home_message
from bot.wording.incident import ended_message, row_message
from bot.wording.phrases import Voice
from bot.wording.telling import broken_note, may_repeat, more_note, paused_note
from bot.wording.ticket import ticket_message
from classifier import classify
from classifier.facts import Destination, JobFacts, Kind, Step, Trigger
from classifier.failure import Cause, Failure
from tests.builders import (
    CLOUD,
    CLOUD_GONE,
    CORRUPTED,
    DISK_FULL,
    NAS_GONE,
    STRANGE,
    WEDNESDAY,
    a_batch,
    a_memory,
    a_protection,
    an_activity,
    at,
)

VOICE = Voice()
NEXT = at("04 14:45")
ARCHIVED = Trouble(Lack.TOLD, "Slack C012AB3CD: the channel is archived")
HOSTILE = "<!channel> *PROD* @everyone\x1b[2J\u202e {{name}} <https://evil.example|click> `rm` | \n\n# SRV"
NAS = JobFacts(destinations=(Destination("network_share", r"\\NAS01\backup"),), cloud_only=False)
CLIENTS = ("Acme", "Brightwater", "Delta Law", "Fenn", "Kite", "Lumen", "Orchard")
WELL = a_batch(
    [
        *(an_activity("03 02:00", client=name) for name in CLIENTS),
        *(an_activity("03 02:00", client="Brightwater", workload=f"PC{n:02}", facts=NAS) for n in range(22)),
    ],
    now=at("03 06:45"),
)
LOG = Failure(
    code="MemoFailedToDiscoverFesUri",
    module="cloud_platform",
    chain=(Cause(0x01350016, "TOL: Failed to execute the command."), Cause(0x0247000D, "HTTP request failed: 404.")),
    text="The storage address could not be found.",
    tag="0x00C0FFEE",
)
FACTS = JobFacts(
    trigger=Trigger.SCHEDULED,
    bytes_processed=264 * 2**30,
    bytes_saved=42 * 2**30,
    kind=Kind.VM,
    steps=(Step("Backing up", True), Step("Applying retention rules", False)),
    policy_applied=True,
    backup_completed=True,
    retention_applied=False,
    cloud_only=False,
    destinations=(Destination("network_share", r"\\NAS01\backup"), Destination("cloud")),
    why={"rhythm": "the plan's settings are not read yet", "method": "no source says it"},
)
NIGHT = a_batch(
    [
        an_activity("04 02:00", DISK_FULL, workload="SRV-FILE1"),
        an_activity("04 02:01", DISK_FULL, workload="SRV-SQL2"),
        an_activity("04 02:02", CORRUPTED, client="Delta Law", workload="DC01"),
        an_activity("04 02:03", STRANGE, client="Fenn", workload="APP7"),
        *(an_activity("04 02:10", NAS_GONE, client="Brightwater", workload=f"PC{n:02}", facts=NAS) for n in range(22)),
        *(an_activity("04 03:05", CLOUD_GONE, client=c, facts=CLOUD) for c in ("Kite", "Lumen", "Orchard")),
        an_activity("04 03:00", client="Kite", workload="FS1", outcome=Outcome.RUNNING),
    ]
)


def night() -> Memory:
    return a_memory(WELL, NIGHT)


def owned() -> Memory:
    memory = night()
    row = rows_of(memory, now=WEDNESDAY)[0]
    given = Acknowledgement(
        row.target, "u1", "Jo", WEDNESDAY, row.cause, row.disposition, until=at("07 06:45"), comment="disk ordered"
    )
    return replace(memory, acknowledgements={given.target: given})


def blind() -> Memory:
    memory = night()
    clients = {
        "c-Acme": ClientCoverage(Ref("c-Acme", "Acme"), Reading.PARTIAL, why="page 7 was cut", since=WEDNESDAY),
        "c-Fenn": ClientCoverage(Ref("c-Fenn", "Fenn"), Reading.NO_ACCESS, why="no access", since=at("03 02:00")),
    }
    return replace(memory, clients={**memory.clients, **clients})


GUARDED = (  # Acme's DC01 and the first of Fenn are told of elsewhere
    a_protection("SRV1"),
    a_protection("DC01"),
    a_protection("LAPTOP7"),
    a_protection("SRV1", client="Fenn"),
    a_protection("SQL1", client="Fenn", kind=Kind.SQL),
    a_protection("OLDBOX", client="Orchard"),
    a_protection("MAIL", client="Orchard"),
    a_protection("OLD-NAS", client="Kite", schedule=None, last_good_at=at("2026-02-12T03:00:00")),
)
BARE = (
    a_protection("LAB-PC", client="Fenn", plan=""),
    a_protection("ARCHIVE", client="Orchard", enabled=False),
    a_protection("SRV9", client="Kite", next_at=at("04 20:00")),
)


def exposed(*, afternoon: bool = False) -> Memory:
    """Workloads that no failed run speaks of, beside some that one does; a second machine bare at noon."""
    gone = [each for each in GUARDED if each.subject.workload.name != "OLDBOX"]
    seen = [
        an_activity("02 02:10", workload="DC01"),
        *(
            an_activity("02 02:10", client=each.subject.client.name, workload=each.subject.workload.name)
            for each in GUARDED[:-1]
        ),
    ]
    readings = [
        a_batch(seen, now=at("02 06:45"), protections=GUARDED),
        a_batch([an_activity("03 02:10", DISK_FULL, workload="DC01")], now=at("03 06:45"), protections=GUARDED),
        a_batch(_well("03 02:10"), now=at("03 14:45"), protections=GUARDED),
        a_batch(_well("03 02:10"), now=at("03 22:45"), protections=GUARDED),
        a_batch([*_well("04 02:10"), an_activity("04 02:10", DISK_FULL, workload="DC01")], protections=[*gone, *BARE]),
    ]
    if afternoon:
        bare = (*BARE, a_protection("NEW-PC", client="Kite", plan=""))
        readings.append(a_batch([], now=NEXT, protections=[*gone, *bare]))
    return a_memory(*readings)


def _well(when: str) -> list[Activity]:
    return [
        an_activity(when),
        an_activity(when, client="Fenn"),
        an_activity(when, client="Orchard", workload="MAIL"),
    ]


@cache
def huge() -> Memory:
    clients = [f"Client {n:04}" for n in range(5000)]
    failures = (DISK_FULL, NAS_GONE, STRANGE, CORRUPTED)
    bad = [an_activity("04 02:00", failures[n % 4], client=name) for n, name in enumerate(clients)]
    return a_memory(a_batch(now=at("03 06:45"), clients=clients), a_batch(bad, unread=clients[:50]))


def hostile(*before: Batch) -> Memory:
    failure = Failure(code=HOSTILE, text=HOSTILE * 3, chain=(Cause(0x01E50023, HOSTILE),))
    run = an_activity("04 02:00", failure, client=HOSTILE, workload=HOSTILE, plan=HOSTILE)
    return a_memory(WELL, *before, a_batch([run]))


def digest(memory: Memory, *, full: bool = True) -> Message:
    run = memory.runs[-1]
    return digest_message(summarise(memory, run, now=run.read_at, full=full), VOICE, next_at=NEXT)


def lists(memory: Memory) -> list[Message]:
    run = memory.runs[-1]
    return digest_lists(summarise(memory, run, now=run.read_at), VOICE, next_at=NEXT)


def linked() -> Message:
    memory = night()
    found = summarise(memory, memory.runs[-1], now=WEDNESDAY)
    links = {row.target: f"https://chat.example/archives/C0/p{row.number}" for row in found.rows[:3]}
    return digest_message(found, VOICE, next_at=NEXT, links=links, in_thread=True)


def own_channel(memory: Memory, client: str) -> Message:
    run = memory.runs[-1]
    narrowed_to = of_client(summarise(memory, run, now=run.read_at), f"c-{client}")
    assert narrowed_to is not None
    return client_digest_message(narrowed_to, Ref(f"c-{client}", client), VOICE, next_at=NEXT)


def card(memory: Memory, index: int = 0) -> Message:
    return row_message(rows_of(memory, now=WEDNESDAY)[index], VOICE, now=WEDNESDAY)


def client(memory: Memory, id: str) -> Message:
    standings = [s for s in memory.standings.values() if s.subject.client.id == id]
    rows = [r for r in rows_of(memory, now=WEDNESDAY) if any(c.id == id for c in r.clients)]
    return client_message(memory.clients.get(id), standings, [narrowed(r, id) for r in rows], VOICE, now=WEDNESDAY)


def full_card() -> Message:
    memory = a_memory(WELL, a_batch([an_activity("04 02:00", LOG, facts=FACTS, link="https://acronis.example/ui/")]))
    return card(memory)


def job() -> Message:
    memory = a_memory(a_batch([an_activity("04 02:00", facts=FACTS)]))
    return job_message(next(iter(memory.standings.values())), None, VOICE, now=WEDNESDAY + timedelta(hours=1))


def lasting() -> Memory:
    """Three nights of one failure, one that healed, and a person who has a part of it."""
    nights = [
        a_batch(
            [an_activity(f"{day:02} 02:00", DISK_FULL, workload="SRV-FILE1", id=f"run-{day}")],
            now=at(f"{day:02} 06:45"),
        )
        for day in (2, 3)
    ]
    before = [a_batch([an_activity("01 02:00", workload="SRV-FILE1"), an_activity("01 02:00")], now=at("01 06:45"))]
    now = an_activity(
        "04 02:00", LOG, workload="SRV-FILE1", facts=FACTS, id="run-4", link="https://acronis.example/ui/"
    )
    return a_memory(*before, *nights, a_batch([now]))


def history() -> Message:
    memory = lasting()
    incident = next(iter(memory.incidents.values()))
    changes = [(run.read_at, news.kind) for run in memory.runs for news in run.news]
    done = [
        AuditEntry(at("02 08:10"), "slack:U1 Jo", "acknowledge", f"#1 {incident.key}", "nobody", "Jo: disk ordered")
    ]
    standing = memory.standings[incident.key]
    return history_message(incident, standing, VOICE, now=WEDNESDAY, changes=changes, done=done)


def explained(memory: Memory, index: int = 0) -> Message:
    row = rows_of(memory, now=WEDNESDAY)[index]
    return explain_message(row.incidents[0], row, VOICE, now=WEDNESDAY)


def ticket(memory: Memory, level: Level, index: int = 0) -> Message:
    pack = ticket_of(rows_of(memory, now=WEDNESDAY)[index], memory, data_centre="eu2-cloud.acronis.com")
    return ticket_message(pack, VOICE, level=level)


def home(memory: Memory, *, troubles: Sequence[Trouble] = (), is_stale: bool = False) -> Message:
    pane = pane_of(memory, rows_of(memory, now=WEDNESDAY), "u1")
    return home_message(pane, VOICE, now=WEDNESDAY, next_at=NEXT, troubles=troubles, is_stale=is_stale)


def follow_up(memory: Memory, index: int = 0, **fresh: Any) -> Message:
    row = rows_of(memory, now=WEDNESDAY)[index]
    return follow_up_message(row, Fresh(**fresh), VOICE, now=WEDNESDAY, on_duty="S034CD5EF")


def ended(*activities: Activity, of: Failure = DISK_FULL) -> tuple[Thread, Memory]:
    """A thread about a night's trouble, once what is given has healed it."""
    bad = [replace(each, failure=of, outcome=Outcome.FAILED, id=f"{each.id}-bad") for each in activities]
    bad = [replace(each, finished_at=each.finished_at - timedelta(hours=3)) for each in bad if each.finished_at]
    before = a_memory(WELL, a_batch(bad))
    row = rows_of(before, now=WEDNESDAY)[0]
    shown = row_message(row, VOICE, now=WEDNESDAY)
    members = tuple(incident.key for incident in row.incidents)
    thread = Thread(row.target, row.number, "slack", "C0", members, shown, WEDNESDAY, WEDNESDAY)
    return thread, a_memory(WELL, a_batch(bad), a_batch(activities, now=NEXT))


def audited() -> Message:
    memory = owned()
    entries = [
        AuditEntry(at("04 06:50"), "slack:U1 Jo", "acknowledge", f"#1 {next(iter(memory.incidents))}", "nobody", "Jo"),
        AuditEntry(at("04 06:55"), f"slack:U2 {HOSTILE}", "refused: run", "", "act", "needs run"),
    ]
    known = {incident.number: incident for incident in memory.incidents.values()}
    return audit_message(entries, "Audit", VOICE, now=WEDNESDAY, incidents=known)


def healed() -> Message:
    memory = a_memory(WELL, a_batch([an_activity("04 02:00", DISK_FULL)]), a_batch([an_activity("04 05:00")]))
    return ended_message(next(iter(memory.incidents.values())), VOICE, now=WEDNESDAY)


def everything() -> Message:
    """One of each block and span."""
    return Message(
        "One of each",
        (
            Heading("One of each"),
            paragraph(*(Span(str(style), style, "https://example.com") for style in Style)),
            paragraph("with a button", button=Button("Acknowledge", "ack", "1")),
            Facts((("A fact", "its value"), ("Another", ""))),
            Table(("name", "number"), (("first", "1"), ("second", "22")), more=3),
            Code("line one\nline two"),
            Image("https://example.com/grid.png", "thirty days, two of them red"),
            Divider(),
            Buttons((Button("Acknowledge", "ack", "1", primary=True), Button("Snooze", "snooze", "1"))),
        ),
        Tone.ALARM,
    )


MESSAGES: Mapping[str, Callable[[], Message]] = {
    "digest-nothing-read-yet": lambda: digest(a_memory(a_batch(clients=[]))),
    "digest-all-well": lambda: digest(a_memory(WELL, a_batch([an_activity("04 02:00")], clients=CLIENTS))),
    "digest-first-reading": lambda: digest(a_memory(NIGHT)),
    "digest-night": lambda: digest(night()),
    "digest-owned": lambda: digest(owned()),
    "digest-blind": lambda: digest(blind()),
    "digest-changes-none": lambda: digest(a_memory(WELL, NIGHT, a_batch([], now=NEXT, clients=CLIENTS)), full=False),
    "digest-exposed": lambda: digest(exposed()),
    "digest-exposed-changes": lambda: digest(exposed(afternoon=True), full=False),
    "digest-huge": lambda: digest(huge()),
    "digest-hostile": lambda: digest(hostile()),
    "digest-linked": linked,
    "digest-list": lambda: lists(huge())[0],
    "digest-list-last": lambda: lists(huge())[-1],
    "digest-client": lambda: own_channel(night(), "Acme"),
    "digest-client-group": lambda: own_channel(night(), "Kite"),
    "digest-client-hostile": lambda: own_channel(hostile(a_batch(clients=[HOSTILE], now=at("03 14:45"))), HOSTILE),
    "card-incident": full_card,
    "card-group": lambda: card(night(), 3),
    "card-owned": lambda: card(owned()),
    "card-hostile": lambda: card(hostile()),
    "card-healed": healed,
    "card-lasting": lambda: card(lasting()),
    "history": history,
    "explain-incident": lambda: explained(lasting()),
    "explain-group": lambda: explained(night(), 4),
    "ticket-acronis": lambda: ticket(lasting(), Level.VENDOR),
    "ticket-group": lambda: ticket(night(), Level.INTERNAL, 3),
    "ticket-client": lambda: ticket(owned(), Level.CLIENT),
    "ticket-hostile": lambda: ticket(hostile(), Level.VENDOR),
    "home": lambda: home(owned()),
    "home-lasting": lambda: home(lasting()),
    "home-blind": lambda: home(blind(), troubles=[ARCHIVED], is_stale=True),
    "home-huge": lambda: home(huge()),
    "home-all-well": lambda: home(a_memory(WELL, a_batch([an_activity("04 02:00")], clients=CLIENTS))),
    "home-nothing-read-yet": lambda: home(Memory()),
    "home-hostile": lambda: home(hostile()),
    "follow-up": lambda: follow_up(lasting(), lasts=True),
    "follow-up-worse": lambda: follow_up(night(), 0, escalated=True, other_cause=True, freed="Jo"),
    "follow-up-hostile": lambda: follow_up(hostile(), 0, owner=HOSTILE),
    "follow-up-grew": lambda: follow_up(
        night(), 3, joined=rows_of(night(), now=WEDNESDAY)[3].incidents[:8], left=("x", "y")
    ),
    "follow-up-back": lambda: back_message(rows_of(night(), now=WEDNESDAY)[0], VOICE, now=WEDNESDAY),
    "follow-up-absorbed": lambda: absorbed_message(rows_of(night(), now=WEDNESDAY)[0], "https://chat.example/p1"),
    "closing": lambda: closing_message(*ended(an_activity("04 09:00")), VOICE, now=NEXT),
    "card-closed": lambda: closed_card(
        *ended(an_activity("04 09:00"), an_activity("04 09:30", workload="SRV2")), VOICE
    ),
    "note-broken": lambda: broken_note(
        Route("slack", "C012AB3CD", broken_at=at("04 02:00"), why="is_archived: unarchive it, or name another"),
        "C045EF6GH",
        VOICE,
        now=WEDNESDAY,
    ),
    "note-paused": lambda: paused_note(Route("slack", "C0", paused_at=at("04 06:40")), VOICE, now=WEDNESDAY),
    "note-more": lambda: more_note(31),
    "digest-may-repeat": lambda: may_repeat(digest(night())),
    "audit": audited,
    "may-not": lambda: may_not_message(
        Actor("U9", "Vera", "slack"), "run", Right.RUN, Roles(Right.VIEW, {"slack:U1": Right.ADMINISTER})
    ),
    "client-in-trouble": lambda: client(night(), "c-Acme"),
    "client-well": lambda: client(a_memory(WELL), "c-Kite"),
    "client-exposed": lambda: client(exposed(), "c-Fenn"),
    "client-not-read": lambda: client(blind(), "c-Fenn"),
    "error-known": lambda: error_message(
        "CloudStorageUnavailable", classify(CLOUD_GONE), rows_of(night(), now=WEDNESDAY)[-1:], VOICE, now=WEDNESDAY
    ),
    "error-not-found": lambda: did_you_mean("error", "Bakup", ["BackupCorrupted"], "error"),
    "job": job,
    "open-huge": lambda: open_message(rows_of(huge(), now=WEDNESDAY), "Open", VOICE, now=WEDNESDAY),
    "open-nothing": lambda: open_message([], "Open for Acronis", VOICE, now=WEDNESDAY),
    "status": lambda: status_message(
        blind(),
        rows_of(blind(), now=WEDNESDAY),
        VOICE,
        now=WEDNESDAY,
        due_at=WEDNESDAY,
        next_at=NEXT,
        troubles=[ARCHIVED],
    ),
    "help": lambda: help_message(
        [
            ("Ask", [("client <name>", "how one client is doing"), ("help", "this list")]),
            ("Act", [("ack <number> [comment]", "say that you have it")]),
        ]
    ),
    "everything": everything,
}
