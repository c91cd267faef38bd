"""The whole bot beside an independent Teams, with tokens: each side signs in, and checks what the other one shows."""

import pytest
import requests

from tests.e2e import playground as pg
from tests.e2e.emulator import free_port
from tests.e2e.playground import APP, CHAT, MAIN, TENANT, playground, words
from tests.e2e.test_teams import LINE, SECRET, digest, first, is_digest, settings, wait_for_door
from tests.e2e.whole_bot import whole_bot
from tests.servers.detour import detour
from tests.servers.relay import relay
from tests.servers.sign_in import NAMES, sign_in

pytestmark = [
    pytest.mark.skipif(not pg.is_here(), reason=pg.MISSING),
    pytest.mark.skipif(not pg.NODE, reason=pg.WITHOUT_NODE),
    pytest.mark.timeout(180),
]


@pytest.fixture
def signed(tmp_path, monkeypatch):
    """A morning in which nobody is believed without a token."""
    port = free_port()
    with (
        relay("http://127.0.0.1:1") as outward,
        sign_in(tmp_path, app=APP, tenant=TENANT, secret=SECRET, service=lambda: f"{outward.url}/_connector") as entra,
        detour(NAMES[1:], entra.port) as proxy,
    ):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(entra.certificate))
        environ = {
            "NODE_USE_ENV_PROXY": "1",
            "HTTPS_PROXY": proxy.url,
            "NO_PROXY": "localhost,127.0.0.1",
            "NODE_EXTRA_CA_CERTS": str(entra.certificate),
        }
        known = ["--cid", APP, "--cs", SECRET, "--tid", TENANT]
        service = f"{outward.url}/_connector"
        door = f"http://127.0.0.1:{port}/api/messages"
        with playground(
            tmp_path, bot=door, service=lambda _: service, node=pg.NODE, more=known, environ=environ
        ) as teams:
            outward.target = teams.url
            with whole_bot(settings(entra, entra, service), tmp_path / "data", port=port) as bot:
                wait_for_door(port)
                teams.install(MAIN)
                teams.install(CHAT)
                yield teams, bot, outward, entra


def test_both_sides_show_tokens_and_take_only_good_ones(signed):
    teams, bot, outward, entra = signed
    bot.refresh()
    teams.wait_until_said(is_digest, MAIN)
    teams.say("client acme")
    teams.wait_until_said(lambda message: "SRV-FILE1" in words(message), CHAT)
    bot.refresh(2)
    post = digest(teams)
    taken = teams.press(post, "ack", first(post, "ack"))
    unsigned = requests.post(f"{outward.url}/_connector/v3/conversations/{MAIN}/activities", json={}, timeout=10)

    assert taken["type"] == LINE
    assert unsigned.status_code == 401
    asked = [form["scope"] for path, form in entra.asked if "/oauth2/v2.0/token" in path]
    assert {f"{APP}/.default", "https://api.botframework.com/.default"} <= {one.split()[0] for one in asked}
