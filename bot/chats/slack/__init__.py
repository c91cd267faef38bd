"""Slack: where most people read and press."""
