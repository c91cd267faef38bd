"""`open [party | domain | client]`: what is broken now, whose turn it is."""

import re
from collections.abc import Sequence

from bot.commands.command import Command
from bot.commands.find import Look, by_name, look
from bot.commands.seams import Seams
from bot.commands.words import read_number, unquoted
from bot.core.digest import Row, narrowed
from bot.core.incident import Incident
from bot.core.intent import Answer, Intent
from bot.wording.answers import did_you_mean, open_message, plain_message
from bot.wording.incident import ended_message, row_message
from bot.wording.phrases import DISPOSITION_WORDS
from classifier.verdict import Disposition, Domain, Party

PAGE = re.compile(r"\s*\bpage (\d{1,6})$")


def handle(intent: Intent, seams: Seams) -> Answer:
    """Answer with the open causes of a party, a domain, a disposition, a client, a person, or all."""
    page, asked = _page(unquoted(intent.argument))
    now = seams.now()
    seen = look(seams.store, now=now, policy=seams.policy)
    memory, rows = seen.memory, seen.rows
    number = read_number(asked)
    if number is not None:
        return _one(number, seen, seams)
    for words, chosen in _filters(asked, rows, intent.actor.id):
        return Answer(open_message(chosen, words, seams.voice, now=now, page=page))
    names = seams.directory.names(memory, seams.voice)
    named = by_name(asked, names)
    if named.key is not None:
        id = named.key
        chosen = [narrowed(row, id) for row in rows if any(client.id == id for client in row.clients)]
        words = f"Open for {names[id][0]}"
        return Answer(open_message(chosen, words, seams.voice, now=now, page=page))
    return Answer(did_you_mean("party, domain or client", asked, named.near, "open"), refused=True)


def _page(asked: str) -> tuple[int, str]:
    match = PAGE.search(asked)
    return (max(1, int(match[1])), asked[: match.start()]) if match else (1, asked)


def _filters(asked: str, rows: Sequence[Row], me: str) -> list[tuple[str, list[Row]]]:
    """Give the one filter these words name, as (title, rows it lets through)."""
    wanted = asked.casefold().removeprefix("domain ").removeprefix("party ").removeprefix("client ").strip()
    if wanted in ("", "all"):
        return [("Open", list(rows))]
    if wanted in ("mine", "me"):
        return [("Yours", [row for row in rows if any(given.by == me for given in row.held)])]
    if wanted == "muted":
        return [("Muted", [row for row in rows if row.muted_until is not None])]
    for party in Party:
        if wanted == party.casefold():
            return [(f"Open for {party}", [row for row in rows if row.verdict.lead is party])]
    for domain in Domain:
        if wanted == domain.casefold():
            return [(f"Open in {domain}", [row for row in rows if row.verdict.domain is domain])]
    for disposition in Disposition:
        words = DISPOSITION_WORDS[disposition].casefold()
        if wanted in (disposition.casefold(), disposition.casefold().replace(" ", "-"), words):
            title = DISPOSITION_WORDS[disposition].capitalize()
            return [(title, [row for row in rows if row.disposition is disposition])]
    return []


def _one(number: int, seen: Look, seams: Seams) -> Answer:
    found = seen.number(number)
    if found is None:
        return Answer(plain_message(f"There is no #{number}. “open” lists what is."), refused=True)
    if isinstance(found, Incident):
        return Answer(ended_message(found, seams.voice, now=seen.now))
    return Answer(row_message(found, seams.voice, now=seen.now))


COMMAND = Command(
    "open",
    "[party | client | number]",
    "what is open now; mine, act now, domain network",
    handle,
    also=("list", "show", "o"),
)
