"""Filing after a reading: each publisher once, the others whatever one does, and trouble that can be seen."""

import pytest

from bot.core.digest import rows_of
from bot.core.message import Paragraph, plain
from bot.core.policy import DEFAULT
from bot.core.route import Route
from bot.core.trouble import Lack, Trouble
from bot.errors import Refused, Unavailable
from bot.jobs.publish import OURS, Cabinet, forget_others, publish
from bot.stores.memory import build as memory_store
from bot.wording.answers import status_message
from bot.wording.phrases import Voice
from bot.wording.telling import not_filed
from tests.builders import DISK_FULL, WEDNESDAY, a_batch, a_memory, an_activity

NIGHT = a_memory(a_batch([an_activity(failure=DISK_FULL), an_activity(workload="SRV2")]))
AWAY = Unavailable("the disk is full")
NO_RIGHT = Refused("no right", remedy="give it the right to write")


class Shelf:
    """Where reports are filed, in memory."""

    def __init__(self, name="shelf", *, error=None):
        self.name, self.place, self.error = name, f"/{name}", error
        self.filed = []

    def publish(self, filing):
        if self.error is not None:
            raise self.error
        self.filed.append((filing.slot, sum(1 for _ in filing.jobs.rows)))
        return self.place


def cabinet(*shelves, tmp_path):
    keeping = memory_store(tmp_path)
    return Cabinet({shelf.name: shelf for shelf in shelves}, keeping.routes, lambda: WEDNESDAY)


def file(cabinet, memory=NIGHT):
    return publish(memory, cabinet, voice=Voice(), policy=DEFAULT)


def test_a_reading_is_filed_once_with_every_job(tmp_path):
    shelf = Shelf()
    desk = cabinet(shelf, tmp_path=tmp_path)

    assert file(desk)
    assert file(desk)

    assert shelf.filed == [(NIGHT.runs[-1].slot, 2)]


def test_after_a_restart_the_newest_reading_is_filed_again(tmp_path):
    shelf = Shelf()

    for _ in range(2):
        file(cabinet(shelf, tmp_path=tmp_path))

    assert len(shelf.filed) == 2


@pytest.mark.parametrize("error", [AWAY, NO_RIGHT, ValueError("ours")])
def test_one_that_fails_keeps_no_other_from_filing(tmp_path, error):
    good = Shelf("good")
    desk = cabinet(Shelf("bad", error=error), good, tmp_path=tmp_path)

    assert not file(desk)

    assert len(good.filed) == 1


def test_one_that_failed_is_tried_again_and_the_other_is_not(tmp_path):
    bad, good = Shelf("bad", error=AWAY), Shelf("good")
    desk = cabinet(bad, good, tmp_path=tmp_path)
    file(desk)
    bad.error = None

    assert file(desk)

    assert (len(bad.filed), len(good.filed)) == (1, 1)
    assert desk.routes.all() == ()


def test_its_trouble_is_seen_in_status_with_what_to_do(tmp_path):
    desk = cabinet(Shelf(error=NO_RIGHT), tmp_path=tmp_path)
    file(desk)

    (route,) = desk.routes.all()
    words = not_filed(route, Voice(), now=WEDNESDAY)
    shown = status_message(
        NIGHT, rows_of(NIGHT, now=WEDNESDAY), Voice(), now=WEDNESDAY, troubles=[Trouble(Lack.FILED, words)]
    )

    lines = [plain(block.spans) for block in shown.blocks if isinstance(block, Paragraph)]
    assert "NOT FILED: reports in /shelf, since 06:45: no right: give it the right to write." in lines


def test_what_is_our_own_fault_is_told_without_its_inner_words(tmp_path):
    desk = cabinet(Shelf(error=ValueError("secret inner words")), tmp_path=tmp_path)

    file(desk)

    assert [route.why for route in desk.routes.all()] == [OURS]


def test_the_same_trouble_is_logged_once(tmp_path, caplog):
    desk = cabinet(Shelf(error=AWAY), tmp_path=tmp_path)

    for _ in range(3):
        file(desk)

    assert caplog.text.count("the disk is full") == 1


def test_the_trouble_of_one_that_is_switched_off_is_forgotten_and_a_chats_is_not(tmp_path):
    desk = cabinet(Shelf("kept", error=AWAY), tmp_path=tmp_path)
    chat = Route("slack", "C1", broken_at=WEDNESDAY, why="gone")
    desk.routes.keep(Route("off", "/off", broken_at=WEDNESDAY), Route("kept", "/elsewhere", broken_at=WEDNESDAY), chat)
    file(desk)

    forget_others(["off", "kept"], desk)

    assert {(route.chat, route.place) for route in desk.routes.all()} == {("kept", "/kept"), ("slack", "C1")}


def test_before_the_first_reading_there_is_nothing_to_file(tmp_path):
    shelf = Shelf()

    assert file(cabinet(shelf, tmp_path=tmp_path), memory=type(NIGHT)())

    assert shelf.filed == []
