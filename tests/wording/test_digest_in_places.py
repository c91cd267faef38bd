"""The digest where people read it: links to own posts, lists in its thread, and a client's own channel."""

from msgspec.structs import replace

from bot.core.activity import ClientCoverage, Ended, EndReason, Reading, Ref
from bot.core.client_digest import clients_in, of_client
from bot.core.digest import summarise
from bot.core.message import Paragraph, Style, Tone, plain
from bot.wording.client_digest import client_digest_message
from bot.wording.digest import LIST_ROWS, LISTS_MAX, digest_lists, digest_message
from bot.wording.phrases import Voice
from classifier.failure import Failure
from tests.builders import (
    CLOUD,
    CLOUD_GONE,
    CORRUPTED,
    DISK_FULL,
    WEDNESDAY,
    a_batch,
    a_memory,
    an_activity,
    at,
)
from tests.messages import CLIENTS, NIGHT, VOICE, WELL, exposed, huge, night

CLOUD_OUT = a_batch([an_activity("04 03:05", CLOUD_GONE, client=c, facts=CLOUD) for c in ("Kite", "Lumen", "Orchard")])


def found(memory, *, full=True):
    run = memory.runs[-1]
    return summarise(memory, run, now=run.read_at, full=full)


def words_of(message):
    told = (plain(block.spans) for block in message.blocks if isinstance(block, Paragraph))
    return "\n".join((message.summary, *told))


def rows_in(*messages):
    """The numbers of the causes that messages list."""
    spans = [b.spans[0].text for m in messages for b in m.blocks if isinstance(b, Paragraph) and b.spans]
    return [words.split()[0] for words in spans if words.startswith("#")]


# --- links and lists ---------------------------------------------------------------------------------------------


def test_a_row_with_a_post_of_its_own_leads_there():
    digest = found(night())
    row = digest.rows[0]

    message = digest_message(digest, VOICE, links={row.target: "https://chat.example/p1"})

    links = [span for b in message.blocks if isinstance(b, Paragraph) for span in b.spans if span.style is Style.LINK]
    assert [(link.text, link.target) for link in links] == [(f"#{row.number}", "https://chat.example/p1")]
    assert words_of(message) == words_of(digest_message(digest, VOICE))


def test_every_cause_stands_in_the_digest_or_in_its_thread_once():
    codes = [Failure(code=f"Odd{n:02}") for n in range(60)]
    digest = found(a_memory(WELL, a_batch([an_activity("04 02:00", c, client=c.code) for c in codes])))

    told = rows_in(digest_message(digest, VOICE, in_thread=True), *digest_lists(digest, VOICE))

    assert len(told) == len(set(told)) == len(digest.rows) == 60


def test_the_lists_say_which_part_of_which_section_they_are():
    codes = [Failure(code=f"Odd{n:02}") for n in range(30)]
    digest = found(a_memory(WELL, a_batch([an_activity("04 02:00", c, client=c.code) for c in codes])))

    titles = [message.summary for message in digest_lists(digest, VOICE)]

    assert titles == ["MSP · ACT NOW, 9 to 20 of 30", "MSP · ACT NOW, 21 to 30 of 30"]
    assert "and 22 more causes (22 workloads): in the thread" in words_of(digest_message(digest, VOICE, in_thread=True))


def test_a_digest_that_shows_everything_has_no_lists():
    assert digest_lists(found(night()), VOICE) == []


def test_the_lists_end_somewhere_and_count_the_rest():
    digest = found(huge())

    lists = digest_lists(digest, VOICE)

    assert len(lists) == LISTS_MAX
    assert max(len(rows_in(message)) for message in lists) <= LIST_ROWS
    shown = len(rows_in(digest_message(digest, VOICE), *lists))
    assert words_of(lists[-1]).splitlines()[-1].startswith(f"and {len(digest.rows) - shown:,} more causes: open")


def test_a_digest_of_changes_lists_changes_alone():
    bad = [an_activity("04 12:00", CORRUPTED, client="Fenn", workload=name) for name in ("NEW1", "NEW2")]
    bad.append(an_activity("04 12:00", DISK_FULL, client="Fenn", workload="NEW3"))
    digest = found(a_memory(WELL, NIGHT, a_batch(bad, now=at("04 14:45"), clients=CLIENTS)), full=False)

    told = rows_in(digest_message(digest, VOICE, rows_max=1), *digest_lists(digest, VOICE, rows_max=1))
    assert told == [f"#{row.number}" for row in digest.changed]
    assert len(told) == 3 < len(digest.rows)


# --- a client's own channel --------------------------------------------------------------------------------------


def own(memory, client, voice=VOICE, **more):
    narrowed = of_client(found(memory), f"c-{client}")
    assert narrowed is not None
    return client_digest_message(narrowed, Ref(f"c-{client}", client), voice, **more)


def test_a_clients_channel_hears_what_changed_for_it_and_no_other_name():
    words = words_of(own(a_memory(WELL, CLOUD_OUT), "Kite"))

    assert words.startswith("Kite, Wed 06:45: 1 thing to watch")
    assert "cloud storage lost by many clients at once" in words
    assert "Lumen" not in words
    assert "Orchard" not in words


def test_a_clients_channel_hears_nothing_when_only_others_changed():
    bad = an_activity("04 12:00", CORRUPTED, client="Fenn", workload="NEW")
    later = a_batch([bad], now=at("04 14:45"), clients=CLIENTS)
    digest = found(a_memory(WELL, NIGHT, later))

    assert of_client(digest, "c-Lumen") is None
    assert of_client(digest, "c-Fenn") is not None


def test_a_group_that_grew_elsewhere_is_no_news_here():
    joins = an_activity("04 03:30", CLOUD_GONE, client="Fenn", facts=CLOUD)
    more = a_batch([joins], now=at("04 14:45"), clients=CLIENTS)
    digest = found(a_memory(WELL, CLOUD_OUT, more))

    assert [row.novelty for row in digest.rows] == ["grew"]
    assert of_client(digest, "c-Kite") is None
    assert words_of(own(a_memory(WELL, CLOUD_OUT, more), "Fenn")).count("#1 NEW") == 1


def test_a_client_is_called_by_its_own_name_in_its_own_channel():
    words = words_of(own(night(), "Acme", Voice(aliases={"Acme": "the slow payers"})))

    assert words.startswith("Acme, Wed 06:45: 1 thing needs hands")
    assert "slow payers" not in words


def test_a_clients_rows_do_not_repeat_its_name():
    assert "#1 NEW SRV-FILE1, SRV-SQL2 · backup destination full" in words_of(own(night(), "Acme"))


def test_what_healed_ended_or_is_exposed_is_a_change():
    healed = a_batch([an_activity("04 05:00", workload="SRV1")], now=at("04 14:45"))
    message = own(a_memory(WELL, a_batch([an_activity("04 02:00", DISK_FULL)]), healed), "Acme")

    assert (message.summary, message.tone) == ("Acme, Wed 14:45: 1 workload healed", Tone.GOOD)
    assert "Healed: #1 SRV1" in words_of(message)


def test_machines_of_one_name_that_healed_at_two_clients_are_both_counted():
    bad = a_batch([an_activity("04 02:00", DISK_FULL, client=name, workload="DC01") for name in ("Acme", "Fenn")])
    good = [an_activity("04 05:00", client=name, workload="DC01") for name in ("Acme", "Fenn")]
    message = digest_message(found(a_memory(WELL, bad, a_batch(good, now=at("04 14:45")))), VOICE)

    assert "Healed: backup destination full (2 clients, 2 workloads)" in words_of(message)


def test_a_plan_taken_away_is_a_change():
    gone = a_batch([], ended=[Ended("c-Acme", EndReason.PLAN_REVOKED, at("04 05:00"))], now=at("04 14:45"))

    words = words_of(own(a_memory(WELL, a_batch([an_activity("04 02:00", DISK_FULL)]), gone), "Acme"))

    assert "1 backup no longer watched" in words
    assert "NO LONGER WATCHED: SRV1 (plan revoked)" in words


def test_an_unprotected_machine_is_told_to_its_client_once():
    first = of_client(found(exposed()), "c-Fenn")
    again = of_client(found(exposed(afternoon=True)), "c-Fenn")

    assert first is not None
    assert [each.subject.workload.name for each in first.newly_exposed] == ["LAB-PC"]
    assert again is None


def test_not_being_read_any_more_is_told_once():
    memory = a_memory(WELL)
    digest = replace(found(memory), at=WEDNESDAY, since=at("03 22:45"))
    lost = ClientCoverage(Ref("c-Kite", "Kite"), Reading.NO_ACCESS, why="no access", since=WEDNESDAY)
    known = replace(lost, since=at("03 14:45"))

    told = of_client(replace(digest, unread=((lost, 1),)), "c-Kite")

    assert told is not None
    assert "NOT FULLY READ: no access" in words_of(client_digest_message(told, lost.client, VOICE))
    assert of_client(replace(digest, unread=((known, 1),)), "c-Kite") is None


def test_the_first_reading_of_a_client_is_no_news_to_it():
    assert of_client(found(a_memory(NIGHT)), "c-Acme") is None


def test_clients_that_a_reading_speaks_of_are_listed():
    assert [client.name for client in clients_in(found(night()))] == [
        "Acme",
        "Brightwater",
        "Delta Law",
        "Fenn",
        "Kite",
        "Lumen",
        "Orchard",
    ]
    assert clients_in(found(a_memory(WELL, a_batch([], clients=CLIENTS)))) == ()
