"""The whole bot in the page of an independent Teams, in Chromium: what a person sees and presses."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e import playground as pg
from tests.e2e.test_teams import here

SCRIPT = Path(__file__).with_name("look_at_teams.mjs")
MODULES = os.environ.get("FORTRESS_TEST_CARDS", "")
PLAYWRIGHT = Path(MODULES) / "node_modules" / "playwright-core" / "index.js"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
MISSING = "FORTRESS_TEST_CARDS holds no playwright-core, or there is no Chromium: the page of Teams was not looked at"

pytestmark = [
    pytest.mark.skipif(not pg.is_here(), reason=pg.MISSING),
    pytest.mark.skipif(not (MODULES and CHROMIUM and PLAYWRIGHT.exists()), reason=MISSING),
    pytest.mark.timeout(240),
]


def test_a_person_sees_the_digest_takes_a_cause_and_asks(tmp_path):
    with here(tmp_path) as (teams, bot, *_):
        asked = ["node", str(SCRIPT), teams.url, str(tmp_path), CHROMIUM, str(PLAYWRIGHT)]
        with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as looking:
            assert looking.stdout.readline() == "ready\n"
            bot.refresh(5)
            seen = looking.stdout.read()

    assert seen == "done\n"
    assert {path.name for path in tmp_path.glob("*.png")} == {"digest.png", "taken.png", "answered.png"}
