"""What a ticket gathers."""

import pytest

from bot.core.digest import rows_of
from bot.core.ticket import MEMBERS_MAX, Wanted, ticket_of, wanted_for
from classifier import classify
from classifier.failure import Cause, Failure
from tests.builders import CLOUD_GONE, DISK_FULL, WEDNESDAY, a_batch, a_memory, an_activity
from tests.messages import night


def ticket(memory, index=0):
    return ticket_of(rows_of(memory, now=WEDNESDAY)[index], memory)


@pytest.mark.parametrize(
    ("failure", "wanted"),
    [
        (DISK_FULL, {Wanted.SYSTEM_REPORT, Wanted.SCREENSHOTS}),
        (CLOUD_GONE, {Wanted.SYSTEM_REPORT, Wanted.CONNECTION_TEST, Wanted.SCREENSHOTS}),
        (Failure(code="MemoErrorCrashUnknown"), {Wanted.SYSTEM_REPORT, Wanted.CRASH_DUMP, Wanted.SCREENSHOTS}),
        (Failure(code="FailedToReadDisk"), {Wanted.SYSTEM_REPORT, Wanted.DISK_REPORT, Wanted.SCREENSHOTS}),
        (Failure(text="The agent is offline"), {Wanted.TWO_REPORTS, Wanted.SCREENSHOTS}),
    ],
)
def test_what_support_wants_depends_on_the_trouble(failure, wanted):
    assert set(wanted_for(classify(failure))) == wanted


def test_a_large_group_names_ten_and_counts_the_rest():
    found = ticket(night(), 3)

    assert (len(found.backups), found.more) == (MEMBERS_MAX, 12)
    assert found.alike_workloads == 0


def test_articles_are_acronis_own_pages_about_it():
    failure = Failure(code="Odd", chain=(Cause(0x015D001F),))

    found = ticket(a_memory(a_batch([an_activity("04 02:00", failure)])))

    assert found.articles == ("https://kb.acronis.com/content/61698",)
    assert (found.chain, found.hresult) == ("0x015D001F", "")
