"""Microsoft Teams: where most people who have no Slack read and press."""
