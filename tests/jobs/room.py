"""A chat that plays a platform, and a room in which readings are told through it."""

from dataclasses import dataclass
from datetime import timedelta

from bot.commands import answer
from bot.commands.seams import Seams
from bot.core.intent import Actor, Intent
from bot.core.message import Message, Paragraph, plain
from bot.core.message import Receipt as Said
from bot.core.policy import DEFAULT
from bot.core.slot import slot_id
from bot.errors import Gone
from bot.jobs.deliver import Ways
from bot.jobs.hearing import Hearing
from bot.jobs.refresh import refresh
from bot.jobs.tell import go_on, tell
from bot.jobs.telling import Telling
from bot.ports import Abilities
from bot.wording.phrases import Voice
from tests.builders import WEDNESDAY
from tests.jobs.test_refresh import Pages

EVENING = WEDNESDAY - timedelta(hours=8)
MAIN, ACME, FENN, SPARE, OWNER = "CMAIN", "CACME", "CFENN", "CSPARE", "UOWNER"
JO = Actor("U1", "Jo", "fake")


@dataclass
class Post:
    """Something said, as it reads now."""

    place: str
    under: str
    message: Message
    is_gone: bool = False
    edits: int = 0

    @property
    def words(self):
        return words_of(self.message)


class FakeChat:
    """A platform in memory. It can fail before or after hearing, and people can delete what it heard."""

    name = "fake"

    def __init__(self, **abilities):
        self.abilities = Abilities(**abilities)
        self.posts = {}  # by id
        self.fails = []  # (place or "", error, heard all the same), used up one by one
        self.refuses = {}  # place -> error, for as long as it stands
        self.died = 0

    def post(self, place, message):
        return self._say(place, message)

    def reply(self, receipt, message):
        if self.posts[receipt.message_id].is_gone:
            raise Gone("message_not_found", remedy="say it anew")
        return self._say(receipt.place, message, under=receipt.message_id)

    def update(self, receipt, message):
        self._fail(receipt.place, "edit")
        post = self.posts[receipt.message_id]
        if post.is_gone:
            raise Gone("message_not_found", remedy="say it anew")
        post.message = message
        post.edits += 1

    def _say(self, place, message, *, under=""):
        heard_all_the_same = self._fail(place, "post")
        id = str(len(self.posts) + 1)
        self.posts[id] = Post(place, under, message)
        if heard_all_the_same is not None:
            raise heard_all_the_same
        return Said(self.name, place, id, thread_id=under, link=f"https://chat.example/{place}/{id}")

    def _fail(self, place, how):
        if place in self.refuses and how == "post":
            raise self.refuses[place]
        for fail in self.fails:
            where, error, after_hearing = fail
            if where in ("", place, how):
                self.fails.remove(fail)
                if after_hearing:
                    return error
                raise error
        return None

    def in_place(self, place, *, under=None):
        """Give what stands in a place, oldest first: all of it, or what stands in one thread ("" for none)."""
        return [post for post in self.posts.values() if post.place == place and (under is None or post.under == under)]

    def thread_of(self, post):
        id = next(id for id, one in self.posts.items() if one is post)
        return self.in_place(post.place, under=id)


class Room:
    """A bot that reads what it is given and tells it, step by step, on a clock of ours."""

    def __init__(self, keeping, *, chat=None, policy=DEFAULT, **hearing):
        self.keeping, self.chat, self.policy = keeping, chat or FakeChat(), policy
        self.hearing = Hearing(self.chat.name, **{"main": (MAIN,), **hearing})
        self.now, self.waits, self.ends = EVENING, [], False
        self.runs = []
        self.activities = []

    def wait(self, span):
        self.waits.append(span)
        return not self.ends

    @property
    def telling(self):
        keeping = self.keeping
        ways = Ways(
            outbox=keeping.outbox,
            threads=keeping.threads,
            routes=keeping.routes,
            chats={self.chat.name: self.chat},
            hearings={self.chat.name: self.hearing},
            voice=Voice(),
            now=lambda: self.now,
            wait=self.wait,
        )
        return Telling(store=keeping.store, ways=ways, policy=self.policy)

    def read(self, *activities, at, unread=()):
        """Read what there is by then, once more with what was read before."""
        self.now = at
        self.activities += activities
        source = Pages(*self.activities, unread=unread)
        run = refresh(slot_id(at), source=source, store=self.keeping.store, now=lambda: self.now, policy=self.policy)
        self.runs.append(run)
        return run

    def tell(self, *activities, at, **options):
        """Read, and tell it."""
        return tell(self.read(*activities, at=at, **options), self.telling)

    def quiet_evening(self, *activities):
        """Have every client read for the first time; from then on what fails is news."""
        self.tell(*activities, at=EVENING)
        return self

    def go_on(self, *, after=timedelta(0)):
        self.now += after
        return go_on(self.telling)

    def press(self, line):
        """Do what a person asks for."""
        seams = Seams(
            store=self.keeping.store,
            audit=self.keeping.audit,
            now=lambda: self.now,
            voice=Voice(),
            refresh=lambda _actor: Message("read"),
            policy=self.policy,
        )
        verb, _, argument = line.partition(" ")
        return answer(Intent(verb, argument, JO), seams)

    def heard(self, place=MAIN, *, under=""):
        return [post.message.summary for post in self.chat.in_place(place, under=under)]

    @property
    def cards(self):
        """Give the posts of single causes in the main place."""
        return [post for post in self.chat.in_place(MAIN, under="") if "Backups, " not in post.message.summary]

    @property
    def digests(self):
        return [post for post in self.chat.in_place(MAIN, under="") if "Backups, " in post.message.summary]


def words_of(message):
    """Give all the words of a message, block by block."""
    blocks = (plain(block.spans) if isinstance(block, Paragraph) else str(block) for block in message.blocks)
    return "\n".join((message.summary, *blocks))
