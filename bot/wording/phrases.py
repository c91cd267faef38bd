"""The small words every sentence is made of: times, ages, sizes, counts, names. The only place with a local clock."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeVar

import msgspec

from bot.core.activity import Ref, Subject
from classifier.found import how_sure
from classifier.verdict import Disposition, Party, Verdict

T = TypeVar("T")
NAME_MAX = 60  # characters of a customer-given name; enough for a hostname, too few for a novel
DISPOSITION_WORDS = {
    Disposition.ACT_NOW: "ACT NOW",
    Disposition.MONITOR: "WATCH",
    Disposition.SELF_HEAL: "WAIT",
    Disposition.IGNORE: "NOTHING YET",
}
PARTY_WORDS = {Party.MSP: "MSP", Party.CLIENT: "CLIENT", Party.ACRONIS: "ACRONIS"}


class Voice(msgspec.Struct, frozen=True):
    """How to speak here: the reader's zone, and what to call clients.

    Attributes:
        aliases: names to show instead of a client's own, by client id or name.
    """

    zone: tzinfo = UTC
    aliases: dict[str, str] = {}

    def client(self, ref: Ref) -> str:
        return name(self.aliases.get(ref.id) or self.aliases.get(ref.name) or ref.name or ref.id)

    def workload(self, subject: Subject) -> str:
        return name(subject.workload.name or subject.plan.name or subject.workload.id) or "a workload without a name"

    def clock(self, at: datetime) -> str:
        """Say a time of day (`06:45`)."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def moment(self, at: datetime, now: datetime) -> str:
        """Say when, as briefly as it stays clear: `02:10`, `Tue 02:10`, `3 Mar 02:10`, `3 Mar 2025`."""
        local, today = at.astimezone(self.zone), now.astimezone(self.zone)
        days = abs((today.date() - local.date()).days)
        if days == 0:
            return f"{local:%H:%M}"
        if days < 7:
            return f"{local:%a %H:%M}"
        if days < 300:
            return f"{local.day} {local:%b %H:%M}"
        return f"{local.day} {local:%b %Y}"

    def dated(self, at: datetime) -> str:
        """Say when so that it stays clear elsewhere and later: `Wed 4 Mar 2026 02:10 CET`."""
        local = at.astimezone(self.zone)
        zone = f"{local:%Z}"  # where a zone has no letters of its own, its hours: -03
        return f"{local:%a} {local.day} {local:%b %Y %H:%M} {f'UTC{zone}' if zone[:1] in '+-' else zone}"

    def day(self, at: datetime) -> str:
        """Say a day and time (`Wed 06:45`)."""
        return f"{at.astimezone(self.zone):%a %H:%M}"


def name(words: str, *, most: int = NAME_MAX) -> str:
    """Make words that others chose one short line. Escaping it is the renderers' work."""
    words = words[: 4 * most]
    shown = words if words.isprintable() else "".join(c if c.isprintable() else " " for c in words)
    line = " ".join(shown.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def age(span: timedelta) -> str:
    """Say how long, in the one unit that fits: `40 min`, `31 h`, `3 d`."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 90:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} d"


def since(at: datetime | None, now: datetime) -> str:
    """Say how long ago, or that nobody knows."""
    return "unknown" if at is None else f"{age(now - at)} ago"


def last_good(at: datetime | None, now: datetime) -> str:
    return "last good unknown" if at is None else f"last good {age(now - at)}"


def count(number: int, one: str, many: str = "") -> str:
    """Say how many: `1 client`, `6,140 workloads`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(number: int) -> str:
    """Say bytes in binary units, named as such: `264 GiB`. The console says GB and means GiB."""
    amount = float(number)
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} PiB"


def listed(words: Sequence[str], *, most: int = 3) -> str:
    """Name a few and count the rest: `A, B, C and 19 more`."""
    if len(words) <= most:
        return ", ".join(words)
    return f"{', '.join(words[:most])} and {len(words) - most} more"


def unique(items: Sequence[T], key: Callable[[T], str]) -> list[str]:
    return list(dict.fromkeys(key(item) for item in items))


def parties(all_of_them: Sequence[Party]) -> str:
    """Name who must act, the lead first: `Client, then MSP`."""
    return ", then ".join(all_of_them)


def sure(verdict: Verdict) -> str:
    """Say what a verdict rests on, and when it is our judgement; an operator's own rule is theirs."""
    return how_sure(verdict)


def sentence(words: str) -> str:
    """End with a full stop unless it already ends."""
    return words if not words or words[-1] in ".!?…" else f"{words}."
