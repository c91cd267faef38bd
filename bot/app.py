"""The composition root: the one place that knows every adapter by name and puts them together."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Lock
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from rich.console import Console

from bot.adapters import CHATS, DESKS, DOCTORS, PROVISIONS, PUBLISHERS, SOURCES, STORES, load
from bot.app_yaml import Settings
from bot.chosen import data_centre_of, hearing_of, policy_of, rules_of, ticket_policy_of, voice_of
from bot.collector import resting
from bot.commands import answer, read_intent
from bot.commands.directory import Directory
from bot.commands.find import client_called
from bot.commands.seams import Seams
from bot.core.digest import what_was_seen
from bot.core.intent import Actor, Answer, Intent
from bot.core.memory import Memory, Run
from bot.core.message import Message, Receipt
from bot.core.policy import Policy
from bot.core.rights import Roles
from bot.core.sheet import Filing
from bot.core.slot import due_slot, next_slot, slot_id
from bot.core.trouble import Lack, Trouble
from bot.jobs.announce import digest_of, untold
from bot.jobs.deliver import Ways
from bot.jobs.hearing import Hearing
from bot.jobs.publish import Cabinet, forget_others, publish, report_of
from bot.jobs.reading import Progress
from bot.jobs.refresh import refresh
from bot.jobs.settle import told_by_hand, try_again
from bot.jobs.soon import Soon
from bot.jobs.tell import DEBOUNCE, go_on, tell
from bot.jobs.telling import Telling
from bot.jobs.tick import Claims, tick
from bot.jobs.ticket_policy import Unsent, raise_by_policy, say_waiting
from bot.jobs.tickets import Desking, look_after, raise_ticket
from bot.ports import Chat, Desk, Finding, Joined, Listener, Publisher, Source
from bot.reload import Reloaded, changed, is_changeable, taken_over
from bot.stores.keeping import Keeping
from bot.wording.answers import plain_message
from bot.wording.digest import digest_message
from bot.wording.left import unheard_words
from bot.wording.phrases import Voice
from bot.wording.report import nothing_filed
from bot.wording.telling import not_filed, route_words
from bot.wording.ticket_policy import unraised_words
from classifier import RuleBook, classify
from classifier.rulebook import DEFAULT

log = logging.getLogger(__name__)


Clock = Callable[[], datetime]
Observe = Callable[[str, float | None], None]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class App:
    """Everything put together. Use as a context: leaving it closes servers, files and locks."""

    settings: Settings
    keeping: Keeping
    source: Callable[[], Source]
    clock: Clock
    policy: Policy
    voice: Voice
    rules: RuleBook = DEFAULT
    joined: Mapping[str, Joined] = field(default_factory=dict)  # by the chat's name
    desks: Mapping[str, Desk] = field(default_factory=dict)
    closing: ExitStack = field(default_factory=ExitStack)
    observe: Observe = lambda _result, _seconds: None  # told how each reading ended, and how long it took
    times_since: datetime | None = None  # the refresh times were others before this; None: not while we ran

    def __post_init__(self) -> None:
        self.claims = Claims(self.keeping.store)
        self.stopping = Event()
        self._telling_now = Lock()
        self.directory = Directory()
        self.cabinet = Cabinet({}, self.keeping.routes, self.clock)
        self._desking_turn = Lock()
        self.unsent = Unsent()
        self.retelling = Soon("reteller", self.go_on, wait=self.wait, after=DEBOUNCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if not self.stopping.is_set():  # a command that ends; what a service leaves, its next start does
                self.retelling.flush()
        finally:
            self.closing.close()

    @property
    def chats(self) -> Mapping[str, Chat]:
        return {name: joined.chat for name, joined in self.joined.items()}

    @property
    def listeners(self) -> tuple[Listener, ...]:
        return tuple(joined.listener for joined in self.joined.values() if joined.listener is not None)

    @property
    def hearings(self) -> tuple[Hearing, ...]:
        """Who hears what, chat by chat."""
        return tuple(hearing_of(name, getattr(self.settings.chats, name)) for name in self.joined)

    def next_at(self) -> datetime:
        return next_slot(self.settings.refresh.times, self.settings.refresh.tzinfo, self.clock())

    def due_at(self) -> datetime:
        return due_slot(self.settings.refresh.times, self.settings.refresh.tzinfo, self.clock())

    def answer(self, intent: Intent) -> Answer:
        """Answer what a person typed or pressed; copies that now say something else are brought up to date soon."""
        given = answer(intent, self._seams())
        if given.touched:
            self.retelling.touched()
        return given

    def refresh(self, *, progress: Progress = lambda _: None, asked: bool = False) -> Run | None:
        """Read everything: for the slot that is due, or, when that is done or `asked`, for a person."""
        run = None if asked else self._read(slot_id(self.due_at()), scheduled=True, progress=progress)
        return run or self._read(f"asked-{slot_id(self.clock())}-{uuid4().hex[:8]}", scheduled=False, progress=progress)

    def announce(self, run: Run) -> bool:
        """Tell a reading wherever it was not told yet. False: something waits for a later pass."""
        with self._telling_now:
            told = tell(run, self.telling())
        if self._look_after_tickets():
            self.retelling.touched()
        return told

    def go_on(self) -> bool:
        """Say what waits to be said, and bring older words up to date. False: something still waits."""
        self._look_after_tickets()
        with self._telling_now:
            return go_on(self.telling())

    def desking(self) -> Desking:
        """Give all that raising tickets needs, as of now."""
        return Desking(
            store=self.keeping.store,
            tickets=self.keeping.tickets,
            desks=self.desks,
            audit=self.keeping.audit,
            voice=self.voice,
            policy=self.policy,
            now=self.clock,
            reopen_within=timedelta(days=self.settings.desks.reopen_days),
            data_centre=data_centre_of(self.settings),
            turn=self._desking_turn,
        )

    def _look_after_tickets(self) -> bool:
        """Bring tickets up to date, and raise those that rules ask for. True: copies say less than there is."""
        try:
            look_after(self.desking())
            return self._raise_by_policy()
        except Exception:  # a desk that breaks must not keep us from telling
            log.exception("tickets could not be looked after")
            return False

    def _raise_by_policy(self) -> bool:
        """Raise by the newest reading, unless a newer one is due: what it found may be over."""
        memory = self.keeping.store.memory()
        if not memory.runs or memory.runs[-1].read_at < self.due_at():
            return False
        policy = ticket_policy_of(self.settings)
        plan = raise_by_policy(policy, self.desking(), self.unsent)
        say_waiting(self.keeping.store.memory(), plan, policy.most, self.telling())
        return bool(plan.due or plan.waiting)

    def wait(self, span: timedelta) -> bool:
        """Wait. False: the process ends, and nothing more is to be begun."""
        return not self.stopping.wait(span.total_seconds())

    def telling(self) -> Telling:
        """Give all that telling needs, as of now."""
        keeping, refresh = self.keeping, self.settings.refresh
        ways = Ways(
            outbox=keeping.outbox,
            threads=keeping.threads,
            routes=keeping.routes,
            chats=self.chats,
            hearings={hearing.chat: hearing for hearing in self.hearings},
            voice=self.voice,
            now=self.clock,
            wait=self.wait,
        )
        return Telling(
            store=keeping.store,
            ways=ways,
            policy=self.policy,
            next_at=lambda at: next_slot(refresh.times, refresh.tzinfo, at),
            rows_max=self.settings.digest.rows,
        )

    def tick(self, *, progress: Progress = lambda _: None, file: Callable[[], object] | None = None) -> Run | None:
        """Read, tell and file for the newest slot that is due, unless that was done; see bot/jobs/tick.py.

        Args:
            file: has it filed, instead of here and now: where reports are filed may take its time.
        """
        run = tick(
            times=self.settings.refresh.times,
            zone=self.settings.refresh.tzinfo,
            store=self.claims,
            audit=self.keeping.audit,
            now=self.clock,
            read=partial(self._read, scheduled=True, progress=progress),
            tell=self.announce,
            since=self.times_since,
            missed=lambda _slot: self.observe("missed", None),
            go_on=self.go_on,
        )
        (file or self.file)()
        return run

    def file(self) -> bool:
        """File the newest reading wherever it is not filed yet. False: it could not be filed everywhere."""
        forget_others(PUBLISHERS, self.cabinet)
        return publish(self.keeping.store.memory(), self.cabinet, voice=self.voice, policy=self.policy)

    def report(self, *, client: str = "") -> Filing:
        """Give the report of the newest reading without filing it.

        Args:
            client: name, alias or id of the only client wanted; "" for all.
        Raises:
            Refused: nothing was ever read, or no one client is called so.
        """
        memory = self.keeping.store.memory()
        only = client_called(client, memory, self.voice) if client and memory.runs else None
        return report_of(memory, voice=self.voice, policy=self.policy, client=only)

    def reload(self, wanted: Settings) -> Reloaded:
        """Take over the settings that may change while we run; the next reading and answer go by them."""
        differ = changed(self.settings, wanted)
        taken = tuple(name for name in differ if is_changeable(name))
        if "refresh.times" in taken:
            answered = slot_id(self.due_at()) in {run.slot for run in self.keeping.store.memory().runs}
            self.times_since = self.clock() if answered else None
        self.settings = taken_over(self.settings, wanted)
        self.policy = policy_of(self.settings)
        self.voice = voice_of(self.settings)
        self.rules = rules_of(self.settings)
        return Reloaded(taken, tuple(name for name in differ if name not in taken))

    def catch_up(self) -> Run | None:
        """Tell the newest reading if nobody was told, and whatever else waits: we died in between."""
        run = untold(self.keeping.store.memory())
        if run is not None:
            log.info("digest %s was not told everywhere; telling it now", run.slot)
            self.announce(run)
        else:
            self.go_on()
        return run

    def digest(self, run: Run) -> Message:
        """Word a reading's digest without telling it anywhere."""
        found = digest_of(self.keeping.store.memory(), run, zone=self.voice.zone, policy=self.policy)
        return digest_message(found, self.voice, next_at=self.next_at(), rows_max=self.settings.digest.rows)

    def _read(self, slot: str, *, scheduled: bool, progress: Progress = lambda _: None) -> Run | None:
        def go_on(read: int) -> None:
            self.claims.check()
            progress(read)

        began = self.clock()
        try:
            with resting():
                run = refresh(
                    slot,
                    source=self.source(),
                    store=self.claims,
                    now=self.clock,
                    scheduled=scheduled,
                    policy=self.policy,
                    judge=partial(classify, rules=self.rules),
                    lookback=timedelta(days=self.settings.source.lookback_days),
                    progress=go_on,
                )
        except Exception:
            self.observe("failed", None)
            raise
        self.directory.learn(self.keeping.store.memory(), self.voice)
        if run is not None:
            self.observe(how_it_went(self.keeping.store.memory(), run), (self.clock() - began).total_seconds())
        return run

    def _refresh_for(self, actor: Actor) -> Message:
        log.info("refresh asked for in %s", actor.chat)
        run = self.refresh(asked=True)
        self.retelling.touched()
        return self.digest(run) if run is not None else plain_message("Somebody else is reading right now.")

    def _seams(self) -> Seams:
        return Seams(
            store=self.keeping.store,
            audit=self.keeping.audit,
            now=self.clock,
            voice=self.voice,
            refresh=self._refresh_for,
            due_at=self.due_at,
            next_at=self.next_at,
            policy=self.policy,
            rules=self.rules,
            roles=Roles(self.settings.roles.everybody, self.settings.roles.people),
            own_channels={place: who for hearing in self.hearings for who, place in hearing.clients.items()},
            data_centre=data_centre_of(self.settings),
            troubles=self._troubles,
            chats=self._chats_say,
            waiting=self._waiting,
            desks={name: desk.level for name, desk in self.desks.items()},
            directory=self.directory,
            raise_ticket=lambda row, desk, by: raise_ticket(row, desk, by, self.desking()),
            told_by_hand=lambda number, desk, by, notes: told_by_hand(number, desk, by, self.desking(), notes=notes),
            try_again=lambda number, desk, by: try_again(number, desk, by, self.desking()),
            ticket_policy=ticket_policy_of(self.settings),
            not_taken=lambda: self.unsent.refused.keys(),
        )

    def _chats_say(self) -> tuple[tuple[str, str], ...]:
        return tuple((listener.name.capitalize(), listener.says) for listener in self.listeners)

    def _waiting(self) -> int:
        """Count what is still to be said, in chats that are switched on."""
        chats = self.settings.chats
        switched_on = {name for name in type(chats).model_fields if getattr(chats, name).enabled}
        return sum(delivery.chat in switched_on for delivery in self.keeping.outbox.pending())

    def _troubles(self) -> tuple[Trouble, ...]:
        """Say which ways to a place are in trouble, where reports are not filed, and what no desk took."""
        now = self.clock()
        unraised = (Trouble(Lack.RAISED, unraised_words(each.due, each.why)) for each in self.unsent.all())
        unheard = (
            Trouble(Lack.HEARD, unheard_words(each, each.refused, self.voice, now))
            for each in self.keeping.tickets.all()
            if each.refused is not None
        )
        ways = (
            Trouble(Lack.FILED, not_filed(route, self.voice, now=now))
            if route.chat in PUBLISHERS
            else Trouble(Lack.TOLD, route_words(route, self.voice, now=now))
            for route in self.keeping.routes.all()
        )
        return (*ways, *unraised, *unheard)


def build(
    settings: Settings,
    *,
    console: Console,
    clock: Clock = utc_now,
    read_only: bool = False,
    folder: Path | None = None,
    source: Callable[[], Source] | None = None,
) -> App:
    """Put an app together from its settings.

    Args:
        read_only: look beside a running bot; whatever would write is refused.
        folder: where to remember, instead of the configured folder.
        source: makes the source when it is first needed, instead of the configured one.
    Raises:
        Refused: somebody else writes there, or a file is damaged; says what to do.
    """
    closing = ExitStack()
    keeping: Keeping = load(STORES, settings.store.kind)(folder or settings.store.folder, read_only=read_only)
    closing.callback(keeping.close)
    app = App(
        settings=settings,
        keeping=keeping,
        source=_once(source or (lambda: _source(settings, clock, closing))),
        clock=clock,
        policy=policy_of(settings),
        voice=voice_of(settings),
        rules=rules_of(settings),
        closing=closing,
    )
    app.cabinet.publishers = {} if read_only else publishers_of(app, folder or settings.store.folder)
    app.desks = {} if read_only else desks_of(settings)
    app.joined = join(app, console, only=("console",) if read_only else tuple(CHATS))
    return app


def _once(make: Callable[[], Source]) -> Callable[[], Source]:
    """Make the source when it is first needed: readers never log in anywhere."""
    made: list[Source] = []

    def get() -> Source:
        if not made:
            made.append(make())
        return made[0]

    return get


def _source(settings: Settings, clock: Clock, closing: ExitStack) -> Source:
    chosen = settings.source
    if chosen.kind == "sandbox":  # a server that plays Acronis; the real client talks to it
        sandbox = closing.enter_context(load(SOURCES, "sandbox")(clock))
        return acronis(sandbox.url, sandbox.client_id, sandbox.client_secret)
    secret = chosen.client_secret.get_secret_value() if chosen.client_secret is not None else ""
    return acronis(chosen.url, chosen.client_id, secret, page_size=chosen.page_size, policies=chosen.policy_types)


def acronis(url: str, client_id: str, client_secret: str, **options: Any) -> Source:
    """Read an account that speaks Acronis' API: a real one, or the sandbox."""
    source: Source = load(SOURCES, "acronis")(url=url, client_id=client_id, client_secret=client_secret, **options)
    return source


def join(app: App, console: Console, *, only: tuple[str, ...]) -> dict[str, Joined]:
    """Put together the chats that are switched on. None of them listens yet.

    Args:
        only: names of those wanted; a reader beside a running bot says nothing to anybody elsewhere.
    """
    folder = app.settings.store.folder
    edges: Mapping[str, Mapping[str, Any]] = {
        "console": {"console": console},
        "slack": {"folder": folder},
        "teams": {"folder": folder, "references": app.keeping.references, "posted": partial(_posted, app.keeping)},
    }
    sections = {name: getattr(app.settings.chats, name) for name in only}
    return {
        name: load(CHATS, name)(section, answer=app.answer, read=read_intent, clock=app.clock, **edges.get(name, {}))
        for name, section in sections.items()
        if section.enabled
    }


def _posted(keeping: Keeping, receipt: Receipt) -> Message | None:
    """Give what stands in a post of ours; None when that is not remembered."""
    found = keeping.outbox.at(receipt)
    return found.message if found is not None else None


def publishers_of(app: App, folder: Path) -> dict[str, Publisher]:
    """Put together the publishers that are switched on.

    Args:
        folder: where the store is. A store that forgets is in none, and leaves no reports there.
    """
    edges: Mapping[str, Mapping[str, Any]] = {
        "folder": {"beside": folder},
        "sharepoint": {"register": app.keeping.register, "wait": app.wait},
    }
    sections = {name: getattr(app.settings.publishers, name) for name in PUBLISHERS}
    if app.settings.store.kind == "memory" and sections["folder"].path is None:
        del sections["folder"]
    return {
        name: load(PUBLISHERS, name)(section, **edges.get(name, {}))
        for name, section in sections.items()
        if section.enabled
    }


def desks_of(settings: Settings) -> dict[str, Desk]:
    """Put together the desks that are switched on."""
    sections = {name: getattr(settings.desks, name) for name in DESKS}
    return {name: load(DESKS, name)(section) for name, section in sections.items() if section.enabled}


def examine(name: str, settings: Settings) -> Iterator[Finding]:
    """Have a platform looked at, by what its settings ask for."""
    more = {"filing": nothing_filed(voice_of(settings))} if name in PROVISIONS else {}
    findings: Iterator[Finding] = load(DOCTORS, name)(settings, **more)
    return findings


def provision(name: str, settings: Settings, **how: Any) -> bool:
    """Set up what a publisher files in; False when that was not agreed to."""
    done: bool = load(PROVISIONS, name)(settings, filing=nothing_filed(voice_of(settings)), **how)
    return done


def how_it_went(memory: Memory, run: Run) -> str:
    """Say in a word how much a reading read: whole, partial, or blind when it read no client."""
    seen = what_was_seen(memory)
    if not seen.clients_read:
        return "blind"
    return "partial" if seen.unread or run.coverage.gaps or run.coverage.quarantined else "whole"
