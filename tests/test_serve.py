"""`fortress serve` as an operator runs it: a process of its own, a port of the system's choice, signals."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import msgspec
import pytest
import requests
from rich.console import Console

from bot.app import build
from bot.app_yaml import (
    ChatsSettings,
    FolderSettings,
    LogSettings,
    PolicySettings,
    PublishersSettings,
    RefreshSettings,
    RolesSettings,
    Settings,
    SlackSettings,
    SourceSettings,
    StoreSettings,
    WebSettings,
)
from bot.commands.find import look
from bot.core.intent import Actor, Intent
from bot.core.message import Delivery, Message
from bot.core.route import Route
from bot.core.slot import slot_id
from bot.errors import Unavailable
from bot.jobs.soon import Soon
from bot.ports import Joined
from bot.serve import READER_ENDS, Service, Signals
from bot.settings import SettingsError
from bot.sources.sandbox import Sandbox, World
from bot.stores.tinydb import build as open_folder
from bot.wording.phrases import Voice
from bot.wording.report import nothing_filed
from bot.wording.telling import MAY_REPEAT
from tests.jobs.room import FakeChat
from tests.publishers.sharepoint import a_site
from tests.servers import slack_api
from tests.servers.bot_keys import APP, TENANT
from tests.servers.entra import SECRET, entra

ROOT = Path(__file__).parent.parent
ENDS_S = 10  # what we promise
on_posix = pytest.mark.skipif(os.name != "posix", reason="signals are not sent on Windows")


class Running:
    """A served fortress. What it logs is read line by line, so that no test needs to wait by the clock."""

    def __init__(self, folder, **environ):
        self.folder, self.log = folder, ""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("FORTRESS_")}
        given = {"FORTRESS_WEB__PORT": "0", "FORTRESS_SOURCE__LOOKBACK_DAYS": "2", **environ}
        with (folder / "told.txt").open("a", encoding="utf-8") as told:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"],
                cwd=folder,
                env={**kept, "PYTHONPATH": str(ROOT), **given},
                stdout=told,
                stderr=subprocess.PIPE,
                text=True,
            )

    def until(self, words):
        """Read the log up to a line with these words, and give it."""
        for line in self.process.stderr:
            self.log += line
            if words in line:
                return line
        raise AssertionError(f"it ended before it said {words!r}:\n{self.log}")

    def open(self):
        self.url = re.search(r"http://\S+", self.until("listening on"))[0]
        return self

    def get(self, path):
        return requests.get(self.url + path, timeout=10)

    def end(self, number=signal.SIGTERM):
        """End it by a signal, and give its exit code and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.rest(), time.monotonic() - began

    def rest(self):
        """Read the log to its end, and give the exit code."""
        self.log += self.process.communicate(timeout=ENDS_S + 5)[1]
        return self.process.returncode

    @property
    def told(self):
        return (self.folder / "told.txt").read_text(encoding="utf-8")


@contextmanager
def serving(folder, **environ):
    running = Running(folder, **environ)
    try:
        yield running.open()
    finally:
        running.process.kill()
        running.process.wait()
        running.process.stderr.close()


class Account:
    """A simulated Acronis account in this process, whose answers can be held back."""

    def __init__(self):
        now = datetime.now(UTC)
        self.asked, self.go_on = threading.Event(), threading.Event()
        self.sandbox = Sandbox(World(), lambda: now)

    def hold(self):
        """Answer no more, until `go_on`; `asked` says that somebody waits for one."""
        answer = self.sandbox.answer

        def held(*asked):
            self.asked.set()
            self.go_on.wait()
            return answer(*asked)

        self.sandbox.answer = held

    @property
    def environ(self):
        return {
            "FORTRESS_SOURCE__KIND": "acronis",
            "FORTRESS_SOURCE__URL": self.sandbox.url,
            "FORTRESS_SOURCE__CLIENT_ID": self.sandbox.client_id,
            "FORTRESS_ACRONIS_SECRET": self.sandbox.client_secret,
        }

    def close(self):
        self.go_on.set()
        self.sandbox.close()


def kept(folder):
    """Look at what is on disk, as the next process would."""
    with closing(open_folder(folder / "fortress-data", read_only=True)) as keeping:
        return keeping.store.memory()


def slots_on_disk(folder):
    return msgspec.json.decode((folder / "fortress-data" / "slots.json").read_bytes())["slots"]


@on_posix
def test_it_serves_reloads_and_ends(tmp_path):
    config = tmp_path / "app.yaml"
    config.write_text("digest: {rows: 20}\n", encoding="utf-8")

    with serving(tmp_path) as fortress:
        fortress.until("read, told")
        assert fortress.get("/healthz").json()["silent"] == []
        assert set(fortress.get("/healthz").json()["heartbeats"]) == {"main", "clock", "reader", "filer"}
        assert fortress.get("/readyz").json()["ready"]
        assert "fortress_refresh_seconds_count 1.0" in fortress.get("/metrics").text
        assert fortress.told.count("Backups, ") == 1

        config.write_text("digest: {rows: 9}\nweb: {host: 127.0.0.2}\n", encoding="utf-8")
        fortress.process.send_signal(signal.SIGHUP)
        assert "changed: digest.rows" in fortress.until("configuration read again")
        assert "web.host" in fortress.until("with a restart only")
        config.write_text("digest: {rows: many}\n", encoding="utf-8")
        fortress.process.send_signal(signal.SIGHUP)
        fortress.until("the old one stays")
        fortress.until("digest.rows (")
        assert fortress.get("/readyz").json()["ready"]

        code, took_s = fortress.end()

    assert (code, "Traceback" in fortress.log) == (0, False)
    assert took_s < ENDS_S


@on_posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_reading_that_hangs_keeps_it_from_ending_no_longer_than_promised(tmp_path, number):
    with closing(Account()) as account:
        account.hold()
        with serving(tmp_path, **account.environ) as fortress:
            assert account.asked.wait(20)
            answer = fortress.get("/readyz").json()
            code, took_s = fortress.end(number)

    assert answer["ready"]
    assert answer["parts"]["first refresh"].startswith("running for slot ")
    assert code == 0
    assert took_s < ENDS_S
    assert [(row["lease_until"], row["done"]) for row in slots_on_disk(tmp_path).values()] == [(None, False)]
    assert (kept(tmp_path).runs, fortress.told) == ((), "")


@on_posix
def test_killed_in_the_middle_of_a_reading_the_slot_is_answered_once_by_the_next(tmp_path):
    with closing(Account()) as account:
        account.hold()
        with serving(tmp_path, **account.environ) as fortress:
            assert account.asked.wait(20)
            fortress.process.kill()
            fortress.process.wait()
        account.go_on.set()

        with serving(tmp_path, **account.environ) as fortress:
            fortress.until("read, told")
            fortress.end()
        with serving(tmp_path, **account.environ) as fortress:
            fortress.until("serving")
            fortress.end()

    (run,) = kept(tmp_path).runs
    assert (run.attempt, run.announced) == (2, True)
    assert fortress.told.count("Backups, ") == 1


@on_posix
def test_killed_before_it_could_note_that_it_told_the_next_one_tells_again_and_marks_it(tmp_path):
    folder = tmp_path / "fortress-data"
    with serving(tmp_path) as fortress:
        fortress.until("read, told")
        fortress.end()
    for name, column, before in (("outbox", "receipt", None), ("runs", "announced", False)):  # as if it had died there
        rows = msgspec.json.decode((folder / f"{name}.json").read_bytes())
        for row in rows[name].values():
            row[column] = before
        (folder / f"{name}.json").write_bytes(msgspec.json.encode(rows))

    with serving(tmp_path) as fortress:
        fortress.until("told now")
        fortress.end()

    assert len(kept(tmp_path).runs) == 1
    assert fortress.told.count("Backups, ") == 2
    assert fortress.told.count(MAY_REPEAT.strip()) == 1


@on_posix
def test_it_starts_while_the_source_is_down(tmp_path):
    with closing(Account()) as account:
        environ = account.environ

    with serving(tmp_path, **environ) as fortress:
        before = fortress.get("/healthz").status_code
        code, took_s = fortress.end()

    assert (before, code) == (200, 0)
    assert took_s < ENDS_S


@on_posix
def test_while_slack_is_down_it_reads_and_ends_in_time_and_the_next_one_tells(tmp_path):
    environ = {
        "FORTRESS_CHATS__SLACK__ENABLED": "true",
        "FORTRESS_CHATS__SLACK__CHANNEL": slack_api.MAIN,
        "FORTRESS_SLACK_BOT_TOKEN": slack_api.TOKEN,
        "FORTRESS_SLACK_APP_TOKEN": "xapp-1-test",
    }
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
        down = f"http://127.0.0.1:{nobody.getsockname()[1]}/api/"
        with serving(tmp_path, **environ, FORTRESS_CHATS__SLACK__ADDRESS=down) as fortress:
            fortress.until("read, not told everywhere yet")
            ready = fortress.get("/readyz").json()
            code, took_s = fortress.end()
    assert (code, ready["ready"], "slack" in ready["parts"]) == (0, True, True)
    assert took_s < ENDS_S

    with slack_api.slack_api() as slack:
        with serving(tmp_path, **environ, FORTRESS_CHATS__SLACK__ADDRESS=slack.url) as fortress:
            fortress.until("told digest:")
            code, took_s = fortress.end()
        (post,) = slack.said(slack_api.MAIN)

    assert post.text.startswith("Backups, ")  # and no mark: it is sure that nobody heard it before
    assert (code, fortress.told.count("Backups, ")) == (0, 1)
    assert took_s < ENDS_S


@on_posix
def test_a_second_one_in_the_same_folder_is_refused(tmp_path):
    with serving(tmp_path) as fortress:
        other = Running(tmp_path)
        assert "another fortress" in other.until("stop it")
        code = other.rest()
        fortress.end()

    assert code == 1


@on_posix
def test_a_port_that_is_taken_ends_it_with_one_line(tmp_path):
    (tmp_path / "other").mkdir()
    with serving(tmp_path) as fortress:
        port = fortress.url.rpartition(":")[2]
        other = Running(tmp_path / "other", FORTRESS_WEB__PORT=port)
        assert "web.port" in other.until("cannot listen")
        code = other.rest()
        fortress.end()

    assert (code, "Traceback" in other.log) == (1, False)


# the parts, in this process


def in_memory(**sections):
    """Settings that touch neither folder nor port."""
    return Settings(store=StoreSettings(kind="memory"), web=WebSettings(enabled=False), **sections)


@pytest.fixture
def app(tmp_path):
    with build(
        in_memory(), console=Console(file=StringIO()), clock=lambda: datetime(2026, 3, 4, 7, tzinfo=UTC)
    ) as made:
        yield made


def test_settings_that_may_change_are_taken_over_and_the_others_named(app):
    wanted = in_memory(
        source=SourceSettings(page_size=100),
        refresh=RefreshSettings(times=("05:00",), zone="Europe/Lisbon"),
        policy=PolicySettings(reopen_days=1),
        aliases={"Acme": "A-1"},
        log=LogSettings(level="debug"),
        roles=RolesSettings(everybody="view"),
    )

    done = app.reload(wanted)

    assert done.taken == ("refresh.times", "roles.everybody", "policy.reopen_days", "aliases", "log.level")
    assert done.waiting == ("source.page_size", "refresh.zone")
    assert (app.policy.reopen_within.days, app.voice.aliases) == (1, {"Acme": "A-1"})
    assert (app.settings.refresh.times, app.settings.refresh.zone) == (wanted.refresh.times, "UTC")
    assert app.settings.source.page_size == 500
    assert slot_id(app.due_at()) == "2026-03-04T05:00:00Z"


def test_a_right_that_was_taken_away_is_gone_with_the_next_press(app):
    press = Intent("ack", "1", Actor("U012AB3CD", "Jo", "slack"))
    before = app.answer(press)

    app.reload(in_memory(roles=RolesSettings(people={"slack:U012AB3CD": "view"})))

    assert before.body.summary.startswith("There is no #1.")
    assert "yours is “view”" in app.answer(press).body.summary


def test_the_same_settings_change_nothing(app):
    assert app.reload(app.settings) == ((), ())


def test_other_refresh_times_are_due_from_now_on_once_the_old_ones_are_answered(app):
    wanted = in_memory(refresh=RefreshSettings(times=("06:50",)))
    app.tick()

    app.reload(wanted)

    assert app.tick() is None
    assert len(app.keeping.store.memory().runs) == 1


def test_other_refresh_times_are_due_at_once_while_nothing_was_read(app):
    app.reload(in_memory(refresh=RefreshSettings(times=("06:50",))))

    assert app.tick().slot == "2026-03-04T06:50:00Z"


def test_a_configuration_that_cannot_be_used_keeps_the_old_one(app, caplog):
    def refused():
        raise SettingsError([])

    before = app.settings
    Service(app, load=refused).reload()

    assert app.settings is before
    assert "the old one stays" in caplog.text


def test_a_thread_that_dies_ends_the_process_as_failed(app):
    service = Service(app, load=lambda: app.settings)
    service._clockwork.start()
    service._clockwork.stop(within=READER_ENDS)

    assert service._wait(Signals()) == 1


class Ear:
    """A listener that notes what is done to it."""

    name, says = "ear", "connected"

    def __init__(self, *, ends=True):
        self.done, self.is_alive, self._ends = [], True, ends

    def start(self):
        self.done.append("start")

    def stop(self, *, within):
        self.done.append("stop")
        if not self._ends:
            raise RuntimeError("it hangs")
        return True

    def routes(self):
        async def answer(scope, receive, send):
            await send({"type": "http.response.start", "status": 202, "headers": []})
            await send({"type": "http.response.body", "body": scope["method"].encode()})

        return {"/ear": answer}


def with_ear(app, ear):
    app.joined = {**app.joined, "slack": Joined(app.chats["console"], ear)}
    return Service(app, load=lambda: app.settings)


def test_listeners_are_started_and_stopped_and_their_health_is_told(app):
    ear, signals = Ear(), Signals()
    signals.put("SIGTERM")
    service = with_ear(app, ear)
    before = service.readiness()["ear"]

    ended = service.run(signals)

    assert ear.done == ["start", "stop"]
    assert (before.is_ready, before.says) == (True, "connected")
    assert ended == (0, True)


class Platform(FakeChat):
    """A platform that says when it was told something, and when it was asked to change something."""

    name = "slack"

    def __init__(self):
        super().__init__()
        self.posted, self.edited = threading.Event(), threading.Event()

    def post(self, place, message):
        receipt = super().post(place, message)
        self.posted.set()
        return receipt

    def update(self, receipt, message):
        super().update(receipt, message)
        self.edited.set()


def test_a_press_is_seen_in_the_other_copies_soon_and_a_platform_that_is_down_stops_nothing():
    slack = SlackSettings(channel="CMAIN", bot_token="xoxb-1", app_token="xapp-1")
    settings = in_memory(chats=ChatsSettings(slack=slack))
    with build(settings, console=Console(file=StringIO())) as app:
        platform, signals = Platform(), Signals()
        app.joined = {"slack": Joined(platform)}
        app.retelling = Soon("reteller", app.go_on, wait=app.wait)
        platform.fails = [("CMAIN", Unavailable("down"), False)]
        app.tick()
        assert platform.posts == {}
        number = look(app.keeping.store, now=app.clock(), policy=app.policy).rows[0].number

        def press():
            app.go_on()
            app.answer(Intent("ack", str(number), Actor("U1", "Jo", "slack")))
            platform.edited.wait(20)
            signals.put("SIGTERM")

        pressing = threading.Thread(target=press)
        service = Service(app, load=lambda: settings)
        pressing.start()
        ended = service.run(signals)
        pressing.join()

    assert ended == (0, True)
    assert any("Jo has it" in post.words for post in platform.posts.values())


def test_status_says_how_chats_are_and_what_waits(app):
    with_ear(app, Ear())
    app.tick()
    app.keeping.routes.keep(Route("slack", "C1", broken_at=app.clock(), why="is_archived: choose another channel"))
    app.keeping.outbox.plan(Delivery("x", "console", "main", Message("x"), intended_at=app.clock()))

    said = str(app.answer(Intent("status", "", Actor("U1", "Jo", "console"))).body)

    assert "('Ear', 'connected')" in said
    assert "Slack C1 cannot be posted to since 07:00: is_archived: choose another channel." in said
    assert "not everywhere yet, 1 message waits" in said


@pytest.fixture
def filing(tmp_path):
    """An app that files in a folder, and the folder."""
    place = tmp_path / "reports"
    settings = in_memory(publishers=PublishersSettings(folder=FolderSettings(enabled=True, path=place)))
    clock = datetime(2026, 3, 4, 7, tzinfo=UTC)
    with build(settings, console=Console(file=StringIO()), clock=lambda: clock) as app:
        yield app, place


def test_a_tick_files_what_it_read_once(filing):
    app, place = filing

    app.tick()
    first = (place / "incidents.csv").stat().st_ino
    app.tick()

    assert (place / "fortress.xlsx").exists()
    assert (place / "incidents.csv").stat().st_ino == first


def test_status_says_where_reports_are_not_filed_until_they_are(filing):
    app, place = filing
    ask = Intent("status", "", Actor("U1", "Jo", "console"))
    place.write_text("a file, where a folder should be", encoding="utf-8")

    app.tick()
    troubled = str(app.answer(ask).body)
    place.unlink()
    app.tick()

    assert f"reports in {place}, since 07:00: " in troubled
    assert "NOT FILED: " in troubled
    assert "NOT FILED: " not in str(app.answer(ask).body)


class Shelf:
    """A place where reports are filed, that takes one when it may."""

    name, place = "shelf", "/shelf"

    def __init__(self):
        self.asked, self.may = threading.Event(), threading.Event()

    def publish(self, _filing):
        self.asked.set()
        self.may.wait()
        return self.place


def test_while_filing_hangs_the_clock_goes_on_and_chats_are_told():
    slack = SlackSettings(channel="CMAIN", bot_token="xoxb-1", app_token="xapp-1")
    settings = in_memory(chats=ChatsSettings(slack=slack))
    with build(settings, console=Console(file=StringIO())) as app:
        platform, shelf, signals = Platform(), Shelf(), Signals()
        app.joined, app.cabinet.publishers = {"slack": Joined(platform)}, {"shelf": shelf}
        platform.fails = [("CMAIN", Unavailable("down"), False)]
        service = Service(app, load=lambda: settings)

        def wake():
            seen.append(shelf.asked.wait(20))
            service._clockwork.wake()
            seen.append(platform.posted.wait(20))
            seen.append(shelf.may.is_set())
            shelf.may.set()
            signals.put("SIGTERM")

        seen, waking = [], threading.Thread(target=wake)
        waking.start()
        ended = service.run(signals)
        waking.join()

    assert seen == [True, True, False]
    assert ended == (0, True)


def test_a_tick_signs_in_and_files_in_sharepoint_what_it_read_once(tmp_path, monkeypatch):
    clock = datetime(2026, 3, 4, 7, tzinfo=UTC)
    with entra(tmp_path) as microsoft, a_site(nothing_filed(Voice())) as site:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(microsoft.trusted))
        section = site.section(app_id=APP, tenant_id=TENANT, secret=SECRET, login=microsoft.url)
        settings = in_memory(publishers=PublishersSettings(sharepoint=section))
        with build(settings, console=Console(file=StringIO()), clock=lambda: clock) as app:
            app.tick()
            asked = len(site.server.asks)
            app.tick()
            incidents = app.keeping.store.memory().incidents

        assert len(site.rows()) == len(incidents) > 0
        assert len(site.server.asks) == asked
        assert sorted(site.server.site.library.files) == [
            f"Fortress/jobs-20260304T070000Z.{kind}" for kind in ("csv", "xlsx")
        ]


def test_a_listener_that_cannot_be_stopped_keeps_nothing_from_ending(app, caplog):
    signals = Signals()
    signals.put("SIGTERM")

    ended = with_ear(app, Ear(ends=False)).run(signals)

    assert ended == (0, False)
    assert "could not be stopped" in caplog.text


def test_a_listener_that_dies_ends_the_process_as_failed(app, caplog):
    ear = Ear()
    ear.is_alive = False

    assert with_ear(app, ear).run(Signals()).code == 1
    assert "ear listener has died" in caplog.text


def test_the_door_answers_for_a_listener_whatever_the_method(tmp_path):
    settings = Settings(store=StoreSettings(kind="memory"), web=WebSettings(port=0))
    with build(settings, console=Console(file=StringIO())) as app:
        service, signals, heard = with_ear(app, Ear()), Signals(), []

        def ask():
            heard.append(requests.post(f"{service._door.url}/ear", timeout=10))
            signals.put("SIGTERM")

        asking = threading.Thread(target=ask)
        asking.start()
        service.run(signals)
        asking.join()

    assert [(answer.status_code, answer.text) for answer in heard] == [(202, "POST")]


def test_signals_are_taken_and_given_back():
    before = signal.getsignal(signal.SIGTERM)
    with Signals() as signals:
        signal.raise_signal(signal.SIGTERM)
        taken = signals.next(within_s=5)

    assert taken == "SIGTERM"
    assert signals.next(within_s=0) is None
    assert signal.getsignal(signal.SIGTERM) is before


def test_before_the_first_refresh_it_says_so(app):
    parts = Service(app, load=lambda: app.settings).readiness()

    assert json.loads(msgspec.json.encode(parts))["first refresh"] == {"is_ready": False, "says": "not begun"}
