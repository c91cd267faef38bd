"""Rooms over every store."""

import pytest

from tests.contracts.keepings import STORES, opened
from tests.jobs.room import Room


@pytest.fixture(params=STORES)
def keeping(request, tmp_path):
    keeping = opened(request.param, tmp_path / "data")
    yield keeping
    keeping.close()


@pytest.fixture
def room(keeping):
    return Room(keeping).quiet_evening()
