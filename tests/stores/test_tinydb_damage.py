"""Files of the TinyDB store that are damaged, missing, older or newer."""

import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.core.memory import Memory
from bot.errors import Refused
from bot.stores.formats import MIGRATIONS, migrated
from bot.stores.tables import FORMAT, NAMES, SINCE
from bot.stores.tinydb import build
from tests.stores.samples import (
    NOON,
    a_client,
    a_commit,
    a_run,
    a_standing,
    a_subject,
    after,
    an_acknowledgement,
    an_incident,
)

DAMAGES = {
    "empty": lambda _: b"",
    "cut": lambda raw: raw[: len(raw) // 2],
    "zeros": lambda raw: bytes(len(raw)),
    "one flipped quote": lambda raw: raw.replace(b'"', b"x", 1),
    "not UTF-8": lambda raw: raw.replace(b"srv1", b"sr\xff1"),
    "trailing": lambda raw: raw + b"}",
}


def filled(folder: Path) -> Memory:
    """Read twice, closing in between, so that the copies have the first reading and the files both."""
    for n in (1, 2):
        keeping = build(folder)
        claim = keeping.store.claim(f"slot-{n}", now=NOON)
        assert claim is not None
        run, number = a_run(claim.slot, read_at=after(n)), n
        keeping.store.commit(
            claim,
            a_commit(
                run,
                incidents=(an_incident(number),),
                standings=(a_standing(a_subject(f"srv{number}")),),
                clients=(a_client(until=after(number)),),
                last_number=number,
            ),
        )
        keeping.store.acknowledge(an_acknowledgement(f"srv1/{n}"), instead_of=None)
        memory = keeping.store.memory()
        keeping.close()
    return memory


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("read_only", [True, False])
def test_a_damaged_table_is_answered_with_the_last_good_reading_whole(
    tmp_path: Path, damage: str, read_only: bool, caplog: pytest.LogCaptureFixture
) -> None:
    filled(tmp_path)
    file = tmp_path / "standings.json"
    file.write_bytes(DAMAGES[damage](file.read_bytes()))

    with caplog.at_level(logging.ERROR):
        keeping = build(tmp_path, read_only=read_only)

    memory = keeping.store.memory()
    assert len(memory.incidents) == len(memory.standings) == len(memory.runs) == 1
    assert memory.clients["acme"].until == after(1)
    assert "standings.json is damaged or missing: going on with its last good copy" in caplog.text
    assert len(memory.acknowledgements) == 2
    keeping.close()


def test_no_number_is_given_twice_after_mending(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "meta.json").unlink()
    (tmp_path / "standings.json").write_bytes(b"")

    assert build(tmp_path, read_only=True).store.memory().last_number == 1  # as far as the copies know

    (tmp_path / "meta.json.bak").write_text('{"meta":{"fortress":{"format":1}}}')
    assert build(tmp_path, read_only=True).store.memory().last_number == 1  # the incident that is left says so


@pytest.mark.parametrize("nothing", ["{}", '{"_default":{}}'])
@pytest.mark.parametrize("name", NAMES)
def test_a_file_without_its_table_is_damaged_never_taken_for_empty(tmp_path: Path, name: str, nothing: str) -> None:
    memory = filled(tmp_path)
    build(tmp_path).close()
    (tmp_path / f"{name}.json").write_text(nothing)

    assert build(tmp_path, read_only=True).store.memory() == memory

    (tmp_path / f"{name}.json.bak").write_text(nothing)
    with pytest.raises(Refused, match=rf"{name}\.json.*put it back"):
        build(tmp_path, read_only=True)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_damaged_while_running_does_not_become_the_good_copy(tmp_path: Path, damage: str) -> None:
    memory = filled(tmp_path)
    keeping = build(tmp_path)
    file = tmp_path / "standings.json"
    file.write_bytes(DAMAGES[damage](file.read_bytes()))
    for copy in tmp_path.glob("*.bak"):
        os.utime(copy, (0, 0))

    claim = keeping.store.claim("slot-3", now=NOON)
    assert claim is not None
    keeping.store.commit(claim, a_commit(a_run("slot-3", read_at=after(3))))
    keeping.close()

    assert (tmp_path / "standings.json.bak").stat().st_mtime > 0
    assert build(tmp_path, read_only=True).store.memory() == memory


def test_after_mending_the_store_goes_on_and_the_damaged_file_is_kept(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "outbox.json").write_bytes(b"oops")

    build(tmp_path).close()

    assert (tmp_path / "outbox.json.damaged").read_bytes() == b"oops"
    assert json.loads((tmp_path / "outbox.json").read_bytes()) == {"outbox": {}}


@pytest.mark.parametrize("name", NAMES)
def test_a_lost_file_comes_back_from_its_copy(tmp_path: Path, name: str) -> None:
    memory = filled(tmp_path)
    build(tmp_path).close()
    (tmp_path / f"{name}.json").unlink()

    build(tmp_path).close()

    assert build(tmp_path, read_only=True).store.memory() == memory


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_damaged_together_with_its_copy_is_refused_never_taken_for_empty(
    tmp_path: Path, name: str, read_only: bool
) -> None:
    filled(tmp_path)
    (tmp_path / f"{name}.json").write_bytes(b"")
    (tmp_path / f"{name}.json.bak").write_bytes(b"")

    with pytest.raises(Refused, match=rf"{name}\.json.*put it back"):
        build(tmp_path, read_only=read_only)

    assert (tmp_path / f"{name}.json").read_bytes() == b""


def test_a_folder_of_empty_files_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.json").touch()

    with pytest.raises(Refused, match="damaged"):
        build(tmp_path)


def test_a_refused_writer_lets_go_of_the_folder(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "meta.json").rename(tmp_path / "aside")
    (tmp_path / "meta.json.bak").unlink()
    with pytest.raises(Refused, match=r"meta\.json"):
        build(tmp_path)

    (tmp_path / "aside").rename(tmp_path / "meta.json")

    build(tmp_path).close()


def test_sound_json_that_means_something_else_is_refused_not_hidden_by_an_older_copy(tmp_path: Path) -> None:
    filled(tmp_path)
    file = tmp_path / "incidents.json"
    file.write_bytes(file.read_bytes().replace(b'"open"', b'"ajar"'))

    with pytest.raises(Refused, match=r"incidents\.json.*ajar"):
        build(tmp_path)


def test_files_of_a_newer_fortress_are_refused(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "meta.json").write_text(json.dumps({"meta": {"fortress": {"format": FORMAT + 1, "odd": {}}}}))
    (tmp_path / "incidents.json").write_text('{"incidents": {"a": {"from": "the future"}}}')
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.json")}

    for read_only in (True, False):
        with pytest.raises(Refused, match="newer fortress"):
            build(tmp_path, read_only=read_only)

    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.json")} == before


# older formats


def format_0(folder: Path) -> None:
    """Make the files what format 0 was: clients did not say since when, and meta gave no number."""
    filled(folder)
    clients = json.loads((folder / "clients.json").read_bytes())
    for row in clients["clients"].values():
        del row["since"]
    (folder / "clients.json").write_text(json.dumps(clients))
    (folder / "meta.json").write_text('{"meta": {"fortress": {"last_number": 2}}}')
    for later in (*folder.glob("*.bak"), *(folder / f"{name}.json" for name in SINCE)):
        later.unlink()


def test_older_files_are_brought_up_to_date_and_kept_as_they_were(tmp_path: Path) -> None:
    format_0(tmp_path)
    old = (tmp_path / "clients.json").read_bytes()

    build(tmp_path).close()

    memory = build(tmp_path, read_only=True).store.memory()
    assert (memory.clients["acme"].since, memory.last_number, len(memory.incidents)) == (after(2), 2, 2)
    assert json.loads((tmp_path / "meta.json").read_bytes())["meta"]["fortress"]["format"] == FORMAT
    assert (tmp_path / f"before-format-{FORMAT}" / "clients.json").read_bytes() == old
    assert len(list((tmp_path / f"before-format-{FORMAT}").iterdir())) == len(NAMES) - len(SINCE)


def test_files_from_before_there_were_threads_still_open(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "meta.json").write_text('{"meta": {"fortress": {"format": 1, "last_number": 2}}}')
    for name in SINCE:
        (tmp_path / f"{name}.json").unlink()

    keeping = build(tmp_path)

    assert (*keeping.threads.all(), *keeping.routes.all(), *keeping.references.all()) == ()
    assert len(keeping.store.memory().incidents) == 2
    keeping.close()


def test_files_from_before_a_source_could_hand_on_what_it_learned_still_open(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "meta.json").write_text('{"meta": {"fortress": {"format": 3, "last_number": 2}}}')
    (tmp_path / "learnt.json").unlink()

    keeping = build(tmp_path)

    memory = keeping.store.memory()
    assert (memory.learnt, len(memory.incidents)) == ({}, 2)
    keeping.close()


def test_a_reader_brings_older_files_up_to_date_in_memory_only(tmp_path: Path) -> None:
    format_0(tmp_path)
    old = (tmp_path / "clients.json").read_bytes()

    memory = build(tmp_path, read_only=True).store.memory()

    assert memory.clients["acme"].since == after(2)
    assert (tmp_path / "clients.json").read_bytes() == old


def test_bringing_up_to_date_again_after_a_crash_keeps_the_first_copy(tmp_path: Path) -> None:
    format_0(tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "a" / f"before-format-{FORMAT}")
    (tmp_path / "a" / f"before-format-{FORMAT}" / "mark").touch()

    build(tmp_path / "a").close()

    assert (tmp_path / "a" / f"before-format-{FORMAT}" / "mark").exists()


def test_an_older_file_that_makes_no_sense_is_refused_by_name(tmp_path: Path) -> None:
    format_0(tmp_path)
    (tmp_path / "clients.json").write_text('{"clients": {"acme": {"until": 7}}}')

    with pytest.raises(Refused, match=r"clients\.json"):
        build(tmp_path)


def test_every_older_format_has_a_way_up() -> None:
    assert sorted(MIGRATIONS) == list(range(FORMAT))


def test_a_client_s_own_since_is_not_overwritten() -> None:
    plain: dict[str, Any] = {"clients": {"a": {"since": 1, "until": 2}, "b": {}}, "meta": {}}

    assert migrated(plain)["clients"] == {"a": {"since": 1, "until": 2}, "b": {"since": None}}
