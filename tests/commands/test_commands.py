"""What people ask and press, answered from a memory store: no chat, no network."""

import dataclasses
import re
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from msgspec.structs import replace

from bot.commands import COMMANDS, answer
from bot.core.activity import Outcome, Ref
from bot.core.incident import Acknowledgement
from bot.core.intent import Actor, Form, Intent
from bot.core.memory import MISSED, AuditEntry
from bot.core.message import Button, Buttons, Facts, Paragraph, plain
from bot.core.rights import Right, Roles
from bot.stores.memory import MemoryStore
from classifier import Cause, Failure
from classifier.rule import Code, row
from classifier.rulebook import DEFAULT, Mute
from classifier.verdict import Disposition, Domain, Party
from tests.builders import (
    CLOUD,
    CLOUD_GONE,
    CORRUPTED,
    DISK_FULL,
    STRANGE,
    a_batch,
    an_activity,
    at,
)
from tests.commands.bot import ANN, JO, NIGHT, WELL, Bot
from tests.messages import MESSAGES


@pytest.fixture
def bot():
    return Bot(WELL, NIGHT)


def test_a_client_is_found_by_a_part_of_its_name_in_any_case(bot):
    assert bot.say("client aCM").startswith("Acme: 2 of 3 workloads in trouble, 1 cause")


def test_a_healthy_client_is_said_to_be_well(bot):
    assert bot.say("client kite").startswith("Kite: all 2 workloads well")


def test_a_client_that_was_not_read_is_never_said_to_be_well():
    bot = Bot(WELL, a_batch([], unread=["Kite"], clients=["Acme", "Fenn"]))

    words = bot.say("client kite")

    assert "not known: it could not be read" in words
    assert "NOT READ since 06:45: timed out" in words


def test_a_misspelt_client_gets_suggestions_that_can_be_pressed(bot):
    given = bot.ask("client akme")

    assert given.refused
    assert "Did you mean “Acme”?" in given.body.summary
    assert [b.button.argument for b in given.body.blocks if isinstance(b, Paragraph) and b.button] == ["Acme"]


def test_an_error_says_what_it_means_and_who_has_it(bot):
    words = bot.say("error BackupDestinationDiskFullWithPartition")

    assert "MSP · ACT NOW" in words
    assert "Who has it: 2 workloads of 1 client now" in words
    assert "FILE1" in words


def test_an_error_nobody_has_says_so(bot):
    assert "Who has it: nobody has it now" in bot.say("error BackupCorrupted")


def test_a_code_no_rule_knows_is_found_where_it_happens(bot):
    words = bot.say("error NeverSeenBefore")

    assert "1 workload of 1 client now" in words
    assert "APP7" in words


def test_a_code_no_rule_knows_is_found_in_any_notation_of_its_number():
    strange = Failure(code="NeverSeenBefore", chain=(Cause(0x01E50023),))
    bot = Bot(WELL, a_batch([an_activity("04 02:00", strange, client="Fenn", workload="APP7")]))

    for asked in ("0x01E50023", "0x1e50023", "485/35", "31784995", "code 35 module 485"):
        assert "APP7" in bot.say(f"error {asked}")


def test_a_misspelt_error_gets_suggestions_with_their_meaning(bot):
    given = bot.ask("error BakupCorupted")

    assert given.refused
    assert "Did you mean “BackupCorrupted”" in given.body.summary
    buttons = {b.button.argument: plain(b.spans) for b in given.body.blocks if isinstance(b, Paragraph) and b.button}
    assert buttons["BackupCorrupted"] == "backup corrupted, will not heal."


def test_an_error_near_nothing_is_to_be_read_in_the_log(bot):
    given = bot.ask("error zzzzqqqq")

    assert given.refused
    assert "Read the log of the failed activity" in given.body.summary


def test_an_error_says_where_it_is_written_down_and_links_to_it(bot):
    body = bot.ask("error 0x015D001F").body

    spans = [span for block in body.blocks if isinstance(block, Paragraph) for span in block.spans]
    assert ("KB 61698", "https://kb.acronis.com/content/61698") in {(span.text, span.target) for span in spans}


def test_an_error_says_what_acronis_has_tried(bot):
    assert "Already tried: for up to two hours at the start, by the agent itself." in bot.say(
        "error CloudStorageUnavailable"
    )


def test_everything_an_error_may_mean_is_told_the_first_in_full(bot):
    body = bot.ask("error BadRequest").body

    also = [block for block in body.blocks if isinstance(block, Paragraph) and plain(block.spans).startswith("Also")]
    assert body.summary.startswith("BadRequest: ")
    assert [plain(block.spans).split(" (")[0] for block in also] == ["Also General/BadRequest"]
    assert all(bot.ask(f"{block.button.verb} {block.button.argument}").body.summary for block in also)


def test_everyday_words_get_the_rule_of_that_name_and_what_else_they_may_mean(bot):
    words = bot.say("error disk full")

    assert "Windows says the disk is full." in words
    assert "Perhaps BackupDestinationDiskFullWithPartition: backup destination full · MSP · ACT NOW" in words


def test_only_those_who_carry_a_code_have_it_when_only_its_family_is_known():
    asked, other = (Failure(code="Odd", chain=(Cause(number),)) for number in (0x00A1BEEF, 0x00A1BEE0))
    activities = [
        an_activity("04 02:00", asked, client="Fenn", workload="APP7"),
        an_activity("04 02:00", other, client="Kite", workload="APP8"),
    ]

    words = Bot(WELL, a_batch(activities)).say("error 161/48879")

    assert "not known itself; its module 161 (0x00A1) is." in words
    assert "known by its family alone" in words
    assert "APP7" in words
    assert "APP8" not in words


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("20250646", "0x01350016 only says that a command failed. First step: "),
        ("0xB9F2653089B4A64A", "a line tag"),
        ("8F01AC13-F59E-4851-9204-DE1FD77E36B4", "an activity's type: backing up; it says which step, never why."),
        ('{"result": {"code": "ok"}}', "No failure is told in it"),
        ("#5", "#5 is an incident: open 5"),
        ("cancelled", "“cancelled” is only the result of a run: open the failed activity"),
        ("S_OK", "That means success."),
    ],
)
def test_what_means_nothing_by_itself_is_explained(bot, asked, words):
    given = bot.ask(f"error {asked}")

    assert not given.refused
    assert words in given.body.summary


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("0x80070035, 0x80070005", "Also 0x80070005: "),
        ("TimeoutError", "Only if RunVMAgent gave it."),
        ("disk-full", "found by the rule's name"),
        ("KB 61698", "found by its KB article"),
        ("NeverSeenBefore", "No rule knows it. Write one: docs/own-rules.md."),
        ("timeout error", "Only RunVMAgent (disaster recovery) uses this name."),
    ],
)
def test_how_a_question_was_understood_is_said(bot, asked, words):
    said = bot.say(f"error {asked}")

    assert words in said
    assert "no rule of ours" not in said


def test_a_rule_of_ours_that_was_changed_is_told_as_ours(bot):
    changed = replace(next(rule for rule in DEFAULT.rules if rule.name == "disk-full"), own=True)
    bot.seams = dataclasses.replace(bot.seams, rules=DEFAULT.with_own([changed]))

    assert "our rule disk-full, as you changed it in app.yaml" in bot.say("error 0x80070070")


def test_a_pasted_message_is_read_in_chat(bot):
    pasted = """Error code: 22
        Module: 309
        LineInfo: 0x8D165E86FB819595
        Fields: {"$module":"quay_vsa64_40999"}
        Message: TOL: Failed to execute the command.
        ------------------------
        Error code: 65520
        Module: 0
        LineInfo: 0x8D165E86FB819596
        Fields: {"$module":"quay_vsa64_40999","code":"2147942512"}
        Message: kein Platz"""

    assert bot.say(f"error {pasted}").startswith("0x80070070: MSP · ACT NOW")


def test_the_operators_own_rules_and_mutes_are_told_as_theirs(bot):
    ours = row(
        Domain.ENVIRONMENT,
        "our-ferry",
        Code("FerryMissed"),
        who=Party.CLIENT,
        act=Disposition.MONITOR,
        cause="The ferry has left.",
        first_step="Wait for the next one.",
        source="our ticket 4411",
    )
    mute = Mute("FerryMissed", at("07 06:45"), "no ferry in winter")
    bot.seams = dataclasses.replace(bot.seams, rules=DEFAULT.with_own([replace(ours, own=True)], mutes=[mute]))

    words = bot.say("error ferrymissed")

    assert "known by its exact code · your own rule our-ferry" in words
    assert "Muted in app.yaml until Sat 06:45 (no ferry in winter)." in words
    assert "our judgement" not in words


def test_a_workload_answers_with_eleven_facts_known_or_not(bot):
    given = bot.ask("job kite dc01")

    facts = next(block for block in given.body.blocks if type(block).__name__ == "Facts")
    assert len(facts.pairs) == 11
    assert ("Started", "manual") in facts.pairs
    assert ("Rhythm", "unknown (the plan's settings were not read)") in facts.pairs
    assert ("Destination", "unknown") in facts.pairs


def test_a_name_that_two_clients_use_is_asked_back(bot):
    given = bot.ask("job dc01")

    assert given.refused
    assert "“Fenn DC01”, “Kite DC01”" in given.body.summary


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("open", "Open: 3 causes, 4 workloads"),
        ("open msp", "Open for MSP: 2 causes, 3 workloads"),
        ("open client", "Open for Client: 1 cause, 1 workload"),
        ("open domain environment", "Open in Environment: 2 causes, 3 workloads"),
        ("open unknown", "Open in Unknown: 1 cause, 1 workload"),
        ("open act now", "Act now: 2 causes, 3 workloads"),
        ("open wait", "Wait: 0 causes, 0 workloads"),
        ("open fenn", "Open for Fenn: 2 causes, 2 workloads"),
        ("open mine", "Yours: 0 causes, 0 workloads"),
    ],
)
def test_open_can_be_narrowed(bot, typed, title):
    assert bot.ask(typed).body.summary == title


def test_a_long_list_has_pages():
    bot = Bot(WELL, a_batch([an_activity("04 02:00", STRANGE, client=f"C{n:02}") for n in range(40)]))

    assert "and 25 more: add “page 2”" in bot.say("open")
    assert "and 10 more: add “page 3”" in bot.say("open msp page 2")


def test_a_number_shows_the_card(bot):
    assert "FILE1" in bot.ask("open 1").body.summary


def test_the_first_press_has_it_and_the_second_is_told_who(bot):
    first, second = bot.ask("ack 1 disk is on order"), bot.ask("ack 1", ANN)

    assert first.body.summary.startswith("#1 Acme · FILE1, SQL2: yours.")
    assert first.body.summary.endswith("You say: disk is on order.")
    assert second.refused
    assert second.body.summary == "#1: Jo has it since 07:45. They say: disk is on order"


def test_of_eight_who_press_at_once_one_has_it(bot):
    answers = []
    people = [Actor(f"u{n}", f"P{n}", "console") for n in range(8)]
    threads = [Thread(target=lambda who=who: answers.append(bot.ask("ack 1", who))) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(given.refused for given in answers) == [False] + [True] * 7


def test_acknowledging_twice_keeps_the_newer_comment(bot):
    bot.ask("ack 1 looking")
    bot.ask("ack 1 disk is on order")

    (given,) = bot.store.memory().acknowledgements.values()
    assert given.comment == "disk is on order"


def test_an_acknowledgement_ends_by_itself(bot):
    bot.ask("ack 1")
    bot.now += timedelta(days=3)

    assert not bot.ask("ack 1", ANN).refused


def test_several_can_be_taken_at_once(bot):
    given = bot.ask("ack 1, 3 4")

    assert len(bot.store.memory().acknowledgements) == 3
    assert len(given.touched) == 3


def test_a_member_of_a_group_can_be_taken_alone(bot):
    bot.ask("ack 2")

    (target,) = bot.store.memory().acknowledgements
    assert "SQL2" in target


def test_what_is_given_back_is_nobodys(bot):
    bot.ask("ack 1")

    assert bot.ask("unack 1", ANN).body.summary == "#1 is nobody's now; it was Jo's."
    assert bot.ask("unack 1").body.summary == "#1 is nobody's already."


def test_a_stale_button_hears_the_truth():
    bot = Bot(WELL, NIGHT, a_batch([an_activity("04 07:00", client="Fenn", workload="APP7")], now=at("04 07:15")))

    given = bot.ask("ack 4")

    assert given.refused
    assert given.body.summary == "#4 healed 07:00; it is no longer open."


def test_a_number_that_never_was_is_said(bot):
    assert bot.ask("ack 999").body.summary == "There is no #999. “open” lists what is."


def test_snoozing_needs_a_time_and_asks_for_it(bot):
    form = bot.ask("snooze 1").body

    assert isinstance(form, Form)
    assert form.inputs[0].options == (
        ("2026-03-04 11:45", "in 4 hours (Wed 11:45)"),
        ("2026-03-05 07:00", "tomorrow morning (Thu 07:00)"),
        ("2026-03-09 07:00", "Monday morning (Mon 07:00)"),
        ("2026-03-11 07:45", "in a week (Wed 07:45)"),
    )
    filled = Intent(form.verb, form.argument, JO, inputs={"until": "tomorrow 09:00", "why": "parts come"})
    assert answer(filled, bot.seams).body.summary.startswith("#1 Acme · FILE1, SQL2: snoozed until Thu 09:00.")


def test_nobody_fills_a_form_for_what_cannot_be_snoozed():
    healed = a_batch([an_activity("04 07:00", client="Fenn", workload="APP7")], now=at("04 07:15"))
    bot = Bot(WELL, NIGHT, healed)
    bot.ask("ack 1", ANN)

    assert bot.ask("snooze 4").body.summary == "#4 healed 07:00; it is no longer open."
    assert bot.ask("snooze 1").body.summary == "#1: Ann has it since 07:45."
    assert isinstance(bot.ask("snooze 1 3").body, Form)


@pytest.mark.parametrize("chosen", range(4))
def test_each_end_that_is_offered_is_understood(bot, chosen):
    form = bot.ask("snooze 1").body
    until, _ = form.inputs[0].options[chosen]

    assert not answer(Intent(form.verb, form.argument, JO, inputs={"until": until}), bot.seams).refused


def test_an_exact_end_goes_before_the_one_that_was_offered(bot):
    both = {"until": "2026-03-05 07:00", "at": "2026-03-06 09:00"}

    assert "snoozed until Fri 09:00" in answer(Intent("snooze", "1", JO, inputs=both), bot.seams).body.summary


def test_snoozing_in_one_line(bot):
    bot.ask("snooze 1 tomorrow 18:00 because the disk comes then")

    (given,) = bot.store.memory().acknowledgements.values()
    assert (given.until, given.comment, given.snoozed) == (at("05 18:00"), "the disk comes then", True)


@pytest.mark.parametrize(
    "typed", ["snooze 1 someday", "snooze 1 2026-03-01", "snooze 1 52w", "snooze", "snooze 1 2026-03-05 25:00"]
)
def test_a_snooze_that_cannot_be_says_how(bot, typed):
    assert bot.ask(typed).refused
    assert bot.store.memory().acknowledgements == {}


def test_who_did_what_is_written_down(bot):
    for typed in ("ack 1 mine", "unack 1", "snooze 1 4h", "run"):
        bot.ask(typed)

    entries = bot.audit.entries()
    assert [entry.action for entry in entries] == ["acknowledge", "unacknowledge", "snooze", "run"]
    assert all(entry.actor == "console:u1 Jo" for entry in entries)


def test_run_reads_now_and_answers_with_what_it_found(bot):
    assert bot.ask("run").body.summary == "read for Jo"
    assert bot.refreshed == 1


def test_status_says_how_old_the_last_reading_is(bot):
    assert bot.ask("status").body.summary == "fortress: last refresh 60 min ago"


def test_status_is_stale_when_a_slot_was_missed(bot):
    bot.now += timedelta(hours=9)

    assert bot.ask("status").body.summary == "fortress: STALE, the refresh of 14:45 is missing"


def test_status_names_the_readings_of_the_last_days_that_never_were(bot):
    for slot in ("2026-02-01T22:45:00Z", "2026-03-03T22:45:00Z"):
        bot.audit.record(AuditEntry(bot.now, "fortress", MISSED, slot))

    facts = dict(bot.ask("status").body.blocks[1].pairs)

    assert facts["Missed"] == "Tue 22:45"


def test_help_lists_every_command(bot):
    lists = [block.pairs for block in bot.ask("help").body.blocks if isinstance(block, Facts)]

    assert {label.split(" ")[0] for pairs in lists for label, _ in pairs} == {c.verb for c in COMMANDS} | {"help"}
    assert max(len(words) for pairs in lists for pair in pairs for words in pair) <= 50  # a phone is not wide


def test_the_page_about_commands_has_each_with_its_right():
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
    rows = {cells[1].strip().strip("`").replace("\\|", "|"): cells[-2].strip() for cells in table_rows(page)}

    for command in COMMANDS:
        assert rows[command.line] == command.right


def table_rows(page):
    return [re.split(r"(?<!\\)\|", line) for line in page.splitlines() if line.startswith("| `")]


def test_help_leaves_out_what_one_may_not_do(bot):
    bot.seams = dataclasses.replace(bot.seams, roles=Roles(Right.ACT))

    words = bot.say("help", Actor("U1", "Vera", "slack"))

    assert ("Act" in words, "Read" in words) == (True, False)


def test_a_mistyped_verb_gets_the_nearest_with_the_rest_of_the_line(bot):
    given = bot.ask("cleint acme").body

    assert "Did you mean “client”?" in given.summary
    assert given.blocks[1].button == Button("client acme", "client", "acme")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.verb)
@pytest.mark.parametrize(
    "argument", ["", "<!channel>", "x" * 3000, "9" * 5000, "page " + "9" * 5000, "\u202e\x1b[2J", "0", "{}", "🦊"]
)
@pytest.mark.parametrize("batches", [(), (WELL, NIGHT)], ids=["empty", "full"])
def test_no_command_fails_on_odd_input(command, argument, batches):
    given = Bot(*batches).ask(f"{command.verb} {argument}")

    assert isinstance(given.body, Form) or 0 < len(given.body.summary) < 1000


def test_every_spelling_of_a_verb_means_one_command():
    spellings = [verb for command in COMMANDS for verb in (command.verb, *command.also)]

    assert len(spellings) == len(set(spellings))


def test_an_unread_workload_answers_with_what_was_last_known():
    bot = Bot(WELL, a_batch([an_activity("04 02:00", CORRUPTED)]), a_batch([], unread=["Acme"], now=at("04 07:00")))

    assert bot.ask("job acme srv1").body.summary == "Acme · SRV1: the last run failed 5 h ago"


def test_a_running_job_is_not_called_failed():
    job = replace(an_activity("04 05:00", outcome=Outcome.RUNNING, workload="NEW"), id="job")

    assert Bot(WELL, a_batch([job])).ask("job new").body.summary == "Acme · NEW: running since 05:00, no result yet"


def test_a_workload_that_never_had_a_result_is_not_called_well():
    job = replace(an_activity("04 05:00", outcome=Outcome.RUNNING, client="Kite", workload="NEW"), id="job")

    assert "1 workload of 2 without a result yet" in Bot(WELL, a_batch([job])).say("client kite")


def test_of_two_plans_the_one_in_trouble_answers():
    batch = a_batch([an_activity("04 02:00", DISK_FULL, plan="A"), an_activity("04 03:00", plan="B")])

    words = Bot(WELL, batch).say("job acme srv1")

    assert "the last run failed" in words
    assert "Also under plan B: succeeded" in words


def test_a_client_hears_nothing_of_the_others_in_its_group():
    batch = a_batch([an_activity("04 03:00", CLOUD_GONE, client=c, facts=CLOUD) for c in ("Acme", "Fenn", "Kite")])

    words = Bot(WELL, batch).say("client kite")

    assert words.startswith("Kite: 1 of 1 workload in trouble, 1 cause")
    assert "Acme" not in words


def test_who_has_the_group_has_its_members_too(bot):
    bot.ask("ack 1")

    second = bot.ask("ack 2", ANN)

    assert second.refused
    assert "Jo has it" in second.body.summary
    assert "Jo has it" in bot.say("open 2")


def test_who_has_a_part_of_a_group_is_named(bot):
    bot.ask("ack 2")

    assert "Jo has 1 of 2" in bot.say("open acme")


def test_what_several_hold_one_by_one_can_be_given_back_together(bot):
    bot.ask("ack 1", ANN)
    bot.ask("unack 1")
    bot.store.acknowledge(ack_of(bot, 1, ANN), instead_of=None)
    bot.store.acknowledge(ack_of(bot, 2, JO), instead_of=None)

    assert "Ann, Jo" in bot.ask("unack 1").body.summary
    assert bot.store.memory().acknowledgements == {}


def ack_of(bot, number, actor):
    incident = next(i for i in bot.store.memory().incidents.values() if i.number == number)
    return Acknowledgement(incident.key, actor.id, actor.name, bot.now, incident.cause, incident.disposition)


def test_the_last_member_of_a_group_stays_with_who_had_the_group(bot):
    bot.ask("ack 1")
    memory = bot.store.memory()
    healed = a_batch([an_activity("04 07:00", workload="FILE1")], now=at("04 07:10"))
    later = Bot(WELL, NIGHT, healed)
    later.store = MemoryStore(replace(later.store.memory(), acknowledgements=memory.acknowledgements))
    later.seams = dataclasses.replace(later.seams, store=later.store)

    assert "Jo has it" in later.say("open 2")


def test_a_healed_members_number_leads_to_the_rest_of_its_group():
    machines = a_batch([an_activity("04 02:00", DISK_FULL, workload=f"PC{n}") for n in range(3)])
    healed = a_batch([an_activity("04 07:00", workload="PC0")], now=at("04 07:10"))

    assert not Bot(WELL, machines, healed).ask("ack 1").refused


def test_twenty_at_once_are_enough():
    batch = a_batch([an_activity("04 02:00", STRANGE, client=f"C{n:02}") for n in range(30)])
    bot = Bot(WELL, batch)

    bot.ask("ack " + " ".join(str(n) for n in range(1, 26)))

    assert len(bot.store.memory().acknowledgements) == 20


def test_two_clients_of_one_name_are_told_apart():
    one = an_activity("04 02:00", client="Acme")
    other = replace(one, subject=replace(one.subject, client=Ref("c-other", "Acme")), id="other")
    bot = Bot(a_batch([one, other]))

    given = bot.ask("client acme")
    choices = [b.button.argument for b in given.body.blocks if isinstance(b, Paragraph) and b.button]

    assert choices == ["Acme (c-Acme)", "Acme (c-other)"]
    assert not bot.ask(f"client {choices[1]}").refused


def test_every_button_there_is_presses_a_command():
    known = {verb for command in COMMANDS for verb in (command.verb, *command.also)}

    pressed = {
        button.verb
        for make in MESSAGES.values()
        for block in make().blocks
        for button in (block.buttons if isinstance(block, Buttons) else (getattr(block, "button", None),))
        if button is not None
    }
    assert pressed <= known
    assert {"ack", "snooze", "ticket", "history", "explain", "unack", "open"} <= pressed


@pytest.mark.parametrize("name", [name for name in MESSAGES if name.startswith("card")])
def test_a_card_shows_three_buttons_at_the_most_and_offers_to_take_only_what_is_free(name):
    rows = [block.buttons for block in MESSAGES[name]().blocks if isinstance(block, Buttons)]

    for buttons in rows:
        verbs = {button.verb for button in buttons}
        assert sum(not button.menu for button in buttons) <= 3
        assert ("unack" in verbs) == (name == "card-owned")
        assert ("ack" in verbs) != (name == "card-owned")
