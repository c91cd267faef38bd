"""Reports as lists of a SharePoint site, and the jobs of each reading as files in its documents.

Lists say what is current: a row is written when it says something else than before, and never deleted. Nothing of ours
deletes anything there.
"""

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import BinaryIO

from bot.app_yaml import SharePointSettings
from bot.core.filed import FiledRow, FiledSheet
from bot.core.sheet import Filing, Sheet
from bot.errors import Refused, Unavailable
from bot.net.answer import WHO
from bot.net.entra import Tokens
from bot.net.graph import BUDGET, Graph
from bot.ports import Register
from bot.publishers.cells import stamp
from bot.publishers.folder import ENDINGS, JOBS
from bot.publishers.formats import WRITERS
from bot.publishers.sharepoint.library import Library
from bot.publishers.sharepoint.plan import Plan
from bot.publishers.sharepoint.rows import Rows
from bot.publishers.sharepoint.schema import schema_of
from bot.publishers.sharepoint.site import SETTING, Where, where
from bot.publishers.sharepoint.work import Work

log = logging.getLogger(__name__)

FILES = "files"  # what the register calls the newest files; no sheet has that name
KINDS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}


class SharePointPublisher:
    """Files reports in one site.

    Args:
        register: what we know of the rows that stand there.
        wait: waits so long; False when the process ends.
        budget: how long one filing may take, waits included; the next goes on where it ended.
        clock: monotonic, in seconds.
    """

    name = "sharepoint"

    def __init__(
        self,
        section: SharePointSettings,
        tokens: Tokens,
        register: Register,
        *,
        wait: Callable[[timedelta], bool] | None = None,
        budget: timedelta = BUDGET,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.place = section.site
        self._section, self._tokens, self._register = section, tokens, register
        self._wait, self._budget, self._clock = wait, budget, clock
        self._where: Where | None = None
        self._held_until = clock()
        self._files_filed_at: datetime | None = None  # their reading; to make them anew takes a while

    def publish(self, filing: Filing) -> str:
        """File a report: first the jobs as files, then sheet by sheet, the readings last.

        So the newest row of the readings says what the other lists show. Where the first sheet stops, the next ones
        wait; files and lists do not wait for each other.
        """
        self._check_held()
        try:
            return self._filed(filing)
        except Unavailable as error:
            self._hold(error)
            raise
        except Refused:
            self._where = None  # somebody will change something there
            raise

    def _check_held(self) -> None:
        left = self._held_until - self._clock()
        if left > 0:
            raise Unavailable(f"{WHO} asked us to wait", retry_after=timedelta(seconds=left))

    def _hold(self, error: Unavailable) -> None:
        """Ask nothing for as long as we were told. Passes come every few minutes; too early makes it longer."""
        asked = self._clock() + (error.retry_after or timedelta()).total_seconds()
        self._held_until = max(self._held_until, asked)

    def _filed(self, filing: Filing) -> str:
        graph = Graph(
            self._section.graph,
            self._tokens,
            setting=SETTING,
            wait=self._wait,
            budget=self._budget,
            clock=self._clock,
        )
        with closing(graph):
            found = self._found(graph, filing)
            tried = [_tried(part, graph, found, filing) for part in (self._file_jobs, self._file_sheets)]
        troubles = [trouble for trouble in tried if trouble is not None]
        for trouble in troubles:
            if isinstance(trouble, Unavailable):  # also one that is not the first to be said
                self._hold(trouble)
        for trouble in troubles:
            raise trouble
        return found.site.web or self.place

    def _found(self, graph: Graph, filing: Filing) -> Where:
        """Find where to file, once; after a refusal, again."""
        if self._where is None:
            schemas = [schema_of(sheet, prefix=self._section.prefix) for sheet in self._sheets(filing)]
            self._where = where(graph, self._section.site, schemas)
        return self._where

    def _sheets(self, filing: Filing) -> tuple[Sheet, ...]:
        *current, readings = filing.sheets
        return (*current, *((filing.jobs,) if self._section.jobs_list else ()), readings)

    def _file_jobs(self, graph: Graph, found: Where, filing: Filing) -> None:
        if not self._section.formats or self._files_filed_at == filing.at:
            return
        library = Library(graph, found.site, self._section.folder)
        known = self._register.of(self.place, FILES).rows
        filed: dict[str, FiledRow] = {}
        for kind in self._section.formats:
            name = f"{JOBS}{stamp(filing.at)}.{ENDINGS[kind]}"
            with _made(kind, filing) as file:
                filed[name] = library.file(name, file, KINDS[kind], known=known.get(name))
            self._register.keep(FiledSheet(self.place, FILES, {**known, **filed}))  # the next one may fail
        self._register.keep(FiledSheet(self.place, FILES, filed))
        self._files_filed_at = filing.at

    def _file_sheets(self, graph: Graph, found: Where, filing: Filing) -> None:
        for sheet in self._sheets(filing):
            self._file_sheet(graph, found.lists[sheet.name], sheet)

    def _file_sheet(self, graph: Graph, path: str, sheet: Sheet) -> None:
        rows, filed = Rows(graph, path), self._register.of(self.place, sheet.name)
        plan = Plan(sheet, filed=filed.rows, standing=rows.keys())
        work = Work(graph, rows, plan)
        try:
            work.do()
        finally:  # what is not done yet is known as it was, and looked at when it is not so any more
            known = {key: row for key, row in filed.rows.items() if key in plan.todo}
            self._register.keep(FiledSheet(self.place, sheet.name, {**known, **plan.done}))
            log.info("%s: %d rows, %d made, %d changed, %d left", sheet.name, len(plan.wanted), *work.tally)


@contextmanager
def _made(kind: str, filing: Filing) -> Iterator[BinaryIO]:
    """Give the jobs as a file of this machine's, for as long as it is sent."""
    try:
        with tempfile.TemporaryFile() as file:
            WRITERS[kind]((filing.jobs,), file, filing.at)
            yield file
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        remedy = "give this machine's temporary folder (TMPDIR) some room"
        raise Unavailable(f"the file of jobs cannot be made here: {why}; {remedy}") from error


def _tried(
    part: Callable[[Graph, Where, Filing], None], graph: Graph, found: Where, filing: Filing
) -> Refused | Unavailable | None:
    """File a part, and give what was in the way."""
    try:
        part(graph, found, filing)
    except (Refused, Unavailable) as error:
        return error
    return None
