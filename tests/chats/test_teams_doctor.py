"""`fortress doctor teams`: each thing looked at, and what to do about it."""

import json

import pytest

from bot.app_yaml import ChatsSettings, Settings, TeamsSettings, WebSettings
from bot.chats.teams.doctor import examine
from bot.errors import Refused, Unavailable
from tests.chats.teams_listening import ACME, CHANNEL, JO
from tests.servers.bot_keys import APP, TENANT, bot_keys
from tests.servers.scripted import Said, scripted

HERE = Said(body=b'{"members": []}')
JO_THERE = Said(body=json.dumps({"name": "Jo Kim"}).encode())
NOT_HERE = Said(403, json.dumps({"error": {"code": "BotNotInConversationRoster"}}).encode())


@pytest.fixture(scope="module")
def keys():
    with bot_keys() as running:
        yield running


class SignedIn:
    """Gives a token, or says why not."""

    def __init__(self, raises=None):
        self.raises = raises

    def token(self, scope):
        if self.raises is not None:
            raise self.raises
        return "a-token"


def found(server, *said, tokens=None, web=True, **more):
    given = {"enabled": True, "app_id": APP, "tenant_id": TENANT, "channel": CHANNEL, "owner": JO, **more}
    with scripted(*(said or (HERE,))) as teams:
        section = TeamsSettings(**{"keys": server.document, "service": f"{teams.url}/", "secret": "s", **given})
        settings = Settings(chats=ChatsSettings(teams=section), web=WebSettings(enabled=web))
        return list(examine(settings, tokens=tokens or SignedIn())), teams.heard


def wrong(findings):
    return [finding for finding in findings if finding.state == "wrong"]


def test_all_is_well_and_nothing_is_posted(keys):
    findings, heard = found(keys, HERE, HERE, JO_THERE, clients={"Acme": ACME})

    assert [finding.says for finding in findings if finding.state == "fine"] == [
        "Teams is switched on",
        "the web door is open at port 8480, where /api/messages is answered",
        "the keys by which Microsoft is known are there (https://api.botframework.com)",
        f"Microsoft lets us sign in as {APP}",
        f"the bot is in {CHANNEL} (channel)",
        f"the bot is in {ACME} (clients: Acme)",
        f"{JO} (owner) is Jo Kim",
    ]
    assert wrong(findings) == []
    assert {line.split()[0] for line in heard} == {"GET"}
    assert all("Bearer a-token" in line for line in heard)


@pytest.mark.parametrize(
    ("said", "says", "remedy"),
    [
        (NOT_HERE, "is not in", "add the app to the team"),
        (Said(404), "is not in", "compare the id"),
        (Said(401), "not known to Teams", "Azure Bot"),
    ],
)
def test_a_channel_it_cannot_speak_in_is_named_with_what_to_do(keys, said, says, remedy):
    (finding,) = wrong(found(keys, said, owner="")[0])

    assert says in finding.says
    assert remedy in finding.remedy


def test_what_does_not_answer_is_not_said_to_be_wrong(keys):
    findings, _ = found(keys, Said(503), owner="")

    assert wrong(findings) == []
    assert any("no answer" in finding.says for finding in findings)


def test_a_person_who_is_not_in_the_team_is_named(keys):
    (finding,) = wrong(found(keys, HERE, Said(404))[0])

    assert f"{JO} (owner) is nobody" in finding.says


@pytest.mark.parametrize(
    ("raised", "says"),
    [
        (Refused("Microsoft's sign-in answered invalid_client", remedy="the client secret is wrong"), "invalid_client"),
        (Unavailable("Microsoft's sign-in: no connection"), "no connection"),
    ],
)
def test_who_cannot_sign_in_is_told_why_and_no_channel_is_asked(keys, raised, says):
    findings, heard = found(keys, tokens=SignedIn(raised))

    (finding,) = wrong(findings)
    assert says in finding.says
    assert heard == []


def test_what_is_switched_off_or_empty_is_said_all_at_once(keys):
    findings, _ = found(keys, enabled=False, app_id="", web=False)

    assert [finding.says for finding in wrong(findings)] == [
        "Teams is switched off",
        "Teams calls the web door, which is switched off",
        "app.yaml names no app, or no directory",
    ]


def test_keys_that_are_not_where_they_should_be_are_said(keys):
    (finding,) = wrong(found(keys, owner="", keys=f"{keys.url}/v1/.well-known/keys")[0])

    assert "list of keys" in finding.says
    assert "chats.teams.keys" in finding.remedy
