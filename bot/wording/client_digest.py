"""What one reading changed for one client, in its own channel: its real name, and no other client's."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from bot.core.activity import Ref
from bot.core.client_digest import newly_unread
from bot.core.digest import Digest, Row, workload_key
from bot.core.message import Block, Heading, Message, Paragraph, Tone, bold, paragraph, quiet
from bot.wording.digest import NO_LINKS, ROWS_MAX, Links, healed_words, sections_of
from bot.wording.exposure import exposure_lines, how_many
from bot.wording.phrases import Voice, count, listed, name
from bot.wording.row import row_line
from classifier.verdict import Disposition

NAMED_MAX = 5


def client_digest_message(
    digest: Digest,
    client: Ref,
    voice: Voice,
    *,
    next_at: datetime | None = None,
    rows_max: int = ROWS_MAX,
    links: Links = NO_LINKS,
) -> Message:
    """Say what changed for one client. Aliases are for other people's eyes; here it is called by its own name.

    Args:
        digest: of this client alone (see `of_client`).
    """
    plainly = replace(voice, aliases={})
    line = f"{plainly.client(client)}, {voice.day(digest.at)}: {_what_changed(digest)}"
    blocks: list[Block] = [Heading(line), *_unread(digest, voice)]
    for section in sections_of(digest.changed, rows_max):
        if section.shown:
            blocks.append(Paragraph((bold(section.title),)))
            blocks += _rows(section.shown, digest, plainly, next_at, links)
        if section.hidden:
            blocks.append(paragraph(quiet(f"and {count(len(section.hidden), 'more cause')}: open {client.name}")))
    blocks += exposure_lines(
        digest.exposed, plainly, now=digest.at, new=digest.newly_exposed, full=False, name_clients=False
    )
    blocks += _ended(digest, plainly)
    return Message(line, tuple(blocks), _tone(digest))


def _what_changed(digest: Digest) -> str:
    """Say it in one clause: what needs hands first, then what is news, then what is good."""
    changed = digest.changed
    hands = sum(1 for row in changed if row.disposition is Disposition.ACT_NOW)
    watched = len(changed) - hands
    healed = len({workload_key(incident) for incident in digest.healed})
    told = (
        f"{count(hands, 'thing needs', 'things need')} hands" if hands else "",
        f"{count(watched, 'thing')} to watch" if watched else "",
        how_many(digest.newly_exposed) if digest.newly_exposed else "",
        f"{count(healed, 'workload')} healed" if healed else "",
        "could not be read" if newly_unread(digest) else "",
        f"{count(len(digest.closed) + len(digest.left), 'backup')} no longer watched"
        if digest.closed or digest.left
        else "",
    )
    return " · ".join(part for part in told if part)


def _tone(digest: Digest) -> Tone:
    if any(row.disposition is Disposition.ACT_NOW for row in digest.changed):
        return Tone.ALARM
    return Tone.WATCH if digest.changed or digest.newly_exposed or digest.unread or digest.left else Tone.GOOD


def _unread(digest: Digest, voice: Voice) -> Iterator[Block]:
    for coverage, _ in digest.unread:
        since = f", since {voice.moment(coverage.since, digest.at)}" if coverage.since is not None else ""
        yield paragraph(bold("NOT FULLY READ: "), f"{name(coverage.why) or coverage.reading}{since}")


def _rows(
    rows: Sequence[Row], digest: Digest, voice: Voice, next_at: datetime | None, links: Links
) -> Iterator[Paragraph]:
    for row in rows:
        link = links.get(row.target, "")
        yield row_line(row, voice, now=digest.at, next_at=next_at, link=link, name_client=False)


def _ended(digest: Digest, voice: Voice) -> Iterator[Paragraph]:
    if digest.healed:
        yield paragraph(quiet(f"Healed: {healed_words(digest.healed, voice, name_client=False)}"))
    gone = [f"{voice.workload(incident.subject)} ({incident.close_reason})" for incident in digest.closed]
    gone += [f"{voice.workload(standing.subject)} ({standing.ended})" for standing in digest.left]
    if gone:
        yield paragraph(bold("NO LONGER WATCHED: "), listed(gone, most=NAMED_MAX))
    before = len(digest.rows) - len(digest.changed)
    if before:
        yield paragraph(quiet(f"{count(before, 'cause')} as before"))
