"""What has to be done so that a list says what a sheet says. Decides; nothing is asked of anybody here, or written.

A row is left alone when we know what it says: nobody has changed it since (its version is the one we saw), and we said
the same then. A row that somebody has touched, or that we do not know, is looked at first. One that is not there is
made, also when a person has deleted it. What the sheet has no more is looked at, says so once, and is never deleted.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum

import msgspec

from bot.core.filed import FiledRow
from bot.core.sheet import Sheet
from bot.publishers.sharepoint.fields import Value, digest, fields_of, leaving_fields, leaving_only
from bot.publishers.sharepoint.rows import Item, Standing
from bot.publishers.sharepoint.schema import KEY, name_of


class Act(Enum):
    LOOK = "look"
    CREATE = "create"
    CHANGE = "change"


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """What a row has to say, as far as it can be told without saying it.

    Attributes:
        is_over: it says that its story has ended.
        is_leaving: its sheet has it no more.
    """

    digest: str
    is_over: bool = False
    is_leaving: bool = False


class Plan:
    """What is to be done with one list.

    Args:
        filed: what we knew of it.
        standing: what is there now.

    Attributes:
        done: rows that are as they should be.
        todo: what to do with the others, by key, in the order of the sheet.
    """

    def __init__(self, sheet: Sheet, *, filed: Mapping[str, FiledRow], standing: Mapping[str, Standing]) -> None:
        self._sheet = sheet
        self._leaving = leaving_fields(sheet)
        self._left = Wanted(digest(self._leaving, tuple(self._leaving)), is_over=True, is_leaving=True)
        self._only = leaving_only(sheet)
        self._names: tuple[str, ...] = ()
        self.standing = dict(standing)
        self.wanted: dict[str, Wanted] = {}
        self.done: dict[str, FiledRow] = {}
        self.todo: dict[str, Act] = {}
        for fields in self._rows():  # all rows are made once before the first is written: one may break
            self._names = self._names or tuple(fields)
            key = str(fields[KEY])
            self.wanted[key] = Wanted(digest(fields, self._names), self._is_over(fields))
        for key in [*self.wanted, *(self.standing if self._leaving else ())]:
            self._decide(key, filed.get(key))

    def fields(self) -> Iterator[tuple[str, Mapping[str, Value]]]:
        """Give what each row that is still to be done has to say; rows are made again, one by one."""
        if any(not self.wanted[key].is_leaving for key in self.todo):
            for fields in self._rows():
                key = str(fields[KEY])
                if key in self.todo:
                    yield key, fields
        yield from ((key, self._leaving) for key in [*self.todo] if self.wanted[key].is_leaving)

    def look(self, items: Iterable[Item]) -> None:
        """Take in what rows say, for all that were to be looked at; the others stay as they were planned."""
        unseen = {key for key, act in self.todo.items() if act is Act.LOOK}
        for item in items:
            if item.key in unseen:
                unseen.remove(item.key)
                self.seen(item.key, item)
        for key in unseen:
            self.seen(key, None)

    def seen(self, key: str, item: Item | None) -> None:
        """Take in what a row says; None: it is not there."""
        want = self.wanted[key]
        if item is None:
            self.standing.pop(key, None)
            self.todo[key] = Act.CREATE
            if want.is_leaving:  # somebody has deleted it, and nothing is missing
                del self.todo[key]
            return
        self.standing[key] = Standing(item.id, item.version)
        if self._says(want, item.fields):
            self.finished(key, item.version)
        elif want.is_leaving and self._stays(item.fields):
            del self.todo[key]
        else:
            self.todo[key] = Act.CHANGE

    def finished(self, key: str, version: str) -> None:
        """Note that a row is as it should be."""
        want = self.wanted[key]
        self.todo.pop(key, None)
        self.done[key] = FiledRow(self.standing[key].item, version, want.digest, want.is_over)

    def _decide(self, key: str, known: FiledRow | None) -> None:
        there = self.standing.get(key)
        want = self.wanted.setdefault(key, self._left)
        if there is None:
            self.todo[key] = Act.CREATE
        elif known is None or known.version != there.version:
            self.todo[key] = Act.LOOK
        elif known.is_over if want.is_leaving else known.digest == want.digest:
            self.done[key] = known
        else:
            self.todo[key] = Act.LOOK if want.is_leaving else Act.CHANGE

    def _says(self, want: Wanted, found: Mapping[str, object]) -> bool:
        if want.is_leaving:
            return self._is_over(found) or digest(found, tuple(self._leaving)) == want.digest
        return digest(found, self._names) == want.digest

    def _stays(self, found: Mapping[str, object]) -> bool:
        return any(found.get(name) not in cells for name, cells in self._only.items())

    def _is_over(self, fields: Mapping[str, object]) -> bool:
        leaving = self._sheet.leaving
        return leaving is not None and fields.get(name_of(leaving.column)) in leaving.over

    def _rows(self) -> Iterator[dict[str, Value]]:
        return (fields_of(self._sheet.columns, row) for row in self._sheet.rows)
