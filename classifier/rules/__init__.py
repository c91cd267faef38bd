"""The knowledge: one table per error domain, one row per rule. A new rule is one row in the right table."""

from classifier.rules import (
    bug,
    cloud_platform,
    configuration,
    environment,
    licensing,
    network,
    no_result,
    os_crash,
)

# Patterns are asked in this order: the narrow tables before the wide ones.
RULES = (
    *licensing.RULES,
    *configuration.RULES,
    *network.RULES,
    *cloud_platform.RULES,
    *os_crash.RULES,
    *bug.RULES,
    *environment.RULES,
    *no_result.RULES,
)
