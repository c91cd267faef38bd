"""Every card, drawn by Microsoft's own renderer as wide as a small phone: nothing unknown in it, and no word cut off.

FORTRESS_TEST_CARDS names a folder in which `npm install adaptivecards@3.0.6 markdown-it@14 playwright-core` was run.
FORTRESS_TEST_PICTURES, where given, names a folder for pictures of some, to be looked at.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.chats.test_teams_sizes import all_sizes, the_sandbox

MODULES = os.environ.get("FORTRESS_TEST_CARDS", "")
HOSTS = Path(os.environ.get("FORTRESS_REFERENCE", "")) / "teams"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
NODE = shutil.which("node") or ""
PICTURES = os.environ.get("FORTRESS_TEST_PICTURES", "")
LOOKED_AT = [
    "digest-night-1",
    "digest-hostile-1",
    "card-incident-1",
    "card-group-1",
    "home-1",
    "everything-1",
    "form-0",
]
PHONE, DESKTOP = 320, 700

pytestmark = [
    pytest.mark.skipif(
        not (MODULES and CHROMIUM and NODE and HOSTS.is_dir()),
        reason="FORTRESS_TEST_CARDS and FORTRESS_REFERENCE, node and Chromium are needed: no card was drawn",
    ),
    pytest.mark.timeout(300),
]


def drawn(cards: Mapping[str, dict[str, Any]], folder: Path, *widths: int, **more: Any) -> dict[str, list[str]]:
    """Draw cards, and give what the renderer has against each."""
    hosts = {
        theme: json.loads((HOSTS / f"hostconfig-microsoft-teams-{theme}.json").read_text(encoding="utf-8"))
        for theme in ("light", "dark")
    }
    job = {"cards": cards, "modules": MODULES, "chromium": CHROMIUM, "hosts": hosts, "widths": widths, **more}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    script = Path(__file__).parent / "draw_cards.mjs"
    ran = subprocess.run([NODE, script, folder / "job.json"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, list[str]] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("made", [all_sizes, the_sandbox])
def test_microsofts_renderer_knows_it_all_and_nothing_runs_over_on_a_phone(made, tmp_path):
    assert drawn(made(), tmp_path, PHONE) == {}


def test_pictures_to_be_looked_at_are_made_of_cards_that_fit_a_desktop_too(tmp_path):
    cards = {name: all_sizes()[name] for name in LOOKED_AT}
    folder = Path(PICTURES or tmp_path / "pictures")

    assert drawn(cards, tmp_path, PHONE, DESKTOP, pictures={"folder": str(folder), "names": LOOKED_AT}) == {}
    assert len(list(folder.glob("*.png"))) >= 4 * len(LOOKED_AT)


def test_the_renderer_bites(tmp_path):
    odd = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "Marquee"}]}
    wide = {**odd, "body": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "x" * 100}]}]}

    assert drawn({"odd": odd, "wide": wide}, tmp_path, PHONE).keys() == {
        f"{name} {theme} {PHONE}" for name in ("odd", "wide") for theme in ("light", "dark")
    }
