"""The console: where fortress speaks without any account."""
