"""What one person asks for: their pane, an incident's story, why it says so, a ticket; and sharing an answer."""

import dataclasses
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.commands import answer
from bot.core.intent import Actor, Audience, Intent
from bot.core.message import Buttons, Code, Paragraph
from bot.core.rights import Right, Roles
from bot.core.trouble import Lack, Trouble
from classifier import Cause, Failure
from tests.builders import CLOUD, CLOUD_GONE, CORRUPTED, DISK_FULL, NAS_GONE, a_batch, an_activity, at
from tests.commands.bot import JO, NIGHT, WELL, Bot, words_of

VERA = Actor("U1", "Vera", "slack")
WRAPPED = Failure(
    code="CloudError",
    module="cloud_platform",
    chain=(Cause(0x01350016, "TOL: Failed."), Cause(0x0000FFF0), Cause(0x80070070, "no space")),
    tag="0x8D165E86FB819595",
    build="15.0.38235",
)


@pytest.fixture
def bot():
    return Bot(WELL, NIGHT)


def buttons_of(message):
    rows = [block.buttons for block in message.blocks if isinstance(block, Buttons)]
    alone = [block.button for block in message.blocks if isinstance(block, Paragraph) and block.button]
    return {button.label: button for button in (*alone, *(each for row in rows for each in row))}


def code_of(message):
    return next(block.text for block in message.blocks if isinstance(block, Code))


# --- share -------------------------------------------------------------------------------------------------------


def test_an_answer_can_be_shared_and_then_all_see_it(bot):
    given = bot.ask("client acme", VERA)
    share = buttons_of(given.body)["Share"]

    shared = bot.ask(f"{share.verb} {share.argument}", VERA)

    assert (given.audience, shared.audience) == (Audience.ONLY_ME, Audience.EVERYONE)
    assert words_of(shared.body).splitlines()[1] == "Vera shares: client acme"
    assert shared.body.summary == given.body.summary
    assert "Share" not in buttons_of(shared.body)
    assert [entry.target for entry in bot.audit.entries()] == ["client acme"]


def test_a_card_keeps_its_three_buttons_and_shares_from_the_menu(bot):
    share = buttons_of(bot.ask("open 1", VERA).body)["Share"]

    assert (share.argument, share.menu) == ("open 1", True)


@pytest.mark.parametrize(
    "line", ["home", "audit", "ack 1", "run", "share client acme", "", "nonsense", "client nobody"]
)
def test_only_an_answer_to_a_question_can_be_shared(line):
    bot = Bot(WELL, NIGHT, roles=Roles(Right.ADMINISTER))

    given = bot.ask(f"share {line}", VERA)

    assert given.refused
    assert given.audience is Audience.ONLY_ME
    assert bot.store.memory().acknowledgements == {}


@pytest.mark.parametrize("line", ["home", "help", "client nobody", "ack 1", "error " + "x" * 600])
def test_what_cannot_be_shared_has_no_button_for_it(bot, line):
    body = bot.ask(line, VERA).body

    assert "Share" not in buttons_of(body)


def test_the_console_and_those_who_may_only_ask_are_offered_no_sharing(bot):
    assert "Share" not in buttons_of(bot.ask("client acme", JO).body)
    bot.seams = dataclasses.replace(bot.seams, roles=Roles(Right.VIEW))
    assert "Share" not in buttons_of(bot.ask("client acme", VERA).body)


@pytest.mark.parametrize(
    ("line", "stands"), [("client acme", True), ("client fenn", False), ("open", False), ("open 1", False)]
)
@pytest.mark.parametrize("owner", ["Acme", "c-Acme"])
def test_in_a_clients_own_channel_only_what_is_about_it_can_be_shared(line, stands, owner):
    bot = Bot(WELL, NIGHT, own_channels={"C1": owner})

    here = answer(Intent("share", line, VERA, place="C1"), bot.seams)
    elsewhere = answer(Intent("share", line, VERA, place="C2"), bot.seams)

    assert here.refused is not stands
    assert here.audience is (Audience.EVERYONE if stands else Audience.ONLY_ME)
    assert not elsewhere.refused


# --- home --------------------------------------------------------------------------------------------------------


def test_home_says_what_needs_hands_what_is_mine_and_how_old_it_is(bot):
    bot.ask("ack 1 disk is on order", VERA)

    words = bot.say("home", VERA)

    assert words.startswith("1 thing needs hands · 1 yours · 3 causes open")
    assert "Read 60 min ago: 3 of 3 clients, 8 of 8 workloads" in words
    assert "next refresh 14:45" in words
    lines = words.splitlines()
    assert lines.index("ACT NOW · 1 cause") < lines.index("YOURS · 1 cause")
    assert "Vera has it since 07:45" in lines[lines.index("YOURS · 1 cause") + 1]


@pytest.mark.parametrize(("line", "audience"), [("home", Audience.OWN), ("status", Audience.ONLY_ME)])
def test_ones_own_pane_is_for_nobody_else_wherever_it_is_asked_for(bot, line, audience):
    assert answer(Intent(line, "", VERA, place="C1"), bot.seams).audience is audience


def test_what_is_anothers_is_not_mine(bot):
    bot.ask("ack 1", VERA)

    assert "YOURS" not in bot.say("home", Actor("U2", "Ace", "slack"))


def test_what_lasts_stands_by_itself_however_it_is_judged():
    nights = [
        a_batch([an_activity(f"{day:02} 02:00", NAS_GONE)], now=at(f"{day:02} 06:45"), clients=["Fenn"])
        for day in (3, 4)
    ]

    lines = Bot(*nights).say("home").splitlines()

    assert lines[lines.index("LASTING · 1 cause") + 1].startswith("#1 DAY 2 Acme · SRV1")


def test_home_says_what_is_not_told_and_what_is_stale(bot):
    trouble = Trouble(Lack.TOLD, "Slack C012AB3CD is archived, the fallback is used")
    bot.seams = dataclasses.replace(bot.seams, troubles=lambda: [trouble])
    bot.now += timedelta(hours=9)

    words = bot.say("home")

    assert "STALE, a refresh is missing · Read 10 h ago" in words
    assert "NOT TOLD: Slack C012AB3CD is archived, the fallback is used." in words
    assert "NOT TOLD: Slack C012AB3CD is archived, the fallback is used." in bot.say("status")


def test_a_home_that_could_not_see_everything_is_never_green():
    words = Bot(WELL, a_batch([], unread=["Kite"], clients=["Acme", "Fenn"], now=at("04 06:45"))).say("home")

    assert words.startswith("Nothing needs hands in what could be read")
    assert "NOT FULLY READ: Kite" in words


# --- history and explain -----------------------------------------------------------------------------------------


def test_a_history_tells_runs_and_people_in_order():
    nights = [
        a_batch([an_activity(f"{day:02} 02:00", failure, workload="DC01")], now=at(f"{day:02} 06:45"))
        for day, failure in ((2, DISK_FULL), (3, DISK_FULL), (4, CORRUPTED))
    ]
    bot = Bot(a_batch([an_activity("01 02:00", workload="DC01")], now=at("01 06:45")), *nights)
    bot.ask("ack 1 looking into it", VERA)

    lines = words_of(bot.ask("history 1").body).splitlines()

    assert lines[0] == "#1 Acme · DC01: history, 3 failed runs, last good 3 d"
    assert lines[1:] == [
        "Sun 02:00 last good backup",
        "Mon 02:00 failed first: backup corrupted, will not heal",
        "Mon 06:45 seen here for the first time",
        "02:00 failed last, 3 failed runs since a good backup",
        "06:45 it fails for another cause",
        "07:45 Vera, acknowledge: Vera until 2026-03-07 07:45 UTC: looking into it",
        "The last 30 days: 1 good, 3 failed, 26 without a run",
    ]
    assert code_of(bot.ask("history 1").body).splitlines()[0] == "·" * 26 + "✓✗✗✗"


def test_a_history_knows_what_was_done_to_its_group(bot):
    bot.ask("ack 1", VERA)

    assert "Vera, acknowledge" in bot.say("history 2")


def test_the_history_of_what_healed_says_so():
    healed = a_batch([an_activity("04 07:00", client="Fenn", workload="APP7")], now=at("04 07:15"))

    assert "07:00 healed by a good backup" in Bot(WELL, NIGHT, healed).say("history 4")


@pytest.mark.parametrize("line", ["history", "history 999", "ticket 999", "ticket", "ticket 1 2", "ticket 1 microsoft"])
def test_a_number_that_is_none_is_said(bot, line):
    assert bot.ask(line).refused


def test_an_incident_is_explained_by_its_number_and_a_code_by_itself(bot):
    words = bot.say("explain #3")

    assert words.startswith("#3 Fenn · DC01: why CLIENT · WATCH")
    assert "known by its exact code; who acts is our judgement · rule destination-machine-unreachable" in words
    assert "Raised to act now: if 2 more runs in a row do not go well." in words
    assert bot.say("explain BackupCorrupted").startswith("BackupCorrupted: ")
    assert bot.say("explain 20250646").startswith("0x01350016 only says")


def test_what_time_raised_is_explained():
    nights = [
        a_batch([an_activity(f"{day:02} 02:00", NAS_GONE)], now=at(f"{day:02} 06:45"), clients=["Fenn"])
        for day in (2, 3, 4)
    ]

    words = Bot(*nights).say("explain 1")

    assert words.startswith("#1 Acme · SRV1: why CLIENT · ACT NOW")
    assert "Raised: the rule says WATCH; 3 failed runs ended its patience." in words


def test_a_member_is_explained_with_its_group(bot):
    assert "Told as one: 2 backups of one client fail alike, under #1." in bot.say("explain 2")


# --- ticket ------------------------------------------------------------------------------------------------------


def test_a_ticket_holds_what_acronis_asks_for_and_says_what_is_unknown():
    run = an_activity("04 02:00", WRAPPED, client="Fenn", workload="APP7", id="8f01ac13")
    bot = Bot(WELL, a_batch([run]), data_centre="eu2-cloud.acronis.com")

    pack = code_of(bot.ask("ticket 1 acronis").body)

    for line in (
        "Error: CloudError (cloud_platform)",
        "Leaf: 0x80070070 no space",
        "Codes, outermost first: 0x01350016+0x0000FFF0+0x80070070",
        "HRESULT: 0x80070070",
        "Line tag: 0x8D165E86FB819595",
        "Agent build: 15.0.38235",
        "Operating system: unknown, please fill in",
        "Data centre: eu2-cloud.acronis.com",
        "Tenant: Fenn (c-Fenn)",
        "Workload: APP7 (w-APP7); plan: Nightly (p-Nightly); activity: 8f01ac13",
        "First failed: 2026-03-04 02:00 UTC; newest: 2026-03-04 02:00 UTC",
        "Last good backup: unknown",
        "No other backup of ours fails with this cause now.",
        "[ ] screenshots of the failed activity",
    ):
        assert line in pack.splitlines()


def test_a_ticket_is_written_for_who_leads_and_for_others_when_asked(bot):
    titles = [bot.ask(line).body.summary for line in ("ticket 1", "ticket 3", "ticket 3 acronis")]

    assert titles == [
        "#1 ticket for your own desk: backup destination full",
        "#3 ticket for the client: backup destination unreachable",
        "#3 ticket for Acronis support: backup destination unreachable",
    ]
    assert [(e.action, e.after) for e in bot.audit.entries()] == [
        ("ticket shown", "internal"),
        ("ticket shown", "client-safe"),
        ("ticket shown", "vendor"),
    ]


def test_a_ticket_counts_others_that_fail_alike():
    runs = [an_activity("04 02:00", CORRUPTED, client=name) for name in ("Acme", "Fenn", "Kite")]

    assert "The same cause now: 2 other workloads of 2 clients." in code_of(Bot(a_batch(runs)).ask("ticket 1").body)


def test_a_ticket_for_the_client_names_nobody_else_and_nothing_internal():
    runs = [an_activity("04 02:00", NAS_GONE, client=name) for name in ("Acme", "Fenn")]
    bot = Bot(a_batch(runs))
    bot.ask("ack 1 they never pay", VERA)

    pack = code_of(bot.ask("ticket 1 client").body)

    for secret in ("Fenn", "c-Acme", "w-SRV1", "p-Nightly", "never pay", "rule", "other"):
        assert secret not in pack
    assert "backup of SRV1" in pack
    assert "they never pay" in code_of(bot.ask("ticket 1 msp").body)


def test_a_ticket_about_many_clients_is_no_clients():
    runs = [an_activity("04 03:00", CLOUD_GONE, client=c, facts=CLOUD) for c in ("Acme", "Fenn", "Kite")]
    bot = Bot(WELL, a_batch(runs))

    given = bot.ask("ticket 1 client")

    assert given.refused
    assert "touches 3 clients" in given.body.summary
    assert "ticket for Acronis support" in bot.ask("ticket 1").body.summary


def test_a_ticket_calls_a_client_by_its_own_name(bot):
    bot.seams = dataclasses.replace(bot.seams, voice=replace(bot.seams.voice, aliases={"Acme": "A-17"}))

    assert "Tenant: Acme (c-Acme)" in code_of(bot.ask("ticket 1 acronis").body)
