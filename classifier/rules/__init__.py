"""The knowledge: tables by error domain and by topic, one row per rule. A new rule is one row in the right table."""

from classifier.rules import (
    agent,
    alerts,
    applications,
    archives,
    bug,
    cloud_platform,
    configuration,
    environment,
    families,
    licensing,
    network,
    no_result,
    os_crash,
    services,
    virtual_machines,
)

# Patterns are asked in this order: the narrow tables before the wide ones.
RULES = (
    *applications.RULES,
    *virtual_machines.RULES,
    *archives.RULES,
    *agent.RULES,
    *licensing.RULES,
    *configuration.RULES,
    *network.RULES,
    *cloud_platform.RULES,
    *os_crash.RULES,
    *bug.RULES,
    *environment.RULES,
    *no_result.RULES,
    *services.RULES,
    *alerts.RULES,
    *families.RULES,
)
