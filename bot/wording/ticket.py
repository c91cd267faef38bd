"""A ticket in words: the pack for Acronis, for the MSP's own desk, or for the client. What is not known says so."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bot.core.activity import Ref
from bot.core.message import Block, Code, Heading, Message, link, paragraph, quiet
from bot.core.ticket import Level, Ticket, Wanted
from bot.wording.facts import destination
from bot.wording.phrases import Voice, count, name, parties, sentence, sure
from classifier.verdict import Party

TEXT_MAX = 400  # characters of Acronis' own text
ID_MAX = 80  # characters of an id; Acronis' own have 36
CLIENTS_MAX = 5
CHAIN_MAX = 200  # characters of the chain of codes
SUPPORT = "https://support.acronis.com"
LEVEL_OF = {Party.ACRONIS: Level.VENDOR, Party.MSP: Level.INTERNAL, Party.CLIENT: Level.CLIENT}
DESKS = {
    Level.VENDOR: "Acronis support",
    Level.INTERNAL: "your own desk",
    Level.CLIENT: "the client",
}
STEPS = {
    Wanted.SYSTEM_REPORT: "system report of the last 3 days: "
    "console, the machine, Activities, Collect system information",
    Wanted.TWO_REPORTS: "two system reports, one while the agent is offline and one while it is online: "
    "console, the machine, Activities, Collect system information",
    Wanted.CONNECTION_TEST: "result of Acronis' connection verification tool on the machine (KB 47678)",
    Wanted.CRASH_DUMP: "crash dump of the machine",
    Wanted.DISK_REPORT: "disk report of the machine",
    Wanted.SCREENSHOTS: "screenshots of the failed activity",
}


def ticket_message(ticket: Ticket, voice: Voice, *, level: Level) -> Message:
    """Show the pack for one desk, ready to be copied."""
    title = f"#{ticket.number} ticket for {DESKS[level]}: {name(ticket.title)}"
    blocks: list[Block] = [Heading(title), paragraph(_where_to(level, ticket))]
    if level is Level.VENDOR:
        blocks.append(paragraph(link("Open Acronis support", SUPPORT)))
    blocks.append(Code(ticket_text(ticket, voice, level=level)))
    others = [party for party in Party if LEVEL_OF[party] is not level]
    told = " or ".join(f"ticket {ticket.number} {party.lower()}" for party in others)
    blocks.append(paragraph(quiet(f"For another desk: {told}")))
    return Message(title, tuple(blocks))


def _where_to(level: Level, ticket: Ticket) -> str:
    if level is Level.CLIENT:
        return "Copy it into a message. It names no other client, no ids and nothing your people wrote."
    if level is Level.VENDOR:
        filled = "" if ticket.data_centre else " the data centre,"
        return f"Copy it into a new case. Fill in{filled} the login and what is unknown; attach what is listed."
    return f"Copy it into your ticket system. Who acts: {parties(ticket.verdict.parties)}."


def ticket_text(ticket: Ticket, voice: Voice, *, level: Level) -> str:
    """Write the pack for one desk, as plain lines.

    Clients go by their own names: an alias means nothing to who has to look them up. Times are UTC; to the
    client they are in the house's own zone, by name.
    """
    match level:
        case Level.VENDOR:
            lines = _for_acronis(ticket)
        case Level.INTERNAL:
            lines = _for_us(ticket, voice)
        case Level.CLIENT:
            lines = _for_client(ticket, voice)
    return "\n".join(lines)


def _for_acronis(ticket: Ticket) -> Iterator[str]:
    codes = " ".join(code for code in (ticket.failure.code, _innermost(ticket)) if code)
    yield f"Subject: backup fails, {name(ticket.title)}{f' ({name(codes)})' if codes else ''}"
    yield ""
    yield from _what(ticket)
    yield ""
    yield f"Data centre: {ticket.data_centre or 'unknown, please fill in'}"
    yield "Account login: please fill in"
    yield from _where(ticket)
    yield ""
    yield from _when(ticket)
    yield ""
    yield from _tried(ticket)
    yield ""
    yield "To attach:"
    for wanted in ticket.wanted:
        yield f"[ ] {STEPS[wanted]}"


def _for_us(ticket: Ticket, voice: Voice) -> Iterator[str]:
    yield f"Subject: {_names(ticket.clients)}: {name(ticket.title)}"
    yield ""
    yield f"Who acts: {parties(ticket.verdict.parties)} ({ticket.disposition})"
    yield f"Means: {sentence(name(ticket.verdict.cause, most=TEXT_MAX))}"
    yield f"First step: {sentence(name(ticket.verdict.first_step, most=TEXT_MAX))}"
    yield f"How sure: {sure(ticket.verdict)}, rule {ticket.verdict.rule}"
    for given in ticket.said:
        yield f"{name(given.by_name)} ({voice.dated(given.at)}): {name(given.comment, most=TEXT_MAX)}"
    yield ""
    yield from _what(ticket)
    yield ""
    yield from _where(ticket)
    yield ""
    yield from _when(ticket)
    if ticket.link:
        yield ""
        yield f"Console: {name(ticket.link, most=TEXT_MAX)}"


def _for_client(ticket: Ticket, voice: Voice) -> Iterator[str]:
    machines = [voice.workload(seen.subject) for seen in ticket.backups]
    more = f" and {ticket.more} more" if ticket.more else ""
    yield f"Subject: backup of {', '.join(dict.fromkeys(machines))}{more}: {name(ticket.title)}"
    yield ""
    yield f"What we see: {sentence(name(ticket.title))}"
    yield f"Since: {voice.dated(ticket.first_failed_at)}"
    good = voice.dated(ticket.last_good_at) if ticket.last_good_at is not None else "not known"
    yield f"Last good backup: {good}"
    yield f"What helps: {sentence(name(ticket.verdict.first_step, most=TEXT_MAX))}"
    if ticket.failure.code:
        yield f"For reference: {name(ticket.failure.code)}"


def _what(ticket: Ticket) -> Iterator[str]:
    """Give Acronis' own words and codes."""
    failure = ticket.failure
    inner = ticket.innermost
    yield f"Error: {_known(failure.code)}{f' ({name(failure.module)})' if failure.module else ''}"
    yield f"Text: {_known(failure.text, TEXT_MAX)}"
    yield f"Leaf: {f'{inner.code} {name(inner.text, most=TEXT_MAX)}'.strip() if inner is not None else 'unknown'}"
    yield f"Codes, outermost first: {_known(ticket.chain, CHAIN_MAX)}"
    if ticket.hresult:
        yield f"HRESULT: {ticket.hresult}"
    yield f"Line tag: {_known(failure.tag)}"
    if failure.alert:
        yield f"Alert: {name(failure.alert)}"
    yield f"Agent build: {_known(failure.build)}"
    yield "Operating system: unknown, please fill in"
    if ticket.articles:
        yield f"Article: {', '.join(ticket.articles)}"


def _where(ticket: Ticket) -> Iterator[str]:
    """Name the backups by what Acronis can look up."""
    for client in ticket.clients[:CLIENTS_MAX]:
        yield f"Tenant: {_ref(client)}"
    if len(ticket.clients) > CLIENTS_MAX:
        yield f"and {count(len(ticket.clients) - CLIENTS_MAX, 'more tenant')}"
    indent = "- " if len(ticket.backups) > 1 else ""
    for seen in ticket.backups:
        activity = name(seen.activity_id, most=ID_MAX) or "unknown"
        backup = f"{_ref(seen.subject.workload)}; plan: {_ref(seen.subject.plan)}; activity: {activity}"
        yield f"{indent}Workload: {backup}"
    if ticket.more:
        yield f"and {count(ticket.more, 'more backup')}"
    yield f"Kind: {ticket.facts.kind or 'unknown'}"
    yield f"Destination: {', '.join(destination(each) for each in ticket.facts.destinations) or 'unknown'}"


def _ref(ref: Ref) -> str:
    """Name a thing with its id; a plan or workload that Acronis named none has neither."""
    id = name(ref.id, most=ID_MAX)
    return f"{name(ref.name) or 'unnamed'} ({id})" if id else name(ref.name) or "unknown"


def _when(ticket: Ticket) -> Iterator[str]:
    yield f"First failed: {_utc(ticket.first_failed_at)}; newest: {_utc(ticket.last_failed_at)}"
    yield f"Failed runs since the last good backup: {ticket.failed_runs}"
    yield f"Last good backup: {_utc(ticket.last_good_at)}"
    if not ticket.alike_workloads:
        yield "No other backup of ours fails with this cause now."
        return
    alike = count(ticket.alike_workloads, "other workload")
    yield f"The same cause now: {alike} of {count(ticket.alike_clients, 'client')}."


def _tried(ticket: Ticket) -> Iterator[str]:
    retried = ticket.verdict.retried
    yield f"Tried by the agent itself: {retried.removeprefix('tried ') if retried is not None else 'unknown'}"
    yield "Tried by us: please fill in"


def _innermost(ticket: Ticket) -> str:
    return ticket.innermost.code if ticket.innermost is not None else ""


def _known(words: str, most: int = 60) -> str:
    return name(words, most=most) or "unknown"


def _utc(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at is not None else "unknown"


def _names(clients: Sequence[Ref]) -> str:
    return name(clients[0].name or clients[0].id) if len(clients) == 1 else count(len(clients), "client")
