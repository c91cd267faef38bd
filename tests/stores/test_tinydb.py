"""What the TinyDB store does beyond the contract: files, locks, readers beside a writer."""

import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest
import tinydb

from bot.errors import Refused
from bot.stores.atomic import AtomicStorage, encoded
from bot.stores.tables import NAMES
from bot.stores.tinydb import build
from tests.stores.samples import (
    NOON,
    SLOT,
    a_client,
    a_commit,
    a_delivery,
    a_receipt,
    a_run,
    a_standing,
    a_subject,
    after,
    an_acknowledgement,
    an_entry,
    an_incident,
)

HOSTILE = 'x"}]\\\n\r\0\u2028\u202e<!channel> ../../etc/passwd \U0001f4a3 {{7*7}} $(reboot)' + "é" * 300


def filled(folder: Path) -> Path:
    """Keep one of everything in a folder."""
    keeping = build(folder)
    claim = keeping.store.claim(SLOT, now=NOON)
    assert claim is not None
    incident = an_incident(7, subject=a_subject())
    commit = a_commit(incidents=(incident,), standings=(a_standing(),), clients=(a_client(),), last_number=7)
    keeping.store.commit(claim, commit)
    keeping.store.release(claim, done=True)
    keeping.store.acknowledge(an_acknowledgement(), instead_of=None)
    keeping.outbox.intend(a_delivery())
    keeping.outbox.sent(a_delivery(), a_receipt())
    keeping.outbox.intend(a_delivery("unsaid"))
    keeping.audit.record(an_entry())
    keeping.close()
    return folder


def test_reopening_gives_the_same_picture(tmp_path: Path) -> None:
    kept = build(filled(tmp_path), read_only=True)
    keeping = build(tmp_path)

    assert keeping.store.memory() == kept.store.memory()
    assert keeping.store.memory().incidents == {a_subject().key: an_incident(7, subject=a_subject())}
    assert keeping.store.memory().standings == {a_subject().key: a_standing()}
    assert keeping.store.memory().runs == (a_run(),)
    assert keeping.outbox.find(a_delivery().key)[0].receipt == a_receipt()
    assert [delivery.key for delivery in keeping.outbox.pending()] == ["unsaid"]
    assert keeping.audit.entries() == (an_entry(),)
    keeping.close()


def test_an_acknowledgement_read_back_is_still_the_one_that_was_seen(tmp_path: Path) -> None:
    keeping = build(filled(tmp_path))

    keeping.store.withdraw(an_acknowledgement())

    assert keeping.store.memory().acknowledgements == {}
    keeping.close()


def test_a_slot_done_stays_done_and_one_held_by_a_dead_process_is_free_at_once(tmp_path: Path) -> None:
    keeping = build(filled(tmp_path))
    keeping.store.claim("held", now=NOON)
    keeping.close()

    again = build(tmp_path)
    taken = again.store.claim("held", now=NOON)

    assert taken is not None
    assert taken.attempt == 2
    assert again.store.claim(SLOT, now=after(9999)) is None
    again.close()


def test_a_slot_committed_by_a_process_that_died_before_giving_it_back_stays_done(tmp_path: Path) -> None:
    keeping = build(tmp_path)
    claim = keeping.store.claim(SLOT, now=NOON)
    assert claim is not None
    keeping.store.commit(claim, a_commit())
    keeping.close()

    again = build(tmp_path)

    assert again.store.claim(SLOT, now=after(9999)) is None
    again.close()


def test_a_second_writer_in_another_process_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    keeping = build(tmp_path)

    words = opened_elsewhere(tmp_path, read_only=False)

    assert f"Refused another fortress (process {os.getpid()}) writes to {tmp_path}: stop it" in words
    keeping.close()
    assert "opened" in opened_elsewhere(tmp_path, read_only=False)


def test_a_second_writer_in_the_same_process_is_refused(tmp_path: Path) -> None:
    keeping = build(tmp_path)

    with pytest.raises(Refused):
        build(tmp_path)

    keeping.close()
    build(tmp_path).close()


def test_a_reader_in_another_process_reads_beside_the_writer(tmp_path: Path) -> None:
    keeping = build(filled(tmp_path))

    assert "opened 1 incident" in opened_elsewhere(tmp_path, read_only=True)
    keeping.close()


def opened_elsewhere(folder: Path, *, read_only: bool) -> str:
    script = f"""
from pathlib import Path
from bot.errors import Refused
from bot.stores.tinydb import build
try:
    print("opened", len(build(Path({str(folder)!r}), read_only={read_only}).store.memory().incidents), "incident")
except Refused as error:
    print("Refused", error)
"""
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout


def test_a_reader_always_sees_whole_commits(tmp_path: Path) -> None:
    keeping, stop = build(tmp_path), threading.Event()

    def write() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            claim = keeping.store.claim(f"slot-{n}", now=NOON)
            assert claim is not None
            incident = an_incident(n, subject=a_subject())
            keeping.store.commit(claim, a_commit(a_run(claim.slot), incidents=(incident,), last_number=n))

    thread, usual = threading.Thread(target=write), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    thread.start()
    pictures = [build(tmp_path, read_only=True).store.memory() for _ in range(40)]
    stop.set()
    thread.join()
    sys.setswitchinterval(usual)
    keeping.close()

    seen = [(one.last_number, [incident.number for incident in one.incidents.values()]) for one in pictures]
    assert all(numbers == [last] for last, numbers in seen if last)
    assert len(pictures) == 40


def test_a_reader_needs_no_folder_and_makes_none(tmp_path: Path) -> None:
    memory = build(tmp_path / "none", read_only=True).store.memory()

    assert memory.incidents == {}
    assert not (tmp_path / "none").exists()


def test_a_reader_leaves_the_folder_as_it_is(tmp_path: Path) -> None:
    before = listing(filled(tmp_path))

    build(tmp_path, read_only=True).close()

    assert listing(tmp_path) == before


def listing(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_nothing_passing_is_left_behind(tmp_path: Path) -> None:
    names = {path.name for path in filled(tmp_path).iterdir()}

    tables = {f"{name}.json" for name in NAMES}
    assert names - {".lock", ".owner"} == tables | {f"{name}.bak" for name in tables} | {"audit-2026-03.jsonl"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_the_bot_s_user_may_read_the_files(tmp_path: Path) -> None:
    folder = filled(tmp_path / "data")
    build(folder).close()

    assert {path.name: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {
        path.name: "0o600" for path in folder.iterdir()
    }
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


def test_an_acknowledgement_touches_its_own_small_file_alone(tmp_path: Path) -> None:
    keeping = build(filled(tmp_path))
    before = listing(tmp_path)

    keeping.store.acknowledge(an_acknowledgement("another"), instead_of=None)

    written = {name for name, at in listing(tmp_path).items() if before.get(name) != at}
    assert written == {"acknowledgements.json"}
    keeping.close()


def test_a_file_lost_while_running_is_written_anew_by_the_next_reading(tmp_path: Path) -> None:
    keeping = build(filled(tmp_path))
    memory = keeping.store.memory()
    (tmp_path / "standings.json").unlink()

    claim = keeping.store.claim("next", now=NOON)
    assert claim is not None
    keeping.store.commit(claim, a_commit(a_run("next"), standings=(a_standing(a_subject("srv9")),)))
    keeping.close()

    assert set(build(tmp_path, read_only=True).store.memory().standings) == {*memory.standings, a_subject("srv9").key}


def test_last_good_copies_are_renewed_once_a_day_while_running(tmp_path: Path) -> None:
    keeping = build(filled(tmp_path))
    copy = tmp_path / "incidents.json.bak"
    copy.unlink()
    keeping.store.acknowledge(an_acknowledgement("another"), instead_of=None)
    assert not copy.exists()

    for n, days_ago in enumerate((0, 2, 0)):
        claim = keeping.store.claim(f"next-{n}", now=NOON)
        assert claim is not None
        keeping.store.commit(claim, a_commit(a_run(claim.slot), last_number=20 + n))
        aged = copy.stat().st_mtime - days_ago * 86_400
        for file in tmp_path.glob("*.bak"):
            os.utime(file, (aged, aged))

    assert b'"last_number":21' in (tmp_path / "meta.json.bak").read_bytes()
    keeping.close()


def test_files_have_tinydb_s_layout(tmp_path: Path) -> None:
    class Table(tinydb.table.Table):
        document_id_class = str  # type: ignore[assignment]

    with tinydb.TinyDB(filled(tmp_path) / "incidents.json", access_mode="r") as file:
        rows = list(Table(file.storage, "incidents"))

    assert [(row.doc_id, row["number"]) for row in rows] == [(a_subject().key, 7)]


def test_hostile_names_survive(tmp_path: Path) -> None:
    subject = a_subject(HOSTILE, client=HOSTILE)
    keeping = build(tmp_path)
    claim = keeping.store.claim(HOSTILE, now=NOON)
    assert claim is not None
    keeping.store.commit(claim, a_commit(a_run(HOSTILE), incidents=(an_incident(1, subject=subject),)))
    keeping.store.acknowledge(an_acknowledgement(HOSTILE, by=HOSTILE), instead_of=None)
    keeping.outbox.intend(a_delivery(HOSTILE, place=HOSTILE))
    before = keeping.store.memory()
    keeping.close()

    again = build(tmp_path, read_only=True)

    assert again.store.memory() == before
    assert again.store.memory().incidents[subject.key].subject == subject
    assert again.outbox.find(HOSTILE)[0].place == HOSTILE


def test_files_from_before_workloads_were_listed_still_open(tmp_path: Path) -> None:
    since = {
        "standings": "protection listed_at missing_since watched_since silence recovery",
        "clients": "listed",
        "runs": "exposed",
    }
    before = build(filled(tmp_path), read_only=True).store.memory()
    for table, fields in since.items():
        file = tmp_path / f"{table}.json"
        told = json.loads(file.read_bytes())
        rows = {id: {k: v for k, v in row.items() if k not in fields.split()} for id, row in told[table].items()}
        file.write_text(json.dumps({table: rows}))

    assert build(tmp_path, read_only=True).store.memory() == before


def test_half_a_character_stops_no_write(tmp_path: Path) -> None:
    keeping = build(tmp_path)
    keeping.store.acknowledge(an_acknowledgement("pc\ud83d", by="ok"), instead_of=None)
    keeping.audit.record(an_entry("half \ud83d"))
    keeping.close()

    again = build(tmp_path, read_only=True)

    assert list(again.store.memory().acknowledgements) == ["pc?"]
    assert [entry.action for entry in again.audit.entries()] == ["half ?"]


def test_a_line_of_the_audit_cut_off_by_a_crash_costs_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = filled(tmp_path) / "audit-2026-03.jsonl"
    file.write_bytes(file.read_bytes() + b'{"at":"2026-03-')
    keeping = build(tmp_path)

    keeping.audit.record(an_entry("next"))

    with caplog.at_level(logging.WARNING):
        assert [entry.action for entry in keeping.audit.entries()] == ["acknowledge", "next"]
    assert "line 2 cannot be read" in caplog.text
    keeping.close()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(Refused, match="cannot open"):
        build(tmp_path / "file" / "data")


def test_no_folder_is_refused() -> None:
    with pytest.raises(Refused, match="no folder"):
        build(None)


def test_storage_that_could_not_write_reads_the_file_again(tmp_path: Path) -> None:
    class Row(msgspec.Struct, frozen=True):
        n: int

    path = tmp_path / "rows.json"
    file = tinydb.TinyDB(path, name="rows", row=Row, rows={}, storage=AtomicStorage)
    file.storage.write({"rows": {"a": Row(1)}})
    tmp_path.rename(tmp_path.with_name("away"))

    with pytest.raises(OSError, match="No such file"):
        file.storage.write({"rows": {"a": Row(2)}})

    tmp_path.with_name("away").rename(tmp_path)
    assert file.storage.read() == {"rows": {"a": Row(1)}}
    assert json.loads(path.read_bytes()) == {"rows": {"a": {"n": 1}}}
    assert encoded({"a": Row(1)}) == b'{"a":{"n":1}}'
