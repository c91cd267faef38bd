"""Reads a workbook by its own XML, as a spreadsheet would: which cells there are, of which type."""

import re
import zipfile
from typing import NamedTuple
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ESCAPED = re.compile("_x([0-9A-F]{4})_")


class Read(NamedTuple):
    """One cell: `kind` is "text" or "number"; a formula has its own element, and is told by it."""

    kind: str
    value: str
    is_formula: bool


class Page(NamedTuple):
    rows: list[list[Read]]
    xml: ElementTree.Element

    def has(self, tag: str) -> bool:
        return self.xml.find(f".//{MAIN}{tag}") is not None


def pages(file) -> list[Page]:
    """Give the pages of a workbook, in order."""
    with zipfile.ZipFile(file) as book:
        assert book.testzip() is None
        names = sorted(name for name in book.namelist() if name.startswith("xl/worksheets/sheet"))
        assert not [name for name in book.namelist() if "externalLink" in name or "vba" in name.lower()]
        return [_page(ElementTree.fromstring(book.read(name))) for name in names]


def _page(xml) -> Page:
    return Page([[_cell(cell) for cell in row.iter(f"{MAIN}c")] for row in xml.iter(f"{MAIN}row")], xml)


def _cell(cell) -> Read:
    inline = cell.get("t") == "inlineStr"
    words = "".join(part.text or "" for part in cell.iter(f"{MAIN}t")) if inline else cell.findtext(f"{MAIN}v", "")
    told = ESCAPED.sub(lambda found: chr(int(found[1], 16)), words)
    return Read("text" if inline else "number", told, cell.find(f"{MAIN}f") is not None)
