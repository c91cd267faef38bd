"""Logs hold no secret, whoever writes them."""

import io
import json
import logging

import pytest

from bot import logs


@pytest.fixture(autouse=True)
def _as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def logged(*, as_json, message, **options):
    stream = io.StringIO()
    logs.start("info", as_json=as_json, stream=stream)
    logging.getLogger("bot.test").info(message, **options)
    return stream.getvalue()


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    "message",
    [
        "Authorization: Bearer s3cr3tsecret",
        "POST client_secret=s3cr3tsecret&x=1",
        '{"access_token": "s3cr3tsecret"}',
        "token xoxb-1-s3cr3tsecret",
        "jwt eyJs3cr3tsecret.eyJs3cr3t.s3cr3t",
        "password: s3cr3tsecret",
    ],
)
def test_no_secret_reaches_the_log(as_json, message):
    line = logged(as_json=as_json, message=message)

    assert "s3cr3t" not in line
    assert "***" in line


def test_json_is_one_object_a_line():
    line = logged(as_json=True, message="refresh done\n2 lines")

    assert json.loads(line)["message"] == "refresh done\n2 lines"
    assert line.count("\n") == 1


def test_a_traceback_is_kept_and_redacted():
    try:
        raise ValueError("token=s3cr3tsecret")
    except ValueError:
        line = logged(as_json=True, message="failed", exc_info=True)

    assert "ValueError" in json.loads(line)["traceback"]
    assert "s3cr3t" not in line


def test_the_address_of_an_upload_is_no_way_in():
    line = logs.redacted(
        '"PUT /personal/x/_api/v2.0/uploadSession?guid=1&tempauth=v1.eyJhbG.Zm9v-x&overwrite=True HTTP/1.1" 202'
    )

    assert "tempauth=***&overwrite=True" in line


def test_ordinary_words_stay():
    assert logs.redacted("read 12 clients of tenant 3, basic plan") == "read 12 clients of tenant 3, basic plan"
