"""A site is set up by a person, then filled and kept current by the whole bot, which signs in with Microsoft's library.

Each word said to Microsoft Graph, and each answer of our server, is held against a description made from Microsoft's
own. Two nights of the simulated MSP pass; on one of them Graph refuses a part of a batch, and loses an answer.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from io import StringIO
from pathlib import Path

import msgspec
import pytest
import requests
from rich.console import Console

from bot.app import App, acronis, build, examine, provision
from bot.app_yaml import PublishersSettings, Settings, SharePointSettings
from bot.core.sheet import Filing
from bot.core.slot import next_slot
from bot.ports import Finding
from bot.publishers.sharepoint.fields import fields_of
from bot.sources.sandbox import START, Sandbox, World
from tests.e2e.prism import MISSING, Prism, is_here, prism
from tests.servers.bot_keys import APP, TENANT
from tests.servers.entra import SECRET, Entra, certificate_of, entra, key_of
from tests.servers.played import Fault
from tests.servers.sharepoint import LOST, SharePoint, sharepoint
from tests.servers.sharepoint_site import SITE, SITE_ID

pytestmark = pytest.mark.skipif(not is_here(), reason=MISSING)

FIRST_SLOT = START + timedelta(hours=14, minutes=45)
AGAIN_SOON = msgspec.structs.replace(LOST, status=429, error="activityLimitReached", accept=False, retry_after="1")
NAMES = {"incidents": "Fortress Incidents", "clients": "Fortress Clients", "refreshes": "Fortress Refreshes"}
SPOILED = (
    ("POST", {"Fields": {}}, None),
    ("GET", None, Fault(200, body='{"value": [{"id": 7}]}')),
)
WRITES = ("POST", "PATCH", "PUT")


class Played:
    """What was played, and what it left.

    Attributes:
        writes: how many writes each reading took.
        again: how many it took to file the last one a second time.
        violations: what was not as described, in all of that.
        caught: the same of what was spoiled on purpose after it.
    """

    again: int
    report: Filing
    findings: list[Finding]
    violations: list[str]
    caught: list[str]

    def __init__(self, folder: Path, microsoft: Entra, graph: SharePoint, police: Prism) -> None:
        self.folder, self.microsoft, self.graph, self.police = folder, microsoft, graph, police
        self.now = FIRST_SLOT
        self.world = World()
        self.told: list[str] = []
        self.writes: list[int] = []
        graph.links = police.url
        scope = police.url.removesuffix("v1.0")
        person = f"{scope}Sites.FullControl.All"
        graph.rights = {f"eyJ for {scope}.default": "write", f"eyJ of a person for {person}": "fullcontrol"}

    def settings(self, **credential: str) -> Settings:
        """Give settings whose app signs in by a secret or a certificate."""
        address = self.police.url.removesuffix("v1.0")
        given = {"site": SITE, "app_id": APP, "tenant_id": TENANT, "login": self.microsoft.url, "graph": address}
        section = SharePointSettings.model_validate({"enabled": True, **given, **credential})
        return Settings(publishers=PublishersSettings(sharepoint=section))

    def run(self, readings: int, **credential: str) -> None:
        """Read, tell and file at so many slots; then end, as a restart does."""
        with ExitStack() as closing_:
            sandbox = closing_.enter_context(closing(Sandbox(self.world, lambda: self.now)))
            app: App = closing_.enter_context(
                build(
                    self.settings(**credential),
                    console=Console(file=StringIO()),
                    clock=lambda: self.now,
                    folder=self.folder / "store",
                    source=lambda: acronis(sandbox.url, sandbox.client_id, sandbox.client_secret),
                )
            )
            for _ in range(readings):
                before = self.written()
                app.tick()
                assert app.file(), list(app.keeping.routes.all())
                self.writes.append(self.written() - before)
                refresh = app.settings.refresh
                self.now = next_slot(refresh.times, refresh.tzinfo, self.now)

    def file_again(self, **credential: str) -> int:
        """File the newest reading once more, as a start does, and count what that wrote."""
        before = self.written()
        at, self.now = self.now, self.now - timedelta(minutes=5)
        with build(
            self.settings(**credential),
            console=Console(file=StringIO()),
            clock=lambda: self.now,
            folder=self.folder / "store",
        ) as app:
            assert app.file()
            self.report = app.report()
        self.now = at
        return self.written() - before

    def written(self) -> int:
        return sum(ask.method in WRITES and ask.path != "/$batch" for ask in list(self.graph.asks))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("sharepoint")
    patch = pytest.MonkeyPatch()
    with entra(folder) as microsoft, sharepoint() as graph, prism(folder, graph.url) as police:
        patch.setenv("REQUESTS_CA_BUNDLE", str(microsoft.trusted))
        played = Played(folder, microsoft, graph, police)
        by_secret, by_certificate = {"secret": SECRET}, {"certificate": key_of("app") + certificate_of("app")}
        provision("sharepoint", played.settings(**by_secret), tell=played.told.append, agree=lambda: True)
        played.run(1, **by_secret)
        graph.fail(AGAIN_SOON, LOST, method="POST", path="/items", inside=True, after=2)
        graph.fail(AGAIN_SOON, LOST, method="PATCH", path="/fields", inside=True, after=2)
        played.run(4, **by_certificate)
        played.again = played.file_again(**by_certificate)
        played.findings = list(examine("sharepoint", played.settings(**by_secret)))
        played.violations = list(police.violations)
        played.caught = [_caught(played, *spoiled) for spoiled in SPOILED]
        yield played
    patch.undo()


def _caught(played: Played, method: str, body: object, fault: Fault | None) -> str:
    """Say something wrong, or have something wrong answered, and give what was said about it."""
    if fault is not None:
        played.graph.fail(fault, method=method)
    listed = played.graph.site.lists[NAMES["clients"]].id
    headers = {"Authorization": f"Bearer {next(iter(played.graph.rights))}"}
    requests.request(method, f"{played.police.url}/sites/{SITE_ID}/lists/{listed}/items", json=body, headers=headers)
    (caught,) = played.police.violations[len(played.violations) :]
    played.police.violations.pop()
    return caught


def test_what_was_said_and_what_was_answered_is_as_microsoft_describes_it(played):
    assert played.violations == []
    for kind in ("POST sites/…/lists", "POST $batch", "POST sites/…/lists/…/items", "GET sites/…/lists/…/items"):
        assert played.police.passed[kind], kind
    assert played.police.passed["PATCH sites/…/lists/…/items/…/fields"]


def test_what_microsoft_does_not_describe_is_caught_on_either_side(played):
    said, answered = played.caught

    assert "additional properties; found 'Fields'" in said
    assert "VIOLATIONS" in answered


def test_a_person_set_it_up_and_the_app_has_no_more_than_it_needs(played):
    assert "devicelogin" in played.told[0]
    assert played.told[-1] == "All that fortress needs is there."
    assert {grant["roles"][0] for grant in played.graph.site.grants.values()} == {"write"}
    assert [finding.says for finding in played.findings if finding.state == "wrong"] == []


def test_the_lists_say_what_the_store_says_and_no_row_is_there_twice(played):
    for sheet in played.report.sheets:
        rows = {row["FortressKey"]: row for row in played.graph.site.rows(NAMES[sheet.name])}
        wanted = [fields_of(sheet.columns, row) for row in sheet.rows]
        assert len(rows) == len(played.graph.site.rows(NAMES[sheet.name])) > 0
        for fields in wanted:
            filled = {name: value for name, value in fields.items() if value is not None}
            there = {name: value for name, value in rows[fields["FortressKey"]].items() if value is not None}
            assert there == filled


def test_every_job_is_in_a_file_under_the_moment_it_was_read(played):
    names = sorted(played.graph.site.library.files)

    assert len(names) == 2 * 5
    assert all(name.startswith("Fortress/jobs-") for name in names)


def test_a_part_refused_and_an_answer_lost_were_met_on_the_way(played):
    assert played.graph.faults_left == 0


def test_filing_it_again_writes_nothing(played):
    assert played.again == 0


def test_it_signed_in_by_secret_and_by_certificate(played):
    forms = played.microsoft.asked

    assert any("client_secret" in form for form in forms)
    assert any("client_assertion" in form for form in forms)
    assert played.graph.offences == []
