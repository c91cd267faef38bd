"""The commands on top of a memory store with a history: no chat, no network."""

from datetime import timedelta

from bot.commands import answer, read_intent
from bot.commands.seams import Seams
from bot.core.intent import Actor
from bot.core.message import Message, Paragraph, plain
from bot.stores.memory import MemoryAudit, MemoryStore
from bot.wording.answers import plain_message
from bot.wording.phrases import Voice
from classifier.facts import JobFacts, Kind, Trigger
from tests.builders import DISK_FULL, NAS_GONE, STRANGE, WEDNESDAY, a_batch, a_memory, an_activity, at

JO, ANN = Actor("u1", "Jo", "console"), Actor("u2", "Ann", "console")
WELL = a_batch([an_activity("03 02:00", client=name) for name in ("Acme", "Fenn", "Kite")], now=at("03 06:45"))
NIGHT = a_batch(
    [
        an_activity("04 02:00", DISK_FULL, workload="FILE1"),
        an_activity("04 02:01", DISK_FULL, workload="SQL2"),
        an_activity("04 02:02", NAS_GONE, client="Fenn", workload="DC01"),
        an_activity("04 02:03", STRANGE, client="Fenn", workload="APP7"),
        an_activity(
            "04 02:04",
            client="Kite",
            workload="DC01",
            facts=JobFacts(trigger=Trigger.MANUAL, kind=Kind.VM, why={"rhythm": "the plan's settings were not read"}),
        ),
    ]
)


class Bot:
    """A store with a history, and the commands on top of it."""

    def __init__(self, *batches, **seams) -> None:
        self.store = MemoryStore(a_memory(*batches))
        self.audit = MemoryAudit()
        self.now = WEDNESDAY + timedelta(hours=1)
        self.refreshed = 0
        self.seams = Seams(
            store=self.store,
            audit=self.audit,
            now=lambda: self.now,
            voice=Voice(),
            refresh=self._refresh,
            due_at=lambda: at("04 06:45") if self.now < at("04 14:45") else at("04 14:45"),
            next_at=lambda: at("04 14:45"),
            **seams,
        )

    def _refresh(self, actor):
        self.refreshed += 1
        return plain_message(f"read for {actor.name}")

    def ask(self, typed, actor=JO):
        return answer(read_intent(typed, actor), self.seams)

    def say(self, typed, actor=JO):
        body = self.ask(typed, actor).body
        assert isinstance(body, Message)
        return words_of(body)


def words_of(message: Message) -> str:
    paragraphs = [plain(block.spans) for block in message.blocks if isinstance(block, Paragraph)]
    return "\n".join([message.summary, *paragraphs])
