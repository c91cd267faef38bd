"""The seams, on one screen. Every adapter of a seam passes the same contract tests (tests/contracts)."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from bot.core.activity import NOTHING_LEARNT, Coverage, Learnt, Page, Window
from bot.core.filed import FiledSheet
from bot.core.incident import Acknowledgement
from bot.core.memory import AuditEntry, Claim, Commit, Memory
from bot.core.message import Delivery, Message, Receipt
from bot.core.raised import Case, DeskView, Note, Raised
from bot.core.reference import Reference
from bot.core.route import Route
from bot.core.sheet import Filing
from bot.core.thread import Thread
from bot.core.ticket import Level


class Source(Protocol):
    """Where activities come from."""

    name: str

    def fetch(
        self, window: Window, *, clients: frozenset[str] | None = None, learnt: Learnt = NOTHING_LEARNT
    ) -> Iterator[Page | Coverage]:
        """Read a window, page by page, and say at the end what was really covered.

        One bad client is a gap in the coverage, never an exception. The last item, and only the
        last, is the Coverage; it names every client there is.

        Args:
            clients: ids of the only clients wanted; None for all.
            learnt: what the last Coverage handed on. How things are named depends on it and on
                the answers alone, never on what this process saw before.
        Raises:
            Refused: the account itself lets nobody in; says what to do.
            Unavailable: not even the list of clients could be read.
        """


class Store(Protocol):
    """Where we remember. Each write is all or nothing across everything it touches."""

    def memory(self) -> Memory:
        """Give a consistent picture; later writes do not change it."""

    def claim(self, slot: str, *, now: datetime) -> Claim | None:
        """Take the right to work on a slot. None: it is done, or somebody has it."""

    def release(self, claim: Claim, *, done: bool) -> None:
        """Give the slot back: done without a reading, or to be tried again. Nothing for a claim lost or committed."""

    def commit(self, claim: Claim, commit: Commit) -> None:
        """Write one reading down; with it the slot is done.

        Raises:
            Conflict: somebody else has taken the slot since.
        """

    def announced(self, slot: str) -> None:
        """Note that all there is to tell of a reading is written down in the outbox."""

    def acknowledge(self, given: Acknowledgement, *, instead_of: Acknowledgement | None) -> None:
        """Note who owns a target, in place of what the caller saw there.

        Raises:
            Conflict: it is no longer what the caller saw; somebody was first.
        """

    def withdraw(self, seen: Acknowledgement) -> None:
        """Take an acknowledgement back.

        Raises:
            Conflict: it is no longer what the caller saw.
        """

    def close(self) -> None:
        """Let go of files and locks. Nothing is lost without it."""


class Outbox(Protocol):
    """What was meant to be said is written down before it is said."""

    def plan(self, *deliveries: Delivery) -> None:
        """Write down, in one piece, what is to be said. Of what is known already nothing changes."""

    def intend(self, delivery: Delivery) -> Delivery:
        """Note that sending begins, and give back what is known of this key, chat and place.

        A receipt on it, or given up: do not say it. More than one attempt and no receipt: it may
        have been heard; say it again, marked. The message is the one planned or intended first.
        """

    def unheard(self, delivery: Delivery) -> None:
        """Take the last attempt back: it is sure that nobody heard it."""

    def sent(self, delivery: Delivery, receipt: Receipt) -> None:
        """Note where it stands."""

    def edited(self, delivery: Delivery, message: Message) -> None:
        """Note that what was said says something else now."""

    def give_up(self, *deliveries: Delivery) -> None:
        """Note that these are not to be said any more."""

    def forget(self, *deliveries: Delivery) -> None:
        """Let go of these: their posts are gone, and may be said anew."""

    def pending(self) -> Sequence[Delivery]:
        """Give what is to be said and has no receipt, oldest first."""

    def find(self, key: str) -> Sequence[Delivery]:
        """Give everything said, or meant to be, under a key, in every place."""

    def at(self, receipt: Receipt) -> Delivery | None:
        """Give what stands in a post; None when that is not known."""


class Threads(Protocol):
    """Where each cause is talked about. One per target, chat and place."""

    def all(self) -> Sequence[Thread]:
        """Give every thread remembered, oldest first."""

    def keep(self, *threads: Thread) -> None:
        """Write threads down, each in place of what its target had in its place."""

    def forget(self, *threads: Thread) -> None:
        """Let go of threads whose posts are gone."""


class Routes(Protocol):
    """Which ways to a place have trouble. One per chat and place."""

    def all(self) -> Sequence[Route]:
        """Give every way that has trouble."""

    def keep(self, *routes: Route) -> None:
        """Write down what is wrong, each in place of what was known."""

    def forget(self, *routes: Route) -> None:
        """Let go of those on which all goes well again."""


class References(Protocol):
    """How places are reached, where a platform tells it only when it lets us in. One per chat and place."""

    def all(self) -> Sequence[Reference]:
        """Give every place known, those told last at the end."""

    def keep(self, *references: Reference) -> None:
        """Write down how places are reached, each in place of what was known. Writing the same again costs nothing."""

    def forget(self, *references: Reference) -> None:
        """Let go of places where we are not any more."""


class Tickets(Protocol):
    """Which cause has which ticket. One per target and desk; who is first has it."""

    def all(self) -> Sequence[Raised]:
        """Give every ticket remembered, oldest first."""

    def keep(self, ticket: Raised, *, instead_of: Raised | None) -> None:
        """Write a ticket down, in place of what the caller saw of this target and desk.

        Raises:
            Conflict: it is no longer what the caller saw; somebody was first.
        """

    def forget(self, seen: Raised) -> None:
        """Let go of a ticket that nobody heard of.

        Raises:
            Conflict: it is no longer what the caller saw.
        """


class Register(Protocol):
    """What stands where reports are filed row by row. One per place and sheet."""

    def of(self, place: str, sheet: str) -> FiledSheet:
        """Give what is known to stand there; no rows when nothing is."""

    def keep(self, filed: FiledSheet) -> None:
        """Write down what stands there, in place of what was known. Writing the same again costs nothing."""


class Desk(Protocol):
    """Where tickets are raised. What is sent twice with the same key or id must be one ticket, one note.

    Every method raises:
        Unavailable: not now; `unheard` when it is sure that nothing was done.
        Refused: never, until a person changes something.
    """

    name: str
    level: Level

    def raise_ticket(self, case: Case) -> str:
        """Raise it, and give what the desk calls it."""

    def tell(self, reference: str, note: Note, /) -> bool:
        """Add a note, close it or open it again, as the note says; where a desk cannot, the words alone must do.

        Returns:
            False where nobody hears us: a person has to tell them.
        """

    def views(self, references: Sequence[str], /) -> Mapping[str, DeskView]:
        """Say how tickets stand there, by reference, in few requests; nothing of those that cannot be asked for."""


class Audit(Protocol):
    """Who did what. Append-only."""

    def record(self, entry: AuditEntry) -> None: ...

    def entries(self, *, last: int = 100) -> Sequence[AuditEntry]:
        """Give the newest entries, oldest first."""


class Abilities(msgspec.Struct, frozen=True):
    """What a chat can do. What it cannot, callers do without.

    Attributes:
        rows: causes that one digest post shows at the most; the others stand in its thread, or are counted.
        posts: it gives a cause that needs hands a post and a thread of its own.
    """

    threads: bool = True
    edits: bool = True
    buttons: bool = True
    rows: int = 20
    posts: bool = True


class Chat(Protocol):
    """Where people read and press."""

    name: str
    abilities: Abilities

    def post(self, place: str, message: Message) -> Receipt:
        """Say something in a place (a channel, or a person by their id).

        It keeps its own pace: a caller may have to wait a few seconds for its turn in that place.

        Raises:
            Unavailable: not now. Whether it was heard may be unknown. `retry_after` when the platform said how long.
            Refused: never, until a person changes something.
        """

    def reply(self, receipt: Receipt, message: Message) -> Receipt:
        """Say something under an earlier post, for as long as weeks after it.

        Raises:
            Gone: the earlier post is not there any more.
        """

    def update(self, receipt: Receipt, message: Message) -> None:
        """Change an earlier post in place. Doing it twice changes nothing.

        Raises:
            Gone: it is not there any more, or may not be changed now.
        """


class Publisher(Protocol):
    """Where reports are filed."""

    name: str
    place: str

    def publish(self, filing: Filing) -> str:
        """File a report, and say where it is. The same reading filed twice replaces, and never doubles.

        A reader finds what was filed before, or this; never half of a file, or of a row where rows stand one by one.
        What was not finished is gone on with the next time.

        Raises:
            Unavailable: not now. It is tried again, with what is current then.
            Refused: never, until a person changes something.
        """


Asgi = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Any]], Callable[[MutableMapping[str, Any]], Awaitable[None]]],
    Awaitable[None],
]


class Listener(Protocol):
    """What hears people: it acknowledges at once, hands an Intent to `answer`, and brings the Answer back."""

    name: str

    def start(self) -> None:
        """Begin to listen. The platform being away is no error: it goes on trying."""

    def stop(self, *, within: timedelta) -> bool:
        """Hear nobody any more, and let answers under way be given. False: something was left behind."""

    @property
    def says(self) -> str:
        """Say in a few words how it is: connected, since when nothing was heard, what it waits for."""

    @property
    def is_alive(self) -> bool:
        """Tell whether its threads live; the platform being away changes nothing."""

    def routes(self) -> Mapping[str, Asgi]:
        """Give what the web door has to answer for it, by path; {} when it needs no door."""


class Joined(NamedTuple):
    """A platform, put together: what talks out, and what listens; None where nobody can press anything."""

    chat: Chat
    listener: Listener | None = None


class Finding(NamedTuple):
    """What a look at a platform found.

    Attributes:
        state: unknown when only a person can see it.
        remedy: what to do; "" when nothing is wrong, or nothing helps.
    """

    state: Literal["fine", "wrong", "unknown"]
    says: str
    remedy: str = ""
