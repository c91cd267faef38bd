"""Clients worked out once are never those of an earlier picture."""

from bot.commands.directory import Directory
from bot.commands.find import client_names
from bot.jobs.refresh import refresh
from bot.wording.phrases import Voice
from tests.builders import DISK_FULL, WEDNESDAY, an_activity
from tests.commands.bot import NIGHT, WELL, Bot
from tests.jobs.test_refresh import Pages


def test_a_client_that_was_read_since_is_found_at_once():
    bot = Bot(WELL)
    before = bot.ask("client newcomer")
    source = Pages(an_activity("04 02:00", DISK_FULL, client="Newcomer", workload="SRV-1"), clients=("Newcomer",))
    refresh("s", source=source, store=bot.store, now=lambda: WEDNESDAY)

    assert before.refused
    assert "SRV-1" in bot.say("client newcomer")


def test_names_are_worked_out_again_only_when_clients_or_workloads_changed():
    bot, directory = Bot(WELL, NIGHT), Directory()
    memory = bot.seams.store.memory()
    names = directory.names(memory, Voice())
    bot.ask("ack 1")
    after = bot.seams.store.memory()

    assert after.acknowledgements != memory.acknowledgements
    assert directory.names(after, Voice()) is names == client_names(after, Voice())


def test_another_voice_gives_other_names():
    bot, directory = Bot(WELL, NIGHT), Directory()
    memory = bot.seams.store.memory()
    id, (name, *_) = next(iter(directory.names(memory, Voice()).items()))

    assert directory.names(memory, Voice(aliases={id: "A-17"}))[id] == ["A-17", name]


def test_what_is_a_clients_is_what_a_walk_over_all_finds():
    bot, directory = Bot(WELL, NIGHT), Directory()
    memory = bot.seams.store.memory()

    for id in memory.clients:
        walked = [each for each in memory.standings.values() if each.subject.client.id == id]
        assert list(directory.standings(id, memory, Voice())) == walked
