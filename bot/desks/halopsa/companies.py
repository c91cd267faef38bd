"""Which client of Acronis is which client of Halo, by their ids: a file that a person has confirmed, row by row."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.core.activity import Ref
from bot.core.company import COLUMNS, Company, confirmed
from bot.core.message import clean
from bot.errors import Refused

AGAIN = "run `fortress companies halopsa`"
SAY_YES = "put the client's id in Halo and yes under Confirmed"
NAME_MAX = 60


class Companies:
    """The file. It is read anew each time, so that what was confirmed counts at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def where(self, client: Ref) -> dict[str, int]:
        """Say where tickets of a client of Acronis go in Halo: its client there, and a site if one is named.

        Raises:
            Refused: nobody has confirmed that; it is never guessed.
        """
        found = [each for each in self.rows() if each.id == client.id]
        if len(found) > 1:
            raise Refused(f"{self.path.name} names {_name(client)} twice", remedy="leave one of the rows")
        theirs = found[0].theirs if found and found[0].is_confirmed else None
        if theirs is None:
            raise Refused(
                f"nobody has confirmed which client of Halo {_name(client)} is",
                remedy=f"{AGAIN}, then {SAY_YES} in its row of {self.path.name}",
            )
        site = found[0].site
        return {"client_id": theirs} | ({"site_id": site} if site is not None else {})

    def known(self) -> Sequence[Company]:
        """Read every row; none where there is no file yet."""
        return self.rows() if self.path.exists() else ()

    def rows(self) -> Sequence[Company]:
        """Read every row, confirmed or not.

        Raises:
            Refused: there is no such file, or it is another one.
        """
        try:
            words = self.path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise Refused(f"{self.path.name} is not text in UTF-8", remedy="save it as CSV UTF-8") from None
        except FileNotFoundError:
            raise Refused(f"there is no {self.path.name} that says who is who in Halo", remedy=AGAIN) from None
        except OSError as error:
            why = (error.strerror or "unreadable").lower()
            raise Refused(f"{self.path.name} cannot be read ({why})", remedy="check desks.halopsa.companies") from None
        return tuple(self._read(words))

    def _read(self, words: str) -> Iterator[Company]:
        first = words.partition("\n")[0]
        apart = max(",;\t", key=first.count)  # spreadsheets of some countries save with semicolons
        rows = csv.DictReader(io.StringIO(words, newline=""), delimiter=apart)
        names = {column.heading: column.name for column in COLUMNS}
        lacking = [heading for heading in names if heading not in (rows.fieldnames or ())]
        if lacking:
            remedy = f"leave its first row as it was, or remove the file and {AGAIN}"
            raise Refused(f"{self.path.name} has no column {lacking[0]}", remedy=remedy)
        for row in rows:
            cells = {names[heading]: (row.get(heading) or "").strip() for heading in names}
            if cells["client_id"]:
                yield _company(cells)


def _company(cells: dict[str, str]) -> Company:
    return Company(
        id=cells["client_id"],
        name=cells["client"],
        theirs=_number(cells["halo_id"]),
        their_name=cells["halo_client"],
        site=_number(cells["halo_site_id"]),
        is_confirmed=confirmed(cells["confirmed"]),
        found=cells["found"],
    )


def _number(cell: str) -> int | None:
    return int(cell) if cell.isascii() and cell.isdecimal() and int(cell) > 0 else None


def _name(client: Ref) -> str:
    return clean(client.name or client.id)[:NAME_MAX]
