"""What every test may use."""

import pytest
from hypothesis import settings


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew; then look at them")


settings.register_profile("ours", deadline=None)  # no test is judged by the clock
settings.load_profile("ours")
