"""Publishers in app.yaml: where reports are filed."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator

from bot.app_yaml.forms import Section, each_once, number, says


class FolderSettings(Section):
    """Reports as files."""

    enabled: bool = says(False, "true or false", "true")
    path: Path = says(Path("fortress-reports"), "the path of a folder")
    formats: Annotated[tuple[Literal["csv", "xlsx", "json"], ...], BeforeValidator(each_once)] = says(
        ("csv", "xlsx"), "a list of some of csv, xlsx and json", ["csv", "xlsx"], min_length=1
    )
    keep: int = number(21, 1, 1000, of=" of readings")


class PublishersSettings(Section):
    """Where reports are filed after each reading."""

    folder: FolderSettings = FolderSettings()
