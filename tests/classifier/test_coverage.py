"""How much of the vendor's material has a rule. What has none is named here, with the reason."""

import os

import pytest

from tests.bench.coverage import FAMILY, NOTHING, OWN, WRAPPER, Item, figures, items

pytestmark = pytest.mark.skipif(
    not os.environ.get("FORTRESS_REFERENCE"), reason="FORTRESS_REFERENCE is not set: the vendor's tables are not here"
)

TOO_WIDE = "said by everything; it would answer for what it does not know"
NO_MESSAGE = "a title or a description, not a text that is ever printed"
LEFT_OUT = {
    "An internal error has occurred": TOO_WIDE,
    "An error had occurred": TOO_WIDE,
    "Backup failed": TOO_WIDE,
    "Activity failed": TOO_WIDE,
    "Permission denied": TOO_WIDE,
    "Access denied": TOO_WIDE,
    "Forbidden": TOO_WIDE,
    "Callback": NO_MESSAGE,
    "Creating Recovery Server": NO_MESSAGE,
    "Internet access": NO_MESSAGE,
    "Weekly full, Daily incremental": NO_MESSAGE,
    "<device_name>-Remediation": NO_MESSAGE,
    "Setting up disaster recovery infrastructure for protection plan": NO_MESSAGE,
}


@pytest.fixture(scope="module")
def everything() -> list[Item]:
    return list(items())


@pytest.mark.parametrize(
    "kind", ["backup code", "code of a service", "number", "chain seen live", "alert of backups and what they need"]
)
def test_every_code_alert_and_chain_has_a_rule_or_a_family(kind, everything):
    uncovered = [item.name for item in everything if item.kind == kind and item.covered == NOTHING]

    assert set(uncovered) <= set(LEFT_OUT)


def test_every_message_without_a_code_has_a_rule_or_a_reason(everything):
    uncovered = {item.name for item in everything if item.kind == "message without a code" and item.covered == NOTHING}

    assert uncovered <= set(LEFT_OUT)


def test_what_is_left_out_is_still_in_the_reference(everything):
    assert set(LEFT_OUT) <= {item.name for item in everything}


def test_the_figures_add_up(everything):
    counted = figures()

    assert sum(sum(each.values()) for each in counted.values()) == len(everything)
    assert counted["backup code"][OWN] == counted["backup code"].total()
    assert {name for each in counted.values() for name in each} <= {OWN, FAMILY, WRAPPER, NOTHING}
