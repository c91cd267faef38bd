"""What one reading changed for one client: for its own channel, where no other client is spoken of."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from bot.core.activity import ClientCoverage, Ref
from bot.core.digest import Digest, Row, narrowed, unknown_codes


def of_client(digest: Digest, client_id: str) -> Digest | None:
    """Narrow one reading's story to one client; None when nothing changed for it.

    What belongs to nobody, as records that could not be understood, is left out. The numbers of workloads read
    are not: they are told where everything is.
    """
    mine = replace(
        digest,
        full=False,
        rows=_rows(digest.rows, client_id),
        snoozed=_rows(digest.snoozed, client_id),
        muted=_rows(digest.muted, client_id),
        still=tuple(each for each in digest.still if each.subject.client.id == client_id),
        healed=tuple(each for each in digest.healed if each.subject.client.id == client_id),
        closed=tuple(each for each in digest.closed if each.subject.client.id == client_id),
        left=tuple(each for each in digest.left if each.subject.client.id == client_id),
        unread=tuple(each for each in digest.unread if each[0].client.id == client_id),
        exposed=tuple(each for each in digest.exposed if each.subject.client.id == client_id),
        newly_exposed=tuple(each for each in digest.newly_exposed if each.subject.client.id == client_id),
        found=0,
        quarantined=0,
        gaps=(),
    )
    told = replace(mine, unknown=unknown_codes((i for row in mine.rows for i in row.incidents), now=digest.at))
    return told if _says_something(told) else None


def clients_in(digest: Digest) -> tuple[Ref, ...]:
    """List the clients that one reading speaks of, by name."""
    found = {
        *(client for row in (*digest.rows, *digest.snoozed, *digest.muted) for client in row.clients),
        *(incident.subject.client for incident in (*digest.healed, *digest.closed)),
        *(standing.subject.client for standing in (*digest.still, *digest.left)),
        *(each.subject.client for each in digest.exposed),
        *(coverage.client for coverage, _ in digest.unread),
    }
    return tuple(sorted(found, key=lambda ref: (ref.name, ref.id)))


def newly_unread(digest: Digest) -> tuple[ClientCoverage, ...]:
    """List the clients that could be read when the last digest was told, and cannot now."""
    return tuple(coverage for coverage, _ in digest.unread if _is_news(coverage.since, digest.since))


def _is_news(began: datetime | None, told: datetime | None) -> bool:
    return told is None or (began is not None and began > told)


def _rows(rows: Iterable[Row], client_id: str) -> tuple[Row, ...]:
    return tuple(narrowed(row, client_id) for row in rows if any(client.id == client_id for client in row.clients))


def _says_something(digest: Digest) -> bool:
    return bool(
        digest.changed or digest.newly_exposed or digest.healed or digest.closed or digest.left or newly_unread(digest)
    )
