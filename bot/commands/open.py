"""`open [party | domain | client]`: what is broken now, whose turn it is."""

import re

from bot.commands.command import Command
from bot.commands.find import by_name, client_names, row_by_number
from bot.commands.seams import Seams
from bot.commands.words import unquoted
from bot.core.digest import Row, rows_of
from bot.core.incident import Incident
from bot.core.intent import Answer, Intent
from bot.core.memory import Memory
from bot.wording.answers import did_you_mean, ended_words, open_message, plain_message
from bot.wording.incident import row_message
from classifier.verdict import Disposition, Domain, Party

PAGE = re.compile(r"\s*\bpage (\d+)$")


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer with the open causes of a party, a domain, a disposition, a client, a person, or all."""
    page, asked = _page(unquoted(intent.argument))
    memory, now = seams.store.memory(), seams.now()
    if asked.lstrip("#").isdecimal():
        return _one(int(asked.lstrip("#")), memory, seams)
    rows = rows_of(memory, now=now, policy=seams.policy)
    for words, chosen in _filters(asked, rows, intent.actor.id):
        return Answer(open_message(chosen, words, seams.voice, now=now, page=page))
    named = by_name(asked, client_names(memory, seams.voice))
    if named.key is not None:
        chosen = [row for row in rows if any(client.id == named.key for client in row.clients)]
        words = f"for {client_names(memory, seams.voice)[named.key][0]}"
        return Answer(open_message(chosen, words, seams.voice, now=now, page=page))
    return Answer(did_you_mean("party, domain or client", asked, named.near, "open"), refused=True)


def _page(asked: str) -> tuple[int, str]:
    match = PAGE.search(asked)
    return (max(1, int(match[1])), asked[: match.start()]) if match else (1, asked)


def _filters(asked: str, rows: list[Row], me: str) -> list[tuple[str, list[Row]]]:
    """Give the one filter these words name, as (words for it, rows it lets through)."""
    wanted = asked.casefold().removeprefix("domain ").removeprefix("party ").removeprefix("client ").strip()
    if wanted in ("", "all"):
        return [("", rows)]
    if wanted in ("mine", "me"):
        return [("and yours", [row for row in rows if row.owner is not None and row.owner.by == me])]
    for party in Party:
        if wanted == party.casefold() and asked.casefold() != "client client":
            return [(f"for {party}", [row for row in rows if row.verdict.lead is party])]
    for domain in Domain:
        if wanted == domain.casefold():
            return [(f"in {domain}", [row for row in rows if row.verdict.domain is domain])]
    for disposition in Disposition:
        if wanted in (disposition.casefold(), disposition.casefold().replace(" ", "-")):
            return [(f"to {disposition}", [row for row in rows if row.disposition is disposition])]
    return []


def _one(number: int, memory: Memory, seams: Seams) -> Answer:
    now = seams.now()
    found = row_by_number(number, memory, now=now, policy=seams.policy)
    if found is None:
        return Answer(plain_message(f"There is no #{number}. “open” lists what is."), refused=True)
    if isinstance(found, Incident):
        return Answer(plain_message(ended_words(found, seams.voice, now=now)))
    return Answer(row_message(found, seams.voice, now=now))


COMMAND = Command(
    "open", "[party | domain | client | mine | number]", "what is open now", handle, also=("list", "show", "o")
)
