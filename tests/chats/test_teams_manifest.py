"""The app package: what Teams takes, and no right that nothing uses."""

import io
import json
import os
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from bot.app_yaml import TeamsSettings
from bot.chats.teams.icons import TOWER, colour, outline
from bot.chats.teams.manifest import COMMANDS_MAX, manifest, package
from bot.commands import COMMANDS
from bot.errors import Refused
from tests.servers.bot_keys import APP

URL = "https://fortress.example.com/"
SECTION = TeamsSettings(app_id=APP)
ASKED = [(each.verb, each.usage, each.summary) for each in COMMANDS]
SCHEMA = Path(os.environ.get("FORTRESS_REFERENCE", "")) / "teams" / "MicrosoftTeams.schema.json"
here = pytest.mark.skipif(
    not os.environ.get("FORTRESS_REFERENCE"), reason="FORTRESS_REFERENCE is not set: Microsoft's schema is not here"
)


def made(**more):
    return manifest(SECTION, **{"version": "0.1.0", "url": URL, "commands": ASKED, **more})


def test_the_package_holds_the_manifest_and_both_icons_at_its_root():
    archive = zipfile.ZipFile(io.BytesIO(package(SECTION, version="0.1.0", url=URL, commands=ASKED)))

    assert archive.namelist() == ["manifest.json", "color.png", "outline.png"]
    assert json.loads(archive.read("manifest.json")) == made()


def test_the_same_settings_make_the_same_package():
    first, second = (package(SECTION, version="0.1.0", url=URL, commands=ASKED) for _ in range(2))

    assert first == second


@here
def test_microsofts_schema_takes_it():
    from jsonschema import Draft4Validator

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert list(Draft4Validator(schema).iter_errors(made())) == []


@here
def test_the_schema_would_say_what_is_wrong():
    from jsonschema import Draft4Validator

    wrong = made() | {"name": {"short": "x" * 31}}
    assert list(Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).iter_errors(wrong))


def test_the_menu_offers_what_is_asked_first_and_help():
    (menu,) = made()["bots"][0]["commandLists"]
    titles = [each["title"] for each in menu["commands"]]

    assert len(titles) == COMMANDS_MAX
    assert titles[-1] == "help"
    assert {"home", "open", "client", "error", "ack"} < set(titles)


def test_it_asks_for_no_right_and_may_be_written_to():
    whole = made()

    assert not {"authorization", "webApplicationInfo", "permissions", "devicePermissions"} & set(whole)
    assert whole["bots"][0]["isNotificationOnly"] is False
    assert whole["bots"][0]["scopes"] == ["personal", "team", "groupChat"]


@pytest.mark.parametrize(
    "url", ["", "http://fortress.example.com", "fortress.example.com", "https://a b", "https://x?y"]
)
def test_an_address_that_teams_would_not_take_is_refused(url):
    with pytest.raises(Refused, match="--http"):
        made(url=url)


def test_without_the_id_of_an_app_there_is_no_package():
    with pytest.raises(Refused, match="app_id"):
        manifest(TeamsSettings(), version="0.1.0", url=URL)


def test_another_version_of_ours_is_another_of_the_package():
    assert [made(version=version)["version"] for version in ("0.1.0", "0.2.0", "1.0.3")] == ["1.0.1", "1.0.2", "1.1.0"]


@pytest.mark.parametrize(("picture", "size"), [(colour(), 192), (outline(), 32)])
def test_an_icon_is_a_png_of_its_size(picture, size):
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", picture[16:24]) == (size, size)
    assert len(pixels(picture)) == size * size


def test_the_outline_is_white_on_nothing():
    found = set(pixels(outline()))

    assert found == {b"\xff\xff\xff\xff", b"\0\0\0\0"}


def test_the_tower_is_square():
    assert {len(row) for row in TOWER} == {len(TOWER)} == {16}


def pixels(picture):
    """Read a PNG as we write it: one IDAT, no filter."""
    at = picture.index(b"IDAT")
    (length,) = struct.unpack(">I", picture[at - 4 : at])
    raw = zlib.decompress(picture[at + 4 : at + 4 + length])
    (size,) = struct.unpack(">I", picture[16:20])
    rows = [raw[row * (size * 4 + 1) + 1 : (row + 1) * (size * 4 + 1)] for row in range(size)]
    return [row[index : index + 4] for row in rows for index in range(0, len(row), 4)]
