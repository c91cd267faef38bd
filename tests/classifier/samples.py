"""Our own samples: real shapes, invented names."""

import json
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "data" / "classifier"


def sample(name: str) -> object:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def path_of(name: str) -> str:
    return str(FOLDER / f"{name}.json")
