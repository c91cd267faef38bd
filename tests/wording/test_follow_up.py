"""What threads hear, and what their posts say when it is over."""

from datetime import timedelta

from msgspec.structs import replace

from bot.core.digest import rows_of
from bot.core.message import Facts
from bot.core.silence import NO_START
from bot.wording.follow_up import closed_card, closing_message
from bot.wording.incident import row_message
from bot.wording.telling import more_note
from tests.builders import CLOUD, CLOUD_GONE, WEDNESDAY, a_batch, a_memory, an_activity
from tests.messages import NEXT, VOICE, WELL, ended


def heading(message):
    return message.blocks[0].text


def test_a_post_of_days_ago_says_on_which_day_its_cause_ended():
    thread, memory = ended(an_activity("04 09:00"))
    thread = replace(thread, opened_at=thread.opened_at - timedelta(days=2))

    assert "healed by a good backup Wed 09:00" in closed_card(thread, memory, VOICE).summary


def test_a_closed_post_names_all_that_healed_though_it_shrank_before():
    thread, memory = ended(an_activity("04 09:00"), an_activity("04 09:30", workload="SRV2"))
    alone = next(row for row in rows_of(a_memory(WELL, a_batch([an_activity("04 02:00", NO_START)])), now=WEDNESDAY))
    shrunk = replace(thread, shown=row_message(alone, VOICE, now=WEDNESDAY))

    told = closed_card(shrunk, memory, VOICE)
    assert heading(told) == "#1 Acme · SRV1, SRV2: backup destination full"
    assert told.summary.startswith("#1 healed by good backups of all 2, the last 09:30, after ")
    assert "SRV1, SRV2." in str(told.blocks)


def test_machines_of_several_clients_are_named_with_their_clients():
    healed = [an_activity("04 09:00", workload="DC01", client=name, facts=CLOUD) for name in ("Acme", "Fenn", "Kite")]
    told = closing_message(*ended(*healed, of=CLOUD_GONE), VOICE, now=NEXT)

    assert "#1 healed by good backups of all 3, the last 09:00" in told.summary
    assert "Acme DC01, Fenn DC01, Kite DC01." in str(told.blocks)


def test_a_backup_that_never_began_has_no_facts_to_show():
    memory = a_memory(WELL, a_batch([an_activity("04 02:00", NO_START)]))
    (row,) = rows_of(memory, now=WEDNESDAY)

    assert not any(isinstance(block, Facts) for block in row_message(row, VOICE, now=WEDNESDAY).blocks)


def test_one_cause_without_a_post_is_one():
    assert more_note(1).summary == "And 1 more cause needs hands or lasts; “open” lists it."
    assert more_note(31).summary == "And 31 more causes need hands or last; “open” lists them."
